package types

import "strconv"

// String writes t as Flink's LogicalType.asSummaryString does, time attributes
// left aside: DECIMAL(10, 2) NOT NULL, STRING, ROW<`a` INT, `b` STRING>.
func (t Type) String() string { return string(t.append(nil, false)) }

// Describe is String with the time attribute, as DESCRIBE and EXPLAIN print it:
// TIMESTAMP(3) *ROWTIME*, TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*.
func (t Type) Describe() string { return string(t.append(nil, true)) }

// String is the name of the kind as SQL writes it, without parameters.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "KIND(" + strconv.Itoa(int(k)) + ")"
}

var kindNames = [...]string{
	Invalid: "INVALID", Char: "CHAR", VarChar: "VARCHAR", Boolean: "BOOLEAN", Binary: "BINARY",
	VarBinary: "VARBINARY", Decimal: "DECIMAL", TinyInt: "TINYINT", SmallInt: "SMALLINT", Int: "INT",
	BigInt: "BIGINT", Float: "FLOAT", Double: "DOUBLE", Date: "DATE", Time: "TIME", Timestamp: "TIMESTAMP",
	TimestampLTZ: "TIMESTAMP_LTZ", IntervalMonth: "INTERVAL MONTH", IntervalDay: "INTERVAL SECOND",
	Array: "ARRAY", Multiset: "MULTISET", Map: "MAP", Row: "ROW", Null: "NULL",
}

func (t Type) append(dst []byte, times bool) []byte {
	switch t.Kind {
	case VarChar:
		dst = appendLength(dst, "VARCHAR", "STRING", t.Precision)
	case VarBinary:
		dst = appendLength(dst, "VARBINARY", "BYTES", t.Precision)
	case Char, Binary, Time, Timestamp, TimestampLTZ:
		dst = appendLength(dst, t.Kind.String(), "", t.Precision)
	case Decimal:
		dst = append(dst, "DECIMAL("...)
		dst = strconv.AppendInt(dst, int64(t.Precision), 10)
		dst = append(dst, ", "...)
		dst = strconv.AppendInt(dst, int64(t.Scale), 10)
		dst = append(dst, ')')
	case IntervalDay:
		// Flink's planner reduces every day-time interval to this one.
		dst = append(dst, "INTERVAL SECOND(3)"...)
	case Array, Multiset:
		dst = append(dst, t.Kind.String()...)
		dst = append(dst, '<')
		dst = t.Elem.append(dst, times)
		dst = append(dst, '>')
	case Map:
		dst = append(dst, "MAP<"...)
		dst = t.Key.append(dst, times)
		dst = append(dst, ", "...)
		dst = t.Elem.append(dst, times)
		dst = append(dst, '>')
	case Row:
		dst = append(dst, "ROW<"...)
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(dst, Quote(f.Name)...)
			dst = append(dst, ' ')
			dst = f.Type.append(dst, times)
		}
		dst = append(dst, '>')
	default:
		dst = append(dst, t.Kind.String()...)
	}
	if t.NotNull {
		dst = append(dst, " NOT NULL"...)
	}
	if times && t.Time == Rowtime {
		dst = append(dst, " *ROWTIME*"...)
	} else if times && t.Time == Proctime {
		dst = append(dst, " *PROCTIME*"...)
	}
	return dst
}

// appendLength writes name(n), or unbounded where n is MaxLength and it has a
// name of its own.
func appendLength(dst []byte, name, unbounded string, n int32) []byte {
	if n == MaxLength && unbounded != "" {
		return append(dst, unbounded...)
	}
	dst = append(dst, name...)
	dst = append(dst, '(')
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, ')')
}
