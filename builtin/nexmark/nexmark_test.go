package nexmark

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"tidemark.dev/builtin/blackhole"
	"tidemark.dev/builtin/numbered"
	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var columns = []connector.Column{
	{Name: "event_type", Type: types.TInt}, {Name: "person", Type: personType},
	{Name: "auction", Type: auctionType}, {Name: "bid", Type: bidType},
}

// open makes the source of a table with the options given as "key=value ...".
func open(options string, cols ...connector.Column) (*numbered.Source, error) {
	given := map[string]string{}
	for _, o := range strings.Fields(options) {
		k, v, _ := strings.Cut(o, "=")
		given[k] = strings.ReplaceAll(v, "_", " ")
	}
	values, problems := option.Parse(declared, given)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	if cols == nil {
		cols = columns
	}
	return newSource(&connector.Table{Name: "t", Options: values, Schema: cols, Columns: cols})
}

func mustOpen(t testing.TB, options string, cols ...connector.Column) *numbered.Source {
	t.Helper()
	s, err := open(options, cols...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readAll reads all splits in batches of max, one from each in turn, opening each anew
// at its position after every batch if restart is set.
func readAll(t testing.TB, s *numbered.Source, max int, restart bool, each func(*vector.Batch)) {
	t.Helper()
	ctx := context.Background()
	splits, err := s.Splits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	at := make([][]byte, len(splits))
	readers := make([]connector.Reader, len(splits))
	for left := len(splits); left > 0; {
		for i := range splits {
			if restart || readers[i] == nil && at[i] == nil {
				if readers[i], err = s.OpenSplit(ctx, splits[i], at[i], connector.Env{}); err != nil {
					t.Fatal(err)
				}
			} else if readers[i] == nil {
				continue
			}
			b := vector.NewBatch(0)
			status, err := readers[i].Read(b, max)
			if err != nil || b.Len() > max || len(b.Pos) != b.Len() {
				t.Fatalf("%v, %d rows, %d positions", err, b.Len(), len(b.Pos))
			}
			at[i] = readers[i].Position()
			if b.Len() > 0 {
				each(b)
			}
			if status == connector.Ended {
				if readers[i] != nil {
					left--
				}
				readers[i] = nil
			}
		}
		if restart {
			left = 0
			for i := range splits {
				r, _ := s.OpenSplit(ctx, splits[i], at[i], connector.Env{})
				if status, _ := r.Read(vector.NewBatch(0), 1); status != connector.Ended {
					left++
				}
			}
		}
	}
}

// The checksum of the first 100,000 events: a generator that makes others makes every
// recorded result of a benchmark wrong.
const wantChecksum = 1581924135048374785

func checksum(t testing.TB, s *numbered.Source, max int, restart bool) blackhole.Total {
	var total blackhole.Total
	var hashes []uint64
	seen := map[int64]bool{}
	readAll(t, s, max, restart, func(b *vector.Batch) {
		hashes = total.Add(b, hashes)
		for _, n := range b.Pos {
			if seen[n] {
				t.Fatalf("event %d came twice", n)
			}
			seen[n] = true
		}
	})
	return total
}

func TestEventsDependOnlyOnNumberAndSeed(t *testing.T) {
	want := blackhole.Total{Inserted: 100_000, Checksum: wantChecksum}
	for _, c := range []struct {
		options string
		max     int
		restart bool
	}{
		{"", 2048, false}, {"", 1000, false}, {"", 999, false}, {"", 65536, false}, {"scan.parallelism=3", 2048, false},
		{"scan.parallelism=7", 77, false}, {"", 3000, true}, {"scan.parallelism=2", 1777, true},
	} {
		got := checksum(t, mustOpen(t, "events.num=100000 "+c.options), c.max, c.restart)
		if got != want {
			t.Errorf("%s, batches of %d, restarts %v: %+v, want %+v", c.options, c.max, c.restart, got, want)
		}
	}
	if got := checksum(t, mustOpen(t, "events.num=1000"), 1, false); got != checksum(t, mustOpen(t, "events.num=1000"), 1000, false) {
		t.Error("batches of one row differ")
	}
}

// Every option changes what is read; without an effect it would be a lie.
func TestOptionsAct(t *testing.T) {
	base := checksum(t, mustOpen(t, "events.num=5000"), 5000, false)
	for _, o := range []string{
		"seed=1", "base-time=2020-01-01_00:00:00", "first-event.rate=20000 next-event.rate=20000", "stop-at=4999",
		"person.proportion=2", "auction.proportion=4", "bid.proportion=45", "bid.hot-ratio.auctions=3", "bid.hot-ratio.bidders=5",
		"auction.hot-ratio.sellers=5", "person.avg-size=250b", "auction.avg-size=600b", "bid.avg-size=110b",
	} {
		if got := checksum(t, mustOpen(t, "events.num=5000 "+o), 5000, false); got == base {
			t.Errorf("%s changes nothing", o)
		}
	}
	if got := checksum(t, mustOpen(t, "events.num=4000"), 5000, false); got.Inserted != 4000 {
		t.Errorf("events.num: %d", got.Inserted)
	}
	for options, bounded := range map[string]bool{"": false, "events.num=1": true, "stop-at=1": true, "events.num=1 keep-alive=true": false} {
		if got := mustOpen(t, options).Bounded(); got != bounded {
			t.Errorf("%q bounded: %v", options, got)
		}
	}
	s := mustOpen(t, "events.num=1 keep-alive=true")
	r, _ := s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{})
	for range 3 {
		if status, _ := r.Read(vector.NewBatch(0), 10); status != connector.Waiting {
			t.Errorf("keep-alive: %v", status)
		}
	}
	s = mustOpen(t, "max-emit-speed=false first-event.rate=1 next-event.rate=1")
	r, _ = s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{Wake: func() {}})
	b := vector.NewBatch(0)
	r.Read(b, 100)
	if status, _ := r.Read(b, 100); b.Len() != 1 || status != connector.Waiting {
		t.Errorf("max-emit-speed=false: %d events at once, then %v", b.Len(), status)
	}
}

