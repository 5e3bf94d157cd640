package expr

import (
	"bytes"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// number is what the slots of numeric layouts hold.
type number interface {
	int32 | int64 | float32 | float64
}

// ordered compares slots that Go compares: a NaN is equal to nothing, as in Java.
type ordered[T number] struct {
	slots func(*vector.Vector) []T
}

// swapped is op with its operands exchanged.
var swapped = [...]plan.CompareOp{
	plan.Equal: plan.Equal, plan.NotEqual: plan.NotEqual,
	plan.Less: plan.Greater, plan.LessEqual: plan.GreaterEqual,
	plan.Greater: plan.Less, plan.GreaterEqual: plan.LessEqual,
}

func (o ordered[T]) test(op plan.CompareOp, out []bool, l, r *vector.Vector, sel []int32, n int) {
	a, b := o.slots(l), o.slots(r)
	if l.Mask() == 0 {
		a, b, op = b, a, swapped[op]
		l, r = r, l
	}
	switch {
	case l.Mask() == 0:
		testMasked(op, out, a, b, sel, n)
	case r.Mask() == 0 && dense(sel, n):
		testConstant(op, out[:n], a[:n], b[0])
	case r.Mask() == 0:
		testConstantSelected(op, out, a, b[0], sel)
	case dense(sel, n):
		testDense(op, out[:n], a[:n], b[:n])
	default:
		testSelected(op, out, a, b, sel)
	}
}

func testMasked[T number](op plan.CompareOp, out []bool, a, b []T, sel []int32, n int) {
	truth := holds(op, a[0], b[0])
	rows(sel, n, func(i int) { out[i] = truth })
}

func holds[T number](op plan.CompareOp, a, b T) bool {
	switch op {
	case plan.Equal:
		return a == b
	case plan.NotEqual:
		return a != b
	case plan.Less:
		return a < b
	case plan.LessEqual:
		return a <= b
	case plan.Greater:
		return a > b
	}
	return a >= b
}

func testDense[T number](op plan.CompareOp, out []bool, a, b []T) {
	if op == plan.Greater || op == plan.GreaterEqual {
		a, b, op = b, a, swapped[op]
	}
	out, b = out[:len(a)], b[:len(a)]
	switch op {
	case plan.Equal:
		for i, x := range a {
			out[i] = x == b[i]
		}
	case plan.NotEqual:
		for i, x := range a {
			out[i] = x != b[i]
		}
	case plan.Less:
		for i, x := range a {
			out[i] = x < b[i]
		}
	default:
		for i, x := range a {
			out[i] = x <= b[i]
		}
	}
}

func testConstant[T number](op plan.CompareOp, out []bool, a []T, c T) {
	out = out[:len(a)]
	switch op {
	case plan.Equal:
		for i, x := range a {
			out[i] = x == c
		}
	case plan.NotEqual:
		for i, x := range a {
			out[i] = x != c
		}
	case plan.Less:
		for i, x := range a {
			out[i] = x < c
		}
	case plan.LessEqual:
		for i, x := range a {
			out[i] = x <= c
		}
	case plan.Greater:
		for i, x := range a {
			out[i] = x > c
		}
	default:
		for i, x := range a {
			out[i] = x >= c
		}
	}
}

func testSelected[T number](op plan.CompareOp, out []bool, a, b []T, sel []int32) {
	if op == plan.Greater || op == plan.GreaterEqual {
		a, b, op = b, a, swapped[op]
	}
	switch op {
	case plan.Equal:
		for _, i := range sel {
			out[i] = a[i] == b[i]
		}
	case plan.NotEqual:
		for _, i := range sel {
			out[i] = a[i] != b[i]
		}
	case plan.Less:
		for _, i := range sel {
			out[i] = a[i] < b[i]
		}
	default:
		for _, i := range sel {
			out[i] = a[i] <= b[i]
		}
	}
}

func testConstantSelected[T number](op plan.CompareOp, out []bool, a []T, c T, sel []int32) {
	switch op {
	case plan.Equal:
		for _, i := range sel {
			out[i] = a[i] == c
		}
	case plan.NotEqual:
		for _, i := range sel {
			out[i] = a[i] != c
		}
	case plan.Less:
		for _, i := range sel {
			out[i] = a[i] < c
		}
	case plan.LessEqual:
		for _, i := range sel {
			out[i] = a[i] <= c
		}
	case plan.Greater:
		for _, i := range sel {
			out[i] = a[i] > c
		}
	default:
		for _, i := range sel {
			out[i] = a[i] >= c
		}
	}
}

func (o ordered[T]) pick(op plan.CompareOp, dst []int32, l, r *vector.Vector, sel []int32, n int) int {
	a, b := o.slots(l), o.slots(r)
	if l.Mask() == 0 {
		a, b, op = b, a, swapped[op]
		l, r = r, l
	}
	switch {
	case l.Mask() == 0:
		if holds(op, a[0], b[0]) {
			return len(all(dst[:0], sel, n))
		}
		return 0
	case r.Mask() == 0 && sel == nil:
		return pickConstant(op, dst[:n], a[:n], b[0])
	case r.Mask() == 0:
		return pickConstantSelected(op, dst, a, b[0], sel)
	case sel == nil:
		return pickDense(op, dst[:n], a[:n], b[:n])
	}
	return pickSelected(op, dst, a, b, sel)
}

func pickDense[T number](op plan.CompareOp, dst []int32, a, b []T) (k int) {
	if op == plan.Greater || op == plan.GreaterEqual {
		a, b, op = b, a, swapped[op]
	}
	b = b[:len(a)]
	switch op {
	case plan.Equal:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x == b[i])
		}
	case plan.NotEqual:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x != b[i])
		}
	case plan.Less:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x < b[i])
		}
	default:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x <= b[i])
		}
	}
	return k
}

