package functions

// Arrays: what their functions share. An element is a slot of a vector; how elements of
// a type are compared and hashed is put together once, when a call is bound.
//
// Elements are equal as Flink's generated code has it: NULL is equal to NULL, NaN to
// nothing, 0.0 to -0.0; maps are equal if their entries are, in any order.

import (
	"fmt"
	"hash/maphash"
	"math"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// elementOps compare and hash the elements of one type. The slots are those of flat or constant
// vectors and not NULL.
type elementOps struct {
	equal func(a *vector.Vector, i int, b *vector.Vector, j int) bool
	hash  func(v *vector.Vector, i int) uint64
}

var hashSeed = maphash.MakeSeed()

// same compares two slots of which any may be NULL.
func (o *elementOps) same(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	if x, y := a.IsNull(i), b.IsNull(j); x || y {
		return x && y
	}
	return o.equal(a, i&a.Mask(), b, j&b.Mask())
}

// hashOf hashes a slot that may be NULL.
func (o *elementOps) hashOf(v *vector.Vector, i int) uint64 {
	if v.IsNull(i) {
		return 0
	}
	return o.hash(v, i&v.Mask())
}

// mix makes the bits of a number depend on each other (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// opsOf puts together the operations over elements of a type.
func opsOf(t types.Type) *elementOps {
	switch vector.LayoutOf(t) {
	case vector.Bools:
		return scalarOps((*vector.Vector).Bools, func(x bool) uint64 { return uint64(b2i(x)) })
	case vector.Int32s:
		return scalarOps((*vector.Vector).Int32s, func(x int32) uint64 { return uint64(x) })
	case vector.Int64s:
		return scalarOps((*vector.Vector).Int64s, func(x int64) uint64 { return uint64(x) })
	case vector.Int128s:
		return scalarOps((*vector.Vector).Int128s, func(x types.Int128) uint64 { return uint64(x.Hi)*31 + x.Lo })
	case vector.Float32s:
		return scalarOps((*vector.Vector).Float32s, func(x float32) uint64 { return math.Float64bits(float64(x) + 0) })
	case vector.Float64s:
		return scalarOps((*vector.Vector).Float64s, func(x float64) uint64 { return math.Float64bits(x + 0) })
	case vector.Texts:
		return &elementOps{vector.EqualText, func(v *vector.Vector, i int) uint64 { return maphash.Bytes(hashSeed, v.Bytes(i)) }}
	case vector.Fine:
		return &elementOps{func(a *vector.Vector, i int, b *vector.Vector, j int) bool {
			return a.Int64s()[i] == b.Int64s()[j] && a.Int32s()[i] == b.Int32s()[j]
		}, func(v *vector.Vector, i int) uint64 { return mix(uint64(v.Int64s()[i])*1000 + uint64(v.Int32s()[i])) }}
	case vector.Rows:
		return rowOps(t)
	}
	if t.Kind == types.Array {
		return arrayOps(t)
	}
	return mapOps(t)
}

func scalarOps[T comparable](slots func(*vector.Vector) []T, bits func(T) uint64) *elementOps {
	return &elementOps{
		func(a *vector.Vector, i int, b *vector.Vector, j int) bool { return slots(a)[i] == slots(b)[j] },
		func(v *vector.Vector, i int) uint64 { return mix(bits(slots(v)[i])) },
	}
}

func rowOps(t types.Type) *elementOps {
	fields := make([]*elementOps, len(t.Fields))
	for k, f := range t.Fields {
		fields[k] = opsOf(f.Type)
	}
	return &elementOps{
		func(a *vector.Vector, i int, b *vector.Vector, j int) bool {
			for k, f := range fields {
				if !f.same(a.Child(k), i, b.Child(k), j) {
					return false
				}
			}
			return true
		},
		func(v *vector.Vector, i int) uint64 {
			h := uint64(1)
			for k, f := range fields {
				h = h*31 + f.hashOf(v.Child(k), i)
			}
			return mix(h)
		},
	}
}

func arrayOps(t types.Type) *elementOps {
	elem := opsOf(*t.Elem)
	return &elementOps{
		func(a *vector.Vector, i int, b *vector.Vector, j int) bool {
			p, q := a.Span(i)
			r, s := b.Span(j)
			if q-p != s-r {
				return false
			}
			for k := range q - p {
				if !elem.same(a.Child(0), p+k, b.Child(0), r+k) {
					return false
				}
			}
			return true
		},
		func(v *vector.Vector, i int) uint64 {
			h := uint64(2)
			from, to := v.Span(i)
			for k := from; k < to; k++ {
				h = h*31 + elem.hashOf(v.Child(0), k)
			}
			return mix(h)
		},
	}
}

func mapOps(t types.Type) *elementOps {
	key, value := opsOf(*t.Elem), opsOf(types.TInt)
	if t.Kind == types.Map {
		key, value = opsOf(*t.Key), opsOf(*t.Elem)
	}
	return &elementOps{
		func(a *vector.Vector, i int, b *vector.Vector, j int) bool {
			p, q := a.Span(i)
			r, s := b.Span(j)
			if q-p != s-r {
				return false
			}
			for k := p; k < q; k++ {
				m := r
				for m < s && !key.same(a.Child(0), k, b.Child(0), m) {
					m++
				}
				if m == s || !value.same(a.Child(1), k, b.Child(1), m) {
					return false
				}
			}
			return true
		},
		func(v *vector.Vector, i int) uint64 {
			h := uint64(3)
			from, to := v.Span(i)
			for k := from; k < to; k++ {
				h += mix(key.hashOf(v.Child(0), k)*31 + value.hashOf(v.Child(1), k))
			}
			return mix(h)
		},
	}
}

// --- sets -------------------------------------------------------------------------

// elementSet is a set of elements, reused from row to row. It holds where they lie.
type elementSet struct {
	ops     *elementOps
	members []member
	table   []int32 // open addressing: a member's number and 1, 0 for none
}

type member struct {
	v    *vector.Vector
	slot int
	hash uint64
}

func (s *elementSet) reset() {
	s.members = s.members[:0]
	clear(s.table)
}

// find looks for an element: its place in the table, and whether it is there.
func (s *elementSet) find(v *vector.Vector, i int, h uint64) (at int, found bool) {
	mask := len(s.table) - 1
	for at = int(h) & mask; s.table[at] != 0; at = (at + 1) & mask {
		if m := &s.members[s.table[at]-1]; m.hash == h && s.ops.same(m.v, m.slot, v, i) {
			return at, true
		}
	}
	return at, false
}

// has tells whether the element is in the set.
func (s *elementSet) has(v *vector.Vector, i int) bool {
	if len(s.members) == 0 {
		return false
	}
	_, found := s.find(v, i, s.ops.hashOf(v, i))
	return found
}

// add puts an element in; it answers false if it was there.
func (s *elementSet) add(v *vector.Vector, i int) bool {
	if len(s.members)*2 >= len(s.table) {
		s.grow()
	}
	h := s.ops.hashOf(v, i)
	at, found := s.find(v, i, h)
	if found {
		return false
	}
	s.members = append(s.members, member{v, i, h})
	s.table[at] = int32(len(s.members))
	return true
}

func (s *elementSet) grow() {
	s.table = make([]int32, max(16, 2*len(s.table)))
	mask := len(s.table) - 1
	for k, m := range s.members {
		at := int(m.hash) & mask
		for s.table[at] != 0 {
			at = (at + 1) & mask
		}
		s.table[at] = int32(k + 1)
	}
}

// addAll puts the elements of a list in.
func (s *elementSet) addAll(v *vector.Vector, from, to int) {
	for k := from; k < to; k++ {
		s.add(v, k)
	}
}

// --- binding ----------------------------------------------------------------------

func isArray(t types.Type) bool { return t.Kind == types.Array }

var anyArray = class{"an ARRAY", isArray, nil}

// arrayArg is the type of argument k, which must be an ARRAY.
func arrayArg(args []function.Arg, k int) (types.Type, error) {
	t := args[k].Type.Plain()
	if !isArray(t) {
		return t, fmt.Errorf("argument %d must be an ARRAY, not %v", k+1, t.Nullable())
	}
	return t, nil
}

// needle is the parameter for a value that is compared with elements of an array or put
// among them: their type.
func needle(args []function.Arg, k int, elem types.Type) (types.Type, error) {
	t := args[k].Type.Plain()
	if !fits(t, elem) {
		return t, fmt.Errorf("argument %d must be of the type of the elements, %v, not %v", k+1, elem.Nullable(), t.Nullable())
	}
	return elem.WithNull(!t.NotNull), nil
}

// arrayAndNeedle binds an array and a value.
func arrayAndNeedle(sign func(array, value types.Type) function.Signature) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if err := arity(args, 2, 2); err != nil {
			return function.Signature{}, err
		}
		array, err := arrayArg(args, 0)
		if err != nil {
			return function.Signature{}, err
		}
		value, err := needle(args, 1, *array.Elem)
		if err != nil {
			return function.Signature{}, err
		}
		s := sign(array, value)
		s.Params = []types.Type{array, value}
		return s, nil
	}
}

// span is where the elements of row i of argument k lie in its first child.
func span(c *function.Call, k, i int) (elems *vector.Vector, from, to int) {
	v := c.Args[k]
	from, to = v.Span(i & v.Mask())
	return v.Child(0), from, to
}
