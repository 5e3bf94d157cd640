package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

var metadataOption = regexp.MustCompile(`'(readable|writable)-metadata'\s*=\s*'([^']*)'`)

// metadataOf is the metadata that the options of a CREATE TABLE declare.
func metadataOf(ddl string) (list []connector.Metadata) {
	for _, m := range metadataOption.FindAllStringSubmatch(ddl, -1) {
		keys, kinds := metadataKeys(m[2])
		for i, k := range keys {
			if t, err := parseType(kinds[i]); err == nil {
				list = append(list, connector.Metadata{Key: k, Type: t, Writable: m[1] == "writable"})
			}
		}
	}
	return list
}

var withClause = regexp.MustCompile(`(?is)\bWITH\s*\(\s*(.*?)\s*\)\s*$`)

// ddl is a table's CREATE TABLE with this world's connector in it.
func (t *programTable) create(more ...string) string {
	text := strings.TrimRight(strings.TrimSpace(t.DDL), ";")
	options := append([]string(nil), more...)
	if !regexp.MustCompile(`(?i)'connector'\s*=`).MatchString(text) {
		options = append(options, "'connector' = 'values'")
	}
	if m := withClause.FindStringSubmatchIndex(text); m != nil {
		if old := strings.TrimSpace(text[m[2]:m[3]]); old != "" {
			options = append(options, old)
		}
		text = text[:m[0]]
	}
	return strings.TrimRight(text, " \n") + " WITH (\n  " + strings.Join(options, ",\n  ") + "\n);\n"
}

func (c *programCase) reason() string {
	if len(c.SQL) == 0 {
		return tableAPI
	}
	if len(c.Models) > 0 {
		return aModel
	}
	if len(c.TemporalFunctions) > 0 {
		return temporalMethod
	}
	texts := append(append([]string(nil), c.SetupSQL...), c.SQL...)
	for _, t := range texts {
		if callsJava(t) {
			return javaFunction
		}
	}
	for _, s := range append(append([]programTable(nil), c.Sources...), c.Sinks...) {
		texts = append(texts, s.DDL)
		if opaqueRows(s.RowsBefore) || opaqueRows(s.RowsAfter) {
			return javaValue
		}
	}
	if r := inText(texts...); r != "" {
		return r
	}
	if len(c.Functions) > 0 && strings.Contains(strings.Join(texts, " "), "(") && c.usesFunction(texts) {
		return javaFunction
	}
	return ""
}

// usesFunction tells whether a function that the case registers is named in its SQL.
func (c *programCase) usesFunction(texts []string) bool {
	for _, f := range c.Functions {
		for _, w := range word.FindAllString(string(f), -1) {
			for _, t := range texts {
				if regexp.MustCompile(`(?i)\b`+w+`\s*\(`).MatchString(t) && !flinkFunctions[strings.ToUpper(w)] {
					return true
				}
			}
		}
	}
	return false
}

// restored tells whether the program is stopped and run on, and whether its sources end then.
func (c *programCase) restored() (restored, finite bool) {
	for _, r := range c.Runners {
		if r.Base == "RestoreTestBase" {
			restored = true
			finite = finite || r.AfterRestore == nil || *r.AfterRestore != "INFINITE"
		}
	}
	return restored, finite
}

// failing are the messages that the statements of a program fail with, by statement.
func (c *programCase) failing() map[string]string {
	m := map[string]string{}
	for _, r := range c.Run {
		if r.Kind == "failing_sql" {
			m[r.SQL] = "any"
			if r.Msg != nil {
				m[r.SQL] = *r.Msg
			}
		}
	}
	return m
}

