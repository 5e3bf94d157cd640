package functions

import (
	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Types as Flink's own functions infer them (LogicalTypeMerging and LogicalTypeCasts),
// which differ from those of operators: of FLOAT and DOUBLE the common type is DOUBLE.

// commonOf is the common type of all arguments, nullable if one is. Of bare NULLs it is
// the type of a NULL.
func commonOf(args []function.Arg) (types.Type, bool) {
	t, null := types.TNull, false
	for _, a := range args {
		u := a.Type.Plain()
		null = null || !u.NotNull
		var ok bool
		if t, ok = commonType(t, u); !ok {
			return t, false
		}
	}
	return t.WithNull(null), true
}

// commonType is the type that holds the values of both.
func commonType(a, b types.Type) (types.Type, bool) {
	null := !a.NotNull || !b.NotNull
	switch {
	case isNull(a):
		return b.Nullable(), true
	case isNull(b):
		return a.Nullable(), true
	case a.Same(b):
		return a.WithNull(null), true
	case a.IsNumeric() && b.IsNumeric():
		return commonNumber(a, b).WithNull(null), true
	case a.IsText() && b.IsText():
		return types.Type{Kind: types.VarChar, Precision: max(a.Precision, b.Precision)}.WithNull(null), true
	case a.IsBytes() && b.IsBytes():
		return types.Type{Kind: types.VarBinary, Precision: max(a.Precision, b.Precision)}.WithNull(null), true
	case a.IsTimestamp() && b.IsTimestamp():
		t := types.Type{Kind: max(a.Kind, b.Kind), Precision: max(a.Precision, b.Precision)}
		return t.WithNull(null), true
	case a.Kind != b.Kind:
		return a, false
	}
	switch a.Kind {
	case types.Time, types.IntervalDay, types.IntervalMonth:
		a.Precision, a.Scale = max(a.Precision, b.Precision), max(a.Scale, b.Scale)
		return a.WithNull(null), true
	case types.Array, types.Multiset, types.Map:
		elem, ok := commonType(*a.Elem, *b.Elem)
		if !ok {
			return a, false
		}
		a.Elem = &elem
		if a.Kind == types.Map {
			key, ok := commonType(*a.Key, *b.Key)
			if !ok {
				return a, false
			}
			a.Key = &key
		}
		return a.WithNull(null), true
	case types.Row:
		if len(a.Fields) != len(b.Fields) {
			return a, false
		}
		fields := make([]types.Field, len(a.Fields))
		for i := range fields {
			t, ok := commonType(a.Fields[i].Type, b.Fields[i].Type)
			if !ok {
				return a, false
			}
			fields[i] = types.Field{Name: a.Fields[i].Name, Type: t}
		}
		a.Fields = fields
		return a.WithNull(null), true
	}
	return a, false
}

// fits tells whether a value is cast to a type unasked, as an argument of a function. That
// it may be NULL does not matter, but that parts of it may.
func fits(from, to types.Type) bool {
	switch {
	case isNull(from) || from.Same(to):
		return true
	case to.Kind == types.VarChar:
		return from.IsText()
	case to.Kind == types.VarBinary:
		return from.IsBytes()
	case to.Kind == types.Char || to.Kind == types.Binary:
		return from.Kind == to.Kind
	case to.Kind == types.Decimal:
		return from.IsInteger() || from.Kind == types.Decimal
	case to.IsInteger():
		return from.IsInteger() && from.Kind <= to.Kind
	case to.Kind == types.Float:
		return from.IsNumeric() && from.Kind != types.Double
	case to.Kind == types.Double:
		return from.IsNumeric()
	case to.IsTimestamp():
		return from.IsTimestamp()
	case from.Kind != to.Kind:
		return false
	}
	switch to.Kind {
	case types.Array, types.Multiset:
		return partFits(*from.Elem, *to.Elem)
	case types.Map:
		return partFits(*from.Key, *to.Key) && partFits(*from.Elem, *to.Elem)
	case types.Row:
		if len(from.Fields) != len(to.Fields) {
			return false
		}
		for i := range to.Fields {
			if !partFits(from.Fields[i].Type, to.Fields[i].Type) {
				return false
			}
		}
	}
	return true
}

func partFits(from, to types.Type) bool {
	return (!to.NotNull || from.NotNull) && fits(from, to)
}
