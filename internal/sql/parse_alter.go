package sql

import "strings"

func lower(s string) string { return strings.ToLower(s) }

func upper(s string) string { return strings.ToUpper(s) }

// alter parses ALTER object name action.
func (p *parser) alter() Statement {
	from := p.here()
	p.expect("ALTER")
	a := &Alter{}
	switch {
	case p.accept("TABLE"):
		a.Object, a.IfExists, a.Name = TableObject, p.ifExists(), p.name()
		a.Action = p.alterTable()
	case p.at("MATERIALIZED"):
		p.expect("MATERIALIZED", "TABLE")
		a.Object, a.Name = MaterializedTableObject, p.name()
		a.Action = p.alterMaterializedTable()
	case p.accept("VIEW"):
		a.Object, a.Name = ViewObject, p.name()
		a.Action = p.alterView()
	case p.accept("CATALOG"):
		a.Object, a.Name = CatalogObject, p.simpleName()
		a.Action = p.alterCatalog()
	case p.accept("DATABASE"):
		a.Object, a.Name = DatabaseObject, p.name()
		at := p.here()
		p.expect("SET")
		a.Action = p.setOptions(at)
	case p.accept("MODEL"):
		a.Object, a.IfExists, a.Name = ModelObject, p.ifExists(), p.name()
		a.Action = p.alterSimple()
	case p.accept("CONNECTION"):
		a.Object, a.IfExists, a.Name = ConnectionObject, p.ifExists(), p.name()
		a.Action = p.alterSimple()
	case p.at("TEMPORARY"), p.at("FUNCTION"):
		p.alterFunction(a)
	default:
		p.unexpected("TABLE, VIEW, FUNCTION, DATABASE, CATALOG or another kind of object")
	}
	a.Span = p.since(from)
	return a
}

func (p *parser) alterFunction(a *Alter) {
	a.Object = FunctionObject
	a.Temporary = p.accept("TEMPORARY")
	a.System = a.Temporary && p.accept("SYSTEM")
	p.expect("FUNCTION")
	a.IfExists, a.Name = p.ifExists(), p.name()
	from := p.here()
	p.expect("AS")
	action := &AsClass{Class: *p.plainString()}
	at := from
	action.Language = p.language(&at)
	action.Span = p.since(from)
	a.Action = action
}

// setOptions parses what follows SET.
func (p *parser) setOptions(from Pos) AlterAction {
	options := p.options()
	return &SetOptions{p.since(from), options}
}

func (p *parser) resetOptions(from Pos) AlterAction {
	keys := p.optionKeys()
	return &ResetOptions{p.since(from), keys}
}

func (p *parser) renameTo(from Pos) AlterAction {
	p.expect("TO")
	name := p.name()
	return &RenameTo{p.since(from), name}
}

// alterSimple parses RENAME TO, SET and RESET.
func (p *parser) alterSimple() AlterAction {
	from := p.here()
	switch p.expectAny("RENAME", "SET", "RESET") {
	case "RENAME":
		return p.renameTo(from)
	case "SET":
		return p.setOptions(from)
	}
	return p.resetOptions(from)
}

func (p *parser) alterCatalog() AlterAction {
	from := p.here()
	switch p.expectAny("SET", "RESET", "COMMENT") {
	case "SET":
		return p.setOptions(from)
	case "RESET":
		return p.resetOptions(from)
	}
	comment := p.plainString()
	return &SetComment{p.since(from), *comment}
}

func (p *parser) alterView() AlterAction {
	from := p.here()
	if p.expectAny("RENAME", "AS") == "RENAME" {
		return p.renameTo(from)
	}
	q := p.topQuery()
	return &AsQuery{p.since(from), q}
}

func (p *parser) alterTable() AlterAction {
	from := p.here()
	switch p.expectAny("RENAME", "SET", "RESET", "ADD", "MODIFY", "DROP") {
	case "RENAME":
		if p.at("TO") {
			return p.renameTo(from)
		}
		column := p.name()
		p.expect("TO")
		to := p.name()
		return &RenameColumn{p.since(from), column, to}
	case "SET":
		return p.setOptions(from)
	case "RESET":
		return p.resetOptions(from)
	case "ADD":
		if p.at("PARTITION") || p.atSeq("IF", "NOT", "EXISTS") {
			return p.addPartitions(from)
		}
		return p.change(from, false)
	case "MODIFY":
		return p.change(from, true)
	}
	if p.at("PARTITION") || p.atSeq("IF", "EXISTS") {
		return p.dropPartitions(from)
	}
	return p.dropElement(from)
}

// change parses what follows ADD or MODIFY.
func (p *parser) change(from Pos, modify bool) AlterAction {
	at := p.here()
	if p.accept("DISTRIBUTION") {
		d := p.distribution(at)
		return &ChangeDistribution{p.since(from), modify, d}
	}
	var elements []TableElement
	if p.acceptSymbol("(") {
		elements = p.elements(true)
		p.expectSymbol(")")
	} else {
		elements = []TableElement{p.element(true)}
	}
	return &ChangeElements{p.since(from), modify, elements}
}

