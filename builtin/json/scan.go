package json

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The scanner walks over one record and says where its values end.
//
//  1. A text is scanned eight bytes at a time for the first byte that is a quote, a
//     backslash or a control character. Bytes above 127 on the way make the text be
//     checked for UTF-8, once it has ended; all others need no second look.
//  2. An object or array that nobody wants is walked with a stack of one bit a
//     level, so that no input makes the goroutine's stack grow.
//  3. Everything is held to RFC 8259: the grammar of numbers, the eight escapes and
//     \u and four digits, no bare control characters, no comma too many, nesting to maxDepth.
//
// Positions are indexes into data; -1 means that the fault is noted in the scanner.

// maxDepth is how deep objects and arrays may nest. It is the limit of the JSON
// reader that Flink uses, and bounds the stack of the converters.
const maxDepth = 1000

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// scanner is the state of the walk over the record data[from:end]. It may read
// beyond end, but never takes a byte from there for part of the record.
type scanner struct {
	data  []byte
	end   int
	depth int
	open  [(maxDepth + 63) / 64]uint64 // bit d: level d of what is skipped is an object

	places []place // of the objects that compact is in

	faultAt int
	reason  string
	field   *node
	fatal   bool // no option makes it be ignored
}

// begin sets the scanner on a record of data that ends at end.
func (s *scanner) begin(data []byte, end int) {
	s.data, s.end, s.depth = data, end, 0
}

// at is the byte at i, or 0, which is no part of JSON's grammar, at the end.
func (s *scanner) at(i int) byte {
	if i < s.end {
		return s.data[i]
	}
	return 0
}

