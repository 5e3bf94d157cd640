package expr

import (
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// rowOf builds a ROW: its arguments become the children.
type rowOf struct {
	slot
	args []node
}

func (c *compiler) rowOf(e *plan.RowOf, s slot) node {
	if len(e.Args) != len(e.T.Fields) {
		return c.refuse(e, "%d arguments for %d fields", len(e.Args), len(e.T.Fields))
	}
	r := &rowOf{slot: s}
	for _, a := range e.Args {
		r.args = append(r.args, c.node(a, s.keep))
	}
	return r
}

func (r *rowOf) eval(x *run, sel []int32) (*vector.Vector, error) {
	kids := make([]*vector.Vector, len(r.args))
	for i, a := range r.args {
		v, err := a.eval(x, sel)
		if err != nil {
			return nil, err
		}
		kids[i] = v.Flatten().Retype(r.typ.Fields[i].Type)
	}
	return vector.NewRows(r.typ, x.n, kids...), nil
}

// fieldOf reads a field of a ROW: the child itself, NULL where the row is.
type fieldOf struct {
	slot
	arg   node
	index int
}

func (f *fieldOf) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := f.arg.eval(x, sel)
	if err != nil {
		return nil, err
	}
	if v.Encoding() == vector.Constant {
		if v.IsNull(0) {
			return f.null(x.n), nil
		}
		return vector.NewConstant(f.typ, v.Value(0).Elems[f.index], x.n), nil
	}
	if v.Encoding() == vector.Dictionary {
		return vector.NewDictionary(f.of(v.Dict()), v.Indexes()), nil
	}
	return f.of(v), nil
}

// of is the field of a flat vector of rows, flat again.
func (f *fieldOf) of(v *vector.Vector) *vector.Vector {
	kid := v.Child(f.index).Flatten()
	bits := v.Valid()
	if bits == nil {
		return kid
	}
	out := kid.Retype(f.typ)
	own := make([]uint64, (v.Len()+63)>>6)
	copy(own, bits)
	if inner := kid.Valid(); inner != nil {
		for i := range own {
			own[i] &= inner[i]
		}
	}
	out.SetValid(own)
	return out
}

// timeShift adds an interval to a point in time.
func (c *compiler) timeShift(e *plan.TimeShift, s slot) node {
	t := e.Time
	if vector.LayoutOf(t.Type()) != vector.LayoutOf(s.typ) {
		t = &plan.Cast{Typed: plan.Typed{T: s.typ.WithNull(!t.Type().NotNull), Pos: e.Pos}, Arg: t, Implicit: true}
	}
	b := &binary{slot: s, e: e, l: c.node(t, false), r: c.node(e.Interval, false)}
	sign := int64(1)
	if e.Negate {
		sign = -1
	}
	months := e.Interval.Type().Kind == types.IntervalMonth
	switch s.typ.Kind {
	case types.Timestamp, types.TimestampLTZ:
		b.kernel = shiftMicros(sign, months)
	case types.Date:
		b.kernel = shiftDates(sign, months)
	case types.Time:
		b.kernel = shiftTimes(sign, months)
	default:
		return c.refuse(e, "a %v has no intervals", s.typ)
	}
	return b
}

// intervalAt is slot i of an interval of either kind.
func intervalAt(v *vector.Vector, i int) int64 {
	if v.Layout() == vector.Int32s {
		return int64(v.Int32s()[i])
	}
	return v.Int64s()[i]
}

const microsPerMilli = 1000

// shiftMicros moves timestamps. Flink counts months of a TIMESTAMP_LTZ in UTC.
func shiftMicros(sign int64, months bool) kernel {
	return func(out, l, r *vector.Vector, sel []int32, n int) error {
		o, a, am, bm := out.Int64s(), l.Int64s(), l.Mask(), r.Mask()
		if out.Layout() == vector.Fine {
			nanos, of := out.Int32s(), l.Int32s()
			for i := range n {
				nanos[i] = of[i&am]
			}
		}
		if !months {
			ms := r.Int64s()
			for i := range o[:n] {
				o[i] = a[i&am] + sign*ms[i&bm]*microsPerMilli
			}
			return nil
		}
		rows(sel, n, func(i int) {
			if vector.Bit(out.Valid(), i) {
				o[i] = types.AddMonthsMicros(a[i&am], sign*intervalAt(r, i&bm))
			}
		})
		return nil
	}
}

// shiftDates moves dates: by whole days of an interval of milliseconds.
func shiftDates(sign int64, months bool) kernel {
	return func(out, l, r *vector.Vector, sel []int32, n int) error {
		o, a, am, bm := out.Int32s(), l.Int32s(), l.Mask(), r.Mask()
		rows(sel, n, func(i int) {
			if !vector.Bit(out.Valid(), i) {
				return
			}
			by := sign * intervalAt(r, i&bm)
			if months {
				o[i] = int32(types.AddMonths(int64(a[i&am]), by))
			} else {
				o[i] = a[i&am] + int32(by/types.MillisPerDay)
			}
		})
		return nil
	}
}

// shiftTimes moves times of day around the clock; months do not move them.
func shiftTimes(sign int64, months bool) kernel {
	return func(out, l, r *vector.Vector, sel []int32, n int) error {
		o, a, am, bm := out.Int32s(), l.Int32s(), l.Mask(), r.Mask()
		rows(sel, n, func(i int) {
			by := sign * intervalAt(r, i&bm)
			if months {
				by = 0
			}
			o[i] = int32((int64(a[i&am]) + types.MillisPerDay + by) % types.MillisPerDay)
		})
		return nil
	}
}
