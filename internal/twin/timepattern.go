package twin

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Patterns of java.time.format.DateTimeFormatter in the US locale: the letters that
// make sense without a zone.

// patternPart is a letter repeated n times, or literal text (letter 0), or one of [ ].
type patternPart struct {
	letter byte
	n      int
	text   string
}

func splitPattern(pattern string) ([]patternPart, error) {
	var parts []patternPart
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			if !strings.ContainsRune("GuyMLdDHhKkmsSnNAaEecQqwW", rune(c)) {
				return nil, fmt.Errorf("pattern letter %q is not known to the twin", c)
			}
			parts = append(parts, patternPart{letter: c, n: n})
			i += n
		case c == '\'':
			end := i + 1
			var text strings.Builder
			for ; ; end++ {
				if end >= len(pattern) {
					return nil, fmt.Errorf("pattern ends with an incomplete string literal: %s", pattern)
				}
				if pattern[end] == '\'' {
					if end+1 < len(pattern) && pattern[end+1] == '\'' {
						end++
					} else {
						break
					}
				}
				text.WriteByte(pattern[end])
			}
			if end == i+1 {
				text.WriteByte('\'')
			}
			parts = append(parts, patternPart{text: text.String()})
			i = end + 1
		case c == '[' || c == ']':
			parts = append(parts, patternPart{letter: c})
			i++
		case c == '{' || c == '}' || c == '#':
			return nil, fmt.Errorf("pattern includes reserved character: %q", c)
		default:
			parts = append(parts, patternPart{text: string(c)})
			i++
		}
	}
	return parts, nil
}

// formatPattern is DATE_FORMAT of a local time.
func formatPattern(t time.Time, pattern string) (string, error) {
	parts, err := splitPattern(pattern)
	var b strings.Builder
	for _, p := range parts {
		if p.letter == 0 {
			b.WriteString(p.text)
		} else if p.letter != '[' && p.letter != ']' {
			b.WriteString(p.format(t))
		}
	}
	return b.String(), err
}

