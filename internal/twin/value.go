package twin

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tidemark.dev/types"
)

// null is SQL's NULL.
var null = types.NullValue

// truth is a value of three-valued logic.
func truth(b bool) types.Value {
	if b {
		return types.Value{I: 1}
	}
	return types.Value{}
}

func isTrue(v types.Value) bool { return !v.Null && v.I != 0 }

// key writes values so that two lists have one text exactly if grouping holds them
// for the same: NULL equals NULL, and doubles are compared bit by bit, as Flink
// compares the bytes of a binary row.
func key(ts []types.Type, vs []types.Value) string {
	var b strings.Builder
	for i, v := range vs {
		appendKey(&b, ts[i], v)
	}
	return b.String()
}

func appendKey(b *strings.Builder, t types.Type, v types.Value) {
	if v.Null {
		b.WriteString("N;")
		return
	}
	switch {
	case t.Kind == types.Row:
		b.WriteByte('(')
		for i, f := range t.Fields {
			appendKey(b, f.Type, v.Elems[i])
		}
		b.WriteByte(')')
	case t.Kind == types.Array || t.Kind == types.Map || t.Kind == types.Multiset:
		b.WriteByte('[')
		for _, entry := range sortedEntries(t, v) {
			for i, x := range entry {
				appendKey(b, partOf(t, i), x)
			}
		}
		b.WriteByte(']')
	case t.Kind == types.Double || t.Kind == types.Float:
		fmt.Fprintf(b, "d%x;", math.Float64bits(v.F))
	case t.IsText() || t.IsBytes():
		b.WriteString(strconv.Quote(v.S) + ";")
	default:
		fmt.Fprintf(b, "%d:%d;", v.Hi, v.I)
	}
}

// keysOf picks columns and their types.
func keysOf(fields []types.Field, columns []int, row []types.Value) string {
	var b strings.Builder
	for _, c := range columns {
		appendKey(&b, fields[c].Type, row[c])
	}
	return b.String()
}

// compare orders two values that are not NULL: -1, 0, 1, or 2 if they have no order
// (a NaN is neither less than, equal to nor greater than anything).
func compare(tl, tr types.Type, l, r types.Value) int {
	switch {
	case tl.Kind == types.Decimal || tr.Kind == types.Decimal:
		a, b := exact(tl, l), exact(tr, r)
		return a.cmp(b)
	case tl.Kind == types.Double || tl.Kind == types.Float:
		switch {
		case l.F < r.F:
			return -1
		case l.F > r.F:
			return 1
		case l.F == r.F:
			return 0
		}
		return 2
	case tl.IsText() || tl.IsBytes():
		return strings.Compare(l.S, r.S) // by bytes, which for UTF-8 is by code points
	case tl.Kind == types.Array || tl.Kind == types.Map || tl.Kind == types.Multiset:
		if sameList(tl, tr, l, r) {
			return 0
		}
		return 2
	case tl.Kind == types.Row:
		for i, f := range tl.Fields {
			a, b := l.Elems[i], r.Elems[i]
			if a.Null || b.Null {
				if a.Null != b.Null {
					return 2
				}
				continue
			}
			if c := compare(f.Type, tr.Fields[i].Type, a, b); c != 0 {
				return c
			}
		}
		return 0
	case tl.IsTimestamp():
		if l.I == r.I {
			return order(l.Hi, r.Hi)
		}
	}
	return order(l.I, r.I)
}

func order(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// wrap cuts an integer to the width of its type, as Java's narrowing does.
func wrap(k types.Kind, n int64) int64 {
	switch k {
	case types.TinyInt:
		return int64(int8(n))
	case types.SmallInt:
		return int64(int16(n))
	case types.Int, types.IntervalMonth:
		return int64(int32(n))
	}
	return n
}
