package types

// 128-bit integers, the unscaled numbers of DECIMAL(19..38, s), and the 256-bit
// magnitudes that products and quotients pass through.
//
//  1. An Int128 is two's complement: Hi carries the sign, Lo the low 64 bits.
//     The 38 digits of a DECIMAL need 127 bits, so a sum of two never overflows.
//  2. Multiplication, division and rescaling work on magnitudes and put the sign
//     back at the end; HALF_UP rounds the magnitude, so it is the same for both
//     signs.
//  3. A product of two 38-digit numbers has at most 76 digits, which fit in 253
//     bits. Division of 256 bits by 128 is Knuth's algorithm D, 64 bits a digit
//     (The Art of Computer Programming, volume 2, 4.3.1).

import (
	"math"
	"math/bits"
)

// Int128 is a two's complement integer of 128 bits. Arithmetic wraps.
type Int128 struct {
	Hi int64
	Lo uint64
}

// Int128Of widens v.
func Int128Of(v int64) Int128 { return Int128{v >> 63, uint64(v)} }

// Int128 is the unscaled number of a DECIMAL value.
func (v Value) Int128() Int128 { return Int128{v.Hi, uint64(v.I)} }

// DecimalValue is the DECIMAL value with the unscaled number n.
func DecimalValue(n Int128) Value { return Value{I: int64(n.Lo), Hi: n.Hi} }

// Int64 is the low half of a, and whether a fits in it.
func (a Int128) Int64() (int64, bool) { return int64(a.Lo), a.Hi == int64(a.Lo)>>63 }

// Add is a+b.
func (a Int128) Add(b Int128) Int128 {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	return Int128{a.Hi + b.Hi + int64(carry), lo}
}

// Sub is a-b.
func (a Int128) Sub(b Int128) Int128 {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	return Int128{a.Hi - b.Hi - int64(borrow), lo}
}

// Neg is -a.
func (a Int128) Neg() Int128 { return Int128{}.Sub(a) }

// Sign is -1, 0 or 1.
func (a Int128) Sign() int {
	switch {
	case a.Hi < 0:
		return -1
	case a.Hi == 0 && a.Lo == 0:
		return 0
	}
	return 1
}

// Cmp is -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Int128) Cmp(b Int128) int {
	switch {
	case a.Hi != b.Hi:
		if a.Hi < b.Hi {
			return -1
		}
		return 1
	case a.Lo != b.Lo:
		if a.Lo < b.Lo {
			return -1
		}
		return 1
	}
	return 0
}

// Mul is a*b, wrapped to 128 bits.
func (a Int128) Mul(b Int128) Int128 {
	hi, lo := bits.Mul64(a.Lo, b.Lo)
	return Int128{int64(hi + a.Lo*uint64(b.Hi) + uint64(a.Hi)*b.Lo), lo}
}

// uint128 is a magnitude.
type uint128 struct{ hi, lo uint64 }

// abs is the magnitude of a and whether a is negative.
func (a Int128) abs() (uint128, bool) {
	if a.Hi < 0 {
		a = a.Neg()
		return uint128{uint64(a.Hi), a.Lo}, true
	}
	return uint128{uint64(a.Hi), a.Lo}, false
}

// signed is u with its sign put back; u is below 2^127.
func (u uint128) signed(negative bool) Int128 {
	a := Int128{int64(u.hi), u.lo}
	if negative {
		return a.Neg()
	}
	return a
}

func (u uint128) less(v uint128) bool { return u.hi < v.hi || u.hi == v.hi && u.lo < v.lo }

func (u uint128) isZero() bool { return u.hi|u.lo == 0 }

func (u uint128) add(v uint128) uint128 {
	lo, carry := bits.Add64(u.lo, v.lo, 0)
	return uint128{u.hi + v.hi + carry, lo}
}

// div64 is u/d and u%d.
func (u uint128) div64(d uint64) (uint128, uint64) {
	hi, r := u.hi/d, u.hi%d
	lo, r := bits.Div64(r, u.lo, d)
	return uint128{hi, lo}, r
}

// pow10 are the powers of ten that fit in 128 bits; the first 20 in 64.
var pow10 [39]uint128

// pow10Int64 are the powers of ten that fit in an int64.
var pow10Int64 [19]int64

func init() {
	pow10[0] = uint128{0, 1}
	for i := 1; i < len(pow10); i++ {
		hi, lo := bits.Mul64(pow10[i-1].lo, 10)
		pow10[i] = uint128{hi + pow10[i-1].hi*10, lo}
	}
	for i := range pow10Int64 {
		pow10Int64[i] = int64(pow10[i].lo)
	}
}

// digits is the number of decimal digits of u, 1 for zero.
func (u uint128) digits() int {
	n := bits.Len64(u.lo)
	if u.hi != 0 {
		n = 64 + bits.Len64(u.hi)
	}
	// 1233/4096 is log10(2) from above, close enough for 128 bits.
	d := n * 1233 >> 12
	if d < len(pow10) && !u.less(pow10[d]) {
		d++
	}
	if d == 0 {
		return 1
	}
	return d
}

