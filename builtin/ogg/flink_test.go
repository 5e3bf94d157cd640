//go:build peers

package ogg

import (
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

func TestAsFlink(t *testing.T) { formattest.AsFlink(t, &Format, "testdata/cases") }

func TestAsFlinksTests(t *testing.T) {
	formattest.AsFlinksTests(t, &Format, "ogg", "ogg-data.txt", nil)
}
