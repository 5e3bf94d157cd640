package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/internal/plan"
)

// TestPlans runs the files of testdata. Each case is a script; "tables" is put before
// the scripts that follow it in the same file.
//
//	tables    statements for the cases below
//	script    what the script does, step by step: plans, texts, or all errors
//	check     only errors and warnings, or "ok"
//	types     the columns of the last SELECT, with their types
//	identity  the identity of the first pipeline
func TestPlans(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		prelude := ""
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "tables" {
				prelude = d.Input + "\n"
			}
			src := prelude + d.Input
			if d.Cmd == "tables" {
				src = d.Input
			}
			script, errs := planner().Script("t.sql", src, plan.Options{Overrides: map[string]string{"table.local-time-zone": "UTC"}})
			var b strings.Builder
			for _, w := range script.Warnings {
				b.WriteString("warning: " + plan.Format("t.sql", src, w) + "\n")
			}
			if errs != nil {
				b.WriteString(shift(errs, strings.Count(prelude, "\n"), d.Cmd != "tables"))
				return b.String()
			}
			switch d.Cmd {
			case "tables", "check":
				b.WriteString("ok\n")
			case "script":
				for _, s := range script.Steps {
					b.WriteString(step(s))
				}
			case "types":
				s, ok := script.Steps[len(script.Steps)-1].(*plan.Select)
				if !ok {
					d.Fatalf(t, "the last statement is no SELECT")
				}
				for _, c := range s.Columns {
					fmt.Fprintf(&b, "%s %s\n", c.Name, c.Type.Describe())
				}
			case "identity":
				b.WriteString(script.Steps[0].(*plan.Run).Pipeline.Identity)
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return b.String()
		})
	})
}

// shift writes errors with their lines as of the case alone.
func shift(errs *plan.Errors, lines int, do bool) string {
	if do {
		for i := range errs.Problems {
			errs.Problems[i].Pos.Line -= lines
		}
	}
	return errs.Error() + "\n"
}

func step(s plan.Step) string {
	switch s := s.(type) {
	case *plan.Run:
		text := "run"
		if s.Await {
			text += " and wait"
		}
		return text + "\n" + plan.Explain(s.Pipeline)
	case *plan.Select:
		return "select\n" + plan.Explain(s.Pipeline)
	case *plan.Show:
		return s.Text
	}
	return "?"
}
