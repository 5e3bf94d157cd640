package ogg

import (
	"strings"
	"testing"

	"tidemark.dev/builtin/canal"
	"tidemark.dev/builtin/json/formattest"
	"tidemark.dev/builtin/maxwell"
	"tidemark.dev/format"
)

// FuzzChanges: no bytes make the decoders of canal, maxwell and ogg panic or leave columns
// that do not fit each other, and what a record decodes to does not depend on those
// before it.
func FuzzChanges(f *testing.F) {
	f.Add(`{"data":[{"id":1,"l":["a"]},{"id":2}],"old":[{"id":"x"},{"l":null,"r":{"id":1}}],"type":"UPDATE","sqlType":{"id":4},"ts":1}`+"\n"+`{"data":[{}],"type":"DELETE"}`, byte(0))
	f.Add(`{"data":{"id":1,"l":["a"]},"old":{"l":["b","c"],"id":{},"id":3},"type":"update","ts":"7","primary_key_columns":["id"]}`, byte(1))
	f.Add(`{"before":{"id":1},"after":{"r":{"m":{"a":1}}},"op_type":"U","current_ts":"2020-05-13T17:26:36.428000","op_ts":"2020-05-13 17:26:27"}`, byte(2))
	all := []*format.Format{&canal.Format, &maxwell.Format, &Format}
	f.Fuzz(func(t *testing.T, text string, which byte) {
		c := formattest.Case{
			Format:  all[int(which)%len(all)],
			Columns: []string{"id INT, l ARRAY<STRING>, r ROW<id BIGINT, m MAP<STRING, INT>>"},
			Options: map[string]string{"ignore-parse-errors": "true"},
			Records: strings.Split(text, "\n"),
		}
		for _, m := range c.Format.Metadata {
			c.Metadata = append(c.Metadata, m.Key)
		}
		together, err := c.Decode(t, c.Records)
		if err != nil {
			t.Fatal(err)
		}
		apart := ""
		for i := range c.Records {
			one, err := c.Decode(t, c.Records[i:i+1])
			if err != nil {
				t.Fatal(err)
			}
			apart += formattest.Show(one)
		}
		if got := formattest.Show(together); got != apart {
			t.Errorf("together\n%sapart\n%s", got, apart)
		}
	})
}
