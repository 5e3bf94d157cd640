package twin

import (
	"fmt"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// pass is every node that changes nothing: an exchange, a union, constant rows, and
// (since emit leaves out what an edge does not have) the dropping of -U.
type pass struct{}

func (pass) row(s *stage, _ int, r row) error { return s.emit(r) }
func (pass) watermark(*stage, int64) error    { return nil }

// calc filters, then projects.
type calc struct{ plan *plan.Calc }

func (c *calc) watermark(*stage, int64) error { return nil }

func (c *calc) row(s *stage, _ int, r row) error {
	if c.plan.Filter != nil {
		keep, err := s.run.eval.eval(c.plan.Filter, r.cols)
		if err != nil || !isTrue(keep) {
			return err
		}
	}
	cols, err := s.run.eval.all(c.plan.Exprs, r.cols)
	if err != nil {
		return err
	}
	r.cols = cols
	return s.emit(r)
}

// sink keeps what arrives.
type sink struct {
	plan  *plan.Sink
	index int
}

func (k *sink) watermark(*stage, int64) error { return nil }

func (k *sink) row(s *stage, _ int, r row) error {
	for _, c := range k.plan.Enforce {
		if r.cols[c].Null {
			if k.plan.Drop {
				return nil
			}
			return &NullError{Table: k.plan.Table.Name, Column: k.plan.Input.Output().Columns[c].Name}
		}
	}
	out := &s.run.result.Sinks[k.index]
	out.Changes = append(out.Changes, Change{r.kind, r.cols, r.group})
	return nil
}

// NullError is a NULL on its way into a column that has none.
type NullError struct{ Table, Column string }

func (e *NullError) Error() string {
	return fmt.Sprintf("column %s of %s is NOT NULL, and a NULL was to be written", e.Column, e.Table)
}

// expand gives each row once for each grouping set.
type expand struct{ plan *plan.Expand }

func (e *expand) watermark(*stage, int64) error { return nil }

func (e *expand) row(s *stage, _ int, r row) error {
	for set, nulls := range e.plan.Nulls {
		out := r
		out.cols = append(append([]types.Value{}, r.cols...), types.Int64(int64(set)))
		for _, i := range nulls {
			out.cols[i] = types.NullValue
		}
		if err := s.emit(out); err != nil {
			return err
		}
	}
	return nil
}

// windowTVF gives each row once for each of its windows.
type windowTVF struct {
	plan *plan.WindowTVF
	win  *windows
}

func (w *windowTVF) watermark(*stage, int64) error { return nil }

func (w *windowTVF) row(s *stage, _ int, r row) error {
	v := r.cols[w.plan.Window.Time]
	if v.Null {
		return nil // belongs to no window
	}
	for _, win := range w.win.of(w.win.local(millis(v))) {
		out := r
		out.cols = append(append([]types.Value{}, r.cols...), ofMillis(win.start), ofMillis(win.end), w.win.time(win))
		if err := s.emit(out); err != nil {
			return err
		}
	}
	return nil
}
