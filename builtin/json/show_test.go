package json

import (
	"fmt"
	"strings"
	"time"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// showRow writes a row as Flink's print connector does.
func showRow(b *vector.Batch, i int) string {
	texts := make([]string, len(b.Cols))
	for k, c := range b.Cols {
		texts[k] = show(c.Type, c.Value(i))
	}
	return b.KindOf(i).String() + "[" + strings.Join(texts, ", ") + "]"
}

func showRows(b *vector.Batch) string {
	var s strings.Builder
	for i := range b.Len() {
		s.WriteString(showRow(b, i))
		s.WriteByte('\n')
	}
	return s.String()
}

// show writes a value as Java's toString does of what Flink prints.
func show(t types.Type, x types.Value) string {
	if x.Null {
		return "null"
	}
	var texts []string
	switch t.Kind {
	case types.Boolean:
		return fmt.Sprint(x.I != 0)
	case types.Float:
		return string(types.AppendFloat32(nil, float32(x.F)))
	case types.Double:
		return string(types.AppendFloat64(nil, x.F))
	case types.Decimal:
		return string(types.AppendDecimalScientific(nil, x.Int128(), int(t.Scale)))
	case types.Char, types.VarChar:
		return x.S
	case types.Binary, types.VarBinary:
		for i := range len(x.S) {
			texts = append(texts, fmt.Sprint(int8(x.S[i])))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case types.Date:
		return showDate(time.Unix(x.I*86400, 0).UTC())
	case types.Time:
		return showClock(time.UnixMilli(x.I).UTC())
	case types.Timestamp, types.TimestampLTZ:
		at := time.UnixMicro(x.I).UTC().Add(time.Duration(x.Hi))
		if t.Kind == types.TimestampLTZ {
			if at.Second() == 0 && at.Nanosecond() == 0 {
				return showDate(at) + "T" + showClock(at) + ":00Z" // an Instant
			}
			return showDate(at) + "T" + showClock(at) + "Z"
		}
		return showDate(at) + "T" + showClock(at)
	case types.Array:
		for _, e := range x.Elems {
			texts = append(texts, show(*t.Elem, e))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case types.Map, types.Multiset:
		key, elem := t.Key, *t.Elem
		if t.Kind == types.Multiset {
			key, elem = t.Elem, types.TInt
		}
		for i := 0; i < len(x.Elems); i += 2 {
			texts = append(texts, show(*key, x.Elems[i])+"="+show(elem, x.Elems[i+1]))
		}
		return "{" + strings.Join(texts, ", ") + "}"
	case types.Row:
		for i, e := range x.Elems {
			texts = append(texts, show(t.Fields[i].Type, e))
		}
		return "+I[" + strings.Join(texts, ", ") + "]"
	}
	return fmt.Sprint(x.I)
}

func showDate(t time.Time) string {
	switch y := t.Year(); {
	case y > 9999:
		return fmt.Sprintf("+%d", y) + t.Format("-01-02")
	case y < 0:
		return fmt.Sprintf("-%04d", -y) + t.Format("-01-02")
	default:
		return fmt.Sprintf("%04d", y) + t.Format("-01-02")
	}
}

// showClock leaves out seconds that are zero, and writes fractions in groups of three.
func showClock(t time.Time) string {
	ns := t.Nanosecond()
	switch {
	case ns%1e3 != 0:
		return t.Format("15:04:05.000000000")
	case ns%1e6 != 0:
		return t.Format("15:04:05.000000")
	case ns != 0:
		return t.Format("15:04:05.000")
	case t.Second() != 0:
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}
