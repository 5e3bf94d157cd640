package flow

import (
	"log/slog"
	"math"

	"tidemark.dev/function"
	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/state"
	"tidemark.dev/vector"
)

// Watermarks are milliseconds since the epoch, as Flink's: no row with a rowtime of at
// most the watermark is expected any more.
const (
	NoWatermark  = math.MinInt64 // before the first
	EndWatermark = math.MaxInt64 // after the last row of all
)

// Status is what a step answers.
type Status uint8

const (
	Done    Status = iota // finished with what it was handed
	More                  // stopped by the quantum or by the output's credit; step again
	Blocked               // waits for the world outside; Context.Wake will be called
)

// Operator is one operator of one task. See the package comment for the order of calls.
type Operator interface {
	Open(ctx *Context) error
	// Restore gets the notes of all tasks that this operator had at the epoch restored,
	// in order of task; their number may differ from today's.
	Restore(notes [][]byte) error
	// Rows hands over a batch from an input port. The operator owns it.
	Rows(port int, b *vector.Batch) error
	// Watermark hands over the operator's new watermark, the least of its inputs',
	// always greater than the last.
	Watermark(w int64) error
	// Step works on what was handed over until it is done, out of quantum, or the output
	// is full. It is called only when the output has credit for a batch.
	Step(out *Output, q *Quantum) (Status, error)
	// Snapshot returns what the operator must know beyond its tables to go on from here,
	// in the middle of its work if need be. not ready asks to be stepped further first.
	Snapshot() (notes []byte, ready bool)
	Close() error
}

// Pender is an operator that may have work left from before a restoration: it is stepped
// before it is handed anything.
type Pender interface{ Pending() bool }

// Keyed is an operator whose input is dealt out by the keys that it encodes itself: the
// exchange hands on what it has encoded.
type Keyed interface {
	// Carries tells whether the keys of its exchange are its own, in the same form.
	Carries() bool
	// Keys hands over the encoded keys of the selected rows of the batch that follows. The
	// operator gives them back with Recycle.
	Keys(k *state.Keys)
}

// Combined is an operator that takes, in place of rows, what they come to group by group:
// a batch is combined before it crosses the exchange, and nothing is held back.
type Combined interface {
	// NewCombiner makes the combiner of one sending task; nil: rows cannot be combined. It
	// is called from that task's thread.
	NewCombiner() Combiner
	// Parcel hands over the rows of a batch that were combined for this task.
	Parcel(p Parcel) error
}

// Combiner combines batches for one exchange of one task.
type Combiner interface {
	// Combine puts what the batch comes to for the i-th of the reading tasks into parcels[i],
	// nil if it is nothing. keys are those of the selected rows. The reader's watermark is not
	// beyond watermark: a batch some of whose rows may be late for it must go as rows, since each
	// that is late is set aside. false: the rows are to be sent themselves.
	Combine(b *vector.Batch, keys *state.Keys, watermark int64, parcels []Parcel) bool
}

// Parcel is what a Combiner makes of rows.
type Parcel interface {
	Rows() int    // that it stands for
	Bytes() int64 // of memory
}

// Overtaken is an operator for which one row may be much work (a join). A barrier that finds it
// busy does not wait until it has come to what lies before the barrier on its edges: the operator is
// shown that just before Snapshot, puts it into its notes, and gets it handed later all the same. The
// edges go on counting it, so that no more than they hold is ever noted.
type Overtaken interface {
	// Heavy tells that what it is busy with is so much that a barrier should not wait for it.
	Heavy() bool
	Overtaken(rows []InFlight)
}

// InFlight is a batch that lies in an edge before a barrier. It is to be read only.
type InFlight struct {
	Port  int
	Batch *vector.Batch
}

// Base is an operator's default for what most do not need.
type Base struct{}

// Restore forgets the notes: there are none.
func (Base) Restore([][]byte) error   { return nil }
func (Base) Snapshot() ([]byte, bool) { return nil, true }
func (Base) Close() error             { return nil }

// Context is what an operator gets from its task.
type Context struct {
	Operator string // its ID: the key of its state
	Pipeline string
	Task     int // its number among Tasks parallel ones
	Tasks    int
	Store    *state.Store
	Memory   *memory.Account
	Env      *function.Env // for expressions; Env.Now is set by the task before each item
	Count    *Counters
	Log      *slog.Logger
	// Wake makes the task step again; callable from any goroutine.
	Wake func()
	// WakeAt has the task stepped at a time of the clock, in microseconds.
	WakeAt func(micros int64)
	// Fail reports an error that no call is there to return.
	Fail func(error)
	// Record names a record of the task's source by its split and position, for messages; nil
	// behind the first exchange.
	Record func(split int32, position int64) string
	// SetAside keeps a row that goes no further, with why. It is durable with the epoch that
	// the row is of. The letter may be used again.
	SetAside func(l *deadletter.Letter)
}

// Owns tells whether a key group is this task's.
func (c *Context) Owns(keyGroup int) bool { return keyGroup*c.Tasks/state.KeyGroups == c.Task }

// Quantum bounds a step: work until Over.
type Quantum struct {
	clock    func() int64
	deadline int64
	left     int // steps of a simulated quantum
}

// NewQuantum is a quantum of the given nanoseconds by the clock.
func NewQuantum(clock func() int64, nanos int64) Quantum {
	return Quantum{clock: clock, deadline: clock() + nanos}
}

// CountedQuantum is a quantum that is over when it was asked n times: for simulations.
func CountedQuantum(n int) Quantum { return Quantum{left: n} }

// Over tells that the step should end. Ask about once per thousand rows.
func (q *Quantum) Over() bool {
	if q.clock == nil {
		q.left--
		return q.left < 0
	}
	return q.clock() >= q.deadline
}

// Counters count the rows of one operator in one task. They are state: saved with
// each epoch, so that after a crash they count each row once. The equation that an
// operator states over them holds at every barrier.
type Counters struct {
	In, Out  int64
	Late     int64 // dropped: behind the watermark
	Filtered int64 // dropped: the filter was not true
	Bad      int64 // dropped: did not decode
	Held     int64 // in state, not yet answered
	Nulls    int64 // dropped: no rowtime
	Fired    int64 // in windows that are closed
	Refused  int64 // dropped: a NULL in a NOT NULL column of a sink
}

// List is the counters in the order of the struct, for the log; Set reads it back.
func (c *Counters) List() []int64 {
	return []int64{c.In, c.Out, c.Late, c.Filtered, c.Bad, c.Held, c.Nulls, c.Fired, c.Refused}
}

// Set sets the counters from a list, which may be shorter or longer: of another version.
func (c *Counters) Set(list []int64) {
	for i, p := range []*int64{&c.In, &c.Out, &c.Late, &c.Filtered, &c.Bad, &c.Held, &c.Nulls, &c.Fired, &c.Refused} {
		if i < len(list) {
			*p = list[i]
		}
	}
}

// Add adds another task's counters.
func (c *Counters) Add(d *Counters) {
	a, b := c.List(), d.List()
	for i := range a {
		a[i] += b[i]
	}
	c.Set(a)
}
