package bench

import (
	"sync"

	"tidemark.dev/builtin/blackhole"
	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// dealt is a batch of bids with the rows that one owner is to take.
type dealt struct {
	bid  *vector.Vector
	rows []int32
}

// keyed generates in one thread a split, deals the bids out by auction to as many owners,
// and has each owner take what is its.
func keyed(o Options, own func(in <-chan dealt, total *blackhole.Total)) (sum blackhole.Total, err error) {
	readers, err := generator(o)
	if err != nil {
		return sum, err
	}
	n := len(readers)
	queues := make([]chan dealt, n)
	totals, errs := make([]blackhole.Total, n), make([]error, n)
	var owners, makers sync.WaitGroup
	for i := range queues {
		queues[i] = make(chan dealt, 8)
		owners.Go(func() { own(queues[i], &totals[i]) })
	}
	for k, r := range readers {
		makers.Go(func() { errs[k] = deal(r, queues) })
	}
	makers.Wait()
	for i := range queues {
		close(queues[i])
	}
	owners.Wait()
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

func deal(r connector.Reader, queues []chan dealt) error {
	n := uint64(len(queues))
	return bids(r, func(bid *vector.Vector, sel []int32) error {
		parts := make([][]int32, n)
		auction := bid.Child(bidAuction).Int64s()
		for _, i := range sel {
			p := mix(uint64(auction[i])) >> 32 % n
			parts[p] = append(parts[p], i)
		}
		for p, rows := range parts {
			if len(rows) > 0 {
				queues[p] <- dealt{bid, rows}
			}
		}
		return nil
	})
}

func mix(x uint64) uint64 {
	x *= 0x9e3779b97f4a7c15
	return x ^ x>>29
}

// groups is a flat table from two integers to a number.
type groups struct {
	slots []int32 // number+1
	a, b  []int64
}

func (g *groups) find(a, b int64) (n int32, fresh bool) {
	if len(g.a)*4 >= len(g.slots)*3 {
		old := max(len(g.slots), 512)
		g.slots = make([]int32, 2*old)
		for i := range g.a {
			at := mix(uint64(g.a[i])^mix(uint64(g.b[i]))) & uint64(len(g.slots)-1)
			for g.slots[at] != 0 {
				at = (at + 1) & uint64(len(g.slots)-1)
			}
			g.slots[at] = int32(i + 1)
		}
	}
	mask := uint64(len(g.slots) - 1)
	at := mix(uint64(a)^mix(uint64(b))) & mask
	for ; g.slots[at] != 0; at = (at + 1) & mask {
		if n = g.slots[at] - 1; g.a[n] == a && g.b[n] == b {
			return n, false
		}
	}
	n = int32(len(g.a))
	g.slots[at] = n + 1
	g.a, g.b = append(g.a, a), append(g.b, b)
	return n, true
}

const microsOfADay = 86_400_000_000

// stat is one group of q17.
type stat struct{ total, rank1, rank2, rank3, low, high, sum int64 }

func statistics(o Options) (blackhole.Total, error) {
	return keyed(o, func(in <-chan dealt, total *blackhole.Total) {
		var g groups
		var stats []stat
		var hashes []uint64
		names := map[int64][]byte{}
		for d := range in {
			out := newChanges(2 * len(d.rows))
			auction, price, at := d.bid.Child(bidAuction).Int64s(), d.bid.Child(bidPrice).Int64s(), d.bid.Child(bidTime).Int64s()
			for _, i := range d.rows {
				day := at[i] / microsOfADay
				n, fresh := g.find(auction[i], day)
				name := names[day]
				if name == nil {
					name = types.AppendDate(nil, day)
					names[day] = name
				}
				if fresh {
					stats = append(stats, stat{low: price[i], high: price[i]})
				} else {
					out.add(vector.UpdateBefore, auction[i], name, &stats[n])
				}
				s := &stats[n]
				p := price[i]
				s.total++
				switch {
				case p < 10000:
					s.rank1++
				case p < 1000000:
					s.rank2++
				default:
					s.rank3++
				}
				s.low, s.high, s.sum = min(s.low, p), max(s.high, p), s.sum+p
				kind := vector.UpdateAfter
				if fresh {
					kind = vector.Insert
				}
				out.add(kind, auction[i], name, s)
			}
			hashes = total.Add(out.batch(), hashes)
		}
	})
}

// changes builds q17's output.
type changes struct {
	cols  []*vector.Vector
	nums  [9][]int64
	kinds []vector.Kind
}

func newChanges(room int) *changes {
	c := &changes{}
	for i := range c.nums {
		c.nums[i] = make([]int64, 0, room)
	}
	c.cols = []*vector.Vector{nil, vector.NewBuilder(types.TString, room)}
	return c
}

func (c *changes) add(k vector.Kind, auction int64, day []byte, s *stat) {
	for i, x := range [9]int64{auction, s.total, s.rank1, s.rank2, s.rank3, s.low, s.high, s.sum / s.total, s.sum} {
		c.nums[i] = append(c.nums[i], x)
	}
	c.cols[1].AppendBytes(day)
	c.kinds = append(c.kinds, k)
}

func (c *changes) batch() *vector.Batch {
	n := len(c.kinds)
	cols := make([]*vector.Vector, 0, 10)
	for i := range c.nums {
		v := vector.New(types.TBigInt, n)
		copy(v.Int64s(), c.nums[i])
		if cols = append(cols, v); i == 0 {
			cols = append(cols, c.cols[1])
		}
	}
	b := vector.NewBatch(n, cols...)
	b.Kinds = c.kinds
	return b
}

func tumbling(o Options) (blackhole.Total, error) {
	const size = 10_000_000
	return keyed(o, func(in <-chan dealt, total *blackhole.Total) {
		var g groups
		var counts []int64
		for d := range in {
			auction, at := d.bid.Child(bidAuction).Int64s(), d.bid.Child(bidTime).Int64s()
			for _, i := range d.rows {
				n, fresh := g.find(auction[i], at[i]/size)
				if fresh {
					counts = append(counts, 0)
				}
				counts[n]++
			}
		}
		var hashes []uint64
		for from := 0; from < len(counts); from += rowsOfABatch {
			n := min(rowsOfABatch, len(counts)-from)
			cols := []*vector.Vector{vector.New(types.TBigInt, n), vector.New(types.TBigInt, n), vector.New(types.TTimestamp(3), n), vector.New(types.TTimestamp(3), n)}
			copy(cols[0].Int64s(), g.a[from:from+n])
			copy(cols[1].Int64s(), counts[from:from+n])
			for i := range n {
				cols[2].Int64s()[i] = g.b[from+i] * size
				cols[3].Int64s()[i] = (g.b[from+i] + 1) * size
			}
			hashes = total.Add(vector.NewBatch(n, cols...), hashes)
		}
	})
}
