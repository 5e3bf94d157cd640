package json

import "bytes"

// string converts to a CHAR or VARCHAR: of a text what it says, of a number or a
// literal what is written, of an object or array its compact text.
func (r *reader) string(n *node, i, row int) int {
	if r.data[i] == '"' {
		end, escaped := r.text(i + 1)
		if end < 0 {
			return end
		}
		if !escaped {
			n.vec.SetView(row, n.buffer, i+1, r.data[i+1:end])
			return end + 1
		}
		r.scratch = unescape(r.scratch[:0], r.data[i+1:end])
		n.vec.SetBytes(row, r.scratch)
		return end + 1
	}
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	switch tok {
	case tokenNull:
		return r.setNull(n, i, end, row)
	case tokenObject, tokenArray:
		r.scratch, _ = r.compact(r.scratch[:0], i, r.exact)
		n.vec.SetBytes(row, r.scratch)
	case tokenInteger, tokenNumber:
		if r.set.Tree {
			r.scratch = appendNumber(r.scratch[:0], r.data[i:end], tok, r.exact)
			n.vec.SetBytes(row, r.scratch)
			break
		}
		fallthrough
	default:
		n.vec.SetView(row, n.buffer, i, r.data[i:end])
	}
	return end
}

// bool converts to a BOOLEAN: what is not true is false.
func (r *reader) bool(n *node, i, row int) int {
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	n.vec.Bools()[row] = tok == tokenTrue ||
		tok <= tokenEscaped && bytes.EqualFold(trim(r.content(tok, i, end)), []byte("true"))
	return end
}

// bytes converts a text in base 64 to a BINARY or VARBINARY.
func (r *reader) bytes(n *node, i, row int) int {
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	if tok > tokenEscaped {
		return r.bad(n, i, end, row, "expected a text in base 64")
	}
	got, ok := decodeBase64(r.decoded[:0], r.content(tok, i, end))
	if r.decoded = got; !ok {
		return r.bad(n, i, end, row, "the text is not in base 64")
	}
	n.vec.SetBytes(row, got)
	return end
}

// decodeBase64 appends what a text in base 64 stands for. Padding must be there, may
// be within, and white space may stand between groups of four: as Jackson reads it.
func decodeBase64(dst, text []byte) ([]byte, bool) {
	for {
		for len(text) > 0 && text[0] <= ' ' {
			text = text[1:]
		}
		if len(text) == 0 {
			return dst, true
		}
		if len(text) < 4 {
			return dst, false
		}
		a, b, c, d := base64Digit[text[0]], base64Digit[text[1]], base64Digit[text[2]], base64Digit[text[3]]
		if a|b > 63 {
			return dst, false
		}
		dst = append(dst, a<<2|b>>4)
		if c <= 63 {
			dst = append(dst, b<<4|c>>2)
			if d <= 63 {
				dst = append(dst, c<<6|d)
			} else if text[3] != '=' {
				return dst, false
			}
		} else if text[2] != '=' || text[3] != '=' {
			return dst, false
		}
		text = text[4:]
	}
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// base64Digit is the value of each digit, 255 of all else.
var base64Digit = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i, c := range []byte(base64Digits) {
		t[c] = byte(i)
	}
	return t
}()
