package expr

import (
	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// CAST, after Flink's cast rules with table.exec.legacy-cast-behaviour disabled:
//
//  1. Casts that change no slot (a longer VARCHAR, a timestamp of more digits in the
//     same layout) rename the vector.
//  2. All others are conversions: compiled once for a pair of types, then run over the
//     rows that are selected and not NULL. Those of rows and collections convert their
//     children, whose rows are selected by the spans of the selected parents.
//  3. What cannot be converted fails in its row; under TRY_CAST the row is NULL. A
//     number too large for a DECIMAL is NULL in either.

// conversion is one run of a cast over a vector.
type conversion struct {
	out, in *vector.Vector // out is flat and as long as in, its validity set
	sel     []int32        // no NULLs among them; nil: all
	n       int
	env     *function.Env
	// bad decides what becomes of a row that cannot be converted.
	bad func(i int, format string, args ...any) error
	buf []byte
}

// convert fills the selected rows of c.out.
type convert func(c *conversion) error

// each calls f with each row to convert and its slot in c.in.
func (c *conversion) each(f func(i, slot int) error) error {
	mask := c.in.Mask()
	return rowsUntil(c.sel, c.n, func(i int) error { return f(i, i&mask) })
}

type cast struct {
	slot
	e   *plan.Cast
	arg node
	to  convert
	sel []int32
	buf []byte
}

// rename is a cast that changes no slot.
type rename struct {
	typ types.Type
	arg node
}

func (r *rename) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := r.arg.eval(x, sel)
	if err != nil || v.Type.Equal(r.typ) && v.Type.Time == r.typ.Time {
		return v, err
	}
	return v.Retype(r.typ), nil
}

func (c *compiler) cast(e *plan.Cast, s slot) node {
	from := e.Arg.Type()
	if from.Kind == types.Null {
		return &literal{typ: s.typ.Nullable(), value: types.NullValue}
	}
	if renames(from, s.typ) {
		return &rename{s.typ, c.node(e.Arg, s.keep)}
	}
	to := conversionOf(from, s.typ)
	if to == nil {
		return c.refuse(e, "there is no CAST from %v to %v", from, s.typ)
	}
	return &cast{slot: s, e: e, arg: c.shared(e.Arg, s), to: to}
}

func (c *cast) eval(x *run, sel []int32) (*vector.Vector, error) {
	v, err := c.arg.eval(x, sel)
	if err != nil {
		return nil, err
	}
	if isNull(v) {
		return c.null(x.n), nil
	}
	if v.Encoding() != vector.Dictionary {
		return c.apply(x, v, sel, x.n)
	}
	if v.Dict().Len() > count(sel, x.n) {
		return c.apply(x, v.Flatten(), sel, x.n)
	}
	out, err := c.apply(x, v.Dict(), c.entries(v, sel, x.n), v.Dict().Len())
	if err != nil {
		return nil, firstRowOf(err, v.Indexes(), sel, x.n)
	}
	if vector.LayoutOf(c.typ) == vector.Lists {
		out = out.Gather(v.Indexes())
		return out, nil
	}
	return vector.NewDictionary(out, v.Indexes()), nil
}

// entries are the entries of the dictionary v that the rows of sel use.
func (c *cast) entries(v *vector.Vector, sel []int32, n int) []int32 {
	seen := make([]bool, v.Dict().Len())
	idx := v.Indexes()
	rows(sel, n, func(i int) { seen[idx[i]] = true })
	used := make([]int32, 0, len(seen))
	for i, s := range seen {
		if s {
			used = append(used, int32(i))
		}
	}
	return used
}

// apply converts the rows of sel of v, which is flat or constant.
func (c *cast) apply(x *run, v *vector.Vector, sel []int32, n int) (*vector.Vector, error) {
	k := conversion{in: v, sel: sel, n: n, env: x.env, buf: c.buf[:0]}
	k.out = c.flat(n)
	c.meet(k.out, n, v)
	if bits := k.out.Valid(); bits != nil {
		c.sel = room(c.sel, count(sel, n))
		c.sel = dropNulls(all(c.sel, sel, n), bits)
		k.sel = c.sel
	}
	k.bad = func(i int, format string, args ...any) error { return function.Failf(i, format, args...) }
	if c.e.Try {
		k.bad = func(i int, _ string, _ ...any) error { k.out.SetNull(i); return nil }
	}
	err := c.to(&k)
	c.buf = k.buf
	if err != nil {
		return nil, fail(c.e, err, v)
	}
	return k.out, nil
}

// renames tells that a cast from one type to the other changes no slot.
func renames(from, to types.Type) bool {
	if vector.LayoutOf(from) != vector.LayoutOf(to) {
		return false
	}
	if from.Same(to) {
		return true
	}
	if from.Kind != to.Kind {
		switch to.Kind {
		case types.VarChar:
			return from.Kind == types.Char && to.Precision >= from.Precision
		case types.VarBinary:
			return from.Kind == types.Binary && to.Precision >= from.Precision
		case types.SmallInt:
			return from.Kind == types.TinyInt
		case types.IntervalDay:
			return from.Kind == types.BigInt
		case types.IntervalMonth:
			return from.IsInteger()
		case types.Int:
			return from.Kind == types.TinyInt || from.Kind == types.SmallInt
		}
		return false
	}
	switch to.Kind {
	case types.Char, types.Binary:
		return from.Precision == to.Precision
	case types.VarChar, types.VarBinary, types.Timestamp, types.TimestampLTZ, types.Time:
		return from.Precision <= to.Precision
	case types.Decimal:
		return from.Scale == to.Scale && from.Precision <= to.Precision
	case types.IntervalDay, types.IntervalMonth:
		return true
	}
	return false
}

