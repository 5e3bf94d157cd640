package json

import (
	"bytes"
	"fmt"

	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// decoder is a format.Decoder: it extends the columns by a row a record, lets the
// reader write the rows, and cuts off the slots that were not used.
type decoder struct {
	reader
	reached int // the last row that the record at hand wrote to
}

func newDecoder(t *format.Table) (format.Decoder, error) {
	s, err := NewSettings(t.Options)
	if err != nil {
		return nil, err
	}
	d := &decoder{}
	d.set = s
	d.root = &node{op: opRow}
	if err := d.root.compileFields(t.Schema, append(make([]int, 0, len(t.Wanted)), t.Wanted...)); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	for _, w := range t.Wanted {
		d.exact = d.exact || hasDecimal(t.Schema[w].Type)
	}
	return d, nil
}

// Decode implements format.Decoder. It allocates for a record only where a text has
// escapes, and then in chunks.
func (d *decoder) Decode(records format.Records, b *vector.Batch, rows []int32) (int, error) {
	base := b.Len()
	d.data = records.Data
	for k, f := range d.root.fields {
		f.bind(b.Cols[k], records.Data)
		b.Cols[k].Extend(records.Len())
	}
	room := base + records.Len()
	row := base
	var err error
	done := 0
	for ; done < records.Len(); done++ {
		from, to := int(records.From[done]), int(records.To[done])
		if from >= 0 && from < to {
			first := row
			if row, room = d.record(from, to, row, room); row < 0 {
				row = first
				d.reset(first)
				if d.fatal || !d.set.IgnoreParseErrors {
					err = d.fault(records, done)
					break
				}
			}
		}
		if rows != nil {
			rows[done] = int32(row)
		}
	}
	for k := range d.root.fields {
		b.Cols[k].Truncate(row)
	}
	if b.Kinds != nil {
		for range row - base {
			b.Kinds = append(b.Kinds, vector.Insert)
		}
	}
	b.SetLen(row)
	return done, err
}

// record converts the record data[from:to] into rows from row on and returns the row
// after them, or -1, and how many rows there is room for.
func (d *decoder) record(from, to, row, room int) (int, int) {
	d.end, d.depth, d.keys, d.reached = to, 0, d.keys[:0], row-1
	i := from
	if d.data[i] != '{' {
		i = d.space(i)
		if bytes.HasPrefix(d.data[i:to], byteOrderMark) {
			i = d.space(i + len(byteOrderMark))
		}
		switch d.at(i) {
		case '[':
			return d.rows(i, row, room)
		case '{':
		default:
			d.expected(i, "an object")
			return -1, room
		}
	}
	if row == room {
		room = d.more(room)
	}
	d.reached = row
	if i = d.object(d.root, i, row); i < 0 || i < to && d.trailing(i) {
		return -1, room
	}
	return row + 1, room
}

var byteOrderMark = []byte("\uFEFF")

// trailing tells whether something follows the record's value.
func (d *decoder) trailing(i int) bool {
	if i = d.space(i); i < d.end {
		d.expected(i, "the end of the record")
		return true
	}
	return false
}

// more makes room for another row, in all columns.
func (d *decoder) more(room int) int {
	n := 16
	for _, f := range d.root.fields {
		f.vec.Extend(n)
	}
	return room + n
}

// rows converts an array of objects into a row each.
func (d *decoder) rows(i, row, room int) (int, int) {
	d.depth++
	i = d.space(i + 1)
	if d.at(i) == ']' {
		i++
	} else {
		for {
			switch d.at(i) {
			case '{':
				if row == room {
					room = d.more(room)
				}
				d.reached = row
				if i = d.object(d.root, i, row); i < 0 {
					return -1, room
				}
				row++
			default:
				d.expected(i, "an object")
				return -1, room
			}
			i = d.space(i)
			if c := d.at(i); c == ',' {
				i = d.space(i + 1)
				continue
			} else if c != ']' {
				d.expected(i, "',' or ']'")
				return -1, room
			}
			i++
			break
		}
	}
	if d.trailing(i) {
		return -1, room
	}
	return row, room
}

// reset takes back what a record wrote from row first on.
func (d *decoder) reset(first int) {
	for _, f := range d.root.fields {
		for row := min(d.reached, f.vec.Len()-1); row >= first; row-- {
			f.reset(row)
		}
	}
}

// fault makes the error of the fault that was noted.
func (d *decoder) fault(records format.Records, k int) error {
	from, to := records.From[k], records.To[k]
	e := &format.RecordError{
		Record: k,
		Offset: d.faultAt - int(from),
		Reason: d.reason,
		Raw:    append([]byte(nil), records.Data[from:to]...),
	}
	if d.field != nil {
		e.Field = d.field.path
	}
	return e
}
