package functions

import (
	"fmt"
	"math"
	"unicode/utf16"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Hash codes are those of Java's objects: String, Long, Double, BigDecimal.
var hashCodeFunctions = []*function.Function{
	{
		Name: "HASH_CODE", Family: "hash",
		Summary:  "the hash code that Java has for the value, as an INT",
		Syntax:   []string{"HASH_CODE(value)"},
		Examples: examples("HASH_CODE('Hello')", "69609650", "HASH_CODE(10000000000)", "1410065410", "HASH_CODE(TRUE)", "1231", "HASH_CODE(1.5)", "466"),
		Bind:     bindHashCode,
	},
}

func bindHashCode(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, 1); err != nil {
		return function.Signature{}, err
	}
	t := args[0].Type.Plain()
	code := hashCodeOf(t)
	if code == nil {
		return function.Signature{}, fmt.Errorf("a value of type %v has no hash code", t.Nullable())
	}
	return strict([]types.Type{t}, types.TInt, func(c *function.Call) error {
		out, v, mask := c.Out.Int32s(), c.Args[0], c.Args[0].Mask()
		return c.Rows(func(i int) error { out[i] = code(v, i&mask); return nil })
	})
}

// hashCodeOf answers the hash code of a slot, for values of a type.
func hashCodeOf(t types.Type) func(v *vector.Vector, i int) int32 {
	switch t.Kind {
	case types.Char, types.VarChar:
		return func(v *vector.Vector, i int) int32 { return int32(stringHash(v.Bytes(i))) }
	case types.Boolean:
		return func(v *vector.Vector, i int) int32 { return 1237 - 6*int32(b2i(v.Bools()[i])) }
	case types.TinyInt, types.SmallInt, types.Int, types.Date, types.Time:
		return func(v *vector.Vector, i int) int32 { return v.Int32s()[i] }
	case types.BigInt:
		return func(v *vector.Vector, i int) int32 { return longHash(v.Int64s()[i]) }
	case types.Float:
		return func(v *vector.Vector, i int) int32 {
			f := v.Float32s()[i]
			if f != f {
				return 0x7fc00000
			}
			return int32(math.Float32bits(f))
		}
	case types.Double:
		return func(v *vector.Vector, i int) int32 {
			f := v.Float64s()[i]
			if f != f {
				return 0x7ff80000
			}
			return longHash(int64(math.Float64bits(f)))
		}
	case types.Decimal:
		return func(v *vector.Vector, i int) int32 {
			var n types.Int128
			if v.Layout() == vector.Int64s {
				n = types.Int128Of(v.Int64s()[i])
			} else {
				n = v.Int128s()[i]
			}
			return 31*integerHash(n) + t.Scale
		}
	case types.Timestamp:
		return func(v *vector.Vector, i int) int32 {
			micros, nanos := timestampAt(v, i)
			ms := millis(micros) / microsPerMilli
			return 31*longHash(ms) + int32((micros-ms*microsPerMilli)*1000+nanos)
		}
	}
	return nil
}

// longHash is Long.hashCode.
func longHash(n int64) int32 { return int32(n ^ int64(uint64(n)>>32)) }

// integerHash is BigInteger.hashCode.
func integerHash(n types.Int128) int32 {
	negative := n.Hi < 0
	if negative {
		n = n.Neg()
	}
	h := uint32(0)
	for _, word := range []uint32{uint32(uint64(n.Hi) >> 32), uint32(n.Hi), uint32(n.Lo >> 32), uint32(n.Lo)} {
		h = 31*h + word
	}
	if negative {
		return -int32(h)
	}
	return int32(h)
}

// stringHash is String.hashCode: over the UTF-16 units.
func stringHash(b []byte) uint32 {
	h := uint32(0)
	for _, r := range string(b) {
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			h = 31*h + uint32(high)
			r = low
		}
		h = 31*h + uint32(r)
	}
	return h
}
