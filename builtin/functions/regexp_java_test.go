package functions

import (
	"errors"
	"strings"
	"testing"
)

// Patterns mean what they mean to Java, or are refused, or are none.
func TestJavaPatterns(t *testing.T) {
	const refused, none = "refused", "none"
	for _, c := range []struct{ pattern, text, want string }{
		{`(?i)[^a]`, "Ab", "b"},
		{`(?i)[a-c]+`, "xBC", "BC"},
		{`(?i)é`, "É", ""},
		{`(?iu)é`, "É", "É"},
		{`[a-z&&[^aeiou]]+`, "aebcd", "bcd"},
		{`[a-c[x-z]]+`, "mazx", "azx"},
		{`[^a-c&&b]`, "b", ""},
		{`\p{Upper}\p{javaLowerCase}+`, "xAbc", "Abc"},
		{`[\w&&[^\d_]]+`, "12ab_", "ab"},
		{`a.c`, "a\nc", ""},
		{`(?s)a.c`, "a\nc", "a\nc"},
		{`a.c`, "a\u2028c", ""},
		{`a\Rb`, "a\r\nb", "a\r\nb"},
		{`a$`, "a\n", "a"},
		{`a$`, "a\r\n", "a"},
		{`a\z`, "a\n", ""},
		{`(?m)^b$`, "a\nb\nc", "b"},
		{`(?x) a  b # end`, "ab", "ab"},
		{`\Q[a]\E+`, "[a]]", "[a]]"},
		{`(?<year>\d{4})`, "in 2026", "2026"},
		{`\u0041\x42\x{43}\0104`, "ABCD", "ABCD"},
		{`(a|b){2,3}?`, "abab", "ab"},
		{`{`, "{", none}, {`a{x}`, "a{x}", none}, {`a**`, "a", none}, {`(`, "(", none}, {`a)`, "a)", none}, {`[b-a]`, "b", none}, {`\q`, "q", none}, {`\p{Nothing}`, "", none},
		{`(?<n>a)(?<n>b)`, "ab", none}, {`(?k)`, "", none}, {strings.Repeat("(", 400), "", none},
		{`a++`, "a", refused}, {`(?=a)`, "a", refused}, {`(a)\1`, "aa", refused}, {`\Ga`, "a", refused}, {`\p{InGreek}`, "", refused}, {`a{2000}`, "", refused}, {strings.Repeat("(", 5000), "", refused},
	} {
		re, err := compileRegexp(c.pattern)
		got := ""
		switch {
		case errors.Is(err, errPattern):
			got = none
		case err != nil:
			got = refused
		default:
			if at := re.first([]byte(c.text)); at != nil {
				got = c.text[at[0]:at[1]]
			}
		}
		if got != c.want {
			t.Errorf("%s in %q: got %q, want %q", c.pattern, c.text, got, c.want)
		}
	}
}

// All matches are Java's, empty ones too.
func TestAllMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          int
	}{
		{"x*", "xa", 3}, {"x*", "axx", 3}, {"", "ab", 3}, {"a|", "aa", 3}, {`\b`, "ab cd", 4}, {"ab", "abab", 2}, {"(a)?", "ba", 3}, {`\s+$`, "a \n", 1}, {`a$`, "a\n", 1},
	} {
		re, err := compileRegexp(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := re.all([]byte(c.text)); len(got) != c.want {
			t.Errorf("%s in %q: %v, want %d", c.pattern, c.text, got, c.want)
		}
	}
}
