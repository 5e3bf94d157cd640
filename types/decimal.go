package types

// Arithmetic of DECIMAL(p, s) as Flink's DecimalDataUtils does it on Java's
// BigDecimal.
//
//  1. A value is its unscaled number; scales are properties of the types, so an
//     operation is planned once (DecimalOp) and then applied to many pairs.
//  2. Add, Sub, Mul: the exact result, rounded HALF_UP to the scale of the result
//     type, NULL (ok false) where it needs more than the type's digits.
//  3. Div: the quotient rounded HALF_UP to 38 significant digits and then, again
//     HALF_UP, to the scale of the result type. Rounding twice differs from
//     rounding once only if the first lands on a tie, which needs digits of the
//     divisor and of the quotient to exceed 38 together; below that one division
//     does.
//  4. Mod: exact; the sign is the dividend's.
//
// Where everything fits in 128 bits no wider arithmetic is done.

import "errors"

// Errors of values. They carry no context: the caller names the expression, the
// record and the value.
var (
	ErrOverflow       = errors.New("the value is out of the range of its type")
	ErrSyntax         = errors.New("the text is not a value of the type")
	ErrDivisionByZero = errors.New("division by zero")
	ErrDivision       = errors.New("division impossible: the integer quotient has more than 38 digits")
)

// DecimalOp is a binary operation on operands of scales S1 and S2 whose result is
// a DECIMAL(P, S).
type DecimalOp struct{ S1, S2, P, S int }

// Add is a+b; ok is false where the result is NULL.
func (o DecimalOp) Add(a, b Int128) (r Int128, ok bool) {
	if o.S1 == o.S2 && o.S1 == o.S {
		r = a.Add(b)
		return r, FitsDecimal(r, o.P)
	}
	s := max(o.S1, o.S2)
	if o.S1-o.S2 > 0 {
		a, b = b, a // a has the smaller scale
	}
	return addScaled(a, b, s-min(o.S1, o.S2), s, o.P, o.S)
}

// Sub is a-b; ok is false where the result is NULL.
func (o DecimalOp) Sub(a, b Int128) (r Int128, ok bool) { return o.Add(a, b.Neg()) }

// addScaled is a*10^up + b at scale s, as a DECIMAL(p, to).
func addScaled(a, b Int128, up, s, p, to int) (Int128, bool) {
	ua, na := a.abs()
	ub, nb := b.abs()
	x, ok := wide(ua).mulPow10(up)
	if !ok {
		return Int128{}, false
	}
	y := wide(ub)
	switch {
	case na == nb:
		x = x.add(y)
	case x.cmp(y) >= 0:
		x = x.sub(y)
	default:
		x, na = y.sub(x), nb
	}
	return rescaleWide(x, na, s, p, to)
}

// Mul is a*b; ok is false where the result is NULL.
func (o DecimalOp) Mul(a, b Int128) (Int128, bool) {
	if x, ok := a.Int64(); ok && o.S == o.S1+o.S2 {
		if y, ok := b.Int64(); ok {
			r := mulInt64(x, y)
			return r, FitsDecimal(r, o.P)
		}
	}
	ua, na := a.abs()
	ub, nb := b.abs()
	return rescaleWide(mul128(ua, ub), na != nb, o.S1+o.S2, o.P, o.S)
}

// mulInt64 is the exact product.
func mulInt64(x, y int64) Int128 { return Int128Of(x).Mul(Int128Of(y)) }

