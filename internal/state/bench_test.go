package state

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

const benchBatch = 1024

// bigints is a table of BIGINT keys with one word beside each, and its encoder.
func bigints(s *Store) (*Table, *Encoder) {
	codec := NewCodec([]types.Type{types.TBigInt.Required()})
	return s.Table("op", Desc{Name: "t", Key: codec, Fields: []Field{{"v", Word}}}), codec.NewEncoder()
}

// threadTime is what this thread has used of a processor: the machine may be busy with other work.
func threadTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err)
	}
	return time.Duration(ts.Nano())
}

func fill(b testing.TB, t *Table, enc *Encoder, n int) (worst time.Duration) {
	v := vector.New(types.TBigInt.Required(), benchBatch)
	var ids []ID
	var fresh []int32
	for at := 0; at < n; at += benchBatch {
		for i := range v.Int64s() {
			v.Int64s()[i] = int64(at + i)
		}
		keys := enc.Encode([]*vector.Vector{v}, nil, benchBatch)
		begun := threadTime()
		var err error
		if ids, fresh, err = t.Probe(keys, nil, ids, fresh[:0], true); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, threadTime()-begun)
	}
	return worst
}

// BenchmarkInsert grows a table from nothing to 4 Mi keys; worst-us is the longest that a
// batch of 1024 waited in any round.
func BenchmarkInsert(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var worst time.Duration
	begun, rounds := threadTime(), 0
	for b.Loop() {
		s := NewStore(nil)
		t, enc := bigints(s)
		worst = max(worst, fill(b, t, enc, 4<<20))
		s.Close()
		rounds++
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-us")
	b.ReportMetric(float64(threadTime()-begun)/float64(rounds)/(4<<20), "cpu-ns/key")
}

// BenchmarkProbe looks keys up at random and touches what is found.
func BenchmarkProbe(b *testing.B) {
	for _, n := range []int{1 << 10, 64 << 10, 1 << 20, 8 << 20} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			s := NewStore(nil)
			defer s.Close()
			t, enc := bigints(s)
			fill(b, t, enc, n)
			r := rand.New(rand.NewPCG(1, 1))
			const batches = 256
			cols := make([]*vector.Vector, batches)
			for i := range cols {
				cols[i] = vector.New(types.TBigInt.Required(), benchBatch)
				for j := range cols[i].Int64s() {
					cols[i].Int64s()[j] = r.Int64N(int64(n))
				}
			}
			var ids []ID
			at := 0
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			begun := threadTime()
			for b.Loop() {
				keys := enc.Encode(cols[at%batches:at%batches+1], nil, benchBatch)
				at++
				ids, _, _ = t.Probe(keys, nil, ids, nil, true)
				for _, id := range ids {
					t.Touch(id)
					*(*int64)(t.Value(id))++
				}
			}
			b.ReportMetric(float64(threadTime()-begun)/float64(at)/benchBatch, "cpu-ns/row")
		})
	}
}
