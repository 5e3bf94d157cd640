// Package examples holds scripts to run and to read; its tests run them as a reader
// would, from the root of the checkout.
package examples

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"tidemark.dev"
	"tidemark.dev/builtin/datagen"
	"tidemark.dev/builtin/shop"
	"tidemark.dev/connector"
)

// run runs a script, changed by the replacements given, and returns its lines, sorted.
func run(t *testing.T, name string, replace ...string) []string {
	t.Helper()
	t.Chdir("..")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(string(text), replace[i]) {
			t.Fatalf("%s holds no %s", name, replace[i])
		}
	}
	var out bytes.Buffer
	connectors, formats, functions := tidemark.Builtin(&out)
	for _, c := range []*connector.Connector{shop.Connector, datagen.Connector} {
		if connectors.Find(c.Name) == nil {
			connectors.Add(c)
		}
	}
	e, err := tidemark.Open(tidemark.Options{DataDir: t.TempDir(), Out: &out, Connectors: connectors, Formats: formats, Functions: functions})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	script, err := e.Plan(name, strings.NewReplacer(replace...).Replace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background(), script, false); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	sort.Strings(lines)
	return lines
}

// rides.expected is what Flink 2.3 prints for rides.sql, sorted.
func TestRides(t *testing.T) {
	got := strings.Join(run(t, "examples/rides.sql"), "\n")
	want, err := os.ReadFile(filepath.Join("examples", "rides.expected"))
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.TrimSpace(string(want)) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Every minute of the shop is printed for each category, without waiting for the clock.
func TestShop(t *testing.T) {
	lines := run(t, "examples/shop.sql", "'rows-per-second' = '2000'", "'rows-per-second' = '0'")
	perCategory := map[string]int{}
	for _, l := range lines {
		perCategory[strings.Split(l, ", ")[1]]++
	}
	for category, n := range perCategory {
		if n != 25 {
			t.Errorf("%d minutes of %s", n, category)
		}
	}
	if len(perCategory) != 8 {
		t.Errorf("%d categories: %v", len(perCategory), perCategory)
	}
}
