package types

// Value is one value of any type, for the places where values are looked at one
// at a time: literals, printed rows, messages, tests. Columns of values are
// vectors; no hot path handles a Value.
//
// What is where, by kind:
//
//	BOOLEAN                     I is 0 or 1
//	TINYINT..BIGINT             I
//	FLOAT, DOUBLE               F (a FLOAT is rounded to float32)
//	DECIMAL(p, s)               the unscaled number, Hi:I as a 128-bit two's complement integer
//	CHAR, VARCHAR, BINARY, ...  S (bytes; text is valid UTF-8)
//	DATE                        I, days since 1970-01-01
//	TIME                        I, milliseconds of the day
//	TIMESTAMP, TIMESTAMP_LTZ    I, microseconds since 1970-01-01 00:00:00 (UTC for LTZ); Hi, further nanoseconds, 0..999
//	INTERVAL months / days      I, months or milliseconds
//	ARRAY, MULTISET, ROW        Elems (a MULTISET lists value, count, value, count, ...)
//	MAP                         Elems: key, value, key, value, ...
type Value struct {
	Null  bool
	I     int64
	Hi    int64
	F     float64
	S     string
	Elems []Value
}

// NullValue is SQL's NULL, of any type.
var NullValue = Value{Null: true}

// Int64 is a value of an integer, DATE, TIME, INTERVAL or TIMESTAMP(<=6) type.
func Int64(v int64) Value { return Value{I: v} }

// Text is a value of a character or binary type.
func Text(s string) Value { return Value{S: s} }

// Float64 is a value of DOUBLE.
func Float64(f float64) Value { return Value{F: f} }

// Bool is a value of BOOLEAN.
func Bool(b bool) Value {
	if b {
		return Value{I: 1}
	}
	return Value{}
}
