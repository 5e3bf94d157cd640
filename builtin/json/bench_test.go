package json

import (
	stdjson "encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"tidemark.dev/builtin/json/formattest"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// bidFields is the schema of a Nexmark bid.
var bidFields = []types.Field{
	{Name: "auction", Type: types.TBigInt},
	{Name: "bidder", Type: types.TBigInt},
	{Name: "price", Type: types.TBigInt},
	{Name: "channel", Type: types.TString},
	{Name: "url", Type: types.TString},
	{Name: "dateTime", Type: types.TTimestamp(3)},
	{Name: "extra", Type: types.TString},
}

type bid struct {
	Auction, Bidder, Price int64
	Channel, URL, DateTime string
	Extra                  string
}

// layout is how the records of a benchmark vary.
type layout int

const (
	stable   layout = iota
	shuffled        // keys in random order, escapes in texts
	optional        // each key of three, price, channel and extra, missing in a third
	spaced          // white space as Python's json writes it
)

// bids makes records of bids.
func bids(n int, vary layout) (format.Records, int) {
	r := rand.New(rand.NewSource(7))
	letters := func(k int) string {
		b := make([]byte, k)
		for i := range b {
			b[i] = byte('a' + r.Intn(26))
		}
		return string(b)
	}
	var texts []string
	total := 0
	for range n {
		channel := fmt.Sprintf("channel-%d", r.Intn(10000))
		if r.Intn(2) == 0 {
			channel = []string{"Google", "Facebook", "Baidu", "Apple"}[r.Intn(4)]
		}
		url := fmt.Sprintf("https://www.nexmark.com/%s/%s/%s/item.htm?query=1", letters(3), letters(4), letters(3))
		if r.Intn(10) > 0 {
			url += fmt.Sprintf("&channel_id=%d", r.Int31())
		}
		extra := letters(50 + r.Intn(40))
		if vary == shuffled {
			extra = extra[:10] + `\n` + extra[10:30] + `\u00e9\"` + extra[30:]
		}
		members := []string{
			fmt.Sprintf(`"auction":%d`, 1000+r.Intn(6000000)),
			fmt.Sprintf(`"bidder":%d`, 1000+r.Intn(2000000)),
			fmt.Sprintf(`"price":%d`, 100+r.Intn(10000000)),
			fmt.Sprintf(`"channel":"%s"`, channel),
			fmt.Sprintf(`"url":"%s"`, url),
			fmt.Sprintf(`"dateTime":"2026-01-%02d %02d:%02d:%02d.%03d"`, 1+r.Intn(31), r.Intn(24), r.Intn(60), r.Intn(60), r.Intn(1000)),
			fmt.Sprintf(`"extra":"%s"`, extra),
		}
		switch vary {
		case shuffled:
			r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		case optional:
			for _, k := range []int{6, 3, 2} {
				if r.Intn(3) == 0 {
					members = append(members[:k], members[k+1:]...)
				}
			}
		case spaced:
			for k, m := range members {
				members[k] = " " + strings.Replace(m, ":", ": ", 1)
			}
		}
		text := "{"
		for i, m := range members {
			if i > 0 {
				text += ","
			} else {
				m = strings.TrimSpace(m)
			}
			text += m
		}
		texts = append(texts, text+"}")
		total += len(text) + 1
	}
	return formattest.Lines(texts...), total
}

func benchmarkDecode(b *testing.B, vary layout, columns ...int) {
	const n = 2048
	records, bytes := bids(n, vary)
	t := table(b, bidFields, nil)
	if columns != nil {
		t.Wanted = columns
	}
	d, err := newDecoder(t)
	if err != nil {
		b.Fatal(err)
	}
	out := formattest.Batch(&Format, t)
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range out.Cols {
			c.Truncate(0)
			c.ShareBuffers(vector.NewBuilder(c.Type, 0))
		}
		out.SetLen(0)
		if done, err := d.Decode(records, out, nil); done != n || err != nil {
			b.Fatal(done, err)
		}
	}
	b.StopTimer()
	for i := range n {
		var want bid
		if err := stdjson.Unmarshal(records.Data[records.From[i]:records.To[i]], &want); err != nil {
			b.Fatal(err)
		}
		for k, c := range t.Wanted {
			got := out.Cols[k].Value(i)
			switch c {
			case 0, 1, 2:
				if got.I != [...]int64{want.Auction, want.Bidder, want.Price}[c] {
					b.Fatalf("record %d: %s is %d", i, bidFields[c].Name, got.I)
				}
			case 3, 4, 6:
				if got.S != [...]string{3: want.Channel, 4: want.URL, 6: want.Extra}[c] {
					b.Fatalf("record %d: %s is %q", i, bidFields[c].Name, got.S)
				}
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/record")
}

func BenchmarkDecodeStable(b *testing.B)   { benchmarkDecode(b, stable) }
func BenchmarkDecodeShuffled(b *testing.B) { benchmarkDecode(b, shuffled) }
func BenchmarkDecodeOptional(b *testing.B) { benchmarkDecode(b, optional) }
func BenchmarkDecodeSpaced(b *testing.B)   { benchmarkDecode(b, spaced) }
func BenchmarkDecodeThree(b *testing.B)    { benchmarkDecode(b, stable, 0, 2, 5) }

// BenchmarkStandard is encoding/json on the records of BenchmarkDecodeStable, for the
// ratio.
func BenchmarkStandard(b *testing.B) {
	const n = 2048
	records, bytes := bids(n, stable)
	b.SetBytes(int64(bytes))
	for b.Loop() {
		for i := range n {
			var x bid
			if err := stdjson.Unmarshal(records.Data[records.From[i]:records.To[i]], &x); err != nil || x.Auction == 0 {
				b.Fatal(err, x)
			}
		}
	}
}
