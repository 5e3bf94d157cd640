package bench

import (
	"strings"
	"testing"
)

// TestDecodings: in every case all decoders agree, and ours allocates nothing for a record.
func TestDecodings(t *testing.T) {
	n := 0
	err := Decode(DecodeOptions{Rounds: 1}, func(d Decoding) {
		n++
		if d.Decoder == "tidemark" && d.Allocations > 0.1 {
			t.Errorf("%s %s: %v allocations a record", d.Format, d.Case, d.Allocations)
		}
	})
	if err != nil || n < 10 {
		t.Error(n, err)
	}
}

// TestDecodingsThatDiffer: a decoder that reads something else is found out.
func TestDecodingsThatDiffer(t *testing.T) {
	c := decodings()[0]
	c.decoders[1].sum = func() uint64 { return 1 }
	if _, err := c.measure(DecodeOptions{Rounds: 1}); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Error(err)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range decodings() {
		b.Run(c.format+"/"+strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(c.records.Data)))
			for b.Loop() {
				if err := c.decoders[0].decode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
