package functions

// Functions of regular expressions: see regexp_java.go for what these mean. A literal
// pattern is compiled while binding; others are kept in a small cache.

import (
	"errors"
	"fmt"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// bindRegexp binds a function of a text and a pattern. do computes row i; it answers
// false for NULL, which the result also is for a text that is no pattern.
func bindRegexp(result types.Type, optional int, do func(c *function.Call, re *javaRegexp, i int) bool, classes ...class) func([]function.Arg) (function.Signature, error) {
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
				if err := re.sees(text(c, 0, i)); err != nil {
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
func patternsOf(a function.Arg) (func([]byte) (*javaRegexp, error), error) {
	if p, ok := literalText(a); ok {
		re, err := compileRegexp(p)
		if err != nil && err != errPattern {
			return nil, err
		}
		return func([]byte) (*javaRegexp, error) { return re, err }, nil
	}
	cache := new(memo[*javaRegexp])
	return func(b []byte) (*javaRegexp, error) { return cache.get(b, compileRegexp) }, nil
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
				if out[i] = false; err != nil {
					return nil
				}
				if err := re.sees(text(c, 0, i)); err != nil {
					return function.Failf(i, "%v", err)
				}
				out[i] = re.matches(text(c, 0, i))
				return nil
			})
		})
	}, anyText, anyText)(args)
}

func regexpExtract(c *function.Call, re *javaRegexp, i int) bool {
	group := 0
	if len(c.Args) > 2 {
		group = int(int32At(c, 2, i))
	}
	if group < 0 || group > re.NumSubexp() {
		return false
	}
	b := text(c, 0, i)
	at := re.first(b)
	if at == nil || at[2*group] < 0 {
		return false
	}
	c.Out.SetBytes(i, b[at[2*group]:at[2*group+1]])
	return true
}

func regexpReplace(c *function.Call, re *javaRegexp, i int) bool {
	b, replacement := text(c, 0, i), text(c, 2, i)
	var dst []byte
	from := 0
	for _, at := range re.all(b) {
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

// similarSpecials are the characters that an escape may stand before, and similarClasses
// those that have a name.
const similarSpecials = `[]()|^-+*_%?{}`

var similarClasses = map[string]string{
	"[:ALPHA:]": `\p{Alpha}`, "[:UPPER:]": `\p{Upper}`, "[:LOWER:]": `\p{Lower}`, "[:DIGIT:]": `\d`, "[:SPACE:]": " ", "[:WHITESPACE:]": `\s`, "[:ALNUM:]": `\p{Alnum}`,
}

// compileSimilar turns a SQL regular expression into one of Java: % is any text, _ is a
// dot, $ and the backslash stand for themselves, and the whole text must fit.
func compileSimilar(p string, escape rune) (*javaRegexp, error) {
	var b strings.Builder
	b.WriteString(`\A(?:`)
	class := false
	for runes := []rune(p); len(runes) > 0; runes = runes[1:] {
		switch r := runes[0]; {
		case r == escape:
			if len(runes) < 2 || runes[1] != escape && !strings.ContainsRune(similarSpecials, runes[1]) {
				return nil, fmt.Errorf("'%s' has an escape character before one that needs none", p)
			}
			runes = runes[1:]
			fmt.Fprintf(&b, `\x{%x}`, runes[0])
		case class && r == '[' && len(runes) > 1 && runes[1] == ':':
			end := strings.Index(string(runes), ":]")
			if end < 0 || similarClasses[strings.ToUpper(string(runes)[:end+2])] == "" {
				return nil, fmt.Errorf("'%s' is not a SQL regular expression", p)
			}
			b.WriteString(similarClasses[strings.ToUpper(string(runes)[:end+2])])
			runes = runes[end+1:]
		case r == '%' && !class:
			b.WriteString("(?s:.*)")
		case r == '_' && !class:
			b.WriteByte('.')
		case (r == '$' || r == '\\') && !class:
			fmt.Fprintf(&b, `\x{%x}`, r)
		default:
			class = r == '[' || class && r != ']'
			b.WriteRune(r)
		}
	}
	b.WriteString(`)\z`)
	re, err := compileRegexp(b.String())
	if err == errPattern {
		return nil, fmt.Errorf("'%s' is not a SQL regular expression", p)
	}
	return re, err
}
