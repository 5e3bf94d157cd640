package expr

import (
	"math"
	"math/bits"

	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// binary computes a strict operation: NULL where an operand is NULL.
type binary struct {
	slot
	e      plan.Expr
	l, r   node
	kernel kernel
}

// kernel computes the slots of sel of out, whose validity is already set, from l and
// r, which are flat or constant. It may set NULLs.
type kernel func(out, l, r *vector.Vector, sel []int32, n int) error

func (b *binary) eval(x *run, sel []int32) (*vector.Vector, error) {
	l, err := b.l.eval(x, sel)
	if err != nil {
		return nil, err
	}
	r, err := b.r.eval(x, sel)
	if err != nil {
		return nil, err
	}
	if isNull(l) || isNull(r) {
		return b.null(x.n), nil
	}
	l, r = flat(l), flat(r)
	out := b.flat(x.n)
	b.meet(out, x.n, l, r)
	if err := b.kernel(out, l, r, sel, x.n); err != nil {
		return nil, fail(b.e, err, l, r)
	}
	return out, nil
}

func (c *compiler) arithmetic(e *plan.Arithmetic, s slot) node {
	b := &binary{slot: s, e: e}
	lt, rt := e.L.Type(), e.R.Type()
	if s.typ.IsInteger() && lt.IsInteger() && rt.IsInteger() && s.typ.Kind < max(lt.Kind, rt.Kind) {
		// Java computes in the wider of the two and narrows the result.
		wide := *e
		wide.T.Kind = max(lt.Kind, rt.Kind)
		return c.node(&plan.Cast{Typed: e.Typed, Arg: &wide, Implicit: true}, s.keep)
	}
	l, r := e.L, e.R
	if s.typ.Kind != types.Decimal {
		l, r = as(l, s.typ.Kind), as(r, s.typ.Kind)
	}
	b.l, b.r = c.node(l, false), c.node(r, false)
	switch s.typ.Kind {
	case types.TinyInt:
		b.kernel = narrowed(integers((*vector.Vector).Int32s, e.Op), func(v int32) int32 { return int32(int8(v)) })
	case types.SmallInt:
		b.kernel = narrowed(integers((*vector.Vector).Int32s, e.Op), func(v int32) int32 { return int32(int16(v)) })
	case types.Int:
		b.kernel = integers((*vector.Vector).Int32s, e.Op)
	case types.BigInt, types.IntervalDay:
		b.kernel = integers((*vector.Vector).Int64s, e.Op)
	case types.IntervalMonth:
		b.kernel = integers((*vector.Vector).Int32s, e.Op)
	case types.Float:
		b.kernel = floats((*vector.Vector).Float32s, e.Op)
	case types.Double:
		b.kernel = floats((*vector.Vector).Float64s, e.Op)
	case types.Decimal:
		b.kernel = c.decimals(e, lt, rt)
	default:
		return c.refuse(e, "arithmetic has no type %v", e.T)
	}
	return b
}

// as is e, cast to kind k if it is a number of another.
func as(e plan.Expr, k types.Kind) plan.Expr {
	t := e.Type()
	if t.Kind == k || !t.IsNumeric() {
		return e
	}
	return &plan.Cast{
		Typed: plan.Typed{T: types.Type{Kind: k, NotNull: t.NotNull}, Pos: e.Position()},
		Arg:   e, Implicit: true,
	}
}

// narrowed wraps the results of k to a type that has no layout of its own.
func narrowed(k kernel, wrap func(int32) int32) kernel {
	return func(out, l, r *vector.Vector, sel []int32, n int) error {
		if err := k(out, l, r, sel, n); err != nil {
			return err
		}
		for i, v := range out.Int32s() {
			out.Int32s()[i] = wrap(v)
		}
		return nil
	}
}

// integers is the kernel of op over integers: they wrap, and / and % by zero fail.
func integers[T int32 | int64](slots func(*vector.Vector) []T, op plan.ArithmeticOp) kernel {
	if op >= plan.Divide {
		return func(out, l, r *vector.Vector, sel []int32, n int) error {
			return divide(op, out, slots(out), slots(l), slots(r), l.Mask(), r.Mask(), sel, n)
		}
	}
	return simple(slots, op)
}

// divide computes / or %. Only selected rows that are not NULL are computed.
func divide[T int32 | int64](op plan.ArithmeticOp, v *vector.Vector, out, a, b []T, am, bm int, sel []int32, n int) error {
	valid := v.Valid()
	if bm == 0 && b[0] != 0 && dense(sel, n) && am != 0 {
		divideConstant(op, out[:n], a[:n], b[0])
		return nil
	}
	one := func(i int) error {
		if !vector.Bit(valid, i) {
			return nil
		}
		d := b[i&bm]
		if d == 0 {
			return function.Failf(i, "division by zero")
		}
		if op == plan.Divide {
			out[i] = a[i&am] / d
		} else {
			out[i] = a[i&am] % d
		}
		return nil
	}
	return rowsUntil(sel, n, one)
}

func divideConstant[T int32 | int64](op plan.ArithmeticOp, out, a []T, d T) {
	out = out[:len(a)]
	by, ok := divisorOf(int64(d))
	switch {
	case ok && op == plan.Divide:
		for i, x := range a {
			out[i] = T(by.quotient(int64(x)))
		}
	case ok:
		for i, x := range a {
			out[i] = x - T(by.quotient(int64(x)))*d
		}
	case op == plan.Divide:
		for i, x := range a {
			out[i] = x / d
		}
	default:
		for i, x := range a {
			out[i] = x % d
		}
	}
}

// divisor divides by a constant with a multiplication (Granlund and Montgomery,
// "Division by Invariant Integers using Multiplication", 1994, figure 5.2).
type divisor struct {
	m     int64 // floor(2^(63+l)/d) + 1 - 2^64, l the bits of d-1
	shift uint8 // l-1
}

// divisorOf is the divisor d > 1; ok is false for others.
func divisorOf(d int64) (v divisor, ok bool) {
	if d < 2 {
		return v, false
	}
	l := bits.Len64(uint64(d - 1))
	q, _ := bits.Div64(1<<(l-1), 0, uint64(d))
	return divisor{int64(q + 1), uint8(l - 1)}, true
}

// quotient is n/d, toward zero.
func (v divisor) quotient(n int64) int64 {
	hi, _ := bits.Mul64(uint64(v.m), uint64(n))
	high := int64(hi) - v.m>>63&n - n>>63&v.m // of the signed product
	return (n+high)>>(v.shift&63) - n>>63
}

// rowsUntil calls f with each row of sel until one fails.
func rowsUntil(sel []int32, n int, f func(i int) error) error {
	if sel == nil {
		for i := 0; i < n; i++ {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range sel {
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// floats is the kernel of op over floating point numbers, as IEEE 754 and Java have
// it: division by zero is an infinity, % keeps the sign of the dividend.
func floats[T float32 | float64](slots func(*vector.Vector) []T, op plan.ArithmeticOp) kernel {
	switch op {
	case plan.Divide:
		return func(out, l, r *vector.Vector, sel []int32, n int) error {
			o, a, b, am, bm := slots(out), slots(l), slots(r), l.Mask(), r.Mask()
			for i := range o[:n] {
				o[i] = a[i&am] / b[i&bm]
			}
			return nil
		}
	case plan.Modulo:
		return func(out, l, r *vector.Vector, sel []int32, n int) error {
			o, a, b, am, bm := slots(out), slots(l), slots(r), l.Mask(), r.Mask()
			rows(sel, n, func(i int) { o[i] = T(math.Mod(float64(a[i&am]), float64(b[i&bm]))) })
			return nil
		}
	}
	return simple(slots, op)
}

// simple is the kernel of +, - and *, which are computed for rows that are not
// selected, too.
func simple[T number](slots func(*vector.Vector) []T, op plan.ArithmeticOp) kernel {
	var vv func(out, a, b []T)
	var vc func(out, a []T, c T)
	switch op {
	case plan.Add:
		vv, vc = addSlots[T], addConstant[T]
	case plan.Subtract:
		vv, vc = subSlots[T], subConstant[T]
	default:
		vv, vc = mulSlots[T], mulConstant[T]
	}
	return func(out, l, r *vector.Vector, sel []int32, n int) error {
		o, a, b := slots(out)[:n], slots(l), slots(r)
		lc, rc := l.Mask() == 0, r.Mask() == 0
		switch {
		case len(sel) > 0 && len(sel) < n/8:
			selected(op, o, a, b, l.Mask(), r.Mask(), sel)
		case !lc && !rc:
			vv(o, a[:n], b[:n])
		case !lc:
			vc(o, a[:n], b[0])
		case op == plan.Subtract && !rc:
			subFromConstant(o, b[:n], a[0])
		case !rc:
			vc(o, b[:n], a[0])
		default:
			selected(op, o, a, b, 0, 0, all(make([]int32, n)[:0], nil, n))
		}
		return nil
	}
}

func selected[T number](op plan.ArithmeticOp, out, a, b []T, am, bm int, sel []int32) {
	switch op {
	case plan.Add:
		for _, i := range sel {
			out[i] = a[int(i)&am] + b[int(i)&bm]
		}
	case plan.Subtract:
		for _, i := range sel {
			out[i] = a[int(i)&am] - b[int(i)&bm]
		}
	default:
		for _, i := range sel {
			out[i] = a[int(i)&am] * b[int(i)&bm]
		}
	}
}

func addSlots[T number](out, a, b []T) {
	out, b = out[:len(a)], b[:len(a)]
	for i, x := range a {
		out[i] = x + b[i]
	}
}

func addConstant[T number](out, a []T, c T) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = x + c
	}
}

func subSlots[T number](out, a, b []T) {
	out, b = out[:len(a)], b[:len(a)]
	for i, x := range a {
		out[i] = x - b[i]
	}
}

func subConstant[T number](out, a []T, c T) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = x - c
	}
}

func subFromConstant[T number](out, b []T, c T) {
	out = out[:len(b)]
	for i, x := range b {
		out[i] = c - x
	}
}

func mulSlots[T number](out, a, b []T) {
	out, b = out[:len(a)], b[:len(a)]
	for i, x := range a {
		out[i] = x * b[i]
	}
}

func mulConstant[T number](out, a []T, c T) {
	out = out[:len(a)]
	for i, x := range a {
		out[i] = x * c
	}
}
