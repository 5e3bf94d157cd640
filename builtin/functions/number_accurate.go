package functions

// Exponential and logarithm rounded right in all but one case of ten thousand and more,
// as the Java that runs Flink has them; those of package math are up to one digit off.
// All is done in pairs of doubles (T. J. Dekker, "A floating-point technique for
// extending the available precision", 1971), about 100 bits.
//
//  1. log x: x = m * 2^e with m near 1; c = i/64 is the point of a table next to m, and
//     log x = e*log 2 + log c + log(1+r), r = (m-c)/c, by the series of log(1+r).
//  2. exp x: x = k*log 2 + j/64 + r, and exp x = 2^k * exp(j/64) * exp r.
//  3. The tables are made at first use from the series for log and exp.
//  4. Whatever is not an ordinary number, or would not be one, is left to package math.

import (
	"math"
	"sync"
)

// pair is the exact sum of two doubles, the second below half a unit of the first.
type pair struct{ hi, lo float64 }

func sum(a, b float64) pair {
	s := a + b
	t := s - a
	return pair{s, (a - (s - t)) + (b - t)}
}

func product(a, b float64) pair {
	p := a * b
	return pair{p, math.FMA(a, b, -p)}
}

func (p pair) add(q pair) pair {
	s := sum(p.hi, q.hi)
	return sum(s.hi, s.lo+p.lo+q.lo)
}

func (p pair) mul(q pair) pair {
	r := product(p.hi, q.hi)
	return sum(r.hi, r.lo+p.hi*q.lo+p.lo*q.hi)
}

// over is p/d.
func (p pair) over(d float64) pair {
	q := p.hi / d
	return sum(q, (math.FMA(-q, d, p.hi)+p.lo)/d)
}

var (
	lnTwo    = pair{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56}
	perLnTen = pair{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57}
)

// The tables hold log(i/64) for i in 45..91 and exp(j/64) for j in -23..23.
const (
	firstLog, lastLog = 45, 91
	maxExp            = 23
)

var tables = sync.OnceValue(func() *struct{ log, exp [2*maxExp + 1]pair } {
	var t struct{ log, exp [2*maxExp + 1]pair }
	for i := range t.log {
		// log c = 2 atanh z, z = (c-1)/(c+1)
		c := float64(firstLog+i) / 64
		z := pair{hi: c - 1}.over(c + 1)
		square, power, total := z.mul(z), z, z
		for n := 3.0; n < 60; n += 2 {
			power = power.mul(square)
			total = total.add(power.over(n))
		}
		t.log[i] = pair{total.hi * 2, total.lo * 2}
		x := pair{hi: float64(i-maxExp) / 64}
		term, all := pair{hi: 1}, pair{hi: 1}
		for n := 1.0; n < 30; n++ {
			term = term.mul(x).over(n)
			all = all.add(term)
		}
		t.exp[i] = all
	}
	return &t
})

// logPair is log x of an ordinary x > 0.
func logPair(x float64) pair {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = m*2, e-1
	}
	i := int(m*64 + 0.5)
	c := float64(i) / 64
	r := pair{hi: m - c}.over(c)
	h := r.hi
	tail := h * h * h * h * h * (1./5 - h*(1./6-h*(1./7-h*(1./8-h*(1./9-h*(1./10-h/11))))))
	square := r.mul(r)
	cube := square.mul(r)
	l := pair{hi: tail}.add(square.mul(square).over(-4)).add(cube.over(3)).add(square.over(-2)).add(r)
	l = tables().log[i-firstLog].add(l)
	if e == 0 {
		return l
	}
	return lnTwo.mul(pair{hi: float64(e)}).add(l)
}

// expPair is exp x for x between -708 and 708.
func expPair(x pair) float64 {
	k := math.Round(x.hi / lnTwo.hi)
	x = x.add(lnTwo.mul(pair{hi: -k}))
	j := math.Round(x.hi * 64)
	r := x.add(pair{hi: -j / 64})
	h := r.hi
	tail := h * h * h * h * (1./24 + h*(1./120+h*(1./720+h*(1./5040+h/40320))))
	square := r.mul(r)
	p := pair{hi: tail}.add(square.mul(r).over(6)).add(square.over(2)).add(r)
	t := tables().exp[int(j)+maxExp]
	p = t.add(t.mul(p))
	return math.Ldexp(p.hi+p.lo, int(k))
}

func ordinary(x float64) bool { return x > 0 && x <= math.MaxFloat64 }

func ln(x float64) float64 {
	if !ordinary(x) {
		return math.Log(x)
	}
	l := logPair(x)
	return l.hi + l.lo
}

func log10(x float64) float64 {
	if !ordinary(x) {
		return math.Log(x)
	}
	l := logPair(x).mul(perLnTen)
	return l.hi + l.lo
}

// log2 is Flink's: a quotient of natural logarithms.
func log2(x float64) float64 { return ln(x) / math.Ln2 }

func logTo(base, x float64) float64 { return ln(x) / ln(base) }

// maxPower bounds the exponents of e whose powers are ordinary numbers.
const maxPower = 708

func exponential(x float64) float64 {
	if x > maxPower || x < -maxPower || x != x {
		return math.Exp(x)
	}
	return expPair(pair{hi: x})
}

// power is Java's Math.pow, which differs from math.Pow for a base of ±1.
func power(x, y float64) float64 {
	if y != y || (x == 1 || x == -1) && math.IsInf(y, 0) {
		return math.NaN()
	}
	if x == 0 || math.IsInf(x, 0) || x != x || math.IsInf(y, 0) || y == 0 || x < 0 && y != math.Trunc(y) {
		return math.Pow(x, y)
	}
	p := logPair(math.Abs(x)).mul(pair{hi: y})
	if p.hi > maxPower || p.hi < -maxPower || p.hi != p.hi {
		return math.Pow(x, y)
	}
	z := expPair(p)
	if x < 0 && math.Mod(y, 2) != 0 {
		z = -z
	}
	return z
}
