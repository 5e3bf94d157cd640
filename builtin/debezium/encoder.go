package debezium

import (
	"fmt"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
)

// newEncoder writes +I and +U as op c with the row after, -U and -D as op d with the row
// before.
func newEncoder(t *format.Table) (format.Encoder, error) {
	if t.Options.Bool("schema-include") {
		return nil, fmt.Errorf("table %s: %w", t.Name, errSchemaWritten)
	}
	return json.NewWrapped(t, json.Wrapping{
		Insert:     [2]string{`{"before":null,"after":`, `,"op":"c"}`},
		Delete:     [2]string{`{"before":`, `,"after":null,"op":"d"}`},
		InsertOnly: [2]string{`{"after":`, `,"op":"c"}`},
		DeleteOnly: [2]string{`{"before":`, `,"op":"d"}`},
	})
}
