package plan

import (
	"slices"

	"tidemark.dev/types"
)

// An aggregate whose groups have one row each is none, as in Flink's
// FlinkAggregateRemoveRule: SUM, MIN and MAX of one row are its value, and grouping alone
// is its keys. What comes out then is the input's own changes, updates as updates; the
// aggregate would delete a group and insert it again.

// withoutAggregate answers the projection that an aggregate comes to, or the aggregate.
func withoutAggregate(r *aggregateRel) rel {
	if r.windowed || len(r.keys) == 0 {
		return r
	}
	unique := slices.ContainsFunc(uniqueKeys(r.input), func(key []int) bool { return subset(key, r.keys) })
	if !unique {
		return r
	}
	in := r.input.fields()
	var exprs []Expr
	for i, k := range r.keys {
		exprs = append(exprs, columnAt(in, k, r.cols[i].Name))
	}
	for i, a := range r.aggs {
		if a.Filter >= 0 || len(a.Args) != 1 || a.Func != Sum && a.Func != Min && a.Func != Max {
			return r
		}
		to := r.cols[len(r.keys)+i]
		exprs = append(exprs, implicit(columnAt(in, a.Args[0], to.Name), to.Type))
	}
	return &projectRel{r.cols, r.input, exprs}
}

// uniqueKeys are sets of columns whose values no two rows of a relation share at any
// moment: what is known of them.
func uniqueKeys(r rel) [][]int {
	var keys [][]int
	switch r := r.(type) {
	case *scanRel:
		var key []int
		for _, name := range r.table.PrimaryKey {
			if i := slices.IndexFunc(r.cols, func(f types.Field) bool { return f.Name == name }); i >= 0 {
				key = append(key, i)
			}
		}
		if len(key) > 0 && len(key) == len(r.table.PrimaryKey) {
			keys = [][]int{key}
		}
	case *watermarkRel:
		return uniqueKeys(r.input)
	case *filterRel:
		return uniqueKeys(r.input)
	case *projectRel:
		for _, k := range uniqueKeys(r.input) {
			keys = append(keys, throughCalc(k, r.exprs)...)
		}
	case *aggregateRel:
		if !r.windowed {
			keys = [][]int{upTo(len(r.keys))}
		}
	case *equiJoin:
		left, right := uniqueKeys(r.left), uniqueKeys(r.right)
		within := func(join []int) func([]int) bool { return func(key []int) bool { return subset(key, join) } }
		if slices.ContainsFunc(right, within(r.rightKeys)) {
			keys = append(keys, left...)
		}
		if slices.ContainsFunc(left, within(r.leftKeys)) {
			for _, k := range right {
				keys = append(keys, shiftedBy(k, len(r.left.fields())))
			}
		}
	}
	return keys[:min(len(keys), maxKeys)]
}

func shiftedBy(columns []int, n int) []int {
	out := make([]int, len(columns))
	for i, c := range columns {
		out[i] = c + n
	}
	return out
}
