package functions

import (
	"errors"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var anyMap = class{"a MAP", func(t types.Type) bool { return t.Kind == types.Map }, nil}

// Functions over maps. Entries are in the order in which they came; of equal keys the
// last value counts.
var mapFunctions = []*function.Function{
	{
		Name: "MAP_KEYS", Family: "collection",
		Summary:  "the keys of a map",
		Syntax:   []string{"MAP_KEYS(map)"},
		Examples: examples("MAP_KEYS(MAP['a', 1, 'b', 2])", "[a, b]"),
		Bind:     bindMapPart(0, func(t types.Type) types.Type { return *t.Key }),
	},
	{
		Name: "MAP_VALUES", Family: "collection",
		Summary:  "the values of a map, in the order of its keys",
		Syntax:   []string{"MAP_VALUES(map)"},
		Examples: examples("MAP_VALUES(MAP['a', 1, 'b', NULL])", "[1, NULL]"),
		Bind:     bindMapPart(1, func(t types.Type) types.Type { return *t.Elem }),
	},
	{
		Name: "MAP_ENTRIES", Family: "collection",
		Summary:  "the entries of a map as rows of key and value",
		Syntax:   []string{"MAP_ENTRIES(map)"},
		Examples: examples("MAP_ENTRIES(MAP['a', 1])", "[(a, 1)]"),
		Bind: binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			row := types.TRow(types.Field{Name: "key", Type: *ps[0].Key}, types.Field{Name: "value", Type: *ps[0].Elem})
			return strict(ps, arrayOf(row), func(c *function.Call) error {
				return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
					keys, from, to := span(c, 0, i)
					values, rows := c.Args[0].Child(1), out.Child(0)
					for k := from; k < to; k++ {
						rows.Child(0).AppendFrom(keys, k)
						rows.Child(1).AppendFrom(values, k)
						rows.AppendRow()
					}
					return true, nil
				})
			})
		}, anyMap),
	},
	{
		Name: "MAP_FROM_ARRAYS", Family: "collection",
		Summary:  "a map of an array of keys and one of values, which must be as long",
		Syntax:   []string{"MAP_FROM_ARRAYS(keys, values)"},
		Examples: examples("MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[1, 2])['b']", "2"),
		Bind: binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			key, value := *ps[0].Elem, *ps[1].Elem
			ops := opsOf(key)
			return strict(ps, types.Type{Kind: types.Map, Key: &key, Elem: &value}, func(c *function.Call) error {
				m := newMerge(ops)
				return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
					keys, from, to := span(c, 0, i)
					values, first, last := span(c, 1, i)
					if to-from != last-first {
						return false, function.Failf(i, "Invalid function MAP_FROM_ARRAYS call: The length of the keys array %d is not equal to the length of the values array %d", to-from, last-first)
					}
					m.reset()
					for k := range to - from {
						m.put(keys, from+k, values, first+k)
					}
					m.append(out)
					return true, nil
				})
			})
		}, anyArray, anyArray),
	},
	{
		Name: "MAP_UNION", Family: "collection",
		Summary:  "the entries of all maps",
		Syntax:   []string{"MAP_UNION(map, ...)"},
		Examples: examples("MAP_UNION(MAP['a', 1], MAP['a', 2, 'b', 3])['a']", "2"),
		Bind:     bindMapUnion,
	},
}

func bindMapPart(child int, part func(types.Type) types.Type) func([]function.Arg) (function.Signature, error) {
	return binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
		return strict(ps, arrayOf(part(ps[0])), func(c *function.Call) error {
			return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
				_, from, to := span(c, 0, i)
				appendRange(out.Child(0), c.Args[0].Child(child), from, to)
				return true, nil
			})
		})
	}, anyMap)
}

func bindMapUnion(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, many); err != nil {
		return function.Signature{}, err
	}
	if _, err := params(args, anyMap); err != nil {
		return function.Signature{}, err
	}
	t, ok := commonOf(args)
	if !ok || t.Kind != types.Map {
		return function.Signature{}, errors.New("the maps must have keys of one type and values of one type")
	}
	ops := opsOf(*t.Key)
	return strict(listParams(args, t), t, func(c *function.Call) error {
		m := newMerge(ops)
		return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
			m.reset()
			for k, v := range c.Args {
				keys, from, to := span(c, k, i)
				for e := from; e < to; e++ {
					m.put(keys, e, v.Child(1), e)
				}
			}
			m.append(out)
			return true, nil
		})
	})
}

// merge gathers entries of which the last of a key counts, in the place of the first.
type merge struct {
	keys   elementSet
	values []slotOf
}

// slotOf is a place in a vector.
type slotOf struct {
	v    *vector.Vector
	slot int
}

func newMerge(ops *elementOps) *merge { return &merge{keys: elementSet{ops: ops}} }

func (m *merge) reset() {
	m.keys.reset()
	m.values = m.values[:0]
}

func (m *merge) put(keys *vector.Vector, k int, values *vector.Vector, v int) {
	if m.keys.add(keys, k) {
		m.values = append(m.values, slotOf{values, v})
		return
	}
	at, _ := m.keys.find(keys, k, m.keys.ops.hashOf(keys, k))
	m.values[m.keys.table[at]-1] = slotOf{values, v}
}

func (m *merge) append(out *vector.Vector) {
	for k, e := range m.keys.members {
		out.Child(0).AppendFrom(e.v, e.slot)
		out.Child(1).AppendFrom(m.values[k].v, m.values[k].slot)
	}
}
