// Package formattest reads files of cases for formats and answers them, from a format
// or from a real Flink. A case of a datadriven file is
//
//	each|all|encode [differs]   decode each record alone; all in one call; decode all, then encode
//	a INT, b STRING             the columns; if there is a |, those before it are wanted
//	METADATA key, key           metadata columns
//	WITH option=value           any number of these
//	MESSAGES                    records are messages, and not what stands in a file; NULL is a tombstone
//	QUOTED                      records are written as string literals of Go, and shown so when encoded
//	{"a": 1}                    records, one a line
//
// and is answered with the rows as Flink prints them, or the error. differs marks a
// case that Flink answers otherwise; what and why stands above it.
package formattest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Case is one case of a file.
type Case struct {
	Format   *format.Format
	Command  string
	Differs  bool
	Columns  []string // as declared
	Wanted   int      // so many of them, the first
	Metadata []string
	Messages bool
	Quoted   bool
	Options  map[string]string
	Records  []string
}

// Parse reads a case.
func Parse(f *format.Format, d *datadriven.TestData) Case {
	c := Case{Format: f, Command: d.Cmd, Differs: d.HasArg("differs"), Options: map[string]string{}}
	input := strings.Split(d.Input, "\n")
	wanted, rest, cut := strings.Cut(input[0], "|")
	c.Columns = []string{strings.TrimSpace(wanted)}
	if cut {
		c.Columns = append(c.Columns, strings.TrimSpace(rest))
	}
	for _, line := range input[1:] {
		if o, ok := strings.CutPrefix(line, "WITH "); ok {
			name, value, _ := strings.Cut(o, "=")
			c.Options[name] = value
		} else if keys, ok := strings.CutPrefix(line, "METADATA "); ok {
			c.Metadata = strings.Split(keys, ", ")
		} else if line == "MESSAGES" {
			c.Messages = true
		} else if line == "QUOTED" {
			c.Quoted = true
		} else if text, err := strconv.Unquote(line); c.Quoted && err == nil {
			c.Records = append(c.Records, text)
		} else {
			c.Records = append(c.Records, line)
		}
	}
	return c
}

// Table is what the format is told of the case.
func (c Case) Table(t testing.TB) *format.Table {
	values, problems := option.Parse(c.Format.Options, c.Options)
	for _, p := range problems {
		t.Fatal(p)
	}
	tab := &format.Table{Name: "t", Options: values, Zone: "UTC", WantedMetadata: c.Metadata, Files: !c.Messages}
	tab.Schema = ParseColumns(t, strings.Join(c.Columns, ", "))
	for i := range ParseColumns(t, c.Columns[0]) {
		tab.Wanted = append(tab.Wanted, i)
	}
	return tab
}

// Columns are the fields of the batches that the table's decoder fills.
func Columns(f *format.Format, tab *format.Table) (fields []types.Field) {
	for _, w := range tab.Wanted {
		fields = append(fields, tab.Schema[w])
	}
	for _, key := range tab.WantedMetadata {
		i := slices.IndexFunc(f.Metadata, func(m format.MetadataKey) bool { return m.Key == key })
		fields = append(fields, types.Field{Name: key, Type: f.Metadata[i].Type})
	}
	return fields
}

// Batch is an empty batch for the table's decoder.
func Batch(f *format.Format, tab *format.Table) *vector.Batch {
	b := &vector.Batch{Split: vector.NoSplit}
	for _, c := range Columns(f, tab) {
		b.Cols = append(b.Cols, vector.NewBuilder(c.Type, 0))
	}
	return b
}

// Lines are records with a line feed behind each.
func Lines(texts ...string) (r format.Records) {
	for _, s := range texts {
		r.From = append(r.From, int32(len(r.Data)))
		r.Data = append(r.Data, s...)
		r.To = append(r.To, int32(len(r.Data)))
		r.Data = append(r.Data, '\n')
	}
	return r
}

// Answer is what the case's format answers.
func (c Case) Answer(t testing.TB) string {
	switch c.Command {
	case "all":
		return c.decode(t, c.Records)
	case "encode":
		return c.encode(t)
	}
	var out strings.Builder
	for i := range c.Records {
		out.WriteString(c.decode(t, c.Records[i:i+1]))
	}
	return out.String()
}

