package twin

import (
	"math"
	"math/rand/v2"
	"testing"

	"tidemark.dev/types"
)

func TestFloatText(t *testing.T) {
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0.1, "0.1"}, {1, "1.0"}, {100, "100.0"}, {1e7, "1.0E7"}, {9999999, "9999999.0"}, {0.001, "0.001"}, {0.0001, "1.0E-4"},
		{1e23, "9.999999999999999E22"}, {2e23, "1.9999999999999998E23"}, {math.MaxFloat64, "1.7976931348623157E308"}, {5e-324, "4.9E-324"},
		{math.Ldexp(1, -44), "5.6843418860808015E-14"}, {2.2e-322, "2.2E-322"}, {123456.789, "123456.789"}, {-0.5, "-0.5"},
		{1 << 62, "4.6116860184273879E18"}, {1.0 / 3, "0.3333333333333333"}, {2.0 / 3, "0.6666666666666666"}, {2e-3, "0.002"},
	} {
		if got := floatText(c.f); got != c.want {
			t.Errorf("%v: %s, want %s", c.f, got, c.want)
		}
	}
}

// The engine has its own writer, made from another description of the same Java.
func TestFloatTextAgreesWithTheEngine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	bad := 0
	for range 200000 {
		f := math.Float64frombits(r.Uint64())
		if r.IntN(2) == 0 {
			f = float64(r.Int64N(1<<62)) / math.Pow(10, float64(r.IntN(30)))
		}
		if got, want := floatText(f), string(types.AppendFloat64(nil, f)); got != want {
			if bad++; bad < 10 {
				t.Errorf("%x: %s, the engine writes %s", math.Float64bits(f), got, want)
			}
		}
	}
}
