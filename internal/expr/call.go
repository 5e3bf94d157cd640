package expr

import (
	"errors"

	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/vector"
)

// call applies a scalar function.
type call struct {
	slot
	e      *plan.Call
	args   []node
	values []*vector.Vector
	sel    []int32
	used   []int32
	// seen marks the entries of a dictionary that are asked for.
	seen []bool
}

func (c *compiler) call(e *plan.Call, s slot) node {
	if e.Signature.Kernel == nil {
		return c.refuse(e, "%s has no kernel", e.Function.Name)
	}
	n := &call{slot: s, e: e, values: make([]*vector.Vector, len(e.Args))}
	for _, a := range e.Args {
		n.args = append(n.args, c.shared(a, s))
	}
	return n
}

func (c *call) eval(x *run, sel []int32) (*vector.Vector, error) {
	dict := -1
	alone := !c.e.Function.Varies // all arguments but dict are constants
	for i, a := range c.args {
		v, err := a.eval(x, sel)
		if err != nil {
			return nil, err
		}
		if isNull(v) && !c.e.Signature.NullIn {
			// The arguments behind it are still computed: they may fail.
			for _, b := range c.args[i+1:] {
				if _, err := b.eval(x, sel); err != nil {
					return nil, err
				}
			}
			return c.null(x.n), nil
		}
		switch v.Encoding() {
		case vector.Dictionary:
			alone = alone && dict < 0
			dict = i
		case vector.Flat:
			alone = false
		}
		c.values[i] = v
	}
	if dict >= 0 && alone && c.values[dict].Dict().Len() <= count(sel, x.n) {
		return c.overDictionary(x, dict, sel)
	}
	for i, v := range c.values {
		c.values[i] = flat(v)
	}
	return c.apply(x, sel, x.n)
}

// apply runs the kernel over c.values, which have n rows.
func (c *call) apply(x *run, sel []int32, n int) (*vector.Vector, error) {
	out := c.flat(n)
	if !c.e.Signature.NullIn {
		c.meet(out, n, c.values...)
		if bits := out.Valid(); bits != nil {
			c.sel = room(c.sel, count(sel, n))
			c.sel = dropNulls(all(c.sel, sel, n), bits)
			sel = c.sel
		}
	}
	k := function.Call{Args: c.values, Sel: sel, N: n, Out: out, Env: x.env}
	if err := c.e.Signature.Kernel(&k); err != nil {
		return nil, fail(c.e, err, c.values...)
	}
	return k.Out, nil
}

// overDictionary applies the function to the entries of argument d that the rows of
// sel use; all other arguments are constants.
func (c *call) overDictionary(x *run, d int, sel []int32) (*vector.Vector, error) {
	v := c.values[d]
	entries, idx := v.Dict().Len(), v.Indexes()
	if cap(c.seen) < entries {
		c.seen = make([]bool, entries)
	}
	seen := c.seen[:entries]
	clear(seen)
	rows(sel, x.n, func(i int) { seen[idx[i]] = true })
	c.used = room(c.used, entries)
	for i, s := range seen {
		if s {
			c.used = append(c.used, int32(i))
		}
	}
	c.values[d] = v.Dict()
	out, err := c.apply(x, c.used, entries)
	if err != nil {
		return nil, firstRowOf(err, idx, sel, x.n)
	}
	return vector.NewDictionary(out, idx), nil
}

// firstRowOf turns the number of a dictionary's entry in err into that of the first
// row of sel that has the entry.
func firstRowOf(err error, idx, sel []int32, n int) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	entry, found := int32(e.Row), false
	rows(sel, n, func(i int) {
		if !found && idx[i] == entry {
			e.Row, found = i, true
		}
	})
	return err
}
