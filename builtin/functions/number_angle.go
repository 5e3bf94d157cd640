package functions

// Trigonometric and hyperbolic functions with the digits of the Java that runs Flink; those of
// package math are up to one digit off.
//
//  1. sin, cos and tan are rounded right in nearly all cases, as Java's are: the angle is reduced to one within
//     a quarter turn by pi/2 in three doubles (or, beyond 2^30, in as many bits as it needs), and the series are
//     summed in pairs of doubles; see number_accurate.go.
//  2. The others are by definition of java.lang.StrictMath those of FDLIBM (Sun Microsystems, 1993), which are not
//     always rounded right: they follow its formulas and coefficients.

import (
	"math"
	"math/big"
	"sync"
)

// halfPi is pi/2 in three doubles.
var halfPi = [3]float64{0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110}

// maxAngle bounds the angles that halfPi reduces to 100 bits.
const maxAngle = 1 << 30

// quarterTurns splits an angle: its number of quarter turns, modulo 4, and the rest within an eighth of a turn.
func quarterTurns(x float64) (n int, rest pair) {
	if math.Abs(x) > maxAngle {
		return farQuarterTurns(x)
	}
	k := math.Round(x / halfPi[0])
	rest = pair{hi: x}
	for _, part := range halfPi {
		p := product(-k, part)
		rest = rest.add(p)
	}
	return int(int64(k) & 3), rest
}

// exactHalfPi has bits enough for the largest double: 1024 before the point, and 150 behind.
var exactHalfPi = sync.OnceValue(func() *big.Float {
	const bits = 1300
	number := func(n int64) *big.Float { return new(big.Float).SetPrec(bits).SetInt64(n) }
	// arctan(1/n) by its series; pi/4 = 4 arctan(1/5) - arctan(1/239), after J. Machin.
	arctan := func(n int64) *big.Float {
		power := new(big.Float).SetPrec(bits).Quo(number(1), number(n))
		total, square := new(big.Float).SetPrec(bits).Set(power), number(n*n)
		for k := int64(3); power.Sign() != 0 && power.MantExp(nil) > -bits; k += 2 {
			power.Quo(power, square)
			power.Neg(power)
			total.Add(total, new(big.Float).SetPrec(bits).Quo(power, number(k)))
		}
		return total
	}
	quarter := arctan(5)
	quarter.Mul(quarter, number(4)).Sub(quarter, arctan(239))
	return quarter.Mul(quarter, number(2))
})

func farQuarterTurns(x float64) (int, pair) {
	half := exactHalfPi()
	angle := new(big.Float).SetPrec(half.Prec()).SetFloat64(x)
	turns, _ := new(big.Float).SetPrec(half.Prec()).Quo(angle, half).Int(nil)
	rest := func() *big.Float {
		whole := new(big.Float).SetPrec(half.Prec()).SetInt(turns)
		return new(big.Float).SetPrec(half.Prec()).Sub(angle, whole.Mul(whole, half))
	}
	r := rest()
	if first, _ := r.Float64(); math.Abs(first) > math.Pi/4 {
		turns.Add(turns, big.NewInt(int64(math.Copysign(1, x))))
		r = rest()
	}
	hi, _ := r.Float64()
	lo, _ := r.Sub(r, new(big.Float).SetFloat64(hi)).Float64()
	return int(new(big.Int).And(turns, big.NewInt(3)).Int64()), pair{hi, lo}
}

// series sums first + first*z/(n*(n+1)) + ..., n growing by 2.
func series(first, z pair, n float64) pair {
	term, total := first, first
	for ; math.Abs(term.hi) > 1e-34*math.Abs(total.hi); n += 2 {
		term = term.mul(z).over(n * (n + 1))
		total = total.add(term)
	}
	return total
}

// sinCos is the sine and the cosine of an angle.
func sinCos(x float64) (sin, cos pair) {
	n, r := quarterTurns(x)
	z := r.mul(r)
	z = pair{-z.hi, -z.lo}
	s, c := series(r, z, 2), series(pair{hi: 1}, z, 1)
	minus := func(p pair) pair { return pair{-p.hi, -p.lo} }
	switch n {
	case 1:
		return c, minus(s)
	case 2:
		return minus(s), minus(c)
	case 3:
		return minus(c), s
	}
	return s, c
}

