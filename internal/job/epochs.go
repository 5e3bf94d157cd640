package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/internal/epoch"
	"tidemark.dev/internal/epochlog"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/invariants"
	"tidemark.dev/internal/state"
)

// Step is called with the name of each step of the protocol just before it is done:
// the kill tests end the process there. It must be set before any pipeline starts.
var Step = func(name string) {}

// do does what the machine asked for.
func (a *attempt) do(actions []epoch.Action) {
	for _, x := range actions {
		if a.ended {
			return
		}
		switch x.Do {
		case epoch.Begin:
			Step("begin")
			a.changed.Store(false)
			for _, t := range a.flow.Tasks {
				if t.IsSource() {
					t.Inject(x.Epoch, x.Final)
				}
			}
		case epoch.Prepare:
			a.prepareSinks(x.Epoch)
		case epoch.Log:
			a.logEpoch(x.Epoch)
		case epoch.Commit:
			a.commit(x.Epoch, x.Sink)
		case epoch.Settle:
			a.settle(x.Epoch)
		case epoch.GoBack:
			a.goBack(x.Epoch)
		case epoch.Finish:
			a.outcome.Finished = a.left == 0
			a.end(nil)
		case epoch.Wait:
			a.p.world.At(x.At, func() {
				a.p.post(func() {
					a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Tick(now) })
				})
			})
		}
	}
}

// outside runs f where it may block, and then on the loop, unless the attempt has ended.
func (a *attempt) outside(f func() error, then func(err error)) {
	a.busy++
	a.p.world.Go(func() {
		err := f()
		a.p.post(func() {
			a.busy--
			if a.ended {
				a.closeIfIdle()
				return
			}
			then(err)
		})
	})
}

func (a *attempt) acknowledged(ack *flow.Ack) {
	if a.ended {
		return
	}
	a.acks[ack.Epoch] = append(a.acks[ack.Epoch], ack)
	if ack.Unfinished {
		a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Changed(now) })
	}
	a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Acknowledged(ack.Epoch, now) })
}

// record gathers the tasks' parts of an epoch.
func (a *attempt) record(n uint64) *epochlog.Record {
	r := &epochlog.Record{Epoch: n}
	if invariants.Enabled {
		a.balance(n)
	}
	for _, ack := range a.acks[n] {
		for _, s := range ack.Task.Stages() {
			count := ack.Counts[s.ID]
			r.Tasks = append(r.Tasks, epochlog.TaskPart{
				Operator: s.ID, Task: uint32(ack.Task.Index), Watermark: ack.Watermarks[s.ID],
				Counts: count.List(), Notes: ack.Notes[s.ID], Pieces: ack.Changes[s.ID],
			})
		}
	}
	return r
}

func (a *attempt) prepareSinks(n uint64) {
	r := a.record(n)
	a.records[n] = r
	acks := a.acks[n]
	a.outside(func() error {
		for _, s := range a.sinks {
			Step("prepare")
			tickets := make([][]byte, 0, 4)
			for _, ack := range acks {
				if _, mine := ack.Notes[s.id]; mine {
					for len(tickets) <= ack.Task.Index {
						tickets = append(tickets, nil)
					}
					tickets[ack.Task.Index] = ack.Tickets[s.id]
				}
			}
			data, err := s.sink.Prepare(a.ctx, n, tickets)
			if err != nil {
				return fmt.Errorf("table %s: %w", s.node.Table.Name, err)
			}
			r.Tickets = append(r.Tickets, epochlog.Ticket{Sink: s.id, Data: data})
		}
		return nil
	}, func(err error) {
		if err != nil {
			a.stumble(err)
			return
		}
		a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Prepared(n, now) })
	})
}