func TestRefusals(t *testing.T) {
	other := connector.Column{Name: "bid", Type: types.TRow(bidType.Fields[:2]...)}
	for _, c := range []struct {
		options string
		cols    []connector.Column
		want    string
	}{
		{"person.proportion=0 auction.proportion=0 bid.proportion=0", nil, "options 'person.proportion', 'auction.proportion' and 'bid.proportion' are all 0"},
		{"next-event.rate=5", nil, "option 'next-event.rate' = '5' differs from 'first-event.rate' = '10000': rates that change are not supported"},
		{"first-event.rate=0", nil, "option 'first-event.rate' = '0': expected a whole number from 1 to 2147483647"},
		{"events.num=-1", nil, "option 'events.num' = '-1': expected a whole number that is not negative"},
		{"bid.avg-size=1mb", nil, "option 'bid.avg-size' = '1mb': expected at most 32 kb"},
		{"base-time=now", nil, "option 'base-time' = 'now': expected a time such as '2015-07-15 00:00:00'"},
		{"", []connector.Column{{Name: "x", Type: types.TInt}}, "column 'x': the columns of a 'nexmark' table are event_type, person, auction and bid"},
		{"", []connector.Column{other}, "column 'bid' has to be declared as: bid " + bidType.String()},
	} {
		if _, err := open(c.options, c.cols...); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.options, err, c.want)
		}
	}
	s := mustOpen(t, "scan.parallelism=2")
	ctx := context.Background()
	_, err := s.OpenSplit(ctx, connector.Split{ID: "0/3"}, nil, connector.Env{})
	if err == nil || err.Error() != "table t: the pipeline goes on with generator 0/3, but 'scan.parallelism' is 2 now" {
		t.Error(err)
	}
	for _, at := range []string{"", "\x02\x01", "\x01", "\x01\x80", "\x01\x01\x01"} {
		if _, err := s.OpenSplit(ctx, connector.Split{ID: "0/2"}, []byte(at), connector.Env{}); err == nil {
			t.Errorf("position %q was taken", at)
		}
	}
}

