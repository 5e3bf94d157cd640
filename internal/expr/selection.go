package expr

import "tidemark.dev/vector"

// Selections are ascending row numbers; nil means all n rows.

// count is the number of rows of sel among n.
func count(sel []int32, n int) int {
	if sel == nil {
		return n
	}
	return len(sel)
}

// room returns a selection of length 0 that holds n rows, buf if it is long enough.
func room(buf []int32, n int) []int32 {
	if cap(buf) < n {
		return make([]int32, n)[:0]
	}
	return buf[:0]
}

// b2i is 1 for true. The compiler makes no jump of it.
func b2i(b bool) int {
	var i int
	if b {
		i = 1
	}
	return i
}

// truths appends to dst the rows of sel where v, a BOOLEAN, is TRUE.
func truths(dst []int32, v *vector.Vector, sel []int32, n int) []int32 {
	dst = room(dst, count(sel, n))
	v = flat(v)
	if v.Encoding() == vector.Constant {
		if v.IsNull(0) || !v.Bools()[0] {
			return dst
		}
		return all(dst, sel, n)
	}
	bools, k := v.Bools(), 0
	dst = dst[:count(sel, n)]
	if sel == nil {
		for i, b := range bools[:n] {
			dst[k] = int32(i)
			k += b2i(b)
		}
	} else {
		for _, i := range sel {
			dst[k] = i
			k += b2i(bools[i])
		}
	}
	return dropNulls(dst[:k], v.Valid())
}

// all appends every row of sel to dst.
func all(dst, sel []int32, n int) []int32 {
	if sel != nil {
		return append(dst, sel...)
	}
	dst = dst[:n]
	for i := range dst {
		dst[i] = int32(i)
	}
	return dst
}

// dropNulls keeps of dst the rows whose bit is set.
func dropNulls(dst []int32, bits []uint64) []int32 {
	if bits == nil {
		return dst
	}
	k := 0
	for _, i := range dst {
		dst[k] = i
		k += int(bits[uint32(i)>>6] >> (uint32(i) & 63) & 1)
	}
	return dst[:k]
}

// minus appends to dst the rows of sel that are not in taken, a part of sel. What lies
// between two rows taken is copied at once.
func minus(dst, sel, taken []int32, n int) []int32 {
	left := count(sel, n) - len(taken)
	dst = room(dst, left)[:left]
	k, from := 0, 0
	if sel == nil {
		for _, t := range taken {
			k += ascend(dst[k:k+int(t)-from], from)
			from = int(t) + 1
		}
		ascend(dst[k:], from)
		return dst
	}
	for _, t := range taken {
		to := from
		for sel[to] != t {
			to++
		}
		k += copy(dst[k:], sel[from:to])
		from = to + 1
	}
	copy(dst[k:], sel[from:])
	return dst
}

// ascend fills dst with the numbers from first on, and tells how many.
func ascend(dst []int32, first int) int {
	for i := range dst {
		dst[i] = int32(first + i)
	}
	return len(dst)
}

// merge appends the union of two disjoint selections to dst.
func merge(dst, a, b []int32) []int32 {
	dst = room(dst, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			dst, a = append(dst, a[0]), a[1:]
		} else {
			dst, b = append(dst, b[0]), b[1:]
		}
	}
	dst = append(dst, a...)
	return append(dst, b...)
}
