package types

// Text of FLOAT and DOUBLE as Java 17 prints them (Double.toString), the Java
// that runs the Flink we agree with.
//
//  1. NaN, Infinity, 0.0 and their signs are words.
//  2. From 10^-3 to below 10^7 the number is plain with at least one digit after
//     the point; else d.dddE±x with at least one digit after the point.
//  3. The digits are the fewest that read back as the same number, except where
//     Java before 19 printed others: see javaDigits.

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// AppendFloat64 writes f as Double.toString does.
func AppendFloat64(dst []byte, f float64) []byte { return appendFloat(dst, f, 64) }

// AppendFloat32 writes f as Float.toString does.
func AppendFloat32(dst []byte, f float32) []byte { return appendFloat(dst, float64(f), 32) }

func appendFloat(dst []byte, f float64, size int) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.Signbit(f):
		dst = append(dst, '-')
		f = -f
	}
	switch {
	case math.IsInf(f, 0):
		return append(dst, "Infinity"...)
	case f == 0:
		return append(dst, "0.0"...)
	}
	var buf [32]byte
	digits, exponent := javaDigits(&buf, f, size)
	if f >= 1e-3 && f < 1e7 {
		return appendPlain(dst, digits, exponent)
	}
	dst = append(dst, digits[0], '.')
	if len(digits) == 1 {
		dst = append(dst, '0')
	}
	dst = append(dst, digits[1:]...)
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// appendPlain writes d.ddd * 10^exponent with a digit on both sides of the point.
func appendPlain(dst, digits []byte, exponent int) []byte {
	if n := exponent + 1; n >= len(digits) {
		dst = append(dst, digits...)
		for range n - len(digits) {
			dst = append(dst, '0')
		}
		return append(dst, ".0"...)
	}
	return appendPoint(dst, digits, exponent+1)
}

// javaDigits are the decimal digits of f > 0, without trailing zeros, and the
// exponent of the first. They are the shortest that read back as f, except that
// Java 17
//
//   - prints integers from 2^53 to 2^63 (FLOAT: from 2^24) with all digits that
//     their spacing makes significant (longDigits);
//   - holds the ends of the interval that reads back as f to be outside of it, and
//     that of a power of two to be narrower on both sides (exactDigits).
func javaDigits(buf *[32]byte, f float64, size int) (digits []byte, exponent int) {
	mantissa := 53
	if size == 32 {
		mantissa = 24
	}
	if f >= float64(uint64(1)<<mantissa) && f < 1<<63 {
		return longDigits(buf, uint64(f), mantissa)
	}
	digits, exponent = shortestDigits(buf, f, size)
	fraction, _ := math.Frexp(f)
	if f >= 1<<63 || fraction == 0.5 || len(digits) == 1 && (f < 1e-3 || f >= 1e7) {
		return exactDigits(buf, f, size)
	}
	return digits, exponent
}

// shortestDigits are the digits strconv finds.
func shortestDigits(buf *[32]byte, f float64, size int) (digits []byte, exponent int) {
	text := strconv.AppendFloat(buf[:0], f, 'e', -1, size)
	i := 1
	if text[1] == '.' {
		text[1] = text[0]
		text = text[1:]
		for i < len(text) && text[i] != 'e' {
			i++
		}
	}
	negative := text[i+1] == '-'
	for _, c := range text[i+2:] {
		exponent = exponent*10 + int(c-'0')
	}
	if negative {
		exponent = -exponent
	}
	return text[:i], exponent
}

// longDigits are the digits of the integer n, rounded to where a step of the
// last bit of its mantissa reaches.
func longDigits(buf *[32]byte, n uint64, mantissa int) (digits []byte, exponent int) {
	spare := max(0, bits.Len64(n)-1-mantissa-1)
	drop := spare * 1233 >> 12 // log10(2^spare)
	d := pow10[drop].lo
	rest := n % d
	n /= d
	if drop > 0 && rest >= d/2 {
		n++
	}
	text := strconv.AppendUint(buf[:0], n, 10)
	exponent = len(text) - 1 + drop
	return trimZeros(text), exponent
}

func trimZeros(digits []byte) []byte {
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits
}

