package plan

import (
	"slices"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/types"
)

// Rewriting, in this order; each step is a function from tree to tree:
//
//	1. fold   constants in every expression
//	2. push   filters down: through projections, unions, into the sides of joins,
//	          through grouping by its keys, past window functions; not below a watermark,
//	          which sees rows before the user's filter, as in Flink
//	3. keys   computed sides of join equalities become columns of the inputs, and
//	          aggregates over groups of one row become projections
//	4. prune  columns that nobody reads, down to the scans
//	5. merge  projections that stand above each other
//
// An expression that varies (RAND, CURRENT_TIMESTAMP) is not copied and not moved
// past an operator that repeats or drops rows.

// maxMerged is the greatest size of an expression that merging may make: beyond it two
// projections stay two. It bounds the work on queries of many nested levels.
const maxMerged = 1000

// rewrite takes the bound queries of a pipeline through all steps, in place.
func rewrite(f *folder, roots []rel) {
	for i, r := range roots {
		roots[i] = extractKeys(f.rel(push(f.rel(r), nil)))
	}
	p := &pruner{wanted: map[string]map[int]bool{}}
	for _, r := range roots {
		p.prune(r, allOf(len(r.fields())))
	}
	for i, r := range roots {
		fields := r.fields()
		in, place := p.prune(r, allOf(len(fields)))
		exprs := make([]Expr, len(fields))
		for j, c := range fields {
			exprs[j] = columnAt(in.fields(), place[j], c.Name)
		}
		// Merging brings constants together that stood apart.
		roots[i] = merge(f.rel(merge(&projectRel{fields, in, exprs})))
	}
}

// rel folds the expressions of a tree.
func (f *folder) rel(r rel) rel {
	switch r := r.(type) {
	case *filterRel:
		return filtered(f.rel(r.input), conjuncts(f.expr(r.cond), nil))
	case *projectRel:
		exprs := make([]Expr, len(r.exprs))
		for i, e := range r.exprs {
			exprs[i] = f.expr(e)
		}
		return &projectRel{r.cols, f.rel(r.input), exprs}
	case *watermarkRel:
		n := *r
		n.input, n.expr = f.rel(r.input), f.expr(r.expr)
		return &n
	case *unionRel:
		n := &unionRel{cols: r.cols}
		for _, s := range r.sources {
			n.sources = append(n.sources, f.rel(s))
		}
		return n
	case *aggregateRel:
		n := *r
		n.input = f.rel(r.input)
		return &n
	case *tvfRel:
		n := *r
		n.input = f.rel(r.input)
		return &n
	case *expandRel:
		n := *r
		n.input = f.rel(r.input)
		return &n
	case *joinRel:
		n := *r
		n.left, n.right = f.rel(r.left), f.rel(r.right)
		if r.cond != nil {
			n.cond = f.expr(r.cond)
		}
		return &n
	case *equiJoin:
		n := *r
		n.left, n.right = f.rel(r.left), f.rel(r.right)
		if r.residual != nil {
			n.residual = f.expr(r.residual)
		}
		return &n
	}
	return r
}

// push moves filters down; preds are conditions from above, over r's columns.
func push(r rel, preds []Expr) rel {
	switch r := r.(type) {
	case *filterRel:
		return push(r.input, conjuncts(r.cond, append([]Expr(nil), preds...)))
	case *projectRel:
		var down, stay []Expr
		for _, p := range preds {
			if below := substitute(p, r.exprs); !movable(p, r.exprs) || size(below, maxMerged) >= maxMerged {
				stay = append(stay, p)
			} else {
				down = append(down, below)
			}
		}
		return filtered(&projectRel{r.cols, push(r.input, down), r.exprs}, stay)
	case *unionRel:
		n := &unionRel{cols: r.cols}
		for _, s := range r.sources {
			var down []Expr
			for _, p := range preds {
				down = append(down, substitute(p, identityOf(s.fields())))
			}
			n.sources = append(n.sources, push(s, down))
		}
		return n
	case *aggregateRel:
		return pushAggregate(r, preds)
	case *tvfRel:
		n := *r
		var down, stay []Expr
		for _, p := range preds {
			if reads(p, func(c int) bool { return c >= len(r.input.fields()) }) || varies(p) {
				stay = append(stay, p)
			} else {
				down = append(down, p)
			}
		}
		n.input = push(r.input, down)
		return filtered(&n, stay)
	case *expandRel:
		n := *r
		var down, stay []Expr
		for _, p := range preds {
			if reads(p, n.changes) || varies(p) {
				stay = append(stay, p)
			} else {
				down = append(down, p)
			}
		}
		n.input = push(r.input, down)
		return filtered(&n, stay)
	case *joinRel:
		return pushJoin(r, preds)
	case *watermarkRel:
		n := *r
		n.input = push(r.input, nil)
		return filtered(&n, preds)
	}
	return filtered(r, preds)
}

