package plan

import (
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Grouping. The items of a grouped SELECT are bound over the rows before grouping, with
// each aggregate call in its place as an aggregateRef. Then every part of an item that
// equals a grouping expression becomes that key's column, and a column that is left over
// is not being grouped.

// aggregates are the aggregate functions.
var aggregates = map[string]AggregateFunc{"COUNT": Count, "SUM": Sum, "AVG": Avg, "MIN": Min, "MAX": Max,
	"VAR_POP": VarPop, "VAR_SAMP": VarSamp, "VARIANCE": VarSamp, "STDDEV_POP": StddevPop, "STDDEV_SAMP": StddevSamp, "STDDEV": StddevSamp,
	"FIRST_VALUE": FirstValue, "LAST_VALUE": LastValue, "SINGLE_VALUE": SingleValue, "LISTAGG": ListAgg, "ARRAY_AGG": ArrayAgg,
	"COLLECT": Collect, "PERCENTILE": Percentile}

// aggregateRef stands for the result of an aggregate call while items are bound.
type aggregateRef struct {
	Typed
	index int
}

// boundAggregate is an aggregate call over the rows before grouping.
type boundAggregate struct {
	fn       AggregateFunc
	args     []Expr
	filter   Expr
	distinct bool
	typ      types.Type

	nulls     bool // see Aggregate
	separator string
}

// grouping collects the aggregate calls of a SELECT.
type grouping struct {
	groupingSets
	again  groupingSets // bound once more, over columns that may be NULL: as items see them
	global bool         // no GROUP BY: a group of all rows, which may be empty
	calls  []boundAggregate
	names  []string // of the items that are calls alone, else made up
	byText map[string]int
}

// key finds the grouping key that an expression is.
func (g *grouping) key(e Expr) (int, bool) {
	d := digest(e)
	for _, keys := range [][]Expr{g.keys, g.again.keys} {
		for i, k := range keys {
			if digest(k) == d {
				return i, true
			}
		}
	}
	return 0, false
}

// name calls an aggregate by the item that it is.
func (g *grouping) name(items []Expr, names []string) {
	g.names = make([]string, len(g.calls))
	for i, e := range items {
		if ref, ok := e.(*aggregateRef); ok && g.names[ref.index] == "" {
			g.names[ref.index] = names[i]
		}
	}
	for i := range g.names {
		if g.names[i] == "" {
			g.names[i] = "$f" + itoa(i)
		}
	}
}

// aggregateCall binds an aggregate call and answers a reference to it.
func (b *binder) aggregateCall(x *sql.Call, fn AggregateFunc, name string, s *scope) Expr {
	if !b.aggregatesIn(x, s) {
		return bad(x)
	}
	ignore := x.NullTreatment != "" && fn == ArrayAgg
	for what, there := range map[string]bool{"ORDER BY": len(x.OrderBy) > 0, "WITHIN GROUP": len(x.WithinGroup) > 0,
		"WITHIN DISTINCT": len(x.WithinDistinct) > 0, x.NullTreatment: x.NullTreatment != "" && !ignore,
		"SEPARATOR": x.Separator != nil} {
		if there {
			b.refuse(x, what+" on "+name)
			return bad(x)
		}
	}
	s.inAggregate = true
	defer func() { s.inAggregate = false }()
	a := boundAggregate{fn: fn, distinct: x.Quantifier == "DISTINCT"}
	star := false
	for _, arg := range x.Args {
		if st, ok := arg.(*sql.Star); ok && st.Qualifier == nil && fn == Count {
			star = true
			continue
		}
		a.args = append(a.args, b.value(arg, s))
	}
	if x.Filter != nil {
		clause := s.clause
		s.clause = "FILTER clause"
		a.filter = b.condition(x.Filter, s)
		s.clause = clause
		if isBad(a.filter) {
			return bad(x)
		}
	}
	if anyBad(a.args...) {
		return bad(x)
	}
	if star && (len(x.Args) > 1 || a.distinct) || len(x.Args) == 0 {
		b.errorf(x, "Invalid number of arguments to function '%s'. Was expecting 1 arguments", name)
		return bad(x)
	}
	switch {
	case fn == ListAgg && len(a.args) == 2 || fn == Percentile && (len(a.args) == 2 || len(a.args) == 3):
	case fn == Percentile:
		b.errorf(x, "Invalid number of arguments to function '%s'. Was expecting 2 or 3 arguments", name)
		return bad(x)
	case len(a.args) > 1 && fn == Count:
		b.refuse(x, "COUNT of more than one field")
		return bad(x)
	case len(a.args) > 1:
		b.errorf(x, "Invalid number of arguments to function '%s'. Was expecting 1 arguments", name)
		return bad(x)
	}
	a.nulls = fn == SingleValue || fn == ArrayAgg && x.NullTreatment != "IGNORE NULLS"
	typed := b.aggregateType
	if fn >= VarPop {
		typed = b.collectedType
	}
	if !typed(x, name, &a, s.grouped.global) {
		return bad(x)
	}
	return &aggregateRef{Typed{a.typ, x.Pos()}, s.grouped.add(a)}
}

// aggregatesIn tells whether an aggregate may stand here.
func (b *binder) aggregatesIn(x sql.Node, s *scope) bool {
	switch {
	case s.inAggregate:
		b.errorf(x, "Aggregate expressions cannot be nested")
		return false
	case s.grouped == nil:
		clause := s.clause
		if clause == "" {
			clause = "this"
		}
		b.errorf(x, "Aggregate expression is illegal in %s", clause).Because("conditions on aggregates go to HAVING")
		return false
	}
	return true
}

// aggregateType derives the result's type, as Flink's: SUM keeps the type of its
// argument (of a DECIMAL(p, s) it is DECIMAL(38, s)), AVG too, COUNT is never NULL, and
// the others may be NULL where a group may have no value: without GROUP BY, with FILTER,
// or of an argument that may be NULL.
func (b *binder) aggregateType(x *sql.Call, name string, a *boundAggregate, global bool) bool {
	if a.fn == Count {
		// COUNT of what cannot be NULL counts rows.
		if len(a.args) == 1 && a.args[0].Type().NotNull && !a.distinct {
			a.args = nil
		}
		a.typ = types.TBigInt.Required()
		return true
	}
	t := a.args[0].Type().Plain()
	null := !t.NotNull || global || a.filter != nil
	switch {
	case (a.fn == Sum || a.fn == Avg) && !t.IsNumeric():
		b.errorf(x, "Cannot apply '%s' to arguments of type '%s(<%s>)'. Supported form(s): '%s(<NUMERIC>)'", name, name, t.Nullable(), name)
		return false
	case a.fn == Sum && t.Kind == types.Decimal:
		p, s := types.SumDecimalType(int(t.Precision), int(t.Scale))
		t, null = types.TDecimal(p, s), true
	case a.fn == Avg && t.Kind == types.Decimal:
		p, s := types.AvgDecimalType(int(t.Precision), int(t.Scale))
		t, null = types.TDecimal(p, s), true
	case a.fn == Min || a.fn == Max:
		if t.Kind == types.Row || t.Kind == types.Array || t.Kind == types.Map || t.Kind == types.Multiset || t.IsBytes() {
			b.errorf(x, "%s aggregate function does not support type: '%s'", name, t.Kind)
			return false
		}
		// DISTINCT changes nothing of a least or greatest value.
		a.distinct = false
	}
	a.typ = t.WithNull(null)
	return true
}

// add enters a call, or finds an equal one.
func (g *grouping) add(a boundAggregate) int {
	key := itoa(int(a.fn)) + " " + a.separator
	if a.nulls {
		key += " NULLS"
	}
	if a.distinct {
		key += " DISTINCT"
	}
	for _, e := range a.args {
		key += " " + digest(e)
	}
	if a.filter != nil {
		key += " FILTER " + digest(a.filter)
	}
	if g.byText == nil {
		g.byText = map[string]int{}
	}
	if i, ok := g.byText[key]; ok {
		return i
	}
	g.calls = append(g.calls, a)
	g.byText[key] = len(g.calls) - 1
	return len(g.calls) - 1
}

// grouped is a finished grouping: it turns items bound over the rows before into items
// over the rows after.
type grouped struct {
	b    *binder
	rel  *aggregateRel
	keys map[string]int // digest of a grouping expression -> column
}

// group builds the aggregate over in: a projection that computes keys, arguments and
// filters, then the aggregate itself. A key that is an expression is called by the item
// that it is, if there is one.
func (b *binder) group(in rel, g *grouping, items []Expr, names []string, at sql.Span) *grouped {
	called := map[string]string{}
	for i, e := range items {
		called[digest(e)] = names[i]
	}
	p := &projectRel{input: in}
	position := map[string]int{}
	column := func(e Expr, name string) int {
		d := digest(e)
		if i, ok := position[d]; ok {
			return i
		}
		if c, ok := e.(*Column); ok {
			name = c.Name
		}
		p.exprs = append(p.exprs, e)
		p.cols = append(p.cols, types.Field{Name: uniqueName(p.cols, name), Type: e.Type()})
		position[d] = len(p.exprs) - 1
		return len(p.exprs) - 1
	}
	a := &aggregateRel{input: p, at: at}
	out := &grouped{b: b, rel: a, keys: map[string]int{}}
	for i, k := range g.keys {
		name := called[digest(k)]
		out.keys[digest(k)] = i
		if g.sets != nil && len(g.again.keys) > 0 {
			again := digest(g.again.keys[i])
			out.keys[again] = i
			if name == "" {
				name = called[again]
			}
		}
		if name == "" {
			name = "$k" + itoa(i)
		}
		a.keys = append(a.keys, column(k, name))
	}
	for i, c := range g.calls {
		agg := Aggregate{Func: c.fn, Filter: -1, Distinct: c.distinct, Type: c.typ, Name: g.names[i],
			Nulls: c.nulls, Separator: c.separator}
		for _, arg := range c.args {
			agg.Args = append(agg.Args, column(arg, "$x"+itoa(i)))
		}
		if c.filter != nil {
			agg.Filter = column(isTrue(c.filter), "$c"+itoa(i))
		}
		a.aggs = append(a.aggs, agg)
	}
	if g.sets != nil {
		a.input, a.keys = g.expand(p, a.keys)
	}
	finishAggregate(a)
	return out
}

// isTrue makes a condition that is never NULL.
func isTrue(e Expr) Expr {
	if e.Type().NotNull {
		return e
	}
	return &IsTest{Typed{types.TBoolean.Required(), e.Position()}, TestTrue, false, e}
}

func uniqueName(taken []types.Field, name string) string {
	free := func(n string) bool {
		for _, f := range taken {
			if f.Name == n {
				return false
			}
		}
		return true
	}
	for i, n := 0, name; ; i++ {
		if free(n) {
			return n
		}
		n = name + itoa(i)
	}
}

// refuse says that what a name means is not grouped.
func (g *grouped) refuse(e Expr) Expr {
	column, name := root(e)
	place := sql.Span{From: column.Pos, To: column.Pos}
	g.b.ps.Errorf(place, "Expression '%s' is not being grouped", name).
		Because("add it to GROUP BY, or aggregate it: MAX(" + name + ")")
	return &Literal{}
}

// root is the column that a column, or a field of one, is read from, and the name of all; "" if
// it is neither.
func root(e Expr) (*Column, string) {
	switch e := e.(type) {
	case *Column:
		return e, e.Name
	case *FieldOf:
		if c, name := root(e.Arg); name != "" {
			return c, name + "." + e.Arg.Type().Fields[e.Index].Name
		}
	}
	return nil, ""
}

// over turns an item into one over the grouped rows.
func (g *grouped) over(e Expr) Expr {
	if i, ok := g.keys[digest(e)]; ok {
		c := columnAt(g.rel.cols, i, g.rel.cols[i].Name)
		c.Pos = e.Position()
		return c
	}
	switch x := e.(type) {
	case *setRef:
		last := len(g.rel.keys) - 1
		return x.resolve(columnAt(g.rel.cols, last, g.rel.cols[last].Name))
	case *aggregateRef:
		i := len(g.rel.keys) + x.index
		c := columnAt(g.rel.cols, i, g.rel.cols[i].Name)
		c.Pos = x.Pos
		return c
	case *Column:
		return g.refuse(x)
	case *FieldOf:
		// A field of a row that is a key is none, as in Flink.
		if _, name := root(x); name != "" {
			return g.refuse(x)
		}
	}
	return mapChildren(e, g.over)
}
