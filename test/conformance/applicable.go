package main

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"

	"tidemark.dev/internal/sql"
)

// The reasons for which a case is not applicable. They are found by looking at the case, before anything is run.
const (
	javaFunction   = "Java UDF: it calls a function written in Java"
	javaValue      = "Java: a value of the case is a Java expression"
	javaClass      = "Java: a structured or RAW type is a Java class"
	javaRowtime    = "Java: its event times are extracted by Java code"
	aModel         = "model: it needs a machine-learning model"
	variant        = "VARIANT: the type is outside of the scope"
	bitmap         = "BITMAP: the type is outside of the scope"
	tableAPI       = "Table API: it has no SQL"
	temporalMethod = "Table API: a temporal table function cannot be registered in SQL"
	newer          = "2.4 only: Flink 2.3.0 does not parse it"
	oneDialect     = "Java: what it checks is a Java object, not a text"
	lateElsewhere  = "late rows: which rows are late depends on the splits"
)

// patterns find reasons in the text of a case: its SQL, types and DDL.
var patterns = []struct {
	reason string
	*regexp.Regexp
}{
	{variant, regexp.MustCompile(`(?i)\bVARIANT\b|\b(TRY_)?PARSE_JSON\s*\(`)},
	{bitmap, regexp.MustCompile(`(?i)\bBITMAP\b|\bBITMAP_\w+\s*\(`)},
	{javaClass, regexp.MustCompile(`(?i)\bSTRUCTURED\s*<|\bRAW\s*\(|\bRAW\s*<|\bOBJECT_(OF|UPDATE)\s*\(`)},
	{aModel, regexp.MustCompile(`(?i)\bCREATE\s+(TEMPORARY\s+)?MODEL\b|\bML_PREDICT\s*\(|\bML_EVALUATE\s*\(|\bAI_\w+\s*\(`)},
	{javaFunction, regexp.MustCompile(`(?i)\bCREATE\s+(TEMPORARY\s+)?(SYSTEM\s+)?FUNCTION\b`)},
}

// newerSyntax is what Flink 2.3.0 refuses and the master branch, from which the cases come, knows.
var newerSyntax = []*regexp.Regexp{}

//go:embed flink.functions
var flinkFunctionList string

var flinkFunctions = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(flinkFunctionList) {
		m[n] = true
	}
	return m
}()

// inText finds a reason in texts of SQL, types or DDL.
func inText(texts ...string) string {
	for _, t := range texts {
		t = withoutStrings(t)
		for _, p := range patterns {
			if p.MatchString(t) {
				return p.reason
			}
		}
	}
	return ""
}

// withoutStrings empties the string literals of a text.
func withoutStrings(t string) string {
	var b strings.Builder
	in := false
	for i := 0; i < len(t); i++ {
		if t[i] == '\'' {
			in = !in
			b.WriteByte('\'')
		} else if !in {
			b.WriteByte(t[i])
		}
	}
	return b.String()
}

// callsJava tells whether a text calls a function that is none of Flink's; a text that
// does not parse calls none.
func callsJava(text string) bool {
	var root any
	if script, err := sql.Parse(text); err == nil {
		root = script
	} else if x, err := sql.ParseExpr(text); err == nil {
		root = x
	}
	found := false
	calls(reflect.ValueOf(root), func(c *sql.Call) {
		name := c.Name.Parts[len(c.Name.Parts)-1].Name
		if !c.Special && (len(c.Name.Parts) > 1 || !flinkFunctions[strings.ToUpper(name)]) {
			found = true
		}
	})
	return found
}

// calls visits the function calls of a syntax tree.
func calls(v reflect.Value, f func(*sql.Call)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if c, ok := v.Interface().(*sql.Call); ok && len(c.Name.Parts) > 0 {
			f(c)
		}
		calls(v.Elem(), f)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				calls(v.Field(i), f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			calls(v.Index(i), f)
		}
	}
}

func opaqueIn(values []json.RawMessage) bool {
	for _, v := range values {
		if _, ok := isOpaque(v); ok {
			return true
		}
	}
	return false
}

func opaqueRows(list []change) bool {
	for _, c := range list {
		if opaqueIn(c.Values) {
			return true
		}
	}
	return false
}