func (a *attempt) logEpoch(n uint64) {
	r := a.records[n]
	if r == nil {
		r = a.record(n)
		a.records[n] = r
	}
	letters := a.lettersOf(n)
	delete(a.acks, n)
	begun := a.p.world.Now()
	a.outside(func() error {
		if a.p.journal == nil {
			return nil
		}
		at, err := a.keepLetters(letters, r)
		if err != nil {
			return err
		}
		Step("log")
		_, err = a.p.journal.Append(r)
		Step("logged")
		if err == nil && a.letters != nil {
			a.letters.Commit(at)
		}
		return err
	}, func(err error) {
		if err != nil {
			a.end(err)
			return
		}
		for i := range r.Tasks {
			r.Tasks[i].Pieces = nil
		}
		a.p.epoch.Store(n)
		a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Logged(n, now-begun, now) })
	})
}

func (a *attempt) ticket(n uint64, s *sink) (connector.Ticket, error) {
	r := a.records[n]
	positions, err := a.positions(r)
	if err != nil {
		return connector.Ticket{}, err
	}
	for _, t := range r.Tickets {
		if t.Sink == s.id {
			return connector.Ticket{Epoch: n, Data: t.Data, Positions: positions}, nil
		}
	}
	return connector.Ticket{Epoch: n, Positions: positions}, nil
}

func (a *attempt) commit(n uint64, i int) {
	s := a.sinks[i]
	t, err := a.ticket(n, s)
	if err != nil {
		a.end(err)
		return
	}
	a.outside(func() error {
		Step("commit")
		err := s.sink.Commit(a.ctx, t)
		Step("committed")
		return err
	}, func(err error) {
		switch {
		case errors.Is(err, connector.ErrRefused):
			a.p.warn(fmt.Sprintf("table %s: epoch %d was rolled back by the system outside; it is done again", s.node.Table.Name, n))
			a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Refused(n, i, now) })
		case err != nil:
			a.end(fmt.Errorf("table %s: epoch %d is durable but its commit was not confirmed (it is settled at the next start): %w", s.node.Table.Name, n, err))
		default:
			a.step(func(m *epoch.Machine, now int64) []epoch.Action { return m.Committed(n, i, now) })
		}
	})
}

func (a *attempt) settle(n uint64) {
	Step("settle")
	a.p.again = 0
	r := a.records[n]
	delete(a.records, n)
	positions, err := a.positions(r)
	if err != nil {
		a.end(err)
		return
	}
	for _, s := range a.sources {
		if k, ok := s.scan.Table.Source.(connector.Acknowledger); ok {
			name := s.scan.Table.Name
			a.outside(func() error { return k.Acknowledge(a.ctx, positions[name]) }, func(err error) {
				if err != nil {
					a.p.warn(fmt.Sprintf("table %s: %v", name, err))
				}
			})
		}
	}
	if a.p.journal == nil {
		return
	}
	a.p.journal.Settle(n)
	a.maybeCompact()
}

// goBack ends the attempt; when nothing of it is under way any more, the epoch that a
// sink has refused and all after it are made void, and the pipeline starts again.
func (a *attempt) goBack(n uint64) {
	a.back = n
	a.end(errAgain)
}

// maxAgain is how often a pipeline begins again without settling an epoch in between.
const maxAgain = 5

// stumble ends the attempt with an error. If the outside has rolled back what was not yet
// durable, the pipeline begins again from its last epoch.
func (a *attempt) stumble(err error) {
	p := a.p
	if errors.Is(err, connector.ErrRefused) && p.journal != nil && p.again < maxAgain {
		p.again++
		p.warn(fmt.Sprintf("the pipeline goes back to epoch %d: %v", p.journal.Last(), err))
		err = errAgain
	}
	a.end(err)
}

var (
	errAgain = errors.New("the pipeline goes back an epoch")
	errLater = errors.New("the pipeline goes back an epoch when what is outside answers")
)

// attemptLater is the attempt that was put off, if nobody has asked to stop meanwhile.
func (p *Pipeline) attemptLater() {
	if p.asked {
		p.finish(Outcome{Epoch: p.epoch.Load()})
		return
	}
	p.attempt()
}

