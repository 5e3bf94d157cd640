package sql

// from parses the tables of FROM. A comma binds less strongly than any JOIN.
func (p *parser) from() TableExpr {
	height := p.height
	p.height = 0
	left := p.joins(bare(p.tablePrimary()))
	for p.acceptSymbol(",") {
		right := p.joins(p.tablePrimary())
		p.grow()
		left = &Join{Span: p.since(left.Pos()), Kind: CommaJoin, Left: left, Right: right}
	}
	p.height = max(height, p.height)
	return left
}

// bare removes the parentheses of a join where the first operand of another stands:
// they mean nothing there.
func bare(t TableExpr) TableExpr {
	if n, ok := t.(*NestedTable); ok {
		return n.Table
	}
	return t
}

// joins parses the JOINs behind left.
func (p *parser) joins(left TableExpr) TableExpr {
	for {
		j := p.joinKind()
		if j == nil {
			return left
		}
		j.Left = left
		j.Right = p.tablePrimary()
		switch {
		case p.accept("ON"):
			j.On = p.expr()
		case p.accept("USING"):
			j.Using = p.identList()
		}
		j.Span = p.since(left.Pos())
		p.grow()
		left = j
	}
}

// joinKind takes the words of a join, or gives nil if none follows.
func (p *parser) joinKind() *Join {
	j := &Join{Natural: p.accept("NATURAL"), Kind: InnerJoin}
	switch {
	case p.accept("JOIN"):
		return j
	case p.accept("INNER"):
	case p.accept("CROSS"):
		j.Kind = CrossJoin
	case p.accept("LEFT"):
		j.Kind = LeftJoin
		p.accept("OUTER")
	case p.accept("RIGHT"):
		j.Kind = RightJoin
		p.accept("OUTER")
	case p.accept("FULL"):
		j.Kind = FullJoin
		p.accept("OUTER")
	default:
		if j.Natural {
			p.unexpected("JOIN")
		}
		return nil
	}
	if t := p.tok(); t.keyword == "APPLY" {
		p.failHint(begin(t), "write CROSS JOIN LATERAL", "Flink SQL has no APPLY")
	}
	p.expect("JOIN")
	return j
}

// tablePrimary parses a table with its alias and all that may stand between them.
func (p *parser) tablePrimary() TableExpr {
	p.nest()
	defer p.leave()
	from := p.here()
	t, joined := p.tableSource()
	if joined {
		if p.at("AS") || p.atIdent() {
			p.fail(p.here(), "a join in parentheses has no alias")
		}
		return t
	}
	if p.at("PIVOT") {
		t = p.pivot(t)
	}
	if p.at("UNPIVOT") {
		t = p.unpivot(t)
	}
	if p.accept("AS") || p.atIdent() {
		a := &Aliased{Table: t, Alias: p.ident()}
		if p.atSymbol("(") {
			a.Columns = p.identList()
		}
		a.Span = p.since(from)
		t = a
	}
	if p.at("TABLESAMPLE") {
		t = p.sample(t)
	}
	return t
}

// tableSource parses a table without alias, and tells whether it is a join in parentheses.
func (p *parser) tableSource() (TableExpr, bool) {
	from := p.here()
	lateral := p.accept("LATERAL")
	switch {
	case p.at("UNNEST"):
		// The grammar of Flink has LATERAL UNNEST, and forgets the LATERAL.
		return p.unnest(from), false
	case p.at("TABLE"):
		return p.tableFunction(lateral, from), false
	case p.atSymbol("("):
		if lateral {
			q := p.queryInParens()
			return p.matched(&DerivedTable{p.since(from), true, q}), false
		}
		return p.tableInParens()
	case lateral:
		p.unexpected("TABLE(function), UNNEST or a query in parentheses")
	case p.atIdent():
		return p.namedTable(), false
	}
	p.unexpected("a table")
	return nil, false
}

