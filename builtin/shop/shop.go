// Package shop is the 'shop' connector: the events of a mobile shop, generated, with all
// that makes event time hard. Its story and its columns are told in event.go.
package shop

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/builtin/pace"
	"tidemark.dev/connector"
	"tidemark.dev/option"
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

// source deals the events out to its splits: event n belongs to split n modulo their
// number.
type source struct {
	table   *connector.Table
	shop    shop
	columns []column
	rows    int64 // -1: no end
	splits  int64
	rate    float64 // rows a second of one split; 0: no limit
}

func newSource(t *connector.Table) (*source, error) {
	o := t.Options
	columns, err := bindColumns(t)
	if err != nil {
		return nil, err
	}
	s := &source{table: t, shop: newShop(o), columns: columns, rows: -1, splits: o.Int("scan.parallelism")}
	if o.Given("number-of-rows") {
		s.rows = o.Int("number-of-rows")
	}
	s.rate = float64(o.Int("rows-per-second")) / float64(s.splits)
	return s, nil
}

func (s *source) Bounded() bool                             { return s.rows >= 0 }
func (s *source) Kinds() connector.KindSet                  { return connector.InsertOnly }
func (s *source) Open(context.Context, connector.Env) error { return nil }
func (s *source) Close() error                              { return nil }

func (s *source) Splits(context.Context) ([]connector.Split, error) {
	var all []connector.Split
	for i := range s.splits {
		all = append(all, connector.Split{ID: fmt.Sprintf("%d/%d", i, s.splits), Name: fmt.Sprintf("shop generator %d of %d", i+1, s.splits)})
	}
	return all, nil
}

// OpenSplit refuses a split of another number of splits: its events are others.
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
