package sql

import "strings"

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *Query:
		p.query(s)
	case *CreateTable:
		p.createTable(s)
	case *CreateMaterializedTable:
		p.createMaterializedTable(s)
	case *CreateView:
		p.createView(s)
	case *CreateFunction:
		p.createFunction(s)
	case *CreateCatalog:
		p.s("CREATE CATALOG ", when(s.IfNotExists, "IF NOT EXISTS "))
		p.name(s.Name)
		p.commentAndOptions(s.Comment, s.Options)
	case *CreateDatabase:
		p.s("CREATE DATABASE ", when(s.IfNotExists, "IF NOT EXISTS "))
		p.name(s.Name)
		p.commentAndOptions(s.Comment, s.Options)
	case *CreateModel:
		p.createModel(s)
	case *CreateConnection:
		p.s("CREATE ", when(s.Temporary, "TEMPORARY "), when(s.System, "SYSTEM "), "CONNECTION ",
			when(s.IfNotExists, "IF NOT EXISTS "))
		p.name(s.Name)
		p.commentAndOptions(s.Comment, nil)
		p.s("\nWITH ")
		p.options(s.Options)
	case *Alter:
		p.s("ALTER ", when(s.Temporary, "TEMPORARY "), when(s.System, "SYSTEM "), string(s.Object), " ",
			when(s.IfExists, "IF EXISTS "))
		p.name(s.Name)
		p.action(s.Action)
	case *Drop:
		p.s("DROP ", when(s.Temporary, "TEMPORARY "), when(s.System, "SYSTEM "), string(s.Object), " ",
			when(s.IfExists, "IF EXISTS "))
		p.name(s.Name)
		p.s(when(s.Behavior != "", " "), s.Behavior)
	case *Insert, *StatementSet, *Execute, *Update, *Delete, *Truncate, *Merge, *CallProcedure, *CompilePlan, *ExecutePlan:
		p.data(s)
	default:
		p.session(s)
	}
}

// when gives text if the condition holds.
func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// ---- CREATE ----

func (p *printer) commentAndOptions(comment *Literal, options []Option) {
	if comment != nil {
		p.s("\nCOMMENT ")
		p.literal(comment)
	}
	p.with(options)
}

// with prints WITH (...) on lines of its own.
func (p *printer) with(options []Option) {
	if options != nil {
		p.s("\nWITH ")
		p.options(options)
	}
}

// options prints ('k' = 'v', ...), one a line.
func (p *printer) options(options []Option) {
	p.s("(\n")
	for i, o := range options {
		if i > 0 {
			p.s(",\n")
		}
		p.s("  ")
		p.option(o)
	}
	p.s(when(len(options) > 0, "\n"), ")")
}

func (p *printer) option(o Option) {
	p.literal(&o.Key)
	p.s(" = ")
	p.literal(&o.Value)
}

