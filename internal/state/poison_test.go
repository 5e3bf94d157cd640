//go:build invariants

package state

import (
	"bytes"
	"testing"

	"tidemark.dev/internal/invariants"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// TestWhatIsGivenBackIsPoisoned: keys of the encoding before, and the key and the texts of an entry
// that was deleted.
func TestWhatIsGivenBackIsPoisoned(t *testing.T) {
	poisoned := func(what string, b []byte) {
		t.Helper()
		if !bytes.Equal(b, bytes.Repeat([]byte{invariants.Poison}, len(b))) {
			t.Errorf("%s can still be read: %x", what, b)
		}
	}
	codec := NewCodec([]types.Type{types.TString.Required()})
	enc := codec.NewEncoder()
	encode := func(text string) *Keys {
		v := vector.NewBuilder(types.TString.Required(), 1)
		v.AppendBytes([]byte(text))
		return enc.Encode([]*vector.Vector{v}, nil, 1)
	}
	before := encode("a text that is longer than a reference").Row(0)
	keys := encode("another text, longer than a reference too")
	poisoned("a key of the encoding before", before)

	s := NewStore(nil)
	defer s.Close()
	table := s.Table("op", Desc{Name: "t", Key: codec, Fields: []Field{{"v", Word}}})
	ids, _, err := table.Probe(keys, nil, nil, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	key := table.KeyOf(ids[0])
	*(*int64)(table.Value(ids[0])) = 7
	table.Delete(ids[0])
	poisoned("a deleted key", key[8:]) // the first bytes lead to the next free block
	if n := *(*int64)(table.Value(ids[0])); n == 7 || n == 0 {
		t.Errorf("the value of a deleted entry is %d", n)
	}
}