// exactDigits generates digits one by one until what remains is less than half
// a step of the mantissa from f (Steele and White, "How to print floating-point
// numbers accurately", 1990), in exact arithmetic: few numbers come here.
//
// f is rest/scale, half a step is step/scale, all three brought to the least
// power of two, as Java does: its 64-bit sums overflow, and that shows.
func exactDigits(buf *[32]byte, f float64, size int) (digits []byte, exponent int) {
	fraction, e := math.Frexp(f)
	lead := e - 1 // f = 1.xxx * 2^lead
	mantissa := uint64(fraction * (1 << 53))
	tail := bits.TrailingZeros64(mantissa)
	mantissa >>= tail
	length := 53 - tail // bits of mantissa
	precision := significantBits(lead, size)

	exponent = estimateExponent(f)
	tiny := max(0, length-lead-1)
	up, down := max(0, -exponent), max(0, exponent) // powers of ten
	rest2, scale2 := up+tiny+lead, down+tiny
	step2 := rest2 - precision
	rest2 -= length - 1
	shared := min(rest2, scale2)
	rest2, scale2, step2 = rest2-shared, scale2-shared, step2-shared
	if length == 1 {
		step2-- // the step below a power of two is half of that above
	}
	if step2 < 0 {
		rest2, scale2, step2 = rest2-step2, scale2-step2, 0
	}
	five := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(n)), nil) }
	rest := five(up)
	rest.Mul(rest, new(big.Int).SetUint64(mantissa)).Lsh(rest, uint(rest2))
	scale := five(down)
	scale.Lsh(scale, uint(scale2))
	step := five(up)
	step.Lsh(step, uint(step2))

	word := 0
	bitsNeeded := max(length+rest2+five(up).BitLen(), scale2+1+five(down+1).BitLen())
	if bitsNeeded < 32 {
		word = 31
	} else if bitsNeeded < 64 {
		word = 63
	}
	return steeleWhite(buf[:0], rest, scale, step, exponent, word, f < 1e-3 || f >= 1e7)
}

// significantBits is the length of the mantissa of a number led by 2^lead;
// subnormal numbers have a shorter one.
func significantBits(lead, size int) int {
	if size == 32 {
		return min(24, lead+150)
	}
	return min(53, lead+1075)
}

// estimateExponent is the decimal exponent of f or one more, by the first terms
// of the logarithm's series around 1.5 (Gay, "Correctly rounded binary-decimal
// and decimal-binary conversions", 1990).
func estimateExponent(f float64) int {
	fraction, e := math.Frexp(f)
	return int(math.Floor((2*fraction-1.5)*0.289529654 + 0.176091259 + float64(e-1)*0.301029995663981))
}

// steeleWhite generates the digits. Where word is not 0 Java works in signed
// integers of that many bits: a sum that overflows compares as too small.
func steeleWhite(digits []byte, rest, scale, step *big.Int, exponent, word int, scientific bool) ([]byte, int) {
	ten, q, sum := big.NewInt(10), new(big.Int), new(big.Int)
	for first := true; ; first = false {
		q.QuoRem(rest, scale, rest)
		rest.Mul(rest, ten)
		step.Mul(step, ten)
		tens := new(big.Int).Mul(scale, ten)
		low := rest.Cmp(step) < 0
		sum.Add(rest, step)
		high := sum.Cmp(tens) > 0 && (word == 0 || sum.BitLen() <= word)
		if word == 63 && step.Bit(63) == 1 {
			low, high = true, true // Java sees that the step itself overflowed
		}
		if first && q.Sign() == 0 && !high {
			exponent-- // the estimate was one too large
		} else {
			digits = append(digits, byte('0'+q.Int64()))
		}
		if first && scientific {
			low, high = false, false // a scientific number has two digits
		}
		if low || high {
			twice := sum.Lsh(rest, 1).Cmp(tens)
			odd := (digits[len(digits)-1]-'0')&1 == 1
			if high && (!low || twice > 0 || twice == 0 && odd) {
				digits, exponent = roundUp(digits, exponent)
			}
			return trimZeros(digits), exponent
		}
	}
}

// roundUp adds one to the last digit. A leading zero, which exactDigits may
// leave, gives way to the carry.
func roundUp(digits []byte, exponent int) ([]byte, int) {
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			return digits[:i+1], exponent
		}
	}
	return append(digits[:0], '1'), exponent + 1
}
