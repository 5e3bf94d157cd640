package expr

import (
	"strconv"
	"unicode/utf8"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// toText writes values as Flink's casts do; CHAR(n) pads with spaces, CHAR(n) and
// VARCHAR(n) cut to n code points.
func toText(from, to types.Type) convert {
	if from.IsText() {
		return fit(from, to)
	}
	app := appender(from)
	if app == nil {
		return nil
	}
	return func(c *conversion) error {
		return c.each(func(i, k int) error {
			c.buf = app(c, c.buf[:0], k)
			c.buf = fitText(c.buf, to)
			c.out.SetBytes(i, c.buf)
			return nil
		})
	}
}

// appender writes slot k of c.in, which is not NULL.
func appender(from types.Type) func(c *conversion, dst []byte, k int) []byte {
	switch from.Kind {
	case types.Boolean:
		return func(c *conversion, dst []byte, k int) []byte { return types.AppendBoolean(dst, c.in.Bools()[k]) }
	case types.TinyInt, types.SmallInt, types.Int:
		return func(c *conversion, dst []byte, k int) []byte {
			return strconv.AppendInt(dst, int64(c.in.Int32s()[k]), 10)
		}
	case types.BigInt:
		return func(c *conversion, dst []byte, k int) []byte { return strconv.AppendInt(dst, c.in.Int64s()[k], 10) }
	case types.Float:
		return func(c *conversion, dst []byte, k int) []byte { return types.AppendFloat32(dst, c.in.Float32s()[k]) }
	case types.Double:
		return func(c *conversion, dst []byte, k int) []byte { return types.AppendFloat64(dst, c.in.Float64s()[k]) }
	case types.Decimal:
		scale := int(from.Scale)
		return func(c *conversion, dst []byte, k int) []byte {
			return types.AppendDecimal(dst, decimalAt(c.in, k), scale)
		}
	case types.Timestamp, types.TimestampLTZ:
		p, local := int(from.Precision), from.Kind == types.TimestampLTZ
		return func(c *conversion, dst []byte, k int) []byte {
			micros, nanos := timestampAt(c.in, k)
			if local {
				micros = c.env.Zone.Local(micros)
			}
			return types.AppendTimestampSQL(dst, micros, nanos, p)
		}
	case types.Binary, types.VarBinary:
		return func(c *conversion, dst []byte, k int) []byte { return appendUTF8(dst, c.in.Bytes(k)) }
	case types.Invalid:
		return nil
	}
	return func(c *conversion, dst []byte, k int) []byte {
		return types.AppendCast(dst, c.in.Value(k), from, c.env.Zone)
	}
}

// appendUTF8 writes b as text, as Java decodes UTF-8: each sequence that is cut short or
// impossible becomes one U+FFFD.
func appendUTF8(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = brokenSequence(b)
		}
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
	return dst
}

// brokenSequence is how many bytes at the beginning of b Java takes for one broken
// character: those that could have begun one, and a surrogate as a whole.
func brokenSequence(b []byte) int {
	if b[0] == 0xED && len(b) >= 3 && b[1]&0xE0 == 0xA0 && b[2]&0xC0 == 0x80 {
		return 3
	}
	n := 1
	for n < min(len(b), utf8.UTFMax) && !utf8.FullRune(b[:n]) {
		n++
	}
	if n > 1 && utf8.FullRune(b[:n]) {
		n-- // the byte that broke it is not part of it
	}
	return n
}

// timestampAt is slot k of a timestamp vector of either layout.
func timestampAt(v *vector.Vector, k int) (micros, nanos int64) {
	if v.Layout() == vector.Fine {
		nanos = int64(v.Int32s()[k])
	}
	return v.Int64s()[k], nanos
}

// fitText makes all of b a CHAR or VARCHAR.
func fitText(b []byte, to types.Type) []byte {
	if to.Precision == types.MaxLength {
		return b
	}
	return types.FitText(b, 0, int(to.Precision), to.Kind == types.Char)
}

// prefixOf is the length in bytes of the first limit code points of b, and how many
// code points there are in it.
func prefixOf(b []byte, limit int) (at, n int) {
	if len(b) <= limit && isASCII(b) {
		return len(b), len(b)
	}
	for at < len(b) && n < limit {
		_, w := utf8.DecodeRune(b[at:])
		at += w
		n++
	}
	return at, n
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// fit brings texts to another length: a text that fits is not copied.
func fit(_, to types.Type) convert {
	return func(c *conversion) error {
		c.out.Overlay(c.in, c.sel)
		limit := int(to.Precision)
		return c.each(func(i, k int) error {
			b := c.in.Bytes(k)
			at, n := prefixOf(b, limit)
			if at < len(b) || to.Kind == types.Char && n < limit {
				c.buf = fitText(append(c.buf[:0], b...), to)
				c.out.SetBytes(i, c.buf)
			}
			return nil
		})
	}
}

// toBytes converts text and binary to binary: BINARY(n) pads with zeros, both cut to n
// bytes.
func toBytes(from, to types.Type) convert {
	if !from.IsText() && !from.IsBytes() {
		return nil
	}
	return func(c *conversion) error {
		c.out.Overlay(c.in, c.sel)
		limit := int(to.Precision)
		return c.each(func(i, k int) error {
			b := c.in.Bytes(k)
			if len(b) == limit || len(b) < limit && to.Kind == types.VarBinary {
				return nil
			}
			c.buf = types.FitBytes(append(c.buf[:0], b...), 0, limit, to.Kind == types.Binary)
			c.out.SetBytes(i, c.buf)
			return nil
		})
	}
}

// maxNumberText is how much of a text a message shows that is no number.
const maxNumberText = 40

func quoted(b []byte) string {
	if len(b) > maxNumberText {
		return strconv.Quote(string(b[:maxNumberText]) + "...")
	}
	return "'" + string(b) + "'"
}
