package plan

import (
	"slices"
	"strings"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Resolving a name of several parts, as Calcite does: first the longest prefix that is
// a relation of FROM (an alias, or a full table name), then the next part as its
// column; if no prefix is a relation, the first part is a column; further parts are
// fields of ROWs.

// lookup finds a column by its name alone. As in Flink, the common column of USING may
// be named so in a SELECT list only, and that of NATURAL nowhere: elsewhere it is
// ambiguous.
func (s *scope) lookup(name string) (e Expr, found, ambiguous bool) {
	for _, m := range s.merged {
		if m.name == name {
			if s.clause != "" && (m.natural || s.clause != "SELECT") {
				return nil, true, true
			}
			e, found = m.expr, true
		}
	}
	for i, c := range s.cols {
		if c.Name != name || s.isMerged(i, name) {
			continue
		}
		if found {
			return nil, true, true
		}
		e, found = columnAt(s.cols, i, name), true
	}
	return e, found, false
}

// isMerged tells whether a column stands behind a merged one of that name.
func (s *scope) isMerged(i int, name string) bool {
	for _, m := range s.merged {
		if m.name == name && m.hidden[i] {
			return true
		}
	}
	return false
}

// visibleColumn is a column as * lists it.
type visibleColumn struct {
	name string
	expr Expr
}

// visible lists the columns of *: merged ones first, then the rest in order.
func (s *scope) visible() []visibleColumn {
	var list []visibleColumn
	hidden := map[int]bool{}
	for _, m := range s.merged {
		list = append(list, visibleColumn{m.name, m.expr})
		for i := range m.hidden {
			hidden[i] = true
		}
	}
	for i, c := range s.cols {
		if !hidden[i] {
			list = append(list, visibleColumn{c.Name, columnAt(s.cols, i, c.Name)})
		}
	}
	return list
}

// names lists all column names, for hints.
func (s *scope) names() []string {
	names := make([]string, len(s.cols))
	for i, c := range s.cols {
		names[i] = c.Name
	}
	return names
}

// relation finds the relation that a prefix of a name means.
func (s *scope) relation(parts []sql.Ident) *scopeTable {
	for i := range s.tables {
		t := &s.tables[i]
		if len(parts) == 1 {
			if t.alias != "" && t.alias == parts[0].Name {
				return t
			}
			continue
		}
		if len(t.path) < len(parts) {
			continue
		}
		same := true
		for j, p := range parts {
			same = same && t.path[len(t.path)-len(parts)+j] == p.Name
		}
		if same {
			return t
		}
	}
	return nil
}

// column binds a name used as a value.
func (b *binder) column(x *sql.ColumnRef, s *scope) Expr {
	parts := x.Name.Parts
	for n := len(parts) - 1; n >= 1; n-- {
		t := s.relation(parts[:n])
		if t == nil {
			continue
		}
		name := parts[n].Name
		var e Expr
		for i := t.from; i < t.to; i++ {
			if s.cols[i].Name != name {
				continue
			}
			if e != nil {
				b.errorf(x, "Column '%s' is ambiguous", name)
				return bad(x)
			}
			e = columnAt(s.cols, i, name)
		}
		if e == nil {
			if s.broken && t.from == t.to {
				return bad(x)
			}
			var names []string
			for _, c := range s.cols[t.from:t.to] {
				names = append(names, c.Name)
			}
			b.errorf(parts[n], "Column '%s' not found in table '%s'", name, partsText(parts[:n])).Because(nearest(name, names))
			return bad(x)
		}
		return b.fields(at(s.seen(e), x), parts[n+1:], x)
	}
	name := parts[0].Name
	e, found, ambiguous := s.lookup(name)
	switch {
	case ambiguous:
		b.errorf(x, "Column '%s' is ambiguous", name).Because(s.owners(name))
		return bad(x)
	case found:
		return b.fields(at(s.seen(e), x), parts[1:], x)
	case s.broken:
		return bad(x)
	case len(parts) > 1:
		var tables []string
		for _, t := range s.tables {
			if t.alias != "" {
				tables = append(tables, t.alias)
			}
		}
		b.errorf(parts[0], "Table '%s' not found", partsText(parts[:len(parts)-1])).Because(nearest(name, append(tables, s.names()...))).
			Because(inScope(tables))
		return bad(x)
	}
	problem := b.errorf(x, "Column '%s' not found in any table", name).Because(nearest(name, s.names()))
	if s.clause == "VALUES" || len(s.cols) == 0 {
		problem.Because("there is no table here; a text is written in single quotes")
	}
	return bad(x)
}

// seen is a column as an item of a grouped SELECT sees it.
func (s *scope) seen(e Expr) Expr {
	if c, ok := e.(*Column); ok && s.loose[c.Index] && !s.inAggregate {
		n := *c
		n.T = c.T.Nullable()
		return &n
	}
	return e
}

// owners is the hint for an ambiguous column: its qualified names.
func (s *scope) owners(name string) string {
	var list []string
	for _, t := range s.tables {
		for i := t.from; i < t.to; i++ {
			if s.cols[i].Name == name && t.alias != "" {
				list = append(list, t.alias+"."+name)
			}
		}
	}
	if len(list) == 0 {
		return "give the columns of the sub-query names of their own"
	}
	return "say of which table: " + strings.Join(list, " or ")
}

// at gives a bound column the place where it was named.
func at(e Expr, x sql.Node) Expr {
	if c, ok := e.(*Column); ok {
		n := *c
		n.Pos = x.Pos()
		return &n
	}
	return e
}

// fields follows parts of a name into a ROW. A field of a ROW that may be NULL may be
// NULL itself.
func (b *binder) fields(e Expr, parts []sql.Ident, x sql.Node) Expr {
	for _, p := range parts {
		if isBad(e) {
			return e
		}
		t := e.Type()
		index := -1
		for i, f := range t.Fields {
			if t.Kind == types.Row && f.Name == p.Name {
				index = i
			}
		}
		if index < 0 {
			if t.Kind != types.Row {
				b.errorf(p, "'%s' is of type %s and has no field '%s'", exprName(e), t, p.Name)
			} else {
				b.errorf(p, "Unknown field '%s'", p.Name).Because(nearest(p.Name, t.Names()))
			}
			return bad(x)
		}
		e = b.fieldOf(e, index, x)
	}
	return e
}

// fieldOf is a field of a ROW by its index.
func (b *binder) fieldOf(e Expr, index int, x sql.Node) Expr {
	t := e.Type()
	ft := t.Fields[index].Type
	if !t.NotNull {
		ft.NotNull = false
	}
	return &FieldOf{Typed{ft, x.Pos()}, e, index}
}

func exprName(e Expr) string {
	switch e := e.(type) {
	case *Column:
		return e.Name
	case *FieldOf:
		return exprName(e.Arg) + "." + e.Arg.Type().Fields[e.Index].Name
	}
	return "the expression"
}

func partsText(parts []sql.Ident) string { return nameText(sql.Name{Parts: parts}) }

// inScope is the hint for a table that is not known, where few are.
func inScope(tables []string) string {
	tables = slices.DeleteFunc(slices.Clone(tables), func(t string) bool { return t == "" })
	switch n := len(tables); {
	case n == 1:
		return "the only table here is '" + tables[0] + "'"
	case n > 1 && n <= 6:
		return "the tables here are '" + strings.Join(tables, "', '") + "'"
	}
	return ""
}