func (c *programCase) judge(w way) (v verdict, message, text string) {
	if r := c.reason(); r != "" {
		return notApplicable, r, strings.Join(c.SQL, ";\n")
	}
	var b strings.Builder
	var metadata []connector.Metadata
	for _, s := range c.Sources {
		metadata = append(metadata, metadataOf(s.DDL)...)
		b.WriteString(s.create())
	}
	for _, s := range c.Sinks {
		metadata = append(metadata, metadataOf(s.DDL)...)
		b.WriteString(s.create())
	}
	for _, s := range c.SetupSQL {
		b.WriteString(strings.TrimRight(strings.TrimSpace(s), ";") + ";\n")
	}
	if failing := c.failing(); len(failing) > 0 {
		return c.judgeFailing(b.String(), metadata, failing)
	}
	for i, s := range c.SQL {
		s = strings.TrimRight(strings.TrimSpace(s), ";")
		if sink := c.sinkOf(i, s); sink != "" {
			s = "INSERT INTO " + types.Quote(sink) + " " + s
		}
		b.WriteString(s + ";\n")
	}
	text = b.String()
	v, message = inAllWays(w, func(w way) (verdict, string, int64) {
		j := &job{text: text, tables: newTables(), set: map[string]string{}, metadata: metadata, way: w}
		j.tables.ways = w.dealing()
		for k, x := range c.Config {
			j.set[keyOf(k)] = x
		}
		for _, s := range c.Sources {
			j.tables.data[s.Name] = append(append([]change(nil), s.RowsBefore...), s.RowsAfter...)
		}
		return c.live(j)
	})
	return v, message, settings(c.Config) + text
}

// sinkOf names the sink that a bare query of the program is for; "" for an INSERT.
func (c *programCase) sinkOf(i int, text string) string {
	script, err := sql.Parse(text)
	if err != nil || len(script.Statements) != 1 || len(c.Sinks) == 0 {
		return ""
	}
	if _, ok := script.Statements[0].(*sql.Query); !ok {
		return ""
	}
	for _, r := range c.Run {
		if r.Sink != "" {
			return r.Sink
		}
	}
	return c.Sinks[min(i, len(c.Sinks)-1)].Name
}

// live runs a program through its lives and compares after each.
func (c *programCase) live(j *job) (verdict, string, int64) {
	restored, finite := c.restored()
	t := j.tables
	if !restored {
		o := j.run()
		v, message := c.compare(j, o, true, true)
		return v, message, o.Late
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return crashed, err.Error(), 0
	}
	defer os.RemoveAll(dir)
	t.Held = map[string]int{}
	for _, s := range c.Sources {
		t.Held[s.Name] = len(s.RowsBefore)
	}
	o := j.runUntilStopped(dir)
	switch {
	case !j.way.straight():
		// With several splits the watermark before the stop is that of the slowest: what has fired
		// by then is not told by the case, only what there is at the end.
		if o.err() != nil {
			v, message := unexpected(o)
			return v, "before the stop: " + message, o.Late
		}
		if !finite {
			return passed, "", o.Late
		}
	default:
		if v, message := c.compare(j, o, true, false); v != passed {
			return v, "before the stop: " + message, o.Late
		}
	}
	late := o.Late
	for _, s := range c.Sources {
		t.Held[s.Name] += len(s.RowsAfter)
	}
	seen := map[string]int{}
	for n, r := range t.sinks {
		seen[n] = len(r.Rows)
	}
	t.Finite = finite
	o = j.runUntilStopped(dir)
	if v, message := c.compareAfter(j, o, seen); v != passed {
		return v, "after the restore: " + message, o.Late + late
	}
	return passed, "", o.Late + late
}

// compare holds what sinks were given against what is expected before a stop, and after it too
// if the program is not stopped.
func (c *programCase) compare(j *job, o *outcome, before, after bool) (verdict, string) {
	if o.err() != nil {
		return unexpected(o)
	}
	for i := range c.Sinks {
		s := &c.Sinks[i]
		want := append([]string(nil), s.ExpectedBefore...)
		if after {
			want = append(want, s.ExpectedAfter...)
		}
		got := j.sunk(s.Name)
		materialized := s.Compare != "changelog-multiset"
		if err := c.holds(j, s, got, want, materialized, after); err != nil {
			return isWrong("%s: %v", s.Name, err)
		}
	}
	return pass()
}

func (j *job) sunk(name string) *rows {
	if r := j.tables.sinks[name]; r != nil {
		r.Loose = !j.way.straight()
		return r
	}
	return &rows{}
}

