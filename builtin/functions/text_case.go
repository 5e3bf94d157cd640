package functions

import (
	"unicode"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions that change the letters of a text and keep its type.
var caseFunctions = []*function.Function{
	{
		Name: "UPPER", Family: "string",
		Summary:  "the text in upper case",
		Syntax:   []string{"UPPER(text)"},
		Examples: examples("UPPER('straße')", "STRASSE", "UPPER(CAST(NULL AS STRING))", "NULL"),
		Bind:     sameType(texts(appendUpper)),
	},
	{
		Name: "LOWER", Family: "string",
		Summary:  "the text in lower case",
		Syntax:   []string{"LOWER(text)"},
		Examples: examples("LOWER('ABC')", "abc"),
		Bind:     sameType(texts(appendLower)),
	},
	{
		Name: "INITCAP", Family: "string",
		Summary:  "the text with every word's first letter in upper case, the rest in lower case; a word is a run of letters and digits of ASCII",
		Syntax:   []string{"INITCAP(text)"},
		Examples: examples("INITCAP('hello WORLD foo-bar')", "Hello World Foo-Bar"),
		Bind:     sameType(texts(appendInitcap)),
	},
	{
		Name: "REVERSE", Family: "string",
		Summary:  "the characters in reverse order",
		Syntax:   []string{"REVERSE(text)"},
		Examples: examples("REVERSE('abc')", "cba"),
		Bind:     loose(types.TString, texts(appendReverse), 0, anyText),
	},
}

// sameType binds a function of one text whose result has its type.
func sameType(k function.Kernel) func([]function.Arg) (function.Signature, error) {
	return binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) { return strict(ps, ps[0], k) }, anyText)
}

// appendUpper follows Java's String.toUpperCase with the root locale.
func appendUpper(dst, b []byte) []byte {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return appendUpperUnicode(dst, b[i:])
		}
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendUpperUnicode(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		b = b[n:]
		if s, ok := longUpper[r]; ok {
			dst = append(dst, s...)
			continue
		}
		dst = utf8.AppendRune(dst, unicode.ToUpper(r))
	}
	return dst
}

// longUpper are letters whose upper case is several (Unicode's SpecialCasing).
var longUpper = map[rune]string{
	'ß': "SS", 'ŉ': "ʼN", 'ǰ': "J̌", 'ΐ': "Ϊ́", 'ΰ': "Ϋ́", 'և': "ԵՒ",
	'ẖ': "H̱", 'ẗ': "T̈", 'ẘ': "W̊", 'ẙ': "Y̊", 'ẚ': "Aʾ",
	'ﬀ': "FF", 'ﬁ': "FI", 'ﬂ': "FL", 'ﬃ': "FFI", 'ﬄ': "FFL", 'ﬅ': "ST", 'ﬆ': "ST",
}

// appendLower follows Java's String.toLowerCase with the root locale.
func appendLower(dst, b []byte) []byte {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return appendLowerUnicode(dst, b, i)
		}
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendLowerUnicode(dst, b []byte, at int) []byte {
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		switch {
		case r == 'İ':
			dst = append(dst, "i̇"...)
		case r == 'Σ' && endsWord(b, at, at+n):
			dst = utf8.AppendRune(dst, 'ς')
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		at += n
	}
	return dst
}

// endsWord tells that there is a letter before from and none at to.
func endsWord(b []byte, from, to int) bool {
	before, _ := utf8.DecodeLastRune(b[:from])
	after, _ := utf8.DecodeRune(b[to:])
	return from > 0 && unicode.IsLetter(before) && (to == len(b) || !unicode.IsLetter(after))
}

func appendInitcap(dst, b []byte) []byte {
	begin := true
	for _, c := range b {
		switch {
		case c-'a' < 26:
			if begin {
				c -= 'a' - 'A'
			}
			begin = false
		case c-'A' < 26:
			if !begin {
				c += 'a' - 'A'
			}
			begin = false
		case c-'0' < 10:
			begin = false
		default:
			begin = true
		}
		dst = append(dst, c)
	}
	return dst
}

func appendReverse(dst, b []byte) []byte {
	for len(b) > 0 {
		_, n := utf8.DecodeLastRune(b)
		dst = append(dst, b[len(b)-n:]...)
		b = b[:len(b)-n]
	}
	return dst
}
