package shell

import (
	"encoding/hex"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// cellEnd stands behind each cell of an encoded row of a table. No cell holds it: control characters are
// written as escapes.
const cellEnd = '\x00'

// cells encodes rows of a table.
type cells struct {
	columns []types.Field
	zone    *types.Zone
	ops     bool
}

// head lists the titles of the columns.
func (c *cells) head() []string {
	var head []string
	if c.ops {
		head = append(head, "op")
	}
	for _, f := range c.columns {
		head = append(head, string(appendVisible(nil, f.Name)))
	}
	return head
}

// right tells which columns stand at the right edge: numbers.
func (c *cells) right() []bool {
	var right []bool
	if c.ops {
		right = append(right, false)
	}
	for _, f := range c.columns {
		right = append(right, f.Type.IsNumeric())
	}
	return right
}

// usual are widths that do for most values of the columns: what a table begins with whose rows are not
// known yet.
func (c *cells) usual() []int {
	var widths []int
	if c.ops {
		widths = append(widths, 2)
	}
	for _, f := range c.columns {
		widths = append(widths, usualWidth(f.Type))
	}
	return widths
}

func usualWidth(t types.Type) int {
	switch t.Kind {
	case types.Boolean:
		return len("FALSE")
	case types.TinyInt, types.SmallInt:
		return 6
	case types.Int:
		return 8
	case types.BigInt, types.Float, types.Double, types.Date:
		return 10
	case types.Decimal:
		return min(int(t.Precision)+2, 14)
	case types.Char, types.VarChar:
		return min(int(t.Precision), 14)
	case types.Time:
		return 8
	case types.Timestamp, types.TimestampLTZ:
		return len("2024-01-01 00:00:00.") + int(t.Precision)
	}
	return 16
}

func (c *cells) encode(dst []byte, b *vector.Batch, i int) ([]byte, error) {
	if c.ops {
		dst = append(append(dst, b.KindOf(i).String()...), cellEnd)
	}
	for k, col := range b.Cols {
		dst = append(c.cell(dst, col.Value(i), c.columns[k].Type), cellEnd)
	}
	return dst, nil
}

func (c *cells) cell(dst []byte, v types.Value, t types.Type) []byte {
	if v.Null {
		return append(dst, "NULL"...)
	}
	return appendVisible(dst, string(appendValue(nil, v, t, c.zone)))
}

// appendValue writes a value that is not NULL as CAST to STRING does, but bytes as x'0aff'.
func appendValue(dst []byte, v types.Value, t types.Type, zone *types.Zone) []byte {
	if t.Kind == types.Binary || t.Kind == types.VarBinary {
		dst = append(dst, "x'"...)
		dst = hex.AppendEncode(dst, []byte(v.S))
		return append(dst, '\'')
	}
	return types.AppendCast(dst, v, t, zone)
}

// appendVisible writes a text so that it stays on its line and commands no terminal: control characters
// and what is no UTF-8 become escapes.
func appendVisible(dst []byte, text string) []byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = fmt.Appendf(dst, `\x%02x`, text[i])
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', unicode.Is(unicode.Bidi_Control, r):
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	return dst
}

// width is how many columns of a terminal a text takes: two for a wide character, none for
// a combining one.
func width(text []byte) int {
	for _, c := range text {
		if c >= 0x80 {
			return uniseg.StringWidth(string(text))
		}
	}
	return len(text)
}
