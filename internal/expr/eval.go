// Package expr computes the bound expressions of a plan over batches.
//
// Compile turns a tree of plan.Expr into a tree of nodes once; a node evaluates a
// batch at a time:
//
//  1. What an expression's types demand (which loop runs) is decided by Compile; a
//     node only tells flat from constant operands.
//  2. A node computes the rows of a selection and leaves all others undefined. AND,
//     OR, CASE and COALESCE narrow the selection, so what is not selected cannot
//     fail. A loop over slots of fixed width that cannot fail may compute
//     unselected rows too, when that is cheaper than looking them up.
//  3. NULLs travel beside the slots: a strict node intersects the validities of its
//     operands first and then computes all slots, whatever they hold.
//  4. A dictionary is computed entry by entry where a node has one operand that
//     varies, and the result is a dictionary again; elsewhere it is flattened.
//  5. A subtree without columns is computed for one row and answers a constant.
//  6. A subtree that the plan shares is computed once (memo).
//  7. The vectors between nodes are scratch that the next batch uses again; the
//     vector of the root is new, because it leaves with the batch.
//
// Meaning is Flink's; where a kernel follows a rule of it that is not plain SQL, it
// says so.
package expr

import (
	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Evaluator computes one expression. It owns scratch memory and belongs to one task.
type Evaluator struct {
	root  node
	typ   types.Type
	memos []*memo
}

// Compile prepares e. The error names an expression that this package cannot compute,
// which is a mistake of the planner.
func Compile(e plan.Expr) (*Evaluator, error) { return compile(e, true) }

// CompileTransient is Compile for a caller that is done with a result before it asks
// for the next: the vector that Eval returns is used again by the next Eval.
func CompileTransient(e plan.Expr) (*Evaluator, error) { return compile(e, false) }

func compile(e plan.Expr, keep bool) (*Evaluator, error) {
	c := compiler{several: sharedNodes(e)}
	root := c.node(e, keep)
	if c.err != nil {
		return nil, c.err
	}
	return &Evaluator{root, e.Type(), c.memos}, nil
}

// Type is the type of the results.
func (ev *Evaluator) Type() types.Type { return ev.typ }

// Eval computes the rows of sel (nil: all) of b, whatever b.Sel says. The result has
// b.Len() rows, of which those outside sel are undefined. It may be a column of b, or
// share slots with one. An error is an *Error.
func (ev *Evaluator) Eval(b *vector.Batch, sel []int32, env *function.Env) (*vector.Vector, error) {
	v, err := ev.root.eval(&run{b: b, env: env, n: b.Len()}, sel)
	for _, m := range ev.memos {
		m.forget()
	}
	return v, err
}

// Literal computes an expression without columns: how the planner folds constants.
func Literal(e plan.Expr, env *function.Env) (types.Value, error) {
	ev, err := Compile(e)
	if err != nil {
		return types.Value{}, err
	}
	v, err := ev.Eval(vector.NewBatch(1), nil, env)
	if err != nil {
		return types.Value{}, err
	}
	return v.Value(0), nil
}

// run is one evaluation of a tree.
type run struct {
	b   *vector.Batch
	env *function.Env
	n   int // rows
}

// node computes a subtree.
type node interface {
	eval(x *run, sel []int32) (*vector.Vector, error)
}

// slot makes the vectors that a node answers with.
type slot struct {
	typ   types.Type
	keep  bool // the vector outlives the evaluation
	v     *vector.Vector
	valid []uint64
}

// flat is a flat vector of n rows, all valid; its slots are undefined.
func (s *slot) flat(n int) *vector.Vector {
	if s.keep {
		return vector.New(s.typ, n)
	}
	if s.v == nil {
		s.v = vector.New(s.typ, n)
	} else {
		s.v.Reset(n)
	}
	return s.v
}

// null is n rows of NULL.
func (s *slot) null(n int) *vector.Vector {
	return vector.NewConstant(s.typ.Nullable(), types.NullValue, n)
}

// bitmap is a bitmap of n bits that nobody else holds, undefined.
func (s *slot) bitmap(n int) []uint64 {
	words := (n + 63) >> 6
	if s.keep {
		return make([]uint64, words)
	}
	if cap(s.valid) < words {
		s.valid = make([]uint64, words)
	}
	return s.valid[:words]
}

// meet gives out the rows that are valid in all args, which are flat or constant
// without being a NULL for all rows; the bitmap is out's own.
func (s *slot) meet(out *vector.Vector, n int, args ...*vector.Vector) {
	var bits []uint64
	for _, a := range args {
		v := a.Valid()
		if v == nil || a.Encoding() == vector.Constant {
			continue
		}
		if bits == nil {
			bits = s.bitmap(n)
			copy(bits, v)
			continue
		}
		for i := range bits {
			bits[i] &= v[i]
		}
	}
	if bits != nil {
		out.SetValid(bits)
	}
}

// flat is v with slots by row & Mask.
func flat(v *vector.Vector) *vector.Vector {
	if v.Encoding() == vector.Dictionary {
		return v.Flatten()
	}
	return v
}

// isNull tells that v is NULL in every row.
func isNull(v *vector.Vector) bool {
	return v.Encoding() == vector.Constant && v.IsNull(0)
}

// dense tells whether a loop over all n rows costs less than one over sel.
func dense(sel []int32, n int) bool { return sel == nil || len(sel) >= n-n/4 }

// column passes a column of the batch on.
type column struct{ index int }

func (c column) eval(x *run, _ []int32) (*vector.Vector, error) { return x.b.Cols[c.index], nil }

// literal is a constant of the script.
type literal struct {
	typ   types.Type
	value types.Value
	last  *vector.Vector
}

func (l *literal) eval(x *run, _ []int32) (*vector.Vector, error) {
	if l.last == nil || l.last.Len() != x.n {
		l.last = vector.NewConstant(l.typ, l.value, x.n)
	}
	return l.last, nil
}

// constant computes a subtree without columns for one row.
type constant struct {
	of  node
	typ types.Type
}

func (c *constant) eval(x *run, sel []int32) (*vector.Vector, error) {
	if sel != nil && len(sel) == 0 || x.n == 0 {
		return vector.NewConstant(c.typ.Nullable(), types.NullValue, x.n), nil
	}
	one := *x
	one.n = 1
	v, err := c.of.eval(&one, nil)
	if err != nil {
		if e, ok := err.(*Error); ok && sel != nil {
			e.Row = int(sel[0])
		}
		return nil, err
	}
	v = v.Flatten()
	if v.Encoding() == vector.Constant || v.Len() != 1 {
		return vector.NewConstant(c.typ, v.Value(0), x.n), nil
	}
	v.Broadcast(x.n)
	return v, nil
}

// proctime reads the task's clock.
type proctime struct{ typ types.Type }

func (p proctime) eval(x *run, _ []int32) (*vector.Vector, error) {
	const milli = 1000
	now := x.env.Now
	if p.typ.Precision <= 3 {
		now -= (now%milli + milli) % milli
	}
	return vector.NewConstant(p.typ, types.Int64(now), x.n), nil
}
