package expr

import (
	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// element reads from a list.
type element struct {
	slot
	e        *plan.Element
	arg, key node
}

func (c *compiler) element(e *plan.Element, s slot) node {
	n := &element{slot: s, e: e, arg: c.node(e.Arg, s.keep)}
	if e.Key != nil {
		n.key = c.node(e.Key, false)
	}
	return n
}

func (n *element) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := n.arg.eval(x, sel)
	if err != nil {
		return nil, err
	}
	var key *vector.Vector
	if n.key != nil {
		if key, err = n.key.eval(x, sel); err != nil {
			return nil, err
		}
		if isNull(key) {
			return n.null(x.n), nil
		}
	}
	if isNull(v) {
		return n.null(x.n), nil
	}
	v = v.Flatten()
	from := v.Child(b2i(v.Type.Kind == types.Map))
	out := vector.NewBuilder(n.typ, x.n)
	at := 0
	fill := func(i int) {
		for ; at < i; at++ {
			out.AppendNull()
		}
	}
	err = rowsUntil(sel, x.n, func(i int) error {
		fill(i)
		k, err := n.find(v, key, i)
		if err != nil {
			return fail(n.e, err, v)
		}
		if k < 0 {
			out.AppendNull()
		} else {
			out.AppendFrom(from, k)
		}
		at++
		return nil
	})
	fill(x.n)
	return out, err
}

// find is the number of the element in the child that is asked for, -1 for none.
func (n *element) find(v, key *vector.Vector, i int) (int, error) {
	if v.IsNull(i) || key != nil && key.IsNull(i) {
		return -1, nil
	}
	from, to := v.Span(i)
	switch {
	case key == nil && to-from > 1:
		return -1, function.Failf(i, "ELEMENT of an array of %d elements", to-from)
	case key == nil:
		return from - b2i(to == from)*(from+1), nil
	case v.Type.Kind == types.Array:
		at := key.Value(i).I
		if at < 1 || at > int64(to-from) {
			return -1, nil
		}
		return from + int(at) - 1, nil
	}
	for k := from; k < to; k++ {
		if sameAt(v.Child(0), k, key, i) {
			return k, nil
		}
	}
	return -1, nil
}

// listOf builds lists of its arguments.
type listOf struct {
	slot
	args   []node
	values []*vector.Vector
}

func (c *compiler) listOf(e *plan.ListOf, s slot) node {
	return &listOf{slot: s, args: c.nodes(e.Args), values: make([]*vector.Vector, len(e.Args))}
}

func (l *listOf) eval(x *run, sel []int32) (*vector.Vector, error) {
	for i, a := range l.args {
		var err error
		if l.values[i], err = a.eval(x, sel); err != nil {
			return nil, err
		}
	}
	out := vector.NewBuilder(l.typ, x.n)
	at := 0
	fill := func(i int) {
		for ; at < i; at++ {
			out.AppendList()
		}
	}
	kids := 1 + b2i(l.typ.Kind == types.Map)
	rows(sel, x.n, func(i int) {
		fill(i)
		for k := 0; k < len(l.values); k += kids {
			if kids > 1 && l.keyAgain(k, i) {
				continue
			}
			for kid := range kids {
				out.Child(kid).AppendFrom(l.values[k+kid], i)
			}
		}
		out.AppendList()
		at++
	})
	fill(x.n)
	return out, nil
}

// keyAgain tells whether the key of entry k comes again behind it in row i: the last entry of a
// key counts.
func (l *listOf) keyAgain(k, i int) bool {
	for later := k + 2; later < len(l.values); later += 2 {
		if sameAt(l.values[k], i, l.values[later], i) {
			return true
		}
	}
	return false
}
