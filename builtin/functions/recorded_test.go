package functions_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tidemark.dev/function"
	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// different lists what deliberately differs from Flink, each with its reason.
var different = readDifferences()

func readDifferences() map[string]string {
	out := map[string]string{}
	b, _ := os.ReadFile("testdata/differences.txt")
	for line := range strings.Lines(string(b)) {
		if e, why, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok {
			out[e] = why
		}
	}
	return out
}

// Expressions mean what a real Flink answered (testdata/record.py): their type with its
// nullability, the rows as they are printed, or that they fail. Constants are folded as
// in Flink, then left to run time.
func TestRecorded(t *testing.T) {
	setup, err := os.ReadFile("testdata/setup.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"text", "time", "number", "cast", "operator", "zone", "json", "misc", "collection", "more", "regexp", "types", "edge"} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile("testdata/" + name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			env := *utc
			for line := range strings.Lines(string(b)) {
				if zone, ok := strings.CutPrefix(strings.TrimSpace(line), "# zone: "); ok {
					if env.Zone, err = types.LoadZone(zone); err != nil {
						t.Fatal(err)
					}
				}
				parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
				if len(parts) < 3 || different[parts[0]] != "" {
					continue
				}
				for _, fold := range []plan.FoldFunc{expr.Literal, nil} {
					if got := evaluate(fold, &env, string(setup)+" WITH ('connector' = 'rows');", parts[0]); !agrees(got, parts[1:]) {
						t.Errorf("%s\n\tgot  %s\n\twant %s", parts[0], strings.Join(got, " | "), strings.Join(parts[1:], " | "))
						break
					}
				}
			}
		})
	}
}

// agrees compares a type and rows; of an error only that there is one.
func agrees(got, want []string) bool {
	if want[1] == "error" {
		return got[1] == "error"
	}
	return slices.Equal(got, want)
}

// evaluate answers the type and the sorted rows of an expression, or "error" and why.
func evaluate(fold plan.FoldFunc, env *function.Env, setup, sql string) []string {
	setup = "SET 'table.local-time-zone' = '" + env.Zone.String() + "';\n" + setup
	q, err := bind(fold, setup, sql)
	if err != nil {
		return []string{"?", "error", err.Error()}
	}
	out := []string{q.typ.Plain().String()}
	v, err := q.run(env)
	if err != nil {
		return append(out, "error", err.Error())
	}
	for i := range v.Len() {
		x := v.Value(i)
		if x.Null && v.Type.NotNull && q.typ.NotNull {
			return append(out, "error", "NULL in a column that is NOT NULL")
		}
		out = append(out, string(types.AppendText(nil, x, v.Type)))
	}
	slices.Sort(out[1:])
	return out
}
