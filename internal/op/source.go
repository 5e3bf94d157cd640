package op

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"sync"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/vector"
)

// Splits are the splits that a source's task reads, in the order in which it took
// them on: the number of a split in a batch is its place here. The task's watermark
// operator reads it too.
type Splits struct {
	list []connector.Split
	// Shared tells that the splits have one watermark together.
	Shared bool
	// Bounded tells that no split will be added.
	Bounded bool
}

// Source reads the splits of one task in turn.
type Source struct {
	flow.Base
	plan    *plan.Scan
	ctx     *flow.Context
	source  connector.Source
	splits  *Splits
	readers []connector.Reader // nil where a split has ended
	env     connector.Env
	rows    int // of a batch
	next    int
	open    int // readers not ended
	ended   bool
	told    bool // that it is idle
	failed  error
	restore map[string][]byte
	limit   func() bool // false: over the share of the budget that lets sources read
	kinds   bool
	hooks   Hooks
	last    int           // rows of the last batch that had any
	spare   *vector.Batch // one that stayed empty, and
	room    int           // what it, and the last one that was made, has room for

	mu    sync.Mutex
	added []connector.Split // not yet opened
}

// Hooks are how a source tells its pipeline of itself. They are called from the task.
type Hooks struct {
	Changed func() // rows were read
	Ended   func() // all splits have been read to their end, and the last watermark is sent
}

// NewSource makes the reader of the scan for one task. source is open and shared by the
// tasks; rows is the size of a batch.
func NewSource(n *plan.Scan, splits *Splits, env connector.Env, rows int, room func() bool, hooks Hooks) *Source {
	return &Source{plan: n, source: n.Table.Source, splits: splits, env: env, rows: rows, limit: room, hooks: hooks,
		kinds: n.Table.Source.Kinds() != connector.InsertOnly}
}

// Polled implements flow.Polled.
func (s *Source) Polled() {}

// Rows and Watermark have no meaning for a source.
func (s *Source) Rows(int, *vector.Batch) error { panic("op: a source has no input") }

// Watermark implements flow.Operator.
func (s *Source) Watermark(int64) error { panic("op: a source has no input") }

// Open implements flow.Operator.
func (s *Source) Open(ctx *flow.Context) error { s.ctx = ctx; return nil }

// The notes of a source are, for each of its splits: its ID, whether it has ended, its
// position, each as a length and bytes.

// Restore implements flow.Operator: it keeps the positions of all splits, until Assign
// says which are this task's.
func (s *Source) Restore(notes [][]byte) error {
	s.restore = map[string][]byte{}
	for _, n := range notes {
		for len(n) > 0 {
			id, rest, ok := cutBytes(n)
			if !ok {
				return errNotes
			}
			pos, rest, ok := cutBytes(rest)
			if !ok {
				return errNotes
			}
			s.restore[string(id)] = pos
			n = rest
		}
	}
	return nil
}

var errNotes = fmt.Errorf("the stored notes of an operator are malformed")

func cutBytes(b []byte) (x, rest []byte, ok bool) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return nil, nil, false
	}
	return b[k : k+int(n)], b[k+int(n):], true
}

func putBytes(b, x []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(x))), x...) }

// ended marks a split's position as its end.
var endMark = []byte{1}

// Assign opens splits for this task, at their restored positions. It is called after
// Restore, from the thread that starts the pipeline, or between two steps.
func (s *Source) Assign(ctx context.Context, splits []connector.Split) error {
	for _, sp := range splits {
		saved, known := s.restore[sp.ID]
		var r connector.Reader
		if !known || len(saved) == 0 || saved[0] != endMark[0] {
			var position []byte
			if known && len(saved) > 0 {
				position = saved[1:]
			}
			var err error
			if r, err = s.source.OpenSplit(ctx, sp, position, s.env); err != nil {
				return err
			}
			s.open++
		}
		s.splits.list = append(s.splits.list, sp)
		s.readers = append(s.readers, r)
	}
	return nil
}

// Empty tells whether there is nothing to read: no split was assigned that has not ended.
func (s *Source) Empty() bool { return s.open == 0 }

// Add gives the task a split that was discovered while it runs; from any goroutine. The
// task opens it at its next step.
func (s *Source) Add(split connector.Split) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.added = append(s.added, split)
}

func (s *Source) openAdded() error {
	s.mu.Lock()
	added := s.added
	s.added = nil
	s.mu.Unlock()
	if len(added) == 0 {
		return nil
	}
	s.told = false
	return s.Assign(context.Background(), added)
}

// Snapshot implements flow.Operator.
func (s *Source) Snapshot() ([]byte, bool) {
	var b []byte
	for i, r := range s.readers {
		b = putBytes(b, []byte(s.splits.list[i].ID))
		if r == nil {
			b = putBytes(b, endMark)
		} else {
			b = putBytes(b, append([]byte{0}, r.Position()...))
		}
	}
	return b, true
}

// Positions reads the notes of a source: the positions of its splits that have not ended.
func Positions(notes []byte) (map[string][]byte, error) {
	m := map[string][]byte{}
	for len(notes) > 0 {
		id, rest, ok := cutBytes(notes)
		if !ok {
			return nil, errNotes
		}
		pos, rest, ok := cutBytes(rest)
		if !ok || len(pos) == 0 {
			return nil, errNotes
		}
		if pos[0] != endMark[0] {
			m[string(id)] = pos[1:]
		}
		notes = rest
	}
	return m, nil
}

