package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/types"
)

var dataID = regexp.MustCompile(`\$\{data:([^}]*)\}`)

// create declares a table that a Java program would have made of a stream, and gives its rows in the
// order of its columns.
func (q *queryTable) create(name string) (ddl string, data []change, reason string) {
	var columns []string
	var from []int // position in a row of each physical column
	add := func(name string, at int) {
		kind := "INT"
		if at < len(q.Types) && q.Types[at] != "?" {
			kind = q.Types[at]
		}
		columns = append(columns, "  "+types.Quote(name)+" "+kind)
		from = append(from, at)
	}
	tail := ""
	for _, c := range q.Columns {
		role := ""
		if c.Role != nil {
			role = *c.Role
		}
		switch role {
		case "":
			add(c.Name, position(c.From, len(from), len(q.Types)))
		case "proctime":
			columns = append(columns, "  "+types.Quote(c.Name)+" AS PROCTIME()")
		default:
			at, delay, ok := q.rowtime()
			if role != "rowtime" || !ok {
				return "", nil, javaRowtime
			}
			time := columnAt(q, at)
			columns = append(columns, fmt.Sprintf("  %s AS CAST(TO_TIMESTAMP_LTZ(%s, 3) AS TIMESTAMP(3))", types.Quote(c.Name), time))
			tail = fmt.Sprintf(",\n  WATERMARK FOR %s AS %s - INTERVAL '%d.%03d' SECOND(3, 3)", types.Quote(c.Name), types.Quote(c.Name), delay/1000, delay%1000)
		}
	}
	if len(q.Columns) == 0 {
		for i := range q.Types {
			add(fmt.Sprintf("f%d", i), i)
		}
	}
	mode := ""
	for _, r := range q.Rows {
		if r.Kind != "+I" && r.Kind != "" {
			mode = ", 'changelog-mode' = 'I,UB,UA,D'"
		}
		x := change{Kind: r.Kind}
		for _, at := range from {
			raw := json.RawMessage("null")
			if at < len(r.Values) {
				raw = r.Values[at]
			}
			x.Values = append(x.Values, raw)
		}
		data = append(data, x)
	}
	return fmt.Sprintf("CREATE TABLE %s (\n%s%s\n) WITH ('connector' = 'values'%s);\n", types.Quote(name), strings.Join(columns, ",\n"), tail, mode), data, ""
}

var tupleField = regexp.MustCompile(`^(_|f)(\d+)$`)

// position is where a column's value stands in a row: tuples number their fields _1 or f0,
// else columns come in their order.
func position(from string, next, n int) int {
	m := tupleField.FindStringSubmatch(from)
	if m == nil {
		return next
	}
	i, _ := strconv.Atoi(m[2])
	if m[1] == "_" {
		i--
	}
	if i < 0 || i >= n {
		return next
	}
	return i
}

var extractorOffset = regexp.MustCompile(`(?i)offset.*?\(\s*(\d+)`)

// rowtime reads an extractor of Flink's tests, TimestampAndWatermarkWithOffset(delay): event
// times are the first column, in milliseconds. ok is false for any other.
func (q *queryTable) rowtime() (at int, delay int64, ok bool) {
	m := extractorOffset.FindStringSubmatch(rawText(q.Extractor))
	if m == nil || len(q.Types) == 0 || !strings.HasPrefix(q.Types[0], "BIGINT") {
		return 0, 0, false
	}
	delay, err := strconv.ParseInt(m[1], 10, 64)
	return 0, delay, err == nil
}

// columnAt names the column that holds a position of the rows.
func columnAt(q *queryTable, at int) string {
	next := 0
	for _, c := range q.Columns {
		if c.Role != nil && *c.Role != "" {
			continue
		}
		if position(c.From, next, len(q.Types)) == at {
			return types.Quote(c.Name)
		}
		next++
	}
	return "NULL"
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
	data := map[string][]change{}
	for _, n := range names {
		t := c.Tables[n]
		ddl, list, reason := t.create(n)
		if reason != "" {
			return notApplicable, reason, ""
		}
		b.WriteString(ddl)
		data[n] = list
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
		j.tables.ways = w.dealing()
		for n, list := range data {
			j.tables.data[n] = list
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