// Div is a/b. ok is false where the result is NULL; err is ErrDivisionByZero.
func (o DecimalOp) Div(a, b Int128) (r Int128, ok bool, err error) {
	ua, na := a.abs()
	ub, nb := b.abs()
	if ub.isZero() {
		return r, false, ErrDivisionByZero
	}
	if ua.isZero() {
		return r, true, nil
	}
	da, db := ua.digits(), ub.digits()
	if k := o.S - o.S1 + o.S2; k >= 0 && da+k <= 38 {
		n, _ := wide(ua).mul(pow10[k])
		u, _ := n.narrow()
		q, rest := u.div(ub)
		if q.digits()+db <= 38 {
			if !rest.less(ub.half()) {
				q = q.add(uint128{0, 1})
			}
			r = q.signed(na != nb)
			return r, FitsDecimal(r, o.P), nil
		}
	}
	// e digits are appended to a so that the quotient has 38 digits or 39.
	e := 38 - da + db
	n, _ := wide(ua).mulPow10(e) // below 10^(38+db), so below 2^256
	q, rest := n.div(ub)
	if q.cmp(wide(pow10[38])) >= 0 {
		q, _ = q.add(uint256{5}).div(uint128{0, 10})
		e--
	} else if !rest.less(ub.half()) {
		q = q.add(uint256{1})
	}
	r, ok = rescaleWide(q, na != nb, e+o.S1-o.S2, o.P, o.S)
	return r, ok, nil
}

// half is the least remainder of a division by u that rounds up.
func (u uint128) half() uint128 { return u.add(uint128{0, u.lo & 1}).shiftRight() }

func (u uint128) shiftRight() uint128 { return uint128{u.hi >> 1, u.lo>>1 | u.hi<<63} }

// div is u/d and u%d.
func (u uint128) div(d uint128) (q, r uint128) {
	if d.hi == 0 {
		q, rest := u.div64(d.lo)
		return q, uint128{0, rest}
	}
	w, r := wide(u).div(d)
	q, _ = w.narrow()
	return q, r
}

// Mod is a%b, with the sign of a. ok is false where the result is NULL; err is
// ErrDivisionByZero or ErrDivision.
func (o DecimalOp) Mod(a, b Int128) (r Int128, ok bool, err error) {
	ua, na := a.abs()
	ub, _ := b.abs()
	if ub.isZero() {
		return r, false, ErrDivisionByZero
	}
	s := max(o.S1, o.S2)
	x, okx := wide(ua).mulPow10(s - o.S1)
	y, oky := wide(ub).mulPow10(s - o.S2)
	d, narrow := y.narrow()
	if !okx || !oky {
		return r, false, ErrOverflow // unreachable for 38 digits and scales to 38
	}
	rest := x
	if narrow { // else b is the larger: what is left of a is a
		q, m := x.div(d)
		rest = wide(m)
		if !integral38(q) {
			return r, false, ErrDivision
		}
	}
	r, ok = rescaleWide(rest, na, s, o.P, o.S)
	return r, ok, nil
}

// integral38 says whether q has at most 38 significant digits, trailing zeros
// left aside: what BigDecimal.remainder demands of the integer quotient under a
// precision of 38.
func integral38(q uint256) bool {
	for q.cmp(wide(pow10[38])) >= 0 {
		next, digit := q.div(uint128{0, 10})
		if digit.lo != 0 {
			return false
		}
		q = next
	}
	return true
}

// FitsDecimal says whether a has at most p digits; p is at most 38.
func FitsDecimal(a Int128, p int) bool {
	u, _ := a.abs()
	return u.less(pow10[p])
}

// Rescale changes the scale of a from one to another, HALF_UP, and checks that
// it has at most p digits; ok is false where it has not.
func Rescale(a Int128, from, to, p int) (r Int128, ok bool) {
	switch {
	case from == to:
		return a, FitsDecimal(a, p)
	case from < to:
		u, negative := a.abs()
		if u.isZero() {
			return a, true
		}
		if u.digits()+to-from > p {
			return Int128{}, false
		}
		w, _ := wide(u).mul(pow10[to-from])
		u, _ = w.narrow()
		return u.signed(negative), true
	}
	u, negative := a.abs()
	u = u.divPow10(from - to)
	return u.signed(negative), u.less(pow10[p])
}

// Rescale64 is Rescale for a DECIMAL that an int64 holds before and after: from
// and p at most 18.
func Rescale64(a int64, from, to, p int) (r int64, ok bool) {
	switch {
	case from < to:
		n := to - from
		if n > p {
			return 0, a == 0
		}
		limit := pow10Int64[p-n]
		return a * pow10Int64[n], a < limit && -a < limit
	case from > to:
		d := pow10Int64[from-to]
		if a < 0 {
			r = -((-a + d/2) / d)
		} else {
			r = (a + d/2) / d
		}
	default:
		r = a
	}
	return r, r < pow10Int64[p] && -r < pow10Int64[p]
}

