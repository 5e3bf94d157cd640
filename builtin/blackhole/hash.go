package blackhole

import (
	"encoding/binary"
	"math"
	"math/bits"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// How a row is hashed:
//
//  1. Every value has a digest of 64 bits that depends on its type's layout and its
//     value, and not on the encoding of its column: the number itself, a hash of the
//     text, a fold of the digests of a nested value's parts.
//  2. The hash of a row begins with a constant and takes in the digests of its columns in
//     order: h = fold(h xor k1, digest xor k2).
//
// fold multiplies two numbers to 128 bits and xors the halves (Wang Yi's wyhash). It
// works column by column: the type switch is paid once a batch.

const (
	seed       = 0x9E3779B97F4A7C15
	k1         = 0xA0761D6478BD642F
	k2         = 0xE7037ED1A0B428DB
	k3         = 0x8EBC6AF09C88C6E3
	nullDigest = 0x589965CC75374CC3
)

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func mix(h, digest uint64) uint64 { return fold(h^k1, digest^k2) }

// Hash returns a hash of each selected row of b, in their order, in dst if it is large
// enough.
func Hash(b *vector.Batch, dst []uint64) []uint64 {
	n := b.Count()
	if cap(dst) < n {
		dst = make([]uint64, n)
	}
	dst = dst[:n]
	for i := range dst {
		dst[i] = seed
	}
	for _, col := range b.Cols {
		hashColumn(dst, col, b.Sel)
	}
	return dst
}

// hashColumn mixes a column into the hashes of the rows sel.
func hashColumn(h []uint64, v *vector.Vector, sel []int32) {
	switch v.Encoding() {
	case vector.Constant:
		d := digest(v, 0)
		for i := range h {
			h[i] = mix(h[i], d)
		}
		return
	case vector.Dictionary:
		hashDictionary(h, v, sel)
		return
	}
	if !v.HasNulls() {
		switch v.Layout() {
		case vector.Int64s:
			hashInts(h, v.Int64s(), sel)
			return
		case vector.Int32s:
			hashInts(h, v.Int32s(), sel)
			return
		case vector.Texts:
			for i := range h {
				h[i] = mix(h[i], textDigest(v.Bytes(rowAt(sel, i))))
			}
			return
		}
	}
	for i := range h {
		h[i] = mix(h[i], digest(v, rowAt(sel, i)))
	}
}

func rowAt(sel []int32, i int) int {
	if sel == nil {
		return i
	}
	return int(sel[i])
}

func hashInts[T int32 | int64](h []uint64, x []T, sel []int32) {
	if sel == nil {
		x = x[:len(h)]
		for i := range h {
			h[i] = mix(h[i], uint64(int64(x[i])))
		}
		return
	}
	for i, row := range sel {
		h[i] = mix(h[i], uint64(int64(x[row])))
	}
}

// hashDictionary digests each entry once if there are fewer entries than rows.
func hashDictionary(h []uint64, v *vector.Vector, sel []int32) {
	dict, indexes := v.Dict(), v.Indexes()
	if dict.Len() > len(h) {
		for i := range h {
			h[i] = mix(h[i], digest(dict, int(indexes[rowAt(sel, i)])))
		}
		return
	}
	digests := make([]uint64, dict.Len())
	for i := range digests {
		digests[i] = digest(dict, i)
	}
	for i := range h {
		h[i] = mix(h[i], digests[indexes[rowAt(sel, i)]])
	}
}

// digest is the digest of one row of a vector in any encoding.
func digest(v *vector.Vector, row int) uint64 {
	if v.IsNull(row) {
		return nullDigest
	}
	switch v.Encoding() {
	case vector.Constant:
		row = 0
	case vector.Dictionary:
		return digest(v.Dict(), int(v.Indexes()[row]))
	}
	switch v.Layout() {
	case vector.Bools:
		if v.Bools()[row] {
			return 1
		}
		return 0
	case vector.Int32s:
		return uint64(int64(v.Int32s()[row]))
	case vector.Int64s:
		return uint64(v.Int64s()[row])
	case vector.Int128s:
		x := v.Int128s()[row]
		return fold(x.Lo^k2, uint64(x.Hi)^k3)
	case vector.Float32s:
		return floatDigest(float64(v.Float32s()[row]))
	case vector.Float64s:
		return floatDigest(v.Float64s()[row])
	case vector.Fine:
		return fold(uint64(v.Int64s()[row])^k2, uint64(v.Int32s()[row])^k3)
	case vector.Texts:
		return textDigest(v.Bytes(row))
	case vector.Rows:
		h := uint64(k3)
		for i := range v.Type.Fields {
			h = mix(h, digest(v.Child(i), row))
		}
		return h
	case vector.Lists:
		from, to := v.Span(row)
		h := mix(k3, uint64(to-from))
		for i := from; i < to; i++ {
			h = mix(h, digest(v.Child(0), i))
			if v.Type.Kind != types.Array {
				h = mix(h, digest(v.Child(1), i))
			}
		}
		return h
	}
	return nullDigest
}

// floatDigest makes all NaNs one; 0 and -0 are printed differently and stay two.
func floatDigest(f float64) uint64 {
	if f != f {
		return 0x7FF8 << 48
	}
	return math.Float64bits(f)
}

func textDigest(p []byte) uint64 {
	n := len(p)
	switch {
	case n > 16:
		h := uint64(k1)
		for q := p; len(q) > 16; q = q[16:] {
			h = fold(binary.LittleEndian.Uint64(q)^h, binary.LittleEndian.Uint64(q[8:])^k2)
		}
		tail := p[n-16:]
		h = fold(binary.LittleEndian.Uint64(tail)^h, binary.LittleEndian.Uint64(tail[8:])^k3)
		return fold(h^uint64(n), k1)
	case n >= 8:
		return fold(binary.LittleEndian.Uint64(p)^k2, binary.LittleEndian.Uint64(p[n-8:])^k3^uint64(n)*k1)
	case n >= 4:
		return fold(uint64(binary.LittleEndian.Uint32(p))^k2, uint64(binary.LittleEndian.Uint32(p[n-4:]))^k3^uint64(n)*k1)
	case n > 0:
		x := uint64(p[0]) | uint64(p[n>>1])<<8 | uint64(p[n-1])<<16
		return fold(x^k2, k3^uint64(n)*k1)
	}
	return k3
}

// HashRow is what Hash gives for a row of the values given: for those who have rows and
// not columns, such as a twin that recomputes a result.
func HashRow(values []types.Value, columns []types.Type) uint64 {
	h := uint64(seed)
	for i, x := range values {
		h = mix(h, valueDigest(x, columns[i]))
	}
	return h
}

func valueDigest(x types.Value, t types.Type) uint64 {
	if x.Null {
		return nullDigest
	}
	switch vector.LayoutOf(t) {
	case vector.Int128s:
		return fold(uint64(x.I)^k2, uint64(x.Hi)^k3)
	case vector.Float32s, vector.Float64s:
		return floatDigest(x.F)
	case vector.Fine:
		return fold(uint64(x.I)^k2, uint64(x.Hi)^k3)
	case vector.Texts:
		return textDigest([]byte(x.S))
	case vector.Rows:
		h := uint64(k3)
		for i, f := range t.Fields {
			h = mix(h, valueDigest(x.Elems[i], f.Type))
		}
		return h
	case vector.Lists:
		return listDigest(x.Elems, t)
	}
	return uint64(x.I)
}

func listDigest(elems []types.Value, t types.Type) uint64 {
	kinds := []types.Type{*t.Elem}
	switch t.Kind {
	case types.Map:
		kinds = []types.Type{*t.Key, *t.Elem}
	case types.Multiset:
		kinds = []types.Type{*t.Elem, types.TInt}
	}
	h := mix(k3, uint64(len(elems)/len(kinds)))
	for i, e := range elems {
		h = mix(h, valueDigest(e, kinds[i%len(kinds)]))
	}
	return h
}
