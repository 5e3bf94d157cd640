package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"tidemark.dev/builtin/json/formattest"
	"tidemark.dev/format"
)

// FuzzDecode: no bytes make the decoder panic or leave columns that do not fit each
// other; what a record decodes to does not depend on those before it; and what was
// decoded can be encoded and decoded to the same.
func FuzzDecode(f *testing.F) {
	f.Add("1,x,a;b,1;y,2026-01-31 12:34:56.789,1.5\n\"2\",\"x\"\"y\",,,2026-01-31 12:34:56,1e3\nx,y", byte(0))
	f.Add("1|'x''y'|1|2|3|4\n# c\n\n\\n|\\\\", byte(1))
	f.Add(" 1 , \"x\" ,\" a ; b \", 1 ; y ,,\r\n\r,,,,,,,", byte(2))
	f.Fuzz(func(t *testing.T, text string, how byte) {
		c := formattest.Case{
			Format:   &Format,
			Columns:  []string{"a INT, b STRING, c ARRAY<STRING>, d ROW<x INT, y STRING>, e TIMESTAMP(3), f DECIMAL(10, 2), g DOUBLE, h TIME(2), i DATE, j BYTES, k BOOLEAN, l TIMESTAMP_LTZ(9)"},
			Options:  map[string]string{"ignore-parse-errors": "true"},
			Messages: how&4 != 0,
			Records:  strings.Split(text, "\n"),
		}
		switch how & 3 {
		case 1:
			c.Options["escape-character"], c.Options["quote-character"] = `\`, "'"
			c.Options["field-delimiter"], c.Options["allow-comments"] = "|", "true"
		case 2:
			c.Options["trim-spaces"], c.Options["empty-string-as-null"] = "true", "true"
		case 3:
			c.Options["disable-quote-character"], c.Options["null-literal"] = "true", "x"
		}
		together, err := c.Decode(t, c.Records)
		if err != nil {
			t.Fatal(err)
		}
		if c.Messages {
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
		}
		if how&3 != 0 {
			return // what is written is not what is read: nothing is escaped but quotes
		}
		e, err := Format.NewEncoder(c.Table(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.Encode(together, nil, nil); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzSplit: where records end does not depend on how much of the data is seen at a
// time.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("a,b\r\n\"x\ny\"\"z\",c\r\rd\n# no\ne"), byte(0), byte(3))
	f.Add([]byte("\uFEFFa\\\nb\n\"c\\\"\nd\"\n # x\n\n\"e"), byte(7), byte(1))
	f.Fuzz(func(t *testing.T, data []byte, how, size byte) {
		c := formattest.Case{Format: &Format, Columns: []string{"a STRING, b STRING"}, Options: map[string]string{}}
		if how&1 != 0 {
			c.Options["allow-comments"] = "true"
		}
		if how&2 != 0 {
			c.Options["escape-character"] = `\`
		}
		if how&4 != 0 {
			c.Options["trim-spaces"] = "true"
		}
		d, err := Format.NewDecoder(c.Table(t))
		if err != nil {
			t.Fatal(err)
		}
		s := d.(format.Splitter)
		from, to, next := s.Split(data, true, true, len(data)+1, nil, nil)
		if next != len(data) {
			t.Fatalf("%d of %d bytes used", next, len(data))
		}
		at, seen, k := 0, 0, 0
		for at < len(data) {
			seen = min(seen+1+int(size), len(data))
			if seen < at {
				continue
			}
			f, e, n := s.Split(data[at:seen], at == 0, seen == len(data), 2, nil, nil)
			for i := range f {
				if k == len(from) || int(f[i])+at != int(from[k]) || int(e[i])+at != int(to[k]) {
					t.Fatalf("%q: record %d is %q, not among %d %v %v", data, k, data[int(f[i])+at:int(e[i])+at], len(from), from, to)
				}
				k++
			}
			if n == 0 && seen == len(data) && len(f) == 0 {
				break
			}
			at += n
		}
		if k != len(from) {
			t.Fatalf("%q: %d records, not %d", data, k, len(from))
		}
	})
}

// FuzzStandard: what encoding/csv reads is read the same.
func FuzzStandard(f *testing.F) {
	f.Add("a,b\n\"x\ny\",\"z\"\"\"\n,\n\"\",x")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Contains(text, "\r") || strings.HasPrefix(text, "\uFEFF") {
			return // it makes \r\n within quotes \n, and knows no \r alone
		}
		r := stdcsv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = 2
		var want strings.Builder
		for {
			row, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				return
			}
			fmt.Fprintf(&want, "+I[%s, %s]\n", row[0], row[1])
		}
		for bytes.Contains([]byte(text), []byte("\n\n")) || strings.HasPrefix(text, "\n") {
			return // it skips empty lines
		}
		c := formattest.Case{Format: &Format, Columns: []string{"a STRING, b STRING"}, Options: map[string]string{}}
		got, err := c.Decode(t, []string{strings.TrimSuffix(text, "\n")})
		if err != nil {
			if text == "" {
				return
			}
			t.Fatalf("%q: %v", text, err)
		}
		if text != "" && formattest.Show(got) != want.String() {
			t.Errorf("%q is\n%sand encoding/csv says\n%s", text, formattest.Show(got), want.String())
		}
	})
}
