package types

// Text and floating point of DECIMAL.
//
// Parsing keeps the digits up to the target's scale and looks at the one after:
// HALF_UP needs no more. There are two grammars:
//
//   - ParseDecimal: Java's BigDecimal(String): [+-] digits [. digits] [e [+-] digits].
//   - CastDecimal: CAST(text AS DECIMAL). Spaces, tabs and newlines around the
//     number are dropped. For at most 18 bytes and 18 digits Flink uses a reader of
//     its own that counts leading zeros as digits ('0.5' is no DECIMAL(1, 1)).

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// View is b as a string without a copy: b must not change while it is used.
func View(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// maxDecimalText is the most bytes of a DECIMAL as text: sign, point, 39 digits
// and the leading zero, or an exponent.
const maxDecimalText = 48

// AppendDecimal writes a at the given scale without an exponent: -1.50, 0.00. It
// is BigDecimal.toPlainString and CAST(x AS STRING).
func AppendDecimal(dst []byte, a Int128, scale int) []byte {
	var buf [40]byte
	u, negative := a.abs()
	digits := u.digitsInto(&buf)
	if negative {
		dst = append(dst, '-')
	}
	return appendPoint(dst, digits, len(digits)-scale)
}

// AppendDecimalScientific writes a as BigDecimal.toString does, which is what
// print shows: as AppendDecimal down to six zeros after the point, else with an
// exponent (0E-18, 1.5E-7).
func AppendDecimalScientific(dst []byte, a Int128, scale int) []byte {
	var buf [40]byte
	u, negative := a.abs()
	digits := u.digitsInto(&buf)
	exponent := len(digits) - 1 - scale
	if scale == 0 || exponent >= -6 {
		return AppendDecimal(dst, a, scale)
	}
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// digitsInto writes u in decimal to the end of buf.
func (u uint128) digitsInto(buf *[40]byte) []byte {
	const chunk = 1e19
	i := len(buf)
	for u.hi != 0 {
		var rest uint64
		u, rest = u.div64(chunk)
		for range 19 {
			i--
			buf[i] = byte('0' + rest%10)
			rest /= 10
		}
	}
	n := u.lo
	for {
		i--
		buf[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return buf[i:]
		}
	}
}

// appendPoint writes digits with a decimal point after the first n of them, and
// zeros where n is not within.
func appendPoint(dst, digits []byte, n int) []byte {
	if n <= 0 {
		dst = append(dst, "0."...)
		for range -n {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:n]...)
	if n < len(digits) {
		dst = append(dst, '.')
		dst = append(dst, digits[n:]...)
	}
	return dst
}

// ParseDecimal reads a DECIMAL(p, scale) as formats do (new BigDecimal(s), then
// rounded HALF_UP). The error is ErrSyntax or ErrOverflow.
func ParseDecimal(s string, p, scale int) (Int128, error) {
	n, ok := scanDecimal(s)
	if !ok {
		return Int128{}, ErrSyntax
	}
	return n.at(p, scale)
}

// CastDecimal reads a DECIMAL(p, scale) as CAST does. The error is ErrSyntax or
// ErrOverflow; to Flink both are a failed cast.
func CastDecimal(s string, p, scale int) (Int128, error) {
	long := len(s) > 18 || p > 18
	for len(s) > 0 && isCastSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isCastSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	n, ok := scanDecimal(s)
	if !ok {
		return Int128{}, ErrSyntax
	}
	if !long && n.count+n.exponent+scale > p {
		return Int128{}, ErrOverflow
	}
	return n.at(p, scale)
}

func isCastSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

// decimalText is a number taken apart: the count digits in text (which may hold
// one point), times ten to the exponent.
type decimalText struct {
	text     string
	count    int
	exponent int
	negative bool
}

// scanDecimal takes s apart by the grammar of BigDecimal.
func scanDecimal(s string) (n decimalText, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n.negative = s[0] == '-'
		s = s[1:]
	}
	point := -1
	i := 0
	for ; i < len(s); i++ {
		if c := s[i]; c >= '0' && c <= '9' {
			n.count++
		} else if c == '.' && point < 0 {
			point = i
		} else {
			break
		}
	}
	n.text = s[:i]
	if n.count == 0 {
		return n, false
	}
	if i < len(s) {
		if n.exponent, ok = scanExponent(s[i:]); !ok {
			return n, false
		}
	}
	if point >= 0 {
		n.exponent -= i - point - 1
	}
	return n, true
}

// maxExponent bounds the exponents that are told apart: what lies beyond is zero
// or too large for any DECIMAL.
const maxExponent = 1 << 40

// scanExponent reads e, a sign and digits.
func scanExponent(s string) (e int, ok bool) {
	if len(s) < 2 || s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	negative := s[1] == '-'
	s = s[1:]
	if negative || s[0] == '+' {
		s = s[1:]
	}
	if s == "" {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		if e < maxExponent {
			e = e*10 + int(s[i]-'0')
		}
	}
	if e > math.MaxInt32 {
		return 0, false // BigDecimal refuses what is not an int
	}
	if negative {
		e = -e
	}
	return e, true
}

// at is n as the unscaled number of a DECIMAL(p, scale), rounded HALF_UP.
func (n decimalText) at(p, scale int) (Int128, error) {
	keep := n.count + n.exponent + scale // digits before the rounding place
	var u uint128
	used, seen := 0, 0
	round := false
	for i := 0; i < len(n.text); i++ {
		c := n.text[i]
		if c == '.' {
			continue
		}
		if seen++; seen > keep {
			round = seen == keep+1 && c >= '5'
			break
		}
		if used > 0 || c != '0' {
			used++
		}
		if used > p {
			return Int128{}, ErrOverflow
		}
		u = u.times10(uint64(c - '0'))
	}
	if round {
		u = u.add(uint128{0, 1})
	}
	if up := keep - n.count; up > 0 && !u.isZero() {
		if used+up > p {
			return Int128{}, ErrOverflow
		}
		w, _ := wide(u).mul(pow10[up])
		u, _ = w.narrow()
	}
	if !u.less(pow10[p]) {
		return Int128{}, ErrOverflow
	}
	return u.signed(n.negative), nil
}

// times10 is u*10+digit, below 2^128.
func (u uint128) times10(digit uint64) uint128 {
	if u.hi == 0 && u.lo < 1<<60 {
		return uint128{0, u.lo*10 + digit}
	}
	hi, lo := bits.Mul64(u.lo, 10)
	lo, carry := bits.Add64(lo, digit, 0)
	return uint128{u.hi*10 + hi + carry, lo}
}

// DecimalFromFloat64 is CAST(f AS DECIMAL(p, scale)): the digits that Java prints
// for f, rounded HALF_UP. ok is false where the result is NULL; a NaN or an
// infinity is the caller's to refuse first (Flink fails the record).
func DecimalFromFloat64(f float64, p, scale int) (Int128, bool) {
	var buf [32]byte
	n, ok := scanDecimal(View(AppendFloat64(buf[:0], f)))
	if !ok {
		return Int128{}, false
	}
	r, err := n.at(p, scale)
	return r, err == nil
}

// DecimalToFloat64 is CAST(a AS DOUBLE) of a DECIMAL(p, scale). Up to 18 digits
// Flink divides two doubles; above, it rounds once.
func DecimalToFloat64(a Int128, p, scale int) float64 {
	if p <= 18 {
		return Decimal64ToFloat64(int64(a.Lo), scale)
	}
	if v, ok := a.Int64(); ok && scale <= 22 && v > -1<<53 && v < 1<<53 {
		return float64(v) / float64Pow10[scale]
	}
	var buf [maxDecimalText]byte
	f, _ := strconv.ParseFloat(View(AppendDecimal(buf[:0], a, scale)), 64)
	return f
}

// Decimal64ToFloat64 is DecimalToFloat64 for at most 18 digits.
func Decimal64ToFloat64(a int64, scale int) float64 {
	return float64(a) / float64Pow10[scale]
}

// float64Pow10 are the powers of ten that a double holds exactly.
var float64Pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}
