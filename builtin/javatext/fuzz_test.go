package javatext

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzInteger: digits of ASCII are read as math/big reads them.
func FuzzInteger(f *testing.F) {
	for _, s := range []string{"0", "-1", "+7", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999", "", "-", "1 ", "१"} {
		f.Add(s, byte(3))
	}
	f.Fuzz(func(t *testing.T, s string, size byte) {
		least, most := int64(-1)<<(8<<(size&3)-1), int64(1)<<(8<<(size&3)-1)-1
		got, ok := Integer([]byte(s), least, most)
		if strings.IndexFunc(s, func(r rune) bool { return r > 127 }) >= 0 {
			return
		}
		digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
		n, good := new(big.Int).SetString(digits, 10)
		good = good && digits != "" && digits[0] != '-' && digits[0] != '+' && !strings.Contains(digits, "_") && len(s)-len(digits) <= 1
		if good && s[0] == '-' {
			n.Neg(n)
		}
		good = good && n.Cmp(big.NewInt(least)) >= 0 && n.Cmp(big.NewInt(most)) <= 0
		if ok != good || ok && got != n.Int64() {
			t.Errorf("%q is %d %v, not %v %v", s, got, ok, n, good)
		}
	})
}

// FuzzFloat: what strconv reads is read so, but for its own extras.
func FuzzFloat(f *testing.F) {
	for _, s := range []string{"1", "-1.5e3", ".5", "5.", "1e400", "NaN", "-Infinity", "0x1p-3", "1d", "2F", "1_0", "inf", "infinity", "0x1", "1e", "+-1", "e5", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, size := range []int{32, 64} {
			got, ok := Float([]byte(s), size)
			want, err := strconv.ParseFloat(s, size)
			good := err == nil || err.(*strconv.NumError).Err == strconv.ErrRange
			last := byte(0)
			if s != "" {
				last = s[len(s)-1] | 0x20
			}
			if !good || strings.ContainsAny(s, "_iI") || last == 'f' || last == 'd' {
				continue // Java has a suffix, and other names for what is no number
			}
			if strings.EqualFold(s, "nan") && s != "NaN" {
				good = false
			}
			if ok != good || ok && got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("%q is %v %v, not %v %v", s, got, ok, want, good)
			}
		}
	})
}

// FuzzTimes: dates and times that package time reads are read so, the fast reader of
// timestamps agrees with the general one, and nothing panics.
func FuzzTimes(f *testing.F) {
	for _, s := range []string{"2026-01-31", "2026-1-2", "2026-02-30", "12:34:56", "12:34", "12:34:56.789", "24:00:00", "2026-01-31 12:34:56", "2026-01-31 12:34:56.123",
		"2026-01-31T12:34:56.123456Z", "-0001-01-01 00:00:00", "+12345-01-01", "9999-12-31 23:59:59.999999999", "2026-05-13 1:2:3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := []byte(s)
		day, ok := Date(b)
		if want, err := time.Parse(time.DateOnly, s); err == nil && (!ok || int64(day) != want.Unix()/86400-boolInt(want.Unix()%86400 < 0)) {
			t.Errorf("date %q is %d %v, not %v", s, day, ok, want)
		}
		if sql, okSQL := SQLDate(b); ok && len(s) == 10 && s[:4] >= "1583" && s[0] <= '9' && s[0] >= '1' && (!okSQL || sql != day) {
			t.Errorf("java.sql.Date %q is %d %v, not %d", s, sql, okSQL, day)
		}
		millis, ok := Time(b)
		if want, err := time.Parse("15:04:05.999999999", s); err == nil && strings.IndexByte(s, ',') < 0 && len(s) >= 8 && len(s) <= 18 && s[2] == ':' {
			if w := want.Sub(want.Truncate(24 * time.Hour)).Milliseconds(); !ok || int64(millis) != w {
				t.Errorf("time %q is %d %v, not %d", s, millis, ok, w)
			}
		}
		if local, okLocal := LocalTime(b); ok && s != "24:00:00" && millis != 0 && (!okLocal || local != millis) {
			t.Errorf("local time %q is %d %v, not %d", s, local, okLocal, millis)
		}
		for _, iso := range []bool{false, true} {
			sep := byte(' ')
			if iso {
				sep = 'T'
			}
			micros, _, ok := Timestamp(b, iso, false)
			if len(s) == 19 || len(s) == 23 {
				fast, okFast := UsualTimestamp(append([]byte(s), "     "...), len(s), sep)
				if okFast && (!ok || fast != micros) {
					t.Errorf("%q is %d, and slowly %d %v", s, fast, micros, ok)
				}
			}
			if loose, okLoose := LooseTimestamp(b, iso); okLoose && ok && !iso && floorMillis(micros) != loose && !strings.Contains(s, "24:") {
				t.Errorf("%q is %d, and loosely %d", s, micros, loose)
			}
			Timestamp(b, iso, true)
		}
	})
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// FuzzBase64: what encoding/base64 reads is read so.
func FuzzBase64(f *testing.F) {
	for _, s := range []string{"", "aGVsbG8=", "aGVsbG8", "YWJj", "YW==", "Y===", " YWJj\nYWJj", "YQ==YQ=="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Base64(nil, []byte(s))
		want, err := base64.StdEncoding.DecodeString(s)
		if err == nil && !strings.ContainsAny(s, "\r\n") && (!ok || string(got) != string(want)) {
			t.Errorf("%q is %q %v, not %q", s, got, ok, want)
		}
	})
}
