package plan

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/function"
	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Registries are where a planner finds what scripts name.
type Registries struct {
	Connectors *connector.Registry
	Formats    *format.Registry
	Functions  *function.Registry
}

func (r Registries) catalog() catalog.Registries {
	return catalog.Registries{Connectors: r.Connectors, Formats: r.Formats}
}

// Planner makes plans of scripts. It keeps nothing between two scripts and may be used
// from several goroutines.
type Planner struct {
	reg  Registries
	fold FoldFunc
}

// New returns a planner. fold computes constant expressions; nil: they stay in the plan.
func New(reg Registries, fold FoldFunc) *Planner { return &Planner{reg: reg, fold: fold} }

// Options are what a script does not say itself.
type Options struct {
	// DefaultName names pipelines where pipeline.name is not set; "" is the file's name
	// without its extension.
	DefaultName string
	// Overrides are settings that hold from the beginning, as if by SET.
	Overrides map[string]string
	// Now is when the script is read, for constants of time; zero: the clock.
	Now time.Time
}

// Script is a bound script: what to do, in order. Nothing of it has run.
type Script struct {
	Steps    []Step
	Warnings []Problem
}

// Step is *Run, *Select or *Show.
type Step interface {
	// Position is where the statement stands.
	Position() sql.Pos
}

// Run starts a pipeline: one INSERT, or a statement set.
type Run struct {
	Pipeline *Pipeline
	// Await tells that the next step begins when the pipeline has ended (table.dml-sync).
	// Otherwise all run side by side and are awaited at the end of the script.
	Await bool
	Pos   sql.Pos
}

// Select runs a query whose rows are shown as they come; it is awaited in place.
type Select struct {
	Pipeline *Pipeline
	Columns  []types.Field
	Pos      sql.Pos
}

// Show prints the result of SHOW, DESCRIBE, EXPLAIN or SET.
type Show struct {
	catalog.Answer
	Pos sql.Pos
}

// Position is where the statement begins.
func (s *Run) Position() sql.Pos    { return s.Pos }
func (s *Select) Position() sql.Pos { return s.Pos }
func (s *Show) Position() sql.Pos   { return s.Pos }

// scripting is one reading of a script.
type scripting struct {
	planner *Planner
	catalog *catalog.Catalog
	ps      *catalog.Problems
	opts    Options
	src     string
	names   map[string]int // pipeline names given so far
	steps   []Step
}

// Script binds a whole script. All that is wrong with it comes back at once, in the
// order of the text; then no step may run. file is its name for messages and for the
// pipelines' names.
func (p *Planner) Script(file, src string, opts Options) (*Script, *Errors) {
	c, ps := catalog.New(), &catalog.Problems{}
	opts.override(c, ps)
	return p.script(c, ps, file, src, opts)
}

func (o *Options) override(c *catalog.Catalog, ps *catalog.Problems) {
	for _, k := range sortedKeys(o.Overrides) {
		c.Config.Override(ps, k, o.Overrides[k])
	}
}

// script binds a text in a catalog, which it changes.
func (p *Planner) script(c *catalog.Catalog, ps *catalog.Problems, file, src string, opts Options) (*Script, *Errors) {
	if opts.DefaultName == "" {
		base := filepath.Base(file)
		opts.DefaultName = strings.TrimSuffix(base, filepath.Ext(base))
	}
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	s := &scripting{planner: p, catalog: c, ps: ps, opts: opts, src: src, names: map[string]int{}}
	parsed, err := sql.Parse(src)
	s.syntax(err)
	for _, stmt := range parsed.Statements {
		s.statement(stmt)
	}
	out := &Script{Steps: s.steps}
	for _, w := range s.ps.Warnings {
		out.Warnings = append(out.Warnings, problemOf(w))
	}
	if errs := errorsOf(file, src, s.ps.Errors); errs != nil {
		return out, errs
	}
	return out, nil
}

// syntax notes the parser's errors.
func (s *scripting) syntax(err error) {
	switch err := err.(type) {
	case nil:
	case sql.ErrorList:
		for _, e := range err {
			s.ps.Errorf(sql.Span{From: e.Pos, To: e.Pos}, "%s", e.Msg).Because(e.Hint)
			s.catalog.Unread(namesBefore(s.src, e.Pos.Offset))
		}
	default:
		s.ps.Errorf(sql.Span{From: sql.Pos{Line: 1, Column: 1}}, "%v", err)
	}
}

// created finds what a text that does not parse would have made.
var created = regexp.MustCompile("(?i)\\b(?:TABLE|VIEW)\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(?:[\\w`]+\\.)*`?(\\w+)")

