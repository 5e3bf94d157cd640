package op

import (
	"encoding/binary"
	"fmt"
	"slices"

	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// WindowAggregate, in numbered steps (Flink's SlicingWindowOperator, a batch at a time)
//
//  1. A row belongs to one slice (see windows), named by its end: the namespace of its
//     group's entry. If the watermark has passed the last window that holds the slice, the row
//     is late: dropped and counted. If it has passed only some, the row counts in the rest.
//  2. A watermark fires the windows whose end it has passed, by their ends, in order. A
//     window that is one slice leaves the table as it is emitted. One of several slices is
//     merged into a table beside, then emitted; a slice goes with the last window that holds it.
//  3. Aggregates whose states do not merge (DISTINCT) are kept by window and not by
//     slice: a row then goes into each window that is not closed.
//  4. Firing is done in pieces. A barrier may fall between two pieces if windows are of one
//     slice: what was emitted has left the state. Slices that several windows share stay, so
//     there a barrier waits until all windows that the watermark closes are emitted.
//  5. Only when all windows are emitted is the watermark passed on.
type WindowAggregate struct {
	flow.Base
	held
	aggregates
	plan    *plan.WindowAggregate
	ctx     *flow.Context
	win     *windows
	apart   bool // by window, not by slice
	table   *state.Table
	codec   *state.Codec
	encoder *state.Encoder

	now     int64   // the watermark that was handed over last
	next    int64   // end of the first window not fired that has rows, at most
	firing  []int64 // ends of windows to fire, in order
	done    int64   // the watermark whose windows have all been emitted
	merging *merging

	cols   []*vector.Vector
	spaces []int64
	ids    []state.ID
	out    []state.ID
	w      work
	start  int64 // the slice of the row before
	end    int64
	late   bool
}

// merging is a window of several slices on its way out.
type merging struct {
	store  *state.Store
	table  *state.Table
	slices []int64
	at     state.ID // the last entry merged of slices[0]
	inside bool     // at is set
	emit   bool
}

// NewWindowAggregate prepares the node's aggregates.
func NewWindowAggregate(n *plan.WindowAggregate) (*WindowAggregate, error) {
	aggs, err := newAggregates(n.Aggs, n.Input.Output().Columns)
	if err != nil {
		return nil, err
	}
	win, err := newWindows(n.Window)
	if err != nil {
		return nil, err
	}
	g := &WindowAggregate{plan: n, aggregates: aggs, win: win, now: flow.NoWatermark, next: flow.EndWatermark, done: flow.NoWatermark}
	if n.Attached { // each row carries its window
		g.win.Kind = plan.Tumble
	}
	if n.Window.Proctime && !n.Attached {
		return nil, fmt.Errorf("windows over processing time are not supported")
	}
	for _, a := range n.Aggs {
		g.apart = g.apart || a.Distinct && g.win.Kind != plan.Tumble
	}
	return g, nil
}

// Open implements flow.Operator.
func (g *WindowAggregate) Open(ctx *flow.Context) error {
	g.ctx = ctx
	keys := columnTypes(g.plan.Input.Output().Columns, g.plan.Keys)
	g.codec = state.NewCodec(keys)
	g.encoder = g.codec.NewEncoder()
	g.table = ctx.Store.Table(ctx.Operator, state.Desc{Name: "windows", Key: g.codec, Namespaced: true, Fields: g.fields})
	g.open(ctx, keys, g.plan.Retracts, true)
	return nil
}

// Snapshot implements flow.Operator. The notes are the watermark.
func (g *WindowAggregate) Snapshot() ([]byte, bool) {
	if g.merging != nil || g.batch != nil {
		return nil, false
	}
	if len(g.firing) > 0 && !g.single() {
		return nil, false // which windows have fired must be one answer for all tasks
	}
	return binary.AppendVarint(nil, g.now), true
}

// Restore implements flow.Operator. All tasks had been handed the same watermark. Windows
// of one slice that it closes may still be there, in part: they were being emitted. Of shared
// slices all that it closes had been emitted.
func (g *WindowAggregate) Restore(notes [][]byte) error {
	for _, b := range notes {
		now, k := binary.Varint(b)
		if k <= 0 {
			return errNotes
		}
		g.now = max(g.now, now)
	}
	if !g.single() {
		g.done = g.now
	}
	g.table.Spaces(func(ns int64, _ int) { g.next = min(g.next, g.firstOpen(ns)) })
	if g.now > flow.NoWatermark {
		g.arm()
	}
	return g.restored()
}

// Pending implements flow.Pender: windows that were being fired.
func (g *WindowAggregate) Pending() bool { return len(g.firing) > 0 }

// Watermark implements flow.Operator.
func (g *WindowAggregate) Watermark(w int64) error {
	g.now = max(g.now, w)
	g.watermark, g.mark = w, true
	g.arm()
	return nil
}

// firstOpen is the end of the first window with a namespace's rows that was not fired.
func (g *WindowAggregate) firstOpen(ns int64) int64 {
	if g.apart {
		return ns
	}
	end := g.win.firstWindow(ns)
	for g.done > flow.NoWatermark && g.win.fired(end, g.done) && end < g.win.lastWindow(ns) {
		end = g.win.nextWindow(end)
	}
	return end
}

// arm lists the windows that the watermark closes.
func (g *WindowAggregate) arm() {
	if len(g.firing) > 0 || g.next == flow.EndWatermark || !g.win.fired(g.next, g.now) {
		return
	}
	g.next = flow.EndWatermark
	g.table.Spaces(func(ns int64, _ int) {
		last := g.lastEnd(ns)
		for end := g.firstOpen(ns); ; end = g.win.nextWindow(end) {
			if !g.win.fired(end, g.now) {
				g.next = min(g.next, end)
				break
			}
			g.firing = append(g.firing, end)
			if end >= last {
				break
			}
		}
	})
	slices.Sort(g.firing)
	g.firing = slices.Compact(g.firing)
}

func (g *WindowAggregate) lastEnd(ns int64) int64 {
	if g.apart {
		return ns
	}
	return g.win.lastWindow(ns)
}

// Step implements flow.Operator.
func (g *WindowAggregate) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	if g.batch != nil {
		b := g.batch
		g.batch = nil
		if err := g.rows(b); err != nil {
			return flow.Done, err
		}
	}
	for len(g.firing) > 0 {
		if out.Full() || q.Over() {
			return flow.More, nil
		}
		if err := g.fire(out); err != nil {
			return flow.Done, err
		}
	}
	g.done = g.now
	g.forward(out)
	return flow.Done, nil
}

