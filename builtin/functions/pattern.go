package functions

import (
	"fmt"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions that hold a text against a pattern.
var patternFunctions = []*function.Function{
	{
		Name: "LIKE", Family: "comparison",
		Summary:  "whether the text fits the pattern, in which % is any text and _ any character; the escape character makes the next a literal",
		Syntax:   []string{"text [NOT] LIKE pattern [ESCAPE character]"},
		Examples: examples("'Hello' LIKE 'H%o'", "TRUE", "'a_b' LIKE 'a#_b' ESCAPE '#'", "TRUE", "'axb' LIKE 'a#_b' ESCAPE '#'", "FALSE", "'ab' LIKE '_'", "FALSE"),
		Bind:     bindLike,
	},
	{
		Name: "SIMILAR TO", Family: "comparison",
		Summary:  "whether the text fits the SQL regular expression: % is any text, _ any character, | * + ? { } ( ) [ ] as in regular expressions",
		Syntax:   []string{"text [NOT] SIMILAR TO pattern [ESCAPE character]"},
		Examples: examples("'abab' SIMILAR TO '(ab){2}'", "TRUE", "'abc' SIMILAR TO 'a%'", "TRUE", "'abc' SIMILAR TO 'b'", "FALSE"),
		Bind:     bindSimilar,
	},
	{
		Name: "REGEXP", Family: "string",
		Summary:  "whether a part of the text fits the regular expression",
		Syntax:   []string{"REGEXP(text, pattern)"},
		Examples: examples("REGEXP('Hello', 'l+')", "TRUE", "REGEXP('Hello', '^l')", "FALSE", "REGEXP('Hello', '(')", "FALSE"),
		Bind:     bindRegexpTest,
	},
	{
		Name: "REGEXP_EXTRACT", Family: "string",
		Summary:  "the first part of the text that fits the regular expression, or a group of it (0 is all); NULL where there is none",
		Syntax:   []string{"REGEXP_EXTRACT(text, pattern [, group])"},
		Examples: examples("REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)", "bar", "REGEXP_EXTRACT('Hello', 'l(.)')", "ll", "REGEXP_EXTRACT('abc', 'x')", "NULL", "REGEXP_EXTRACT('abc', 'b', 3)", "NULL"),
		Bind:     bindRegexp(types.TString, 1, regexpExtract, anyText, anyText, wholeInt),
	},
	{
		Name: "REGEXP_REPLACE", Family: "string",
		Summary:  "the text with every part that fits the regular expression replaced by a text, in which nothing has a special meaning",
		Syntax:   []string{"REGEXP_REPLACE(text, pattern, replacement)"},
		Examples: examples("REGEXP_REPLACE('foobar', 'oo|ar', '')", "fb", "REGEXP_REPLACE('aaa', 'a', '$0')", "$0$0$0"),
		Bind:     bindRegexp(types.TString, 0, regexpReplace, anyText, anyText, anyText),
	},
	{
		Name: "REGEXP_COUNT", Family: "string", BareNull: true,
		Summary:  "how many parts of the text fit the regular expression, an empty one at each character",
		Syntax:   []string{"REGEXP_COUNT(text, pattern)"},
		Examples: examples("REGEXP_COUNT('abcabc', 'b|c')", "4", "REGEXP_COUNT('abc', '')", "4", "REGEXP_COUNT('abc', '(')", "NULL"),
		Bind: bindRegexp(types.TInt, 0, func(c *function.Call, re *javaRegexp, i int) bool {
			c.Out.Int32s()[i] = int32(len(re.all(text(c, 0, i))))
			return true
		}, anyText, anyText),
	},
	{
		Name: "REGEXP_INSTR", Family: "string", BareNull: true,
		Summary:  "where, from 1, the first part of the text begins that fits the regular expression, 0 if none does; characters beyond U+FFFF count as two",
		Syntax:   []string{"REGEXP_INSTR(text, pattern)"},
		Examples: examples("REGEXP_INSTR('abc123', '[0-9]')", "4", "REGEXP_INSTR('abc', 'x')", "0"),
		Bind: bindRegexp(types.TInt, 0, func(c *function.Call, re *javaRegexp, i int) bool {
			b := text(c, 0, i)
			c.Out.Int32s()[i] = 0
			if at := re.first(b); at != nil {
				c.Out.Int32s()[i] = int32(utf16Length(b[:at[0]])) + 1
			}
			return true
		}, anyText, anyText),
	},
	{
		Name: "REGEXP_SUBSTR", Family: "string", BareNull: true,
		Summary:  "the first part of the text that fits the regular expression; NULL where there is none",
		Syntax:   []string{"REGEXP_SUBSTR(text, pattern)"},
		Examples: examples("REGEXP_SUBSTR('abc123', '[0-9]+')", "123", "REGEXP_SUBSTR('abc', 'x')", "NULL"),
		Bind:     bindRegexp(types.TString, 0, regexpExtract, anyText, anyText),
	},
	{
		Name: "REGEXP_EXTRACT_ALL", Family: "string", BareNull: true,
		Summary:  "of all parts of the text that fit the regular expression the group, by default the first, 0 for all of the part; NULL for a group that the expression has not",
		Syntax:   []string{"REGEXP_EXTRACT_ALL(text, pattern [, group])"},
		Examples: examples("REGEXP_EXTRACT_ALL('a1b22', '[a-z]([0-9]+)')", "[1, 22]", "REGEXP_EXTRACT_ALL('a1b22', '[0-9]+', 0)", "[1, 22]", "REGEXP_EXTRACT_ALL('a1', '[0-9]')", "NULL"),
		Bind:     bindExtractAll,
	},
}

// bindLike compiles a literal pattern once.
func bindLike(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, 3); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	pattern, ok := literalText(args[1])
	escape, err := escapeOf(args)
	if err != nil {
		return function.Signature{}, err
	}
	if !ok || len(args) == 3 && escape < 0 {
		return strict(ps, types.TBoolean, likeAny)
	}
	l, err := compileLike([]byte(pattern), escape)
	if err != nil {
		return function.Signature{}, err
	}
	return strict(ps, types.TBoolean, func(c *function.Call) error {
		out, a, mask := c.Out.Bools(), c.Args[0], c.Args[0].Mask()
		return c.Rows(func(i int) error { out[i] = l.match(a.Bytes(i & mask)); return nil })
	})
}

// escapeOf is the escape character of a literal third argument, -1 without one.
func escapeOf(args []function.Arg) (rune, error) {
	if len(args) < 3 {
		return -1, nil
	}
	s, ok := literalText(args[2])
	if !ok {
		return -1, nil
	}
	if utf8.RuneCountInString(s) != 1 {
		return -1, fmt.Errorf("an escape is one character, not '%s'", s)
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r, nil
}

// likeAny compiles the pattern of each row, unless it is that of the row before.
func likeAny(c *function.Call) error {
	out := c.Out.Bools()
	var last []byte
	var l *like
	return c.Rows(func(i int) error {
		escape := rune(-1)
		if len(c.Args) == 3 {
			e := text(c, 2, i)
			if length(e) != 1 {
				return function.Failf(i, "an escape is one character, not '%s'", e)
			}
			escape, _ = utf8.DecodeRune(e)
		}
		if p := text(c, 1, i); l == nil || string(p) != string(last) || len(c.Args) == 3 {
			var err error
			if l, err = compileLike(p, escape); err != nil {
				return function.Failf(i, "%v", err)
			}
			last = append(last[:0], p...)
		}
		out[i] = l.match(text(c, 0, i))
		return nil
	})
}
