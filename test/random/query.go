package random

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Make is the case of a seed.
func Make(seed uint64) *Case {
	r := rand.New(rand.NewPCG(seed, 0x7ead))
	d := &data{r: r, times: randomTimes(r), extremes: []int{2, 5, 40}[r.IntN(3)]}
	m := &maker{r: r, data: d, c: &Case{Seed: seed, Zone: d.times.zone}}
	m.fails = r.IntN(100) < 10
	switch r.IntN(10) {
	case 0, 1:
		m.c.Query = m.projection(m.source(), 6, 3)
	case 2, 3:
		m.c.Query = m.grouping(m.source())
	case 4:
		m.c.Query = m.grouping(m.derived(m.grouping(m.source())))
	case 5, 6, 7:
		m.c.Query = m.windows()
	case 8:
		m.c.Query = m.joining()
	case 9:
		m.c.Query = m.union()
	}
	return m.c
}

// maker makes a case's query, and the tables it needs.
type maker struct {
	r     *rand.Rand
	data  *data
	c     *Case
	fails bool
	names int
}

func (m *maker) chance(percent int) bool { return m.r.IntN(100) < percent }

func (m *maker) name(prefix string) string {
	m.names++
	return fmt.Sprint(prefix, m.names)
}

// scope is a source with the columns it has.
type scope struct {
	Source
	columns []Column
}

func (m *maker) writer(columns []Column) *writer {
	return &writer{r: m.r, columns: columns, fails: m.fails}
}

func (m *maker) table(t *Table) scope {
	m.c.Tables = append(m.c.Tables, t)
	return scope{Source{Table: t.Name}, t.Columns}
}

// source is a table of events or of changes, perhaps under a query.
func (m *maker) source() scope {
	s := scope{}
	if m.chance(65) {
		s = m.table(m.data.events(m.name("t")))
	} else {
		s = m.table(m.data.changes(m.name("c")))
	}
	if m.chance(25) {
		return m.derived(m.projection(s, 4, 2))
	}
	return s
}

// derived makes a query a source: in parentheses or by a view.
func (m *maker) derived(q *Select) scope {
	if m.chance(50) {
		v := &View{m.name("v"), q}
		m.c.Views = append(m.c.Views, v)
		return scope{Source{Table: v.Name}, q.columns()}
	}
	return scope{Source{Sub: q, Alias: m.name("q")}, q.columns()}
}

// projection keeps k and s where they are, adds expressions, filters.
func (m *maker) projection(from scope, items, depth int) *Select {
	w := m.writer(from.columns)
	q := &Select{From: from.Source}
	for _, c := range from.columns {
		if m.chance(60) || c.Name == "k" || c.Name == "s" || c.Name == "ts" {
			q.Items = append(q.Items, Item{Expr: leaf(c.Kind, c.Name), Name: c.Name})
		}
	}
	for range 1 + m.r.IntN(items) {
		q.Items = append(q.Items, Item{Expr: w.expr(w.kind(), depth), Name: m.name("a")})
	}
	q.Where = m.condition(w, 50, depth)
	return q
}

// condition is a WHERE, if any: most of them let rows through where they are NULL.
func (m *maker) condition(w *writer, percent, depth int) *Expr {
	if !m.chance(percent) {
		return nil
	}
	e := w.expr(Boolean, depth)
	if m.chance(60) {
		return node(Boolean, "(%s IS NOT "+w.pick("TRUE", "FALSE", "FALSE")+")", e)
	}
	return e
}

// keys picks columns to group by.
func (m *maker) keys(from scope, atLeast int) (keys []Column) {
	for _, c := range from.columns {
		if (c.Name == "k" || c.Name == "s" || m.chance(8)) && m.chance(60) && c.Name != "ts" {
			keys = append(keys, c)
		}
	}
	for _, c := range from.columns {
		if len(keys) < atLeast && !slices.Contains(keys, c) {
			keys = append(keys, c)
		}
	}
	return keys
}

// grouping is GROUP BY without a window, or DISTINCT.
func (m *maker) grouping(from scope) *Select {
	q := &Select{From: from.Source}
	w := m.writer(from.columns)
	q.Where = m.condition(w, 30, 2)
	if m.chance(12) {
		q.Distinct = true
		for _, c := range m.keys(from, 1) {
			q.Items = append(q.Items, Item{Expr: leaf(c.Kind, c.Name), Name: c.Name})
		}
		return q
	}
	for _, c := range m.keys(from, 0) {
		q.Group = append(q.Group, c.Name)
		q.Items = append(q.Items, Item{Expr: leaf(c.Kind, c.Name), Name: c.Name})
	}
	m.aggregates(q, w)
	return q
}

