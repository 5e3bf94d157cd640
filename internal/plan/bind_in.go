package plan

import (
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// in binds x IN (list): of constants an In, of others a chain of comparisons. As in
// Flink the items are cast to the type of x, and not both to a common type: of an INT,
// 2 IN (2.5) is true, and so is 2 IN ('2').
func (b *binder) in(x *sql.In, s *scope) Expr {
	if x.Query != nil {
		b.refuse(x, "IN (sub-query)").Because("write a join")
		return bad(x)
	}
	return b.inList(x, b.expr(x.X, s), x.List, x.Not, s)
}

// inList binds x IN (items), which x = SOME (items) is too.
func (b *binder) inList(x sql.Node, arg Expr, items []sql.Expr, not bool, s *scope) Expr {
	list := make([]Expr, len(items))
	kinds := make([]types.Type, len(items))
	for i, item := range items {
		if row, ok := item.(*sql.Row); ok {
			list[i] = b.rowOf(row, s, b.expr)
		} else {
			list[i] = b.expr(item, s)
		}
		kinds[i] = list[i].Type()
	}
	if isBad(arg) || anyBad(list...) {
		return bad(x)
	}
	common, ok := commonType(kinds)
	if !ok {
		b.errorf(x, "Values in expression list must have compatible types")
		return bad(x)
	}
	if arg.Type().Kind == types.Null {
		arg = implicit(arg, common)
	}
	t := arg.Type().Plain()
	if _, ok := commonType([]types.Type{t, common}); !ok && !textual(t, common) && !textual(common, t) {
		b.errorf(x, "Values passed to IN operator must have compatible types: %s and %s", t.Nullable(), common.Nullable())
		return bad(x)
	}
	in := &In{Typed: Typed{Pos: x.Pos()}, Arg: arg, Neg: not}
	null := !t.NotNull
	constant := t.Kind != types.Row
	for i := range list {
		if l, isLiteral := list[i].(*Literal); isLiteral && l.Value.Null {
			in.NullInList, null = true, true
			continue
		}
		v, ok := literalAs(list[i], t)
		if !ok {
			constant = false
			break
		}
		in.List = append(in.List, v)
	}
	if constant {
		in.T = types.TBoolean.WithNull(null)
		return in
	}
	return b.bounded(x, b.inChain(x, arg, list, not))
}

// textual tells that one type is of texts, and the other of values that have one.
func textual(text, t types.Type) bool {
	return text.IsText() && (t.IsNumeric() || t.Kind == types.Boolean || isMoment(t))
}

// inChain is x IN (list) as comparisons.
func (b *binder) inChain(x sql.Node, arg Expr, list []Expr, not bool) Expr {
	chain := make([]Expr, len(list))
	for i, item := range list {
		// Of one kind, as DECIMALs of any precision, they are compared as they are.
		if t := arg.Type().Plain(); t.Kind != types.Row && t.Kind != item.Type().Kind && !(t.IsText() && item.Type().IsText()) {
			item = implicit(item, t)
		}
		chain[i] = b.compare(x, Equal, arg, item)
	}
	if anyBad(chain...) {
		return bad(x)
	}
	e := chain[0]
	if len(chain) > 1 {
		e = &Logic{Typed{types.TBoolean.WithNull(nullable(chain...)), x.Pos()}, Or, chain}
	}
	if not {
		return &Logic{Typed{e.Type(), x.Pos()}, Not, []Expr{e}}
	}
	return e
}

// literalAs converts a constant to a type, as CAST does; not ok if it is no constant,
// or one that only the engine's cast knows to convert.
func literalAs(e Expr, t types.Type) (types.Value, bool) {
	l, ok := e.(*Literal)
	if !ok || l.Value.Null {
		return types.Value{}, false
	}
	from, v := l.T, l.Value
	switch {
	case from.Kind == t.Kind && from.Same(t), from.IsText() && t.Kind == types.VarChar && from.Precision <= t.Precision:
		return v, true
	case from.IsInteger() && t.IsInteger():
		return types.Int64(wrapInteger(v.I, t.Kind)), true
	case t.Kind == types.Decimal && from.IsInteger():
		n, ok := types.Rescale(types.Int128Of(v.I), 0, int(t.Scale), int(t.Precision))
		return types.DecimalValue(n), ok
	case t.Kind == types.Decimal && from.Kind == types.Decimal:
		n, ok := types.Rescale(v.Int128(), int(from.Scale), int(t.Scale), int(t.Precision))
		return types.DecimalValue(n), ok
	case t.IsInteger() && from.Kind == types.Decimal:
		n, ok := types.DecimalTruncate(v.Int128(), int(from.Scale)).Int64()
		return types.Int64(wrapInteger(n, t.Kind)), ok
	case t.Kind == types.Double && from.IsInteger():
		return types.Float64(float64(v.I)), true
	case t.Kind == types.Double && from.Kind == types.Decimal:
		return types.Float64(types.DecimalToFloat64(v.Int128(), int(from.Precision), int(from.Scale))), true
	case from.Kind == t.Kind && t.Kind == types.Timestamp && from.Precision <= t.Precision:
		return v, true
	}
	return types.Value{}, false
}

// wrapInteger narrows as Java does: the high bits are lost.
func wrapInteger(n int64, k types.Kind) int64 {
	switch k {
	case types.TinyInt:
		return int64(int8(n))
	case types.SmallInt:
		return int64(int16(n))
	case types.Int:
		return int64(int32(n))
	}
	return n
}
