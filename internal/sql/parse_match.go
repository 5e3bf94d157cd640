package sql

// matchRecognize parses MATCH_RECOGNIZE ( ... ).
func (p *parser) matchRecognize(t TableExpr) TableExpr {
	p.expect("MATCH_RECOGNIZE")
	p.expectSymbol("(")
	m := &MatchRecognize{Table: t}
	if p.accept("PARTITION") {
		p.expect("BY")
		p.noQueryAt = p.pos
		m.PartitionBy = p.exprs()
	}
	if p.accept("ORDER") {
		p.expect("BY")
		m.OrderBy = p.orderItems()
	}
	if p.accept("MEASURES") {
		m.Measures = p.measures()
	}
	switch {
	case p.accept("ONE"):
		p.expect("ROW", "PER", "MATCH")
		m.RowsPerMatch = "ONE ROW"
	case p.accept("ALL"):
		p.expect("ROWS", "PER", "MATCH")
		m.RowsPerMatch = "ALL ROWS"
	}
	if p.accept("AFTER") {
		p.afterMatch(m)
	}
	p.expect("PATTERN")
	p.expectSymbol("(")
	m.StrictStart = p.acceptSymbol("^")
	m.Pattern = p.pattern()
	m.StrictEnd = p.acceptSymbol("$")
	p.expectSymbol(")")
	if p.accept("WITHIN") {
		if !p.at("INTERVAL") {
			p.unexpected("INTERVAL")
		}
		m.Within = p.interval()
	}
	if p.accept("SUBSET") {
		m.Subsets = p.subsets()
	}
	p.expect("DEFINE")
	m.Define = p.defines()
	p.expectSymbol(")")
	m.Span = p.since(t.Pos())
	p.grow()
	return m
}

func (p *parser) measures() []SelectItem {
	var items []SelectItem
	for {
		item := SelectItem{X: p.exprWithoutQuery()}
		p.expect("AS")
		id := p.ident()
		item.Alias = &id
		item.Span = p.since(item.X.Pos())
		items = append(items, item)
		if !p.acceptSymbol(",") {
			return items
		}
	}
}

// afterMatch parses what follows AFTER. SKIP TO variable means the last row of it.
func (p *parser) afterMatch(m *MatchRecognize) {
	p.expect("MATCH", "SKIP")
	if p.accept("PAST") {
		p.expect("LAST", "ROW")
		m.AfterMatch = "PAST LAST ROW"
		return
	}
	p.expect("TO")
	switch {
	case p.acceptSeq("NEXT", "ROW"):
		m.AfterMatch = "TO NEXT ROW"
	case p.at("FIRST") && isIdent(p.peek(1)):
		p.pos++
		m.AfterMatch, m.AfterTarget = "TO FIRST", p.ident()
	default:
		if p.at("LAST") && isIdent(p.peek(1)) {
			p.pos++
		}
		m.AfterMatch, m.AfterTarget = "TO LAST", p.ident()
	}
}

func (p *parser) subsets() []PatternSubset {
	var list []PatternSubset
	for {
		from := p.here()
		s := PatternSubset{Name: p.ident()}
		p.expectSymbol("=")
		s.Vars = p.identList()
		s.Span = p.since(from)
		list = append(list, s)
		if !p.acceptSymbol(",") {
			return list
		}
	}
}

func (p *parser) defines() []PatternDefine {
	var list []PatternDefine
	for {
		from := p.here()
		d := PatternDefine{Name: p.ident()}
		p.expect("AS")
		d.Condition = p.expr()
		d.Span = p.since(from)
		list = append(list, d)
		if !p.acceptSymbol(",") {
			return list
		}
	}
}

// pattern parses alternatives: a | b. (a | b) | c is a | b | c, and likewise for (a b) c.
func (p *parser) pattern() PatternExpr {
	p.nest()
	defer p.leave()
	from := p.here()
	items := []PatternExpr{p.patternTerm()}
	for p.acceptSymbol("|") {
		items = append(items, p.patternTerm())
	}
	if len(items) == 1 {
		return items[0]
	}
	if first, ok := items[0].(*PatternAlt); ok {
		items = append(first.Items[:len(first.Items):len(first.Items)], items[1:]...)
	}
	return &PatternAlt{p.since(from), items}
}

// patternTerm parses factors one behind the other.
func (p *parser) patternTerm() PatternExpr {
	from := p.here()
	items := []PatternExpr{p.patternFactor()}
	for p.atPattern() {
		items = append(items, p.patternFactor())
	}
	if len(items) == 1 {
		return items[0]
	}
	if first, ok := items[0].(*PatternConcat); ok {
		items = append(first.Items[:len(first.Items):len(first.Items)], items[1:]...)
	}
	return &PatternConcat{p.since(from), items}
}

// atPattern tells whether a factor follows.
func (p *parser) atPattern() bool {
	t := p.tok()
	return isIdent(t) || p.atSymbol("(") || p.atSymbol("{") || p.at("PERMUTE")
}

// patternFactor parses a variable or group with its quantifier.
func (p *parser) patternFactor() PatternExpr {
	from := p.here()
	x := p.patternPrimary()
	r := &PatternRepeat{X: x, Max: -1}
	switch {
	case p.acceptSymbol("*"):
		r.Symbol = "*"
	case p.acceptSymbol("+"):
		r.Symbol, r.Min = "+", 1
	case p.acceptSymbol("?"):
		r.Symbol, r.Max = "?", 1
	case p.atSymbol("{") && !(p.peek(1).kind == tokSymbol && p.peek(1).keyword == "-"):
		p.braceQuantifier(r)
	default:
		return x
	}
	at := p.here()
	if p.acceptSymbol("?") {
		r.Reluctant = true
		if r.Min == r.Max {
			p.fail(at, "a fixed number of repetitions cannot be reluctant")
		}
	}
	r.Span = p.since(from)
	return r
}

// braceQuantifier parses {n}, {n,}, {n,m} and {,m}.
func (p *parser) braceQuantifier(r *PatternRepeat) {
	at := p.here()
	p.expectSymbol("{")
	if p.acceptSymbol(",") {
		r.Min, r.Max = -1, p.unsignedInt()
	} else {
		r.Min = p.unsignedInt()
		switch {
		case !p.acceptSymbol(","):
			r.Max, r.Exact = r.Min, true
		case p.tok().kind == tokInteger:
			r.Max = p.unsignedInt()
		}
	}
	p.expectSymbol("}")
	if r.Max >= 0 && r.Min > r.Max {
		p.fail(at, "the least number of repetitions is above the greatest")
	}
}

func (p *parser) patternPrimary() PatternExpr {
	from := p.here()
	switch {
	case p.acceptSymbol("("):
		x := p.pattern()
		p.expectSymbol(")")
		return x
	case p.acceptSymbol("{"):
		p.expectSymbol("-")
		x := p.pattern()
		p.expectSymbol("-")
		p.expectSymbol("}")
		return &PatternExclude{p.since(from), x}
	case p.accept("PERMUTE"):
		p.expectSymbol("(")
		items := []PatternExpr{p.pattern()}
		for p.acceptSymbol(",") {
			items = append(items, p.pattern())
		}
		p.expectSymbol(")")
		return &PatternPermute{p.since(from), items}
	}
	id := p.ident()
	return &PatternVar{id.Span, id}
}
