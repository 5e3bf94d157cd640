// Package datagen is the 'datagen' connector: rows of random or sequential values.
//
// Options, defaults and the shape of the values are those of Flink
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/datagen/).
// Unlike there a random value is a pure function of the table's name, the column and
// the row's number: a run that is repeated, resumed or split otherwise makes the same
// rows. Only values that show the clock differ.
package datagen

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/builtin/pace"
	"tidemark.dev/connector"
	"tidemark.dev/option"
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

// source deals the rows out to its splits: row n belongs to split n modulo their number.
type source struct {
	table      *connector.Table
	generators []generator // of the columns read
	rows       int64       // -1: no end
	splits     int64
	rate       float64 // rows a second of one split
}

func newSource(t *connector.Table, now func() time.Time) (*source, error) {
	o := t.Options
	s := &source{table: t, rows: -1, splits: o.Int("scan.parallelism")}
	s.rate = float64(o.Int("rows-per-second")) / float64(s.splits)
	if o.Given("number-of-rows") {
		s.rows = o.Int("number-of-rows")
	}
	f := fields{given: o.WithPrefix("fields."), used: map[string]bool{}, now: now}
	byName := map[string]generator{}
	for _, c := range t.Schema {
		g, err := f.column(c.Name, c.Type, seedOf(t.Name, c.Name))
		if err != nil {
			return nil, err
		}
		byName[c.Name] = g
		if q, ok := g.(sequence); ok && (s.rows < 0 || q.count < uint64(s.rows)) {
			s.rows = int64(q.count)
		}
	}
	if err := f.unused(); err != nil {
		return nil, err
	}
	for _, c := range t.Columns {
		s.generators = append(s.generators, byName[c.Name])
	}
	return s, nil
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

func (s *source) Bounded() bool                             { return s.rows >= 0 }
func (s *source) Kinds() connector.KindSet                  { return connector.InsertOnly }
func (s *source) Open(context.Context, connector.Env) error { return nil }
func (s *source) Close() error                              { return nil }

func (s *source) Splits(context.Context) ([]connector.Split, error) {
	var all []connector.Split
	for i := range s.splits {
		all = append(all, connector.Split{ID: fmt.Sprintf("%d/%d", i, s.splits), Name: fmt.Sprintf("datagen generator %d of %d", i+1, s.splits)})
	}
	return all, nil
}

// OpenSplit refuses a split of another number of splits: its rows are others.
func (s *source) OpenSplit(_ context.Context, split connector.Split, from []byte, env connector.Env) (connector.Reader, error) {
	var i, of int64
	if _, err := fmt.Sscanf(split.ID, "%d/%d", &i, &of); err != nil || of != s.splits {
		return nil, fmt.Errorf("table %s: the pipeline goes on with generator %s, but 'scan.parallelism' is %d now", s.table.Name, split.ID, s.splits)
	}
	r := &reader{source: s, split: i, wake: env.Wake, pace: pace.New(s.rate)}
	if from != nil {
		var err error
		if r.next, err = parsePosition(from); err != nil {
			return nil, fmt.Errorf("table %s: %s: %w", s.table.Name, split.Name, err)
		}
	}
	return r, nil
}
