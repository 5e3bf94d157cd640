package json

import (
	"bytes"
	"fmt"

	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// decoder is the format.Decoder of the json format.
type decoder struct{ Rows }

func newDecoder(t *format.Table) (format.Decoder, error) {
	s, err := newSettings(t.Options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	r, err := NewRows(t.Schema, t.Wanted, s)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return &decoder{*r}, nil
}

// Decode implements format.Decoder. It allocates nothing for a record, except for
// texts with escapes, in chunks, and for objects that become a STRING.
func (d *decoder) Decode(records format.Records, b *vector.Batch, rows []int32) (done int, err error) {
	base := b.Len()
	d.Begin(records.Data, b.Cols, base, records.Len())
	for ; done < records.Len(); done++ {
		from, to := int(records.From[done]), int(records.To[done])
		if from >= 0 && from < to {
			first := d.row
			if !d.record(from, to) {
				d.Cut(first)
				if d.fatal || !d.set.IgnoreParseErrors {
					err = d.fault().Error(records, done)
					break
				}
			}
		}
		if rows != nil {
			rows[done] = int32(d.row)
		}
	}
	d.End()
	if b.Kinds != nil {
		for range d.row - base {
			b.Kinds = append(b.Kinds, vector.Insert)
		}
	}
	b.SetLen(d.row)
	return done, err
}

// record converts the record data[from:to], an object or an array of objects.
func (d *decoder) record(from, to int) bool {
	d.start(d.data, to)
	i := d.spaceOrMark(from)
	switch d.at(i) {
	case '{':
		i = d.appendObject(i)
	case '[':
		i = d.objects(i)
	default:
		i = d.expected(i, "an object")
	}
	return i >= 0 && !d.trailing(i)
}

// objects converts the array at i into a row for each of its objects.
func (d *decoder) objects(i int) int {
	d.depth++
	i = d.space(i + 1)
	if d.at(i) == ']' {
		return i + 1
	}
	for {
		if d.at(i) != '{' {
			return d.expected(i, "an object")
		}
		if i = d.appendObject(i); i < 0 {
			return i
		}
		i = d.space(i)
		switch d.at(i) {
		case ',':
			i = d.space(i + 1)
		case ']':
			return i + 1
		default:
			return d.expected(i, "',' or ']'")
		}
	}
}

var byteOrderMark = []byte("\uFEFF")

// spaceOrMark is space that also skips a byte order mark, which RFC 8259 lets readers
// ignore.
func (s *scanner) spaceOrMark(i int) int {
	if s.data[i] == '{' {
		return i
	}
	i = s.space(i)
	if bytes.HasPrefix(s.data[i:s.end], byteOrderMark) {
		i = s.space(i + len(byteOrderMark))
	}
	return i
}

// trailing tells whether something follows the record's value, and notes it.
func (s *scanner) trailing(i int) bool {
	if i == s.end {
		return false
	}
	if i = s.space(i); i < s.end {
		s.expected(i, "the end of the record")
		return true
	}
	return false
}
