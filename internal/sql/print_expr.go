package sql

import "strings"

// expr prints an expression. All operators stand in parentheses, so that the text needs no precedences.
func (p *printer) expr(x Expr) {
	switch x := x.(type) {
	case *Literal:
		p.literal(x)
	case *IntervalLiteral:
		p.s("INTERVAL ")
		if x.Negative {
			p.s("-")
		}
		p.string(x.Text)
		p.s(" ")
		p.intervalUnit(x.Unit)
	case *ColumnRef:
		p.name(x.Name)
	case *Star:
		if x.Qualifier != nil {
			p.name(*x.Qualifier)
			p.s(".")
		}
		p.s("*")
	case *Call:
		p.call(x)
	case *Cast:
		p.cast(x)
	case *Subquery:
		p.inParens(x.Query)
	case *Symbol:
		p.symbol(x)
	case *Default:
		p.s("DEFAULT")
	case *NamedArg:
		p.ident(x.Name)
		p.s(" => ")
		p.side(x.Value)
	case *TableArg:
		p.tableArg(x)
	case *ModelArg:
		p.s("MODEL ")
		p.name(x.Name)
	case *Descriptor:
		p.s("DESCRIPTOR(")
		p.idents(x.Columns)
		p.s(")")
	case *Index:
		p.expr(x.X)
		p.s("[")
		if x.Mode != "" {
			p.s(x.Mode, "(")
		}
		p.expr(x.I)
		if x.Mode != "" {
			p.s(")")
		}
		p.s("]")
	case *DynamicParam:
		p.s("?")
	case *JSONExists, *JSONValue, *JSONQuery, *JSONObject, *JSONArray:
		p.json(x)
	case *Unary:
		if x.Op == OpFormatJSON {
			p.expr(x.X)
			p.s(" FORMAT JSON")
			return
		}
		p.parens(x)
	default:
		p.parens(x)
	}
}

// parens prints an operator in parentheses.
func (p *printer) parens(x Expr) {
	p.s("(")
	p.operator(x)
	p.s(")")
}

// side prints an operand. What binds less strongly than any operator without being one
// gets parentheses there.
func (p *printer) side(x Expr) {
	loose := false
	switch x := x.(type) {
	case *Call:
		loose = x.Over == nil && x.WithinDistinct == nil && (x.Filter != nil || x.NullTreatment != "")
	case *Unary:
		loose = x.Op == OpFormatJSON
	}
	parens(p, loose, func() { p.expr(x) })
}

func (p *printer) operator(x Expr) {
	switch x := x.(type) {
	case *Unary:
		if strings.HasPrefix(string(x.Op), "IS") {
			p.side(x.X)
			p.s(" ", string(x.Op))
			return
		}
		p.s(string(x.Op), " ")
		p.side(x.X)
	case *Binary:
		p.binary(x)
	case *Between:
		p.side(x.X)
		p.s(not(x.Not), " BETWEEN ")
		if x.Symmetric {
			p.s("SYMMETRIC ")
		} else {
			p.s("ASYMMETRIC ")
		}
		p.expr(x.Low)
		p.s(" AND ")
		p.side(x.High)
	case *In:
		p.side(x.X)
		p.s(not(x.Not), " IN ")
		p.listOrQuery(x.List, x.Query)
	case *Like:
		p.side(x.X)
		p.s(not(x.Not), " ", x.Op, " ")
		p.side(x.Pattern)
		if x.Escape != nil {
			p.s(" ESCAPE ")
			p.expr(x.Escape)
		}
	case *Quantified:
		p.side(x.X)
		p.s(" ", string(x.Op), " ", x.Quantifier, " ")
		p.listOrQuery(x.List, x.Query)
	case *Case:
		p.caseExpr(x)
	case *Row:
		p.s("ROW(")
		p.exprs(x.Items)
		p.s(")")
	case *Array:
		p.collection("ARRAY", x.Items, x.Query)
	case *Map:
		p.collection("MAP", x.Items, x.Query)
	case *Multiset:
		p.collection("MULTISET", x.Items, x.Query)
	case *Field:
		p.field(x)
	case *IntervalExpr:
		p.intervalExpr(x)
	case *DateMinus:
		p.s("(")
		p.expr(x.L)
		p.s(" - ")
		p.expr(x.R)
		p.s(") ")
		p.intervalUnit(x.Unit)
	case *NextValue:
		if x.Current {
			p.s("CURRENT")
		} else {
			p.s("NEXT")
		}
		p.s(" VALUE FOR ")
		p.name(x.Sequence)
	}
}

func not(b bool) string {
	if b {
		return " NOT"
	}
	return ""
}

