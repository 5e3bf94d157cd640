package sql

import "strings"

// ---- tables ----

func (p *printer) table(t TableExpr) {
	switch t := t.(type) {
	case *TableRef:
		p.tableRef(t)
	case *Aliased:
		p.table(t.Table)
		p.s(" AS ")
		p.ident(t.Alias)
		if t.Columns != nil {
			p.s(" (")
			p.idents(t.Columns)
			p.s(")")
		}
	case *DerivedTable:
		if t.Lateral {
			p.s("LATERAL ")
		}
		p.inParens(t.Query)
	case *TableFunction:
		if t.Lateral {
			p.s("LATERAL ")
		}
		p.s("TABLE(")
		p.expr(t.Call)
		p.s(")")
	case *Unnest:
		p.unnest(t)
	case *Snapshot:
		p.table(t.Table)
		p.s(" FOR SYSTEM_TIME AS OF ")
		p.expr(t.AsOf)
	case *Join:
		p.join(t)
	case *NestedTable:
		p.s("(")
		p.inline++
		p.table(t.Table)
		p.inline--
		p.s(")")
	case *Sample:
		p.sample(t)
	case *Pivot:
		p.pivot(t)
	case *Unpivot:
		p.unpivot(t)
	case *MatchRecognize:
		p.matchRecognize(t)
	}
}

func (p *printer) tableRef(t *TableRef) {
	p.name(t.Name)
	if t.Hints != nil {
		p.s("\n")
		p.hints(t.Hints)
	}
	if t.Extend != nil {
		p.s(" EXTEND (")
		list(p, t.Extend, func(c ColumnDef) {
			p.name(c.Name)
			p.s(" ")
			p.typeName(c.Type)
		})
		p.s(")")
	}
}

func (p *printer) unnest(t *Unnest) {
	p.s("UNNEST")
	if sub, ok := t.Args[0].(*Subquery); ok && len(t.Args) == 1 {
		p.s(" ")
		p.inParens(sub.Query)
	} else {
		p.s("(")
		p.exprs(t.Args)
		p.s(")")
	}
	if t.WithOrdinality {
		p.s(" WITH ORDINALITY")
	}
}

// join prints a chain of joins down its left side without recursion.
func (p *printer) join(j *Join) {
	chain := []*Join{j}
	for {
		left, ok := chain[len(chain)-1].Left.(*Join)
		if !ok {
			break
		}
		chain = append(chain, left)
	}
	p.table(chain[len(chain)-1].Left)
	for i := len(chain) - 1; i >= 0; i-- {
		p.joined(chain[i])
	}
}

func (p *printer) joined(j *Join) {
	sep := "\n"
	if p.inline > 0 {
		sep = " "
	}
	if j.Kind == CommaJoin {
		p.s(",", sep)
		p.table(j.Right)
		return
	}
	p.s(sep)
	if j.Natural {
		p.s("NATURAL ")
	}
	p.s(string(j.Kind), " ")
	p.table(j.Right)
	if j.On != nil {
		p.s(" ON ")
		p.expr(j.On)
	}
	if j.Using != nil {
		p.s(" USING (")
		p.idents(j.Using)
		p.s(")")
	}
}

func (p *printer) sample(t *Sample) {
	p.table(t.Table)
	p.s(" TABLESAMPLE ", t.Method, "(")
	if t.Method == "SUBSTITUTE" {
		p.string(t.Substitute)
	} else {
		p.expr(t.Percentage)
	}
	p.s(")")
	if t.Repeatable != nil {
		p.s(" REPEATABLE(")
		p.expr(t.Repeatable)
		p.s(")")
	}
}

// identOrList prints a, or (a, b).
func (p *printer) identOrList(ids []Ident) {
	parens(p, len(ids) > 1, func() { p.idents(ids) })
}

func (p *printer) pivot(t *Pivot) {
	p.table(t.Table)
	p.s(" PIVOT (")
	list(p, t.Aggregates, p.selectItem)
	p.s(" FOR ")
	p.identOrList(t.Axes)
	p.s(" IN (")
	list(p, t.Values, func(v SelectItem) {
		if row, ok := v.X.(*Row); ok {
			p.s("(")
			p.exprs(row.Items)
			p.s(")")
			if v.Alias != nil {
				p.s(" AS ")
				p.ident(*v.Alias)
			}
			return
		}
		p.selectItem(v)
	})
	p.s("))")
}

