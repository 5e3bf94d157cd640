package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

func itoa(i int) string { return strconv.Itoa(i) }

// call binds a function call: an aggregate, one of the few that are expressions of
// their own, or one of the registry.
func (b *binder) call(x *sql.Call, s *scope) Expr {
	if len(x.Name.Parts) > 1 {
		b.errorf(x.Name, "No match found for function signature %s", nameText(x.Name)).Because("functions of catalogs are not supported")
		return bad(x)
	}
	name := upper(x.Name.Parts[0].Name)
	if x.Over != nil {
		b.refuse(x, "OVER")
		return bad(x)
	}
	if f, ok := aggregates[name]; ok {
		return b.aggregateCall(x, f, name, s)
	}
	switch {
	case groupingFunctions[name]:
		return b.groupingCall(x, name, s)
	case refusedAggregates[name]:
		b.refuse(x, "the aggregate function "+name)
		return bad(x)
	case legacyWindows[name]:
		b.refuseLegacy(x, name)
		return bad(x)
	}
	if hint := nearest(name, knownAggregates); hint != "" && b.reg.Functions.Find(name) == nil && (aggregateClause(x) != "" || hasStar(x)) {
		b.errorf(x.Name, "No match found for function signature %s", name).Because(hint)
		return bad(x)
	}
	if clause := aggregateClause(x); clause != "" {
		b.refuse(x, clause+" on "+name)
		return bad(x)
	}
	switch name {
	case "PROCTIME":
		if len(x.Args) > 0 {
			b.errorf(x, "Invalid number of arguments to function 'PROCTIME'. Was expecting 0 arguments")
			return bad(x)
		}
		t := types.TTimestampLTZ(3).Required()
		t.Time = types.Proctime
		return &Proctime{Typed{t, x.Pos()}}
	case "COALESCE", "IFNULL", "NULLIF", "IF":
		return b.bounded(x, b.conditional(x, name, s))
	case "MOD":
		if len(x.Args) == 2 {
			return b.arithmetic(x, Modulo, b.value(x.Args[0], s), b.value(x.Args[1], s))
		}
	case "JSON":
		b.errorf(x, "The JSON() function is currently only supported inside JSON_ARRAY() or as the VALUE param of JSON_OBJECT()").
			Because("JSON_OBJECT('a' VALUE JSON('{}'))")
		return bad(x)
	case "ROW":
		return b.row(&sql.Row{Span: x.Span, Items: x.Args}, s)
	}
	args, ok := b.args(x, name, s)
	if !ok {
		return bad(x)
	}
	return b.apply(x, name, args, "'"+name+"'")
}

// args binds the arguments of a call of the registry.
func (b *binder) args(x *sql.Call, name string, s *scope) ([]Expr, bool) {
	f := b.reg.Functions.Find(name)
	args := make([]Expr, len(x.Args))
	for i, a := range x.Args {
		switch a := a.(type) {
		case *sql.Symbol:
			args[i] = word(a, a.Name)
		case *sql.NamedArg:
			b.refuse(a, "a named argument of "+name)
			return nil, false
		default:
			if f != nil && f.BareNull {
				args[i] = b.expr(a, s)
			} else {
				args[i] = b.value(a, s)
			}
		}
	}
	return args, true
}

// word is a keyword as the argument of a function.
func word(at sql.Node, w string) Expr {
	return &Literal{Typed{types.Type{Kind: types.Char, Precision: int32(len(w)), NotNull: true}, at.Pos()}, types.Text(w)}
}

// refuseLegacy refuses a function of group windows.
func (b *binder) refuseLegacy(x sql.Node, name string) {
	b.refuse(x, "the group window function "+name).
		Because("use the window table-valued function: FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end")
}

// aggregateClause names a clause that only aggregates may have, if the call has one.
func aggregateClause(x *sql.Call) string {
	switch {
	case x.Quantifier != "":
		return x.Quantifier
	case x.Filter != nil:
		return "FILTER"
	case len(x.OrderBy) > 0:
		return "ORDER BY"
	case len(x.WithinGroup) > 0:
		return "WITHIN GROUP"
	case len(x.WithinDistinct) > 0:
		return "WITHIN DISTINCT"
	case x.NullTreatment != "":
		return x.NullTreatment
	case x.Running != "":
		return x.Running
	}
	return ""
}

// knownAggregates are what a call that can only be one of an aggregate may be meant for.
var knownAggregates = slices.Sorted(maps.Keys(aggregates))

// hasStar tells of f(*).
func hasStar(x *sql.Call) bool {
	for _, a := range x.Args {
		if _, ok := a.(*sql.Star); ok {
			return true
		}
	}
	return false
}

