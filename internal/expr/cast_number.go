package expr

import (
	"math"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// numeric converts between numbers: integers wrap, floating point saturates at the
// bounds of INT or BIGINT and then wraps, as in Java; a fraction is cut off.
func numeric(from, to types.Type) convert {
	if from.Kind == types.Decimal || to.Kind == types.Decimal {
		return decimalNumeric(from, to)
	}
	switch from.Kind {
	case types.TinyInt, types.SmallInt, types.Int:
		return fromSlots((*vector.Vector).Int32s, to)
	case types.BigInt:
		return fromSlots((*vector.Vector).Int64s, to)
	case types.Float:
		return fromFloats((*vector.Vector).Float32s, to)
	}
	return fromFloats((*vector.Vector).Float64s, to)
}

// fromSlots converts integers.
func fromSlots[A int32 | int64](slots func(*vector.Vector) []A, to types.Type) convert {
	switch to.Kind {
	case types.TinyInt:
		return slotwise(slots, (*vector.Vector).Int32s, func(x A) int32 { return int32(int8(x)) })
	case types.SmallInt:
		return slotwise(slots, (*vector.Vector).Int32s, func(x A) int32 { return int32(int16(x)) })
	case types.Int:
		return slotwise(slots, (*vector.Vector).Int32s, func(x A) int32 { return int32(x) })
	case types.BigInt:
		return widen(slots, (*vector.Vector).Int64s)
	case types.Float:
		return widen(slots, (*vector.Vector).Float32s)
	}
	return widen(slots, (*vector.Vector).Float64s)
}

func fromFloats[A float32 | float64](slots func(*vector.Vector) []A, to types.Type) convert {
	switch to.Kind {
	case types.TinyInt:
		return slotwise(slots, (*vector.Vector).Int32s, func(x A) int32 { return int32(int8(types.FloatToInt32(float64(x)))) })
	case types.SmallInt:
		return slotwise(slots, (*vector.Vector).Int32s, func(x A) int32 { return int32(int16(types.FloatToInt32(float64(x)))) })
	case types.Int:
		return slotwise(slots, (*vector.Vector).Int32s, func(x A) int32 { return types.FloatToInt32(float64(x)) })
	case types.BigInt:
		return slotwise(slots, (*vector.Vector).Int64s, func(x A) int64 { return types.FloatToInt64(float64(x)) })
	case types.Float:
		return widen(slots, (*vector.Vector).Float32s)
	}
	return widen(slots, (*vector.Vector).Float64s)
}

// widen converts as Go does, all slots.
func widen[A, B number](in func(*vector.Vector) []A, out func(*vector.Vector) []B) convert {
	return func(c *conversion) error {
		o, a := out(c.out)[:c.n], in(c.in)
		if c.in.Mask() == 0 {
			for i := range o {
				o[i] = B(a[0])
			}
			return nil
		}
		a = a[:len(o)]
		for i, x := range a {
			o[i] = B(x)
		}
		return nil
	}
}

// slotwise converts all slots by f.
func slotwise[A, B any](in func(*vector.Vector) []A, out func(*vector.Vector) []B, f func(A) B) convert {
	return func(c *conversion) error {
		o, a, mask := out(c.out)[:c.n], in(c.in), c.in.Mask()
		for i := range o {
			o[i] = f(a[i&mask])
		}
		return nil
	}
}

// decimalNumeric converts from or to DECIMAL.
func decimalNumeric(from, to types.Type) convert {
	p, s := int(to.Precision), int(to.Scale)
	switch {
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return rescale(int(from.Scale), s, p, from, to)
	case from.Kind == types.Decimal:
		return fromDecimal(from, to)
	case from.Kind == types.Float || from.Kind == types.Double:
		return func(c *conversion) error {
			return c.each(func(i, k int) error {
				x := floatAt(c.in, k)
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return c.bad(i, "%v is not a DECIMAL", x)
				}
				var r types.Int128
				var ok bool
				if from.Kind == types.Float {
					r, ok = decimalFromFloat32(float32(x), p, s)
				} else {
					r, ok = types.DecimalFromFloat64(x, p, s)
				}
				setDecimal(c.out, i, r, ok)
				return nil
			})
		}
	}
	return rescale(0, s, p, from, to)
}

