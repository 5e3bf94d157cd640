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
	var columns, view []string
	var row change
	views := false
	for i, column := range e.Names {
		if !used[column] {
			continue
		}
		quoted := types.Quote(column)
		if interval, ok := intervalLiteral(e.Types[i], e.Values[i]); ok {
			// No DDL declares such a column: a view has it, and does not let it be constant.
			views = true
			columns = append(columns, "  "+quoted+" BOOLEAN")
			row.Values = append(row.Values, json.RawMessage("true"))
			if !strings.Contains(e.Types[i], "NOT NULL") {
				interval = "CASE WHEN " + quoted + " THEN " + interval + " END"
			}
			view = append(view, interval+" AS "+quoted)
			continue
		}
		columns = append(columns, "  "+quoted+" "+e.Types[i])
		row.Values = append(row.Values, e.Values[i])
		view = append(view, quoted)
	}
	if len(columns) == 0 {
		columns = []string{"  `no_column_is_read` INT"}
		row.Values = []json.RawMessage{json.RawMessage("0")}
	}
	row.Kind = "+I"
	base := name
	if views {
		base += "_rows"
	}
	t.data[base] = []change{row}
	ddl := fmt.Sprintf("CREATE TABLE %s (\n%s\n) WITH ('connector' = 'values');\n", base, strings.Join(columns, ",\n"))
	if views {
		ddl += fmt.Sprintf("CREATE VIEW %s AS SELECT %s FROM %s;\n", name, strings.Join(view, ", "), base)
	}
	return ddl
}

// intervalLiteral writes a value of an INTERVAL type as a literal; ok is false for other types.
func intervalLiteral(kind string, raw json.RawMessage) (text string, ok bool) {
	if !strings.HasPrefix(strings.ToUpper(strings.TrimSpace(kind)), "INTERVAL") {
		return "", false
	}
	t, err := parseType(kind)
	if err != nil {
		return "", false
	}
	v, err := valueOf(raw, t, false)
	if err != nil {
		return "", false
	}
	unit := "DAY TO SECOND(3)"
	if t.Kind == types.IntervalMonth {
		unit = fmt.Sprintf("YEAR(%d) TO MONTH", max(2, len(fmt.Sprint(max(v.I, -v.I)/12))))
	}
	if v.Null {
		return "CAST(NULL AS INTERVAL " + unit + ")", true
	}
	sign, n := "", v.I
	if n < 0 {
		sign, n = "-", -n
	}
	if t.Kind == types.IntervalMonth {
		return fmt.Sprintf("INTERVAL '%s%d-%d' %s", sign, n/12, n%12, unit), true
	}
	days, rest := n/types.MillisPerDay, fmt.Sprintf("%02d:%02d:%02d.%03d", n/3_600_000%24, n/60_000%60, n/1000%60, n%1000)
	if days > 99 { // more than Flink's literals take
		return fmt.Sprintf("(INTERVAL '%s1' DAY * %d + INTERVAL '%s0 %s' DAY TO SECOND(3))", sign, days, sign, rest), true
	}
	return fmt.Sprintf("INTERVAL '%s%d %s' DAY TO SECOND(3)", sign, days, rest), true
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
		j.tables.ways = w.dealing()
		if c.Zone != "" {
			j.set["table.local-time-zone"] = c.Zone
		}
		var e exampleRow
		if c.Table != nil {
			e = about.Tables[*c.Table]
		}
		ddl := exampleTable("testTable", e, c.SQL, j.tables)
		// A table takes the text: a SELECT's columns would enforce NOT NULL, which the cases, made
		// of expressions alone, do not.
		query := "CREATE TABLE printed (c STRING) WITH ('connector' = 'values');\n" +
			"INSERT INTO printed SELECT CAST(c AS STRING) FROM (SELECT " + c.SQL + " AS c FROM testTable)"
		if strings.HasSuffix(strings.TrimSpace(c.SQL), ".*") {
			query = "SELECT " + c.SQL + " FROM testTable"
		}
		text = ddl + query
		j.text = text + ";"
		o := j.run()
		if r := j.tables.sinks["printed"]; r != nil {
			o.Selects = append(o.Selects, r)
		}
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