// aggregates adds aggregate calls to a query, and perhaps HAVING.
func (m *maker) aggregates(q *Select, w *writer) {
	for range 1 + m.r.IntN(5) {
		q.Items = append(q.Items, m.aggregate(w))
	}
	if m.chance(20) {
		q.Having = leaf(Boolean, "COUNT(*) "+w.comparison()+" "+w.pick("1", "2", "3"))
	}
}

func (m *maker) aggregate(w *writer) Item {
	filter := ""
	if m.chance(20) {
		filter = " FILTER (WHERE " + strings.ReplaceAll(w.boolean(1).String(), "%", "%%") + ")"
	}
	distinct := ""
	if m.chance(20) {
		distinct = "DISTINCT "
	}
	item := Item{Name: m.name("a")}
	call := func(k Kind, f string, arg *Expr) *Expr {
		return node(k, f+"("+distinct+"%s)"+filter, arg)
	}
	k := w.kind()
	switch m.r.IntN(6) {
	case 0:
		distinct = ""
		item.Expr = node(BigInt, "COUNT(*)"+filter)
	case 1:
		item.Expr = call(BigInt, "COUNT", w.expr(k, 1))
	case 2, 3: // of columns only, so that sums of doubles are exact
		f := w.pick("SUM", "AVG")
		arg := w.column(w.number())
		if arg == nil {
			arg = leaf(Int, "1")
		}
		item.Expr = call(arg.Kind, f, arg)
		if arg.Kind == Decimal {
			item.Type = map[string]string{"SUM": "DECIMAL(38, 2)", "AVG": "DECIMAL(38, 6)"}[f]
		}
	default:
		if m.chance(10) {
			item.Expr = node(k, w.pick("MIN", "MAX")+"(%s)"+filter, w.expr(k, 1))
		} else {
			item.Expr = node(k, w.pick("MIN", "MAX")+"(%s)"+filter, w.atom(k))
		}
	}
	return item
}

// windows aggregates the windows of a window function, or shows the rows of one.
func (m *maker) windows() *Select {
	t := m.data.events(m.name("t"))
	s := m.table(t)
	if m.chance(30) { // under a projection that keeps the rowtime
		q := m.projection(s, 3, 2)
		v := &View{m.name("v"), q}
		m.c.Views = append(m.c.Views, v)
		s = scope{Source{Table: v.Name}, q.columns()}
	}
	q := m.window(s, t.Columns[2].Kind, "ts")
	if q.Group != nil && m.chance(20) {
		return m.cascade(q)
	}
	if m.chance(15) {
		return m.projection(m.derived(q), 3, 2)
	}
	if m.chance(15) && q.Group != nil {
		return m.grouping(m.derived(q))
	}
	return q
}

func (m *maker) window(s scope, time Kind, column string) *Select {
	s.Window = m.windowFunction(column)
	of := append(slices.Clone(s.columns), Column{"window_start", Timestamp}, Column{"window_end", Timestamp}, Column{"window_time", time})
	w := m.writer(s.columns)
	q := &Select{From: s.Source}
	if m.chance(10) { // the function alone
		for _, c := range of {
			if m.chance(70) || strings.HasPrefix(c.Name, "window") {
				q.Items = append(q.Items, Item{Expr: leaf(c.Kind, c.Name), Name: c.Name})
			}
		}
		return q
	}
	q.Where = m.condition(w, 20, 2)
	q.Group = []string{"window_start", "window_end"}
	for _, c := range m.keys(s, 0) {
		q.Group = append(q.Group, c.Name)
		q.Items = append(q.Items, Item{Expr: leaf(c.Kind, c.Name), Name: c.Name})
	}
	m.r.Shuffle(len(q.Group), func(i, j int) { q.Group[i], q.Group[j] = q.Group[j], q.Group[i] })
	for _, c := range of[len(s.columns) : len(s.columns)+2] {
		q.Items = append(q.Items, Item{Expr: leaf(c.Kind, c.Name), Name: c.Name})
	}
	if m.chance(30) {
		q.Group = append(q.Group, "window_time")
		q.Items = append(q.Items, Item{Expr: leaf(time, "window_time"), Name: "wt"})
	}
	m.aggregates(q, w)
	return q
}

