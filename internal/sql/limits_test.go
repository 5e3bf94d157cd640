package sql

import (
	"errors"
	"strings"
	"testing"
)

// TestDeepText checks that what nests too deeply is refused with a place and never exhausts the stack,
// whatever it is that nests.
func TestDeepText(t *testing.T) {
	const n = 200_000
	for _, c := range []struct{ name, before, middle, after string }{
		{"parentheses", "(", "1", ")"},
		{"signs", "- ", "1", ""},
		{"not", "NOT ", "a", ""},
		{"calls", "f(", "1", ")"},
		{"index", "a[", "1", "]"},
		{"case", "CASE WHEN ", "a", " THEN 1 END"},
		{"case operand", "CASE ", "a", " WHEN 1 THEN 2 END"},
		{"casts", "CAST(", "1", " AS INT)"},
		{"rows", "ROW(", "1", ")"},
		{"queries", "(SELECT ", "1", ")"},
		{"tables", "(SELECT * FROM ", "t", ")"},
		{"with", "(WITH a AS (SELECT 1) SELECT ", "1", ")"},
		{"between", "a BETWEEN ", "1", " AND 2"},
		{"like", "a LIKE ", "b", ""},
		{"in", "a IN (", "1", ")"},
		{"intervals", "INTERVAL (", "1", ") DAY"},
		{"chain", "a + ", "b", ""},
		{"and", "a AND ", "b", ""},
		{"named arguments", "f(x => ", "1", ")"},
		{"json", "JSON_OBJECT('a' : ", "1", ")"},
		{"periods", "PERIOD(1, ", "1", ")"},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused(t, "SELECT "+strings.Repeat(c.before, n)+c.middle+strings.Repeat(c.after, n))
		})
	}
	for name, src := range map[string]string{
		"types":          "SELECT CAST(a AS " + strings.Repeat("ARRAY<", n) + "INT" + strings.Repeat(">", n) + ")",
		"array types":    "SELECT CAST(a AS INT" + strings.Repeat(" ARRAY", n) + ")",
		"fields":         "SELECT f(x)" + strings.Repeat(".b", n),
		"indexes":        "SELECT a" + strings.Repeat("[1]", n),
		"postfix":        "SELECT a" + strings.Repeat(" IS NULL", n),
		"joins":          "SELECT * FROM t" + strings.Repeat(" JOIN t ON a", n),
		"nested joins":   "SELECT * FROM " + strings.Repeat("(t JOIN ", n) + "t" + strings.Repeat(")", n),
		"commas":         "SELECT * FROM t" + strings.Repeat(", t", n),
		"unions":         "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"query parens":   strings.Repeat("(", n) + "SELECT 1" + strings.Repeat(")", n),
		"table parens":   "SELECT * FROM " + strings.Repeat("(", n) + "SELECT 1" + strings.Repeat(")", n),
		"grouping sets":  "SELECT 1 FROM t GROUP BY " + strings.Repeat("GROUPING SETS (", n) + "a" + strings.Repeat(")", n),
		"pattern":        "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + strings.Repeat("(", n) + "a" + strings.Repeat(")", n) + ") DEFINE a AS TRUE)",
		"explain":        strings.Repeat("EXPLAIN ", n) + "SELECT 1",
		"row types":      "CREATE TABLE t (a " + strings.Repeat("ROW<a ", n) + "INT" + strings.Repeat(">", n) + ")",
		"map types":      "CREATE TABLE t (a " + strings.Repeat("MAP<INT, ", n) + "INT" + strings.Repeat(">", n) + ")",
		"values":         "VALUES " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"left of a sum":  "SELECT " + strings.Repeat("(", 900) + "1" + strings.Repeat(strings.Repeat(" + 1", 100)+")", 900),
		"nested queries": "SELECT " + strings.Repeat("(SELECT ", 100) + "1" + strings.Repeat(" + 1", 3950) + strings.Repeat(")", 100),
	} {
		t.Run(name, func(t *testing.T) { refused(t, src) })
	}
}

