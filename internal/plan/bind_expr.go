package plan

import (
	"strings"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// expr binds an expression over the columns of a scope.
func (b *binder) expr(x sql.Expr, s *scope) Expr {
	switch x := x.(type) {
	case *sql.Literal:
		return b.literal(x)
	case *sql.IntervalLiteral:
		return b.interval(x)
	case *sql.IntervalExpr:
		return b.intervalOf(x, s)
	case *sql.ColumnRef:
		return b.column(x, s)
	case *sql.Field:
		return b.fields(b.expr(x.X, s), []sql.Ident{x.Name}, x)
	case *sql.Unary:
		return b.unary(x, s)
	case *sql.Binary:
		return b.binary(x, s)
	case *sql.Between:
		return b.between(x, s)
	case *sql.In:
		return b.in(x, s)
	case *sql.Like:
		return b.like(x, s)
	case *sql.Case:
		return b.caseOf(x, s)
	case *sql.Cast:
		return b.cast(x, s)
	case *sql.Call:
		return b.call(x, s)
	case *sql.Row:
		return b.row(x, s)
	case *sql.Index:
		return b.index(x, s)
	case *sql.Quantified:
		return b.quantified(x, s)
	case *sql.DateMinus:
		return b.timeDiff(x, s)
	case *sql.Array:
		return b.array(x, s)
	case *sql.Map:
		return b.mapOf(x, s)
	case *sql.JSONExists, *sql.JSONValue, *sql.JSONQuery, *sql.JSONObject, *sql.JSONArray:
		return b.json(x, s)
	}
	b.refuse(x, describe(x))
	return bad(x)
}

// describe names a construct that expr does not know, for its refusal.
func describe(x sql.Expr) string {
	switch x.(type) {
	case *sql.Star:
		return "* outside of a SELECT list and COUNT(*)"
	case *sql.Subquery:
		return "a sub-query as a value"
	case *sql.Default:
		return "DEFAULT"
	case *sql.Multiset:
		return "MULTISET[...]"
	case *sql.DynamicParam:
		return "a parameter (?)"
	case *sql.NextValue:
		return "a sequence"
	case *sql.NamedArg:
		return "a named argument here"
	case *sql.Descriptor:
		return "DESCRIPTOR outside of a window function"
	}
	return "this expression"
}

// unaryTests are the postfix tests that make an IsTest.
var unaryTests = map[sql.UnaryOp]struct {
	test TestOp
	neg  bool
}{
	sql.OpIsNull: {TestNull, false}, sql.OpIsNotNull: {TestNull, true},
	sql.OpIsTrue: {TestTrue, false}, sql.OpIsNotTrue: {TestTrue, true},
	sql.OpIsFalse: {TestFalse, false}, sql.OpIsNotFalse: {TestFalse, true},
	sql.OpIsUnknown: {TestNull, false}, sql.OpIsNotUnknown: {TestNull, true},
}

func (b *binder) unary(x *sql.Unary, s *scope) Expr {
	if t, ok := unaryTests[x.Op]; ok {
		e := b.expr(x.X, s)
		if isBad(e) {
			return e
		}
		boolean := x.Op != sql.OpIsNull && x.Op != sql.OpIsNotNull
		if e.Type().Kind == types.Null {
			e = implicit(e, types.TBoolean)
		}
		if boolean && e.Type().Kind != types.Boolean {
			b.errorf(x, "Cannot apply '%s' to arguments of type '<%s> %s'", x.Op, e.Type(), x.Op).Because("it takes a BOOLEAN")
			return bad(x)
		}
		return &IsTest{Typed{types.TBoolean.Required(), x.Pos()}, t.test, t.neg, e}
	}
	if kind, ok := strings.CutPrefix(string(x.Op), "IS JSON "); ok {
		return b.apply(x, "IS JSON", []Expr{b.value(x.X, s), word(x, kind)}, "'"+string(x.Op)+"'")
	}
	if kind, ok := strings.CutPrefix(string(x.Op), "IS NOT JSON "); ok {
		e := b.apply(x, "IS JSON", []Expr{b.value(x.X, s), word(x, kind)}, "'"+string(x.Op)+"'")
		if isBad(e) {
			return e
		}
		return &Logic{Typed{e.Type(), x.Pos()}, Not, []Expr{e}}
	}
	switch x.Op {
	case sql.OpNot:
		e := b.boolean(x.X, s, "NOT")
		if isBad(e) {
			return e
		}
		return &Logic{Typed{e.Type().Plain(), x.Pos()}, Not, []Expr{e}}
	case sql.OpPlus, sql.OpMinus:
		e := b.value(x.X, s)
		t := e.Type()
		switch {
		case isBad(e) || x.Op == sql.OpPlus && t.IsNumeric():
			return e
		case t.IsNumeric() || t.Kind == types.IntervalDay || t.Kind == types.IntervalMonth:
			return &Negate{Typed{t.Plain(), x.Pos()}, e}
		}
		b.errorf(x, "Cannot apply '%s' to arguments of type '%s<%s>'", x.Op, x.Op, t).Because("it takes a number")
		return bad(x)
	case sql.OpExists, sql.OpUnique:
		b.refuse(x, string(x.Op)+" (sub-query)")
		return bad(x)
	}
	b.refuse(x, string(x.Op))
	return bad(x)
}

// boolean binds an operand of AND, OR and NOT.
func (b *binder) boolean(x sql.Expr, s *scope, op string) Expr {
	e := b.value(x, s)
	if !isBad(e) && e.Type().Kind != types.Boolean {
		b.errorf(x, "Cannot apply '%s' to an argument of type '<%s>'", op, e.Type()).Because("it takes a BOOLEAN")
		return bad(x)
	}
	return e
}

var comparisons = map[sql.BinaryOp]CompareOp{
	sql.OpEqual: Equal, sql.OpNotEqual: NotEqual, sql.OpLess: Less, sql.OpLessEqual: LessEqual,
	sql.OpGreater: Greater, sql.OpGreaterEqual: GreaterEqual,
	sql.OpIsDistinctFrom: DistinctFrom, sql.OpIsNotDistinctFrom: NotDistinctFrom,
}

var arithmetics = map[sql.BinaryOp]ArithmeticOp{
	sql.OpAdd: Add, sql.OpSubtract: Subtract, sql.OpMultiply: Multiply, sql.OpDivide: Divide, sql.OpModulo: Modulo,
}

func (b *binder) binary(x *sql.Binary, s *scope) Expr {
	if op, ok := comparisons[x.Op]; ok {
		return b.compare(x, op, b.expr(x.L, s), b.expr(x.R, s))
	}
	if op, ok := arithmetics[x.Op]; ok {
		return b.arithmetic(x, op, b.value(x.L, s), b.value(x.R, s))
	}
	switch x.Op {
	case sql.OpAnd, sql.OpOr:
		return b.logic(x, s)
	case sql.OpConcat:
		return b.concat(x, s)
	case sql.OpOverlaps:
		return b.overlaps(x, s)
	}
	b.refuse(x, string(x.Op))
	return bad(x)
}

func (b *binder) concat(x *sql.Binary, s *scope) Expr {
	l, r := b.value(x.L, s), b.value(x.R, s)
	if l.Type().IsBytes() || r.Type().IsBytes() {
		b.errorf(x, "Cannot apply '||' to arguments of type '<%s> || <%s>'", l.Type().Nullable(), r.Type().Nullable()).Because("it joins texts")
		return bad(x)
	}
	return b.apply(x, "||", []Expr{l, r}, "'||'")
}

// logic binds a chain of ANDs, or of ORs, as one node.
func (b *binder) logic(x *sql.Binary, s *scope) Expr {
	op := And
	if x.Op == sql.OpOr {
		op = Or
	}
	var operands []sql.Expr
	for l := sql.Expr(x); ; {
		c, ok := l.(*sql.Binary)
		if !ok || c.Op != x.Op {
			operands = append(operands, l)
			break
		}
		operands = append(operands, c.R)
		l = c.L
	}
	args := make([]Expr, len(operands))
	null := false
	for i := range operands {
		args[i] = b.boolean(operands[len(operands)-1-i], s, string(x.Op))
		null = null || !args[i].Type().NotNull
	}
	if anyBad(args...) {
		return bad(x)
	}
	return &Logic{Typed{types.TBoolean.WithNull(null), x.Pos()}, op, args}
}

// arithmetic binds + - * / % over numbers, and times and intervals.
func (b *binder) arithmetic(x sql.Node, op ArithmeticOp, l, r Expr) Expr {
	if anyBad(l, r) {
		return bad(x)
	}
	lt, rt := l.Type(), r.Type()
	if e := b.withInterval(x, op, l, r); e != nil {
		return e
	}
	if !lt.IsNumeric() || !rt.IsNumeric() {
		b.errorf(x, "Cannot apply '%s' to arguments of type '<%s> %s <%s>'", arithmeticText[op], lt.Nullable(), arithmeticText[op], rt.Nullable()).
			Because("both must be numbers; CAST(... AS ...) makes one of a text")
		return bad(x)
	}
	if op == Modulo && (lt.Kind >= types.Float || rt.Kind >= types.Float) {
		b.errorf(x, "Cannot apply '%%' to arguments of type '<%s> %% <%s>'. Supported form(s): '<EXACT_NUMERIC> %% <EXACT_NUMERIC>'", lt.Nullable(), rt.Nullable())
		return bad(x)
	}
	null := nullable(l, r)
	typed := func(t types.Type) Typed { return Typed{t.WithNull(null).Plain(), x.Pos()} }
	if lt.Kind < types.Float && rt.Kind < types.Float && (lt.Kind == types.Decimal || rt.Kind == types.Decimal) {
		dl, _ := types.DecimalOf(lt)
		dr, _ := types.DecimalOf(rt)
		if op == Modulo && rt.IsInteger() && dl.Scale == 0 {
			// As of two integers: the digits of the DECIMAL beyond those of a BIGINT are lost.
			return implicit(&Arithmetic{typed(types.TBigInt), op, implicit(l, types.TBigInt), implicit(r, types.TBigInt)}, rt)
		}
		p, sc := decimalResult(op, dl, dr)
		return &Arithmetic{typed(types.TDecimal(p, sc)), op, implicit(l, dl), implicit(r, dr)}
	}
	t := commonNumber(lt, rt)
	e := &Arithmetic{typed(t), op, implicit(l, t), implicit(r, t)}
	if op == Modulo && t.IsInteger() && !t.Same(rt) {
		// A remainder is smaller than the divisor, whose type it has.
		return implicit(e, rt)
	}
	return e
}

func decimalResult(op ArithmeticOp, l, r types.Type) (p, s int) {
	p1, s1, p2, s2 := int(l.Precision), int(l.Scale), int(r.Precision), int(r.Scale)
	switch op {
	case Multiply:
		return types.MulDecimalType(p1, s1, p2, s2)
	case Divide:
		return types.DivDecimalType(p1, s1, p2, s2)
	case Modulo:
		if s1 == 0 && s2 == 0 {
			return p2, 0
		}
		return types.ModDecimalType(p1, s1, p2, s2)
	}
	return types.AddDecimalType(p1, s1, p2, s2)
}

func (b *binder) like(x *sql.Like, s *scope) Expr {
	if b.reg.Functions.Find(x.Op) == nil {
		b.refuse(x, x.Op)
		return bad(x)
	}
	args := []Expr{b.value(x.X, s), b.value(x.Pattern, s)}
	if x.Escape != nil {
		args = append(args, b.value(x.Escape, s))
	}
	e := b.apply(x, x.Op, args, "'"+x.Op+"'")
	if x.Not && !isBad(e) {
		return &Logic{Typed{e.Type(), x.Pos()}, Not, []Expr{e}}
	}
	return e
}

// caseOf binds both forms of CASE.
func (b *binder) caseOf(x *sql.Case, s *scope) Expr {
	var operand Expr
	if x.Operand != nil {
		operand = b.expr(x.Operand, s)
	}
	var conditions, results []Expr
	for _, w := range x.Whens {
		var parts []Expr
		for _, c := range w.Conditions {
			if operand == nil {
				parts = append(parts, b.caseCondition(c, s))
			} else {
				parts = append(parts, b.compare(c, Equal, operand, b.expr(c, s)))
			}
		}
		cond := parts[0]
		if len(parts) > 1 && !anyBad(parts...) {
			cond = &Logic{Typed{types.TBoolean.WithNull(nullable(parts...)), w.Pos()}, Or, parts}
		}
		conditions = append(conditions, cond)
		results = append(results, b.expr(w.Result, s))
	}
	if x.Else != nil {
		results = append(results, b.expr(x.Else, s))
	} else {
		results = append(results, &Literal{Typed{types.TNull, x.Pos()}, types.NullValue})
	}
	return b.bounded(x, b.makeCase(x, conditions, results))
}

// caseCondition binds a condition of CASE WHEN, which may be a bare NULL.
func (b *binder) caseCondition(x sql.Expr, s *scope) Expr {
	if e := b.expr(x, s); e.Type().Kind == types.Null {
		return implicit(e, types.TBoolean)
	} else if !isBad(e) && e.Type().Kind != types.Boolean {
		b.errorf(x, "Expected a boolean type: the condition is of type %s", e.Type())
		return bad(x)
	} else {
		return e
	}
}

// makeCase gives all results their common type; the last one is the ELSE.
func (b *binder) makeCase(x sql.Node, conditions, results []Expr) Expr {
	if anyBad(conditions...) || anyBad(results...) {
		return bad(x)
	}
	kinds := make([]types.Type, len(results))
	for i, r := range results {
		kinds[i] = r.Type().Plain()
	}
	t, ok := commonType(kinds)
	if !ok {
		b.errorf(x, "Illegal mixing of types in CASE or COALESCE statement").Because("cast the results to one type")
		return bad(x)
	}
	if t.Kind == types.Null {
		b.errorf(x, "ELSE clause or at least one THEN clause must be non-NULL")
		return bad(x)
	}
	c := &Case{Typed: Typed{t, x.Pos()}}
	for i, cond := range conditions {
		c.Whens = append(c.Whens, When{cond, implicit(results[i], t)})
	}
	c.Else = implicit(results[len(results)-1], t)
	return c
}

func (b *binder) cast(x *sql.Cast, s *scope) Expr {
	if x.Func == "SAFE_CAST" {
		b.refuse(x, "SAFE_CAST").Because("write TRY_CAST")
		return bad(x)
	}
	if x.Format != nil {
		b.refuse(x, "CAST ... FORMAT")
		return bad(x)
	}
	e := b.expr(x.X, s)
	t, ok := catalog.ResolveType(b.ps, x.Type)
	if !ok || isBad(e) {
		return bad(x)
	}
	from := e.Type()
	if !castable(from, t) {
		b.errorf(x, "Cast function cannot convert value of type %s to type %s", from.Nullable(), t)
		return bad(x)
	}
	if from.Kind == types.Null {
		return &Literal{Typed{t.Nullable(), x.Pos()}, types.NullValue}
	}
	try := x.Func == "TRY_CAST"
	return &Cast{Typed: Typed{t.WithNull(try || !from.NotNull), x.Pos()}, Arg: e, Try: try}
}

func (b *binder) row(x *sql.Row, s *scope) Expr { return b.rowOf(x, s, b.value) }

// rowOf binds a row, each item by item.
func (b *binder) rowOf(x *sql.Row, s *scope, item func(sql.Expr, *scope) Expr) Expr {
	args := make([]Expr, len(x.Items))
	fields := make([]types.Field, len(x.Items))
	for i, it := range x.Items {
		args[i] = item(it, s)
		fields[i] = types.Field{Name: "EXPR$" + itoa(i), Type: args[i].Type().Plain()}
	}
	if anyBad(args...) {
		return bad(x)
	}
	return b.boundedType(x, &RowOf{Typed{types.TRow(fields...).Required(), x.Pos()}, args})
}

// upper is strings.ToUpper for names of functions.
func upper(s string) string { return strings.ToUpper(s) }
