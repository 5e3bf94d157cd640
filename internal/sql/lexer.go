package sql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The lexer makes all tokens of a text in one pass, in linear time:
//
//  1. white space and comments (-- and // to the end of the line, /* to the
//     first */) are skipped; /*+ begins a hint and */ is then a token;
//  2. words are looked up among the keywords whatever their case;
//  3. a piece that is no token becomes a token of kind tokError, so that the parser
//     reports it only if it gets there, and can go on at the next semicolon;
//  4. SET and RESET at the start of a statement take an unquoted key and value,
//     as Flink's SQL client does (see lexSet).

// maxText bounds a script. Tokens and tree take up to about a hundred bytes for each of text.
const maxText = 16 << 20

type tokenKind uint8

const (
	tokEOF      tokenKind = iota
	tokWord               // an unquoted word; keyword is set if it is one
	tokQuoted             // `..`
	tokInteger            // 12
	tokDecimal            // 1.5
	tokApprox             // 1e3
	tokString             // '..'
	tokPrefixed           // N'..', _utf8'..'
	tokUnicode            // U&'..'
	tokEscaped            // E'..'
	tokBinary             // X'..'
	tokSymbol             // operators and punctuation: keyword holds it
	tokRaw                // an unquoted key or value of SET
	tokError              // keyword holds the message
)

// token is a piece of the text. Line and column are those of its begin.
type token struct {
	kind     tokenKind
	reserved bool
	start    int32
	end      int32
	line     int32
	column   int32
	// keyword is the upper-case keyword of a tokWord (empty if it is none), the text
	// of a tokSymbol, the message of a tokError.
	keyword string
}

type lexer struct {
	src    string
	pos    int
	line   int32
	bol    int // offset of the line's begin
	wide   int // bytes on this line so far that continue a character
	tokens []token
}

// lex gives the tokens of src, the last one of kind tokEOF. Offsets are into src.
func lex(src string) []token {
	l := &lexer{src: src, line: 1, tokens: make([]token, 0, len(src)/5+4)}
	for l.next() {
	}
	return l.tokens
}

// emit adds a token that spans from start, where the line and column were noted, to l.pos.
func (l *lexer) emit(kind tokenKind, start token, keyword string, reserved bool) {
	start.kind, start.end, start.keyword, start.reserved = kind, int32(l.pos), keyword, reserved
	l.tokens = append(l.tokens, start)
}

// mark notes the present place as the begin of a token.
func (l *lexer) mark() token {
	return token{start: int32(l.pos), line: l.line, column: int32(l.pos - l.bol - l.wide + 1)}
}

// advance moves to offset to, counting lines and characters on the way.
func (l *lexer) advance(to int) {
	for l.pos < to {
		c := l.src[l.pos]
		switch {
		case c == '\n':
			l.line++
			l.bol, l.wide = l.pos+1, 0
		case c == '\r' && (l.pos+1 == len(l.src) || l.src[l.pos+1] != '\n'):
			l.line++
			l.bol, l.wide = l.pos+1, 0
		case c >= 0x80 && c < 0xC0:
			l.wide++
		}
		l.pos++
	}
}

// next makes one token and tells whether there may be more.
func (l *lexer) next() bool {
	if !l.skipBlank() {
		return true
	}
	m := l.mark()
	if l.pos >= len(l.src) {
		l.emit(tokEOF, m, "", false)
		return false
	}
	c := l.src[l.pos]
	switch {
	case c >= '0' && c <= '9' || c == '.' && l.pos+1 < len(l.src) && isDigit(l.src[l.pos+1]):
		l.number(m)
	case c == '\'':
		l.quoted(m, tokString, l.pos, "string")
	case c == '`':
		l.backquoted(m)
	case isIdentStart(c, l.src[l.pos:]):
		l.word(m)
	default:
		l.symbol(m)
	}
	return true
}

// skipBlank passes white space and comments. It gives false after an unfinished
// comment, for which it has made an error token.
func (l *lexer) skipBlank() bool {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\f':
			l.advance(l.pos + 1)
		case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "//"):
			n := strings.IndexAny(rest, "\r\n")
			if n < 0 {
				n = len(rest)
			}
			l.advance(l.pos + n)
		case strings.HasPrefix(rest, "/*") && !strings.HasPrefix(rest, "/*+"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				m := l.mark()
				l.advance(len(l.src))
				l.emit(tokError, m, "comment is not closed", false)
				return false
			}
			l.advance(l.pos + n + 4)
		case rest[0] == 0xEF && l.pos == 0 && strings.HasPrefix(rest, "\uFEFF"):
			l.pos, l.bol = 3, 3
		default:
			return true
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number takes digits with at most one point and an exponent.
func (l *lexer) number(m token) {
	i, kind := l.pos, tokInteger
	for i < len(l.src) && isDigit(l.src[i]) {
		i++
	}
	if i < len(l.src) && l.src[i] == '.' {
		kind = tokDecimal
		i++
		for i < len(l.src) && isDigit(l.src[i]) {
			i++
		}
	}
	if i < len(l.src) && (l.src[i] == 'e' || l.src[i] == 'E') {
		j := i + 1
		if j < len(l.src) && (l.src[j] == '+' || l.src[j] == '-') {
			j++
		}
		if j < len(l.src) && isDigit(l.src[j]) {
			kind = tokApprox
			for j < len(l.src) && isDigit(l.src[j]) {
				j++
			}
			i = j
		}
	}
	l.advance(i)
	l.emit(kind, m, "", false)
}