// changes tells whether a column is not in all rows as it is in the input.
func (r *expandRel) changes(column int) bool {
	for _, nulls := range r.nulls {
		if slices.Contains(nulls, column) {
			return true
		}
	}
	return column == len(r.cols)-1
}

// pushAggregate lets conditions on keys alone go below the grouping.
func pushAggregate(r *aggregateRel, preds []Expr) rel {
	n := *r
	var down, stay []Expr
	below := make([]Expr, len(r.cols))
	for i, k := range r.keys {
		below[i] = columnAt(r.input.fields(), k, r.input.fields()[k].Name)
	}
	for _, p := range preds {
		onKeys := len(r.keys) > 0 && !varies(p) && !reads(p, func(c int) bool { return c >= len(r.keys) })
		if onKeys {
			down = append(down, substitute(p, below))
		} else {
			stay = append(stay, p)
		}
	}
	n.input = push(r.input, down)
	return filtered(&n, stay)
}

// pushJoin gives each side the conditions that only it is needed for.
func pushJoin(r *joinRel, preds []Expr) rel {
	n := *r
	width := len(r.left.fields())
	if r.cond != nil {
		preds = conjuncts(r.cond, append([]Expr(nil), preds...))
	}
	if impossible(preds) {
		return &valuesRel{cols: r.cols}
	}
	var left, right, stay []Expr
	shift := map[int]int{}
	for i := range r.right.fields() {
		shift[width+i] = i
	}
	for _, p := range preds {
		onLeft := reads(p, func(c int) bool { return c < width })
		onRight := reads(p, func(c int) bool { return c >= width })
		switch {
		case varies(p) || onLeft && onRight || !onLeft && !onRight:
			if v, null, ok := boolLiteral(p); !ok || null || !v {
				stay = append(stay, p)
			}
		case onLeft:
			left = append(left, p)
		default:
			right = append(right, renumber(p, shift))
		}
	}
	n.left, n.right, n.cond = push(r.left, left), push(r.right, right), all(stay)
	return &n
}

// movable tells whether a condition may be computed below a projection.
func movable(p Expr, exprs []Expr) bool {
	if varies(p) {
		return false
	}
	set := map[int]bool{}
	columnsOf(p, set)
	for c := range set {
		if varies(exprs[c]) {
			return false
		}
	}
	return true
}

// reads tells whether e reads a column of which f is true.
func reads(e Expr, f func(int) bool) bool {
	set := map[int]bool{}
	columnsOf(e, set)
	for c := range set {
		if f(c) {
			return true
		}
	}
	return false
}

// filtered puts conditions above a relation; one that is constant and not TRUE empties it.
func filtered(r rel, preds []Expr) rel {
	var keep []Expr
	seen := map[string]bool{}
	for _, p := range preds {
		if v, null, ok := boolLiteral(p); ok {
			if v && !null {
				continue
			}
			return &valuesRel{cols: r.fields()}
		}
		if d := digest(p); !seen[d] {
			seen[d] = true
			keep = append(keep, p)
		}
	}
	if len(keep) == 0 {
		return r
	}
	if impossible(keep) {
		return &valuesRel{cols: r.fields()}
	}
	return &filterRel{r.fields(), r, all(keep)}
}

// joinKeys makes both sides of each equality of a join plain columns, and says which.
// The condition that is left is over the columns of the join as it was.
type equiJoin struct {
	cols
	left, right         rel
	leftKeys, rightKeys []int
	residual            Expr
	at                  joinRel
}

