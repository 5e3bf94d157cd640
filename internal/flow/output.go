package flow

import (
	"sync"

	"tidemark.dev/internal/invariants"
	"tidemark.dev/internal/state"
	"tidemark.dev/vector"
)

// Output is where a stage's rows go: the mailbox of the next stage of its task, or
// edges to other tasks.
type Output struct {
	stage   *Stage
	next    *Stage
	targets []*target
	to      func(Item) // of an operator that stands alone

	mark   int64 // the last watermark, with invariants
	marked bool
}

// NewOutput returns an output that hands all that is sent to f, and is never full: for an
// operator that is stepped without a task.
func NewOutput(f func(Item)) *Output { return &Output{to: f} }

// target is one consumer: all tasks of one operator.
type target struct {
	edges []*Edge
	keys  []int // columns whose key group decides; nil: edge 0, or the task of the same number
	codec *state.Encoder
	cols  []*vector.Vector
	sels  [][]int32

	met      bool // the reader was asked what it takes
	carries  bool // keys beside rows
	combiner Combiner
	sent     int64 // the watermark
	bounds   bool  // the reader's watermark is not beyond sent
	apart    bool  // it may be, for good: the reader has gone on without this sender
	parcels  []Parcel
	sorted   []*state.Keys // keys for each edge
}

// Full tells that a step should end: the consumer has enough to do.
func (o *Output) Full() bool {
	if o.next != nil {
		return len(o.next.mail) > 0 || o.next.busy
	}
	for _, t := range o.targets {
		for _, e := range t.edges {
			if e.full() {
				return true
			}
		}
	}
	return false
}

// Rows sends a batch; the sender owns it no more. Batches without rows are dropped.
func (o *Output) Rows(b *vector.Batch) {
	n := b.Count()
	if n == 0 {
		return
	}
	if o.to != nil {
		o.to(Item{Kind: Rows, Batch: b})
		return
	}
	o.stage.count.Out += int64(n)
	if invariants.Enabled {
		wellFormed(o.stage.ID, b)
	}
	if o.next != nil {
		o.next.mail = append(o.next.mail, Item{Kind: Rows, Batch: b})
		return
	}
	for _, t := range o.targets {
		t.send(b)
	}
}

func (t *target) send(b *vector.Batch) {
	if len(t.edges) == 1 || t.keys == nil {
		t.edges[0].push(Item{Kind: Rows, Batch: b})
		return
	}
	t.cols = t.cols[:0]
	for _, c := range t.keys {
		t.cols = append(t.cols, b.Cols[c])
	}
	keys := t.codec.Encode(t.cols, b.Sel, b.Len())
	if !t.met {
		t.meet()
	}
	if t.combiner != nil && t.bounds && t.combiner.Combine(b, keys, t.sent, t.parcels) {
		for i, p := range t.parcels {
			if p != nil {
				t.edges[i].push(Item{Kind: Rows, Parcel: p})
				t.parcels[i] = nil
			}
		}
		return
	}
	t.deal(b, keys)
	for i, sel := range t.sels {
		if len(sel) == 0 {
			continue
		}
		it := Item{Kind: Rows}
		switch {
		case len(sel) == b.Len():
			it.Batch = b.Under(nil)
		case len(sel)*8 < b.Len():
			it.Batch = b.Under(sel).Compact()
		default:
			it.Batch = b.Under(sel)
		}
		if t.carries {
			it.Keys, t.sorted[i] = t.sorted[i], nil
		}
		t.edges[i].push(it)
		t.sels[i] = nil
	}
}

// meet asks the reader what it takes. (What it answers does not change while it runs.)
func (t *target) meet() {
	t.met = true
	t.sels, t.sorted, t.parcels = make([][]int32, len(t.edges)), make([]*state.Keys, len(t.edges)), make([]Parcel, len(t.edges))
	reader := t.edges[0].to.stages[0].op
	if k, ok := reader.(Keyed); ok {
		t.carries = k.Carries()
	}
	if c, ok := reader.(Combined); ok {
		t.combiner = c.NewCombiner()
	}
}

// deal sorts the selected rows by the task that owns them, and their keys if they are wanted.
func (t *target) deal(b *vector.Batch, keys *state.Keys) {
	n := len(t.edges)
	// The selections are the batches' from now on: they are made anew each time.
	counts := make([]int32, n)
	for _, h := range keys.Hash {
		counts[state.TaskOf(h, n)]++
	}
	room := make([]int32, keys.Len())
	at := int32(0)
	for i, c := range counts {
		t.sels[i] = room[at : at : at+c]
		at += c
		if t.carries && c > 0 && t.sorted[i] == nil {
			t.sorted[i] = takeKeys()
		}
	}
	for j, h := range keys.Hash {
		row := int32(j)
		if b.Sel != nil {
			row = b.Sel[j]
		}
		i := state.TaskOf(h, n)
		t.sels[i] = append(t.sels[i], row)
		if t.carries {
			k := t.sorted[i]
			k.Data = append(k.Data, keys.Row(j)...)
			k.At = append(k.At, int32(len(k.Data)))
			k.Hash = append(k.Hash, h)
		}
	}
}

var spareKeys = sync.Pool{New: func() any { return &state.Keys{} }}

func takeKeys() *state.Keys {
	k := spareKeys.Get().(*state.Keys)
	k.Data, k.At, k.Hash = k.Data[:0], append(k.At[:0], 0), k.Hash[:0]
	return k
}

// Recycle gives back keys that an exchange handed over, or nil; they are not used any more.
func Recycle(k *state.Keys) {
	if k == nil {
		return
	}
	if invariants.Enabled {
		k.Poison()
		return
	}
	spareKeys.Put(k)
}

// Watermark sends a watermark: it goes to every consumer.
func (o *Output) Watermark(w int64) {
	if invariants.Enabled {
		if o.marked && w < o.mark {
			invariants.Violated("operator %s sends watermark %d after %d", o.stage.ID, w, o.mark)
		}
		o.mark, o.marked = w, true
	}
	o.all(Item{Kind: Watermark, Time: w})
}

// Idle tells the consumers not to wait for this sender's watermark until its next one.
func (o *Output) Idle() { o.all(Item{Kind: Watermark, Time: NoWatermark, Idle: true}) }

// SplitEnd tells the next stage of a source's task that a split has ended.
func (o *Output) SplitEnd(split int32) {
	if o.next != nil {
		o.all(Item{Kind: SplitEnd, Split: split})
	}
}

func (o *Output) all(it Item) {
	if o.to != nil {
		o.to(it)
		return
	}
	if o.next != nil {
		o.next.mail = append(o.next.mail, it)
		return
	}
	for _, t := range o.targets {
		if it.Kind == Watermark {
			t.sends(it)
		}
		for _, e := range t.edges {
			e.push(it)
		}
	}
}

// sends notes a watermark on its way. Before the first one a reader that was restored may be
// ahead; it is not any more with it, since what was restored came from all its senders. A
// reader that did not wait for an idle sender may be ahead at any time.
func (t *target) sends(it Item) {
	if it.Idle {
		t.bounds, t.apart = false, true
		return
	}
	t.sent, t.bounds = it.Time, !t.apart
}