func (m *maker) windowFunction(column string) string {
	units := func(n int64) string { return interval(n * m.data.times.unit.Milliseconds()) }
	step, times := int64(1+m.r.IntN(5)), int64(1+m.r.IntN(4))
	offset := ""
	if m.chance(20) && step > 1 { // less than a step
		offset = ", " + units(1+m.r.Int64N(step-1))
	}
	switch m.r.IntN(3) {
	case 0:
		return "TUMBLE(TABLE %s, DESCRIPTOR(" + column + "), " + units(step*times) + offset + ")"
	case 1:
		return "HOP(TABLE %s, DESCRIPTOR(" + column + "), " + units(step) + ", " + units(step*times) + offset + ")"
	}
	return "CUMULATE(TABLE %s, DESCRIPTOR(" + column + "), " + units(step) + ", " + units(step*times) + offset + ")"
}

// cascade puts windows over the window_time of a window aggregate.
func (m *maker) cascade(q *Select) *Select {
	kind := Timestamp
	for _, t := range m.c.Tables {
		kind = t.Columns[2].Kind
	}
	if !slices.Contains(q.Group, "window_time") {
		q.Group = append(q.Group, "window_time")
		q.Items = append(q.Items, Item{Expr: leaf(kind, "window_time"), Name: "wt"})
	}
	for i, item := range q.Items { // names that the outer window has itself
		if strings.HasPrefix(item.Name, "window_") {
			q.Items[i].Name = "inner_" + item.Name
		}
	}
	v := &View{m.name("v"), q}
	m.c.Views = append(m.c.Views, v)
	columns := slices.DeleteFunc(q.columns(), func(c Column) bool { return c.Name == "wt" })
	return m.window(scope{Source{Table: v.Name}, columns}, kind, "wt")
}

// joining joins two tables or aggregates.
func (m *maker) joining() *Select {
	side := func() scope {
		s := m.source()
		if m.chance(35) {
			s = m.derived(m.grouping(s))
		}
		return s
	}
	l, r := side(), side()
	l.Alias, r.Alias = m.name("l"), m.name("r")
	var columns []Column
	pairs := []*Expr{}
	for _, a := range l.columns {
		columns = append(columns, Column{l.Alias + "." + a.Name, a.Kind})
		for _, b := range r.columns {
			if a == b && (a.Name == "k" || a.Name == "s" || a.Name == "id") && m.chance(70) {
				pairs = append(pairs, leaf(Boolean, l.Alias+"."+a.Name+" = "+r.Alias+"."+b.Name))
			}
		}
	}
	for _, b := range r.columns {
		columns = append(columns, Column{r.Alias + "." + b.Name, b.Kind})
	}
	if len(pairs) == 0 {
		for _, a := range l.columns {
			for _, b := range r.columns {
				if a.Kind == b.Kind && a.Kind != Double && a.Kind < Timestamp && len(pairs) == 0 {
					pairs = append(pairs, leaf(Boolean, l.Alias+"."+a.Name+" = "+r.Alias+"."+b.Name))
				}
			}
		}
	}
	if len(pairs) == 0 {
		return m.grouping(l)
	}
	w := m.writer(columns)
	if m.chance(30) {
		pairs = append(pairs, w.boolean(1))
	}
	l.Join = &Join{r.Source, pairs}
	q := &Select{From: l.Source}
	for _, c := range columns {
		if m.chance(60) {
			q.Items = append(q.Items, Item{Expr: leaf(c.Kind, c.Name), Name: m.name("j")})
		}
	}
	q.Items = append(q.Items, Item{Expr: w.expr(w.kind(), 1), Name: m.name("j")})
	q.Where = m.condition(w, 20, 2)
	if m.chance(30) {
		return m.grouping(m.derived(q))
	}
	return q
}

// union puts two queries of equal types together.
func (m *maker) union() *Select {
	one, two := m.source(), m.source()
	types := []Kind{Int, Text}
	for range m.r.IntN(4) {
		types = append(types, m.writer(nil).kind())
	}
	names := make([]string, len(types))
	for i := range names {
		names[i] = []string{"k", "s", "u2", "u3", "u4", "u5"}[i]
	}
	part := func(s scope) *Select {
		w := m.writer(s.columns)
		q := &Select{From: s.Source}
		for i, k := range types {
			q.Items = append(q.Items, Item{Expr: w.expr(k, 1), Name: names[i]})
		}
		q.Where = m.condition(w, 30, 2)
		return q
	}
	q := part(one)
	q.Union = part(two)
	if m.chance(50) {
		return m.grouping(m.derived(q))
	}
	return q
}