// namedTable parses a table by name, with hints, EXTEND, a point in time and
// MATCH_RECOGNIZE; or a call of a table function without TABLE().
func (p *parser) namedTable() TableExpr {
	from := p.here()
	name := p.name()
	if p.atSymbol("(") && !p.atColumnType(1) {
		if t := p.peek(1); t.kind == tokWord && (t.keyword == "SELECT" || t.keyword == "VALUES" || t.keyword == "WITH") {
			p.pos++
			p.unexpected("an argument")
		}
		c := p.plainCall(name).(*Call)
		return &TableFunction{p.since(from), false, c}
	}
	ref := &TableRef{Name: name, Hints: p.hints()}
	ref.Extend = p.extend()
	ref.Span = p.since(from)
	var t TableExpr = ref
	if p.at("FOR") {
		p.expect("FOR", "SYSTEM_TIME", "AS", "OF")
		p.noQueryAt = p.pos
		at := p.expr()
		t = &Snapshot{p.since(from), t, at}
	}
	return p.matched(t)
}

// atColumnType tells whether, n tokens ahead, a column with its type stands.
func (p *parser) atColumnType(n int) bool {
	if !isIdent(p.peek(n)) {
		return false
	}
	t := p.peek(n + 1)
	if t.kind != tokWord {
		return false
	}
	if !t.reserved {
		return true
	}
	switch t.keyword {
	case "BINARY", "VARBINARY", "CHAR", "CHARACTER", "VARCHAR", "DECIMAL", "DEC", "NUMERIC", "ANY", "TIMESTAMP_LTZ",
		"TIME", "TIMESTAMP", "ARRAY", "ROW", "RAW", "STRUCTURED":
		return true
	}
	return simpleTypes[t.keyword] != ""
}

