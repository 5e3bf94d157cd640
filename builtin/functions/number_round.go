package functions

import (
	"errors"
	"math"
	"strconv"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions that round to a number of digits.
var roundFunctions = []*function.Function{
	{
		Name: "ROUND", Family: "arithmetic",
		Summary:  "the number rounded half up to so many digits after the point (default 0; negative: before it)",
		Syntax:   []string{"ROUND(x [, digits])"},
		Examples: examples("ROUND(1.55, 1)", "1.6", "ROUND(-25, -1)", "-30", "ROUND(CAST(-2.5 AS DOUBLE))", "-3.0", "ROUND(CAST(1.005 AS DOUBLE), 2)", "1.01"),
		Bind:     binding(1, bindRound(true), anyNumber, plainInt),
	},
	{
		Name: "TRUNCATE", Family: "arithmetic",
		Summary:  "the number cut off after so many digits behind the point (default 0; negative: before it)",
		Syntax:   []string{"TRUNCATE(x [, digits])"},
		Examples: examples("TRUNCATE(12.345, 1)", "12.3", "TRUNCATE(15, -1)", "10", "TRUNCATE(CAST(-2.5 AS DOUBLE))", "-2.0"),
		Bind:     binding(1, bindRound(false), anyNumber, plainInt),
	},
}

func rounder(down bool) func(float64) float64 {
	if down {
		return math.Floor
	}
	return math.Ceil
}

// digitsAt is the number of digits that row i asks for.
func digitsAt(c *function.Call, i int) int {
	if len(c.Args) < 2 {
		return 0
	}
	return int(int32At(c, 1, i))
}

func bindRound(up bool) func([]types.Type, []function.Arg) (function.Signature, error) {
	return func(ps []types.Type, args []function.Arg) (function.Signature, error) {
		t := ps[0]
		switch {
		case t.Kind == types.Decimal:
			return bindRoundDecimal(ps, args, up)
		case t.IsInteger():
			return strict(ps, t, func(c *function.Call) error {
				v, mask := c.Args[0], c.Args[0].Mask()
				return c.Rows(func(i int) error {
					setInteger(c.Out, i, roundInteger(integerAt(v, i&mask), digitsAt(c, i), up))
					return nil
				})
			})
		}
		return strict(ps, t, func(c *function.Call) error {
			v, mask := c.Args[0], c.Args[0].Mask()
			buf := make([]byte, 0, 64)
			return c.Rows(func(i int) error {
				x := 0.0
				if t.Kind == types.Float {
					x = float64(v.Float32s()[i&mask])
				} else {
					x = v.Float64s()[i&mask]
				}
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return function.Failf(i, "%v cannot be rounded", x)
				}
				x, buf = roundFloat(buf[:0], x, digitsAt(c, i), up)
				if t.Kind == types.Float {
					c.Out.Float32s()[i] = float32(x)
				} else {
					c.Out.Float64s()[i] = x
				}
				return nil
			})
		})
	}
}

// bindRoundDecimal types the result by a constant number of digits, else as x.
func bindRoundDecimal(ps []types.Type, args []function.Arg, up bool) (function.Signature, error) {
	t := ps[0]
	p, s := int(t.Precision), int(t.Scale)
	rp, rs := p, s
	switch {
	case len(args) == 1:
		rp, rs = types.RoundDecimalType(p, s, 0)
	case args[1].Literal == nil:
		// Flink types it by x, but gives each value the scale that it was rounded to, which it prints.
		return function.Signature{}, errors.New("the digits of a DECIMAL must be a constant")
	case !args[1].Literal.Null:
		rp, rs = types.RoundDecimalType(p, s, int(args[1].Literal.I))
	}
	result := types.TDecimal(rp, rs)
	return strict(ps, result, func(c *function.Call) error {
		v, mask := c.Args[0], c.Args[0].Mask()
		return c.Rows(func(i int) error {
			x, digits := decimalAt(v, i&mask), digitsAt(c, i)
			at, ok := s, true
			if digits < s {
				at = max(digits, 0)
				if up {
					x, ok = types.DecimalRound(x, p, s, digits)
				} else {
					x, ok = truncateDecimal(x, s, digits)
				}
			}
			if ok {
				x, ok = types.Rescale(x, at, rs, rp)
			}
			setDecimal(c.Out, i, x, ok)
			return nil
		})
	})
}

// truncateDecimal cuts x, of the given scale, off after so many digits, fewer than the
// scale: at the scale of digits, or 0.
func truncateDecimal(x types.Int128, scale, digits int) (types.Int128, bool) {
	drop := scale - digits
	if drop > types.MaxPrecision {
		return types.Int128{}, true
	}
	x = types.DecimalTruncate(x, drop)
	if digits >= 0 {
		return x, true
	}
	return types.Rescale(x, 0, -digits, types.MaxPrecision)
}

// roundInteger rounds half up, or cuts off, the last -digits digits.
func roundInteger(x int64, digits int, up bool) int64 {
	if digits >= 0 {
		return x
	}
	if digits < -18 {
		// 10^19 and more: only half of 10^19 itself is within reach.
		if up && digits == -19 && (x >= 5e18 || x <= -5e18) {
			const wrapped = -8446744073709551616 // 10^19 in 64 bits
			if x < 0 {
				return -wrapped
			}
			return wrapped
		}
		return 0
	}
	unit := types.Pow10(-digits)
	rest := x % unit
	x -= rest
	if up && rest >= unit-unit/2 {
		x += unit
	} else if up && rest <= -(unit-unit/2) {
		x -= unit
	}
	return x
}

// roundFloat rounds the decimal digits that Java prints for x, as BigDecimal.valueOf
// takes them. buf is room for them.
func roundFloat(buf []byte, x float64, digits int, up bool) (float64, []byte) {
	buf = types.AppendFloat64(buf, x)
	mantissa, exponent := splitFloat(buf)
	// The value is the digits of mantissa, the point before the first, times 10^exponent.
	keep := exponent + digits
	if keep >= len(mantissa) {
		return x, buf
	}
	sign := ""
	if math.Signbit(x) {
		sign = "-"
	}
	roundUp := up && keep >= 0 && mantissa[keep] >= '5'
	text := append(buf[:0:0], sign...)
	text = append(text, "0"...)
	if keep > 0 {
		text = append(text, mantissa[:keep]...)
	}
	if roundUp {
		text = addOne(text)
	}
	text = strconv.AppendInt(append(text, 'e'), int64(exponent-max(keep, 0)), 10)
	r, _ := strconv.ParseFloat(string(text), 64)
	if r == 0 {
		r = 0 // BigDecimal has no negative zero
	}
	return r, buf
}

// splitFloat takes apart what Java prints: all digits, without leading zeros, and the
// exponent of a point before the first.
func splitFloat(b []byte) (digits []byte, exponent int) {
	point, seen := -1, false
	for i, c := range b {
		switch {
		case c == '.':
			point = len(digits)
			if !seen {
				point = 0
			}
		case c == 'E':
			e, _ := strconv.Atoi(string(b[i+1:]))
			return digits, exponentOf(point, e, digits)
		case c == '0' && !seen:
			if point >= 0 {
				exponent--
			}
		case c-'0' <= 9:
			seen = true
			digits = append(digits, c)
		}
	}
	return digits, exponentOf(point, exponent, digits)
}

func exponentOf(point, e int, digits []byte) int {
	if point < 0 {
		point = len(digits)
	}
	return point + e
}

// addOne adds one to the last digit of a number that begins with a zero.
func addOne(text []byte) []byte {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] < '9' {
			text[i]++
			return text
		}
		text[i] = '0'
	}
	return text
}
