package types

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func toBig(a Int128) *big.Int {
	b := new(big.Int).SetInt64(a.Hi)
	return b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(a.Lo))
}

func fromBig(b *big.Int) Int128 {
	mask := new(big.Int).SetUint64(1<<64 - 1)
	return Int128{new(big.Int).Rsh(b, 64).Int64(), new(big.Int).And(b, mask).Uint64()}
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// randomDecimal has up to p digits, and often a number at an edge.
func randomDecimal(r *rand.Rand, p int) Int128 {
	n := 1 + r.IntN(p)
	b := new(big.Int).SetUint64(r.Uint64())
	b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(r.Uint64()))
	b.Mod(b, tenTo(n))
	switch r.IntN(8) {
	case 0:
		b.Sub(tenTo(n), big.NewInt(1))
	case 1:
		b = tenTo(n - 1)
	case 2:
		b.Mul(big.NewInt(5), tenTo(n-1))
	case 3:
		b.SetInt64(int64(r.IntN(3)))
	}
	if r.IntN(2) == 0 {
		b.Neg(b)
	}
	return fromBig(b)
}

// halfUp is num/den rounded half away from zero.
func halfUp(num, den *big.Int) *big.Int {
	if den.Sign() < 0 {
		num, den = new(big.Int).Neg(num), new(big.Int).Neg(den)
	}
	negative := num.Sign() < 0
	twice := new(big.Int).Abs(num)
	twice.Lsh(twice, 1).Add(twice, den)
	q := twice.Quo(twice, new(big.Int).Lsh(den, 1))
	if negative {
		q.Neg(q)
	}
	return q
}

// atScale is num/den (a number) as the unscaled number of scale s, HALF_UP.
func atScale(num, den *big.Int, s int) *big.Int {
	if s < 0 {
		return halfUp(num, new(big.Int).Mul(den, tenTo(-s)))
	}
	return halfUp(new(big.Int).Mul(num, tenTo(s)), den)
}

// scaleOf38 is the scale at which num/den has 38 significant digits.
func scaleOf38(num, den *big.Int) int {
	for s := 120; ; s-- {
		x := new(big.Int).Abs(num)
		d := new(big.Int).Abs(den)
		if s >= 0 {
			x.Mul(x, tenTo(s))
		} else {
			d.Mul(d, tenTo(-s))
		}
		if x.Quo(x, d).Cmp(tenTo(38)) < 0 {
			return s
		}
	}
}

func check(t *testing.T, what string, got Int128, ok bool, want *big.Int, p int, args ...any) {
	t.Helper()
	fits := new(big.Int).Abs(want).Cmp(tenTo(p)) < 0
	if ok != fits || ok && toBig(got).Cmp(want) != 0 {
		t.Fatalf("%s%v = %v, %v; want %v, %v", what, args, toBig(got), ok, want, fits)
	}
}

// TestDecimalAgainstBig holds every operation to exact integers.
func TestDecimalAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30_000 {
		p1, p2, p := 1+r.IntN(38), 1+r.IntN(38), 1+r.IntN(38)
		o := DecimalOp{S1: r.IntN(p1 + 1), S2: r.IntN(p2 + 1), P: p, S: r.IntN(p + 1)}
		a, b := randomDecimal(r, p1), randomDecimal(r, p2)
		x, y := toBig(a), toBig(b)
		if fromBig(x) != a {
			t.Fatalf("%v does not survive math/big", a)
		}
		xs := new(big.Int).Mul(x, tenTo(o.S2)) // at scale S1+S2
		ys := new(big.Int).Mul(y, tenTo(o.S1))
		both := tenTo(o.S1 + o.S2)

		got, ok := o.Add(a, b)
		check(t, "add", got, ok, atScale(new(big.Int).Add(xs, ys), both, o.S), p, o, x, y)
		got, ok = o.Sub(a, b)
		check(t, "sub", got, ok, atScale(new(big.Int).Sub(xs, ys), both, o.S), p, o, x, y)
		got, ok = o.Mul(a, b)
		check(t, "mul", got, ok, atScale(new(big.Int).Mul(x, y), both, o.S), p, o, x, y)
		if c := DecimalCompare(a, o.S1, b, o.S2); c != xs.Cmp(ys) {
			t.Fatalf("compare(%v, %v, %v) = %d", o, x, y, c)
		}
		got, ok = Rescale(a, o.S1, o.S, p)
		check(t, "rescale", got, ok, atScale(x, tenTo(o.S1), o.S), p, o, x)
		checkQuotients(t, o, a, b, xs, ys)
	}
}

