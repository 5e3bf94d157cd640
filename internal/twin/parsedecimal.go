package twin

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"tidemark.dev/types"
)

// parseDecimal reads what java.math.BigDecimal's constructor takes.
func parseDecimal(s string) (decimal, bool) {
	m := decimalText.FindStringSubmatch(s)
	if m == nil || m[2]+m[3] == "" {
		return decimal{}, false
	}
	n, _ := new(big.Int).SetString(m[2]+m[3], 10)
	if m[1] == "-" {
		n.Neg(n)
	}
	exponent := 0
	if m[4] != "" {
		var err error
		if exponent, err = strconv.Atoi(m[4]); err != nil || exponent > 1000 || exponent < -1000 {
			return decimal{}, false
		}
	}
	d := decimal{n, len(m[3]) - exponent}
	if d.s < 0 {
		d = d.rescale(0)
	}
	return d, true
}

var decimalText = regexp.MustCompile(`^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$`)

// castDecimal is CAST(text AS DECIMAL): NULL stands for a failure. Flink has two
// readers. Text of more than 18 bytes, or for more than 18 digits, goes through
// BigDecimal. Shorter text goes through a reader of its own,
//
//  1. that takes digits with at most one point, and no digits at all for 0;
//  2. that looks past one character of any kind behind the digits, if it is the last
//     or an E with an exponent;
//  3. for which leading zeros count as digits when it looks for an overflow;
//  4. that rounds HALF_UP.
func castDecimal(s string, t types.Type) types.Value {
	s = strings.Trim(s, " \n\t")
	if s == "" {
		return null
	}
	if t.Precision > 18 || len(s) > 18 {
		d, ok := parseDecimal(s)
		if !ok {
			return null
		}
		return d.value(t)
	}
	sign, rest := "", s
	if s[0] == '-' || s[0] == '+' {
		sign, rest = s[:1], s[1:]
		if rest == "" {
			return null
		}
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(rest)
	}
	number, tail := rest[:end], rest[end:]
	whole, fraction, _ := strings.Cut(number, ".")
	if strings.Contains(fraction, ".") {
		return null
	}
	exponent := 0
	if len(tail) > 1 {
		m := shortExponent.FindStringSubmatch(tail)
		if m == nil {
			return null
		}
		exponent, _ = strconv.Atoi(m[1])
	}
	digits := whole + fraction
	if len(digits)+exponent-len(fraction)+int(t.Scale) > int(t.Precision) {
		return null
	}
	n, _ := new(big.Int).SetString("0"+digits, 10)
	if sign == "-" {
		n.Neg(n)
	}
	d := decimal{n, len(fraction) - exponent}
	if d.s < 0 {
		d = d.rescale(0)
	}
	return d.value(t)
}

// shortExponent is an exponent; behind its digits one more character may stand.
var shortExponent = regexp.MustCompile(`^[eE]([+-]?\d*)[^\d]?$`)
