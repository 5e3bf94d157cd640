package op

import (
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/vector"
)

// Pass hands on what it gets: a union's task, whose inputs are its ports.
type Pass struct {
	flow.Base
	held
}

// Open implements flow.Operator.
func (*Pass) Open(*flow.Context) error { return nil }

// Step implements flow.Operator.
func (p *Pass) Step(out *flow.Output, _ *flow.Quantum) (flow.Status, error) {
	if b := p.batch; b != nil {
		p.batch = nil
		out.Rows(b)
	}
	p.forward(out)
	return flow.Done, nil
}

// DropUpdateBefore leaves out -U.
type DropUpdateBefore struct {
	flow.Base
	held
	ctx *flow.Context
}

// Open implements flow.Operator.
func (d *DropUpdateBefore) Open(ctx *flow.Context) error { d.ctx = ctx; return nil }

// Step implements flow.Operator.
func (d *DropUpdateBefore) Step(out *flow.Output, _ *flow.Quantum) (flow.Status, error) {
	if b := d.batch; b != nil {
		d.batch = nil
		if b.Kinds != nil {
			sel := make([]int32, 0, b.Count())
			b.Rows(func(i int) {
				if b.Kinds[i] != vector.UpdateBefore {
					sel = append(sel, int32(i))
				}
			})
			d.ctx.Count.Filtered += int64(b.Count() - len(sel))
			b = b.Under(sel)
		}
		out.Rows(b)
	}
	d.forward(out)
	return flow.Done, nil
}

// Values sends constant rows, once. Its notes are a byte that says that it has.
type Values struct {
	flow.Base
	plan *plan.Values
	ctx  *flow.Context
	done bool
	end  bool

	hooks Hooks
}

// NewValues makes the source of constant rows.
func NewValues(n *plan.Values, hooks Hooks) *Values { return &Values{plan: n, hooks: hooks} }

// Open implements flow.Operator.
func (v *Values) Open(ctx *flow.Context) error { v.ctx = ctx; return nil }

// Polled implements flow.Polled.
func (v *Values) Polled() {}

// Rows implements flow.Operator.
func (v *Values) Rows(int, *vector.Batch) error { panic("op: VALUES has no input") }

// Watermark implements flow.Operator.
func (v *Values) Watermark(int64) error { panic("op: VALUES has no input") }

// Ended tells whether the rows were sent.
func (v *Values) Ended() bool { return v.end }

// Snapshot implements flow.Operator.
func (v *Values) Snapshot() ([]byte, bool) {
	if v.done {
		return []byte{1}, true
	}
	return []byte{0}, true
}

// Restore implements flow.Operator.
func (v *Values) Restore(notes [][]byte) error {
	for _, n := range notes {
		v.done = v.done || len(n) > 0 && n[0] == 1
	}
	return nil
}

// Step implements flow.Operator. Only the first task has rows.
func (v *Values) Step(out *flow.Output, _ *flow.Quantum) (flow.Status, error) {
	if v.end {
		return flow.Done, nil
	}
	if !v.done && v.ctx.Task == 0 {
		v.done = true
		v.hooks.Changed()
		cols := make([]*vector.Vector, len(v.plan.Columns))
		for i, f := range v.plan.Columns {
			cols[i] = vector.NewBuilder(f.Type, len(v.plan.Rows))
			for _, row := range v.plan.Rows {
				cols[i].AppendValue(row[i])
			}
		}
		out.Rows(vector.NewBatch(len(v.plan.Rows), cols...))
		return flow.More, nil
	}
	v.end = true
	v.hooks.Ended()
	out.Watermark(flow.EndWatermark)
	return flow.More, nil
}

// WindowTVF assigns each row to its windows: one output row for each.
type WindowTVF struct {
	flow.Base
	held
	plan *plan.WindowTVF
	ctx  *flow.Context
	win  *windows
	from int // selected rows of the batch that are done
}

// NewWindowTVF prepares the window function.
func NewWindowTVF(n *plan.WindowTVF) (*WindowTVF, error) {
	win, err := newWindows(n.Window)
	return &WindowTVF{plan: n, win: win}, err
}

// Open implements flow.Operator.
func (w *WindowTVF) Open(ctx *flow.Context) error { w.ctx = ctx; return nil }

// Snapshot implements flow.Operator.
func (w *WindowTVF) Snapshot() ([]byte, bool) { return nil, w.batch == nil }

// Step implements flow.Operator.
func (w *WindowTVF) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	for w.batch != nil {
		if out.Full() || q.Over() {
			return flow.More, nil
		}
		if err := w.piece(out); err != nil {
			return flow.Done, err
		}
	}
	w.forward(out)
	return flow.Done, nil
}

func (w *WindowTVF) piece(out *flow.Output) error {
	b, n := w.batch, w.batch.Count()
	var rows []int32
	var starts, ends []int64
	var micros []int64
	var valid []uint64
	if !w.plan.Window.Proctime {
		c := b.Cols[w.plan.Window.Time].Flatten()
		micros, valid = c.Int64s(), c.Valid()
	}
	for ; w.from < n && len(rows) < vector.DefaultRows; w.from++ {
		row := int32(w.from)
		if b.Sel != nil {
			row = b.Sel[w.from]
		}
		t := floorMillis(w.ctx.Env.Now)
		if micros != nil {
			if !vector.Bit(valid, int(row)) {
				w.ctx.Count.Nulls++ // as Flink: a row without time is in no window
				continue
			}
			t = floorMillis(micros[row])
		}
		w.win.each(w.win.local(t), func(start, end int64) {
			rows, starts, ends = append(rows, row), append(starts, start), append(ends, end)
		})
	}
	if w.from >= n {
		w.batch, w.from = nil, 0
	}
	if len(rows) == 0 {
		return nil
	}
	cols := make([]*vector.Vector, 0, len(b.Cols)+3)
	for _, c := range b.Cols {
		cols = append(cols, c.Gather(rows))
	}
	for p, f := range w.plan.Columns[len(b.Cols):] {
		v := vector.New(f.Type, len(rows))
		for i := range rows {
			switch plan.WindowProp(p) {
			case plan.WindowStart:
				v.Int64s()[i] = starts[i] * 1000
			case plan.WindowEnd:
				v.Int64s()[i] = ends[i] * 1000
			default:
				v.Int64s()[i] = w.win.instant(ends[i]-1) * 1000
			}
		}
		cols = append(cols, v)
	}
	r := vector.NewBatch(len(rows), cols...)
	r.Split = b.Split
	if b.Kinds != nil {
		r.Kinds = make([]vector.Kind, len(rows))
		for i, row := range rows {
			r.Kinds[i] = b.Kinds[row]
		}
	}
	if b.Pos != nil {
		r.Pos = make([]int64, len(rows))
		for i, row := range rows {
			r.Pos[i] = b.Pos[row]
		}
	}
	out.Rows(r)
	return nil
}
