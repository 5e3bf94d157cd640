package types

import "testing"

// TestHotFunctionsDoNotAllocate covers what kernels and formats call per row.
func TestHotFunctionsDoNotAllocate(t *testing.T) {
	dst := make([]byte, 0, 128)
	zone, err := LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	big, _ := ParseDecimal("12345678901234567890.12345", 38, 5)
	op := DecimalOp{S1: 5, S2: 5, P: 38, S: 6}
	micros := int64(1_704_067_200_123_456)
	for name, f := range map[string]func(){
		"decimal text":     func() { dst = AppendDecimalScientific(dst[:0], big, 5) },
		"decimal parse":    func() { ParseDecimal("-12345678901234567890.12345", 38, 5) },
		"decimal add":      func() { op.Add(big, big) },
		"decimal mul":      func() { op.Mul(big, big) },
		"decimal div":      func() { op.Div(big, big) },
		"decimal mod":      func() { op.Mod(big, big) },
		"decimal to float": func() { DecimalToFloat64(big, 38, 5) },
		"float to decimal": func() { DecimalFromFloat64(0.1, 38, 5) },
		"float text":       func() { dst = AppendFloat64(dst[:0], 123.456e-9) },
		"long float text":  func() { dst = AppendFloat64(dst[:0], 1e17) },
		"float parse":      func() { ParseFloat("123.456e-9", 64) },
		"int parse":        func() { ParseInt("-123", 32) },
		"timestamp text":   func() { dst = AppendTimestampSQL(dst[:0], micros, 0, 3) },
		"timestamp parse":  func() { ParseTimestamp("2024-01-01 12:34:56.123456", 6) },
		"zone":             func() { zone.Instant(zone.Local(micros)) },
		"zone, far apart":  func() { zone.Local(micros); zone.Local(-micros) },
		"row":              func() { dst = AppendText(dst[:0], Int64(1), TInt) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
