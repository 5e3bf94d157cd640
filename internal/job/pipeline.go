package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/epoch"
	"tidemark.dev/internal/epochlog"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/op"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Config is what a pipeline is run with.
type Config struct {
	World World
	Plan  *plan.Pipeline
	FS    vfs.FS
	Dir   string // of the pipeline, in the data directory; "" keeps no log: the rows of a SELECT
	RunID string
	// Letters is the directory of the rows that are set aside: it outlives runs. "" with Dir: they are
	// only counted.
	Letters string
	// LettersFrom is where those of the run begin.
	LettersFrom deadletter.Position
	Memory      *memory.Account
	Zone        *types.Zone
	Log         *slog.Logger
	Warn        func(string)
	Show        func(*vector.Batch) error // gets the rows of a SELECT
	// Cadence overrides the one that the plan's settings give.
	Cadence     *epoch.Cadence
	Parallelism int
}

// Pipeline is a running pipeline.
type Pipeline struct {
	world       World
	plan        *plan.Pipeline
	fs          vfs.FS
	dir         string
	runID       string
	letterDir   string
	letterStart deadletter.Position
	memory      *memory.Account
	zone        *types.Zone
	log         *slog.Logger
	warn        func(string)
	show        func(*vector.Batch) error
	cadence     epoch.Cadence
	parallelism int

	post    func(func())
	endLoop func()
	done    func(Outcome)

	// Of the loop alone:
	journal *epochlog.Log
	current *attempt
	asked   bool // to stop
	over    bool
	again   int  // attempts since an epoch was last settled
	tries   int  // attempts in all
	waits   bool // for a system outside that does not answer, to go back

	mu      sync.Mutex
	shown   *attempt             // for Progress
	outages map[string]time.Time // systems outside that do not answer, and since when
	epoch   atomic.Uint64
	ended   atomic.Bool
}

// Outcome is how a pipeline ended.
type Outcome struct {
	Err error
	// Finished: every source was read to its end, and all is committed.
	Finished bool
	Epoch    uint64
	Stages   []flow.StageStats
	Tasks    int
	Resumed  uint64 // the epoch restored; 0: from the beginning
}

// Start runs a pipeline; done is called once, from its loop, when it has ended and
// everything of it is closed.
func Start(c Config, done func(Outcome)) *Pipeline {
	p := &Pipeline{world: c.World, plan: c.Plan, fs: c.FS, dir: c.Dir, runID: c.RunID, letterDir: c.Letters, letterStart: c.LettersFrom, memory: c.Memory, zone: c.Zone,
		log: c.Log, warn: c.Warn, show: c.Show, parallelism: c.Parallelism, done: done}
	if p.cadence = epoch.Adaptive; c.Cadence != nil {
		p.cadence = *c.Cadence
	} else if ms := c.Plan.Settings.CheckpointInterval; ms > 0 {
		p.cadence = epoch.Cadence{Interval: ms * 1000}
	}
	if p.parallelism <= 0 {
		p.parallelism = 1
	}
	if p.zone == nil {
		p.zone, _ = types.LoadZone("UTC")
	}
	p.post, p.endLoop = c.World.Loop()
	p.post(p.begin)
	return p
}

// Stop asks for a final epoch; the pipeline then ends. One that is still connecting has
// nothing to commit, and ends at once. It may be called at any time.
func (p *Pipeline) Stop() {
	p.post(func() {
		p.asked = true
		switch a := p.current; {
		case a == nil || a.ended:
		case a.machine == nil:
			a.end(nil)
		default:
			a.do(a.machine.Stop(p.world.Now()))
		}
	})
}

// Kill ends the pipeline at once, as an error would: nothing more is committed.
func (p *Pipeline) Kill(err error) {
	p.post(func() {
		if a := p.current; a != nil && !a.ended {
			a.end(err)
		}
	})
}

