package json

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"tidemark.dev/types"
)

// FuzzNumbers: a number becomes, in columns of each type, what math/big and strconv say.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"0", "-0", "1", "-1.5", "1e3", "123456789012345678", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"0.1", "1.005", "99999999.995", "123456789.99", "1E-400", "12345678901234567890123456789012345678", "0.000001", "100.00000000000001", "999999999999999.9"} {
		f.Add(s)
	}
	tab := table(f, []types.Field{
		{Name: "a", Type: types.TBigInt}, {Name: "b", Type: types.TInt}, {Name: "c", Type: types.TDouble},
		{Name: "d", Type: types.TDecimal(10, 2)}, {Name: "e", Type: types.TDecimal(38, 10)},
	}, map[string]string{"ignore-parse-errors": "true"})
	f.Fuzz(func(t *testing.T, s string) {
		if e := strings.IndexAny(s, "eE"); len(s) > 60 || e >= 0 && len(s)-e > 6 {
			return // exponents that math/big would make numbers of gigabytes of
		}
		b, err := decodeAll(t, tab, fmt.Sprintf(`{"a":%s,"b":%s,"c":%s,"d":%s,"e":%s}`, s, s, s, s, s))
		if err != nil || b.Len() != 1 {
			return // no number
		}
		r, ok := new(big.Rat).SetString(s)
		if !ok || s[0] != '-' && s[0]-'0' > 9 {
			return
		}
		if want, _ := strconv.ParseFloat(s, 64); b.Cols[2].Float64s()[0] != want {
			t.Errorf("%s as a double is %v, not %v", s, b.Cols[2].Float64s()[0], want)
		}
		if r.IsInt() && !isFraction(s) {
			if want := r.Num(); want.IsInt64() != !b.Cols[0].IsNull(0) || want.IsInt64() && b.Cols[0].Int64s()[0] != want.Int64() {
				t.Errorf("%s as a BIGINT is %v", s, b.Cols[0].Value(0))
			}
			if want := r.Num(); want.IsInt64() && int64(int32(want.Int64())) == want.Int64() && int64(b.Cols[1].Int32s()[0]) != want.Int64() {
				t.Errorf("%s as an INT is %v", s, b.Cols[1].Value(0))
			}
		}
		for col, scale := range map[int]int{3: 2, 4: 10} {
			checkDecimal(t, s, r, b.Cols[col].Value(0), b.Cols[col].Type, scale)
		}
	})
}

func isFraction(s string) bool {
	for _, c := range s {
		if c == '.' || c == 'e' || c == 'E' {
			return true
		}
	}
	return false
}

// checkDecimal compares a DECIMAL with r, rounded half up.
func checkDecimal(t *testing.T, s string, r *big.Rat, got types.Value, typ types.Type, scale int) {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	x := new(big.Rat).Mul(r, new(big.Rat).SetInt(ten))
	negative := x.Sign() < 0
	x.Abs(x).Add(x, big.NewRat(1, 2))
	unscaled := new(big.Int).Quo(x.Num(), x.Denom())
	if negative {
		unscaled.Neg(unscaled)
	}
	fits := len(new(big.Int).Abs(unscaled).String()) <= int(typ.Precision)
	if got.Null != !fits {
		t.Errorf("%s as %v is %v", s, typ, got)
		return
	}
	if fits {
		text := string(types.AppendDecimal(nil, got.Int128(), 0))
		if text != unscaled.String() {
			t.Errorf("%s as %v is %s, not %v", s, typ, text, unscaled)
		}
	}
}