func (p *printer) createTable(s *CreateTable) {
	p.s(when(s.Create, "CREATE "), when(s.Create && s.Replace, "OR "), when(s.Replace, "REPLACE "),
		when(s.Temporary, "TEMPORARY "), "TABLE ", when(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	p.tableParts(s.Elements, s.Comment, s.Distribution, s.PartitionedBy)
	if s.Connection != nil {
		p.s("\nUSING CONNECTION ")
		p.name(*s.Connection)
	}
	p.with(s.Options)
	if s.Like != nil {
		p.s("\nLIKE ")
		p.name(s.Like.Table)
		if s.Like.Options != nil {
			p.s(" (\n")
			for _, o := range s.Like.Options {
				p.s("  ", o.Strategy, " ", o.Feature, "\n")
			}
			p.s(")")
		}
	}
	p.as(s.As)
}

// as prints AS and a query on lines of their own.
func (p *printer) as(q *Query) {
	if q != nil {
		p.s("\nAS\n")
		p.query(q)
	}
}

func (p *printer) tableParts(elements []TableElement, comment *Literal, d *Distribution, partitionedBy []Ident) {
	if elements != nil {
		p.s(" (\n")
		p.elements(elements)
		p.s("\n)")
	}
	if comment != nil {
		p.s("\nCOMMENT ")
		p.literal(comment)
	}
	if d != nil {
		p.s("\nDISTRIBUTED ")
		p.distribution(d)
	}
	if partitionedBy != nil {
		p.s("\nPARTITIONED BY (")
		p.idents(partitionedBy)
		p.s(")")
	}
}

func (p *printer) elements(elements []TableElement) {
	for i, e := range elements {
		if i > 0 {
			p.s(",\n")
		}
		p.s("  ")
		p.element(e)
	}
}

func (p *printer) element(e TableElement) {
	switch e := e.(type) {
	case *ColumnDef:
		p.column(e)
	case *TableConstraint:
		p.constraint(e)
	case *Watermark:
		p.s("WATERMARK FOR ")
		p.name(e.Column)
		p.s(" AS ")
		p.expr(e.Expr)
	}
}

func (p *printer) column(c *ColumnDef) {
	p.name(c.Name)
	if c.Type != nil {
		p.s(" ")
		p.typeName(c.Type)
	}
	if c.Constraint != nil {
		p.s(" ")
		p.constraint(c.Constraint)
	}
	if c.Kind == ComputedColumn {
		p.s(" AS ")
		p.expr(c.Expr)
	}
	if c.Kind == MetadataColumn {
		p.s(" METADATA")
		if c.From != nil {
			p.s(" FROM ")
			p.literal(c.From)
		}
		p.s(when(c.Virtual, " VIRTUAL"))
	}
	if c.Comment != nil {
		p.s(" COMMENT ")
		p.literal(c.Comment)
	}
	if c.Position != nil {
		if c.Position.First {
			p.s(" FIRST")
		} else {
			p.s(" AFTER ")
			p.name(c.Position.After)
		}
	}
}

func (p *printer) constraint(c *TableConstraint) {
	if c.Name != nil {
		p.s("CONSTRAINT ")
		p.ident(*c.Name)
		p.s(" ")
	}
	if c.Primary {
		p.s("PRIMARY KEY")
	} else {
		p.s("UNIQUE")
	}
	if c.Columns != nil {
		p.s(" (")
		p.idents(c.Columns)
		p.s(")")
	}
	p.s(when(c.Enforcement != "", " "), c.Enforcement)
}

func (p *printer) distribution(d *Distribution) {
	sep := ""
	if d.Columns != nil {
		p.s("BY ", d.Kind, "(")
		p.idents(d.Columns)
		p.s(")")
		sep = " "
	}
	if d.Buckets != nil {
		p.s(sep, "INTO ")
		p.literal(d.Buckets)
		p.s(" BUCKETS")
	}
}

func (p *printer) createMaterializedTable(s *CreateMaterializedTable) {
	p.s("CREATE ", when(s.OrAlter, "OR ALTER "), "MATERIALIZED TABLE ")
	p.name(s.Name)
	p.tableParts(s.Elements, s.Comment, s.Distribution, s.PartitionedBy)
	p.with(s.Options)
	if m := s.StartMode; m != nil {
		p.s("\nSTART_MODE = ", m.Mode)
		if m.Arg != nil {
			p.s("(")
			p.expr(m.Arg)
			p.s(")")
		}
	}
	if s.Freshness != nil {
		p.s("\nFRESHNESS = ")
		p.expr(s.Freshness)
	}
	if s.RefreshMode != "" {
		p.s("\nREFRESH_MODE = ", s.RefreshMode)
	}
	p.as(s.As)
}

func (p *printer) createView(s *CreateView) {
	p.s("CREATE ", when(s.Replace, "OR REPLACE "), when(s.Temporary, "TEMPORARY "), "VIEW ",
		when(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	if s.Columns != nil {
		p.s(" (")
		p.idents(s.Columns)
		p.s(")")
	}
	if s.Comment != nil {
		p.s("\nCOMMENT ")
		p.literal(s.Comment)
	}
	p.as(s.Query)
}

func (p *printer) createFunction(s *CreateFunction) {
	p.s("CREATE ", when(s.Temporary, "TEMPORARY "), when(s.System, "SYSTEM "), "FUNCTION ",
		when(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	p.class(s.Class, s.Language)
	for i, r := range s.Resources {
		if i == 0 {
			p.s(" USING ")
		} else {
			p.s(", ")
		}
		p.s(r.Kind, " ")
		p.literal(&r.Path)
	}
	p.with(s.Options)
}

func (p *printer) class(class Literal, language string) {
	p.s(" AS ")
	p.literal(&class)
	p.s(when(language != "", " LANGUAGE "), language)
}

func (p *printer) createModel(s *CreateModel) {
	p.s("CREATE ", when(s.Temporary, "TEMPORARY "), "MODEL ", when(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	p.modelColumns(" INPUT", s.Input)
	p.modelColumns(" OUTPUT", s.Output)
	p.commentAndOptions(s.Comment, s.Options)
	p.as(s.As)
}

func (p *printer) modelColumns(word string, columns []ColumnDef) {
	for i := range columns {
		if i == 0 {
			p.s(word, " (\n  ")
		} else {
			p.s(",\n  ")
		}
		p.column(&columns[i])
	}
	p.s(when(columns != nil, "\n)"))
}

// ---- ALTER ----

func (p *printer) action(a AlterAction) {
	switch a := a.(type) {
	case *RenameTo:
		p.s(" RENAME TO ")
		p.name(a.Name)
	case *RenameColumn:
		p.s(" RENAME ")
		p.name(a.From)
		p.s(" TO ")
		p.name(a.To)
	case *SetOptions:
		p.s(" SET ")
		p.options(a.Options)
	case *ResetOptions:
		p.s(" RESET (\n")
		for i := range a.Keys {
			p.s(when(i > 0, ",\n"), "  ")
			p.literal(&a.Keys[i])
		}
		p.s(when(a.Keys != nil, "\n"), ")")
	case *SetComment:
		p.s(" COMMENT ")
		p.literal(&a.Comment)
	case *ChangeElements:
		p.s(addOrModify(a.Modify), "(\n")
		p.elements(a.Elements)
		p.s("\n)")
	case *ChangeDistribution:
		p.s(addOrModify(a.Modify), "DISTRIBUTION ")
		p.distribution(&a.Distribution)
	case *DropColumns:
		p.s(" DROP (\n")
		for i, n := range a.Columns {
			p.s(when(i > 0, ",\n"), "  ")
			p.name(n)
		}
		p.s("\n)")
	case *DropElement:
		p.s(" DROP ", a.Kind)
		if a.Name != nil {
			p.s(" ")
			p.ident(*a.Name)
		}
	case *AddPartitions, *DropPartitions:
		p.partitions(a)
	case *AsQuery:
		p.as(a.Query)
	case *AsClass:
		p.class(a.Class, a.Language)
	case *SetFreshness:
		p.s(" SET FRESHNESS = ")
		p.expr(&a.Freshness)
	case *SetRefreshMode:
		p.s(" SET REFRESH_MODE = ", a.Mode)
	case *Suspend:
		p.s(" SUSPEND")
	case *Resume:
		p.s(" RESUME")
		p.with(a.Options)
	case *Refresh:
		p.s(" REFRESH")
		p.partition(a.Partition)
	}
}

func addOrModify(modify bool) string {
	if modify {
		return " MODIFY "
	}
	return " ADD "
}

func (p *printer) partitions(a AlterAction) {
	switch a := a.(type) {
	case *AddPartitions:
		p.s("\nADD", when(a.IfNotExists, " IF NOT EXISTS"))
		for i := range a.Partitions {
			part := &a.Partitions[i]
			p.s("\n")
			p.partitionSpec(&part.Spec)
			if part.Options != nil {
				p.s(" WITH (")
				list(p, part.Options, p.option)
				p.s(")")
			}
		}
	case *DropPartitions:
		p.s("\nDROP", when(a.IfExists, " IF EXISTS"))
		for i := range a.Partitions {
			p.s(when(i > 0, ","), "\n")
			p.partitionSpec(&a.Partitions[i])
		}
	}
}

// partition prints " PARTITION (..)", or nothing.
func (p *printer) partition(s *PartitionSpec) {
	if s != nil {
		p.s(" ")
		p.partitionSpec(s)
	}
}

func (p *printer) partitionSpec(s *PartitionSpec) {
	p.s("PARTITION (")
	list(p, s.Items, func(i PartitionItem) {
		p.ident(i.Column)
		if i.Value != nil {
			p.s(" = ")
			p.expr(i.Value)
		}
	})
	p.s(")")
}

// ---- data ----

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

// ---- session ----

func (p *printer) session(s Statement) {
	switch s := s.(type) {
	case *Explain:
		p.s("EXPLAIN ", strings.Join(s.Details, ", "), when(s.Details != nil, " "))
		p.statement(s.Statement)
	case *Describe:
		p.s("DESCRIBE ")
		if s.Object != TableObject {
			p.s(string(s.Object), " ")
		}
		p.s(when(s.Extended, "EXTENDED "))
		p.name(s.Name)
	case *DescribeJob:
		p.s("DESCRIBE JOB ")
		p.literal(&s.ID)
	case *Show:
		p.show(s)
	case *ShowCreate:
		p.s("SHOW CREATE ", string(s.Object), " ")
		p.name(s.Name)
	case *Use:
		p.s("USE ", when(s.Catalog, "CATALOG "))
		p.name(s.Name)
	case *UseModules:
		p.s("USE MODULES ")
		p.idents(s.Names)
	case *Set:
		p.s("SET")
		if s.Key != "" {
			p.s(" ")
			p.string(s.Key)
			p.s(" = ")
			p.string(s.Value)
		}
	case *Reset:
		p.s("RESET")
		if s.Key != "" {
			p.s(" ")
			p.string(s.Key)
		}
	case *LoadModule:
		p.s("LOAD MODULE ")
		p.ident(s.Name)
		p.with(s.Options)
	case *UnloadModule:
		p.s("UNLOAD MODULE ")
		p.ident(s.Name)
	case *Jar:
		p.s(when(s.Remove, "REMOVE"), when(!s.Remove, "ADD"), " JAR ")
		p.literal(&s.Path)
	case *Analyze:
		p.analyze(s)
	case *StopJob:
		p.s("STOP JOB ")
		p.literal(&s.ID)
		p.s(when(s.Savepoint, " WITH SAVEPOINT"), when(s.Drain, " WITH DRAIN"))
	case *BeginStatementSet:
		p.s("BEGIN STATEMENT SET")
	case *EndStatementSet:
		p.s("END")
	case *Command:
		p.s(s.Name)
	}
}

func (p *printer) show(s *Show) {
	p.s("SHOW ", string(s.Kind))
	p.s(when(s.Preposition != "", " "), s.Preposition)
	if s.Name != nil {
		p.s(" ")
		p.name(*s.Name)
	}
	p.partition(s.Partition)
	if s.LikeOp != "" {
		p.s(not(s.Not), " ", s.LikeOp, " ")
		pattern := s.Pattern.Text
		if p.style.UpperCase {
			pattern = strings.ToUpper(pattern)
		}
		p.string(pattern)
	}
}

func (p *printer) analyze(s *Analyze) {
	p.s("ANALYZE TABLE ")
	p.name(s.Name)
	p.partition(s.Partition)
	p.s(" COMPUTE STATISTICS")
	if s.AllColumns {
		p.s(" FOR ALL COLUMNS")
	} else if s.Columns != nil {
		p.s(" FOR COLUMNS ")
		p.idents(s.Columns)
	}
}
