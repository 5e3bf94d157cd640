package csv

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"unicode/utf8"

	"tidemark.dev/builtin/javatext"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// encoder writes rows as Flink does, byte for byte. When a text is quoted is
// Jackson's rule of thumb: always when it is longer than 24 characters, and when it holds
// a character up to the greater of delimiter and quote (so a space, but also a letter
// if the delimiter is |). Numbers, booleans and NULL are never quoted.
type encoder struct {
	settings
	fields []*field
	table  string
	safe   rune   // characters from here on need no quotes,
	but    [2]int // but for these
	text   []byte
}

// maxUnquoted is how long a text without quotes may be, in characters of UTF-16.
const maxUnquoted = 24

func newEncoder(t *format.Table) (format.Encoder, error) {
	s, err := newSettings(t)
	if err != nil {
		return nil, err
	}
	e := &encoder{settings: s, table: t.Name}
	wanted := t.Wanted
	for i := 0; len(wanted) < len(t.Schema) && len(t.Wanted) == 0; i++ {
		wanted = append(wanted, i)
	}
	if _, e.fields, err = compile(t.Schema, wanted); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	e.safe = rune(max(int(s.separator), s.quote)) + 1
	if s.files {
		e.safe = max(e.safe, '\n'+1)
	}
	e.but = [2]int{s.quote, '\\'}
	if s.escape >= 0 {
		e.but = [2]int{s.escape, s.escape}
	}
	return e, nil
}

// Encode implements format.Encoder. It allocates nothing but what dst and ends grow by.
func (e *encoder) Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error) {
	n := b.Count()
	for k := range n {
		row := k
		if b.Sel != nil {
			row = int(b.Sel[k])
		}
		for i, f := range e.fields {
			if i > 0 {
				dst = append(dst, e.separator)
			}
			dst = e.field(dst, f, b.Cols[i], row)
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

// slot finds the flat vector and the slot in it of a row.
func slot(v *vector.Vector, row int) (*vector.Vector, int) {
	switch v.Encoding() {
	case vector.Constant:
		return v, 0
	case vector.Dictionary:
		return v.Dict(), int(v.Indexes()[row])
	}
	return v, row
}

func (e *encoder) field(dst []byte, f *field, v *vector.Vector, row int) []byte {
	if v.IsNull(row) {
		return append(dst, e.null...)
	}
	v, row = slot(v, row)
	switch f.op {
	case opText:
		return e.quoteIfNeeded(dst, v.Bytes(row))
	case opBool, opInt, opLong, opDouble, opFloat, opDecimal, opNull:
		return e.plainText(dst, f, v, row)
	case opArray:
		e.text = e.text[:0]
		from, to := v.Span(row)
		for i := from; i < to; i++ {
			if i > from {
				e.text = append(e.text, e.element...)
			}
			e.text = e.item(e.text, f.elem, v.Child(0), i)
		}
	case opRow:
		e.text = e.text[:0]
		for i, k := range f.kids {
			if i > 0 {
				e.text = append(e.text, e.element...)
			}
			e.text = e.item(e.text, k, v.Child(i), row)
		}
	default:
		e.text = e.plainText(e.text[:0], f, v, row)
	}
	return e.quoteIfNeeded(dst, e.text)
}

// item writes an element of an ARRAY or a field of a ROW.
func (e *encoder) item(dst []byte, f *field, v *vector.Vector, row int) []byte {
	if v.IsNull(row) {
		return append(dst, e.null...)
	}
	v, row = slot(v, row)
	return e.plainText(dst, f, v, row)
}

// plainText writes the text of a value that is neither NULL nor nested.
func (e *encoder) plainText(dst []byte, f *field, v *vector.Vector, row int) []byte {
	switch f.op {
	case opBool:
		return strconv.AppendBool(dst, v.Bools()[row])
	case opInt:
		return strconv.AppendInt(dst, int64(v.Int32s()[row]), 10)
	case opLong:
		return strconv.AppendInt(dst, v.Int64s()[row], 10)
	case opDouble:
		return types.AppendFloat64(dst, v.Float64s()[row])
	case opFloat:
		return types.AppendFloat32(dst, v.Float32s()[row])
	case opDecimal:
		return e.decimal(dst, f, v, row)
	case opText:
		return append(dst, v.Bytes(row)...)
	case opBytes:
		return base64.StdEncoding.AppendEncode(dst, v.Bytes(row))
	case opDate:
		return types.AppendDate(dst, int64(v.Int32s()[row]))
	case opTime:
		return javatext.AppendTime(dst, v.Int32s()[row])
	case opTimestamp:
		var nanos int64
		if v.Layout() == vector.Fine {
			nanos = int64(v.Int32s()[row])
		}
		dst = types.AppendTimestampSQL(dst, v.Int64s()[row], nanos, 0)
		if f.typ.Kind == types.TimestampLTZ {
			dst = append(dst, 'Z')
		}
	}
	return dst
}

func (e *encoder) decimal(dst []byte, f *field, v *vector.Vector, row int) []byte {
	var x types.Int128
	if v.Layout() == vector.Int64s {
		x = types.Int128Of(v.Int64s()[row])
	} else {
		x = v.Int128s()[row]
	}
	if e.plain {
		return types.AppendDecimal(dst, x, int(f.typ.Scale))
	}
	return javatext.AppendStripped(dst, x, int(f.typ.Scale))
}

// quoteIfNeeded writes a text, in quotes if it is to have them.
func (e *encoder) quoteIfNeeded(dst, text []byte) []byte {
	if e.quote < 0 || !e.needsQuotes(text) {
		return append(dst, text...)
	}
	quote := byte(e.quote)
	dst = append(dst, quote)
	for _, c := range text {
		if c == quote {
			dst = append(dst, quote)
		} else if int(c) == e.escape {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, quote)
}

func (e *encoder) needsQuotes(text []byte) bool {
	if len(text) > maxUnquoted {
		units := len(text)
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRune(text[i:])
			if i += n; r > 0xFFFF {
				n--
			}
			units -= n - 1
		}
		if units > maxUnquoted {
			return true
		}
	}
	for _, c := range text {
		if rune(c) < e.safe || int(c) == e.but[0] || int(c) == e.but[1] {
			return true
		}
	}
	return false
}
