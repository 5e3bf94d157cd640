// Package nexmark is the 'nexmark' connector: the events of the Nexmark benchmark, an
// auction house with its people, auctions and bids, generated.
//
// Proportions, hot keys, sizes and times are those of the published generator
// (https://github.com/nexmark/nexmark, classes GeneratorConfig, PersonGenerator,
// AuctionGenerator, BidGenerator, with numEventGenerators = 1), whose event number 0 is
// our event 0. Unlike there every event is a pure function of its number and the seed,
// so that results can be compared, a position is one number, and neither batches nor
// splits change an event. As published, a bid's bidder is 1000 too high to be a
// person that bids most of the time: the first person's number is added twice.
package nexmark

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

// Connector generates the events, each in one of the columns person, auction and bid.
var Connector = &connector.Connector{
	Name:      "nexmark",
	Summary:   "Generates the people, auctions and bids of the Nexmark benchmark.",
	Example:   example,
	Options:   declared,
	NewSource: func(t *connector.Table) (connector.Source, error) { return newSource(t) },
}

const example = `CREATE TABLE nexmark (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING,
    state STRING, ` + "`dateTime`" + ` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT,
    ` + "`dateTime`" + ` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING,
    ` + "`dateTime`" + ` TIMESTAMP(3), extra STRING>,
  ` + "`dateTime`" + ` AS CASE WHEN event_type = 0 THEN person.` + "`dateTime`" + `
    WHEN event_type = 1 THEN auction.` + "`dateTime`" + ` ELSE bid.` + "`dateTime`" + ` END,
  WATERMARK FOR ` + "`dateTime` AS `dateTime`" + ` - INTERVAL '4' SECOND
) WITH (
  'connector' = 'nexmark',
  'first-event.rate' = '10000',
  'next-event.rate' = '10000',
  'events.num' = '100000'
)`

var declared = []option.Option{
	{Name: "events.num", Type: option.Int, Default: "0", Check: notNegative, Summary: "How many events there are; 0: no end."},
	{Name: "stop-at", Type: option.Int, Default: "-1", Summary: "Ends after so many events, if that is less; -1: does not."},
	{Name: "keep-alive", Type: option.Bool, Default: "false", Summary: "Waits for ever after the last event instead of ending."},
	{Name: "first-event.rate", Type: option.Int, Default: "10000", Check: positive, Summary: "Events per second of event time."},
	{Name: "next-event.rate", Type: option.Int, Default: "10000", Check: positive, Summary: "As first-event.rate, and the same: other rate shapes are not supported."},
	{Name: "max-emit-speed", Type: option.Bool, Default: "true", Summary: "Makes events as fast as it can; false: as fast as event time passes."},
	{Name: "person.proportion", Type: option.Int, Default: "1", Check: notNegative, Summary: "People among each person.proportion + auction.proportion + bid.proportion events."},
	{Name: "auction.proportion", Type: option.Int, Default: "3", Check: notNegative, Summary: "Auctions among as many."},
	{Name: "bid.proportion", Type: option.Int, Default: "46", Check: notNegative, Summary: "Bids among as many."},
	{Name: "bid.hot-ratio.auctions", Type: option.Int, Default: "2", Check: positive, Summary: "One bid in so many is not for the hot auction."},
	{Name: "bid.hot-ratio.bidders", Type: option.Int, Default: "4", Check: positive, Summary: "One bid in so many is not by the hot bidder."},
	{Name: "auction.hot-ratio.sellers", Type: option.Int, Default: "4", Check: positive, Summary: "One auction in so many is not by the hot seller."},
	{Name: "person.avg-size", Type: option.Memory, Default: "200b", Check: small, Summary: "Mean size of a person; column extra is as long as that needs."},
	{Name: "auction.avg-size", Type: option.Memory, Default: "500b", Check: small, Summary: "Mean size of an auction."},
	{Name: "bid.avg-size", Type: option.Memory, Default: "100b", Check: small, Summary: "Mean size of a bid."},
	{Name: "scan.parallelism", Type: option.Int, Default: "1", Check: positive, Summary: "How many splits there are, which several tasks read; the events are dealt out to them in blocks."},
	{Name: "seed", Type: option.Int, Default: "0", Summary: "Another number makes other events. (Not in the published connector.)"},
	{Name: "base-time", Default: "2015-07-15 00:00:00", Check: checkTime, Summary: "The time of the first event. (Not in the published connector, where it is the time of the start.)"},
}

func positive(text string) error {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32); err != nil || n < 1 {
		return fmt.Errorf("expected a whole number from 1 to 2147483647")
	}
	return nil
}

func notNegative(text string) error {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err != nil || n < 0 {
		return fmt.Errorf("expected a whole number that is not negative")
	}
	return nil
}

// small keeps the longest extra text within half of the pool that it is cut from.
func small(text string) error {
	if n, err := option.ParseMemory(text); err == nil && n > poolSize/4 {
		return fmt.Errorf("expected at most %d kb", poolSize>>12)
	}
	return nil
}

const timeLayout = "2006-01-02 15:04:05"

func checkTime(text string) error {
	if _, err := time.Parse(timeLayout, text); err != nil {
		return fmt.Errorf("expected a time such as '2015-07-15 00:00:00'")
	}
	return nil
}

// source deals the events out to its splits.
type source struct {
	table  *connector.Table
	model  model
	wanted []want

	events int64 // the number of events; -1: no end
	alive  bool
	splits int64
	block  int64   // events that a split makes before the next one's turn
	rate   float64 // rows a second of one split; 0: no limit
}

// blockEvents is about how many events lie in a block: few enough that splits are
// milliseconds of event time apart at common rates, and more than a batch.
const blockEvents = 10_000

func newSource(t *connector.Table) (*source, error) {
	o := t.Options
	wanted, err := bindColumns(t)
	if err != nil {
		return nil, err
	}
	m := newModel(o)
	if m.total == 0 {
		return nil, fmt.Errorf("options 'person.proportion', 'auction.proportion' and 'bid.proportion' are all 0")
	}
	if first, next := o.Int("first-event.rate"), o.Int("next-event.rate"); first != next {
		return nil, fmt.Errorf("option 'next-event.rate' = '%d' differs from 'first-event.rate' = '%d': rates that change are not supported", next, first)
	}
	s := &source{table: t, model: m, wanted: wanted, events: o.Int("events.num"), alive: o.Bool("keep-alive"),
		splits: o.Int("scan.parallelism"), block: (blockEvents/m.total + 1) * m.total}
	if s.events == 0 {
		s.events = -1
	}
	if stop := o.Int("stop-at"); stop >= 0 && (s.events < 0 || stop < s.events) {
		s.events = stop
	}
	if !o.Bool("max-emit-speed") {
		s.rate = float64(o.Int("first-event.rate")) / float64(s.splits)
	}
	return s, nil
}

func (s *source) Bounded() bool                             { return s.events >= 0 && !s.alive }
func (s *source) Kinds() connector.KindSet                  { return connector.InsertOnly }
func (s *source) Open(context.Context, connector.Env) error { return nil }
func (s *source) Close() error                              { return nil }
func (s *source) Splits(context.Context) ([]connector.Split, error) {
	var all []connector.Split
	for i := range s.splits {
		all = append(all, connector.Split{ID: fmt.Sprintf("%d/%d", i, s.splits), Name: fmt.Sprintf("nexmark generator %d of %d", i+1, s.splits)})
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
