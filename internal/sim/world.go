// Package sim runs whole pipelines on one thread, in virtual time, by a seed: which
// task steps next, when a blocking call is done, how long things take. Two runs of one
// seed are the same, so whatever a run finds can be found again.
package sim

import (
	"fmt"
	"math/rand/v2"
	"sort"

	"tidemark.dev/internal/flow"
)

// World is a job.World of one thread. Nothing happens but within Run.
type World struct {
	rand   *rand.Rand
	now    int64 // microseconds
	ready  []*flow.Task
	calls  []func() // of Go: any may be next
	loops  []*loop
	timers []timer
	steps  int
	cut    bool
}

type loop struct {
	queue []func()
	ended bool
}

type timer struct {
	at    int64
	order int
	f     func()
}

// NewWorld returns a world whose clock begins at start, in microseconds.
func NewWorld(seed uint64, start int64) *World {
	return &World{rand: rand.New(rand.NewPCG(seed, 0x7469646d61726b)), now: start}
}

// Scheduler implements job.World.
func (w *World) Scheduler() flow.Scheduler { return (*scheduler)(w) }

type scheduler World

// Ready implements flow.Scheduler.
func (s *scheduler) Ready(t *flow.Task) { s.ready = append(s.ready, t) }

// Now implements job.World.
func (w *World) Now() int64 { return w.now }

// At implements job.World.
func (w *World) At(at int64, f func()) {
	w.timers = append(w.timers, timer{at, len(w.timers), f})
	sort.SliceStable(w.timers, func(i, j int) bool { return w.timers[i].at < w.timers[j].at })
}

// Go implements job.World: the call is made whole, at some later step.
func (w *World) Go(f func()) { w.calls = append(w.calls, f) }

// Loop implements job.World.
func (w *World) Loop() (func(func()), func()) {
	l := &loop{}
	w.loops = append(w.loops, l)
	return func(f func()) {
		if !l.ended {
			l.queue = append(l.queue, f)
		}
	}, func() { l.ended = true }
}

// Rand is the world's source of chance, for whatever takes part in the simulation.
func (w *World) Rand() *rand.Rand { return w.rand }

// Steps is how many steps have been made.
func (w *World) Steps() int { return w.steps }

// Cut ends Run before its next step: the process is killed.
func (w *World) Cut() { w.cut = true }

// Kill ends Run in the middle of the step that calls it: what that step would still have done
// does not happen. It does not return.
func (w *World) Kill() {
	w.cut = true
	panic(killed{})
}

type killed struct{}

// ErrStuck: nothing can run, and yet it is not done.
var ErrStuck = fmt.Errorf("nothing is left to run and the pipelines have not ended")

// Run makes steps until done answers true, Cut or Kill was called (false, nil), or limit steps
// were made.
func (w *World) Run(done func() bool, limit int) (ended bool, err error) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(killed); !ok {
				panic(x)
			}
			ended, err = false, nil
		}
	}()
	for !done() {
		if w.cut {
			return false, nil
		}
		if w.steps++; w.steps > limit {
			return false, fmt.Errorf("the pipelines have not ended after %d steps", limit)
		}
		if !w.step() {
			return false, ErrStuck
		}
	}
	return true, nil
}

// step does one thing that can be done; if nothing can, the clock goes to the next timer.
func (w *World) step() bool {
	var loops []*loop
	for _, l := range w.loops {
		if len(l.queue) > 0 {
			loops = append(loops, l)
		}
	}
	choices := len(w.ready) + len(w.calls) + len(loops)
	if choices == 0 || len(w.timers) > 0 && w.rand.IntN(200) == 0 {
		if len(w.timers) == 0 {
			return choices > 0
		}
		t := w.timers[0]
		w.timers = w.timers[1:]
		w.now = max(w.now, t.at)
		t.f()
		return true
	}
	w.now += int64(w.rand.IntN(50))
	k := w.rand.IntN(choices)
	switch {
	case k < len(w.ready):
		t := w.ready[k]
		w.ready = append(w.ready[:k], w.ready[k+1:]...)
		t.Run(flow.CountedQuantum(w.rand.IntN(6)))
	case k < len(w.ready)+len(w.calls):
		k -= len(w.ready)
		f := w.calls[k]
		w.calls = append(w.calls[:k], w.calls[k+1:]...)
		f()
	default:
		l := loops[k-len(w.ready)-len(w.calls)]
		f := l.queue[0]
		l.queue = l.queue[1:]
		f()
	}
	return true
}
