package bench

import (
	"context"
	"fmt"
	"sync"

	"tidemark.dev/builtin/blackhole"
	"tidemark.dev/builtin/nexmark"
	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// hand is a loop written by hand for one query: the same generator and threads, the
// same changes and checksum, and none of what makes it a system: no epochs, no plan, no edges.
type hand func(Options) (blackhole.Total, error)

const rowsOfABatch = vector.DefaultRows

// generator opens the generator's splits, one a thread, reading the columns event_type
// and bid.
func generator(o Options) ([]connector.Reader, error) {
	given := map[string]string{"events.num": fmt.Sprint(o.Events), "first-event.rate": fmt.Sprint(o.rate()),
		"next-event.rate": fmt.Sprint(o.rate()), "scan.parallelism": fmt.Sprint(o.Parallelism)}
	values, problems := option.Parse(nexmark.Connector.Options, given)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	cols := []connector.Column{{Name: "event_type", Type: types.TInt}, {Name: "bid", Type: nexmark.BidType}}
	src, err := nexmark.Connector.NewSource(&connector.Table{Name: "nexmark", Options: values, Schema: cols, Columns: cols})
	if err != nil {
		return nil, err
	}
	splits, err := src.Splits(context.Background())
	if err != nil {
		return nil, err
	}
	var readers []connector.Reader
	for _, s := range splits {
		r, err := src.OpenSplit(context.Background(), s, nil, connector.Env{Wake: func() {}})
		if err != nil {
			return nil, err
		}
		readers = append(readers, r)
	}
	return readers, nil
}

// bids reads all batches of a split, with the bids among their rows.
func bids(r connector.Reader, f func(bid *vector.Vector, sel []int32) error) error {
	for {
		b := vector.NewBatch(0, vector.NewBuilder(types.TInt, 0), vector.NewBuilder(nexmark.BidType, 0))
		status, err := r.Read(b, rowsOfABatch)
		if err != nil {
			return err
		}
		kinds := b.Cols[0].Flatten().Int32s()
		sel := make([]int32, 0, b.Len())
		for i := range b.Len() {
			if kinds[i] == 2 {
				sel = append(sel, int32(i))
			}
		}
		if err := f(b.Cols[1], sel); err != nil {
			return err
		}
		if status == connector.Ended {
			return nil
		}
	}
}

// each runs f in one thread a split and adds up the totals.
func each(o Options, f func(r connector.Reader, total *blackhole.Total) error) (sum blackhole.Total, err error) {
	readers, err := generator(o)
	if err != nil {
		return sum, err
	}
	var wg sync.WaitGroup
	totals, errs := make([]blackhole.Total, len(readers)), make([]error, len(readers))
	for i, r := range readers {
		wg.Go(func() { errs[i] = f(r, &totals[i]) })
	}
	wg.Wait()
	for i, t := range totals {
		if errs[i] != nil {
			return sum, errs[i]
		}
		sum.Inserted += t.Inserted
		sum.Retracted += t.Retracted
		sum.Checksum += t.Checksum
	}
	return sum, nil
}

// The fields of a bid.
const (
	bidAuction = iota
	bidBidder
	bidPrice
	bidChannel
	bidURL
	bidTime
	bidExtra
)

func passThrough(o Options) (blackhole.Total, error) {
	return each(o, func(r connector.Reader, total *blackhole.Total) error {
		var hashes []uint64
		return bids(r, func(bid *vector.Vector, sel []int32) error {
			b := vector.NewBatch(bid.Len(), bid.Child(bidAuction), bid.Child(bidBidder), bid.Child(bidPrice), bid.Child(bidTime), bid.Child(bidExtra))
			b.Sel = sel
			hashes = total.Add(b, hashes)
			return nil
		})
	})
}

func currency(o Options) (blackhole.Total, error) {
	return each(o, func(r connector.Reader, total *blackhole.Total) error {
		var hashes []uint64
		return bids(r, func(bid *vector.Vector, sel []int32) error {
			price := bid.Child(bidPrice).Int64s()
			out := vector.New(types.TDecimal(23, 3), bid.Len())
			dst := out.Int128s()
			for _, i := range sel {
				dst[i] = types.Int128Of(908 * price[i])
			}
			b := vector.NewBatch(bid.Len(), bid.Child(bidAuction), bid.Child(bidBidder), out, bid.Child(bidTime), bid.Child(bidExtra))
			b.Sel = sel
			hashes = total.Add(b, hashes)
			return nil
		})
	})
}

func selection(o Options) (blackhole.Total, error) {
	return each(o, func(r connector.Reader, total *blackhole.Total) error {
		var hashes []uint64
		return bids(r, func(bid *vector.Vector, sel []int32) error {
			auction := bid.Child(bidAuction).Int64s()
			kept := sel[:0]
			for _, i := range sel {
				if auction[i]%123 == 0 {
					kept = append(kept, i)
				}
			}
			b := vector.NewBatch(bid.Len(), bid.Child(bidAuction), bid.Child(bidPrice))
			b.Sel = kept
			hashes = total.Add(b, hashes)
			return nil
		})
	})
}