// namesBefore lists the tables and views that the statement around an offset creates,
// by what stands between its beginning and there.
func namesBefore(src string, offset int) []string {
	offset = min(offset, len(src))
	from := strings.LastIndexByte(src[:offset], ';') + 1
	text := src[from:]
	if end := strings.IndexByte(src[offset:], ';'); end >= 0 {
		text = src[from : offset+end]
	}
	var names []string
	if m := created.FindStringSubmatch(text); m != nil {
		names = append(names, m[1])
	}
	return names
}

func (s *scripting) binder() *binder {
	zone, err := types.LoadZone(s.catalog.Config.Zone())
	if err != nil {
		zone, _ = types.LoadZone("UTC")
	}
	return &binder{reg: s.planner.reg, catalog: s.catalog, ps: s.ps, zone: zone}
}

// statement does one statement: it changes the catalog, or adds a step.
func (s *scripting) statement(stmt sql.Statement) {
	if err := sql.Validate(stmt); err != nil {
		s.syntax(err)
		return
	}
	b := s.binder()
	c := s.catalog
	switch x := stmt.(type) {
	case *sql.CreateTable:
		c.CreateTable(s.ps, x, s.planner.reg.catalog(), b)
	case *sql.CreateView:
		s.createView(b, x)
	case *sql.Drop:
		switch x.Object {
		case sql.TableObject, sql.ViewObject:
			c.Drop(s.ps, x)
		default:
			s.refuse(x, "DROP "+string(x.Object))
		}
	case *sql.CreateCatalog:
		c.CreateCatalog(s.ps, x)
	case *sql.CreateDatabase:
		c.CreateDatabase(s.ps, x)
	case *sql.Use:
		c.Use(s.ps, x)
	case *sql.Set:
		if x.Key == "" {
			s.steps = append(s.steps, &Show{c.Config.Show(), x.Pos()})
			return
		}
		c.Config.Set(s.ps, x)
	case *sql.Reset:
		c.Config.Reset(s.ps, x)
	case *sql.Insert:
		if p := s.pipeline(b, []*sql.Insert{x}); p != nil {
			s.run(p, x)
		}
	case *sql.StatementSet:
		if p := s.pipeline(b, x.Inserts); p != nil {
			s.run(p, x)
		}
	case *sql.Query:
		s.query(b, x)
	case *sql.Execute:
		s.query(b, x.Query)
	case *sql.Explain:
		s.explain(b, x)
	case *sql.Show, *sql.ShowCreate, *sql.Describe:
		if answer, ok := c.Show(s.ps, x, s.functionNames()); ok {
			s.steps = append(s.steps, &Show{answer, x.Pos()})
		}
	case *sql.Jar:
		s.ps.Warnf(span(x), "ADD JAR and REMOVE JAR have no effect here: all connectors and functions are built in")
	case *sql.LoadModule, *sql.UnloadModule, *sql.UseModules:
		s.ps.Warnf(span(x), "modules have no effect here")
	case *sql.Command:
		s.ps.Warnf(span(x), "'%s' has no effect in a script", x.Name)
	default:
		s.refuse(x, statementName(x))
	}
}

func (s *scripting) refuse(at sql.Node, what string) {
	s.ps.Errorf(span(at), "%s is not supported", what)
}

func (s *scripting) show(at sql.Node, text string) {
	s.steps = append(s.steps, &Show{catalog.Answer{Text: text}, at.Pos()})
}

func (s *scripting) run(p *Pipeline, at sql.Node) {
	s.steps = append(s.steps, &Run{Pipeline: p, Await: s.catalog.Config.Values().Bool("table.dml-sync"), Pos: at.Pos()})
}

func (s *scripting) functionNames() []string {
	return s.planner.reg.Functions.Names()
}

// statementName names a statement that is not supported.
func statementName(x sql.Statement) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", x), "*sql.")
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	if a, ok := x.(*sql.Alter); ok {
		return "ALTER " + string(a.Object)
	}
	return strings.ToUpper(b.String())
}

// createView binds a view's query, so that its errors are told where it is made, and
// enters it.
func (s *scripting) createView(b *binder, x *sql.CreateView) {
	v := &catalog.View{}
	r := b.query(x.Query)
	if r == nil {
		v.Broken = true
	} else {
		v.Schema = append([]types.Field(nil), r.fields()...)
		if x.Columns != nil {
			if r = b.rename(r, x.Columns, nameText(x.Name)); r == nil {
				v.Broken = true
			} else {
				for i := range x.Columns {
					v.Columns = append(v.Columns, x.Columns[i].Name)
					v.Schema[i].Name = x.Columns[i].Name
				}
			}
		}
	}
	s.catalog.CreateView(s.ps, x, v)
}