// attempt is the pipeline between two restorations.
type attempt struct {
	p       *Pipeline
	flow    *flow.Pipeline
	splits  map[*flow.Task]*op.Splits
	sources []*source
	sinks   []*sink // those with a commit, in the order of commits
	all     []*sink
	stages  []restorable
	layout  []tableOf
	machine *epoch.Machine
	ctx     context.Context
	cancel  context.CancelFunc

	left    int  // sources not at their end
	wished  bool // an epoch was asked for before there was a machine
	changed atomic.Bool
	letters *deadletter.Store // nil: rows set aside are only counted
	acks    map[uint64][]*flow.Ack
	costs   map[uint64]int64
	records map[uint64]*epochlog.Record
	last    uint64 // epoch restored
	busy    int    // calls under way outside the loop
	ended   bool
	outcome Outcome
	compact bool
	back    uint64 // epoch that was refused
}

// begin opens the log and starts the first attempt.
func (p *Pipeline) begin() {
	if p.dir == "" {
		p.attempt()
		return
	}
	p.world.Go(func() {
		l, err := epochlog.Open(p.fs, p.dir, p.warn)
		p.post(func() {
			if err != nil {
				p.finish(Outcome{Err: err})
				return
			}
			p.journal = l
			p.attempt()
		})
	})
}

func (p *Pipeline) finish(o Outcome) {
	if p.over {
		return
	}
	p.over = true
	p.ended.Store(true)
	if p.journal != nil {
		if err := p.journal.Close(); err != nil && o.Err == nil {
			o.Err = err
		}
	}
	p.done(o)
	p.endLoop()
}

// attempt recovers, builds, restores and runs. What blocks is done outside the loop.
func (p *Pipeline) attempt() {
	a := &attempt{p: p, splits: map[*flow.Task]*op.Splits{}, acks: map[uint64][]*flow.Ack{}, costs: map[uint64]int64{}, records: map[uint64]*epochlog.Record{}}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.flow = &flow.Pipeline{Name: p.plan.Name, Memory: p.memory, Log: p.log, Scheduler: p.world.Scheduler(), Clock: p.world.Now}
	a.flow.OnError = func(e *flow.Error) { a.fail(e) }
	a.flow.OnAck = func(ack *flow.Ack) { p.post(func() { a.acknowledged(ack) }) }
	p.current = a
	p.tries++
	a.busy++
	p.world.Go(func() {
		err := a.prepare()
		p.post(func() {
			a.busy--
			switch {
			case a.ended:
				a.closeIfIdle()
			case errors.Is(err, connector.ErrRefused):
				// The newest goes; if it was an older one that was refused, it is found at the
				// next attempt: nothing of a newer epoch can have been committed.
				p.warn(fmt.Sprintf("epoch %d is done again: %v", p.journal.Last(), err))
				a.goBack(p.journal.Last())
			case err != nil && p.tries > 1 && !p.asked && unreachable(err):
				if !p.waits {
					p.warn(fmt.Sprintf("the pipeline waits to go back to epoch %d: %v", p.journal.Last(), err))
				}
				p.waits = true
				a.end(errLater)
			case err != nil:
				a.end(err)
			default:
				p.waits = false
				a.start()
			}
		})
	})
}

// prepare does steps 1 to 3 of a pipeline's life.
func (a *attempt) prepare() error {
	p := a.p
	var last *epochlog.Record
	if p.journal != nil {
		a.last = p.journal.Last()
	}
	b := newBuilder(a)
	defer func() { a.sources, a.stages = b.sources, b.restart }()
	if err := a.openSinks(b); err != nil {
		return err
	}
	for _, s := range p.plan.Sinks {
		if _, err := b.tasks(s); err != nil {
			return err
		}
	}
	a.sources, a.stages = b.sources, b.restart
	for _, s := range a.sources {
		if err := s.scan.Table.Source.Open(a.ctx, a.env(s.id, s.scan.Table.Name, func() {})); err != nil {
			return err
		}
	}
	a.describe()
	if a.last > 0 {
		var err error
		if last, err = a.replay(); err != nil {
			return err
		}
	}
	if err := a.openLetters(last); err != nil {
		return err
	}
	return a.restore(last)
}

