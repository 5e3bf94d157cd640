package sql

// Expressions are parsed by climbing operator precedences:
//
//  1. an operand is read: prefix operators, then a primary, then its [i] and .field;
//  2. while the operator that follows binds to its left at least as strongly as asked
//     for, it is taken, its right operand is read asking for its right strength, and both become
//     the new left operand;
//  3. BETWEEN reads its lower bound up to the AND that belongs to it, however weak
//     the operators before that AND are.
//
// The strengths are those of Flink's (Calcite's) operators.
const (
	strengthMultisetUnion     = 12
	strengthMultisetIntersect = 14
	strengthOr                = 22
	strengthAnd               = 24
	strengthNot               = 26
	strengthPostfix           = 28 // IS ..., FORMAT JSON
	strengthCompare           = 30
	strengthIn                = 32 // IN, BETWEEN, LIKE, quantified comparison
	strengthAdd               = 40
	strengthExists            = 40
	strengthMultiply          = 60
	strengthSign              = 80
)

// comparisons are the operators that ANY, SOME and ALL may follow.
var comparisons = map[string]BinaryOp{
	"=": OpEqual, "<>": OpNotEqual,
	"<": OpLess, "<=": OpLessEqual, ">": OpGreater, ">=": OpGreaterEqual,
}

// expr parses any expression.
func (p *parser) expr() Expr { return p.climb(0, false) }

// exprWithoutQuery parses an expression that must not begin with a query in
// parentheses, as the grammar wants it for computed columns, watermarks and the like.
func (p *parser) exprWithoutQuery() Expr {
	p.noQueryAt = p.pos
	return p.expr()
}

// exprs parses expressions with commas between them.
func (p *parser) exprs() []Expr {
	list := []Expr{p.expr()}
	for p.acceptSymbol(",") {
		list = append(list, p.expr())
	}
	return list
}

// climb parses operators that bind at least as strongly as min. With stopAnd, an AND ends the expression:
// it belongs to a BETWEEN outside.
func (p *parser) climb(min int, stopAnd bool) Expr {
	p.nest()
	outer := p.height
	p.height = 0
	left := p.operand(stopAnd)
	for {
		next := p.operator(left, min, stopAnd)
		if next == nil {
			break
		}
		left = next
	}
	p.height = max(p.height, outer)
	p.leave()
	return left
}

// operand parses prefix operators and a primary.
func (p *parser) operand(stopAnd bool) Expr {
	t := p.tok()
	from := begin(t)
	prefix := func(op UnaryOp, strength int) Expr {
		p.pos++
		x := p.climb(strength+1, stopAnd)
		p.grow()
		return &Unary{p.since(from), op, x}
	}
	switch {
	case t.kind == tokSymbol && (t.keyword == "-" || t.keyword == "+"):
		x := prefix(UnaryOp(t.keyword), strengthSign).(*Unary)
		if lit, ok := x.X.(*Literal); ok && lit.Kind == NumberLiteral {
			return signed(x, lit)
		}
		return x
	case t.kind != tokWord:
	case t.keyword == "NOT":
		return prefix(OpNot, strengthNot)
	case t.keyword == "EXISTS":
		return prefix(OpExists, strengthExists)
	case t.keyword == "UNIQUE":
		return prefix(OpUnique, strengthExists)
	}
	x := p.primary()
	for {
		switch {
		case p.atSymbol("["):
			x = p.index(x)
		case p.atSymbol(".") && isIdent(p.peek(1)):
			p.pos++
			name := p.ident()
			if p.atSymbol("(") {
				p.fail(name.From, "calling a method of a value is not supported")
			}
			x = &Field{p.since(x.Pos()), x, name}
		default:
			return x
		}
		p.grow()
	}
}

// signed makes a sign part of the number behind it, so that the least INT is a literal.
func signed(sign *Unary, lit *Literal) Expr {
	text := lit.Text
	if sign.Op == OpMinus {
		if text[0] == '-' {
			text = text[1:]
		} else {
			text = "-" + text
		}
	}
	return &Literal{Span: sign.Span, Kind: NumberLiteral, Text: text, Whole: lit.Whole}
}

// index parses x[i] and x[OFFSET(i)].
func (p *parser) index(x Expr) Expr {
	p.expectSymbol("[")
	mode := p.acceptAny("OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL")
	i := p.expr()
	p.expectSymbol("]")
	return &Index{p.since(x.Pos()), x, mode, i}
}

// operator takes the operator behind left with its right operand, if it binds at
// least as strongly as min; else it gives nil.
func (p *parser) operator(left Expr, min int, stopAnd bool) Expr {
	t := p.tok()
	var x Expr
	switch t.kind {
	case tokSymbol:
		x = p.symbolOperator(left, t, min, stopAnd)
	case tokWord:
		if t.keyword != "" {
			x = p.wordOperator(left, t, min, stopAnd)
		}
	}
	if x != nil {
		p.grow()
	}
	return x
}

