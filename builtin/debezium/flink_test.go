//go:build peers

package debezium

import (
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

func TestAsFlink(t *testing.T) { formattest.AsFlink(t, &Format, "testdata/cases") }

func TestAsFlinksTests(t *testing.T) {
	formattest.AsFlinksTests(t, &Format, "debezium", "debezium-data-schema-exclude.txt", nil)
	formattest.AsFlinksTests(t, &Format, "debezium", "debezium-data-schema-include.txt", map[string]string{"schema-include": "true"})
}
