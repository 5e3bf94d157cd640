package flow

import (
	"tidemark.dev/internal/state"
	"tidemark.dev/vector"
)

// Output is where a stage's rows go: the mailbox of the next stage of its task, or
// edges to other tasks.
type Output struct {
	stage   *Stage
	next    *Stage
	targets []*target
}

// target is one consumer: all tasks of one operator.
type target struct {
	edges []*Edge
	keys  []int // columns whose key group decides; nil: edge 0, or the task of the same number
	codec *state.Encoder
	cols  []*vector.Vector
	sels  [][]int32
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
	o.stage.count.Out += int64(n)
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
	// The selections are the batches' from now on: they are made anew each time.
	counts := make([]int32, len(t.edges))
	for _, h := range keys.Hash {
		counts[state.TaskOf(h, len(t.edges))]++
	}
	if cap(t.sels) < len(t.edges) {
		t.sels = make([][]int32, len(t.edges))
	}
	room := make([]int32, keys.Len())
	at := int32(0)
	for i, n := range counts {
		t.sels[i] = room[at : at : at+n]
		at += n
	}
	for j, h := range keys.Hash {
		row := int32(j)
		if b.Sel != nil {
			row = b.Sel[j]
		}
		i := state.TaskOf(h, len(t.edges))
		t.sels[i] = append(t.sels[i], row)
	}
	for i, sel := range t.sels {
		switch {
		case len(sel) == 0:
		case len(sel) == b.Len():
			t.edges[i].push(Item{Kind: Rows, Batch: b.Under(nil)})
		case len(sel)*8 < b.Len():
			t.edges[i].push(Item{Kind: Rows, Batch: b.Under(sel).Compact()})
		default:
			t.edges[i].push(Item{Kind: Rows, Batch: b.Under(sel)})
		}
		t.sels[i] = nil
	}
}

// Watermark sends a watermark: it goes to every consumer.
func (o *Output) Watermark(w int64) { o.all(Item{Kind: Watermark, Time: w}) }

// Idle tells the consumers not to wait for this sender's watermark until its next one.
func (o *Output) Idle() { o.all(Item{Kind: Watermark, Time: NoWatermark, Idle: true}) }

// SplitEnd tells the next stage of a source's task that a split has ended.
func (o *Output) SplitEnd(split int32) {
	if o.next != nil {
		o.all(Item{Kind: SplitEnd, Split: split})
	}
}

func (o *Output) all(it Item) {
	if o.next != nil {
		o.next.mail = append(o.next.mail, it)
		return
	}
	for _, t := range o.targets {
		for _, e := range t.edges {
			e.push(it)
		}
	}
}