// later is when an attempt is made again that found a system outside silent. (The first attempt
// of a process does not wait: who starts it is there to be told.)
const later = time.Second

// unreachable tells an error of a connection from one of what was asked for.
func unreachable(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) ||
		errors.Is(err, context.DeadlineExceeded)
}

// end stops the attempt; when nothing of it is under way any more, all is closed.
func (a *attempt) end(err error) {
	if a.ended {
		return
	}
	a.ended = true
	a.outcome.Err = err
	a.flow.Stop()
	a.cancel()
	a.closeIfIdle()
}

func (a *attempt) closeIfIdle() {
	if a.busy > 0 {
		return
	}
	a.busy++
	p := a.p
	p.world.Go(func() {
		a.flow.Quiesce()
		first := a.close()
		if a.back > 0 {
			if err := p.journal.Rollback(a.back); err != nil {
				a.outcome.Err = err
			}
		}
		p.post(func() {
			o := a.outcome
			if o.Err == nil {
				o.Err = first
			}
			o.Epoch = p.epoch.Load()
			o.Tasks, o.Resumed = len(a.flow.Tasks), a.last
			for _, t := range a.flow.Tasks {
				o.Stages = append(o.Stages, t.Stats()...)
			}
			switch {
			case errors.Is(o.Err, errAgain):
				p.attempt()
				return
			case errors.Is(o.Err, errLater):
				p.world.At(p.world.Now()+later.Microseconds(), func() { p.post(p.attemptLater) })
				return
			}
			p.finish(o)
		})
	})
}

// close closes operators, sources, sinks and state, and returns the first error.
func (a *attempt) close() (first error) {
	keep := func(err error) {
		if err != nil && first == nil && !errors.Is(err, context.Canceled) {
			first = err
		}
	}
	for _, s := range a.stages {
		keep(s.op.Close())
		s.store.Close()
	}
	for _, s := range a.sources {
		keep(s.scan.Table.Source.Close())
	}
	for _, s := range a.all {
		keep(s.sink.Close())
	}
	if a.letters != nil {
		keep(a.letters.Close())
	}
	a.p.forgetOutages()
	return first
}

// maybeCompact makes a run when the log has grown enough.
func (a *attempt) maybeCompact() {
	j := a.p.journal
	if a.compact || !j.CompactDue() {
		return
	}
	c := j.PrepareCompaction()
	if c == nil {
		return
	}
	a.compact = true
	a.outside(func() error { return c.Write(a.merge) }, func(err error) {
		a.compact = false
		if err != nil {
			a.p.warn(fmt.Sprintf("the epoch log could not be compacted: %v", err))
			return
		}
		if err := c.Finish(); err != nil {
			a.p.warn(fmt.Sprintf("the epoch log could not be compacted: %v", err))
		}
	})
}

// merge is the epochlog.Merge of the pipeline: it replays one part of the key groups
// into tables of its own and writes them out in order.
func (a *attempt) merge(part, parts int, replay func(func(*epochlog.Record) error) error, emit func(string, []byte) error) error {
	stores := map[string]*state.Store{}
	defer func() {
		for _, s := range stores {
			s.Close()
		}
	}()
	var order []string
	for _, t := range a.layout {
		s := stores[t.operator]
		if s == nil {
			s = state.NewStore(a.p.memory)
			stores[t.operator] = s
			order = append(order, t.operator)
		}
		s.Table(t.operator, t.desc)
	}
	own := func(kg int) bool { return kg*parts/state.KeyGroups == part }
	if err := replay(func(r *epochlog.Record) error {
		wrote := writers(r)
		for _, t := range r.Tasks {
			if s := stores[t.Operator]; s != nil && len(t.Change) > 0 {
				if err := s.Apply(t.Change, own, wrote(t)); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, id := range order {
		if err := stores[id].Dump(func(change []byte) error { return emit(id, change) }); err != nil {
			return err
		}
	}
	return nil
}
