//go:build proof

package values

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	flink   = flag.String("flink", "../../../shared/peers/flink", "the command that runs Flink")
	rewrite = flag.Bool("rewrite", false, "write Flink's answers into the files")
	missing = flag.Bool("missing", false, "ask only about what has no answer yet")
	only    = flag.String("only", "", "a part of the names of the files to ask about")
)

// A real Flink answers what the files say.
func TestFilesAgreeWithFlink(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(f.Path, *only) {
			continue
		}
		var ask []*Case
		for _, c := range f.Cases {
			if !*missing || c.Flink == (Answer{}) {
				ask = append(ask, c)
			}
		}
		answers := map[*Case]Answer{}
		// Together what should succeed, in ever smaller parts where something fails.
		var batches [][]*Case
		for _, c := range ask {
			n := len(batches)
			if n > 0 && len(batches[n-1]) < 25 && !c.Flink.Fails && !batches[n-1][0].Flink.Fails && batches[n-1][0].In == c.In {
				batches[n-1] = append(batches[n-1], c)
			} else {
				batches = append(batches, []*Case{c})
			}
		}
		for len(batches) > 0 {
			var next [][]*Case
			for _, failed := range askFlink(t, batches, answers) {
				if len(failed) == 1 {
					answers[failed[0]] = Answer{Fails: true}
					continue
				}
				next = slices.AppendSeq(next, slices.Chunk(failed, (len(failed)+4)/5))
			}
			batches = next
		}
		for _, c := range ask {
			if answers[c] == c.Flink {
				continue
			}
			if !*rewrite {
				t.Errorf("%s:%d: %s\n  Flink: %s\n  file:  %s", f.Path, c.Line+1, c.Expr, answers[c], c.Flink)
				continue
			}
			f.Lines[c.Line] = c.Expr + " => " + answers[c].String()
		}
		if *rewrite {
			if err := os.WriteFile(f.Path, []byte(strings.Join(f.Lines, "\n")+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var described = regexp.MustCompile(`(?m)^\|\s+x(\d+) \|\s+(.*?)\s+\|\s+(TRUE|FALSE) \|`)

// askFlink runs the batches in one JVM. It gives back those that failed.
func askFlink(t *testing.T, batches [][]*Case, answers map[*Case]Answer) (failed [][]*Case) {
	if len(batches) == 0 {
		return nil
	}
	dir := t.TempDir()
	scripts, out := filepath.Join(dir, "scripts"), filepath.Join(dir, "out")
	for _, d := range []string{scripts, out} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	made := make([]*Batch, len(batches))
	for i, cases := range batches {
		home := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(home, 0o777); err != nil {
			t.Fatal(err)
		}
		b, err := batch(cases, home)
		if err != nil {
			t.Fatal(err)
		}
		made[i] = b
		items := make([]string, len(b.Exprs))
		for j, e := range b.Exprs {
			items[j] = fmt.Sprintf("%s AS x%d", e, j)
		}
		text := b.Before + "CREATE TEMPORARY VIEW v AS SELECT " + strings.Join(items, ", ") + b.From + ";\nDESCRIBE v;\n" + b.query()
		if err := os.WriteFile(filepath.Join(scripts, fmt.Sprintf("%05d.sql", i)), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// It fails where a script fails.
	_ = exec.Command(*flink, "sql", "--out", out, scripts).Run()
	for i, cases := range batches {
		text, _ := os.ReadFile(filepath.Join(out, fmt.Sprintf("%05d.flink.out", i)))
		kinds := described.FindAllStringSubmatch(string(text), -1)
		at := strings.Index(string(text), "+I[")
		var values []string
		ok := false
		if at >= 0 {
			values, ok = made[i].values(string(text)[at:])
		}
		if !ok || len(kinds) != len(cases) {
			failed = append(failed, cases)
			continue
		}
		for j, c := range cases {
			kind := kinds[j][2]
			if kinds[j][3] == "FALSE" {
				kind += " NOT NULL"
			}
			answers[c] = Answer{Type: kind, Value: values[j]}
		}
	}
	return failed
}