func (p *parser) symbolOperator(left Expr, t *token, min int, stopAnd bool) Expr {
	if t.keyword == "!=" {
		p.failHint(begin(t), "write <>", "Flink SQL has no operator !=")
	}
	if op, ok := comparisons[t.keyword]; ok {
		if q := p.peek(1); q.kind == tokWord && (q.keyword == "SOME" || q.keyword == "ANY" || q.keyword == "ALL") {
			if strengthIn < min {
				return nil
			}
			return p.quantified(left, op)
		}
		return p.binary(left, op, 1, strengthCompare, min, stopAnd)
	}
	switch t.keyword {
	case "+", "-":
		return p.binary(left, BinaryOp(t.keyword), 1, strengthAdd, min, stopAnd)
	case "*", "/", "%", "||":
		return p.binary(left, BinaryOp(t.keyword), 1, strengthMultiply, min, stopAnd)
	}
	return nil
}

// binary takes an infix operator of so many tokens.
func (p *parser) binary(left Expr, op BinaryOp, tokens, strength, min int, stopAnd bool) Expr {
	if strength < min {
		return nil
	}
	at := p.here()
	p.pos += tokens
	height := p.height
	p.height = 0
	right := p.climb(strength+1, stopAnd)
	p.height = max(height, p.height)
	return &Binary{Span{left.Pos(), right.End()}, op, at, left, right}
}

// wordBinaries are the infix operators of words, besides those that IS and NOT begin.
var wordBinaries = []struct {
	words    []string
	op       BinaryOp
	strength int
}{
	{[]string{"OR"}, OpOr, strengthOr},
	{[]string{"MEMBER", "OF"}, OpMemberOf, strengthCompare},
	{[]string{"SUBMULTISET", "OF"}, OpSubmultisetOf, strengthCompare},
	{[]string{"NOT", "SUBMULTISET", "OF"}, OpNotSubmultisetOf, strengthCompare},
	{[]string{"CONTAINS"}, OpContains, strengthCompare},
	{[]string{"OVERLAPS"}, OpOverlaps, strengthCompare},
	{[]string{"EQUALS"}, OpPeriodEquals, strengthCompare},
	{[]string{"PRECEDES"}, OpPrecedes, strengthCompare},
	{[]string{"SUCCEEDS"}, OpSucceeds, strengthCompare},
	{[]string{"IMMEDIATELY", "PRECEDES"}, OpImmediatelyPrecedes, strengthCompare},
	{[]string{"IMMEDIATELY", "SUCCEEDS"}, OpImmediatelySucceeds, strengthCompare},
	{[]string{"MULTISET", "UNION", "DISTINCT"}, OpMultisetUnionDistinct, strengthMultisetUnion},
	{[]string{"MULTISET", "UNION", "ALL"}, OpMultisetUnion, strengthMultisetUnion},
	{[]string{"MULTISET", "UNION"}, OpMultisetUnion, strengthMultisetUnion},
	{[]string{"MULTISET", "EXCEPT", "DISTINCT"}, OpMultisetExceptDist, strengthMultisetUnion},
	{[]string{"MULTISET", "EXCEPT", "ALL"}, OpMultisetExcept, strengthMultisetUnion},
	{[]string{"MULTISET", "EXCEPT"}, OpMultisetExcept, strengthMultisetUnion},
	{[]string{"MULTISET", "INTERSECT", "DISTINCT"}, OpMultisetIntersectDist, strengthMultisetIntersect},
	{[]string{"MULTISET", "INTERSECT", "ALL"}, OpMultisetIntersect, strengthMultisetIntersect},
	{[]string{"MULTISET", "INTERSECT"}, OpMultisetIntersect, strengthMultisetIntersect},
}

func (p *parser) wordOperator(left Expr, t *token, min int, stopAnd bool) Expr {
	switch t.keyword {
	case "AND":
		if stopAnd {
			return nil
		}
		return p.binary(left, OpAnd, 1, strengthAnd, min, stopAnd)
	case "IS":
		return p.is(left, min, stopAnd)
	case "FORMAT":
		return p.formatJSON(left, min)
	case "IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "SIMILAR":
		return p.predicate(left, t.keyword, false, min, stopAnd)
	case "NOT":
		switch next := p.peek(1); next.keyword {
		case "IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "SIMILAR":
			return p.predicate(left, next.keyword, true, min, stopAnd)
		}
	}
	for _, b := range wordBinaries {
		if b.words[0] == t.keyword && p.atSeq(b.words...) {
			return p.binary(left, b.op, len(b.words), b.strength, min, stopAnd)
		}
	}
	return nil
}

// isTests are the words that may follow IS [NOT], longest first.
var isTests = [][]string{
	{"A", "SET"}, {"NULL"}, {"TRUE"}, {"FALSE"}, {"UNKNOWN"}, {"EMPTY"},
	{"JSON", "VALUE"}, {"JSON", "OBJECT"}, {"JSON", "ARRAY"}, {"JSON", "SCALAR"}, {"JSON"},
}

