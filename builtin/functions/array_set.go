package functions

import (
	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that take arrays for sets: elements come once, in the order in which they
// come first.
var arraySetFunctions = []*function.Function{
	{
		Name: "ARRAY_DISTINCT", Family: "collection",
		Summary:  "the elements without repetitions",
		Syntax:   []string{"ARRAY_DISTINCT(array)"},
		Examples: examples("ARRAY_DISTINCT(ARRAY[1, 2, 1, NULL, NULL])", "[1, 2, NULL]"),
		Bind: arrays(1, 1, func(elem types.Type) listRow {
			seen := &elementSet{ops: opsOf(elem)}
			return func(c *function.Call, out *vector.Vector, i int) {
				seen.reset()
				appendNew(c, 0, i, out, seen)
			}
		}),
	},
	{
		Name: "ARRAY_UNION", Family: "collection",
		Summary:  "the elements that are in one of the arrays, without repetitions",
		Syntax:   []string{"ARRAY_UNION(array, array)"},
		Examples: examples("ARRAY_UNION(ARRAY[1, 1], ARRAY[2, 1, NULL])", "[1, 2, NULL]"),
		Bind: arrays(2, 2, func(elem types.Type) listRow {
			seen := &elementSet{ops: opsOf(elem)}
			return func(c *function.Call, out *vector.Vector, i int) {
				seen.reset()
				appendNew(c, 0, i, out, seen)
				appendNew(c, 1, i, out, seen)
			}
		}),
	},
	{
		Name: "ARRAY_EXCEPT", Family: "collection",
		Summary:  "the elements of the first array that are not in the second, without repetitions",
		Syntax:   []string{"ARRAY_EXCEPT(array, array)"},
		Examples: examples("ARRAY_EXCEPT(ARRAY[1, 2, 2, NULL], ARRAY[1, 3])", "[2, NULL]"),
		Bind: arrays(2, 2, func(elem types.Type) listRow {
			seen := &elementSet{ops: opsOf(elem)}
			return func(c *function.Call, out *vector.Vector, i int) {
				seen.reset()
				elems, from, to := span(c, 1, i)
				seen.addAll(elems, from, to)
				appendNew(c, 0, i, out, seen)
			}
		}),
	},
	{
		Name: "ARRAY_INTERSECT", Family: "collection",
		Summary:  "the elements that are in both arrays, without repetitions, in the order of the first",
		Syntax:   []string{"ARRAY_INTERSECT(array, array)"},
		Examples: examples("ARRAY_INTERSECT(ARRAY[2, 1, 1], ARRAY[1, 2, 3])", "[2, 1]"),
		Bind: arrays(2, 2, func(elem types.Type) listRow {
			ops := opsOf(elem)
			other, seen := &elementSet{ops: ops}, &elementSet{ops: ops}
			return func(c *function.Call, out *vector.Vector, i int) {
				other.reset()
				elems, from, to := span(c, 1, i)
				other.addAll(elems, from, to)
				seen.reset()
				elems, from, to = span(c, 0, i)
				for k := from; k < to; k++ {
					if other.has(elems, k) && seen.add(elems, k) {
						out.Child(0).AppendFrom(elems, k)
					}
				}
			}
		}),
	},
}

// appendNew appends the elements of argument k that were not seen.
func appendNew(c *function.Call, k, i int, out *vector.Vector, seen *elementSet) {
	elems, from, to := span(c, k, i)
	for e := from; e < to; e++ {
		if seen.add(elems, e) {
			out.Child(0).AppendFrom(elems, e)
		}
	}
}
