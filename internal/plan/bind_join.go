package plan

import (
	"strings"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// from binds a FROM clause: its relation, and the scope its columns make.
func (b *binder) from(t sql.TableExpr) (rel, *scope) {
	switch t := t.(type) {
	case *sql.TableRef:
		r, path := b.table(t)
		alias := t.Name.Parts[len(t.Name.Parts)-1].Name
		return r, scopeOf(r, alias, path)
	case *sql.Aliased:
		r, _ := b.from(t.Table)
		if _, isJoin := t.Table.(*sql.NestedTable); isJoin {
			b.refuse(t, "an alias of a join in parentheses")
			return nil, scopeOf(nil, t.Alias.Name, nil)
		}
		if len(t.Columns) > 0 {
			r = b.rename(r, t.Columns, t.Alias.Name)
		}
		return r, scopeOf(r, t.Alias.Name, nil)
	case *sql.DerivedTable:
		if t.Lateral {
			b.refuse(t, "LATERAL")
		}
		r := b.query(t.Query)
		return r, scopeOf(r, "", nil)
	case *sql.NestedTable:
		return b.from(t.Table)
	case *sql.Join:
		return b.join(t)
	case *sql.TableFunction:
		r := b.tableFunction(t)
		return r, scopeOf(r, "", nil)
	case *sql.Unnest:
		b.refuse(t, "UNNEST")
	case *sql.Snapshot:
		b.from(t.Table)
		b.refuse(t, "FOR SYSTEM_TIME AS OF")
	case *sql.Sample:
		b.refuse(t, "TABLESAMPLE")
	case *sql.Pivot:
		b.refuse(t, "PIVOT")
	case *sql.Unpivot:
		b.refuse(t, "UNPIVOT")
	case *sql.MatchRecognize:
		b.refuse(t, "MATCH_RECOGNIZE")
	default:
		b.refuse(t, "this table expression")
	}
	return nil, scopeOf(nil, "", nil)
}

// scopeOf is the scope of one relation; r may be nil: then every name may be its.
func scopeOf(r rel, alias string, path []string) *scope {
	s := &scope{broken: r == nil}
	if r != nil {
		s.cols = r.fields()
	}
	s.tables = []scopeTable{{alias: alias, path: path, to: len(s.cols)}}
	return s
}

// table binds a table, a view or a WITH query by name.
func (b *binder) table(t *sql.TableRef) (rel, []string) {
	if len(t.Extend) > 0 {
		b.refuse(t, "EXTEND")
	}
	if len(t.Name.Parts) == 1 {
		if c := b.findCTE(t.Name.Parts[0].Name); c != nil {
			return b.cteRel(c), nil
		}
	}
	object := b.catalog.Lookup(t.Name)
	switch o := object.(type) {
	case *catalog.Table:
		return b.tableRel(t, o), []string{o.ID.Catalog, o.ID.Database, o.ID.Object}
	case *catalog.View:
		if len(t.Hints) > 0 {
			b.errorf(t, "View '%s' cannot be enriched with new options. Hints can only be applied to tables", o.ID)
		}
		return b.view(t, o), []string{o.ID.Catalog, o.ID.Database, o.ID.Object}
	}
	last := t.Name.Parts[len(t.Name.Parts)-1]
	known := b.catalog.Tables()
	for _, m := range b.ctes {
		for name := range m {
			known = append(known, name)
		}
	}
	b.errorf(t.Name, "Object '%s' not found", nameText(t.Name)).Because(nearest(last.Name, known))
	return nil, nil
}

func nameText(n sql.Name) string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = p.Name
	}
	return strings.Join(parts, ".")
}

