package functions

// Regular expressions are Java's, computed by RE2 (package regexp), which takes linear
// time whatever the pattern.
//
//  1. What means something else to RE2 is rewritten: '.' leaves out all of Java's line
//     ends, \s has the vertical tab, \h and \R are spelled out, \Z is \z.
//  2. What RE2 cannot do is refused by name: look-around, back references, possessive
//     quantifiers, atomic groups, intersections of classes.
//  3. What neither can read is no pattern: the functions answer NULL, as in Flink.
//
// A literal pattern is compiled while binding; others are kept in a small cache.

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// errPattern says that a text is no regular expression to Java either.
var errPattern = errors.New("not a regular expression")

// compileRegexp compiles a Java pattern. The error is errPattern, or one that says what
// cannot be done.
func compileRegexp(pattern string) (*regexp.Regexp, error) {
	p, err := rewrite(pattern)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(p)
	if err != nil {
		return nil, errPattern
	}
	return re, nil
}

// unsupported are the beginnings of groups that RE2 has not.
var unsupported = []struct{ text, name string }{
	{"(?=", "a lookahead"}, {"(?!", "a lookahead"}, {"(?<=", "a lookbehind"}, {"(?<!", "a lookbehind"}, {"(?>", "an atomic group"},
}

// spelled are the escapes that RE2 has not or reads differently, outside of a class.
var spelled = map[byte]string{
	's': `[\t\n\x0B\f\r ]`, 'S': `[^\t\n\x0B\f\r ]`, 'h': `[ \t\xA0\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]`,
	'R': `(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])`, 'Z': `\z`, 'e': `\x1B`,
}

// notLineEnd is Java's '.'.
const notLineEnd = `[^\n\r\x{85}\x{2028}\x{2029}]`

// rewrite turns a Java pattern into one of RE2.
func rewrite(p string) (string, error) {
	var b strings.Builder
	depth := 0 // of classes
	dotAll := strings.Contains(p, "(?s") || strings.Contains(p, "(?is")
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case c == '\\' && i+1 < len(p):
			i++
			if p[i] == 'Q' { // quoted up to \E
				end := strings.Index(p[i:], `\E`)
				if end < 0 {
					end = len(p) - i
				}
				b.WriteString(regexp.QuoteMeta(p[i+1 : i+end]))
				i = min(i+end+1, len(p))
				continue
			}
			if err := rewriteEscape(&b, p, &i, depth > 0); err != nil {
				return "", err
			}
		case c == '[':
			if depth > 0 {
				return "", errors.New("a class within a class is not supported in a regular expression")
			}
			depth++
			b.WriteByte(c)
			if i+1 < len(p) && p[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
			if i+1 < len(p) && p[i+1] == ']' {
				i++
				b.WriteString(`\]`)
			}
		case depth > 0:
			if strings.HasPrefix(p[i:], "&&") {
				return "", errors.New("an intersection of classes is not supported in a regular expression")
			}
			if c == ']' {
				depth--
			}
			b.WriteByte(c)
		case c == '(':
			for _, u := range unsupported {
				if strings.HasPrefix(p[i:], u.text) {
					return "", fmt.Errorf("%s, %s...), is not supported in a regular expression", u.name, u.text)
				}
			}
			b.WriteByte(c)
		case c == '.' && !dotAll:
			b.WriteString(notLineEnd)
		case c == '+' && i > 0 && strings.IndexByte("*+?}", p[i-1]) >= 0 && (i < 2 || p[i-2] != '\\'):
			return "", errors.New("a possessive quantifier is not supported in a regular expression")
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// rewriteEscape writes the escape whose letter is at *i.
func rewriteEscape(b *strings.Builder, p string, i *int, inClass bool) error {
	c := p[*i]
	switch {
	case c >= '1' && c <= '9' && !inClass:
		return fmt.Errorf("a back reference, \\%c, is not supported in a regular expression", c)
	case c == 'k' || c == 'G' || c == 'X':
		return fmt.Errorf("\\%c is not supported in a regular expression", c)
	case c == 'u' && *i+4 < len(p):
		fmt.Fprintf(b, `\x{%s}`, p[*i+1:*i+5])
		*i += 4
		return nil
	case inClass && c == 's':
		b.WriteString(`\t\n\x0B\f\r `)
		return nil
	case inClass && c == 'h':
		b.WriteString(` \t\xA0`)
		return nil
	case !inClass && spelled[c] != "":
		b.WriteString(spelled[c])
		return nil
	}
	b.WriteByte('\\')
	b.WriteByte(c)
	return nil
}

// bindRegexp binds a function of a text and a pattern. do computes row i; it answers
// false for NULL, which the result also is for a text that is no pattern.
func bindRegexp(result types.Type, optional int, do func(c *function.Call, re *regexp.Regexp, i int) bool, classes ...class) func([]function.Arg) (function.Signature, error) {
	return binding(optional, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
		find, err := patternsOf(args[1])
		if err != nil {
			return function.Signature{}, err
		}
		sign := partial
		if len(classes) == 3 && optional == 0 { // REGEXP_REPLACE
			sign = strict
		}
		return sign(ps, result, func(c *function.Call) error {
			return c.Rows(func(i int) error {
				re, err := find(text(c, 1, i))
				if err == errPattern {
					c.Out.SetNull(i)
					return nil
				}
				if err != nil {
					return function.Failf(i, "%v", err)
				}
				if !do(c, re, i) {
					c.Out.SetNull(i)
				}
				return nil
			})
		})
	}, classes...)
}

// patternsOf finds the compiled pattern of a row. The error says what cannot be done; what
// is no pattern is errPattern, for each row.
func patternsOf(a function.Arg) (func([]byte) (*regexp.Regexp, error), error) {
	if p, ok := literalText(a); ok {
		re, err := compileRegexp(p)
		if err != nil && err != errPattern {
			return nil, err
		}
		return func([]byte) (*regexp.Regexp, error) { return re, err }, nil
	}
	cache := new(memo[*regexp.Regexp])
	return func(b []byte) (*regexp.Regexp, error) { return cache.get(b, compileRegexp) }, nil
}

// bindRegexpTest is REGEXP, which is FALSE for what is no pattern.
func bindRegexpTest(args []function.Arg) (function.Signature, error) {
	return binding(0, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
		find, err := patternsOf(args[1])
		if err != nil {
			return function.Signature{}, err
		}
		return strict(ps, types.TBoolean, func(c *function.Call) error {
			out := c.Out.Bools()
			return c.Rows(func(i int) error {
				re, err := find(text(c, 1, i))
				if err != nil && err != errPattern {
					return function.Failf(i, "%v", err)
				}
				out[i] = err == nil && re.Match(text(c, 0, i))
				return nil
			})
		})
	}, anyText, anyText)(args)
}

