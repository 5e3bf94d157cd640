package jsonpath

import "strconv"

const hexDigits = "0123456789ABCDEF"

// AppendQuoted writes a JSON string as Jackson does: quotes, backslashes and control
// characters are escaped, and nothing else.
func AppendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, text[from:]...), '"')
}

// AppendDecimal writes a JSON number with a fraction or an exponent as Java's
// BigDecimal.toString does:
//
//  1. The digits without the point are the unscaled number, without leading zeros.
//  2. The scale is the digits behind the point less the exponent.
//  3. With a scale of 0 or more and an exponent of the first digit of -6 or more it is
//     written plainly; else as d.dddE±x.
func AppendDecimal(dst, number []byte) []byte {
	begin := len(dst)
	negative := len(number) > 0 && number[0] == '-'
	if negative {
		number = number[1:]
		dst = append(dst, '-')
	}
	digits := len(dst)
	scale, point := 0, false
	for i, c := range number {
		switch {
		case c == '.':
			point = true
		case c|' ' == 'e':
			exponent, _ := strconv.Atoi(string(number[i+1:]))
			return appendScaled(dst, begin, digits, scale-exponent)
		default:
			dst = append(dst, c)
			if point {
				scale++
			}
		}
	}
	return appendScaled(dst, begin, digits, scale)
}

// appendScaled writes the digits from dst[from] on, whose sign lies before them, with
// the scale.
func appendScaled(dst []byte, begin, from, scale int) []byte {
	lead := from
	for lead < len(dst)-1 && dst[lead] == '0' {
		lead++
	}
	dst = append(dst[:from], dst[lead:]...)
	if len(dst)-from == 1 && dst[from] == '0' && from > begin { // no negative zero
		dst = append(dst[:begin], '0')
		from = begin
	}
	n := len(dst) - from
	adjusted := n - 1 - scale
	switch {
	case scale == 0:
		return dst
	case scale > 0 && adjusted >= -6:
		if n > scale {
			dst = append(dst, 0)
			copy(dst[len(dst)-scale:], dst[len(dst)-scale-1:])
			dst[len(dst)-scale-1] = '.'
			return dst
		}
		zeros := 2 + scale - n // "0." and more
		for range zeros {
			dst = append(dst, '0')
		}
		copy(dst[from+zeros:], dst[from:from+n])
		for i := range zeros {
			dst[from+i] = '0'
		}
		dst[from+1] = '.'
		return dst
	}
	if n > 1 {
		dst = append(dst, 0)
		copy(dst[from+2:], dst[from+1:])
		dst[from+1] = '.'
	}
	dst = append(dst, 'E')
	if adjusted >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(adjusted), 10)
}