// quoted takes a literal whose opening quote is at offset open; two quotes stand for one.
func (l *lexer) quoted(m token, kind tokenKind, open int, what string) {
	i := open + 1
	for {
		n := strings.IndexByte(l.src[i:], '\'')
		if n < 0 {
			l.advance(len(l.src))
			l.emit(tokError, m, what+" is not closed", false)
			return
		}
		i += n + 1
		if i < len(l.src) && l.src[i] == '\'' {
			i++
			continue
		}
		l.advance(i)
		l.emit(kind, m, "", false)
		return
	}
}

// escaped takes E'..', in which a backslash protects the next character.
func (l *lexer) escaped(m token) {
	i := l.pos + 2
	for i < len(l.src) {
		switch {
		case l.src[i] == '\\':
			i += 2
		case l.src[i] != '\'':
			i++
		case i+1 < len(l.src) && l.src[i+1] == '\'':
			i += 2
		default:
			l.advance(i + 1)
			l.emit(tokEscaped, m, "", false)
			return
		}
	}
	l.advance(len(l.src))
	l.emit(tokError, m, "string is not closed", false)
}

// backquoted takes an identifier in backquotes; it ends on its line.
func (l *lexer) backquoted(m token) {
	i := l.pos + 1
	for i < len(l.src) {
		switch {
		case l.src[i] == '\n' || l.src[i] == '\r':
			l.advance(i)
			l.emit(tokError, m, "quoted identifier is not closed on its line", false)
			return
		case l.src[i] != '`':
			i++
		case i+1 < len(l.src) && l.src[i+1] == '`':
			i += 2
		default:
			l.advance(i + 1)
			if i == int(m.start)+1 {
				l.emit(tokError, m, "quoted identifier is empty", false)
				return
			}
			l.emit(tokQuoted, m, "", false)
			return
		}
	}
	l.advance(len(l.src))
	l.emit(tokError, m, "quoted identifier is not closed", false)
}

// isIdentStart tells whether an unquoted word can begin with s; c is its first byte.
func isIdentStart(c byte, s string) bool {
	if c < 0x80 {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
	}
	r, _ := utf8.DecodeRuneInString(s)
	return isLetter(r)
}

// isLetter tells the letters beyond ASCII that Flink's grammar lets into unquoted identifiers.
func isLetter(r rune) bool {
	switch {
	case r == 0xD7 || r == 0xF7:
		return false
	case r >= 0xC0 && r <= 0x1FFF, r >= 0x3040 && r <= 0x318F, r >= 0x3300 && r <= 0x337F,
		r >= 0x3400 && r <= 0x3D2D, r >= 0x4E00 && r <= 0x9FFF, r >= 0xF900 && r <= 0xFAFF:
		return true
	}
	return false
}

