package debezium

import (
	"fmt"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// encoder writes +I and +U as op c with the row after, -U and -D as op d with the row
// before: what Flink writes, which has no op u as it sees only one of the rows.
type encoder struct {
	rows        *json.Encoder
	ignoreNulls bool
}

func newEncoder(t *format.Table) (format.Encoder, error) {
	if t.Options.Bool("schema-include") {
		return nil, fmt.Errorf("table %s: %w", t.Name, errSchemaWritten)
	}
	s := json.NewSettings(t.Options)
	rows, err := json.NewEncoder(t, s)
	return &encoder{rows, s.IgnoreNullFields}, err
}

// EncodesChanges implements format.Kinds.
func (e *encoder) EncodesChanges() bool { return true }

// Encode implements format.Encoder.
func (e *encoder) Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error) {
	for k := range b.Count() {
		row := k
		if b.Sel != nil {
			row = int(b.Sel[k])
		}
		open, end := `{"before":null,"after":`, `,"op":"c"}`
		retracts := b.KindOf(row).Retracts()
		switch {
		case retracts && e.ignoreNulls:
			open, end = `{"before":`, `,"op":"d"}`
		case retracts:
			open, end = `{"before":`, `,"after":null,"op":"d"}`
		case e.ignoreNulls:
			open = `{"after":`
		}
		var err error
		if dst, err = e.rows.AppendRow(append(dst, open...), b.Cols, row); err != nil {
			return dst, ends, err
		}
		dst = append(dst, end...)
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}