// tableRel reads a table: its scan, then its computed columns, then its watermark.
func (b *binder) tableRel(t *sql.TableRef, table *catalog.Table) rel {
	if table.Broken {
		return nil
	}
	scan := &scanRel{table: table, at: span(t.Name), hints: b.optionHints(t)}
	if table.Connector == nil {
		b.errorf(t.Name, "Unable to create a source for reading table '%s': it has no 'connector' option", table.ID).
			Because(table.MeantFor("connector")).Because("add WITH ('connector' = '...')")
		return nil
	}
	if table.Connector.NewSource == nil {
		b.errorf(t.Name, "Unable to create a source for reading table '%s': the connector '%s' cannot be read from", table.ID, table.Connector.Name)
		return nil
	}
	var base []types.Field
	var exprs []Expr
	computed := false
	for i := range table.Columns {
		c := &table.Columns[i]
		if c.Kind == sql.ComputedColumn {
			computed = true
			continue
		}
		scan.read = append(scan.read, i)
		base = append(base, types.Field{Name: c.Name, Type: c.Type.Plain()})
	}
	scan.cols = base
	r := rel(scan)
	if computed {
		out := make(cols, len(table.Columns))
		n := 0
		for i := range table.Columns {
			c := &table.Columns[i]
			var e Expr
			if c.Kind == sql.ComputedColumn {
				e = b.over(c.Expr, base)
			} else {
				e = columnAt(base, n, c.Name)
				n++
			}
			exprs = append(exprs, e)
			t := e.Type()
			if table.Watermark == nil || table.Watermark.Column != c.Name {
				t.Time = c.Type.Time
			}
			out[i] = types.Field{Name: c.Name, Type: t}
		}
		r = &projectRel{out, r, exprs}
	}
	if w := table.Watermark; w != nil {
		in := r.fields()
		out := append(cols(nil), in...)
		at := table.ColumnIndex(w.Column)
		// A time attribute has three digits, whatever the column was declared with.
		out[at].Type.Time, out[at].Type.Precision = types.Rowtime, 3
		r = &watermarkRel{out, r, at, b.over(w.Expr, in), table, scan.hints}
	}
	return r
}

// optionHints reads /*+ OPTIONS(...) */; every other hint is refused.
func (b *binder) optionHints(t *sql.TableRef) map[string]string {
	var options map[string]string
	for _, h := range t.Hints {
		if !strings.EqualFold(h.Name.Name, "OPTIONS") {
			b.refuse(h, "the hint "+h.Name.Name)
			continue
		}
		if options == nil {
			options = map[string]string{}
		}
		for _, a := range h.Args {
			options[a.Key] = a.Value
		}
	}
	return options
}

// view binds the query of a view, with the names as of the view and not of its use.
func (b *binder) view(t *sql.TableRef, v *catalog.View) rel {
	if v.Broken {
		return nil
	}
	for _, id := range b.views {
		if id == v.ID {
			b.errorf(t, "View '%s' refers to itself", v.ID)
			return nil
		}
	}
	kept := b.ctes
	b.ctes = nil
	b.views = append(b.views, v.ID)
	q := v.Query
	if v.Earlier {
		q = sql.Relocate(q, span(t))
	}
	r := b.query(q)
	b.views = b.views[:len(b.views)-1]
	b.ctes = kept
	if r == nil || v.Columns == nil {
		return r
	}
	fields := r.fields()
	out := make(cols, len(fields))
	for i := range fields {
		out[i] = types.Field{Name: v.Columns[i], Type: fields[i].Type}
	}
	return &projectRel{out, r, identityOf(fields)}
}

// join binds a join; only inner ones are supported.
func (b *binder) join(j *sql.Join) (rel, *scope) {
	left, ls := b.from(j.Left)
	right, rs := b.from(j.Right)
	switch j.Kind {
	case sql.CommaJoin, sql.InnerJoin, sql.CrossJoin:
	default:
		b.refuse(j, string(j.Kind))
	}
	s := b.sideBySide(j, ls, rs)
	if left == nil || right == nil {
		s.broken = true
		return nil, s
	}
	for i := range s.cols {
		s.cols[i].Type = s.cols[i].Type.Plain() // as Flink has it, time ends at a join
	}
	r := &joinRel{cols: s.cols, left: left, right: right, at: span(j)}
	names, at := j.Using, sql.Node(j)
	if j.Natural {
		names = common(ls, rs)
	}
	switch {
	case len(names) > 0:
		r.cond = b.using(at, names, j.Natural, ls, rs, s)
	case j.On != nil:
		s.clause = "ON clause"
		if cond := b.condition(j.On, s); !isBad(cond) {
			r.cond = cond
		}
		s.clause = ""
	}
	return r, s
}

