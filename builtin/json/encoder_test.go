package json

import (
	"testing"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

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
