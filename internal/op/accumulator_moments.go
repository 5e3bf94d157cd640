package op

import (
	"math"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Variance and standard deviation, after Welford (Technometrics 4:3), as Flink's
// WelfordM2AggFunction:
//
//  1. n values have a mean, and a sum m2 of the squares of their distances from it.
//  2. A value x that is added moves the mean by delta/n, where delta is its distance from the mean
//     before, and adds delta times its distance from the mean after to m2.
//  3. A value that is taken back undoes that. Without values all is zero again.
//  4. VAR_POP is m2/n, VAR_SAMP m2/(n-1), NULL for one value; STDDEV is the root. It is computed as
//     DOUBLE and cast to the type of the argument.
type momentSlot struct {
	n        int64
	mean, m2 float64
}

func (a *accumulator) updateMoments(w *work, sign []int8, x []float64) {
	for j, p := range w.at {
		s := at[momentSlot](p, a.at)
		a.moms.was[j] = *s
		switch sign[j] {
		case 1:
			if s.n++; s.n > 0 {
				delta := x[j] - s.mean
				s.mean += delta / float64(s.n)
				s.m2 += float64(delta * (x[j] - s.mean))
			}
		case -1:
			switch s.n--; {
			case s.n == 0:
				s.mean, s.m2 = 0, 0
			case s.n > 0:
				delta := x[j] - s.mean
				s.mean -= delta / float64(s.n)
				s.m2 -= float64((x[j] - s.mean) * delta)
			}
		}
		if w.cleared(j) {
			*s = momentSlot{}
		}
		a.moms.is[j] = *s
	}
}

// add makes s the moments of the values of both.
func (s *momentSlot) add(o *momentSlot) {
	switch {
	case o.n <= 0:
		if s.n += o.n; s.n <= 0 {
			s.mean, s.m2 = 0, 0
		}
	case s.n == 0:
		*s = *o
	default:
		n, x, y := s.n+o.n, float64(s.n), float64(o.n)
		delta := o.mean - s.mean
		s.mean += float64(y / float64(n) * delta)
		s.m2 = s.m2 + o.m2 + float64(x*y/float64(n)*delta*delta)
		s.n = n
	}
}

func (a *accumulator) putMoments(out *vector.Vector, i int, s *momentSlot) {
	n := s.n
	if a.Func == plan.VarSamp || a.Func == plan.StddevSamp {
		n--
	}
	if s.n <= 0 || s.m2 < 0 || n == 0 {
		out.SetNull(i)
		return
	}
	x := s.m2 / float64(n)
	if a.Func == plan.StddevPop || a.Func == plan.StddevSamp {
		x = math.Sqrt(x)
	}
	switch out.Layout() {
	case vector.Float64s:
		out.Float64s()[i] = x
	case vector.Float32s:
		out.Float32s()[i] = float32(x)
	case vector.Int32s:
		out.Int32s()[i] = int32(types.FloatToInteger(x, a.Type.Kind))
	case vector.Int64s, vector.Int128s:
		if a.Type.Kind == types.BigInt {
			out.Int64s()[i] = types.FloatToInt64(x)
			return
		}
		d, ok := types.DecimalFromFloat64(x, int(a.Type.Precision), int(a.Type.Scale))
		switch {
		case !ok:
			out.SetNull(i)
		case out.Layout() == vector.Int64s:
			out.Int64s()[i] = int64(d.Lo)
		default:
			out.Int128s()[i] = d
		}
	}
}

// gatherDoubles reads any numbers.
func gatherDoubles(dst []float64, v *vector.Vector, rows []int32) []float64 {
	v = v.Flatten()
	dst = dst[:0]
	t := v.Type
	for _, i := range rows {
		x := 0.0
		switch v.Layout() {
		case vector.Int32s:
			x = float64(v.Int32s()[i])
		case vector.Int64s:
			if x = float64(v.Int64s()[i]); t.Kind == types.Decimal {
				x = types.Decimal64ToFloat64(v.Int64s()[i], int(t.Scale))
			}
		case vector.Int128s:
			x = types.DecimalToFloat64(v.Int128s()[i], int(t.Precision), int(t.Scale))
		case vector.Float32s:
			x = float64(v.Float32s()[i])
		case vector.Float64s:
			x = v.Float64s()[i]
		}
		dst = append(dst, x)
	}
	return dst
}
