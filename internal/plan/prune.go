package plan

import (
	"sort"

	"tidemark.dev/types"
)

// pruner leaves out columns that nobody reads. All uses of a table in a pipeline read
// the same columns of it, so that they can share its scan and its watermark: a first
// pass over every query only notes what each use wants, a second one leaves out what
// none does.
type pruner struct {
	wanted map[string]map[int]bool // by table and operator: scan, watermark
}

// add notes what a use wants and answers what all uses so far want.
func (p *pruner) add(key string, want map[int]bool) map[int]bool {
	all := p.wanted[key]
	if all == nil {
		all = map[int]bool{}
		p.wanted[key] = all
	}
	for c, w := range want {
		if w {
			all[c] = true
		}
	}
	return all
}

// prune answers the new relation and where each wanted column went; the new one may
// have more columns than were wanted.
func (p *pruner) prune(r rel, want map[int]bool) (rel, map[int]int) {
	switch r := r.(type) {
	case *scanRel:
		want = p.add("scan "+tableOf(r.table, r.hints), want)
		n := *r
		n.cols, n.read = nil, nil
		place := map[int]int{}
		for i := range r.cols {
			if want[i] {
				place[i] = len(n.cols)
				n.cols = append(n.cols, r.cols[i])
				n.read = append(n.read, r.read[i])
			}
		}
		return &n, place
	case *valuesRel:
		return p.pruneValues(r, want)
	case *filterRel:
		need := copySet(want)
		columnsOf(r.cond, need)
		in, place := p.prune(r.input, need)
		return &filterRel{in.fields(), in, renumber(r.cond, place)}, place
	case *projectRel:
		return p.pruneProject(r, want)
	case *watermarkRel:
		need := copySet(want)
		need[r.rowtime] = true
		columnsOf(r.expr, need)
		need = p.add("watermark "+tableOf(r.table, r.hints), need)
		in, place := p.prune(r.input, need)
		n := *r
		n.input, n.rowtime, n.expr = in, place[r.rowtime], renumber(r.expr, place)
		n.cols = append(cols(nil), in.fields()...)
		for old, to := range place {
			n.cols[to].Type = r.cols[old].Type
		}
		return &n, place
	case *unionRel:
		return p.pruneUnion(r, want)
	case *aggregateRel:
		return p.pruneAggregate(r, want)
	case *tvfRel:
		return p.pruneTVF(r, want)
	case *expandRel:
		return p.pruneExpand(r, want)
	case *equiJoin:
		return p.pruneJoin(r, want)
	}
	return r, identityMap(len(r.fields()))
}

// exact is prune where a wider row would cost: before an exchange or a state. The new
// relation has the wanted columns and no others.
func (p *pruner) exact(r rel, want map[int]bool) (rel, map[int]int) {
	in, place := p.prune(r, want)
	n := 0
	for _, w := range want {
		if w {
			n++
		}
	}
	if len(in.fields()) == n {
		return in, place
	}
	narrow, to := &projectRel{input: in}, map[int]int{}
	for i := range r.fields() {
		if want[i] {
			f := in.fields()[place[i]]
			to[i] = len(narrow.exprs)
			narrow.exprs = append(narrow.exprs, columnAt(in.fields(), place[i], f.Name))
			narrow.cols = append(narrow.cols, f)
		}
	}
	return narrow, to
}

func (p *pruner) pruneValues(r *valuesRel, want map[int]bool) (rel, map[int]int) {
	n, place := &valuesRel{}, map[int]int{}
	for i := range r.cols {
		if want[i] {
			place[i] = len(n.cols)
			n.cols = append(n.cols, r.cols[i])
		}
	}
	for _, row := range r.rows {
		new := make([]types.Value, 0, len(n.cols))
		for i := range r.cols {
			if want[i] {
				new = append(new, row[i])
			}
		}
		n.rows = append(n.rows, new)
	}
	return n, place
}

func (p *pruner) pruneProject(r *projectRel, want map[int]bool) (rel, map[int]int) {
	need := map[int]bool{}
	n, place := &projectRel{}, map[int]int{}
	for i, e := range r.exprs {
		if want[i] {
			columnsOf(e, need)
			place[i] = len(n.exprs)
			n.exprs = append(n.exprs, e)
			n.cols = append(n.cols, r.cols[i])
		}
	}
	in, below := p.prune(r.input, need)
	n.input = in
	for i, e := range n.exprs {
		n.exprs[i] = renumber(e, below)
	}
	return n, place
}

func (p *pruner) pruneUnion(r *unionRel, want map[int]bool) (rel, map[int]int) {
	n, place := &unionRel{}, map[int]int{}
	var kept []int
	for i := range r.cols {
		if want[i] {
			place[i] = len(kept)
			kept = append(kept, i)
			n.cols = append(n.cols, r.cols[i])
		}
	}
	for _, s := range r.sources {
		in, below := p.prune(s, want)
		side := &projectRel{input: in}
		for _, i := range kept {
			c := columnAt(in.fields(), below[i], r.cols[i].Name)
			side.exprs = append(side.exprs, c)
			side.cols = append(side.cols, types.Field{Name: r.cols[i].Name, Type: c.T})
		}
		if isIdentity(side.exprs, in.fields()) {
			n.sources = append(n.sources, in)
		} else {
			n.sources = append(n.sources, side)
		}
	}
	return n, place
}