// rows puts a batch into its slices.
func (g *WindowAggregate) rows(b *vector.Batch) error {
	w := &g.w
	w.table, w.batch, w.after, w.shown = g.table, b, nil, nil
	w.rows, w.sign, g.spaces = w.rows[:0], w.sign[:0], g.spaces[:0]
	if err := g.assign(b); err != nil {
		return locate(g.ctx, b, err)
	}
	if len(w.rows) == 0 {
		return nil
	}
	g.cols = g.cols[:0]
	for _, k := range g.plan.Keys {
		g.cols = append(g.cols, b.Cols[k])
	}
	w.keys = g.encoder.Encode(g.cols, w.rows, b.Len())
	var err error
	if g.ids, _, err = g.table.Probe(w.keys, g.spaces, g.ids, nil, true); err != nil {
		return err
	}
	w.ids = g.ids
	for j, id := range w.ids {
		g.table.Touch(id)
		*slot[int64](g.table, id, 0) += int64(w.sign[j])
	}
	return g.run(w, nil)
}

// assign finds the slice of each row and drops the late ones.
func (g *WindowAggregate) assign(b *vector.Batch) error {
	column := g.plan.Window.Time
	if g.plan.Attached {
		column = g.plan.AttachedEnd
	}
	var micros []int64
	var valid []uint64
	mask := int32(-1)
	if !g.plan.Window.Proctime || g.plan.Attached {
		c := b.Cols[column]
		if c.Encoding() == vector.Dictionary {
			c = c.Flatten()
		}
		micros, valid, mask = c.Int64s(), c.Valid(), int32(c.Mask())
	}
	n := b.Count()
	for j := 0; j < n; j++ {
		row := int32(j)
		if b.Sel != nil {
			row = b.Sel[j]
		}
		var t int64
		if micros != nil {
			if !vector.Bit(valid, int(row&mask)) {
				return rowError(int(row), "the rowtime is NULL: a window needs a time; filter such rows out, or give them one with COALESCE")
			}
			t = floorMillis(micros[row&mask])
		} else {
			t = floorMillis(g.ctx.Env.Now)
		}
		sign := int8(1)
		if b.Kinds != nil && b.Kinds[row].Retracts() {
			sign = -1
		}
		if g.apart {
			g.assignApart(row, t, sign)
			continue
		}
		if g.plan.Attached {
			g.slice(t-1, t)
		} else if t = g.win.local(t); t < g.start || t >= g.end {
			end := g.win.sliceEnd(t)
			g.slice(end-g.win.slice, end)
		}
		if g.late && g.win.fired(g.win.lastWindow(g.end), g.now) {
			g.ctx.Count.Late++
			continue
		}
		g.ctx.Count.Held += int64(sign)
		g.w.rows, g.w.sign, g.spaces = append(g.w.rows, row), append(g.w.sign, sign), append(g.spaces, g.end)
	}
	// The watermark may have passed a slice by the next batch.
	g.start, g.end = 0, 0
	return nil
}

