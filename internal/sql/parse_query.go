package sql

// atQuery tells whether the next token begins a query without parentheses.
func (p *parser) atQuery() bool {
	t := p.tok()
	if t.kind != tokWord {
		return false
	}
	switch t.keyword {
	case "SELECT", "VALUES", "WITH", "TABLE":
		return true
	}
	return false
}

// atQueryTail tells whether the next token goes on with a query that stood in parentheses.
func (p *parser) atQueryTail() bool {
	t := p.tok()
	if t.kind != tokWord {
		return false
	}
	switch t.keyword {
	case "UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH":
		return true
	}
	return false
}

// query parses [WITH ..] body [ORDER BY ..] [LIMIT ..].
func (p *parser) query() *Query {
	p.nest()
	defer p.leave()
	outer := p.height
	p.height = 0
	from := p.here()
	q := &Query{}
	if p.at("WITH") {
		q.With = p.with()
	}
	q.Body = p.setOps(0, p.queryPrimary())
	p.queryTail(q)
	q.Span = p.since(from)
	p.grow()
	p.height = max(outer, p.height)
	return q
}

// queryAfter goes on with a query that stood in parentheses and was parsed already.
func (p *parser) queryAfter(first *Query) *Query {
	q := &Query{}
	q.Body = p.setOps(0, bodyOf(first))
	p.queryTail(q)
	q.Span = p.since(first.Pos())
	p.grow()
	return q
}

// bodyOf gives the body of a query that has nothing else, or the query.
func bodyOf(q *Query) QueryBody {
	if q.With == nil && q.OrderBy == nil && q.Offset == nil && q.Fetch == nil {
		return q.Body
	}
	return q
}

// with parses WITH [RECURSIVE] name [(columns)] AS (query), ...
func (p *parser) with() *With {
	from := p.here()
	p.expect("WITH")
	w := &With{Recursive: p.accept("RECURSIVE")}
	for {
		start := p.here()
		item := CTE{Name: p.ident()}
		if p.atSymbol("(") {
			item.Columns = p.identList()
		}
		p.expect("AS")
		item.Query = p.queryInParens()
		item.Span = p.since(start)
		w.Items = append(w.Items, item)
		if !p.acceptSymbol(",") {
			break
		}
	}
	w.Span = p.since(from)
	return w
}

// queryInParens parses (query).
func (p *parser) queryInParens() *Query {
	p.expectSymbol("(")
	if !p.atQuery() && !p.atSymbol("(") {
		p.unexpected("a query")
	}
	q := p.query()
	p.expectSymbol(")")
	return unwrap(q)
}

// unwrap removes the parentheses of ((query)).
func unwrap(q *Query) *Query {
	for {
		inner, ok := q.Body.(*Query)
		if !ok || bodyOf(q) == QueryBody(q) {
			return q
		}
		q = inner
	}
}

// topQuery parses a query that stands without parentheses, or with.
func (p *parser) topQuery() *Query {
	if !p.atQuery() && !p.atSymbol("(") {
		p.unexpected("a query")
	}
	return unwrap(p.query())
}

// setOps parses UNION, EXCEPT and INTERSECT; the last binds more strongly, and all associate to the left.
func (p *parser) setOps(min int, left QueryBody) QueryBody {
	for {
		t := p.tok()
		op, strength := "", strengthMultisetUnion
		switch {
		case t.kind != tokWord:
		case t.keyword == "UNION" || t.keyword == "EXCEPT":
			op = t.keyword
		case t.keyword == "INTERSECT":
			op, strength = t.keyword, strengthMultisetIntersect
		case t.keyword == "MINUS":
			p.failHint(begin(t), "write EXCEPT", "Flink SQL has no MINUS between queries")
		}
		if op == "" || strength < min {
			return left
		}
		p.pos++
		all := p.acceptAny("ALL", "DISTINCT") == "ALL"
		if !p.atQuery() && !p.atSymbol("(") {
			p.unexpected("a query")
		}
		height := p.height
		p.height = 0
		right := p.setOps(strength+1, p.queryPrimary())
		p.height = max(height, p.height)
		p.grow()
		left = &SetOp{p.since(left.Pos()), op, all, left, right}
	}
}

// queryPrimary parses one operand of a set operation.
func (p *parser) queryPrimary() QueryBody {
	t := p.tok()
	from := begin(t)
	switch {
	case p.at("SELECT"):
		return p.selectBlock()
	case p.at("VALUES"):
		return p.values()
	case p.at("TABLE"):
		p.pos++
		name := p.name()
		return &ExplicitTable{p.since(from), name}
	case p.acceptSymbol("("):
		q := p.query()
		p.expectSymbol(")")
		return bodyOf(q)
	}
	p.unexpected("a query")
	return nil
}

