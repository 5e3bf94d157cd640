package plan

import (
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// selectBlock binds one SELECT ... FROM ... WHERE ... GROUP BY ... HAVING.
func (b *binder) selectBlock(q *sql.Select) rel {
	b.refuseClauses(q)
	in, s := oneRow(), &scope{}
	if q.From != nil {
		in, s = b.from(q.From)
	}
	if q.Where != nil {
		s.clause = "WHERE clause"
		if cond := b.condition(q.Where, s); in != nil && !isBad(cond) {
			in = &filterRel{in.fields(), in, cond}
		}
	}
	g := &grouping{}
	ok := in != nil
	if q.GroupBy != nil {
		s.clause = "GROUP BY clause"
		g.groupingSets, ok = b.groupKeys(q.GroupBy, s)
		ok = ok && in != nil
	}
	g.global = len(g.keys) == 0
	s.grouped, s.loose = g, g.loose()
	if len(s.loose) > 0 {
		s.clause = "GROUP BY clause"
		g.again, _ = b.groupKeys(q.GroupBy, s)
	}
	s.clause = "SELECT"
	items, names, fine := b.items(q, s)
	ok = ok && fine
	var having Expr
	if q.Having != nil {
		s.clause = "HAVING clause"
		if having = b.condition(q.Having, s); isBad(having) {
			ok = false
		}
	}
	s.grouped, s.loose = nil, nil
	if !ok {
		return nil
	}
	if q.GroupBy != nil || having != nil || len(g.calls) > 0 {
		g.name(items, names)
		grouped := b.group(in, g, items, names, span(q))
		in = grouped.rel
		if having != nil {
			having = grouped.over(having)
		}
		for i := range items {
			items[i] = grouped.over(items[i])
			ok = ok && !isBad(items[i])
		}
		if !ok {
			return nil
		}
		if having != nil {
			in = &filterRel{in.fields(), in, having}
		}
	}
	out := make(cols, len(items))
	for i, e := range items {
		t := e.Type()
		if _, plain := e.(*Column); !plain {
			if _, clock := e.(*Proctime); !clock {
				t = t.Plain()
			}
		}
		out[i] = types.Field{Name: names[i], Type: t}
	}
	r := rel(&projectRel{out, in, items})
	if q.Quantifier == "DISTINCT" {
		r = distinct(r, span(q))
	}
	return r
}

// refuseClauses names what a SELECT has that is not supported.
func (b *binder) refuseClauses(q *sql.Select) {
	if q.Stream {
		b.refuse(q, "SELECT STREAM")
	}
	for _, h := range q.Hints {
		b.refuse(h, "the hint "+h.Name.Name)
	}
	if len(q.Windows) > 0 {
		b.refuse(q.Windows[0], "WINDOW")
	}
	if q.Qualify != nil {
		b.refuse(q.Qualify, "QUALIFY")
	}
}

// items binds the SELECT list, with * expanded.
func (b *binder) items(q *sql.Select, s *scope) (list []Expr, names []string, ok bool) {
	ok = true
	add := func(x sql.Node, columns []visibleColumn, fine bool) {
		ok = ok && fine
		for _, c := range columns {
			list = append(list, at(c.expr, x))
			names = append(names, c.name)
		}
	}
	for _, item := range q.Items {
		if star, isStar := item.X.(*sql.Star); isStar {
			columns, fine := b.star(star, s)
			add(star, columns, fine)
			continue
		}
		e := b.value(item.X, s)
		ok = ok && !isBad(e)
		list = append(list, e)
		names = append(names, itemName(item, len(list)-1))
	}
	return list, names, ok
}

// itemName is the name of a column of a SELECT: its alias, else the last part of a
// name, else EXPR$n.
func itemName(item sql.SelectItem, n int) string {
	if item.Alias != nil {
		return item.Alias.Name
	}
	switch x := item.X.(type) {
	case *sql.ColumnRef:
		return x.Name.Parts[len(x.Name.Parts)-1].Name
	case *sql.Field:
		return x.Name.Name
	}
	return "EXPR$" + itoa(n)
}

// star expands * and t.*.
func (b *binder) star(x *sql.Star, s *scope) ([]visibleColumn, bool) {
	if x.Qualifier == nil {
		if len(s.tables) == 0 {
			b.errorf(x, "SELECT * requires a FROM clause")
			return nil, false
		}
		list := s.visible()
		seen := map[string]bool{}
		for _, c := range list {
			if seen[c.name] && len(s.tables) == 1 {
				b.errorf(x, "Column '%s' is ambiguous", c.name).Because("give the columns of the sub-query names of their own")
				return nil, false
			}
			seen[c.name] = true
		}
		return list, !s.broken
	}
	t := s.relation(x.Qualifier.Parts)
	if t == nil && s.namesColumn(x.Qualifier.Parts) {
		return b.fieldsOf(x, b.column(&sql.ColumnRef{Span: x.Qualifier.Span, Name: *x.Qualifier}, s))
	}
	if t == nil {
		if !s.broken {
			var aliases []string
			for _, t := range s.tables {
				aliases = append(aliases, t.alias)
			}
			b.errorf(x.Qualifier, "Table '%s' not found", nameText(*x.Qualifier)).Because(nearest(nameText(*x.Qualifier), aliases)).
				Because(inScope(aliases))
		}
		return nil, false
	}
	var list []visibleColumn
	for i := t.from; i < t.to; i++ {
		list = append(list, visibleColumn{s.cols[i].Name, columnAt(s.cols, i, s.cols[i].Name)})
	}
	return list, true
}

// namesColumn tells whether a name may begin with a column, or with a relation and a column.
func (s *scope) namesColumn(parts []sql.Ident) bool {
	for n := len(parts) - 1; n >= 1; n-- {
		if s.relation(parts[:n]) != nil {
			return true
		}
	}
	_, found, _ := s.lookup(parts[0].Name)
	return found
}

// fieldsOf expands a ROW: r.*.
func (b *binder) fieldsOf(x sql.Node, e Expr) ([]visibleColumn, bool) {
	if isBad(e) {
		return nil, false
	}
	if e.Type().Kind != types.Row {
		b.errorf(x, "'%s' is of type %s and has no fields", exprName(e), e.Type())
		return nil, false
	}
	var list []visibleColumn
	for i, f := range e.Type().Fields {
		list = append(list, visibleColumn{f.Name, b.fieldOf(e, i, x)})
	}
	return list, true
}