// slice makes the slice of the following rows current.
func (g *WindowAggregate) slice(start, end int64) {
	g.start, g.end = start, end
	g.late = g.now > flow.NoWatermark && g.win.fired(end, g.now)
	if first := g.firstOpen(end); !g.late {
		g.next = min(g.next, first)
	} else if last := g.win.lastWindow(end); !g.win.fired(last, g.now) {
		for g.win.fired(first, g.now) {
			first = g.win.nextWindow(first)
		}
		g.next = min(g.next, first)
	}
}

// assignApart puts a row into each of its windows that is not closed. It is late if
// all are.
func (g *WindowAggregate) assignApart(row int32, t int64, sign int8) {
	open := 0
	g.win.each(g.win.local(t), func(_, end int64) {
		if g.now > flow.NoWatermark && g.win.fired(end, g.now) {
			return
		}
		open++
		g.next = min(g.next, end)
		g.w.rows, g.w.sign, g.spaces = append(g.w.rows, row), append(g.w.sign, sign), append(g.spaces, end)
	})
	if open == 0 {
		g.ctx.Count.Late++
		return
	}
	g.ctx.Count.Held += int64(open) * int64(sign)
}

// single tells that a namespace is one window.
func (g *WindowAggregate) single() bool { return g.apart || g.win.Kind == plan.Tumble }

// firePiece is how many groups are emitted, or merged, at a time.
const firePiece = 1024

// fire does a piece of the first window to be fired.
func (g *WindowAggregate) fire(out *flow.Output) error {
	end := g.firing[0]
	if g.single() {
		if g.emitFrom(g.table, end, end, out) {
			g.drop(end)
			g.fired(end)
		}
		return nil
	}
	if g.merging == nil {
		if err := g.beginMerge(end); err != nil {
			return err
		}
	}
	m := g.merging
	if !m.emit {
		return g.mergePiece()
	}
	if g.emitFrom(m.table, 0, end, out) {
		m.store.Close()
		g.merging = nil
		g.fired(end)
	}
	return nil
}

func (g *WindowAggregate) fired(end int64) {
	g.firing = g.firing[1:]
	if len(g.firing) == 0 {
		g.firing = nil
	}
	if g.single() {
		return
	}
	var gone []int64
	g.table.Spaces(func(ns int64, _ int) {
		if g.win.lastWindow(ns) <= end {
			gone = append(gone, ns)
		}
	})
	for _, ns := range gone {
		g.drop(ns)
	}
}

// drop removes what is left of a namespace.
func (g *WindowAggregate) drop(ns int64) {
	for !g.table.Take(ns, firePiece, g.leave) {
	}
	for _, a := range g.accs {
		if a.distinct != nil {
			for !a.distinct.table.Take(ns, firePiece, func(state.ID) {}) {
			}
		}
	}
}

