package plan

import (
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Aggregates whose result is more than a number or one extreme of the values: their types
// and arguments, as Flink's.

// collectedType derives the result's type and checks the arguments. STDDEV and VAR keep the
// type of their argument, as AVG does; what lists values may be NULL where a group may
// have none, but COLLECT is then empty.
func (b *binder) collectedType(x *sql.Call, name string, a *boundAggregate, global bool) bool {
	t := a.args[0].Type().Plain()
	null := !t.NotNull || global || a.filter != nil
	wrong := func(form string) bool {
		list := ""
		for i, arg := range a.args {
			if i > 0 {
				list += ", "
			}
			list += "<" + arg.Type().Plain().Nullable().String() + ">"
		}
		b.errorf(x, "Cannot apply '%s' to arguments of type '%s(%s)'. Supported form(s): %s", name, name, list, form)
		return false
	}
	if t.Kind == types.Null {
		b.errorf(x, "Illegal use of 'NULL'").Because("CAST(NULL AS INT) has a type")
		return false
	}
	switch a.fn {
	case VarPop, VarSamp, StddevPop, StddevSamp:
		if !t.IsNumeric() {
			return wrong("'" + name + "(<NUMERIC>)'")
		}
		if t.Kind == types.Decimal {
			p, s := types.AvgDecimalType(int(t.Precision), int(t.Scale))
			t = types.TDecimal(p, s)
		}
	case ListAgg:
		if !t.IsText() || t.IsBytes() || len(a.args) == 2 && !a.args[1].Type().IsText() {
			return wrong("'LISTAGG(<CHARACTER>)' 'LISTAGG(<CHARACTER>, <CHARACTER_LITERAL>)'")
		}
		a.separator = ","
		if len(a.args) == 2 {
			by, ok := a.args[1].(*Literal)
			if !ok {
				b.errorf(x, "Argument to function 'LISTAGG' must be a literal")
				return false
			}
			if by.Value.Null {
				b.errorf(x, "Argument to function 'LISTAGG' must not be NULL")
				return false
			}
			a.separator, a.args = by.Value.S, a.args[:1]
		}
	case ArrayAgg:
		t = arrayOf(t)
	case Collect:
		a.typ = types.Type{Kind: types.Multiset, Elem: &t}.Required()
		return true
	case Percentile:
		return b.percentileType(x, a, t, wrong)
	}
	a.typ = t.WithNull(null)
	return true
}

// percentileType checks PERCENTILE(value, percentage or an array of them [, frequency]).
func (b *binder) percentileType(x *sql.Call, a *boundAggregate, t types.Type, wrong func(string) bool) bool {
	const form = "'PERCENTILE(<NUMERIC>, <NUMERIC> or <ARRAY> [, <INTEGER>])'"
	if !t.IsNumeric() || a.distinct {
		return wrong(form)
	}
	by := a.args[1].Type().Plain()
	double := types.TDouble
	want := double
	a.typ = double
	switch {
	case by.Kind == types.Array && by.Elem.IsNumeric():
		want = arrayOf(double.Required())
		a.typ = arrayOf(double)
	case !by.IsNumeric():
		return wrong(form)
	}
	if l, ok := a.args[1].(*Literal); ok && !l.Value.Null && by.Kind == types.Decimal {
		if share := types.DecimalToFloat64(l.Value.Int128(), int(by.Precision), int(by.Scale)); share < 0 || share > 1 {
			b.errorf(x, "Percentage of PERCENTILE should be between [0.0, 1.0], but was '%s'", types.AppendFloat64(nil, share))
			return false
		}
	}
	if !by.Equal(want.WithNull(!by.NotNull)) {
		a.args[1] = &Cast{Typed: Typed{want.WithNull(!by.NotNull), a.args[1].Position()}, Arg: a.args[1], Implicit: true}
	}
	if len(a.args) == 3 {
		n := a.args[2].Type().Plain()
		if n.Kind != types.TinyInt && n.Kind != types.SmallInt && n.Kind != types.Int && n.Kind != types.BigInt {
			return wrong(form)
		}
	}
	return true
}

// jsonArrayAgg binds JSON_ARRAYAGG: its values are made JSON before they are collected.
func (b *binder) jsonArrayAgg(x *sql.JSONArray, s *scope) Expr {
	if len(x.OrderBy) > 0 {
		b.refuse(x, "ORDER BY on JSON_ARRAYAGG")
		return bad(x)
	}
	return b.jsonAggregate(x, s, boundAggregate{fn: JSONArrayAgg, nulls: x.OnNull == "NULL"}, x.Items[0])
}

// jsonObjectAgg binds JSON_OBJECTAGG.
func (b *binder) jsonObjectAgg(x *sql.JSONObject, s *scope) Expr {
	e := x.Entries[0]
	return b.jsonAggregate(x, s, boundAggregate{fn: JSONObjectAgg, nulls: x.OnNull != "ABSENT"}, e.Key, e.Value)
}

func (b *binder) jsonAggregate(x sql.Node, s *scope, a boundAggregate, args ...sql.Expr) Expr {
	if !b.aggregatesIn(x, s) {
		return bad(x)
	}
	s.inAggregate = true
	defer func() { s.inAggregate = false }()
	for _, arg := range args {
		a.args = append(a.args, b.value(arg, s))
	}
	if anyBad(a.args...) {
		return bad(x)
	}
	if a.fn == JSONObjectAgg && !a.args[0].Type().IsText() {
		b.errorf(x, "Cannot apply 'JSON_OBJECTAGG' to arguments of type 'JSON_OBJECTAGG(<%s>, <%s>)'. Supported form(s): 'JSON_OBJECTAGG(<CHARACTER>, <ANY>)'",
			a.args[0].Type().Plain().Nullable(), a.args[1].Type().Plain().Nullable())
		return bad(x)
	}
	last := len(a.args) - 1
	if a.args[last] = b.callJSON(x, "JSON_STRING", a.args[last]); anyBad(a.args[last]) {
		return bad(x)
	}
	a.typ = types.Type{Kind: types.VarChar, Precision: 2000}.Required()
	return &aggregateRef{Typed{a.typ, x.Pos()}, s.grouped.add(a)}
}

func arrayOf(elem types.Type) types.Type { return types.Type{Kind: types.Array, Elem: &elem} }