// decimalFromFloat32 widens first: Flink casts a FLOAT to DECIMAL by way of DOUBLE.
func decimalFromFloat32(x float32, p, s int) (types.Int128, bool) {
	return types.DecimalFromFloat64(float64(x), p, s)
}

func floatAt(v *vector.Vector, i int) float64 {
	if v.Layout() == vector.Float32s {
		return float64(v.Float32s()[i])
	}
	return v.Float64s()[i]
}

// wholeAt is slot i of an integer or DECIMAL vector, unscaled.
func wholeAt(v *vector.Vector, i int) types.Int128 {
	switch v.Layout() {
	case vector.Int32s:
		return types.Int128Of(int64(v.Int32s()[i]))
	case vector.Int64s:
		return types.Int128Of(v.Int64s()[i])
	}
	return v.Int128s()[i]
}

// rescale brings unscaled numbers from one scale to another; what has more than p
// digits then is NULL.
func rescale(s1, s2, p int, from, to types.Type) convert {
	if vector.LayoutOf(from) == vector.Int64s && vector.LayoutOf(to) == vector.Int64s && s1 <= 18 {
		return func(c *conversion) error {
			o, a := c.out.Int64s(), c.in.Int64s()
			return c.each(func(i, k int) error {
				r, ok := types.Rescale64(a[k], s1, s2, p)
				if !ok || a[k] == math.MinInt64 { // which has no absolute value
					c.out.SetNull(i)
					return nil
				}
				o[i] = r
				return nil
			})
		}
	}
	return func(c *conversion) error {
		return c.each(func(i, k int) error {
			r, ok := types.Rescale(wholeAt(c.in, k), s1, s2, p)
			setDecimal(c.out, i, r, ok)
			return nil
		})
	}
}

// fromDecimal converts to integers, cutting off the fraction and wrapping, and to
// floating point.
func fromDecimal(from, to types.Type) convert {
	p, s := int(from.Precision), int(from.Scale)
	if to.Kind == types.Float || to.Kind == types.Double {
		return func(c *conversion) error {
			return c.each(func(i, k int) error {
				x := types.DecimalToFloat64(decimalAt(c.in, k), p, s)
				if to.Kind == types.Float {
					c.out.Float32s()[i] = float32(x)
				} else {
					c.out.Float64s()[i] = x
				}
				return nil
			})
		}
	}
	return func(c *conversion) error {
		return c.each(func(i, k int) error {
			setInteger(c.out, i, int64(types.DecimalTruncate(decimalAt(c.in, k), s).Lo))
			return nil
		})
	}
}

// setInteger sets slot i of an integer vector, wrapping.
func setInteger(out *vector.Vector, i int, x int64) {
	switch out.Type.Kind {
	case types.TinyInt:
		out.Int32s()[i] = int32(int8(x))
	case types.SmallInt:
		out.Int32s()[i] = int32(int16(x))
	case types.BigInt:
		out.Int64s()[i] = x
	default:
		out.Int32s()[i] = int32(x)
	}
}

// numberToBoolean is whether a number is not zero.
func numberToBoolean(from types.Type) convert {
	switch vector.LayoutOf(from) {
	case vector.Float32s, vector.Float64s:
		return func(c *conversion) error {
			return c.each(func(i, k int) error { c.out.Bools()[i] = floatAt(c.in, k) != 0; return nil })
		}
	}
	return func(c *conversion) error {
		return c.each(func(i, k int) error { c.out.Bools()[i] = wholeAt(c.in, k).Sign() != 0; return nil })
	}
}

// booleanToNumber is 1 or 0.
func booleanToNumber(to types.Type) convert {
	p, s := int(to.Precision), int(to.Scale)
	return func(c *conversion) error {
		b := c.in.Bools()
		return c.each(func(i, k int) error {
			x := int64(b2i(b[k]))
			switch to.Kind {
			case types.Decimal:
				r, ok := types.Rescale(types.Int128Of(x), 0, s, p)
				setDecimal(c.out, i, r, ok)
			case types.Float:
				c.out.Float32s()[i] = float32(x)
			case types.Double:
				c.out.Float64s()[i] = float64(x)
			default:
				setInteger(c.out, i, x)
			}
			return nil
		})
	}
}
