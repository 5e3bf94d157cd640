package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"tidemark.dev/types"
)

var word = regexp.MustCompile("[A-Za-z_][A-Za-z0-9_]*")

// exampleTable declares a table of one row with those columns that a text names: a
// column of a type that is not supported then hinders only those who use it.
func exampleTable(name string, e exampleRow, text string, t *tables) string {
	used := map[string]bool{}
	for _, w := range word.FindAllString(text, -1) {
		used[w] = true
	}
	var columns []string
	var row change
	for i, column := range e.Names {
		if !used[column] {
			continue
		}
		columns = append(columns, fmt.Sprintf("  %s %s", types.Quote(column), e.Types[i]))
		row.Values = append(row.Values, e.Values[i])
	}
	if len(columns) == 0 {
		columns = []string{"  `no_column_is_read` INT"}
		row.Values = []json.RawMessage{json.RawMessage("0")}
	}
	row.Kind = "+I"
	t.data[name] = []change{row}
	return fmt.Sprintf("CREATE TABLE %s (\n%s\n) WITH ('connector' = 'values');\n", name, strings.Join(columns, ",\n"))
}

func (c *scalarCase) judge(about *scalarAbout, w way) (v verdict, message, text string) {
	if reason := inText(c.SQL); reason != "" {
		return notApplicable, reason, c.SQL
	}
	if callsJava("SELECT " + c.SQL) {
		return notApplicable, javaFunction, c.SQL
	}
	if strings.Contains(string(c.Error), "Exception") && c.Expected == nil && strings.Contains(c.SQL, "STRUCTURED") {
		return notApplicable, javaClass, c.SQL
	}
	v, message = inAllWays(w, func(w way) (verdict, string, int64) {
		j := &job{tables: newTables(), set: map[string]string{}, way: w}
		j.tables.ways.Splits = w.splits()
		if c.Zone != "" {
			j.set["table.local-time-zone"] = c.Zone
		}
		var e exampleRow
		if c.Table != nil {
			e = about.Tables[*c.Table]
		}
		ddl := exampleTable("testTable", e, c.SQL, j.tables)
		query := "SELECT CAST(c AS STRING) FROM (SELECT " + c.SQL + " AS c FROM testTable)"
		if strings.HasSuffix(strings.TrimSpace(c.SQL), ".*") {
			query = "SELECT " + c.SQL + " FROM testTable"
		}
		text = ddl + query
		j.text = text + ";"
		o := j.run()
		v, message := c.compare(o)
		return v, message, o.Late
	})
	return v, message, text
}

func (c *scalarCase) compare(o *outcome) (verdict, string) {
	if c.Expected == nil {
		return expectError(o, rawText(c.Error))
	}
	if o.err() != nil {
		return unexpected(o)
	}
	if len(o.Selects) != 1 || len(o.Selects[0].Rows) != 1 || len(o.Selects[0].Columns) == 0 {
		return isWrong("one row was expected; got %d result sets", len(o.Selects))
	}
	r := o.Selects[0]
	x := r.Rows[0].Values[0]
	got := "NULL"
	if !x.Null {
		if got = x.S; !r.Columns[0].Type.IsText() {
			got = string(types.AppendCast(nil, x, r.Columns[0].Type, types.UTC))
		}
	}
	if got != *c.Expected {
		return isWrong("got %q, expected %q", got, *c.Expected)
	}
	return pass()
}
