package json

import (
	"bytes"

	"tidemark.dev/builtin/javatext"
)

// string converts to a CHAR or VARCHAR: of a text what it says, of a number or a
// literal what is written, of an object or array its compact text.
func (r *reader) string(n *node, i, row int) int {
	if r.data[i] == '"' {
		j, high := r.plain(i + 1)
		if j < r.end && r.data[j] == '"' && high&highBits == 0 {
			n.vec.SetViewOf(row, n.buffer, r.data, i+1, j)
			return j + 1
		}
		if j < r.end && r.data[j] == '\\' {
			if r.scratch, j = r.unescapeText(r.scratch[:0], i+1, j, high); j < 0 {
				return j
			}
			n.vec.SetBytes(row, r.scratch)
			return j + 1
		}
		if j, _ = r.textEnd(i+1, j, high&highBits != 0); j < 0 {
			return j
		}
		n.vec.SetView(row, n.buffer, i+1, r.data[i+1:j])
		return j + 1
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
		tok <= tokenEscaped && bytes.EqualFold(javatext.Trim(r.content(tok, i, end)), []byte("true"))
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
	got, ok := javatext.Base64(r.decoded[:0], r.content(tok, i, end))
	if r.decoded = got; !ok {
		return r.bad(n, i, end, row, "the text is not in base 64")
	}
	n.vec.SetBytes(row, got)
	return end
}
