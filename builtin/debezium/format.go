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
	Metadata:   json.MetadataKeys(metadata),
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

var options = append([]option.Option{
	{Name: "schema-include", Type: option.Bool, Default: "false",
		Summary: "Records have the schema beside the payload, as Kafka Connect writes them with value.converter.schemas.enable; only for reading."},
}, json.WrappedOptions...)

var metadata = []json.Metadata{
	{Key: "value.schema", Type: types.TString, Path: []string{"schema"}},
	{Key: "value.ingestion-timestamp", Type: types.TTimestampLTZ(3), Path: []string{"ts_ms"}, Form: json.Millis},
	{Key: "value.source.timestamp", Type: types.TTimestampLTZ(3), Path: []string{"source", "ts_ms"}, Form: json.Millis},
	{Key: "value.source.database", Type: types.TString, Path: []string{"source", "db"}},
	{Key: "value.source.schema", Type: types.TString, Path: []string{"source", "schema"}},
	{Key: "value.source.table", Type: types.TString, Path: []string{"source", "table"}},
	{Key: "value.source.properties", Type: types.Type{Kind: types.Map, Key: &types.TString, Elem: &types.TString}, Path: []string{"source"}},
}

var errSchemaWritten = errors.New("'schema-include' = 'true' is for reading; records are written without a schema")
