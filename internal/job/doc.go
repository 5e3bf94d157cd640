// Package job runs pipelines: it makes operators out of plans, and does the I/O that
// the protocol of epochs asks for.
//
// # The life of a pipeline
//
//  1. recover   the epoch log is opened; each sink settles the last epoch if it was not known
//     to be confirmed; one that refuses sends the pipeline back to the epoch before
//  2. build     operators, tasks and edges are made from the plan
//  3. restore   state is replayed from the log, each task taking its key groups; sources are
//     opened at their positions
//  4. run       tasks step; the epoch machine (package epoch) is told what happens and says
//     what to do
//  5. stop      at the end of all sources, or when asked: a final epoch; at an error: nothing
//     more is written
//
// All decisions of a pipeline are made one at a time on its loop (World.Post), so that a
// simulation can run the whole engine on one thread.
package job

import (
	"sync"
	"time"

	"tidemark.dev/internal/flow"
)

// World is what a pipeline needs of the machine it runs on: time, threads, and a
// place for calls that block. Package sim has another.
type World interface {
	Scheduler() flow.Scheduler
	// Now is microseconds since the epoch.
	Now() int64
	// At calls f once, at or after a time.
	At(micros int64, f func())
	// Go calls f where it may block.
	Go(f func())
	// Loop returns a place to post functions that are called one at a time, in order, and
	// a function that ends it once all posted before have been called.
	Loop() (post func(func()), end func())
}

// Machine is the World of a process: its worker threads and its clock.
type Machine struct{ workers *flow.Workers }

// NewMachine starts n workers; 0 means one for each processor.
func NewMachine(n int) *Machine { return &Machine{workers: flow.NewWorkers(n)} }

// Scheduler implements World.
func (m *Machine) Scheduler() flow.Scheduler { return m.workers }

// Now implements World.
func (m *Machine) Now() int64 { return time.Now().UnixMicro() }

// At implements World.
func (m *Machine) At(micros int64, f func()) {
	time.AfterFunc(time.Duration(micros-m.Now())*time.Microsecond, f)
}

// Go implements World.
func (m *Machine) Go(f func()) { go f() }

// Loop implements World.
func (m *Machine) Loop() (func(func()), func()) {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var queue []func()
	ended := false
	go func() {
		for {
			mu.Lock()
			for len(queue) == 0 && !ended {
				cond.Wait()
			}
			if len(queue) == 0 {
				mu.Unlock()
				return
			}
			f := queue[0]
			queue = queue[1:]
			mu.Unlock()
			f()
		}
	}()
	return func(f func()) {
			mu.Lock()
			if !ended {
				queue = append(queue, f)
				cond.Signal()
			}
			mu.Unlock()
		}, func() {
			mu.Lock()
			ended = true
			cond.Signal()
			mu.Unlock()
		}
}

// Close ends the workers.
func (m *Machine) Close() { m.workers.Close() }
