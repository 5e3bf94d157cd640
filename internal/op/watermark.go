package op

import (
	"encoding/binary"

	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Watermark, in numbered steps
//
//  1. Each split has a watermark: the greatest value of the expression over its rows so
//     far, in milliseconds. A split not yet read has none, one that has ended has the last.
//     Splits that share one (files) are counted as one split.
//  2. The task's watermark is the least of its splits'. It never falls.
//  3. Lateness must be as if the watermark followed every row, whatever the size of a batch.
//     A row can be late only if its rowtime is at most the task's watermark after the row
//     before it. So the batch is cut before each such row, if the watermark has risen since
//     it was last sent, and sent in between. Rows in order are never cut.
type Watermark struct {
	flow.Base
	held
	plan   *plan.Watermark
	ctx    *flow.Context
	value  *expr.Evaluator // nil: the watermark is the rowtime moved by shift
	shift  int64           // in microseconds
	splits *Splits
	marks  []mark
	shared mark
	sent   int64
	end    bool

	cut int // rows of held.batch that were sent
	row []int64
	at  []int64
	ok  []bool
}

type mark struct {
	time  int64
	ended bool
}

// NewWatermark makes the watermark operator of a source's task.
func NewWatermark(n *plan.Watermark, splits *Splits) (*Watermark, error) {
	w := &Watermark{plan: n, splits: splits, shared: mark{time: flow.NoWatermark}, sent: flow.NoWatermark}
	shift, ok := shiftOf(n)
	if ok {
		w.shift = shift
		return w, nil
	}
	var err error
	w.value, err = expr.Compile(n.Expr)
	return w, err
}

// shiftOf is how far the watermark lies from the rowtime, in microseconds, if it is the
// rowtime less or plus a constant, as nearly all are.
func shiftOf(n *plan.Watermark) (micros int64, ok bool) {
	rowtime := func(e plan.Expr) bool {
		c, ok := e.(*plan.Column)
		return ok && c.Index == n.Rowtime
	}
	if rowtime(n.Expr) {
		return 0, true
	}
	s, ok := n.Expr.(*plan.TimeShift)
	if !ok || !rowtime(s.Time) || !s.Time.Type().Same(s.Type()) {
		return 0, false
	}
	by, ok := s.Interval.(*plan.Literal)
	if !ok || by.Value.Null || by.Type().Kind != types.IntervalDay {
		return 0, false
	}
	if s.Negate {
		return -by.Value.I * 1000, true
	}
	return by.Value.I * 1000, true
}

// Open implements flow.Operator.
func (w *Watermark) Open(ctx *flow.Context) error { w.ctx = ctx; return nil }

func (w *Watermark) sync() {
	for len(w.marks) < len(w.splits.list) {
		w.marks = append(w.marks, mark{time: flow.NoWatermark})
	}
}

// The notes are the shared mark's time and, for each split, its ID, its
// time and whether it has ended.

// Snapshot implements flow.Operator.
func (w *Watermark) Snapshot() ([]byte, bool) {
	w.sync()
	if w.batch != nil {
		return nil, false
	}
	b := binary.AppendVarint(nil, w.shared.time)
	for i, m := range w.marks {
		b = putBytes(b, []byte(w.splits.list[i].ID))
		b = binary.AppendVarint(b, m.time)
		ended := byte(0)
		if m.ended {
			ended = 1
		}
		b = append(b, ended)
	}
	return b, true
}

// Restore implements flow.Operator; the source of the task has been assigned its splits.
// What was sent is not restored: it is sent again, for those downstream.
func (w *Watermark) Restore(notes [][]byte) error {
	saved := map[string]mark{}
	for _, b := range notes {
		shared, k := binary.Varint(b)
		if k <= 0 {
			return errNotes
		}
		b = b[k:]
		w.shared.time = max(w.shared.time, shared)
		for len(b) > 0 {
			id, rest, ok := cutBytes(b)
			if !ok {
				return errNotes
			}
			t, k := binary.Varint(rest)
			if k <= 0 || len(rest) < k+1 {
				return errNotes
			}
			saved[string(id)] = mark{t, rest[k] == 1}
			b = rest[k+1:]
		}
	}
	w.sync()
	for i := range w.marks {
		if m, ok := saved[w.splits.list[i].ID]; ok {
			w.marks[i] = m
		}
	}
	return nil
}

// Pending implements flow.Pender: the watermark is sent again after a restoration.
func (w *Watermark) Pending() bool { return true }

// Watermark implements flow.Operator: of the source's only the last counts.
func (w *Watermark) Watermark(t int64) error {
	w.end = w.end || t == flow.EndWatermark
	return nil
}

// SplitEnd implements flow.Splitter.
func (w *Watermark) SplitEnd(s int32) error {
	w.sync()
	w.marks[s].ended = true
	return nil
}

// Step implements flow.Operator.
func (w *Watermark) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	w.sync()
	if w.batch != nil {
		if w.cut == 0 {
			if err := w.times(); err != nil {
				return flow.Done, err
			}
		}
		if !w.pieces(out) {
			return flow.More, nil
		}
		w.batch, w.cut = nil, 0
	}
	now := w.least(-1)
	if w.end {
		now = flow.EndWatermark
	}
	w.send(now, out)
	return flow.Done, nil
}

