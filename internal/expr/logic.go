package expr

import (
	"unsafe"

	"tidemark.dev/internal/plan"
	"tidemark.dev/vector"
)

// Three-valued AND and OR over two or more arguments:
//
//  1. All rows are live; the answer begins as the neutral truth (TRUE for AND).
//  2. Each argument is computed for the live rows. Where it decides (FALSE for AND)
//     the row gets that answer, valid, and is live no more; where it is NULL the
//     answer becomes NULL and the row stays live, because a later argument may still
//     decide it.
//
// Arguments that are cheap and cannot fail are computed for all rows and combined
// eight bytes at a time.

type junction struct {
	slot
	args    []node
	decides bool // the truth that decides: FALSE for AND
	cheap   bool // all args but the first are cheap
	live    []int32
}

type not struct {
	slot
	arg node
}

func (c *compiler) logic(e *plan.Logic, s slot) node {
	if e.Op == plan.Not {
		return &not{s, c.node(e.Args[0], false)}
	}
	if len(e.Args) < 2 {
		return c.refuse(e, "AND and OR take two arguments or more")
	}
	cheap := true
	for _, a := range e.Args[1:] {
		cheap = cheap && isCheap(a)
	}
	return &junction{slot: s, args: c.nodes(e.Args), decides: e.Op == plan.Or, cheap: cheap}
}

func (j *junction) eval(x *run, sel []int32) (*vector.Vector, error) {
	out := j.flat(x.n)
	bools := out.Bools()
	fillBools(bools, !j.decides)
	live, mine := sel, false
	var nulls []uint64 // rows that saw a NULL, over j's own bitmap
	for k, arg := range j.args {
		v, err := arg.eval(x, live)
		if err != nil {
			return nil, err
		}
		v = flat(v)
		if j.cheap && k == 0 && !v.HasNulls() && v.Mask() == -1 && dense(sel, x.n) {
			return j.combine(x, sel, out, v)
		}
		if k == 0 || !mine {
			j.live = room(j.live, x.n)
		}
		if v.HasNulls() && nulls == nil {
			nulls = j.bitmap(x.n)
			for i := range nulls {
				nulls[i] = ^uint64(0)
			}
		}
		live = j.narrow(bools, nulls, v, live, x.n)
		mine = true
		if len(live) == 0 {
			break
		}
	}
	if nulls != nil {
		out.SetValid(nulls)
	}
	return out, nil
}

// narrow enters v into the answer and returns the rows that stay live, in j.live,
// which live may be a part of.
func (j *junction) narrow(bools []bool, valid []uint64, v *vector.Vector, live []int32, n int) []int32 {
	mask, src, bits := v.Mask(), v.Bools(), v.Valid()
	dst := j.live[:0]
	step := func(i int) {
		switch {
		case !vector.Bit(bits, i&mask):
			valid[i>>6] &^= 1 << (uint(i) & 63)
			dst = append(dst, int32(i))
		case src[i&mask] == j.decides:
			bools[i] = j.decides
			if valid != nil {
				valid[i>>6] |= 1 << (uint(i) & 63)
			}
		default:
			dst = append(dst, int32(i))
		}
	}
	rows(live, n, step)
	return dst
}

// combine computes all arguments for all rows, the first being v, without NULLs.
func (j *junction) combine(x *run, sel []int32, out, v *vector.Vector) (*vector.Vector, error) {
	copy(out.Bools(), v.Bools())
	for _, arg := range j.args[1:] {
		v, err := arg.eval(x, sel)
		if err != nil {
			return nil, err
		}
		v = flat(v)
		if !v.HasNulls() && !out.HasNulls() && v.Mask() == -1 {
			if j.decides {
				orBools(out.Bools(), v.Bools())
			} else {
				andBools(out.Bools(), v.Bools())
			}
			continue
		}
		j.combineNulls(out, v, sel, x.n)
	}
	return out, nil
}

func (j *junction) combineNulls(out, v *vector.Vector, sel []int32, n int) {
	bools, mask, src, bits := out.Bools(), v.Mask(), v.Bools(), v.Valid()
	if !out.HasNulls() {
		valid := j.bitmap(n)
		for i := range valid {
			valid[i] = ^uint64(0)
		}
		out.SetValid(valid)
	}
	valid := out.Valid()
	rows(sel, n, func(i int) {
		decided := vector.Bit(valid, i) && bools[i] == j.decides
		switch {
		case decided:
		case !vector.Bit(bits, i&mask):
			valid[i>>6] &^= 1 << (uint(i) & 63)
		case src[i&mask] == j.decides:
			bools[i] = j.decides
			valid[i>>6] |= 1 << (uint(i) & 63)
		}
	})
}

func fillBools(b []bool, x bool) {
	for i := range b {
		b[i] = x
	}
}

// words is b, whose bools are 0 or 1, as words, and how many bools they cover.
func words(b []bool) ([]uint64, int) {
	n := len(b) / 8
	if n == 0 {
		return nil, 0
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), n), n * 8
}

func andBools(dst, src []bool) {
	d, k := words(dst)
	s, _ := words(src[:len(dst)])
	for i := range d {
		d[i] &= s[i]
	}
	for i := k; i < len(dst); i++ {
		dst[i] = dst[i] && src[i]
	}
}

func orBools(dst, src []bool) {
	d, k := words(dst)
	s, _ := words(src[:len(dst)])
	for i := range d {
		d[i] |= s[i]
	}
	for i := k; i < len(dst); i++ {
		dst[i] = dst[i] || src[i]
	}
}

func (t *not) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := t.arg.eval(x, sel)
	if err != nil {
		return nil, err
	}
	if isNull(v) {
		return t.null(x.n), nil
	}
	v = flat(v)
	out := t.flat(x.n)
	t.meet(out, x.n, v)
	bools, src, mask := out.Bools(), v.Bools(), v.Mask()
	for i := range bools {
		bools[i] = !src[i&mask]
	}
	return out, nil
}

// isTest is IS [NOT] NULL, TRUE, FALSE.
type isTest struct {
	slot
	test plan.TestOp
	neg  bool
	arg  node
}

func (t *isTest) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := t.arg.eval(x, sel)
	if err != nil {
		return nil, err
	}
	out := t.flat(x.n)
	bools := out.Bools()
	if t.test == plan.TestNull {
		nullTests(bools, v, t.neg)
		return out, nil
	}
	v = flat(v)
	src, mask, bits, want := v.Bools(), v.Mask(), v.Valid(), t.test == plan.TestTrue
	for i := range bools {
		bools[i] = (vector.Bit(bits, i&mask) && src[i&mask] == want) != t.neg
	}
	return out, nil
}

// nullTests sets out to whether each row of v is NULL, or is not if neg.
func nullTests(out []bool, v *vector.Vector, neg bool) {
	if !v.HasNulls() {
		fillBools(out, neg)
		return
	}
	switch v.Encoding() {
	case vector.Constant:
		fillBools(out, v.IsNull(0) != neg)
	case vector.Dictionary:
		bits := v.Dict().Valid()
		for i, k := range v.Indexes() {
			out[i] = vector.Bit(bits, int(k)) == neg
		}
	default:
		bits := v.Valid()
		for i := range out {
			out[i] = bits[i>>6]>>(uint(i)&63)&1 != 0 == neg
		}
	}
}