// Ended tells whether all splits have been read to their end.
func (s *Source) Ended() bool { return s.ended }

// Step implements flow.Operator: it reads one batch from the next split that has one.
func (s *Source) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	if s.failed != nil {
		return flow.Done, s.failed
	}
	if s.ended || s.ctx == nil {
		return flow.Done, nil
	}
	if err := s.openAdded(); err != nil {
		return flow.Done, err
	}
	if s.open == 0 {
		return s.finish(out)
	}
	if !s.limit() {
		s.ctx.WakeAt(s.ctx.Env.Now + 1000)
		return flow.Done, nil
	}
	for range s.readers {
		i := s.next
		s.next = (s.next + 1) % len(s.readers)
		r := s.readers[i]
		if r == nil {
			continue
		}
		b := s.batch(int32(i), r)
		status, err := r.Read(b, s.rows)
		if n := b.Len(); n > 0 {
			s.last = n
		} else if s.room > 0 {
			s.spare = b
		}
		if b, err = s.required(b, err); err != nil {
			var bad *format.RecordError
			if errors.As(err, &bad) && bad.Split == "" {
				bad.Split = s.splits.list[i].Name
			}
			if b.Len() == 0 {
				return flow.Done, err
			}
			s.failed = err // what was read before it comes first
			s.hooks.Changed()
			out.Rows(b)
			return flow.More, nil
		}
		if status == connector.Ended {
			if err := r.Close(); err != nil {
				return flow.Done, err
			}
			s.readers[i] = nil
			s.open--
		}
		if b.Len() > 0 {
			s.hooks.Changed()
			out.Rows(b)
		}
		if status == connector.Ended {
			out.SplitEnd(int32(i))
			if s.open == 0 {
				return s.finish(out)
			}
			return flow.More, nil
		}
		if b.Len() > 0 || status == connector.Ready {
			return flow.More, nil
		}
	}
	return flow.Done, nil
}

// required holds a reader to the types of its columns: a NULL in one that is NOT NULL is
// an error behind the rows before it. What is stored by type has no room for it.
func (s *Source) required(b *vector.Batch, err error) (*vector.Batch, error) {
	bad, name := b.Len(), ""
	for i, c := range s.plan.Read {
		if v := b.Cols[i]; c.Type.NotNull && v.HasNulls() {
			for row := range bad {
				if v.IsNull(row) {
					bad, name = row, c.Name
					break
				}
			}
		}
	}
	if name == "" {
		return b, err
	}
	where := fmt.Sprintf("table %s", s.plan.Table.Name)
	if bad < len(b.Pos) {
		where = s.splits.Record(b.Split, b.Pos[bad])
	}
	return b.Slice(0, bad).Compact(), fmt.Errorf("%s: column %s is NULL, but declared NOT NULL", where, name)
}

// batch is an empty batch for a reader, with room for twice what came last: a reader
// that keeps up with its source has a few rows at a time, and one that catches up has full
// batches. A batch that stayed empty is used again.
func (s *Source) batch(split int32, r connector.Reader) *vector.Batch {
	room := min(s.rows, max(16, 2*s.last))
	if m, ok := r.(connector.ColumnMaker); ok && m.MakesColumns() {
		room = 0
	}
	if b := s.spare; b != nil && room > 0 && s.room == room {
		s.spare = nil
		for _, c := range b.Cols {
			c.Reset(0)
		}
		b.Split, b.Pos = split, b.Pos[:0]
		if s.kinds {
			b.Kinds = b.Kinds[:0]
		}
		return b
	}
	cols := make([]*vector.Vector, len(s.plan.Read))
	for i, c := range s.plan.Read {
		cols[i] = vector.NewBuilder(c.Type, room)
	}
	b := vector.NewBatch(0, cols...)
	b.Split = split
	b.Pos = make([]int64, 0, room)
	if s.kinds {
		b.Kinds = make([]vector.Kind, 0, room)
	}
	s.room = room
	return b
}

// finish sends the last watermark: a bounded source has said all, one that may yet get
// splits is idle.
func (s *Source) finish(out *flow.Output) (flow.Status, error) {
	if s.splits.Bounded {
		s.ended = true
		out.Watermark(flow.EndWatermark)
		s.hooks.Ended()
		return flow.Done, nil
	}
	if !s.told {
		s.told = true
		out.Idle()
	}
	return flow.Done, nil
}

// Close implements flow.Operator.
func (s *Source) Close() error {
	var first error
	for i, r := range s.readers {
		if r != nil {
			if err := r.Close(); err != nil && first == nil {
				first = err
			}
			s.readers[i] = nil
		}
	}
	return first
}

// ShareOut deals splits out to tasks: the i-th in order of ID goes to task i modulo n,
// so that every start with the same splits and tasks gives the same answer.
func ShareOut(splits []connector.Split, task, n int) []connector.Split {
	sorted := append([]connector.Split(nil), splits...)
	sort.Slice(sorted, func(a, b int) bool { return sorted[a].ID < sorted[b].ID })
	var mine []connector.Split
	for i, s := range sorted {
		if i%n == task {
			mine = append(mine, s)
		}
	}
	return mine
}

// Record is how messages call the record of split i at a position.
func (s *Splits) Record(i int32, position int64) string {
	if int(i) >= len(s.list) {
		return ""
	}
	split := s.list[i]
	unit := split.Unit
	if unit == "" {
		unit = "row"
	}
	return fmt.Sprintf("%s %s %d", split.Name, unit, position)
}
