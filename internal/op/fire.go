package op

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"

	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Firing windows, in numbered steps. Each is done a piece at a time, some tenths of a
// millisecond, and a barrier may fall between any two pieces.
//
//  1. The windows that a watermark closes are fired one after another, by their ends.
//  2. A window that is one slice leaves the table as it is emitted: what is still there was not.
//  3. Slices that several windows share stay. Of such a window the entries of all slices are
//     listed with the upper halves of their hashes, and dealt into buckets by the uppermost bits, so many
//     that a bucket has about a thousand. (The list keeps the order of the slices.)
//  4. A bucket is merged in memory and emitted at once. Keys go by their hashes, so one number, up
//     to where they have been emitted, tells of every key whether it was. That number is the
//     operator's note; the list is not kept, and made again after a restoration.
//  5. When a window has been emitted, the slices of which it was the last are removed.
//  6. After a restoration a task may have keys of several tasks of before, which had come
//     differently far. So it keeps the notes of all, and lists the windows from the one on that the
//     slowest was firing, without the entries that their task of then had emitted. If it is noted
//     down itself before it is through, what it was given goes with its note.

// firePiece is how many groups are listed, emitted or removed at a time, about.
const firePiece = 1024

// merging is a window of several slices on its way out.
type merging struct {
	on     bool
	end    int64
	slices []int64  // still to be listed
	last   state.ID // the entry of slices[0] that was listed last; None: none yet
	bits   int      // 1<<bits buckets
	listed []uint64 // upper half of the hash, id
	starts []int    // where buckets begin in dealt; while they are dealt, where they end so far
	dealt  []uint64
	moved  int    // of listed, into dealt
	bucket int    // the next to be emitted
	bound  uint64 // keys of lesser hashes have been emitted
	held   int64  // bytes charged

	keys   state.Keys
	zeros  []int64
	groups grouping
	values []uint64
	places []place
}

// progress is how far a task had come: the windows that the watermark done closes were all
// emitted; of those that the watermark handed over last closes, those before end; of the window
// end, the keys whose hashes are less than bound.
type progress struct {
	done, end int64
	bound     uint64
}

func (p *progress) emitted(win *windows, end int64, hash uint64) bool {
	return p.done > flow.NoWatermark && win.fired(end, p.done) || end < p.end || end == p.end && hash < p.bound
}

// emitted tells whether a key of the window that ends at end was emitted before a restoration.
func (g *WindowAggregate) emitted(end int64, hash uint64) bool {
	for _, tasks := range g.restored {
		if tasks[state.TaskOf(hash, len(tasks))].emitted(g.win, end, hash) {
			return true
		}
	}
	return false
}

// Snapshot implements flow.Operator. The notes are the watermark, the progress of firing, and
// what was restored: a number, and for each restoration the number of tasks and their progress.
func (g *WindowAggregate) Snapshot() ([]byte, bool) {
	if g.batch != nil || g.parcel != nil {
		return nil, false
	}
	p := progress{done: g.done, end: flow.EndWatermark}
	if len(g.firing) == 0 {
		p.done = g.now
	} else if p.end = g.firing[0]; g.merging.on {
		p.bound = g.merging.bound
	}
	b := appendProgress(binary.AppendVarint(nil, g.now), p)
	b = binary.AppendUvarint(b, uint64(len(g.restored)))
	for _, tasks := range g.restored {
		b = binary.AppendUvarint(b, uint64(len(tasks)))
		for _, p := range tasks {
			b = appendProgress(b, p)
		}
	}
	return b, true
}

func appendProgress(b []byte, p progress) []byte {
	b = binary.AppendVarint(binary.AppendVarint(b, p.done), p.end)
	return binary.AppendUvarint(b, p.bound)
}

// notesReader reads numbers, and remembers that one was missing.
type notesReader struct {
	b    []byte
	torn bool
}

