package json

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"tidemark.dev/builtin/javatext"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Encoder writes rows as JSON objects, byte for byte as Flink's encoder: all fields in
// the order of the schema, no white space, doubles as Java prints them, decimals
// without zeros at their end and with an exponent where Java has one (1E+2), texts
// with the escapes that must be and with characters beyond U+FFFF as two escapes.
type Encoder struct {
	set    Settings
	fields []*encoded
	table  string
}

// encoded is how values of a type are written.
type encoded struct {
	typ       types.Type
	path      string
	lit       []byte // `"name":`
	elem, key *encoded
	fields    []*encoded
}

func newEncoder(t *format.Table) (format.Encoder, error) {
	s, err := newSettings(t.Options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return NewEncoder(t, s)
}

// NewEncoder returns an encoder of the table's Wanted fields, all of them if there
// are none.
func NewEncoder(t *format.Table, s Settings) (*Encoder, error) {
	e := &Encoder{set: s, table: t.Name}
	fields := t.Schema
	if len(t.Wanted) > 0 {
		fields = make([]types.Field, len(t.Wanted))
		for k, w := range t.Wanted {
			fields[k] = t.Schema[w]
		}
	}
	var err error
	e.fields, err = encodeFields(fields, "")
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return e, nil
}

func encodeFields(fields []types.Field, path string) ([]*encoded, error) {
	all := make([]*encoded, len(fields))
	for i, f := range fields {
		e, err := encodeType(f.Type, path+f.Name)
		if err != nil {
			return nil, err
		}
		e.lit = append(appendText(nil, []byte(f.Name)), ':')
		all[i] = e
	}
	return all, nil
}

func encodeType(t types.Type, path string) (e *encoded, err error) {
	e = &encoded{typ: t, path: path}
	switch t.Kind {
	case types.Row:
		e.fields, err = encodeFields(t.Fields, path+".")
	case types.Array:
		e.elem, err = encodeType(*t.Elem, path+"[]")
	case types.Map, types.Multiset:
		key, elem := t.Key, t.Elem
		if t.Kind == types.Multiset {
			key, elem = t.Elem, &types.TInt
		}
		if !key.IsText() {
			return nil, fmt.Errorf("field %s: the json format has no keys of maps and multisets but texts", path)
		}
		if e.key, err = encodeType(*key, path+"[key]"); err == nil {
			e.elem, err = encodeType(*elem, path+"[]")
		}
	}
	return e, err
}

// Encode implements format.Encoder. It allocates nothing but what dst and ends grow by.
func (e *Encoder) Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error) {
	n := b.Count()
	for k := range n {
		row := k
		if b.Sel != nil {
			row = int(b.Sel[k])
		}
		var err error
		if dst, err = e.AppendRow(dst, b.Cols, row); err != nil {
			return dst, ends, err
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

// AppendRow writes row of the columns as one object.
func (e *Encoder) AppendRow(dst []byte, cols []*vector.Vector, row int) ([]byte, error) {
	dst = append(dst, '{')
	first := len(dst)
	for k, f := range e.fields {
		var err error
		if dst, err = e.field(dst, first, f, cols[k], row); err != nil {
			return dst, fmt.Errorf("table %s: %w", e.table, err)
		}
	}
	return append(dst, '}'), nil
}

// field writes a member of the object whose members begin at first.
func (e *Encoder) field(dst []byte, first int, f *encoded, v *vector.Vector, row int) ([]byte, error) {
	null := v.HasNulls() && v.IsNull(row)
	if null && e.set.IgnoreNullFields {
		return dst, nil
	}
	if len(dst) > first {
		dst = append(dst, ',')
	}
	dst = append(dst, f.lit...)
	if null {
		return append(dst, "null"...), nil
	}
	return e.value(dst, f, v, row)
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

// value writes a value that is not NULL.
func (e *Encoder) value(dst []byte, f *encoded, v *vector.Vector, row int) ([]byte, error) {
	v, row = slot(v, row)
	switch f.typ.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bools()[row]), nil
	case types.TinyInt, types.SmallInt, types.Int, types.IntervalMonth:
		return strconv.AppendInt(dst, int64(v.Int32s()[row]), 10), nil
	case types.BigInt, types.IntervalDay:
		return strconv.AppendInt(dst, v.Int64s()[row], 10), nil
	case types.Float:
		return appendFloat(dst, v.Float32s()[row]), nil
	case types.Double:
		return appendDouble(dst, v.Float64s()[row]), nil
	case types.Decimal:
		return e.decimal(dst, v, row, int(f.typ.Scale)), nil
	case types.Char, types.VarChar:
		return appendText(dst, v.Bytes(row)), nil
	case types.Binary, types.VarBinary:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes(row)), '"'), nil
	case types.Date:
		return append(types.AppendDate(append(dst, '"'), int64(v.Int32s()[row])), '"'), nil
	case types.Time:
		return append(javatext.AppendTime(append(dst, '"'), v.Int32s()[row]), '"'), nil
	case types.Timestamp, types.TimestampLTZ:
		return e.timestamp(dst, f, v, row), nil
	case types.Row:
		return e.row(dst, f, v, row)
	case types.Array:
		return e.array(dst, f, v, row)
	case types.Map, types.Multiset:
		return e.mapping(dst, f, v, row)
	case types.Null:
		return append(dst, "null"...), nil
	}
	return dst, fmt.Errorf("field %s: the json format has no values of type %v", f.path, f.typ)
}