// wordEnd gives the end of the word that begins at offset i.
func (l *lexer) wordEnd(i int) int {
	for i < len(l.src) {
		c := l.src[i]
		if c < 0x80 {
			if !isDigit(c) && !isIdentStart(c, "") {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(l.src[i:])
		if !isLetter(r) {
			return i
		}
		i += n
	}
	return i
}

// word takes a keyword, an identifier, or a literal with a letter before its quote.
func (l *lexer) word(m token) {
	end := l.wordEnd(l.pos)
	text := l.src[l.pos:end]
	if end < len(l.src) && l.src[end] == '\'' {
		switch {
		case text == "x" || text == "X":
			l.quoted(m, tokBinary, end, "binary literal")
			return
		case text == "n" || text == "N":
			l.quoted(m, tokPrefixed, end, "string")
			return
		case text == "e" || text == "E":
			l.escaped(m)
			return
		}
	}
	if (text == "u" || text == "U") && strings.HasPrefix(l.src[end:], "&'") {
		l.quoted(m, tokUnicode, end+1, "string")
		return
	}
	if open := l.charsetQuote(); open > 0 {
		l.quoted(m, tokPrefixed, open, "string")
		return
	}
	l.advance(end)
	if text == "$" { // the end of a row pattern
		l.emit(tokSymbol, m, "$", false)
		return
	}
	keyword, reserved := lookupKeyword(text)
	start := l.atStatement()
	l.emit(tokWord, m, keyword, reserved)
	if start && (keyword == "SET" || keyword == "RESET") {
		l.lexSet(keyword)
	}
}

// maxCharset bounds the name of a character set, longer than all there are.
const maxCharset = 20

// charsetQuote gives the offset of the quote of _charset'..', or 0 if no such
// literal begins here. A charset may hold characters that no word does.
func (l *lexer) charsetQuote() int {
	if l.src[l.pos] != '_' {
		return 0
	}
	for i := l.pos + 1; i < len(l.src); i++ {
		c := l.src[i]
		switch {
		case c == '\'' && i > l.pos+1:
			return i
		case isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		case i > l.pos+1 && (c == ':' || c == '.' || c == '-' || c == '_'):
		default:
			return 0
		}
		if i-l.pos > maxCharset {
			return 0
		}
	}
	return 0
}

// lookupKeyword gives the interned keyword of a word in any case, or "".
func lookupKeyword(word string) (keyword string, reserved bool) {
	var buf [40]byte
	if len(word) > len(buf) {
		return "", false
	}
	for i := 0; i < len(word); i++ {
		c := word[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[i] = c
	}
	reserved, ok := keywords[string(buf[:len(word)])]
	if !ok {
		return "", false
	}
	return keywordNames[string(buf[:len(word)])], reserved
}

// atStatement tells whether the next token begins a statement.
func (l *lexer) atStatement() bool {
	n := len(l.tokens)
	return n == 0 || l.tokens[n-1].kind == tokSymbol && l.tokens[n-1].keyword == ";"
}

// lexSet reads what follows SET or RESET if it is the unquoted form
//
//	SET key = value        SET key = 'value'        RESET key
//
// where key has neither quotes nor blanks and value neither blanks nor semicolons, up
// to the end of the statement. The tokens are a tokRaw key, "=", and a tokRaw or tokString value.
// Anything else is left to the ordinary rules.
func (l *lexer) lexSet(keyword string) {
	i := l.blanks(l.pos)
	keyEnd := i
	for keyEnd < len(l.src) && !strings.ContainsRune("'`\"; \t\r\n\f", rune(l.src[keyEnd])) {
		keyEnd++
	}
	if i == l.pos || keyEnd == i || strings.HasPrefix(l.src[i:], "--") || strings.HasPrefix(l.src[i:], "/*") {
		return
	}
	if keyword == "RESET" {
		if l.atEnd(keyEnd) {
			l.raw(i, keyEnd)
		}
		return
	}
	// The key may touch the sign: SET a=b.
	sign := strings.IndexByte(l.src[i:keyEnd], '=')
	if sign == 0 {
		return
	}
	if sign > 0 {
		keyEnd = i + sign
	}
	eq := l.blanks(keyEnd)
	if eq >= len(l.src) || l.src[eq] != '=' {
		return
	}
	value := l.blanks(eq + 1)
	valueEnd := value
	if value < len(l.src) && l.src[value] == '\'' {
		l.raw(i, keyEnd)
		l.advance(eq)
		m := l.mark()
		l.advance(eq + 1)
		l.emit(tokSymbol, m, "=", false)
		return
	}
	for valueEnd < len(l.src) && !strings.ContainsRune("; \t\r\n\f", rune(l.src[valueEnd])) {
		valueEnd++
	}
	if valueEnd == value || !l.atEnd(valueEnd) {
		return
	}
	l.raw(i, keyEnd)
	l.advance(eq)
	m := l.mark()
	l.advance(eq + 1)
	l.emit(tokSymbol, m, "=", false)
	l.raw(value, valueEnd)
}

// raw emits the text from start to end as it is.
func (l *lexer) raw(start, end int) {
	l.advance(start)
	m := l.mark()
	l.advance(end)
	l.emit(tokRaw, m, "", false)
}

// blanks gives the first offset from i on that is no white space.
func (l *lexer) blanks(i int) int {
	for i < len(l.src) && strings.IndexByte(" \t\r\n\f", l.src[i]) >= 0 {
		i++
	}
	return i
}

// atEnd tells whether nothing but blanks or a comment stands between i and the
// end of the statement.
func (l *lexer) atEnd(i int) bool {
	i = l.blanks(i)
	return i >= len(l.src) || l.src[i] == ';' ||
		strings.HasPrefix(l.src[i:], "--") || strings.HasPrefix(l.src[i:], "/*")
}

// symbols are the operators and marks; at each place the first that fits is taken.
var symbols = []string{
	"/*+", "*/", "<=", "<>", ">=", "!=", "||", "=>", "..",
	"(", ")", "[", "]", "{", "}", ";", ".", ",", "=", "<", ">", "?", ":", "+", "-", "*", "/", "%", "|", "^", "$",
}

func (l *lexer) symbol(m token) {
	rest := l.src[l.pos:]
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			l.advance(l.pos + len(s))
			l.emit(tokSymbol, m, s, false)
			return
		}
	}
	r, n := utf8.DecodeRuneInString(rest)
	l.advance(l.pos + n)
	switch {
	case r == utf8.RuneError && n <= 1:
		l.emit(tokError, m, fmt.Sprintf("byte 0x%02X is not UTF-8", rest[0]), false)
	case r == '"':
		l.emit(tokError, m, "unexpected '\"': identifiers are quoted with backquotes, strings with single quotes", false)
	default:
		l.emit(tokError, m, fmt.Sprintf("unexpected character %q", r), false)
	}
}
