package functions

import (
	"errors"
	"slices"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that make an array of another.
var arrayMakeFunctions = []*function.Function{
	{
		Name: "ARRAY_APPEND", Family: "collection", BareNull: true,
		Summary:  "the array with the value behind its elements",
		Syntax:   []string{"ARRAY_APPEND(array, value)"},
		Examples: examples("ARRAY_APPEND(ARRAY[1, 2], 3)", "[1, 2, 3]", "ARRAY_APPEND(ARRAY[1], NULL)", "[1, NULL]"),
		Bind:     arrayAndNeedle(appendSignature(false)),
	},
	{
		Name: "ARRAY_PREPEND", Family: "collection", BareNull: true,
		Summary:  "the array with the value before its elements",
		Syntax:   []string{"ARRAY_PREPEND(array, value)"},
		Examples: examples("ARRAY_PREPEND(ARRAY[1, 2], 3)", "[3, 1, 2]"),
		Bind:     arrayAndNeedle(appendSignature(true)),
	},
	{
		Name: "ARRAY_CONCAT", Family: "collection",
		Summary:  "the elements of the arrays, one after the other",
		Syntax:   []string{"ARRAY_CONCAT(array, ...)"},
		Examples: examples("ARRAY_CONCAT(ARRAY[1], ARRAY[2, NULL])", "[1, 2, NULL]"),
		Bind: arrays(1, many, func(types.Type) listRow {
			return func(c *function.Call, out *vector.Vector, i int) {
				for k := range c.Args {
					elems, from, to := span(c, k, i)
					appendRange(out.Child(0), elems, from, to)
				}
			}
		}),
	},
	{
		Name: "ARRAY_REVERSE", Family: "collection",
		Summary:  "the elements in reverse order",
		Syntax:   []string{"ARRAY_REVERSE(array)"},
		Examples: examples("ARRAY_REVERSE(ARRAY[1, NULL, 3])", "[3, NULL, 1]"),
		Bind: arrays(1, 1, func(types.Type) listRow {
			return func(c *function.Call, out *vector.Vector, i int) {
				elems, from, to := span(c, 0, i)
				for k := to - 1; k >= from; k-- {
					out.Child(0).AppendFrom(elems, k)
				}
			}
		}),
	},
	{
		Name: "ARRAY_REMOVE", Family: "collection", BareNull: true,
		Summary:  "the array without the elements that are equal to the value; NULL is equal to NULL",
		Syntax:   []string{"ARRAY_REMOVE(array, value)"},
		Examples: examples("ARRAY_REMOVE(ARRAY[1, 2, NULL, 2], 2)", "[1, NULL]", "ARRAY_REMOVE(ARRAY[1, NULL], NULL)", "[1]"),
		Bind: arrayAndNeedle(func(array, value types.Type) function.Signature {
			ops := opsOf(value)
			return function.Signature{Result: array, NullIn: true, Kernel: func(c *function.Call) error {
				return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
					if c.Args[0].IsNull(i) {
						return false, nil
					}
					elems, from, to := span(c, 0, i)
					for k := from; k < to; k++ {
						if !ops.same(elems, k, c.Args[1], i) {
							out.Child(0).AppendFrom(elems, k)
						}
					}
					return true, nil
				})
			}}
		}),
	},
	{
		Name: "ARRAY_SLICE", Family: "collection", BareNull: true,
		Summary:  "the elements from one number to another, both included, or to the last; numbers count from 1, below 0 from the end, 0 is the first",
		Syntax:   []string{"ARRAY_SLICE(array, from [, to])"},
		Examples: examples("ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3)", "[2, 3]", "ARRAY_SLICE(ARRAY[1, 2, 3], -2)", "[2, 3]", "ARRAY_SLICE(ARRAY[1, 2], 3)", "[]"),
		Bind: binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			if !isArray(ps[0]) {
				return function.Signature{}, errors.New("argument 1 must be an ARRAY")
			}
			return strict(ps, ps[0], arraySlice)
		}, anyArray, plainInt, plainInt),
	},
	{
		Name: "ARRAY_SORT", Family: "collection", BareNull: true,
		Summary:  "the elements in order, by default ascending; NULLs are first if ascending and last if descending, unless told otherwise",
		Syntax:   []string{"ARRAY_SORT(array [, ascending [, NULLs first]])"},
		Examples: examples("ARRAY_SORT(ARRAY[3, NULL, 1])", "[NULL, 1, 3]", "ARRAY_SORT(ARRAY[3, NULL, 1], FALSE)", "[3, 1, NULL]", "ARRAY_SORT(ARRAY[3, NULL, 1], TRUE, FALSE)", "[1, 3, NULL]"),
		Bind:     bindArraySort,
	},
}

