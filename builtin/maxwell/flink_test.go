//go:build peers

package maxwell

import (
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

func TestAsFlink(t *testing.T) { formattest.AsFlink(t, &Format, "testdata/cases") }

func TestAsFlinksTests(t *testing.T) {
	formattest.AsFlinksTests(t, &Format, "maxwell", "maxwell-data.txt", nil)
}
