package json

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// The files in testdata are read like this:
//
//	each|all [differs]      decode each record alone, or all in one call
//	a INT, b STRING         the columns; those before a | are wanted
//	WITH option=value       any number of these
//	{"a": 1}                records, one a line
//
// and answer the rows as Flink prints them, or the error. differs marks what Flink
// answers otherwise; what it answers then stands above the case.
func TestDecodeFiles(t *testing.T) {
	datadriven.Walk(t, "testdata/decode", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := parseCase(t, d)
			if d.Cmd == "all" {
				return c.decode(t, c.records)
			}
			var out strings.Builder
			for i := range c.records {
				out.WriteString(c.decode(t, c.records[i:i+1]))
			}
			return out.String()
		})
	})
}

// decodeCase is one case of a file.
type decodeCase struct {
	columns string
	wanted  []int // nil: all
	options map[string]string
	records []string
	differs bool
}

func parseCase(t *testing.T, d *datadriven.TestData) (c decodeCase) {
	c.differs = d.HasArg("differs")
	lines := strings.Split(d.Input, "\n")
	wanted, rest, some := strings.Cut(lines[0], "|")
	c.columns = wanted
	if some {
		c.columns = wanted + "," + rest
		for i := range parseColumns(t, wanted) {
			c.wanted = append(c.wanted, i)
		}
	}
	c.options = map[string]string{}
	for _, line := range lines[1:] {
		if o, ok := strings.CutPrefix(line, "WITH "); ok {
			name, value, _ := strings.Cut(o, "=")
			c.options[name] = value
			continue
		}
		c.records = append(c.records, line)
	}
	return c
}

func (c decodeCase) table(t *testing.T) *format.Table {
	tab := table(t, parseColumns(t, c.columns), c.options)
	if c.wanted != nil {
		tab.Wanted = c.wanted
	}
	return tab
}

func (c decodeCase) decode(t *testing.T, records []string) string {
	tab := c.table(t)
	d, err := newDecoder(tab)
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	b := batch(tab)
	_, err = d.Decode(lines(records...), b, nil)
	out := showRows(b)
	if err != nil {
		bad := err.(*format.RecordError)
		field := ""
		if bad.Field != "" {
			field = " field " + bad.Field
		}
		out += fmt.Sprintf("error: byte %d%s: %s\n", bad.Offset, field, bad.Reason)
	} else if out == "" {
		out = "no row\n"
	}
	for k, c := range b.Cols {
		checkVector(t, tab.Schema[tab.Wanted[k]].Name, c, b.Len())
	}
	return out
}

// checkVector checks that a vector and its children have the lengths they must.
func checkVector(t *testing.T, name string, v *vector.Vector, n int) {
	if v.Len() != n {
		t.Errorf("%s has %d rows, not %d", name, v.Len(), n)
	}
	if bits := v.Valid(); bits != nil && n&63 != 0 && len(bits) > n>>6 && bits[n>>6]>>(n&63) != ^uint64(0)>>(n&63) {
		t.Errorf("%s has NULLs beyond its end", name)
	}
	switch v.Type.Kind {
	case types.Row:
		for i, f := range v.Type.Fields {
			checkVector(t, name+"."+f.Name, v.Child(i), n)
		}
	case types.Array, types.Map, types.Multiset:
		end := 0
		for i := range n {
			from, to := v.Span(i)
			if from != end || to < from {
				t.Errorf("%s row %d lies at %d..%d behind %d", name, i, from, to, end)
			}
			end = to
		}
		checkVector(t, name+"[]", v.Child(0), end)
		if v.Type.Kind != types.Array {
			checkVector(t, name+"[]", v.Child(1), end)
		}
	}
}

// showRows writes rows as Flink prints them.
func showRows(b *vector.Batch) string {
	var out []byte
	for i := range b.Len() {
		var values []types.Value
		var fields []types.Field
		for _, c := range b.Cols {
			values = append(values, c.Value(i))
			fields = append(fields, types.Field{Type: c.Type})
		}
		out = append(types.AppendRow(out, b.KindOf(i).String(), values, fields), '\n')
	}
	return string(out)
}
