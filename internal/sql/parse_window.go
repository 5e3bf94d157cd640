package sql

// ---- windows ----

// windowSpec parses (name PARTITION BY .. ORDER BY .. frame).
func (p *parser) windowSpec() WindowSpec {
	from := p.here()
	p.expectSymbol("(")
	w := WindowSpec{Parens: true}
	if p.atIdent() && !p.atSeq("PARTITION", "BY") {
		w.Ref = p.ident()
	}
	if p.accept("PARTITION") {
		p.expect("BY")
		p.noQueryAt = p.pos
		w.PartitionBy = p.exprs()
	}
	if p.accept("ORDER") {
		p.expect("BY")
		w.OrderBy = p.orderItems()
	}
	if p.at("ROWS") || p.at("RANGE") {
		w.Frame = p.frame()
	}
	for _, word := range []string{"ALLOW", "DISALLOW"} {
		if p.accept(word) {
			p.expect("PARTIAL")
			w.AllowPartial = word + " PARTIAL"
		}
	}
	p.expectSymbol(")")
	w.Span = p.since(from)
	return w
}

func (p *parser) frame() *Frame {
	from := p.here()
	f := &Frame{Unit: p.expectAny("ROWS", "RANGE")}
	if p.accept("BETWEEN") {
		f.Start = p.bound(true)
		p.expect("AND")
		f.End = p.bound(false)
	} else {
		f.Start = p.bound(false)
	}
	f.Span = p.since(from)
	return f
}

// bound parses one end of a frame; the first one of BETWEEN ends before its AND.
func (p *parser) bound(stopAnd bool) Bound {
	from := p.here()
	b := Bound{}
	switch {
	case p.acceptSeq("CURRENT", "ROW"):
		b.Kind = CurrentRow
	case p.acceptSeq("UNBOUNDED", "PRECEDING"):
		b.Kind = UnboundedPreceding
	case p.acceptSeq("UNBOUNDED", "FOLLOWING"):
		b.Kind = UnboundedFollowing
	default:
		p.noQueryAt = p.pos
		b.Offset = p.climb(0, stopAnd)
		b.Kind = BoundKind(p.expectAny("PRECEDING", "FOLLOWING"))
	}
	b.Span = p.since(from)
	return b
}
