package functions

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions between texts and bytes.
var charsetFunctions = []*function.Function{
	{
		Name: "ENCODE", Family: "string",
		Summary:  "the text's bytes in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16; what the set has not is a question mark",
		Syntax:   []string{"ENCODE(text, charset)"},
		Examples: examples("HEX(DECODE(ENCODE('aé', 'UTF-16BE'), 'ISO-8859-1'))", "006100C3A9", "DECODE(ENCODE('é', 'US-ASCII'), 'UTF-8')", "?"),
		Bind:     bindCharset(types.Type{Kind: types.VarBinary, Precision: types.MaxLength}, anyText, func(c charset, dst, b []byte) []byte { return c.encode(dst, b) }),
	},
	{
		Name: "DECODE", Family: "string",
		Summary:  "the text that bytes are in a character set (see ENCODE); what is none is U+FFFD",
		Syntax:   []string{"DECODE(bytes, charset)"},
		Examples: examples("DECODE(x'61C3A9', 'UTF-8')", "aé", "DECODE(x'61E9', 'ISO-8859-1')", "aé"),
		Bind:     bindCharset(types.TString, anyBytes, func(c charset, dst, b []byte) []byte { return c.decode(dst, b) }),
	},
	{
		Name: "UNHEX", Family: "string", BareNull: true,
		Summary:  "the bytes that hexadecimal digits write; NULL for anything else. A digit without a partner, which is the first, is a byte of zero, as in Flink",
		Syntax:   []string{"UNHEX(text)"},
		Examples: examples("DECODE(UNHEX('466C696E6B'), 'UTF-8')", "Flink", "UNHEX('xy')", "NULL"),
		Bind:     loose(types.Type{Kind: types.VarBinary, Precision: types.MaxLength}, textKernel(unhex), 0, anyText),
	},
}

// charset is how texts are bytes.
type charset struct {
	encode, decode func(dst, b []byte) []byte
}

var charsets = map[string]charset{
	"US-ASCII":   {encodeSingle(0x80), decodeSingle(0x80)},
	"ISO-8859-1": {encodeSingle(0x100), decodeSingle(0x100)},
	"UTF-8":      {func(dst, b []byte) []byte { return append(dst, b...) }, decodeUTF8},
	"UTF-16BE":   {encodeWide(binary.BigEndian), decodeWide(binary.BigEndian)},
	"UTF-16LE":   {encodeWide(binary.LittleEndian), decodeWide(binary.LittleEndian)},
	"UTF-16":     {encodeMarked, decodeMarked},
}

// charsetAliases are further names of Java for them.
var charsetAliases = map[string]string{
	"ASCII": "US-ASCII", "ISO646-US": "US-ASCII", "UTF8": "UTF-8", "LATIN1": "ISO-8859-1", "ISO8859_1": "ISO-8859-1", "ISO8859-1": "ISO-8859-1", "L1": "ISO-8859-1",
	"UTF_16": "UTF-16", "UTF16": "UTF-16", "UNICODE": "UTF-16", "UTF_16BE": "UTF-16BE", "UTF_16LE": "UTF-16LE",
}

func findCharset(name string) (charset, error) {
	upper := strings.ToUpper(name)
	if a := charsetAliases[upper]; a != "" {
		upper = a
	}
	c, ok := charsets[upper]
	if !ok {
		return c, fmt.Errorf("'%s' is no character set that is known here: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE and UTF-16 are", name)
	}
	return c, nil
}

// bindCharset finds a literal's character set once.
func bindCharset(result types.Type, from class, convert func(c charset, dst, b []byte) []byte) func([]function.Arg) (function.Signature, error) {
	return binding(0, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
		find := func(b []byte) (charset, error) { return findCharset(string(b)) }
		if name, ok := literalText(args[1]); ok {
			c, err := findCharset(name)
			if err != nil {
				return function.Signature{}, err
			}
			find = func([]byte) (charset, error) { return c, nil }
		}
		return strict(ps, result, func(c *function.Call) error {
			buf := make([]byte, 0, scratch)
			return c.Rows(func(i int) error {
				set, err := find(text(c, 1, i))
				if err != nil {
					return function.Failf(i, "%v", err)
				}
				buf = convert(set, buf[:0], text(c, 0, i))
				c.Out.SetBytes(i, buf)
				return nil
			})
		})
	}, from, anyText)
}

