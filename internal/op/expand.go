package op

import (
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Expand repeats each batch once for each grouping set. The columns are not copied: the
// batches of all sets share them. Rows of one key keep their order, since the number of the set
// is part of every key above.
type Expand struct {
	flow.Base
	held
	plan *plan.Expand
	ctx  *flow.Context
	set  int // of the batch, the next
}

// NewExpand makes the operator of a node.
func NewExpand(n *plan.Expand) *Expand { return &Expand{plan: n} }

// Open implements flow.Operator.
func (e *Expand) Open(ctx *flow.Context) error { e.ctx = ctx; return nil }

// Snapshot implements flow.Operator.
func (e *Expand) Snapshot() ([]byte, bool) { return nil, e.batch == nil }

// Step implements flow.Operator.
func (e *Expand) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	for e.batch != nil {
		if out.Full() || q.Over() {
			return flow.More, nil
		}
		e.emit(out)
		if e.set++; e.set == len(e.plan.Nulls) {
			e.batch, e.set = nil, 0
		}
	}
	e.forward(out)
	return flow.Done, nil
}

// emit sends the batch as the rows of a set.
func (e *Expand) emit(out *flow.Output) {
	b, columns := e.batch, e.plan.Columns
	cols := make([]*vector.Vector, 0, len(columns))
	cols = append(cols, b.Cols...)
	for _, i := range e.plan.Nulls[e.set] {
		cols[i] = vector.NewConstant(columns[i].Type, types.NullValue, b.Len())
	}
	cols = append(cols, vector.NewConstant(columns[len(columns)-1].Type, types.Int64(int64(e.set)), b.Len()))
	out.Rows(b.With(cols))
}
