package functions

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"tidemark.dev/types"
)

// No pattern and no text makes reading or printing of times panic, what is printed is
// text, and what is read lies in the years that timestamps have.
func FuzzTimePattern(f *testing.F) {
	for _, p := range []string{"yyyy-MM-dd HH:mm:ss.SSS", "yyMMdd", "''''yyyy'T'", "[yyyy[MM]]", "ppHH", "EEE, d MMM u", "hh a", "DDD", "n N A", "XXX", "Q QQQQ w W"} {
		f.Add(p, "2020-01-31 10:20:30.123", int64(1_580_466_030_123_456))
	}
	f.Fuzz(func(t *testing.T, p, s string, micros int64) {
		if len(p) > 100 || len(s) > 100 || micros < types.MinMicros || micros > types.MaxMicros {
			return
		}
		for _, d := range []dialect{modern, simple} {
			c, err := compilePattern(p, d)
			if err != nil {
				continue
			}
			m := momentOf(micros, 7)
			out, err := c.append(nil, &m)
			if err == nil && utf8.ValidString(p) && !utf8.Valid(out) {
				t.Errorf("%q prints %q", p, out)
			}
			if got, nanos, ok := readTimestamp(s, c); ok && d == modern && (got < types.MinMicros || got > types.MaxMicros+types.MicrosPerDay || nanos < 0 || nanos > 999) {
				t.Errorf("%q reads %q as %d, %d", p, s, got, nanos)
			}
		}
	})
}

// A time printed with all its fields reads back as itself.
func FuzzTimeRoundTrip(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(-1))
	f.Add(int64(types.MaxMicros))
	f.Fuzz(func(t *testing.T, micros int64) {
		if micros < types.MinMicros || micros > types.MaxMicros {
			return
		}
		m := momentOf(micros, 0)
		for _, p := range []string{"yyyy-MM-dd HH:mm:ss.SSSSSS", "yyyyMMddHHmmssSSSSSS", "EEEE d MMMM uuuu hh:mm:ss a n", "uuuu-DDD k:m:s.SSSSSS", "yyyy-MM-dd N", "SSSSSS ss mm HH dd MMM yyyy"} {
			c, err := compilePattern(p, modern)
			if err != nil {
				t.Fatal(err)
			}
			s, err := c.append(nil, &m)
			if err != nil {
				t.Fatal(err)
			}
			if got, _, ok := c.parse(string(s)); !ok || got != micros {
				t.Errorf("%s: %d is printed %q and read %d, %v", p, micros, s, got, ok)
			}
		}
	})
}

// LIKE says what the regular expression says that stands for its pattern.
func FuzzLike(f *testing.F) {
	for _, p := range []string{"%", "_", "a%b_c%", "#%#_##", "%%a", "_%_", "é_"} {
		f.Add(p, "aéb%_#c")
	}
	f.Fuzz(func(t *testing.T, p, s string) {
		if !utf8.ValidString(p) || !utf8.ValidString(s) || len(p) > 30 || len(s) > 60 {
			return
		}
		l, err := compileLike([]byte(p), '#')
		if err != nil {
			return
		}
		var re strings.Builder
		re.WriteString(`(?s)\A`)
		escaped := false
		for _, r := range p {
			switch {
			case escaped:
				re.WriteString(regexp.QuoteMeta(string(r)))
				escaped = false
			case r == '#':
				escaped = true
			case r == '%':
				re.WriteString(".*")
			case r == '_':
				re.WriteString(".")
			default:
				re.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		re.WriteString(`\z`)
		if got, want := l.match([]byte(s)), regexp.MustCompile(re.String()).MatchString(s); got != want {
			t.Errorf("%q LIKE %q: %v, want %v", s, p, got, want)
		}
	})
}

// Any text is compiled, refused, or no pattern; nothing panics.
func FuzzRegexp(f *testing.F) {
	for _, p := range []string{`a+?`, `[^]a]`, `\Qa.b\E`, `(?i)x`, `\u0041`, `[a&&b]`, `a++`, `(?<=x)`, `\`, `[`} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if len(p) < 200 {
			compileRegexp(p)
			compileSimilar(p, '\\')
		}
	})
}
