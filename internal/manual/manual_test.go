package main

import (
	"bytes"
	"io"
	"os"
	"testing"
)

// The pages in docs are what the declarations say today.
func TestPagesAreUpToDate(t *testing.T) {
	for _, p := range []struct {
		name, command string
		write         func(io.Writer)
	}{
		{"connectors.md", "go run ./internal/manual", page},
		{"functions.md", "go run ./internal/manual functions", functionPage},
	} {
		var want bytes.Buffer
		p.write(&want)
		got, err := os.ReadFile("../../docs/" + p.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("docs/%s is out of date; run: %s > docs/%s", p.name, p.command, p.name)
		}
	}
}
