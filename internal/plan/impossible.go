package plan

import (
	"maps"
	"slices"

	"tidemark.dev/types"
)

// Whether conditions can all be TRUE of one row. It matters beyond speed: a group of all
// rows over a filter that keeps none comes out as one row where the planner sees that, and
// not at all where only the running query could know, in Flink as here; so what is
// seen is what Flink (Calcite's RexSimplify) sees. The steps:
//
//  1. The conditions are taken apart: AND and NOT are pushed to the leaves, ORs set aside.
//  2. A leaf narrows what an expression can be: a set of intervals, NULL, not NULL. Intervals
//     are of reals: k > 1 AND k < 2 is possible of an INT, in Flink too.
//  3. A leaf and its negation cannot both be TRUE; expressions that are equal share a point.
//  4. Each OR must have one branch that is possible beside everything else.

// branchBudget bounds the branches of ORs that are tried: the answer is then "possible".
const branchBudget = 256

// impossible tells that the conditions cannot all be TRUE.
func impossible(conds []Expr) bool {
	f := &facts{domains: map[string]*domain{}, pairs: map[[2]string]uint8{}}
	budget := branchBudget
	return f.impossible(conds, &budget)
}

// facts is what is known of a row.
type facts struct {
	domains map[string]*domain // by digest
	pairs   map[[2]string]uint8
	equal   [][2]string
	ors     [][]Expr
	failed  bool
}

// domain is what an expression can be. Without ranges it can be anything.
type domain struct {
	t             types.Type
	narrowed      bool
	ranges        []interval
	null, notNull bool
}

// interval lies between two values, nil: without end; an open end is outside.
type interval struct {
	lo, hi         *types.Value
	loOpen, hiOpen bool
}

func (f *facts) clone() *facts {
	c := &facts{domains: map[string]*domain{}, pairs: maps.Clone(f.pairs), equal: slices.Clone(f.equal)}
	for k, d := range f.domains {
		copied := *d
		c.domains[k] = &copied
	}
	return c
}

func (f *facts) impossible(conds []Expr, budget *int) bool {
	for _, c := range conds {
		f.add(c, true)
	}
	if f.failed || !f.share() {
		return true
	}
	for i, branches := range f.ors {
		rest := f.ors[i+1:]
		if f.noBranch(branches, rest, budget) {
			return true
		}
	}
	return false
}

// noBranch tells that no branch of an OR is possible beside the facts and the other ORs.
func (f *facts) noBranch(branches []Expr, rest [][]Expr, budget *int) bool {
	for _, b := range branches {
		if *budget--; *budget < 0 {
			return false
		}
		c := f.clone()
		c.ors = slices.Clone(rest)
		if !c.impossible([]Expr{b}, budget) {
			return false
		}
	}
	return true
}

// add takes in that e is TRUE, or with want false that it is FALSE.
func (f *facts) add(e Expr, want bool) {
	switch x := e.(type) {
	case *Literal:
		f.failed = f.failed || x.Value.Null || (x.Value.I != 0) != want
	case *Logic:
		f.logic(x, want)
	case *Compare:
		op := x.Op
		if !want {
			op = negated[op]
		}
		f.compare(op, x.L, x.R)
	case *In:
		f.in(x, want != x.Neg)
	case *IsTest:
		f.test(x, want != x.Neg)
	case *Case:
		if want {
			branches := []Expr{x.Else}
			for _, w := range x.Whens {
				branches = append(branches, w.Then)
			}
			f.ors = append(f.ors, branches)
		}
	default:
		v := types.Bool(want)
		f.narrow(e, interval{lo: &v, hi: &v})
	}
}

func (f *facts) logic(x *Logic, want bool) {
	switch {
	case x.Op == Not:
		f.add(x.Args[0], !want)
	case (x.Op == And) == want:
		for _, a := range x.Args {
			f.add(a, want)
		}
	case want:
		f.ors = append(f.ors, x.Args)
	default:
		var branches []Expr
		for _, a := range x.Args {
			branches = append(branches, &Logic{Typed{a.Type(), a.Position()}, Not, []Expr{a}})
		}
		f.ors = append(f.ors, branches)
	}
}

var (
	negated = [...]CompareOp{Equal: NotEqual, NotEqual: Equal, Less: GreaterEqual, LessEqual: Greater,
		Greater: LessEqual, GreaterEqual: Less, DistinctFrom: NotDistinctFrom, NotDistinctFrom: DistinctFrom}
	mirrored = [...]CompareOp{Equal: Equal, NotEqual: NotEqual, Less: Greater, LessEqual: GreaterEqual,
		Greater: Less, GreaterEqual: LessEqual, DistinctFrom: DistinctFrom, NotDistinctFrom: NotDistinctFrom}
)

