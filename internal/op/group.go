package op

import (
	"slices"

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
//     and has after it, and so the changes that Flink would make for it: +I for a group's first
//     row; -U and +U while it has rows; -D when its last row is taken back. Each change is a
//     slot of the batch that goes out.
//  3. Each aggregate runs over the rows in order and writes its values before and after each
//     row into those slots. Aggregates do not depend on each other, so this is a loop each.
//  4. An update that changes no value is left out. Beside a COUNT(*) there are none;
//     otherwise values before and after are compared. (Where no -U is wanted the values before
//     lie behind the batch's end, and are cut off.)
//  5. Groups left without rows are removed when the batch is done.
//  6. Values that are lists are written out whole with each change. So a batch is worked off in pieces,
//     of so many rows that a piece makes some ten thousand elements.
type GroupAggregate struct {
	flow.Base
	held
	aggregates
	plan    *plan.GroupAggregate
	ctx     *flow.Context
	table   *state.Table
	encoder *state.Encoder
	before  bool // -U is wanted
	counts  bool // a COUNT(*) is among the aggregates: every update changes it

	keys  *state.Keys // of the batch, if the exchange has encoded them
	from  int         // selected rows of the batch that are done
	piece int         // how many to do next
	cols  []*vector.Vector
	ids   []state.ID
	work  work
	shown shown
	gone  []state.ID

	// The changes, in order: their kinds, and the rows (of the batch) they are made for.
	kinds []vector.Kind
	rowOf []int32
}

// aggregates are the accumulators of one operator.
type aggregates struct {
	accs   []*accumulator
	fields []state.Field
}

// newAggregates lays the accumulators out behind a first Word, the number of rows.
func newAggregates(aggs []plan.Aggregate, input []types.Field, counted bool) (aggregates, error) {
	g := aggregates{fields: []state.Field{{Name: "rows", Kind: state.Word}}}
	for _, a := range aggs {
		acc, err := newAccumulator(a, input, fieldsWidth(g.fields), g.accs, counted)
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
		if a.list != nil {
			a.list.all = retracts
		}
		if a.Distinct {
			a.distinct = newDistinctSet(ctx.Store, ctx.Operator, "distinct "+name, keys, a.inT, spaced)
		}
		if retracts && !a.NoRetract && a.list == nil && (a.Func == plan.Min || a.Func == plan.Max) {
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

// run runs all accumulators over w; vs, if not nil, gets each one's values.
func (g *aggregates) run(w *work, vs []*vector.Vector) error {
	w.begin()
	for i, a := range g.accs {
		if vs != nil {
			w.shown.v = vs[i]
		}
		if a.values != nil {
			a.values.prepare(w)
		}
		if err := a.update(w); err != nil {
			return err
		}
		if vs != nil {
			vs[i] = w.shown.v
		}
	}
	return nil
}

// lists tells that values of an aggregate are lists, elements how many elements were shown since
// it was asked last.
func (g *aggregates) lists() bool {
	return slices.ContainsFunc(g.accs, func(a *accumulator) bool { return a.list != nil })
}

func (g *aggregates) elements() (n int) {
	for _, a := range g.accs {
		if a.list != nil {
			n += a.list.shown
			a.list.shown = 0
		}
	}
	return n
}

// NewGroupAggregate prepares the node's aggregates.
func NewGroupAggregate(n *plan.GroupAggregate) (*GroupAggregate, error) {
	aggs, err := newAggregates(n.Aggs, n.Input.Output().Columns, false)
	if err != nil {
		return nil, err
	}
	g := &GroupAggregate{plan: n, aggregates: aggs, before: n.Kinds.Has(vector.UpdateBefore), piece: firstPiece}
	for _, a := range g.accs {
		g.counts = g.counts || a.rows()
	}
	return g, nil
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

// Carries implements flow.Keyed.
func (g *GroupAggregate) Carries() bool { return carries(g.plan.Input, g.plan.Keys) }

// carries tells whether an input is dealt out by the keys of an aggregate.
func carries(in plan.Node, keys []int) bool {
	ex, ok := in.(*plan.Exchange)
	return ok && ex.Spread.Kind == plan.SpreadHash && slices.Equal(ex.Spread.Keys, keys)
}

// Keys implements flow.Keyed.
func (g *GroupAggregate) Keys(k *state.Keys) { g.keys = k }

// Step implements flow.Operator.
func (g *GroupAggregate) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	for g.batch != nil {
		if g.from > 0 && (out.Full() || q.Over()) {
			return flow.More, nil
		}
		if err := g.some(out); err != nil {
			return flow.Done, err
		}
	}
	g.forward(out)
	return flow.Done, nil
}

// Snapshot implements flow.Operator: rows that were handed over belong to the epoch.
func (g *GroupAggregate) Snapshot() ([]byte, bool) { return nil, g.batch == nil }

// pieceElements is how many elements of lists a piece of a batch should make, firstPiece how many
// rows are tried first.
const (
	pieceElements = 16 << 10
	firstPiece    = 64
)

// some does the next piece of the batch: all of it, unless values are lists.
func (g *GroupAggregate) some(out *flow.Output) error {
	b, keys, n := g.batch, g.keys, g.batch.Count()
	to := n
	if g.lists() {
		to = min(n, g.from+g.piece)
	}
	if g.from > 0 || to < n {
		if b.Sel == nil {
			b = b.Slice(g.from, to)
		} else {
			b = b.Under(b.Sel[g.from:to])
		}
		if keys != nil {
			keys = &state.Keys{Data: keys.Data, At: keys.At[g.from : to+1], Hash: keys.Hash[g.from:to]}
		}
	}
	if err := g.rows(b, keys, out); err != nil {
		return err
	}
	if elements := g.elements(); elements > 0 {
		g.piece = max(1, min((to-g.from)*pieceElements/elements, 4*g.piece, vector.MaxRows))
	}
	if g.from = to; to < n {
		return nil
	}
	flow.Recycle(g.keys)
	g.batch, g.keys, g.from = nil, nil, 0
	return nil
}

func (g *GroupAggregate) rows(b *vector.Batch, keys *state.Keys, out *flow.Output) error {
	g.cols = g.cols[:0]
	for _, k := range g.plan.Keys {
		g.cols = append(g.cols, b.Cols[k])
	}
	w := &g.work
	w.table, w.batch = g.table, b
	if err := g.admit(b, keys, w); err != nil {
		return err
	}
	if len(w.rows) == 0 {
		return nil
	}
	n, all := g.slots(w)
	vs := make([]*vector.Vector, len(g.accs))
	for i, a := range g.accs {
		if a.form != formList {
			vs[i] = vector.New(a.Type.Nullable(), all)
		}
	}
	w.shown, g.shown.n = &g.shown, n
	if err := g.run(w, vs); err != nil {
		return locate(g.ctx, b, err)
	}
	g.changes(w, vs, n, out)
	for _, id := range g.gone {
		if g.table.Live(id) && *slot[int64](g.table, id, 0) == 0 {
			g.table.Delete(id)
		}
	}
	return nil
}

// admit finds the groups, and counts their rows before and after each row of the batch.
func (g *GroupAggregate) admit(b *vector.Batch, keys *state.Keys, w *work) error {
	if keys == nil {
		keys = g.encoder.Encode(g.cols, b.Sel, b.Len())
	}
	var err error
	if g.ids, _, err = g.table.Probe(keys, nil, g.ids, nil, true); err != nil {
		return err
	}
	n := keys.Len()
	w.ids, w.rows, w.sign, w.after, w.keys = g.ids, w.rows[:0], w.sign[:0], nil, keys
	before, after := room(g.shown.before, n), room(g.shown.after, n)
	g.shown.before, g.shown.after, g.gone = before, after, g.gone[:0]
	if b.Kinds != nil {
		return g.admitChanges(b, w)
	}
	for j, id := range g.ids {
		count := slot[int64](g.table, id, 0)
		g.table.Touch(id)
		before[j] = *count
		*count++
		after[j] = *count
		w.sign = append(w.sign, 1)
	}
	if b.Sel != nil {
		w.rows = append(w.rows, b.Sel...)
		return nil
	}
	for j := range n {
		w.rows = append(w.rows, int32(j))
	}
	return nil
}

// admitChanges is admit for a batch that may take rows back.
func (g *GroupAggregate) admitChanges(b *vector.Batch, w *work) error {
	before, after := g.shown.before[:0], g.shown.after[:0]
	kept := g.ids[:0]
	for j, id := range g.ids {
		row := int32(j)
		if b.Sel != nil {
			row = b.Sel[j]
		}
		count := slot[int64](g.table, id, 0)
		sign := int8(1)
		if b.Kinds[row].Retracts() {
			sign = -1
			if *count == 0 { // as Flink: a retraction of an unknown key is ignored
				g.ctx.Count.Filtered++
				g.gone = append(g.gone, id)
				continue
			}
		}
		g.table.Touch(id)
		before = append(before, *count)
		*count += int64(sign)
		if *count == 0 {
			g.gone = append(g.gone, id)
		}
		after = append(after, *count)
		kept, w.rows, w.sign = append(kept, id), append(w.rows, row), append(w.sign, sign)
	}
	if len(kept) < len(g.ids) { // rare, so its keys are encoded again
		w.keys = g.encoder.Encode(g.cols, w.rows, b.Len())
	}
	w.ids, w.after, g.shown.before, g.shown.after = kept, after, before, after
	return nil
}

func room[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// slots lists the changes that the rows make if every update changes something: n of them,
// and in all as many slots as the aggregates need.
func (g *GroupAggregate) slots(w *work) (n, all int) {
	s, rows := &g.shown, len(w.rows)
	s.was, s.is, g.rowOf = room(s.was, rows), room(s.is, rows), room(g.rowOf, 2*rows)[:0]
	kinds := make([]vector.Kind, 0, 2*rows)
	k := int32(0)
	for j, row := range w.rows {
		switch {
		case s.before[j] == 0:
			s.was[j], s.is[j] = -1, k
			kinds, g.rowOf = append(kinds, vector.Insert), append(g.rowOf, row)
		case s.after[j] == 0:
			s.was[j], s.is[j] = k, -1
			kinds, g.rowOf = append(kinds, vector.Delete), append(g.rowOf, row)
		case g.before:
			s.was[j], s.is[j] = k, k+1
			kinds, g.rowOf = append(kinds, vector.UpdateBefore, vector.UpdateAfter), append(g.rowOf, row, row)
			k++
		default:
			s.was[j], s.is[j] = -1, k
			kinds, g.rowOf = append(kinds, vector.UpdateAfter), append(g.rowOf, row)
		}
		k++
	}
	g.kinds, n = kinds, int(k)
	if !g.before && !g.counts {
		for j, i := range s.is {
			if i >= 0 && kinds[i] == vector.UpdateAfter {
				s.was[j] = k
				k++
			}
		}
	}
	return n, int(k)
}

// changes sends the n changes, but for the updates that change nothing.
func (g *GroupAggregate) changes(w *work, vs []*vector.Vector, n int, out *flow.Output) {
	var kept []int32
	if !g.counts {
		kept = g.changed(vs, n)
		if len(kept) == 0 {
			return
		}
	}
	rowOf, kinds := g.rowOf, g.kinds
	if kept != nil && len(kept) < n {
		rowOf, kinds = pick(rowOf, kept), pick(kinds, kept)
		n = len(kept)
		for i, v := range vs {
			vs[i] = v.Gather(kept)
		}
	}
	cols := make([]*vector.Vector, 0, len(g.cols)+len(vs))
	for _, c := range g.cols {
		cols = append(cols, c.Gather(rowOf))
	}
	for _, v := range vs {
		v.Truncate(n)
		cols = append(cols, v)
	}
	r := vector.NewBatch(n, cols...)
	for _, k := range kinds {
		if k != vector.Insert {
			r.Kinds = kinds
			break
		}
	}
	out.Rows(r)
}

func pick[T any](src []T, rows []int32) []T {
	dst := make([]T, len(rows))
	for i, r := range rows {
		dst[i] = src[r]
	}
	return dst
}

// changed lists the changes that are inserts, deletes, or updates of some value.
func (g *GroupAggregate) changed(vs []*vector.Vector, n int) []int32 {
	was, is := g.shown.was, g.shown.is
	same := make([]bool, len(is))
	for j := range same {
		same[j] = was[j] >= 0 && is[j] >= 0
	}
	for i, v := range vs {
		if list := g.accs[i].list; list != nil {
			for j, differs := range list.differs {
				same[j] = same[j] && !differs
			}
			continue
		}
		compareSlots(v, was, is, same)
	}
	kept := make([]int32, 0, n)
	for j, same := range same {
		if same {
			continue
		}
		if was[j] >= 0 && int(was[j]) < n {
			kept = append(kept, was[j])
		}
		if is[j] >= 0 {
			kept = append(kept, is[j])
		}
	}
	return kept
}

// compareSlots clears same[j] where slots was[j] and is[j] of v differ.
func compareSlots(v *vector.Vector, was, is []int32, same []bool) {
	valid := v.Valid()
	equal := func(a, b int32) bool { return types.Compare(v.Value(int(a)), v.Value(int(b)), v.Type) == 0 }
	switch v.Layout() {
	case vector.Int64s:
		s := v.Int64s()
		equal = func(a, b int32) bool { return s[a] == s[b] }
	case vector.Int32s:
		s := v.Int32s()
		equal = func(a, b int32) bool { return s[a] == s[b] }
	case vector.Float64s:
		s := v.Float64s()
		equal = func(a, b int32) bool { return s[a] == s[b] } // as Java's ==: NaN differs from itself
	}
	for j := range same {
		if !same[j] {
			continue
		}
		a, b := was[j], is[j]
		if valid != nil {
			x, y := vector.Bit(valid, int(a)), vector.Bit(valid, int(b))
			if !x || !y {
				same[j] = x == y
				continue
			}
		}
		same[j] = equal(a, b)
	}
}
