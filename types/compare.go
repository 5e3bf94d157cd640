package types

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Compare orders two values of type t: -1, 0 or 1. It is the order of ORDER BY
// and of keys, a total one:
//
//   - NULL comes before every value;
//   - text and bytes compare by unsigned bytes;
//   - FLOAT and DOUBLE as Java's Double.compare: -0.0 before 0.0, NaN last and
//     equal to itself (the operators = and < of SQL differ there);
//   - ARRAY and ROW element by element, the shorter first;
//   - MAP and MULTISET as their entries in the order of their keys.
func Compare(a, b Value, t Type) int {
	if a.Null || b.Null {
		return cmpBool(!a.Null, !b.Null)
	}
	switch t.Kind {
	case Float, Double:
		return CompareFloat(a.F, b.F)
	case Decimal:
		return a.Int128().Cmp(b.Int128())
	case Timestamp, TimestampLTZ:
		if c := cmp.Compare(a.I, b.I); c != 0 {
			return c
		}
		return cmp.Compare(a.Hi, b.Hi)
	case Char, VarChar, Binary, VarBinary:
		return strings.Compare(a.S, b.S)
	case Array:
		return compareElems(a.Elems, b.Elems, func(int) Type { return *t.Elem })
	case Row:
		return compareElems(a.Elems, b.Elems, func(i int) Type { return t.Fields[i].Type })
	case Map:
		return compareEntries(a, b, *t.Key, *t.Elem)
	case Multiset:
		return compareEntries(a, b, *t.Elem, TInt)
	}
	return cmp.Compare(a.I, b.I)
}

// Equal says whether Compare finds no difference.
func Equal(a, b Value, t Type) bool { return Compare(a, b, t) == 0 }

// CompareFloat is Java's Double.compare.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a != a || b != b:
		return cmpBool(a != a, b != b)
	case a == 0 && b == 0:
		return cmpBool(!math.Signbit(a), !math.Signbit(b))
	}
	return 0
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareElems(a, b []Value, element func(int) Type) int {
	for i := range min(len(a), len(b)) {
		if c := Compare(a[i], b[i], element(i)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compareEntries compares two lists of keys and values in the order of the keys.
func compareEntries(a, b Value, key, value Type) int {
	entry := func(i int) Type {
		if i%2 == 0 {
			return key
		}
		return value
	}
	return compareElems(sortEntries(a.Elems, key), sortEntries(b.Elems, key), entry)
}

func sortEntries(elems []Value, key Type) []Value {
	pairs := slices.Collect(slices.Chunk(elems, 2))
	slices.SortFunc(pairs, func(a, b []Value) int { return Compare(a[0], b[0], key) })
	return slices.Concat(pairs...)
}