// pruneAggregate drops aggregates that nobody reads: as in Flink, a change of theirs is
// then no change of the group.
func (p *pruner) pruneAggregate(r *aggregateRel, want map[int]bool) (rel, map[int]int) {
	need := map[int]bool{}
	for _, k := range r.keys {
		need[k] = true
	}
	n := *r
	n.aggs, n.keys, n.cols = nil, nil, append(cols(nil), r.cols[:len(r.keys)]...)
	place := map[int]int{}
	for i := range r.keys {
		place[i] = i
	}
	for i, a := range r.aggs {
		at := len(r.keys) + i
		if !want[at] {
			continue
		}
		for _, c := range a.Args {
			need[c] = true
		}
		if a.Filter >= 0 {
			need[a.Filter] = true
		}
		place[at] = len(n.cols)
		n.cols = append(n.cols, r.cols[at])
		n.aggs = append(n.aggs, a)
	}
	in, below := p.exact(r.input, need)
	n.input = in
	for _, k := range r.keys {
		n.keys = append(n.keys, below[k])
	}
	for i := range n.aggs {
		args := make([]int, len(n.aggs[i].Args))
		for j, c := range n.aggs[i].Args {
			args[j] = below[c]
		}
		n.aggs[i].Args = args
		if n.aggs[i].Filter >= 0 {
			n.aggs[i].Filter = below[n.aggs[i].Filter]
		}
	}
	return &n, place
}

func (p *pruner) pruneTVF(r *tvfRel, want map[int]bool) (rel, map[int]int) {
	width := len(r.input.fields())
	need := map[int]bool{r.window.Time: true}
	for c := range want {
		if c < width {
			need[c] = true
		}
	}
	in, place := p.exact(r.input, need)
	n := *r
	n.input = in
	n.window.Time = place[r.window.Time]
	n.cols = append(append(cols(nil), in.fields()...), r.cols[width:]...)
	for i := 0; i < 3; i++ {
		place[width+i] = len(in.fields()) + i
	}
	return &n, place
}

func (p *pruner) pruneExpand(r *expandRel, want map[int]bool) (rel, map[int]int) {
	number := len(r.cols) - 1
	need := copySet(want)
	delete(need, number)
	in, place := p.prune(r.input, need)
	n := &expandRel{cols: append(append(cols(nil), in.fields()...), r.cols[number]), input: in}
	for _, nulls := range r.nulls {
		var kept []int
		for _, i := range nulls {
			if want[i] {
				kept = append(kept, place[i])
			}
		}
		n.nulls = append(n.nulls, kept)
	}
	place[number] = len(n.cols) - 1
	return n, place
}

func (p *pruner) pruneJoin(r *equiJoin, want map[int]bool) (rel, map[int]int) {
	width := len(r.left.fields())
	all := copySet(want)
	if r.residual != nil {
		columnsOf(r.residual, all)
	}
	leftNeed, rightNeed := map[int]bool{}, map[int]bool{}
	for _, k := range r.leftKeys {
		leftNeed[k] = true
	}
	for _, k := range r.rightKeys {
		rightNeed[k] = true
	}
	for c := range all {
		if c < width {
			leftNeed[c] = true
		} else {
			rightNeed[c-width] = true
		}
	}
	n := *r
	left, lp := p.exact(r.left, leftNeed)
	right, rp := p.exact(r.right, rightNeed)
	n.left, n.right = left, right
	n.leftKeys, n.rightKeys = mapped(r.leftKeys, lp), mapped(r.rightKeys, rp)
	place := map[int]int{}
	for old, to := range lp {
		place[old] = to
	}
	for old, to := range rp {
		place[width+old] = len(left.fields()) + to
	}
	n.cols = joined(left.fields(), right.fields())
	if r.residual != nil {
		n.residual = renumber(r.residual, place)
	}
	return &n, place
}

func mapped(list []int, by map[int]int) []int {
	out := make([]int, len(list))
	for i, c := range list {
		out[i] = by[c]
	}
	return out
}

func copySet(set map[int]bool) map[int]bool {
	out := make(map[int]bool, len(set))
	for k, v := range set {
		if v {
			out[k] = true
		}
	}
	return out
}

func allOf(n int) map[int]bool {
	set := make(map[int]bool, n)
	for i := 0; i < n; i++ {
		set[i] = true
	}
	return set
}

func identityMap(n int) map[int]int {
	m := make(map[int]int, n)
	for i := 0; i < n; i++ {
		m[i] = i
	}
	return m
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
