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
//  3. The pairs are made in pieces. Between two rows of the batch is where a barrier may
//     fall: the rows not yet joined are then in the notes.
type Join struct {
	flow.Base
	held
	plan     *plan.Join
	ctx      *flow.Context
	sides    [2]*joinSide
	residual *expr.Filter

	port   int
	keys   *state.Keys
	rows   []int32 // of the batch, with a key that is not NULL
	chains []state.Chain
	ids    []state.ID
	row    int      // being joined
	at     state.ID // next row of its chain
	again  int64    // how often that row has been paired

	left []pendingJoin // restored
}

type pendingJoin struct {
	port  int
	batch *vector.Batch
}

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
	j.ctx = ctx
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
	j.port = port
	return j.begin(b, true)
}

// begin encodes the keys of a batch; store tells that its rows are new to the state.
func (j *Join) begin(b *vector.Batch, store bool) error {
	s, other := j.sides[j.port], j.sides[1-j.port]
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
	if store {
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
	j.keys = prefixes
	j.ids, j.chains = other.state.Find(prefixes, j.ids, j.chains)
	j.batch, j.row, j.again = b, 0, 0
	j.at = state.None
	if len(j.rows) > 0 && j.chains[0].Count > 0 {
		j.at = j.chains[0].Head
	}
	return nil
}

// joinPiece is how many rows of output are made at a time.
const joinPiece = 1024

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
		if len(j.left) == 0 {
			break
		}
		j.port = j.left[0].port
		b := j.left[0].batch
		j.left = j.left[1:]
		if err := j.begin(b, false); err != nil {
			return flow.Done, err
		}
	}
	j.forward(out)
	return flow.Done, nil
}

// piece joins some rows.
func (j *Join) piece(out *flow.Output) error {
	other := j.sides[1-j.port]
	var rows []int32
	var matches []state.ID
	for len(rows) < joinPiece && j.row < len(j.rows) {
		if j.at == state.None {
			if j.row++; j.row < len(j.rows) && j.chains[j.row].Count > 0 {
				j.at = j.chains[j.row].Head
			}
			continue
		}
		rows, matches = append(rows, j.rows[j.row]), append(matches, j.at)
		if j.again++; j.again >= *other.state.Count(j.at) {
			j.again, j.at = 0, other.state.Next(j.at)
		}
	}
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
	theirs, err := j.matched(other, own, matches)
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
func (j *Join) matched(other *joinSide, own []*vector.Vector, matches []state.ID) ([]*vector.Vector, error) {
	rest := make([]*vector.Vector, len(other.restCols))
	for i, c := range other.restCols {
		rest[i] = vector.NewBuilder(other.cols[c].Type, len(matches))
	}
	for _, id := range matches {
		if err := other.rest.DecodeRow(other.state.Row(id), rest); err != nil {
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

// The notes, if a batch is being joined: the port and the rows not yet joined, each as
// its kind and its encoding with a length.

// Snapshot implements flow.Operator.
func (j *Join) Snapshot() ([]byte, bool) {
	if j.batch == nil && len(j.left) == 0 {
		return nil, true
	}
	if j.batch != nil && (j.again > 0 || j.row < len(j.rows) && j.at != j.chains[j.row].Head && j.at != state.None) {
		return nil, false // within the matches of one row
	}
	var notes []byte
	if j.batch != nil {
		// A row whose matches are all done is at None with the row number not yet raised.
		from := j.row
		if j.at == state.None {
			from++
		}
		if from < len(j.rows) {
			notes = j.note(notes, j.port, j.batch, j.rows[from:])
		}
	}
	for _, p := range j.left {
		var rows []int32
		p.batch.Rows(func(i int) { rows = append(rows, int32(i)) })
		notes = j.note(notes, p.port, p.batch, rows)
	}
	return notes, true
}

func (j *Join) note(notes []byte, port int, b *vector.Batch, rows []int32) []byte {
	keys := j.sides[port].row.NewEncoder().Encode(b.Cols, rows, b.Len())
	for k := range keys.Len() {
		notes = append(notes, byte(port), byte(b.KindOf(int(rows[k]))))
		notes = putBytes(notes, keys.Row(k))
	}
	return notes
}

// Restore implements flow.Operator: of the rows that were being joined, each task takes
// those of its key groups.
func (j *Join) Restore(notes [][]byte) error {
	for _, s := range j.sides {
		if err := s.state.Link(); err != nil {
			return err
		}
	}
	for _, b := range notes {
		for len(b) > 0 {
			if len(b) < 2 || b[0] > 1 {
				return errNotes
			}
			port, kind := int(b[0]), vector.Kind(b[1]&3)
			row, rest, ok := cutBytes(b[2:])
			if !ok {
				return errNotes
			}
			b = rest
			if err := j.restoreRow(port, kind, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *Join) restoreRow(port int, kind vector.Kind, row []byte) error {
	s := j.sides[port]
	cols := make([]*vector.Vector, len(s.cols))
	for i, f := range s.cols {
		cols[i] = vector.NewBuilder(f.Type, 1)
	}
	if err := s.row.DecodeRow(row, cols); err != nil {
		return err
	}
	batch := vector.NewBatch(1, cols...)
	batch.Kinds = []vector.Kind{kind}
	keys := make([]*vector.Vector, len(s.keyCols))
	rest := make([]*vector.Vector, len(s.restCols))
	for i, c := range s.keyCols {
		keys[i] = cols[c]
	}
	for i, c := range s.restCols {
		rest[i] = cols[c]
	}
	_, prefixes := s.pairs.Encode(keys, rest, nil, 1)
	if j.ctx.Owns(state.KeyGroup(prefixes.Hash[0])) {
		j.left = append(j.left, pendingJoin{port, batch})
	}
	return nil
}

// Pending implements flow.Pender.
func (j *Join) Pending() bool { return len(j.left) > 0 }
