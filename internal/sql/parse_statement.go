package sql

import "slices"

// statement parses one statement, without its semicolon.
func (p *parser) statement() Statement {
	t := p.tok()
	if p.atQuery() || p.atSymbol("(") {
		return p.topQuery()
	}
	if t.kind == tokWord {
		if parse, ok := statementParsers[t.keyword]; ok {
			return parse(p)
		}
		if c := p.command(); c != nil {
			return c
		}
	}
	if t.kind == tokError {
		p.unexpected("")
	}
	e := &Error{Pos: begin(t), Msg: "unknown statement " + quoteToken(p.text(t))}
	if t.kind == tokWord {
		if best := nearest(upper(p.text(t)), statementWords); best != "" {
			e.Hint = "did you mean " + best + "?"
		}
	}
	panic(e)
}

// statementParsers maps the first word of a statement to its parser.
var statementParsers map[string]func(*parser) Statement

// statementWords are the words a statement may begin with.
var statementWords []string

func init() {
	statementParsers = map[string]func(*parser) Statement{
		"CREATE":   (*parser).create,
		"REPLACE":  (*parser).replace,
		"ALTER":    (*parser).alter,
		"DROP":     (*parser).drop,
		"INSERT":   func(p *parser) Statement { return p.insert() },
		"UPSERT":   func(p *parser) Statement { return p.insert() },
		"EXECUTE":  (*parser).execute,
		"BEGIN":    (*parser).beginSet,
		"END":      (*parser).endSet,
		"EXPLAIN":  (*parser).explain,
		"DESCRIBE": (*parser).describe,
		"DESC":     (*parser).describe,
		"SHOW":     (*parser).show,
		"USE":      (*parser).use,
		"SET":      (*parser).set,
		"RESET":    (*parser).reset,
		"LOAD":     (*parser).load,
		"UNLOAD":   (*parser).unload,
		"ADD":      (*parser).jar,
		"REMOVE":   (*parser).jar,
		"CALL":     (*parser).callProcedure,
		"ANALYZE":  (*parser).analyze,
		"UPDATE":   (*parser).update,
		"DELETE":   (*parser).delete,
		"TRUNCATE": (*parser).truncate,
		"MERGE":    (*parser).merge,
		"COMPILE":  (*parser).compile,
		"STOP":     (*parser).stop,
	}
	statementWords = []string{"SELECT", "WITH", "VALUES", "TABLE"}
	for w := range statementParsers {
		statementWords = append(statementWords, w)
	}
	slices.Sort(statementWords)
}

// command parses the words of the SQL client, or gives nil.
func (p *parser) command() Statement {
	t := p.tok()
	next := p.peek(1)
	if next.kind != tokEOF && !(next.kind == tokSymbol && next.keyword == ";") {
		return nil
	}
	switch word := upper(p.text(t)); word {
	case "QUIT", "EXIT", "CLEAR", "HELP":
		p.pos++
		return &Command{p.since(begin(t)), word}
	}
	return nil
}

// replace parses REPLACE [TEMPORARY] TABLE.
func (p *parser) replace() Statement {
	from := p.here()
	p.expect("REPLACE")
	temporary := p.accept("TEMPORARY")
	p.expect("TABLE")
	return p.createTable(from, false, true, temporary)
}

// ---- EXPLAIN, DESCRIBE, SHOW ----

func (p *parser) explain() Statement {
	from := p.here()
	p.expect("EXPLAIN")
	s := &Explain{}
	if !p.acceptSeq("PLAN", "FOR") {
		s.Details = p.explainDetails()
	}
	at := p.here()
	switch {
	case p.at("REPLACE"):
		s.Statement = p.replace()
	case p.at("STATEMENT"):
		s.Statement = p.statementSet(at)
	case p.at("EXECUTE"):
		s.Statement = p.execute()
		if _, ok := s.Statement.(*ExecutePlan); ok {
			p.fail(at, "EXPLAIN is not for EXECUTE PLAN")
		}
	case p.at("INSERT"), p.at("UPSERT"):
		s.Statement = p.insert()
	case p.at("CREATE"):
		s.Statement = p.create()
		if c, ok := s.Statement.(*CreateTable); !ok || c.As == nil {
			p.fail(p.lastTok(), "EXPLAIN of a CREATE is only for CREATE TABLE ... AS SELECT")
		}
	default:
		s.Statement = p.topQuery()
	}
	s.Span = p.since(from)
	return s
}

// lastTok is where the token taken last begins.
func (p *parser) lastTok() Pos { return begin(&p.toks[p.pos-1]) }

