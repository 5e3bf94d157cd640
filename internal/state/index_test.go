package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tidemark.dev/internal/memory"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// bigintKeys encodes the numbers that f gives for 0..n-1.
func bigintKeys(enc *Encoder, n int, f func(j int) int64) *Keys {
	v := vector.New(types.TBigInt.Required(), n)
	for j := range v.Int64s() {
		v.Int64s()[j] = f(j)
	}
	return enc.Encode([]*vector.Vector{v}, nil, n)
}

// TestIndexFollowsAMap inserts, finds and deletes keys at random, in batches that split segments
// midway, and compares with a map: all along the keys of the batch, at the end all.
func TestIndexFollowsAMap(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := NewStore(nil)
		table, enc := bigints(s)
		m := map[int64]ID{}
		for step := range 300 {
			n := 1 + r.IntN(2000)
			of := make([]int64, n)
			keys := bigintKeys(enc, n, func(j int) int64 { of[j] = r.Int64N(150_000); return of[j] })
			switch {
			case step%50 > 40: // deletes reach from segment to segment only by mistake
				ids, _, _ := table.Probe(keys, nil, nil, nil, false)
				for j, id := range ids {
					want, ok := m[of[j]]
					if !ok {
						want = None
					}
					if _, gone := m[of[j]]; id != want && gone {
						t.Fatalf("seed %d: key %d has id %d, not %d", seed, of[j], id, want)
					}
					if ok {
						table.Delete(id)
						delete(m, of[j])
					}
				}
			default:
				ids, fresh, err := table.Probe(keys, nil, nil, nil, true)
				if err != nil {
					t.Fatal(err)
				}
				made := map[int32]bool{}
				for _, j := range fresh {
					made[j] = true
				}
				for j, id := range ids {
					was, ok := m[of[j]]
					if ok == made[int32(j)] || ok && was != id {
						t.Fatalf("seed %d: key %d was id %d (%v), is %d (made %v)", seed, of[j], was, ok, id, made[int32(j)])
					}
					m[of[j]] = id
				}
			}
		}
		for k, want := range m {
			ids, _, _ := table.Probe(bigintKeys(enc, 1, func(int) int64 { return k }), nil, nil, nil, false)
			if ids[0] != want {
				t.Fatalf("seed %d: key %d has id %d, not %d", seed, k, ids[0], want)
			}
		}
		if table.Len() != len(m) || len(table.index.segs) < 8 {
			t.Fatalf("seed %d: %d keys in %d segments, %d in the map", seed, table.Len(), len(table.index.segs), len(m))
		}
		counted := 0
		for i := range table.index.segs {
			counted += int(table.index.segs[i].count)
		}
		if counted != len(m) {
			t.Fatalf("seed %d: the segments count %d keys of %d", seed, counted, len(m))
		}
		s.Close()
	}
}

// TestGrowthIsSpread: from one batch to the next few segments are split, at any size: a batch
// never waits for the table to be copied.
func TestGrowthIsSpread(t *testing.T) {
	s := NewStore(nil)
	defer s.Close()
	table, enc := bigints(s)
	most := map[int]int{}
	for at := 0; at < 3<<20; at += 1024 {
		before := table.index.version
		if _, _, err := table.Probe(bigintKeys(enc, 1024, func(j int) int64 { return int64(at + j) }), nil, nil, nil, true); err != nil {
			t.Fatal(err)
		}
		if n := int(table.index.version - before); at >= 8192 {
			most[n]++
		}
	}
	for n, batches := range most {
		if n > 4 {
			t.Errorf("in %d batches of 1024 keys %d segments were split", batches, n)
		}
	}
	if most[0] == 0 || most[1] == 0 {
		t.Errorf("splits by batch: %v", most)
	}
}

// TestIndexIsChargedAndRefused: what the index takes is charged, a refusal leaves all keys that
// were inserted, and Close gives everything back.
func TestIndexIsChargedAndRefused(t *testing.T) {
	for _, limit := range []int64{1 << 10, 40 << 10, 1 << 20, 3 << 20} {
		account := memory.NewAccount("pipeline p", limit, nil)
		s := NewStore(account)
		table, enc := bigints(s)
		var err error
		n := int64(0)
		for ; err == nil; n += 100 {
			_, _, err = table.Probe(bigintKeys(enc, 100, func(j int) int64 { return n + int64(j) }), nil, nil, nil, true)
		}
		if _, ok := err.(*memory.OverBudget); !ok {
			t.Fatalf("limit %d: %v", limit, err)
		}
		found, _, _ := table.Probe(bigintKeys(enc, int(n), func(j int) int64 { return int64(j) }), nil, nil, nil, false)
		missing := 0
		for j, id := range found {
			if id == None {
				missing++
			} else if missing > 0 {
				t.Fatalf("limit %d: key %d is there, one before it is not", limit, j)
			}
		}
		if int(n)-missing != table.Len() {
			t.Fatalf("limit %d: %d keys are found, the table says %d", limit, int(n)-missing, table.Len())
		}
		s.Close()
		if account.Used() != 0 {
			t.Errorf("limit %d: %d bytes are still charged after Close", limit, account.Used())
		}
	}
}

// TestHashesAlike: keys whose hashes have one lower half end in an error, not in a loop.
func TestHashesAlike(t *testing.T) {
	s := NewStore(nil)
	defer s.Close()
	table, enc := bigints(s)
	var err error
	n := int64(0)
	for ; err == nil && n < 1<<20; n += 512 {
		keys := bigintKeys(enc, 512, func(j int) int64 { return n + int64(j) })
		for j := range keys.Hash {
			keys.Hash[j] = uint64(j)<<40 | 77
		}
		_, _, err = table.Probe(keys, nil, nil, nil, true)
	}
	if err == nil || table.Len() < segmentSlots/2 {
		t.Fatalf("%d keys of one hash: %v", table.Len(), err)
	}
	if want := fmt.Sprintf("more than %d keys", table.Len()); err.Error() != "a table of state holds "+want+" whose hashes are alike" {
		t.Error(err)
	}
}
