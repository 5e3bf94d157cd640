package expr

import (
	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/vector"
)

// Projection computes several expressions over the same rows. What they share in the
// plan is computed once. It owns scratch memory and belongs to one task.
type Projection struct {
	roots []node
	memos []*memo
}

// CompileProjection prepares es; the error is that of Compile.
func CompileProjection(es []plan.Expr) (*Projection, error) {
	c := compiler{several: sharedNodes(es...)}
	p := &Projection{}
	for _, e := range es {
		p.roots = append(p.roots, c.node(e, true))
	}
	if c.err != nil {
		return nil, c.err
	}
	p.memos = c.memos
	return p, nil
}

// Eval computes the rows of sel (nil: all) of b into one vector for each expression, as
// Evaluator.Eval does. dst, which may be nil, is used again for the slice alone.
func (p *Projection) Eval(dst []*vector.Vector, b *vector.Batch, sel []int32, env *function.Env) ([]*vector.Vector, error) {
	x := &run{b: b, env: env, n: b.Len()}
	dst = dst[:0]
	defer func() {
		for _, m := range p.memos {
			m.forget()
		}
	}()
	for _, r := range p.roots {
		v, err := r.eval(x, sel)
		if err != nil {
			return nil, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}
