package twin

import (
	"math"
	"math/big"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
)

// floatText writes a DOUBLE as Java 17's Double.toString.
//
//  1. Up to 2^62 a whole number with no more bits below the point is written out; the
//     digits that its last binary place cannot tell apart become zeros, the last kept
//     one rounded half up.
//  2. Any other number is d = B/S * 10^e with 1 <= B/S < 10. Digits are taken from the
//     top until what is left is less than M, or more than 10 - M: half the distance to
//     the next number (a quarter of it below a power of two, which Java takes for both
//     sides). Outside 10^-3..10^8 at least two digits are taken. This is not always the
//     shortest text that reads back: 10^23 becomes 9.999999999999999E22.
//  3. The last digit is rounded up if what is left says so, to even on a tie.
//  4. From 10^-3 to below 10^7 it is written plainly, else as d.dddE±x.
func floatText(f float64) string { return javaText(f, 53, -1074) }

// float32Text is Float.toString, which is the same with fewer bits.
func float32Text(f float32) string { return javaText(float64(f), 24, -149) }

// javaText writes a number of so many bits, whose last place is at least 2^least.
func javaText(f float64, size, least int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		if math.Signbit(f) {
			return "-0.0"
		}
		return "0.0"
	case f < 0:
		return "-" + javaText(-f, size, least)
	}
	digits, exponent := floatDigits(f, size, least)
	digits = strings.TrimRight(digits, "0")
	if exponent < -3 || exponent >= 7 {
		rest := digits[1:]
		if rest == "" {
			rest = "0"
		}
		return digits[:1] + "." + rest + "E" + strconv.Itoa(exponent)
	}
	for len(digits) < exponent+2 {
		digits += "0"
	}
	for ; exponent < 0; exponent++ {
		digits = "0" + digits
	}
	return digits[:exponent+1] + "." + digits[exponent+1:]
}

// floatDigits are the decimal digits of f and the power of ten of the first.
func floatDigits(f float64, size, least int) (string, int) {
	// f is m * 2^e, m odd; its precision is ulp = 2^u.
	m, e := split(f)
	u := max(e+bits.Len64(m)-size, least)
	top := e + bits.Len64(m) - 1 // f is within [2^top, 2^(top+1))
	if e >= 0 && top <= 62 {
		return wholeDigits(m<<e, top-size)
	}
	// B, S and M over one denominator.
	half := u - 1
	if m == 1 {
		half--
	}
	scale := min(e, half)
	B := new(big.Int).Lsh(new(big.Int).SetUint64(m), uint(e-scale))
	M := new(big.Int).Lsh(big.NewInt(1), uint(half-scale))
	S := big.NewInt(1)
	if scale < 0 {
		S.Lsh(S, uint(-scale))
	} else {
		B.Lsh(B, uint(scale))
		M.Lsh(M, uint(scale))
	}
	ten := big.NewInt(10)
	exponent := 0
	for B.Cmp(new(big.Int).Mul(S, ten)) >= 0 {
		S.Mul(S, ten)
		exponent++
	}
	for B.Cmp(S) < 0 {
		B.Mul(B, ten)
		M.Mul(M, ten)
		exponent--
	}
	var digits []byte
	low, high := false, false
	for n := 1; !low && !high; n++ {
		q, r := new(big.Int).QuoRem(B, S, new(big.Int))
		digits = append(digits, byte('0'+q.Int64()))
		low = r.Cmp(M) < 0
		high = new(big.Int).Add(r, M).Cmp(S) > 0
		if n == 1 && (exponent < -3 || exponent >= 8) {
			low, high = false, false
		}
		B = r.Mul(r, ten)
		M.Mul(M, ten)
	}
	// B and M have gone one digit further than the decision.
	up := high
	if high && low {
		tie := new(big.Int).Lsh(B, 1).Cmp(new(big.Int).Mul(S, ten))
		up = tie > 0 || tie == 0 && (digits[len(digits)-1]-'0')%2 == 1
	}
	if up {
		return roundUp(digits, exponent)
	}
	return string(digits), exponent
}

// split is f = m * 2^e with m odd.
func split(f float64) (m uint64, e int) {
	b := math.Float64bits(f)
	m, e = b&(1<<52-1), int(b>>52&2047)
	if e == 0 {
		e = 1
	} else {
		m |= 1 << 52
	}
	z := bits.TrailingZeros64(m)
	return m >> z, e - 1075 + z
}

// wholeDigits writes n, whose last `below` binary places are not known.
func wholeDigits(n uint64, below int) (string, int) {
	text := strconv.FormatUint(n, 10)
	exponent := len(text) - 1
	unknown := 0
	if below > 1 {
		unknown = int(float64(below-1) * math.Log10(2))
	}
	if unknown == 0 {
		return text, exponent
	}
	digits := []byte(text[:len(text)-unknown])
	if text[len(text)-unknown] >= '5' {
		return roundUp(digits, exponent)
	}
	return string(digits), exponent
}

func roundUp(digits []byte, exponent int) (string, int) {
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] < '9' {
			digits[i]++
			return string(digits), exponent
		}
		digits[i] = '0'
	}
	return "1" + string(digits), exponent + 1
}

// javaFloat is what Double.parseDouble takes: spaces around, a suffix of f or d,
// hexadecimal with a binary exponent, NaN and Infinity spelt so.
var javaFloat = regexp.MustCompile(`^[+-]?(NaN|Infinity|((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|0[xX]([0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?\d+)[fFdD]?)$`)

// parseFloat reads a double as Java does; ok is false where Java throws.
func parseFloat(s string) (f float64, ok bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if !javaFloat.MatchString(s) {
		return 0, false
	}
	if !strings.HasSuffix(s, "Infinity") {
		s = strings.TrimRight(s, "fFdD")
	}
	if strings.TrimLeft(s, "+-") == "NaN" {
		return math.NaN(), true
	}
	f, _ = strconv.ParseFloat(s, 64) // its only error is an overflow, and f is infinite then, as Java's
	return f, true
}
