package flow

import (
	"sync"

	"tidemark.dev/internal/invariants"

	"tidemark.dev/internal/state"
	"tidemark.dev/vector"
)

// Kind is the kind of an Item.
type Kind uint8

const (
	Rows Kind = iota
	Watermark
	Barrier
	// SplitEnd tells, inside the task of a source, that a split has ended. It does not
	// cross an edge.
	SplitEnd
)

// Item is what travels: rows, a watermark, or a barrier.
type Item struct {
	Kind  Kind
	Final bool // of a barrier: no row follows
	Idle  bool // of a watermark: the sender has nothing to say until its next one
	Split int32
	Batch *vector.Batch
	Time  int64  // of a watermark
	Epoch uint64 // of a barrier
	// Keys are the encoded keys of the batch's selected rows, if its reader is Keyed.
	Keys *state.Keys
	// Parcel stands for the rows of a batch that were combined; Batch is nil.
	Parcel Parcel

	size int64 // bytes of the batch, while it lies in an edge; of a barrier: the rows sent before it
}

// rows is how many rows the item stands for.
func (it *Item) rows() int {
	if it.Parcel != nil {
		return it.Parcel.Rows()
	}
	return it.Batch.Count()
}

func (it *Item) bytes() int64 {
	if it.Parcel != nil {
		return it.Parcel.Bytes()
	}
	n := it.Batch.Bytes()
	if it.Keys != nil {
		n += int64(len(it.Keys.Data) + 12*it.Keys.Len())
	}
	return n
}

// Edge limits. An edge holds what its reader works off in about five milliseconds: time
// in a queue is latency, and a barrier waits behind it.
const (
	edgeNanos   = 5e6
	edgeMinRows = 2 * vector.DefaultRows
	edgeMaxRows = 64 * vector.DefaultRows
	edgeBytes   = 8 << 20
)

// Edge is a bounded queue from one task to another. Rows beyond the bound are not
// pushed: the writer asks Full first. Watermarks and barriers always fit.
type Edge struct {
	from, to *Task
	port     int

	mu    sync.Mutex
	items []Item
	head  int
	rows  int
	bytes int64
	limit int // rows
	// barriers are those that lie in the edge and that rows may follow.
	barriers int
	// wanted: the writer found the edge full, and waits to be woken when it is not.
	wanted bool

	sent, received int64 // rows, for the ledger

	// Of the reader alone:
	watermark int64
	idle      bool
	blocked   bool // has delivered the barrier that others still owe
}

func newEdge(from, to *Task, port int) *Edge {
	return &Edge{from: from, to: to, port: port, limit: 8 * vector.DefaultRows, watermark: NoWatermark}
}

// full is asked by the writer; if it answers true, the writer is woken when there is room.
func (e *Edge) full() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wanted = e.rows >= e.limit || e.bytes >= edgeBytes
	return e.wanted
}

// room tells whether a waiting writer is to be woken. The lock is held.
func (e *Edge) room() bool {
	if !e.wanted || e.rows >= e.limit || e.bytes >= edgeBytes {
		return false
	}
	e.wanted = false
	return true
}

func (e *Edge) push(it Item) {
	e.mu.Lock()
	if it.Kind == Rows {
		n := it.rows()
		e.rows += n
		e.sent += int64(n)
		it.size = it.bytes()
		e.bytes += it.size
	}
	if it.Kind == Barrier {
		if it.size = e.sent; !it.Final {
			e.barriers++
		}
	}
	e.items = append(e.items, it)
	e.mu.Unlock()
	e.to.Wake()
}

func (e *Edge) pop() (it Item, ok bool) {
	e.mu.Lock()
	if e.head == len(e.items) {
		e.mu.Unlock()
		return it, false
	}
	it = e.items[e.head]
	e.items[e.head] = Item{}
	if e.head++; e.head == len(e.items) {
		e.items, e.head = e.items[:0], 0
	}
	if it.Kind == Rows {
		n := it.rows()
		e.rows -= n
		e.received += int64(n)
		e.bytes -= it.size
	}
	if it.Kind == Barrier {
		if !it.Final {
			e.barriers--
		}
		if invariants.Enabled {
			e.balanced(it, 0)
		}
	}
	wake := e.room()
	e.mu.Unlock()
	if wake {
		e.from.Wake()
	}
	return it, true
}

// barrierWaits tells whether a barrier lies in the edge, but for the final one.
func (e *Edge) barrierWaits() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.barriers > 0
}

// takeBarrier takes the first barrier out of the edge, before its turn, and adds the rows before it to
// list.
func (e *Edge) takeBarrier(list []InFlight) (Item, []InFlight) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, rows := e.head, int64(0); ; i++ {
		it := e.items[i]
		if it.Kind == Barrier {
			if invariants.Enabled {
				e.balanced(it, rows)
			}
			e.items = append(e.items[:i], e.items[i+1:]...)
			e.barriers--
			return it, list
		}
		if it.Kind == Rows {
			list = append(list, InFlight{e.port, it.Batch})
			rows += int64(it.Batch.Count())
		}
	}
}

// tune sets the bound by the reader's measured speed.
func (e *Edge) tune(nanosPerRow float64) {
	n := edgeMaxRows
	if nanosPerRow > 0 {
		n = int(edgeNanos / nanosPerRow)
	}
	e.mu.Lock()
	e.limit = min(max(n, edgeMinRows), edgeMaxRows)
	wake := e.room()
	e.mu.Unlock()
	if wake {
		e.from.Wake()
	}
}

// Balance is how many rows were sent and received so far.
func (e *Edge) Balance() (sent, received int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sent, e.received
}
