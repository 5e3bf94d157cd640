package sql

import "strings"

// ---- functions with keywords among their arguments ----

func (p *parser) cast() Expr {
	t := p.tok()
	from := begin(t)
	p.pos++
	x := &Cast{Func: t.keyword}
	p.expectSymbol("(")
	x.X = p.expr()
	p.expect("AS")
	if p.at("INTERVAL") {
		x.Type = p.intervalType()
	} else {
		x.Type = p.castType()
	}
	p.expectSymbol(")")
	x.Span = p.since(from)
	p.grow()
	return x
}

// symbol takes the keyword or name that names a unit of time or a character set.
func (p *parser) symbol() *Symbol {
	t := p.tok()
	if t.kind != tokWord && t.kind != tokQuoted {
		p.unexpected("a unit of time")
	}
	p.pos++
	return &Symbol{p.since(begin(t)), strings.ToUpper(p.text(t))}
}

// timeUnits are the units that EXTRACT, FLOOR and the like know, with the name they get.
var timeUnits = map[string]string{
	"NANOSECOND": "NANOSECOND", "MICROSECOND": "MICROSECOND", "MILLISECOND": "MILLISECOND", "SECOND": "SECOND",
	"MINUTE": "MINUTE", "HOUR": "HOUR", "DAY": "DAY", "DAYOFWEEK": "DOW", "DAYOFYEAR": "DOY", "DOW": "DOW", "DOY": "DOY",
	"ISODOW": "ISODOW", "ISOYEAR": "ISOYEAR", "WEEK": "WEEK", "MONTH": "MONTH", "QUARTER": "QUARTER", "YEAR": "YEAR",
	"EPOCH": "EPOCH", "DECADE": "DECADE", "CENTURY": "CENTURY", "MILLENNIUM": "MILLENNIUM",
}

