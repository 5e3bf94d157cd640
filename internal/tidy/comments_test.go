package tidy

import (
	"go/ast"
	"go/token"
	"testing"
)

// Every exported symbol has a comment that tells what its signature cannot. One comment
// does for a group of constants, variables or types, and that of a type for its constants;
// methods of one line that stand together share that of the first.
func TestExportedSymbolsAreDocumented(t *testing.T) {
	documented := map[string]bool{} // packages
	packages := map[string]string{}
	for _, s := range tree(t) {
		if s.test() {
			continue
		}
		packages[s.dir()] = s.path
		if s.file.Doc != nil {
			documented[s.dir()] = true
		}
		checkComments(t, s)
	}
	for dir, file := range packages {
		if !documented[dir] {
			t.Errorf("package %s has no comment (in %s, for one)", dir, file)
		}
	}
}

func checkComments(t *testing.T, s *source) {
	end := 0                   // the last line of the function before, if it is documented or shares a comment
	types := map[string]bool{} // that have a comment, so far
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			from, to := s.line(d.Pos()), s.line(d.End())
			shared := d.Doc == nil && d.Recv != nil && from == to && end == from-1
			if d.Doc == nil && !shared && d.Name.IsExported() && exportedReceiver(d) && !speaksForItself(d) {
				t.Errorf("%s:%d: %s has no comment", s.path, from, d.Name.Name)
			}
			if end = 0; d.Doc != nil || shared || !d.Name.IsExported() {
				end = to
			}
		case *ast.GenDecl:
			end = 0
			if d.Tok != token.CONST || !ofDocumentedType(d, types) {
				checkGroup(t, s, d)
			}
			for _, spec := range d.Specs {
				if x, ok := spec.(*ast.TypeSpec); ok && (d.Doc != nil || x.Doc != nil) {
					types[x.Name.Name] = true
				}
			}
		}
	}
}

// speaksForItself: methods that every Go programmer knows.
func speaksForItself(d *ast.FuncDecl) bool {
	switch d.Name.Name {
	case "Error", "String", "Unwrap":
		return d.Recv != nil
	}
	return false
}

// ofDocumentedType tells of a group of constants that they are the values of a type whose
// comment is above.
func ofDocumentedType(d *ast.GenDecl, types map[string]bool) bool {
	first, ok := d.Specs[0].(*ast.ValueSpec)
	if !ok {
		return false
	}
	of, ok := first.Type.(*ast.Ident)
	return ok && types[of.Name]
}

// exportedReceiver is false for methods that only implement an interface on a type that is
// not exported, whose comment is at the interface.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	x := d.Recv.List[0].Type
	for {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.Ident:
			return y.IsExported()
		default:
			return false
		}
	}
}

func checkGroup(t *testing.T, s *source, d *ast.GenDecl) {
	if d.Tok == token.IMPORT || d.Doc != nil {
		return
	}
	told := false // a specification of the group before this one has a comment
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && spec.Comment == nil {
				t.Errorf("%s:%d: type %s has no comment", s.path, s.line(spec.Pos()), spec.Name.Name)
			}
		case *ast.ValueSpec:
			told = told || spec.Doc != nil || spec.Comment != nil
			for _, n := range spec.Names {
				if n.IsExported() && !told {
					t.Errorf("%s:%d: %s has no comment", s.path, s.line(spec.Pos()), n.Name)
				}
			}
		}
	}
}
