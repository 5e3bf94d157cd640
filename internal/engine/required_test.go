package engine_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"tidemark.dev/builtin/numbered"
	"tidemark.dev/connector"
	"tidemark.dev/internal/engine"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// holes is a connector that breaks its promise: its third row is NULL.
type holes struct{}

func (holes) Make(rows int, runs []numbered.Run) ([]*vector.Vector, []int64) {
	numbers := numbered.Numbers(nil, runs)
	v := vector.NewBuilder(types.TBigInt.Required(), rows)
	for _, n := range numbers {
		if n == 2 {
			v.AppendNull()
		} else {
			v.AppendInt64(n)
		}
	}
	return []*vector.Vector{v}, numbers
}

// A NULL that a connector reads into a NOT NULL column is an error that names the row,
// after the rows before it; nothing that is stored by type meets it.
func TestRequiredColumns(t *testing.T) {
	for _, query := range []string{"SELECT n FROM holes", "SELECT n, COUNT(*) FROM holes GROUP BY n"} {
		var out bytes.Buffer
		connectors, formats, functions := engine.Builtin(&out)
		connectors.Add(&connector.Connector{Name: "holes", NewSource: func(t *connector.Table) (connector.Source, error) {
			return &numbered.Source{Table: t, Kind: "holes", Rows: 5, Parts: 1, NewMaker: func() numbered.Maker { return holes{} }}, nil
		}})
		e, err := engine.Open(engine.Options{DataDir: t.TempDir(), Out: &out, Connectors: connectors, Formats: formats, Functions: functions})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		s, err := e.Plan("q.sql", "CREATE TABLE holes (n BIGINT NOT NULL) WITH ('connector' = 'holes');\n"+query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Run(context.Background(), s, false)
		if err == nil || !strings.Contains(err.Error(), "holes generator 1 of 1 row 2: column n is NULL, but declared NOT NULL") {
			t.Errorf("%s: %v", query, err)
		}
		if query == "SELECT n FROM holes" && out.String() != "+I[0]\n+I[1]\n" {
			t.Errorf("%s: the rows before it are\n%s", query, out.String())
		}
	}
}