// space is the first index from i on that holds no white space.
func (s *scanner) space(i int) int {
	for i < s.end {
		switch s.data[i] {
		case ' ', '\n', '\t', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// fail notes a fault of the record's syntax.
func (s *scanner) fail(i int, reason string) int {
	s.faultAt, s.reason, s.field, s.fatal = i, reason, nil, false
	return -1
}

// expected notes that something else stands at i.
func (s *scanner) expected(i int, what string) int {
	if i >= s.end {
		return s.fail(s.end, "the record ends where "+what+" is expected")
	}
	r, _ := utf8.DecodeRune(s.data[i:s.end])
	return s.fail(i, "expected "+what+", found "+quoteRune(r))
}

// text scans the text whose opening quote is before i. It returns where its closing
// quote is, and whether there are escapes in it.
func (s *scanner) text(i int) (end int, escaped bool) {
	j, high := s.plain(i)
	return s.textEnd(i, j, high&highBits != 0)
}

// plain finds the first byte from i on that is a quote, a backslash or a control
// character. high has the high bits of the bytes before it.
func (s *scanner) plain(i int) (j int, high uint64) {
	data := s.data
	for j = i; j+8 <= len(data); j += 8 {
		w := binary.LittleEndian.Uint64(data[j:])
		if m := special(w); m != 0 {
			k := bits.TrailingZeros64(m) &^ 7
			return j + k>>3, high | w&(1<<k-1)
		}
		high |= w
	}
	for ; j < len(data); j++ {
		c := data[j]
		if c == '"' || c == '\\' || c < ' ' {
			break
		}
		high |= uint64(c)
	}
	return j, high
}

// special has the high bit set of the first byte of w that is a quote, a backslash
// or a control character. Bits above that one mean nothing. A quote is what a control
// character is after its bit of two is turned: below 33.
func special(w uint64) uint64 {
	b := w ^ lowBits*'\\'
	return ((w^lowBits*2)-lowBits*33)&^w&highBits | (b-lowBits)&^b&highBits
}

// textEnd looks at what stopped the scan of the text from i on, at j.
func (s *scanner) textEnd(i, j int, high bool) (end int, escaped bool) {
	if j >= s.end {
		return s.fail(s.end, "the record ends within a text"), false
	}
	switch s.data[j] {
	case '"':
		if high && !utf8.Valid(s.data[i:j]) {
			return s.badUTF8(i, j), false
		}
		return j, false
	case '\\':
		return s.escapedText(i, j, high), true
	}
	return s.fail(j, "a control character in a text must be written as an escape"), false
}

func (s *scanner) badUTF8(i, j int) int {
	for i < j {
		r, n := utf8.DecodeRune(s.data[i:j])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return s.fail(i, "bytes that are not UTF-8")
}

// escapedText scans the text that begins at i from its first escape, at j.
func (s *scanner) escapedText(i, j int, high bool) int {
	var seen uint64
	for {
		if j = s.escape(j); j < 0 {
			return -1
		}
		k, more := s.plain(j)
		seen |= more
		if j = k; j >= s.end || s.data[j] != '\\' {
			return s.escapedEnd(i, j, high || seen&highBits != 0)
		}
	}
}

// escapedEnd looks at what other than a backslash stopped the scan of the text from i
// on, at j.
func (s *scanner) escapedEnd(i, j int, high bool) int {
	switch {
	case j >= s.end:
		return s.fail(s.end, "the record ends within a text")
	case s.data[j] != '"':
		return s.fail(j, "a control character in a text must be written as an escape")
	case high && !utf8.Valid(s.data[i:j]):
		return s.badUTF8(i, j)
	}
	return j
}

// unescapeText is escapedText that also appends what the text says.
func (s *scanner) unescapeText(dst []byte, i, j int, high uint64) ([]byte, int) {
	from := i
	for {
		dst = append(dst, s.data[from:j]...)
		next := s.escape(j)
		if next < 0 {
			return dst, -1
		}
		for s.at(next) == '\\' { // escapes in a row, since two of them can be a pair
			if next = s.escape(next); next < 0 {
				return dst, -1
			}
		}
		dst = unescape(dst, s.data[j:next])
		k, more := s.plain(next)
		high |= more
		from = next
		if j = k; j >= s.end || s.data[j] != '\\' {
			if j = s.escapedEnd(i, j, high&highBits != 0); j >= 0 {
				dst = append(dst, s.data[from:j]...)
			}
			return dst, j
		}
	}
}

// escape checks the escape at j, a backslash, and returns what follows it.
func (s *scanner) escape(j int) int {
	switch s.at(j + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return j + 2
	case 'u':
		for k := j + 2; k < j+6; k++ {
			if k >= s.end || hexDigit[s.data[k]] == 0 {
				return s.expected(k, "a hexadecimal digit")
			}
		}
		return j + 6
	}
	return s.expected(j+1, "an escape character")
}

// hexDigit is one more than the value of each hexadecimal digit, 0 of all others.
var hexDigit = func() (t [256]byte) {
	for i := 0; i < 10; i++ {
		t['0'+i] = byte(i) + 1
	}
	for i := 0; i < 6; i++ {
		t['a'+i], t['A'+i] = byte(i)+11, byte(i)+11
	}
	return t
}()

// number scans a number and returns what follows it, and whether it has a fraction
// or an exponent.
func (s *scanner) number(i int) (end int, fraction bool) {
	if s.at(i) == '-' {
		i++
	}
	if s.at(i) == '0' {
		i++
	} else {
		j := s.digits(i)
		if j == i {
			return s.expected(i, "a digit"), false
		}
		i = j
	}
	if s.at(i) == '.' {
		j := s.digits(i + 1)
		if j == i+1 {
			return s.expected(j, "a digit"), false
		}
		i, fraction = j, true
	}
	if c := s.at(i); c == 'e' || c == 'E' {
		i++
		if c := s.at(i); c == '+' || c == '-' {
			i++
		}
		j := s.digits(i)
		if j == i {
			return s.expected(j, "a digit"), false
		}
		i, fraction = j, true
	}
	return i, fraction
}

func (s *scanner) digits(i int) int {
	for i < s.end && s.data[i]-'0' <= 9 {
		i++
	}
	return i
}

// literal scans true, false or null.
func (s *scanner) literal(i int, word string) int {
	if s.end-i >= len(word) && string(s.data[i:i+len(word)]) == word {
		return i + len(word)
	}
	return s.expected(i, "a value")
}

// token is what kind of value stands somewhere.
type token uint8

const (
	tokenText token = iota
	tokenEscaped
	tokenInteger
	tokenNumber // with a fraction or an exponent
	tokenTrue
	tokenFalse
	tokenNull
	tokenObject
	tokenArray
)

// value scans the value at i and returns its kind and what follows it.
func (s *scanner) value(i int) (token, int) {
	if i >= s.end {
		return 0, s.expected(i, "a value")
	}
	switch c := s.data[i]; c {
	case '"':
		j, escaped := s.text(i + 1)
		if j < 0 {
			return 0, j
		}
		if escaped {
			return tokenEscaped, j + 1
		}
		return tokenText, j + 1
	case 't':
		return tokenTrue, s.literal(i, "true")
	case 'f':
		return tokenFalse, s.literal(i, "false")
	case 'n':
		return tokenNull, s.literal(i, "null")
	case '{':
		return tokenObject, s.container(i)
	case '[':
		return tokenArray, s.container(i)
	default:
		if c != '-' && c-'0' > 9 {
			return 0, s.expected(i, "a value")
		}
		j, fraction := s.number(i)
		if fraction {
			return tokenNumber, j
		}
		return tokenInteger, j
	}
}

// skip scans the value at i and returns what follows it.
func (s *scanner) skip(i int) int {
	_, j := s.value(i)
	return j
}

// scalar scans a value that is no object or array.
func (s *scanner) scalar(i int) int {
	if i < s.end && s.data[i] == '"' {
		j, _ := s.text(i + 1)
		if j < 0 {
			return j
		}
		return j + 1
	}
	return s.skip(i)
}

// container walks over the object or array at i and returns what follows it.
func (s *scanner) container(i int) int {
	depth := s.depth
	for {
		// A value begins at i.
		switch c := s.at(i); c {
		case '{', '[':
			if depth >= maxDepth {
				return s.fail(i, "objects and arrays nest deeper than 1000 levels")
			}
			if c == '{' {
				s.open[depth>>6] |= 1 << (depth & 63)
			} else {
				s.open[depth>>6] &^= 1 << (depth & 63)
			}
			depth++
			i = s.space(i + 1)
			if s.at(i) == c+2 { // '}' is '{'+2, ']' is '['+2
				depth--
				i++
			} else {
				if c == '{' {
					if i = s.key(i); i < 0 {
						return i
					}
				}
				continue
			}
		default:
			if i = s.scalar(i); i < 0 {
				return i
			}
		}
		// A value has ended at i.
		for {
			if depth == s.depth {
				return i
			}
			i = s.space(i)
			object := s.open[(depth-1)>>6]>>((depth-1)&63)&1 != 0
			c := s.at(i)
			if c == ',' {
				i = s.space(i + 1)
				if object {
					if i = s.key(i); i < 0 {
						return i
					}
				}
				break
			}
			if object && c != '}' {
				return s.expected(i, "',' or '}'")
			}
			if !object && c != ']' {
				return s.expected(i, "',' or ']'")
			}
			depth--
			i++
		}
	}
}

// key scans a key and the colon behind it, and returns where its value begins.
func (s *scanner) key(i int) int {
	if s.at(i) != '"' {
		return s.expected(i, "a key in quotes")
	}
	if i, _ = s.text(i + 1); i < 0 {
		return i
	}
	return s.colon(i + 1)
}

// colon scans the colon behind a key and the white space around it.
func (s *scanner) colon(i int) int {
	i = s.space(i)
	if s.at(i) != ':' {
		return s.expected(i, "':'")
	}
	return s.space(i + 1)
}
