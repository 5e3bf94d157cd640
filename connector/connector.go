// Package connector is the SDK for what tables are made of: sources and sinks.
//
// A connector is a value of Connector, declared in one file of its own package and
// put into a Registry. The planner asks it what a table can do (options, metadata
// columns, boundedness, changelog kinds); the engine opens its splits and writers.
//
// # The life of a source
//
//	NewSource   while planning: checks options against the schema; touches nothing outside
//	Open        at start: connects; an error here fails the pipeline before a row flows
//	Splits      after Open, and again from time to time if the source discovers
//	OpenSplit   for each split a task was given, at its restored position or at the start
//	Reader.Read by the task, again and again, never at the same time as another call on that Reader
//	Acknowledge after each epoch that became durable, with the positions it holds (a courtesy: group offsets)
//	Close       each Reader, then the Source; also after an error at any step
//
// # The life of a sink
//
//	NewSink     while planning
//	Open        at start, once a pipeline: connects, and settles what an earlier run left (Recover)
//	OpenWriter  once a task
//	Write       rows; Flush at each barrier; see Writer
//	Commit      after the epoch's log record is durable
//	Close       writers, then the sink
package connector

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"tidemark.dev/disk"
	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Connector is one connector, found by its name in a table's 'connector' option.
type Connector struct {
	Name     string
	Summary  string // one sentence
	Example  string // a CREATE TABLE that works, for help and the manual
	Options  []option.Option
	Metadata []Metadata
	// Formats tells that the table takes a 'format' (and options of it, prefixed).
	Formats bool
	// Files tells that records stand in files, one behind the other: formats are told so.
	Files bool
	// KeyFormats tells that it also takes 'key.format' and 'value.format'.
	KeyFormats bool
	// NewSource and NewSink are nil where the connector cannot read or write.
	NewSource func(*Table) (Source, error)
	NewSink   func(*Table) (Sink, error)
}

// Metadata is a column that a connector offers beside the payload.
type Metadata struct {
	Key      string
	Type     types.Type
	Writable bool
	Summary  string
}

// Column is one column that a scan reads or a sink writes.
type Column struct {
	Name string
	Type types.Type
	// Metadata is the key of a metadata column; "" for a physical one.
	Metadata string
	// Unread, of columns given to NewDecoder, marks a field that records have and
	// nobody reads. Place is the field's place in a record, counted from 1; 0: as given.
	Unread bool
	Place  int
}

// Table is what a connector is told of the table it makes real.
type Table struct {
	Name       string
	Options    *option.Values
	Schema     []Column // all physical columns, in order: what a format is built from
	Columns    []Column // those read, or written, and the metadata asked for: the columns of every batch, in order
	PrimaryKey []int    // indexes into Schema; nil: none
	// Partitions are the PARTITIONED BY columns, indexes into Schema.
	Partitions []int
	// NewDecoder and NewEncoder build the table's format ("key" for 'key.format', "" or
	// "value" for the other) over the columns given.
	NewDecoder func(part string, columns []Column) (format.Decoder, error)
	NewEncoder func(part string, columns []Column) (format.Encoder, error)
	// Kinds is the changelog the format can carry: inserts only unless it says otherwise.
	Kinds KindSet
	// Zone is the session's time zone, by name.
	Zone string
}

// KindSet is a set of change kinds.
type KindSet uint8

// InsertOnly, Upsert (no -U) and AllKinds are the sets that occur in practice.
const (
	InsertOnly KindSet = 1 << vector.Insert
	Upsert             = InsertOnly | 1<<vector.UpdateAfter | 1<<vector.Delete
	AllKinds           = Upsert | 1<<vector.UpdateBefore
)

// Has tells whether the set holds k.
func (s KindSet) Has(k vector.Kind) bool { return s>>k&1 != 0 }

func (s KindSet) String() string {
	text := ""
	for _, k := range []vector.Kind{vector.Insert, vector.UpdateBefore, vector.UpdateAfter, vector.Delete} {
		if s.Has(k) {
			if text != "" {
				text += ","
			}
			text += k.String()[1:] + ""
		}
	}
	return "[" + text + "]"
}

