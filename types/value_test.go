package types

import (
	"math"
	"testing"
)

func TestTypeNames(t *testing.T) {
	nested := TRow(
		Field{"a", TInt},
		Field{"b`c", TString.Required()},
		Field{"m", Type{Kind: Map, Key: &TString, Elem: &TBigInt}},
	)
	for _, c := range []struct {
		t        Type
		want     string
		describe string
	}{
		{TDecimal(10, 2).Required(), "DECIMAL(10, 2) NOT NULL", ""},
		{TString, "STRING", ""},
		{Type{Kind: VarChar, Precision: 5}, "VARCHAR(5)", ""},
		{Type{Kind: Char, Precision: 5}, "CHAR(5)", ""},
		{Type{Kind: VarBinary, Precision: MaxLength}, "BYTES", ""},
		{Type{Kind: Binary, Precision: 2}, "BINARY(2)", ""},
		{TTimestampLTZ(3), "TIMESTAMP_LTZ(3)", ""},
		{Type{Kind: Time}, "TIME(0)", ""},
		{Type{Kind: Date}, "DATE", ""},
		{Type{Kind: IntervalDay, Precision: 2, Scale: 3}, "INTERVAL SECOND(3)", ""},
		{Type{Kind: IntervalMonth, Precision: 2}, "INTERVAL MONTH", ""},
		{Type{Kind: Array, Elem: &nested}, "ARRAY<ROW<`a` INT, `b``c` STRING NOT NULL, `m` MAP<STRING, BIGINT>>>", ""},
		{Type{Kind: Multiset, Elem: &TString, NotNull: true}, "MULTISET<STRING> NOT NULL", ""},
		{Type{Kind: Timestamp, Precision: 3, Time: Rowtime}, "TIMESTAMP(3)", "TIMESTAMP(3) *ROWTIME*"},
		{Type{Kind: TimestampLTZ, Precision: 3, NotNull: true, Time: Proctime}, "TIMESTAMP_LTZ(3) NOT NULL", "TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*"},
		{TNull, "NULL", ""},
	} {
		if c.describe == "" {
			c.describe = c.want
		}
		if c.t.String() != c.want || c.t.Describe() != c.describe {
			t.Errorf("got %s and %s, want %s and %s", c.t, c.t.Describe(), c.want, c.describe)
		}
	}
}

func decimal(text string, p, s int) Value {
	n, err := ParseDecimal(text, p, s)
	if err != nil {
		panic(err)
	}
	return DecimalValue(n)
}