func (r *notesReader) skip(k int) {
	if k <= 0 {
		r.b, r.torn = nil, true
		return
	}
	r.b = r.b[k:]
}

func (r *notesReader) varint() int64 {
	x, k := binary.Varint(r.b)
	r.skip(k)
	return x
}

func (r *notesReader) uvarint() uint64 {
	x, k := binary.Uvarint(r.b)
	r.skip(k)
	return x
}

func (r *notesReader) progress() progress {
	return progress{r.varint(), r.varint(), r.uvarint()}
}

// Restore implements flow.Operator. All tasks had been handed the same watermark.
func (g *WindowAggregate) Restore(notes [][]byte) error {
	done, tasks := int64(flow.EndWatermark), []progress(nil)
	for _, b := range notes {
		r := notesReader{b: b}
		now := r.varint()
		g.now = max(g.now, now)
		p := progress{done: now, end: flow.EndWatermark}
		if len(r.b) > 0 { // without: windows had been fired whole
			p = r.progress()
			var before [][]progress
			for range r.uvarint() {
				var of []progress
				for n := r.uvarint(); n > 0 && !r.torn; n-- {
					of = append(of, r.progress())
				}
				if before = append(before, of); r.torn {
					break
				}
			}
			if len(before) > len(g.restored) { // a task that has emitted all has forgotten them
				g.restored = before
			}
		}
		if r.torn {
			return errNotes
		}
		tasks, done = append(tasks, p), min(done, p.done)
	}
	if len(notes) > 0 && !g.single() {
		g.done = done
		g.restored = append(g.restored, tasks)
	}
	g.table.Spaces(func(ns int64, _ int) { g.next = min(g.next, g.firstOpen(ns)) })
	if g.now > flow.NoWatermark {
		g.arm()
		g.sweep()
	}
	if len(g.firing) == 0 {
		g.restored = nil
	}
	return g.aggregates.restored()
}

// sweep lists namespaces of values whose window was emitted before they could be removed.
func (g *WindowAggregate) sweep() {
	for _, a := range g.accs {
		if a.distinct == nil {
			continue
		}
		a.distinct.table.Spaces(func(ns int64, _ int) {
			if g.win.fired(ns, g.now) && g.table.SpaceLen(ns) == 0 && !slices.Contains(g.gone, ns) {
				g.gone = append(g.gone, ns)
			}
		})
	}
}

// Pending implements flow.Pender: windows that were being fired.
func (g *WindowAggregate) Pending() bool { return len(g.firing) > 0 || len(g.gone) > 0 }

// single tells that a namespace is one window.
func (g *WindowAggregate) single() bool { return g.apart || g.win.Kind == plan.Tumble }

// fire does a piece of what is to be removed, or else of the first window to be fired.
func (g *WindowAggregate) fire(out *flow.Output) error {
	if len(g.gone) > 0 {
		if g.remove(g.gone[0]) {
			g.gone = g.gone[1:]
		}
		return nil
	}
	end := g.firing[0]
	if g.single() {
		if g.emitSlice(end, out) {
			g.gone = append(g.gone, end)
			g.fired(end)
		}
		return nil
	}
	m := &g.merging
	switch {
	case !m.on:
		return g.beginMerge(end)
	case len(m.slices) > 0:
		g.list()
	case m.moved < len(m.listed):
		m.deal()
	default:
		if err := g.emitBucket(out); err != nil {
			return err
		}
		if m.bucket == len(m.starts) {
			g.ctx.Memory.Charge(-m.held)
			m.finish()
			g.fired(end)
		}
	}
	return nil
}

func (g *WindowAggregate) fired(end int64) {
	if g.firing = g.firing[1:]; len(g.firing) == 0 {
		g.firing = nil
	}
	if g.single() {
		return
	}
	g.table.Spaces(func(ns int64, _ int) {
		if g.win.lastWindow(ns) <= end {
			g.gone = append(g.gone, ns)
		}
	})
	slices.Sort(g.gone)
}