// extend parses [EXTEND] (column type, ...).
func (p *parser) extend() []ColumnDef {
	if !p.accept("EXTEND") && !(p.atSymbol("(") && p.atColumnType(1)) {
		return nil
	}
	p.expectSymbol("(")
	var columns []ColumnDef
	for {
		columns = append(columns, p.extendColumn(p.name()))
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
	return columns
}

// extendColumn parses the type of an extended column.
func (p *parser) extendColumn(name Name) ColumnDef {
	c := ColumnDef{Kind: PhysicalColumn, Name: name, Type: p.castType()}
	if p.acceptSeq("NOT", "NULL") {
		c.Type.NotNull = true
	}
	c.Span = p.since(name.From)
	return c
}

// matched parses a MATCH_RECOGNIZE behind t, if there is one.
func (p *parser) matched(t TableExpr) TableExpr {
	if p.at("MATCH_RECOGNIZE") {
		return p.matchRecognize(t)
	}
	return t
}

// tableInParens parses (query) or (a JOIN b), which begin alike: ((SELECT 1) UNION ..)
// and ((SELECT 1) AS a JOIN b).
func (p *parser) tableInParens() (TableExpr, bool) {
	from := p.here()
	t, q := p.insideTableParens()
	if q == nil {
		return &NestedTable{p.since(from), t}, true
	}
	return p.matched(&DerivedTable{p.since(from), false, unwrap(q)}), false
}

// insideTableParens takes the parentheses and gives the table or the query in them.
func (p *parser) insideTableParens() (TableExpr, *Query) {
	p.nest()
	defer p.leave()
	p.expectSymbol("(")
	if p.atQuery() {
		q := p.query()
		p.expectSymbol(")")
		return nil, q
	}
	var left TableExpr
	if p.atSymbol("(") {
		start := p.here()
		t, q := p.insideTableParens()
		switch {
		case q != nil && p.acceptSymbol(")"):
			return nil, q
		case q != nil && p.atQueryTail():
			q = p.queryAfter(unwrap(q))
			p.expectSymbol(")")
			return nil, q
		case q != nil:
			left = p.aliasOf(&DerivedTable{p.since(start), false, unwrap(q)}, start)
		default:
			left = t
		}
	} else {
		left = p.tablePrimary()
	}
	joined := p.joins(left)
	if _, ok := joined.(*Join); !ok {
		p.fail(left.Pos(), "only a query or a join may stand in parentheses here")
	}
	p.expectSymbol(")")
	return joined, nil
}

// aliasOf parses the alias of a table that was parsed already.
func (p *parser) aliasOf(t TableExpr, from Pos) TableExpr {
	if !p.accept("AS") && !p.atIdent() {
		return t
	}
	a := &Aliased{Table: t, Alias: p.ident()}
	if p.atSymbol("(") {
		a.Columns = p.identList()
	}
	a.Span = p.since(from)
	return a
}

// unnest parses UNNEST(x, ...) [WITH ORDINALITY].
func (p *parser) unnest(from Pos) TableExpr {
	p.expect("UNNEST")
	u := &Unnest{}
	p.expectSymbol("(")
	list, query := p.insideParens()
	if query != nil {
		list = []Expr{&Subquery{query.Span, query}}
	}
	p.expectSymbol(")")
	u.Args = list
	if p.accept("WITH") {
		p.expect("ORDINALITY")
		u.WithOrdinality = true
	}
	u.Span = p.since(from)
	return u
}

// tableFunction parses TABLE(f(...)).
func (p *parser) tableFunction(lateral bool, from Pos) TableExpr {
	p.expect("TABLE")
	p.expectSymbol("(")
	if t := p.tok(); t.keyword == "SPECIFIC" {
		p.fail(begin(t), "SPECIFIC is not supported")
	}
	start := p.here()
	if !p.atIdent() {
		p.unexpected("a table function")
	}
	c := p.plainCall(p.name()).(*Call)
	c.Span = p.since(start)
	p.expectSymbol(")")
	return &TableFunction{p.since(from), lateral, c}
}

// sample parses TABLESAMPLE.
func (p *parser) sample(t TableExpr) TableExpr {
	p.expect("TABLESAMPLE")
	s := &Sample{Table: t, Method: p.expectAny("BERNOULLI", "SYSTEM", "SUBSTITUTE")}
	p.expectSymbol("(")
	if s.Method == "SUBSTITUTE" {
		s.Substitute = p.stringLiteral().Text
		p.expectSymbol(")")
		s.Span = p.since(t.Pos())
		return s
	}
	if k := p.tok().kind; k != tokInteger && k != tokDecimal && k != tokApprox {
		p.unexpected("a percentage")
	}
	s.Percentage = p.number()
	p.expectSymbol(")")
	if p.accept("REPEATABLE") {
		p.expectSymbol("(")
		s.Repeatable = p.signedNumber()
		p.expectSymbol(")")
	}
	s.Span = p.since(t.Pos())
	return s
}

// pivot parses PIVOT (aggregates FOR axes IN (values)).
func (p *parser) pivot(t TableExpr) TableExpr {
	p.expect("PIVOT")
	v := &Pivot{Table: t}
	p.expectSymbol("(")
	for {
		start := p.here()
		call, ok := p.primary().(*Call)
		if !ok {
			p.fail(start, "PIVOT needs aggregate functions")
		}
		item := SelectItem{X: call}
		if p.accept("AS") || p.atIdent() {
			id := p.ident()
			item.Alias = &id
		}
		item.Span = p.since(start)
		v.Aggregates = append(v.Aggregates, item)
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expect("FOR")
	v.Axes = p.identOrList()
	p.expect("IN")
	p.expectSymbol("(")
	for !p.atSymbol(")") {
		v.Values = append(v.Values, p.pivotValue())
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
	p.expectSymbol(")")
	v.Span = p.since(t.Pos())
	return v
}

// pivotValue parses a value or a row of values, with its alias.
func (p *parser) pivotValue() SelectItem {
	item := SelectItem{X: p.expr()}
	if p.accept("AS") || p.atIdent() {
		id := p.ident()
		item.Alias = &id
	}
	item.Span = p.since(item.X.Pos())
	return item
}

// unpivot parses UNPIVOT [INCLUDE|EXCLUDE NULLS] (measures FOR axes IN (columns AS values)).
func (p *parser) unpivot(t TableExpr) TableExpr {
	p.expect("UNPIVOT")
	v := &Unpivot{Table: t, Nulls: p.acceptAny("INCLUDE", "EXCLUDE")}
	if v.Nulls != "" {
		p.expect("NULLS")
	} else {
		v.Nulls = "EXCLUDE"
	}
	p.expectSymbol("(")
	v.Measures = p.identOrList()
	p.expect("FOR")
	v.Axes = p.identOrList()
	p.expect("IN")
	p.expectSymbol("(")
	for {
		start := p.here()
		value := UnpivotValue{Columns: p.identOrList()}
		if p.accept("AS") {
			value.As = p.expr()
		}
		value.Span = p.since(start)
		v.Values = append(v.Values, value)
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
	p.expectSymbol(")")
	v.Span = p.since(t.Pos())
	return v
}