func pickConstant[T number](op plan.CompareOp, dst []int32, a []T, c T) (k int) {
	switch op {
	case plan.Equal:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x == c)
		}
	case plan.NotEqual:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x != c)
		}
	case plan.Less:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x < c)
		}
	case plan.LessEqual:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x <= c)
		}
	case plan.Greater:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x > c)
		}
	default:
		for i, x := range a {
			dst[k] = int32(i)
			k += b2i(x >= c)
		}
	}
	return k
}

func pickSelected[T number](op plan.CompareOp, dst []int32, a, b []T, sel []int32) (k int) {
	if op == plan.Greater || op == plan.GreaterEqual {
		a, b, op = b, a, swapped[op]
	}
	switch op {
	case plan.Equal:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] == b[i])
		}
	case plan.NotEqual:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] != b[i])
		}
	case plan.Less:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] < b[i])
		}
	default:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] <= b[i])
		}
	}
	return k
}

func pickConstantSelected[T number](op plan.CompareOp, dst []int32, a []T, c T, sel []int32) (k int) {
	switch op {
	case plan.Equal:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] == c)
		}
	case plan.NotEqual:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] != c)
		}
	case plan.Less:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] < c)
		}
	case plan.LessEqual:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] <= c)
		}
	case plan.Greater:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] > c)
		}
	default:
		for _, i := range sel {
			dst[k] = i
			k += b2i(a[i] >= c)
		}
	}
	return k
}

// generic compares slots by a function that orders them.
type generic struct {
	order func(l *vector.Vector, i int, r *vector.Vector, j int) int
}

// outcomes are what op makes of an order of -1, 0, 1.
var outcomes = [...][3]bool{
	plan.Equal:        {false, true, false},
	plan.NotEqual:     {true, false, true},
	plan.Less:         {true, false, false},
	plan.LessEqual:    {true, true, false},
	plan.Greater:      {false, false, true},
	plan.GreaterEqual: {false, true, true},
}

