// Package canal is the 'canal-json' format: the changes of MySQL tables, as Canal writes
// them to Kafka, read as a changelog and written as one, like Flink 2.3 does
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/canal/).
//
// A record is an object with the rows of a change, and of an update the old values of the
// columns that changed:
//
//	{"data": [{"id": 1, "name": "b"}], "old": [{"name": "a"}], "type": "UPDATE", "database": "shop", "table": "people"}
//
// INSERT is +I of each row, DELETE -D, UPDATE -U of the row with its old values and
// then +U. CREATE gives no row.
package canal

import (
	"fmt"
	"regexp"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Format is the canal-json format.
var Format = format.Format{
	Name:       "canal-json",
	Summary:    "Changes of MySQL tables as Canal writes them, one JSON object a change.",
	Options:    options,
	Changelog:  true,
	Metadata:   json.MetadataKeys(metadata),
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

var options = append([]option.Option{
	{Name: "database.include", Check: checkPattern,
		Summary: "Read only changes of databases whose whole name matches this regular expression."},
	{Name: "table.include", Check: checkPattern,
		Summary: "Read only changes of tables whose whole name matches this regular expression."},
}, json.WrappedOptions...)

var metadata = []json.Metadata{
	{Key: "value.database", Type: types.TString, Path: []string{"database"}},
	{Key: "value.table", Type: types.TString, Path: []string{"table"}},
	{Key: "value.sql-type", Type: types.Type{Kind: types.Map, Key: &types.TString, Elem: &types.TInt}, Path: []string{"sqlType"}},
	{Key: "value.pk-names", Type: types.Type{Kind: types.Array, Elem: &types.TString}, Path: []string{"pkNames"}},
	{Key: "value.ingestion-timestamp", Type: types.TTimestampLTZ(3), Path: []string{"ts"}, Form: json.Millis},
	{Key: "value.event-timestamp", Type: types.TTimestampLTZ(3), Path: []string{"es"}, Form: json.Millis},
}

// The members of a record that are looked at.
const (
	data = iota
	old
	what
	database
	table
)

func checkPattern(text string) error {
	if _, err := regexp.Compile(text); err != nil {
		return fmt.Errorf("expected a regular expression in the syntax of RE2: %v", err)
	}
	return nil
}

// filter is what database.include and table.include say; nil: all.
type filter struct{ database, table *regexp.Regexp }

func newDecoder(t *format.Table) (format.Decoder, error) {
	var f filter
	for name, re := range map[string]**regexp.Regexp{"database.include": &f.database, "table.include": &f.table} {
		if t.Options.Given(name) {
			*re = regexp.MustCompile(`\A(?:` + t.Options.String(name) + `)\z`)
		}
	}
	members := [][]string{{"data"}, {"old"}, {"type"}, {"database"}, {"table"}}
	return json.NewChanges(t, json.NewSettings(t.Options), members, metadata, f.record)
}

// excludes tells whether a record is of a database or table that is not read.
func excludes(re *regexp.Regexp, c *json.Changes, from, member int, name string) (bool, *json.Fault) {
	if re == nil {
		return false, nil
	}
	text := c.Envelope.Text(member)
	if s, ok := c.Envelope.Span(member); s.To == 0 {
		return false, &json.Fault{At: from, Field: name, Reason: "the field is missing, but '" + name + ".include' asks for it"}
	} else if !ok {
		text = []byte("null")
	}
	return !re.Match(text), nil
}

// record appends the rows of a record.
func (f filter) record(c *json.Changes, from int) *json.Fault {
	if out, fault := excludes(f.database, c, from, database, "database"); out || fault != nil {
		return fault
	}
	if out, fault := excludes(f.table, c, from, table, "table"); out || fault != nil {
		return fault
	}
	switch kind := c.Envelope.Text(what); string(kind) {
	case "INSERT":
		return rows(c, from, vector.Insert)
	case "DELETE":
		return rows(c, from, vector.Delete)
	case "UPDATE":
		return updates(c, from)
	case "CREATE":
		return nil
	case "":
		return &json.Fault{At: from, Field: "type", Reason: "the field is missing; this is no record of Canal"}
	default:
		s, _ := c.Envelope.Span(what)
		return &json.Fault{At: s.From, Field: "type", Reason: fmt.Sprintf("expected 'INSERT', 'UPDATE', 'DELETE' or 'CREATE', found %q", kind)}
	}
}

// list are the elements of data or old.
func list(c *json.Changes, from, member int, name string) ([]json.Span, *json.Fault) {
	s, ok := c.Envelope.Span(member)
	if !ok {
		return nil, &json.Fault{At: from, Field: name, Reason: "the field is null or missing, but type says that there are rows"}
	}
	return c.Elements(s, name)
}

func rows(c *json.Changes, from int, kind vector.Kind) *json.Fault {
	all, fault := list(c, from, data, "data")
	for k := 0; fault == nil && k < len(all); k++ {
		fault = c.Row(all[k], "data", kind)
	}
	return fault
}

func updates(c *json.Changes, from int) *json.Fault {
	after, fault := list(c, from, data, "data")
	if fault != nil {
		return fault
	}
	before, fault := list(c, from, old, "old")
	if fault != nil {
		return fault
	}
	if len(before) < len(after) {
		s, _ := c.Envelope.Span(old)
		return &json.Fault{At: s.From, Field: "old", Reason: fmt.Sprintf("there are %d rows in data, and %d here", len(after), len(before))}
	}
	for k := range after {
		if fault := c.RowOver(after[k], before[k], "data", "old", vector.UpdateBefore); fault != nil {
			return fault
		}
		if fault := c.Row(after[k], "data", vector.UpdateAfter); fault != nil {
			return fault
		}
	}
	return nil
}

func newEncoder(t *format.Table) (format.Encoder, error) {
	return json.NewWrapped(t, json.Wrapping{
		Insert: [2]string{`{"data":[`, `],"type":"INSERT"}`},
		Delete: [2]string{`{"data":[`, `],"type":"DELETE"}`},
	})
}