// TestTextOfValues pins what a real Flink answered: printed, and cast to STRING.
func TestTextOfValues(t *testing.T) {
	tinyRow := TRow(Field{"x", TInt}, Field{"y", TString})
	day := Type{Kind: IntervalDay, Scale: 3}
	month := Type{Kind: IntervalMonth}
	bytes := Type{Kind: VarBinary, Precision: MaxLength}
	date := Type{Kind: Date}
	at := func(p int) Type { return Type{Kind: Time, Precision: int32(p)} }
	array := func(e Type) Type { return Type{Kind: Array, Elem: &e} }
	list := func(v ...Value) Value { return Value{Elems: v} }
	const noon = 1704067200000000 + 12*3600*1_000_000 // 2024-01-01 12:00:00
	for _, c := range []struct {
		v       Value
		t       Type
		printed string
		cast    string
	}{
		{Bool(true), TBoolean, "true", "TRUE"},
		{Int64(-7), TInt, "-7", "-7"},
		{Float64(1e7), TDouble, "1.0E7", "1.0E7"},
		{Float64(0.002), TDouble, "0.002", "0.002"},
		{Float64(1e23), TDouble, "9.999999999999999E22", "9.999999999999999E22"},
		{Float64(math.Inf(-1)), TDouble, "-Infinity", "-Infinity"},
		{Float64(1.5), Type{Kind: Float}, "1.5", "1.5"},
		{decimal("0", 20, 18), TDecimal(20, 18), "0E-18", "0.000000000000000000"},
		{decimal("-1.5", 10, 2), TDecimal(10, 2), "-1.50", "-1.50"},
		{decimal("0.0000001", 10, 7), TDecimal(10, 7), "1E-7", "0.0000001"},
		{decimal("5.05e-7", 38, 30), TDecimal(38, 30), "5.05000000000000000000000E-7", "0.000000505000000000000000000000"},
		{Text("A"), bytes, "[65]", "A"},
		{Text("\x01\x02\xff"), bytes, "[1, 2, -1]", "\x01\x02\xff"},
		{Int64(19723), date, "2024-01-01", "2024-01-01"},
		{Int64(45240000), at(0), "12:34", "12:34:00"},
		{Int64(45296700), at(3), "12:34:56.700", "12:34:56.7"},
		{Int64(noon), TTimestamp(3), "2024-01-01T12:00", "2024-01-01 12:00:00.000"},
		{Int64(noon), TTimestamp(0), "2024-01-01T12:00", "2024-01-01 12:00:00"},
		{Int64(noon + 500_000), TTimestamp(1), "2024-01-01T12:00:00.500", "2024-01-01 12:00:00.5"},
		{Value{I: noon, Hi: 1}, TTimestamp(9), "2024-01-01T12:00:00.000000001", "2024-01-01 12:00:00.000000001"},
		{Int64(noon), TTimestampLTZ(3), "2024-01-01T12:00:00Z", "2024-01-01 20:00:00.000"},
		{Int64(86_400_000), day, "PT24H", "+1 00:00:00.000"},
		{Int64(93_784_567), day, "PT26H3M4.567S", "+1 02:03:04.567"},
		{Int64(-61_500), day, "PT-1M-1.5S", "-0 00:01:01.500"},
		{Int64(0), day, "PT0S", "+0 00:00:00.000"},
		{Int64(14), month, "P14M", "+1-02"},
		{Int64(-14), month, "P-14M", "-1-02"},
		{Int64(0), month, "P0D", "+0-00"},
		{list(Int64(1), NullValue), array(TInt), "[1, null]", "[1, NULL]"},
		{list(Bool(true)), array(TBoolean), "[true]", "[TRUE]"},
		{list(Int64(1), list(Int64(2), Text("x"))), TRow(Field{"a", TInt}, Field{"b", tinyRow}), "+I[1, +I[2, x]]", "(1, (2, x))"},
		{list(list(Int64(1)), list(Int64(2), Text("x"))), Type{Kind: Map, Key: new(array(TInt)), Elem: &tinyRow}, "{[1]=+I[2, x]}", "{[1]=(2, x)}"},
		{list(Text("a"), Int64(2)), Type{Kind: Multiset, Elem: &TString}, "{a=2}", "{a=2}"},
	} {
		zone, _ := LoadZone("Asia/Shanghai")
		if got := string(AppendText(nil, c.v, c.t)); got != c.printed {
			t.Errorf("%s prints as %s, want %s", c.t, got, c.printed)
		}
		if got := string(AppendCast(nil, c.v, c.t, zone)); got != c.cast {
			t.Errorf("%s casts to %s, want %s", c.t, got, c.cast)
		}
	}
}

// TestCompareIsAnOrder lists values of a type in their order.
func TestCompareIsAnOrder(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	arrayType := Type{Kind: Array, Elem: &TInt}
	mapType := Type{Kind: Map, Key: &TString, Elem: &TInt}
	list := func(v ...Value) Value { return Value{Elems: v} }
	for _, c := range []struct {
		t      Type
		values []Value
	}{
		{TInt, []Value{NullValue, Int64(-5), Int64(0), Int64(7)}},
		{TDouble, []Value{NullValue, Float64(-inf), Float64(math.Copysign(0, -1)), Float64(0), Float64(inf), Float64(nan)}},
		{TString, []Value{NullValue, Text(""), Text("Z"), Text("a"), Text("ab"), Text("é"), Text("\U0001F600")}},
		{TDecimal(38, 2), []Value{decimal("-99999999999999999999", 38, 2), decimal("-1", 38, 2), decimal("0", 38, 2), decimal("99999999999999999999", 38, 2)}},
		{TTimestamp(9), []Value{{I: -1, Hi: 999}, {I: 0}, {I: 0, Hi: 1}, {I: 1}}},
		{arrayType, []Value{list(), list(NullValue), list(Int64(1)), list(Int64(1), Int64(0)), list(Int64(2))}},
		{mapType, []Value{list(), list(Text("a"), Int64(1)), list(Text("b"), Int64(2), Text("a"), Int64(1)), list(Text("b"), Int64(0))}},
	} {
		for i, a := range c.values {
			for j, b := range c.values {
				if got := Compare(a, b, c.t); got != cmpInt(i, j) || Equal(a, b, c.t) != (i == j) {
					t.Errorf("%s: Compare(value %d, value %d) = %d", c.t, i, j, got)
				}
			}
		}
	}
	if !Equal(list(Text("a"), Int64(1), Text("b"), Int64(2)), list(Text("b"), Int64(2), Text("a"), Int64(1)), mapType) {
		t.Error("maps differ by the order of their entries")
	}
}

func cmpInt(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
