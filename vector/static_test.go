package vector

import (
	"bytes"
	"testing"

	"tidemark.dev/types"
)

// Static bytes cost a batch nothing, wherever their views are copied to; others do.
func TestStaticBuffersAreNotCounted(t *testing.T) {
	pool, own := bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 1000)
	v := New(types.TString, 2)
	v.SetView(0, v.AddStatic(pool), 5, pool[5:105])
	v.SetView(1, v.AddBuffer(own), 0, own)
	other := New(types.TString, 2)
	other.SetBytes(0, own)
	other.Overlay(v, []int32{0})
	for name, c := range map[string]struct {
		v    *Vector
		most int64
	}{"itself": {v, 1100}, "gathered": {v.Gather([]int32{1, 0}), 1100}, "overlaid": {other, 1 << 13}} {
		if got := c.v.Footprint(); got < 1000 || got > c.most {
			t.Errorf("%s: %d bytes", name, got)
		}
	}
	if got := string(other.Bytes(0)); got != string(pool[:100]) {
		t.Errorf("overlaid text: %q", got)
	}
	v.Reset(1)
	v.SetBytes(0, own)
	if got := v.Footprint(); got < 1000 {
		t.Errorf("after Reset: %d bytes", got)
	}
}
