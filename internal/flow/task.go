package flow

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tidemark.dev/function"
	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/state"
)

// Splitter is an operator that wants to hear of the ends of its source's splits.
type Splitter interface{ SplitEnd(split int32) error }

// Flusher is the operator of a sink: a barrier makes it flush, and its task
// acknowledges the epoch when that is done.
type Flusher interface {
	Flush(epoch uint64, final bool) (ticket []byte, status Status, err error)
}

// Polled is the operator of a source: it has no inputs, and is stepped whenever its
// task runs and its output has credit. Done then means that it waits for Wake.
type Polled interface{ Polled() }

// Stage is an operator in its task.
type Stage struct {
	ID    string
	op    Operator
	task  *Task
	store *state.Store
	count Counters
	out   Output
	mail  []Item
	busy  bool

	role       string
	polled     bool
	passed     bool // has taken the barrier of the epoch being acknowledged
	extracting bool
	flush      *Item // the barrier a sink is flushing for
	over       bool  // the barrier of the final epoch has passed: what a source read now nobody would commit, but all would count
	watermark  int64
	letters    []byte // rows set aside since the last barrier
}

// Ack is a task's part of an epoch.
type Ack struct {
	Task    *Task
	Epoch   uint64
	Notes   map[string][]byte   // by operator
	Counts  map[string]Counters // by operator, as of the barrier
	Changes map[string][][]byte // of state, by operator: pieces of what Apply takes
	Tickets map[string][]byte   // of sinks, by operator
	// Watermarks are those that the operators have been handed.
	Watermarks map[string]int64
	// Letters are the rows that were set aside since the barrier before: see deadletter.Store.
	Letters []byte
	// Unfinished: an operator was noted down in the middle of its work, and so sends rows that need
	// another epoch, though its sources may be silent.
	Unfinished bool
}

// Task is a chain of stages that one worker runs at a time.
type Task struct {
	Name     string
	Index    int
	pipeline *Pipeline
	stages   []*Stage
	inputs   []*Edge
	next     int // input to look at first
	waiting  int // edges that have delivered the barrier
	least    int64
	ports    int

	mu      sync.Mutex
	barrier *Item // to be injected at a source

	ack *Ack

	state atomic.Int32 // of scheduling: see Wake
	rows  int64        // worked on, and
	nanos int64        // how long, since the edges were last tuned

	busyNanos atomic.Int64

	// Env is what the task's expressions know; Step sets its Now.
	Env *function.Env

	statsMu sync.Mutex
	stats   []StageStats
}

// StageStats is a stage's progress as of its task's last step.
type StageStats struct {
	ID        string
	Role      string // "source", "sink" or ""
	Counters  Counters
	Watermark int64
}

// Stats reads the progress of the task's stages, from any goroutine.
func (t *Task) Stats() []StageStats {
	t.statsMu.Lock()
	defer t.statsMu.Unlock()
	return append([]StageStats(nil), t.stats...)
}

func (t *Task) publish() {
	t.statsMu.Lock()
	defer t.statsMu.Unlock()
	t.stats = t.stats[:0]
	for _, s := range t.stages {
		t.stats = append(t.stats, StageStats{s.ID, s.role, s.count, s.watermark})
	}
}

// Quiesce waits until no task is being stepped. After Stop nothing steps again.
func (p *Pipeline) Quiesce() {
	for _, t := range p.Tasks {
		for s := t.state.Load(); s == running || s == woken; s = t.state.Load() {
			time.Sleep(20 * time.Microsecond)
		}
	}
}

// Pipeline is the tasks of one pipeline and what they share.
type Pipeline struct {
	Name      string
	Memory    *memory.Account
	Log       *slog.Logger
	Tasks     []*Task
	Scheduler Scheduler
	// Clock tells the time in microseconds since the epoch; a task reads it once a step.
	Clock func() int64
	// OnAck is called by tasks, from any thread, with their part of an epoch.
	OnAck func(*Ack)
	// OnError is called at the first error of a task, and maybe with later ones.
	OnError func(*Error)
	stopped atomic.Bool
}

