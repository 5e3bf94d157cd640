package expr

import (
	"math"
	"math/rand"
	"testing"

	"tidemark.dev/internal/plan"
)

// Division by a constant is the division of the machine, for divisors and dividends
// around all powers of two and at random.
func TestDivideConstant(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	near := []int64{0, math.MaxInt64, math.MinInt64}
	for s := range 63 {
		for d := int64(-2); d <= 2; d++ {
			near = append(near, 1<<s+d, -(1<<s)+d)
		}
		near = append(near, r.Int63()>>s, -r.Int63()>>s)
	}
	out := make([]int64, len(near))
	out32, near32 := make([]int32, len(near)), make([]int32, len(near))
	for i, x := range near {
		near32[i] = int32(x)
	}
	for _, d := range near {
		if d == 0 {
			continue
		}
		divideConstant(plan.Divide, out, near, d)
		for i, x := range near {
			if out[i] != x/d {
				t.Fatalf("%d / %d: got %d, want %d", x, d, out[i], x/d)
			}
		}
		divideConstant(plan.Modulo, out, near, d)
		for i, x := range near {
			if out[i] != x%d {
				t.Fatalf("%d %% %d: got %d, want %d", x, d, out[i], x%d)
			}
		}
		d32 := int32(d)
		if d32 == 0 {
			continue
		}
		divideConstant(plan.Modulo, out32, near32, d32)
		for i, x := range near32 {
			if out32[i] != x%d32 {
				t.Fatalf("%d %% %d: got %d, want %d", x, d32, out32[i], x%d32)
			}
		}
	}
}