// apply calls a function of the registry over bound arguments, which are implicitly
// cast to what its signature takes.
func (b *binder) apply(x sql.Node, name string, args []Expr, called string) Expr {
	if anyBad(args...) {
		return bad(x)
	}
	f := b.reg.Functions.Find(name)
	if f == nil && refusedFunctions[name] {
		b.refuse(x, "the function "+name)
		return bad(x)
	}
	if f == nil {
		kinds := make([]string, len(args))
		for i, a := range args {
			kinds[i] = a.Type().Nullable().String()
		}
		at := x
		if c, ok := x.(*sql.Call); ok {
			at = c.Name
		}
		known := append(b.reg.Functions.Names(), "COUNT", "SUM", "AVG", "MIN", "MAX", "COALESCE", "NULLIF", "IF", "IFNULL", "PROCTIME", "MOD", "CAST", "TRY_CAST")
		b.errorf(at, "No match found for function signature %s(%s)", name, strings.Join(kinds, ", ")).Because(nearest(name, known))
		return bad(x)
	}
	described := make([]function.Arg, len(args))
	for i, a := range args {
		described[i].Type = a.Type().Plain()
		switch a := a.(type) {
		case *Literal:
			described[i].Literal = &a.Value
		case *Call:
			described[i].Call = a.Function.Name
		}
	}
	sig, err := f.Bind(described)
	if err != nil {
		kinds := make([]string, len(args))
		for i, a := range args {
			kinds[i] = "<" + a.Type().Nullable().String() + ">"
		}
		b.errorf(x, "Cannot apply %s to arguments of type '%s(%s)': %v", called, name, strings.Join(kinds, ", "), err).Because(strings.Join(f.Syntax, "; "))
		return bad(x)
	}
	cast := make([]Expr, len(args))
	for i, a := range args {
		cast[i] = implicit(a, sig.Params[i])
	}
	return &Call{Typed{sig.Result, x.Pos()}, f, sig, cast}
}

// conditional binds the functions that are CASEs: their arguments are evaluated only
// where they are needed.
func (b *binder) conditional(x *sql.Call, name string, s *scope) Expr {
	args := make([]Expr, len(x.Args))
	for i, a := range x.Args {
		if name == "IF" && i == 0 {
			args[i] = b.boolean(a, s, "IF")
			continue
		}
		args[i] = b.expr(a, s)
	}
	want := map[string]int{"IFNULL": 2, "NULLIF": 2, "IF": 3}[name]
	if want > 0 && len(args) != want || len(args) == 0 {
		n := itoa(want)
		if want == 0 {
			n = "1 or more"
		}
		b.errorf(x, "Invalid number of arguments to function '%s'. Was expecting %s arguments", name, n)
		return bad(x)
	}
	if anyBad(args...) {
		return bad(x)
	}
	switch name {
	case "IF":
		for i, a := range args[1:] {
			if a.Type().Kind == types.Null {
				b.errorf(x.Args[i+1], "Illegal use of 'NULL'").Because("give it a type: CAST(NULL AS INT)")
				return bad(x)
			}
		}
		e := b.makeCase(x, args[:1], args[1:])
		if c, ok := e.(*Case); ok && !args[0].Type().NotNull {
			// Flink's IF may be NULL where its condition may be.
			c.T.NotNull = false
		}
		return e
	case "NULLIF":
		eq := b.compare(x, Equal, args[0], args[1])
		if isBad(eq) {
			return eq
		}
		null := &Literal{Typed{types.TNull, x.Pos()}, types.NullValue}
		return b.makeCase(x, []Expr{eq}, []Expr{null, args[0]})
	}
	return b.coalesce(x, args)
}

// coalesce is the first argument that is not NULL.
func (b *binder) coalesce(x sql.Node, args []Expr) Expr {
	kinds := make([]types.Type, len(args))
	notNull := false
	for i, a := range args {
		kinds[i] = a.Type().Plain()
		notNull = notNull || a.Type().NotNull
	}
	t, ok := merged(kinds)
	if !ok || t.Kind == types.Null {
		b.errorf(x, "Invalid function call: COALESCE takes arguments of one common type").Because("cast them to one type")
		return bad(x)
	}
	t.NotNull = notNull
	if len(args) == 1 {
		return implicit(args[0], t)
	}
	c := &Case{Typed: Typed{t, x.Pos()}}
	for i, a := range args {
		if i == len(args)-1 || a.Type().NotNull {
			c.Else = implicit(a, t)
			break
		}
		if a.Type().Kind == types.Null {
			continue
		}
		test := &IsTest{Typed{types.TBoolean.Required(), x.Pos()}, TestNull, true, a}
		c.Whens = append(c.Whens, When{test, implicit(a, t)})
	}
	if len(c.Whens) == 0 {
		return c.Else
	}
	return c
}