// openSinks opens the sinks, each settling what an earlier run left: those that may
// refuse first.
func (a *attempt) openSinks(b *builder) error {
	p := a.p
	for _, n := range p.plan.Sinks {
		if !n.Table.Select {
			a.all = append(a.all, &sink{id: n.ID, node: n, sink: n.Table.Sink})
		}
	}
	sort.SliceStable(a.all, func(i, j int) bool {
		return rank(a.all[i].sink.Guarantee()) < rank(a.all[j].sink.Guarantee())
	})
	if err := a.oneTransaction(); err != nil {
		return err
	}
	var pending map[string][]connector.Ticket
	if a.last > 0 {
		var err error
		if pending, err = a.pending(); err != nil {
			return err
		}
	}
	for _, s := range a.all {
		if err := s.sink.Open(a.ctx, a.env(s.id, s.node.Table.Name, func() {}), pending[s.id]); err != nil {
			return err
		}
		if g := s.sink.Guarantee(); g == connector.Refusable || g == connector.Staged {
			a.sinks = append(a.sinks, s)
		}
	}
	if p.journal != nil {
		p.journal.Settle(a.last)
	}
	return nil
}

// oneTransaction refuses a pipeline whose epochs would need two transactions that may
// be refused one without the other: one could then be committed and the other lost.
func (a *attempt) oneTransaction() error {
	first, table := "", ""
	for _, s := range a.all {
		if s.sink.Guarantee() != connector.Refusable {
			continue
		}
		name := "table " + s.node.Table.Name
		if t, ok := s.sink.(connector.Transactional); ok {
			name = t.Transaction()
		}
		if first != "" && name != first {
			return fmt.Errorf("tables %s (%s) and %s (%s) are both written exactly once in one pipeline, but not in one transaction; write them in two INSERTs, or one with 'sink.delivery-guarantee' = 'at-least-once'",
				table, first, s.node.Table.Name, name)
		}
		first, table = name, s.node.Table.Name
	}
	return nil
}

func rank(g connector.Guarantee) int {
	switch g {
	case connector.Refusable:
		return 0
	case connector.Staged:
		return 1
	}
	return 2
}

// pending reads the tickets of the epochs that are not known to be settled, at most two,
// and in any case those of the last epoch.
func (a *attempt) pending() (map[string][]connector.Ticket, error) {
	m := map[string][]connector.Ticket{}
	settled := a.p.journal.Settled()
	err := a.p.journal.Tail(min(settled+1, a.last), a.last, func(r *epochlog.Record) error {
		positions, err := a.positions(r)
		if err != nil {
			return err
		}
		for _, t := range r.Tickets {
			m[t.Sink] = append(m[t.Sink], connector.Ticket{Epoch: r.Epoch, Data: t.Data, Positions: positions})
		}
		return nil
	})
	return m, err
}

// positions reads the sources' positions out of a record, by table and split.
func (a *attempt) positions(r *epochlog.Record) (map[string]map[string][]byte, error) {
	tables := map[string]string{}
	var walk func(n plan.Node)
	walk = func(n plan.Node) {
		if s, ok := n.(*plan.Scan); ok {
			tables[s.ID] = s.Table.Name
		}
		for _, in := range n.Inputs() {
			walk(in)
		}
	}
	for _, s := range a.p.plan.Sinks {
		walk(s)
	}
	m := map[string]map[string][]byte{}
	for _, t := range r.Tasks {
		table, ok := tables[t.Operator]
		if !ok {
			continue
		}
		pos, err := op.Positions(t.Notes)
		if err != nil {
			return nil, err
		}
		if m[table] == nil {
			m[table] = map[string][]byte{}
		}
		for id, x := range pos {
			m[table][id] = x
		}
	}
	return m, nil
}

