// Package test holds the scripts that pin what Tidemark does, each run in many ways.
package test

import (
	"os"
	"path/filepath"
	"testing"

	"tidemark.dev/enginetest"
)

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
			for _, c := range enginetest.Ways(s) {
				if err := s.Check(s.Run(c), c.Exact()); err != nil {
					t.Fatalf("%v:\n%v", c, err)
				}
			}
		})
	}
}