// Proportions, hot keys, references and texts are as published.
func TestDistributions(t *testing.T) {
	const events = 200_000
	s := mustOpen(t, fmt.Sprintf("events.num=%d", events))
	var kinds [3]int
	var hotAuctions, hotBidders, hotSellers, extra, hotChannel, withID, auctions int
	bidders, channels, extras := map[int64]int{}, map[string]int{}, map[string]bool{}
	prices := [6]int{}
	var openFor int64
	readAll(t, s, 2048, false, func(b *vector.Batch) {
		for i := range b.Len() {
			kind := b.Cols[0].Value(i).I
			kinds[kind]++
			for c := 1; c < 4; c++ {
				if b.Cols[c].IsNull(i) == (int64(c-1) == kind) {
					t.Fatalf("event %d of type %d: column %d", b.Pos[i], kind, c)
				}
			}
			epoch := b.Pos[i] / 50
			at := 1436918400000 + b.Pos[i]/10
			row := b.Cols[kind+1].Value(i).Elems
			switch kind {
			case isPerson:
				if row[0].I != 1000+epoch || row[6].I != at*1000 {
					t.Fatalf("person %v of event %d", row, b.Pos[i])
				}
				checkPerson(t, row)
			case isAuction:
				auctions++
				if id := 1000 + 3*epoch + b.Pos[i]%50 - 1; row[0].I != id || row[5].I != at*1000 {
					t.Fatalf("auction %v of event %d", row, b.Pos[i])
				}
				openFor += row[6].I/1000 - at
				if row[7].I == 1000+epoch/100*100 {
					hotSellers++
				}
				if c := row[8].I; c < 10 || c > 14 || row[4].I <= row[3].I {
					t.Fatalf("auction %v", row)
				}
				for _, f := range []int{1, 2} {
					if s := row[f].S; len(s) > []int{0, 19, 99}[f] || s != strings.Trim(s, " ") {
						t.Fatalf("text %q", s)
					}
				}
			case isBid:
				last := 3*epoch + 2
				if row[0].I == 1000+last/100*100 {
					hotAuctions++
				}
				if row[0].I < 1000+max(last-100, 0)-100 || row[0].I > 1000+last+10 {
					t.Fatalf("bid %v of event %d", row, b.Pos[i])
				}
				if row[1].I == 2001+epoch/100*100 {
					hotBidders++
				}
				bidders[row[1].I]++
				prices[int(math.Log10(float64(row[2].I)/100)*0.9999999)]++
				channels[row[3].S]++
				if !strings.HasPrefix(row[3].S, "channel-") {
					hotChannel++
				}
				if !strings.HasPrefix(row[4].S, "https://www.nexmark.com/") || len(strings.Split(row[4].S, "/")) != 7 {
					t.Fatalf("url %q", row[4].S)
				}
				if strings.Contains(row[4].S, "&channel_id=") {
					withID++
				}
				extra += len(row[6].S)
				extras[row[6].S] = true
			}
		}
	})
	near := func(what string, got, want, tolerance float64) {
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s: %g, want about %g", what, got, want)
		}
	}
	bids := float64(kinds[2])
	if kinds != [3]int{events / 50, events / 50 * 3, events / 50 * 46} {
		t.Errorf("people, auctions, bids: %v", kinds)
	}
	near("bids for a hot auction", float64(hotAuctions)/bids, 0.5+0.5/111, 0.01)
	near("bids by a hot bidder", float64(hotBidders)/bids, 0.75, 0.01)
	near("auctions by a hot seller", float64(hotSellers)/float64(auctions), 0.75, 0.01)
	near("bids on a hot channel", float64(hotChannel)/bids, 0.5, 0.01)
	near("other channels", float64(len(channels)-4), otherChannels, 10)
	near("addresses with a channel", float64(withID)/bids, 0.45, 0.01)
	near("length of extra", float64(extra)/bids, 67.5, 0.5) // as published: 54 to 81
	near("distinct texts", float64(len(extras))/bids, 0.975, 0.01)
	near("time an auction is open, ms", float64(openFor)/float64(auctions), 166.5, 3) // 1666 events ahead
	for i, n := range prices {
		near(fmt.Sprint("prices of magnitude ", i), float64(n)/bids, 1.0/6, 0.005)
	}
	if len(bidders) < 3500 {
		t.Errorf("%d bidders", len(bidders))
	}
}

