package json

import (
	"fmt"

	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Changes decodes records that wrap rows in JSON with what was done to them: what the
// formats of change capture share. It reads a record twice.
//
//  1. The envelope is checked to its last byte, and where its members stand is noted.
//  2. The format's own function looks at what was done, and has the objects that are rows
//     converted (Row, RowOver); metadata follows, the same for all rows of the record.
//
// So the order of the members does not matter, and what is not needed is not converted.
// A record that does not decode gives no row at all.
type Changes struct {
	Envelope *Envelope

	rows     *Rows
	record   func(c *Changes, from int) *Fault
	metadata []*Column
	first    int // the envelope's first path of metadata
	ignore   bool
	batch    *vector.Batch
	data     []byte
	elements []Span
}

// Metadata is a column that a format of changes offers beside its rows.
type Metadata struct {
	Key  string
	Type types.Type
	Path []string // from the record down
	Form Form
}

// Form is how the value of a metadata column is written.
type Form uint8

const (
	Plain     Form = iota // as a column of its type
	Millis                // a timestamp, in milliseconds since 1970
	Seconds               // a timestamp, in seconds since 1970
	JavaText              // a timestamp, as Flink's DateTimeUtils.parseTimestampData reads it
	JavaTextT             // the same, of the form yyyy-MM-ddTHH:mm:ss.SSSSSS; NULL if it is not one
)

// MetadataKeys lists them as a format does.
func MetadataKeys(all []Metadata) (keys []format.MetadataKey) {
	for _, m := range all {
		keys = append(keys, format.MetadataKey{Key: m.Key, Type: m.Type})
	}
	return keys
}

// NewChanges returns a decoder of a table's records: members are the paths that its
// envelope notes, in this order; record appends the rows of the record that begins at
// from and that the envelope is open on.
func NewChanges(t *format.Table, s Settings, members [][]string, all []Metadata, record func(c *Changes, from int) *Fault) (*Changes, error) {
	c := &Changes{record: record, ignore: s.IgnoreParseErrors, first: len(members)}
	for _, key := range t.WantedMetadata {
		var found *Metadata
		for i := range all {
			if all[i].Key == key {
				found = &all[i]
			}
		}
		if found == nil {
			return nil, fmt.Errorf("table %s: the format has no metadata %q", t.Name, key)
		}
		members = append(members[:len(members):len(members)], found.Path)
		column, err := NewColumn(*found, s)
		if err != nil {
			return nil, err
		}
		c.metadata = append(c.metadata, column)
	}
	c.Envelope = NewEnvelope(members...)
	var err error
	if c.rows, err = NewRows(t.Schema, t.Wanted, s); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return c, nil
}

// Decode implements format.Decoder. It allocates as the decoder of json does.
func (c *Changes) Decode(records format.Records, b *vector.Batch, rows []int32) (done int, err error) {
	if b.Kinds == nil {
		b.Kinds = make([]vector.Kind, b.Len(), b.Len()+records.Len())
	}
	c.batch, c.data = b, records.Data
	payload := len(b.Cols) - len(c.metadata)
	c.rows.Begin(records.Data, b.Cols[:payload], b.Len(), records.Len())
	for k, m := range c.metadata {
		m.Begin(records.Data, b.Cols[payload+k])
	}
	for ; done < records.Len(); done++ {
		from, to := int(records.From[done]), int(records.To[done])
		if from >= 0 && from < to {
			first := c.rows.Len()
			c.elements = c.elements[:0]
			fault := c.Envelope.Open(records.Data, from, to)
			if fault == nil {
				fault = c.record(c, from)
			}
			if fault != nil {
				c.rows.Cut(first)
				b.Kinds = b.Kinds[:first]
				for k := range c.metadata {
					b.Cols[payload+k].Truncate(first)
				}
				if fault.Fatal || !c.ignore {
					err = fault.Error(records, done)
					break
				}
			}
		}
		if rows != nil {
			rows[done] = int32(c.rows.Len())
		}
	}
	c.rows.End()
	b.SetLen(c.rows.Len())
	return done, err
}

// Row appends the object at s, which name calls, as a row.
func (c *Changes) Row(s Span, name string, kind vector.Kind) *Fault {
	if fault := c.rows.Append(s); fault != nil {
		return fault.in(name)
	}
	return c.appended(kind)
}

// RowOver appends the object at s as a row, but with the fields that the object at over
// has from there: the row before a change of which only the old values are known.
func (c *Changes) RowOver(s, over Span, name, overName string, kind vector.Kind) *Fault {
	if fault := c.rows.Append(s); fault != nil {
		return fault.in(name)
	}
	if fault := c.rows.overlay(over); fault != nil {
		return fault.in(overName)
	}
	return c.appended(kind)
}

func (c *Changes) appended(kind vector.Kind) *Fault {
	c.batch.Kinds = append(c.batch.Kinds, kind)
	for k, m := range c.metadata {
		if fault := m.Append(c.Envelope.Span(c.first + k)); fault != nil {
			return fault
		}
	}
	return nil
}

// Elements are the values of the array at s, which is called name. They are valid within
// the record.
func (c *Changes) Elements(s Span, name string) ([]Span, *Fault) {
	e := &c.Envelope.reader
	if c.data[s.From] != '[' {
		return nil, &Fault{At: s.From, Field: name, Reason: "expected an array"}
	}
	first := len(c.elements)
	i := e.space(s.From + 1)
	for e.at(i) != ']' {
		end := e.skip(i)
		c.elements = append(c.elements, Span{i, end})
		if i = e.space(end); e.at(i) == ',' {
			i = e.space(i + 1)
		}
	}
	return c.elements[first:], nil
}

// in puts the name of the member before the field.
func (f *Fault) in(name string) *Fault {
	if f.Field != "" {
		name += "." + f.Field
	}
	f.Field = name
	return f
}

// overlay converts the members of the object at s into the row that was appended last,
// in place of what stands there.
func (r *Rows) overlay(s Span) *Fault {
	row := r.row - 1
	r.start(r.data, s.To)
	i := r.space(s.From)
	if r.at(i) != '{' {
		r.expected(i, "an object")
		return r.fault()
	}
	r.depth++
	for i = r.space(i + 1); r.at(i) != '}'; {
		end, escaped := r.text(i + 1)
		key := r.data[i+1 : end]
		if escaped {
			r.scratch = unescape(r.scratch[:0], key)
			key = r.scratch
		}
		kid := r.root.names.find(key)
		if i = r.colon(end + 1); kid == nil {
			i = r.skip(i)
		} else {
			kid.reset(row)
			if i = r.convert(kid, i, row); i < 0 {
				return r.fault()
			}
		}
		if i = r.space(i); r.at(i) == ',' {
			i = r.space(i + 1)
		}
	}
	return nil
}
