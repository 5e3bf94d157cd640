package json

import (
	"fmt"
	"strings"
	"testing"

	"tidemark.dev/builtin/json/formattest"
	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

func table(t testing.TB, fields []types.Field, options map[string]string) *format.Table {
	v, problems := option.Parse(Options, options)
	for _, p := range problems {
		t.Fatal(p)
	}
	tab := &format.Table{Name: "t", Options: v, Schema: fields, Zone: "UTC"}
	for i := range fields {
		tab.Wanted = append(tab.Wanted, i)
	}
	return tab
}

func TestDecodeKeepsRowsApart(t *testing.T) {
	tab := table(t, []types.Field{
		{Name: "a", Type: types.TBigInt},
		{Name: "s", Type: types.TString},
		{Name: "r", Type: types.TRow(types.Field{Name: "x", Type: types.TInt})},
	}, nil)
	d, err := newDecoder(tab)
	if err != nil {
		t.Fatal(err)
	}
	b := formattest.Batch(&Format, tab)
	records := formattest.Lines(
		`{"a":1,"s":"a text that is longer than a view","r":{"x":7}}`,
		``,
		`{"s":"hello\u0041","a":"3","z":[1,2,{"q":null}],"r":{}}`,
		`{"a":4,"s":"bad","r":7}`,
		`{"a":5}`)
	rows := make([]int32, records.Len())
	done, err := d.Decode(records, b, rows)
	if done != 3 || fmt.Sprint(rows[:3]) != "[1 1 2]" || b.Len() != 2 {
		t.Errorf("done %d, rows %v, %d rows", done, rows, b.Len())
	}
	bad, ok := err.(*format.RecordError)
	if !ok || bad.Record != 3 || bad.Field != "r" || bad.Offset != 21 {
		t.Errorf("error %+v", err)
	}
	rest := format.Records{Data: records.Data, From: records.From[4:], To: records.To[4:]}
	if done, err = d.Decode(rest, b, rows); done != 1 || err != nil || rows[0] != 3 {
		t.Errorf("done %d, rows %v, %v", done, rows, err)
	}
	want := `+I[1, a text that is longer than a view, +I[7]]
+I[3, helloA, +I[null]]
+I[5, null, null]
`
	if got := formattest.Show(b); got != want {
		t.Errorf("rows\n%s", got)
	}
}

// TestRecordsEndWhereTheyEnd: what stands behind a record in the buffer is no part of
// it, though it would continue what the layout foretells.
func TestRecordsEndWhereTheyEnd(t *testing.T) {
	tab := table(t, []types.Field{{Name: "a", Type: types.TBigInt}, {Name: "b", Type: types.TString}}, nil)
	record := `{"a":12,"b":"cd"}`
	data := []byte(record + record + strings.Repeat(" ", 32))
	for end := len(record) + 1; end < 2*len(record); end++ {
		d, err := newDecoder(tab)
		if err != nil {
			t.Fatal(err)
		}
		b := formattest.Batch(&Format, tab)
		records := format.Records{Data: data, From: []int32{0, int32(len(record))}, To: []int32{int32(len(record)), int32(end)}}
		if done, err := d.Decode(records, b, nil); done != 1 || err == nil || b.Len() != 1 {
			t.Errorf("%q: %d records, %v", data[len(record):end], done, err)
		}
	}
}

func TestDepth(t *testing.T) {
	array := types.Type{Kind: types.Array, Elem: &types.TString}
	for _, typ := range []types.Type{types.TString, types.TInt, array} {
		tab := table(t, []types.Field{{Name: "a", Type: typ}}, map[string]string{"ignore-parse-errors": "true"})
		for depth, rows := range map[int]int{999: 1, 1000: 0, 100000: 0} {
			b, err := decodeAll(t, tab, `{"a":`+strings.Repeat("[", depth)+strings.Repeat("]", depth)+"}")
			if err != nil || b.Len() != rows {
				t.Errorf("%v in an object and %d arrays: %d rows, %v", typ, depth, b.Len(), err)
			}
		}
	}
}
