package sql

// ---- INSERT and statement sets ----

// insert parses INSERT INTO|OVERWRITE and UPSERT INTO.
func (p *parser) insert() *Insert {
	from := p.here()
	s := &Insert{Upsert: p.expectAny("INSERT", "UPSERT") == "UPSERT"}
	at := p.here()
	s.Overwrite = p.expectAny("INTO", "OVERWRITE") == "OVERWRITE"
	if s.Overwrite && s.Upsert {
		p.fail(at, "OVERWRITE is only for INSERT")
	}
	start := p.here()
	s.Table.Name = p.name()
	s.Table.Hints = p.hints()
	s.Table.Extend = p.extend()
	s.Table.Span = p.since(start)
	s.Partition = p.partitionOpt(false)
	if p.atSymbol("(") && isIdent(p.peek(1)) {
		p.insertColumns(s)
	}
	s.Source = p.topQuery()
	if p.accept("ON") {
		p.expect("CONFLICT", "DO")
		s.OnConflict = "DO " + p.expectAny("ERROR", "NOTHING", "DEDUPLICATE")
	}
	s.Span = p.since(from)
	return s
}

// insertColumns parses (column, ...).
func (p *parser) insertColumns(s *Insert) {
	p.expectSymbol("(")
	for {
		name := p.name()
		s.Columns = append(s.Columns, name)
		if p.tok().kind == tokWord {
			p.failHint(p.here(), "write INSERT INTO t EXTEND (column type) ...", "a target column has no type")
		}
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
}

// statementSet parses STATEMENT SET BEGIN insert; ... END.
func (p *parser) statementSet(from Pos) *StatementSet {
	p.expect("STATEMENT", "SET", "BEGIN")
	s := &StatementSet{}
	for {
		if !p.at("INSERT") && !p.at("UPSERT") {
			p.unexpected("INSERT")
		}
		s.Inserts = append(s.Inserts, p.insert())
		p.expectSymbol(";")
		if p.accept("END") {
			break
		}
	}
	s.Span = p.since(from)
	return s
}

// execute parses EXECUTE STATEMENT SET, EXECUTE INSERT, EXECUTE query and EXECUTE PLAN.
func (p *parser) execute() Statement {
	from := p.here()
	p.expect("EXECUTE")
	switch {
	case p.at("STATEMENT"):
		s := p.statementSet(from)
		s.Execute = true
		return s
	case p.at("INSERT"), p.at("UPSERT"):
		s := p.insert()
		s.Execute = true
		s.Span = p.since(from)
		return s
	case p.at("PLAN") && p.peek(1).kind != tokSymbol:
		p.pos++
		path := p.stringLiteral()
		return &ExecutePlan{p.since(from), *path}
	}
	q := p.topQuery()
	return &Execute{p.since(from), q}
}

func (p *parser) beginSet() Statement {
	from := p.here()
	p.expect("BEGIN", "STATEMENT", "SET")
	return &BeginStatementSet{p.since(from)}
}

func (p *parser) endSet() Statement {
	from := p.here()
	p.expect("END")
	return &EndStatementSet{p.since(from)}
}

// compile parses COMPILE [AND EXECUTE] PLAN 'path' [IF NOT EXISTS] FOR statement.
func (p *parser) compile() Statement {
	from := p.here()
	p.expect("COMPILE")
	s := &CompilePlan{}
	if p.accept("AND") {
		p.expect("EXECUTE")
		s.Execute = true
	}
	p.expect("PLAN")
	s.Path = *p.stringLiteral()
	s.IfNotExists = !s.Execute && p.ifNotExists()
	p.expect("FOR")
	if p.at("STATEMENT") {
		s.Statement = p.statementSet(p.here())
	} else {
		if !p.at("INSERT") && !p.at("UPSERT") {
			p.unexpected("STATEMENT SET or INSERT")
		}
		s.Statement = p.insert()
	}
	s.Span = p.since(from)
	return s
}

// ---- other changes of data ----

func (p *parser) callProcedure() Statement {
	from := p.here()
	p.expect("CALL")
	name := p.name()
	c := p.plainCall(name).(*Call)
	return &CallProcedure{p.since(from), c}
}

func (p *parser) analyze() Statement {
	from := p.here()
	p.expect("ANALYZE", "TABLE")
	s := &Analyze{Name: p.name()}
	s.Partition = p.partitionOpt(true)
	p.expect("COMPUTE", "STATISTICS")
	if p.accept("FOR") {
		if p.accept("ALL") {
			p.expect("COLUMNS")
			s.AllColumns = true
		} else {
			p.expect("COLUMNS")
			s.Columns = []Ident{p.ident()}
			for p.acceptSymbol(",") {
				s.Columns = append(s.Columns, p.ident())
			}
		}
	}
	s.Span = p.since(from)
	return s
}

// target parses the table of UPDATE, DELETE and MERGE with its alias.
func (p *parser) target() (TableRef, *Ident) {
	from := p.here()
	t := TableRef{Name: p.name(), Hints: p.hints(), Extend: p.extend()}
	t.Span = p.since(from)
	if p.accept("AS") || p.atIdent() {
		id := p.ident()
		return t, &id
	}
	return t, nil
}

func (p *parser) update() Statement {
	from := p.here()
	p.expect("UPDATE")
	s := &Update{}
	s.Table, s.Alias = p.target()
	p.expect("SET")
	s.Assignments = p.assignments(false)
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	s.Span = p.since(from)
	return s
}

// assignments parses column = value, ...
func (p *parser) assignments(compound bool) []Assignment {
	var list []Assignment
	for {
		from := p.here()
		a := Assignment{}
		if compound {
			a.Column = p.name()
		} else {
			a.Column = p.simpleName()
		}
		p.expectSymbol("=")
		a.Value = p.expr()
		a.Span = p.since(from)
		list = append(list, a)
		if !p.acceptSymbol(",") {
			return list
		}
	}
}

func (p *parser) delete() Statement {
	from := p.here()
	p.expect("DELETE", "FROM")
	s := &Delete{}
	s.Table, s.Alias = p.target()
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	s.Span = p.since(from)
	return s
}

func (p *parser) truncate() Statement {
	from := p.here()
	p.expect("TRUNCATE", "TABLE")
	name := p.name()
	return &Truncate{p.since(from), name}
}

func (p *parser) merge() Statement {
	from := p.here()
	p.expect("MERGE", "INTO")
	s := &Merge{}
	s.Table, s.Alias = p.target()
	p.expect("USING")
	s.Source = p.tablePrimary()
	p.expect("ON")
	s.On = p.expr()
	if p.atSeq("WHEN", "MATCHED") {
		p.expect("WHEN", "MATCHED", "THEN", "UPDATE", "SET")
		s.Update = p.assignments(true)
	}
	if s.Update == nil || p.at("WHEN") {
		p.expect("WHEN", "NOT", "MATCHED", "THEN", "INSERT")
		if p.atSymbol("(") && isIdent(p.peek(1)) {
			s.InsertCols = p.identList()
		}
		paren := p.acceptSymbol("(")
		p.expect("VALUES")
		s.Values = p.valuesRow()
		if paren {
			p.expectSymbol(")")
		}
	}
	s.Span = p.since(from)
	return s
}
