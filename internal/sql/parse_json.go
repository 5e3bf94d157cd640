package sql

// The SQL/JSON functions. What is not given gets the default that Flink prints.

// jsonInput parses input, path.
func (p *parser) jsonInput() (input, path Expr) {
	p.pos++
	p.expectSymbol("(")
	input = p.expr()
	p.expectSymbol(",")
	path = p.expr()
	if p.at("PASSING") {
		p.fail(p.here(), "PASSING is not supported")
	}
	return input, path
}

// closeJSON takes ")" and counts the node.
func (p *parser) closeJSON(from Pos) Span {
	p.expectSymbol(")")
	p.grow()
	return p.since(from)
}

func (p *parser) jsonExists() Expr {
	from := p.here()
	x := &JSONExists{}
	x.Input, x.Path = p.jsonInput()
	if kind := p.acceptAny("TRUE", "FALSE", "UNKNOWN", "ERROR"); kind != "" {
		x.OnError.Kind = kind
		p.expect("ON", "ERROR")
	}
	x.Span = p.closeJSON(from)
	return x
}

func (p *parser) jsonValue() Expr {
	from := p.here()
	x := &JSONValue{}
	x.Input, x.Path = p.jsonInput()
	if p.accept("RETURNING") {
		x.Returning = p.castType()
	}
	for !p.atSymbol(")") {
		b := JSONBehavior{Kind: p.expectAny("ERROR", "NULL", "DEFAULT")}
		if b.Kind == "DEFAULT" {
			b.Value = p.expr()
		}
		p.jsonOn(b, &x.OnEmpty, &x.OnError)
	}
	x.Span = p.closeJSON(from)
	return x
}

// jsonOn parses ON EMPTY or ON ERROR and puts the behavior there; the same twice is refused.
func (p *parser) jsonOn(b JSONBehavior, onEmpty, onError *JSONBehavior) {
	p.expect("ON")
	at := p.here()
	target := onError
	if p.expectAny("EMPTY", "ERROR") == "EMPTY" {
		target = onEmpty
	}
	if target.Kind != "" {
		p.fail(at, "this case is handled twice")
	}
	*target = b
}

func (p *parser) jsonQuery() Expr {
	from := p.here()
	x := &JSONQuery{Wrapper: "WITHOUT ARRAY"}
	x.Input, x.Path = p.jsonInput()
	if p.accept("RETURNING") {
		x.Returning = p.castType()
	}
	if with := p.acceptAny("WITHOUT", "WITH"); with != "" {
		if with == "WITH" {
			x.Wrapper = "WITH UNCONDITIONAL ARRAY"
			if p.acceptAny("CONDITIONAL", "UNCONDITIONAL") == "CONDITIONAL" {
				x.Wrapper = "WITH CONDITIONAL ARRAY"
			}
		}
		p.accept("ARRAY")
		p.expect("WRAPPER")
	}
	for !p.atSymbol(")") {
		b := JSONBehavior{Kind: p.expectAny("ERROR", "NULL", "EMPTY")}
		if b.Kind == "EMPTY" {
			b.Kind += " " + p.expectAny("ARRAY", "OBJECT")
		}
		p.jsonOn(b, &x.OnEmpty, &x.OnError)
	}
	for _, b := range []*JSONBehavior{&x.OnEmpty, &x.OnError} {
		if b.Kind == "" {
			b.Kind = "NULL"
		}
	}
	x.Span = p.closeJSON(from)
	return x
}

// jsonEntry parses [KEY] key VALUE value and key : value.
func (p *parser) jsonEntry() JSONEntry {
	from := p.here()
	// KEY may also be the name of a column: KEY VALUE v has the key KEY.
	named := p.at("KEY") && p.peek(1).keyword != "VALUE" && p.peek(1).keyword != ":" &&
		p.peek(1).keyword != "." && p.peek(1).keyword != "("
	if named {
		p.pos++
	}
	e := JSONEntry{Key: p.expr()}
	if named || !p.acceptSymbol(":") {
		p.expect("VALUE")
	}
	e.Value = p.expr()
	e.Span = p.since(from)
	return e
}

// jsonOnNull parses NULL ON NULL or ABSENT ON NULL.
func (p *parser) jsonOnNull(absent string) string {
	for _, w := range []string{"NULL", "ABSENT"} {
		if p.acceptSeq(w, "ON", "NULL") {
			return w
		}
	}
	return absent
}

func (p *parser) jsonObject() Expr {
	from := p.here()
	p.pos++
	p.expectSymbol("(")
	x := &JSONObject{}
	if !p.atSymbol(")") && !p.atSeq("NULL", "ON", "NULL") && !p.atSeq("ABSENT", "ON", "NULL") {
		x.Entries = append(x.Entries, p.jsonEntry())
		for p.acceptSymbol(",") {
			x.Entries = append(x.Entries, p.jsonEntry())
		}
	}
	x.OnNull = p.jsonOnNull("NULL")
	x.Span = p.closeJSON(from)
	return x
}

func (p *parser) jsonObjectAgg() Expr {
	from := p.here()
	p.pos++
	p.expectSymbol("(")
	x := &JSONObject{Aggregate: true, Entries: []JSONEntry{p.jsonEntry()}}
	x.OnNull = p.jsonOnNull("NULL")
	x.Span = p.closeJSON(from)
	return x
}

func (p *parser) jsonArray() Expr {
	from := p.here()
	p.pos++
	p.expectSymbol("(")
	x := &JSONArray{}
	if !p.atSymbol(")") && !p.atSeq("NULL", "ON", "NULL") && !p.atSeq("ABSENT", "ON", "NULL") {
		x.Items = p.exprs()
	}
	x.OnNull = p.jsonOnNull("ABSENT")
	x.Span = p.closeJSON(from)
	return x
}

func (p *parser) jsonArrayAgg() Expr {
	from := p.here()
	p.pos++
	p.expectSymbol("(")
	x := &JSONArray{Aggregate: true, Items: []Expr{p.expr()}}
	if p.acceptSeq("ORDER", "BY") {
		x.OrderBy = p.orderItems()
	}
	x.OnNull = p.jsonOnNull("ABSENT")
	x.Span = p.closeJSON(from)
	if p.at("WITHIN") {
		at := p.here()
		p.pos++
		p.expect("GROUP")
		order := p.orderInParens()
		if x.OrderBy != nil {
			p.fail(at, "JSON_ARRAYAGG has an order both inside and in WITHIN GROUP")
		}
		x.OrderBy = order
		x.Span = p.since(from)
	}
	return x
}
