package debezium

import (
	"fmt"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// The members of a record that are looked at.
const (
	before = iota
	after
	op
)

func newDecoder(t *format.Table) (format.Decoder, error) {
	var payload []string
	if t.Options.Bool("schema-include") {
		payload = []string{"payload"}
	}
	at := func(path ...string) []string { return append(payload[:len(payload):len(payload)], path...) }
	all := make([]json.Metadata, len(metadata))
	for i, m := range metadata {
		if m.Key != "value.schema" {
			m.Path = at(m.Path...)
		}
		all[i] = m
	}
	return json.NewChanges(t, json.NewSettings(t.Options), [][]string{at("before"), at("after"), at("op")}, all, record)
}

// record appends the rows of a record.
func record(c *json.Changes, from int) *json.Fault {
	switch what := c.Envelope.Text(op); string(what) {
	case "c", "r":
		return row(c, from, after, vector.Insert)
	case "u":
		if fault := row(c, from, before, vector.UpdateBefore); fault != nil {
			return fault
		}
		return row(c, from, after, vector.UpdateAfter)
	case "d":
		return row(c, from, before, vector.Delete)
	case "":
		return &json.Fault{At: from, Field: "op", Reason: "the field is missing; this is no record of Debezium"}
	default:
		s, _ := c.Envelope.Span(op)
		return &json.Fault{At: s.From, Field: "op", Reason: fmt.Sprintf("expected 'c', 'r', 'u' or 'd', found %q", what)}
	}
}

// row appends one of the record's two rows.
func row(c *json.Changes, from, which int, kind vector.Kind) *json.Fault {
	name := "after"
	if which == before {
		name = "before"
	}
	s, ok := c.Envelope.Span(which)
	if !ok {
		return missing(from, which, kind)
	}
	return c.Row(s, name, kind)
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
