//go:build peers

package raw

import (
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

func TestAsFlink(t *testing.T) { formattest.AsFlink(t, &Format, "testdata/cases") }
