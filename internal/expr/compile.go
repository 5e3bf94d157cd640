package expr

import (
	"fmt"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// compiler turns expressions into nodes; the first error wins.
type compiler struct {
	err     error
	several map[plan.Expr]bool // nodes that are computed once
	memos   []*memo
	made    map[plan.Expr]*memo
}

func (c *compiler) refuse(e plan.Expr, format string, args ...any) node {
	if c.err == nil {
		c.err = fmt.Errorf("expr: %s at %d:%d: %s", Text(e), e.Position().Line, e.Position().Column, fmt.Sprintf(format, args...))
	}
	return &literal{typ: e.Type(), value: types.NullValue}
}

// node compiles e. keep tells that its vectors outlive the evaluation.
func (c *compiler) node(e plan.Expr, keep bool) node {
	switch e := e.(type) {
	case *plan.Column:
		return column{e.Index}
	case *plan.Literal:
		return &literal{typ: e.T, value: e.Value}
	case *plan.Proctime:
		return proctime{e.T}
	}
	if c.several[e] {
		return c.memo(e)
	}
	if isConstant(e) {
		return &constant{of: c.operation(e, keep), typ: e.Type()}
	}
	return c.operation(e, keep)
}

// memo compiles a shared node, for all of its places.
func (c *compiler) memo(e plan.Expr) node {
	if m := c.made[e]; m != nil {
		return m
	}
	if c.made == nil {
		c.made = map[plan.Expr]*memo{}
	}
	// A result is asked for again when scratch may have been used again: it is kept.
	m := &memo{}
	c.made[e] = m
	c.memos = append(c.memos, m)
	if isConstant(e) {
		m.of = &constant{of: c.operation(e, true), typ: e.Type()}
	} else {
		m.of = c.operation(e, true)
	}
	return m
}

// nodes compiles several, as scratch.
func (c *compiler) nodes(es []plan.Expr) []node {
	out := make([]node, len(es))
	for i, e := range es {
		out[i] = c.node(e, false)
	}
	return out
}

func (c *compiler) operation(e plan.Expr, keep bool) node {
	s := slot{typ: e.Type().Plain(), keep: keep}
	switch e := e.(type) {
	case *plan.Cast:
		return c.cast(e, s)
	case *plan.Logic:
		return c.logic(e, s)
	case *plan.Compare:
		return c.compare(e, s)
	case *plan.IsTest:
		return &isTest{slot: s, test: e.Test, neg: e.Neg, arg: c.node(e.Arg, false)}
	case *plan.Arithmetic:
		return c.arithmetic(e, s)
	case *plan.TimeShift:
		return c.timeShift(e, s)
	case *plan.Case:
		return c.caseOf(e, s)
	case *plan.In:
		return c.in(e, s)
	case *plan.FieldOf:
		return &fieldOf{slot: s, arg: c.node(e.Arg, keep), index: e.Index}
	case *plan.RowOf:
		return c.rowOf(e, s)
	case *plan.Call:
		return c.call(e, s)
	case *plan.Negate:
		return c.negate(e, s)
	case *plan.TimeDiff:
		return c.timeDiff(e, s)
	case *plan.Element:
		return c.element(e, s)
	case *plan.ListOf:
		return c.listOf(e, s)
	}
	return c.refuse(e, "%T is not an expression that can be computed", e)
}

// children are the direct arguments of e.
func children(e plan.Expr) []plan.Expr {
	switch e := e.(type) {
	case *plan.Cast:
		return []plan.Expr{e.Arg}
	case *plan.Logic:
		return e.Args
	case *plan.Compare:
		return []plan.Expr{e.L, e.R}
	case *plan.IsTest:
		return []plan.Expr{e.Arg}
	case *plan.Arithmetic:
		return []plan.Expr{e.L, e.R}
	case *plan.TimeShift:
		return []plan.Expr{e.Time, e.Interval}
	case *plan.Case:
		var out []plan.Expr
		for _, w := range e.Whens {
			out = append(out, w.If, w.Then)
		}
		if e.Else != nil {
			out = append(out, e.Else)
		}
		return out
	case *plan.In:
		return []plan.Expr{e.Arg}
	case *plan.FieldOf:
		return []plan.Expr{e.Arg}
	case *plan.RowOf:
		return e.Args
	case *plan.Call:
		return e.Args
	case *plan.Negate:
		return []plan.Expr{e.Arg}
	case *plan.TimeDiff:
		return []plan.Expr{e.L, e.R}
	case *plan.Element:
		if e.Key == nil {
			return []plan.Expr{e.Arg}
		}
		return []plan.Expr{e.Arg, e.Key}
	case *plan.ListOf:
		return e.Args
	}
	return nil
}

// isConstant tells that e needs no column and gives one value to all rows of a batch.
func isConstant(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Column:
		return false
	case *plan.Call:
		if e.Function.Varies && !sameInBatch[e.Function.Name] {
			return false
		}
	}
	for _, kid := range children(e) {
		if !isConstant(kid) {
			return false
		}
	}
	return true
}

// sameInBatch are the functions that vary, but only from batch to batch: they answer
// from Env.
var sameInBatch = map[string]bool{
	"CURRENT_TIMESTAMP": true, "NOW": true, "LOCALTIMESTAMP": true, "CURRENT_DATE": true, "CURRENT_TIME": true,
	"LOCALTIME": true, "CURRENT_ROW_TIMESTAMP": true, "UNIX_TIMESTAMP": true,
}

// cannotFail tells that computing e raises no error in any row, selected or not.
func cannotFail(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Cast:
		if !castCannotFail(e) {
			return false
		}
	case *plan.Arithmetic:
		if e.Op >= plan.Divide && e.T.Kind != types.Double && e.T.Kind != types.Float {
			return false
		}
	case *plan.Call, *plan.Element:
		return false
	}
	for _, kid := range children(e) {
		if !cannotFail(kid) {
			return false
		}
	}
	return true
}

// neverNull tells that e is not NULL in any row. Its type is not enough: a DECIMAL that
// overflows is NULL though Flink calls its type NOT NULL.
func neverNull(e plan.Expr) bool {
	t := e.Type()
	if _, ok := e.(*plan.IsTest); ok {
		return true
	}
	if !t.NotNull {
		return false
	}
	switch e.(type) {
	case *plan.Column, *plan.Literal:
		return true
	case *plan.Call, *plan.Element:
		return false
	}
	if t.Kind == types.Decimal {
		return false
	}
	for _, kid := range children(e) {
		if !neverNull(kid) {
			return false
		}
	}
	return true
}

// isCheap tells that e is a few instructions a row over slots of fixed width and
// cannot fail: computing it where it is not asked for costs less than not to.
func isCheap(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Column, *plan.Literal:
		return fixedWidth(e.Type())
	case *plan.Compare:
		if !fixedWidth(e.L.Type()) {
			return false
		}
	case *plan.Arithmetic:
		if e.T.Kind == types.Decimal || e.Op >= plan.Divide {
			return false
		}
	case *plan.IsTest, *plan.Logic:
	default:
		return false
	}
	if !cannotFail(e) {
		return false
	}
	for _, kid := range children(e) {
		if !isCheap(kid) {
			return false
		}
	}
	return true
}

// fixedWidth tells that slots of type t are numbers, which may be computed with
// whatever they hold.
func fixedWidth(t types.Type) bool {
	switch vector.LayoutOf(t) {
	case vector.Bools, vector.Int32s, vector.Int64s, vector.Float32s, vector.Float64s:
		return true
	}
	return false
}
