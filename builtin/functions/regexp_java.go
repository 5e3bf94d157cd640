package functions

// Regular expressions are Java's (java.util.regex.Pattern), computed by RE2 (package
// regexp), which takes linear time whatever the pattern.
//
//  1. A pattern is read by Java's grammar, with the flags that are in force, and written
//     anew in RE2's: the dot leaves out all of Java's line ends, classes are computed as
//     sets (so classes within classes and intersections are possible), case is ignored
//     in ASCII alone without the flag u.
//  2. What Java does not take is no pattern (errPattern): the functions answer NULL.
//  3. What RE2 cannot do is refused by name: look-around, back references, possessive
//     quantifiers, atomic groups, \G, \X, more than 1000 repetitions.
//  4. Two things can only be told when a text is there (javaRegexp): \b beside letters
//     beyond ASCII, which RE2 does not see, fails; $ before a line end at the end of a
//     text is tried on the text without it.

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errPattern says that a text is no regular expression to Java either.
var errPattern = errors.New("not a regular expression")

// compileRegexp compiles a Java pattern. The error is errPattern, or one that says what
// cannot be done.
func compileRegexp(pattern string) (*javaRegexp, error) {
	p := &regexpReader{text: pattern}
	err := p.alternatives()
	if err == nil && p.at < len(p.text) { // a closing bracket
		err = errPattern
	}
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(p.out.String())
	if err != nil {
		return nil, unsupported("so large a pattern")
	}
	return &javaRegexp{Regexp: re, words: p.words, dollar: p.dollar}, nil
}

func unsupported(what string) error {
	return fmt.Errorf("%s is not supported in a regular expression", what)
}

// regexpFlags are those of (?idmsuxU).
type regexpFlags struct{ ignoreCase, unixLines, multiline, dotAll, unicodeCase, comments, unicodeClasses bool }

// regexpReader reads a pattern and writes it anew.
type regexpReader struct {
	text   string
	at     int
	depth  int
	flags  regexpFlags
	names  map[string]bool
	words  bool // \b or \B
	dollar bool // $ or \Z, of the whole text
	out    strings.Builder
}

// maxGroups bounds how deep groups and classes nest.
const maxGroups = 500

func (p *regexpReader) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *regexpReader) has(prefix string) bool { return strings.HasPrefix(p.text[p.at:], prefix) }

// skip leaves out blanks and comments under the flag x.
func (p *regexpReader) skip() {
	for p.flags.comments && p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			p.at++
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		default:
			return
		}
	}
}

// alternatives reads up to the end or a closing bracket.
func (p *regexpReader) alternatives() error {
	for {
		p.skip()
		switch {
		case p.at == len(p.text) || p.peek() == ')':
			return nil
		case p.peek() == '|':
			p.at++
			p.out.WriteByte('|')
			continue
		}
		if err := p.item(); err != nil {
			return err
		}
	}
}

// item reads an atom and its quantifier.
func (p *regexpReader) item() error {
	switch {
	case p.peek() == '(':
		flagsOnly, err := p.group()
		if err != nil || flagsOnly {
			return err
		}
	case p.has(`\Q`):
		return p.quoted()
	default:
		if err := p.atom(); err != nil {
			return err
		}
	}
	return p.quantifier()
}

// quoted reads \Q...\E; a quantifier belongs to its last character.
func (p *regexpReader) quoted() error {
	text, rest, closed := strings.Cut(p.text[p.at+2:], `\E`)
	p.at = len(p.text) - len(rest)
	if !closed {
		p.at = len(p.text)
	}
	for _, r := range text {
		p.literal(r)
	}
	if text == "" {
		return nil
	}
	return p.quantifier()
}

// quantifier reads what may stand behind an atom.
func (p *regexpReader) quantifier() error {
	p.skip()
	from := p.at
	switch p.peek() {
	case '*', '+', '?':
		p.at++
	case '{':
		if err := p.repetition(); err != nil {
			return err
		}
	default:
		return nil
	}
	switch p.peek() {
	case '+':
		return unsupported("a possessive quantifier")
	case '?':
		p.at++
	}
	p.out.WriteString(p.text[from:p.at])
	return nil
}