func checkPerson(t *testing.T, row []types.Value) {
	t.Helper()
	if len(strings.Fields(row[1].S)) != 2 || !strings.Contains(row[2].S, "@") || !strings.HasSuffix(row[2].S, ".com") || len(row[3].S) != 19 || len(row[5].S) != 2 {
		t.Fatalf("person %v", row)
	}
	size := 8
	for _, f := range []int{1, 2, 3, 4, 5, 7} {
		size += len(row[f].S)
	}
	if size < 165 || size > 235 {
		t.Fatalf("a person of %d bytes: %v", size, row)
	}
}

// Odd proportions make no kind of event impossible, and no reference a panic.
func TestOddProportions(t *testing.T) {
	for _, p := range [][3]int{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}, {0, 1, 1}, {1, 0, 1}, {5, 7, 3}, {1000, 1, 1}} {
		s := mustOpen(t, fmt.Sprintf("events.num=3000 person.proportion=%d auction.proportion=%d bid.proportion=%d", p[0], p[1], p[2]))
		if got := checksum(t, s, 100, false); got.Inserted != 3000 {
			t.Errorf("%v: %d events", p, got.Inserted)
		}
	}
}

// Columns that a query does not read are not made; a batch that has rows is appended to.
func TestColumnsAndAppending(t *testing.T) {
	cols := []connector.Column{columns[3], columns[1], columns[0]}
	s := mustOpen(t, "events.num=300", cols...)
	r, _ := s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{})
	b := vector.NewBatch(0)
	for _, c := range cols {
		b.Cols = append(b.Cols, vector.NewBuilder(c.Type, 0))
	}
	for _, c := range b.Cols {
		c.AppendNull()
	}
	b.Pos = []int64{-1}
	b.SetLen(1)
	if _, err := r.Read(b, 300); err != nil {
		t.Fatal(err)
	}
	whole := mustOpen(t, "events.num=300")
	readAll(t, whole, 300, false, func(w *vector.Batch) {
		for i := range w.Len() {
			for k, from := range []int{3, 1, 0} {
				got := types.AppendText(nil, b.Cols[k].Value(i+1), cols[k].Type)
				want := types.AppendText(nil, w.Cols[from].Value(i), cols[k].Type)
				if !bytes.Equal(got, want) {
					t.Fatalf("row %d: %s, want %s", i, got, want)
				}
			}
		}
	})
}

// A batch of common size is charged for what it holds, not for the pools.
func TestBytes(t *testing.T) {
	readAll(t, mustOpen(t, "events.num=2048"), 2048, false, func(b *vector.Batch) {
		if got := b.Bytes(); got > 300<<10 {
			t.Errorf("a batch of %d rows counts as %d bytes", b.Len(), got)
		}
	})
}

func benchmark(b *testing.B, cols ...connector.Column) {
	s := mustOpen(b, "events.num=0", cols...)
	r, _ := s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{})
	b.ReportAllocs()
	events := 0
	for range b.N {
		batch := vector.NewBatch(0)
		r.Read(batch, vector.DefaultRows)
		events += batch.Len()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

func BenchmarkAll(b *testing.B) { benchmark(b, columns...) }
func BenchmarkBid(b *testing.B) { benchmark(b, columns[3]) }

// With all columns consumed, as the bench does it.
func BenchmarkAllHashed(b *testing.B) {
	s := mustOpen(b, fmt.Sprint("events.num=", 100_000))
	events := int64(0)
	for range b.N {
		got := sum(b, s)
		if got.Checksum != wantChecksum {
			b.Fatalf("%x", got.Checksum)
		}
		events += got.Inserted
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

func sum(b *testing.B, s *numbered.Source) (total blackhole.Total) {
	var hashes []uint64
	readAll(b, s, vector.DefaultRows, false, func(batch *vector.Batch) { hashes = total.Add(batch, hashes) })
	return total
}
