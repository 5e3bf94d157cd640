package functions

import (
	"bytes"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions that look into a text.
var searchFunctions = []*function.Function{
	{
		Name: "CHAR_LENGTH", Aliases: []string{"CHARACTER_LENGTH"}, Family: "string",
		Summary:  "the number of characters (Unicode code points) of the text",
		Syntax:   []string{"CHAR_LENGTH(text)"},
		Examples: examples("CHAR_LENGTH('äöü')", "3", "CHAR_LENGTH('')", "0"),
		Bind: plain(types.TInt, func(c *function.Call) error {
			out := c.Out.Int32s()
			return c.Rows(func(i int) error { out[i] = int32(length(text(c, 0, i))); return nil })
		}, anyText),
	},
	{
		Name: "POSITION", Family: "string",
		Summary:  "at which character, from 1, the part begins in the text, at or after character number from; 0 where it does not",
		Syntax:   []string{"POSITION(part IN text [FROM from])"},
		Examples: examples("POSITION('l' IN 'Hello')", "3", "POSITION('x' IN 'Hello')", "0", "POSITION('' IN 'Hello')", "1"),
		Bind: binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return strict(ps, types.TInt, positions(1, 0, 2))
		}, anyText, anyText, plainInt),
	},
	{
		Name: "INSTR", Family: "string",
		Summary:  "at which character, from 1, the part begins in the text: the first time, or the nth from a character on; from one below 0 it is sought backwards, counted from the end; 0 where it does not begin",
		Syntax:   []string{"INSTR(text, part [, from [, n]])"},
		Examples: examples("INSTR('Hello', 'l')", "3", "INSTR('Corporate Floor', 'or', 3, 2)", "14", "INSTR('Corporate Floor', 'or', -3, 2)", "2"),
		Bind: binding(2, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			if len(ps) > 2 {
				return strict(ps, types.TInt, instr)
			}
			return strict(ps, types.TInt, positions(0, 1, 2))
		}, anyText, anyText, plainInt, plainInt),
	},
	{
		Name: "LOCATE", Family: "string",
		Summary:  "at which character, from 1, the part begins in the text, at or after character number from; 0 where it does not",
		Syntax:   []string{"LOCATE(part, text [, from])"},
		Examples: examples("LOCATE('l', 'Hello', 4)", "4", "LOCATE('l', 'Hello')", "3"),
		Bind: binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return strict(ps, types.TInt, positions(1, 0, 2))
		}, anyText, anyText, plainInt),
	},
	{
		Name: "STARTSWITH", Family: "string", BareNull: true,
		Summary:  "whether the text, or the bytes, begin with the part",
		Syntax:   []string{"STARTSWITH(text, part)"},
		Examples: examples("STARTSWITH('Hello', 'He')", "TRUE", "STARTSWITH('Hello', '')", "TRUE"),
		Bind:     bindEnds(bytes.HasPrefix),
	},
	{
		Name: "ENDSWITH", Family: "string", BareNull: true,
		Summary:  "whether the text, or the bytes, end with the part",
		Syntax:   []string{"ENDSWITH(text, part)"},
		Examples: examples("ENDSWITH('Hello', 'lo')", "TRUE", "ENDSWITH('Hello', 'l')", "FALSE"),
		Bind:     bindEnds(bytes.HasSuffix),
	},
	{
		Name: "ASCII", Family: "string",
		Summary:  "the number of the text's first byte, from -128 to 127; 0 for an empty text",
		Syntax:   []string{"ASCII(text)"},
		Examples: examples("ASCII('Hello')", "72", "ASCII('')", "0"),
		Bind: plain(types.TInt, func(c *function.Call) error {
			out := c.Out.Int32s()
			return c.Rows(func(i int) error {
				out[i] = 0
				if b := text(c, 0, i); len(b) > 0 {
					out[i] = int32(int8(b[0]))
				}
				return nil
			})
		}, anyText),
	},
}

// texts2 makes a kernel of a test of two texts.
func texts2(f func(a, b []byte) bool) function.Kernel {
	return func(c *function.Call) error {
		out := c.Out.Bools()
		return c.Rows(func(i int) error { out[i] = f(text(c, 0, i), text(c, 1, i)); return nil })
	}
}

