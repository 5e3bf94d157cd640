package sql

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number takes a number.
func (p *parser) number() *Literal {
	t := p.tok()
	p.pos++
	text := p.text(t)
	return &Literal{Span: p.since(begin(t)), Kind: NumberLiteral, Text: canonicalNumber(text), Whole: wholeDigits(text)}
}

// wholeDigits counts the digits before the point of an unsigned number.
func wholeDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// canonicalNumber gives the one spelling of an unsigned number. Exact numbers lose leading zeros and a point
// at the end, but no zeros behind the point: they count as scale. Numbers with an
// exponent get one digit before the point.
func canonicalNumber(s string) string {
	mantissa, exponent, approx := strings.Cut(strings.ToUpper(s), "E")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	whole = strings.TrimLeft(whole, "0")
	if !approx {
		if whole == "" {
			whole = "0"
		}
		if fraction == "" {
			return whole
		}
		return whole + "." + fraction
	}
	// whole.fraction x 10^e = d.ddd x 10^(e+shift)
	shift := len(whole) - 1
	digits := whole + fraction
	if whole == "" {
		trimmed := strings.TrimLeft(fraction, "0")
		shift = -(len(fraction) - len(trimmed)) - 1
		digits = trimmed
	}
	if digits == "" {
		digits, shift = "0", -len(fraction)
	}
	e, err := strconv.Atoi(exponent)
	if err != nil {
		// Beyond every exponent a value can have: the binder will say so.
		return mantissa + "E" + exponent
	}
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	return digits + "E" + strconv.Itoa(e+shift)
}

// unsignedInt takes digits that fit an int32, as for precisions.
func (p *parser) unsignedInt() int {
	t := p.tok()
	if t.kind != tokInteger {
		p.unexpected("a number")
	}
	n, err := strconv.ParseInt(p.text(t), 10, 32)
	if err != nil {
		p.fail(begin(t), "%s is too large here", p.text(t))
	}
	p.pos++
	return int(n)
}

// plainString takes '..' without prefix or continuation.
func (p *parser) plainString() *Literal {
	t := p.tok()
	if t.kind != tokString {
		p.unexpected("a string in single quotes")
	}
	p.pos++
	return &Literal{Span: p.since(begin(t)), Kind: StringLiteral, Text: unquote(p.text(t))}
}

// unquote decodes '..'.
func unquote(s string) string {
	return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
}

// atString tells whether a literal of characters or bytes follows.
func (p *parser) atString() bool {
	switch p.tok().kind {
	case tokString, tokPrefixed, tokUnicode, tokEscaped, tokBinary:
		return true
	}
	return false
}

// stringLiteral takes any literal in single quotes, with the pieces on the lines below that continue it.
func (p *parser) stringLiteral() *Literal {
	t := p.tok()
	if !p.atString() {
		p.unexpected("a string in single quotes")
	}
	from := begin(t)
	p.pos++
	text := p.text(t)
	lit := &Literal{Kind: StringLiteral}
	switch t.kind {
	case tokBinary:
		lit.Kind = BinaryLiteral
		lit.Text = p.hexDigits(t, text[2:len(text)-1])
	case tokEscaped:
		lit.Charset = "UTF16"
		lit.Text = p.unescape(t, text[2:len(text)-1])
		lit.Span = p.since(from)
		return lit
	case tokString:
		lit.Text = unquote(text)
	case tokUnicode:
		lit.Charset = "UTF16"
		lit.Text = unquote(text[2:])
	case tokPrefixed:
		open := strings.IndexByte(text, '\'')
		lit.Charset = p.charset(t, text[:open])
		lit.Text = unquote(text[open:])
	}
	for p.tok().kind == tokString {
		next := p.tok()
		if int(next.line) == p.end(&p.toks[p.pos-1]).Line {
			p.fail(begin(next), "a string is continued on the same line: put a line break between the pieces")
		}
		p.pos++
		if lit.Kind == BinaryLiteral {
			lit.Text += p.hexDigits(next, strings.Trim(p.text(next), "'"))
		} else {
			lit.Text += unquote(p.text(next))
		}
	}
	p.unicodeEscapes(t, lit)
	lit.Span = p.since(from)
	return lit
}

