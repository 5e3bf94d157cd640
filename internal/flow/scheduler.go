package flow

import (
	"runtime"
	"sync"
	"time"
)

// Scheduler runs tasks that have something to do.
type Scheduler interface {
	// Ready is told of a task that became runnable: it will call Run on it once.
	Ready(t *Task)
}

// The states of a task's scheduling.
const (
	idle    int32 = iota
	queued        // Ready was called, Run not yet
	running       // in Run
	woken         // in Run, and woken meanwhile: it goes again
)

// Wake makes the task runnable. It is safe from any goroutine and costs an atomic
// operation when the task is runnable already.
func (t *Task) Wake() {
	for {
		switch s := t.state.Load(); s {
		case idle:
			if t.state.CompareAndSwap(idle, queued) {
				t.pipeline.Scheduler.Ready(t)
				return
			}
		case running:
			if t.state.CompareAndSwap(running, woken) {
				return
			}
		default:
			return
		}
	}
}

// Run steps the task for one quantum, and makes it ready again if it has more to do.
// Only a Scheduler calls it, after Ready.
func (t *Task) Run(q Quantum) {
	t.state.Store(running)
	start := int64(0)
	if q.clock != nil {
		start = q.clock()
	}
	status := t.Step(&q)
	if q.clock != nil {
		t.tune(q.clock() - start)
	}
	if status == More {
		t.state.Store(queued)
		t.pipeline.Scheduler.Ready(t)
		return
	}
	if !t.state.CompareAndSwap(running, idle) {
		t.state.Store(queued)
		t.pipeline.Scheduler.Ready(t)
	}
}

// quantumNanos is how long a task runs before the next one of the queue has its turn.
const quantumNanos = 1e6

// tuneRows is how many rows a task works on before its edges are tuned to its speed.
const tuneRows = 1 << 16

// Workers is the Scheduler of a process: a fixed number of threads over one queue,
// so that every pipeline has its turn after at most a quantum of each other.
type Workers struct {
	mu     sync.Mutex
	cond   *sync.Cond
	queue  []*Task
	head   int
	closed bool
	wg     sync.WaitGroup
}

// NewWorkers starts n workers; 0 means one for each processor.
func NewWorkers(n int) *Workers {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	w := &Workers{}
	w.cond = sync.NewCond(&w.mu)
	w.wg.Add(n)
	for range n {
		go w.work()
	}
	return w
}

// Ready implements Scheduler.
func (w *Workers) Ready(t *Task) {
	w.mu.Lock()
	w.queue = append(w.queue, t)
	w.mu.Unlock()
	w.cond.Signal()
}

var processStart = time.Now()

func nanotime() int64 { return int64(time.Since(processStart)) }

func (w *Workers) work() {
	defer w.wg.Done()
	for {
		w.mu.Lock()
		for w.head == len(w.queue) && !w.closed {
			w.cond.Wait()
		}
		if w.closed {
			w.mu.Unlock()
			return
		}
		t := w.queue[w.head]
		w.queue[w.head] = nil
		if w.head++; w.head == len(w.queue) {
			w.queue, w.head = w.queue[:0], 0
		}
		w.mu.Unlock()
		t.Run(NewQuantum(nanotime, quantumNanos))
	}
}

// Close ends the workers; each ends its step first.
func (w *Workers) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.cond.Broadcast()
	w.wg.Wait()
}

// tune adapts the bounds of the task's edges to the speed it has shown.
func (t *Task) tune(nanos int64) {
	t.busyNanos.Add(nanos)
	t.nanos += nanos
	if t.rows < tuneRows {
		return
	}
	perRow := float64(t.nanos) / float64(t.rows)
	for _, e := range t.inputs {
		e.tune(perRow)
	}
	t.rows, t.nanos = 0, 0
}

// Busy is how long the task has run, in nanoseconds.
func (t *Task) Busy() int64 { return t.busyNanos.Load() }
