package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tidemark.dev/internal/engine"
)

// A process that is killed when all is written, but before it could say so, does nothing
// twice when it is started again: it says so then. After that the script starts anew.
func TestFinishedButNotTold(t *testing.T) {
	dir := t.TempDir()
	script := `CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = '` + filepath.Join(dir, "out") + `', 'format' = 'json');
INSERT INTO o VALUES (1), (2);`
	start := func(data string) (e *engine.Engine, s *engine.Summary) {
		e, err := engine.Open(engine.Options{DataDir: data})
		if err != nil {
			t.Fatal(err)
		}
		planned, err := e.Plan("told", script)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = e.Run(context.Background(), planned, false); err != nil {
			t.Fatal(err)
		}
		return e, s
	}
	files := func() int {
		list, err := filepath.Glob(filepath.Join(dir, "out", "part-*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	e, _ := start(filepath.Join(dir, "data"))
	once := files()
	// What a kill leaves at this moment.
	killed := filepath.Join(dir, "killed")
	if err := os.CopyFS(killed, os.DirFS(filepath.Join(dir, "data"))); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e, s := start(killed)
	if !slices.Equal(s.Skipped, []string{"told.o"}) || len(s.Pipelines) > 0 || files() != once || once == 0 {
		t.Errorf("skipped %v, ran %d, %d files, and %d before", s.Skipped, len(s.Pipelines), files(), once)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e, s = start(killed)
	if len(s.Skipped) > 0 || len(s.Pipelines) != 1 || files() != 2*once {
		t.Errorf("a run that was told: skipped %v, ran %d, %d files", s.Skipped, len(s.Pipelines), files())
	}
	// A caller that runs it again in the same process has been told too.
	planned, err := e.Plan("told", script)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = e.Run(context.Background(), planned, false); err != nil || len(s.Skipped) > 0 {
		t.Errorf("run twice in one process: skipped %v, %v", s, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}
