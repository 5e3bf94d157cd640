package print

import (
	"io"
	"sync"
)

// output is a stream that several writers print whole lines to.
type output interface {
	// room tells whether write would take something now; if not, wake is called when it
	// would.
	room(wake func()) (bool, error)
	// write takes all of p, which the caller may use again.
	write(p []byte) error
	// drained tells whether all was written; if not, wake is called when it is.
	drained(wake func()) (bool, error)
}

// direct writes at once.
type direct struct {
	mu sync.Mutex
	w  io.Writer
}

func (d *direct) room(func()) (bool, error)    { return true, nil }
func (d *direct) drained(func()) (bool, error) { return true, nil }

func (d *direct) write(p []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.w.Write(p)
	return err
}

// queueSize is how many bytes wait for a slow terminal or pipe before the table pushes
// back: far more than a pipe holds, and little beside a pipeline's budget.
const queueSize = 1 << 20

// queue hands lines to a goroutine that lives while there are any.
type queue struct {
	w io.Writer

	mu      sync.Mutex
	waiting []byte
	running bool
	err     error
	wakes   []func() // to be called when there is room, or all is written
}

func newQueue(w io.Writer) *queue { return &queue{w: w} }

func (q *queue) room(wake func()) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil || len(q.waiting) < queueSize {
		return true, q.err
	}
	q.wakes = append(q.wakes, wake)
	return false, nil
}

func (q *queue) write(p []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, p...)
	if !q.running && len(q.waiting) > 0 {
		q.running = true
		go q.run()
	}
	return q.err
}

func (q *queue) drained(wake func()) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil || !q.running {
		return true, q.err
	}
	q.wakes = append(q.wakes, wake)
	return false, nil
}

// run writes until nothing waits. After an error nothing is written any more: the
// next call of a writer returns it.
func (q *queue) run() {
	var chunk []byte
	q.mu.Lock()
	for len(q.waiting) > 0 && q.err == nil {
		chunk, q.waiting = q.waiting, chunk[:0]
		wakes := q.takeWakes()
		q.mu.Unlock()
		call(wakes) // there is room
		_, err := q.w.Write(chunk)
		q.mu.Lock()
		q.err = err
	}
	q.running = false
	wakes := q.takeWakes()
	q.mu.Unlock()
	call(wakes)
}

func (q *queue) takeWakes() []func() {
	wakes := q.wakes
	q.wakes = nil
	return wakes
}

func call(wakes []func()) {
	for _, wake := range wakes {
		wake()
	}
}
