package debezium

import (
	"strings"
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

// FuzzDecode: no bytes make the decoder panic or leave columns that do not fit each
// other, and what a record decodes to does not depend on those before it.
func FuzzDecode(f *testing.F) {
	f.Add(`{"before":null,"after":{"id":1,"l":["a"]},"op":"c"}` + "\n" + `{"before":{"id":1},"after":{"id":2,"l":null},"op":"u","source":{"db":"x","ts_ms":1}}`)
	f.Add(`{"op":"d","before":{"id":"x"}}` + "\n" + `{"before":{},"op":"d"}` + "\n" + `{"source":{"a":{},"a":[1]},"op":"\u0063","after":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		c := formattest.Case{
			Format:   &Format,
			Columns:  []string{"id INT, l ARRAY<STRING>, r ROW<id BIGINT, m MAP<STRING, INT>>"},
			Metadata: []string{"value.source.properties", "value.source.timestamp", "value.schema"},
			Options:  map[string]string{"ignore-parse-errors": "true"},
			Records:  strings.Split(text, "\n"),
		}
		together, err := c.Decode(t, c.Records)
		if err != nil {
			return
		}
		apart := ""
		for i := range c.Records {
			one, err := c.Decode(t, c.Records[i:i+1])
			if err != nil {
				t.Fatalf("%q: %v alone, nothing among others", c.Records[i], err)
			}
			apart += formattest.Show(one)
		}
		if got := formattest.Show(together); got != apart {
			t.Errorf("together\n%sapart\n%s", got, apart)
		}
	})
}
