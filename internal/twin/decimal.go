package twin

import (
	"errors"
	"math/big"

	"tidemark.dev/types"
)

// Decimals as java.math.BigDecimal has them: a number n and a scale s for n / 10^s.
// Flink's rules about them are three:
//
//  1. A result is computed exactly, or for a quotient to 38 significant digits.
//  2. It is rounded HALF_UP to the scale of its type.
//  3. If it then has more digits than its type, it is NULL.
type decimal struct {
	n *big.Int
	s int
}

var (
	errZeroDivide = errors.New("division by zero")
	errImpossible = errors.New("division impossible")
)

func tenTo(k int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k)), nil) }

// exact reads a value of a DECIMAL or integer type.
func exact(t types.Type, v types.Value) decimal {
	if t.Kind != types.Decimal {
		return decimal{big.NewInt(v.I), 0}
	}
	n := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
	return decimal{n.Add(n, new(big.Int).SetUint64(uint64(v.I))), int(t.Scale)}
}

// value rounds d into a DECIMAL type; NULL where it does not fit.
func (d decimal) value(t types.Type) types.Value {
	r := d.rescale(int(t.Scale))
	if new(big.Int).Abs(r.n).Cmp(tenTo(int(t.Precision))) >= 0 {
		return null
	}
	mod := new(big.Int).And(r.n, new(big.Int).SetUint64(1<<64-1)) // two's complement, as big.Int's And has it
	return types.Value{I: int64(mod.Uint64()), Hi: new(big.Int).Rsh(r.n, 64).Int64()}
}

// rescale rounds HALF_UP to another scale.
func (d decimal) rescale(s int) decimal {
	if s >= d.s {
		return decimal{new(big.Int).Mul(d.n, tenTo(s-d.s)), s}
	}
	return decimal{roundedQuo(d.n, tenTo(d.s-s)), s}
}

// roundedQuo is a/b for a positive b, ties away from zero.
func roundedQuo(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if twice := new(big.Int).Lsh(r.Abs(r), 1); twice.Cmp(b) >= 0 {
		q.Add(q, big.NewInt(int64(a.Sign())))
	}
	return q
}

func (d decimal) cmp(e decimal) int {
	s := max(d.s, e.s)
	return d.rescale(s).n.Cmp(e.rescale(s).n)
}

func (d decimal) add(e decimal) decimal {
	s := max(d.s, e.s)
	return decimal{new(big.Int).Add(d.rescale(s).n, e.rescale(s).n), s}
}

func (d decimal) neg() decimal { return decimal{new(big.Int).Neg(d.n), d.s} }

func (d decimal) mul(e decimal) decimal { return decimal{new(big.Int).Mul(d.n, e.n), d.s + e.s} }

// div is the quotient to 38 significant digits, HALF_UP.
func (d decimal) div(e decimal) (decimal, error) {
	if e.n.Sign() == 0 {
		return d, errZeroDivide
	}
	if d.n.Sign() == 0 {
		return decimal{new(big.Int), 0}, nil
	}
	// Look for the k for which d.n * 10^k / e.n has 38 digits before the point.
	a, b := new(big.Int).Abs(d.n), new(big.Int).Abs(e.n)
	k := 38 - (len(a.String()) - len(b.String()))
	quotient := func(round bool) *big.Int {
		x, y := new(big.Int).Set(a), new(big.Int).Set(b)
		if k >= 0 {
			x.Mul(x, tenTo(k))
		} else {
			y.Mul(y, tenTo(-k))
		}
		if round {
			return roundedQuo(x, y)
		}
		return x.Quo(x, y)
	}
	for len(quotient(false).String()) > 38 {
		k--
	}
	n := quotient(true)
	if d.n.Sign() != e.n.Sign() {
		n.Neg(n)
	}
	r := decimal{n, k + d.s - e.s}
	if r.s < 0 {
		r = r.rescale(0)
	}
	return r, nil
}

// mod is the remainder with the sign of the dividend.
func (d decimal) mod(e decimal) (decimal, error) {
	if e.n.Sign() == 0 {
		return d, errZeroDivide
	}
	s := max(d.s, e.s)
	q, r := new(big.Int).QuoRem(d.rescale(s).n, e.rescale(s).n, new(big.Int))
	if q.Abs(q).Cmp(tenTo(38)) >= 0 {
		return d, errImpossible
	}
	return decimal{r, s}, nil
}

// truncated is the whole part.
func (d decimal) truncated() *big.Int { return new(big.Int).Quo(d.n, tenTo(d.s)) }

// low64 are the low 64 bits in two's complement, as BigInteger.longValue gives them.
func low64(n *big.Int) int64 {
	return int64(new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1)).Uint64())
}

func (d decimal) float() float64 {
	f, _ := new(big.Rat).SetFrac(d.n, tenTo(d.s)).Float64()
	return f
}

// text is BigDecimal.toPlainString.
func (d decimal) text() string {
	digits := new(big.Int).Abs(d.n).String()
	for len(digits) <= d.s {
		digits = "0" + digits
	}
	if d.s > 0 {
		digits = digits[:len(digits)-d.s] + "." + digits[len(digits)-d.s:]
	}
	if d.n.Sign() < 0 {
		return "-" + digits
	}
	return digits
}
