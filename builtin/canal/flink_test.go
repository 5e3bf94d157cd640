//go:build peers

package canal

import (
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

func TestAsFlink(t *testing.T) { formattest.AsFlink(t, &Format, "testdata/cases") }

func TestAsFlinksTests(t *testing.T) {
	formattest.AsFlinksTests(t, &Format, "canal", "canal-data.txt", nil)
	formattest.AsFlinksTests(t, &Format, "canal", "canal-data-filter-table.txt",
		map[string]string{"database.include": "^my.*", "table.include": "^prod.*"})
}
