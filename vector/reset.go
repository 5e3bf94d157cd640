package vector

import (
	"bytes"
	"unsafe"

	"tidemark.dev/types"
)

// Reset makes v, which nobody else may hold any part of, a flat vector of n valid
// rows whose slots are undefined (texts empty), keeping its memory: how a kernel's intermediate
// result serves again in the next batch. A list has no elements afterwards.
func (v *Vector) Reset(n int) {
	v.enc, v.valid, v.n, v.static = Flat, nil, 0, 0
	switch v.layout {
	case Texts:
		if v.ownsLast() {
			last := v.bufs[len(v.bufs)-1]
			v.bufs = append(v.bufs[:0], last[:0])
			v.offsets[0] = 0
		} else {
			v.bufs, v.offsets = nil, nil
		}
	case Lists:
		v.offsets = append(v.offsets[:0], 0)
	}
	for _, kid := range v.kids {
		kid.Reset(0)
	}
	v.Extend(n)
	clear(v.views) // a stale view could point beyond the buffers
}

// Broadcast makes v, a flat vector of one row, a constant one of n rows that all
// hold that row.
func (v *Vector) Broadcast(n int) {
	if v.enc == Flat && v.n == 1 {
		v.enc = Constant
	}
	if v.enc == Constant {
		v.n = n
	}
}

// A view's first eight bytes are its length and prefix, its last eight the rest of a
// short text (padded with zeros) or the place of a long one.
func (w *View) halves() *[2]uint64 { return (*[2]uint64)(unsafe.Pointer(w)) }

// Place is where a text longer than InlineText lies: the number of the buffer and the
// offset in it. A kernel that answers a part of a text makes a view of its own of it
// (ShareBuffers, SetView).
func (w View) Place() (buffer, offset int) { return int(w.buffer), int(w.offset) }

// EqualText tells whether slot i of a and slot j of b hold the same bytes; both are
// flat or constant, so the slots are row & Mask().
func EqualText(a *Vector, i int, b *Vector, j int) bool {
	x, y := &a.views[i], &b.views[j]
	return x.halves()[0] == y.halves()[0] && equalRest(a, x, b, y)
}

// equalRest compares two texts of one length and prefix.
func equalRest(a *Vector, x *View, b *Vector, y *View) bool {
	if x.n <= InlineText {
		return x.halves()[1] == y.halves()[1]
	}
	return bytes.Equal(a.bufs[x.buffer][x.offset:x.offset+x.n], b.bufs[y.buffer][y.offset:y.offset+y.n])
}

// EqualTexts sets out to whether the texts of each row of sel (nil: all n) of a and b are
// the same; both are flat or constant. What it says of NULLs is undefined.
func EqualTexts(out []bool, a, b *Vector, sel []int32, n int) {
	am, bm := a.Mask(), b.Mask()
	if sel == nil {
		for i := range out[:n] {
			x, y := &a.views[i&am], &b.views[i&bm]
			out[i] = x.halves()[0] == y.halves()[0] && equalRest(a, x, b, y)
		}
		return
	}
	for _, i := range sel {
		x, y := &a.views[int(i)&am], &b.views[int(i)&bm]
		out[i] = x.halves()[0] == y.halves()[0] && equalRest(a, x, b, y)
	}
}

// PickEqualTexts is EqualTexts that writes the rows whose texts are the same (or not, if
// not equal) to dst, which has room for all, and returns how many.
func PickEqualTexts(dst []int32, equal bool, a, b *Vector, sel []int32, n int) (k int) {
	am, bm := a.Mask(), b.Mask()
	if sel == nil {
		for i := range n {
			x, y := &a.views[i&am], &b.views[i&bm]
			dst[k] = int32(i)
			if (x.halves()[0] == y.halves()[0] && equalRest(a, x, b, y)) == equal {
				k++
			}
		}
		return k
	}
	for _, i := range sel {
		x, y := &a.views[int(i)&am], &b.views[int(i)&bm]
		dst[k] = i
		if (x.halves()[0] == y.halves()[0] && equalRest(a, x, b, y)) == equal {
			k++
		}
	}
	return k
}

