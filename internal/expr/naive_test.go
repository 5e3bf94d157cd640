package expr

// A row-at-a-time evaluation that shares nothing with the kernels: Values and
// math/big, one switch a row. The property tests hold the kernels against it.

import (
	"errors"
	"math"
	"math/big"
	"strings"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

var errNaive = errors.New("fails")

func naive(e plan.Expr, row []types.Value) (types.Value, error) {
	switch e := e.(type) {
	case *plan.Column:
		return row[e.Index], nil
	case *plan.Literal:
		return e.Value, nil
	case *plan.Logic:
		return naiveLogic(e, row)
	case *plan.Case:
		for _, w := range e.Whens {
			c, err := naive(w.If, row)
			if err != nil {
				return c, err
			}
			if !c.Null && c.I != 0 {
				return naive(w.Then, row)
			}
		}
		return naive(e.Else, row)
	}
	args := children(e)
	vals := make([]types.Value, len(args))
	for i, a := range args {
		var err error
		if vals[i], err = naive(a, row); err != nil {
			return vals[i], err
		}
	}
	return naiveStrict(e, args, vals)
}

func naiveLogic(e *plan.Logic, row []types.Value) (types.Value, error) {
	if e.Op == plan.Not {
		v, err := naive(e.Args[0], row)
		if err != nil || v.Null {
			return v, err
		}
		return types.Bool(v.I == 0), nil
	}
	decides := e.Op == plan.Or
	out := types.Bool(!decides)
	for _, a := range e.Args {
		v, err := naive(a, row)
		if err != nil {
			return v, err
		}
		if v.Null {
			out = v
		} else if (v.I != 0) == decides {
			return v, nil
		}
	}
	return out, nil
}

func naiveStrict(e plan.Expr, args []plan.Expr, v []types.Value) (types.Value, error) {
	switch e := e.(type) {
	case *plan.IsTest:
		x := v[0]
		is := x.Null
		if e.Test == plan.TestTrue {
			is = !x.Null && x.I != 0
		} else if e.Test == plan.TestFalse {
			is = !x.Null && x.I == 0
		}
		return types.Bool(is != e.Neg), nil
	case *plan.Compare:
		return naiveCompare(e, args[0].Type(), v[0], v[1]), nil
	case *plan.In:
		if v[0].Null {
			return v[0], nil
		}
		for _, x := range e.List {
			if c, ok := naiveOrder(args[0].Type(), v[0], x); ok && c == 0 {
				return types.Bool(!e.Neg), nil
			}
		}
		if e.NullInList {
			return types.NullValue, nil
		}
		return types.Bool(e.Neg), nil
	case *plan.Arithmetic:
		if v[0].Null || v[1].Null {
			return types.NullValue, nil
		}
		return naiveArithmetic(e, args, v[0], v[1])
	case *plan.Cast:
		if v[0].Null {
			return v[0], nil
		}
		return naiveCast(args[0].Type(), e.T, v[0])
	}
	panic("naive: unknown expression")
}

func naiveCompare(e *plan.Compare, t types.Type, a, b types.Value) types.Value {
	if e.Op >= plan.DistinctFrom {
		same := a.Null && b.Null
		if !a.Null && !b.Null {
			c, ok := naiveOrder(t, a, b)
			same = ok && c == 0
		}
		return types.Bool(same == (e.Op == plan.NotDistinctFrom))
	}
	if a.Null || b.Null {
		return types.NullValue
	}
	c, ok := naiveOrder(t, a, b)
	switch e.Op {
	case plan.Equal:
		return types.Bool(ok && c == 0)
	case plan.NotEqual:
		return types.Bool(!ok || c != 0)
	case plan.Less:
		return types.Bool(ok && c < 0)
	case plan.LessEqual:
		return types.Bool(ok && c <= 0)
	case plan.Greater:
		return types.Bool(ok && c > 0)
	}
	return types.Bool(ok && c >= 0)
}

// naiveOrder is false for a NaN.
func naiveOrder(t types.Type, a, b types.Value) (int, bool) {
	switch t.Kind {
	case types.Double, types.Float:
		switch {
		case a.F < b.F:
			return -1, true
		case a.F > b.F:
			return 1, true
		}
		return 0, a.F == b.F
	case types.VarChar, types.Char:
		return strings.Compare(a.S, b.S), true
	case types.Decimal:
		return bigOf(a).Cmp(bigOf(b)), true
	}
	if a.I != b.I {
		return map[bool]int{true: -1, false: 1}[a.I < b.I], true
	}
	return int(a.Hi - b.Hi), true
}

func bigOf(v types.Value) *big.Int {
	x := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
	return x.Add(x, new(big.Int).SetUint64(uint64(v.I)))
}

// valueOf is the DECIMAL(p, s) of a rational number, HALF_UP; NULL if it has more digits.
func valueOf(r *big.Rat, p, s int32) types.Value {
	n := halfUp(new(big.Rat).Mul(r, new(big.Rat).SetInt(tenTo(int(s)))))
	if new(big.Int).Abs(n).Cmp(tenTo(int(p))) >= 0 {
		return types.NullValue
	}
	lo := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return types.Value{I: int64(lo.Uint64()), Hi: new(big.Int).Rsh(n, 64).Int64()}
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func halfUp(r *big.Rat) *big.Int {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	twice.Abs(twice).Add(twice, r.Denom())
	q := twice.Quo(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if r.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

func ratOf(v types.Value, t types.Type) *big.Rat {
	return new(big.Rat).SetFrac(bigOf(v), tenTo(int(t.Scale)))
}

func naiveArithmetic(e *plan.Arithmetic, args []plan.Expr, a, b types.Value) (types.Value, error) {
	switch e.T.Kind {
	case types.Double:
		switch e.Op {
		case plan.Add:
			return types.Float64(a.F + b.F), nil
		case plan.Subtract:
			return types.Float64(a.F - b.F), nil
		case plan.Multiply:
			return types.Float64(a.F * b.F), nil
		case plan.Divide:
			return types.Float64(a.F / b.F), nil
		}
		return types.Float64(math.Mod(a.F, b.F)), nil
	case types.Decimal:
		return naiveDecimal(e, ratOf(a, args[0].Type()), ratOf(b, args[1].Type()))
	}
	if e.Op >= plan.Divide && b.I == 0 {
		return a, errNaive
	}
	x, y := big.NewInt(a.I), big.NewInt(b.I)
	switch e.Op {
	case plan.Add:
		x.Add(x, y)
	case plan.Subtract:
		x.Sub(x, y)
	case plan.Multiply:
		x.Mul(x, y)
	case plan.Divide:
		x.Quo(x, y)
	default:
		x.Rem(x, y)
	}
	return wrap(x, e.T.Kind), nil
}

// wrap is x in two's complement of the width of k.
func wrap(x *big.Int, k types.Kind) types.Value {
	width := map[types.Kind]uint{types.TinyInt: 8, types.SmallInt: 16, types.Int: 32, types.BigInt: 64}[k]
	mod := new(big.Int).Lsh(big.NewInt(1), width)
	x = new(big.Int).Mod(x, mod)
	if x.Cmp(new(big.Int).Rsh(mod, 1)) >= 0 {
		x.Sub(x, mod)
	}
	return types.Int64(x.Int64())
}

func naiveDecimal(e *plan.Arithmetic, x, y *big.Rat) (types.Value, error) {
	z := new(big.Rat)
	switch e.Op {
	case plan.Add:
		z.Add(x, y)
	case plan.Subtract:
		z.Sub(x, y)
	case plan.Multiply:
		z.Mul(x, y)
	default:
		if y.Sign() == 0 {
			return types.Value{}, errNaive
		}
		z.Quo(x, y)
		if e.Op == plan.Modulo {
			q := new(big.Int).Quo(z.Num(), z.Denom())
			z.Sub(x, new(big.Rat).Mul(y, new(big.Rat).SetInt(q)))
		}
	}
	return valueOf(z, e.T.Precision, e.T.Scale), nil
}

func naiveCast(from, to types.Type, v types.Value) (types.Value, error) {
	switch {
	case from.IsInteger() && to.IsInteger():
		return wrap(big.NewInt(v.I), to.Kind), nil
	case from.IsInteger() && to.Kind == types.Double:
		return types.Float64(float64(v.I)), nil
	case from.IsInteger() && to.Kind == types.Decimal:
		return valueOf(new(big.Rat).SetInt64(v.I), to.Precision, to.Scale), nil
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return valueOf(ratOf(v, from), to.Precision, to.Scale), nil
	case from.Kind == types.Decimal && to.IsInteger():
		r := ratOf(v, from)
		return wrap(new(big.Int).Quo(r.Num(), r.Denom()), to.Kind), nil
	case from.Kind == types.Double && to.IsInteger():
		return naiveJavaInt(v.F, to.Kind), nil
	case to.Kind == types.VarChar:
		return types.Text(string(types.AppendCast(nil, v, from, types.UTC))), nil
	}
	return types.Int64(v.I), nil
}

func naiveJavaInt(f float64, k types.Kind) types.Value {
	if f != f {
		return types.Int64(0)
	}
	lo, hi := big.NewInt(math.MinInt32), big.NewInt(math.MaxInt32)
	if k == types.BigInt {
		lo, hi = big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64)
	}
	x := hi
	if math.IsInf(f, -1) {
		x = lo
	} else if !math.IsInf(f, 1) {
		x, _ = big.NewFloat(f).Int(nil)
	}
	if x.Cmp(lo) < 0 {
		x = lo
	}
	if x.Cmp(hi) > 0 {
		x = hi
	}
	return wrap(x, k)
}
