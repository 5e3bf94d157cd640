package types

import "testing"

func BenchmarkDecimal(b *testing.B) {
	small, _ := ParseDecimal("12345.67", 18, 2)
	big, _ := ParseDecimal("123456789012345678901234.56", 38, 2)
	for name, x := range map[string]Int128{"small": small, "big": big} {
		same := DecimalOp{S1: 2, S2: 2, P: 38, S: 2}
		b.Run(name+"/add", func(b *testing.B) {
			for b.Loop() {
				same.Add(x, x)
			}
		})
		mul := DecimalOp{S1: 2, S2: 2, P: 38, S: 4}
		b.Run(name+"/mul", func(b *testing.B) {
			for b.Loop() {
				mul.Mul(x, small)
			}
		})
		div := DecimalOp{S1: 2, S2: 2, P: 38, S: 6}
		b.Run(name+"/div", func(b *testing.B) {
			for b.Loop() {
				div.Div(x, small)
			}
		})
		b.Run(name+"/rescale", func(b *testing.B) {
			for b.Loop() {
				Rescale(x, 2, 1, 38)
			}
		})
		b.Run(name+"/text", func(b *testing.B) {
			var buf [64]byte
			for b.Loop() {
				AppendDecimal(buf[:0], x, 2)
			}
		})
		b.Run(name+"/parse", func(b *testing.B) {
			text := string(AppendDecimal(nil, x, 2))
			for b.Loop() {
				ParseDecimal(text, 38, 2)
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	var buf [64]byte
	for name, f := range map[string]func(){
		"timestamp":       func() { AppendTimestampSQL(buf[:0], 1_704_067_200_123_456, 0, 3) },
		"parse timestamp": func() { ParseTimestamp("2024-01-01 12:34:56.123456", 6) },
		"parse date":      func() { ParseDate("2024-01-01") },
		"double":          func() { AppendFloat64(buf[:0], 1234.5678) },
		"parse double":    func() { ParseFloat("1234.5678", 64) },
		"parse int":       func() { ParseInt("12345678", 64) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
	zone, err := LoadZone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("to local", func(b *testing.B) {
		for b.Loop() {
			zone.Local(1_704_067_200_123_456)
		}
	})
	b.Run("to instant", func(b *testing.B) {
		for b.Loop() {
			zone.Instant(1_704_067_200_123_456)
		}
	})
}
