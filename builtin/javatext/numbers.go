package javatext

import (
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"

	"tidemark.dev/types"
)

// Trim drops what Java's Trim drops: spaces and control characters.
func Trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// Integer reads an integer from least to most as Long.parseLong does: a sign, then digits of any
// script.
func Integer(b []byte, least, most int64) (int64, bool) {
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	var v uint64
	for len(b) > 0 {
		d := uint64(b[0] - '0')
		size := 1
		if d > 9 {
			var c rune
			if c, size = utf8.DecodeRune(b); c > math.MaxUint16 || !unicode.Is(unicode.Nd, c) {
				return 0, false
			}
			d = digitValue(c)
		}
		if v > math.MaxInt64/10 {
			return 0, false
		}
		v = v*10 + d
		b = b[size:]
	}
	if negative {
		if v > 1<<63 || int64(-v) < least {
			return 0, false
		}
		return int64(-v), true
	}
	return int64(v), v <= uint64(most)
}

// digitValue is the value of a decimal digit: in Unicode they come in runs of ten.
func digitValue(c rune) uint64 {
	for _, t := range unicode.Nd.R16 {
		if uint16(c) <= t.Hi {
			return uint64(uint16(c)-t.Lo) % 10
		}
	}
	return 0
}

// Float reads a number of that many bits as Double.parseDouble does: decimal or hexadecimal, with
// an optional f or d behind it, or NaN or Infinity with an optional sign.
func Float(b []byte, size int) (float64, bool) {
	s := b
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	switch string(s) {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		if b[0] == '-' {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	}
	if len(s) > 1 && (s[len(s)-1]|0x20 == 'f' || s[len(s)-1]|0x20 == 'd') {
		b = b[:len(b)-1]
		s = s[:len(s)-1]
	}
	hex := len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x'
	exponent := false
	for k, c := range s {
		switch {
		case c-'0' <= 9, c == '.', c == '+', c == '-':
		case hex && (k == 1 || c|0x20 >= 'a' && c|0x20 <= 'f'):
		case hex && c|0x20 == 'p', !hex && c|0x20 == 'e':
			exponent = true
		default:
			return 0, false
		}
	}
	if hex && !exponent {
		return 0, false
	}
	f, err := strconv.ParseFloat(types.View(b), size)
	if err != nil && err.(*strconv.NumError).Err == strconv.ErrSyntax {
		return 0, false
	}
	return f, true
}
