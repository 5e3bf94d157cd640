package op

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tidemark.dev/function"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// A window aggregate in several tasks is driven step by step: rows and watermarks come,
// barriers fall at any step, and a crash goes back to one of them, with another number of tasks.
// What comes out must be what a map makes of the same rows.

var windowInput = []types.Field{{Name: "k", Type: types.TString}, {Name: "v", Type: types.TBigInt}, {Name: "t", Type: types.TTimestamp(3).Required()}}

func windowPlan(w plan.Window, distinct bool) *plan.WindowAggregate {
	in := &plan.Scan{Edge: plan.Edge{Columns: windowInput}}
	ex := &plan.Exchange{Edge: plan.Edge{Columns: windowInput, Spread: plan.Spread{Kind: plan.SpreadHash, Keys: []int{0}}}, Input: in}
	w.Time = 2
	agg := func(f plan.AggregateFunc, distinct bool, args ...int) plan.Aggregate {
		return plan.Aggregate{Func: f, Args: args, Filter: -1, Distinct: distinct, Type: types.TBigInt, Name: fmt.Sprint("a", f, distinct)}
	}
	n := &plan.WindowAggregate{Input: ex, Keys: []int{0}, Window: w, Props: []plan.WindowProp{plan.WindowEnd},
		Aggs: []plan.Aggregate{agg(plan.Count, false), agg(plan.Sum, false, 1), agg(plan.Max, false, 1)}}
	if distinct {
		n.Aggs[0] = agg(plan.Count, true, 1)
	}
	n.Columns = []types.Field{windowInput[0]}
	for _, a := range n.Aggs {
		n.Columns = append(n.Columns, types.Field{Name: a.Name, Type: a.Type})
	}
	n.Columns = append(n.Columns, types.Field{Name: "e", Type: types.TTimestamp(3).Required()})
	return n
}

// event is a batch, or else a watermark.
type event struct {
	rows      []windowRow
	watermark int64
}

type windowRow struct {
	k    int
	v, t int64
}

// naive is the result, and how many rows are late.
func naive(w *windows, distinct bool, events []event) (rows []string, late int64) {
	type group struct {
		count, sum, top int64
		seen            map[int64]bool
	}
	open := map[[2]int64]*group{}
	now := int64(flow.NoWatermark)
	for _, e := range events {
		for _, r := range e.rows {
			in := 0
			w.each(r.t, func(_, end int64) {
				if now > flow.NoWatermark && w.fired(end, now) {
					return
				}
				in++
				g := open[[2]int64{end, int64(r.k)}]
				if g == nil {
					g = &group{top: r.v, seen: map[int64]bool{}}
					open[[2]int64{end, int64(r.k)}] = g
				}
				g.count, g.sum, g.top, g.seen[r.v] = g.count+1, g.sum+r.v, max(g.top, r.v), true
			})
			if in == 0 {
				late++
			}
		}
		if e.rows == nil {
			now = e.watermark
		}
	}
	for k, g := range open {
		count := g.count
		if distinct {
			count = int64(len(g.seen))
		}
		rows = append(rows, fmt.Sprint(k[1], count, g.sum, g.top, k[0]))
	}
	slices.Sort(rows)
	return rows, late
}

// cluster is the operator in some tasks.
type cluster struct {
	t      *testing.T
	plan   *plan.WindowAggregate
	random *rand.Rand
	ops    []*WindowAggregate
	counts []*flow.Counters
	stores []*state.Store
	memory *memory.Account
	before flow.Counters // of the tasks that were restored
	rows   []string
	send   *combiner
	keys   *state.Encoder
}

type checkpoint struct {
	event  int
	log    int
	notes  [][]byte
	rows   int
	counts flow.Counters
	tasks  int
}

// logged is what a task logged.
type logged struct {
	change      []byte
	task, tasks int
}

func groupsOf(task, tasks int) func(int) bool {
	return func(group int) bool { return group*tasks/state.KeyGroups == task }
}

func (c *cluster) start(tasks int, from *checkpoint, log []logged) {
	for i, s := range c.stores {
		c.ops[i].Close()
		s.Close()
	}
	c.ops, c.counts, c.stores, c.before = nil, nil, nil, flow.Counters{}
	if from != nil {
		c.before, c.rows = from.counts, c.rows[:from.rows]
	}
	c.send = newCombiner(c.plan)
	c.keys = state.NewCodec([]types.Type{types.TString}).NewEncoder()
	for i := range tasks {
		g, err := NewWindowAggregate(c.plan)
		if err != nil {
			c.t.Fatal(err)
		}
		g.piece = 1 + c.random.IntN(3)
		store, count := state.NewStore(c.memory), &flow.Counters{}
		ctx := &flow.Context{Operator: "w", Task: i, Tasks: tasks, Store: store, Memory: c.memory, Env: &function.Env{}, Count: count}
		if err := g.Open(ctx); err != nil {
			c.t.Fatal(err)
		}
		if from != nil {
			for _, part := range log[:from.log] {
				if err := store.Apply(part.change, groupsOf(i, tasks), groupsOf(part.task, part.tasks)); err != nil {
					c.t.Fatal(err)
				}
			}
			store.Restored()
			if err := g.Restore(from.notes); err != nil {
				c.t.Fatal(err)
			}
		}
		c.ops, c.counts, c.stores = append(c.ops, g), append(c.counts, count), append(c.stores, store)
	}
}

