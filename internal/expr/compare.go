package expr

import (
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// compare is a comparison that is NULL where an operand is; distinct is one that is
// not.
type compare struct {
	slot
	op   plan.CompareOp
	l, r node
	by   comparer
	dict []bool
}

// comparer compares slots of one layout.
type comparer interface {
	// test sets out for the rows of sel.
	test(op plan.CompareOp, out []bool, l, r *vector.Vector, sel []int32, n int)
	// pick writes to dst, which has room for all of sel, the rows where the comparison
	// of the slots holds, NULL or not, and returns how many.
	pick(op plan.CompareOp, dst []int32, l, r *vector.Vector, sel []int32, n int) int
}

func (c *compiler) compare(e *plan.Compare, s slot) node {
	by := c.comparer(e)
	n := compare{slot: s, op: e.Op, l: c.node(e.L, false), r: c.node(e.R, false), by: by}
	if e.Op >= plan.DistinctFrom {
		n.op = plan.NotEqual
		if e.Op == plan.NotDistinctFrom {
			n.op = plan.Equal
		}
		return &distinct{n}
	}
	return &n
}

// comparer is the comparer of e's operands.
func (c *compiler) comparer(e *plan.Compare) comparer {
	t, u := e.L.Type(), e.R.Type()
	if t.Kind == types.Null {
		t = u
	}
	if t.Kind == types.Decimal && u.Kind == types.Decimal && (t.Scale != u.Scale || vector.LayoutOf(t) != vector.LayoutOf(u)) {
		return generic{func(l *vector.Vector, i int, r *vector.Vector, j int) int {
			return types.DecimalCompare(decimalAt(l, i), int(t.Scale), decimalAt(r, j), int(u.Scale))
		}}
	}
	if vector.LayoutOf(t) != vector.LayoutOf(u) && u.Kind != types.Null {
		c.refuse(e, "a %v is compared with a %v", t, u)
	}
	switch vector.LayoutOf(t) {
	case vector.Bools:
		return generic{compareBools}
	case vector.Int32s:
		return ordered[int32]{(*vector.Vector).Int32s}
	case vector.Int64s:
		return ordered[int64]{(*vector.Vector).Int64s}
	case vector.Float32s:
		return ordered[float32]{(*vector.Vector).Float32s}
	case vector.Float64s:
		return ordered[float64]{(*vector.Vector).Float64s}
	case vector.Int128s:
		return generic{func(l *vector.Vector, i int, r *vector.Vector, j int) int { return l.Int128s()[i].Cmp(r.Int128s()[j]) }}
	case vector.Fine:
		return generic{compareFine}
	case vector.Texts:
		return texts{}
	}
	return nested{}
}

func compareBools(l *vector.Vector, i int, r *vector.Vector, j int) int {
	return b2i(l.Bools()[i]) - b2i(r.Bools()[j])
}

func compareFine(l *vector.Vector, i int, r *vector.Vector, j int) int {
	if d := order(l.Int64s()[i], r.Int64s()[j]); d != 0 {
		return d
	}
	return order(l.Int32s()[i], r.Int32s()[j])
}

func order[T int32 | int64](a, b T) int { return b2i(a > b) - b2i(a < b) }

// decimalAt is slot i of a DECIMAL vector of either width.
func decimalAt(v *vector.Vector, i int) types.Int128 {
	if v.Layout() == vector.Int128s {
		return v.Int128s()[i]
	}
	return types.Int128Of(v.Int64s()[i])
}

func (c *compare) eval(x *run, sel []int32) (*vector.Vector, error) {
	l, r, err := c.operands(x, sel)
	if err != nil {
		return nil, err
	}
	if isNull(l) || isNull(r) {
		return c.null(x.n), nil
	}
	if d, bits := c.overDictionary(l, r); d != nil {
		out := c.flat(x.n)
		dictionaryBools(out.Bools(), d, bits, sel)
		c.dictionaryNulls(out, d)
		return out, nil
	}
	l, r = flat(l), flat(r)
	out := c.flat(x.n)
	c.meet(out, x.n, l, r)
	c.by.test(c.op, out.Bools(), l, r, sel, x.n)
	return out, nil
}

func (c *compare) operands(x *run, sel []int32) (l, r *vector.Vector, err error) {
	if l, err = c.l.eval(x, sel); err != nil {
		return nil, nil, err
	}
	r, err = c.r.eval(x, sel)
	return l, r, err
}

// overDictionary compares the entries of a dictionary with a constant: it returns the
// dictionary vector and a truth for each entry, or nil where neither operand is one or
// where there are more entries than rows.
func (c *compare) overDictionary(l, r *vector.Vector) (*vector.Vector, []bool) {
	var dict *vector.Vector
	switch {
	case l.Encoding() == vector.Dictionary && r.Encoding() == vector.Constant:
		dict, l = l, l.Dict()
	case r.Encoding() == vector.Dictionary && l.Encoding() == vector.Constant:
		dict, r = r, r.Dict()
	default:
		return nil, nil
	}
	n := dict.Dict().Len()
	if n > dict.Len() {
		return nil, nil
	}
	if cap(c.dict) < n {
		c.dict = make([]bool, n)
	}
	c.by.test(c.op, c.dict[:n], l, r, nil, n)
	return dict, c.dict[:n]
}

func dictionaryBools(out []bool, dict *vector.Vector, truth []bool, sel []int32) {
	idx := dict.Indexes()
	if sel == nil {
		for i, k := range idx {
			out[i] = truth[k]
		}
		return
	}
	for _, i := range sel {
		out[i] = truth[idx[i]]
	}
}

// dictionaryNulls gives out the NULLs of the rows of a dictionary vector.
func (s *slot) dictionaryNulls(out, dict *vector.Vector) {
	bits := dict.Dict().Valid()
	if bits == nil {
		return
	}
	valid := s.bitmap(out.Len())
	clear(valid)
	for i, k := range dict.Indexes() {
		valid[i>>6] |= (bits[uint32(k)>>6] >> (uint32(k) & 63) & 1) << (uint(i) & 63)
	}
	out.SetValid(valid)
}

// pick answers the rows of sel where the comparison is TRUE, in dst.
func (c *compare) pick(x *run, dst, sel []int32) ([]int32, error) {
	l, r, err := c.operands(x, sel)
	if err != nil {
		return nil, err
	}
	dst = room(dst, count(sel, x.n))
	if isNull(l) || isNull(r) {
		return dst, nil
	}
	if d, truth := c.overDictionary(l, r); d != nil {
		return dictionaryPick(dst, d, truth, sel), nil
	}
	l, r = flat(l), flat(r)
	dst = dst[:count(sel, x.n)]
	dst = dst[:c.by.pick(c.op, dst, l, r, sel, x.n)]
	if l.Encoding() != vector.Constant {
		dst = dropNulls(dst, l.Valid())
	}
	if r.Encoding() != vector.Constant {
		dst = dropNulls(dst, r.Valid())
	}
	return dst, nil
}

func dictionaryPick(dst []int32, dict *vector.Vector, truth []bool, sel []int32) []int32 {
	idx, k := dict.Indexes(), 0
	bits := dict.Dict().Valid()
	for i := range truth {
		truth[i] = truth[i] && vector.Bit(bits, i)
	}
	if sel == nil {
		dst = dst[:len(idx)]
		for i, e := range idx {
			dst[k] = int32(i)
			k += b2i(truth[e])
		}
		return dst[:k]
	}
	dst = dst[:len(sel)]
	for _, i := range sel {
		dst[k] = i
		k += b2i(truth[idx[i]])
	}
	return dst[:k]
}

// distinct is IS [NOT] DISTINCT FROM: op is NotEqual or Equal.
type distinct struct{ compare }

func (d *distinct) eval(x *run, sel []int32) (*vector.Vector, error) {
	l, r, err := d.operands(x, sel)
	if err != nil {
		return nil, err
	}
	l, r = flat(l), flat(r)
	out := d.flat(x.n)
	bools := out.Bools()
	if !isNull(l) && !isNull(r) {
		d.by.test(d.op, bools, l, r, sel, x.n)
	}
	if !l.HasNulls() && !r.HasNulls() {
		return out, nil
	}
	lm, rm, lv, rv := l.Mask(), r.Mask(), l.Valid(), r.Valid()
	rows(sel, x.n, func(i int) {
		if p, q := vector.Bit(lv, i&lm), vector.Bit(rv, i&rm); !p || !q {
			bools[i] = (p == q) == (d.op == plan.Equal)
		}
	})
	return out, nil
}

// rows calls f with each row of sel: for work that dwarfs the call.
func rows(sel []int32, n int, f func(i int)) {
	if sel == nil {
		for i := 0; i < n; i++ {
			f(i)
		}
		return
	}
	for _, i := range sel {
		f(int(i))
	}
}
