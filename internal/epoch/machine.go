package epoch

import "fmt"

// Config is what the machine must know of its pipeline.
type Config struct {
	Tasks   int // that acknowledge
	Sinks   int // with a commit of their own, in the order of commits: those that may refuse first
	First   uint64
	Cadence Cadence
}

// Cadence says when the next epoch begins. Times are microseconds.
type Cadence struct {
	// Interval fixes the time from one begin to the next; 0: adaptive.
	Interval int64
	// Least and Most bound the adaptive pause between an epoch's begin and the next.
	Least, Most int64
	// Share is the part of the time that epochs may take, for the adaptive pause: an
	// epoch whose work took d is followed by the next after at least d/Share.
	Share float64
}

// Adaptive is the default: results are committed within tens of milliseconds, and
// epochs take at most 3 % of the time.
var Adaptive = Cadence{Least: 20_000, Most: 1_000_000, Share: 0.03}

// Action is something that must be done, its outcome to be told to the machine.
type Action struct {
	Do    Do
	Epoch uint64
	Sink  int  // of Commit, in the order of commits
	Final bool // of Begin
	// At is when to call Tick, of Wait.
	At int64
}

// Do is a kind of action.
type Do uint8

const (
	Begin   Do = iota // inject barriers at all sources; then Acknowledged by every task
	Prepare           // make the sinks' tickets; then Prepared
	Log               // write and sync the record; then Logged
	Commit            // commit one sink; then Committed or Refused
	Settle            // tell the sources, forget the epoch before; no answer
	GoBack            // stop everything and restore the epoch before Epoch; the machine is finished
	Finish            // the final epoch is settled; the machine is finished
	Wait              // call Tick at that time
)

func (d Do) String() string {
	return [...]string{"begin", "prepare", "log", "commit", "settle", "go back", "finish", "wait"}[d]
}

// stage is how far an epoch has come.
type stage uint8

const (
	aligning stage = iota
	preparing
	logging
	committing
)

type flight struct {
	epoch  uint64
	stage  stage
	acks   int
	sink   int // being committed
	final  bool
	begun  int64
	worked bool // a sink's commit has been asked for
}

// Machine is the protocol of one run of a pipeline. Every method returns what must be
// done next, in order.
type Machine struct {
	config   Config
	next     uint64
	flights  []flight // oldest first, at most two
	begun    int64    // when the last epoch began
	took     int64    // what the last one cost, in microseconds of work
	dirty    bool     // something has changed since the last begin
	stopping bool
	final    bool // the final epoch has begun
	over     bool
	waiting  int64
}

// New returns a machine whose first epoch is config.First.
func New(config Config, now int64) *Machine {
	return &Machine{config: config, next: config.First, begun: now}
}

// InFlight is the number of epochs that have begun and are not settled.
func (m *Machine) InFlight() int { return len(m.flights) }

// Changed tells that rows have flowed: without it no epoch begins.
func (m *Machine) Changed(now int64) []Action {
	m.dirty = true
	return m.advance(now)
}

// Stop asks for a final epoch as soon as the protocol allows: the sources have ended, or
// the user wants it.
func (m *Machine) Stop(now int64) []Action {
	m.stopping = true
	return m.advance(now)
}

// Tick tells that time has passed.
func (m *Machine) Tick(now int64) []Action {
	m.waiting = 0
	return m.advance(now)
}

// Acknowledged tells that one more task has done its part of an epoch.
func (m *Machine) Acknowledged(epoch uint64, now int64) []Action {
	f := m.flight(epoch, aligning)
	if f.acks++; f.acks < m.config.Tasks {
		return nil
	}
	f.stage = preparing
	if m.config.Sinks > 0 {
		return []Action{{Do: Prepare, Epoch: epoch}}
	}
	return m.prepared(f)
}

// Prepared tells that the tickets of an epoch are made.
func (m *Machine) Prepared(epoch uint64, now int64) []Action {
	return m.prepared(m.flight(epoch, preparing))
}

func (m *Machine) prepared(f *flight) []Action {
	f.stage = logging
	return []Action{{Do: Log, Epoch: f.epoch}}
}

// Logged tells that the record of an epoch is durable, and what it cost: the time spent
// on extracting, encoding and writing it, in microseconds.
func (m *Machine) Logged(epoch uint64, cost, now int64) []Action {
	f := m.flight(epoch, logging)
	f.stage = committing
	m.took = cost
	return append(m.commitOldest(), m.advance(now)...)
}

// commitOldest asks for the next commit of the oldest epoch, if it is not under way.
func (m *Machine) commitOldest() []Action {
	var actions []Action
	for len(m.flights) > 0 {
		f := &m.flights[0]
		if f.stage != committing || f.worked {
			break
		}
		if f.sink < m.config.Sinks {
			f.worked = true
			return append(actions, Action{Do: Commit, Epoch: f.epoch, Sink: f.sink})
		}
		actions = append(actions, Action{Do: Settle, Epoch: f.epoch})
		if f.final {
			m.over = true
			actions = append(actions, Action{Do: Finish, Epoch: f.epoch})
		}
		m.flights = append(m.flights[:0], m.flights[1:]...)
	}
	return actions
}

// Committed tells that a sink has committed its part of an epoch.
func (m *Machine) Committed(epoch uint64, sink int, now int64) []Action {
	f := m.flight(epoch, committing)
	if f.sink != sink || !f.worked {
		panic(fmt.Sprintf("epoch: sink %d confirmed epoch %d, the machine was waiting for sink %d", sink, epoch, f.sink))
	}
	f.sink, f.worked = sink+1, false
	return append(m.commitOldest(), m.advance(now)...)
}

// Refused tells that the outside has rolled an epoch back for good.
func (m *Machine) Refused(epoch uint64, sink int, now int64) []Action {
	m.flight(epoch, committing)
	m.over = true
	return []Action{{Do: GoBack, Epoch: epoch}}
}

func (m *Machine) flight(epoch uint64, want stage) *flight {
	for i := range m.flights {
		if f := &m.flights[i]; f.epoch == epoch {
			if f.stage != want {
				panic(fmt.Sprintf("epoch: epoch %d is at step %d, told of step %d", epoch, f.stage, want))
			}
			return f
		}
	}
	panic(fmt.Sprintf("epoch: told of epoch %d, which is not in flight", epoch))
}

// advance begins the next epoch if it is time.
func (m *Machine) advance(now int64) []Action {
	if m.over || m.final || !m.dirty && !m.stopping {
		return nil
	}
	if n := len(m.flights); n >= 2 || n == 1 && m.flights[0].stage != committing {
		return nil
	}
	if at := m.due(); now < at && !m.stopping {
		if m.waiting != 0 && m.waiting <= at {
			return nil
		}
		m.waiting = at
		return []Action{{Do: Wait, At: at}}
	}
	m.final = m.stopping
	f := flight{epoch: m.next, begun: now, final: m.final}
	m.flights = append(m.flights, f)
	m.next++
	m.begun, m.dirty = now, false
	return []Action{{Do: Begin, Epoch: f.epoch, Final: f.final}}
}

// due is the earliest time for the next epoch to begin.
func (m *Machine) due() int64 {
	c := m.config.Cadence
	if c.Interval > 0 {
		return m.begun + c.Interval
	}
	pause := c.Least
	if c.Share > 0 {
		pause = max(pause, int64(float64(m.took)/c.Share))
	}
	return m.begun + min(pause, c.Most)
}
