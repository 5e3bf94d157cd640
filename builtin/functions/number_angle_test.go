package functions

import (
	"math"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"testing"
)

// What Java's Math answers was recorded. Those functions that it defines by FDLIBM are the same to the last bit;
// the others, which it leaves to the processor's maker, in all but one case of some hundred.
func TestAnglesAsJava(t *testing.T) {
	text, err := os.ReadFile("testdata/angles.txt")
	if err != nil {
		t.Fatal(err)
	}
	rounded := []func(float64) float64{sine, cosine, tangent}
	exact := []func(float64) float64{arcSine, arcCosine, arcTangent, hyperbolicSine, hyperbolicCosine, hyperbolicTangent}
	same := func(a, b float64) bool {
		return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
	}
	total, off := 0, 0
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		var v []float64
		for _, f := range strings.Fields(line) {
			bits, err := strconv.ParseUint(f, 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			v = append(v, math.Float64frombits(bits))
		}
		x, y := v[0], v[10]
		for i, f := range rounded {
			total++
			if got := f(x); !same(got, v[1+i]) {
				if off++; math.Nextafter(v[1+i], got) != got {
					t.Errorf("function %d of %v is %v, Java says %v", i, x, got, v[1+i])
				}
			}
		}
		for i, f := range exact {
			if got := f(x); !same(got, v[4+i]) {
				t.Errorf("function %d of %v is %v, Java says %v", i, x, got, v[4+i])
			}
		}
		if got := arcTangent2(y, x); !same(got, v[11]) {
			t.Errorf("atan2(%v, %v) is %v, Java says %v", y, x, got, v[11])
		}
	}
	if off*100 > total {
		t.Errorf("%d of %d sines, cosines and tangents are not Java's", off, total)
	}
}

// The sine and the cosine of any angle lie on the circle, and huge angles are reduced as exactly as small ones.
func TestAnglesOfAnySize(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 2000 {
		x := math.Ldexp(r.Float64()*2-1, r.Intn(1020))
		s, c := sinCos(x)
		one := s.mul(s).add(c.mul(c))
		if math.Abs(one.hi-1)+math.Abs(one.lo) > 1e-29 {
			t.Fatalf("of %v: sin² + cos² is 1 + %v", x, one.hi-1+one.lo)
		}
		n, rest := quarterTurns(x)
		far, farRest := farQuarterTurns(x)
		near := math.Abs(math.Abs(rest.hi)-math.Pi/4) < 1e-9
		if math.Abs(x) < maxAngle && !near && (n != far || math.Abs(rest.hi-farRest.hi) > 1e-18*math.Max(1, math.Abs(rest.hi))) {
			t.Fatalf("%v is %d quarters and %v, or %d and %v", x, n, rest, far, farRest)
		}
	}
	if got := sine(1e22); got != -0.8522008497671888 {
		t.Errorf("sin 1e22 is %v", got)
	}
	if f, _ := exactHalfPi().Float64(); f != math.Pi/2 {
		t.Errorf("pi/2 is %v", f)
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := sine(x); got == got {
			t.Errorf("sin %v is %v", x, got)
		}
		if got := cosine(x); got == got {
			t.Errorf("cos %v is %v", x, got)
		}
	}
	for _, c := range []struct{ got, want float64 }{
		{hyperbolicSine(720), math.Inf(1)}, {hyperbolicSine(-720), math.Inf(-1)}, {hyperbolicCosine(-720), math.Inf(1)},
		{hyperbolicCosine(math.Inf(-1)), math.Inf(1)}, {hyperbolicTangent(math.Inf(-1)), -1}, {hyperbolicTangent(50), 1},
		{cotangent(0), math.Inf(1)}, {arcTangent(math.Inf(-1)), -math.Pi / 2},
	} {
		if c.got != c.want {
			t.Errorf("got %v, expected %v", c.got, c.want)
		}
	}
}
