// Package test holds the scripts that pin what Tidemark does, each run in many ways.
//
//	sql/     what expressions, types and stateless queries come to
//	stream/  changelogs: aggregates, joins, windows, late rows, splits
//	plan/    scripts that are refused, or that fail while they run
//
// Most were recorded from a real Flink (make record); see enginetest for what they look like.
package test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"tidemark.dev/enginetest"
)

var rewrite = flag.Bool("rewrite", false, "write what this engine says into the scripts whose oracle is hand; never into those of Flink")

// TestScripts runs each script straight; in batches of 1, 3 and 1024 rows; at parallelism 1, 3
// and 2; and killed at each step of the protocol of epochs, each life going on at another
// parallelism. One golden holds for all: in order where there is one task, else folded.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := enginetest.ParseScript(file, string(text))
			if err != nil {
				t.Fatal(err)
			}
			if *rewrite && s.Oracle == enginetest.HandMade {
				rewriteScript(t, file, string(text), s)
				return
			}
			for _, c := range enginetest.Ways(s) {
				if err := s.Check(s.Run(c), c.Exact()); err != nil {
					t.Fatalf("%v:\n%v", c, err)
				}
			}
		})
	}
}

// TestOracles demands that each script says who knows what it expects.
func TestOracles(t *testing.T) {
	files, _ := filepath.Glob("*/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := enginetest.ParseScript(file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		if s.Oracle != "flink" && s.Oracle != enginetest.HandMade {
			t.Errorf("%s: its oracle is %q, expected flink (make record) or hand", file, s.Oracle)
		}
		if s.Comment == "" {
			t.Errorf("%s: no comment tells what it pins", file)
		}
	}
}

// rewriteScript puts what one straight run gives into a script.
func rewriteScript(t *testing.T, file, text string, s *enginetest.Script) {
	o := s.Run(enginetest.Config{Parallelism: 1})
	if s.Error != nil {
		return // its lines are chosen out of the message
	}
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	changes := map[string][]string{}
	for _, x := range s.Expect {
		changes[x.Table] = o.Tables.Changes(x.Table)
	}
	if fresh := s.Rewrite(text, changes, s.Oracle); fresh != text {
		if err := os.WriteFile(file, []byte(fresh), 0o666); err != nil {
			t.Fatal(err)
		}
		t.Log("rewritten; read it before you believe it")
	}
}
