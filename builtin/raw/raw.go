// Package raw is the 'raw' format: a record's bytes are the value of the table's only
// column, as in Flink 2.3
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/raw/).
//
//	CHAR, VARCHAR, STRING   the text in the charset
//	BINARY, VARBINARY       the bytes
//	BOOLEAN                 one byte, 0 is false
//	TINYINT .. BIGINT       1, 2, 4 or 8 bytes in the byte order of the endianness
//	FLOAT, DOUBLE           4 or 8 bytes, IEEE 754, in that order
//
// A tombstone is NULL, and NULL is written as one.
package raw

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Format is the raw format.
var Format = format.Format{
	Name:    "raw",
	Summary: "The bytes of a record are the value of the table's only column.",
	Options: []option.Option{
		{Name: "charset", Default: "UTF-8", Check: checkCharset,
			Summary: "The encoding of texts."},
		{Name: "endianness", Default: "big-endian", Check: checkEndianness,
			Summary: "The byte order of numbers: 'big-endian' or 'little-endian'."},
	},
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

func checkEndianness(text string) error {
	if !strings.EqualFold(text, "big-endian") && !strings.EqualFold(text, "little-endian") {
		return errors.New("expected 'big-endian' or 'little-endian'")
	}
	return nil
}

// column is how values of the table's column are written.
type column struct {
	typ     types.Type
	name    string
	size    int // of a number; 0: any
	order   binary.ByteOrder
	charset *charset
	files   bool
}

func newColumn(t *format.Table) (column, error) {
	if len(t.Schema) != 1 {
		names := make([]string, len(t.Schema))
		for i, f := range t.Schema {
			names[i] = f.Name
		}
		return column{}, fmt.Errorf("table %s: the raw format has one physical column, and not %d (%s)", t.Name, len(t.Schema), strings.Join(names, ", "))
	}
	c := column{typ: t.Schema[0].Type, name: t.Schema[0].Name, order: binary.BigEndian, files: t.Files}
	if strings.EqualFold(t.Options.String("endianness"), "little-endian") {
		c.order = binary.LittleEndian
	}
	switch c.typ.Kind {
	case types.Char, types.VarChar:
		c.charset = findCharset(t.Options.String("charset"))
	case types.Binary, types.VarBinary:
	case types.Boolean, types.TinyInt:
		c.size = 1
	case types.SmallInt:
		c.size = 2
	case types.Int, types.Float:
		c.size = 4
	case types.BigInt, types.Double:
		c.size = 8
	default:
		return c, fmt.Errorf("table %s: field %s: the raw format has no values of type %v", t.Name, c.name, c.typ)
	}
	return c, nil
}

type decoder struct {
	column
	read bool // false: nobody reads the column
	text []byte
}

func newDecoder(t *format.Table) (format.Decoder, error) {
	c, err := newColumn(t)
	return &decoder{column: c, read: len(t.Wanted) > 0}, err
}

// Decode implements format.Decoder. Bytes and texts in UTF-8 are not copied.
func (d *decoder) Decode(records format.Records, b *vector.Batch, rows []int32) (done int, err error) {
	base, n := b.Len(), records.Len()
	var v *vector.Vector
	buffer := 0
	if d.read {
		v = b.Cols[0]
		v.Extend(n)
		if v.Layout() == vector.Texts {
			buffer = v.AddBuffer(records.Data)
		}
	}
	for ; done < n; done++ {
		from, to := int(records.From[done]), int(records.To[done])
		reason := ""
		switch {
		case from < 0 && d.typ.NotNull:
			reason = "the record is NULL, but the column declared NOT NULL"
		case from < 0:
			if d.read {
				v.SetNull(base + done)
				if v.Layout() == vector.Texts {
					v.Views()[base+done] = vector.View{}
				}
			}
		case d.size > 0 && to-from != d.size:
			reason = fmt.Sprintf("expected %d bytes, a %v, found %d", d.size, d.typ, to-from)
		case d.read:
			d.set(v, base+done, buffer, from, records.Data[from:to])
		}
		if reason != "" {
			raw := []byte(nil)
			if from >= 0 {
				raw = append(raw, records.Data[from:to]...)
			}
			err = &format.RecordError{Record: done, Field: d.name, Reason: reason, Raw: raw}
			break
		}
		if rows != nil {
			rows[done] = int32(base + done + 1)
		}
	}
	if v != nil {
		v.Truncate(base + done)
	}
	if b.Kinds != nil {
		for range done {
			b.Kinds = append(b.Kinds, vector.Insert)
		}
	}
	b.SetLen(base + done)
	return done, err
}

// set writes the value of a record that begins at from into row.
func (d *decoder) set(v *vector.Vector, row, buffer, from int, record []byte) {
	switch d.typ.Kind {
	case types.Char, types.VarChar:
		if d.charset.plain(record) {
			v.SetView(row, buffer, from, record)
			return
		}
		d.text = d.charset.decode(d.text[:0], record)
		v.SetBytes(row, d.text)
	case types.Binary, types.VarBinary:
		v.SetView(row, buffer, from, record)
	case types.Boolean:
		v.Bools()[row] = record[0] != 0
	case types.TinyInt:
		v.Int32s()[row] = int32(int8(record[0]))
	case types.SmallInt:
		v.Int32s()[row] = int32(int16(d.order.Uint16(record)))
	case types.Int:
		v.Int32s()[row] = int32(d.order.Uint32(record))
	case types.BigInt:
		v.Int64s()[row] = int64(d.order.Uint64(record))
	case types.Float:
		v.Float32s()[row] = math.Float32frombits(d.order.Uint32(record))
	case types.Double:
		v.Float64s()[row] = math.Float64frombits(d.order.Uint64(record))
	}
}

type encoder struct {
	column
	table string
}

func newEncoder(t *format.Table) (format.Encoder, error) {
	c, err := newColumn(t)
	return &encoder{c, t.Name}, err
}

// Encode implements format.Encoder.
func (e *encoder) Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error) {
	for k := range b.Count() {
		row := k
		if b.Sel != nil {
			row = int(b.Sel[k])
		}
		v := b.Cols[0]
		if v.IsNull(row) {
			if e.files {
				return dst, ends, fmt.Errorf("table %s: column %s is NULL, for which the raw format has no bytes in a file", e.table, e.name)
			}
			ends = append(ends, ^int32(len(dst)))
			continue
		}
		switch v.Encoding() {
		case vector.Constant:
			row = 0
		case vector.Dictionary:
			v, row = v.Dict(), int(v.Indexes()[row])
		}
		dst = e.append(dst, v, row)
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

func (e *encoder) append(dst []byte, v *vector.Vector, row int) []byte {
	switch e.typ.Kind {
	case types.Char, types.VarChar:
		return e.charset.encode(dst, v.Bytes(row))
	case types.Binary, types.VarBinary:
		return append(dst, v.Bytes(row)...)
	case types.Boolean:
		if v.Bools()[row] {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.TinyInt:
		return append(dst, byte(v.Int32s()[row]))
	}
	var x [8]byte
	switch e.typ.Kind {
	case types.SmallInt:
		e.order.PutUint16(x[:], uint16(v.Int32s()[row]))
	case types.Int:
		e.order.PutUint32(x[:], uint32(v.Int32s()[row]))
	case types.BigInt:
		e.order.PutUint64(x[:], uint64(v.Int64s()[row]))
	case types.Float:
		e.order.PutUint32(x[:], math.Float32bits(v.Float32s()[row]))
	case types.Double:
		e.order.PutUint64(x[:], math.Float64bits(v.Float64s()[row]))
	}
	return append(dst, x[:e.size]...)
}
