package functions

import (
	"bytes"
	"errors"
	"math"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions that make a text of several.
var joinFunctions = []*function.Function{
	{
		Name: "||", Family: "string",
		Summary:  "the two texts, one after the other",
		Syntax:   []string{"text || text"},
		Examples: examples("'a' || 'b'", "ab", "'a' || CAST(NULL AS STRING)", "NULL"),
		Bind:     bindJoin,
	},
	{
		Name: "CONCAT", Family: "string",
		Summary:  "the texts, one after the other; NULL if one is",
		Syntax:   []string{"CONCAT(text, ...)"},
		Examples: examples("CONCAT('a', 'b', 'c')", "abc", "CONCAT('a', CAST(NULL AS STRING))", "NULL"),
		Bind: func(args []function.Arg) (function.Signature, error) {
			ps, err := textParams(args, 1)
			if err != nil {
				return function.Signature{}, err
			}
			return strict(ps, types.TString, concat)
		},
	},
	{
		Name: "CONCAT_WS", Family: "string",
		Summary:  "the texts with the separator between them; those that are NULL are left out",
		Syntax:   []string{"CONCAT_WS(separator, text, ...)"},
		Examples: examples("CONCAT_WS('-', 'a', CAST(NULL AS STRING), 'b')", "a-b", "CONCAT_WS(CAST(NULL AS STRING), 'a', 'b')", "NULL"),
		Bind: func(args []function.Arg) (function.Signature, error) {
			ps, err := textParams(args, 1)
			if err != nil {
				return function.Signature{}, err
			}
			return function.Signature{Params: ps, Result: types.TString.WithNull(nullable(ps)), Kernel: concatWithSeparator, NullIn: true}, nil
		},
	},
	{
		Name: "REPLACE", Family: "string",
		Summary:  "the text with every occurrence of a part replaced",
		Syntax:   []string{"REPLACE(text, part, replacement)"},
		Examples: examples("REPLACE('Hello', 'l', 'xx')", "Hexxxxo", "REPLACE('Hello', 'z', '')", "Hello"),
		Bind: plain(types.TString, textKernel(func(c *function.Call, dst []byte, i int) ([]byte, bool) {
			return appendReplaced(dst, text(c, 0, i), text(c, 1, i), text(c, 2, i)), true
		}), anyText, anyText, anyText),
	},
	{
		Name: "OVERLAY", Family: "string",
		Summary:  "the text with length characters from character number from on replaced by another text (by default as many as that has)",
		Syntax:   []string{"OVERLAY(text PLACING replacement FROM from [FOR length])"},
		Examples: examples("OVERLAY('Hello' PLACING 'xx' FROM 2 FOR 3)", "Hxxo", "OVERLAY('Hello' PLACING 'xx' FROM 2)", "Hxxlo"),
		Bind: binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return strict(ps, types.Type{Kind: types.VarChar, Precision: sumLength(ps[0], ps[1])}, textKernel(overlay))
		}, anyText, anyText, wholeInt, wholeInt),
	},
	{
		Name: "TRANSLATE", Family: "string",
		Summary:  "the text with each character that is in from replaced by the one at the same place in to, or left out where to is shorter",
		Syntax:   []string{"TRANSLATE(text, from, to)"},
		Examples: examples("TRANSLATE('banana', 'abn', 'OP')", "POOO"),
		Bind: plain(types.TString, textKernel(func(c *function.Call, dst []byte, i int) ([]byte, bool) {
			return appendTranslated(dst, text(c, 0, i), text(c, 1, i), text(c, 2, i)), true
		}), anyText, anyText, anyText),
	},
}

// textParams binds any number of texts.
func textParams(args []function.Arg, least int) ([]types.Type, error) {
	if err := arity(args, least, many); err != nil {
		return nil, err
	}
	return params(args, anyText)
}

// sumLength is the length of two texts of types a and b, one after the other.
func sumLength(a, b types.Type) int32 {
	return int32(min(int64(a.Precision)+int64(b.Precision), types.MaxLength))
}

// bindJoin types a || b: CHAR if both are, else VARCHAR, of both lengths; or binary.
func bindJoin(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, 2); err != nil {
		return function.Signature{}, err
	}
	class := anyText
	if args[0].Type.IsBytes() || args[1].Type.IsBytes() {
		class = anyBytes
	}
	ps, err := params(args, class)
	if err != nil {
		return function.Signature{}, err
	}
	result := types.Type{Kind: ps[0].Kind, Precision: sumLength(ps[0], ps[1])}
	if ps[0].Kind != ps[1].Kind {
		result.Kind = max(ps[0].Kind, ps[1].Kind) // the varying one
	}
	return strict(ps, result, concat)
}

var anyBytes = class{"binary", types.Type.IsBytes, nil}

var concat = textKernel(func(c *function.Call, dst []byte, i int) ([]byte, bool) {
	for k := range c.Args {
		dst = append(dst, text(c, k, i)...)
	}
	return dst, true
})

