package json

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"tidemark.dev/builtin/javatext"
	"tidemark.dev/types"
)

func quoteRune(r rune) string { return strconv.QuoteRune(r) }

// unescape appends the text whose raw bytes, checked by the scanner, are raw. Half
// of a surrogate pair becomes a question mark, as where Flink encodes its strings.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			j := i + 1
			for j < len(raw) && raw[j] != '\\' {
				j++
			}
			dst = append(dst, raw[i:j]...)
			i = j
			continue
		}
		c = raw[i+1]
		i += 2
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(raw[i:])
			i += 4
			if utf16.IsSurrogate(r) {
				pair := utf8.RuneError
				if len(raw)-i >= 6 && raw[i] == '\\' && raw[i+1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(raw[i+2:]))
				}
				if pair == utf8.RuneError {
					dst = append(dst, '?')
					continue
				}
				r = pair
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func hex4(b []byte) (r rune) {
	for _, c := range b[:4] {
		r = r<<4 | rune(hexDigit[c]-1)
	}
	return r
}

// appendQuoted writes b as a JSON text with the escapes that must be, and no others:
// as Jackson prints a tree.
func appendQuoted(dst, b []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i, c := range b {
		if escapes[c]&mustEscape != 0 {
			dst = appendEscape(append(dst, b[from:i]...), c)
			from = i + 1
		}
	}
	dst = append(dst, b[from:]...)
	return append(dst, '"')
}

