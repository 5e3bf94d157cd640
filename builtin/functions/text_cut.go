package functions

import (
	"bytes"
	"errors"
	"unicode"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that answer a part of a text.
var cutFunctions = []*function.Function{
	{
		Name: "SUBSTRING", Aliases: []string{"SUBSTR"}, Family: "string",
		Summary:  "the part of the text that begins at a character (1 is the first, -1 the last) and has at most length characters; NULL for a negative length",
		Syntax:   []string{"SUBSTRING(text, from [, length])", "SUBSTRING(text FROM from [FOR length])"},
		Examples: examples("SUBSTRING('Hello', 2, 3)", "ell", "SUBSTRING('Hello', -3, 2)", "ll", "SUBSTRING('Hello', 0, 3)", "Hel", "SUBSTRING('Hello', 2, -1)", "NULL", "SUBSTRING('äöü', 2)", "öü"),
		Bind: binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return partial(ps, varying(ps[0]), slicer(substring))
		}, anyText, plainInt, plainInt),
	},
	{
		Name: "LEFT", Family: "string",
		Summary:  "the first characters of the text",
		Syntax:   []string{"LEFT(text, n)"},
		Examples: examples("LEFT('Hello', 2)", "He", "LEFT('Hello', 9)", "Hello", "LEFT('Hello', -1)", ""),
		Bind: binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return partial(ps, varying(ps[0]), slicer(func(c *function.Call, b []byte, i int) (int, int, bool) {
				return 0, offset(b, int(max(0, int32At(c, 1, i)))), true
			}))
		}, anyText, plainInt),
	},
	{
		Name: "RIGHT", Family: "string",
		Summary:  "the last characters of the text",
		Syntax:   []string{"RIGHT(text, n)"},
		Examples: examples("RIGHT('Hello', 2)", "lo", "RIGHT('Hello', 9)", "Hello", "RIGHT('Hello', 0)", ""),
		Bind: binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return partial(ps, varying(ps[0]), slicer(func(c *function.Call, b []byte, i int) (int, int, bool) {
				n := int(max(0, int32At(c, 1, i)))
				return offset(b, max(0, length(b)-n)), len(b), true
			}))
		}, anyText, plainInt),
	},
	{
		Name: "TRIM", Family: "string",
		Summary:  "the text without spaces, or without the given characters, at both ends, the beginning or the end",
		Syntax:   []string{"TRIM([BOTH | LEADING | TRAILING] [characters FROM] text)"},
		Examples: examples("TRIM('  a ')", "a", "TRIM(BOTH 'H' FROM 'Hello')", "ello", "TRIM(LEADING 'He' FROM 'Hello')", "llo", "TRIM(TRAILING 'o' FROM 'Hello')", "Hell"),
		Bind:     bindTrim,
	},
	{
		Name: "LTRIM", Family: "string",
		Summary:  "the text without spaces, or without the given characters, at the beginning",
		Syntax:   []string{"LTRIM(text [, characters])"},
		Examples: examples("LTRIM('  a ')", "a ", "LTRIM('xyabc', 'yx')", "abc"),
		Bind:     trimmer(true, false),
	},
	{
		Name: "RTRIM", Family: "string",
		Summary:  "the text without spaces, or without the given characters, at the end",
		Syntax:   []string{"RTRIM(text [, characters])"},
		Examples: examples("RTRIM(' a  ')", " a", "RTRIM('abcyx', 'yx')", "abc"),
		Bind:     trimmer(false, true),
	},
	{
		Name: "BTRIM", Family: "string",
		Summary:  "the text without spaces, or without the given characters, at both ends",
		Syntax:   []string{"BTRIM(text [, characters])"},
		Examples: examples("BTRIM('Hello', 'Ho')", "ell", "BTRIM(' a ')", "a"),
		Bind: binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return strict(ps, types.TString, slicer(trim(true, true)))
		}, anyText, anyText),
	},
	{
		Name: "SPLIT_INDEX", Family: "string",
		Summary:  "the part numbered index, from 0, of a text split at each delimiter (a text, or a character by its number); NULL where there is none",
		Syntax:   []string{"SPLIT_INDEX(text, delimiter, index)"},
		Examples: examples("SPLIT_INDEX('a,b,c', ',', 1)", "b", "SPLIT_INDEX('a,b,c', 44, 2)", "c", "SPLIT_INDEX('a,b', ',', 5)", "NULL", "SPLIT_INDEX('a,,b', ',', 1)", ""),
		Bind:     bindSplitIndex,
	},
}

// varying is the type of a part of a text of type t: VARCHAR of the same length.
func varying(t types.Type) types.Type {
	return types.Type{Kind: types.VarChar, Precision: t.Precision}
}