// Error is an error with the operator it comes from.
type Error struct {
	Operator string
	Task     int
	Err      error
	Stack    []byte // of a panic
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// NewTask adds a task to the pipeline. Stages are added first to last, then edges.
func (p *Pipeline) NewTask(name string, index int) *Task {
	t := &Task{Name: name, Index: index, pipeline: p, least: NoWatermark}
	p.Tasks = append(p.Tasks, t)
	return t
}

// Stop makes every task do nothing from its next step on.
func (p *Pipeline) Stop() { p.stopped.Store(true) }

// AddStage appends an operator to the chain. store may be nil if it keeps no tables.
func (t *Task) AddStage(id string, op Operator, store *state.Store) *Stage {
	s := &Stage{ID: id, op: op, task: t, store: store, watermark: NoWatermark}
	s.out.stage = s
	if _, s.polled = op.(Polled); s.polled {
		s.role = "source"
	} else if _, ok := op.(Flusher); ok {
		s.role = "sink"
	}
	if n := len(t.stages); n > 0 {
		t.stages[n-1].out.next = s
	}
	t.stages = append(t.stages, s)
	return s
}

// Count is the stage's counters, for its operator's context.
func (s *Stage) Count() *Counters { return &s.count }

// SetAside keeps a letter for the epoch; it answers how many bytes wait for it.
func (s *Stage) SetAside(l *deadletter.Letter) int {
	s.letters = l.AppendFramed(s.letters)
	return len(s.letters)
}

// Operator is the stage's operator.
func (s *Stage) Operator() Operator { return s.op }

// Connect makes edges from the last stages of tasks from to the tasks to, at their
// input port. With keys, rows go to the task that owns their key group; without, each
// task feeds the one of its number (or the only one).
func Connect(from, to []*Task, port int, keys []int, codec func() *state.Encoder) {
	for _, f := range from {
		last := f.stages[len(f.stages)-1]
		g := &target{keys: keys}
		if keys != nil {
			g.codec = codec()
			for _, t := range to {
				g.edges = append(g.edges, t.input(f, port))
			}
		} else {
			g.edges = []*Edge{to[f.Index%len(to)].input(f, port)}
		}
		last.out.targets = append(last.out.targets, g)
	}
}

func (t *Task) input(from *Task, port int) *Edge {
	e := newEdge(from, t, port)
	t.inputs = append(t.inputs, e)
	t.ports = max(t.ports, port+1)
	return e
}

// Silent tells the readers of a task, before any task runs, that it has nothing to send
// for now: they do not wait for its watermark until it gives one. A source's task without a
// split would say so itself, but at a moment of its own, and what is late must not depend on that.
// A task between, which reads from silent ones only, is silent too.
func (t *Task) Silent() {
	for _, s := range t.stages {
		for _, g := range s.out.targets {
			g.apart = true
			for _, e := range g.edges {
				if e.idle {
					continue
				}
				if e.idle = true; !slices.ContainsFunc(e.to.inputs, func(e *Edge) bool { return !e.idle }) {
					e.to.Silent()
				}
			}
		}
	}
}

// Edges are the task's inputs, for the ledger.
func (t *Task) Edges() []*Edge { return t.inputs }

// Inject has a source's task send a barrier when it next steps.
func (t *Task) Inject(epoch uint64, final bool) {
	t.mu.Lock()
	t.barrier = &Item{Kind: Barrier, Epoch: epoch, Final: final}
	t.mu.Unlock()
	t.Wake()
}

// IsSource tells whether the task begins with a source.
func (t *Task) IsSource() bool { return t.stages[0].polled }

// Step works for one quantum. Done: nothing to do until woken.
func (t *Task) Step(q *Quantum) (status Status) {
	if t.pipeline.stopped.Load() {
		return Done
	}
	if t.Env != nil {
		t.Env.Now = t.pipeline.Clock()
	}
	at := 0
	defer t.publish()
	defer func() {
		if x := recover(); x != nil {
			t.fail(t.stages[at], fmt.Errorf("internal error: %v", x), debug.Stack())
			status = Done
		}
	}()
	for {
		progress := false
		for at = len(t.stages) - 1; at >= 0; at-- {
			s := t.stages[at]
			moved, err := t.stepStage(s, at, q)
			if err != nil {
				t.fail(s, err, nil)
				return Done
			}
			if moved {
				progress = true
				if at < len(t.stages)-1 {
					break // what it sent is taken first
				}
			}
		}
		if !progress {
			return Done
		}
		if q.Over() {
			return More
		}
	}
}

// stepStage does one thing for a stage, if there is one to do.
func (t *Task) stepStage(s *Stage, at int, q *Quantum) (moved bool, err error) {
	if s.flush != nil {
		return t.stepFlush(s)
	}
	if s.extracting {
		if s.extracting = !s.store.Extract(2); !s.extracting {
			t.ack.Changes[s.ID] = s.store.Pieces()
			t.acknowledge()
		}
		moved = true // but go on: rows must not wait for the log
	}
	if at == 0 && len(s.mail) == 0 {
		if s.polled {
			t.takeInjected(s)
		} else if !s.busy {
			t.receive(s)
		} else if took, err := t.overtake(s); took || err != nil {
			return true, err
		}
	}
	if len(s.mail) > 0 && s.mail[0].Kind == Barrier {
		if took, err := t.takeBarrier(s); took || err != nil {
			return true, err
		}
	}
	if s.out.Full() && (s.out.next != nil || len(s.out.targets) > 0) {
		return moved, nil
	}
	if !s.busy && len(s.mail) > 0 {
		it := s.mail[0]
		copy(s.mail, s.mail[1:])
		s.mail = s.mail[:len(s.mail)-1]
		if err := t.deliver(s, it); err != nil {
			return true, err
		}
		moved = true
	}
	if s.busy || s.polled && !s.over {
		status, err := s.op.Step(&s.out, q)
		if err != nil {
			return true, err
		}
		if s.polled {
			sent := s.out.next != nil && len(s.out.next.mail) > 0
			return moved || status == More || sent, nil
		}
		s.busy = status != Done
		return moved || status != Blocked, nil
	}
	return moved, nil
}

// overtake passes a barrier that lies in all inputs, behind rows that a busy operator has not come to.
func (t *Task) overtake(s *Stage) (bool, error) {
	o, ok := s.op.(Overtaken)
	if !ok || s.extracting || !o.Heavy() {
		return false, nil
	}
	for _, e := range t.inputs {
		if !e.blocked && !e.barrierWaits() {
			return false, nil
		}
	}
	var rows []InFlight
	for _, e := range t.inputs {
		if !e.blocked {
			var it Item
			it, rows = e.takeBarrier(rows)
			s.mail = append(s.mail[:0], it)
		}
		e.blocked = false
	}
	t.waiting = 0
	in := s.count.In
	for _, r := range rows { // those in the notes are not handed over again after a restoration
		s.count.In += int64(r.Batch.Count())
	}
	o.Overtaken(rows)
	took, err := t.takeBarrier(s)
	s.count.In = in
	return took, err
}

func (t *Task) deliver(s *Stage, it Item) error {
	switch it.Kind {
	case Rows:
		n := it.rows()
		s.count.In += int64(n)
		t.rows += int64(n)
		s.busy = true
		if it.Parcel != nil {
			return s.op.(Combined).Parcel(it.Parcel)
		}
		if it.Keys != nil {
			s.op.(Keyed).Keys(it.Keys)
		}
		return s.op.Rows(int(it.Split), it.Batch)
	case Watermark:
		if it.Idle {
			s.out.Idle()
			return nil
		}
		if it.Time <= s.watermark {
			return nil
		}
		s.watermark = it.Time
		s.busy = true
		return s.op.Watermark(it.Time)
	case SplitEnd:
		if sp, ok := s.op.(Splitter); ok {
			s.busy = true
			return sp.SplitEnd(it.Split)
		}
		s.out.SplitEnd(it.Split)
	}
	return nil
}

// takeInjected moves a barrier that the pipeline asked for into the source's mailbox.
func (t *Task) takeInjected(s *Stage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.barrier != nil {
		s.mail = append(s.mail, *t.barrier)
		t.barrier = nil
	}
}

// receive takes one item from the inputs into the first stage's mailbox: rows as they
// are, watermarks as the least of all inputs, a barrier when all inputs have delivered it.
func (t *Task) receive(s *Stage) {
	n := len(t.inputs)
	for i := 0; i < n && len(s.mail) == 0; i++ {
		e := t.inputs[(t.next+i)%n]
		if e.blocked {
			continue
		}
		it, ok := e.pop()
		if !ok {
			continue
		}
		t.next = (t.next + i + 1) % n
		switch it.Kind {
		case Rows:
			it.Split = int32(e.port)
			s.mail = append(s.mail, it)
		case Watermark:
			e.idle = it.Idle
			if !it.Idle {
				e.watermark = max(e.watermark, it.Time)
			}
			t.combine(s)
			i = -1 // look again: a watermark may change nothing
		case Barrier:
			e.blocked = true
			if t.waiting++; t.waiting == n {
				t.waiting = 0
				for _, e := range t.inputs {
					e.blocked = false
				}
				s.mail = append(s.mail, it)
			}
			i = -1
		}
	}
}

// combine sends on the least watermark of the active inputs; when all are idle, the
// greatest, and then that this task is idle (Flink's StatusWatermarkValve).
func (t *Task) combine(s *Stage) {
	least, greatest, active := int64(EndWatermark), int64(NoWatermark), false
	for _, e := range t.inputs {
		greatest = max(greatest, e.watermark)
		if !e.idle {
			least, active = min(least, e.watermark), true
		}
	}
	if !active {
		least = greatest
	}
	if least > t.least {
		t.least = least
		s.mail = append(s.mail, Item{Kind: Watermark, Time: least})
	}
	if !active {
		s.mail = append(s.mail, Item{Kind: Watermark, Idle: true})
	}
}

// takeBarrier passes the barrier at the head of a stage's mailbox, if the operator can
// be noted down now.
func (t *Task) takeBarrier(s *Stage) (bool, error) {
	if s.extracting || s.busy && s.mail[0].Final {
		return false, nil // all work is done before the last barrier
	}
	notes, ready := s.op.Snapshot()
	if !ready {
		return false, nil
	}
	it := s.mail[0]
	copy(s.mail, s.mail[1:])
	s.mail = s.mail[:len(s.mail)-1]
	if t.ack == nil {
		t.ack = &Ack{Task: t, Epoch: it.Epoch, Notes: map[string][]byte{}, Counts: map[string]Counters{}, Changes: map[string][][]byte{}, Tickets: map[string][]byte{}, Watermarks: map[string]int64{}}
	}
	t.ack.Unfinished = t.ack.Unfinished || s.busy
	t.ack.Notes[s.ID] = notes
	t.ack.Counts[s.ID] = s.count
	t.ack.Watermarks[s.ID] = s.watermark
	t.ack.Letters = append(t.ack.Letters, s.letters...)
	s.letters = nil
	if s.store != nil {
		s.store.Barrier()
		s.extracting = true
	}
	s.passed, s.over = true, it.Final
	if _, ok := s.op.(Flusher); ok {
		s.flush = &it
	}
	s.out.all(it)
	t.acknowledge()
	return true, nil
}

func (t *Task) stepFlush(s *Stage) (bool, error) {
	ticket, status, err := s.op.(Flusher).Flush(s.flush.Epoch, s.flush.Final)
	if err != nil || status == Blocked {
		return false, err
	}
	if status == More {
		return true, nil
	}
	if ticket != nil {
		t.ack.Tickets[s.ID] = ticket
	}
	s.flush = nil
	t.acknowledge()
	return true, nil
}

// acknowledge reports the epoch when every stage has passed, extracted and flushed.
func (t *Task) acknowledge() {
	for _, s := range t.stages {
		if !s.passed || s.extracting || s.flush != nil {
			return
		}
	}
	for _, s := range t.stages {
		s.passed = false
	}
	ack := t.ack
	t.ack = nil
	t.pipeline.OnAck(ack)
}

func (t *Task) fail(s *Stage, err error, stack []byte) {
	t.pipeline.stopped.Store(true)
	t.pipeline.OnError(&Error{Operator: s.ID, Task: t.Index, Err: err, Stack: stack})
}

// Fail stops the pipeline with an error that no step returned.
func (t *Task) Fail(operator string, err error) {
	t.pipeline.stopped.Store(true)
	t.pipeline.OnError(&Error{Operator: operator, Task: t.Index, Err: err})
}

// Stages are the task's stages, first to last.
func (t *Task) Stages() []*Stage { return t.stages }

// Watermark is the last watermark that the stage was handed.
func (s *Stage) Watermark() int64 { return s.watermark }

// Resume has the operator stepped first if it has work left from before a restoration.
func (s *Stage) Resume() {
	if p, ok := s.op.(Pender); ok && p.Pending() {
		s.busy = true
	}
}
