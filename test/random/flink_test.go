//go:build proof

package random

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tidemark.dev/enginetest"
)

var oracle = flag.String("flink", "../../../shared/peers/flink", "the command that runs Flink: COMMAND sql --out OUT DIR")

// brokenFlink are ends of Flink that are not the query's fault: see docs/flink-differences.md.
var brokenFlink = regexp.MustCompile(`This function does not support retraction, Please choose SumWithRetract|RexCall cannot be cast to class org.apache.calcite.rex.RexLiteral`)

// asked is a random case that Flink was asked about too.
type asked struct {
	*Case
	script *enginetest.Script
	base   string
	ours   []string
	err    error
}

// The engine and a real Flink agree on random cases. The splits of a table are merged by
// arrival time: Flink's file source has one watermark for all of them.
func TestEngineAgreesWithFlink(t *testing.T) {
	dir := t.TempDir()
	scripts, answers := filepath.Join(dir, "scripts"), filepath.Join(dir, "answers")
	if err := errors.Join(os.Mkdir(scripts, 0o777), os.Mkdir(answers, 0o777)); err != nil {
		t.Fatal(err)
	}
	var cases []*asked
	for seed := *first; seed < *first+*seeds; seed++ {
		if a := ask(t, seed, scripts); a != nil {
			cases = append(cases, a)
		}
	}
	c := exec.Command(*oracle, "sql", "--timeout", "60", "--out", answers, scripts)
	if said, err := c.CombinedOutput(); err != nil && !strings.Contains(string(said), " scripts: ") {
		t.Fatalf("%v\n%s", err, said)
	}
	count := map[string]int{}
	for _, a := range cases {
		what, differs := a.judge(t, answers)
		count[what]++
		if differs != "" {
			t.Errorf("seed %d, %s:\n%s\n%s", a.Seed, what, differs, a.Script())
		}
	}
	t.Log(count)
	if count["agree"] < len(cases)/2 {
		t.Errorf("only %d of %d cases agree with rows to show", count["agree"], len(cases))
	}
}

// ask makes a case, runs it in the engine and writes it down for Flink; nil: it cannot be asked.
func ask(t *testing.T, seed uint64, dir string) *asked {
	a := &asked{Case: Make(seed)}
	for _, table := range a.Tables {
		table.Splits = 1
		for i := range table.Rows {
			table.Rows[i].Split = 0
		}
	}
	a.ours, _, a.err = Simulated{}.Run(a.Case, Ways[0])
	name := fmt.Sprintf("seed%06d.txt", seed)
	var err error
	if a.script, err = enginetest.ParseScript(name, a.Script()+"folded out\n"); err != nil {
		t.Fatal(err)
	}
	path, err := a.script.Translate(dir)
	if err != nil {
		t.Logf("seed %d cannot be said to Flink: %v", seed, err)
		return nil
	}
	a.base = strings.TrimSuffix(filepath.Base(path), ".sql")
	return a
}

// judge holds the engine's answer against Flink's.
func (a *asked) judge(t *testing.T, answers string) (what, differs string) {
	printed, err := os.ReadFile(filepath.Join(answers, a.base+".flink.out"))
	if err != nil {
		t.Fatal(err)
	}
	fault, err := os.ReadFile(filepath.Join(answers, a.base+".flink.err"))
	if err != nil {
		t.Fatal(err)
	}
	failed := strings.TrimSpace(string(fault))
	switch {
	case failed != "" && a.err != nil:
		return "fail in both", ""
	case brokenFlink.MatchString(failed):
		return "a fault of Flink", ""
	case failed != "":
		return "Flink fails", failed
	case a.err != nil:
		return "the engine fails", a.err.Error()
	}
	theirs, err := a.script.ReadPrinted(string(printed))
	if err != nil {
		return "Flink's print cannot be read", ""
	}
	if d := compareLists(enginetest.Fold(a.ours), enginetest.Fold(theirs["out"])); d != "" {
		return "the results differ", strings.Replace(d, "the twin", "Flink", 1)
	}
	// Which of two tables is read first, and which key of a window comes out first, is nobody's promise.
	if len(a.Tables) == 1 && !strings.Contains(a.SQL(), "DESCRIPTOR(ts)") {
		got, want := slices.Clone(a.ours), slices.Clone(theirs["out"])
		slices.Sort(got)
		slices.Sort(want)
		if d := compareLists(got, want); d != "" {
			return "the changelogs differ", strings.Replace(d, "the twin", "Flink", 1)
		}
	}
	if len(a.ours) == 0 {
		return "agree on nothing", ""
	}
	return "agree", ""
}
