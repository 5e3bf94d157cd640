package plan_test

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/sql"
)

// TestSession runs the file of testdata-session. In each case every statement is a text of
// its own for one session.
func TestSession(t *testing.T) {
	datadriven.RunTest(t, "testdata-session/session", func(t *testing.T, d *datadriven.TestData) string {
		s, errs := planner().Session(plan.Options{DefaultName: "sql", Overrides: map[string]string{"table.local-time-zone": "UTC"}})
		if errs != nil {
			t.Fatal(errs)
		}
		var b strings.Builder
		texts, rest := sql.Split(d.Input)
		if rest != "" {
			d.Fatalf(t, "not finished: %s", rest)
		}
		for _, text := range texts {
			first, _, _ := strings.Cut(text, "\n")
			b.WriteString("> " + first + "\n")
			script, errs := s.Script("", text)
			if errs != nil {
				b.WriteString(errs.Error() + "\n")
				continue
			}
			for _, w := range script.Warnings {
				b.WriteString("warning: " + plan.Format("", text, w) + "\n")
			}
			for _, x := range script.Steps {
				b.WriteString(step(x))
			}
		}
		return b.String()
	})
}