func (p patternPart) format(t time.Time) string {
	month, day := t.Month().String(), t.Weekday().String()
	midnight := t.Truncate(24 * time.Hour)
	number := func(v int) string { return fmt.Sprintf("%0*d", p.n, v) }
	name := func(full string) string {
		switch p.n {
		case 4:
			return full
		case 5:
			return full[:1]
		}
		return full[:3]
	}
	switch p.letter {
	case 'G':
		return map[bool]string{true: "AD", false: "Anno Domini"}[p.n < 4]
	case 'y', 'u':
		if p.n == 2 {
			return fmt.Sprintf("%02d", t.Year()%100)
		}
		return number(t.Year())
	case 'M', 'L':
		if p.n > 2 {
			return name(month)
		}
		return number(int(t.Month()))
	case 'Q', 'q':
		q := (int(t.Month()) + 2) / 3
		switch p.n {
		case 3:
			return "Q" + strconv.Itoa(q)
		case 4:
			return []string{"1st", "2nd", "3rd", "4th"}[q-1] + " quarter"
		}
		return number(q)
	case 'd':
		return number(t.Day())
	case 'D':
		return number(t.YearDay())
	case 'E':
		return name(day)
	case 'e', 'c':
		if p.n > 2 {
			return name(day)
		}
		return number(int(t.Weekday()) + 1)
	case 'w':
		saturday := t.AddDate(0, 0, 6-int(t.Weekday()))
		return number((saturday.YearDay()-1)/7 + 1) // the week of January 1 is the first
	case 'W':
		first := t.AddDate(0, 0, 1-t.Day())
		return number((t.Day()-1+int(first.Weekday()))/7 + 1)
	case 'a':
		return t.Format("PM")
	case 'H':
		return number(t.Hour())
	case 'k':
		return number((t.Hour()+23)%24 + 1)
	case 'K':
		return number(t.Hour() % 12)
	case 'h':
		return number((t.Hour()+11)%12 + 1)
	case 'm':
		return number(t.Minute())
	case 's':
		return number(t.Second())
	case 'S':
		return (fmt.Sprintf("%09d", t.Nanosecond()) + strings.Repeat("0", p.n))[:p.n]
	case 'n':
		return number(t.Nanosecond())
	case 'N':
		return number(int(t.Sub(midnight)))
	}
	return number(int(t.Sub(midnight).Milliseconds())) // A
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parsePattern reads text by a pattern, all of it; ok is false where java.time throws.
// What the pattern does not name is 1970, January, the 1st, midnight.
func parsePattern(s, pattern string) (t time.Time, ok bool, err error) {
	parts, err := splitPattern(pattern)
	if err != nil {
		return t, false, err
	}
	fields := map[byte]int{}
	for i := 0; i < len(parts); i++ {
		p := parts[i]
		switch {
		case p.letter == '[' || p.letter == ']' || strings.ContainsRune("GDNAEecQqwWnkK", rune(p.letter)) && p.letter != 0:
			return t, false, fmt.Errorf("the twin does not read text by the pattern letter %q", p.letter)
		case p.letter == 0:
			if !strings.HasPrefix(s, p.text) {
				return t, false, nil
			}
			s = s[len(p.text):]
		default:
			v, rest, ok := p.parse(s, reserved(parts[i+1:]))
			if before, seen := fields[p.letter]; !ok || seen && before != v {
				return t, false, nil
			}
			fields[p.letter], s = v, rest
		}
	}
	if s != "" {
		return t, false, nil
	}
	return assemble(fields)
}

// reserved is how many digits belong to the numbers of fixed width right behind.
func reserved(parts []patternPart) int {
	n := 0
	for _, p := range parts {
		if !p.fixed() {
			break
		}
		n += p.n
	}
	return n
}

// fixed tells that exactly n digits are read.
func (p patternPart) fixed() bool {
	return p.letter == 'S' || p.n == 2 && strings.ContainsRune("yuMLdHhms", rune(p.letter))
}

func (p patternPart) parse(s string, reserve int) (v int, rest string, ok bool) {
	switch {
	case p.letter == 'a':
		if strings.HasPrefix(s, "AM") || strings.HasPrefix(s, "PM") {
			return boolInt(s[0] == 'P'), s[2:], true
		}
		return 0, s, false
	case (p.letter == 'M' || p.letter == 'L') && p.n > 2:
		for m := time.January; m <= time.December; m++ {
			name := m.String()
			if p.n == 3 {
				name = name[:3]
			}
			if strings.HasPrefix(s, name) {
				return int(m), s[len(name):], true
			}
		}
		return 0, s, false
	}
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	year := p.letter == 'y' || p.letter == 'u'
	if p.fixed() {
		if digits < p.n {
			return 0, s, false
		}
		digits = p.n
	} else {
		digits -= reserve
	}
	if digits < p.n || digits > 9 || year && p.n >= 3 && digits > p.n {
		return 0, s, false
	}
	v, _ = strconv.Atoi(s[:digits])
	if p.letter == 'S' {
		v, _ = strconv.Atoi((s[:digits] + "000000000")[:9])
	}
	if year && p.n == 2 {
		v += 2000
	}
	return v, s[digits:], true
}

func assemble(f map[byte]int) (time.Time, bool, error) {
	get := func(missing int, letters ...byte) int {
		for _, l := range letters {
			if v, ok := f[l]; ok {
				return v
			}
		}
		return missing
	}
	hour := get(0, 'H')
	if h, ok := f['h']; ok {
		if h < 1 || h > 12 {
			return time.Time{}, false, nil
		}
		if pm, ok := f['a']; ok {
			hour = h%12 + 12*pm
		}
	}
	if y, ok := f['y']; ok && y == 0 {
		return time.Time{}, false, nil
	}
	t, ok := civil(get(1970, 'y', 'u'), get(1, 'M', 'L'), get(1, 'd'), hour, get(0, 'm'), get(0, 's'), get(0, 'S'))
	return t, ok, nil
}
