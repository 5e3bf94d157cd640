// Package ogg is the 'ogg-json' format: the changes of a database's table, as Oracle
// GoldenGate writes them to Kafka, read as a changelog and written as one, like Flink 2.3
// does (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/ogg/).
//
// A record is an object with the row before and after the change and an op_type:
//
//	{"before": {"id": 1}, "after": {"id": 2}, "op_type": "U", "op_ts": "2020-05-13 17:26:27.936000"}
//
// I is +I of after, U -U of before and then +U of after, D -D of before.
package ogg

import (
	"fmt"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Format is the ogg-json format.
var Format = format.Format{
	Name:       "ogg-json",
	Summary:    "Changes of a database's table as Oracle GoldenGate writes them, one JSON object a change.",
	Options:    json.WrappedOptions,
	Changelog:  true,
	Metadata:   json.MetadataKeys(metadata),
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

var metadata = []json.Metadata{
	{Key: "value.table", Type: types.TString, Path: []string{"table"}},
	{Key: "value.primary-keys", Type: types.Type{Kind: types.Array, Elem: &types.TString}, Path: []string{"primary_keys"}},
	{Key: "value.ingestion-timestamp", Type: types.TTimestampLTZ(6), Path: []string{"current_ts"}, Form: json.JavaTextT},
	{Key: "value.event-timestamp", Type: types.TTimestampLTZ(6), Path: []string{"op_ts"}, Form: json.JavaText},
}

// The members of a record that are looked at.
const (
	before = iota
	after
	op
)

func newDecoder(t *format.Table) (format.Decoder, error) {
	return json.NewChanges(t, json.NewSettings(t.Options), [][]string{{"before"}, {"after"}, {"op_type"}}, metadata, record)
}

// record appends the rows of a record.
func record(c *json.Changes, from int) *json.Fault {
	switch what := c.Envelope.Text(op); string(what) {
	case "I":
		return row(c, from, after, "after", vector.Insert)
	case "U":
		if fault := row(c, from, before, "before", vector.UpdateBefore); fault != nil {
			return fault
		}
		return row(c, from, after, "after", vector.UpdateAfter)
	case "D":
		return row(c, from, before, "before", vector.Delete)
	case "":
		return &json.Fault{At: from, Field: "op_type", Reason: "the field is missing; this is no record of GoldenGate"}
	default:
		s, _ := c.Envelope.Span(op)
		return &json.Fault{At: s.From, Field: "op_type", Reason: fmt.Sprintf("expected 'I', 'U' or 'D', found %q", what)}
	}
}

// row appends one of the record's two rows.
func row(c *json.Changes, from, which int, name string, kind vector.Kind) *json.Fault {
	s, ok := c.Envelope.Span(which)
	if !ok {
		return &json.Fault{At: from, Field: name, Reason: "the field is null or missing, but op_type says that there is a row"}
	}
	return c.Row(s, name, kind)
}

func newEncoder(t *format.Table) (format.Encoder, error) {
	return json.NewWrapped(t, json.Wrapping{
		Insert:     [2]string{`{"before":null,"after":`, `,"op_type":"I"}`},
		Delete:     [2]string{`{"before":`, `,"after":null,"op_type":"D"}`},
		InsertOnly: [2]string{`{"after":`, `,"op_type":"I"}`},
		DeleteOnly: [2]string{`{"before":`, `,"op_type":"D"}`},
	})
}