func refused(t *testing.T, src string) {
	t.Helper()
	script, err := Parse(src)
	var list ErrorList
	if !errors.As(err, &list) {
		t.Fatalf("accepted, with %d statements", len(script.Statements))
	}
	checkPlaces(t, src, err)
	for _, e := range list {
		if len(e.Msg) > 200 {
			t.Fatalf("message of %d bytes", len(e.Msg))
		}
	}
}

// TestBelowLimits checks that what is deep but allowed is read, printed and read again.
func TestBelowLimits(t *testing.T) {
	for name, src := range map[string]string{
		"parentheses": "SELECT " + strings.Repeat("(", 900) + "1" + strings.Repeat(" + 1)", 900),
		"queries":     strings.Repeat("SELECT * FROM (", 300) + "SELECT 1" + strings.Repeat(")", 300),
		"chain":       "SELECT 1" + strings.Repeat(" + 1", 3000),
		"joins":       "SELECT * FROM t" + strings.Repeat(" JOIN t ON a = b", 3000),
		"unions":      "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 3000),
		"list":        "SELECT a IN (1" + strings.Repeat(", 1", 100_000) + ")",
		"columns":     "SELECT a" + strings.Repeat(", a", 100_000) + " FROM t",
		"statements":  strings.Repeat("SELECT 1;", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			script, err := Parse(src)
			if err != nil {
				t.Fatal(err)
			}
			if len(script.Statements) == 1 {
				// The text is canonical, and so its own canonical text, even where that is deeper
				// in parentheses than what may be read.
				text := Format(script.Statements[0])
				if again, err := Parse(text); err == nil && Format(again.Statements[0]) != text {
					t.Fatal("canonical text is not stable")
				}
			}
		})
	}
}

// TestLongText checks that long texts of every kind are read in linear time: otherwise the test
// would run for hours.
func TestLongText(t *testing.T) {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, src := range map[string]string{
		"statements":        fill("INSERT INTO t SELECT a, b + 1 AS c FROM s WHERE d LIKE 'x%';\n"),
		"rows":              "INSERT INTO t VALUES (1, 'x', -2.5)" + fill(", (1, 'x', -2.5)"),
		"string":            "SELECT '" + fill("it''s ") + "'",
		"string in nesting": "SELECT " + strings.Repeat("f(", 300) + "'" + fill("x\n") + "'" + strings.Repeat(")", 300),
		"comment":           "SELECT 1 /* " + fill("* /") + " */",
		"line comments":     "SELECT 1" + fill("-- x\n"),
		"faults":            fill("SELEC 1;\n"),
		"semicolons":        fill(";"),
		"open parentheses":  fill("("),
		"open string":       fill("'"),
		"backquotes":        fill("`"),
		"unclosed hint":     "SELECT " + fill("/*+ "),
		"charset":           fill("_a-"),
		"set":               fill("SET a=b\n"),
		"digits":            "SELECT " + fill("1"),
		"word":              "SELECT " + fill("a"),
		"dots":              "SELECT a" + fill(".a"),
		"begin":             fill("BEGIN STATEMENT SET;\n"),
		"unbalanced":        fill("SELECT ((1; "),
		"not UTF-8":         fill("\xff\xfe"),
		"escape":            "SELECT U&'" + fill("\\0041") + "'",
	} {
		t.Run(name, func(t *testing.T) {
			script, err := Parse(src)
			checkPlaces(t, src, err)
			if len(script.Statements) == 1 {
				_ = Format(script.Statements[0])
			}
		})
	}
	t.Run("10 MB", func(t *testing.T) {
		const line = "INSERT INTO t SELECT a, b + 1 AS c FROM s WHERE d LIKE 'x%';\n"
		script, err := Parse(strings.Repeat(line, (10<<20)/len(line)))
		if err != nil || len(script.Statements) != (10<<20)/len(line) {
			t.Fatal(len(script.Statements), err)
		}
	})
	if _, err := Parse(strings.Repeat(" ", maxText+1)); err == nil {
		t.Error("a text beyond the limit is accepted")
	}
}
