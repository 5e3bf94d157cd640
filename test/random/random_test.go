package random

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tidemark.dev/enginetest"
)

var (
	seeds = flag.Uint64("seeds", 60, "how many random cases to compare")
	first = flag.Uint64("first", 1, "the first seed")
	limit = flag.Duration("shrink", 20*time.Second, "how long to make a case that differs smaller")
	keep  = flag.Bool("keep", false, "go on after a case that differs")
)

// The engine and the twin agree on every case, and most cases can be planned.
func TestEngineAgreesWithTwin(t *testing.T) {
	count := map[string]int{}
	reasons := map[string]uint64{}
	for seed := *first; seed < *first+*seeds; seed++ {
		c := Make(seed)
		v := Check(c, Simulated{})
		switch {
		case v.Refused != nil:
			count["refused"]++
			reasons[v.Refused.Error()] = seed
		case v.Unknown != nil:
			t.Errorf("seed %d: the twin cannot interpret it: %v", seed, v.Unknown)
		case v.Differs != "":
			count["differ"]++
			report(t, c, v)
			if !*keep {
				return
			}
		case v.Failed:
			count["fail in both"]++
		case v.Changes == 0:
			count["agree on nothing"]++
		default:
			count["agree"]++
		}
	}
	t.Log(count)
	for r, seed := range reasons {
		t.Logf("seed %d is refused: %s", seed, r)
	}
	if n := count["refused"]; uint64(n) > *seeds/5 {
		t.Errorf("%d of %d cases are refused by the planner", n, *seeds)
	}
}

// report shrinks a case that differs and prints it as a script.
func report(t *testing.T, c *Case, v Verdict) {
	small := Shrink(c, *limit, func(c *Case) bool { return Check(c, Simulated{}).Differs != "" })
	t.Errorf("seed %d differs %s\n%s\n# go test ./test/random -first %d -seeds 1", c.Seed, Check(small, Simulated{}).Differs, small.Script(), c.Seed)
}

// The scripts that hold the twin to a real Flink hold the engine too.
func TestRecordedScripts(t *testing.T) {
	files, err := filepath.Glob("../../internal/twin/testdata/scripts/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "# from epoch") {
			continue // of Flink's assigner alone: see twin.Input.FromEpoch
		}
		s, err := enginetest.ParseScript(file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range Ways[:3] {
			// The order of the keys of a window is nobody's promise.
			exact := !strings.Contains(s.SQL, "DESCRIPTOR(ts)")
			if err := s.Check(s.Run(enginetest.Config{Parallelism: way.Parallelism, BatchRows: way.BatchRows}), exact); err != nil {
				t.Errorf("%s, batches of %d: %v", filepath.Base(file), way.BatchRows, err)
			}
		}
	}
}

// differences are what the engine answers otherwise than Flink on purpose: see
// docs/flink-differences.md. A difference that is none any more fails the test.
var differences = []struct {
	why  string
	expr *regexp.Regexp
	used bool
}{
	{why: "Flink takes text for a short DECIMAL that has one character of rubbish in it, or no digit",
		expr: regexp.MustCompile(`^TRY_CAST\(CAST\('(12a|1d|t|1\.5e|n|c|\.)' AS STRING\) AS DECIMAL\((10,2|4,0|18,9)\)\)$`)},
	{why: "Flink divides times before 1970 towards zero",
		expr: regexp.MustCompile(`^EXTRACT\(\w+ FROM .*'(1969-12-31|1900-06-15)|^CAST\(CAST\(CAST\('(1969-12-31|1900-06-15).*AS TIMESTAMP\(0\)\)$`)},
	{why: "Flink's REPLACE of nothing cuts characters beyond U+FFFF in two",
		expr: regexp.MustCompile(`^REPLACE\(CAST\('😀a😀b' AS STRING\), '', '-'\)$`)},
}