// extractKeys turns joins into equi-joins throughout a tree.
func extractKeys(r rel) rel {
	switch r := r.(type) {
	case *filterRel:
		return &filterRel{r.cols, extractKeys(r.input), r.cond}
	case *projectRel:
		return &projectRel{r.cols, extractKeys(r.input), r.exprs}
	case *watermarkRel:
		n := *r
		n.input = extractKeys(r.input)
		return &n
	case *unionRel:
		n := &unionRel{cols: r.cols}
		for _, s := range r.sources {
			n.sources = append(n.sources, extractKeys(s))
		}
		return n
	case *aggregateRel:
		n := *r
		n.input = extractKeys(r.input)
		return withoutAggregate(&n)
	case *tvfRel:
		n := *r
		n.input = extractKeys(r.input)
		return &n
	case *expandRel:
		n := *r
		n.input = extractKeys(r.input)
		return &n
	case *joinRel:
		return equi(r)
	}
	return r
}

// equi splits the condition of a join into keys and residual.
func equi(r *joinRel) rel {
	left, right := extractKeys(r.left), extractKeys(r.right)
	width := len(left.fields())
	var leftKeys, rightKeys, rest []Expr
	shift := map[int]int{}
	for i := range right.fields() {
		shift[width+i] = i
	}
	if r.cond != nil {
		for _, p := range conjuncts(r.cond, nil) {
			c, ok := p.(*Compare)
			if !ok || c.Op != Equal || varies(p) {
				rest = append(rest, p)
				continue
			}
			l, rr := c.L, c.R
			onLeft := func(i int) bool { return i < width }
			onRight := func(i int) bool { return i >= width }
			if reads(l, onRight) {
				l, rr = rr, l
			}
			if !reads(l, onLeft) || reads(l, onRight) || !reads(rr, onRight) || reads(rr, onLeft) {
				rest = append(rest, p)
				continue
			}
			leftKeys = append(leftKeys, l)
			rightKeys = append(rightKeys, renumber(rr, shift))
		}
	}
	newLeft, lk := withColumns(left, leftKeys)
	newRight, rk := withColumns(right, rightKeys)
	j := &equiJoin{left: newLeft, right: newRight, leftKeys: lk, rightKeys: rk, at: *r}
	j.cols = joined(newLeft.fields(), newRight.fields())
	// The join's old columns among its new ones.
	place := map[int]int{}
	var back []Expr
	for i := range r.cols {
		to := i
		if i >= width {
			to = i - width + len(newLeft.fields())
		}
		place[i] = to
		back = append(back, columnAt(j.cols, to, r.cols[i].Name))
	}
	if len(rest) > 0 {
		j.residual = renumber(all(rest), place)
	}
	return &projectRel{r.cols, j, back}
}

// withColumns adds to a relation the expressions that are no columns of it yet.
func withColumns(r rel, exprs []Expr) (rel, []int) {
	fields := r.fields()
	out := append(cols(nil), fields...)
	list := identityOf(fields)
	keys := make([]int, len(exprs))
	for i, e := range exprs {
		if c, ok := e.(*Column); ok {
			keys[i] = c.Index
			continue
		}
		keys[i] = len(out)
		for j := len(fields); j < len(list); j++ {
			if digest(list[j]) == digest(e) {
				keys[i] = j
			}
		}
		if keys[i] == len(out) {
			list = append(list, e)
			out = append(out, types.Field{Name: uniqueName(out, "$j"), Type: e.Type()})
		}
	}
	if len(out) == len(fields) {
		return r, keys
	}
	return &projectRel{out, r, list}, keys
}

// joined are the columns of a join: no time attribute survives one, and a name of the
// right side that the left one has too gets a number.
func joined(left, right []types.Field) cols {
	var out cols
	for _, f := range append(append([]types.Field(nil), left...), right...) {
		out = append(out, types.Field{Name: uniqueName(out, f.Name), Type: f.Type.Plain()})
	}
	return out
}

// tableOf names a scanned table with its hints: scans of one key read the same.
func tableOf(t *catalog.Table, hints map[string]string) string {
	key := t.ID.String()
	for _, k := range sortedKeys(hints) {
		key += "\x00" + k + "=" + hints[k]
	}
	return key
}