// Status is what a reader or writer answers: none of its calls may block.
type Status uint8

const (
	Ready   Status = iota // call again, there is more to do
	Waiting               // nothing to do now; Env.Wake will be called when there is
	Ended                 // a bounded split is read to its end
)

// Env is what the engine gives to what it opens. It is safe to use from any goroutine.
type Env struct {
	Pipeline string // its name, for client ids, groups and messages
	// Run names this life of the pipeline: new at every fresh start, kept by resumption.
	Run string
	// Directory is where the connector may keep things of its own in the data directory.
	Directory string
	// Disk is where Directory is: the file system of the process, or a simulation's.
	Disk disk.FS
	// Wake tells the task that what answered Waiting may go on.
	Wake func()
	// Fail reports an error that no call is there to return; the pipeline stops with it.
	Fail func(error)
	// Warn tells the user something once.
	Warn func(message string)
	// Outage tells that a system outside does not answer, since when and why, so that rows
	// wait for it; with a nil error that it answers again. The user is told of either once,
	// whichever table of the pipeline says so first.
	Outage func(system string, since time.Time, err error)
	// WantEpoch asks for an epoch to begin after d, or soon after, though no row may have
	// flowed by then: a pipeline that is idle makes none of itself. For a writer it is a timer
	// that ends in a Flush. Each call is a wish of its own; none can be taken back.
	WantEpoch func(d time.Duration)
	// Resumed tells that the pipeline goes on from an epoch: a split without a position is
	// one that was not there, or not yet seen, when that epoch was made.
	Resumed bool
	// Charge accounts n more (or fewer) bytes of buffers to the pipeline; false: over
	// the budget, hold no more until some are given back.
	Charge func(n int64) bool
}

// Split is a part of a source with an order and positions of its own: a Kafka
// partition, a file, a generator. Its ID is stable over restarts.
type Split struct {
	ID string
	// Name is how messages call it: "topic clicks partition 3", "file a.json".
	Name string
	// Unit is what the positions of its rows count: "line", "offset"; "": "row".
	Unit string
}

// Source reads one table.
type Source interface {
	// Bounded tells, while planning, whether reading ends by itself.
	Bounded() bool
	// Kinds is the changelog of the rows it reads.
	Kinds() KindSet
	Open(ctx context.Context, env Env) error
	// Splits lists what there is to read, in a stable order. With discovery it may grow.
	Splits(ctx context.Context) ([]Split, error)
	// OpenSplit starts reading at position, which an earlier Reader of this split gave,
	// or at the table's start-up position if it is nil. It may not block on the network:
	// that is for Open and for the reader's own goroutine.
	OpenSplit(ctx context.Context, split Split, position []byte, env Env) (Reader, error)
	Close() error
}

// SharedWatermark is a Source whose splits share one watermark per task, and not one
// each (as the splits of Flink's file source do).
type SharedWatermark interface{ SharedWatermark() bool }

// Acknowledger is a Source that wants to hear of durable epochs: positions by split
// ID. Errors are for the source to retry or to warn of; they lose nothing.
type Acknowledger interface {
	Acknowledge(ctx context.Context, positions map[string][]byte) error
}

// Reader reads one split. Its calls come from one task, one at a time.
type Reader interface {
	// Read appends at most max rows to the columns of b (builders of the table's
	// Columns), their kinds unless all are inserts, and their positions, and calls
	// b.SetLen. If b is empty it may instead put vectors of its own, in any encoding, in
	// their place. It never blocks. Rows may come with Waiting or Ended too.
	//
	// An error may be a *format.RecordError for a record that does not decode: then b
	// holds the rows before it, the reader stands behind it, and Read may be called
	// again to skip it. Any other error ends the pipeline.
	Read(b *vector.Batch, max int) (Status, error)
	// Position is where reading goes on after all rows read so far.
	Position() []byte
	Close() error
}

// ColumnMaker is a Reader that puts columns of its own making into an empty batch: the
// batch it is given then has builders without room.
type ColumnMaker interface{ MakesColumns() bool }

