package state

import (
	"fmt"
	"slices"
	"testing"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// TestLargeChange: a change of several pieces, with a namespace that a barrier finds half taken, is
// read back as it was.
func TestLargeChange(t *testing.T) {
	codec := NewCodec([]types.Type{types.TString.Required()})
	desc := Desc{Name: "t", Key: codec, Namespaced: true, Fields: []Field{{"v", Word}}}
	live, copied := NewStore(nil), NewStore(nil)
	defer live.Close()
	defer copied.Close()
	table, replica := live.Table("op", desc), copied.Table("op", desc)
	enc := codec.NewEncoder()
	all := func(int) bool { return true }
	insert := func(from, to int, ns int64) {
		v := vector.NewBuilder(types.TString.Required(), to-from)
		spaces := make([]int64, to-from)
		for i := from; i < to; i++ {
			v.AppendBytes([]byte(fmt.Sprintf("a key that is somewhat long, number %d", i)))
			spaces[i-from] = ns
		}
		ids, _, err := table.Probe(enc.Encode([]*vector.Vector{v}, nil, to-from), spaces, nil, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		for j, id := range ids {
			table.Touch(id)
			*(*int64)(table.Value(id)) = int64(from + j)
		}
	}
	logged := func(atLeast int) {
		live.Barrier()
		want := dumpTable(table)
		for !live.Extract(1) {
		}
		list := live.Pieces()
		if len(list) < atLeast {
			t.Fatalf("the change has %d pieces: it proves nothing", len(list))
		}
		if err := copied.Apply(slices.Concat(list...), all, all); err != nil {
			t.Fatal(err)
		}
		if got := dumpTable(replica); !equalRows(got, want) {
			t.Fatalf("%d entries were read back of %d, or others", len(got), len(want))
		}
	}
	insert(0, 40_000, 1)
	insert(40_000, 60_000, 2)
	logged(14)
	table.Take(2, 10, func(ID) {})
	table.Take(1, 25_000, func(ID) {})
	insert(60_000, 70_000, 1)
	logged(9)
	for !table.Take(1, 1000, func(ID) {}) {
	}
	insert(0, 10, 1)
	logged(1)
}
