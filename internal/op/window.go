package op

import (
	"fmt"
	"slices"
	"unsafe"

	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
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
//  5. Firing is done in pieces, and a barrier may fall between any two: see fire.go.
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
	aside   *aside

	now     int64   // the watermark that was handed over last
	next    int64   // end of the first window not fired that has rows, at most
	firing  []int64 // ends of windows to fire, in order
	done    int64   // the watermark whose windows have all been emitted
	piece   int     // see firePiece
	gone    []int64 // namespaces that no window needs any more
	merging merging
	// restored is how far the tasks of before had come, for each restoration since the windows being
	// fired were closed.
	restored [][]progress

	keys   *state.Keys // of the batch, if the exchange has encoded them
	parcel *parcel     // in place of a batch
	own    *combiner   // for batches that come without exchange; nil: rows cannot be combined
	whole  [1]flow.Parcel
	cols   []*vector.Vector
	spaces []int64
	ids    []state.ID
	w      work
}

// NewWindowAggregate prepares the node's aggregates.
func NewWindowAggregate(n *plan.WindowAggregate) (*WindowAggregate, error) {
	aggs, err := newAggregates(n.Aggs, n.Input.Output().Columns, n.Retracts)
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
	g := &WindowAggregate{plan: n, aggregates: aggs, slicer: cut, now: flow.NoWatermark, next: flow.EndWatermark, done: flow.NoWatermark, piece: firePiece}
	for _, a := range g.accs {
		g.apart = g.apart || !a.merges() && g.win.Kind != plan.Tumble
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
	g.aside = newAside(g.plan.Input.Output().Columns)
	return nil
}

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
		if g.own.Combine(b, keys, g.now, g.whole[:]) {
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
	for len(g.firing) > 0 || len(g.gone) > 0 {
		if out.Full() || q.Over() {
			return flow.More, nil
		}
		if err := g.fire(out); err != nil {
			return flow.Done, err
		}
	}
	g.restored = nil
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
	return locate(g.ctx, b, g.run(w, nil))
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
			g.setAside(b, row, g.win.lastWindow(end))
			continue
		}
		held += int64(sign)
		w.rows, w.sign, g.spaces = append(w.rows, row), append(w.sign, sign), append(g.spaces, end)
	}
	g.ctx.Count.Held += held
	return nil
}

// setAside drops a row that is late for all its windows, of which the last ended at end.
func (g *WindowAggregate) setAside(b *vector.Batch, row int32, end int64) {
	event := int64(deadletter.NoTime)
	if c := b.Cols[g.column]; !g.ended {
		event = c.Value(int(row)).I
	}
	g.aside.late(g.ctx, b, row, event, g.win.instant(end)*1000, g.now)
}

// addParcel puts what rows came to into their slices.
func (g *WindowAggregate) addParcel(p *parcel) error {
	stride := fieldsWidth(g.fields) / 8
	end, first := int64(0), true
	for j, e := range p.spaces {
		if e != end || first {
			if end, first = e, false; g.meet(e) {
				return fmt.Errorf("internal error: rows that are late were combined before they came")
			}
		}
		g.ctx.Count.Held += int64(p.values[j*stride])
	}
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
	open, last := 0, int64(flow.NoWatermark)
	g.win.each(g.win.local(floorMillis(c.Int64s()[int(row)&c.Mask()])), func(_, end int64) {
		if last = max(last, end); g.now > flow.NoWatermark && g.win.fired(end, g.now) {
			return
		}
		open++
		g.next = min(g.next, end)
		g.w.rows, g.w.sign, g.spaces = append(g.w.rows, row), append(g.w.sign, sign), append(g.spaces, end)
	})
	if open == 0 {
		g.setAside(b, row, last)
		return
	}
	g.ctx.Count.Held += int64(open) * int64(sign)
}