// uint256 is a magnitude, the least significant word first.
type uint256 [4]uint64

func wide(u uint128) uint256 { return uint256{u.lo, u.hi} }

// narrow is x as 128 bits, and whether it fits.
func (x uint256) narrow() (uint128, bool) { return uint128{x[1], x[0]}, x[2]|x[3] == 0 }

// mul128 is the exact product of a and b.
func mul128(a, b uint128) uint256 {
	h00, l00 := bits.Mul64(a.lo, b.lo)
	h01, l01 := bits.Mul64(a.lo, b.hi)
	h10, l10 := bits.Mul64(a.hi, b.lo)
	h11, l11 := bits.Mul64(a.hi, b.hi)
	x1, c1 := bits.Add64(h00, l01, 0)
	x1, c2 := bits.Add64(x1, l10, 0)
	x2, c3 := bits.Add64(h01, h10, c1)
	x2, c4 := bits.Add64(x2, l11, c2)
	return uint256{l00, x1, x2, h11 + c3 + c4}
}

// mul is x*m, and whether it stayed below 2^256.
func (x uint256) mul(m uint128) (uint256, bool) {
	low := mul128(uint128{x[1], x[0]}, m)
	high := mul128(uint128{x[3], x[2]}, m)
	var c uint64
	low[2], c = bits.Add64(low[2], high[0], 0)
	low[3], c = bits.Add64(low[3], high[1], c)
	return low, c == 0 && high[2]|high[3] == 0
}

// mulPow10 is x*10^n for n in 0..76, and whether it stayed below 2^256.
func (x uint256) mulPow10(n int) (uint256, bool) {
	if n >= len(pow10) {
		y, ok := x.mul(pow10[38])
		if !ok {
			return y, false
		}
		return y.mul(pow10[n-38])
	}
	return x.mul(pow10[n])
}

func (x uint256) add(y uint256) uint256 {
	var c uint64
	for i := range x {
		x[i], c = bits.Add64(x[i], y[i], c)
	}
	return x
}

func (x uint256) sub(y uint256) uint256 {
	var b uint64
	for i := range x {
		x[i], b = bits.Sub64(x[i], y[i], b)
	}
	return x
}

func (x uint256) cmp(y uint256) int {
	for i := 3; i >= 0; i-- {
		if x[i] != y[i] {
			if x[i] < y[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// div is x/d and x%d; d is not zero.
func (x uint256) div(d uint128) (q uint256, r uint128) {
	if d.hi == 0 {
		var rem uint64
		for i := 3; i >= 0; i-- {
			q[i], rem = bits.Div64(rem, x[i], d.lo)
		}
		return q, uint128{0, rem}
	}
	// Normalize so that the divisor's top bit is set, then find one quotient
	// word at a time from the top two words of the remainder.
	s := uint(bits.LeadingZeros64(d.hi))
	dh, dl := d.hi<<s|d.lo>>(64-s), d.lo<<s // Go shifts by 64 to zero
	var n [5]uint64
	n[4] = x[3] >> (64 - s)
	for i := 3; i > 0; i-- {
		n[i] = x[i]<<s | x[i-1]>>(64-s)
	}
	n[0] = x[0] << s
	for j := 2; j >= 0; j-- {
		q[j] = divStep(&n, j, dh, dl)
	}
	return q, uint128{n[1] >> s, n[0]>>s | n[1]<<(64-s)}
}

// divStep is one round of algorithm D: it takes the quotient word of n[j:j+3]
// by dh:dl and subtracts what it stands for.
func divStep(n *[5]uint64, j int, dh, dl uint64) uint64 {
	q := uint64(math.MaxUint64)
	if n[j+2] < dh {
		var r uint64
		q, r = bits.Div64(n[j+2], n[j+1], dh)
		for {
			ph, pl := bits.Mul64(q, dl)
			if ph < r || ph == r && pl <= n[j] {
				break
			}
			q--
			r += dh
			if r < dh { // r no longer fits: the estimate cannot be too large
				break
			}
		}
	}
	ph, pl := bits.Mul64(q, dl)
	qh, ql := bits.Mul64(q, dh)
	ql, c := bits.Add64(ql, ph, 0)
	qh += c
	var b uint64
	n[j], b = bits.Sub64(n[j], pl, 0)
	n[j+1], b = bits.Sub64(n[j+1], ql, b)
	n[j+2], b = bits.Sub64(n[j+2], qh, b)
	for b != 0 { // the estimate was too large: add the divisor back
		q--
		n[j], c = bits.Add64(n[j], dl, 0)
		n[j+1], c = bits.Add64(n[j+1], dh, c)
		n[j+2], c = bits.Add64(n[j+2], 0, c)
		b -= c
	}
	return q
}