// length is the number of characters (code points) of b.
func length(b []byte) int {
	n := 0
	for _, c := range b {
		if c&0xC0 != 0x80 {
			n++
		}
	}
	return n
}

// offset is the byte at which character n of b begins, or len(b).
func offset(b []byte, n int) int {
	if n >= len(b) {
		return len(b)
	}
	for i := 0; i < len(b); i++ {
		if b[i]&0xC0 == 0x80 {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	return len(b)
}

func substring(c *function.Call, b []byte, i int) (from, to int, ok bool) {
	start := int(int32At(c, 1, i))
	n := len(b)
	if len(c.Args) > 2 {
		if n = int(int32At(c, 2, i)); n < 0 {
			return 0, 0, false
		}
	}
	switch {
	case start > 0:
		from = offset(b, start-1)
	case start < 0:
		all := length(b)
		if all+start < 0 {
			return 0, 0, true
		}
		from = offset(b, all+start)
	}
	return from, from + offset(b[from:], n), true
}

// trim answers what is left when spaces, or the characters of argument 1, are taken off
// the ends.
func trim(leading, trailing bool) func(c *function.Call, b []byte, i int) (int, int, bool) {
	return func(c *function.Call, b []byte, i int) (int, int, bool) {
		cut := []byte{' '}
		if len(c.Args) > 1 {
			cut = text(c, 1, i)
		}
		from, to := 0, len(b)
		for leading && from < to {
			r, n := utf8.DecodeRune(b[from:to])
			if !contains(cut, r) {
				break
			}
			from += n
		}
		for trailing && from < to {
			r, n := utf8.DecodeLastRune(b[from:to])
			if !contains(cut, r) {
				break
			}
			to -= n
		}
		return from, to, true
	}
}

func contains(set []byte, r rune) bool {
	for len(set) > 0 {
		x, n := utf8.DecodeRune(set)
		if x == r {
			return true
		}
		set = set[n:]
	}
	return false
}

func trimmer(leading, trailing bool) func([]function.Arg) (function.Signature, error) {
	return binding(1, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
		return strict(ps, varying(ps[0]), slicer(trim(leading, trailing)))
	}, anyText, anyText)
}

// bindTrim takes TRIM(text), or side, characters and text as the planner hands them.
func bindTrim(args []function.Arg) (function.Signature, error) {
	if len(args) == 1 {
		return binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return strict(ps, varying(ps[0]), slicer(trim(true, true)))
		}, anyText)(args)
	}
	if err := arity(args, 3, 3); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	side, ok := literalText(args[0])
	if !ok || side != "BOTH" && side != "LEADING" && side != "TRAILING" {
		return function.Signature{}, errors.New("argument 1 is BOTH, LEADING or TRAILING")
	}
	cut := slicer(trim(side != "TRAILING", side != "LEADING"))
	return strict(ps, varying(ps[2]), func(c *function.Call) error {
		swapped := *c
		swapped.Args = []*vector.Vector{c.Args[2], c.Args[1]}
		return cut(&swapped)
	})
}

func bindSplitIndex(args []function.Arg) (function.Signature, error) {
	delimiter := anyText
	if len(args) > 1 && args[1].Type.IsInteger() {
		delimiter = plainInt
	}
	return loose(types.TString, slicer(splitIndex), 0, anyText, delimiter, plainInt)(args)
}

func splitIndex(c *function.Call, b []byte, i int) (from, to int, ok bool) {
	index := int(int32At(c, 2, i))
	if index < 0 {
		return 0, 0, false
	}
	var room [utf8.UTFMax]byte
	delimiter := room[:0]
	if c.Args[1].Type.IsText() {
		delimiter = text(c, 1, i)
	} else {
		char := int32At(c, 1, i)
		if char < 1 || char > 255 {
			return 0, 0, false
		}
		delimiter = utf8.AppendRune(delimiter, rune(char))
	}
	return part(b, delimiter, index)
}

// part is where part number index of b lies, split at each delimiter, or at each blank
// character if the delimiter is empty. An empty text has no parts.
func part(b, delimiter []byte, index int) (from, to int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	for {
		n, width := bytes.Index(b[from:], delimiter), len(delimiter)
		if width == 0 {
			n, width = blank(b[from:])
		}
		if index == 0 {
			if n < 0 {
				return from, len(b), true
			}
			return from, from + n, true
		}
		if n < 0 {
			return 0, 0, false
		}
		from += n + width
		index--
	}
}

// blank finds the first blank character of b and its width.
func blank(b []byte) (at, width int) {
	at = bytes.IndexFunc(b, unicode.IsSpace)
	if at < 0 {
		return -1, 0
	}
	_, width = utf8.DecodeRune(b[at:])
	return at, width
}
