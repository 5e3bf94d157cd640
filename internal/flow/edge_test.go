package flow

import (
	"testing"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// queue is a Scheduler that only notes who is ready.
type queue struct{ ready []*Task }

func (q *queue) Ready(t *Task) { q.ready = append(q.ready, t) }

func rowsOf(n int) Item {
	return Item{Kind: Rows, Batch: vector.NewBatch(n, vector.New(types.TBigInt, n))}
}

func pair() (*queue, *Edge) {
	q := &queue{}
	p := &Pipeline{Scheduler: q}
	from, to := p.NewTask("from", 0), p.NewTask("to", 0)
	e := to.input(from, 0)
	return q, e
}

// woken tells whether a task became ready since it was last asked, and makes it idle again.
func (q *queue) woken(t *Task) (yes bool) {
	for _, r := range q.ready {
		yes = yes || r == t
	}
	q.ready = nil
	t.state.Store(idle)
	return yes
}

// TestAWaitingWriterIsWoken whenever there is room again, and not before: by the reader, and by a
// bound that is raised, which the reader may then never come to.
func TestAWaitingWriterIsWoken(t *testing.T) {
	q, e := pair()
	for !e.full() {
		e.push(rowsOf(1024))
	}
	q.woken(e.from)
	e.tune(edgeNanos / float64(edgeMinRows)) // lower: there is even less room
	if q.woken(e.from) {
		t.Fatal("the writer was woken though the edge is full")
	}
	e.tune(0) // as high as it gets
	if !q.woken(e.from) {
		t.Fatal("the bound was raised, and the writer was not woken")
	}
	for !e.full() {
		e.push(rowsOf(1024))
	}
	q.woken(e.from)
	if _, ok := e.pop(); !ok || !q.woken(e.from) {
		t.Fatal("a batch was taken, and the writer was not woken")
	}
	if e.pop(); q.woken(e.from) {
		t.Fatal("the writer was woken without having found the edge full")
	}
}

// TestAnEdgeBalances: it counts what went in and came out, and forgets no byte.
func TestAnEdgeBalances(t *testing.T) {
	_, e := pair()
	for n := range 50 {
		e.push(rowsOf(n))
		e.push(Item{Kind: Watermark, Time: int64(n)})
	}
	rows := 0
	for {
		it, ok := e.pop()
		if !ok {
			break
		}
		if it.Kind == Rows {
			rows += it.Batch.Count()
		}
	}
	if sent, received := e.Balance(); sent != received || received != int64(rows) || e.rows != 0 || e.bytes != 0 {
		t.Fatalf("sent %d, received %d of %d; %d rows and %d bytes are left", sent, received, rows, e.rows, e.bytes)
	}
}