// sideBySide is the scope of a join: the columns of the left, then of the right side.
func (b *binder) sideBySide(j *sql.Join, l, r *scope) *scope {
	s := &scope{broken: l.broken || r.broken}
	s.cols = append(append([]types.Field(nil), l.cols...), r.cols...)
	s.tables = append([]scopeTable(nil), l.tables...)
	s.merged = append([]mergedColumn(nil), l.merged...)
	n := len(l.cols)
	for _, t := range r.tables {
		for _, o := range s.tables {
			if t.alias != "" && t.alias == o.alias {
				b.errorf(j.Right, "Duplicate relation name '%s' in FROM clause", t.alias).Because("give one of them an alias: " + t.alias + " AS x")
			}
		}
		t.from, t.to = t.from+n, t.to+n
		s.tables = append(s.tables, t)
	}
	for _, m := range r.merged {
		shift := map[int]int{}
		for i := range r.cols {
			shift[i] = i + n
		}
		m.left, m.right, m.expr = m.left+n, m.right+n, renumber(m.expr, shift)
		hidden := map[int]bool{}
		for h := range m.hidden {
			hidden[h+n] = true
		}
		m.hidden = hidden
		s.merged = append(s.merged, m)
	}
	return s
}

// common lists the names that both sides have, for NATURAL.
func common(l, r *scope) []sql.Ident {
	var names []sql.Ident
	for _, c := range l.visible() {
		for _, d := range r.visible() {
			if c.name == d.name {
				names = append(names, sql.Ident{Name: c.name})
			}
		}
	}
	return names
}

// using makes the condition of USING, and one column of each pair.
func (b *binder) using(at sql.Node, names []sql.Ident, natural bool, l, r, s *scope) Expr {
	var list []Expr
	n := len(l.cols)
	shift := map[int]int{}
	for i := range r.cols {
		shift[i] = i + n
	}
	for _, name := range names {
		where := at
		if name.From.IsValid() {
			where = name
		}
		le, lok := b.usingSide(where, name.Name, l)
		re, rok := b.usingSide(where, name.Name, r)
		if !lok || !rok {
			continue
		}
		re = renumber(re, shift)
		eq := b.compare(where, Equal, le, re)
		if isBad(eq) {
			continue
		}
		list = append(list, eq)
		t, _ := commonType([]types.Type{le.Type(), re.Type()})
		m := mergedColumn{name: name.Name, hidden: map[int]bool{}, natural: natural}
		// Both are equal and so both are there; take the one whose type says so.
		m.expr = implicit(le, t)
		if !le.Type().NotNull && re.Type().NotNull {
			m.expr = implicit(re, t)
		}
		for _, e := range []Expr{le, re} {
			set := map[int]bool{}
			columnsOf(e, set)
			for c := range set {
				m.hidden[c] = true
			}
		}
		kept := s.merged[:0]
		for _, old := range s.merged {
			if old.name != name.Name {
				kept = append(kept, old)
			}
		}
		s.merged = append(kept, m)
	}
	return all(list)
}

func (b *binder) usingSide(at sql.Node, name string, s *scope) (Expr, bool) {
	if s.broken && len(s.cols) == 0 {
		return nil, false
	}
	e, found, ambiguous := s.lookup(name)
	switch {
	case ambiguous:
		b.errorf(at, "Column name '%s' in NATURAL join or USING clause is not unique on one side of join", name)
		return nil, false
	case !found:
		b.errorf(at, "Column '%s' not found in any table", name).Because(nearest(name, s.names()))
		return nil, false
	}
	return e, true
}
