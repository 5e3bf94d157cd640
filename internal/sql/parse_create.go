package sql

import "slices"

// create parses CREATE [OR REPLACE] [TEMPORARY] object.
func (p *parser) create() Statement {
	from := p.here()
	p.expect("CREATE")
	replace := false
	if p.at("OR") && p.peek(1).keyword != "ALTER" {
		p.expect("OR", "REPLACE")
		replace = true
	}
	temporary := p.accept("TEMPORARY")
	object := p.tok()
	switch {
	case p.accept("TABLE"):
		return p.createTable(from, true, replace, temporary)
	case p.at("MATERIALIZED") || p.at("OR"):
		return p.createMaterializedTable(from, replace, temporary)
	case p.accept("VIEW"):
		return p.createView(from, replace, temporary)
	case p.accept("CATALOG"):
		s := &CreateCatalog{IfNotExists: p.ifNotExists(), Name: p.simpleName()}
		s.Comment, s.Options = p.comment(), p.withOptions()
		s.Span = p.since(from)
		return s
	case p.accept("DATABASE"):
		s := &CreateDatabase{IfNotExists: p.ifNotExists(), Name: p.name()}
		s.Comment, s.Options = p.comment(), p.withOptions()
		s.Span = p.since(from)
		return s
	case p.accept("MODEL"):
		return p.createModel(from, temporary)
	case p.at("SYSTEM"), p.at("FUNCTION"), p.at("CONNECTION"):
		return p.createSystemObject(from, temporary, object)
	}
	p.unexpected("TABLE, VIEW, FUNCTION, DATABASE, CATALOG or another kind of object")
	return nil
}

// createSystemObject parses [SYSTEM] FUNCTION and [SYSTEM] CONNECTION.
func (p *parser) createSystemObject(from Pos, temporary bool, object *token) Statement {
	system := p.accept("SYSTEM")
	kind := p.expectAny("FUNCTION", "CONNECTION")
	if system && !temporary {
		p.failHint(begin(object), "write CREATE TEMPORARY SYSTEM "+kind, "a system %s must be temporary", lower(kind))
	}
	if kind == "CONNECTION" {
		s := &CreateConnection{Temporary: temporary, System: system, IfNotExists: p.ifNotExists(), Name: p.name()}
		s.Comment = p.comment()
		p.expect("WITH")
		s.Options = p.options()
		s.Span = p.since(from)
		return s
	}
	s := &CreateFunction{Temporary: temporary, System: system, IfNotExists: p.ifNotExists()}
	if system {
		s.Name = p.simpleName()
	} else {
		s.Name = p.name()
	}
	p.expect("AS")
	s.Class = *p.plainString()
	at := p.here()
	s.Language = p.language(&at)
	if p.accept("USING") {
		if s.Language == "SQL" || s.Language == "PYTHON" {
			p.fail(at, "USING is not for functions in %s", s.Language)
		}
		s.Resources = p.resources()
	}
	s.Options = p.withOptions()
	s.Span = p.since(from)
	return s
}

// language parses LANGUAGE word and notes where the word stands.
func (p *parser) language(at *Pos) string {
	if !p.accept("LANGUAGE") {
		return ""
	}
	*at = p.here()
	return p.expectAny("JAVA", "SCALA", "SQL", "PYTHON")
}

// resources parses JAR 'path', ARTIFACT 'path', ...
func (p *parser) resources() []Resource {
	var list []Resource
	for {
		from := p.here()
		r := Resource{Kind: p.expectAny("JAR", "ARTIFACT")}
		r.Path = *p.plainString()
		r.Span = p.since(from)
		list = append(list, r)
		if !p.acceptSymbol(",") {
			return list
		}
	}
}

func (p *parser) ifNotExists() bool { return p.acceptSeq("IF", "NOT", "EXISTS") }

func (p *parser) ifExists() bool { return p.acceptSeq("IF", "EXISTS") }

// comment parses COMMENT 'text', or gives nil.
func (p *parser) comment() *Literal {
	if !p.accept("COMMENT") {
		return nil
	}
	return p.plainString()
}

