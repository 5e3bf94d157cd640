// Package json is the 'json' format: one JSON object a record, read into columns and
// written from them as Flink 2.3 does
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/json/).
//
// A record is an object, or an array of objects that become a row each. What is
// stricter than Flink: a record must be JSON to its last byte.
package json

import (
	"errors"

	"tidemark.dev/format"
	"tidemark.dev/option"
)

// Format is the json format.
var Format = format.Format{
	Name:       "json",
	Summary:    "One JSON object a record.",
	Options:    Options,
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

// Options are the options of the json format.
var Options = append([]option.Option{
	{Name: "fail-on-missing-field", Type: option.Bool, Default: "false",
		Summary: "Fail when a record lacks a field that is read, instead of making it NULL."},
	{Name: "decode.json-parser.enabled", Type: option.Bool, Default: "true",
		Summary: "Convert numbers to STRING as they are written; false converts through a tree, as older Flink did: 1.50 becomes 1.5."},
}, WrappedOptions...)

// WrappedOptions are those that formats share which wrap rows in JSON.
var WrappedOptions = []option.Option{
	{Name: "ignore-parse-errors", Type: option.Bool, Default: "false",
		Summary: "Make a field NULL that does not convert, and skip a record that is not JSON, instead of failing."},
	{Name: "timestamp-format.standard", Type: option.Enum, Default: "SQL", Choices: []string{"SQL", "ISO-8601"},
		Summary: "How timestamps are written: SQL is '2026-01-31 23:59:59.123', ISO-8601 is '2026-01-31T23:59:59.123'; TIMESTAMP_LTZ with a Z behind."},
	{Name: "map-null-key.mode", Type: option.Enum, Default: "FAIL", Choices: []string{"FAIL", "DROP", "LITERAL"},
		Summary: "What the encoder does with a NULL key of a map: fail, drop the entry, or write map-null-key.literal."},
	{Name: "map-null-key.literal", Type: option.String, Default: "null",
		Summary: "The key that is written for a NULL key of a map when map-null-key.mode is LITERAL."},
	{Name: "encode.decimal-as-plain-number", Type: option.Bool, Default: "false",
		Summary: "Write decimals without an exponent: 0.000000027 and not 2.7E-8."},
	{Name: "encode.ignore-null-fields", Type: option.Bool, Default: "false",
		Summary: "Leave out fields that are NULL."},
}

// Settings are the options, read.
type Settings struct {
	FailOnMissingField bool
	IgnoreParseErrors  bool
	ISO8601            bool // timestamps, both ways
	// Tree tells to convert as Flink's JsonToRowDataConverters, not its
	// JsonParserToRowDataConverters: they differ in numbers that become texts.
	Tree             bool
	NullKey          string // of a map: FAIL, DROP or LITERAL
	NullKeyLiteral   string
	PlainDecimals    bool
	IgnoreNullFields bool
}

func newSettings(o *option.Values) (Settings, error) {
	s := NewSettings(o)
	s.FailOnMissingField = o.Bool("fail-on-missing-field")
	s.Tree = !o.Bool("decode.json-parser.enabled")
	if s.FailOnMissingField && s.IgnoreParseErrors {
		return s, errors.New("'fail-on-missing-field' and 'ignore-parse-errors' cannot both be true")
	}
	return s, nil
}

// NewSettings reads the WrappedOptions among o. Formats that wrap rows convert them
// through Flink's tree of JSON nodes.
func NewSettings(o *option.Values) Settings {
	return Settings{
		IgnoreParseErrors: o.Bool("ignore-parse-errors"),
		ISO8601:           o.Choice("timestamp-format.standard") == "ISO-8601",
		Tree:              true,
		NullKey:           o.Choice("map-null-key.mode"),
		NullKeyLiteral:    o.String("map-null-key.literal"),
		PlainDecimals:     o.Bool("encode.decimal-as-plain-number"),
		IgnoreNullFields:  o.Bool("encode.ignore-null-fields"),
	}
}
