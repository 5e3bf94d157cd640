package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark.dev/internal/plan"
)

// FuzzScript: no text makes the planner panic or hang, and a script without errors has
// plans that can be explained.
func FuzzScript(f *testing.F) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // fuzz's own folder
		}
		tables := ""
		for _, block := range strings.Split(string(b), "\n\n") {
			command, rest, _ := strings.Cut(block, "\n")
			input, _, _ := strings.Cut(rest, "\n----")
			if command == "tables" {
				tables = input
			}
			f.Add(tables + "\n" + input)
		}
	}
	p := planner()
	f.Fuzz(func(t *testing.T, src string) {
		script, errs := p.Script("t.sql", src, plan.Options{})
		if errs != nil {
			if len(errs.Problems) == 0 || errs.Error() == "" {
				t.Fatal("errors without a message")
			}
			return
		}
		for _, s := range script.Steps {
			_ = step(s)
		}
	})
}