// replay applies the log to the stages' state and returns the last record. Each store has a goroutine
// of its own, which is handed every change of its operator and takes what is its task's.
func (a *attempt) replay() (last *epochlog.Record, err error) {
	type change struct {
		data  []byte
		wrote func(keyGroup int) bool
	}
	var g sync.WaitGroup
	changes, failed := map[string][]chan change{}, make([]error, len(a.stages))
	for i, s := range a.stages {
		ch := make(chan change, 4)
		changes[s.stage.ID] = append(changes[s.stage.ID], ch)
		g.Go(func() {
			for c := range ch {
				if failed[i] == nil {
					failed[i] = s.store.Apply(c.data, s.ctx.Owns, c.wrote)
				}
			}
		})
	}
	err = a.p.journal.Replay(a.last, func(r *epochlog.Record) error {
		wrote := writers(r)
		for _, t := range r.Tasks {
			if len(t.Change) > 0 {
				for _, ch := range changes[t.Operator] {
					ch <- change{t.Change, wrote(t)}
				}
			}
		}
		last = r
		return nil
	})
	for _, chs := range changes {
		for _, ch := range chs {
			close(ch)
		}
	}
	g.Wait()
	for i, s := range a.stages {
		s.store.Restored()
		if err == nil {
			err = failed[i]
		}
	}
	if err == nil && last == nil {
		err = fmt.Errorf("%s: epoch %d is named by the log, and not there", a.p.dir, a.last)
	}
	return last, err
}

// writers answers which key groups the task had that noted a part of a record: an operator
// has a part for each of its tasks. (A run has one part for all.)
func writers(r *epochlog.Record) func(t epochlog.TaskPart) func(keyGroup int) bool {
	tasks := map[string]int{}
	for _, t := range r.Tasks {
		tasks[t.Operator] = max(tasks[t.Operator], int(t.Task)+1)
	}
	return func(t epochlog.TaskPart) func(int) bool {
		return func(keyGroup int) bool { return keyGroup*tasks[t.Operator]/state.KeyGroups == int(t.Task) }
	}
}

// restore hands the operators their notes, and opens the splits.
func (a *attempt) restore(last *epochlog.Record) error {
	notes := map[string][][]byte{}
	counts := map[string][]int64{}
	if last != nil {
		tasks := append([]epochlog.TaskPart(nil), last.Tasks...)
		sort.SliceStable(tasks, func(i, j int) bool { return tasks[i].Task < tasks[j].Task })
		for _, t := range tasks {
			notes[t.Operator] = append(notes[t.Operator], t.Notes)
			sum := counts[t.Operator]
			for i, c := range t.Counts {
				if i == len(sum) {
					sum = append(sum, 0)
				}
				sum[i] += c
			}
			counts[t.Operator] = sum
		}
	}
	for _, s := range a.sources {
		splits, err := s.scan.Table.Source.Splits(a.ctx)
		if err != nil {
			return err
		}
		s.known = map[string]bool{}
		for _, sp := range splits {
			s.known[sp.ID] = true
		}
		for i, o := range s.tasks {
			if last != nil {
				if err := o.Restore(notes[s.id]); err != nil {
					return err
				}
			}
			if err := o.Assign(a.ctx, op.ShareOut(splits, i, len(s.tasks))); err != nil {
				return err
			}
			if o.Empty() {
				s.owner[i].Silent()
			}
		}
	}
	for _, s := range a.stages {
		if _, ok := s.op.(*op.Source); ok || last == nil {
			if s.ctx.Task == 0 {
				s.stage.Count().Set(counts[s.stage.ID])
			}
			continue
		}
		if s.ctx.Task == 0 {
			s.stage.Count().Set(counts[s.stage.ID])
		}
		if err := s.op.Restore(notes[s.stage.ID]); err != nil {
			return fmt.Errorf("%s: %w", s.stage.ID, err)
		}
		s.stage.Resume()
	}
	return nil
}

// tableOf is a table of the state and its operator: what compaction must know.
type tableOf struct {
	operator string
	desc     state.Desc
}