// withOptions parses WITH ('k' = 'v', ...), or gives nil.
func (p *parser) withOptions() []Option {
	if !p.accept("WITH") {
		return nil
	}
	return p.options()
}

// options parses ('k' = 'v', ...).
func (p *parser) options() []Option {
	var list []Option
	p.expectSymbol("(")
	for !p.atSymbol(")") || len(list) > 0 {
		from := p.here()
		o := Option{Key: *p.stringLiteral()}
		p.expectSymbol("=")
		o.Value = *p.stringLiteral()
		o.Span = p.since(from)
		list = append(list, o)
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
	return list
}

// optionKeys parses ('k', ...).
func (p *parser) optionKeys() []Literal {
	var list []Literal
	p.expectSymbol("(")
	for !p.atSymbol(")") || len(list) > 0 {
		list = append(list, *p.stringLiteral())
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
	return list
}

// ---- tables ----

// createTable parses what follows [CREATE [OR REPLACE]|REPLACE] [TEMPORARY] TABLE.
func (p *parser) createTable(from Pos, create, replace, temporary bool) Statement {
	s := &CreateTable{Create: create, Replace: replace, Temporary: temporary, IfNotExists: p.ifNotExists(), Name: p.name()}
	at := p.here()
	s.Elements = p.elementsOrNames()
	s.Comment = p.comment()
	s.Distribution = p.distributed()
	s.PartitionedBy = p.partitionedBy()
	if p.accept("USING") {
		if p.tok().keyword != "CONNECTION" {
			p.unexpected("CONNECTION")
		}
		p.pos++
		name := p.name()
		s.Connection = &name
	}
	s.Options = p.withOptions()
	switch {
	case !create:
		p.expect("AS")
		s.As = p.topQuery()
	case p.accept("LIKE"):
		s.Like = p.like()
	case p.accept("AS"):
		s.As = p.topQuery()
	}
	if s.As == nil && len(s.Elements) > 0 && isBareColumn(s.Elements[0]) {
		p.failHint(at, "give each column a type", "columns without a type are only for CREATE TABLE ... AS SELECT")
	}
	s.Span = p.since(from)
	return s
}

func isBareColumn(e TableElement) bool {
	c, ok := e.(*ColumnDef)
	return ok && c.Kind == BareColumn
}

// elementsOrNames parses (columns, constraints, watermark), or (names) alone; nil without parentheses.
func (p *parser) elementsOrNames() []TableElement {
	if !p.acceptSymbol("(") {
		return nil
	}
	var list []TableElement
	if next := p.peek(1); p.atIdent() && next.kind == tokSymbol && (next.keyword == "," || next.keyword == ")") {
		for {
			name := p.name()
			list = append(list, &ColumnDef{Span: name.Span, Kind: BareColumn, Name: name})
			if !p.acceptSymbol(",") {
				break
			}
		}
	} else {
		list = p.elements(false)
	}
	p.expectSymbol(")")
	return list
}

// elements parses columns, constraints and a watermark, and gives them in this order;
// positions are those of ALTER TABLE.
func (p *parser) elements(positions bool) []TableElement {
	var list []TableElement
	watermark := false
	for {
		e := p.element(positions)
		if w, ok := e.(*Watermark); ok {
			if watermark {
				p.fail(w.From, "a table has one WATERMARK")
			}
			watermark = true
		}
		list = append(list, e)
		if !p.acceptSymbol(",") {
			slices.SortStableFunc(list, func(a, b TableElement) int { return elementRank(a) - elementRank(b) })
			return list
		}
	}
}

// elementRank orders the elements of a table: columns, constraints, watermark. Their order in
// the text means nothing.
func elementRank(e TableElement) int {
	switch e.(type) {
	case *ColumnDef:
		return 0
	case *TableConstraint:
		return 1
	}
	return 2
}

func (p *parser) element(positions bool) TableElement {
	from := p.here()
	switch {
	case p.at("WATERMARK"):
		p.pos++
		p.expect("FOR")
		w := &Watermark{Column: p.name()}
		p.expect("AS")
		w.Expr = p.exprWithoutQuery()
		w.Span = p.since(from)
		return w
	case p.at("CONSTRAINT"), p.at("PRIMARY"), p.at("UNIQUE"):
		return p.constraint(true)
	case !p.atIdent():
		p.unexpected("a column, a constraint or a WATERMARK")
	}
	c := &ColumnDef{Name: p.name()}
	if len(c.Name.Parts) == 1 && p.accept("AS") {
		c.Kind = ComputedColumn
		c.Expr = p.exprWithoutQuery()
	} else {
		c.Kind = PhysicalColumn
		c.Type = p.dataType()
		p.columnKind(c)
	}
	c.Comment = p.comment()
	if positions {
		c.Position = p.columnPosition()
	}
	c.Span = p.since(from)
	return c
}

// columnKind parses METADATA or a constraint behind the type of a column.
func (p *parser) columnKind(c *ColumnDef) {
	if p.at("CONSTRAINT") || p.at("PRIMARY") || p.at("UNIQUE") {
		c.Constraint = p.constraint(false)
		return
	}
	if !p.accept("METADATA") {
		return
	}
	c.Kind = MetadataColumn
	if p.accept("FROM") {
		c.From = p.stringLiteral()
	}
	c.Virtual = p.accept("VIRTUAL")
}

func (p *parser) columnPosition() *ColumnPosition {
	from := p.here()
	switch {
	case p.accept("FIRST"):
		return &ColumnPosition{Span: p.since(from), First: true}
	case p.accept("AFTER"):
		name := p.name()
		return &ColumnPosition{Span: p.since(from), After: name}
	}
	return nil
}

// constraint parses [CONSTRAINT name] PRIMARY KEY|UNIQUE, with its columns if it
// is one of the table.
func (p *parser) constraint(ofTable bool) *TableConstraint {
	from := p.here()
	c := &TableConstraint{}
	if p.accept("CONSTRAINT") {
		id := p.ident()
		c.Name = &id
	}
	if p.expectAny("PRIMARY", "UNIQUE") == "PRIMARY" {
		p.expect("KEY")
		c.Primary = true
	}
	if ofTable {
		c.Columns = p.identList()
	}
	switch {
	case p.accept("ENFORCED"):
		c.Enforcement = "ENFORCED"
	case p.at("NOT"):
		p.expect("NOT", "ENFORCED")
		c.Enforcement = "NOT ENFORCED"
	}
	c.Span = p.since(from)
	return c
}

// distributed parses DISTRIBUTED [BY ..] [INTO n BUCKETS], or gives nil.
func (p *parser) distributed() *Distribution {
	from := p.here()
	if !p.accept("DISTRIBUTED") {
		return nil
	}
	d := p.distribution(from)
	return &d
}

// distribution parses what follows DISTRIBUTED or DISTRIBUTION.
func (p *parser) distribution(from Pos) Distribution {
	d := Distribution{}
	if !p.at("INTO") {
		p.expect("BY")
		d.Kind = p.acceptAny("HASH", "RANGE")
		d.Columns = p.identList()
	}
	if p.accept("INTO") {
		if p.tok().kind != tokInteger {
			p.unexpected("a number of buckets")
		}
		d.Buckets = p.number()
		p.expect("BUCKETS")
	}
	d.Span = p.since(from)
	return d
}

// partitionedBy parses PARTITIONED BY (columns), or gives nil.
func (p *parser) partitionedBy() []Ident {
	if !p.accept("PARTITIONED") {
		return nil
	}
	p.expect("BY")
	return p.identList()
}

// like parses what follows LIKE.
func (p *parser) like() *LikeClause {
	l := &LikeClause{Table: p.name()}
	if p.acceptSymbol("(") {
		for {
			from := p.here()
			o := LikeOption{Strategy: p.expectAny("INCLUDING", "EXCLUDING", "OVERWRITING")}
			o.Feature = p.expectAny("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS",
				"WATERMARKS")
			o.Span = p.since(from)
			l.Options = append(l.Options, o)
			if p.acceptSymbol(")") {
				break
			}
		}
	}
	l.Span = p.since(l.Table.From)
	return l
}

// ---- other objects ----

func (p *parser) createMaterializedTable(from Pos, replace, temporary bool) Statement {
	s := &CreateMaterializedTable{}
	if p.accept("OR") {
		p.expect("ALTER")
		s.OrAlter = true
	}
	at := p.here()
	p.expect("MATERIALIZED")
	if temporary {
		p.fail(at, "CREATE TEMPORARY MATERIALIZED TABLE is not supported")
	}
	if replace {
		p.fail(at, "CREATE OR REPLACE MATERIALIZED TABLE is not supported")
	}
	p.expect("TABLE")
	s.Name = p.name()
	s.Elements = p.elementsOrNames()
	s.Comment = p.comment()
	s.Distribution = p.distributed()
	s.PartitionedBy = p.partitionedBy()
	s.Options = p.withOptions()
	s.StartMode = p.startMode()
	if p.accept("FRESHNESS") {
		p.expectSymbol("=")
		s.Freshness = p.freshness()
	}
	if p.accept("REFRESH_MODE") {
		p.expectSymbol("=")
		s.RefreshMode = p.expectAny("FULL", "CONTINUOUS")
	}
	p.expect("AS")
	s.As = p.topQuery()
	s.Span = p.since(from)
	return s
}

// freshness parses the interval of FRESHNESS.
func (p *parser) freshness() *IntervalLiteral {
	x := p.exprWithoutQuery()
	lit, ok := x.(*IntervalLiteral)
	if !ok {
		p.fail(x.Pos(), "FRESHNESS is an INTERVAL literal")
	}
	return lit
}

// startMode parses START_MODE = mode, or gives nil.
func (p *parser) startMode() *StartMode {
	from := p.here()
	if !p.accept("START_MODE") {
		return nil
	}
	p.expectSymbol("=")
	m := &StartMode{Mode: p.expectAny("FROM_BEGINNING", "FROM_NOW", "FROM_TIMESTAMP", "RESUME_OR_FROM_BEGINNING",
		"RESUME_OR_FROM_NOW", "RESUME_OR_FROM_TIMESTAMP")}
	switch m.Mode {
	case "FROM_NOW", "RESUME_OR_FROM_NOW":
		if p.acceptSymbol("(") {
			if !p.at("INTERVAL") {
				p.unexpected("INTERVAL")
			}
			m.Arg = p.interval()
			p.expectSymbol(")")
		}
	case "FROM_TIMESTAMP", "RESUME_OR_FROM_TIMESTAMP":
		p.expectSymbol("(")
		if !p.at("TIMESTAMP") {
			p.unexpected("TIMESTAMP")
		}
		m.Arg = p.dateTime(p.tok(), false)
		p.expectSymbol(")")
	}
	m.Span = p.since(from)
	return m
}

func (p *parser) createView(from Pos, replace, temporary bool) Statement {
	s := &CreateView{Replace: replace, Temporary: temporary, IfNotExists: p.ifNotExists(), Name: p.name()}
	if p.atSymbol("(") {
		s.Columns = p.identList()
	}
	s.Comment = p.comment()
	p.expect("AS")
	s.Query = p.topQuery()
	s.Span = p.since(from)
	return s
}

func (p *parser) createModel(from Pos, temporary bool) Statement {
	s := &CreateModel{Temporary: temporary, IfNotExists: p.ifNotExists(), Name: p.name()}
	if p.accept("INPUT") {
		s.Input = p.modelColumns()
	}
	if p.accept("OUTPUT") {
		s.Output = p.modelColumns()
	}
	s.Comment, s.Options = p.comment(), p.withOptions()
	if p.accept("AS") {
		s.As = p.topQuery()
	}
	s.Span = p.since(from)
	return s
}

// modelColumns parses (column type, ...).
func (p *parser) modelColumns() []ColumnDef {
	p.expectSymbol("(")
	var columns []ColumnDef
	for {
		at := p.here()
		c, ok := p.element(false).(*ColumnDef)
		if !ok {
			p.fail(at, "a model has only columns")
		}
		columns = append(columns, *c)
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
	return columns
}
