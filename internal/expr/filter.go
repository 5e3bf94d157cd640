package expr

import (
	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Filter narrows selections by a BOOLEAN expression. It owns scratch memory and
// belongs to one task.
type Filter struct {
	p     predicate
	buf   []int32
	memos []*memo
}

// CompileFilter prepares e, which is BOOLEAN.
func CompileFilter(e plan.Expr) (*Filter, error) {
	c := compiler{several: sharedNodes(e)}
	if k := e.Type().Kind; k != types.Boolean && k != types.Null {
		c.refuse(e, "a filter is a %v and not a BOOLEAN", e.Type())
		return nil, c.err
	}
	p := c.predicate(e)
	if c.err != nil {
		return nil, c.err
	}
	return &Filter{p: p, memos: c.memos}, nil
}

// Select returns the rows of sel (nil: all of b) where the expression is TRUE; NULL
// counts as FALSE. It is sel itself, nil included, where all of them are, else a
// selection of the caller's own; b is not changed. An error is an *Error.
func (f *Filter) Select(b *vector.Batch, sel []int32, env *function.Env) ([]int32, error) {
	x := &run{b: b, env: env, n: b.Len()}
	var err error
	f.buf, err = f.p.pick(x, f.buf, sel)
	for _, m := range f.memos {
		m.forget()
	}
	if err != nil {
		return nil, err
	}
	if len(f.buf) == count(sel, x.n) {
		return sel, nil
	}
	out := make([]int32, len(f.buf))
	copy(out, f.buf)
	return out, nil
}

// predicate is a BOOLEAN node asked for the rows where it is TRUE.
type predicate interface {
	// pick answers the rows of sel where the expression is TRUE, in dst if it is long
	// enough. dst may be sel's own memory: sel is not read after dst is written.
	pick(x *run, dst, sel []int32) ([]int32, error)
}

func (c *compiler) predicate(e plan.Expr) predicate {
	if !isConstant(e) && !c.several[e] {
		switch e := e.(type) {
		case *plan.Compare:
			if p, ok := c.node(e, false).(*compare); ok {
				return p
			}
		case *plan.Logic:
			if p := c.junctionOf(e); p != nil {
				return p
			}
		case *plan.In:
			if p, ok := c.node(e, false).(predicate); ok {
				return p
			}
		}
	}
	return &truth{c.node(e, false)}
}

// truth picks from the vector of any BOOLEAN node.
type truth struct{ of node }

func (t *truth) pick(x *run, dst, sel []int32) ([]int32, error) {
	v, err := t.of.eval(x, sel)
	if err != nil {
		return nil, err
	}
	return truths(dst, v, sel, x.n), nil
}

// every is AND: each argument narrows what the ones before left.
type every struct{ of []predicate }

// some is OR: each argument is asked about what the ones before left.
type some struct {
	of                         []predicate
	taken, left, merged, spare []int32
}

// junctionOf is e as a predicate. An AND whose later argument may fail where an
// earlier one is NULL has none: there Flink computes the later one, so the
// three-valued AND must decide.
func (c *compiler) junctionOf(e *plan.Logic) predicate {
	of := make([]predicate, len(e.Args))
	switch e.Op {
	case plan.And:
		null := false
		for _, a := range e.Args {
			if null && !cannotFail(a) {
				return nil
			}
			null = null || !neverNull(a)
		}
		for i, a := range e.Args {
			of[i] = c.predicate(a)
		}
		return &every{of}
	case plan.Or:
		for i, a := range e.Args {
			of[i] = c.predicate(a)
		}
		return &some{of: of}
	}
	return nil
}

func (a *every) pick(x *run, dst, sel []int32) (_ []int32, err error) {
	for _, p := range a.of {
		if dst, err = p.pick(x, dst, sel); err != nil || len(dst) == 0 {
			return dst, err
		}
		sel = dst
	}
	return dst, nil
}

func (o *some) pick(x *run, dst, sel []int32) (_ []int32, err error) {
	o.merged = o.merged[:0]
	left, n := sel, count(sel, x.n)
	for i, p := range o.of {
		if o.taken, err = p.pick(x, o.taken, left); err != nil {
			return nil, err
		}
		if i == 0 {
			o.merged, o.taken = o.taken, o.merged
		} else {
			o.spare = merge(o.spare, o.merged, o.taken)
			o.merged, o.spare = o.spare, o.merged
		}
		if i == len(o.of)-1 || len(o.merged) == n {
			break
		}
		o.left = minus(o.left, sel, o.merged, x.n)
		left = o.left
	}
	return append(room(dst, len(o.merged)), o.merged...), nil
}