func (c Case) decode(t testing.TB, records []string) string {
	b, err := c.Decode(t, records)
	out := ""
	if b != nil {
		out = Show(b)
	}
	var bad *format.RecordError
	switch {
	case errors.As(err, &bad):
		field := ""
		if bad.Field != "" {
			field = " field " + bad.Field
		}
		return out + fmt.Sprintf("error: byte %d%s: %s\n", bad.Offset, field, bad.Reason)
	case err != nil:
		return out + fmt.Sprintf("error: %v\n", err)
	case out == "":
		return "no row\n"
	}
	return out
}

// Decode decodes records in one call, and checks that the columns are well formed.
func (c Case) Decode(t testing.TB, records []string) (*vector.Batch, error) {
	tab := c.Table(t)
	d, err := c.Format.NewDecoder(tab)
	if err != nil {
		return nil, err
	}
	b := Batch(c.Format, tab)
	all := Lines(records...)
	for i, r := range records {
		if c.Messages && r == "NULL" {
			all.From[i] = -1
		}
	}
	if s, ok := d.(format.Splitter); ok && tab.Files {
		all.From, all.To, _ = s.Split(all.Data, true, true, len(all.Data)+1, nil, nil)
	}
	_, err = d.Decode(all, b, nil)
	for k, f := range Columns(c.Format, tab) {
		CheckVector(t, f.Name, b.Cols[k], b.Len())
	}
	if b.Kinds != nil && len(b.Kinds) != b.Len() {
		t.Errorf("%d kinds of %d rows", len(b.Kinds), b.Len())
	}
	return b, err
}

// encode writes the rows of the case's records, as they are, and again from
// dictionaries in the opposite order, under selections of every other row.
func (c Case) encode(t testing.TB) string {
	b, err := c.Decode(t, c.Records)
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Format.NewEncoder(c.Table(t))
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	want := encode(t, e, b)
	again := b.With(slices.Clone(b.Cols))
	again.Kinds = slices.Clone(b.Kinds)
	slices.Reverse(again.Kinds)
	backwards := make([]int32, b.Len())
	for i := range backwards {
		backwards[i] = int32(b.Len() - 1 - i)
	}
	for k, col := range b.Cols {
		again.Cols[k] = vector.NewDictionary(col, backwards)
	}
	got := make([]string, b.Len())
	for _, first := range []int{0, 1} {
		sel := []int32{}
		for i := first; i < b.Len(); i += 2 {
			sel = append(sel, int32(i))
		}
		for i, record := range encode(t, e, again.Under(sel)) {
			got[backwards[sel[i]]] = record
		}
	}
	if !slices.Equal(want, got) {
		t.Errorf("from dictionaries: %q", got)
	}
	for i := range want {
		if c.Quoted && want[i] != "null" {
			want[i] = strconv.Quote(want[i])
		}
	}
	return strings.Join(want, "\n") + "\n"
}

func encode(t testing.TB, e format.Encoder, b *vector.Batch) (records []string) {
	dst, ends, err := e.Encode(b, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	from := int32(0)
	for _, to := range ends {
		if to < 0 {
			records, from = append(records, "null"), ^to
			continue
		}
		records = append(records, string(dst[from:to]))
		from = to
	}
	return records
}

// Show writes rows as Flink prints them.
func Show(b *vector.Batch) string {
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

// CheckVector checks that a vector and its children have the lengths they must.
func CheckVector(t testing.TB, name string, v *vector.Vector, n int) {
	t.Helper()
	if v.Len() != n {
		t.Errorf("%s has %d rows, not %d", name, v.Len(), n)
		return
	}
	if bits := v.Valid(); bits != nil && n&63 != 0 && len(bits) > n>>6 && bits[n>>6]>>(n&63) != ^uint64(0)>>(n&63) {
		t.Errorf("%s has NULLs beyond its end", name)
	}
	switch v.Layout() {
	case vector.Rows:
		for i, f := range v.Type.Fields {
			CheckVector(t, name+"."+f.Name, v.Child(i), n)
		}
	case vector.Lists:
		end := 0
		for i := range n {
			from, to := v.Span(i)
			if from != end || to < from {
				t.Errorf("%s row %d lies at %d..%d behind %d", name, i, from, to, end)
			}
			end = to
		}
		CheckVector(t, name+"[]", v.Child(0), end)
		if v.Type.Kind != types.Array {
			CheckVector(t, name+"[]", v.Child(1), end)
		}
	}
}
