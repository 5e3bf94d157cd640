package sql

// inParens prints (query).
func (p *printer) inParens(q *Query) {
	inline := p.inline
	p.inline = 0
	p.s("(")
	p.query(q)
	p.s(")")
	p.inline = inline
}

func (p *printer) query(q *Query) {
	if q.With != nil {
		p.s("WITH ")
		if q.With.Recursive {
			p.s("RECURSIVE ")
		}
		list(p, q.With.Items, func(c CTE) {
			p.ident(c.Name)
			if c.Columns != nil {
				p.s(" (")
				p.idents(c.Columns)
				p.s(")")
			}
			p.s(" AS ")
			p.inParens(c.Query)
		})
		p.s(" ")
	}
	p.operand(q.Body, false)
	if q.OrderBy != nil {
		p.s("\nORDER BY ")
		p.orderItems(q.OrderBy)
	}
	if q.Offset != nil {
		p.s("\nOFFSET ")
		p.expr(q.Offset)
		p.s(" ROWS")
	}
	if q.Fetch != nil {
		p.s("\nFETCH NEXT ")
		p.expr(q.Fetch)
		p.s(" ROWS ONLY")
	}
}

// operand prints a body as part of a query; one with clauses of its own needs parentheses.
func (p *printer) operand(b QueryBody, parens bool) {
	if q, ok := b.(*Query); ok {
		p.inParens(q)
		return
	}
	if parens {
		p.s("(")
	}
	p.body(b)
	if parens {
		p.s(")")
	}
}

func (p *printer) body(b QueryBody) {
	switch b := b.(type) {
	case *Query:
		p.query(b)
	case *Select:
		p.selectBlock(b)
	case *SetOp:
		p.setOp(b)
	case *Values:
		p.s("VALUES ")
		for i, row := range b.Rows {
			if i > 0 {
				p.s(",\n")
			}
			p.expr(row)
		}
	case *ExplicitTable:
		p.s("(TABLE ")
		p.name(b.Name)
		p.s(")")
	}
}

// setOp prints a chain of set operations down its left side without recursion.
func (p *printer) setOp(x *SetOp) {
	chain := []*SetOp{x}
	left := x.Left
	for {
		s, ok := left.(*SetOp)
		if !ok || weaker(s, chain[len(chain)-1]) {
			break
		}
		chain = append(chain, s)
		left = s.Left
	}
	_, parens := left.(*SetOp)
	p.operand(left, parens)
	for i := len(chain) - 1; i >= 0; i-- {
		s := chain[i]
		p.s("\n", s.Op)
		if s.All {
			p.s(" ALL")
		}
		p.s("\n")
		right, ok := s.Right.(*SetOp)
		p.operand(s.Right, ok && !(s.Op != "INTERSECT" && right.Op == "INTERSECT"))
	}
}

// weaker tells whether inner needs parentheses as the left operand of outer.
func weaker(inner, outer *SetOp) bool {
	return outer.Op == "INTERSECT" && inner.Op != "INTERSECT"
}

func (p *printer) selectBlock(s *Select) {
	p.s("SELECT")
	if s.Hints != nil {
		p.s("\n")
		p.hints(s.Hints)
		p.s("\n")
	} else {
		p.s(" ")
	}
	if s.Stream {
		p.s("STREAM ")
	}
	if s.Quantifier != "" {
		p.s(s.Quantifier, " ")
	}
	list(p, s.Items, p.selectItem)
	if s.From != nil {
		p.s("\nFROM ")
		p.table(s.From)
	}
	if s.Where != nil {
		p.s("\nWHERE ")
		p.expr(s.Where)
	}
	if s.GroupBy != nil {
		p.s("\nGROUP BY ")
		if s.GroupBy.Quantifier != "" {
			p.s(s.GroupBy.Quantifier, " ")
		}
		list(p, s.GroupBy.Items, func(g GroupItem) { p.groupItem(g, true) })
	}
	if s.Having != nil {
		p.s("\nHAVING ")
		p.expr(s.Having)
	}
	for i, w := range s.Windows {
		if i == 0 {
			p.s("\nWINDOW ")
		} else {
			p.s(",\n")
		}
		p.ident(w.Name)
		p.s(" AS ")
		p.windowSpec(w.Spec)
	}
	if s.Qualify != nil {
		p.s("\nQUALIFY ")
		p.expr(s.Qualify)
	}
}

func (p *printer) selectItem(i SelectItem) {
	p.expr(i.X)
	if i.Alias != nil {
		p.s(" AS ")
		p.ident(*i.Alias)
	}
}

// groupItem prints an element of GROUP BY; a set directly under it is a row.
func (p *printer) groupItem(g GroupItem, top bool) {
	switch {
	case g.Kind == GroupExpr:
		p.expr(g.Exprs[0])
	case g.Kind == GroupSet && top && len(g.Exprs) > 0:
		p.s("(ROW(")
		p.exprs(g.Exprs)
		p.s("))")
	case g.Kind == GroupSet && len(g.Exprs) == 1:
		p.s("(ROW(")
		p.exprs(g.Exprs)
		p.s("))")
	case g.Kind == GroupSet:
		p.s("(")
		p.exprs(g.Exprs)
		p.s(")")
	default:
		p.s(string(g.Kind), "(")
		list(p, g.Sets, func(g GroupItem) { p.groupItem(g, false) })
		p.s(")")
	}
}

func (p *printer) orderItems(items []OrderItem) {
	list(p, items, func(o OrderItem) {
		if o.Desc {
			p.side(o.X)
			p.s(" DESC")
		} else {
			p.expr(o.X)
		}
		if o.Nulls != "" {
			p.s(" NULLS ", o.Nulls)
		}
	})
}

func (p *printer) windowSpec(w WindowSpec) {
	if !w.Parens {
		p.ident(w.Ref)
		return
	}
	p.s("(")
	sep := ""
	if w.Ref.Name != "" {
		p.ident(w.Ref)
		sep = " "
	}
	if w.PartitionBy != nil {
		p.s(sep, "PARTITION BY ")
		p.exprs(w.PartitionBy)
		sep = " "
	}
	if w.OrderBy != nil {
		p.s(sep, "ORDER BY ")
		p.orderItems(w.OrderBy)
		sep = " "
	}
	if f := w.Frame; f != nil {
		p.s(sep, f.Unit, " ")
		if f.End.Kind != "" {
			p.s("BETWEEN ")
		}
		p.bound(f.Start)
		if f.End.Kind != "" {
			p.s(" AND ")
			p.bound(f.End)
		}
		sep = " "
	}
	if w.AllowPartial != "" {
		p.s(sep, w.AllowPartial)
	}
	p.s(")")
}

func (p *printer) bound(b Bound) {
	if b.Offset != nil {
		p.expr(b.Offset)
		p.s(" ")
	}
	p.s(string(b.Kind))
}

func (p *printer) hints(hints []Hint) {
	p.s("/*+ ")
	list(p, hints, func(h Hint) {
		p.ident(h.Name)
		if h.Args == nil {
			return
		}
		p.s("(")
		list(p, h.Args, p.hintArg)
		p.s(")")
	})
	p.s(" */")
}

func (p *printer) hintArg(a HintArg) {
	if a.HasKey {
		if a.KeyQuoted {
			p.string(a.Key)
		} else {
			p.ident(Ident{Name: a.Key})
		}
		p.s(" = ")
	}
	switch a.ValueKind {
	case HintString:
		p.string(a.Value)
	case HintName:
		p.ident(Ident{Name: a.Value})
	default:
		p.s(a.Value)
	}
}
