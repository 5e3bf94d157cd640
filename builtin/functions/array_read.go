package functions

import (
	"fmt"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that read from an array, or a map.
var arrayReadFunctions = []*function.Function{
	{
		Name: "CARDINALITY", Family: "collection",
		Summary:  "the number of elements of an array, or entries of a map",
		Syntax:   []string{"CARDINALITY(array)", "CARDINALITY(map)"},
		Examples: examples("CARDINALITY(ARRAY[1, NULL])", "2", "CARDINALITY(MAP['a', 1])", "1"),
		Bind: plain(types.TInt, func(c *function.Call) error {
			out := c.Out.Int32s()
			return c.Rows(func(i int) error {
				_, from, to := span(c, 0, i)
				out[i] = int32(to - from)
				return nil
			})
		}, class{"an ARRAY, MAP or MULTISET", func(t types.Type) bool { return vector.LayoutOf(t) == vector.Lists }, nil}),
	},
	{
		Name: "ELEMENT", Family: "collection",
		Summary:  "the only element of an array; NULL of an empty one; more fail",
		Syntax:   []string{"ELEMENT(array)"},
		Examples: examples("ELEMENT(ARRAY[7])", "7"),
		Bind: binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			kernel := pickElement(func(c *function.Call, i int) (int, error) {
				_, from, to := span(c, 0, i)
				if to-from > 1 {
					return 0, function.Failf(i, "Array has more than one element.")
				}
				return to - 1, nil
			})
			return function.Signature{Params: ps, Result: ps[0].Elem.WithNull(nullable(ps) || !ps[0].Elem.NotNull), Kernel: kernel}, nil
		}, class{"an ARRAY or MULTISET", func(t types.Type) bool { return isArray(t) || t.Kind == types.Multiset }, nil}),
	},
	{
		Name: "ARRAY_CONTAINS", Family: "collection", BareNull: true,
		Summary:  "whether the array has an element equal to the value; NULL is equal to NULL",
		Syntax:   []string{"ARRAY_CONTAINS(array, value)"},
		Examples: examples("ARRAY_CONTAINS(ARRAY[1, 2], 2)", "TRUE", "ARRAY_CONTAINS(ARRAY[1, NULL], NULL)", "TRUE", "ARRAY_CONTAINS(ARRAY[1], 2)", "FALSE"),
		Bind: arrayAndNeedle(func(array, value types.Type) function.Signature {
			ops := opsOf(value)
			return function.Signature{Result: types.TBoolean.WithNull(!array.NotNull), NullIn: true, Kernel: func(c *function.Call) error {
				out := c.Out.Bools()
				return c.Rows(func(i int) error {
					if c.Args[0].IsNull(i) {
						c.Out.SetNull(i)
						return nil
					}
					out[i] = indexOf(c, ops, i) > 0
					return nil
				})
			}}
		}),
	},
	{
		Name: "ARRAY_POSITION", Family: "collection", BareNull: true,
		Summary:  "the number, from 1, of the first element equal to the value; 0 if none is",
		Syntax:   []string{"ARRAY_POSITION(array, value)"},
		Examples: examples("ARRAY_POSITION(ARRAY['a', 'b', 'b'], 'b')", "2", "ARRAY_POSITION(ARRAY['a'], 'b')", "0", "ARRAY_POSITION(ARRAY[1], NULL)", "NULL"),
		Bind: arrayAndNeedle(func(array, value types.Type) function.Signature {
			ops := opsOf(value)
			return function.Signature{Result: types.TInt.WithNull(!array.NotNull || !value.NotNull), Kernel: func(c *function.Call) error {
				out := c.Out.Int32s()
				return c.Rows(func(i int) error { out[i] = int32(indexOf(c, ops, i)); return nil })
			}}
		}),
	},
	{
		Name: "ARRAY_MAX", Family: "collection",
		Summary:  "the greatest element that is not NULL; NULL if there is none",
		Syntax:   []string{"ARRAY_MAX(array)"},
		Examples: examples("ARRAY_MAX(ARRAY[1, 3, NULL])", "3", "ARRAY_MAX(ARRAY['a', 'b'])", "b"),
		Bind:     bindArrayExtreme(1),
	},
	{
		Name: "ARRAY_MIN", Family: "collection",
		Summary:  "the least element that is not NULL; NULL if there is none",
		Syntax:   []string{"ARRAY_MIN(array)"},
		Examples: examples("ARRAY_MIN(ARRAY[3, 1, NULL])", "1", "ARRAY_MIN(ARRAY[CAST(NULL AS INT)])", "NULL"),
		Bind:     bindArrayExtreme(-1),
	},
	{
		Name: "ARRAY_JOIN", Family: "collection", BareNull: true,
		Summary:  "the texts of an array with a delimiter between them; NULLs are left out or replaced",
		Syntax:   []string{"ARRAY_JOIN(array, delimiter [, replacement])"},
		Examples: examples("ARRAY_JOIN(ARRAY['a', NULL, 'b'], '-')", "a-b", "ARRAY_JOIN(ARRAY['a', NULL], '-', 'x')", "a-x"),
		Bind: binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return strict(ps, types.TString, textKernel(arrayJoin))
		}, class{"an ARRAY of texts", func(t types.Type) bool { return isArray(t) && t.Elem.IsText() }, nil}, anyText, anyText),
	},
}

