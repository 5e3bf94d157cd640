package functions

import (
	"math"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions of numbers that keep their type.
var numberFunctions = []*function.Function{
	{
		Name: "ABS", Family: "arithmetic",
		Summary:  "the number without its sign; the least integer of a type stays as it is",
		Syntax:   []string{"ABS(x)"},
		Examples: examples("ABS(-5)", "5", "ABS(-1.50)", "1.50", "ABS(CAST(-2.5 AS DOUBLE))", "2.5", "ABS(-2147483648)", "-2147483648"),
		Bind:     binding(0, bindAbs, anyNumber),
	},
	{
		Name: "SIGN", Family: "arithmetic",
		Summary:  "-1, 0 or 1 as x is negative, zero or positive, in the type of x",
		Syntax:   []string{"SIGN(x)"},
		Examples: examples("SIGN(-2)", "-1", "SIGN(2.50)", "1.00", "SIGN(CAST(0 AS DOUBLE))", "0.0"),
		Bind:     binding(0, bindSign, anyNumber),
	},
	{
		Name: "MOD", Family: "arithmetic",
		Summary:  "the remainder of the division of two exact numbers, with the sign of the first, in the type of the second; division by zero fails",
		Syntax:   []string{"MOD(x, y)"},
		Examples: examples("MOD(7, 3)", "1", "MOD(-7, 3)", "-1", "MOD(7.5, 2)", "1.5"),
		Bind:     bindMod,
	},
}

// --- kernels over numbers -----------------------------------------------------------

// slots makes a kernel of a function over the slots of a layout, for all rows: it
// cannot fail.
func slots[T any](of func(*vector.Vector) []T, f func(T) T) function.Kernel {
	return func(c *function.Call) error {
		out, a, mask := of(c.Out)[:c.N], of(c.Args[0]), c.Args[0].Mask()
		if c.Sel != nil {
			for _, i := range c.Sel {
				out[i] = f(a[int(i)&mask])
			}
			return nil
		}
		for i := range out {
			out[i] = f(a[i&mask])
		}
		return nil
	}
}

func float64s(f func(float64) float64) function.Kernel { return slots((*vector.Vector).Float64s, f) }

func float32s(f func(float64) float64) function.Kernel {
	return slots((*vector.Vector).Float32s, func(x float32) float32 { return float32(f(float64(x))) })
}

// decimals makes a kernel over unscaled numbers; what is not ok, or does not fit, is NULL.
func decimals(f func(types.Int128) (types.Int128, bool)) function.Kernel {
	return func(c *function.Call) error {
		v, mask := c.Args[0], c.Args[0].Mask()
		return c.Rows(func(i int) error {
			x, ok := f(decimalAt(v, i&mask))
			setDecimal(c.Out, i, x, ok && types.FitsDecimal(x, int(c.Out.Type.Precision)))
			return nil
		})
	}
}

// decimalAt is slot i of a DECIMAL vector of either width.
func decimalAt(v *vector.Vector, i int) types.Int128 {
	if v.Layout() == vector.Int128s {
		return v.Int128s()[i]
	}
	return types.Int128Of(v.Int64s()[i])
}

func setDecimal(out *vector.Vector, i int, x types.Int128, ok bool) {
	switch {
	case !ok:
		out.SetNull(i)
	case out.Layout() == vector.Int128s:
		out.Int128s()[i] = x
	default:
		out.Int64s()[i] = int64(x.Lo)
	}
}

// integerAt is slot i of an integer vector.
func integerAt(v *vector.Vector, i int) int64 {
	if v.Layout() == vector.Int32s {
		return int64(v.Int32s()[i])
	}
	return v.Int64s()[i]
}

// setInteger sets slot i of an integer vector, wrapping.
func setInteger(out *vector.Vector, i int, x int64) {
	x = types.NarrowInteger(x, out.Type.Kind)
	if out.Layout() == vector.Int32s {
		out.Int32s()[i] = int32(x)
		return
	}
	out.Int64s()[i] = x
}

// integers makes a kernel over integers that wrap.
func integers(f func(int64) int64) function.Kernel {
	return func(c *function.Call) error {
		v, mask := c.Args[0], c.Args[0].Mask()
		return c.Rows(func(i int) error { setInteger(c.Out, i, f(integerAt(v, i&mask))); return nil })
	}
}

// --- ABS, SIGN, MOD -----------------------------------------------------------------

// perKind is the signature of a function with a kernel for each kind of number.
func perKind(ps []types.Type, i func(int64) int64, f func(float64) float64, d func(types.Int128) (types.Int128, bool)) (function.Signature, error) {
	switch t := ps[0]; t.Kind {
	case types.Float:
		return strict(ps, t, float32s(f))
	case types.Double:
		return strict(ps, t, float64s(f))
	case types.Decimal:
		return strict(ps, t, decimals(d))
	default:
		return strict(ps, t, integers(i))
	}
}

func bindAbs(ps []types.Type, _ []function.Arg) (function.Signature, error) {
	return perKind(ps, func(x int64) int64 {
		if x < 0 {
			return -x
		}
		return x
	}, math.Abs, func(x types.Int128) (types.Int128, bool) {
		if x.Sign() < 0 {
			return x.Neg(), true
		}
		return x, true
	})
}

func bindSign(ps []types.Type, _ []function.Arg) (function.Signature, error) {
	one, ok := types.Rescale(types.Int128Of(1), 0, int(ps[0].Scale), types.MaxPrecision)
	return perKind(ps, func(x int64) int64 {
		switch {
		case x < 0:
			return -1
		case x > 0:
			return 1
		}
		return 0
	}, func(x float64) float64 {
		switch {
		case x < 0:
			return -1
		case x > 0:
			return 1
		}
		return x // zeros and NaN
	}, func(x types.Int128) (types.Int128, bool) {
		switch x.Sign() {
		case -1:
			return one.Neg(), ok
		case 1:
			return one, ok
		}
		return x, true
	})
}

var anyExact = class{"an exact number", func(t types.Type) bool { return t.IsInteger() || t.Kind == types.Decimal }, nil}

func bindMod(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, 2); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyExact)
	if err != nil {
		return function.Signature{}, err
	}
	if ps[0].IsInteger() && ps[1].IsInteger() {
		return strict(ps, ps[1], func(c *function.Call) error {
			a, b := c.Args[0], c.Args[1]
			am, bm := a.Mask(), b.Mask()
			return c.Rows(func(i int) error {
				d := integerAt(b, i&bm)
				if d == 0 {
					return function.Failf(i, "division by zero")
				}
				setInteger(c.Out, i, integerAt(a, i&am)%d)
				return nil
			})
		})
	}
	for i, p := range ps {
		ps[i], _ = types.DecimalOf(p)
	}
	s1, s2 := int(ps[0].Scale), int(ps[1].Scale)
	p, s := types.ModDecimalType(int(ps[0].Precision), s1, int(ps[1].Precision), s2)
	op := types.DecimalOp{S1: s1, S2: s2, P: p, S: s}
	return strict(ps, types.TDecimal(p, s), func(c *function.Call) error {
		a, b := c.Args[0], c.Args[1]
		am, bm := a.Mask(), b.Mask()
		return c.Rows(func(i int) error {
			x, ok, err := op.Mod(decimalAt(a, i&am), decimalAt(b, i&bm))
			if err != nil {
				return function.Failf(i, "%v", err)
			}
			setDecimal(c.Out, i, x, ok)
			return nil
		})
	})
}