func unbounded(x float64) bool { return x != x || math.IsInf(x, 0) }

func sine(x float64) float64 {
	if unbounded(x) || x == 0 || math.Abs(x) < 1e-150 {
		return math.Sin(x)
	}
	s, _ := sinCos(x)
	return s.hi + s.lo
}

func cosine(x float64) float64 {
	if unbounded(x) {
		return math.NaN()
	}
	_, c := sinCos(x)
	return c.hi + c.lo
}

func tangent(x float64) float64 {
	if unbounded(x) || x == 0 || math.Abs(x) < 1e-150 {
		return math.Tan(x)
	}
	s, c := sinCos(x)
	q := s.hi / c.hi
	rest := s.add(pair{-q * c.hi, -math.FMA(q, c.hi, -q*c.hi)}).add(pair{hi: -q * c.lo})
	return q + rest.hi/c.hi
}

func cotangent(x float64) float64 { return 1 / tangent(x) }

// ---- after FDLIBM ----

func hyperbolicSine(x float64) float64 {
	h, a := math.Copysign(0.5, x), math.Abs(x)
	switch {
	case unbounded(x) || a < 1.0/(1<<28):
		return x
	case a < 1:
		t := math.Expm1(a)
		return h * (2*t - t*t/(t+1))
	case a < 22:
		t := math.Expm1(a)
		return h * (t + t/(t+1))
	}
	return halfExp(h, a)
}

func hyperbolicCosine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case unbounded(x):
		return a
	case a < 0.5*math.Ln2:
		t := math.Expm1(a)
		w := 1 + t
		return 1 + t*t/(w+w)
	case a < 22:
		t := strictExp(a)
		return 0.5*t + 0.5/t
	}
	return halfExp(0.5, a)
}

// halfExp is h * exp a, which may be a number where exp a is none.
func halfExp(h, a float64) float64 {
	if a < 709.78 {
		return h * strictExp(a)
	}
	if a > 711 {
		return math.Inf(1) * h
	}
	w := strictExp(0.5 * a)
	return h * w * w
}

// strictExp is exp x for x from 0.3 to 710.
func strictExp(x float64) float64 {
	const high, low = 6.93147180369123816490e-01, 1.90821492927058770002e-10 // ln 2
	k := 1.0
	if x >= 1.5*math.Ln2 {
		k = math.Trunc(1.44269504088896338700*x + 0.5)
	}
	hi, lo := x-k*high, k*low
	r := hi - lo
	t := r * r
	c := r - t*(1.66666666666666019037e-01+t*(-2.77777777770155933842e-03+t*(6.61375632143793436117e-05+
		t*(-1.65339022054652515390e-06+t*4.13813679705723846039e-08))))
	return math.Ldexp(1-((lo-(r*c)/(2-c))-hi), int(k))
}

func hyperbolicTangent(x float64) float64 {
	a := math.Abs(x)
	z := 1.0
	switch {
	case x != x || x == 0:
		return x
	case a < 0x1p-55:
		return x * (1 + x)
	case a < 1:
		t := math.Expm1(-2 * a)
		z = -t / (t + 2)
	case a < 22:
		z = 1 - 2/(math.Expm1(2*a)+2)
	}
	return math.Copysign(z, x)
}

// arcRatio is (asin(sqrt z) - sqrt z) / sqrt z^3 as a ratio of polynomials, for z up to 1/4.
func arcRatio(z float64) float64 {
	p := z * (1.66666666666666657415e-01 + z*(-3.25565818622400915405e-01+z*(2.01212532134862925881e-01+
		z*(-4.00555345006794114027e-02+z*(7.91534994289814532176e-04+z*3.47933107596021167570e-05)))))
	q := 1 + z*(-2.40339491173441421878e+00+z*(2.02094576023350569471e+00+
		z*(-6.88283971605453293030e-01+z*7.70381505559019352791e-02)))
	return p / q
}

// pi/2 in two doubles. They are variables: constants would be added exactly.
var piHigh, piLow = math.Pi / 2, 6.12323399573676603587e-17

