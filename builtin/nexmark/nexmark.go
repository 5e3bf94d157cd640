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
	"fmt"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/builtin/numbered"
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

// blockEvents is about how many events lie in a block: few enough that splits are
// milliseconds of event time apart at common rates, and more than a batch.
const blockEvents = 10_000

func newSource(t *connector.Table) (*numbered.Source, error) {
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
	s := &numbered.Source{Table: t, Kind: "nexmark", Rows: o.Int("events.num"), Parts: o.Int("scan.parallelism"),
		Block: (blockEvents/m.total + 1) * m.total, Lasting: o.Bool("keep-alive")}
	if s.Rows == 0 {
		s.Rows = -1
	}
	if stop := o.Int("stop-at"); stop >= 0 && (s.Rows < 0 || stop < s.Rows) {
		s.Rows = stop
	}
	if !o.Bool("max-emit-speed") {
		s.Rate = float64(o.Int("first-event.rate"))
	}
	s.NewMaker = func() numbered.Maker { return &maker{model: &m, wanted: wanted} }
	return s, nil
}
