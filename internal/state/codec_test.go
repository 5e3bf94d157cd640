package state

import (
	"math/rand/v2"
	"testing"

	"github.com/zeebo/xxh3"
)

func TestHashOfShortKeysIsXXH3(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		row := make([]byte, 9+random.IntN(8))
		for i := range row {
			row[i] = byte(random.Uint32())
		}
		if got, want := Hash(row), xxh3.Hash(row); got != want {
			t.Fatalf("%x: %x, XXH3 says %x", row, got, want)
		}
	}
}