// binary prints a chain of operators down its left side without recursion: it may be long.
func (p *printer) binary(x *Binary) {
	var chain []*Binary
	left := Expr(x)
	for {
		b, ok := left.(*Binary)
		if !ok {
			break
		}
		chain = append(chain, b)
		left = b.L
	}
	p.s(strings.Repeat("(", len(chain)-1))
	p.period(chain[len(chain)-1].Op, left)
	for i := len(chain) - 1; i >= 0; i-- {
		b := chain[i]
		p.s(" ", string(b.Op), " ")
		p.period(b.Op, b.R)
		if i > 0 {
			p.s(")")
		}
	}
}

// period prints an operand; a row that is a period is written so.
func (p *printer) period(op BinaryOp, x Expr) {
	row, ok := x.(*Row)
	switch op {
	case OpOverlaps, OpContains, OpPeriodEquals, OpPrecedes, OpSucceeds, OpImmediatelyPrecedes, OpImmediatelySucceeds:
		if ok && len(row.Items) == 2 {
			p.s("PERIOD (")
			p.exprs(row.Items)
			p.s(")")
			return
		}
	}
	p.side(x)
}

func (p *printer) listOrQuery(items []Expr, q *Query) {
	if q != nil {
		p.inParens(q)
		return
	}
	p.s("(")
	p.exprs(items)
	p.s(")")
}

func (p *printer) caseExpr(x *Case) {
	p.s("CASE")
	if x.Operand != nil {
		p.s(" ")
		p.expr(x.Operand)
	}
	for _, w := range x.Whens {
		p.s(" WHEN ")
		p.exprs(w.Conditions)
		p.s(" THEN ")
		p.expr(w.Result)
	}
	p.s(" ELSE ")
	p.expr(x.Else)
	p.s(" END")
}

func (p *printer) collection(word string, items []Expr, q *Query) {
	p.s(word)
	if q != nil {
		p.s(" (")
		p.inParens(q)
		p.s(")")
		return
	}
	p.s("[")
	p.exprs(items)
	p.s("]")
}

// field prints x.name. A plain name gets parentheses, or the two would be one name.
func (p *printer) field(x *Field) {
	if _, ok := x.X.(*ColumnRef); ok {
		p.s("(")
		p.expr(x.X)
		p.s(")")
	} else {
		p.expr(x.X)
	}
	p.s(".")
	p.ident(x.Name)
}

func (p *printer) intervalExpr(x *IntervalExpr) {
	p.s("INTERVAL ")
	switch amount := x.X.(type) {
	case *Literal:
		if amount.Kind == NumberLiteral {
			p.literal(amount)
			break
		}
		p.s("(")
		p.literal(amount)
		p.s(")")
	case *ColumnRef:
		p.expr(amount)
	case *Unary, *Binary, *Case:
		p.expr(amount)
	default:
		p.s("(")
		p.expr(amount)
		p.s(")")
	}
	p.s(" ")
	p.intervalUnit(x.Unit)
}

func (p *printer) cast(x *Cast) {
	if x.Func != "CAST" {
		p.s("(")
		defer p.s(")")
	}
	p.s(x.Func, "(")
	p.expr(x.X)
	p.s(" AS ")
	p.typeName(x.Type)
	p.s(")")
}

// ---- calls ----

// symbol prints a keyword, or a name where a keyword might have stood.
func (p *printer) symbol(x *Symbol) {
	if keywords, ok := keywordNames[x.Name]; ok && keywords == x.Name || strings.HasPrefix(x.Name, "WEEK_") {
		if day, ok := strings.CutPrefix(x.Name, "WEEK_"); ok {
			p.s("WEEK(", day, ")")
			return
		}
		p.s(x.Name)
		return
	}
	p.ident(Ident{Name: x.Name})
}

func (p *printer) call(c *Call) {
	parens := c.Over != nil || c.WithinDistinct != nil || c.Special && parenthesizedFunctions[c.Name.Parts[0].Name]
	if parens {
		p.s("(")
	}
	if c.Running != "" {
		p.s(c.Running, " ")
	}
	p.functionName(c)
	if !c.NoParens {
		p.s("(")
		p.arguments(c)
		p.s(")")
	}
	if c.NullTreatment != "" {
		p.s(" ", c.NullTreatment)
	}
	if c.WithinDistinct != nil {
		p.s(" WITHIN DISTINCT (")
		p.exprs(c.WithinDistinct)
		p.s(")")
	}
	if c.WithinGroup != nil {
		p.s(" WITHIN GROUP (ORDER BY ")
		p.orderItems(c.WithinGroup)
		p.s(")")
	}
	if c.Filter != nil {
		p.s(" FILTER (WHERE ")
		p.expr(c.Filter)
		p.s(")")
	}
	if c.Over != nil {
		p.s(" OVER ")
		p.windowSpec(*c.Over)
	}
	if parens {
		p.s(")")
	}
}

// parenthesizedFunctions are those that Flink's text treats as operators.
var parenthesizedFunctions = wordSet("CLASSIFIER MATCH_NUMBER DATE_TRUNC")

