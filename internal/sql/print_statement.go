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
