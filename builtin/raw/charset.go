package raw

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
)

// Texts are decoded and encoded as Java does: what a charset does not know is U+FFFD when
// read and a question mark when written.

// charset is an encoding of texts; nil is UTF-8.
type charset struct{ enc encoding.Encoding }

// javaNames are names that Java has and IANA has not.
var javaNames = map[string]string{
	"UTF8": "UTF-8", "ASCII": "US-ASCII", "LATIN1": "ISO-8859-1", "ISO8859_1": "ISO-8859-1", "ISO8859-1": "ISO-8859-1",
	"CP1250": "windows-1250", "CP1251": "windows-1251", "CP1252": "windows-1252", "SJIS": "Shift_JIS", "EUC_JP": "EUC-JP",
	"UTF_8": "UTF-8", "UTF_16": "UTF-16", "UTF_16BE": "UTF-16BE", "UTF_16LE": "UTF-16LE",
}

func lookup(name string) (*charset, bool) {
	if other, ok := javaNames[strings.ToUpper(name)]; ok {
		name = other
	}
	if strings.EqualFold(name, "UTF-8") {
		return nil, true
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, false
	}
	return &charset{enc}, true
}

func checkCharset(name string) error {
	if _, ok := lookup(name); !ok {
		return errors.New("expected the name of a charset, such as UTF-8, UTF-16BE, ISO-8859-1, windows-1252, GBK or Shift_JIS")
	}
	return nil
}

func findCharset(name string) *charset {
	c, _ := lookup(name)
	return c
}

// plain tells whether a record's bytes are the text in UTF-8.
func (c *charset) plain(record []byte) bool { return c == nil && utf8.Valid(record) }

// decode appends the text of a record in UTF-8.
func (c *charset) decode(dst, record []byte) []byte {
	if c == nil {
		return appendValid(dst, record)
	}
	text, err := c.enc.NewDecoder().Bytes(record)
	if err != nil { // what no decoder answers: they replace
		return appendValid(dst, record)
	}
	return append(dst, text...)
}

// encode appends a text in the charset.
func (c *charset) encode(dst, text []byte) []byte {
	if c == nil {
		return append(dst, text...)
	}
	if out, err := c.enc.NewEncoder().Bytes(text); err == nil {
		return append(dst, out...)
	}
	// Something has no form in the charset: character by character, by one encoder, as
	// some charsets shift.
	e := c.enc.NewEncoder()
	var buffer [16]byte
	for len(text) > 0 {
		_, n := utf8.DecodeRune(text)
		for _, s := range [][]byte{text[:n], []byte("?")} {
			written, _, err := e.Transformer.Transform(buffer[:], s, false)
			if err == nil || errors.Is(err, transform.ErrShortSrc) {
				dst = append(dst, buffer[:written]...)
				break
			}
		}
		text = text[n:]
	}
	return dst
}

// appendValid appends bytes with U+FFFD in place of each longest part that begins a
// character and does not go on as one, and of each half of a surrogate pair.
func appendValid(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r != utf8.RuneError || n > 1 {
			dst = append(dst, b[:n]...)
			b = b[n:]
			continue
		}
		n = 1
		if len(b) > 2 && b[0] == 0xed && b[1] >= 0xa0 && b[1]&0xc0 == 0x80 && b[2]&0xc0 == 0x80 {
			n = 3
		}
		for n < len(b) && n < 4 && prefix(b[:n+1]) {
			n++
		}
		dst = append(dst, "\uFFFD"...)
		b = b[n:]
	}
	return dst
}

// prefix tells whether b, shorter than a character, can be made one by bytes behind it.
func prefix(b []byte) bool {
	const last = "\x80\x80\x80"
	for _, fill := range []string{last, "\x90\x80\x80", "\xa0\x80\x80", "\xbf\xbf\xbf"} {
		if utf8.FullRune(b) {
			return false
		}
		if r, _ := utf8.DecodeRune(append(bytes.Clone(b), fill...)); r != utf8.RuneError {
			return true
		}
	}
	return false
}