func (w *Watermark) send(now int64, out *flow.Output) {
	if now > w.sent {
		w.sent = now
		out.Watermark(now)
	}
}

// least is the task's watermark, leaving one split out.
func (w *Watermark) least(but int) int64 {
	if w.splits.Shared {
		if but >= 0 {
			return flow.EndWatermark
		}
		for _, m := range w.marks {
			if !m.ended {
				return w.shared.time
			}
		}
		return flow.EndWatermark
	}
	t := int64(flow.EndWatermark)
	for i, m := range w.marks {
		if i != but && !m.ended {
			t = min(t, m.time)
		}
	}
	if len(w.marks) == 0 {
		return flow.NoWatermark
	}
	return t
}

// times reads the rowtime and the watermark of each selected row, in milliseconds.
func (w *Watermark) times() error {
	b := w.batch
	rt := b.Cols[w.plan.Rowtime].Flatten()
	v, shift := rt, w.shift
	if w.value != nil {
		var err error
		if v, err = w.value.Eval(b, b.Sel, w.ctx.Env); err != nil {
			return locate(w.ctx, b, err)
		}
		v = v.Flatten()
	}
	n, sel := b.Count(), b.Sel
	w.row, w.at, w.ok = room(w.row, n), room(w.at, n), room(w.ok, n)
	row, at, micros, marks := w.row, w.at, rt.Int64s(), v.Int64s()
	for j := range n {
		i := j
		if sel != nil {
			i = int(sel[j])
		}
		row[j], at[j] = floorMillis(micros[i]), floorMillis(marks[i]+shift)
	}
	for j := range w.ok {
		w.ok[j] = true
	}
	if rt.Valid() == nil && v.Valid() == nil {
		return nil
	}
	for j := range n {
		i := j
		if sel != nil {
			i = int(sel[j])
		}
		if !vector.Bit(rt.Valid(), i) {
			row[j] = flow.EndWatermark // a NULL rowtime is no reason to cut
		}
		w.ok[j] = vector.Bit(v.Valid(), i)
	}
	return nil
}

func floorMillis(micros int64) int64 {
	ms := micros / 1000
	if micros%1000 < 0 {
		ms--
	}
	return ms
}

// pieces sends the batch, cut where it must be; false: the output is full.
func (w *Watermark) pieces(out *flow.Output) bool {
	b, n := w.batch, w.batch.Count()
	m := &w.shared
	if !w.splits.Shared {
		m = &w.marks[b.Split]
	}
	others := w.least(int(b.Split))
	from := w.cut
	for j := from; j < n; j++ {
		if now := min(m.time, others); now > w.sent && w.row[j] <= now && j > from {
			out.Rows(slice(b, from, j))
			w.send(now, out)
			from = j
			if w.cut = from; out.Full() {
				return false
			}
		}
		if w.ok[j] && w.at[j] > m.time {
			m.time = w.at[j]
		}
	}
	out.Rows(slice(b, from, n))
	return true
}

// slice is the part of the selected rows from the j-th on.
func slice(b *vector.Batch, from, to int) *vector.Batch {
	if from == 0 && to == b.Count() {
		return b
	}
	if b.Sel != nil {
		return b.Under(b.Sel[from:to])
	}
	sel := make([]int32, to-from)
	for i := range sel {
		sel[i] = int32(from + i)
	}
	return b.Under(sel)
}
