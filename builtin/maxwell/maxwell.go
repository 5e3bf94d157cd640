// Package maxwell is the 'maxwell-json' format: the changes of MySQL tables, as Maxwell
// writes them to Kafka, read as a changelog and written as one, like Flink 2.3 does
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/maxwell/).
//
// A record is an object with the row of a change, and of an update the old values of the
// columns that changed:
//
//	{"data": {"id": 1, "name": "b"}, "old": {"name": "a"}, "type": "update", "ts": 1596684904}
//
// insert is +I of the row, delete -D, update -U of the row with its old values and then
// +U.
package maxwell

import (
	"fmt"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Format is the maxwell-json format.
var Format = format.Format{
	Name:       "maxwell-json",
	Summary:    "Changes of MySQL tables as Maxwell writes them, one JSON object a change.",
	Options:    json.WrappedOptions,
	Changelog:  true,
	Metadata:   json.MetadataKeys(metadata),
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

var metadata = []json.Metadata{
	{Key: "value.database", Type: types.TString, Path: []string{"database"}},
	{Key: "value.table", Type: types.TString, Path: []string{"table"}},
	{Key: "value.primary-key-columns", Type: types.Type{Kind: types.Array, Elem: &types.TString}, Path: []string{"primary_key_columns"}},
	{Key: "value.ingestion-timestamp", Type: types.TTimestampLTZ(3), Path: []string{"ts"}, Form: json.Seconds},
}

// The members of a record that are looked at.
const (
	data = iota
	old
	what
)

func newDecoder(t *format.Table) (format.Decoder, error) {
	return json.NewChanges(t, json.NewSettings(t.Options), [][]string{{"data"}, {"old"}, {"type"}}, metadata, record)
}

// record appends the rows of a record.
func record(c *json.Changes, from int) *json.Fault {
	kind := c.Envelope.Text(what)
	switch string(kind) {
	case "insert", "delete", "update":
	case "":
		return &json.Fault{At: from, Field: "type", Reason: "the field is missing; this is no record of Maxwell"}
	default:
		s, _ := c.Envelope.Span(what)
		return &json.Fault{At: s.From, Field: "type", Reason: fmt.Sprintf("expected 'insert', 'update' or 'delete', found %q", kind)}
	}
	row, ok := c.Envelope.Span(data)
	if !ok {
		return &json.Fault{At: from, Field: "data", Reason: "the field is null or missing, but type says that there is a row"}
	}
	switch kind[0] {
	case 'i':
		return c.Row(row, "data", vector.Insert)
	case 'd':
		return c.Row(row, "data", vector.Delete)
	}
	before, ok := c.Envelope.Span(old)
	if !ok {
		return &json.Fault{At: from, Field: "old", Reason: "the field of an update is null or missing"}
	}
	if fault := c.RowOver(row, before, "data", "old", vector.UpdateBefore); fault != nil {
		return fault
	}
	return c.Row(row, "data", vector.UpdateAfter)
}

func newEncoder(t *format.Table) (format.Encoder, error) {
	return json.NewWrapped(t, json.Wrapping{
		Insert: [2]string{`{"data":`, `,"type":"insert"}`},
		Delete: [2]string{`{"data":`, `,"type":"delete"}`},
	})
}
