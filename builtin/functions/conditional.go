package functions

import (
	"errors"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that choose among their arguments. COALESCE, IFNULL, NULLIF and IF are
// expressions of their own, because they compute only what they choose.
var conditionalFunctions = []*function.Function{
	{
		Name: "GREATEST", Family: "conditional",
		Summary:  "the greatest of the values; NULL if one is",
		Syntax:   []string{"GREATEST(x, ...)"},
		Examples: examples("GREATEST(1, 3, 2)", "3", "GREATEST('a', 'b')", "b", "GREATEST(1, CAST(NULL AS INT))", "NULL"),
		Bind:     bindExtreme(1),
	},
	{
		Name: "LEAST", Family: "conditional",
		Summary:  "the least of the values; NULL if one is",
		Syntax:   []string{"LEAST(x, ...)"},
		Examples: examples("LEAST(1, 3, 2)", "1", "LEAST(1.5, 2)", "1.5"),
		Bind:     bindExtreme(-1),
	},
}

func bindExtreme(sign int) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if err := arity(args, 1, many); err != nil {
			return function.Signature{}, err
		}
		t, err := common(args)
		if err != nil {
			return function.Signature{}, err
		}
		ps := make([]types.Type, len(args))
		for i, a := range args {
			ps[i] = t.WithNull(!a.Type.NotNull)
		}
		order := totalOrdering(t)
		return strict(ps, t, func(c *function.Call) error {
			var one [1]int32
			return c.Rows(func(i int) error {
				best := c.Args[0]
				for _, a := range c.Args[1:] {
					if order(a, i&a.Mask(), best, i&best.Mask())*sign > 0 {
						best = a
					}
				}
				one[0] = int32(i)
				if c.Out.Layout() == vector.Texts {
					c.Out.SetBytes(i, best.Bytes(i))
				} else {
					c.Out.Overlay(best, one[:])
				}
				return nil
			})
		})
	}
}

// common is the type that all arguments are compared in.
func common(args []function.Arg) (types.Type, error) {
	t := types.TNull
	for _, a := range args {
		u := a.Type.Plain()
		switch {
		case isNull(u) || t.Same(u):
		case isNull(t):
			t = u
		case t.IsNumeric() && u.IsNumeric():
			t = commonNumber(t, u)
		case t.IsText() && u.IsText():
			t = types.Type{Kind: types.VarChar, Precision: max(t.Precision, u.Precision)}
		case t.IsTimestamp() && u.IsTimestamp():
			t = types.Type{Kind: max(t.Kind, u.Kind), Precision: max(t.Precision, u.Precision)}
		case t.Kind == u.Kind && (isTime(t) || isInterval(t)):
			t.Precision = max(t.Precision, u.Precision)
		default:
			return t, errors.New("all values must be numbers, or texts, or times of one kind")
		}
	}
	if isNull(t) {
		return types.TInt, nil
	}
	if !t.IsNumeric() && !t.IsText() && !isTime(t) && !isInterval(t) && t.Kind != types.Boolean {
		return t, errors.New("values of type " + t.Nullable().String() + " have no order")
	}
	return t, nil
}

func isInterval(t types.Type) bool {
	return t.Kind == types.IntervalDay || t.Kind == types.IntervalMonth
}

func commonNumber(a, b types.Type) types.Type {
	switch {
	case a.Kind == types.Double || b.Kind == types.Double:
		return types.TDouble
	case a.Kind == types.Float || b.Kind == types.Float:
		if a.Kind == types.Decimal || b.Kind == types.Decimal {
			return types.TDouble
		}
		return types.Type{Kind: types.Float}
	case a.IsInteger() && b.IsInteger():
		return types.Type{Kind: max(a.Kind, b.Kind)}
	}
	a, _ = types.DecimalOf(a)
	b, _ = types.DecimalOf(b)
	return types.TDecimal(types.CommonDecimalType(int(a.Precision), int(a.Scale), int(b.Precision), int(b.Scale)))
}

// totalOrdering is ordering that orders DOUBLEs as Java's Double.compare does: -0.0 is
// less than 0.0, and NaN greater than all.
func totalOrdering(t types.Type) func(a *vector.Vector, i int, b *vector.Vector, j int) int {
	switch t.Kind {
	case types.Float:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			return types.CompareFloat(float64(a.Float32s()[i]), float64(b.Float32s()[j]))
		}
	case types.Double:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			return types.CompareFloat(a.Float64s()[i], b.Float64s()[j])
		}
	}
	return ordering(t)
}

// ordering compares slots of type t; a NaN is neither less nor greater than another.
func ordering(t types.Type) func(a *vector.Vector, i int, b *vector.Vector, j int) int {
	switch vector.LayoutOf(t) {
	case vector.Bools:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			return b2i(a.Bools()[i]) - b2i(b.Bools()[j])
		}
	case vector.Int32s:
		return ordered((*vector.Vector).Int32s)
	case vector.Int64s:
		return ordered((*vector.Vector).Int64s)
	case vector.Float32s:
		return ordered((*vector.Vector).Float32s)
	case vector.Float64s:
		return ordered((*vector.Vector).Float64s)
	case vector.Int128s:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int { return a.Int128s()[i].Cmp(b.Int128s()[j]) }
	case vector.Texts:
		return vector.CompareText
	}
	return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
		if d := ordered((*vector.Vector).Int64s)(a, i, b, j); d != 0 {
			return d
		}
		return ordered((*vector.Vector).Int32s)(a, i, b, j)
	}
}

func ordered[T int32 | int64 | float32 | float64](slots func(*vector.Vector) []T) func(a *vector.Vector, i int, b *vector.Vector, j int) int {
	return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
		x, y := slots(a)[i], slots(b)[j]
		return b2i(x > y) - b2i(x < y)
	}
}