// CompareText orders slot i of a and slot j of b by bytes: -1, 0 or 1.
func CompareText(a *Vector, i int, b *Vector, j int) int {
	x, y := &a.views[i], &b.views[j]
	if p, q := x.Prefix(), y.Prefix(); p != q {
		if p < q {
			return -1
		}
		return 1
	}
	return bytes.Compare(a.text(x), b.text(y))
}

func (v *Vector) text(w *View) []byte {
	if w.n <= InlineText {
		return w.inline()
	}
	return v.bufs[w.buffer][w.offset : w.offset+w.n]
}

// Overlay copies the rows of sel (nil: all) of src, which has as many rows and the same
// layout, or is NULL throughout, into v, a flat vector of neither rows nor lists. Texts
// keep lying in src's buffers.
func (v *Vector) Overlay(src *Vector, sel []int32) {
	if src.enc == Constant && src.IsNull(0) {
		v.each(sel, v.SetNull)
		return
	}
	s, idx, mask := src, src.indexes, src.Mask()
	if src.enc == Dictionary {
		s = src.dict
	}
	switch v.layout {
	case Bools:
		overlay(v.bools, s.bools, idx, mask, sel)
	case Int32s:
		overlay(v.int32s, s.int32s, idx, mask, sel)
	case Int64s:
		overlay(v.int64s, s.int64s, idx, mask, sel)
	case Int128s:
		overlay(v.wide, s.wide, idx, mask, sel)
	case Float32s:
		overlay(v.f32s, s.f32s, idx, mask, sel)
	case Float64s:
		overlay(v.f64s, s.f64s, idx, mask, sel)
	case Fine:
		overlay(v.int64s, s.int64s, idx, mask, sel)
		overlay(v.int32s, s.int32s, idx, mask, sel)
	case Texts:
		v.overlayTexts(s, idx, mask, sel)
	}
	if s.valid != nil {
		v.each(sel, func(i int) {
			if src.IsNull(i) {
				v.SetNull(i)
			}
		})
	}
}

func (v *Vector) overlayTexts(s *Vector, idx []int32, mask int, sel []int32) {
	base := uint32(len(v.bufs))
	v.bufs = append(v.bufs[:len(v.bufs):len(v.bufs)], s.bufs...)
	v.static |= s.static << base
	overlay(v.views, s.views, idx, mask, sel)
	if base == 0 {
		return
	}
	v.each(sel, func(i int) {
		if w := &v.views[i]; w.n > InlineText {
			w.buffer += base
		}
	})
}

// each calls f with the rows of sel, or all.
func (v *Vector) each(sel []int32, f func(i int)) {
	if sel == nil {
		for i := 0; i < v.n; i++ {
			f(i)
		}
		return
	}
	for _, i := range sel {
		f(int(i))
	}
}

func overlay[T any](dst, src []T, idx []int32, mask int, sel []int32) {
	switch {
	case idx == nil && sel == nil && mask != 0:
		copy(dst, src)
	case idx == nil && sel == nil:
		for i := range dst {
			dst[i] = src[0]
		}
	case idx == nil:
		for _, i := range sel {
			dst[i] = src[int(i)&mask]
		}
	case sel == nil:
		for i, k := range idx {
			dst[i] = src[k]
		}
	default:
		for _, i := range sel {
			dst[i] = src[idx[i]]
		}
	}
}

// NewRows returns a flat vector of n rows of the ROW type t with the given children,
// which it shares: flat, of n rows, of the types of t's fields.
func NewRows(t types.Type, n int, kids ...*Vector) *Vector {
	return &Vector{Type: t, layout: Rows, n: n, kids: kids}
}

// WithChildren returns v, flat rows or lists, with other children under another type:
// rows, spans and NULLs stay. The children are flat and as long as v's.
func (v *Vector) WithChildren(t types.Type, kids ...*Vector) *Vector {
	out := *v
	out.Type, out.kids = t, kids
	return &out
}