func regexpExtract(c *function.Call, re *regexp.Regexp, i int) bool {
	group := 0
	if len(c.Args) > 2 {
		group = int(int32At(c, 2, i))
	}
	if group < 0 || group > re.NumSubexp() {
		return false
	}
	b := text(c, 0, i)
	at := re.FindSubmatchIndex(b)
	if at == nil || at[2*group] < 0 {
		return false
	}
	c.Out.SetBytes(i, b[at[2*group]:at[2*group+1]])
	return true
}

func regexpReplace(c *function.Call, re *regexp.Regexp, i int) bool {
	b, replacement := text(c, 0, i), text(c, 2, i)
	var dst []byte
	from := 0
	for _, at := range matches(re, b) {
		dst = append(append(dst, b[from:at[0]]...), replacement...)
		from = at[1]
	}
	c.Out.SetBytes(i, append(dst, b[from:]...))
	return true
}

// bindSimilar turns a SQL regular expression into one of RE2: % is .*, _ is ., and the
// whole text must fit.
func bindSimilar(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, 3); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	p, ok := literalText(args[1])
	escape, err := escapeOf(args)
	if err != nil {
		return function.Signature{}, err
	}
	if !ok || len(args) == 3 && escape < 0 {
		return function.Signature{}, errors.New("the pattern and the escape of SIMILAR TO must be literals")
	}
	re, err := compileSimilar(p, escape)
	if err != nil {
		return function.Signature{}, err
	}
	return strict(ps, types.TBoolean, func(c *function.Call) error {
		out := c.Out.Bools()
		return c.Rows(func(i int) error { out[i] = re.Match(text(c, 0, i)); return nil })
	})
}

func compileSimilar(p string, escape rune) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString(`(?s)\A(?:`)
	escaped, class := false, false
	for _, r := range p {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == escape:
			escaped = true
		case r == '%' && !class:
			b.WriteString(".*")
		case (r == '_' || r == '.') && !class: // the dot keeps what it means to Java
			b.WriteString(notLineEnd)
		case (r == '$' || r == '\\') && !class:
			b.WriteString(regexp.QuoteMeta(string(r)))
		default:
			class = r == '[' || class && r != ']'
			b.WriteRune(r)
		}
	}
	b.WriteString(`)\z`)
	if escaped {
		return nil, fmt.Errorf("'%s' ends with its escape character", p)
	}
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("'%s' is not a SQL regular expression", p)
	}
	return re, nil
}
