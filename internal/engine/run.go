package engine

import (
	"fmt"
	"sync"
	"time"

	"tidemark.dev/internal/job"
	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// Running is a script that runs. Its steps are begun in order: an INSERT goes on beside
// what follows, unless it is to be awaited; a SELECT is awaited in place; a SHOW prints. It ends
// when all steps are done and all pipelines have ended. The first error stops them all.
type Running struct {
	engine *Engine
	script *Script
	run    *job.Run
	ended  chan struct{}

	mu          sync.Mutex
	next        int  // step to begin
	waiting     int  // pipelines that run
	hold        bool // the next step waits for them
	over        bool
	interrupted bool
	stopped     bool // it, and not the engine
	err         error
	summary     *Summary
	all         []*job.Pipeline
}

// Begin starts a planned script; see Run. It does not wait for anything.
func (e *Engine) Begin(s *Script, fresh bool) (*Running, error) {
	if err := e.tell(); err != nil {
		return nil, err
	}
	r := &Running{engine: e, script: s, ended: make(chan struct{}), summary: &Summary{}}
	plans := map[string]string{}
	for _, st := range s.Steps {
		if x, ok := st.(*plan.Run); ok {
			plans[x.Pipeline.Name] = x.Pipeline.Identity
		}
	}
	if len(plans) > 0 {
		var err error
		if e.dir == nil {
			if e.dir, err = job.OpenDirectory(e.options.FS, e.options.DataDir); err != nil {
				return nil, err
			}
		}
		if r.run, err = e.dir.Begin(s.Name, plans, fresh); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.advance()
	return r, nil
}

// Done tells whether the script has ended.
func (r *Running) Done() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}

// End tells what came of the script, when it is Done.
func (r *Running) End() (*Summary, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && r.interrupted {
		return r.summary, Interrupted
	}
	return r.summary, r.err
}

// Abandon gives back what the pipelines hold in memory, where they stand: what is left to
// do when a simulated process was killed.
func (r *Running) Abandon() {
	for _, p := range r.all {
		p.Abandon()
	}
}

// advance begins steps until one must be waited for. The lock is held.
func (r *Running) advance() {
	for r.err == nil && !r.hold && r.next < len(r.script.Steps) {
		if r.stopped || r.engine.isStopped() {
			r.interrupted = true
			r.next = len(r.script.Steps)
			break
		}
		st := r.script.Steps[r.next]
		r.next++
		switch x := st.(type) {
		case *plan.Show:
			r.engine.out.Lock()
			fmt.Fprint(r.engine.options.Out, x.Text)
			r.engine.out.Unlock()
		case *plan.Run:
			r.err = r.start(x.Pipeline, false)
			r.hold = x.Await && r.waiting > 0
		case *plan.Select:
			r.err = r.start(x.Pipeline, true)
			r.hold = true
		}
	}
	if r.waiting == 0 && !r.over && (r.err != nil || r.next == len(r.script.Steps)) {
		r.over = true
		if r.run != nil && r.run.Finished() {
			r.engine.untold(r.run)
		}
		close(r.ended)
	}
}

// start starts a pipeline, unless it is finished already.
func (r *Running) start(p *plan.Pipeline, isSelect bool) error {
	e := r.engine
	zone, err := types.LoadZone(p.Settings.Zone)
	if err != nil {
		return err
	}
	c := job.Config{
		World: e.world, Plan: p, FS: e.options.FS, Zone: zone, Log: e.options.Log.With("pipeline", p.Name),
		Warn: e.options.Warn, Parallelism: p.Settings.Parallelism, Cadence: e.options.Cadence,
		Memory: memory.NewAccount("pipeline "+p.Name, p.Settings.MemoryBudget, e.memory),
	}
	if c.Parallelism <= 0 {
		c.Parallelism = memory.Cores()
	}
	if isSelect {
		c.Show = e.show(p)
	} else {
		if r.run.Pipelines[p.Name].Finished {
			r.summary.Skipped = append(r.summary.Skipped, p.Name)
			return nil
		}
		c.RunID, c.Dir = r.run.ID, e.dir.PipelineDir(r.run, p.Name)
		c.Letters, c.LettersFrom = e.dir.LettersDir(p.Name), r.run.Pipelines[p.Name].Letters
	}
	began := time.Now()
	r.waiting++
	running := job.Start(c, func(o job.Outcome) { r.pipelineEnded(p, isSelect, o, time.Since(began)) })
	r.all = append(r.all, running)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running = append(e.running, running)
	if e.stopped || r.stopped {
		running.Stop()
	}
	return nil
}

func (r *Running) pipelineEnded(p *plan.Pipeline, isSelect bool, o job.Outcome, elapsed time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting--
	r.summarize(p, isSelect, o, elapsed)
	switch {
	case o.Err != nil:
		if r.err == nil {
			r.err = &RunError{p.Name, o.Err}
		}
		for _, other := range r.all {
			other.Stop()
		}
	case !o.Finished:
		r.interrupted = r.interrupted || p.Bounded()
	case !isSelect:
		if err := r.engine.dir.SetFinished(r.run, p.Name); err != nil && r.err == nil {
			r.err = err
		}
	}
	if r.waiting == 0 {
		r.hold = false
	}
	r.advance()
}

func (r *Running) summarize(pl *plan.Pipeline, isSelect bool, o job.Outcome, elapsed time.Duration) {
	p := PipelineSummary{Name: pl.Name, Select: isSelect, Epoch: o.Epoch, Resumed: o.Resumed, Finished: o.Finished, Elapsed: elapsed}
	at := map[string]int{}
	for _, s := range o.Stages {
		i, ok := at[s.ID]
		if !ok {
			i = len(p.Stages)
			at[s.ID] = i
			p.Stages = append(p.Stages, StageSummary{Operator: s.ID, Role: s.Role})
		}
		p.Stages[i].Add(&s.Counters)
	}
	r.summary.Pipelines = append(r.summary.Pipelines, p)
}