// appendRange appends some elements.
func appendRange(dst, elems *vector.Vector, from, to int) {
	for k := from; k < to; k++ {
		dst.AppendFrom(elems, k)
	}
}

// listRow appends the elements of row i to out's child.
type listRow func(c *function.Call, out *vector.Vector, i int)

// arrays binds a function of arrays, which are cast to their common type; it is the
// result's. row makes what computes a row, for elements of a type; it is made for each
// batch, so it may keep scratch.
func arrays(least, most int, row func(elem types.Type) listRow) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if err := arity(args, least, most); err != nil {
			return function.Signature{}, err
		}
		for k := range args {
			if _, err := arrayArg(args, k); err != nil {
				return function.Signature{}, err
			}
		}
		t, ok := commonOf(args)
		if !ok {
			return function.Signature{}, errors.New("the arrays must have elements of one type")
		}
		ps := listParams(args, t)
		return strict(ps, t, func(c *function.Call) error {
			do := row(*t.Elem)
			return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
				do(c, out, i)
				return true, nil
			})
		})
	}
}

// listParams are parameters of the list type t: an argument whose elements differ in
// nothing but whether they may be NULL stays what it is.
func listParams(args []function.Arg, t types.Type) []types.Type {
	ps := make([]types.Type, len(args))
	for k, a := range args {
		u := a.Type.Plain()
		ps[k] = t.WithNull(!u.NotNull)
		if u.Kind == t.Kind && u.Elem.Same(*t.Elem) && (u.Key == nil || u.Key.Same(*t.Key)) {
			ps[k] = u
		}
	}
	return ps
}

func appendSignature(before bool) func(array, value types.Type) function.Signature {
	return func(array, value types.Type) function.Signature {
		elem := array.Elem.WithNull(!array.Elem.NotNull || !value.NotNull)
		result := arrayOf(elem).WithNull(!array.NotNull || !value.NotNull)
		return function.Signature{Result: result, NullIn: true, Kernel: func(c *function.Call) error {
			return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
				if c.Args[0].IsNull(i) {
					return false, nil
				}
				elems, from, to := span(c, 0, i)
				if before {
					out.Child(0).AppendFrom(c.Args[1], i)
				}
				appendRange(out.Child(0), elems, from, to)
				if !before {
					out.Child(0).AppendFrom(c.Args[1], i)
				}
				return true, nil
			})
		}}
	}
}

func arraySlice(c *function.Call) error {
	return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
		elems, from, to := span(c, 0, i)
		n := to - from
		first, last := place(int32At(c, 1, i), n), n-1
		if len(c.Args) > 2 {
			last = place(int32At(c, 2, i), n)
		}
		if last >= 0 && first < n {
			appendRange(out.Child(0), elems, from+max(first, 0), from+min(last, n-1)+1)
		}
		return true, nil
	})
}

// place is the index, from 0, that a number from 1, or from the end, means.
func place(k int32, n int) int {
	switch {
	case k > 0:
		return int(k) - 1
	case k < 0:
		return int(k) + n
	}
	return 0
}

func bindArraySort(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, 3); err != nil {
		return function.Signature{}, err
	}
	t, err := orderedArray(args)
	if err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyArray, truth)
	if err != nil {
		return function.Signature{}, err
	}
	order := totalOrdering(*t.Elem)
	return strict(ps, t, func(c *function.Call) error {
		var slots []int
		return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
			ascending := len(c.Args) < 2 || c.Args[1].Bools()[i&c.Args[1].Mask()]
			nullsFirst := ascending
			if len(c.Args) > 2 {
				nullsFirst = c.Args[2].Bools()[i&c.Args[2].Mask()]
			}
			elems, from, to := span(c, 0, i)
			slots = slots[:0]
			for k := from; k < to; k++ {
				slots = append(slots, k)
			}
			slices.SortStableFunc(slots, func(a, b int) int {
				x, y := elems.IsNull(a), elems.IsNull(b)
				switch {
				case x || y:
					return (b2i(y) - b2i(x)) * (2*b2i(nullsFirst) - 1)
				case ascending:
					return order(elems, a, elems, b)
				}
				return order(elems, b, elems, a)
			})
			for _, k := range slots {
				out.Child(0).AppendFrom(elems, k)
			}
			return true, nil
		})
	})
}