var concatWithSeparator = textKernel(func(c *function.Call, dst []byte, i int) ([]byte, bool) {
	if c.Args[0].IsNull(i) {
		return dst, false
	}
	separator, first := text(c, 0, i), true
	for k := 1; k < len(c.Args); k++ {
		if c.Args[k].IsNull(i) {
			continue
		}
		if !first {
			dst = append(dst, separator...)
		}
		dst, first = append(dst, text(c, k, i)...), false
	}
	return dst, true
})

func appendReplaced(dst, b, part, by []byte) []byte {
	if len(part) == 0 { // before each character and at the end
		for len(b) > 0 {
			_, n := utf8.DecodeRune(b)
			dst = append(append(dst, by...), b[:n]...)
			b = b[n:]
		}
		return append(dst, by...)
	}
	for {
		n := bytes.Index(b, part)
		if n < 0 {
			return append(dst, b...)
		}
		dst = append(append(dst, b[:n]...), by...)
		b = b[n+len(part):]
	}
}

// overlay answers the text itself where from is not one of its characters.
func overlay(c *function.Call, dst []byte, i int) ([]byte, bool) {
	b, by, from := text(c, 0, i), text(c, 1, i), int(int32At(c, 2, i))
	n := length(by)
	if len(c.Args) > 3 {
		n = int(int32At(c, 3, i))
	}
	all := length(b)
	if from <= 0 || from > all {
		return append(dst, b...), true
	}
	dst = append(dst, b[:offset(b, from-1)]...)
	dst = append(dst, by...)
	if n <= 0 || from-1+n > all {
		return dst, true
	}
	return append(dst, b[offset(b, from-1+n):]...), true
}

func appendTranslated(dst, b, from, to []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		at := runeIndex(from, r)
		if at < 0 {
			dst = append(dst, b[:n]...)
		} else if k := offset(to, at); k < len(to) {
			_, w := utf8.DecodeRune(to[k:])
			dst = append(dst, to[k:k+w]...)
		}
		b = b[n:]
	}
	return dst
}

// runeIndex is at which character of b r stands first, from 0; -1 for none.
func runeIndex(b []byte, r rune) int {
	for k := 0; len(b) > 0; k++ {
		x, n := utf8.DecodeRune(b)
		if x == r {
			return k
		}
		b = b[n:]
	}
	return -1
}

// Functions that fill up and repeat.
var padFunctions = []*function.Function{
	{
		Name: "LPAD", Family: "string",
		Summary:  "the text filled up at the left, or cut, to n characters; NULL for a negative n or where there is nothing to fill with",
		Syntax:   []string{"LPAD(text, n, fill)"},
		Examples: examples("LPAD('Hello', 8, 'ab')", "abaHello", "LPAD('Hello', 2, 'x')", "He", "LPAD('Hello', -1, 'x')", "NULL"),
		Bind:     plain(types.TString, pad(true), anyText, plainInt, anyText),
	},
	{
		Name: "RPAD", Family: "string",
		Summary:  "the text filled up at the right, or cut, to n characters; NULL for a negative n or where there is nothing to fill with",
		Syntax:   []string{"RPAD(text, n, fill)"},
		Examples: examples("RPAD('Hello', 8, 'ab')", "Helloaba", "RPAD('Hello', 2, 'x')", "He"),
		Bind:     plain(types.TString, pad(false), anyText, plainInt, anyText),
	},
	{
		Name: "REPEAT", Family: "string",
		Summary:  "the text n times; an empty one for n below 1",
		Syntax:   []string{"REPEAT(text, n)"},
		Examples: examples("REPEAT('ab', 3)", "ababab", "REPEAT('ab', -1)", ""),
		Bind:     plain(types.TString, repeat, anyText, plainInt),
	},
}

// maxText is the longest text that a function makes, so that a wrong number cannot use
// up the memory of the process.
const maxText = 1 << 26

var errLong = errors.New("the result would be longer than 64 MiB")

func pad(left bool) function.Kernel {
	return func(c *function.Call) error {
		buf := make([]byte, 0, scratch)
		return c.Rows(func(i int) error {
			b, n, fill := text(c, 0, i), int(int32At(c, 1, i)), text(c, 2, i)
			have := length(b)
			switch {
			case n < 0 || len(fill) == 0:
				c.Out.SetNull(i)
				return nil
			case n > maxText/utf8.UTFMax:
				return function.Failf(i, "%v", errLong)
			case n <= have:
				c.Out.SetBytes(i, b[:offset(b, n)])
				return nil
			}
			buf = buf[:0]
			if !left {
				buf = append(buf, b...)
			}
			for more := n - have; more > 0; {
				k := min(more, length(fill))
				buf = append(buf, fill[:offset(fill, k)]...)
				more -= k
			}
			if left {
				buf = append(buf, b...)
			}
			c.Out.SetBytes(i, buf)
			return nil
		})
	}
}

func repeat(c *function.Call) error {
	return c.Rows(func(i int) error {
		b, n := text(c, 0, i), int64(max(0, int32At(c, 1, i)))
		if int64(len(b))*n > min(maxText, math.MaxInt32) {
			return function.Failf(i, "%v", errLong)
		}
		c.Out.SetBytes(i, bytes.Repeat(b, int(n)))
		return nil
	})
}