// give hands an event to all tasks: rows as such, with and without their keys, or combined.
func (c *cluster) give(e event) {
	if e.rows == nil {
		for _, g := range c.ops {
			g.Watermark(e.watermark)
		}
		return
	}
	n := len(e.rows)
	cols := []*vector.Vector{vector.New(windowInput[0].Type, n), vector.New(windowInput[1].Type, n), vector.New(windowInput[2].Type, n)}
	for i, r := range e.rows {
		cols[0].SetBytes(i, fmt.Append(nil, r.k))
		cols[1].Int64s()[i], cols[2].Int64s()[i] = r.v, r.t*1000
	}
	b := vector.NewBatch(n, cols...)
	keys := c.keys.Encode(cols[:1], nil, n)
	parcels := make([]flow.Parcel, len(c.ops))
	if c.send != nil && c.random.IntN(2) == 0 && c.send.Combine(b, keys, c.ops[0].now, parcels) {
		for i, p := range parcels {
			if p != nil {
				c.ops[i].Parcel(p)
			}
		}
		return
	}
	for i, g := range c.ops {
		var sel []int32
		of := &state.Keys{At: []int32{0}}
		for j, h := range keys.Hash {
			if state.TaskOf(h, len(c.ops)) == i {
				sel = append(sel, int32(j))
				of.Data = append(of.Data, keys.Row(j)...)
				of.At, of.Hash = append(of.At, int32(len(of.Data))), append(of.Hash, h)
			}
		}
		if len(sel) == 0 {
			continue
		}
		if c.random.IntN(2) == 0 {
			g.Keys(of)
		}
		g.Rows(0, b.Under(sel))
	}
}

func (c *cluster) step(i, steps int) (done bool) {
	out := flow.NewOutput(func(it flow.Item) {
		if it.Kind != flow.Rows {
			return
		}
		it.Batch.Rows(func(row int) {
			v := func(col int) int64 { return it.Batch.Cols[col].Value(row).I }
			c.rows = append(c.rows, fmt.Sprint(string(it.Batch.Cols[0].Bytes(row)), " ", v(1), v(2), v(3), v(4)/1000))
		})
	})
	q := flow.CountedQuantum(steps)
	status, err := c.ops[i].Step(out, &q)
	if err != nil {
		c.t.Fatal(err)
	}
	return status == flow.Done
}

func (c *cluster) barrier(event int, log *[]logged) *checkpoint {
	p := &checkpoint{event: event, rows: len(c.rows), counts: c.before, tasks: len(c.ops)}
	for i, g := range c.ops {
		notes, ready := g.Snapshot()
		if !ready {
			c.t.Fatal("a barrier has to wait for windows that are being fired")
		}
		p.notes = append(p.notes, notes)
		c.stores[i].Barrier()
		for !c.stores[i].Extract(1) {
		}
		*log = append(*log, logged{c.stores[i].Change(), i, len(c.ops)})
		p.counts.Add(c.counts[i])
	}
	p.log = len(*log)
	return p
}

func TestFiringInPieces(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 1))
		shapes := []plan.Window{{Kind: plan.Tumble, Size: 10}, {Kind: plan.Hop, Size: 12, Slide: 4}, {Kind: plan.Hop, Size: 10, Slide: 2, Offset: 1},
			{Kind: plan.Cumulate, Size: 12, Slide: 3}}
		shape, distinct := shapes[random.IntN(len(shapes))], random.IntN(3) == 0
		var events []event
		now := int64(0)
		for range 1 + random.IntN(20) {
			e := event{rows: make([]windowRow, 1+random.IntN(40))}
			for i := range e.rows {
				e.rows[i] = windowRow{k: random.IntN(1 + random.IntN(12)), v: random.Int64N(9), t: max(0, now+random.Int64N(20)-6)}
			}
			if now += random.Int64N(12); random.IntN(3) == 0 {
				now += 20
			}
			events = append(events, e, event{watermark: now})
		}
		events = append(events, event{watermark: flow.EndWatermark})

		c := &cluster{t: t, plan: windowPlan(shape, distinct), random: random, memory: memory.NewAccount("test", 0, nil)}
		want, late := naive(mustWindows(t, c.plan.Window), distinct, events)
		c.start(1+random.IntN(4), nil, nil)
		var log []logged
		var last *checkpoint
		for at, fresh := 0, true; at < len(events); {
			if fresh {
				c.give(events[at])
				for i := range c.ops { // rows are taken in one step
					c.step(i, 0)
				}
			}
			fresh = true
			for busy := true; busy; {
				busy = false
				for i := range c.ops {
					busy = !c.step(i, random.IntN(4)) || busy
				}
				switch random.IntN(20) {
				case 0, 1:
					last = c.barrier(at, &log)
				case 2:
					if last != nil {
						log = log[:last.log]
						c.start(1+random.IntN(4), last, log)
						at, busy = last.event, true
					}
				}
			}
			at++
		}
		got := slices.Clone(c.rows)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d, %+v, distinct %v:\n%s\nwant\n%s", seed, shape, distinct, got, want)
		}
		counts := c.before
		for _, n := range c.counts {
			counts.Add(n)
		}
		if counts.Late != late || counts.Held != 0 {
			t.Fatalf("seed %d, %+v: %d rows are late, want %d; %d rows are held at the end", seed, shape, counts.Late, late, counts.Held)
		}
		for _, s := range c.stores {
			if n := s.Keys(); n != 0 {
				t.Fatalf("seed %d: %d entries are left", seed, n)
			}
			s.Close()
		}
		if n := c.memory.Used(); n != 0 {
			t.Fatalf("seed %d: %d bytes are still charged", seed, n)
		}
	}
}

func mustWindows(t *testing.T, w plan.Window) *windows {
	ws, err := newWindows(w)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}
