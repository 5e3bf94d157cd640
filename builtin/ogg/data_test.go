package ogg

import (
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/builtin/json/formattest"
)

// TestCases answers the cases of testdata: see formattest.
func TestCases(t *testing.T) {
	datadriven.Walk(t, "testdata/cases", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return formattest.Parse(&Format, d).Answer(t)
		})
	})
}