// is parses IS [NOT] DISTINCT FROM, which is infix, and the postfix tests.
func (p *parser) is(left Expr, min int, stopAnd bool) Expr {
	if p.atSeq("IS", "DISTINCT", "FROM") {
		return p.binary(left, OpIsDistinctFrom, 3, strengthCompare, min, stopAnd)
	}
	if p.atSeq("IS", "NOT", "DISTINCT", "FROM") {
		return p.binary(left, OpIsNotDistinctFrom, 4, strengthCompare, min, stopAnd)
	}
	if strengthPostfix < min {
		return nil
	}
	p.pos++
	op := "IS"
	if p.accept("NOT") {
		op += " NOT"
	}
	for _, words := range isTests {
		if !p.acceptSeq(words...) {
			continue
		}
		for _, w := range words {
			op += " " + w
		}
		if len(words) == 1 && words[0] == "JSON" {
			op += " VALUE"
		}
		return &Unary{p.since(left.Pos()), UnaryOp(op), left}
	}
	p.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
	return nil
}

// formatJSON parses x FORMAT JSON [ENCODING UTF8|UTF16|UTF32]; the encoding has no effect in Flink.
func (p *parser) formatJSON(left Expr, min int) Expr {
	if strengthPostfix < min || !p.acceptSeq("FORMAT", "JSON") {
		return nil
	}
	if p.accept("ENCODING") {
		p.expectAny("UTF8", "UTF16", "UTF32")
	}
	return &Unary{p.since(left.Pos()), OpFormatJSON, left}
}

// predicate parses [NOT] IN, BETWEEN and the LIKEs.
func (p *parser) predicate(left Expr, word string, not bool, min int, stopAnd bool) Expr {
	strength := strengthIn
	if word != "IN" && word != "BETWEEN" {
		strength++ // the LIKEs associate to the right
	}
	if strength < min {
		return nil
	}
	if not {
		p.pos++
	}
	p.pos++
	height := p.height
	p.height = 0
	defer func() { p.height = max(height, p.height) }()
	switch word {
	case "IN":
		x := &In{X: left, Not: not}
		x.List, x.Query = p.listOrQuery()
		x.Span = p.since(left.Pos())
		return x
	case "BETWEEN":
		x := &Between{X: left, Not: not}
		x.Symmetric = p.acceptAny("SYMMETRIC", "ASYMMETRIC") == "SYMMETRIC"
		x.Low = p.climb(0, true)
		p.expect("AND")
		x.High = p.climb(strengthIn+1, stopAnd)
		x.Span = p.since(left.Pos())
		return x
	}
	x := &Like{X: left, Op: word, Not: not}
	if word == "SIMILAR" {
		p.expect("TO")
		x.Op = "SIMILAR TO"
	}
	x.Pattern = p.climb(strengthIn, stopAnd)
	if p.accept("ESCAPE") {
		x.Escape = p.operand(stopAnd)
	}
	x.Span = p.since(left.Pos())
	return x
}

// quantified parses the rest of x = ANY (...).
func (p *parser) quantified(left Expr, op BinaryOp) Expr {
	p.pos++
	x := &Quantified{X: left, Op: op, Quantifier: p.expectAny("SOME", "ANY", "ALL")}
	if x.Quantifier == "ANY" {
		x.Quantifier = "SOME"
	}
	height := p.height
	p.height = 0
	x.List, x.Query = p.listOrQuery()
	p.height = max(height, p.height)
	x.Span = p.since(left.Pos())
	return x
}

// listOrQuery parses (a, b, ...) or (query); a single query in more parentheses is still a query.
func (p *parser) listOrQuery() ([]Expr, *Query) {
	p.expectSymbol("(")
	list, query := p.insideParens()
	p.expectSymbol(")")
	if len(list) == 1 {
		if sub, ok := list[0].(*Subquery); ok {
			return nil, sub.Query
		}
	}
	return list, query
}

// insideParens parses what may stand between parentheses in an expression: a
// query, or expressions with commas between them.
func (p *parser) insideParens() ([]Expr, *Query) {
	if p.atQuery() {
		return nil, p.query()
	}
	first := p.exprOrDefault()
	if sub, ok := first.(*Subquery); ok && p.atQueryTail() {
		return nil, p.queryAfter(sub.Query)
	}
	list := []Expr{first}
	for p.acceptSymbol(",") {
		list = append(list, p.exprOrDefault())
	}
	return list, nil
}

// exprOrDefault parses an expression or DEFAULT, which only VALUES may have.
func (p *parser) exprOrDefault() Expr {
	if t := p.tok(); t.kind == tokWord && t.keyword == "DEFAULT" {
		from := p.here()
		p.pos++
		return &Default{p.since(from)}
	}
	return p.expr()
}