// queryTail parses ORDER BY, OFFSET, FETCH and LIMIT.
func (p *parser) queryTail(q *Query) {
	if p.accept("ORDER") {
		p.expect("BY")
		q.OrderBy = p.orderItems()
	}
	at := p.here()
	switch {
	case p.accept("LIMIT"):
		if p.accept("ALL") {
			break
		}
		q.Fetch = p.rowCount()
		if p.atSymbol(",") {
			p.failHint(at, "write LIMIT count OFFSET start", "Flink SQL has no LIMIT start, count")
		}
	case p.at("FETCH"):
		p.fetch(q)
		return
	}
	if !p.accept("OFFSET") {
		return
	}
	limited := q.Fetch != nil
	q.Offset = p.rowCount()
	p.acceptAny("ROW", "ROWS")
	if limited {
		return
	}
	if p.at("LIMIT") {
		p.failHint(at, "write LIMIT count OFFSET start", "Flink SQL has no LIMIT behind OFFSET")
	}
	if p.at("FETCH") {
		p.fetch(q)
	}
}

func (p *parser) fetch(q *Query) {
	p.expect("FETCH")
	p.expectAny("FIRST", "NEXT")
	q.Fetch = p.rowCount()
	p.expectAny("ROW", "ROWS")
	p.expect("ONLY")
}

// rowCount parses the number of LIMIT and its like, or a parameter.
func (p *parser) rowCount() Expr {
	switch t := p.tok(); {
	case t.kind == tokInteger || t.kind == tokDecimal || t.kind == tokApprox:
		return p.number()
	case p.atSymbol("?"):
		return p.primary()
	}
	p.unexpected("a number of rows")
	return nil
}

// orderItems parses the items of ORDER BY.
func (p *parser) orderItems() []OrderItem {
	items := []OrderItem{p.orderItem()}
	for p.acceptSymbol(",") {
		items = append(items, p.orderItem())
	}
	return items
}

func (p *parser) orderItem() OrderItem {
	item := OrderItem{X: p.expr()}
	item.Desc = p.acceptAny("ASC", "DESC") == "DESC"
	if p.acceptSeq("NULLS", "FIRST") {
		item.Nulls = "FIRST"
	} else if p.acceptSeq("NULLS", "LAST") {
		item.Nulls = "LAST"
	}
	item.Span = p.since(item.X.Pos())
	return item
}

// values parses VALUES row, row, ...
func (p *parser) values() *Values {
	from := p.here()
	p.expect("VALUES")
	v := &Values{Rows: []*Row{p.valuesRow()}}
	for p.acceptSymbol(",") {
		v.Rows = append(v.Rows, p.valuesRow())
	}
	v.Span = p.since(from)
	return v
}

// valuesRow parses (a, b), ROW(a, b), (ROW(a, b)) or a single expression; each is a row, and
// ((a, b)) is a row of one row.
func (p *parser) valuesRow() *Row {
	from := p.here()
	paren := p.atSymbol("(")
	if next := p.peek(1); paren && next.keyword == "DEFAULT" && p.peek(2).keyword == ")" {
		p.pos++
		x := p.exprOrDefault()
		p.expectSymbol(")")
		return &Row{p.since(from), []Expr{x}}
	}
	wrapped := paren && p.peek(1).keyword != "ROW"
	x := p.expr()
	if row, ok := x.(*Row); ok && (!wrapped || row.From == from) {
		return row
	}
	p.grow()
	return &Row{p.since(from), []Expr{x}}
}

// ---- SELECT ----

// selectBlock parses a SELECT up to its QUALIFY.
func (p *parser) selectBlock() *Select {
	from := p.here()
	p.expect("SELECT")
	s := &Select{Hints: p.hints()}
	if p.accept("STREAM") {
		s.Stream = true
	}
	s.Quantifier = p.acceptAny("DISTINCT", "ALL")
	for {
		s.Items = append(s.Items, p.selectItem())
		if !p.acceptSymbol(",") {
			break
		}
	}
	if p.accept("FROM") {
		s.From = p.from()
		p.selectClauses(s)
	}
	s.Span = p.since(from)
	return s
}

