// Package datagen is the 'datagen' connector: rows of random or sequential values.
//
// Options, defaults and the shape of the values are those of Flink
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/datagen/).
// Unlike there a random value is a pure function of the table's name, the column and
// the row's number: a run that is repeated, resumed or split otherwise makes the same
// rows. Only values that show the clock differ.
package datagen

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/builtin/numbered"
	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/vector"
)

// Connector makes rows for any schema.
var Connector = NewWithClock(time.Now)

// NewWithClock returns it with another clock for columns that show the time.
func NewWithClock(now func() time.Time) *connector.Connector {
	return &connector.Connector{
		Name:    "datagen",
		Summary: "Generates rows of random or sequential values for any schema.",
		Example: `CREATE TABLE orders (
  id BIGINT,
  price DECIMAL(10, 2),
  buyer STRING,
  placed_at TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'datagen',
  'number-of-rows' = '1000',
  'fields.id.kind' = 'sequence',
  'fields.id.start' = '1',
  'fields.id.end' = '1000000',
  'fields.price.min' = '1',
  'fields.price.max' = '99.99',
  'fields.buyer.length' = '8'
)`,
		Options:   declared,
		NewSource: func(t *connector.Table) (connector.Source, error) { return newSource(t, now) },
	}
}

var declared = []option.Option{
	{Name: "rows-per-second", Type: option.Int, Default: "10000", Check: positive, Summary: "How many rows are made in a second."},
	{Name: "number-of-rows", Type: option.Int, Check: notNegative, Summary: "How many rows there are; without it there is no end."},
	{Name: "scan.parallelism", Type: option.Int, Default: "1", Check: positive, Summary: "How many splits there are, which several tasks read; they take turns at the rows."},
	{Name: "fields.", Prefix: true, Summary: "Options of a column: fields.NAME.kind (random or sequence), .min, .max, .length, .var-len, .max-past, .null-rate, .start, .end; those of a nested value are fields.NAME.element., .key., .value. and fields.NAME.FIELD."},
}

func positive(text string) error {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n < 1 {
		return fmt.Errorf("expected a whole number from 1 on")
	}
	return nil
}

func notNegative(text string) error {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n < 0 {
		return fmt.Errorf("expected a whole number that is not negative")
	}
	return nil
}

func newSource(t *connector.Table, now func() time.Time) (*numbered.Source, error) {
	o := t.Options
	s := &numbered.Source{Table: t, Kind: "datagen", Rows: -1, Parts: o.Int("scan.parallelism"), Rate: float64(o.Int("rows-per-second"))}
	if o.Given("number-of-rows") {
		s.Rows = o.Int("number-of-rows")
	}
	f := fields{given: o.WithPrefix("fields."), used: map[string]bool{}, now: now}
	byName := map[string]generator{}
	for _, c := range t.Schema {
		g, err := f.column(c.Name, c.Type, seedOf(t.Name, c.Name))
		if err != nil {
			return nil, err
		}
		byName[c.Name] = g
		if q, ok := g.(sequence); ok && (s.Rows < 0 || q.count < uint64(s.Rows)) {
			s.Rows = int64(q.count)
		}
	}
	if err := f.unused(); err != nil {
		return nil, err
	}
	columns := make([]generator, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = byName[c.Name]
	}
	s.NewMaker = func() numbered.Maker { return &maker{columns: t.Columns, generators: columns} }
	return s, nil
}

// maker makes the columns of one split.
type maker struct {
	columns    []connector.Column
	generators []generator
	keys       []uint64
}

// Make implements numbered.Maker.
func (m *maker) Make(rows int, runs []numbered.Run) ([]*vector.Vector, []int64) {
	numbers := numbered.Numbers(make([]int64, 0, rows), runs)
	m.keys = m.keys[:0]
	for _, n := range numbers {
		m.keys = append(m.keys, uint64(n))
	}
	columns := make([]*vector.Vector, len(m.columns))
	for i, c := range m.columns {
		columns[i] = vector.NewBuilder(c.Type, rows)
		m.generators[i].fill(columns[i], m.keys)
	}
	return columns, numbers
}

// seedOf gives each column of each table random values of its own.
func seedOf(names ...string) uint64 {
	h := fnv.New64a()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return h.Sum64()
}