// timeUnit parses a unit of time. Other names are kept as they are, for the binder to refuse
// or to know (SQL_TSI_DAY).
func (p *parser) timeUnit() Expr {
	t := p.tok()
	from := begin(t)
	if name := timeUnits[t.keyword]; name != "" && t.kind == tokWord {
		p.pos++
		if t.keyword == "WEEK" && p.acceptSymbol("(") {
			day := p.expectAny("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
			p.expectSymbol(")")
			name = "WEEK_" + day
		}
		return &Symbol{p.since(from), name}
	}
	if !isIdent(t) {
		p.unexpected("a unit of time")
	}
	id := p.ident()
	return &Symbol{id.Span, id.Name}
}

func (p *parser) extract() Expr {
	c, from := p.special()
	unit := p.timeUnit()
	p.expect("FROM")
	return p.finish(c, from, unit, p.expr())
}

func (p *parser) position() Expr {
	c, from := p.special()
	c.Args = append(c.Args, p.positionOperand())
	p.expect("IN")
	c.Args = append(c.Args, p.expr())
	if p.accept("FROM") {
		c.Args = append(c.Args, p.expr())
	}
	return p.finish(c, from)
}

// positionOperand parses what stands before the IN of POSITION: no operator may be part of it.
func (p *parser) positionOperand() Expr {
	p.nest()
	defer p.leave()
	return p.primary()
}

func (p *parser) convert() Expr {
	c, from := p.special()
	c.Args = append(c.Args, p.expr())
	if p.accept("USING") {
		c.Name.Parts[0].Name = "TRANSLATE"
		return p.finish(c, from, p.symbol())
	}
	for range 2 {
		p.expectSymbol(",")
		c.Args = append(c.Args, p.symbol())
	}
	return p.finish(c, from)
}

func (p *parser) translate() Expr {
	c, from := p.special()
	c.Args = append(c.Args, p.expr())
	if p.accept("USING") {
		return p.finish(c, from, p.symbol())
	}
	for p.acceptSymbol(",") {
		c.Args = append(c.Args, p.expr())
	}
	return p.finish(c, from)
}

func (p *parser) overlay() Expr {
	c, from := p.special()
	c.Args = append(c.Args, p.expr())
	p.expect("PLACING")
	c.Args = append(c.Args, p.expr())
	p.expect("FROM")
	c.Args = append(c.Args, p.expr())
	if p.accept("FOR") {
		c.Args = append(c.Args, p.expr())
	}
	return p.finish(c, from)
}

func (p *parser) substring() Expr {
	c, from := p.special()
	c.Args = append(c.Args, p.expr())
	if !p.accept("FROM") {
		p.expectSymbol(",")
	}
	c.Args = append(c.Args, p.expr())
	if p.accept("FOR") || p.acceptSymbol(",") {
		c.Args = append(c.Args, p.expr())
	}
	return p.finish(c, from)
}

// trim parses TRIM([BOTH|LEADING|TRAILING] [characters] FROM x) and TRIM(x).
func (p *parser) trim() Expr {
	c, from := p.special()
	at := p.here()
	symbol := &Symbol{p.gap(), "BOTH"}
	flag := p.acceptAny("BOTH", "LEADING", "TRAILING")
	if flag != "" {
		symbol = &Symbol{p.since(at), flag}
	}
	var chars, x Expr = &Literal{Span: p.gap(), Kind: StringLiteral, Text: " "}, nil
	if !p.at("FROM") {
		x = p.expr()
	} else if flag == "" {
		p.fail(at, "TRIM needs BOTH, LEADING, TRAILING or characters before FROM")
	}
	if p.accept("FROM") {
		if x != nil {
			chars = x
		}
		x = p.expr()
	}
	return p.finish(c, from, symbol, chars, x)
}

// floorCeil parses FLOOR(x) and FLOOR(x TO unit), and a window behind them.
func (p *parser) floorCeil() Expr {
	c, from := p.special()
	if c.Name.Parts[0].Name == "CEILING" {
		c.Name.Parts[0].Name = "CEIL"
	}
	c.Args = append(c.Args, p.expr())
	if p.accept("TO") {
		c.Args = append(c.Args, p.timeUnit())
	}
	p.finish(c, from)
	p.over(c)
	c.Span = p.since(from)
	return c
}

// unitArgument makes the parser of a function with count arguments, of which the one
// at index is a unit of time.
func unitArgument(index, count int) func(*parser) Expr {
	return func(p *parser) Expr {
		c, from := p.special()
		for i := range count {
			if i > 0 {
				p.expectSymbol(",")
			}
			if i == index {
				c.Args = append(c.Args, p.timeUnit())
			} else {
				c.Args = append(c.Args, p.expr())
			}
		}
		return p.finish(c, from)
	}
}

// ---- MATCH_RECOGNIZE ----

// navigation parses FIRST, LAST, PREV and NEXT, with their default offset if none is given.
func (p *parser) navigation() Expr {
	c, from := p.special()
	c.Args = append(c.Args, p.expr())
	offset := "0"
	if name := c.Name.Parts[0].Name; name == "PREV" || name == "NEXT" {
		offset = "1"
	}
	if p.acceptSymbol(",") {
		return p.finish(c, from, p.signedNumber())
	}
	return p.finish(c, from, &Literal{Span: p.gap(), Kind: NumberLiteral, Text: offset, Whole: len(offset)})
}

// signedNumber parses a number that may have a sign.
func (p *parser) signedNumber() *Literal {
	from := p.here()
	minus := p.acceptSymbol("-")
	if !minus {
		p.acceptSymbol("+")
	}
	if t := p.tok(); t.kind != tokInteger && t.kind != tokDecimal && t.kind != tokApprox {
		p.unexpected("a number")
	}
	lit := p.number()
	if minus {
		lit.Text = "-" + lit.Text
	}
	lit.Span = p.since(from)
	return lit
}

// running parses RUNNING f(x) and FINAL f(x).
func (p *parser) running() Expr {
	from := p.here()
	word := p.expectAny("RUNNING", "FINAL")
	t := p.tok()
	var x Expr
	if t.kind == tokWord && (t.keyword == "FIRST" || t.keyword == "LAST") && p.followedByParen() {
		x = p.navigation()
	} else {
		x = p.nameOrCall()
	}
	c, ok := x.(*Call)
	if !ok {
		p.unexpected("\"(\"")
	}
	c.Running = word
	c.Span = p.since(from)
	return c
}

// final parses FINAL f(x), or FINAL as a name.
func (p *parser) final() Expr {
	if t := p.peek(1); (t.kind == tokWord || t.kind == tokQuoted) && p.peek(2).keyword == "(" {
		return p.running()
	}
	return nil
}

// matchFunction parses CLASSIFIER() and MATCH_NUMBER().
func (p *parser) matchFunction() Expr {
	c, from := p.special()
	return p.finish(c, from)
}
