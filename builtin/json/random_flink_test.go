//go:build peers

package json

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

// TestRandomValuesAsFlink holds values by chance against a Flink, in columns of each type
// and through both of its readers: numbers, and texts that nearly are what the type takes.
func TestRandomValuesAsFlink(t *testing.T) {
	r := values{rand.New(rand.NewSource(1))}
	var cases strings.Builder
	for _, options := range []string{"", "WITH decode.json-parser.enabled=false\n", "WITH timestamp-format.standard=ISO-8601\n"} {
		for columns, value := range map[string]func() string{
			"a BIGINT, b INT, c SMALLINT, d TINYINT":                        r.number,
			"a DOUBLE, b FLOAT":                                             r.number,
			"a DECIMAL(10,2), b DECIMAL(38,18), c DECIMAL(5,0)":             r.number,
			"a STRING, b BOOLEAN":                                           r.any,
			"a DATE, b TIME(3)":                                             r.time,
			"a BYTES":                                                       r.text,
			"a TIMESTAMP(3), b TIMESTAMP_LTZ(3), c TIMESTAMP(9)":            r.time,
			"a ARRAY<INT>, b MAP<STRING, INT>, c ROW<a INT, b STRING>":      r.nested,
			"a ARRAY<ROW<a STRING, b ARRAY<DOUBLE>>>, b STRING":             r.nested,
			"a ROW<a ROW<a BIGINT, b DATE>, b MAP<STRING, ARRAY<BOOLEAN>>>": r.nested,
		} {
			// Flink's other reader goes on within what it should have skipped, and may not end.
			if tree := strings.Contains(options, "json-parser"); !tree && (strings.Contains(columns, "<") || strings.Contains(columns, "BYTES")) {
				continue
			}
			fmt.Fprintf(&cases, "all\n%s\n%sWITH ignore-parse-errors=true\n", columns, options)
			for range 150 {
				var members []string
				for k := range strings.Count(columns, ", ") + 1 {
					if k < 4 && r.Intn(12) > 0 {
						members = append(members, fmt.Sprintf(`"%c":%s`, 'a'+k, value()))
					}
				}
				cases.WriteString("{" + strings.Join(members, ",") + "}\n")
			}
			cases.WriteString("----\n\n")
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "random"), []byte(cases.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	formattest.AsFlink(t, &Format, dir)
}

type values struct{ *rand.Rand }

func (r values) word(alphabet string, most int) string {
	a := []rune(alphabet)
	w := make([]rune, r.Intn(most))
	for i := range w {
		w[i] = a[r.Intn(len(a))]
	}
	return string(w)
}

// plain is a number of JSON.
func (r values) plain() string {
	s := []string{"", "-"}[r.Intn(2)] + []string{"0", fmt.Sprint(1 + r.Intn(9)), fmt.Sprint(1+r.Intn(9)) + r.word("0123456789", 22)}[r.Intn(3)]
	if r.Intn(2) == 0 {
		s += "." + fmt.Sprint(r.Intn(10)) + r.word("0123456789", 12)
	}
	if r.Intn(5) == 0 {
		s += []string{"e", "E"}[r.Intn(2)] + []string{"", "+", "-"}[r.Intn(3)] + fmt.Sprint(r.Intn(40))
	}
	return s
}

func (r values) number() string {
	switch r.Intn(8) {
	case 0:
		return "null"
	case 1:
		return `"` + r.word("0123456789", 6) + `"`
	case 2:
		return `"` + r.word(" 01234+-.eExdfNa", 8) + `"`
	case 3:
		return `"` + r.plain() + `"`
	}
	return r.plain()
}

func (r values) text() string { return `"` + r.word("aZ0+/== ", 13) + `"` }

func (r values) any() string {
	switch r.Intn(8) {
	case 0:
		return []string{"true", "false", "null"}[r.Intn(3)]
	case 1:
		return `"` + []string{"true", "TRUE", " true ", "t", `\u0074rue`}[r.Intn(5)] + `"`
	case 2:
		return r.plain()
	case 3:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(r.word("aé€😀\\\"\n/", 8)) + `"`
	}
	return `"` + r.word("abc", 5) + `"`
}

func (r values) time() string {
	s := fmt.Sprintf("%04d-%02d-%02d", 1900+r.Intn(200), 1+r.Intn(13), 1+r.Intn(32))
	clock := fmt.Sprintf("%02d:%02d:%02d", r.Intn(25), r.Intn(61), r.Intn(61))
	switch r.Intn(6) {
	case 0:
		return `"` + s + `"`
	case 1:
		return `"` + clock + r.word(".0123456789", 5) + `"`
	case 2:
		return []string{"null", "17", `""`, `"x"`}[r.Intn(4)]
	}
	s += []string{" ", "T"}[r.Intn(2)] + clock
	if r.Intn(2) == 0 {
		s += "." + r.word("0123456789", 11)
	}
	return `"` + s + []string{"", "Z"}[r.Intn(2)] + `"`
}

// nested are arrays and objects, which a scalar in their place is not mistaken for.
func (r values) nested() string { return r.nest(0) }

func (r values) nest(depth int) string {
	if depth > 2 {
		return r.any()
	}
	var parts []string
	switch r.Intn(5) {
	case 0, 1:
		for range r.Intn(4) {
			parts = append(parts, r.nest(depth+1))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case 2, 3:
		for k := range r.Intn(3) {
			parts = append(parts, fmt.Sprintf(`"%c": %s`, 'a'+k, r.nest(depth+1)))
		}
		return "{" + strings.Join(parts, " , ") + "}"
	}
	return r.any()
}