func (e *Encoder) row(dst []byte, f *encoded, v *vector.Vector, row int) (_ []byte, err error) {
	dst = append(dst, '{')
	first := len(dst)
	for k, kid := range f.fields {
		if dst, err = e.field(dst, first, kid, v.Child(k), row); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e *Encoder) array(dst []byte, f *encoded, v *vector.Vector, row int) (_ []byte, err error) {
	dst = append(dst, '[')
	from, to := v.Span(row)
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		if dst, err = e.elem(dst, f.elem, v.Child(0), i); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// elem writes an element of an array or a value of a map, which may be NULL.
func (e *Encoder) elem(dst []byte, f *encoded, v *vector.Vector, i int) ([]byte, error) {
	if v.IsNull(i) {
		return append(dst, "null"...), nil
	}
	return e.value(dst, f, v, i)
}

// errNullKey is Flink's refusal of a NULL key, unless map-null-key.mode says better.
var errNullKey = errors.New("a map with a NULL key; set 'map-null-key.mode' to 'DROP' or 'LITERAL'")

func (e *Encoder) mapping(dst []byte, f *encoded, v *vector.Vector, row int) (_ []byte, err error) {
	dst = append(dst, '{')
	first := len(dst)
	from, to := v.Span(row)
	keys, values := v.Child(0), v.Child(1)
	for i := from; i < to; i++ {
		value := i
		switch {
		case !keys.IsNull(i):
			if e.set.NullKey == "LITERAL" && keys.HasNulls() && string(keys.Bytes(i)) == e.set.NullKeyLiteral {
				if value = e.lastLiteral(keys, i, from, to); value < 0 {
					continue
				}
			}
		case e.set.NullKey == "DROP":
			continue
		case e.set.NullKey == "LITERAL":
			if value = e.lastLiteral(keys, i, from, to); value < 0 {
				continue
			}
		default:
			return dst, fmt.Errorf("field %s: %w", f.path, errNullKey)
		}
		if len(dst) > first {
			dst = append(dst, ',')
		}
		if keys.IsNull(i) {
			dst = appendText(dst, []byte(e.set.NullKeyLiteral))
		} else {
			dst = appendText(dst, keys.Bytes(i))
		}
		dst = append(dst, ':')
		if dst, err = e.elem(dst, f.elem, values, value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// lastLiteral finds which value is written for entry i, whose key is NULL or reads as
// the literal that stands for NULL: of several the last, at the place of the first;
// -1 if i is not the first.
func (e *Encoder) lastLiteral(keys *vector.Vector, i, from, to int) int {
	same := func(k int) bool { return keys.IsNull(k) || string(keys.Bytes(k)) == e.set.NullKeyLiteral }
	for k := from; k < i; k++ {
		if same(k) {
			return -1
		}
	}
	last := i
	for k := i + 1; k < to; k++ {
		if same(k) {
			last = k
		}
	}
	return last
}

func (e *Encoder) decimal(dst []byte, v *vector.Vector, row, scale int) []byte {
	var x types.Int128
	if v.Layout() == vector.Int64s {
		x = types.Int128Of(v.Int64s()[row])
	} else {
		x = v.Int128s()[row]
	}
	if e.set.PlainDecimals {
		return types.AppendDecimal(dst, x, scale)
	}
	return javatext.AppendStripped(dst, x, scale)
}

func (e *Encoder) timestamp(dst []byte, f *encoded, v *vector.Vector, row int) []byte {
	var nanos int64
	if v.Layout() == vector.Fine {
		nanos = int64(v.Int32s()[row])
	}
	dst = append(dst, '"')
	from := len(dst)
	dst = types.AppendTimestampSQL(dst, v.Int64s()[row], nanos, 0)
	if e.set.ISO8601 {
		for i := from; ; i++ {
			if dst[i] == ' ' {
				dst[i] = 'T'
				break
			}
		}
	}
	if f.typ.Kind == types.TimestampLTZ {
		dst = append(dst, 'Z')
	}
	return append(dst, '"')
}
