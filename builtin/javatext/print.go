package javatext

import (
	"strconv"

	"tidemark.dev/types"
)

// AppendStripped writes a decimal as BigDecimal.stripTrailingZeros().toString() does:
// 1.5, 1E+2, 0.
func AppendStripped(dst []byte, x types.Int128, scale int) []byte {
	if x.Sign() == 0 {
		return append(dst, '0')
	}
	// The unscaled number's digits, and what of them is zeros at the end.
	var b [48]byte
	digits := types.AppendDecimal(b[:0], x, 0)
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		scale--
	}
	return AppendScaled(dst, digits, scale)
}

// AppendScaled writes digits, of which scale stand behind the point, as
// BigDecimal.toString does.
func AppendScaled(dst, digits []byte, scale int) []byte {
	n := len(digits)
	exponent := n - 1 - scale
	if scale < 0 || exponent < -6 {
		dst = append(dst, digits[0])
		if n > 1 {
			dst = append(append(dst, '.'), digits[1:]...)
		}
		dst = append(dst, 'E')
		if exponent >= 0 {
			dst = append(dst, '+')
		}
		return strconv.AppendInt(dst, int64(exponent), 10)
	}
	if scale >= n {
		dst = append(dst, '0', '.')
		for range scale - n {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:n-scale]...)
	if scale > 0 {
		dst = append(append(dst, '.'), digits[n-scale:]...)
	}
	return dst
}

// AppendTime writes a time of the day, in milliseconds, with as many fractional digits as
// it has: ISO_LOCAL_TIME.
func AppendTime(dst []byte, millis int32) []byte {
	two := func(n int32) { dst = append(dst, byte('0'+n/10), byte('0'+n%10)) }
	two(millis / 3600000)
	dst = append(dst, ':')
	two(millis / 60000 % 60)
	dst = append(dst, ':')
	two(millis / 1000 % 60)
	if rest := millis % 1000; rest > 0 {
		dst = append(dst, '.')
		for unit := int32(100); rest > 0; unit /= 10 {
			dst = append(dst, byte('0'+rest/unit))
			rest %= unit
		}
	}
	return dst
}
