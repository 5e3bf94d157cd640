package vector

// Extend adds n rows to a flat vector, all valid, their slots undefined: a decoder
// that knows how many rows come writes them through the slices and cuts off what it
// did not use with Truncate. The children of a ROW grow with it. The rows of a list
// are empty until EndList.
func (v *Vector) Extend(n int) {
	to := v.n + n
	switch v.layout {
	case Bools:
		v.bools = extend(v.bools, to)
	case Int32s:
		v.int32s = extend(v.int32s, to)
	case Int64s:
		v.int64s = extend(v.int64s, to)
	case Int128s:
		v.wide = extend(v.wide, to)
	case Float32s:
		v.f32s = extend(v.f32s, to)
	case Float64s:
		v.f64s = extend(v.f64s, to)
	case Fine:
		v.int64s = extend(v.int64s, to)
		v.int32s = extend(v.int32s, to)
	case Texts:
		v.views = extend(v.views, to)
	case Rows:
		for _, kid := range v.kids {
			kid.Extend(n)
		}
	case Lists:
		v.offsets = extend(v.offsets, to+1)
		for i := v.n; i < to; i++ {
			v.offsets[i+1] = int32(v.kids[0].n)
		}
	}
	v.n = to
	if v.valid != nil {
		v.wantValid()
	}
}

// extend returns s with length n, growing its room by at least half when it must.
func extend[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	grown := make([]T, n, max(n, cap(s)+cap(s)/2))
	copy(grown, s)
	return grown
}

// EndList ends row i of a list that was made by Extend: all elements that the
// children have from the end of row i-1 on are its elements. Rows are ended in order.
func (v *Vector) EndList(i int) { v.offsets[i+1] = int32(v.kids[0].n) }

// SetNotNull takes back SetNull.
func (v *Vector) SetNotNull(i int) {
	if v.valid != nil {
		v.valid[i>>6] |= 1 << (uint(i) & 63)
	}
}
