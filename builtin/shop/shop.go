// Package shop is the 'shop' connector: the events of a mobile shop, generated, with all
// that makes event time hard. Its story and its columns are told in event.go.
package shop

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/builtin/numbered"
	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/vector"
)

// Connector generates the events in the order in which they are received.
var Connector = &connector.Connector{
	Name:    "shop",
	Summary: "Generates the events of a mobile shop: views, carts and orders, some sent hours late, some with a wrong clock.",
	Example: `CREATE TABLE shop (
  event_id BIGINT,
  event_type STRING,
  event_time TIMESTAMP_LTZ(3),
  received_at TIMESTAMP_LTZ(3),
  user_id BIGINT,
  session_id BIGINT,
  product_id INT,
  category STRING,
  price DECIMAL(10, 2),
  quantity INT,
  country STRING,
  device STRING,
  app_version STRING,
  WATERMARK FOR event_time AS received_at - INTERVAL '30' SECOND
) WITH (
  'connector' = 'shop',
  'number-of-rows' = '50000',
  'rows-per-second' = '2000'
)`,
	Options:   declared,
	NewSource: func(t *connector.Table) (connector.Source, error) { return newSource(t) },
}

var declared = []option.Option{
	{Name: "number-of-rows", Type: option.Int, Check: notNegative, Summary: "How many events there are; without it there is no end."},
	{Name: "rows-per-second", Type: option.Int, Default: "0", Check: notNegative, Summary: "How many events are made in a second; 0: as fast as they can."},
	{Name: "event-interval", Type: option.Duration, Default: "30 ms", Check: positiveTime, Summary: "How much time passes in the shop from one received event to the next."},
	{Name: "base-time", Default: "2024-03-01 08:00:00", Check: checkTime, Summary: "When the first event is received, in UTC."},
	{Name: "users", Type: option.Int, Default: "10000", Check: positive, Summary: "How many customers there are; those with low numbers come more often."},
	{Name: "late-share", Type: option.Float, Default: "0.02", Check: share, Summary: "Which part of the sessions happens offline and is sent a minute to six hours late."},
	{Name: "skewed-share", Type: option.Float, Default: "0.002", Check: share, Summary: "Which part of the customers has a phone whose clock is wrong, by up to a day."},
	{Name: "scan.parallelism", Type: option.Int, Default: "1", Check: positive, Summary: "How many splits there are, which several tasks read; they take turns at the events."},
}

func whole(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 1 // the type's own check speaks of it
	}
	return n
}

func positive(text string) error {
	if n := whole(text); n < 1 || n > 1<<31-1 {
		return fmt.Errorf("expected a whole number from 1 to 2147483647")
	}
	return nil
}

func notNegative(text string) error {
	if whole(text) < 0 {
		return fmt.Errorf("expected a whole number that is not negative")
	}
	return nil
}

func positiveTime(text string) error {
	if d, err := option.ParseDuration(text); err == nil && (d < time.Microsecond || d > time.Hour) {
		return fmt.Errorf("expected 1 us to 1 h")
	}
	return nil
}

func share(text string) error {
	if x, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && !(x >= 0 && x <= 1) {
		return fmt.Errorf("expected a number from 0 to 1")
	}
	return nil
}

const timeLayout = "2006-01-02 15:04:05"

func checkTime(text string) error {
	if t, err := time.Parse(timeLayout, text); err != nil || t.Year() < 1 {
		return fmt.Errorf("expected a time such as '2024-03-01 08:00:00'")
	}
	return nil
}

func newSource(t *connector.Table) (*numbered.Source, error) {
	o := t.Options
	columns, err := bindColumns(t)
	if err != nil {
		return nil, err
	}
	s := &numbered.Source{Table: t, Kind: "shop", Rows: -1, Parts: o.Int("scan.parallelism"), Rate: float64(o.Int("rows-per-second"))}
	if o.Given("number-of-rows") {
		s.Rows = o.Int("number-of-rows")
	}
	events := newShop(o)
	s.NewMaker = func() numbered.Maker { return &maker{shop: events, columns: columns, types: t.Columns} }
	return s, nil
}

// maker makes the columns of one split.
type maker struct {
	shop    shop
	columns []column
	types   []connector.Column
	numbers []int64
	events  []event
}

// Make implements numbered.Maker.
func (m *maker) Make(rows int, runs []numbered.Run) ([]*vector.Vector, []int64) {
	m.numbers = numbered.Numbers(m.numbers[:0], runs)
	m.events = m.events[:0]
	positions := make([]int64, rows)
	for i, n := range m.numbers {
		m.events = append(m.events, m.shop.event(n))
		positions[i] = n + 1
	}
	columns := make([]*vector.Vector, len(m.columns))
	for i, c := range m.columns {
		columns[i] = vector.NewBuilder(m.types[i].Type, rows)
		c.fill(columns[i], m.events)
	}
	return columns, positions
}
