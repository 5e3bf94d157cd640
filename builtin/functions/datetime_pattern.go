package functions

// Patterns of dates and times, such as 'yyyy-MM-dd HH:mm:ss', in Java's two dialects:
//
//   - modern: java.time's DateTimeFormatter (DATE_FORMAT, TO_TIMESTAMP);
//   - simple: SimpleDateFormat (UNIX_TIMESTAMP, FROM_UNIXTIME, DATE_FORMAT of a text).
//
// A run of one letter is a field, whose length says how it is written; text in single
// quotes and everything that is no letter stands for itself; [ ] encloses what may be
// missing (modern).

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tidemark.dev/types"
)

// dialect is a way to read a pattern.
type dialect uint8

const (
	modern dialect = iota
	simple
)

// pattern is a compiled pattern.
type pattern struct {
	dialect dialect
	items   []item
	zoned   bool // it has a field for the zone
}

// unit is how many microseconds the pattern's finest field counts: times within one have
// the same text. 0: fractions of a second count.
func (p *pattern) unit() int64 { return finestUnit(p.items) }

func finestUnit(items []item) int64 {
	const second = types.MicrosPerSecond
	unit := int64(24 * 3600 * second)
	for i := range items {
		it := &items[i]
		switch it.letter {
		case 0:
			if it.optional != nil {
				unit = min(unit, finestUnit(it.optional))
			}
		case 'S', 'A', 'n', 'N', 'z', 'Z', 'x', 'X', 'V', 'O':
			return 0
		case 's':
			unit = min(unit, second)
		case 'm', 'B':
			unit = min(unit, 60*second)
		case 'H', 'h', 'K', 'k', 'a':
			unit = min(unit, 3600*second)
		}
	}
	return unit
}

// item is a field (letter and width), a literal, or an optional part.
type item struct {
	letter   byte // 0: not a field
	width    int
	pad      int // the field is padded with spaces to this width
	literal  string
	optional []item
	// Of a number whose width varies: how many digits the numbers right behind it take.
	reserved int
	// fixed: the number takes exactly its width, because another follows at once.
	fixed bool
}

const modernLetters, simpleLetters = "GuyDMLdQqYwWEecFahKkHmsSAnNgxXZzVOB", "GyYMLdDFEuaHkKhmsSwWXZz"

// mostLetters is how long a field of the modern dialect may be; others up to 19.
var mostLetters = map[byte]int{
	'G': 5, 'M': 5, 'L': 5, 'Q': 5, 'q': 5, 'E': 5, 'e': 5, 'c': 5, 'a': 1, 'd': 2, 'D': 3, 'F': 1, 'h': 2, 'H': 2, 'k': 2, 'K': 2,
	'm': 2, 's': 2, 'S': 9, 'w': 2, 'W': 1, 'X': 5, 'x': 5, 'Z': 5, 'z': 4, 'V': 2, 'O': 4, 'B': 5,
}

// compilePattern reads a pattern. The error names what cannot be read.
func compilePattern(s string, d dialect) (*pattern, error) {
	items, rest, err := readItems(s, d, false)
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, fmt.Errorf("']' without '[' in the pattern '%s'", s)
	}
	reserve(items, d)
	return &pattern{d, items, hasZone(items)}, nil
}

func readItems(s string, d dialect, inside bool) (items []item, rest string, err error) {
	pad := 0
	for s != "" {
		c := s[0]
		switch {
		case c == '\'':
			var text string
			if text, s, err = readQuoted(s); err != nil {
				return nil, "", err
			}
			items = append(items, item{literal: text})
			continue
		case d == modern && c == '[':
			var in []item
			if in, s, err = readItems(s[1:], d, true); err != nil {
				return nil, "", err
			}
			items = append(items, item{optional: in})
			continue
		case d == modern && c == ']' && inside:
			return items, s[1:], nil
		case d == modern && c == ']':
			return nil, s, nil
		case d == modern && (c == '#' || c == '{' || c == '}'):
			return nil, "", fmt.Errorf("the pattern has the reserved character '%c'", c)
		case !isLetter(c):
			_, n := utf8.DecodeRuneInString(s)
			items = append(items, item{literal: s[:n]})
			s = s[n:]
			continue
		}
		width := 1
		for width < len(s) && s[width] == c {
			width++
		}
		s = s[width:]
		if d == modern && c == 'p' {
			pad = width
			continue
		}
		if err := checkField(c, width, d); err != nil {
			return nil, "", err
		}
		items = append(items, item{letter: c, width: width, pad: pad})
		pad = 0
	}
	if pad > 0 {
		return nil, "", fmt.Errorf("a pad letter 'p' has no field behind it")
	}
	return items, "", nil
}

// readQuoted reads 'text', in which two quotes are one; two alone are a quote.
func readQuoted(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' && i > 1 {
			b.WriteByte('\'')
			i++
			continue
		}
		if i == 1 {
			return "'", s[2:], nil
		}
		return b.String(), s[i+1:], nil
	}
	return "", "", fmt.Errorf("a quote in the pattern is not closed")
}

func isLetter(c byte) bool { return c|' ' >= 'a' && c|' ' <= 'z' }

func checkField(c byte, width int, d dialect) error {
	if d == simple {
		if strings.IndexByte(simpleLetters, c) < 0 {
			return fmt.Errorf("unknown pattern letter: %c", c)
		}
		if c == 'X' && width > 3 {
			return fmt.Errorf("too many pattern letters: %c", c)
		}
		return nil
	}
	if strings.IndexByte(modernLetters, c) < 0 {
		if c == 'v' {
			return fmt.Errorf("the pattern letter v, for names of time zones, is not supported")
		}
		return fmt.Errorf("unknown pattern letter: %c", c)
	}
	most := mostLetters[c]
	if most == 0 {
		most = 19
	}
	if width > most || c == 'c' && width == 2 || c == 'V' && width != 2 || c == 'O' && width != 1 && width != 4 || c == 'B' && width != 1 && width < 4 {
		return fmt.Errorf("too many pattern letters: %c", c)
	}
	return nil
}

// isNumber tells that a field is written in digits.
func (it *item) isNumber() bool {
	switch it.letter {
	case 0, 'G', 'E', 'a', 'x', 'X', 'Z', 'z', 'V', 'O', 'B':
		return false
	case 'M', 'L', 'Q', 'q', 'e', 'c':
		return it.width <= 2
	}
	return true
}

// widths are the fewest and the most digits that a number is read with.
func (it *item) widths() (least, most int) {
	switch {
	case (it.letter == 'y' || it.letter == 'u' || it.letter == 'Y') && it.width == 2:
		return 2, 2
	case it.letter == 'D' && it.width == 2:
		return 2, 3
	case it.letter == 'S':
		return it.width, it.width
	case it.width == 1 || strings.IndexByte("yuYnNAg", it.letter) >= 0:
		return it.width, 19
	}
	return it.width, it.width
}

// reserve tells numbers that stand next to each other how many digits each may take.
func reserve(items []item, d dialect) {
	active := -1
	for i := range items {
		it := &items[i]
		if it.optional != nil {
			reserve(it.optional, d)
			active = -1
			continue
		}
		if !it.isNumber() {
			active = -1
			continue
		}
		least, most := it.widths()
		if active >= 0 && (least == most || d == simple) {
			if d == simple {
				items[i-1].fixed = true
			}
			items[active].reserved += most
			continue
		}
		active = i
	}
}
