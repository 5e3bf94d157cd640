package functions

import (
	"slices"
	"strings"
	"unicode"
)

// runeSet is a set of characters: ranges in order, neither touching nor overlapping.
type runeSet []runeRange

type runeRange struct{ low, high rune }

// setOf makes a set of pairs of bounds.
func setOf(bounds ...rune) runeSet {
	var s runeSet
	for i := 0; i < len(bounds); i += 2 {
		s = append(s, runeRange{bounds[i], bounds[i+1]})
	}
	return s.ordered()
}

// ordered sorts the ranges and joins those that touch.
func (s runeSet) ordered() runeSet {
	slices.SortFunc(s, func(a, b runeRange) int { return int(a.low - b.low) })
	var out runeSet
	for _, r := range s {
		if n := len(out); n > 0 && r.low <= out[n-1].high+1 {
			out[n-1].high = max(out[n-1].high, r.high)
		} else {
			out = append(out, r)
		}
	}
	return out
}

func (s runeSet) union(t runeSet) runeSet { return append(slices.Clone(s), t...).ordered() }

// complement is all other characters.
func (s runeSet) complement() runeSet {
	var out runeSet
	next := rune(0)
	for _, r := range s {
		if r.low > next {
			out = append(out, runeRange{next, r.low - 1})
		}
		next = r.high + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, runeRange{next, unicode.MaxRune})
	}
	return out
}

func (s runeSet) intersect(t runeSet) runeSet {
	return s.complement().union(t.complement()).complement()
}

// bothCases adds the other case of each letter: of ASCII, or of all.
func (s runeSet) bothCases(all bool) runeSet {
	out := slices.Clone(s)
	for _, r := range s {
		for c := r.low; c <= r.high && (all || c < unicode.MaxASCII); c++ {
			if c > 0x1_0000 && r.high-c > 1000 {
				break // no letters with two cases lie in the great ranges
			}
			for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
				if all || f <= unicode.MaxASCII {
					out = append(out, runeRange{f, f})
				}
			}
		}
	}
	return out.ordered()
}

// write writes the set as a class of RE2.
func (s runeSet) write(b *strings.Builder) {
	if len(s) == 1 && s[0].low == s[0].high {
		writeRune(b, s[0].low)
		return
	}
	b.WriteByte('[')
	if len(s) == 0 {
		b.WriteString(`^\x00-\x{10FFFF}`)
	}
	for _, r := range s {
		writeHex(b, r.low)
		if r.high > r.low {
			b.WriteByte('-')
			writeHex(b, r.high)
		}
	}
	b.WriteByte(']')
}

// writeRune writes a character that stands for itself.
func writeRune(b *strings.Builder, r rune) {
	if r < 0x80 && !isLetter(byte(r)) && (r < '0' || r > '9') {
		writeHex(b, r)
		return
	}
	b.WriteRune(r)
}

func writeHex(b *strings.Builder, r rune) {
	const digits = "0123456789ABCDEF"
	b.WriteString(`\x{`)
	for shift := 20; shift >= 0; shift -= 4 {
		if r>>shift != 0 || shift == 0 {
			b.WriteByte(digits[r>>shift&15])
		}
	}
	b.WriteByte('}')
}

// tableSet is the set of a table of package unicode.
func tableSet(tables ...*unicode.RangeTable) runeSet {
	var s runeSet
	add := func(low, high, stride rune) {
		if stride == 1 {
			s = append(s, runeRange{low, high})
			return
		}
		for r := low; r <= high; r += stride {
			s = append(s, runeRange{r, r})
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return s.ordered()
}

// posixSets are the classes of ASCII that Java names \p{Alpha}.
var posixSets = map[string]runeSet{
	"Lower": setOf('a', 'z'), "Upper": setOf('A', 'Z'), "ASCII": setOf(0, 0x7F), "Alpha": setOf('A', 'Z', 'a', 'z'), "Digit": setOf('0', '9'),
	"Alnum": setOf('0', '9', 'A', 'Z', 'a', 'z'), "Punct": setOf('!', '/', ':', '@', '[', '`', '{', '~'), "Graph": setOf('!', '~'), "Print": setOf(' ', '~'),
	"Blank": setOf(' ', ' ', '\t', '\t'), "Cntrl": setOf(0, 0x1F, 0x7F, 0x7F), "XDigit": setOf('0', '9', 'A', 'F', 'a', 'f'), "Space": setOf('\t', '\r', ' ', ' '),
}

// binarySets are \p{IsAlphabetic} and the like, in upper case, and \p{javaLowerCase}.
var binarySets = map[string]func() runeSet{
	"ALPHABETIC": func() runeSet { return tableSet(unicode.L, unicode.Nl, unicode.Other_Alphabetic) },
	"UPPERCASE":  func() runeSet { return tableSet(unicode.Lu, unicode.Other_Uppercase) }, "LOWERCASE": func() runeSet { return tableSet(unicode.Ll, unicode.Other_Lowercase) },
	"LETTER": func() runeSet { return tableSet(unicode.L) }, "DIGIT": func() runeSet { return tableSet(unicode.Nd) },
	"PUNCTUATION": func() runeSet { return tableSet(unicode.P) }, "CONTROL": func() runeSet { return tableSet(unicode.Cc) },
	"WHITE_SPACE": func() runeSet { return tableSet(unicode.White_Space) }, "WHITESPACE": func() runeSet { return tableSet(unicode.White_Space) },
	"IDEOGRAPHIC": func() runeSet { return tableSet(unicode.Ideographic) }, "HEX_DIGIT": func() runeSet { return tableSet(unicode.Hex_Digit) },
	"TITLECASE": func() runeSet { return tableSet(unicode.Lt) },
}

// propertySet is the set of \p{name}. Of an unknown name supported tells that Java has not it either.
func propertySet(name string) (s runeSet, known, supported bool) {
	if s, ok := posixSets[name]; ok {
		return s, true, true
	}
	if key, value, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(key) {
		case "gc", "general_category":
			name = value
		case "sc", "script":
			return scriptSet(value)
		default:
			return nil, false, false
		}
	}
	if java, ok := strings.CutPrefix(name, "java"); ok {
		java = map[string]string{"LowerCase": "LOWERCASE", "UpperCase": "UPPERCASE", "Alphabetic": "ALPHABETIC", "Letter": "LETTER", "Digit": "DIGIT", "TitleCase": "TITLECASE"}[java]
		if binarySets[java] == nil {
			return nil, false, false
		}
		return binarySets[java](), true, true
	}
	if strings.HasPrefix(name, "In") {
		return nil, false, false // a block
	}
	is, prefixed := strings.CutPrefix(name, "Is")
	switch {
	case is == "L1":
		return setOf(0, 0xFF), true, true
	case is == "LC":
		return tableSet(unicode.Lu, unicode.Ll, unicode.Lt), true, true
	case unicode.Categories[is] != nil:
		return tableSet(unicode.Categories[is]), true, true
	case prefixed && binarySets[strings.ToUpper(is)] != nil:
		return binarySets[strings.ToUpper(is)](), true, true
	case prefixed:
		return scriptSet(is)
	}
	return nil, false, true
}

func scriptSet(name string) (s runeSet, known, supported bool) {
	for n, t := range unicode.Scripts {
		if strings.EqualFold(n, name) {
			return tableSet(t), true, true
		}
	}
	return nil, false, false
}
