package op

import (
	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/plan"
	"tidemark.dev/vector"
)

// Calc filters, then projects.
type Calc struct {
	flow.Base
	held
	plan   *plan.Calc
	ctx    *flow.Context
	filter *expr.Filter
	exprs  *expr.Projection
}

// NewCalc compiles the node's expressions.
func NewCalc(n *plan.Calc) (*Calc, error) {
	c := &Calc{plan: n}
	var err error
	if n.Filter != nil {
		if c.filter, err = expr.CompileFilter(n.Filter); err != nil {
			return nil, err
		}
	}
	if c.exprs, err = expr.CompileProjection(n.Exprs); err != nil {
		return nil, err
	}
	return c, nil
}

// Open implements flow.Operator.
func (c *Calc) Open(ctx *flow.Context) error { c.ctx = ctx; return nil }

// Step implements flow.Operator.
func (c *Calc) Step(out *flow.Output, q *flow.Quantum) (flow.Status, error) {
	b := c.batch
	c.batch = nil
	if b != nil {
		if err := c.rows(b, out); err != nil {
			return flow.Done, err
		}
	}
	c.forward(out)
	return flow.Done, nil
}

func (c *Calc) rows(b *vector.Batch, out *flow.Output) error {
	sel := b.Sel
	if c.filter != nil {
		before := b.Count()
		var err error
		if sel, err = c.filter.Select(b, sel, c.ctx.Env); err != nil {
			return locate(c.ctx, b, err)
		}
		kept := b.Len()
		if sel != nil {
			kept = len(sel)
		}
		c.ctx.Count.Filtered += int64(before - kept)
		if kept == 0 {
			return nil
		}
	}
	cols, err := c.exprs.Eval(nil, b, sel, c.ctx.Env)
	if err != nil {
		return locate(c.ctx, b, err)
	}
	r := b.With(cols)
	r.Sel = sel
	out.Rows(r)
	return nil
}
