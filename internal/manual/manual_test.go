package main

import (
	"bytes"
	"os"
	"testing"
)

// The page in docs is what the declarations say today.
func TestPageIsUpToDate(t *testing.T) {
	var want bytes.Buffer
	page(&want)
	got, err := os.ReadFile("../../docs/connectors.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/connectors.md is out of date; run: go run ./internal/manual > docs/connectors.md")
	}
}
