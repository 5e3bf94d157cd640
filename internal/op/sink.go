package op

import (
	"fmt"

	"tidemark.dev/connector"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/invariants"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Sink hands rows to a writer, and flushes it at barriers.
type Sink struct {
	flow.Base
	held
	plan   *plan.Sink
	ctx    *flow.Context
	writer connector.Writer
	write  func(b *vector.Batch) error // of a SELECT, in place of a writer
	failed error                       // when batch is written
	strict []constraint
}

// NewSink makes the sink of one task.
func NewSink(n *plan.Sink, w connector.Writer) *Sink {
	return &Sink{plan: n, writer: w, strict: constraintsOf(n)}
}

// NewSelect makes the sink of a SELECT: show gets its rows.
func NewSelect(n *plan.Sink, show func(b *vector.Batch) error) *Sink {
	return &Sink{plan: n, write: show}
}

// Open implements flow.Operator.
func (s *Sink) Open(ctx *flow.Context) error { s.ctx = ctx; return nil }

// Rows implements flow.Operator. A row that may not be written is an error after the
// rows before it have been written.
func (s *Sink) Rows(_ int, b *vector.Batch) error {
	for _, c := range s.plan.Enforce {
		b = s.enforce(b, c)
	}
	if len(s.strict) > 0 && b.Count() > 0 {
		checked, dropped, err := check(s.strict, b)
		if s.ctx.Count.Refused += dropped; err != nil {
			s.failed = locate(s.ctx, b, err) // before what was found, if anything
		}
		b = checked
	}
	if invariants.Enabled && !s.plan.Table.Select {
		noNulls("table "+s.plan.Table.Name, b, func(i int) (string, types.Type) {
			c := s.plan.Table.Table.Columns[i]
			return c.Name, c.Type
		})
	}
	s.batch = b
	return nil
}

// enforce looks for NULLs in a NOT NULL column (Flink's ConstraintEnforcer): their rows
// are left out, or the first of them is an error and what comes behind it is left out.
func (s *Sink) enforce(b *vector.Batch, c int) *vector.Batch {
	v := b.Cols[c]
	if !v.HasNulls() {
		return b
	}
	bad := -1
	kept := []int32{} // nil would select all
	b.Rows(func(i int) {
		null := v.IsNull(i)
		if null && bad < 0 {
			bad = i
		}
		if !null && (s.plan.Drop || bad < 0) {
			kept = append(kept, int32(i))
		}
	})
	if bad < 0 {
		return b
	}
	if s.plan.Drop {
		s.ctx.Count.Refused += int64(b.Count() - len(kept))
	} else {
		s.failed = locate(s.ctx, b, rowError(bad, fmt.Sprintf("column %s of table %s is NOT NULL, and a NULL is being written into it; filter such rows out with WHERE, give them a value with COALESCE, or set 'table.exec.sink.not-null-enforcer' to 'DROP'",
			s.columnName(c), s.plan.Table.Name)))
	}
	return b.Under(kept)
}

// columnName is the table's; the rows of a SELECT have the query's.
func (s *Sink) columnName(c int) string {
	if s.plan.Table.Select {
		return s.plan.Columns[c].Name
	}
	return s.plan.Table.Table.Columns[c].Name
}

// Snapshot implements flow.Operator: a batch that the writer has not taken belongs to
// the epoch.
func (s *Sink) Snapshot() ([]byte, bool) { return nil, s.batch == nil }

// Step implements flow.Operator.
func (s *Sink) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	if s.batch != nil {
		if s.write != nil {
			if err := s.write(s.batch); err != nil {
				return flow.Done, err
			}
		} else {
			status, err := s.writer.Write(s.batch)
			if err != nil {
				return flow.Done, locate(s.ctx, s.batch, err)
			}
			if status == connector.Waiting {
				return flow.Blocked, nil
			}
		}
		s.ctx.Count.Out += int64(s.batch.Count())
		s.batch = nil
	}
	if s.failed != nil {
		return flow.Done, s.failed
	}
	s.mark, s.ends = false, s.ends[:0]
	return flow.Done, nil
}

// Flush implements flow.Flusher.
func (s *Sink) Flush(epoch uint64, final bool) ([]byte, flow.Status, error) {
	if s.writer == nil {
		return nil, flow.Done, nil
	}
	ticket, status, err := s.writer.Flush(epoch, final)
	if err != nil {
		return nil, flow.Done, err
	}
	if status == connector.Waiting {
		return nil, flow.Blocked, nil
	}
	return ticket, flow.Done, nil
}

// Close implements flow.Operator.
func (s *Sink) Close() error {
	if s.writer == nil {
		return nil
	}
	return s.writer.Close()
}
