package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions over a batch of 1024 different texts, a row at a time: what a row costs, and
// what it allocates. The text of a row is put in the place of the expression's literal.
func BenchmarkFunctions(b *testing.B) {
	for _, c := range []struct{ sql, text string }{
		{`JSON_VALUE('TEXT', '$.user.id' RETURNING INTEGER)`, `{"type": "click", "user": {"id": %d, "name": "x"}, "tags": ["a", "b"]}`},
		{`JSON_VALUE('TEXT', 'lax $.user.none')`, `{"type": "click", "user": {"id": %d, "name": "x"}, "tags": ["a", "b"]}`},
		{`JSON_QUERY('TEXT', '$.tags')`, `{"type": "click", "user": {"id": %d}, "tags": ["a", "b"]}`},
		{`JSON_OBJECT('k' VALUE 'TEXT', 'n' VALUE 1)`, `text %d`},
		{`REGEXP_EXTRACT('TEXT', '([0-9]+)$', 1)`, `order number %d`},
		{`REGEXP('TEXT', '^order')`, `order number %d`},
		{`PARSE_URL('TEXT', 'HOST')`, `http://host%d.example.com/a/b?k=v`},
		{`PRINTF('%s-%05d', 'TEXT', 7)`, `id%d`},
		{`MD5('TEXT')`, `id%d`},
		{`CARDINALITY(SPLIT('TEXT', ','))`, `a,b,c%d`},
		{`ARRAY_CONTAINS(SPLIT('TEXT', ','), 'c7')`, `a,b,c%d`},
		{`URL_DECODE('TEXT')`, `a%%20b+%d`},
	} {
		b.Run(c.sql[:strings.IndexByte(c.sql, 40)], func(b *testing.B) {
			q, err := bind(nil, oneRow, c.sql)
			if err != nil {
				b.Fatal(err)
			}
			var literals []*plan.Literal
			root := columns(q.root.(*plan.Calc).Exprs[0], &literals)
			cols := make([]*vector.Vector, len(literals))
			for i, l := range literals {
				cols[i] = vector.NewConstant(l.T.Nullable(), l.Value, 1024)
				if l.Value.S == "TEXT" {
					cols[i] = vector.NewBuilder(types.TString, 1024)
					for k := range 1024 {
						cols[i].AppendBytes(fmt.Appendf(nil, c.text, k))
					}
					cols[i] = cols[i].Retype(l.T.Nullable())
				}
			}
			batch := vector.NewBatch(1024, cols...)
			e, err := expr.Compile(root)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Eval(batch, nil, utc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