// appendText is appendQuoted that also writes characters beyond U+FFFF as two escapes,
// as Jackson writes bytes.
func appendText(dst, b []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		if escapes[c] == 0 {
			continue
		}
		dst = append(dst, b[from:i]...)
		if escapes[c]&mustEscape != 0 {
			dst = appendEscape(dst, c)
		} else {
			r, n := utf8.DecodeRune(b[i:])
			high, low := utf16.EncodeRune(r)
			dst = appendHex(appendHex(dst, high), low)
			i += n - 1
		}
		from = i + 1
	}
	dst = append(dst, b[from:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return appendHex(dst, rune(c))
}

func appendHex(dst []byte, r rune) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// What of a text is written as an escape: what must be, and what is the first byte of
// a character beyond U+FFFF.
const (
	mustEscape = 1 << iota
	beyond
)

var escapes = func() (t [256]byte) {
	for c := range ' ' {
		t[c] = mustEscape
	}
	t['"'], t['\\'] = mustEscape, mustEscape
	for c := 0xf0; c < 256; c++ {
		t[c] = beyond
	}
	return t
}()

// compact appends the value data[i:...], which the scanner has checked, without
// white space, as Jackson prints its tree: of a key that is there twice the last
// value at the place of the first, numbers as Java prints them. It returns what
// follows the value.
//
// exact tells that numbers with a fraction were read as decimals and not as doubles:
// Flink does so for a table that has a DECIMAL column anywhere.
func (s *scanner) compact(dst []byte, i int, exact bool) ([]byte, int) {
	switch s.data[i] {
	case '{':
		return s.compactObject(dst, i, exact)
	case '[':
		dst = append(dst, '[')
		i = s.space(i + 1)
		for s.data[i] != ']' {
			if dst, i = s.compact(dst, i, exact); s.data[s.space(i)] == ',' {
				dst = append(dst, ',')
				i = s.space(s.space(i) + 1)
			} else {
				i = s.space(i)
			}
		}
		return append(dst, ']'), i + 1
	}
	tok, end := s.value(i)
	switch tok {
	case tokenEscaped:
		text := unescape(nil, s.data[i+1:end-1])
		dst = appendQuoted(dst, text)
	case tokenInteger, tokenNumber:
		dst = appendNumber(dst, s.data[i:end], tok, exact)
	default:
		dst = append(dst, s.data[i:end]...)
	}
	return dst, end
}

// place is where a member of an object stands in what compact has written.
type place struct{ key, value, end int }

func (s *scanner) compactObject(dst []byte, i int, exact bool) ([]byte, int) {
	start, first := len(dst), len(s.places)
	twice := false
	var byKey map[string]int
	dst = append(dst, '{')
	for i = s.space(i + 1); s.data[i] != '}'; {
		if len(s.places) > first {
			dst = append(dst, ',')
		}
		p := place{key: len(dst)}
		dst, i = s.compact(dst, i, exact)
		dst = append(dst, ':')
		p.value = len(dst)
		dst, i = s.compact(dst, s.colon(i), exact)
		p.end = len(dst)
		if old := s.findPlace(dst, first, p, &byKey); old >= 0 {
			s.places[old].value, s.places[old].end = p.value, p.end
			twice = true
		} else {
			s.places = append(s.places, p)
		}
		if i = s.space(i); s.data[i] == ',' {
			i = s.space(i + 1)
		}
	}
	dst = append(dst, '}')
	if twice {
		dst = s.rewrite(dst, start, first)
	}
	s.places = s.places[:first]
	return dst, i + 1
}

// findPlace looks for an earlier member with the key of p, or answers -1.
func (s *scanner) findPlace(dst []byte, first int, p place, byKey *map[string]int) int {
	key := dst[p.key:p.value]
	if n := len(s.places) - first; n > 16 {
		if *byKey == nil {
			*byKey = make(map[string]int, 2*n)
			for k := first; k < len(s.places); k++ {
				q := s.places[k]
				(*byKey)[string(dst[q.key:q.key+keyLength(dst[q.key:])])] = k
			}
		}
		if k, ok := (*byKey)[string(key)]; ok {
			return k
		}
		(*byKey)[string(key)] = len(s.places)
		return -1
	}
	for k := first; k < len(s.places); k++ {
		q := s.places[k].key
		if q+len(key) <= len(dst) && string(dst[q:q+len(key)]) == string(key) {
			return k
		}
	}
	return -1
}

// keyLength is the length of the key that b begins with, its quotes and colon included.
func keyLength(b []byte) int {
	i := 1
	for ; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 2
}

// rewrite writes the object at dst[start:] anew from its places.
func (s *scanner) rewrite(dst []byte, start, first int) []byte {
	object := []byte{'{'}
	for k, p := range s.places[first:] {
		if k > 0 {
			object = append(object, ',')
		}
		object = append(object, dst[p.key:p.key+keyLength(dst[p.key:])]...)
		object = append(object, dst[p.value:p.end]...)
	}
	return append(append(dst[:start], object...), '}')
}

// appendNumber writes a number as Java prints what it was read as.
func appendNumber(dst, raw []byte, tok token, exact bool) []byte {
	if tok == tokenInteger {
		if len(raw) == 2 && raw[0] == '-' && raw[1] == '0' {
			return append(dst, '0')
		}
		return append(dst, raw...)
	}
	if exact {
		return appendBigDecimal(dst, raw)
	}
	f, _ := strconv.ParseFloat(types.View(raw), 64)
	return appendDouble(dst, f)
}

// appendDouble writes a double as Jackson writes it into JSON, in which what is no
// number is a text.
func appendDouble(dst []byte, f float64) []byte {
	if f-f != 0 {
		return append(types.AppendFloat64(append(dst, '"'), f), '"')
	}
	return types.AppendFloat64(dst, f)
}

func appendFloat(dst []byte, f float32) []byte {
	if f-f != 0 {
		return append(types.AppendFloat32(append(dst, '"'), f), '"')
	}
	return types.AppendFloat32(dst, f)
}

// appendBigDecimal writes a number as Jackson writes the BigDecimal it reads it as:
// without zeros at its end, with an exponent where BigDecimal has one.
func appendBigDecimal(dst, raw []byte) []byte {
	digits, scale, negative := decimalParts(nil, raw)
	if len(digits) == 0 {
		return append(dst, '0')
	}
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		scale--
	}
	if negative {
		dst = append(dst, '-')
	}
	return javatext.AppendScaled(dst, digits, scale)
}

// decimalParts takes a number apart: its digits without leading zeros, none of zero,
// and how many of them stand behind the point.
func decimalParts(dst, raw []byte) (digits []byte, scale int, negative bool) {
	point := false
	for i, c := range raw {
		switch {
		case c == '-':
			negative = true
		case c == '.':
			point = true
		case c|0x20 == 'e':
			e, _ := strconv.Atoi(string(raw[i+1:]))
			// Beyond what Java's exponents can be, all numbers are as good as another.
			return dst, scale - max(-1<<32, min(e, 1<<32)), negative
		default:
			if c != '0' || len(dst) > 0 {
				dst = append(dst, c)
			}
			if point {
				scale++
			}
		}
	}
	return dst, scale, negative
}
