// Package types holds Flink's logical types and the values that inhabit them.
//
// It is the vocabulary that the planner, the kernels, the formats and the
// connectors share; it knows nothing of any of them. Semantics come from Flink
// 2.3, "Data Types"
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/dev/table/types/).
package types

import "strings"

// Kind is the root of a logical type, without its parameters.
type Kind uint8

// The kinds, in the order in which Flink's LogicalTypeRoot lists them.
const (
	Invalid Kind = iota
	Char
	VarChar
	Boolean
	Binary
	VarBinary
	Decimal
	TinyInt
	SmallInt
	Int
	BigInt
	Float
	Double
	Date
	Time
	Timestamp
	TimestampLTZ
	IntervalMonth // INTERVAL YEAR TO MONTH
	IntervalDay   // INTERVAL DAY TO SECOND
	Array
	Multiset
	Map
	Row
	Null // the type of a bare NULL literal
)

// MaxLength is the length of STRING and BYTES: VARCHAR(2147483647).
const MaxLength = 1<<31 - 1

// MaxPrecision is the greatest precision of a DECIMAL.
const MaxPrecision = 38

// TimeAttribute says what a timestamp means to event time. It is a property of
// a type that the planner tracks: it is lost by any expression over the column.
type TimeAttribute uint8

const (
	NoTime   TimeAttribute = iota
	Rowtime                // the column a watermark is declared on
	Proctime               // reads the clock of the task, TIMESTAMP_LTZ(3) NOT NULL
)

// Type is a logical type. Types are values: they are compared with Equal, never
// changed after they were made, and may share Elem, Key and Fields.
type Type struct {
	Kind    Kind
	NotNull bool
	// Precision is the length of CHAR, VARCHAR, BINARY, VARBINARY (in code points
	// or bytes), the digits of DECIMAL, the fractional digits of TIME, TIMESTAMP
	// and TIMESTAMP_LTZ, the leading digits of an INTERVAL.
	Precision int32
	Scale     int32 // of DECIMAL; fractional digits of INTERVAL DAY TO SECOND
	Time      TimeAttribute
	Elem      *Type   // of ARRAY and MULTISET; the value of MAP
	Key       *Type   // of MAP
	Fields    []Field // of ROW
}

// Field is one column of a ROW or of a table's schema.
type Field struct {
	Name string
	Type Type
}

// Shorthands for the types that carry no parameters of their own, all nullable.
var (
	TBoolean = Type{Kind: Boolean}
	TInt     = Type{Kind: Int}
	TBigInt  = Type{Kind: BigInt}
	TDouble  = Type{Kind: Double}
	TString  = Type{Kind: VarChar, Precision: MaxLength}
	TNull    = Type{Kind: Null}
)

// TDecimal is DECIMAL(p, s).
func TDecimal(p, s int) Type { return Type{Kind: Decimal, Precision: int32(p), Scale: int32(s)} }

// TTimestamp is TIMESTAMP(p), without time zone.
func TTimestamp(p int) Type { return Type{Kind: Timestamp, Precision: int32(p)} }

// TTimestampLTZ is TIMESTAMP_LTZ(p), an instant shown in the session's zone.
func TTimestampLTZ(p int) Type { return Type{Kind: TimestampLTZ, Precision: int32(p)} }

// TRow is ROW<fields>.
func TRow(fields ...Field) Type { return Type{Kind: Row, Fields: fields} }

// Required returns t as NOT NULL.
func (t Type) Required() Type { t.NotNull = true; return t }

// Nullable returns t without NOT NULL.
func (t Type) Nullable() Type { t.NotNull = false; return t }

// WithNull returns t NOT NULL unless null is true.
func (t Type) WithNull(null bool) Type { t.NotNull = !null; return t }

// Plain returns t without its time attribute: what an expression over it has.
func (t Type) Plain() Type { t.Time = NoTime; return t }

// Equal says whether t and u are one type, nullability included and time
// attributes left aside.
func (t Type) Equal(u Type) bool { return t.NotNull == u.NotNull && t.Same(u) }

// Same is Equal that ignores the outermost nullability.
func (t Type) Same(u Type) bool {
	if t.Kind != u.Kind || t.Precision != u.Precision || t.Scale != u.Scale ||
		(t.Elem == nil) != (u.Elem == nil) || (t.Key == nil) != (u.Key == nil) || len(t.Fields) != len(u.Fields) {
		return false
	}
	if t.Elem != nil && !t.Elem.Equal(*u.Elem) || t.Key != nil && !t.Key.Equal(*u.Key) {
		return false
	}
	for i := range t.Fields {
		if t.Fields[i].Name != u.Fields[i].Name || !t.Fields[i].Type.Equal(u.Fields[i].Type) {
			return false
		}
	}
	return true
}

// IsNumeric is true of the exact and the approximate numeric types.
func (t Type) IsNumeric() bool { return t.Kind >= Decimal && t.Kind <= Double }

// IsInteger is true of TINYINT to BIGINT.
func (t Type) IsInteger() bool { return t.Kind >= TinyInt && t.Kind <= BigInt }

// IsText is true of CHAR and VARCHAR.
func (t Type) IsText() bool { return t.Kind == Char || t.Kind == VarChar }

// IsBytes is true of BINARY and VARBINARY.
func (t Type) IsBytes() bool { return t.Kind == Binary || t.Kind == VarBinary }

// IsTimestamp is true of TIMESTAMP and TIMESTAMP_LTZ.
func (t Type) IsTimestamp() bool { return t.Kind == Timestamp || t.Kind == TimestampLTZ }

// Names returns the names of the fields of a ROW.
func (t Type) Names() []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}

// Quote writes an identifier as Flink prints it in a type: in back quotes.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