// Lag is a Reader that knows how far it is behind: rows not yet read, -1 if unknown.
type Lag interface{ Lag() int64 }

// Guarantee is what a sink promises about rows of an epoch that was done twice.
type Guarantee uint8

const (
	// Repeats: written at once; a crash may write rows again (print, 'none').
	Repeats Guarantee = iota
	// AtLeastOnce: flushed before the epoch is durable, so none is lost; a crash may repeat.
	AtLeastOnce
	// Refusable: exactly once by a commit that the system outside may refuse (a Kafka
	// transaction that timed out); the pipeline then goes back an epoch.
	Refusable
	// Staged: exactly once by a commit that cannot be refused, idempotent by epoch (files).
	Staged
)

// Sink writes one table.
type Sink interface {
	// Accepts tells, while planning, which kinds the sink takes, given those that the
	// query makes: it must be a subset of them, or of them without -U, or the query is
	// refused by the planner with the sink's name.
	Accepts(kinds KindSet) KindSet
	Guarantee() Guarantee
	// Open connects. pending are tickets of epochs whose log record is durable, oldest
	// first: those whose commit was not seen to end, and last, whether its commit was seen
	// or not, the newest one, since a Staged sink reads from it what it left unfinished;
	// empty if this run has no durable epoch. After Open the sink has settled them:
	// committed them, found them committed, or answered ErrRefused. Env.Run, Pipeline and
	// the last element of Directory together name the sink: two sinks of one pipeline
	// differ in Directory. A sink may be opened again after Close.
	Open(ctx context.Context, env Env, pending []Ticket) error
	// OpenWriter opens the writer of one task.
	OpenWriter(task int, env Env) (Writer, error)
	// Prepare is called for a Refusable or Staged sink when all writers have flushed
	// epoch: their tickets, by task. The returned bytes go into the epoch's log record
	// and are all that Commit and Open get. It may block.
	Prepare(ctx context.Context, epoch uint64, tickets [][]byte) ([]byte, error)
	// Commit makes the rows of a durable epoch visible. It may block, and be called
	// again for the same ticket. ErrRefused: the system outside has rolled it back for good.
	Commit(ctx context.Context, ticket Ticket) error
	Close() error
}

// Transactional is a Refusable sink. All of a pipeline that answer the same share one
// transaction an epoch, so that they are committed or refused together.
type Transactional interface{ Transaction() string }

// Ticket is what a sink needs to finish an epoch after any crash.
type Ticket struct {
	Epoch uint64
	Data  []byte
	// Positions of the pipeline's sources as of the epoch, by source table and split ID,
	// for a sink that commits them with its rows.
	Positions map[string]map[string][]byte
}

// ErrRefused: the outside has rolled back an epoch's rows; it must be done again.
var ErrRefused = errors.New("the epoch's transaction was rolled back by the system outside")

// Writer writes the rows of one task. Its calls come from that task, one at a time.
type Writer interface {
	// Write takes the selected rows. Waiting: it took none of them, and wants the same
	// batch again after Wake; it is how a slow system pushes back. It copies what it keeps.
	Write(b *vector.Batch) (Status, error)
	// Flush begins the end of an epoch: all rows written so far belong to it. It is
	// called again until it answers Ready with the task's ticket (nil for none); while it
	// answers Waiting nothing is written. final tells that no row will follow.
	Flush(epoch uint64, final bool) (ticket []byte, status Status, err error)
	Close() error
}

// Registry finds connectors by name.
type Registry struct{ byName map[string]*Connector }

// Add puts a connector in; a second of the same name panics: it is a mistake of the program.
func (r *Registry) Add(c *Connector) {
	if r.byName == nil {
		r.byName = map[string]*Connector{}
	}
	if r.byName[c.Name] != nil {
		panic(fmt.Sprintf("connector: %q is there twice", c.Name))
	}
	r.byName[c.Name] = c
}

// Find returns the connector of that name, or nil.
func (r *Registry) Find(name string) *Connector { return r.byName[name] }

// Names lists all connectors in order.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for n := range r.byName {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