// hexDigits checks the inside of a binary literal.
func (p *parser) hexDigits(t *token, digits string) string {
	if _, err := hex.DecodeString(digits); err != nil {
		p.fail(begin(t), "%s is not a binary literal: it needs an even number of hexadecimal digits", quoteToken(p.text(t)))
	}
	return strings.ToUpper(digits)
}

// charsets are the character sets that a literal may name.
var charsets = map[string]bool{
	"UTF8": true, "UTF-8": true, "UTF16": true, "UTF-16": true, "UTF-16LE": true, "UTF-16BE": true,
	"UTF-32": true, "US-ASCII": true, "ASCII": true, "ISO-8859-1": true, "LATIN1": true,
}

// charset reads the prefix of N'..' or _name'..'.
func (p *parser) charset(t *token, prefix string) string {
	if prefix[0] != '_' {
		return "ISO-8859-1"
	}
	name := strings.ToUpper(prefix[1:])
	if !charsets[name] {
		p.fail(begin(t), "unknown character set %q", name)
	}
	return name
}

// unicodeEscapes decodes the \hhhh of U&'..', with the escape character of UESCAPE.
func (p *parser) unicodeEscapes(t *token, lit *Literal) {
	escape := '\\'
	if p.at("UESCAPE") {
		at := p.here()
		if t.kind != tokUnicode {
			p.fail(at, "UESCAPE follows only U&'...'")
		}
		p.pos++
		char := p.plainString()
		r, n := utf8.DecodeRuneInString(char.Text)
		if n != len(char.Text) || n == 0 || strings.ContainsRune("0123456789abcdefABCDEF+'\" \t\n\r\f", r) {
			p.fail(char.From, "the escape character must be one character that is no digit, letter A to F, sign, quote or blank")
		}
		escape = r
	}
	if t.kind != tokUnicode || !strings.ContainsRune(lit.Text, escape) {
		return
	}
	var units []uint16
	rest := lit.Text
	for rest != "" {
		r, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
		if r != escape {
			units = utf16.AppendRune(units, r)
			continue
		}
		if next, n := utf8.DecodeRuneInString(rest); n > 0 && next == escape {
			units = utf16.AppendRune(units, escape)
			rest = rest[n:]
			continue
		}
		if len(rest) < 4 {
			p.fail(begin(t), "a Unicode escape needs four hexadecimal digits")
		}
		code, err := strconv.ParseUint(rest[:4], 16, 16)
		if err != nil {
			p.fail(begin(t), "a Unicode escape needs four hexadecimal digits")
		}
		units = append(units, uint16(code))
		rest = rest[4:]
	}
	lit.Text = string(utf16.Decode(units))
}