// repetition reads {n}, {n,} and {n,m}.
func (p *regexpReader) repetition() error {
	end := strings.IndexByte(p.text[p.at:], '}')
	if end < 0 {
		return errPattern
	}
	low, high, pair := strings.Cut(p.text[p.at+1:p.at+end], ",")
	p.at += end + 1
	least, ok := repetitions(low)
	most := least
	if pair && high != "" {
		var fine bool
		most, fine = repetitions(high)
		ok = ok && fine
	}
	switch {
	case !ok || most < least:
		return errPattern
	case most > 1000:
		return unsupported("more than 1000 repetitions")
	}
	return nil
}

func repetitions(s string) (n int, ok bool) {
	if s == "" {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c-'0' > 9 {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= 1<<31-1
}

// lookArounds are groups that RE2 has not.
var lookArounds = []struct{ text, name string }{
	{"(?=", "a lookahead"}, {"(?!", "a lookahead"}, {"(?<=", "a lookbehind"}, {"(?<!", "a lookbehind"}, {"(?>", "an atomic group"},
}

// group reads (...); flagsOnly is true for (?i), which ends nothing.
func (p *regexpReader) group() (flagsOnly bool, err error) {
	for _, u := range lookArounds {
		if p.has(u.text) {
			return false, unsupported(u.name + ", " + u.text + "...),")
		}
	}
	before := p.flags
	switch {
	case p.has("(?<"):
		end := strings.IndexByte(p.text[p.at:], '>')
		if end < 0 || !p.name(p.text[p.at+3:p.at+end]) {
			return false, errPattern
		}
		p.at += end + 1
		p.out.WriteByte('(')
	case p.has("(?"):
		p.at += 2
		if flagsOnly, err = p.readFlags(); flagsOnly || err != nil {
			return flagsOnly, err
		}
		p.out.WriteString("(?:")
	default:
		p.at++
		p.out.WriteByte('(')
	}
	if p.depth++; p.depth > maxGroups {
		return false, unsupported("so deep a nesting")
	}
	if err := p.alternatives(); err != nil {
		return false, err
	}
	if p.peek() != ')' {
		return false, errPattern
	}
	p.at++
	p.depth--
	p.out.WriteByte(')')
	p.flags = before
	return false, nil
}

// name takes the name of a group: letters and digits, and none twice.
func (p *regexpReader) name(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || s[i]-'0' > 9) {
			return false
		}
	}
	if s == "" || p.names[s] {
		return false
	}
	if p.names == nil {
		p.names = map[string]bool{}
	}
	p.names[s] = true
	return true
}

// readFlags reads the flags behind (? up to a colon, or a bracket (only is true).
func (p *regexpReader) readFlags() (only bool, err error) {
	on := true
	for {
		c := p.peek()
		p.at++
		switch c {
		case '-':
			if !on {
				return false, errPattern
			}
			on = false
		case 'i':
			p.flags.ignoreCase = on
		case 'd':
			p.flags.unixLines = on
		case 'm':
			p.flags.multiline = on
		case 's':
			p.flags.dotAll = on
		case 'u':
			p.flags.unicodeCase = on
		case 'x':
			p.flags.comments = on
		case 'U':
			p.flags.unicodeClasses, p.flags.unicodeCase = on, on
		case ':':
			return false, nil
		case ')':
			return true, nil
		default:
			return false, errPattern
		}
	}
}

// atom reads a character, a class, an escape or an anchor.
func (p *regexpReader) atom() error {
	switch c := p.peek(); c {
	case '*', '+', '?', '{':
		return errPattern // nothing to repeat
	case '[':
		s, err := p.class()
		if err != nil {
			return err
		}
		s.write(&p.out)
		return nil
	case '\\':
		return p.escape()
	case '.':
		p.at++
		p.dot().write(&p.out)
		return nil
	case '^':
		p.at++
		p.out.WriteString(map[bool]string{true: "(?m:^)", false: `\A`}[p.flags.multiline])
		return nil
	case '$':
		p.at++
		if p.flags.multiline {
			p.out.WriteString("(?m:$)")
		} else {
			p.end()
		}
		return nil
	}
	r, n := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += n
	p.literal(r)
	return nil
}

// end is $ of the whole text.
func (p *regexpReader) end() {
	p.dollar = true
	p.out.WriteString(`\z`)
}

