package main

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/types"
)

var dataID = regexp.MustCompile(`\$\{data:([^}]*)\}`)

// create declares a table that a Java program would have made of a stream.
func (q *queryTable) create(name string) (ddl, reason string) {
	var columns []string
	physical := 0
	add := func(name string) {
		kind := "INT"
		if physical < len(q.Types) && q.Types[physical] != "?" {
			kind = q.Types[physical]
		}
		columns = append(columns, "  "+types.Quote(name)+" "+kind)
		physical++
	}
	for _, c := range q.Columns {
		role := ""
		if c.Role != nil {
			role = *c.Role
		}
		switch role {
		case "":
			add(c.Name)
		case "proctime":
			columns = append(columns, "  "+types.Quote(c.Name)+" AS PROCTIME()")
		default:
			return "", javaRowtime
		}
	}
	for physical < len(q.Types) {
		if len(q.Columns) > 0 {
			break
		}
		add(fmt.Sprintf("f%d", physical))
	}
	mode := ""
	for _, r := range q.Rows {
		if r.Kind != "+I" && r.Kind != "" {
			mode = ", 'changelog-mode' = 'I,UB,UA,D'"
		}
	}
	return fmt.Sprintf("CREATE TABLE %s (\n%s\n) WITH ('connector' = 'values'%s);\n", types.Quote(name), strings.Join(columns, ",\n"), mode), ""
}

// reason is why a case is not applicable.
func (c *queryCase) reason() string {
	var texts []string
	texts = append(texts, c.Statements...)
	for _, q := range c.Queries {
		texts = append(texts, q.SQL)
	}
	for _, t := range texts {
		if callsJava(t) {
			return javaFunction
		}
	}
	for _, t := range c.Tables {
		for i, k := range t.Types {
			if r := inText(k); r != "" && i < len(t.Types) {
				return r
			}
		}
		if opaqueRows(t.Rows) {
			return javaValue
		}
	}
	for _, d := range c.Data {
		if opaqueRows(d) {
			return javaValue
		}
	}
	if r := inText(texts...); r != "" {
		return r
	}
	if len(c.Queries) == 0 && len(c.Statements) == 0 {
		return tableAPI
	}
	return ""
}

func (c *queryCase) judge(w way) (v verdict, message, text string) {
	if r := c.reason(); r != "" {
		return notApplicable, r, ""
	}
	var b strings.Builder
	var names []string
	for n := range c.Tables {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		t := c.Tables[n]
		ddl, reason := t.create(n)
		if reason != "" {
			return notApplicable, reason, ""
		}
		b.WriteString(ddl)
	}
	set := map[string]string{}
	for _, entry := range c.Config {
		if k, v, ok := settingOf(entry); ok {
			set[k] = v
		}
	}
	var metadata []connector.Metadata
	for _, s := range c.Statements {
		s = dataID.ReplaceAllString(s, "$1")
		metadata = append(metadata, metadataOf(s)...)
		b.WriteString(strings.TrimRight(strings.TrimSpace(s), ";") + ";\n")
	}
	for _, q := range c.Queries {
		b.WriteString(strings.TrimRight(strings.TrimSpace(q.SQL), ";") + ";\n")
	}
	text = b.String()
	v, message = inAllWays(w, func(w way) (verdict, string, int64) {
		j := &job{text: text, tables: newTables(), set: set, metadata: metadata, way: w}
		j.tables.ways.Splits = w.splits()
		for n, t := range c.Tables {
			j.tables.data[n] = t.Rows
		}
		for n, d := range c.Data {
			j.tables.data[n] = d
		}
		o := j.run()
		v, message := c.compare(o, j)
		return v, message, o.Late
	})
	return v, message, settings(set) + text
}

func (c *queryCase) compare(o *outcome, j *job) (verdict, string) {
	if o.err() != nil {
		return unexpected(o)
	}
	next := 0
	for _, x := range c.Expected {
		r := j.tables.sinks[x.From]
		for n, s := range j.tables.sinks {
			if r == nil && strings.EqualFold(n, x.From) {
				r = s
			}
		}
		if r == nil {
			if next >= len(o.Selects) {
				if len(x.Rows) == 0 {
					continue
				}
				return isWrong("nothing was written to %s", x.From)
			}
			r = o.Selects[next]
			next++
		}
		r.Loose = !j.way.straight()
		raw := strings.Contains(x.How, "Raw")
		if raw && j.way.straight() {
			if err := r.expectLines(x.Rows, true); err != nil {
				return isWrong("%s: %v", x.From, err)
			}
			continue
		}
		if err := r.fold(nil).expectLines(foldLines(x.Rows), false); err != nil {
			return isWrong("%s: %v", x.From, err)
		}
	}
	return pass()
}

// foldLines folds lines that carry kinds, by their text.
func foldLines(lines []string) []string {
	var left []string
	for _, l := range lines {
		kind, body := "+I", l
		switch {
		case len(l) > 3 && hasKind(l) && l[2] == '[':
			kind, body = l[:2], "+I"+l[2:]
		case strings.HasPrefix(l, "(false,"):
			kind, body = "-D", "(true,"+l[len("(false,"):]
		}
		if kind[0] == '+' {
			left = append(left, body)
			continue
		}
		for i := range left {
			if left[i] == body {
				left = append(left[:i], left[i+1:]...)
				break
			}
		}
	}
	return left
}
