package plan

import (
	"tidemark.dev/types"
)

// merge joins projections that stand directly above each other, and filters with what
// they stand on, from below.
func merge(r rel) rel {
	switch r := r.(type) {
	case *filterRel:
		in := merge(r.input)
		if empty(in) {
			return &valuesRel{cols: r.cols}
		}
		if f, ok := in.(*filterRel); ok {
			return &filterRel{r.cols, f.input, all(conjuncts(r.cond, conjuncts(f.cond, nil)))}
		}
		return &filterRel{r.cols, in, r.cond}
	case *projectRel:
		return mergeProject(r, merge(r.input))
	case *watermarkRel:
		n := *r
		n.input = merge(r.input)
		return &n
	case *unionRel:
		return mergeUnion(r)
	case *aggregateRel:
		n := *r
		if n.input = merge(r.input); empty(n.input) {
			return overNothing(&n)
		}
		return &n
	case *tvfRel:
		n := *r
		if n.input = merge(r.input); empty(n.input) {
			return &valuesRel{cols: r.cols}
		}
		return &n
	case *expandRel:
		n := *r
		if n.input = merge(r.input); empty(n.input) {
			return &valuesRel{cols: r.cols}
		}
		return &n
	case *equiJoin:
		n := *r
		if n.left, n.right = merge(r.left), merge(r.right); empty(n.left) || empty(n.right) {
			return &valuesRel{cols: r.cols}
		}
		return &n
	}
	return r
}

// empty tells a relation that has no rows whatever is read.
func empty(r rel) bool {
	v, ok := r.(*valuesRel)
	return ok && len(v.rows) == 0
}

// overNothing is a grouping of no rows: nothing, or the one row of a group of all rows,
// which Flink makes while planning (at run time such a group comes out with its first
// row only).
func overNothing(r *aggregateRel) rel {
	v := &valuesRel{cols: r.cols}
	if len(r.keys) == 0 {
		row := make([]types.Value, len(r.aggs))
		for i, a := range r.aggs {
			switch a.Func {
			case Count, Sum0, Collect:
			case JSONArrayAgg:
				row[i] = types.Text("[]")
			case JSONObjectAgg:
				row[i] = types.Text("{}")
			default:
				row[i] = types.NullValue
			}
		}
		v.rows = [][]types.Value{row}
	}
	return v
}

// mergeUnion puts neighbouring constant rows into one.
func mergeUnion(r *unionRel) rel {
	n := &unionRel{cols: r.cols}
	for _, s := range r.sources {
		s = merge(s)
		v, constant := s.(*valuesRel)
		if constant && len(v.rows) == 0 {
			continue
		}
		if last := len(n.sources) - 1; constant && last >= 0 {
			if before, ok := n.sources[last].(*valuesRel); ok {
				n.sources[last] = &valuesRel{r.cols, append(before.rows[:len(before.rows):len(before.rows)], v.rows...)}
				continue
			}
		}
		n.sources = append(n.sources, s)
	}
	switch len(n.sources) {
	case 0:
		return &valuesRel{cols: r.cols}
	case 1:
		if sameNames(r.cols, n.sources[0].fields()) {
			return n.sources[0]
		}
		return &projectRel{r.cols, n.sources[0], identityOf(n.sources[0].fields())}
	}
	return n
}

// constantRows computes a projection of constants over constant rows.
func constantRows(r *projectRel, in *valuesRel) (*valuesRel, bool) {
	rows := make([][]types.Value, len(in.rows))
	for i, row := range in.rows {
		for _, e := range r.exprs {
			switch e := e.(type) {
			case *Literal:
				rows[i] = append(rows[i], e.Value)
			case *Column:
				rows[i] = append(rows[i], row[e.Index])
			default:
				return nil, false
			}
		}
	}
	return &valuesRel{r.cols, rows}, true
}

func mergeProject(r *projectRel, in rel) rel {
	if v, ok := in.(*valuesRel); ok {
		if c, ok := constantRows(r, v); ok {
			return c
		}
	}
	below, ok := in.(*projectRel)
	if !ok {
		if isIdentity(r.exprs, in.fields()) && sameNames(r.cols, in.fields()) {
			return in
		}
		return &projectRel{r.cols, in, r.exprs}
	}
	uses := map[int]int{}
	for _, e := range r.exprs {
		walk(e, func(x Expr) bool {
			if c, ok := x.(*Column); ok {
				uses[c.Index]++
			}
			return true
		})
	}
	for c, n := range uses {
		if n > 1 && varies(below.exprs[c]) {
			return &projectRel{r.cols, in, r.exprs}
		}
	}
	exprs := make([]Expr, len(r.exprs))
	for i, e := range r.exprs {
		exprs[i] = substitute(e, below.exprs)
		if size(exprs[i], maxMerged) >= maxMerged {
			return &projectRel{r.cols, in, r.exprs}
		}
	}
	return mergeProject(&projectRel{r.cols, nil, exprs}, below.input)
}

func sameNames(a, b []types.Field) bool {
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Type.Time != b[i].Type.Time || !a[i].Type.Equal(b[i].Type) {
			return false
		}
	}
	return true
}
