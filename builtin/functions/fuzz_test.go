package functions

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// No pattern and no text makes reading or printing of times panic, what is printed is
// text, and what is read lies in the years that timestamps have.
func FuzzTimePattern(f *testing.F) {
	for _, p := range []string{"yyyy-MM-dd HH:mm:ss.SSS", "yyMMdd", "''''yyyy'T'", "[yyyy[MM]]", "ppHH", "EEE, d MMM u", "hh a", "DDD", "n N A", "XXX", "Q QQQQ w W", "YYYY w e", "yyyy-MM W F", "z VV O", "h B", "g"} {
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
			if d == simple {
				c.parseInstant(s)
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

// No format makes PRINTF panic or write more than it asks for.
func FuzzPrintf(f *testing.F) {
	for _, p := range []string{"%d %s", "%-5d|%05d", "%,.2f %e %g", "%2$s%1$s", "%x%%%n", "%+(d", "%<s", "%5", "%.3s%c%b%h"} {
		f.Add(p, int32(42), 1.5, "é😀")
	}
	f.Fuzz(func(t *testing.T, p string, n int32, x float64, s string) {
		list, err := readFormat(p)
		if err != nil || len(p) > 50 || len(s) > 50 {
			return
		}
		room := 400 * len(p)
		for _, d := range list {
			room += max(d.width, 0) + max(d.precision, 0)
		}
		args := []*vector.Vector{nil, oneRow(types.TInt, types.Int64(int64(n))), oneRow(types.TDouble, types.Float64(x)), oneRow(types.TString, types.Text(s)), oneRow(types.TInt, types.NullValue)}
		pr := printer{call: &function.Call{Args: args, N: 1}}
		if err := pr.print(list); err == nil && len(pr.dst) > room+len(p)*len(s)*4 {
			t.Errorf("%q writes %d bytes", p, len(pr.dst))
		}
	})
}

func oneRow(t types.Type, v types.Value) *vector.Vector { return vector.NewConstant(t, v, 1) }

// Parts of a URL are parts of its text, and what is written for a form is read back.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"http://u:p@h:80/a/b?k=v&l=w#r", "file:/a", "mailto:a@b", "jar:file:/x!/y", "http://[::1]:80", "x:y", "a b+c%41%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if u, ok := readURL(s); ok {
			for _, part := range []string{u.host, u.path, u.authority, u.userInfo, u.query, u.ref} {
				if !strings.Contains(s, part) {
					t.Errorf("%q has no part %q", s, part)
				}
			}
		}
		address([]byte(s))
		if !utf8.ValidString(s) {
			return
		}
		c := &function.Call{Args: []*vector.Vector{oneRow(types.TString, types.Text(string(appendURLEncoded(nil, []byte(s)))))}, N: 1}
		if got, ok := urlDecode(c, nil, 0); !ok || string(got) != s {
			t.Errorf("%q is read back as %q", s, got)
		}
	})
}

// Matches follow each other and lie within the text, and there is an empty one wherever
// Java finds it.
func FuzzMatches(f *testing.F) {
	for _, p := range []string{"x*", "a|", "(a)?b*", "\\b", "^", "$", "a+?", "(?:a|ab)*", ""} {
		f.Add(p, "xaab é b")
	}
	f.Fuzz(func(t *testing.T, p, s string) {
		if len(p) > 30 || len(s) > 30 || !utf8.ValidString(s) {
			return
		}
		re, err := compileRegexp(p)
		if err != nil {
			return
		}
		last, empty := 0, true
		for _, at := range re.all([]byte(s)) {
			if at[0] < last || at[1] < at[0] || at[1] > len(s) || at[0] == last && at[1] == last && empty && last > 0 {
				t.Errorf("%q in %q: %v behind %d", p, s, at, last)
			}
			last, empty = at[1], at[0] == at[1]
		}
	})
}