// selectClauses parses what follows FROM.
func (p *parser) selectClauses(s *Select) {
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.at("GROUP") {
		s.GroupBy = p.groupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("WINDOW") {
		for {
			start := p.here()
			w := NamedWindow{Name: p.ident()}
			p.expect("AS")
			w.Spec = p.windowSpec()
			w.Span = p.since(start)
			s.Windows = append(s.Windows, w)
			if !p.acceptSymbol(",") {
				break
			}
		}
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
}

// selectItem parses *, or an expression with its alias.
func (p *parser) selectItem() SelectItem {
	from := p.here()
	if p.acceptSymbol("*") {
		return SelectItem{p.since(from), &Star{Span: p.since(from)}, nil}
	}
	item := SelectItem{X: p.expr()}
	if p.accept("AS") || p.atIdent() {
		if p.tok().kind == tokString {
			p.failHint(p.here(), "names are quoted with backquotes", "expected a name, found a string")
		}
		id := p.ident()
		item.Alias = &id
	}
	item.Span = p.since(from)
	return item
}

// groupBy parses GROUP BY [ALL|DISTINCT] items.
func (p *parser) groupBy() *GroupBy {
	from := p.here()
	p.expect("GROUP", "BY")
	g := &GroupBy{}
	if p.acceptAny("DISTINCT", "ALL") == "DISTINCT" {
		g.Quantifier = "DISTINCT"
	}
	g.Items = p.groupItems()
	g.Span = p.since(from)
	return g
}

func (p *parser) groupItems() []GroupItem {
	items := []GroupItem{p.groupItem()}
	for p.acceptSymbol(",") {
		items = append(items, p.groupItem())
	}
	return items
}

// groupItem parses an expression, (a, b), (), GROUPING SETS, CUBE or ROLLUP.
func (p *parser) groupItem() GroupItem {
	p.nest()
	defer p.leave()
	from := p.here()
	item := GroupItem{}
	switch {
	case p.acceptSeq("GROUPING", "SETS"):
		item.Kind = GroupingSets
	case p.accept("CUBE"):
		item.Kind = GroupCube
	case p.accept("ROLLUP"):
		item.Kind = GroupRollup
	case p.atSymbol("(") && p.peek(1).kind == tokSymbol && p.peek(1).keyword == ")":
		p.pos += 2
		return GroupItem{Span: p.since(from), Kind: GroupSet}
	default:
		return p.groupExpr()
	}
	p.expectSymbol("(")
	if item.Kind == GroupingSets {
		item.Sets = p.groupItems()
	} else {
		for {
			item.Sets = append(item.Sets, p.groupExpr())
			if !p.acceptSymbol(",") {
				break
			}
		}
	}
	p.expectSymbol(")")
	item.Span = p.since(from)
	p.grow()
	return item
}

// groupExpr parses an expression; a row stands for the set of its items.
func (p *parser) groupExpr() GroupItem {
	x := p.expr()
	if row, ok := x.(*Row); ok {
		return GroupItem{Span: row.Span, Kind: GroupSet, Exprs: row.Items}
	}
	return GroupItem{Span: Span{x.Pos(), x.End()}, Kind: GroupExpr, Exprs: []Expr{x}}
}

// ---- hints ----

// hints parses /*+ A(x), B */ if it follows.
func (p *parser) hints() []Hint {
	if !p.acceptSymbol("/*+") {
		return nil
	}
	var hints []Hint
	for {
		hints = append(hints, p.hintItem())
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol("*/")
	return hints
}

// hintItem parses a hint: its arguments are all names, all key = 'value', or all literals.
func (p *parser) hintItem() Hint {
	from := p.here()
	h := Hint{Name: p.ident()}
	if p.acceptSymbol("(") && !p.acceptSymbol(")") {
		for {
			h.Args = append(h.Args, p.hintArg())
			if !p.acceptSymbol(",") {
				break
			}
		}
		p.expectSymbol(")")
	}
	h.Span = p.since(from)
	return h
}

func (p *parser) hintArg() HintArg {
	from := p.here()
	a := HintArg{}
	switch t := p.tok(); {
	case p.atString():
		a.Value, a.ValueKind = p.stringLiteral().Text, HintString
	case p.atIdent():
		a.Value, a.ValueKind = p.ident().Name, HintName
	case t.kind == tokInteger || t.kind == tokDecimal || t.kind == tokApprox || p.atSymbol("-") || p.atSymbol("+"):
		a.Value, a.ValueKind = p.signedNumber().Text, HintNumber
	default:
		p.unexpected("an argument of the hint")
	}
	if a.ValueKind != HintNumber && p.acceptSymbol("=") {
		a.Key, a.HasKey, a.KeyQuoted = a.Value, true, a.ValueKind == HintString
		a.Value, a.ValueKind = p.stringLiteral().Text, HintString
	}
	a.Span = p.since(from)
	return a
}