// describe lists the tables of the state, for compaction.
func (a *attempt) describe() {
	seen := map[string]bool{}
	for _, s := range a.stages {
		if s.store == nil || seen[s.stage.ID] {
			continue
		}
		seen[s.stage.ID] = true
		for _, d := range s.store.Descs() {
			a.layout = append(a.layout, tableOf{s.stage.ID, d})
		}
	}
}

// start lets the tasks run.
func (a *attempt) start() {
	p := a.p
	p.mu.Lock()
	p.shown = a
	p.mu.Unlock()
	for _, t := range a.flow.Tasks {
		if t.IsSource() {
			a.left++
		}
	}
	a.machine = epoch.New(epoch.Config{Tasks: len(a.flow.Tasks), Sinks: len(a.sinks), First: a.last + 1, Cadence: p.cadence}, p.world.Now())
	for _, s := range a.stages {
		if w, ok := s.op.(flow.Pender); ok && w.Pending() { // rows come though the sources may be silent
			a.wished = true
		}
	}
	for _, t := range a.flow.Tasks {
		t.Wake()
	}
	if a.wished {
		a.do(a.machine.Changed(p.world.Now()))
	}
	if p.asked {
		a.do(a.machine.Stop(p.world.Now()))
	}
	for _, s := range a.sources {
		if !s.scan.Table.Source.Bounded() {
			a.discover(s)
		}
	}
}

// discoverEvery is how often an unbounded source is asked for new splits, in
// microseconds. Sources that look outside for them pace themselves.
const discoverEvery = 1_000_000

// discover asks a source for its splits from time to time, and deals new ones out.
func (a *attempt) discover(s *source) {
	a.p.world.At(a.p.world.Now()+discoverEvery, func() {
		a.p.post(func() {
			if a.ended {
				return
			}
			var splits []connector.Split
			a.outside(func() (err error) {
				splits, err = s.scan.Table.Source.Splits(a.ctx)
				return err
			}, func(err error) {
				if err != nil {
					a.end(err)
					return
				}
				for _, sp := range splits {
					if !s.known[sp.ID] {
						i := len(s.known) % len(s.tasks)
						s.known[sp.ID] = true
						s.tasks[i].Add(sp)
						s.owner[i].Wake()
					}
				}
				a.discover(s)
			})
		})
	})
}

// wantEpoch is connector.Env.WantEpoch: when the time has come, the machine is told the
// same as if rows had flowed.
func (a *attempt) wantEpoch(in time.Duration) {
	w := a.p.world
	w.At(w.Now()+(in+time.Microsecond-1).Microseconds(), func() {
		a.p.post(func() {
			if a.machine == nil {
				a.wished = true
			}
			a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Changed(now) })
		})
	})
}

// hooks are what sources call.
func (a *attempt) hooks() op.Hooks {
	return op.Hooks{
		Changed: func() {
			if !a.changed.Load() && a.changed.CompareAndSwap(false, true) {
				a.p.post(func() { a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Changed(now) }) })
			}
		},
		Ended: func() {
			a.p.post(func() {
				if a.left--; a.left == 0 {
					a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Stop(now) })
				}
			})
		},
	}
}

// step tells the machine something and does what it answers.
func (a *attempt) step(f func(m *epoch.Machine, now int64) []epoch.Action) {
	if a.ended || a.machine == nil {
		return
	}
	a.do(f(a.machine, a.p.world.Now()))
}

func (a *attempt) fail(e *flow.Error) {
	a.p.post(func() {
		if !a.ended {
			if e.Stack != nil {
				a.p.log.Error("panic in an operator", "operator", e.Operator, "stack", string(e.Stack))
			}
			if over := (*memory.OverBudget)(nil); errors.As(e.Err, &over) {
				a.stumble(fmt.Errorf("operator %s: %w", e.Operator, e))
				return
			}
			a.stumble(e)
		}
	})
}

// Abandon gives back the memory of a pipeline that a simulation will not step again.
func (p *Pipeline) Abandon() {
	if a := p.current; a != nil {
		for _, s := range a.stages {
			s.store.Close()
		}
		a.stages = nil
	}
}
