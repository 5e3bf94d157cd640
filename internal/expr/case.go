package expr

import (
	"slices"
	"unsafe"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// The searched CASE:
//
//  1. In general each condition picks rows of what the ones before left, and its
//     result is computed for those and put into the answer.
//  2. Where all conditions and results are cheap and of fixed width, everything is
//     computed for all rows and blended from the last branch to the first, without a
//     jump a row.

type caseNode struct {
	slot
	ifs   []predicate
	thens []node // one more than ifs: the ELSE

	picked, left, spare []int32
}

type blend struct {
	slot
	ifs   []node
	thens []node
	truth []bool
}

// maxBlended is the number of branches up to which blending pays.
const maxBlended = 4

func (c *compiler) caseOf(e *plan.Case, s slot) node {
	otherwise := e.Else
	if otherwise == nil {
		otherwise = &plan.Literal{Typed: plan.Typed{T: s.typ.Nullable()}, Value: types.NullValue}
	}
	cheap := fixedWidth(s.typ) && len(e.Whens) <= maxBlended && isCheap(otherwise)
	for _, w := range e.Whens {
		cheap = cheap && isCheap(w.If) && isCheap(w.Then)
	}
	for _, w := range slices.Concat(e.Whens, []plan.When{{Then: otherwise}}) {
		if t := w.Then.Type(); vector.LayoutOf(t) != vector.LayoutOf(s.typ) && t.Kind != types.Null {
			return c.refuse(e, "a branch is a %v and the CASE a %v", t, s.typ)
		}
	}
	if cheap {
		b := &blend{slot: s}
		for _, w := range e.Whens {
			b.ifs = append(b.ifs, c.node(w.If, false))
			b.thens = append(b.thens, c.node(w.Then, false))
		}
		b.thens = append(b.thens, c.node(otherwise, false))
		return b
	}
	n := &caseNode{slot: s}
	for _, w := range e.Whens {
		n.ifs = append(n.ifs, c.predicate(w.If))
		n.thens = append(n.thens, c.shared(w.Then, s))
	}
	n.thens = append(n.thens, c.shared(otherwise, s))
	return n
}

// shared compiles an argument whose text buffers or children the result may share.
func (c *compiler) shared(e plan.Expr, s slot) node {
	return c.node(e, s.keep && !fixedWidth(e.Type()))
}

func (c *caseNode) eval(x *run, sel []int32) (*vector.Vector, error) {
	m := newMixer(&c.slot, x.n)
	left := sel
	for i, p := range c.ifs {
		var err error
		if c.picked, err = p.pick(x, c.picked, left); err != nil {
			return nil, err
		}
		if len(c.picked) == 0 {
			continue
		}
		if err := m.put(c.thens[i], x, c.picked); err != nil {
			return nil, err
		}
		c.spare = minus(c.spare, left, c.picked, x.n)
		c.spare, c.left = c.left, c.spare
		if left = c.left; len(left) == 0 {
			return m.done(), nil
		}
	}
	if err := m.put(c.thens[len(c.ifs)], x, left); err != nil {
		return nil, err
	}
	return m.done(), nil
}

// mixer assembles a vector from parts, each the rows of a selection of a vector.
type mixer struct {
	out *vector.Vector
	n   int
	// of nested types the parts are remembered, because lists cannot be written out of
	// order.
	nested bool
	parts  []*vector.Vector
	from   []uint32
}

func newMixer(s *slot, n int) *mixer {
	m := &mixer{n: n}
	if l := vector.LayoutOf(s.typ); l == vector.Rows || l == vector.Lists {
		m.nested, m.from = true, make([]uint32, n)
		m.out = vector.NewBuilder(s.typ, n)
		return m
	}
	m.out = s.flat(n)
	return m
}

// put computes the rows of sel by of and enters them.
func (m *mixer) put(of node, x *run, sel []int32) error {
	v, err := of.eval(x, sel)
	if err != nil {
		return err
	}
	if !m.nested {
		m.out.Overlay(v, sel)
		return nil
	}
	m.parts = append(m.parts, v)
	rows(sel, m.n, func(i int) { m.from[i] = uint32(len(m.parts)) })
	return nil
}

func (m *mixer) done() *vector.Vector {
	if !m.nested {
		return m.out
	}
	for i, k := range m.from {
		if k == 0 || m.parts[k-1].IsNull(i) {
			m.out.AppendNull()
			continue
		}
		m.out.AppendFrom(m.parts[k-1], i)
	}
	return m.out
}

func (b *blend) eval(x *run, sel []int32) (*vector.Vector, error) {
	last, err := b.thens[len(b.ifs)].eval(x, sel)
	if err != nil {
		return nil, err
	}
	if cap(b.truth) < x.n {
		b.truth = make([]bool, x.n)
	}
	out := b.flat(x.n)
	for i := len(b.ifs) - 1; i >= 0; i-- {
		cond, err := b.ifs[i].eval(x, sel)
		if err != nil {
			return nil, err
		}
		then, err := b.thens[i].eval(x, sel)
		if err != nil {
			return nil, err
		}
		truth := trueSlots(b.truth[:x.n], flat(cond))
		b.choose(out, truth, flat(then), flat(last))
		last = out
	}
	return out, nil
}

// trueSlots is whether each row of v is TRUE: v's own slots, or buf.
func trueSlots(buf []bool, v *vector.Vector) []bool {
	if v.Encoding() == vector.Flat && !v.HasNulls() {
		return v.Bools()
	}
	src, mask, bits := v.Bools(), v.Mask(), v.Valid()
	for i := range buf {
		buf[i] = src[i&mask] && vector.Bit(bits, i&mask)
	}
	return buf
}

// choose sets out to a where truth, else to b, which may be out.
func (b *blend) choose(out *vector.Vector, truth []bool, x, y *vector.Vector) {
	switch out.Layout() {
	case vector.Bools:
		chooseSlots(truth, bytesOf(out.Bools()), bytesOf(x.Bools()), bytesOf(y.Bools()), x.Mask(), y.Mask())
	case vector.Int32s:
		chooseSlots(truth, out.Int32s(), x.Int32s(), y.Int32s(), x.Mask(), y.Mask())
	case vector.Float32s:
		chooseSlots(truth, wordsOf[uint32](out.Float32s()), wordsOf[uint32](x.Float32s()), wordsOf[uint32](y.Float32s()), x.Mask(), y.Mask())
	case vector.Int64s:
		chooseSlots(truth, out.Int64s(), x.Int64s(), y.Int64s(), x.Mask(), y.Mask())
	case vector.Float64s:
		chooseSlots(truth, wordsOf[int64](out.Float64s()), wordsOf[int64](x.Float64s()), wordsOf[int64](y.Float64s()), x.Mask(), y.Mask())
	}
	if x.HasNulls() || y.HasNulls() {
		b.chooseValid(out, truth, x, y)
	}
}

func bytesOf(b []bool) []uint8 { return wordsOf[uint8](b) }

// wordsOf is s as numbers of the same size: the compiler chooses between integers
// without a jump, not between floats.
func wordsOf[U uint8 | uint32 | int64, T bool | float32 | float64](s []T) []U {
	return unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

func chooseSlots[T uint8 | int32 | uint32 | int64](truth []bool, out, x, y []T, xm, ym int) {
	out = out[:len(truth)]
	switch {
	case xm == 0 && ym == 0:
		p, q := x[0], y[0]
		for i, t := range truth {
			v := q
			if t {
				v = p
			}
			out[i] = v
		}
	case xm == 0:
		p, y := x[0], y[:len(truth)]
		for i, t := range truth {
			v := y[i]
			if t {
				v = p
			}
			out[i] = v
		}
	case ym == 0:
		x, q := x[:len(truth)], y[0]
		for i, t := range truth {
			p, v := x[i], q
			if t {
				v = p
			}
			out[i] = v
		}
	default:
		x, y := x[:len(truth)], y[:len(truth)]
		for i, t := range truth {
			p, v := x[i], y[i]
			if t {
				v = p
			}
			out[i] = v
		}
	}
}

// chooseValid sets the validity of out as choose sets its slots.
func (b *blend) chooseValid(out *vector.Vector, truth []bool, x, y *vector.Vector) {
	bits := out.Valid()
	if bits == nil {
		bits = b.bitmap(out.Len())
	}
	for w := range bits {
		rows := truth[w*64 : min(w*64+64, len(truth))]
		var m uint64
		for i, t := range rows {
			m |= uint64(b2i(t)) << uint(i)
		}
		bits[w] = m&validWord(x, w) | ^m&validWord(y, w)
	}
	out.SetValid(bits)
}

// validWord is word w of the validity over the rows of v, flat or constant.
func validWord(v *vector.Vector, w int) uint64 {
	bits := v.Valid()
	switch {
	case bits == nil:
		return ^uint64(0)
	case v.Encoding() == vector.Constant:
		return -(bits[0] & 1)
	}
	return bits[w]
}
