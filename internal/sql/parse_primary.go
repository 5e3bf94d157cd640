package sql

import (
	"strings"
)

// primary parses an operand without prefix operators: a literal, a name, a call, or
// something in brackets.
func (p *parser) primary() Expr {
	t := p.tok()
	switch t.kind {
	case tokInteger, tokDecimal, tokApprox:
		return p.number()
	case tokString, tokPrefixed, tokUnicode, tokEscaped, tokBinary:
		return p.stringLiteral()
	case tokSymbol:
		return p.symbolPrimary(t)
	case tokQuoted:
		return p.nameOrCall()
	case tokWord:
		if t.keyword == "" {
			return p.nameOrCall()
		}
		if x := p.keywordPrimary(t); x != nil {
			return x
		}
		if !t.reserved || reservedFunctions[t.keyword] && p.followedByParen() {
			return p.nameOrCall()
		}
		if p.atQuery() {
			p.failHint(begin(t), "put the query into parentheses", "a query is not allowed here")
		}
	}
	p.unexpected("an expression")
	return nil
}

func (p *parser) followedByParen() bool {
	t := p.peek(1)
	return t.kind == tokSymbol && t.keyword == "("
}

func (p *parser) symbolPrimary(t *token) Expr {
	from := begin(t)
	switch t.keyword {
	case "(":
		return p.parenthesized()
	case "?":
		p.pos++
		p.params++
		return &DynamicParam{p.since(from), p.params - 1}
	case "{":
		return p.braces()
	}
	p.unexpected("an expression")
	return nil
}

// parenthesized parses (x), (a, b), (query) and (a - b) DAY.
func (p *parser) parenthesized() Expr {
	from := p.here()
	refuse := p.noQueryAt == p.pos
	p.expectSymbol("(")
	if refuse {
		if p.atQuery() {
			p.fail(from, "a query is not allowed here")
		}
		p.noQueryAt = p.pos
	}
	list, query := p.insideParens()
	p.expectSymbol(")")
	switch {
	case query != nil:
		p.grow()
		return &Subquery{p.since(from), query}
	case len(list) > 1:
		p.grow()
		return &Row{p.since(from), list}
	}
	if _, ok := list[0].(*Default); ok {
		p.fail(list[0].Pos(), "DEFAULT is not allowed here")
	}
	if b, ok := list[0].(*Binary); ok && b.Op == OpSubtract && p.atIntervalUnit() {
		unit := p.intervalUnit()
		p.grow()
		return &DateMinus{p.since(from), b.L, b.R, unit}
	}
	return list[0]
}

// braces parses the JDBC literals {d '..'}, {t '..'} and {ts '..'}.
func (p *parser) braces() Expr {
	from := p.here()
	p.expectSymbol("{")
	var kind LiteralKind
	switch word := strings.ToUpper(p.text(p.tok())); word {
	case "D":
		kind = DateLiteral
	case "T":
		kind = TimeLiteral
	case "TS":
		kind = TimestampLiteral
	case "FN":
		p.fail(from, "{fn ...} is not supported, call the function directly")
	default:
		p.pos--
		p.unexpected("an expression")
	}
	p.pos++
	text := p.plainString().Text
	p.expectSymbol("}")
	return &Literal{Span: p.since(from), Kind: kind, Text: text}
}

// nameOrCall parses a column, t.*, or a call of a function that has no syntax of its own.
func (p *parser) nameOrCall() Expr {
	t := p.tok()
	from := begin(t)
	if reservedFunctions[t.keyword] && t.kind == tokWord && p.followedByParen() {
		id := p.identOf(t)
		p.pos++
		return p.call(Name{id.Span, []Ident{id}})
	}
	name := p.name()
	if p.atSymbol("(") {
		return p.call(name)
	}
	if p.atSymbol(".") && p.peek(1).kind == tokSymbol && p.peek(1).keyword == "*" {
		p.pos += 2
		return &Star{p.since(from), &name}
	}
	if len(name.Parts) == 1 && t.kind == tokWord && strings.EqualFold(name.Parts[0].Name, "PI") {
		return &Call{Span: name.Span, Name: upperName(name), Special: true, NoParens: true}
	}
	return &ColumnRef{name.Span, name}
}

// keywordPrimary parses what a keyword begins in an expression. It gives nil, and has taken nothing, if
// the keyword is used as a name.
func (p *parser) keywordPrimary(t *token) Expr {
	paren := p.followedByParen()
	next := p.peek(1)
	switch t.keyword {
	case "TRUE", "FALSE", "UNKNOWN":
		return p.word(BooleanLiteral)
	case "NULL":
		return p.word(NullLiteral)
	case "DATE", "TIME", "TIMESTAMP", "DATETIME":
		return p.dateTime(t, paren)
	case "DECIMAL":
		if next.kind == tokString {
			return p.decimalString()
		}
	case "INTERVAL":
		return p.interval()
	case "CASE":
		return p.caseExpr()
	case "ROW":
		return p.rowConstructor()
	case "PERIOD":
		return p.period()
	case "ARRAY", "MULTISET":
		return p.collection(t.keyword)
	case "MAP":
		if paren || next.kind == tokSymbol && next.keyword == "[" {
			return p.collection("MAP")
		}
	case "NEXT", "CURRENT":
		if next.kind == tokWord && next.keyword == "VALUE" {
			return p.sequence()
		}
	case "NEW", "CURSOR":
		p.fail(begin(t), "%s is not supported", t.keyword)
	}
	if contextVariables[t.keyword] && !paren {
		from := begin(t)
		id := p.identOf(t)
		p.pos++
		if !clocks[t.keyword] { // Flink has no such function: it can only be a column
			return &ColumnRef{id.Span, Name{id.Span, []Ident{id}}}
		}
		return &Call{Span: p.since(from), Name: upperName(Name{id.Span, []Ident{id}}), Special: true, NoParens: true}
	}
	if f, ok := specialFunctions[t.keyword]; ok && (paren || f.word) {
		return f.parse(p)
	}
	return nil
}

