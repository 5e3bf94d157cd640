package functions

import (
	"math/rand/v2"
	"testing"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Rows that get the text of the row before must have the text that they would have alone.
func TestPrintingInUnits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, text := range []string{"yyyy-MM-dd", "HH", "HH:mm", "mm:ss", "ss.SSS", "a", "EEEE, d MMMM yyyy 'at' K", "yyyy[-MM[-dd HH]]", "A", "n", "N", "D", "yyyy-MM-dd HH:mm:ss"} {
		p, err := compilePattern(text, modern)
		if err != nil {
			t.Fatal(err)
		}
		const rows = 4000
		times := make([]int64, rows)
		at := int64(-3 * 24 * 3600 * types.MicrosPerSecond)
		for i := range times {
			times[i] = at
			at += random.Int64N(1 << random.IntN(38))
		}
		out := vector.New(types.TString, rows)
		print := printing(func(*function.Call, int) (*pattern, error) { return p, nil }, 1,
			func(_ *function.Call, i int) (int64, int64, bool) { return times[i], 0, true }, nil)
		if err := print(&function.Call{N: rows, Out: out}); err != nil {
			t.Fatal(err)
		}
		for i, at := range times {
			m := momentOf(at, 0)
			want, err := p.append(nil, &m)
			if err != nil || string(out.Bytes(i)) != string(want) {
				t.Fatalf("%s of %d: %s, alone %s, %v", text, at, out.Bytes(i), want, err)
			}
		}
	}
}