func (p *printer) unpivot(t *Unpivot) {
	p.table(t.Table)
	p.s(" UNPIVOT ", t.Nulls, " NULLS (")
	p.identOrList(t.Measures)
	p.s(" FOR ")
	p.identOrList(t.Axes)
	p.s(" IN (")
	list(p, t.Values, func(v UnpivotValue) {
		p.identOrList(v.Columns)
		switch x := v.As.(type) {
		case nil:
		case *Row:
			p.s(" AS (")
			p.exprs(x.Items)
			p.s(")")
		default:
			p.s(" AS (")
			p.expr(x)
			p.s(")")
		}
	})
	p.s("))")
}

func (p *printer) matchRecognize(m *MatchRecognize) {
	p.table(m.Table)
	p.s(" MATCH_RECOGNIZE(")
	if m.PartitionBy != nil {
		p.s("\nPARTITION BY ")
		p.exprs(m.PartitionBy)
	}
	if m.OrderBy != nil {
		p.s("\nORDER BY ")
		p.orderItems(m.OrderBy)
	}
	if m.Measures != nil {
		p.s("\nMEASURES ")
		list(p, m.Measures, p.selectItem)
	}
	if m.RowsPerMatch != "" {
		p.s("\n", m.RowsPerMatch, " PER MATCH")
	}
	if m.AfterMatch != "" {
		p.s("\nAFTER MATCH SKIP ", m.AfterMatch)
		if m.AfterTarget.Name != "" {
			p.s(" ")
			p.ident(m.AfterTarget)
		}
	}
	p.s("\nPATTERN (")
	if m.StrictStart {
		p.s("^ ")
	}
	p.pattern(m.Pattern)
	if m.StrictEnd {
		p.s(" $")
	}
	p.s(")")
	if m.Within != nil {
		p.s(" WITHIN ")
		p.expr(m.Within)
	}
	if m.Subsets != nil {
		p.s("\nSUBSET ")
		list(p, m.Subsets, func(s PatternSubset) {
			p.ident(s.Name)
			p.s(" = (")
			p.idents(s.Vars)
			p.s(")")
		})
	}
	p.s("\nDEFINE ")
	list(p, m.Define, func(d PatternDefine) {
		p.ident(d.Name)
		p.s(" AS ")
		p.expr(d.Condition)
	})
	p.s(")")
}

// pattern prints a row pattern; all but variables stand in parentheses.
func (p *printer) pattern(x PatternExpr) {
	switch x := x.(type) {
	case *PatternVar:
		p.ident(x.Name)
	case *PatternConcat:
		p.patternChain(x.Items, " ")
	case *PatternAlt:
		p.patternChain(x.Items, " | ")
	case *PatternPermute:
		p.s("(PERMUTE (")
		list(p, x.Items, p.pattern)
		p.s("))")
	case *PatternExclude:
		p.s("({- ")
		p.pattern(x.X)
		p.s(" -})")
	case *PatternRepeat:
		p.patternRepeat(x)
	}
}

// patternChain prints ((a b) c).
func (p *printer) patternChain(items []PatternExpr, sep string) {
	p.s(strings.Repeat("(", len(items)-1))
	for i, item := range items {
		if i > 0 {
			p.s(sep)
		}
		p.pattern(item)
		p.s(when(i > 0, ")"))
	}
}

func (p *printer) patternRepeat(x *PatternRepeat) {
	p.s("(")
	p.pattern(x.X)
	p.s(" ")
	switch {
	case x.Symbol != "":
		p.s(x.Symbol)
	case x.Exact:
		p.s("{ ")
		p.number(x.Min)
		p.s(" }")
	default:
		p.s("{ ")
		if x.Min >= 0 {
			p.number(x.Min)
		}
		p.s(",")
		if x.Max >= 0 {
			p.s(" ")
			p.number(x.Max)
		}
		p.s(" }")
	}
	if x.Reluctant {
		p.s(" ?")
	}
	p.s(")")
}
