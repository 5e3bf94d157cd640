package types

import (
	"testing"
	"unicode/utf8"
)

// FuzzReaders feeds every reader of text any bytes: none may panic, and a value
// that was read is read again from its own text.
func FuzzReaders(f *testing.F) {
	for _, s := range []string{"", "2024-01-01 00:00:00.5", "-1.50e-7", "0x1p3", "TRUE", "12:34:56+01:00", "9999-12-31", "2024--", "1e2147483648"} {
		f.Add(s, 10, 2)
	}
	f.Fuzz(func(t *testing.T, s string, p, scale int) {
		p = 1 + int(uint(p)%38)
		scale = int(uint(scale) % uint(p+1))
		for _, read := range []func(string, int, int) (Int128, error){ParseDecimal, CastDecimal} {
			if n, err := read(s, p, scale); err == nil {
				again, err := ParseDecimal(string(AppendDecimal(nil, n, scale)), p, scale)
				if err != nil || again != n || !FitsDecimal(n, p) {
					t.Fatalf("DECIMAL(%d, %d) %q is %v, again %v, %v", p, scale, s, n, again, err)
				}
			}
		}
		if micros, nanos, err := ParseTimestamp(s, 9); err == nil {
			m, n, err := ParseTimestamp(string(AppendTimestampSQL(nil, micros, nanos, 0)), 9)
			if err != nil || m != micros || n != nanos || micros < MinMicros || micros > MaxMicros {
				t.Fatalf("TIMESTAMP %q is %d and %d, again %d and %d, %v", s, micros, nanos, m, n, err)
			}
		}
		if days, err := ParseDate(s); err == nil {
			if again, err := ParseDate(string(AppendDate(nil, days))); again != days || err != nil {
				t.Fatalf("DATE %q is %d, again %d, %v", s, days, again, err)
			}
		}
		if millis, err := ParseTime(s, 3); err == nil {
			if again, err := ParseTime(string(AppendTime(nil, millis)), 3); again != millis || err != nil {
				t.Fatalf("TIME %q is %d, again %d, %v", s, millis, again, err)
			}
		}
		if v, err := ParseFloat(s, 64); err == nil {
			again, err := ParseFloat(string(AppendFloat64(nil, v)), 64)
			if err != nil || CompareFloat(v, again) != 0 {
				t.Fatalf("DOUBLE %q is %v, again %v, %v", s, v, again, err)
			}
		}
		ParseInt(s, 64)
		ParseBoolean(s)
		if fit := FitText([]byte(s), 0, p, true); utf8.RuneCount(fit) != p {
			t.Fatalf("CHAR(%d) of %q has %d code points", p, s, utf8.RuneCount(fit))
		}
	})
}
