package op

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

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
//  4. Rows may come combined (see combiner): a parcel is added to the slices as its rows would be.
//  5. Firing is done in pieces. A barrier may fall between two pieces if windows are of one
//     slice: what was emitted has left the state. Slices that several windows share stay, so
//     there a barrier waits until all windows that the watermark closes are emitted.
//  6. Only when all windows are emitted is the watermark passed on.
type WindowAggregate struct {
	flow.Base
	held
	aggregates
	slicer
	plan    *plan.WindowAggregate
	ctx     *flow.Context
	apart   bool // by window, not by slice
	table   *state.Table
	codec   *state.Codec
	encoder *state.Encoder

	now     int64   // the watermark that was handed over last
	next    int64   // end of the first window not fired that has rows, at most
	firing  []int64 // ends of windows to fire, in order
	done    int64   // the watermark whose windows have all been emitted
	merging *merging

	keys   *state.Keys // of the batch, if the exchange has encoded them
	parcel *parcel     // in place of a batch
	own    *combiner   // for batches that come without exchange; nil: rows cannot be combined
	whole  [1]flow.Parcel
	cols   []*vector.Vector
	spaces []int64
	ids    []state.ID
	out    []state.ID
	w      work
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
	cut, err := newSlicer(n)
	if err != nil {
		return nil, err
	}
	if cut.clock {
		return nil, fmt.Errorf("windows over processing time are not supported")
	}
	g := &WindowAggregate{plan: n, aggregates: aggs, slicer: cut, now: flow.NoWatermark, next: flow.EndWatermark, done: flow.NoWatermark}
	for _, a := range n.Aggs {
		g.apart = g.apart || a.Distinct && g.win.Kind != plan.Tumble
	}
	g.own = newCombiner(n)
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
	if g.merging != nil || g.batch != nil || g.parcel != nil {
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

// take adds a batch to the state, combined if that pays.
func (g *WindowAggregate) take(b *vector.Batch) error {
	keys := g.keys
	if keys == nil && g.own != nil {
		keys = g.encode(b, b.Sel)
		if g.own.Combine(b, keys, g.whole[:]) {
			p := g.whole[0].(*parcel)
			g.whole[0] = nil
			return g.takeParcel(p)
		}
	}
	err := g.add(b, keys)
	flow.Recycle(g.keys)
	g.keys = nil
	return err
}

func (g *WindowAggregate) takeParcel(p *parcel) error {
	err := g.addParcel(p)
	spareParcels.Put(p)
	return err
}

// encode encodes the keys of rows of a batch.
func (g *WindowAggregate) encode(b *vector.Batch, rows []int32) *state.Keys {
	g.cols = g.cols[:0]
	for _, k := range g.plan.Keys {
		g.cols = append(g.cols, b.Cols[k])
	}
	return g.encoder.Encode(g.cols, rows, b.Len())
}

// Carries implements flow.Keyed.
func (g *WindowAggregate) Carries() bool { return carries(g.plan.Input, g.plan.Keys) }

// Keys implements flow.Keyed.
func (g *WindowAggregate) Keys(k *state.Keys) { g.keys = k }

// NewCombiner implements flow.Combined.
func (g *WindowAggregate) NewCombiner() flow.Combiner {
	if !g.Carries() {
		return nil
	}
	if c := newCombiner(g.plan); c != nil {
		return c
	}
	return nil
}

// Parcel implements flow.Combined.
func (g *WindowAggregate) Parcel(p flow.Parcel) error { g.parcel = p.(*parcel); return nil }

// Step implements flow.Operator.
func (g *WindowAggregate) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	if b := g.batch; b != nil {
		g.batch = nil
		if err := g.take(b); err != nil {
			return flow.Done, err
		}
	}
	if p := g.parcel; p != nil {
		g.parcel = nil
		if err := g.takeParcel(p); err != nil {
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

// add puts a batch, whose keys may be encoded already, into its slices.
func (g *WindowAggregate) add(b *vector.Batch, keys *state.Keys) error {
	w := &g.w
	w.table, w.batch, w.after, w.shown = g.table, b, nil, nil
	if err := g.place(b); err != nil {
		return locate(g.ctx, b, err)
	}
	if len(w.rows) == 0 {
		return nil
	}
	if w.keys = keys; keys == nil || g.apart || len(w.rows) < b.Count() {
		w.keys = g.encode(b, w.rows)
	}
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

// place finds the slice of each row and drops the late ones.
func (g *WindowAggregate) place(b *vector.Batch) error {
	if null := g.assign(b, g.ctx.Env.Now); null >= 0 {
		return rowError(int(null), "the rowtime is NULL: a window needs a time; filter such rows out, or give them one with COALESCE")
	}
	w := &g.w
	w.rows, w.sign, g.spaces = w.rows[:0], w.sign[:0], g.spaces[:0]
	end, late, first, held := int64(0), false, true, int64(0)
	for j, row := range g.slicer.rows {
		sign := int8(1)
		if b.Kinds != nil && b.Kinds[row].Retracts() {
			sign = -1
		}
		if g.apart {
			g.placeApart(row, b, sign)
			continue
		}
		if e := g.cuts[j]; e != end || first {
			end, late, first = e, g.meet(e), false
		}
		if late {
			g.ctx.Count.Late++
			continue
		}
		held += int64(sign)
		w.rows, w.sign, g.spaces = append(w.rows, row), append(w.sign, sign), append(g.spaces, end)
	}
	g.ctx.Count.Held += held
	return nil
}

// addParcel puts what rows came to into their slices.
func (g *WindowAggregate) addParcel(p *parcel) error {
	stride := fieldsWidth(g.fields) / 8
	end, late, first, kept := int64(0), false, true, 0
	for j, e := range p.spaces {
		if e != end || first {
			end, late, first = e, g.meet(e), false
		}
		v := p.values[j*stride : (j+1)*stride]
		if late {
			g.ctx.Count.Late += int64(v[0])
			continue
		}
		g.ctx.Count.Held += int64(v[0])
		if kept < j { // what is late is left out
			copy(p.values[kept*stride:], v)
			p.spaces[kept], p.keys.Hash[kept] = e, p.keys.Hash[j]
			from := p.keys.At[kept]
			p.keys.At[kept+1] = from + int32(copy(p.keys.Data[from:], p.keys.Row(j)))
		}
		kept++
	}
	p.spaces, p.keys.Hash, p.keys.At = p.spaces[:kept], p.keys.Hash[:kept], p.keys.At[:kept+1]
	var err error
	if g.ids, _, err = g.table.Probe(&p.keys, p.spaces, g.ids, nil, true); err != nil {
		return err
	}
	for j, id := range g.ids {
		g.table.Touch(id)
		to, from := placeOf(g.table.Value(id)), placeOf(unsafe.Pointer(&p.values[j*stride]))
		*at[int64](to, 0) += *at[int64](from, 0)
		for _, a := range g.accs {
			if !a.stateless() {
				a.add(to, from)
			}
		}
	}
	return nil
}

// meet looks at a slice that rows have come for: the first of its windows that is open will
// have to be fired. It tells whether all are closed.
func (g *WindowAggregate) meet(end int64) (late bool) {
	first := g.firstOpen(end)
	if g.now > flow.NoWatermark && g.win.fired(end, g.now) {
		if g.win.fired(g.win.lastWindow(end), g.now) {
			return true
		}
		for g.win.fired(first, g.now) {
			first = g.win.nextWindow(first)
		}
	}
	g.next = min(g.next, first)
	return false
}

// placeApart puts a row into each of its windows that is not closed. It is late if
// all are.
func (g *WindowAggregate) placeApart(row int32, b *vector.Batch, sign int8) {
	c := b.Cols[g.column]
	if c.Encoding() == vector.Dictionary {
		c = c.Flatten()
	}
	open := 0
	g.win.each(g.win.local(floorMillis(c.Int64s()[int(row)&c.Mask()])), func(_, end int64) {
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