// encodeSingle writes a byte for each character below limit.
func encodeSingle(limit rune) func(dst, b []byte) []byte {
	return func(dst, b []byte) []byte {
		for _, r := range string(b) {
			if r >= limit {
				r = '?'
			}
			dst = append(dst, byte(r))
		}
		return dst
	}
}

func decodeSingle(limit int) func(dst, b []byte) []byte {
	return func(dst, b []byte) []byte {
		for _, c := range b {
			if int(c) >= limit {
				dst = utf8.AppendRune(dst, utf8.RuneError)
				continue
			}
			dst = utf8.AppendRune(dst, rune(c))
		}
		return dst
	}
}

// byteOrder is what package binary's orders do.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func encodeWide(order byteOrder) func(dst, b []byte) []byte {
	return func(dst, b []byte) []byte {
		for _, r := range string(b) {
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				dst = order.AppendUint16(dst, uint16(high))
				r = low
			}
			dst = order.AppendUint16(dst, uint16(r))
		}
		return dst
	}
}

func decodeWide(order byteOrder) func(dst, b []byte) []byte {
	return func(dst, b []byte) []byte {
		for len(b) >= 2 {
			r := rune(order.Uint16(b))
			b = b[2:]
			if utf16.IsSurrogate(r) {
				pair := utf8.RuneError
				if len(b) >= 2 {
					pair = utf16.DecodeRune(r, rune(order.Uint16(b)))
				}
				if pair != utf8.RuneError {
					b = b[2:]
				}
				r = pair
			}
			dst = utf8.AppendRune(dst, r)
		}
		if len(b) > 0 {
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
		return dst
	}
}

// encodeMarked is UTF-16 with a byte order mark, big endian.
func encodeMarked(dst, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	return encodeWide(binary.BigEndian)(append(dst, 0xFE, 0xFF), b)
}

func decodeMarked(dst, b []byte) []byte {
	if len(b) >= 2 && b[0] == 0xFF && b[1] == 0xFE {
		return decodeWide(binary.LittleEndian)(dst, b[2:])
	}
	if len(b) >= 2 && b[0] == 0xFE && b[1] == 0xFF {
		b = b[2:]
	}
	return decodeWide(binary.BigEndian)(dst, b)
}

// decodeUTF8 copies valid UTF-8; of the rest each beginning of a character, and each byte
// that begins none, becomes one U+FFFD.
func decodeUTF8(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r != utf8.RuneError || n > 1 {
			dst = append(dst, b[:n]...)
			b = b[n:]
			continue
		}
		dst = utf8.AppendRune(dst, utf8.RuneError)
		b = b[brokenPrefix(b):]
	}
	return dst
}

// brokenPrefix is how many bytes of b, which does not begin with a character, are the
// beginning of one: at least 1.
func brokenPrefix(b []byte) int {
	for n := min(3, len(b)); n > 1; n-- {
		// A beginning is one that further bytes could complete.
		if !utf8.FullRune(b[:n]) {
			return n
		}
	}
	return 1
}

func unhex(c *function.Call, dst []byte, i int) ([]byte, bool) {
	b := text(c, 0, i)
	if len(b)%2 == 1 {
		if digit(b[0]) < 0 {
			return dst, false
		}
		dst, b = append(dst, 0), b[1:]
	}
	for ; len(b) > 0; b = b[2:] {
		high, low := digit(b[0]), digit(b[1])
		if high < 0 || low < 0 {
			return dst, false
		}
		dst = append(dst, byte(high<<4|low))
	}
	return dst, true
}

// digit is the value of a hexadecimal digit, or -1.
func digit(c byte) int {
	switch {
	case c-'0' < 10:
		return int(c - '0')
	case c|' '-'a' < 6:
		return int(c|' '-'a') + 10
	}
	return -1
}
