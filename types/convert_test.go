package types

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestFloatsToIntegersAsJava(t *testing.T) {
	for _, c := range []struct {
		f    float64
		k    Kind
		want int64
	}{
		{1.9, Int, 1}, {-1.9, Int, -1},
		{math.NaN(), Int, 0}, {math.NaN(), BigInt, 0},
		{1e10, Int, math.MaxInt32}, {-1e10, Int, math.MinInt32},
		{1e30, BigInt, math.MaxInt64}, {math.Inf(-1), BigInt, math.MinInt64},
		{9.3e18, BigInt, math.MaxInt64},
		{1e10, TinyInt, -1}, {300.5, TinyInt, 44}, {40000, SmallInt, -25536},
	} {
		if got := FloatToInteger(c.f, c.k); got != c.want {
			t.Errorf("CAST(%v AS %s) = %d, want %d", c.f, c.k, got, c.want)
		}
	}
	if NarrowInteger(300, TinyInt) != 44 || NarrowInteger(12345678901, Int) != -539222987 || NarrowInteger(-1, BigInt) != -1 {
		t.Error("integers do not wrap")
	}
}

func TestFitText(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		pad  bool
		want string
	}{
		{"abc", 5, true, "abc  "}, {"abc", 5, false, "abc"}, {"abcdef", 3, true, "abc"},
		{"é", 3, true, "é  "}, {"ééé", 2, false, "éé"}, {"\U0001F600x", 1, true, "\U0001F600"}, {"", 2, true, "  "},
	} {
		if got := string(FitText([]byte(">"+c.in), 1, c.n, c.pad)); got != ">"+c.want {
			t.Errorf("%q in %d characters is %q", c.in, c.n, got)
		}
	}
	if got := string(FitBytes([]byte("\x01"), 0, 2, true)); got != "\x01\x00" {
		t.Errorf("BINARY(2) is filled to %q", got)
	}
	if got := string(FitBytes([]byte("abc"), 0, 2, false)); got != "ab" {
		t.Errorf("VARBINARY(2) is cut to %q", got)
	}
}

// TestDecimal64 holds the functions for 18 digits to those for 38.
func TestDecimal64(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50_000 {
		from, to, p := r.IntN(19), r.IntN(19), 1+r.IntN(18)
		a, _ := randomDecimal(r, 18).Int64()
		want, wantOK := Rescale(Int128Of(a), from, to, p)
		got, ok := Rescale64(a, from, to, p)
		if ok != wantOK || ok && Int128Of(got) != want {
			t.Fatalf("Rescale64(%d, %d, %d, %d) = %d, %v; want %v, %v", a, from, to, p, got, ok, want, wantOK)
		}
		if f, g := DecimalToFloat64(Int128Of(a), 18, from), Decimal64ToFloat64(a, from); f != g {
			t.Fatalf("%d at scale %d: %v and %v", a, from, f, g)
		}
	}
	for _, c := range []struct {
		text        string
		floor, ceil int64
	}{{"1.5", 1, 2}, {"-1.5", -2, -1}, {"2.0", 2, 2}, {"-0.1", -1, 0}} {
		n, _ := ParseDecimal(c.text, 38, 10)
		if DecimalFloor(n, 10) != Int128Of(c.floor) || DecimalCeil(n, 10) != Int128Of(c.ceil) {
			t.Errorf("FLOOR and CEIL of %s", c.text)
		}
	}
}

// TestTimestampEdges pins answers of Flink that are easily lost.
func TestTimestampEdges(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"2024-01-01 00:00:00.123456789", "2024-01-01 00:00:00.123456789"},
		{"2024-01-01 00:00:00.1234567891", ""},
		{"2024-01-01 24:00:00", "2024-01-02 00:00:00"},
		{"9999-12-31 24:00:00", ""},
		{"2023-02-30", "2023-02-28 00:00:00"},
		{"2024-0101-01 000:0:0.", "2024-01-01 00:00:00"},
		{"0000-01-01", ""}, {"2024-01-01T00:00:00", ""}, {" 2024-01-01", ""}, {"2024-01-01 ", ""},
	} {
		micros, nanos, err := ParseTimestamp(c.in, 9)
		got := string(AppendTimestampSQL(nil, micros, nanos, 0))
		if err != nil {
			got = ""
		}
		if got != c.want {
			t.Errorf("%q is %q, want %q", c.in, got, c.want)
		}
	}
}
