package op

import (
	"fmt"

	"tidemark.dev/connector"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
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
}

// NewSink makes the sink of one task.
func NewSink(n *plan.Sink, w connector.Writer) *Sink { return &Sink{plan: n, writer: w} }

// NewSelect makes the sink of a SELECT: show gets its rows.
func NewSelect(n *plan.Sink, show func(b *vector.Batch) error) *Sink {
	return &Sink{plan: n, write: show}
}

// Open implements flow.Operator.
func (s *Sink) Open(ctx *flow.Context) error { s.ctx = ctx; return nil }

// Rows implements flow.Operator.
func (s *Sink) Rows(_ int, b *vector.Batch) error {
	for _, c := range s.plan.Enforce {
		if err := s.enforce(b, c); err != nil {
			return locate(s.ctx, b, err)
		}
	}
	s.batch = b
	return nil
}

func (s *Sink) enforce(b *vector.Batch, c int) error {
	v := b.Cols[c]
	if !v.HasNulls() {
		return nil
	}
	bad := -1
	b.Rows(func(i int) {
		if bad < 0 && v.IsNull(i) {
			bad = i
		}
	})
	if bad < 0 {
		return nil
	}
	return rowError(bad, fmt.Sprintf("column %s of table %s is NOT NULL, and a NULL is being written into it; filter such rows out with WHERE, or give them a value with COALESCE",
		s.plan.Table.Table.Columns[c].Name, s.plan.Table.Name))
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