func (p *printer) functionName(c *Call) {
	if c.Special || len(c.Name.Parts) == 1 && !c.Name.Parts[0].Quoted && standardFunctions[c.Name.Parts[0].Name] {
		p.s(c.Name.Parts[0].Name)
		return
	}
	p.name(c.Name)
}

// arguments prints what stands between the parentheses of a call.
func (p *printer) arguments(c *Call) {
	if c.Special && p.wordArguments(c) {
		return
	}
	if c.Quantifier != "" {
		p.s(c.Quantifier, " ")
	}
	p.exprs(c.Args)
	if c.OrderBy != nil {
		p.s(" ORDER BY ")
		p.orderItems(c.OrderBy)
	}
	if c.Separator != nil {
		p.s(" SEPARATOR ")
		p.literal(c.Separator)
	}
}

// wordArguments prints the arguments of the functions that have words between them.
func (p *printer) wordArguments(c *Call) bool {
	var words []string
	switch c.Name.Parts[0].Name {
	case "TRIM":
		words = []string{" ", " FROM "}
	case "EXTRACT":
		words = []string{" FROM "}
	case "POSITION":
		words = []string{" IN ", " FROM "}
	case "OVERLAY":
		words = []string{" PLACING ", " FROM ", " FOR "}
	case "FLOOR", "CEIL":
		words = []string{" TO "}
	case "TRANSLATE":
		if len(c.Args) != 2 {
			return false
		}
		if _, ok := c.Args[1].(*Symbol); !ok {
			return false
		}
		words = []string{" USING "}
	default:
		return false
	}
	for i, a := range c.Args {
		if i > 0 {
			p.s(words[i-1])
		}
		p.expr(a)
	}
	return true
}

func (p *printer) tableArg(x *TableArg) {
	if x.Table != nil {
		p.s("(TABLE ")
		p.name(x.Table.Name)
		p.s(")")
	} else {
		p.inParens(x.Query)
	}
	if x.PartitionBy != nil {
		p.s(" PARTITION BY ")
		parens(p, len(x.PartitionBy) > 1, func() { p.exprs(x.PartitionBy) })
	}
	if x.OrderBy != nil {
		p.s(" ORDER BY ")
		parens(p, len(x.OrderBy) > 1, func() { p.orderItems(x.OrderBy) })
	}
}

// parens prints, in parentheses if so asked.
func parens(p *printer, yes bool, print func()) {
	if yes {
		p.s("(")
	}
	print()
	if yes {
		p.s(")")
	}
}

// ---- JSON ----

func (p *printer) json(x Expr) {
	switch x := x.(type) {
	case *JSONExists:
		p.s("JSON_EXISTS(")
		p.exprs([]Expr{x.Input, x.Path})
		p.behavior(x.OnError, "ERROR")
	case *JSONValue:
		p.s("JSON_VALUE(")
		p.exprs([]Expr{x.Input, x.Path})
		p.returning(x.Returning)
		p.behavior(x.OnEmpty, "EMPTY")
		p.behavior(x.OnError, "ERROR")
	case *JSONQuery:
		p.s("JSON_QUERY(")
		p.exprs([]Expr{x.Input, x.Path})
		p.returning(x.Returning)
		p.s(" ", x.Wrapper, " WRAPPER")
		p.behavior(x.OnEmpty, "EMPTY")
		p.behavior(x.OnError, "ERROR")
	case *JSONObject:
		p.jsonObject(x)
	case *JSONArray:
		p.jsonArray(x)
		return
	}
	p.s(")")
}

func (p *printer) returning(t *TypeName) {
	if t != nil {
		p.s(" RETURNING ")
		p.typeName(t)
	}
}

func (p *printer) behavior(b JSONBehavior, on string) {
	if b.Kind == "" {
		return
	}
	p.s(" ", b.Kind)
	if b.Value != nil {
		p.s(" ")
		p.expr(b.Value)
	}
	p.s(" ON ", on)
}

func (p *printer) jsonObject(x *JSONObject) {
	p.s("JSON_OBJECT")
	if x.Aggregate {
		p.s("AGG")
	}
	p.s("(")
	list(p, x.Entries, func(e JSONEntry) {
		p.s("KEY ")
		p.expr(e.Key)
		p.s(" VALUE ")
		p.expr(e.Value)
	})
	if len(x.Entries) > 0 {
		p.s(" ")
	}
	p.s(x.OnNull, " ON NULL")
}

func (p *printer) jsonArray(x *JSONArray) {
	p.s("JSON_ARRAY")
	if x.Aggregate {
		p.s("AGG")
	}
	p.s("(")
	p.exprs(x.Items)
	if len(x.Items) > 0 {
		p.s(" ", x.OnNull, " ON NULL")
	} else if x.OnNull != "ABSENT" {
		p.s(x.OnNull, " ON NULL")
	}
	p.s(")")
	if x.OrderBy != nil {
		p.s(" WITHIN GROUP (ORDER BY ")
		p.orderItems(x.OrderBy)
		p.s(")")
	}
}
