package tidy

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	root     = "../.."
	module   = "tidemark.dev"
	maxLines = 900 // of a file that is not a test
)

// source is one Go file of the tree.
type source struct {
	path string // from the root, with slashes
	text []byte
	file *ast.File
	set  *token.FileSet
}

func (s *source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s *source) dir() string { return filepath.ToSlash(filepath.Dir(s.path)) }

func (s *source) line(p token.Pos) int { return s.set.Position(p).Line }

// imports are the packages of this module that the file imports, from the root.
func (s *source) imports() []string {
	var list []string
	for _, i := range s.file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if path == module {
			list = append(list, ".")
		} else if rest, ok := strings.CutPrefix(path, module+"/"); ok {
			list = append(list, rest)
		}
	}
	return list
}

// tree parses all Go files.
func tree(t *testing.T) []*source {
	t.Helper()
	var all []*source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "tidemark-data") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, _ := filepath.Rel(root, path)
		s := &source{path: filepath.ToSlash(rel), set: token.NewFileSet()}
		if s.text, err = os.ReadFile(path); err != nil {
			return err
		}
		if s.file, err = parser.ParseFile(s.set, s.path, s.text, parser.ParseComments); err != nil {
			return err
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d Go files were found", len(all))
	}
	return all
}

// public are the packages that plug-ins may import.
var public = map[string]bool{"types": true, "vector": true, "option": true, "connector": true, "disk": true, "format": true, "function": true}

// below says of a package what it may import of this module. A package that is not here may
// import anything.
var below = map[string][]string{
	"types":               {},
	"option":              {},
	"vector":              {"types"},
	"format":              {"option", "types", "vector"},
	"function":            {"types", "vector"},
	"disk":                {},
	"connector":           {"disk", "format", "option", "types", "vector"},
	"internal/sql":        {},
	"internal/line":       {},
	"internal/vfs":        {"disk"},
	"internal/deadletter": {"internal/vfs", "types"},
	"internal/memory":     {},
	"internal/invariants": {},
	"internal/epoch":      {},
	"internal/catalog":    {"connector", "format", "internal/sql", "option", "types"},
	"internal/plan":       {"connector", "format", "function", "internal/catalog", "internal/sql", "option", "types", "vector"},
	"internal/expr":       {"function", "internal/plan", "internal/sql", "types", "vector"},
	"internal/state":      {"internal/invariants", "internal/memory", "types", "vector"},
	"internal/flow":       {"internal/invariants", "internal/deadletter", "function", "internal/memory", "internal/state", "vector"},
	"internal/op": {"internal/invariants", "internal/deadletter", "connector", "format", "function", "internal/expr", "internal/flow", "internal/memory", "internal/plan",
		"internal/state", "types", "vector"},
	"internal/epochlog": {"internal/vfs"},
	"internal/sim":      {"internal/flow"},
	"internal/job": {"internal/invariants", "internal/deadletter", "connector", "function", "internal/epoch", "internal/epochlog", "internal/flow", "internal/memory",
		"internal/op", "internal/plan", "internal/state", "internal/vfs", "types", "vector"},
	// The slow twin shares no kernel, cast or aggregate with the engine.
	"internal/twin": {"connector", "function", "internal/plan", "types", "vector"},
}

func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range tree(t) {
		if s.test() {
			continue
		}
		dir := s.dir()
		seen[dir] = true
		allowed, bound := below[dir]
		for _, in := range s.imports() {
			switch {
			case in == dir:
			case bound && !contains(allowed, in):
				t.Errorf("%s imports %s; package %s may import %v", s.path, in, dir, allowed)
			case strings.HasPrefix(dir, "builtin/") && !fitForBuiltin(in):
				t.Errorf("%s imports %s; a connector, format or function has the powers of a plug-in: public packages only", s.path, in)
			}
		}
	}
	for dir := range below {
		if !seen[dir] {
			t.Errorf("there is no package %s", dir)
		}
	}
}

func fitForBuiltin(in string) bool { return public[in] || strings.HasPrefix(in, "builtin/") }

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func TestFilesAreShort(t *testing.T) {
	for _, s := range tree(t) {
		if n := strings.Count(string(s.text), "\n"); n > maxLines && !s.test() {
			t.Errorf("%s has %d lines, more than %d: split it where a part can be said alone", s.path, n, maxLines)
		}
	}
}

func TestFilesAreFormatted(t *testing.T) {
	for _, s := range tree(t) {
		formatted, err := format.Source(s.text)
		if err != nil {
			t.Errorf("%s: %v", s.path, err)
		} else if string(formatted) != string(s.text) {
			t.Errorf("%s is not formatted: gofmt -w %s", s.path, s.path)
		}
	}
}

// later are the words by which work is put off. (Spelled so that this file is free of them.)
var later = regexp.MustCompile(`\b(` + "TO" + "DO|FIX" + "ME|XX" + `X)\b`)

func TestNothingIsPutOff(t *testing.T) {
	for _, s := range tree(t) {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if w := later.FindString(c.Text); w != "" {
					t.Errorf("%s:%d: %s", s.path, s.line(c.Pos()), w)
				}
			}
		}
		if !s.test() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Skip" || f.Sel.Name == "Skipf" || f.Sel.Name == "SkipNow") {
					if x, ok := f.X.(*ast.Ident); ok && (x.Name == "t" || x.Name == "b" || x.Name == "f" || x.Name == "tb") {
						t.Errorf("%s:%d: a test is skipped; a test that needs more than Go belongs behind a build tag", s.path, s.line(call.Pos()))
					}
				}
			}
			return true
		})
	}
}