// remove removes a piece of what is left of a namespace; true: nothing is.
func (g *WindowAggregate) remove(ns int64) bool {
	if !g.table.Take(ns, g.piece, g.leave) {
		return false
	}
	for _, a := range g.accs {
		if a.distinct != nil && !a.distinct.table.Take(ns, g.piece, func(state.ID) {}) {
			return false
		}
	}
	return true
}

// leave counts the rows of an entry that leaves the state.
func (g *WindowAggregate) leave(id state.ID) {
	n := *slot[int64](g.table, id, 0)
	g.ctx.Count.Held -= n
	g.ctx.Count.Fired += n
}

// emitSlice emits a piece of a window that is one slice, and removes it; true: it is empty.
func (g *WindowAggregate) emitSlice(end int64, out *flow.Output) bool {
	m := &g.merging
	m.keys.Data, m.keys.At, m.places = m.keys.Data[:0], append(m.keys.At[:0], 0), m.places[:0]
	taken := 0
	g.table.Walk(end, state.None, g.piece, func(id state.ID) {
		taken++
		if v := placeOf(g.table.Value(id)); *at[int64](v, 0) > 0 {
			m.keys.Data = append(m.keys.Data, g.table.KeyOf(id)...)
			m.keys.At, m.places = append(m.keys.At, int32(len(m.keys.Data))), append(m.places, v)
		}
	})
	g.emit(end, out)
	return g.table.Take(end, taken, g.leave) || taken == 0
}

