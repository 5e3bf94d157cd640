package functions

import (
	"math"
	"math/big"
	"math/rand"
	"testing"
)

const bigPrecision = 200

func bigOf(x float64) *big.Float { return new(big.Float).SetPrec(bigPrecision).SetFloat64(x) }

// bigExp sums the series of exp x for a small x = of/2^64, squared back 64 times.
func bigExp(x *big.Float) *big.Float {
	const halvings = 30
	x = new(big.Float).SetMantExp(x, -halvings)
	total, term := bigOf(1), bigOf(1)
	for n := 1; n < 20; n++ {
		term.Mul(term, x).Quo(term, bigOf(float64(n)))
		total.Add(total, term)
	}
	for range halvings {
		total.Mul(total, total)
	}
	return total
}

// bigLog finds the root of exp y = x by Newton's method.
func bigLog(x *big.Float) *big.Float {
	f, _ := x.Float64()
	y := bigOf(math.Log(f))
	for range 4 {
		e := bigExp(new(big.Float).Neg(y))
		y.Add(y, e.Mul(e, x).Sub(e, bigOf(1)))
	}
	return y
}

// compareRounded counts where got is not want rounded, which must be rare, and never by
// more than one unit.
func compareRounded(t *testing.T, name string, wrong *int, got float64, want *big.Float, args ...float64) {
	t.Helper()
	w, _ := want.Float64()
	if got == w {
		return
	}
	*wrong++
	if math.Nextafter(w, got) != got || *wrong > 2 {
		t.Fatalf("%s%v: got %v, want %v", name, args, got, w)
	}
}

func TestAccurate(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var wrong [3]int
	for range 3000 {
		x := math.Exp(r.Float64()*40 - 20)
		if r.Intn(2) == 0 {
			x = 1 + (r.Float64()-0.5)/64
		}
		y := r.Float64()*60 - 30
		l := bigLog(bigOf(x))
		compareRounded(t, "ln", &wrong[0], ln(x), l, x)
		compareRounded(t, "exp", &wrong[1], exponential(y), bigExp(bigOf(y)), y)
		compareRounded(t, "power", &wrong[2], power(x, y), bigExp(l.Mul(l, bigOf(y))), x, y)
	}
	for i := range 300 {
		if got := log10(math.Pow10(i)); got != float64(i) {
			t.Errorf("log10(1e%d) = %v", i, got)
		}
	}
}

func TestPowerOfSpecials(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct{ x, y, want float64 }{
		{1, inf, nan}, {-1, inf, nan}, {1, nan, nan}, {nan, 0, 1}, {-2, 3, -8}, {-2, 2, 4}, {-2, 0.5, nan},
		{0, -1, inf}, {2, 1024, inf}, {2, -1075, 0}, {inf, -1, 0}, {2, 0.5, math.Sqrt2},
	} {
		if got := power(c.x, c.y); got != c.want && !(got != got && c.want != c.want) {
			t.Errorf("power(%v, %v) = %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func BenchmarkPower(b *testing.B) {
	x := 1.5
	for b.Loop() {
		x = power(1.5, 2.5)
	}
	_ = x
}
