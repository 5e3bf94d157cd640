package expr

import (
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// negate is unary minus.
type negate struct {
	slot
	arg node
}

func (c *compiler) negate(e *plan.Negate, s slot) node {
	if !fixedWidth(s.typ) && s.typ.Kind != types.Decimal {
		return c.refuse(e, "a %v has no minus", s.typ)
	}
	return &negate{s, c.node(e.Arg, false)}
}

func (g *negate) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := g.arg.eval(x, sel)
	if err != nil {
		return nil, err
	}
	if isNull(v) {
		return g.null(x.n), nil
	}
	v = flat(v)
	out := g.flat(x.n)
	g.meet(out, x.n, v)
	mask := v.Mask()
	switch out.Layout() {
	case vector.Int32s:
		negateSlots(out.Int32s(), v.Int32s(), mask)
		for i, y := range out.Int32s() {
			setInteger(out, i, int64(y))
		}
	case vector.Int64s:
		negateSlots(out.Int64s(), v.Int64s(), mask)
	case vector.Float32s:
		negateSlots(out.Float32s(), v.Float32s(), mask)
	case vector.Float64s:
		negateSlots(out.Float64s(), v.Float64s(), mask)
	case vector.Int128s:
		for i := range out.Int128s() {
			out.Int128s()[i] = v.Int128s()[i&mask].Neg()
		}
	}
	return out, nil
}

func negateSlots[T number](out, a []T, mask int) {
	for i := range out {
		out[i] = -a[i&mask]
	}
}

// timeDiff is the interval between two points in time. Fractions of a millisecond and
// of a month are left out.
func (c *compiler) timeDiff(e *plan.TimeDiff, s slot) node {
	b := &binary{slot: s, e: e, l: c.node(e.L, false), r: c.node(e.R, false)}
	t := e.L.Type()
	if vector.LayoutOf(t) != vector.LayoutOf(e.R.Type()) {
		return c.refuse(e, "a %v is subtracted from a %v", e.R.Type(), t)
	}
	months := s.typ.Kind == types.IntervalMonth
	b.kernel = func(out, l, r *vector.Vector, sel []int32, n int) error {
		am, bm := l.Mask(), r.Mask()
		rows(sel, n, func(i int) {
			if !vector.Bit(out.Valid(), i) {
				return
			}
			x, y := millisAt(t.Kind, l, i&am), millisAt(t.Kind, r, i&bm)
			if months {
				out.Int32s()[i] = int32(types.MonthsBetweenMillis(x, y))
			} else {
				out.Int64s()[i] = x - y
			}
		})
		return nil
	}
	return b
}

// millisAt is slot i of a point in time, in milliseconds.
func millisAt(k types.Kind, v *vector.Vector, i int) int64 {
	switch k {
	case types.Date:
		return int64(v.Int32s()[i]) * types.MillisPerDay
	case types.Time:
		return int64(v.Int32s()[i])
	}
	return floorDiv(v.Int64s()[i], microsPerMilli)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
