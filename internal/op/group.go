package op

import (
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// GroupAggregate, in numbered steps (Flink's GroupAggFunction, a batch at a time)
//
//  1. Keys are encoded and probed; a row that takes back from a group that is not there is
//     ignored, and counted.
//  2. A pass over the rows in order gives for each the number of rows its group had before
//     and has after it.
//  3. Each aggregate runs over the rows in order and gives its value before and after each
//     row. Aggregates do not depend on each other, so this is a loop each.
//  4. Each row then makes the changes that Flink would make: +I for a group's first row; -U
//     and +U when a value has changed, nothing when none has; -D when its last row is taken back.
//  5. Groups left without rows are removed when the batch is done.
type GroupAggregate struct {
	flow.Base
	held
	aggregates
	plan    *plan.GroupAggregate
	ctx     *flow.Context
	table   *state.Table
	encoder *state.Encoder
	before  bool // -U is wanted

	cols  []*vector.Vector
	ids   []state.ID
	work  work
	count []int64 // rows of the group before row j
	emit  []int32
	kinds []vector.Kind
	gone  []state.ID
	ins   []int32
}

// aggregates are the accumulators of one operator.
type aggregates struct {
	accs   []*accumulator
	fields []state.Field
}

// newAggregates lays the accumulators out behind a first Word, the number of rows.
func newAggregates(aggs []plan.Aggregate, input []types.Field) (aggregates, error) {
	g := aggregates{fields: []state.Field{{Name: "rows", Kind: state.Word}}}
	for _, a := range aggs {
		acc, err := newAccumulator(a, input, fieldsWidth(g.fields))
		if err != nil {
			return g, err
		}
		g.accs = append(g.accs, acc)
		g.fields = append(g.fields, acc.fields(a.Name)...)
	}
	return g, nil
}

// open makes the tables of values that the accumulators need beside the entry.
func (g *aggregates) open(ctx *flow.Context, keys []types.Type, retracts, spaced bool) {
	for i, a := range g.accs {
		name := "values " + string(rune('a'+i%26))
		if i >= 26 {
			name += string(rune('a' + i/26))
		}
		if a.Distinct {
			a.distinct = newDistinctSet(ctx.Store, ctx.Operator, "distinct "+name, keys, a.inT, spaced)
		}
		if retracts && !a.NoRetract && (a.Func == plan.Min || a.Func == plan.Max) {
			a.values = newExtremes(ctx.Store, ctx.Operator, name, keys, a)
		}
	}
}

func (g *aggregates) restored() error {
	for _, a := range g.accs {
		if a.values != nil {
			if err := a.values.values.Link(); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs all accumulators over w; both, if not nil, gets each one's values.
func (g *aggregates) run(w *work, both []*vector.Vector) error {
	for i, a := range g.accs {
		w.both = nil
		if both != nil {
			w.both = both[i]
		}
		if a.values != nil {
			a.values.prepare(w)
		}
		if err := a.update(w); err != nil {
			return err
		}
	}
	return nil
}

// NewGroupAggregate prepares the node's aggregates.
func NewGroupAggregate(n *plan.GroupAggregate) (*GroupAggregate, error) {
	aggs, err := newAggregates(n.Aggs, n.Input.Output().Columns)
	if err != nil {
		return nil, err
	}
	return &GroupAggregate{plan: n, aggregates: aggs, before: n.Kinds.Has(vector.UpdateBefore)}, nil
}

func columnTypes(fields []types.Field, cols []int) []types.Type {
	ts := make([]types.Type, len(cols))
	for i, c := range cols {
		ts[i] = fields[c].Type.Plain()
	}
	return ts
}

// Open implements flow.Operator.
func (g *GroupAggregate) Open(ctx *flow.Context) error {
	g.ctx = ctx
	keys := columnTypes(g.plan.Input.Output().Columns, g.plan.Keys)
	codec := state.NewCodec(keys)
	g.encoder = codec.NewEncoder()
	g.table = ctx.Store.Table(ctx.Operator, state.Desc{Name: "groups", Key: codec, Fields: g.fields})
	g.open(ctx, keys, g.plan.Retracts, false)
	return nil
}

// Restore implements flow.Operator.
func (g *GroupAggregate) Restore([][]byte) error { return g.restored() }

// Step implements flow.Operator.
func (g *GroupAggregate) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	b := g.batch
	g.batch = nil
	if b != nil {
		if err := g.rows(b, out); err != nil {
			return flow.Done, err
		}
	}
	g.forward(out)
	return flow.Done, nil
}

func (g *GroupAggregate) rows(b *vector.Batch, out *flow.Output) error {
	g.cols = g.cols[:0]
	for _, k := range g.plan.Keys {
		g.cols = append(g.cols, b.Cols[k])
	}
	w := &g.work
	w.table, w.batch = g.table, b
	if err := g.admit(b, w); err != nil {
		return err
	}
	if len(w.rows) == 0 {
		return nil
	}
	both := make([]*vector.Vector, len(g.accs))
	for i, a := range g.accs {
		both[i] = vector.New(a.Type.Nullable(), 2*len(w.rows))
	}
	if err := g.run(w, both); err != nil {
		return err
	}
	g.changes(b, w, both, out)
	for _, id := range g.gone {
		if g.table.Live(id) && *slot[int64](g.table, id, 0) == 0 {
			g.table.Delete(id)
		}
	}
	return nil
}

// admit finds the groups, and counts their rows before and after each row of the batch.
func (g *GroupAggregate) admit(b *vector.Batch, w *work) error {
	keys := g.encoder.Encode(g.cols, b.Sel, b.Len())
	var err error
	if g.ids, _, err = g.table.Probe(keys, nil, g.ids, nil, true); err != nil {
		return err
	}
	n := keys.Len()
	w.ids, w.rows, w.sign, w.after = w.ids[:0], w.rows[:0], w.sign[:0], w.after[:0]
	g.count, g.gone = g.count[:0], g.gone[:0]
	kept := 0
	for j := 0; j < n; j++ {
		id := g.ids[j]
		row := int32(j)
		if b.Sel != nil {
			row = b.Sel[j]
		}
		count := slot[int64](g.table, id, 0)
		sign := int8(1)
		if b.Kinds != nil && b.Kinds[row].Retracts() {
			sign = -1
			if *count == 0 { // as Flink: a retraction of an unknown key is ignored
				g.ctx.Count.Filtered++
				g.gone = append(g.gone, id)
				continue
			}
		}
		g.table.Touch(id)
		g.count = append(g.count, *count)
		*count += int64(sign)
		if *count == 0 {
			g.gone = append(g.gone, id)
		}
		w.ids, w.rows, w.sign, w.after = append(w.ids, id), append(w.rows, row), append(w.sign, sign), append(w.after, *count)
		keys.At[kept], keys.Hash[kept] = keys.At[j], keys.Hash[j]
		kept++
	}
	w.keys = keys
	if kept < n {
		w.keys = compactKeys(keys, kept, w.rows, b, g)
	}
	return nil
}

// compactKeys encodes again when some rows were left out: it is rare.
func compactKeys(_ *state.Keys, _ int, rows []int32, b *vector.Batch, g *GroupAggregate) *state.Keys {
	return g.encoder.Encode(g.cols, rows, b.Len())
}

// changes makes the batch of changes out of the values before and after each row.
func (g *GroupAggregate) changes(b *vector.Batch, w *work, both []*vector.Vector, out *flow.Output) {
	equal := make([]bool, len(w.rows))
	for j := range equal {
		equal[j] = true
	}
	for _, v := range both {
		unchanged(v, equal)
	}
	emit, kinds, ins := g.emit[:0], make([]vector.Kind, 0, 2*len(w.rows)), g.ins[:0]
	only := true
	for j := range w.rows {
		j32 := int32(j)
		switch {
		case g.count[j] == 0:
			emit, kinds, ins = append(emit, 2*j32+1), append(kinds, vector.Insert), append(ins, w.rows[j])
		case w.after[j] == 0:
			emit, kinds, ins = append(emit, 2*j32), append(kinds, vector.Delete), append(ins, w.rows[j])
			only = false
		case !equal[j]:
			if g.before {
				emit, kinds, ins = append(emit, 2*j32), append(kinds, vector.UpdateBefore), append(ins, w.rows[j])
			}
			emit, kinds, ins = append(emit, 2*j32+1), append(kinds, vector.UpdateAfter), append(ins, w.rows[j])
			only = false
		}
	}
	g.emit, g.ins = emit, ins
	if len(emit) == 0 {
		return
	}
	cols := make([]*vector.Vector, 0, len(g.cols)+len(both))
	for _, c := range g.cols {
		cols = append(cols, c.Gather(ins))
	}
	for _, v := range both {
		cols = append(cols, v.Gather(emit))
	}
	r := vector.NewBatch(len(emit), cols...)
	if !only {
		r.Kinds = kinds
	}
	out.Rows(r)
}

// unchanged clears equal[j] where slots 2j and 2j+1 of v differ.
func unchanged(v *vector.Vector, equal []bool) {
	valid := v.Valid()
	if valid != nil {
		for j := range equal {
			a, b := vector.Bit(valid, 2*j), vector.Bit(valid, 2*j+1)
			if a != b {
				equal[j] = false
			}
		}
	}
	differ := func(j int) bool { return valid == nil || vector.Bit(valid, 2*j) && vector.Bit(valid, 2*j+1) }
	switch v.Layout() {
	case vector.Int64s:
		s := v.Int64s()
		for j := range equal {
			if s[2*j] != s[2*j+1] && differ(j) {
				equal[j] = false
			}
		}
	case vector.Int32s:
		s := v.Int32s()
		for j := range equal {
			if s[2*j] != s[2*j+1] && differ(j) {
				equal[j] = false
			}
		}
	case vector.Float64s:
		s := v.Float64s()
		for j := range equal {
			if s[2*j] != s[2*j+1] && differ(j) { // as Java's ==: NaN differs from itself
				equal[j] = false
			}
		}
	default:
		for j := range equal {
			if equal[j] && differ(j) && types.Compare(v.Value(2*j), v.Value(2*j+1), v.Type) != 0 {
				equal[j] = false
			}
		}
	}
}