// lineEnds are Java's.
var lineEnds = setOf('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029)

func (p *regexpReader) dot() runeSet {
	switch {
	case p.flags.dotAll:
		return runeSet(nil).complement()
	case p.flags.unixLines:
		return setOf('\n', '\n').complement()
	}
	return lineEnds.complement()
}

// fold is a set in both cases, if case is ignored.
func (p *regexpReader) fold(s runeSet) runeSet {
	if p.flags.ignoreCase {
		return s.bothCases(p.flags.unicodeCase)
	}
	return s
}

func (p *regexpReader) literal(r rune) { p.fold(runeSet{{r, r}}).write(&p.out) }

// escape reads what begins with a backslash, outside of a class.
func (p *regexpReader) escape() error {
	if p.at+1 == len(p.text) {
		return errPattern
	}
	c := p.text[p.at+1]
	switch {
	case c >= '1' && c <= '9':
		return unsupported(`a back reference, \` + string(c) + ",")
	case c == 'k':
		return unsupported(`a back reference, \k,`)
	case c == 'G' || c == 'X' || c == 'N':
		return unsupported(`\` + string(c))
	}
	switch c {
	case 'b', 'B':
		if p.has(`\b{`) {
			return unsupported(`\b{g}`)
		}
		p.words = true
		p.out.WriteString(`\` + string(c))
	case 'A', 'z':
		p.out.WriteString(`\` + string(c))
	case 'Z':
		p.end()
	case 'R':
		p.out.WriteString(`(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])`)
	default:
		s, _, err := p.escapedSet()
		if err != nil {
			return err
		}
		p.fold(s).write(&p.out)
		return nil
	}
	p.at += 2
	return nil
}

// wordSet and the like are the predefined classes of ASCII.
var (
	wordSet       = setOf('0', '9', 'A', 'Z', '_', '_', 'a', 'z')
	spaceSet      = setOf('\t', '\r', ' ', ' ')
	horizontalSet = setOf(' ', ' ', '\t', '\t', 0xA0, 0xA0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000)
	verticalSet   = setOf('\n', '\r', 0x85, 0x85, 0x2028, 0x2029)
)

// escapedSet reads an escape that is a character (single is true) or a class.
func (p *regexpReader) escapedSet() (s runeSet, single bool, err error) {
	if p.at+1 >= len(p.text) {
		return nil, false, errPattern
	}
	c := p.text[p.at+1]
	negated := c >= 'A' && c <= 'Z'
	switch c | ' ' {
	case 'd', 's', 'w', 'h', 'v':
		if !isLetter(c) {
			break
		}
		p.at += 2
		s = p.predefined(c | ' ')
	case 'p':
		if !isLetter(c) {
			break
		}
		if s, err = p.property(); err != nil {
			return nil, false, err
		}
	}
	if s != nil {
		if negated {
			s = s.complement()
		}
		return s, false, nil
	}
	r, err := p.character()
	return runeSet{{r, r}}, true, err
}

func (p *regexpReader) predefined(c byte) runeSet {
	switch c {
	case 'h':
		return horizontalSet
	case 'v':
		return verticalSet
	case 'd':
		if p.flags.unicodeClasses {
			return binarySets["DIGIT"]()
		}
		return posixSets["Digit"]
	case 's':
		if p.flags.unicodeClasses {
			return binarySets["WHITESPACE"]()
		}
		return spaceSet
	}
	if p.flags.unicodeClasses {
		s, _, _ := propertySet("IsAlphabetic")
		for _, more := range []string{"M", "Nd", "Pc"} {
			m, _, _ := propertySet(more)
			s = s.union(m)
		}
		return s.union(setOf(0x200c, 0x200d))
	}
	return wordSet
}

// property reads \p{name}, \pL and their negations.
func (p *regexpReader) property() (runeSet, error) {
	p.at += 2
	if p.at == len(p.text) {
		return nil, errPattern
	}
	name := p.text[p.at : p.at+1]
	p.at++
	if name == "{" {
		end := strings.IndexByte(p.text[p.at:], '}')
		if end <= 0 {
			return nil, errPattern
		}
		name = p.text[p.at : p.at+end]
		p.at += end + 1
	}
	s, known, possible := propertySet(name)
	switch {
	case known:
		return s, nil
	case possible:
		return nil, errPattern
	}
	return nil, unsupported(`\p{` + name + `}`)
}

// characterEscapes are letters that stand for a character.
var characterEscapes = map[byte]rune{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f', 'a': 7, 'e': 0x1B}

// character reads an escape that is one character.
func (p *regexpReader) character() (rune, error) {
	c := p.text[p.at+1]
	p.at += 2
	switch {
	case characterEscapes[c] != 0:
		return characterEscapes[c], nil
	case c == '0':
		return p.digitsOf(8, 1, 3, 0377)
	case c == 'u':
		return p.digitsOf(16, 4, 4, 0xFFFF)
	case c == 'x' && p.peek() == '{':
		end := strings.IndexByte(p.text[p.at:], '}')
		if end < 0 {
			return 0, errPattern
		}
		n, err := strconv.ParseUint(p.text[p.at+1:p.at+end], 16, 32)
		p.at += end + 1
		if err != nil || n > utf8.MaxRune {
			return 0, errPattern
		}
		return rune(n), nil
	case c == 'x':
		return p.digitsOf(16, 2, 2, 0xFF)
	case c == 'c':
		if p.at == len(p.text) {
			return 0, errPattern
		}
		p.at++
		return rune(p.text[p.at-1] ^ 64), nil
	case isLetter(c) || c-'0' < 10:
		return 0, errPattern
	}
	r, n := utf8.DecodeRuneInString(p.text[p.at-1:])
	p.at += n - 1
	return r, nil
}

// digitsOf reads least to most digits of a base, as long as the number is not beyond
// high.
func (p *regexpReader) digitsOf(base rune, least, most int, high rune) (n rune, err error) {
	k := 0
	for ; k < most && p.at < len(p.text); k++ {
		d := rune(digit(p.text[p.at]))
		if d < 0 || d >= base || n*base+d > high {
			break
		}
		n = n*base + d
		p.at++
	}
	if k < least {
		return 0, errPattern
	}
	return n, nil
}

// class reads [...], in both cases if case is ignored.
func (p *regexpReader) class() (runeSet, error) {
	if p.depth++; p.depth > maxGroups {
		return nil, unsupported("so deep a nesting")
	}
	p.at++
	negated := p.peek() == '^'
	if negated {
		p.at++
	}
	var all runeSet // of the parts between &&
	parts := 0
	var part runeSet
	for first := true; ; first = false {
		p.skip()
		switch {
		case p.at == len(p.text):
			return nil, errPattern
		case p.peek() == ']' && !first:
			p.at++
			p.depth--
			if parts == 0 {
				all = part
			} else if part != nil {
				all = all.intersect(part)
			}
			if negated {
				all = all.complement()
			}
			return all, nil
		case p.has("&&"):
			p.at += 2
			if parts++; parts == 1 {
				all = part
			} else if part != nil {
				all = all.intersect(part)
			}
			part = nil
			continue
		case p.peek() == '[':
			s, err := p.class()
			if err != nil {
				return nil, err
			}
			part = part.union(s)
			continue
		case p.has(`\Q`):
			text, rest, _ := strings.Cut(p.text[p.at+2:], `\E`)
			p.at = len(p.text) - len(rest)
			for _, r := range text {
				part = part.union(p.fold(runeSet{{r, r}}))
			}
			continue
		}
		s, err := p.rangeOf()
		if err != nil {
			return nil, err
		}
		part = part.union(p.fold(s)) // before it is negated
	}
}

// rangeOf reads a character, a class that is an escape, or a range of characters.
func (p *regexpReader) rangeOf() (runeSet, error) {
	s, single, err := p.member()
	if err != nil || !single {
		return s, err
	}
	p.skip()
	if p.peek() != '-' || p.at+1 == len(p.text) || p.text[p.at+1] == ']' || p.text[p.at+1] == '[' {
		return s, nil
	}
	p.at++
	p.skip()
	high, single, err := p.member()
	if err != nil {
		return nil, err
	}
	if !single || high[0].low < s[0].low {
		return nil, errPattern
	}
	return runeSet{{s[0].low, high[0].low}}, nil
}

func (p *regexpReader) member() (s runeSet, single bool, err error) {
	if p.peek() == '\\' {
		return p.escapedSet()
	}
	r, n := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += n
	return runeSet{{r, r}}, true, nil
}