// positions makes the kernel that finds argument part in argument whole from the
// character of argument from on, if there is one.
func positions(whole, part, from int) function.Kernel {
	return func(c *function.Call) error {
		out := c.Out.Int32s()
		return c.Rows(func(i int) error {
			start := int32(1)
			if len(c.Args) > from {
				start = int32At(c, from, i)
			}
			out[i] = position(text(c, whole, i), text(c, part, i), start)
			return nil
		})
	}
}

func position(whole, part []byte, start int32) int32 {
	if len(part) == 0 {
		return 1
	}
	at := offset(whole, int(max(start, 1))-1)
	n := bytes.Index(whole[at:], part)
	if n < 0 {
		return 0
	}
	return int32(length(whole[:at+n])) + 1
}

// instr seeks the nth occurrence from a character on.
func instr(c *function.Call) error {
	out := c.Out.Int32s()
	var turned [2][]byte
	return c.Rows(func(i int) error {
		whole, part, start, n := text(c, 0, i), text(c, 1, i), int32At(c, 2, i), int32(1)
		if len(c.Args) > 3 {
			n = int32At(c, 3, i)
		}
		if n <= 0 {
			return function.Failf(i, "nthAppearance must be positive, not %d", n)
		}
		if start >= 0 {
			out[i] = nthPosition(whole, part, start, n)
			return nil
		}
		turned[0], turned[1] = appendReverse(turned[0][:0], whole), appendReverse(turned[1][:0], part)
		if out[i] = nthPosition(turned[0], turned[1], -start, n); out[i] > 0 {
			out[i] = int32(length(whole)-length(part)) - out[i] + 2
		}
		return nil
	})
}

func nthPosition(whole, part []byte, start, n int32) (at int32) {
	if start <= 0 {
		return 0
	}
	for ; n > 0; n-- {
		if at = position(whole, part, start); at == 0 || len(part) == 0 {
			return at
		}
		start = at + 1
	}
	return at
}

// Functions that name characters and bytes.
var codeFunctions = []*function.Function{
	{
		Name: "CHR", Family: "string",
		Summary:  "the character of an ASCII number, of which the low eight bits count; an empty text for a negative one",
		Syntax:   []string{"CHR(n)"},
		Examples: examples("CHR(65)", "A", "CHR(353)", "a", "CHR(-1)", ""),
		Bind: loose(types.TString, textKernel(func(c *function.Call, dst []byte, i int) ([]byte, bool) {
			n := int64At(c, 0, i)
			if n < 0 {
				return dst, true
			}
			return utf8.AppendRune(dst, rune(n&0xFF)), true
		}), 0, bigInt),
	},
	{
		Name: "TO_BASE64", Family: "string",
		Summary:  "the bytes, or those of the text, in Base64",
		Syntax:   []string{"TO_BASE64(text)", "TO_BASE64(bytes)"},
		Examples: examples("TO_BASE64('hello')", "aGVsbG8="),
		Bind:     plain(types.TString, texts(appendBase64), textOrBytes),
	},
	{
		Name: "FROM_BASE64", Family: "string",
		Summary:  "the text that a Base64 text stands for; one that is not Base64 fails",
		Syntax:   []string{"FROM_BASE64(text)"},
		Examples: examples("FROM_BASE64('aGVsbG8=')", "hello"),
		Bind:     plain(types.TString, fromBase64, textOrBytes),
	},
	{
		Name: "HEX", Family: "string",
		Summary:  "an integer, or the bytes of a text, in hexadecimal digits",
		Syntax:   []string{"HEX(integer)", "HEX(text)"},
		Examples: examples("HEX(255)", "FF", "HEX('hello')", "68656C6C6F", "HEX(-1)", "FFFFFFFFFFFFFFFF"),
		Bind:     bindHex,
	},
	{
		Name: "BIN", Family: "string",
		Summary:  "an integer in binary digits",
		Syntax:   []string{"BIN(integer)"},
		Examples: examples("BIN(4)", "100", "BIN(0)", "0"),
		Bind:     plain(types.TString, integerText(2), bigInt),
	},
}

// bindEnds takes two texts, or twice bytes.
func bindEnds(test func(b, part []byte) bool) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		kind := anyText
		for _, a := range args {
			if a.Type.IsBytes() {
				kind = anyBytes
			}
		}
		return plain(types.TBoolean, texts2(test), kind, kind)(args)
	}
}