// holds compares one sink: as a multiset of changes, or by what they fold to.
func (c *programCase) holds(j *job, s *programTable, got *rows, want []string, materialized, all bool) error {
	if s.HasData != nil && !*s.HasData && len(want) == 0 {
		return nil
	}
	if !materialized && j.way.straight() {
		return got.expectLines(want, true)
	}
	if all && s.Materialized != nil {
		return got.fold(s.key(j)).expectLines(s.Materialized, false)
	}
	key := s.Deduplicated
	if key == nil {
		key = s.key(j)
	}
	wanted, err := readLines(want, got.Columns)
	if err != nil {
		return err
	}
	wanted = wanted.fold(key)
	var list []row
	list = append(list, wanted.Rows...)
	folded := got.fold(s.keyOr(key, j))
	return folded.take(len(list), func(i int, x row) bool { return equalRow(x, list[i], got.Columns, got.Loose) },
		func() string { return wanted.texts(true) })
}

func (s *programTable) keyOr(key []int, j *job) []int {
	if k := s.key(j); k != nil {
		return k
	}
	return key
}

// key is the sink's primary key, by position.
func (s *programTable) key(j *job) []int {
	script, err := sql.Parse(s.create())
	if err != nil {
		return nil
	}
	create, ok := script.Statements[0].(*sql.CreateTable)
	if !ok {
		return nil
	}
	var names []string
	for _, e := range create.Elements {
		switch x := e.(type) {
		case *sql.ColumnDef:
			if x.Constraint != nil && x.Constraint.Primary {
				names = append(names, x.Name.Parts[0].Name)
			}
		case *sql.TableConstraint:
			if x.Primary {
				for _, n := range x.Columns {
					names = append(names, n.Name)
				}
			}
		}
	}
	var key []int
	if r := j.tables.sinks[s.Name]; r != nil {
		for _, n := range names {
			for i, col := range r.Columns {
				if col.Name == n {
					key = append(key, i)
				}
			}
		}
	}
	return key
}

// compareAfter compares what came after the restore; folded, all of it.
func (c *programCase) compareAfter(j *job, o *outcome, seen map[string]int) (verdict, string) {
	if o.err() != nil {
		return unexpected(o)
	}
	for i := range c.Sinks {
		s := &c.Sinks[i]
		all := j.sunk(s.Name)
		materialized := s.Compare == "materialized" || !j.way.straight()
		if !materialized {
			late := &rows{Columns: all.Columns, Rows: all.Rows[seen[s.Name]:], Loose: all.Loose}
			if err := late.expectLines(s.ExpectedAfter, true); err != nil {
				return isWrong("%s: %v", s.Name, err)
			}
			continue
		}
		want := append(append([]string(nil), s.ExpectedBefore...), s.ExpectedAfter...)
		if err := c.holds(j, s, all, want, true, true); err != nil {
			return isWrong("%s: %v", s.Name, err)
		}
	}
	return pass()
}

// judgeFailing runs each statement that must fail by itself.
func (c *programCase) judgeFailing(ddl string, metadata []connector.Metadata, failing map[string]string) (verdict, string, string) {
	for _, s := range c.SQL {
		text := ddl + strings.TrimRight(strings.TrimSpace(s), ";") + ";\n"
		j := &job{text: text, tables: newTables(), set: map[string]string{}, metadata: metadata}
		for k, x := range c.Config {
			j.set[keyOf(k)] = x
		}
		for _, src := range c.Sources {
			j.tables.data[src.Name] = append(append([]change(nil), src.RowsBefore...), src.RowsAfter...)
		}
		o := j.run()
		message, must := failing[s]
		if !must {
			if o.err() != nil {
				v, m := unexpected(o)
				return v, m, text
			}
			continue
		}
		if v, m := expectError(o, message); v != passed {
			return v, m, settings(c.Config) + text
		}
	}
	return passed, "", ddl
}

// readLines reads rows printed by Flink: the types of the columns decide how.
func readLines(lines []string, columns []types.Field) (*rows, error) {
	out := &rows{Columns: columns}
	for _, l := range lines {
		x := row{Kind: kindOf["+I"]}
		body := l
		if len(l) > 3 && hasKind(l) && l[2] == '[' {
			x.Kind, body = kindOf[l[:2]], l[3:len(l)-1]
		}
		values, ok := readValues(body, columns)
		if !ok {
			return nil, fmt.Errorf("expected row %s cannot be read as %v", l, columns)
		}
		x.Values = values
		out.Rows = append(out.Rows, x)
	}
	return out, nil
}
