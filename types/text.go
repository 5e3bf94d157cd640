package types

// Text of values of every type: as a row is printed (AppendText, AppendRow) and
// as CAST to STRING writes them (AppendCast).

import "strconv"

// AppendRow writes a row as Flink's Row.toString does: +I[a, 1, null]. The kind is
// the short name of the change: +I, -U, +U or -D.
func AppendRow(dst []byte, kind string, values []Value, fields []Field) []byte {
	dst = append(dst, kind...)
	dst = append(dst, '[')
	for i := range values {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = AppendText(dst, values[i], fields[i].Type)
	}
	return append(dst, ']')
}

// AppendText writes v as it stands in a printed row, where NULL is null.
func AppendText(dst []byte, v Value, t Type) []byte {
	if v.Null {
		return append(dst, "null"...)
	}
	switch t.Kind {
	case Boolean:
		return strconv.AppendBool(dst, v.I != 0)
	case TinyInt, SmallInt, Int, BigInt:
		return strconv.AppendInt(dst, v.I, 10)
	case Float:
		return AppendFloat32(dst, float32(v.F))
	case Double:
		return AppendFloat64(dst, v.F)
	case Decimal:
		return AppendDecimalScientific(dst, v.Int128(), int(t.Scale))
	case Char, VarChar:
		return append(dst, v.S...)
	case Binary, VarBinary:
		return AppendSignedBytes(dst, v.S)
	case Date:
		return AppendDate(dst, v.I)
	case Time:
		return AppendTime(dst, v.I)
	case Timestamp:
		return AppendTimestamp(dst, v.I, v.Hi)
	case TimestampLTZ:
		return AppendInstant(dst, v.I, v.Hi)
	case IntervalMonth:
		return AppendPeriod(dst, v.I)
	case IntervalDay:
		return AppendDuration(dst, v.I)
	case Row:
		return AppendRow(dst, "+I", v.Elems, t.Fields)
	}
	return appendNested(dst, v, t, AppendText)
}

// AppendSignedBytes writes bytes as a printed row shows them: [1, 2, -1].
func AppendSignedBytes(dst []byte, s string) []byte {
	dst = append(dst, '[')
	for i := 0; i < len(s); i++ {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = strconv.AppendInt(dst, int64(int8(s[i])), 10)
	}
	return append(dst, ']')
}

// AppendCast writes v as CAST(v AS STRING) does, a TIMESTAMP_LTZ in zone. A NULL
// inside of a nested value is NULL; the caller handles a v that is NULL, whose
// cast is NULL. For CHAR(n) and VARCHAR(n) see CastText.
func AppendCast(dst []byte, v Value, t Type, zone *Zone) []byte {
	if v.Null {
		return append(dst, "NULL"...)
	}
	switch t.Kind {
	case Boolean:
		return AppendBoolean(dst, v.I != 0)
	case Decimal:
		return AppendDecimal(dst, v.Int128(), int(t.Scale))
	case Binary, VarBinary:
		return append(dst, v.S...)
	case Time:
		return AppendTimeSQL(dst, v.I, int(t.Precision))
	case Timestamp:
		return AppendTimestampSQL(dst, v.I, v.Hi, int(t.Precision))
	case TimestampLTZ:
		return AppendTimestampSQL(dst, zone.Local(v.I), v.Hi, int(t.Precision))
	case IntervalMonth:
		return AppendPeriodSQL(dst, v.I)
	case IntervalDay:
		return AppendDurationSQL(dst, v.I)
	case Row:
		dst = append(dst, '(')
		for i := range v.Elems {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendCast(dst, v.Elems[i], t.Fields[i].Type, zone)
		}
		return append(dst, ')')
	case Array, Multiset, Map:
		return appendNested(dst, v, t, func(dst []byte, v Value, t Type) []byte { return AppendCast(dst, v, t, zone) })
	}
	return AppendText(dst, v, t)
}

// AppendBoolean writes TRUE or FALSE, as CAST to STRING does.
func AppendBoolean(dst []byte, b bool) []byte {
	if b {
		return append(dst, "TRUE"...)
	}
	return append(dst, "FALSE"...)
}

// appendNested writes [a, b] or {a=1, b=2}, each element by element.
func appendNested(dst []byte, v Value, t Type, element func([]byte, Value, Type) []byte) []byte {
	if t.Kind == Array {
		dst = append(dst, '[')
		for i := range v.Elems {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = element(dst, v.Elems[i], *t.Elem)
		}
		return append(dst, ']')
	}
	key, value := t.Elem, &TInt // a MULTISET counts its elements
	if t.Kind == Map {
		key, value = t.Key, t.Elem
	}
	dst = append(dst, '{')
	for i := 0; i+1 < len(v.Elems); i += 2 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = element(dst, v.Elems[i], *key)
		dst = append(dst, '=')
		dst = element(dst, v.Elems[i+1], *value)
	}
	return append(dst, '}')
}
