package plan

import (
	"fmt"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// query binds a query with its WITH clause. ORDER BY and LIMIT are refused: they are
// of a later version.
func (b *binder) query(q *sql.Query) rel {
	if q.With != nil {
		defer func(n int) { b.ctes = b.ctes[:n] }(len(b.ctes))
		b.with(q.With)
	}
	r := b.body(q.Body)
	if len(q.OrderBy) > 0 {
		b.refuse(q.OrderBy[0], "ORDER BY").Because("rows come in the order of their events; sort what reads them")
	}
	if q.Offset != nil {
		b.refuse(q.Offset, "OFFSET")
	}
	if q.Fetch != nil {
		b.refuse(q.Fetch, "LIMIT")
	}
	return r
}

func (b *binder) with(w *sql.With) {
	if w.Recursive {
		b.refuse(w, "WITH RECURSIVE")
	}
	for i := range w.Items {
		item := &w.Items[i]
		outer := b.ctes[:len(b.ctes):len(b.ctes)]
		c := &cte{def: item, outer: outer}
		b.ctes = append(outer, map[string]*cte{item.Name.Name: c})
		// Bound at once, so that its errors are told even if nothing uses it.
		b.cteRel(c)
	}
}

// cteRel binds a named query once.
func (b *binder) cteRel(c *cte) rel {
	if c.rel != nil {
		return c.rel
	}
	if c.busy {
		b.refuse(c.def.Name, fmt.Sprintf("a WITH query that refers to itself ('%s')", c.def.Name.Name))
		return nil
	}
	c.busy = true
	kept := b.ctes
	b.ctes = c.outer
	c.rel = b.query(c.def.Query)
	b.ctes = kept
	c.busy = false
	if len(c.def.Columns) > 0 {
		c.rel = b.rename(c.rel, c.def.Columns, c.def.Name.Name)
	}
	return c.rel
}

func (b *binder) findCTE(name string) *cte {
	for i := len(b.ctes) - 1; i >= 0; i-- {
		if c := b.ctes[i][name]; c != nil {
			return c
		}
	}
	return nil
}

// rename gives the columns of a relation new names: those of WITH x (a, b), of a view
// or of an alias.
func (b *binder) rename(r rel, names []sql.Ident, of string) rel {
	if r == nil {
		return nil
	}
	fields := r.fields()
	if len(names) != len(fields) {
		b.errorf(names[0], "List of column aliases must have same degree as table; '%s' has %d columns, whereas alias list has %d columns", of, len(fields), len(names))
		return nil
	}
	new := make(cols, len(fields))
	exprs := identityOf(fields)
	for i := range fields {
		new[i] = types.Field{Name: names[i].Name, Type: fields[i].Type}
	}
	return &projectRel{new, r, exprs}
}

// body binds a query without WITH; nil if it has no usable columns.
func (b *binder) body(q sql.QueryBody) rel {
	switch q := q.(type) {
	case *sql.Select:
		return b.selectBlock(q)
	case *sql.SetOp:
		return b.setOp(q)
	case *sql.Values:
		return b.values(q)
	case *sql.Query:
		return b.query(q)
	case *sql.ExplicitTable:
		r, _ := b.table(&sql.TableRef{Span: q.Span, Name: q.Name})
		return r
	}
	b.refuse(q, "this kind of query")
	return nil
}

// setOp binds UNION [ALL]; a UNION is a UNION ALL grouped by all columns.
func (b *binder) setOp(q *sql.SetOp) rel {
	if q.Op != "UNION" {
		name := q.Op
		if q.All {
			name += " ALL"
		}
		b.refuse(q, name)
	}
	left, right := b.body(q.Left), b.body(q.Right)
	if left == nil || right == nil || q.Op != "UNION" {
		return nil
	}
	name := "UNION"
	if q.All {
		name = "UNION ALL"
	}
	lf, rf := left.fields(), right.fields()
	if len(lf) != len(rf) {
		b.errorf(q.Right, "Column count mismatch in %s: %d and %d columns", name, len(lf), len(rf))
		return nil
	}
	out := make(cols, len(lf))
	ok := true
	for i := range lf {
		t, common := commonType([]types.Type{lf[i].Type, rf[i].Type})
		if !common {
			b.errorf(q.Right, "Type mismatch in column %d of %s: %s and %s", i+1, name, lf[i].Type, rf[i].Type).Because("cast one of them")
			ok = false
			continue
		}
		if lf[i].Type.Time != rf[i].Type.Time || lf[i].Type.Time != types.NoTime && lf[i].Type.Kind != rf[i].Type.Kind {
			b.errorf(q.Right, "Union fields with time attributes requires same types, but the types are %s and %s", lf[i].Type.Describe(), rf[i].Type.Describe()).
				Because("CAST the one that is a time attribute, which makes it a plain timestamp")
			ok = false
			continue
		}
		t.Time = lf[i].Type.Time
		out[i] = types.Field{Name: lf[i].Name, Type: t}
	}
	if !ok {
		return nil
	}
	u := &unionRel{cols: out}
	for _, side := range []rel{left, right} {
		side = castTo(side, out)
		if inner, isUnion := side.(*unionRel); isUnion && sameTypes(inner.cols, out) {
			u.sources = append(u.sources, inner.sources...)
		} else {
			u.sources = append(u.sources, side)
		}
	}
	if q.All {
		return u
	}
	return distinct(u, span(q))
}

// distinct groups a relation by all its columns. Time attributes become plain.
func distinct(r rel, at sql.Span) rel {
	a := &aggregateRel{input: r, at: at}
	for i := range r.fields() {
		a.keys = append(a.keys, i)
	}
	return finishAggregate(a)
}

// finishAggregate derives the columns of an aggregate from its keys and calls.
func finishAggregate(a *aggregateRel) *aggregateRel {
	w := windowOf(a.input)
	a.windowed = w.covers(a.keys)
	for _, k := range a.keys {
		f := a.input.fields()[k]
		if !a.windowed || !w.time[k] {
			f.Type = f.Type.Plain()
		}
		a.cols = append(a.cols, f)
	}
	for _, g := range a.aggs {
		a.cols = append(a.cols, types.Field{Name: uniqueName(a.cols, g.Name), Type: g.Type})
	}
	return a
}

func sameTypes(a, b []types.Field) bool {
	for i := range a {
		if !a[i].Type.Equal(b[i].Type) || a[i].Type.Time != b[i].Type.Time {
			return false
		}
	}
	return len(a) == len(b)
}

// castTo brings the columns of a relation to given types (nullability may grow) with
// implicit casts.
func castTo(r rel, want []types.Field) rel {
	fields := r.fields()
	same := true
	exprs := make([]Expr, len(fields))
	out := make(cols, len(fields))
	for i, f := range fields {
		exprs[i] = implicit(columnAt(fields, i, f.Name), want[i].Type)
		same = same && f.Type.Same(want[i].Type)
		t := exprs[i].Type()
		if f.Type.Same(want[i].Type) {
			t.Time = f.Type.Time
		}
		out[i] = types.Field{Name: f.Name, Type: t}
	}
	if same {
		return r
	}
	return &projectRel{out, r, exprs}
}

// values binds VALUES. Rows of constants are a valuesRel; a row that computes
// something is a projection of one empty row.
func (b *binder) values(q *sql.Values) rel {
	rows := make([][]Expr, len(q.Rows))
	width := -1
	s := &scope{clause: "VALUES"}
	ok := true
	for i, x := range q.Rows {
		items := x.Items
		if width >= 0 && len(items) != width {
			b.errorf(x, "Values passed to VALUES operator must have compatible types: rows of %d and %d values", width, len(items))
			return nil
		}
		width = len(items)
		for _, item := range items {
			e := b.value(item, s)
			ok = ok && !isBad(e)
			rows[i] = append(rows[i], e)
		}
	}
	if !ok {
		return nil
	}
	out := make(cols, width)
	for c := range out {
		list := make([]types.Type, len(rows))
		for i := range rows {
			list[i] = rows[i][c].Type()
		}
		t, common := commonType(list)
		if !common {
			b.errorf(q, "Values passed to VALUES operator must have compatible types: column %d", c+1)
			return nil
		}
		out[c] = types.Field{Name: fmt.Sprintf("EXPR$%d", c), Type: t.Plain()}
	}
	if v := constants(out, rows); v != nil {
		return v
	}
	u := &unionRel{cols: out}
	for _, row := range rows {
		exprs := make([]Expr, width)
		types := append(cols(nil), out...)
		for c := range exprs {
			exprs[c] = implicit(row[c], out[c].Type)
			types[c].Type = exprs[c].Type()
		}
		u.sources = append(u.sources, &projectRel{types, oneRow(), exprs})
	}
	if len(u.sources) == 1 {
		return u.sources[0]
	}
	return u
}

// constants are rows of nothing but literals; nil: some are computed. They stay rows: a filter above
// them is the running query's, as in Flink, while what is computed is seen through while planning.
func constants(out cols, rows [][]Expr) rel {
	v := &valuesRel{cols: out}
	for _, row := range rows {
		values := make([]types.Value, len(out))
		for c, e := range row {
			l, ok := e.(*Literal)
			if !ok {
				return nil
			}
			if l.Value.Null {
				values[c] = types.NullValue
			} else if l.T.Same(out[c].Type) {
				values[c] = l.Value
			} else if values[c], ok = literalAs(l, out[c].Type); !ok {
				return nil
			}
		}
		v.rows = append(v.rows, values)
	}
	return v
}

// oneRow is a relation of one row without columns.
func oneRow() rel { return &valuesRel{rows: [][]types.Value{{}}} }
