package expr

import (
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// in is membership in a list of constants.
type in struct {
	slot
	arg  node
	has  func(out []bool, v *vector.Vector, sel []int32, n int)
	open bool // a NULL is in the list: what is not found is NULL
	neg  bool
}

// linearList is the length up to which a list is compared one by one.
const linearList = 8

func (c *compiler) in(e *plan.In, s slot) node {
	n := &in{slot: s, arg: c.node(e.Arg, false), open: e.NullInList, neg: e.Neg}
	t := e.Arg.Type()
	list := make([]types.Value, 0, len(e.List))
	for _, x := range e.List {
		if x.Null {
			n.open = true
			continue
		}
		list = append(list, x)
	}
	switch vector.LayoutOf(t) {
	case vector.Int32s:
		n.has = membership((*vector.Vector).Int32s, list, func(x types.Value) int32 { return int32(x.I) })
	case vector.Int64s:
		n.has = membership((*vector.Vector).Int64s, list, func(x types.Value) int64 { return x.I })
	case vector.Float64s:
		n.has = membership((*vector.Vector).Float64s, list, func(x types.Value) float64 { return x.F })
	case vector.Texts:
		n.has = textMembership(list)
	default:
		n.has = func(out []bool, v *vector.Vector, sel []int32, n int) {
			mask := v.Mask()
			rows(sel, n, func(i int) {
				x := v.Value(i & mask)
				out[i] = false
				for _, y := range list {
					out[i] = out[i] || sameValue(t, x, y)
				}
			})
		}
	}
	return n
}

func membership[T number](slots func(*vector.Vector) []T, list []types.Value, of func(types.Value) T) func([]bool, *vector.Vector, []int32, int) {
	values := make([]T, len(list))
	set := make(map[T]struct{}, len(list))
	for i, x := range list {
		values[i] = of(x)
		set[values[i]] = struct{}{}
	}
	found := func(x T) bool { _, ok := set[x]; return ok }
	if len(values) <= linearList {
		found = func(x T) bool {
			for _, y := range values {
				if x == y {
					return true
				}
			}
			return false
		}
	}
	return func(out []bool, v *vector.Vector, sel []int32, n int) {
		a, mask := slots(v), v.Mask()
		if sel == nil {
			for i := range out[:n] {
				out[i] = found(a[i&mask])
			}
			return
		}
		for _, i := range sel {
			out[i] = found(a[int(i)&mask])
		}
	}
}

func textMembership(list []types.Value) func([]bool, *vector.Vector, []int32, int) {
	set := make(map[string]struct{}, len(list))
	shortest, longest := 1<<31, 0
	for _, x := range list {
		set[x.S] = struct{}{}
		shortest, longest = min(shortest, len(x.S)), max(longest, len(x.S))
	}
	return func(out []bool, v *vector.Vector, sel []int32, n int) {
		mask, views, bits := v.Mask(), v.Views(), v.Valid()
		rows(sel, n, func(i int) {
			k := i & mask
			out[i] = false
			if l := views[k].Len(); l >= shortest && l <= longest && vector.Bit(bits, k) {
				_, out[i] = set[string(v.Bytes(k))]
			}
		})
	}
}

func (o *in) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := o.arg.eval(x, sel)
	if err != nil {
		return nil, err
	}
	if isNull(v) {
		return o.slot.null(x.n), nil
	}
	v = flat(v)
	out := o.flat(x.n)
	o.meet(out, x.n, v)
	bools := out.Bools()
	o.has(bools, v, sel, x.n)
	if o.open {
		rows(sel, x.n, func(i int) {
			if !bools[i] {
				out.SetNull(i)
			}
		})
	}
	if o.neg {
		rows(sel, x.n, func(i int) { bools[i] = !bools[i] })
	}
	return out, nil
}
