// Package debezium is the 'debezium-json' format: the changes of a database's table,
// as Debezium writes them to Kafka, read as a changelog and written as one, like Flink
// 2.3 does
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/debezium/).
//
// A record is an object with the row before and after the change and an op:
//
//	{"before": null, "after": {"id": 1}, "op": "c", "ts_ms": 1589355606100, "source": {...}}
//
// c (created) and r (read by a snapshot) are +I of after; u is -U of before and +U of
// after; d is -D of before. With schema-include the object is the payload of another
// that has its schema beside it.
package debezium

import (
	"errors"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// Format is the debezium-json format.
var Format = format.Format{
	Name:       "debezium-json",
	Summary:    "Changes of a database's table as Debezium writes them, one JSON object a change.",
	Options:    options,
	Changelog:  true,
	Metadata:   metadataKeys(),
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

var options = append([]option.Option{
	{Name: "schema-include", Type: option.Bool, Default: "false",
		Summary: "Records have the schema beside the payload, as Kafka Connect writes them with value.converter.schemas.enable; only for reading."},
}, json.WrappedOptions...)

// metadata is a column that can be read beside the payload.
type metadata struct {
	key    string
	typ    types.Type
	path   []string // from the payload down; of schema, from the record
	millis bool     // milliseconds since 1970
}

var allMetadata = []metadata{
	{"value.schema", types.TString, []string{"schema"}, false},
	{"value.ingestion-timestamp", types.TTimestampLTZ(3), []string{"ts_ms"}, true},
	{"value.source.timestamp", types.TTimestampLTZ(3), []string{"source", "ts_ms"}, true},
	{"value.source.database", types.TString, []string{"source", "db"}, false},
	{"value.source.schema", types.TString, []string{"source", "schema"}, false},
	{"value.source.table", types.TString, []string{"source", "table"}, false},
	{"value.source.properties", types.Type{Kind: types.Map, Key: &types.TString, Elem: &types.TString}, []string{"source"}, false},
}

func metadataKeys() (keys []format.MetadataKey) {
	for _, m := range allMetadata {
		keys = append(keys, format.MetadataKey{Key: m.key, Type: m.typ})
	}
	return keys
}

var errSchemaWritten = errors.New("'schema-include' = 'true' is for reading; records are written without a schema")