func (g generic) test(op plan.CompareOp, out []bool, l, r *vector.Vector, sel []int32, n int) {
	lm, rm, o := l.Mask(), r.Mask(), outcomes[op]
	rows(sel, n, func(i int) { out[i] = o[1+g.order(l, i&lm, r, i&rm)] })
}

func (g generic) pick(op plan.CompareOp, dst []int32, l, r *vector.Vector, sel []int32, n int) int {
	lm, rm, o, k := l.Mask(), r.Mask(), outcomes[op], 0
	rows(sel, n, func(i int) {
		dst[k] = int32(i)
		k += b2i(o[1+g.order(l, i&lm, r, i&rm)])
	})
	return k
}

// texts compares texts by their bytes.
type texts struct{}

func (texts) test(op plan.CompareOp, out []bool, l, r *vector.Vector, sel []int32, n int) {
	if op > plan.NotEqual {
		generic{vector.CompareText}.test(op, out, l, r, sel, n)
		return
	}
	vector.EqualTexts(out, l, r, sel, n)
	if op == plan.NotEqual {
		rows(sel, n, func(i int) { out[i] = !out[i] })
	}
}

func (texts) pick(op plan.CompareOp, dst []int32, l, r *vector.Vector, sel []int32, n int) (k int) {
	if op > plan.NotEqual {
		return generic{vector.CompareText}.pick(op, dst, l, r, sel, n)
	}
	return vector.PickEqualTexts(dst, op == plan.Equal, l, r, sel, n)
}

// nested compares rows and collections, for equality only: fields and elements that
// are both NULL are equal, a MAP and a MULTISET have no order.
type nested struct{}

func (nested) test(op plan.CompareOp, out []bool, l, r *vector.Vector, sel []int32, n int) {
	rows(sel, n, func(i int) { out[i] = sameAt(l, i, r, i) == (op == plan.Equal) })
}

func (g nested) pick(op plan.CompareOp, dst []int32, l, r *vector.Vector, sel []int32, n int) (k int) {
	rows(sel, n, func(i int) {
		dst[k] = int32(i)
		k += b2i(sameAt(l, i, r, i) == (op == plan.Equal))
	})
	return k
}

func sameAt(l *vector.Vector, i int, r *vector.Vector, j int) bool {
	if l.IsNull(i) || r.IsNull(j) {
		return l.IsNull(i) == r.IsNull(j)
	}
	if l.Layout() == vector.Texts {
		return bytes.Equal(l.Bytes(i), r.Bytes(j))
	}
	return sameValue(l.Type, l.Value(i), r.Value(j))
}

func sameValue(t types.Type, a, b types.Value) bool {
	if a.Null || b.Null {
		return a.Null == b.Null
	}
	switch t.Kind {
	case types.Float, types.Double:
		return a.F == b.F
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		return a.S == b.S
	case types.Row:
		for i, f := range t.Fields {
			if !sameValue(f.Type, a.Elems[i], b.Elems[i]) {
				return false
			}
		}
		return true
	case types.Array:
		if len(a.Elems) != len(b.Elems) {
			return false
		}
		for i := range a.Elems {
			if !sameValue(*t.Elem, a.Elems[i], b.Elems[i]) {
				return false
			}
		}
		return true
	case types.Map, types.Multiset:
		return sameEntries(t, a.Elems, b.Elems)
	}
	return a.I == b.I && a.Hi == b.Hi
}

// sameEntries compares the entries of two maps, which are pairs, in any order.
func sameEntries(t types.Type, a, b []types.Value) bool {
	if len(a) != len(b) {
		return false
	}
	key, value := *t.Elem, types.TInt
	if t.Kind == types.Map {
		key, value = *t.Key, *t.Elem
	}
	for i := 0; i < len(a); i += 2 {
		found := false
		for j := 0; j < len(b) && !found; j += 2 {
			found = sameValue(key, a[i], b[j]) && sameValue(value, a[i+1], b[j+1])
		}
		if !found {
			return false
		}
	}
	return true
}
