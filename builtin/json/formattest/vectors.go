package formattest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark.dev/format"
)

// vectors is where the records of Flink's own tests of change capture are, and what
// its tests expect, seen from a format's package.
const vectors = "../../../shared/data/cdc"

// AsFlinksTests decodes the records that Flink's own test of a format decodes, and
// compares the rows, and what they are written as, with what that test expects.
func AsFlinksTests(t *testing.T, f *format.Format, name, file string, options map[string]string) {
	text, err := os.ReadFile(filepath.Join(vectors, "expected_from_flink_tests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct{ Lists []struct{ Strings []string } }
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	records, err := os.ReadFile(filepath.Join(vectors, file))
	if err != nil {
		t.Fatal(err)
	}
	c := Case{Format: f, Options: options, Columns: []string{"id INT NOT NULL, name STRING, description STRING, weight FLOAT"},
		Records: strings.Split(strings.TrimSpace(string(records)), "\n")}
	c.Wanted = 4
	b, err := c.Decode(t, c.Records)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.NewReplacer("[", "(", "]", ")", ", ", ",").Replace(Show(b))
	if want := strings.Join(expected[name].Lists[0].Strings, "\n") + "\n"; rows != want {
		t.Errorf("%s: rows\n%snot\n%s", file, rows, want)
	}
	if options["schema-include"] == "true" {
		return
	}
	e, err := f.NewEncoder(c.Table(t))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(encode(t, e, b), "\n")
	if want := strings.Join(expected[name].Lists[1].Strings, "\n"); got != want {
		t.Errorf("%s: written\n%s\nnot\n%s", file, got, want)
	}
}