// dropElement parses what follows DROP.
func (p *parser) dropElement(from Pos) AlterAction {
	switch {
	case p.accept("PRIMARY"):
		p.expect("KEY")
		return &DropElement{Span: p.since(from), Kind: "PRIMARY KEY"}
	case p.accept("CONSTRAINT"):
		id := p.ident()
		return &DropElement{p.since(from), "CONSTRAINT", &id}
	case p.accept("WATERMARK"):
		return &DropElement{Span: p.since(from), Kind: "WATERMARK"}
	case p.accept("DISTRIBUTION"):
		return &DropElement{Span: p.since(from), Kind: "DISTRIBUTION"}
	}
	if !p.acceptSymbol("(") {
		name := p.name()
		return &DropColumns{p.since(from), []Name{name}}
	}
	columns := []Name{p.name()}
	for p.acceptSymbol(",") {
		columns = append(columns, p.name())
	}
	p.expectSymbol(")")
	return &DropColumns{p.since(from), columns}
}

func (p *parser) addPartitions(from Pos) AlterAction {
	a := &AddPartitions{IfNotExists: p.ifNotExists()}
	for {
		start := p.here()
		part := PartitionWithOptions{Spec: *p.partition(false)}
		part.Options = p.withOptions()
		part.Span = p.since(start)
		a.Partitions = append(a.Partitions, part)
		if !p.at("PARTITION") {
			break
		}
	}
	a.Span = p.since(from)
	return a
}

func (p *parser) dropPartitions(from Pos) AlterAction {
	d := &DropPartitions{IfExists: p.ifExists()}
	for {
		d.Partitions = append(d.Partitions, *p.partition(false))
		if !p.acceptSymbol(",") {
			break
		}
	}
	d.Span = p.since(from)
	return d
}

// partition parses PARTITION (column = literal, ...); with namesAlone the literals may be missing.
func (p *parser) partition(namesAlone bool) *PartitionSpec {
	from := p.here()
	p.expect("PARTITION")
	spec := &PartitionSpec{}
	p.expectSymbol("(")
	for {
		start := p.here()
		item := PartitionItem{Column: p.ident()}
		if !namesAlone || p.atSymbol("=") {
			p.expectSymbol("=")
			item.Value = p.literal()
		}
		item.Span = p.since(start)
		spec.Items = append(spec.Items, item)
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
	spec.Span = p.since(from)
	return spec
}

// literal parses a constant of any kind.
func (p *parser) literal() Expr {
	from := p.here()
	if p.atSymbol("-") || p.atSymbol("+") {
		return p.signedNumber()
	}
	x := p.primary()
	switch x.(type) {
	case *Literal, *IntervalLiteral:
		return x
	}
	p.fail(from, "expected a literal")
	return nil
}

// partitionOpt parses PARTITION (..), or gives nil.
func (p *parser) partitionOpt(namesAlone bool) *PartitionSpec {
	if !p.at("PARTITION") {
		return nil
	}
	return p.partition(namesAlone)
}

func (p *parser) alterMaterializedTable() AlterAction {
	from := p.here()
	switch p.expectAny("SUSPEND", "RESUME", "REFRESH", "SET", "RESET", "AS", "ADD", "MODIFY", "DROP") {
	case "SUSPEND":
		return &Suspend{p.since(from)}
	case "RESUME":
		options := p.withOptions()
		return &Resume{p.since(from), options}
	case "REFRESH":
		part := p.partitionOpt(false)
		return &Refresh{p.since(from), part}
	case "SET":
		return p.setMaterializedTable(from)
	case "RESET":
		return p.resetOptions(from)
	case "AS":
		q := p.topQuery()
		return &AsQuery{p.since(from), q}
	case "ADD":
		return p.change(from, false)
	case "MODIFY":
		return p.change(from, true)
	}
	return p.dropElement(from)
}

func (p *parser) setMaterializedTable(from Pos) AlterAction {
	switch {
	case p.accept("FRESHNESS"):
		p.expectSymbol("=")
		x := p.freshness()
		return &SetFreshness{p.since(from), *x}
	case p.accept("REFRESH_MODE"):
		p.expectSymbol("=")
		mode := p.expectAny("FULL", "CONTINUOUS")
		return &SetRefreshMode{p.since(from), mode}
	case !p.atSymbol("("):
		p.unexpected("FRESHNESS, REFRESH_MODE or options in parentheses")
	}
	return p.setOptions(from)
}

// drop parses DROP object.
func (p *parser) drop() Statement {
	from := p.here()
	p.expect("DROP")
	d := &Drop{Temporary: p.accept("TEMPORARY")}
	object := p.here()
	d.System = p.accept("SYSTEM")
	if d.System {
		d.Object = ObjectKind(p.expectAny("FUNCTION", "CONNECTION"))
		if d.Object == ConnectionObject && !d.Temporary {
			p.failHint(object, "write DROP TEMPORARY SYSTEM CONNECTION", "a system connection is temporary")
		}
	} else {
		d.Object = ObjectKind(p.expectAny("TABLE", "VIEW", "FUNCTION", "DATABASE", "CATALOG", "MATERIALIZED", "MODEL", "CONNECTION"))
	}
	if d.Object == "MATERIALIZED" {
		if d.Temporary {
			p.fail(object, "DROP TEMPORARY MATERIALIZED TABLE is not supported")
		}
		p.expect("TABLE")
		d.Object = MaterializedTableObject
	}
	d.IfExists, d.Name = p.ifExists(), p.name()
	if d.Object == DatabaseObject {
		d.Behavior = p.acceptAny("CASCADE", "RESTRICT")
	}
	d.Span = p.since(from)
	return d
}