// Pow10 is 10^n for n in 0..18.
func Pow10(n int) int64 { return pow10Int64[n] }

// divPow10 is u/10^n, HALF_UP.
func (u uint128) divPow10(n int) uint128 {
	if n >= len(pow10) { // u < 10^38 is less than half of 10^39
		return uint128{}
	}
	d := pow10[n]
	u = u.add(d.shiftRight())
	q, _ := u.div(d)
	return q
}

// rescaleWide is the magnitude x with its sign at scale from, as a DECIMAL(p, to).
func rescaleWide(x uint256, negative bool, from, p, to int) (Int128, bool) {
	for from > to {
		n := min(from-to, 38)
		if from-to > 38 {
			// Dividing in two steps: the first drops digits without rounding,
			// since HALF_UP looks at one digit alone.
			n = from - to - 38
			n = min(n, 38)
			x, _ = x.div(pow10[n])
		} else {
			x, _ = x.add(wide(pow10[n].shiftRight())).div(pow10[n])
		}
		from -= n
	}
	u, ok := x.narrow()
	if !ok || !u.less(pow10[p]) {
		return Int128{}, false
	}
	if from < to {
		return Rescale(u.signed(negative), from, to, p)
	}
	return u.signed(negative), true
}

// DecimalFloor is the greatest integer not above a, at scale 0.
func DecimalFloor(a Int128, scale int) Int128 { return roundWhole(a, scale, true) }

// DecimalCeil is the least integer not below a, at scale 0.
func DecimalCeil(a Int128, scale int) Int128 { return roundWhole(a, scale, false) }

func roundWhole(a Int128, scale int, down bool) Int128 {
	u, negative := a.abs()
	q, r := u.div(pow10[scale])
	if !r.isZero() && negative == down {
		q = q.add(uint128{0, 1})
	}
	return q.signed(negative)
}

// DecimalTruncate is a at the given scale without its fraction: CAST to an
// integer type, before it wraps.
func DecimalTruncate(a Int128, scale int) Int128 {
	if scale == 0 {
		return a
	}
	u, negative := a.abs()
	q, _ := u.div(pow10[scale])
	return q.signed(negative)
}

// DecimalRound is ROUND(a, digits) of a DECIMAL(p, scale), at the scale of
// RoundDecimalType; digits may be negative. ok is false where it is NULL.
func DecimalRound(a Int128, p, scale, digits int) (r Int128, ok bool) {
	if digits >= scale {
		return a, true
	}
	tp, ts := RoundDecimalType(p, scale, digits)
	u, negative := a.abs()
	u = u.divPow10(scale - digits)
	if digits >= 0 {
		return u.signed(negative), u.less(pow10[tp])
	}
	if u.isZero() {
		return Int128{}, true
	}
	return rescaleUp(u, negative, -digits, tp, ts)
}

func rescaleUp(u uint128, negative bool, n, p, s int) (Int128, bool) {
	if u.digits()+n > p {
		return Int128{}, false
	}
	w, _ := wide(u).mul(pow10[n])
	u, _ = w.narrow()
	return u.signed(negative), true
}

// DecimalCompare orders a at scale s1 and b at scale s2.
func DecimalCompare(a Int128, s1 int, b Int128, s2 int) int {
	if s1 == s2 {
		return a.Cmp(b)
	}
	if sa, sb := a.Sign(), b.Sign(); sa != sb {
		if sa < sb {
			return -1
		}
		return 1
	}
	ua, negative := a.abs()
	ub, _ := b.abs()
	x, _ := wide(ua).mulPow10(max(0, s2-s1))
	y, _ := wide(ub).mulPow10(max(0, s1-s2))
	if negative {
		return y.cmp(x)
	}
	return x.cmp(y)
}