// word takes a keyword that is a literal.
func (p *parser) word(kind LiteralKind) Expr {
	t := p.tok()
	p.pos++
	return &Literal{Span: p.since(begin(t)), Kind: kind, Text: t.keyword}
}

// dateTime parses DATE '..' and its like, or a call of a function of that name.
func (p *parser) dateTime(t *token, paren bool) Expr {
	from := begin(t)
	if paren {
		id := p.identOf(t)
		p.pos++
		return p.plainCall(Name{id.Span, []Ident{id}})
	}
	p.pos++
	var kind LiteralKind
	switch t.keyword {
	case "DATE":
		kind = DateLiteral
	case "TIME":
		kind = TimeLiteral
	case "DATETIME":
		kind = DatetimeLiteral
	default:
		kind = TimestampLiteral
		if p.accept("WITH") {
			p.expect("LOCAL", "TIME", "ZONE")
			kind = TimestampLTZLiteral
		}
	}
	text := p.plainString().Text
	return &Literal{Span: p.since(from), Kind: kind, Text: text}
}

// decimalString parses DECIMAL '1.5', which is the number.
func (p *parser) decimalString() Expr {
	from := p.here()
	p.pos++
	lit := p.plainString()
	text := strings.Trim(lit.Text, " ")
	sign := ""
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		sign = strings.TrimPrefix(text[:1], "+")
		text = text[1:]
	}
	toks := lex(text)
	if len(toks) != 2 || toks[0].kind != tokInteger && toks[0].kind != tokDecimal && toks[0].kind != tokApprox {
		p.fail(lit.From, "%s is not a number", quoteToken(lit.Text))
	}
	return &Literal{Span: p.since(from), Kind: NumberLiteral, Text: sign + canonicalNumber(text), Whole: wholeDigits(text)}
}

// caseExpr parses both forms of CASE.
func (p *parser) caseExpr() Expr {
	from := p.here()
	p.expect("CASE")
	x := &Case{}
	if !p.at("WHEN") {
		x.Operand = p.expr()
	}
	for {
		start := p.here()
		p.expect("WHEN")
		w := When{Conditions: p.exprs()}
		p.expect("THEN")
		w.Result = p.expr()
		w.Span = p.since(start)
		x.Whens = append(x.Whens, w)
		if !p.at("WHEN") {
			break
		}
	}
	if p.accept("ELSE") {
		x.Else = p.expr()
		p.expect("END")
	} else {
		x.Else = &Literal{Span: p.gap(), Kind: NullLiteral, Text: "NULL"}
		p.expect("END")
	}
	x.Span = p.since(from)
	p.grow()
	return x
}

// rowConstructor parses ROW(a, b).
func (p *parser) rowConstructor() Expr {
	from := p.here()
	p.expect("ROW")
	p.expectSymbol("(")
	list, query := p.insideParens()
	if query != nil {
		list = []Expr{&Subquery{query.Span, query}}
	}
	p.expectSymbol(")")
	p.grow()
	return &Row{p.since(from), list}
}

// period parses PERIOD(a, b), which is a row of two.
func (p *parser) period() Expr {
	from := p.here()
	p.expect("PERIOD")
	p.expectSymbol("(")
	a := p.expr()
	p.expectSymbol(",")
	b := p.expr()
	p.expectSymbol(")")
	p.grow()
	return &Row{p.since(from), []Expr{a, b}}
}

// collection parses ARRAY[..], MAP[..], MULTISET[..] and the forms with a query. ARRAY(a, b)
// and MAP(k, v) are functions Flink does not have.
func (p *parser) collection(word string) Expr {
	from := p.here()
	p.pos++
	var items []Expr
	var query *Query
	if p.acceptSymbol("[") {
		if !p.atSymbol("]") || word == "MULTISET" {
			p.noQueryAt = p.pos
			items = p.exprs()
		}
		if word == "MAP" && len(items)%2 != 0 {
			p.fail(from, "MAP[...] needs a value for each key")
		}
		p.expectSymbol("]")
	} else {
		p.expectSymbol("(")
		items, query = p.insideParens()
		if len(items) == 1 {
			if sub, ok := items[0].(*Subquery); ok {
				query, items = sub.Query, nil
			}
		}
		if query == nil {
			p.failHint(from, "write "+word+"[...]", "%s(...) takes a query", word)
		}
		p.expectSymbol(")")
	}
	p.grow()
	span := p.since(from)
	switch word {
	case "ARRAY":
		return &Array{span, items, query}
	case "MAP":
		return &Map{span, items, query}
	}
	return &Multiset{span, items, query}
}

// sequence parses NEXT VALUE FOR s and CURRENT VALUE FOR s.
func (p *parser) sequence() Expr {
	from := p.here()
	current := p.expectAny("NEXT", "CURRENT") == "CURRENT"
	p.expect("VALUE", "FOR")
	name := p.name()
	return &NextValue{p.since(from), current, name}
}
