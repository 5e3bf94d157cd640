package debezium

import (
	"fmt"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// The decoder reads a record twice.
//
//  1. The envelope is checked to its last byte, and where before, after, op and the
//     wanted metadata stand is noted.
//  2. By op, the one or two objects that are rows are converted; metadata follows,
//     the same for both rows.
//
// So the order of the members does not matter, and what op does not need is not
// converted.
type decoder struct {
	envelope *json.Envelope
	rows     *json.Rows
	metadata []*json.Column
	ignore   bool // ignore-parse-errors
}

// The first paths of the envelope; those of metadata follow.
const (
	before = iota
	after
	op
	firstMetadata
)

func newDecoder(t *format.Table) (format.Decoder, error) {
	s := json.NewSettings(t.Options)
	var payload []string
	if t.Options.Bool("schema-include") {
		payload = []string{"payload"}
	}
	at := func(path ...string) []string { return append(payload[:len(payload):len(payload)], path...) }
	paths := [][]string{at("before"), at("after"), at("op")}
	d := &decoder{ignore: s.IgnoreParseErrors}
	for _, key := range t.WantedMetadata {
		m := findMetadata(key)
		if m == nil {
			return nil, fmt.Errorf("table %s: the debezium-json format has no metadata %q", t.Name, key)
		}
		if m.key == "value.schema" {
			paths = append(paths, m.path)
		} else {
			paths = append(paths, at(m.path...))
		}
		c, err := json.NewColumn(m.typ, m.key, m.millis, s)
		if err != nil {
			return nil, err
		}
		d.metadata = append(d.metadata, c)
	}
	d.envelope = json.NewEnvelope(paths...)
	var err error
	if d.rows, err = json.NewRows(t.Schema, t.Wanted, s); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return d, nil
}

func findMetadata(key string) *metadata {
	for i := range allMetadata {
		if allMetadata[i].key == key {
			return &allMetadata[i]
		}
	}
	return nil
}

// Decode implements format.Decoder. It allocates as the decoder of json does.
func (d *decoder) Decode(records format.Records, b *vector.Batch, rows []int32) (done int, err error) {
	if b.Kinds == nil {
		b.Kinds = make([]vector.Kind, b.Len(), b.Len()+records.Len())
	}
	payload := len(b.Cols) - len(d.metadata)
	d.rows.Begin(records.Data, b.Cols[:payload], b.Len(), records.Len())
	for k, m := range d.metadata {
		m.Begin(records.Data, b.Cols[payload+k])
	}
	for ; done < records.Len(); done++ {
		from, to := int(records.From[done]), int(records.To[done])
		if from >= 0 && from < to {
			first := d.rows.Len()
			if fault := d.record(records.Data, from, to, b); fault != nil {
				d.rows.Cut(first)
				b.Kinds = b.Kinds[:first]
				for k := range d.metadata {
					b.Cols[payload+k].Truncate(first)
				}
				if fault.Fatal || !d.ignore {
					err = fault.Error(records, done)
					break
				}
			}
		}
		if rows != nil {
			rows[done] = int32(d.rows.Len())
		}
	}
	d.rows.End()
	b.SetLen(d.rows.Len())
	return done, err
}

// record appends the rows of the record data[from:to].
func (d *decoder) record(data []byte, from, to int, b *vector.Batch) *json.Fault {
	if fault := d.envelope.Open(data, from, to); fault != nil {
		return fault
	}
	switch what := d.envelope.Text(op); string(what) {
	case "c", "r":
		return d.row(from, after, vector.Insert, b)
	case "u":
		if fault := d.row(from, before, vector.UpdateBefore, b); fault != nil {
			return fault
		}
		return d.row(from, after, vector.UpdateAfter, b)
	case "d":
		return d.row(from, before, vector.Delete, b)
	case "":
		return &json.Fault{At: from, Field: "op", Reason: "the field is missing; this is no record of Debezium"}
	default:
		s, _ := d.envelope.Span(op)
		return &json.Fault{At: s.From, Field: "op", Reason: fmt.Sprintf("expected 'c', 'r', 'u' or 'd', found %q", what)}
	}
}

// row appends one of the record's two rows.
func (d *decoder) row(from, which int, kind vector.Kind, b *vector.Batch) *json.Fault {
	s, ok := d.envelope.Span(which)
	if !ok {
		return missing(from, which, kind)
	}
	if fault := d.rows.Append(s); fault != nil {
		name := "after"
		if which == before {
			name = "before"
		}
		if fault.Field != "" {
			name += "." + fault.Field
		}
		fault.Field = name
		return fault
	}
	b.Kinds = append(b.Kinds, kind)
	for k, m := range d.metadata {
		if fault := m.Append(d.envelope.Span(firstMetadata + k)); fault != nil {
			return fault
		}
	}
	return nil
}

func missing(from, which int, kind vector.Kind) *json.Fault {
	if which == after {
		return &json.Fault{At: from, Field: "after", Reason: "the field is null or missing, but op says that there is a row"}
	}
	what := "update"
	if kind == vector.Delete {
		what = "delete"
	}
	return &json.Fault{At: from, Field: "before", Reason: "the field of " + what +
		" is null or missing; a table of PostgreSQL must have REPLICA IDENTITY FULL for Debezium to write it"}
}
