package plan

import (
	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

func isInterval(e Expr) bool {
	return e.Type().Kind == types.IntervalDay || e.Type().Kind == types.IntervalMonth
}

// withInterval binds what has an interval in it: a time plus or minus an interval, the
// sum of two intervals of a kind, an interval times an integer. nil: no interval.
func (b *binder) withInterval(x sql.Node, op ArithmeticOp, l, r Expr) Expr {
	li, ri := isInterval(l), isInterval(r)
	if !li && !ri {
		return nil
	}
	isTime := func(e Expr) bool { return isMoment(e.Type()) }
	switch {
	case ri && isTime(l) && (op == Add || op == Subtract):
		return shift(x, l, r, op == Subtract)
	case li && isTime(r) && op == Add:
		return shift(x, r, l, false)
	case li && ri && l.Type().Kind == r.Type().Kind && (op == Add || op == Subtract):
		return intervals(x, op, l, r)
	case op == Multiply && li && r.Type().IsInteger():
		return intervals(x, op, l, implicit(r, l.Type().Plain()))
	case op == Multiply && ri && l.Type().IsInteger():
		return intervals(x, op, implicit(l, r.Type().Plain()), r)
	}
	b.errorf(x, "Cannot apply '%s' to arguments of type '<%s> %s <%s>'", arithmeticText[op], l.Type().Nullable(), arithmeticText[op], r.Type().Nullable()).
		Because("an interval is added to or subtracted from a point in time, and multiplied by an integer")
	return bad(x)
}

// intervals computes with two intervals of a kind, as with whole numbers; of constants it is a
// constant, which a window function wants.
func intervals(x sql.Node, op ArithmeticOp, l, r Expr) Expr {
	t := l.Type().Plain().WithNull(nullable(l, r))
	lc, lConst := wholeConstant(l)
	rc, rConst := wholeConstant(r)
	if lConst && rConst {
		n := map[ArithmeticOp]int64{Add: lc + rc, Subtract: lc - rc, Multiply: lc * rc}[op]
		if t.Kind == types.IntervalMonth {
			n = int64(int32(n))
		}
		return &Literal{Typed{t, x.Pos()}, types.Int64(n)}
	}
	return &Arithmetic{Typed{t, x.Pos()}, op, l, r}
}

// wholeConstant is the value of a constant integer or interval, behind an implicit cast too.
func wholeConstant(e Expr) (int64, bool) {
	if c, ok := e.(*Cast); ok && c.Implicit && c.Arg.Type().IsInteger() {
		e = c.Arg
	}
	l, ok := e.(*Literal)
	if !ok || l.Value.Null {
		return 0, false
	}
	return l.Value.I, true
}

// shift is a time plus or minus an interval; its result is no time attribute.
func shift(x sql.Node, time, interval Expr, negate bool) Expr {
	return &TimeShift{Typed{time.Type().Plain().WithNull(nullable(time, interval)), x.Pos()}, time, interval, negate}
}

// intervalOf binds INTERVAL n unit for an integer n.
func (b *binder) intervalOf(x *sql.IntervalExpr, s *scope) Expr {
	e := b.value(x.X, s)
	if isBad(e) {
		return e
	}
	if !e.Type().IsInteger() {
		b.errorf(x, "Cannot apply 'INTERVAL' to arguments of type 'INTERVAL <%s> %s'", e.Type().Nullable(), x.Unit.From).Because("it takes an integer")
		return bad(x)
	}
	unit := dayUnits[x.Unit.From]
	if unit == 0 {
		unit = monthUnits[x.Unit.From]
	}
	t := catalog.IntervalType(&x.Unit)
	return intervals(x, Multiply, implicit(e, t), &Literal{Typed{t.Required(), x.Pos()}, types.Int64(unit)})
}

// timeDiff binds (a - b) unit: the time between two points of a kind, whole months if the unit is one.
func (b *binder) timeDiff(x *sql.DateMinus, s *scope) Expr {
	l, r := b.value(x.L, s), b.value(x.R, s)
	if anyBad(l, r) {
		return bad(x)
	}
	if !isMoment(l.Type()) || l.Type().Kind != r.Type().Kind {
		b.errorf(x, "Cannot apply '-' to arguments of type '-(<%s>, <%s>, <INTERVAL %s>)'", l.Type().Nullable(), r.Type().Nullable(), x.Unit.From).
			Because("both must be points in time of one type")
		return bad(x)
	}
	if monthUnits[x.Unit.From] > 0 && l.Type().Kind == types.Time {
		b.refuse(x, "the time between two times of day in months")
		return bad(x)
	}
	t, _ := commonOfTwo(l.Type().Plain(), r.Type().Plain())
	null := nullable(l, r)
	return &TimeDiff{Typed{catalog.IntervalType(&x.Unit).WithNull(null), x.Pos()}, implicit(l, t), implicit(r, t)}
}