// query adds a Select step.
func (s *scripting) query(b *binder, q *sql.Query) {
	r := b.query(q)
	if r == nil {
		return
	}
	p := s.plan(b, s.opts.DefaultName, []*sinkRel{{input: r, at: span(q)}})
	if p != nil {
		s.steps = append(s.steps, &Select{Pipeline: p, Columns: r.fields(), Pos: q.Pos()})
	}
}

// pipeline plans a set of INSERTs as one pipeline.
func (s *scripting) pipeline(b *binder, inserts []*sql.Insert) *Pipeline {
	sinks, ok := s.sinks(b, inserts)
	if !ok {
		return nil
	}
	return s.plan(b, s.pipelineName(sinks), sinks)
}

func (s *scripting) sinks(b *binder, inserts []*sql.Insert) ([]*sinkRel, bool) {
	var sinks []*sinkRel
	ok := true
	for _, x := range inserts {
		if r := b.insert(x); r != nil {
			sinks = append(sinks, r)
		} else {
			ok = false
		}
	}
	return sinks, ok && len(sinks) > 0
}

// pipelineName is pipeline.name, or the file's, and the target tables; a name that was
// given before gets a number, by the order of the script.
func (s *scripting) pipelineName(sinks []*sinkRel) string {
	name := s.opts.DefaultName
	if v := s.catalog.Config.Values(); v.Given("pipeline.name") {
		name = v.String("pipeline.name")
	}
	seen := map[string]bool{}
	for _, r := range sinks {
		table := r.table.ID.Object
		if !seen[table] {
			name += "." + table
		}
		seen[table] = true
	}
	s.names[name]++
	if n := s.names[name]; n > 1 {
		name = fmt.Sprintf("%s.%d", name, n)
	}
	return name
}

// settings reads what a pipeline runs by.
func (s *scripting) settings() Settings {
	v := s.catalog.Config.Values()
	return Settings{
		Parallelism:        int(v.Int("parallelism.default")),
		CheckpointInterval: v.Duration("execution.checkpointing.interval").Milliseconds(),
		Zone:               s.catalog.Config.Zone(),
		BatchRows:          int(v.Int("tidemark.batch.rows")),
		MemoryBudget:       v.Memory("tidemark.memory.budget"),
		IdleTimeout:        v.Duration("table.exec.source.idle-timeout").Milliseconds(),
		All:                s.catalog.Config.All(),
	}
}

// plan rewrites the queries of a pipeline and makes its physical plan. nil: it has
// errors.
func (s *scripting) plan(b *binder, name string, sinks []*sinkRel) *Pipeline {
	before := len(s.ps.Errors)
	set := s.settings()
	f := &folder{fold: s.planner.fold, done: map[Expr]Expr{},
		env: &function.Env{Zone: b.zone, Now: s.opts.Now.UnixMicro(), Started: s.opts.Now.UnixMicro()}}
	p := &physical{b: b, reg: s.planner.reg, ps: s.ps, zone: b.zone.String(), idle: set.IdleTimeout,
		tables: map[string]Node{}, nodes: map[string]Node{}, digest: map[Node]string{}}
	roots := make([]rel, len(sinks))
	for i, r := range sinks {
		roots[i] = r.input
	}
	rewrite(f, roots)
	c := &changes{ps: s.ps, name: describeNode, kinds: map[Node]connector.KindSet{}, before: map[Node]bool{}, only: map[Node]bool{},
		guard: s.catalog.Config.Values().Choice("table.exec.sink.upsert-materialize") != "NONE"}
	out := &Pipeline{Name: name, Settings: set}
	for i, r := range sinks {
		in := p.convert(roots[i])
		if in == nil {
			continue
		}
		sink := p.sinkNode(r, in)
		if sink == nil {
			continue
		}
		c.sink(sink, func(format string, args ...any) *catalog.Problem { return s.ps.Errorf(r.at, format, args...) })
		out.Sinks = append(out.Sinks, sink)
	}
	if len(s.ps.Errors) > before || len(out.Sinks) < len(sinks) {
		return nil
	}
	done := map[Node]bool{}
	for _, sink := range out.Sinks {
		c.settle(sink, done)
		v := s.catalog.Config.Values()
		sink.Drop = v.Choice("table.exec.sink.not-null-enforcer") == "DROP"
		sink.Constraints = constraintsOf(v.Choice("table.exec.sink.type-length-enforcer"), v.Choice("table.exec.sink.nested-constraint-enforcer"))
	}
	loosen(out.Sinks)
	nameNodes(out.Sinks)
	out.Identity = canonical(out.Sinks, set.Zone)
	return out
}
