package plan

import (
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Constructs that are several comparisons.

// maxParts is how many parts an expression may have when all is written out that stands in it
// several times: what is nested doubles with each level, and every step of planning walks through it.
const maxParts = 100_000

// bounded refuses an expression that is too large. It is asked where a construct repeats its operands.
func (b *binder) bounded(x sql.Node, e Expr) Expr {
	if size(e, maxParts) < maxParts {
		return e
	}
	b.errorf(x, "The expression is too large: it has more than %d parts when BETWEEN, NULLIF, COALESCE and CASE are written out", maxParts).
		Because("compute its parts in a sub-query, under names")
	return bad(x)
}

// maxTypeParts is how many types a type may be made of.
const maxTypeParts = 10_000

// typeSize counts the types that a type is made of, up to a limit.
func typeSize(t types.Type, limit int) int {
	n := 1
	add := func(u types.Type) {
		if n < limit {
			n += typeSize(u, limit-n)
		}
	}
	if t.Elem != nil {
		add(*t.Elem)
	}
	if t.Key != nil {
		add(*t.Key)
	}
	for _, f := range t.Fields {
		add(f.Type)
	}
	return n
}

// boundedType refuses a constructor whose type is too large: of rows of rows it doubles with each level.
func (b *binder) boundedType(x sql.Node, e Expr) Expr {
	if typeSize(e.Type(), maxTypeParts) < maxTypeParts {
		return e
	}
	b.errorf(x, "The type of this value is too large: it has more than %d parts", maxTypeParts)
	return bad(x)
}

// logicOf joins conditions with AND or OR; bad if one is.
func logicOf(at sql.Node, op LogicOp, args ...Expr) Expr {
	if anyBad(args...) {
		return bad(at)
	}
	if len(args) == 1 {
		return args[0]
	}
	return &Logic{Typed{types.TBoolean.WithNull(nullable(args...)), at.Pos()}, op, args}
}

// not negates a condition.
func not(at sql.Node, e Expr) Expr {
	if isBad(e) {
		return e
	}
	return &Logic{Typed{e.Type().Plain(), at.Pos()}, Not, []Expr{e}}
}

// between is x >= low AND x <= high; SYMMETRIC takes the bounds in either order.
func (b *binder) between(x *sql.Between, s *scope) Expr {
	e, low, high := b.expr(x.X, s), b.expr(x.Low, s), b.expr(x.High, s)
	if anyBad(e, low, high) {
		return bad(x)
	}
	within := func(low, high Expr) Expr {
		if x.Not {
			return logicOf(x, Or, b.compare(x, Less, e, low), b.compare(x, Greater, e, high))
		}
		return logicOf(x, And, b.compare(x, GreaterEqual, e, low), b.compare(x, LessEqual, e, high))
	}
	in := within(low, high)
	if !x.Symmetric || isBad(in) {
		return b.bounded(x, in)
	}
	if x.Not {
		return b.bounded(x, logicOf(x, And, in, within(high, low)))
	}
	return b.bounded(x, logicOf(x, Or, in, within(high, low)))
}

// quantified is x op SOME (list): an OR of comparisons, and x op ALL (list): an AND of them.
// Equality has the coercions of IN.
func (b *binder) quantified(x *sql.Quantified, s *scope) Expr {
	if x.Query != nil {
		b.refuse(x, "a comparison with "+x.Quantifier+" (sub-query)")
		return bad(x)
	}
	all := x.Quantifier == "ALL"
	e := b.value(x.X, s)
	switch {
	case isBad(e):
		return e
	case x.Op == sql.OpEqual && !all:
		return b.inList(x, e, x.List, false, s)
	case x.Op == sql.OpNotEqual && all:
		return b.inList(x, e, x.List, true, s)
	}
	list := make([]Expr, len(x.List))
	for i, item := range x.List {
		list[i] = b.compare(x, comparisons[x.Op], e, b.expr(item, s))
	}
	if all {
		return b.bounded(x, logicOf(x, And, list...))
	}
	return b.bounded(x, logicOf(x, Or, list...))
}

// overlaps is (a, b) OVERLAPS (c, d), where b and d are ends or lengths: with their ends in order,
// each begins no later than the other ends.
func (b *binder) overlaps(x *sql.Binary, s *scope) Expr {
	l, r := b.period(x, x.L, s), b.period(x, x.R, s)
	if anyBad(l[0], r[0]) {
		return bad(x)
	}
	if l[0].Type().Kind != r[0].Type().Kind {
		b.errorf(x, "Cannot apply 'OVERLAPS' to periods of %s and of %s", l[0].Type().Nullable(), r[0].Type().Nullable())
		return bad(x)
	}
	return b.bounded(x, logicOf(x, And, b.compare(x, GreaterEqual, l[1], r[0]), b.compare(x, GreaterEqual, r[1], l[0])))
}

// period is the beginning and the end of a period, in order.
func (b *binder) period(x *sql.Binary, of sql.Expr, s *scope) [2]Expr {
	failed := [2]Expr{bad(x), bad(x)}
	e := b.value(of, s)
	row, ok := e.(*RowOf)
	switch {
	case isBad(e):
		return failed
	case !ok || len(row.Args) != 2 || !isMoment(row.Args[0].Type()):
		b.errorf(x, "Cannot apply 'OVERLAPS' to an argument of type '<%s>'", e.Type().Nullable()).
			Because("a period is (begin, end) or (begin, interval)")
		return failed
	}
	from, to := row.Args[0], row.Args[1]
	switch t := to.Type(); {
	case t.Kind == types.IntervalDay || t.Kind == types.IntervalMonth:
		to = shift(x, from, to, false)
	case t.Kind != from.Type().Kind:
		b.errorf(x, "Cannot apply 'OVERLAPS' to a period from %s to %s", from.Type().Nullable(), t.Nullable())
		return failed
	}
	t, _ := commonOfTwo(from.Type().Plain(), to.Type().Plain())
	from, to = implicit(from, t), implicit(to, t)
	ordered := b.compare(x, LessEqual, from, to)
	t.NotNull = !nullable(from, to)
	pick := func(then, other Expr) Expr { return &Case{Typed{t, x.Pos()}, []When{{ordered, then}}, other} }
	return [2]Expr{pick(from, to), pick(to, from)}
}
