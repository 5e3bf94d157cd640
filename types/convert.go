package types

// Conversions between text, numbers and BOOLEAN as CAST makes them. None
// allocates, except that a number beyond the range of DOUBLE may.

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// ParseInt reads an integer of the given size in bits (8, 16, 32, 64) as CAST
// does: spaces around it, a sign, digits, and a fraction that is dropped. The
// error is ErrSyntax or ErrOverflow.
func ParseInt(s string, size int) (int64, error) {
	s = trimSpaces(s)
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" {
		return 0, ErrSyntax
	}
	n, i := uint64(0), 0
	limit := uint64(1)<<(size-1) - 1
	if negative {
		limit++
	}
	overflow := false
	for ; i < len(s) && s[i] != '.'; i++ {
		if !isDigit(s[i]) {
			return 0, ErrSyntax
		}
		if n > limit/10 {
			overflow = true
			continue
		}
		n = n*10 + uint64(s[i]-'0')
		overflow = overflow || n > limit
	}
	for i++; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, ErrSyntax
		}
	}
	if overflow {
		return 0, ErrOverflow
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}

// trimSpaces drops blanks, and only blanks, at both ends: what Flink's casts
// to numbers do first.
func trimSpaces(s string) string {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// ParseFloat reads a DOUBLE (size 64) or a FLOAT (size 32, rounded once) by the
// grammar of Java's Double.parseDouble: NaN and Infinity by these names, decimal
// and hexadecimal numbers, a suffix d or f. Beyond the range it is an infinity.
func ParseFloat(s string, size int) (float64, error) {
	s = trimJava(s)
	unsigned := s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		unsigned = s[1:]
	}
	switch unsigned {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		if s[0] == '-' {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	case "":
		return 0, ErrSyntax
	}
	switch c := unsigned[0]; {
	case !isDigit(c) && c != '.':
		return 0, ErrSyntax // strconv takes more names
	case len(unsigned) > 1 && unsigned[1]|' ' == 'x':
		return parseHexFloat(s, size)
	}
	switch s[len(s)-1] | ' ' {
	case 'd', 'f':
		s = s[:len(s)-1]
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '_' {
			return 0, ErrSyntax
		}
	}
	f, err := strconv.ParseFloat(s, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, ErrSyntax
	}
	return f, nil
}

// parseHexFloat reads 0x1.8p1, with a suffix d or f after the exponent.
func parseHexFloat(s string, size int) (float64, error) {
	exponent := -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '_':
			return 0, ErrSyntax // strconv lets it separate digits
		case 'p', 'P':
			exponent = i
		}
	}
	if last := s[len(s)-1] | ' '; exponent >= 0 && (last == 'd' || last == 'f') {
		s = s[:len(s)-1]
	}
	f, err := strconv.ParseFloat(s, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, ErrSyntax
	}
	return f, nil
}

// ParseBoolean reads t, true, y, yes, 1 and f, false, n, no, 0 in any case.
func ParseBoolean(s string) (value, ok bool) {
	var lower [5]byte
	if len(s) > len(lower) {
		return false, false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= ' '
		}
		lower[i] = c
	}
	switch string(lower[:len(s)]) {
	case "t", "true", "y", "yes", "1":
		return true, true
	case "f", "false", "n", "no", "0":
		return false, true
	}
	return false, false
}

// FloatToInt64 is Java's (long) f: toward zero, held to the range, NaN is 0.
func FloatToInt64(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= 1<<63:
		return math.MaxInt64
	case f <= -1<<63:
		return math.MinInt64
	}
	return int64(f)
}

// FloatToInt32 is Java's (int) f. TINYINT and SMALLINT are its low bits.
func FloatToInt32(f float64) int32 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt32:
		return math.MaxInt32
	case f <= math.MinInt32:
		return math.MinInt32
	}
	return int32(f)
}

// FloatToInteger is CAST(f AS an integer type) from FLOAT or DOUBLE.
func FloatToInteger(f float64, k Kind) int64 {
	if k == BigInt {
		return FloatToInt64(f)
	}
	return NarrowInteger(int64(FloatToInt32(f)), k)
}

// NarrowInteger is CAST(v AS an integer type): the low bits.
func NarrowInteger(v int64, k Kind) int64 {
	switch k {
	case TinyInt:
		return int64(int8(v))
	case SmallInt:
		return int64(int16(v))
	case Int:
		return int64(int32(v))
	}
	return v
}

// FitText makes the text that begins at dst[from] a CHAR(n) or VARCHAR(n): it
// cuts it to n code points and, where pad is set, fills it with spaces up to n.
func FitText(dst []byte, from, n int, pad bool) []byte {
	count := 0
	for i := from; i < len(dst); count++ {
		if count == n {
			return dst[:i]
		}
		_, size := utf8.DecodeRune(dst[i:])
		i += size
	}
	if pad {
		for ; count < n; count++ {
			dst = append(dst, ' ')
		}
	}
	return dst
}

// FitBytes is FitText for BINARY(n) and VARBINARY(n), which count bytes and are
// filled with zero bytes.
func FitBytes(dst []byte, from, n int, pad bool) []byte {
	if len(dst)-from > n {
		return dst[:from+n]
	}
	for pad && len(dst)-from < n {
		dst = append(dst, 0)
	}
	return dst
}
