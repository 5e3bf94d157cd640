package expr

import (
	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// decimals is the kernel of e over DECIMAL operands. Where the result type is the one
// that Flink derives and has at most 18 digits, + - * cannot overflow and run over
// int64; all else goes through 128 bits.
func (c *compiler) decimals(e *plan.Arithmetic, lt, rt types.Type) kernel {
	if lt.Kind != types.Decimal || rt.Kind != types.Decimal {
		c.refuse(e, "operands of DECIMAL arithmetic are a %v and a %v", lt, rt)
		return nil
	}
	p1, s1, p2, s2 := int(lt.Precision), int(lt.Scale), int(rt.Precision), int(rt.Scale)
	op := types.DecimalOp{S1: s1, S2: s2, P: int(e.T.Precision), S: int(e.T.Scale)}
	if op.P <= 18 && p1 <= 18 && p2 <= 18 {
		switch e.Op {
		case plan.Add, plan.Subtract:
			if p, s := types.AddDecimalType(p1, s1, p2, s2); op.P >= p && op.S == s {
				return sum64(types.Pow10(s-s1), types.Pow10(s-s2), e.Op)
			}
		case plan.Multiply:
			if p, s := types.MulDecimalType(p1, s1, p2, s2); op.P >= p && op.S == s {
				return simple((*vector.Vector).Int64s, plan.Multiply)
			}
		}
	}
	switch e.Op {
	case plan.Add:
		return decimalKernel(func(_ int, a, b types.Int128) (types.Int128, bool, error) { r, ok := op.Add(a, b); return r, ok, nil })
	case plan.Subtract:
		return decimalKernel(func(_ int, a, b types.Int128) (types.Int128, bool, error) { r, ok := op.Sub(a, b); return r, ok, nil })
	case plan.Multiply:
		return decimalKernel(func(_ int, a, b types.Int128) (types.Int128, bool, error) { r, ok := op.Mul(a, b); return r, ok, nil })
	case plan.Divide:
		return decimalKernel(named(op.Div))
	}
	return decimalKernel(named(op.Mod))
}

// named gives the errors of f their row.
func named(f func(a, b types.Int128) (types.Int128, bool, error)) func(int, types.Int128, types.Int128) (types.Int128, bool, error) {
	return func(i int, a, b types.Int128) (types.Int128, bool, error) {
		r, ok, err := f(a, b)
		if err != nil {
			err = function.Failf(i, "%v", err)
		}
		return r, ok, err
	}
}

// sum64 is a*x ± b*y, where x and y bring the operands to the scale of the result.
func sum64(x, y int64, op plan.ArithmeticOp) kernel {
	if x == 1 && y == 1 {
		return simple((*vector.Vector).Int64s, op)
	}
	if op == plan.Subtract {
		y = -y
	}
	return func(out, l, r *vector.Vector, sel []int32, n int) error {
		o, a, b, am, bm := out.Int64s(), l.Int64s(), r.Int64s(), l.Mask(), r.Mask()
		for i := range o[:n] {
			o[i] = a[i&am]*x + b[i&bm]*y
		}
		return nil
	}
}

// decimalKernel computes the rows that are not NULL one by one; f answers false for
// what overflows, which is NULL.
func decimalKernel(f func(i int, a, b types.Int128) (types.Int128, bool, error)) kernel {
	return func(out, l, r *vector.Vector, sel []int32, n int) error {
		am, bm := l.Mask(), r.Mask()
		return rowsUntil(sel, n, func(i int) error {
			if !vector.Bit(out.Valid(), i) {
				return nil
			}
			v, ok, err := f(i, decimalAt(l, i&am), decimalAt(r, i&bm))
			if err != nil {
				return err
			}
			setDecimal(out, i, v, ok)
			return nil
		})
	}
}

// setDecimal sets slot i of a DECIMAL vector of either width, to NULL if not ok.
func setDecimal(out *vector.Vector, i int, v types.Int128, ok bool) {
	switch {
	case !ok:
		out.SetNull(i)
	case out.Layout() == vector.Int128s:
		out.Int128s()[i] = v
	default:
		out.Int64s()[i] = int64(v.Lo)
	}
}
