package op

import (
	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Join is an inner equi-join of two changelogs, in numbered steps (Flink's
// StreamingJoinOperator, a batch at a time)
//
//  1. Each side keeps its rows in a multimap by join key. A row with a NULL in its key
//     matches nothing and is not kept.
//  2. A batch of one side is first put into (or taken out of) that side's state, then joined
//     row by row with the other side's rows of its key. The output has the kind of the row.
//  3. The pairs are made in pieces. A barrier may fall between any two: what is left to join is
//     in the notes (join_notes.go), of the row that it falls into the matches that are left
//     (join_matches.go).
//  4. A barrier also overtakes the rows before it that the join has not come to: they are noted
//     down as they are. So no barrier waits for pairs.
type Join struct {
	flow.Base
	held
	plan     *plan.Join
	ctx      *flow.Context
	sides    [2]*joinSide
	residual *expr.Filter

	port    int
	rows    []int32 // of the batch, with a key that is not NULL
	chains  []state.Chain
	ids     []state.ID
	row     int // being joined
	pieces  int // made of the batch
	matches matches
	found   [][]byte // scratch of piece

	queue    []queued        // restored
	inFlight []flow.InFlight // for the next Snapshot
}

// queued are rows of the notes.
type queued struct {
	port  int
	batch *vector.Batch
	store bool      // its rows are not in the state
	part  *unpaired // of a batch of one row: what is left of its matches; nil: all
}

// Heavy implements flow.Overtaken.
func (j *Join) Heavy() bool { return j.pieces >= HeavyPieces || len(j.queue) > 0 }

// Overtaken implements flow.Overtaken.
func (j *Join) Overtaken(rows []flow.InFlight) { j.inFlight = rows }

type joinSide struct {
	keyCols  []int
	restCols []int
	cols     []types.Field
	rowKeys  []int // for each column: its place among the keys, or -1
	rest     *state.Codec
	state    *state.Multimap
	pairs    *state.PairEncoder
	row      *state.Codec // of whole rows, for the notes
}

func newJoinSide(fields []types.Field, keys []int) *joinSide {
	s := &joinSide{keyCols: keys, cols: fields, rowKeys: make([]int, len(fields))}
	for i := range fields {
		s.rowKeys[i] = -1
	}
	for i, k := range keys {
		s.rowKeys[k] = i
	}
	var rest, all []types.Type
	for i, f := range fields {
		all = append(all, f.Type.Plain())
		if s.rowKeys[i] < 0 {
			s.restCols = append(s.restCols, i)
			rest = append(rest, f.Type.Plain())
		}
	}
	s.rest, s.row = state.NewCodec(rest), state.NewCodec(all)
	return s
}

// NewJoin compiles the residual condition.
func NewJoin(n *plan.Join) (*Join, error) {
	j := &Join{plan: n, sides: [2]*joinSide{
		newJoinSide(n.Left.Output().Columns, n.LeftKeys), newJoinSide(n.Right.Output().Columns, n.RightKeys)}}
	if n.Residual != nil {
		var err error
		if j.residual, err = expr.CompileFilter(n.Residual); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// Open implements flow.Operator.
func (j *Join) Open(ctx *flow.Context) error {
	j.ctx, j.matches.account = ctx, ctx.Memory
	for i, s := range j.sides {
		ts := columnTypes(s.cols, s.keyCols)
		for k := range ts { // one form for both sides, so that equal keys are equal bytes
			ts[k].NotNull = false
		}
		key := state.NewCodec(ts)
		s.state = ctx.Store.Multimap(ctx.Operator, [2]string{"left", "right"}[i], key, s.rest)
		s.pairs = state.NewPairEncoder(key, s.rest)
	}
	return nil
}

// Rows implements flow.Operator.
func (j *Join) Rows(port int, b *vector.Batch) error {
	return j.begin(queued{port: port, batch: b, store: true})
}

// begin encodes the keys of a batch and finds its matches.
func (j *Join) begin(q queued) error {
	j.port = q.port
	s, other, b := j.sides[q.port], j.sides[1-q.port], q.batch
	keys := make([]*vector.Vector, len(s.keyCols))
	for i, c := range s.keyCols {
		keys[i] = b.Cols[c]
	}
	j.rows = j.rows[:0]
	b.Rows(func(i int) {
		for _, k := range keys {
			if k.IsNull(i) {
				j.ctx.Count.Filtered++
				return
			}
		}
		j.rows = append(j.rows, int32(i))
	})
	rest := make([]*vector.Vector, len(s.restCols))
	for i, c := range s.restCols {
		rest[i] = b.Cols[c]
	}
	pairs, prefixes := s.pairs.Encode(keys, rest, j.rows, b.Len())
	if q.store {
		for k, i := range j.rows {
			by := int64(1)
			if b.KindOf(int(i)).Retracts() {
				by = -1
			}
			if _, err := s.state.Add(pairs, prefixes, k, by); err != nil {
				return err
			}
		}
	}
	j.ids, j.chains = other.state.Find(prefixes, j.ids, j.chains)
	j.batch, j.row, j.pieces = b, 0, 0
	if len(j.rows) == 0 {
		j.batch = nil
		return nil
	}
	j.matches.of(other.state, j.chains[0], q.part)
	return nil
}

// Step implements flow.Operator.
func (j *Join) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	for {
		for j.batch != nil {
			if out.Full() || q.Over() {
				return flow.More, nil
			}
			if err := j.piece(out); err != nil {
				return flow.Done, err
			}
		}
		if len(j.queue) == 0 {
			break
		}
		if q.Over() {
			return flow.More, nil
		}
		next := j.queue[0]
		j.queue = j.queue[1:]
		if err := j.begin(next); err != nil {
			return flow.Done, err
		}
	}
	j.forward(out)
	return flow.Done, nil
}

// piece joins some rows.
func (j *Join) piece(out *flow.Output) error {
	other := j.sides[1-j.port]
	rows, found := make([]int32, 0, min(JoinRows, 2*len(j.rows))), j.found[:0]
	for work := 0; len(rows) < JoinRows && work < 4*JoinRows && j.row < len(j.rows); work++ {
		match, err := j.matches.next()
		switch {
		case err != nil:
			return err
		case match != nil:
			rows, found = append(rows, j.rows[j.row]), append(found, match)
		case j.matches.done():
			if j.row++; j.row < len(j.rows) {
				j.matches.of(other.state, j.chains[j.row], nil)
			}
		}
	}
	j.found = found
	j.pieces++
	b := j.batch
	if j.row >= len(j.rows) {
		j.batch = nil
	}
	if len(rows) == 0 {
		return nil
	}
	own := make([]*vector.Vector, len(b.Cols))
	for i, c := range b.Cols {
		own[i] = c.Gather(rows)
	}
	theirs, err := j.matched(other, own, found)
	if err != nil {
		return err
	}
	cols := append(append([]*vector.Vector(nil), own...), theirs...)
	if j.port == 1 {
		cols = append(append([]*vector.Vector(nil), theirs...), own...)
	}
	r := vector.NewBatch(len(rows), cols...)
	if b.Kinds != nil {
		r.Kinds = make([]vector.Kind, len(rows))
		for i, row := range rows {
			r.Kinds[i] = b.Kinds[row]
		}
	}
	if j.residual != nil {
		if r.Sel, err = j.residual.Select(r, nil, j.ctx.Env); err != nil {
			return err
		}
	}
	out.Rows(r)
	return nil
}

// matched makes the columns of the other side's rows: its keys are those of our rows.
func (j *Join) matched(other *joinSide, own []*vector.Vector, found [][]byte) ([]*vector.Vector, error) {
	rest := make([]*vector.Vector, len(other.restCols))
	for i, c := range other.restCols {
		rest[i] = vector.NewBuilder(other.cols[c].Type, len(found))
	}
	for _, row := range found {
		if err := other.rest.DecodeRow(row, rest); err != nil {
			return nil, err
		}
	}
	cols := make([]*vector.Vector, len(other.cols))
	next := 0
	for i := range other.cols {
		if k := other.rowKeys[i]; k >= 0 {
			cols[i] = own[j.sides[j.port].keyCols[k]].Retype(other.cols[i].Type)
			continue
		}
		cols[i] = rest[next]
		next++
	}
	return cols, nil
}

// Pending implements flow.Pender.
func (j *Join) Pending() bool { return len(j.queue) > 0 }

// Close implements flow.Operator.
func (j *Join) Close() error {
	j.matches.close()
	return nil
}
