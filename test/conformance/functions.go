package main

import (
	"fmt"
	"strings"

	"tidemark.dev/types"
)

// reason is why no test of a case is applicable: what it says of all its tests.
func (c *functionCase) reason() string {
	if opaqueRows(c.Rows) {
		if r := inText(c.Types...); r != "" {
			return r
		}
		return javaValue
	}
	return ""
}

// reasonOf is why one test is not applicable. Columns that it does not read do not matter.
func (c *functionCase) reasonOf(t *functionTest) string {
	text := strings.Join(t.SQL, ", ")
	if r := inText(append([]string{text, t.Type}, t.Types...)...); r != "" {
		return r
	}
	if c.Kind == "agg" {
		if r := inText(c.Types...); r != "" {
			return r
		}
		if callsJava(text) {
			return javaFunction
		}
		if opaqueRows(t.ExpectedRows) {
			return javaValue
		}
		return c.reason()
	}
	if callsJava("SELECT " + text) {
		return javaFunction
	}
	e := c.example()
	for i, name := range e.Names {
		if !names(text, name) {
			continue
		}
		if r := inText(e.Types[i]); r != "" {
			return r
		}
		if _, ok := isOpaque(e.Values[i]); ok {
			return javaValue
		}
	}
	if opaqueIn(t.Expected) {
		return javaValue
	}
	return ""
}

func names(text, column string) bool {
	for _, w := range word.FindAllString(text, -1) {
		if w == column {
			return true
		}
	}
	return false
}

// example is the one row of a scalar case.
func (c *functionCase) example() (e exampleRow) {
	for i, raw := range c.Data {
		e.Names = append(e.Names, fmt.Sprintf("f%d", i))
		e.Values = append(e.Values, raw)
		if i < len(c.Types) && c.Types[i] != "" && c.Types[i] != "?" {
			e.Types = append(e.Types, c.Types[i])
		} else {
			e.Types = append(e.Types, inferType(raw))
		}
	}
	return e
}

func (c *functionCase) judge(t *functionTest, w way) (v verdict, message, text string) {
	if r := c.reasonOf(t); r != "" {
		return notApplicable, r, strings.Join(t.SQL, ", ")
	}
	v, message = inAllWays(w, func(w way) (verdict, string, int64) {
		j := &job{tables: newTables(), set: map[string]string{}, way: w}
		j.tables.ways, j.tables.pad = w.dealing(), true
		for k, x := range c.Cfg {
			j.set[keyOf(k)] = javaValueOf(x)
		}
		if c.Zone != "" {
			j.set["table.local-time-zone"] = c.Zone
		}
		if c.Kind == "agg" {
			ddl, err := c.source(j.tables)
			if err != nil {
				return refused, err.Error(), 0
			}
			text = ddl + strings.Join(t.SQL, ";\n")
		} else {
			text = exampleTable("t", c.example(), strings.Join(t.SQL, ", "), j.tables) + "SELECT " + strings.Join(t.SQL, ", ") + " FROM t"
		}
		j.text = text + ";"
		o := j.run()
		v, message := c.compare(t, o, w)
		return v, message, o.Late
	})
	return v, message, text
}

// source declares the table of an agg case: its rows are changes.
func (c *functionCase) source(t *tables) (string, error) {
	if len(c.Types) == 0 {
		return "", fmt.Errorf("the case gives no types")
	}
	text := strings.Join(c.Types, ", ")
	row, err := parseType(text)
	if err != nil {
		return "", err
	}
	var columns []string
	for _, f := range row.Fields {
		columns = append(columns, "  "+types.Quote(f.Name)+" "+f.Type.String())
	}
	mode := ""
	for _, x := range c.Rows {
		if x.Kind != "+I" {
			mode = ", 'changelog-mode' = 'I,UB,UA,D'"
		}
	}
	t.data["source"] = c.Rows
	return fmt.Sprintf("CREATE TABLE source (\n%s\n) WITH ('connector' = 'values'%s);\n", strings.Join(columns, ",\n"), mode), nil
}

func (c *functionCase) compare(t *functionTest, o *outcome, w way) (verdict, string) {
	switch t.Kind {
	case "validation_error", "runtime_error":
		message := "any"
		if t.Msg != nil {
			message = *t.Msg
		}
		return expectError(o, message)
	}
	if o.err() != nil {
		return unexpected(o)
	}
	if len(o.Selects) != 1 {
		return isWrong("one SELECT was expected, got %d", len(o.Selects))
	}
	r := o.Selects[0]
	if message := t.typesDiffer(r); message != "" {
		return isWrong("%s", message)
	}
	if t.Kind == "type_only" {
		return pass()
	}
	want := t.ExpectedRows
	if c.Kind != "agg" {
		want = []change{{Kind: "+I", Values: t.Expected}}
	} else if want == nil && len(t.Expected) > 0 {
		var lines []string
		for _, raw := range t.Expected {
			lines = append(lines, rawText(raw))
		}
		if err := r.fold(nil).expectLines(lines, false); err != nil {
			return isWrong("%v", err)
		}
		return pass()
	}
	folded := r
	if c.Kind == "agg" {
		folded = r.fold(nil)
		for i := range want {
			if strings.HasPrefix(want[i].Kind, "+") {
				want[i].Kind = "+I"
			}
		}
	}
	if err := folded.expectRows(want); err != nil {
		return isWrong("%v", err)
	}
	return pass()
}

// typesDiffer compares the types of the columns, NOT NULL included, as Flink's tests do.
func (t *functionTest) typesDiffer(r *rows) string {
	want := t.Types
	if t.Type != "" {
		row, err := parseType(t.Type)
		if err != nil {
			return ""
		}
		for _, f := range row.Fields {
			want = append(want, f.Type.String())
		}
	}
	if len(want) == 0 {
		return ""
	}
	if len(want) != len(r.Columns) {
		return fmt.Sprintf("got %d columns, expected %d", len(r.Columns), len(want))
	}
	for i, text := range want {
		x, err := parseType(text)
		if err != nil {
			continue // such as INTERVAL SECOND(3): a type that only prints like this
		}
		if got := r.Columns[i].Type.Plain(); got.String() != x.String() {
			return fmt.Sprintf("column %d is a %s, expected %s; got\n%s", i+1, got, x, r.texts(true))
		}
	}
	return ""
}
