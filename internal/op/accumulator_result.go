package op

import (
	"bytes"

	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// show puts the states of a trail where they are wanted.
func show[S any](w *work, t *trail[S], put func(out *vector.Vector, i int, s *S)) {
	if w.shown == nil {
		return
	}
	v := w.shown.v
	for j, k := range w.shown.was {
		if k >= 0 {
			put(v, int(k), &t.was[j])
		}
	}
	for j, k := range w.shown.is {
		if k >= 0 {
			put(v, int(k), &t.is[j])
		}
	}
}

// showInts is show for integers: most results are 64 bits wide and no NULLs.
func (a *accumulator) showInts(w *work, t *trail[intSlot]) {
	if w.shown == nil {
		return
	}
	v := w.shown.v
	if v.Layout() != vector.Int64s {
		show(w, t, a.putInt)
		return
	}
	a.showInt64s(v, w.shown.was, t.was)
	a.showInt64s(v, w.shown.is, t.is)
}

func (a *accumulator) showInt64s(v *vector.Vector, slots []int32, states []intSlot) {
	dst, mean := v.Int64s(), a.Func == plan.Avg
	for j, k := range slots {
		if k < 0 {
			continue
		}
		s := &states[j]
		switch {
		case s.n == 0:
			a.putInt(v, int(k), s)
		case mean:
			dst[k] = s.v / s.n
		default:
			dst[k] = s.v
		}
	}
}

// showRows shows the numbers of rows.
func (a *accumulator) showRows(w *work) {
	if w.shown == nil {
		return
	}
	dst := w.shown.v.Int64s()
	for j, k := range w.shown.was {
		if k >= 0 {
			dst[k] = w.shown.before[j]
		}
	}
	for j, k := range w.shown.is {
		if k >= 0 {
			dst[k] = w.shown.after[j]
		}
	}
}

// The put methods write an accumulator's result into slot i of a vector of the
// aggregate's type.

func (a *accumulator) putInt(out *vector.Vector, i int, s *intSlot) {
	if s.n == 0 && a.Func != plan.Sum0 {
		out.SetNull(i)
		return
	}
	x := s.v
	if a.Func == plan.Avg {
		x /= s.n // truncates towards zero; the sum is a BIGINT
	}
	switch out.Layout() {
	case vector.Int64s:
		out.Int64s()[i] = x
	case vector.Int32s:
		out.Int32s()[i] = narrow(x, a.Type.Kind)
	case vector.Bools:
		out.Bools()[i] = x != 0
	}
}

// narrow wraps as Java's integer types do.
func narrow(x int64, k types.Kind) int32 {
	switch k {
	case types.TinyInt:
		return int32(int8(x))
	case types.SmallInt:
		return int32(int16(x))
	}
	return int32(x)
}

func (a *accumulator) putFloat(out *vector.Vector, i int, s *floatSlot) {
	if s.n == 0 && a.Func != plan.Sum0 {
		out.SetNull(i)
		return
	}
	x := s.v
	if a.Func == plan.Avg {
		x /= float64(s.n)
	}
	if out.Layout() == vector.Float32s {
		out.Float32s()[i] = float32(x)
		return
	}
	out.Float64s()[i] = x
}

func (a *accumulator) putWide(out *vector.Vector, i int, s *wideSlot) {
	if s.n == 0 && a.Func != plan.Sum0 || s.hi == overflown && a.Func == plan.Avg {
		out.SetNull(i)
		return
	}
	if a.form == formFine {
		out.Int64s()[i], out.Int32s()[i] = s.hi, int32(s.lo)
		return
	}
	x := types.Int128{Hi: s.hi, Lo: s.lo}
	if a.Func == plan.Avg {
		// Flink divides the DECIMAL(38, s) sum by the count, a BIGINT and so a DECIMAL(20, 0).
		op := types.DecimalOp{S1: a.scale, P: int(a.Type.Precision), S: int(a.Type.Scale)}
		q, ok, err := op.Div(x, types.Int128Of(s.n))
		if !ok || err != nil {
			out.SetNull(i)
			return
		}
		x = q
	}
	if out.Layout() == vector.Int64s {
		out.Int64s()[i] = int64(x.Lo)
		return
	}
	out.Int128s()[i] = x
}

func (a *accumulator) putText(t *state.Table, out *vector.Vector, i int, s *textSlot) {
	if s.n == 0 {
		out.SetNull(i)
		return
	}
	out.SetBytes(i, t.RefBytes(&s.r))
}

// result is the results of the values at places, whose texts are t's.
func (a *accumulator) result(t *state.Table, places []place) *vector.Vector {
	if a.form == formList {
		return a.list.result(a, t, places)
	}
	out := vector.New(a.Type, len(places))
	switch {
	case a.Func == plan.Count:
		for i, p := range places {
			out.Int64s()[i] = *at[int64](p, a.at)
		}
	case a.form == formInt:
		for i, p := range places {
			a.putInt(out, i, at[intSlot](p, a.at))
		}
	case a.form == formFloat:
		for i, p := range places {
			a.putFloat(out, i, at[floatSlot](p, a.at))
		}
	case a.form == formWide || a.form == formFine:
		for i, p := range places {
			a.putWide(out, i, at[wideSlot](p, a.at))
		}
	case a.form == formText:
		for i, p := range places {
			a.putText(t, out, i, at[textSlot](p, a.at))
		}
	case a.form == formMoments:
		for i, p := range places {
			a.putMoments(out, i, at[momentSlot](p, a.at))
		}
	}
	return out
}

// merges tells whether two states of the accumulator can be made one.
func (a *accumulator) merges() bool {
	return !a.Distinct && a.values == nil && (a.list == nil || a.list.merges())
}

// merge adds the state in the value at from, of an entry of t, to the one at to, which is
// no entry: it shares the texts of t.
func (a *accumulator) merge(t *state.Table, to, from place) error {
	switch {
	case a.list != nil:
		return a.list.merge(t, a.at, to, from)
	case a.form != formText || a.Func == plan.Count:
		a.add(to, from)
		return nil
	}
	d, s := at[textSlot](to, a.at), at[textSlot](from, a.at)
	if s.n > 0 && (d.n == 0 || a.better(bytes.Compare(t.RefBytes(&s.r), t.RefBytes(&d.r)))) {
		*d = *s
	}
	return nil
}

// add adds the state in the value at from to the one at to. It is not for texts, nor for
// accumulators without state.
func (a *accumulator) add(to, from place) {
	extreme := a.Func == plan.Min || a.Func == plan.Max
	switch {
	case a.Func == plan.Count:
		*at[int64](to, a.at) += *at[int64](from, a.at)
	case a.form == formInt:
		d, s := at[intSlot](to, a.at), at[intSlot](from, a.at)
		if extreme {
			if s.n > 0 && (d.n == 0 || a.better(compareInts(s.v, d.v))) {
				*d = *s
			}
			return
		}
		d.v += s.v
		d.n += s.n
	case a.form == formMoments:
		at[momentSlot](to, a.at).add(at[momentSlot](from, a.at))
	case a.form == formFloat:
		d, s := at[floatSlot](to, a.at), at[floatSlot](from, a.at)
		if extreme {
			if s.n > 0 && (d.n == 0 || a.Func == plan.Min && s.v < d.v || a.Func == plan.Max && s.v > d.v) {
				*d = *s
			}
			return
		}
		if d.n == 0 && a.Func == plan.Sum {
			d.v = s.v
		} else {
			d.v += s.v
		}
		if a.single() {
			d.v = float64(float32(d.v))
		}
		d.n += s.n
	case a.form == formWide || a.form == formFine:
		d, s := at[wideSlot](to, a.at), at[wideSlot](from, a.at)
		x, y := types.Int128{Hi: s.hi, Lo: s.lo}, types.Int128{Hi: d.hi, Lo: d.lo}
		if extreme {
			if s.n > 0 && (d.n == 0 || a.better(x.Cmp(y))) {
				*d = *s
			}
			return
		}
		sum := y.Add(x)
		if d.n += s.n; d.hi == overflown || s.hi == overflown {
			d.hi, d.lo = overflown, 0
			return
		}
		d.hi, d.lo = sum.Hi, sum.Lo
		if !types.FitsDecimal(sum, types.MaxPrecision) {
			a.overflow(d)
		}
	}
}

// combines tells whether rows may be added up in any order, batch by batch, with the same
// result to the last bit: so not sums of DOUBLE, of which the order of additions shows, nor of
// DECIMAL, of which it shows when they overflow.
func (a *accumulator) combines() bool {
	return a.merges() && (a.Func == plan.Count || a.form == formInt ||
		(a.form == formWide || a.form == formFine) && (a.Func == plan.Min || a.Func == plan.Max))
}