// indexOf is the number, from 1, of the first element of argument 0 that is equal to
// argument 1.
func indexOf(c *function.Call, ops *elementOps, i int) int {
	elems, from, to := span(c, 0, i)
	for k := from; k < to; k++ {
		if ops.same(elems, k, c.Args[1], i) {
			return k - from + 1
		}
	}
	return 0
}

// pickElement makes a kernel that answers one element of argument 0: of the row that pick
// answers in its child, NULL below where its elements begin.
func pickElement(pick func(c *function.Call, i int) (int, error)) function.Kernel {
	return func(c *function.Call) error {
		out := vector.NewBuilder(c.Out.Type, c.N)
		at := 0
		err := c.Rows(func(i int) error {
			for ; at < i; at++ {
				out.AppendNull()
			}
			at++
			elems, from, _ := span(c, 0, i)
			k, err := pick(c, i)
			if err != nil || k < from {
				out.AppendNull()
				return err
			}
			out.AppendFrom(elems, k)
			return nil
		})
		for ; at < c.N; at++ {
			out.AppendNull()
		}
		c.Out = out
		return err
	}
}

// isComparable tells the types whose values have an order here.
func isComparable(t types.Type) bool {
	return t.IsNumeric() || t.IsText() || t.IsBytes() || t.Kind == types.Date || t.Kind == types.Time || t.IsTimestamp()
}

func orderedArray(args []function.Arg) (types.Type, error) {
	t, err := arrayArg(args, 0)
	if err == nil && !isComparable(*t.Elem) {
		err = fmt.Errorf("argument 1 must be an ARRAY of values that have an order, not %v", t.Nullable())
	}
	return t, err
}

func bindArrayExtreme(sign int) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if err := arity(args, 1, 1); err != nil {
			return function.Signature{}, err
		}
		t, err := orderedArray(args)
		if err != nil {
			return function.Signature{}, err
		}
		order := ordering(*t.Elem)
		return partial([]types.Type{t}, *t.Elem, pickElement(func(c *function.Call, i int) (int, error) {
			elems, from, to := span(c, 0, i)
			best := -1
			for k := from; k < to; k++ {
				if !elems.IsNull(k) && (best < 0 || order(elems, k, elems, best)*sign > 0) {
					best = k
				}
			}
			return best, nil
		}))
	}
}

func arrayJoin(c *function.Call, dst []byte, i int) ([]byte, bool) {
	elems, from, to := span(c, 0, i)
	delimiter, first := text(c, 1, i), true
	for k := from; k < to; k++ {
		null := elems.IsNull(k)
		if null && len(c.Args) < 3 {
			continue
		}
		if !first {
			dst = append(dst, delimiter...)
		}
		first = false
		if null {
			dst = append(dst, text(c, 2, i)...)
		} else {
			dst = append(dst, elems.Bytes(k)...)
		}
	}
	return dst, true
}