// unescape decodes the inside of E'..'.
func (p *parser) unescape(t *token, s string) string {
	simple := map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
	hexLength := map[byte]int{'x': 2, 'u': 4, 'U': 8}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\'' { // the first of two
			i++
		}
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		c := s[i]
		if to, ok := simple[c]; ok {
			b.WriteByte(to)
			continue
		}
		digits, base := "", 16
		if n, ok := hexLength[c]; ok {
			end := i + 1
			for end < len(s) && end-i <= n && isHex(s[end]) {
				end++
			}
			digits = s[i+1 : end]
			if digits == "" || n > 2 && len(digits) < n {
				p.fail(begin(t), "a Unicode escape needs %d hexadecimal digits", n)
			}
			i = end - 1
		} else if c >= '0' && c <= '7' {
			end := i
			for end < len(s) && end-i < 3 && s[end] >= '0' && s[end] <= '7' {
				end++
			}
			digits, base = s[i:end], 8
			i = end - 1
		} else {
			b.WriteByte(c)
			continue
		}
		code, _ := strconv.ParseUint(digits, base, 32)
		b.WriteRune(rune(code))
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func isHex(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// ---- intervals ----

// intervalWords maps the words for units of intervals to the unit.
var intervalWords = map[string]string{
	"YEAR": "YEAR", "YEARS": "YEAR", "QUARTER": "QUARTER", "QUARTERS": "QUARTER", "MONTH": "MONTH", "MONTHS": "MONTH",
	"WEEK": "WEEK", "WEEKS": "WEEK", "DAY": "DAY", "DAYS": "DAY", "HOUR": "HOUR", "HOURS": "HOUR",
	"MINUTE": "MINUTE", "MINUTES": "MINUTE", "SECOND": "SECOND", "SECONDS": "SECOND",
}

// intervalEnds are the units that TO may name behind a unit.
var intervalEnds = map[string][]string{
	"YEAR":   {"MONTH", "MONTHS"},
	"DAY":    {"HOUR", "HOURS", "MINUTE", "MINUTES", "SECOND", "SECONDS"},
	"HOUR":   {"MINUTE", "MINUTES", "SECOND", "SECONDS"},
	"MINUTE": {"SECOND", "SECONDS"},
}

func (p *parser) atIntervalUnit() bool {
	t := p.tok()
	return t.kind == tokWord && intervalWords[t.keyword] != ""
}

// intervalUnit parses DAY(3) TO SECOND(6) and its like.
func (p *parser) intervalUnit() IntervalUnit {
	from := p.here()
	u := IntervalUnit{FromPrecision: -1, ToPrecision: -1}
	if !p.atIntervalUnit() {
		p.unexpected("a unit: YEAR, MONTH, DAY, HOUR, MINUTE or SECOND")
	}
	u.From = intervalWords[p.tok().keyword]
	p.pos++
	if p.acceptSymbol("(") {
		u.FromPrecision = p.unsignedInt()
		if u.From == "SECOND" && p.acceptSymbol(",") {
			u.ToPrecision = p.unsignedInt()
		}
		p.expectSymbol(")")
	}
	if ends := intervalEnds[u.From]; ends != nil && p.at("TO") {
		p.pos++
		u.To = intervalWords[p.expectAny(ends...)]
		if u.To == "SECOND" && p.acceptSymbol("(") {
			u.ToPrecision = p.unsignedInt()
			p.expectSymbol(")")
		}
	}
	u.Span = p.since(from)
	return u
}

// interval parses INTERVAL '1' DAY, INTERVAL 5 DAY, INTERVAL (x) DAY and INTERVAL c DAY.
func (p *parser) interval() Expr {
	from := p.here()
	p.expect("INTERVAL")
	negative := p.acceptSymbol("-")
	if !negative {
		p.acceptSymbol("+")
	}
	if p.tok().kind == tokString {
		text := p.plainString().Text
		unit := p.intervalUnit()
		return &IntervalLiteral{p.since(from), negative, text, unit}
	}
	var x Expr
	switch t := p.tok(); {
	case p.acceptSymbol("("):
		x = p.expr()
		p.expectSymbol(")")
	case t.kind == tokInteger || t.kind == tokDecimal || t.kind == tokApprox:
		x = p.number()
	case isIdent(t):
		name := p.name()
		x = &ColumnRef{name.Span, name}
	default:
		p.unexpected("the amount of the interval")
	}
	if negative {
		minus := &Unary{p.since(from), OpMinus, x}
		if lit, ok := x.(*Literal); ok && lit.Kind == NumberLiteral {
			x = signed(minus, lit)
		} else {
			x = minus
		}
	}
	unit := p.intervalUnit()
	if unit.To != "" {
		p.fail(unit.Span.From, "an interval of an expression has a single unit")
	}
	p.grow()
	return &IntervalExpr{p.since(from), x, unit}
}