// explainDetails parses ESTIMATED_COST, CHANGELOG_MODE and so on, with commas, and puts them in order.
func (p *parser) explainDetails() []string {
	words := []string{"ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE"}
	if !p.atAny(words...) {
		return nil
	}
	var details []string
	for {
		at := p.here()
		w := p.expectAny(words...)
		if slices.Contains(details, w) {
			p.fail(at, "%s is there twice", w)
		}
		details = append(details, w)
		if !p.acceptSymbol(",") {
			break
		}
	}
	order := []string{"JSON_EXECUTION_PLAN", "CHANGELOG_MODE", "PLAN_ADVICE", "ESTIMATED_COST"} // that of Flink's text
	slices.SortFunc(details, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return details
}

// describe parses DESCRIBE [kind] [EXTENDED] name.
func (p *parser) describe() Statement {
	from := p.here()
	p.expectAny("DESCRIBE", "DESC")
	s := &Describe{Object: TableObject}
	if w := p.acceptAny("CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION", "JOB"); w == "JOB" {
		id := p.plainString()
		return &DescribeJob{p.since(from), *id}
	} else if w != "" {
		s.Object = ObjectKind(w)
	}
	s.Extended = p.accept("EXTENDED")
	if s.Object == CatalogObject {
		s.Name = p.simpleName()
	} else {
		s.Name = p.name()
	}
	s.Span = p.since(from)
	return s
}

// showing describes a kind of SHOW: whether FROM may, or must, name where to look, and
// which operators may filter.
type showing struct {
	kind    ShowKind
	from    bool
	must    bool
	filters []string
}

var showings = []struct {
	words []string
	showing
}{
	{[]string{"CATALOGS"}, showing{ShowCatalogs, false, false, []string{"LIKE", "ILIKE"}}},
	{[]string{"DATABASES"}, showing{ShowDatabases, true, false, []string{"LIKE", "ILIKE"}}},
	{[]string{"TABLES"}, showing{ShowTables, true, false, []string{"LIKE"}}},
	{[]string{"MATERIALIZED", "TABLES"}, showing{ShowMaterializedTables, true, false, []string{"LIKE"}}},
	{[]string{"VIEWS"}, showing{ShowViews, true, false, []string{"LIKE"}}},
	{[]string{"COLUMNS"}, showing{ShowColumns, true, true, []string{"LIKE"}}},
	{[]string{"FUNCTIONS"}, showing{ShowFunctions, true, false, []string{"LIKE", "ILIKE"}}},
	{[]string{"USER", "FUNCTIONS"}, showing{ShowUserFunctions, true, false, []string{"LIKE", "ILIKE"}}},
	{[]string{"PROCEDURES"}, showing{ShowProcedures, true, false, []string{"LIKE", "ILIKE"}}},
	{[]string{"MODELS"}, showing{ShowModels, true, false, []string{"LIKE"}}},
	{[]string{"CONNECTIONS"}, showing{ShowConnections, true, false, []string{"LIKE"}}},
	{[]string{"MODULES"}, showing{ShowModules, false, false, nil}},
	{[]string{"FULL", "MODULES"}, showing{ShowFullModules, false, false, nil}},
	{[]string{"JARS"}, showing{ShowJars, false, false, nil}},
	{[]string{"JOBS"}, showing{ShowJobs, false, false, nil}},
	{[]string{"CURRENT", "CATALOG"}, showing{ShowCurrentCatalog, false, false, nil}},
	{[]string{"CURRENT", "DATABASE"}, showing{ShowCurrentDatabase, false, false, nil}},
}

func (p *parser) show() Statement {
	from := p.here()
	p.expect("SHOW")
	if p.accept("CREATE") {
		return p.showCreate(from)
	}
	if p.accept("PARTITIONS") {
		s := &Show{Kind: ShowPartitions}
		name := p.name()
		s.Name = &name
		s.Partition = p.partitionOpt(false)
		s.Span = p.since(from)
		return s
	}
	for _, k := range showings {
		if p.acceptSeq(k.words...) {
			return p.showList(from, k.showing)
		}
	}
	switch p.acceptAny("CURRENT", "FULL", "USER", "MATERIALIZED") {
	case "CURRENT":
		p.unexpected("CATALOG or DATABASE")
	case "FULL":
		p.unexpected("MODULES")
	case "USER":
		p.unexpected("FUNCTIONS")
	case "MATERIALIZED":
		p.unexpected("TABLES")
	}
	p.unexpected("what to show, as in SHOW TABLES")
	return nil
}

// showList parses [FROM|IN name] [[NOT] LIKE 'pattern'].
func (p *parser) showList(from Pos, k showing) Statement {
	s := &Show{Kind: k.kind}
	if k.must {
		s.Preposition = p.expectAny("FROM", "IN")
	} else if k.from {
		s.Preposition = p.acceptAny("FROM", "IN")
	}
	if s.Preposition != "" {
		name := p.name()
		s.Name = &name
	}
	if k.filters != nil {
		if p.accept("NOT") {
			s.Not = true
			s.LikeOp = p.expectFilter(k.filters)
		} else {
			s.LikeOp = p.acceptAny(k.filters...)
		}
		if s.LikeOp != "" {
			s.Pattern = p.plainString()
		}
	}
	s.Span = p.since(from)
	return s
}

func (p *parser) expectFilter(filters []string) string {
	if len(filters) == 1 {
		p.expect(filters[0])
		return filters[0]
	}
	return p.expectAny(filters...)
}

func (p *parser) showCreate(from Pos) Statement {
	s := &ShowCreate{}
	switch p.expectAny("TABLE", "VIEW", "CATALOG", "MODEL", "CONNECTION", "MATERIALIZED") {
	case "TABLE":
		s.Object = TableObject
	case "VIEW":
		s.Object = ViewObject
	case "CATALOG":
		s.Object = CatalogObject
		s.Name = p.simpleName()
		s.Span = p.since(from)
		return s
	case "MODEL":
		s.Object = ModelObject
	case "CONNECTION":
		s.Object = ConnectionObject
	case "MATERIALIZED":
		p.expect("TABLE")
		s.Object = MaterializedTableObject
	}
	s.Name = p.name()
	s.Span = p.since(from)
	return s
}

// ---- session ----

func (p *parser) use() Statement {
	from := p.here()
	p.expect("USE")
	if p.at("MODULES") {
		p.pos++
		names := []Ident{p.ident()}
		for p.acceptSymbol(",") {
			names = append(names, p.ident())
		}
		return &UseModules{p.since(from), names}
	}
	if p.accept("CATALOG") {
		name := p.simpleName()
		return &Use{p.since(from), true, name}
	}
	name := p.name()
	return &Use{p.since(from), false, name}
}

// set parses SET, SET 'key' = 'value' and SET key = value.
func (p *parser) set() Statement {
	from := p.here()
	p.expect("SET")
	s := &Set{}
	switch {
	case p.tok().kind == tokRaw:
		s.Key = p.text(p.tok())
		p.pos++
		p.expectSymbol("=")
		if t := p.tok(); t.kind == tokRaw {
			s.Value = p.text(t)
			p.pos++
		} else {
			s.Value = p.plainString().Text
		}
	case p.tok().kind != tokEOF && !p.atSymbol(";"):
		if !p.atString() {
			p.failHint(p.here(), "write SET 'key' = 'value'", "unexpected %s", quoteToken(p.text(p.tok())))
		}
		s.Key = p.stringLiteral().Text
		p.expectSymbol("=")
		s.Value = p.stringLiteral().Text
	}
	s.Span = p.since(from)
	return s
}

// reset parses RESET, RESET 'key' and RESET key.
func (p *parser) reset() Statement {
	from := p.here()
	p.expect("RESET")
	s := &Reset{}
	switch t := p.tok(); {
	case t.kind == tokRaw:
		s.Key = p.text(t)
		p.pos++
	case t.kind != tokEOF && !p.atSymbol(";"):
		s.Key = p.stringLiteral().Text
	}
	s.Span = p.since(from)
	return s
}

func (p *parser) load() Statement {
	from := p.here()
	p.expect("LOAD", "MODULE")
	s := &LoadModule{Name: p.ident()}
	s.Options = p.withOptions()
	s.Span = p.since(from)
	return s
}

func (p *parser) unload() Statement {
	from := p.here()
	p.expect("UNLOAD", "MODULE")
	name := p.ident()
	return &UnloadModule{p.since(from), name}
}

func (p *parser) jar() Statement {
	from := p.here()
	remove := p.expectAny("ADD", "REMOVE") == "REMOVE"
	p.expect("JAR")
	path := p.plainString()
	return &Jar{p.since(from), remove, *path}
}

// stop parses STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN].
func (p *parser) stop() Statement {
	from := p.here()
	p.expect("STOP", "JOB")
	s := &StopJob{ID: *p.plainString()}
	s.Savepoint = p.acceptSeq("WITH", "SAVEPOINT")
	if at := p.here(); p.acceptSeq("WITH", "DRAIN") {
		if !s.Savepoint {
			p.fail(at, "WITH DRAIN goes only behind WITH SAVEPOINT")
		}
		s.Drain = true
	}
	s.Span = p.since(from)
	return s
}
