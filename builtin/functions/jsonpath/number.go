package jsonpath

import (
	"math/big"
	"strconv"

	"tidemark.dev/types"
)

// isNumber tells that Java's BigDecimal takes the text, with an exponent of few digits.
func isNumber(s string) bool {
	i, digits := 0, 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	point := false
	for ; i < len(s) && (s[i]-'0' < 10 || s[i] == '.' && !point); i++ {
		if s[i] == '.' {
			point = true
		} else {
			digits++
		}
	}
	if digits == 0 || i == len(s) {
		return digits > 0
	}
	if s[i]|' ' != 'e' {
		return false
	}
	n, err := strconv.Atoi(s[i+1:])
	return err == nil && n > -10_000 && n < 10_000
}

// compareNumbers orders two texts that are numbers, exactly.
func compareNumbers(a, b string) int {
	var x, y big.Rat
	if _, ok := x.SetString(a); !ok {
		return -2
	}
	if _, ok := y.SetString(b); !ok {
		return -2
	}
	return x.Cmp(&y)
}

// appendDouble writes x as Java's Double.toString does.
func appendDouble(dst []byte, x float64) []byte { return types.AppendFloat64(dst, x) }
