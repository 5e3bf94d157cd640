package json

import (
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// TestEncodeFiles decodes the records of each case of testdata/encode, written as
// those of testdata/decode, and encodes the rows.
func TestEncodeFiles(t *testing.T) {
	datadriven.Walk(t, "testdata/encode", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := parseCase(t, d)
			return c.encode(t)
		})
	})
}

func (c decodeCase) encode(t *testing.T) string {
	tab := c.table(t)
	d, err := newDecoder(tab)
	if err != nil {
		t.Fatal(err)
	}
	b := batch(tab)
	if _, err := d.Decode(lines(c.records...), b, nil); err != nil {
		t.Fatal(err)
	}
	e, err := newEncoder(tab)
	if err != nil {
		t.Fatal(err)
	}
	dst, ends, err := e.Encode(b, nil, nil)
	if err != nil {
		return "error: " + err.Error()
	}
	// The same rows in other encodings, under a selection, are written the same.
	for k, col := range b.Cols {
		rows := make([]int32, b.Len())
		for i := range rows {
			rows[i] = int32(b.Len() - 1 - i)
		}
		b.Cols[k] = vector.NewDictionary(col, rows)
	}
	for i := range b.Len() {
		b.Sel = append(b.Sel, int32(i))
	}
	b = b.Under(b.Sel)
	dst2, ends2, err := e.Encode(b, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, second := split(dst, ends), split(dst2, ends2)
	slices.Reverse(second)
	if !slices.Equal(first, second) {
		t.Errorf("dictionaries are written as %q", second)
	}
	return strings.Join(first, "\n") + "\n"
}

func split(dst []byte, ends []int32) (records []string) {
	from := int32(0)
	for _, to := range ends {
		records = append(records, string(dst[from:to]))
		from = to
	}
	return records
}

func TestEncodeNullKeys(t *testing.T) {
	typ := types.Type{Kind: types.Map, Key: &types.TString, Elem: &types.TInt}
	text, null, one, two, three := types.Text, types.NullValue, types.Int64(1), types.Int64(2), types.Int64(3)
	plain := types.Value{Elems: []types.Value{null, one, text("b"), two}}
	twice := types.Value{Elems: []types.Value{text("none"), one, text("b"), two, null, three}}
	for _, c := range []struct {
		mode string
		x    types.Value
		want string
	}{
		{"FAIL", plain, `error: table t: field m: a map with a NULL key; set 'map-null-key.mode' to 'DROP' or 'LITERAL'`},
		{"drop", plain, `{"m":{"b":2}}`},
		{"LITERAL", plain, `{"m":{"none":1,"b":2}}`},
		{"LITERAL", twice, `{"m":{"none":3,"b":2}}`},
	} {
		tab := table(t, []types.Field{{Name: "m", Type: typ}}, map[string]string{"map-null-key.mode": c.mode, "map-null-key.literal": "none"})
		e, err := newEncoder(tab)
		if err != nil {
			t.Fatal(err)
		}
		dst, _, err := e.Encode(vector.NewBatch(1, vector.NewConstant(typ, c.x, 1)), nil, nil)
		got := string(dst)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s, not %s", c.mode, got, c.want)
		}
	}
}
