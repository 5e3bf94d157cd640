package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the worker that runFile starts.
func TestMain(m *testing.M) {
	for _, a := range os.Args[1:] {
		if a == "-worker" {
			work(os.Stdin, os.Stdout)
			return
		}
	}
	os.Exit(m.Run())
}

const someCases = `{"about": {"tables": {"T": {"names": ["f0", "f1"], "types": ["INT", "INTERVAL SECOND(3)"], "values": [3, {"$duration": "PT5S"}]}}}, "cases": [
 {"id": "right", "sql": "f0 + 1", "expected": "4", "table": "T", "zone": "UTC"},
 {"id": "interval", "sql": "f1 + f1", "expected": "+0 00:00:10.000", "table": "T"},
 {"id": "not right", "sql": "f0 + 1", "expected": "5", "table": "T"},
 {"sql": "nosuchfunction(f0)", "expected": "5", "table": "T"},
 {"id": "error", "sql": "f0 + ", "error": null, "table": "T"},
 {"id": "no error", "sql": "f0", "error": "any", "table": "T"},
 {"id": "refused", "sql": "f0 + 'x' +", "expected": "1"}]}`

func TestRunFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "scalar.json"), []byte(someCases), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := readFile(dir, "scalar")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]verdict{"right": passed, "interval": passed, "not right": wrong, "scalar#3": notApplicable,
		"error": passed, "no error": wrong, "refused": refused}
	for _, r := range runFile("scalar", f) {
		if want[r.Name] != r.Verdict {
			t.Errorf("%s: %s, expected %s: %s", r.Name, r.Verdict, want[r.Name], r.Message)
		}
	}
	path := filepath.Join(dir, "report.json")
	if err := writeReport(path, []results{{"scalar", runFile("scalar", f)}}); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(path)
	var report map[string]struct {
		Passed, Wrong, Crashed []string
		Refused                map[string]string
		NotApplicable          map[string]string `json:"not_applicable"`
	}
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	r := report["scalar"]
	if len(r.Passed) != 3 || len(r.Wrong) != 2 || r.Refused["refused"] == "" || r.NotApplicable["scalar#3"] != javaFunction || r.Crashed == nil {
		t.Errorf("the report is %s", b)
	}
}

// A program is stopped when its rows are read, and run on; a fold of several splits comes to the same.
func TestRestore(t *testing.T) {
	text := `{"cases": [{"id": "counts", "config": {}, "sources": [{"name": "s", "ddl": "CREATE TABLE s (k STRING, n INT) WITH ()",
	 "rows_before": [{"kind": "+I", "values": ["a", 1]}, {"kind": "+I", "values": ["a", 2]}], "rows_after": [{"kind": "+I", "values": ["a", 3]}]}],
	 "sinks": [{"name": "o", "ddl": "CREATE TABLE o (k STRING, n BIGINT) WITH ()", "compare": "changelog-multiset",
	 "expected_before": ["+I[a, 1]", "-U[a, 1]", "+U[a, 3]"], "expected_after": ["-U[a, 3]", "+U[a, 6]"]}],
	 "sql": ["INSERT INTO o SELECT k, SUM(n) FROM s GROUP BY k"], "runners": [{"base": "RestoreTestBase", "after_restore": "FINITE"}]}]}`
	for _, after := range []string{"FINITE", "INFINITE"} {
		for _, w := range []way{{}, {Batch: 1024, Parallelism: 2}} {
			var f file
			if err := json.Unmarshal([]byte(strings.Replace(text, "FINITE", after, 1)), &f); err != nil {
				t.Fatal(err)
			}
			for _, task := range tasksOf("programs", &f, w) {
				v, message, _ := task.judge(&scalarAbout{})
				if v != passed {
					t.Errorf("%s, %+v: %s: %s", after, w, v, message)
				}
			}
		}
	}
}

// A worker that dies, or does not answer, costs one case.
func TestWorkerDies(t *testing.T) {
	w := startWorker("scalar", nil)
	w.cmd.Process.Kill()
	r, alive := w.do(&task{Name: "x", Case: json.RawMessage(`{}`)})
	if r.Verdict != crashed || alive {
		t.Errorf("a dead worker answers %v", r)
	}
	w.end()
	defer func(d time.Duration) { *limit = d }(*limit)
	*limit = 0
	w = startWorker("scalar", nil)
	if r, alive = w.do(&task{Name: "x", Case: json.RawMessage(`{}`)}); r.Verdict != crashed || alive {
		t.Errorf("a worker that is late answers %v", r)
	}
	w.end()
}