// highHalf is x with its lower 32 bits cut off.
func highHalf(x float64) float64 { return math.Float64frombits(math.Float64bits(x) &^ (1<<32 - 1)) }

func arcSine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a > 1 || x != x:
		return math.NaN()
	case a == 1:
		return x*piHigh + x*piLow
	case a < 0x1p-27:
		return x
	case a < 0.5:
		return x + x*arcRatio(x*x)
	}
	z := (1 - a) * 0.5
	s, r := math.Sqrt(z), arcRatio(z)
	if math.Float64bits(a)>>32 >= 0x3FEF3333 { // above 0.975
		return math.Copysign(math.Pi/2-(2*(s+s*r)-piLow), x)
	}
	f := highHalf(s)
	c := (z - f*f) / (s + f)
	p := 2*s*r - (piLow - 2*c)
	q := math.Pi/4 - 2*f
	return math.Copysign(math.Pi/4-(p-q), x)
}

func arcCosine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a > 1 || x != x:
		return math.NaN()
	case x == 1:
		return 0
	case x == -1:
		return 2*piHigh + 2*piLow
	case a < 0.5:
		if a <= 0x1p-57 {
			return piHigh + piLow
		}
		return math.Pi/2 - (x - (piLow - x*arcRatio(x*x)))
	case x < 0:
		z := (1 + x) * 0.5
		s := math.Sqrt(z)
		return math.Pi - 2*(s+(arcRatio(z)*s-piLow))
	}
	z := (1 - x) * 0.5
	s := math.Sqrt(z)
	f := highHalf(s)
	c := (z - f*f) / (s + f)
	return 2 * (f + (arcRatio(z)*s + c))
}

// arcPoints are angles whose tangents are 1/2, 1, 3/2 and infinite, in two doubles.
var arcPoints = [4][2]float64{
	{4.63647609000806093515e-01, 2.26987774529616870924e-17},
	{7.85398163397448278999e-01, 3.06161699786838301793e-17},
	{9.82793723247329054082e-01, 1.39033110312309984516e-17},
	{1.57079632679489655800e+00, 6.12323399573676603587e-17},
}

func arcTangent(x float64) float64 {
	a := math.Abs(x)
	at := -1
	switch {
	case x != x:
		return x
	case a >= 0x1p66:
		return math.Copysign(arcPoints[3][0]+arcPoints[3][1], x)
	case a < 0.4375:
		if a < 0x1p-29 {
			return x
		}
		a = x
	case a < 0.6875:
		at, a = 0, (2*a-1)/(2+a)
	case a < 1.1875:
		at, a = 1, (a-1)/(a+1)
	case a < 2.4375:
		at, a = 2, (a-1.5)/(1+1.5*a)
	default:
		at, a = 3, -1/a
	}
	z := a * a
	w := z * z
	odd := z * (3.33333333333329318027e-01 + w*(1.42857142725034663711e-01+w*(9.09088713343650656196e-02+
		w*(6.66107313738753120669e-02+w*(4.97687799461593236017e-02+w*1.62858201153657823623e-02)))))
	even := w * (-1.99999999998764832476e-01 + w*(-1.11111104054623557880e-01+w*(-7.69187620504482999495e-02+
		w*(-5.83357013379057348645e-02+w*-3.65315727442169155270e-02))))
	if at < 0 {
		return a - a*(odd+even)
	}
	return math.Copysign(arcPoints[at][0]-((a*(odd+even)-arcPoints[at][1])-a), x)
}

func arcTangent2(y, x float64) float64 {
	if x != x || y != y || x == 0 || y == 0 || math.IsInf(x, 0) || math.IsInf(y, 0) {
		return math.Atan2(y, x)
	}
	if x == 1 {
		return arcTangent(y)
	}
	_, ye := math.Frexp(y)
	_, xe := math.Frexp(x)
	z := 0.0
	switch k := ye - xe; {
	case k > 60:
		z = piHigh + piLow
	case x < 0 && k < -60:
	default:
		z = arcTangent(math.Abs(y / x))
	}
	if x < 0 {
		z = math.Pi - (z - 2*piLow)
	}
	return math.Copysign(z, y)
}