func (f *facts) compare(op CompareOp, l, r Expr) {
	if varies(l) || varies(r) {
		return
	}
	if _, ok := l.(*Literal); ok {
		l, r, op = r, l, mirrored[op]
	}
	strict := op != DistinctFrom && op != NotDistinctFrom
	if strict {
		f.required(l)
		f.required(r)
	}
	if c, ok := r.(*Literal); ok {
		if c.Value.Null {
			f.failed = f.failed || strict
			return
		}
		f.narrow(l, spans(op, &c.Value)...)
		return
	}
	a, b := digest(l), digest(r)
	if a == b {
		f.failed = f.failed || op == NotEqual || op == Less || op == Greater || op == DistinctFrom
		return
	}
	if a > b {
		a, b, op = b, a, mirrored[op]
	}
	seen := f.pairs[[2]string{a, b}] | 1<<op
	f.pairs[[2]string{a, b}] = seen
	f.failed = f.failed || seen&(1<<negated[op]) != 0
	if op == Equal {
		f.of(l)
		f.of(r)
		f.equal = append(f.equal, [2]string{a, b})
	}
}

// spans are the values for which "value op v" is TRUE; none: the operator does not say.
func spans(op CompareOp, v *types.Value) []interval {
	switch op {
	case Equal, NotDistinctFrom:
		return []interval{{lo: v, hi: v}}
	case NotEqual:
		return []interval{{hi: v, hiOpen: true}, {lo: v, loOpen: true}}
	case Less:
		return []interval{{hi: v, hiOpen: true}}
	case LessEqual:
		return []interval{{hi: v}}
	case Greater:
		return []interval{{lo: v, loOpen: true}}
	case GreaterEqual:
		return []interval{{lo: v}}
	}
	return nil
}

func (f *facts) in(x *In, want bool) {
	f.required(x.Arg)
	if want {
		var points []interval
		for i := range x.List {
			points = append(points, spans(Equal, &x.List[i])...)
		}
		f.failed = f.failed || len(points) == 0
		f.narrow(x.Arg, points...)
		return
	}
	f.failed = f.failed || x.NullInList
	for i := range x.List {
		f.narrow(x.Arg, spans(NotEqual, &x.List[i])...)
	}
}

func (f *facts) test(x *IsTest, want bool) {
	switch {
	case x.Test == TestNull && want:
		if d := f.of(x.Arg); d != nil {
			d.null = true
			f.failed = f.failed || d.notNull || x.Arg.Type().NotNull
		}
	case x.Test == TestNull:
		f.required(x.Arg)
	case want:
		f.add(x.Arg, x.Test == TestTrue)
	}
}

// of is the domain of an expression; nil if it varies.
func (f *facts) of(e Expr) *domain {
	if varies(e) {
		return nil
	}
	key := digest(e)
	d := f.domains[key]
	if d == nil {
		d = &domain{t: e.Type()}
		f.domains[key] = d
	}
	return d
}

// required takes in that e is not NULL, and with it the operands that would make it NULL.
func (f *facts) required(e Expr) {
	d := f.of(e)
	if d == nil {
		return
	}
	d.notNull = true
	f.failed = f.failed || d.null
	switch x := e.(type) {
	case *Arithmetic, *Negate, *TimeShift, *TimeDiff:
		for _, c := range children(e) {
			f.required(c)
		}
	case *Cast:
		f.required(x.Arg)
	}
}

// narrow takes in that e is in one of the intervals.
func (f *facts) narrow(e Expr, to ...interval) {
	d := f.of(e)
	if d == nil || len(to) == 0 {
		return
	}
	d.notNull = true
	d.narrowTo(to)
	f.failed = f.failed || d.null || len(d.ranges) == 0
}

func (d *domain) narrowTo(to []interval) {
	if !d.narrowed {
		d.narrowed, d.ranges = true, to
		return
	}
	var ranges []interval
	for _, a := range d.ranges {
		for _, b := range to {
			if c, ok := a.and(b, d.t); ok {
				ranges = append(ranges, c)
			}
		}
	}
	d.ranges = ranges
}

// and is what two intervals have in common; not ok: nothing.
func (a interval) and(b interval, t types.Type) (interval, bool) {
	if b.lo != nil {
		if a.lo == nil {
			a.lo, a.loOpen = b.lo, b.loOpen
		} else if c := types.Compare(*b.lo, *a.lo, t); c > 0 || c == 0 && b.loOpen {
			a.lo, a.loOpen = b.lo, b.loOpen
		}
	}
	if b.hi != nil {
		if a.hi == nil {
			a.hi, a.hiOpen = b.hi, b.hiOpen
		} else if c := types.Compare(*b.hi, *a.hi, t); c < 0 || c == 0 && b.hiOpen {
			a.hi, a.hiOpen = b.hi, b.hiOpen
		}
	}
	if a.lo == nil || a.hi == nil {
		return a, true
	}
	c := types.Compare(*a.lo, *a.hi, t)
	return a, c < 0 || c == 0 && !a.loOpen && !a.hiOpen
}

func (d *domain) point() *types.Value {
	if len(d.ranges) == 1 && d.ranges[0].lo != nil && d.ranges[0].hi != nil && types.Equal(*d.ranges[0].lo, *d.ranges[0].hi, d.t) {
		return d.ranges[0].lo
	}
	return nil
}

// share gives the point of an expression to those that equal it; false: that is impossible.
func (f *facts) share() bool {
	for range len(f.equal) {
		for _, e := range f.equal {
			for _, side := range [][2]string{e, {e[1], e[0]}} {
				from, to := f.domains[side[0]], f.domains[side[1]]
				if p := from.point(); p != nil {
					to.narrowTo(spans(Equal, p))
					if len(to.ranges) == 0 {
						return false
					}
				}
			}
		}
	}
	return true
}
