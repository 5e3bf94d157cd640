package op

import (
	"encoding/binary"
	"sync"
	"unsafe"

	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Combining rows before an exchange, in numbered steps
//
//  1. A window's result does not depend on the order in which rows are added, and nobody sees it
//     before the window closes. So what a batch comes to can be added to the state in place of its
//     rows: one entry for each slice and key that occurs in it.
//  2. The sender finds the slices, groups the rows by slice and encoded key in a table that
//     fits the first-level cache, and runs the aggregates over values of its own.
//  3. Each reading task gets the groups of its keys as a parcel. A reader's watermark is not beyond
//     the sender's: rows that are late for that may be late there, one by one, and go as rows.
//  4. Nothing is held back: a batch leaves as its parcels. Where a batch has nearly as many groups
//     as rows, it and some that follow are sent as rows.
//  5. A batch with a row whose time is NULL is sent as rows: the reader tells the error.

// parcel is what the rows of a batch come to for one task: a value for each slice and key.
type parcel struct {
	keys   state.Keys
	spaces []int64
	values []uint64 // one behind the other, each of the table's fields
	rows   int
}

func (p *parcel) Rows() int { return p.rows }
func (p *parcel) Bytes() int64 {
	return int64(len(p.keys.Data) + 20*len(p.spaces) + 8*len(p.values))
}

var spareParcels = sync.Pool{New: func() any { return &parcel{} }}

func takeParcel() *parcel {
	p := spareParcels.Get().(*parcel)
	p.keys = state.Keys{Data: p.keys.Data[:0], At: append(p.keys.At[:0], 0), Hash: p.keys.Hash[:0]}
	p.spaces, p.values, p.rows = p.spaces[:0], p.values[:0], 0
	return p
}

// combiner is the sending side.
type combiner struct {
	aggregates
	slicer
	groups grouping
	work   work
	stride int // words of a value
	values []uint64

	wait, pause int // batches to be sent as rows: still, and after the next that does not pay
}

// maxPause is how many batches are sent as rows at most before combining is tried again.
const maxPause = 64

// newCombiner makes the combiner for a window aggregate, or nil if its rows cannot be combined.
func newCombiner(n *plan.WindowAggregate) *combiner {
	aggs, err := newAggregates(n.Aggs, n.Input.Output().Columns, n.Retracts)
	if err != nil {
		return nil
	}
	for _, a := range aggs.accs {
		if !a.combines() {
			return nil
		}
	}
	s, err := newSlicer(n)
	if err != nil || n.Window.Proctime && !n.Attached {
		return nil
	}
	return &combiner{aggregates: aggs, slicer: s, stride: fieldsWidth(aggs.fields) / 8, pause: 1}
}

// Combine implements flow.Combiner.
func (c *combiner) Combine(b *vector.Batch, keys *state.Keys, watermark int64, parcels []flow.Parcel) bool {
	if b.Kinds != nil { // rows taken back are counted when they are late, one by one
		return false
	}
	if c.wait > 0 {
		c.wait--
		return false
	}
	w := &c.work
	if row := c.assign(b, 0); row >= 0 {
		return false
	}
	if watermark > flow.NoWatermark && c.mayBeLate(watermark) {
		return false
	}
	n := keys.Len()
	if !c.groups.by(keys, c.cuts, n/2) {
		c.wait = c.pause
		c.pause = min(2*c.pause, maxPause)
		return false
	}
	c.pause = 1
	g := len(c.groups.first)
	c.values = room(c.values, g*c.stride)
	clear(c.values)
	w.batch, w.rows, w.keys = b, c.rows, keys
	w.reset()
	w.sign, w.at = w.sign[:0], w.at[:0]
	for _, k := range c.groups.of {
		v := &c.values[int(k)*c.stride]
		*v++
		w.sign, w.at = append(w.sign, 1), append(w.at, placeOf(unsafe.Pointer(v)))
	}
	for _, a := range c.accs {
		if a.update(w) != nil {
			return false // cannot happen: nothing is allocated
		}
	}
	for k, j := range c.groups.first {
		i := state.TaskOf(keys.Hash[j], len(parcels))
		p, _ := parcels[i].(*parcel)
		if p == nil {
			p = takeParcel()
			parcels[i] = p
		}
		p.keys.Data = append(p.keys.Data, keys.Row(int(j))...)
		p.keys.At = append(p.keys.At, int32(len(p.keys.Data)))
		p.keys.Hash = append(p.keys.Hash, keys.Hash[j])
		p.spaces = append(p.spaces, c.cuts[j])
		p.values = append(p.values, c.values[k*c.stride:(k+1)*c.stride]...)
		p.rows += int(c.values[k*c.stride])
	}
	return true
}

// mayBeLate tells whether the watermark has passed all windows of some row.
func (c *combiner) mayBeLate(watermark int64) bool {
	end, first := int64(0), true
	for _, e := range c.cuts {
		if e == end && !first {
			continue
		}
		end, first = e, false
		if c.win.fired(e, watermark) && c.win.fired(c.win.lastWindow(e), watermark) {
			return true
		}
	}
	return false
}

// grouping numbers the different pairs of key and slice of a batch.
type grouping struct {
	slots []uint64 // round, and number of the group
	round uint32   // slots of other rounds are empty
	hash  []uint64 // of each group
	first []int32  // row that it was met with first
	of    []int32  // group of each row
}

// by groups the rows; false: there would be more than most groups.
func (g *grouping) by(keys *state.Keys, ends []int64, most int) bool {
	n := keys.Len()
	size := 1024
	for size < 2*n {
		size *= 2
	}
	if len(g.slots) < size || g.round == 1<<32-1 {
		g.slots, g.round = make([]uint64, size), 0
	}
	g.round++
	mask, round := uint64(len(g.slots)-1), uint64(g.round)<<32
	g.hash, g.first, g.of = g.hash[:0], g.first[:0], room(g.of, n)
	end, mix := int64(0), uint64(0)
	for j, h := range keys.Hash {
		if e := ends[j]; e != end {
			end, mix = e, uint64(e)*0x9e3779b97f4a7c15
			mix ^= mix >> 32
		}
		h ^= mix
		p := h & mask
		for {
			s := g.slots[p]
			if s>>32 != round>>32 {
				if len(g.first) == most {
					return false
				}
				g.slots[p] = round | uint64(len(g.first))
				g.of[j] = int32(len(g.first))
				g.hash, g.first = append(g.hash, h), append(g.first, int32(j))
				break
			}
			k := uint32(s)
			if g.hash[k] == h {
				if f := int(g.first[k]); ends[f] == end && sameKey(keys, f, j) {
					g.of[j] = int32(k)
					break
				}
			}
			p = (p + 1) & mask
		}
	}
	return true
}

// sameKey compares two keys; most are short.
func sameKey(keys *state.Keys, i, j int) bool {
	x, y := keys.Row(i), keys.Row(j)
	n := len(x)
	if n != len(y) {
		return false
	}
	if n >= 8 && n <= 16 {
		return binary.LittleEndian.Uint64(x) == binary.LittleEndian.Uint64(y) &&
			binary.LittleEndian.Uint64(x[n-8:]) == binary.LittleEndian.Uint64(y[n-8:])
	}
	return string(x) == string(y)
}

// slicer finds the slices of rows.
type slicer struct {
	win    *windows
	column int  // of the time, or of the window's end
	ended  bool // the column has the end of the row's window
	clock  bool // there is no column: the time is that of processing

	rows []int32 // the selected rows of a batch
	cuts []int64 // and the ends of their slices
}

func newSlicer(n *plan.WindowAggregate) (slicer, error) {
	win, err := newWindows(n.Window)
	if err != nil {
		return slicer{}, err
	}
	s := slicer{win: win, column: n.Window.Time, clock: n.Window.Proctime && !n.Attached}
	if n.Attached { // each row carries its window
		win.Kind = plan.Tumble
		s.column, s.ended = n.AttachedEnd, true
	}
	return s, nil
}

// assign sets rows and ends. It answers the first row whose time is NULL, or -1.
func (s *slicer) assign(b *vector.Batch, now int64) (null int32) {
	n := b.Count()
	s.rows, s.cuts = append(s.rows[:0], b.Sel...), room(s.cuts, n)
	if b.Sel == nil {
		for i := range n {
			s.rows = append(s.rows, int32(i))
		}
	}
	if s.clock {
		end := s.win.sliceEnd(s.win.local(floorMillis(now)))
		for j := range s.cuts {
			s.cuts[j] = end
		}
		return -1
	}
	c := b.Cols[s.column]
	if c.Encoding() == vector.Dictionary {
		c = c.Flatten()
	}
	micros, mask := c.Int64s(), int32(c.Mask())
	if valid := c.Valid(); valid != nil {
		for _, row := range s.rows {
			if !vector.Bit(valid, int(row&mask)) {
				return row
			}
		}
	}
	if s.ended {
		for j, row := range s.rows {
			s.cuts[j] = floorMillis(micros[row&mask])
		}
		return -1
	}
	// Neighbours are mostly of one slice: from and to are its bounds, where the clock is UTC's.
	from, to, end := int64(0), int64(0), int64(0)
	for j, row := range s.rows {
		t := micros[row&mask]
		if t < from || t >= to {
			end = s.win.sliceEnd(s.win.local(floorMillis(t)))
			if s.win.zone == nil && end < types.MaxMicros/1000 && end-s.win.slice > types.MinMicros/1000 {
				from, to = (end-s.win.slice)*1000, end*1000
			}
		}
		s.cuts[j] = end
	}
	return -1
}