// leave counts the rows of an entry that leaves the state.
func (g *WindowAggregate) leave(id state.ID) {
	n := *slot[int64](g.table, id, 0)
	g.ctx.Count.Held -= n
	g.ctx.Count.Fired += n
}

// emitFrom emits a piece of a namespace of t and removes it; true: it is empty.
func (g *WindowAggregate) emitFrom(t *state.Table, ns, end int64, out *flow.Output) bool {
	g.out = g.out[:0]
	taken := 0
	t.Walk(ns, state.None, firePiece, func(id state.ID) {
		taken++
		if *slot[int64](t, id, 0) > 0 {
			g.out = append(g.out, id)
		}
	})
	if n := len(g.out); n > 0 {
		out.Rows(vector.NewBatch(n, g.result(t, n, end)...))
	}
	leave := func(state.ID) {}
	if t == g.table {
		leave = g.leave
	}
	return t.Take(ns, taken, leave) || taken == 0
}

// result makes the columns of the n groups in g.out.
func (g *WindowAggregate) result(t *state.Table, n int, end int64) []*vector.Vector {
	keys := make([]*vector.Vector, len(g.codec.Types()))
	for i, kt := range g.codec.Types() {
		keys[i] = vector.NewBuilder(kt, n)
	}
	for _, id := range g.out {
		if err := g.codec.DecodeRow(t.KeyOf(id), keys); err != nil {
			panic(err) // the table holds only what the codec encoded
		}
	}
	cols := keys
	for _, a := range g.accs {
		v := vector.New(a.Type, n)
		a.result(t, g.out, v)
		cols = append(cols, v)
	}
	fields := g.plan.Columns[len(cols):]
	for i, p := range g.plan.Props {
		cols = append(cols, vector.NewConstant(fields[i].Type, g.win.property(p, end), n))
	}
	return cols
}

// property is the value of a property of the window that ends at end.
func (w *windows) property(p plan.WindowProp, end int64) types.Value {
	switch p {
	case plan.WindowStart:
		return types.Int64(w.windowStart(end) * 1000)
	case plan.WindowEnd:
		return types.Int64(end * 1000)
	}
	return types.Int64(w.instant(end-1) * 1000)
}

func (g *WindowAggregate) beginMerge(end int64) error {
	store := state.NewStore(g.ctx.Memory)
	m := &merging{store: store, at: state.None,
		table: store.Table("merged", state.Desc{Name: "window", Key: g.codec, Namespaced: true, Fields: g.fields})}
	start := g.win.windowStart(end)
	g.table.Spaces(func(ns int64, _ int) {
		if ns > start && ns <= end {
			m.slices = append(m.slices, ns)
		}
	})
	slices.Sort(m.slices)
	g.merging = m
	return nil
}

// mergePiece merges some entries of the next slice.
func (g *WindowAggregate) mergePiece() error {
	m := g.merging
	if len(m.slices) == 0 {
		m.emit = true
		return nil
	}
	g.out = g.out[:0]
	m.at = g.table.Walk(m.slices[0], m.at, firePiece, func(id state.ID) { g.out = append(g.out, id) })
	keys := state.Keys{At: []int32{0}}
	for _, id := range g.out {
		k := g.table.KeyOf(id)
		keys.Data = append(keys.Data, k...)
		keys.At = append(keys.At, int32(len(keys.Data)))
		keys.Hash = append(keys.Hash, state.Hash(k))
	}
	spaces := make([]int64, len(g.out))
	ids, _, err := m.table.Probe(&keys, spaces, nil, nil, true)
	if err != nil {
		return err
	}
	for j, from := range g.out {
		*slot[int64](m.table, ids[j], 0) += *slot[int64](g.table, from, 0)
		for _, a := range g.accs {
			if err := a.merge(m.table, ids[j], g.table, from); err != nil {
				return err
			}
		}
	}
	if m.at == state.None {
		m.slices = m.slices[1:]
	}
	return nil
}

// Close implements flow.Operator.
func (g *WindowAggregate) Close() error {
	if g.merging != nil {
		g.merging.store.Close()
	}
	return nil
}
