package op

import (
	"bytes"
	"math"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

func (a *accumulator) updateCount(w *work, sign []int8) {
	if w.shown == nil {
		for j, p := range w.at {
			if n := at[int64](p, a.at); w.cleared(j) {
				*n = 0
			} else {
				*n += int64(sign[j])
			}
		}
		return
	}
	dst, was, is := w.shown.v.Int64s(), w.shown.was, w.shown.is
	for j, p := range w.at {
		n := at[int64](p, a.at)
		if k := was[j]; k >= 0 {
			dst[k] = *n
		}
		if *n += int64(sign[j]); w.cleared(j) {
			*n = 0
		}
		if k := is[j]; k >= 0 {
			dst[k] = *n
		}
	}
}

func (a *accumulator) updateSumInt(w *work, sign []int8, x []int64) {
	was, is := a.ints.was, a.ints.is
	for j, p := range w.at {
		s := at[intSlot](p, a.at)
		was[j] = *s
		d := int64(sign[j])
		s.v += d * x[j]
		if s.n += d; w.cleared(j) {
			*s = intSlot{}
		}
		is[j] = *s
	}
}

func (a *accumulator) updateSumFloat(w *work, sign []int8, x []float64) {
	single := a.single()
	for j, p := range w.at {
		s := at[floatSlot](p, a.at)
		a.floats.was[j] = *s
		switch sign[j] {
		case 1:
			if s.n == 0 && a.Func == plan.Sum {
				s.v = x[j] // and not added to 0.0, which would lose the sign of -0.0
			} else {
				s.v += x[j]
			}
			s.n++
		case -1:
			s.v -= x[j]
			s.n--
		}
		if single {
			s.v = float64(float32(s.v))
		}
		if w.cleared(j) {
			*s = floatSlot{}
		}
		a.floats.is[j] = *s
	}
}

// single tells that a sum is a FLOAT at each step, as Flink's of FLOATs is; an average of them is not.
func (a *accumulator) single() bool { return a.Func == plan.Sum && a.Type.Kind == types.Float }

func (a *accumulator) updateSumWide(w *work, sign []int8, x []types.Int128) {
	for j, p := range w.at {
		s := at[wideSlot](p, a.at)
		a.wides.was[j] = *s
		if s.n += int64(sign[j]); sign[j] != 0 && s.hi != overflown {
			d := x[j]
			if sign[j] < 0 {
				d = d.Neg()
			}
			sum := types.Int128{Hi: s.hi, Lo: s.lo}.Add(d)
			s.hi, s.lo = sum.Hi, sum.Lo
			if !types.FitsDecimal(sum, types.MaxPrecision) {
				a.overflow(s)
			}
		}
		if w.cleared(j) {
			*s = wideSlot{}
		}
		a.wides.is[j] = *s
	}
}

// overflown marks the sum of an AVG that has overflowed: no DECIMAL has this high half.
const overflown = math.MinInt64

// overflow is what becomes of a sum that has: it is NULL, and a SUM begins anew with the
// next value; an AVG stays NULL (as in Flink, whose SUM treats a NULL sum as none yet).
func (a *accumulator) overflow(s *wideSlot) {
	if a.Func == plan.Avg {
		s.hi, s.lo = overflown, 0
		return
	}
	*s = wideSlot{}
}

// better tells whether x replaces the extreme: cmp is x compared with it.
func (a *accumulator) better(cmp int) bool {
	if a.Func == plan.Min {
		return cmp < 0
	}
	return cmp > 0
}

func compareInts(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func (a *accumulator) updateExtremeInt(w *work, sign []int8, x []int64) error {
	was, is, least := a.ints.was, a.ints.is, a.Func == plan.Min
	for j, p := range w.at {
		s := at[intSlot](p, a.at)
		was[j] = *s
		if sign[j] > 0 && (s.n == 0 || least && x[j] < s.v || !least && x[j] > s.v) {
			s.v, s.n = x[j], 1
		}
		if a.values != nil {
			if err := a.values.keep(w, j, sign[j], s.n == 0 || x[j] == s.v, func(x types.Value, ok bool) error {
				*s = intSlot{v: x.I}
				if ok {
					s.n = 1
				}
				return nil
			}); err != nil {
				return err
			}
		}
		if w.cleared(j) {
			*s = intSlot{}
		}
		is[j] = *s
	}
	return nil
}

func (a *accumulator) updateExtremeFloat(w *work, sign []int8, x []float64) error {
	for j, p := range w.at {
		s := at[floatSlot](p, a.at)
		a.floats.was[j] = *s
		if y := x[j]; sign[j] > 0 && (s.n == 0 || a.Func == plan.Min && y < s.v || a.Func == plan.Max && y > s.v) { // Java's < and >: NaN is neither
			s.v, s.n = y, 1
		}
		if a.values != nil {
			if err := a.values.keep(w, j, sign[j], s.n == 0 || x[j] == s.v, func(x types.Value, ok bool) error {
				*s = floatSlot{v: x.F}
				if ok {
					s.n = 1
				}
				return nil
			}); err != nil {
				return err
			}
		}
		if w.cleared(j) {
			*s = floatSlot{}
		}
		a.floats.is[j] = *s
	}
	return nil
}

func (a *accumulator) updateExtremeWide(w *work, sign []int8, x []types.Int128) error {
	for j, p := range w.at {
		s := at[wideSlot](p, a.at)
		a.wides.was[j] = *s
		cmp := x[j].Cmp(types.Int128{Hi: s.hi, Lo: s.lo})
		if sign[j] > 0 && (s.n == 0 || a.better(cmp)) {
			s.hi, s.lo, s.n = x[j].Hi, x[j].Lo, 1
			cmp = 0
		}
		if a.values != nil {
			if err := a.values.keep(w, j, sign[j], s.n == 0 || cmp == 0, func(x types.Value, ok bool) error {
				*s = wideSlot{lo: uint64(x.I), hi: x.Hi}
				if a.form == formFine {
					*s = wideSlot{lo: uint64(x.Hi), hi: x.I}
				}
				if ok {
					s.n = 1
				}
				return nil
			}); err != nil {
				return err
			}
		}
		if w.cleared(j) {
			*s = wideSlot{}
		}
		a.wides.is[j] = *s
	}
	return nil
}

// updateExtremeText shows its values as it goes: a text that was replaced is gone.
func (a *accumulator) updateExtremeText(w *work, sign []int8) error {
	col := w.batch.Cols[a.arg]
	for j, p := range w.at {
		s := at[textSlot](p, a.at)
		if w.shown != nil && w.shown.was[j] >= 0 {
			a.putText(w.table, w.shown.v, int(w.shown.was[j]), s)
		}
		if sign[j] != 0 || a.values != nil {
			x := col.Bytes(int(w.rows[j]))
			cmp := bytes.Compare(x, w.table.RefBytes(&s.r))
			if sign[j] > 0 && (s.n == 0 || a.better(cmp)) {
				if err := w.table.SetRef(&s.r, x); err != nil {
					return err
				}
				s.n, cmp = 1, 0
			}
			if a.values != nil {
				if err := a.values.keep(w, j, sign[j], s.n == 0 || cmp == 0, func(x types.Value, ok bool) error {
					s.n = 0
					if ok {
						s.n = 1
					}
					return w.table.SetRef(&s.r, []byte(x.S))
				}); err != nil {
					return err
				}
			}
		}
		if w.cleared(j) {
			s.n = 0
			if err := w.table.SetRef(&s.r, nil); err != nil {
				return err
			}
		}
		if w.shown != nil && w.shown.is[j] >= 0 {
			a.putText(w.table, w.shown.v, int(w.shown.is[j]), s)
		}
	}
	return nil
}