// castCannotFail tells that e converts every value or makes it NULL.
func castCannotFail(e *plan.Cast) bool {
	from, to := e.Arg.Type(), e.T
	if e.Try || from.Kind == types.Null || renames(from, to) {
		return true
	}
	switch from.Kind {
	case types.Float, types.Double:
		return to.Kind != types.Decimal
	case types.Char, types.VarChar:
		return to.IsText()
	case types.Row, types.Array, types.Map, types.Multiset:
		return false
	}
	return true
}

// conversionOf finds the conversion between two types, nil if there is none.
func conversionOf(from, to types.Type) convert {
	if renames(from, to) {
		return copySlots
	}
	switch {
	case to.IsText():
		return toText(from, to)
	case to.IsBytes():
		return toBytes(from, to)
	case from.IsText():
		return fromText(to)
	case from.IsNumeric() && to.IsNumeric():
		return numeric(from, to)
	case to.Kind == types.Boolean && from.IsNumeric():
		return numberToBoolean(from)
	case from.Kind == types.Boolean && to.IsNumeric():
		return booleanToNumber(to)
	case from.Kind == types.Row && to.Kind == types.Row:
		return rowToRow(from, to)
	case from.Kind == to.Kind && vector.LayoutOf(from) == vector.Lists:
		return listToList(from, to)
	}
	if to.Kind == types.IntervalMonth || to.Kind == types.IntervalDay {
		return toInterval(from, to)
	}
	return temporal(from, to)
}

// copySlots is the conversion that changes nothing.
func copySlots(c *conversion) error {
	c.out.Overlay(c.in, c.sel)
	return nil
}

// rowToRow converts field by field.
func rowToRow(from, to types.Type) convert {
	if len(from.Fields) != len(to.Fields) {
		return nil
	}
	fields := make([]convert, len(to.Fields))
	for i, f := range to.Fields {
		if fields[i] = conversionOrRename(from.Fields[i].Type, f.Type); fields[i] == nil {
			return nil
		}
	}
	return func(c *conversion) error {
		in := c.in
		if in.Encoding() == vector.Constant {
			in = in.Flatten()
		}
		for i, f := range fields {
			kid, err := c.child(f, in.Child(i), to.Fields[i].Type, c.sel, func(k int) int { return k })
			if err != nil {
				return err
			}
			c.out.SetChild(i, kid)
		}
		return nil
	}
}

// conversionOrRename answers a conversion whose result is not copied if it need not be.
func conversionOrRename(from, to types.Type) convert {
	if renames(from, to) {
		return func(c *conversion) error { c.out = c.in.Retype(to); return nil }
	}
	return conversionOf(from, to)
}

// listToList converts the elements of the selected lists.
func listToList(from, to types.Type) convert {
	kids := []convert{conversionOrRename(*from.Elem, *to.Elem)}
	kinds := []types.Type{*to.Elem}
	switch to.Kind {
	case types.Map:
		kids = []convert{conversionOrRename(*from.Key, *to.Key), kids[0]}
		kinds = []types.Type{*to.Key, *to.Elem}
	case types.Multiset:
		count := types.TInt.Required()
		kids, kinds = append(kids, conversionOrRename(count, count)), append(kinds, count)
	}
	for _, k := range kids {
		if k == nil {
			return nil
		}
	}
	return func(c *conversion) error {
		in := c.in
		if in.Encoding() == vector.Constant {
			in = in.Flatten()
		}
		var elements, parents []int32
		rows(c.sel, c.n, func(i int) {
			from, to := in.Span(i)
			for j := from; j < to; j++ {
				elements, parents = append(elements, int32(j)), append(parents, int32(i))
			}
		})
		parent := func(k int) int {
			for at, j := range elements {
				if int(j) == k {
					return int(parents[at])
				}
			}
			return 0
		}
		if elements == nil {
			elements = []int32{}
		}
		made := make([]*vector.Vector, len(kids))
		for i, k := range kids {
			var err error
			if made[i], err = c.child(k, in.Child(i), kinds[i], elements, parent); err != nil {
				return err
			}
		}
		valid := c.out.Valid()
		c.out = in.WithChildren(to, made...)
		c.out.SetValid(valid)
		return nil
	}
}

// child converts the rows of sel of v, a child of c.in, to type t. What cannot be
// converted is bad for the parent.
func (c *conversion) child(f convert, v *vector.Vector, t types.Type, sel []int32, parent func(int) int) (*vector.Vector, error) {
	v = v.Flatten()
	k := conversion{in: v, n: v.Len(), env: c.env, buf: c.buf, sel: sel}
	s := slot{typ: t, keep: true}
	k.out = s.flat(v.Len())
	s.meet(k.out, v.Len(), v)
	if bits := k.out.Valid(); bits != nil {
		k.sel = dropNulls(all(make([]int32, v.Len())[:0], sel, v.Len()), bits)
	}
	k.bad = func(i int, format string, args ...any) error { return c.bad(parent(i), format, args...) }
	err := f(&k)
	c.buf = k.buf
	return k.out, err
}
