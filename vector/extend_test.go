package vector

import (
	"fmt"
	"testing"

	"tidemark.dev/types"
)

// TestExtend makes rows first, writes some, takes the rest back, and appends behind.
func TestExtend(t *testing.T) {
	list := types.Type{Kind: types.Array, Elem: &types.TInt}
	v := NewBuilder(types.TRow(types.Field{Name: "n", Type: types.TBigInt}, types.Field{Name: "l", Type: list}), 0)
	n, l := v.Child(0), v.Child(1)
	v.Extend(100)
	n.Int64s()[0] = 7
	l.Child(0).Extend(2)
	l.Child(0).Int32s()[0], l.Child(0).Int32s()[1] = 1, 2
	l.EndList(0)
	v.SetNull(1)
	n.SetNull(1)
	l.EndList(1)
	v.SetNull(2)
	v.SetNotNull(2)
	n.Int64s()[2] = 8
	l.SetNull(2)
	l.EndList(2)
	v.SetNull(3) // cut off below
	v.Truncate(3)
	v.AppendValue(types.Value{Elems: []types.Value{types.Int64(9), {Elems: []types.Value{types.Int64(3)}}}})
	var got []string
	for i := range v.Len() {
		got = append(got, string(types.AppendText(nil, v.Value(i), v.Type)))
	}
	if want := "[+I[7, [1, 2]] null +I[8, null] +I[9, [3]]]"; fmt.Sprint(got) != want {
		t.Errorf("%v, not %v", got, want)
	}
	from, to := l.Span(3)
	if from != 2 || to != 3 {
		t.Errorf("the last list lies at %d..%d", from, to)
	}
}

// SetViewOf makes the same views as SetView, wherever the text lies in its buffer.
func TestSetViewOf(t *testing.T) {
	data := []byte("0123456789abcdefghij")
	v := New(types.TString, 2)
	buffer := v.AddBuffer(data)
	for from := range data {
		for to := from; to <= len(data); to++ {
			v.SetView(0, buffer, from, data[from:to])
			v.SetViewOf(1, buffer, data, from, to)
			if v.Views()[0] != v.Views()[1] {
				t.Fatalf("%q at %d: %v, not %v", data[from:to], from, v.Views()[1], v.Views()[0])
			}
		}
	}
}