func checkQuotients(t *testing.T, o DecimalOp, a, b Int128, xs, ys *big.Int) {
	t.Helper()
	got, ok, err := o.Div(a, b)
	rest, okRest, errRest := o.Mod(a, b)
	if ys.Sign() == 0 {
		if err != ErrDivisionByZero || errRest != ErrDivisionByZero {
			t.Fatalf("%v / 0: %v, %v", xs, err, errRest)
		}
		return
	}
	if xs.Sign() != 0 {
		s := scaleOf38(xs, ys)
		want := atScale(xs, ys, s) // MathContext(38, HALF_UP)
		if s >= 0 {
			want = atScale(want, tenTo(s), o.S)
		} else {
			want = atScale(want.Mul(want, tenTo(-s)), big.NewInt(1), o.S)
		}
		check(t, "div", got, ok, want, o.P, o, xs, ys)
	}
	q, m := new(big.Int).QuoRem(xs, ys, new(big.Int))
	for q.Sign() != 0 && new(big.Int).Rem(q, big.NewInt(10)).Sign() == 0 {
		q.Quo(q, big.NewInt(10))
	}
	if impossible := q.CmpAbs(tenTo(38)) >= 0; impossible != (errRest == ErrDivision) {
		t.Fatalf("mod(%v, %v, %v): %v", o, xs, ys, errRest)
	} else if !impossible {
		check(t, "mod", rest, okRest, atScale(m, tenTo(o.S1+o.S2), o.S), o.P, o, xs, ys)
	}
}

// TestWideDivision divides 256 bits by 128, with words that make the estimates of
// algorithm D go wrong.
func TestWideDivision(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	word := func() uint64 {
		switch r.IntN(5) {
		case 0:
			return 0
		case 1:
			return 1<<64 - 1
		case 2:
			return 1 << 63
		}
		return r.Uint64() >> r.IntN(64)
	}
	for range 200_000 {
		x, d := uint256{word(), word(), word(), word()}, uint128{word(), word()}
		if d.isZero() {
			continue
		}
		n := new(big.Int)
		for i := 3; i >= 0; i-- {
			n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(x[i]))
		}
		den := new(big.Int).SetUint64(d.hi)
		den.Lsh(den, 64).Or(den, new(big.Int).SetUint64(d.lo))
		q, rest := x.div(d)
		back := new(big.Int)
		for i := 3; i >= 0; i-- {
			back.Lsh(back, 64).Or(back, new(big.Int).SetUint64(q[i]))
		}
		m := new(big.Int).SetUint64(rest.hi)
		m.Lsh(m, 64).Or(m, new(big.Int).SetUint64(rest.lo))
		back.Mul(back, den).Add(back, m)
		if back.Cmp(n) != 0 || m.Cmp(den) >= 0 {
			t.Fatalf("%v / %v = %v rest %v", x, d, q, rest)
		}
	}
}

// TestQuotientsRoundTwice pins a quotient that is just below 1.5 and becomes
// it when it is rounded to 38 digits, as BigDecimal does it.
func TestQuotientsRoundTwice(t *testing.T) {
	a, _ := ParseDecimal("49999999999999999999999999999999999999", 38, 0)
	b, _ := ParseDecimal("33333333333333333333333333333333333333", 38, 0)
	if q, ok, err := (DecimalOp{P: 38}).Div(a, b); q != Int128Of(2) || !ok || err != nil {
		t.Errorf("got %v, %v, %v, want 2", toBig(q), ok, err)
	}
}