func intended(expr string) bool {
	for i := range differences {
		if differences[i].expr.MatchString(expr) {
			differences[i].used = true
			return true
		}
	}
	return false
}

// So do the expressions.
func TestRecordedScalars(t *testing.T) {
	text, err := os.ReadFile("../../internal/twin/testdata/scalar")
	if err != nil {
		t.Fatal(err)
	}
	zone := ""
	var exprs, want []string
	run := func(exprs, want []string) bool {
		s := &enginetest.Script{Name: "scalar.sql", Rows: []enginetest.RowsOf{{Table: "t", Lines: []string{"[1]"}}}}
		s.SQL = "SET 'table.local-time-zone' = '" + zone + "'; CREATE TABLE t (n INT) WITH ('connector' = 'script'); CREATE TABLE o ("
		query := ""
		for i, e := range exprs {
			if i > 0 {
				s.SQL += ", "
				query += ", "
			}
			s.SQL += fmt.Sprintf("c%d STRING", i)
			query += "COALESCE(CAST(" + e + " AS STRING), 'NULL')"
		}
		s.SQL += ") WITH ('connector' = 'script'); INSERT INTO o SELECT " + query + " FROM t WHERE n = 1;"
		o := s.Run(enginetest.Config{})
		row := strings.ReplaceAll("+I["+strings.Join(want, ", ")+"]", "NULL", "null")
		got := strings.ReplaceAll(strings.Join(o.Tables.Changes("o"), "\n"), "NULL", "null")
		if o.Err != nil || got != row {
			if len(exprs) == 1 && !intended(exprs[0]) {
				t.Errorf("%s: %s is %s, Flink says %s %v", zone, exprs[0], got, row, o.Err)
			}
			return false
		}
		return true
	}
	flush := func() {
		if !run(exprs, want) {
			for i := range exprs {
				run(exprs[i:i+1], want[i:i+1])
			}
		}
		exprs, want = nil, nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		if z, ok := strings.CutPrefix(line, "zone "); ok {
			if exprs != nil {
				flush()
			}
			zone = z
		} else if e, w, ok := strings.Cut(line, " => "); ok && !strings.HasPrefix(line, "#") {
			if exprs, want = append(exprs, e), append(want, w); len(exprs) == 40 {
				flush()
			}
		}
	}
	flush()
	for _, d := range differences {
		if !d.used {
			t.Errorf("not a difference any more: %s", d.why)
		}
	}
}

// A seed always makes the same case.
func TestSeedsAreReproducible(t *testing.T) {
	for seed := range uint64(200) {
		if a, b := Make(seed).Script(), Make(seed).Script(); a != b {
			t.Fatalf("seed %d makes\n%s\nand\n%s", seed, a, b)
		}
	}
}

// forgets is an engine that loses the last change: the comparison must see it.
type forgets struct{ Simulated }

func (f forgets) Run(c *Case, way Way) ([]string, int64, error) {
	changes, late, err := f.Simulated.Run(c, way)
	return changes[:max(0, len(changes)-1)], late, err
}

// A lost change is found, and the case is made small.
func TestLostChangeIsFound(t *testing.T) {
	found := 0
	for seed := uint64(1); seed < 40 && found < 2; seed++ {
		c := Make(seed)
		v := Check(c, forgets{})
		if v.Refused != nil || v.Failed || v.Changes == 0 {
			continue
		}
		if v.Differs == "" {
			// Only a +U that came without its -U can be lost unseen.
			t.Errorf("seed %d: a lost change was not found", seed)
			continue
		}
		found++
		small := Shrink(c, 30*time.Second, func(c *Case) bool { return Check(c, forgets{}).Differs != "" })
		rows := 0
		for _, table := range small.Tables {
			rows += len(table.Rows)
		}
		if rows > 12 {
			t.Errorf("seed %d was shrunk to %d rows only:\n%s", seed, rows, small.Script())
		}
	}
	if found == 0 {
		t.Error("no case was found")
	}
}