// emit sends the groups whose keys and values are in m.keys and m.places.
func (g *WindowAggregate) emit(end int64, out *flow.Output) {
	m := &g.merging
	n := len(m.places)
	if n == 0 {
		return
	}
	cols := make([]*vector.Vector, 0, len(g.plan.Columns))
	for _, t := range g.codec.Types() {
		cols = append(cols, vector.NewBuilder(t, n))
	}
	for j := range n {
		if err := g.codec.DecodeRow(m.keys.Row(j), cols); err != nil {
			panic(err) // the table holds only what the codec encoded
		}
	}
	for _, a := range g.accs {
		cols = append(cols, a.result(g.table, m.places))
	}
	fields := g.plan.Columns[len(cols):]
	for i, p := range g.plan.Props {
		cols = append(cols, vector.NewConstant(fields[i].Type, g.win.property(p, end), n))
	}
	out.Rows(vector.NewBatch(n, cols...))
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

// beginMerge finds the slices of a window, and how many buckets their entries need.
func (g *WindowAggregate) beginMerge(end int64) error {
	m := &g.merging
	m.on, m.end, m.last, m.moved, m.bucket, m.bound = true, end, state.None, 0, 0, 0
	m.slices, m.listed = m.slices[:0], m.listed[:0]
	start, entries := g.win.windowStart(end), 0
	g.table.Spaces(func(ns int64, n int) {
		if ns > start && ns <= end {
			m.slices = append(m.slices, ns)
			entries += n
		}
	})
	slices.Sort(m.slices)
	if g.win.Kind == plan.Hop { // as Flink, whose lists and sums of DOUBLE show it
		slices.Reverse(m.slices)
	}
	m.bits = 0
	if entries > g.piece {
		// A task's keys have hashes of its key groups only.
		m.bits = min(bits.Len(uint(entries/g.piece))+bits.Len(uint(g.ctx.Tasks-1)), 24)
	}
	m.starts = room(m.starts, 1<<m.bits)
	clear(m.starts)
	m.held = int64(16*entries + 8<<m.bits)
	return g.ctx.Memory.Must(m.held)
}

// list lists a piece of the next slice's entries, and counts them by bucket.
func (g *WindowAggregate) list() {
	m := &g.merging
	m.last = g.table.Walk(m.slices[0], m.last, g.piece, func(id state.ID) {
		h := state.Hash(g.table.KeyOf(id))
		if g.emitted(m.end, h) {
			return
		}
		m.starts[h>>1>>(63-m.bits)]++
		m.listed = append(m.listed, h>>32<<32|uint64(id))
	})
	if m.last == state.None {
		m.slices = m.slices[1:]
	}
	if len(m.slices) == 0 {
		at := 0
		for i, n := range m.starts {
			m.starts[i] = at
			at += n
		}
		m.dealt = room(m.dealt, len(m.listed))
		if m.bits == 0 {
			m.listed, m.dealt, m.moved = m.dealt, m.listed, len(m.listed)
			m.starts[0] = m.moved
		}
	}
}

// deal moves a piece of the list into the buckets.
func (m *merging) deal() {
	to := min(m.moved+16*firePiece, len(m.listed))
	for _, x := range m.listed[m.moved:to] {
		b := x >> 1 >> (63 - m.bits)
		m.dealt[m.starts[b]] = x
		m.starts[b]++
	}
	m.moved = to
}

// emitBucket merges the next bucket that is not empty, and emits it.
func (g *WindowAggregate) emitBucket(out *flow.Output) error {
	m := &g.merging
	from := 0
	if m.bucket > 0 {
		from = m.starts[m.bucket-1]
	}
	for m.bucket < len(m.starts)-1 && m.starts[m.bucket] == from {
		m.bucket++
	}
	entries := m.dealt[from:m.starts[m.bucket]]
	m.bucket++
	m.bound = uint64(m.bucket) << 1 << (63 - m.bits) // behind the last bucket without meaning
	if len(entries) == 0 {
		return nil
	}
	m.keys.Data, m.keys.At, m.keys.Hash = m.keys.Data[:0], append(m.keys.At[:0], 0), m.keys.Hash[:0]
	for _, x := range entries {
		m.keys.Data = append(m.keys.Data, g.table.KeyOf(state.ID(uint32(x)))...)
		m.keys.At, m.keys.Hash = append(m.keys.At, int32(len(m.keys.Data))), append(m.keys.Hash, x>>32)
	}
	m.zeros = room(m.zeros, len(entries))
	m.groups.by(&m.keys, m.zeros, len(entries))
	stride := fieldsWidth(g.fields) / 8
	m.values = room(m.values, len(m.groups.first)*stride)
	clear(m.values)
	for j, x := range entries {
		to := placeOf(unsafe.Pointer(&m.values[int(m.groups.of[j])*stride]))
		from := placeOf(g.table.Value(state.ID(uint32(x))))
		*at[int64](to, 0) += *at[int64](from, 0)
		for _, a := range g.accs {
			if !a.stateless() {
				if err := a.merge(g.table, to, from); err != nil {
					return err
				}
			}
		}
	}
	g.gather(stride)
	g.emit(m.end, out)
	for _, a := range g.accs {
		if a.list != nil {
			clear(a.list.merged)
		}
	}
	return nil
}

// gather moves the groups that have rows, each at the first of its entries, to the front.
func (g *WindowAggregate) gather(stride int) {
	m := &g.merging
	m.places = m.places[:0]
	size := 0
	for k, j := range m.groups.first {
		v := placeOf(unsafe.Pointer(&m.values[k*stride]))
		if *at[int64](v, 0) <= 0 {
			continue
		}
		n := len(m.places)
		row := m.keys.Row(int(j))
		m.keys.At[n] = int32(size)
		size += copy(m.keys.Data[size:], row)
		m.keys.At[n+1] = int32(size)
		m.places = append(m.places, v)
	}
}

// Close implements flow.Operator.
func (g *WindowAggregate) Close() error {
	if g.merging.on {
		g.ctx.Memory.Charge(-g.merging.held)
	}
	return nil
}

// finish forgets the window, and gives back memory that most windows do not need.
func (m *merging) finish() {
	m.on, m.held = false, 0
	if cap(m.listed) > 64*firePiece {
		m.listed, m.dealt, m.starts = nil, nil, nil
	}
}
