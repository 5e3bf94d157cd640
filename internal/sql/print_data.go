package sql

func (p *printer) data(s Statement) {
	switch s := s.(type) {
	case *Insert:
		p.insert(s)
	case *StatementSet:
		p.statementSet(s)
	case *Execute:
		p.s("EXECUTE ")
		p.query(s.Query)
	case *Update:
		p.s("UPDATE ")
		p.target(&s.Table, s.Alias)
		p.s(" SET ")
		list(p, s.Assignments, p.assignment)
		p.where(s.Where)
	case *Delete:
		p.s("DELETE FROM ")
		p.target(&s.Table, s.Alias)
		p.where(s.Where)
	case *Truncate:
		p.s("TRUNCATE TABLE ")
		p.name(s.Name)
	case *Merge:
		p.merge(s)
	case *CallProcedure:
		p.s("CALL ")
		p.call(s.Call)
	case *CompilePlan:
		p.s("COMPILE ", when(s.Execute, "AND EXECUTE "), "PLAN ")
		p.literal(&s.Path)
		p.s(when(s.IfNotExists, " IF NOT EXISTS"), " FOR ")
		p.statement(s.Statement)
	case *ExecutePlan:
		p.s("EXECUTE PLAN ")
		p.literal(&s.Path)
	}
}

func (p *printer) insert(s *Insert) {
	p.s(when(s.Execute, "EXECUTE "))
	switch {
	case s.Upsert:
		p.s("UPSERT INTO ")
	case s.Overwrite:
		p.s("INSERT OVERWRITE ")
	default:
		p.s("INSERT INTO ")
	}
	p.tableRef(&s.Table)
	p.partition(s.Partition)
	p.s(when(s.Partition != nil, "\n"))
	if s.Columns != nil {
		p.s(when(s.Partition == nil, " "), "(")
		list(p, s.Columns, p.name)
		p.s(")")
	}
	p.s("\n")
	p.query(s.Source)
	if s.OnConflict != "" {
		p.s("\nON CONFLICT ", s.OnConflict)
	}
}

func (p *printer) statementSet(s *StatementSet) {
	if s.Script {
		p.s("BEGIN STATEMENT SET;\n")
		for _, ins := range s.Inserts {
			p.insert(ins)
			p.s(";\n")
		}
		p.s("END")
		return
	}
	p.s(when(s.Execute, "EXECUTE "), "STATEMENT SET BEGIN\n")
	for _, ins := range s.Inserts {
		p.insert(ins)
		p.s("\n;\n")
	}
	p.s("END")
}

func (p *printer) target(t *TableRef, alias *Ident) {
	p.tableRef(t)
	if alias != nil {
		p.s(" AS ")
		p.ident(*alias)
	}
}

func (p *printer) assignment(a Assignment) {
	p.name(a.Column)
	p.s(" = ")
	p.expr(a.Value)
}

func (p *printer) where(x Expr) {
	if x != nil {
		p.s("\nWHERE ")
		p.expr(x)
	}
}

func (p *printer) merge(s *Merge) {
	p.s("MERGE INTO ")
	p.target(&s.Table, s.Alias)
	p.s("\nUSING ")
	p.table(s.Source)
	p.s("\nON ")
	p.expr(s.On)
	if s.Update != nil {
		p.s("\nWHEN MATCHED THEN UPDATE SET ")
		list(p, s.Update, p.assignment)
	}
	if s.Values != nil {
		p.s("\nWHEN NOT MATCHED THEN INSERT ")
		if s.InsertCols != nil {
			p.s("(")
			p.idents(s.InsertCols)
			p.s(") ")
		}
		p.s("VALUES ")
		p.expr(s.Values)
	}
}
