package sql

import (
	"fmt"
	"sort"
	"strings"
)

// The parser is a recursive descent with an operator-precedence climb for
// expressions (see parse_expr.go):
//
//  1. the lexer makes all tokens of the text;
//  2. statements are parsed one by one, each up to its semicolon;
//  3. a fault ends its statement only: parsing goes on behind the next semicolon that is
//     outside of all parentheses, so that a script shows all its faults at once;
//  4. BEGIN STATEMENT SET; ...; END is put together to one StatementSet.
//
// Faults travel as a panic of *Error, caught for each statement. A fault is placed
// where Flink places it: at the token that cannot follow, the end of the text being its last character.

const (
	// maxDepth bounds how deep operands, brackets, sub-queries and nested types may go. One level costs
	// some frames of a few hundred bytes here, and as much in everything that walks the tree.
	maxDepth = 1000
	// maxHeight bounds the height of a tree, which a long chain of operators (a + b + c ...) raises
	// without any nesting of the text. Flink's own parser fails at some thousand.
	maxHeight = 4000
	// maxErrors bounds the faults of one script that are reported.
	maxErrors = 100
)

type parser struct {
	src  string
	toks []token
	pos  int // of the next token

	depth  int // of the nesting in progress
	height int // of the highest tree among those parsed since it was last set to 0

	params int // dynamic parameters of this statement so far

	// noQueryAt is the token at which no query may begin, see exprWithoutQuery.
	noQueryAt int

	// endOf and endPos remember the last answer of end: many nodes end at the same token.
	endOf  *token
	endPos Pos

	// tried are the keywords looked for at token triedAt: what an error may propose.
	tried   []string
	triedAt int
}

// Parse reads a script: statements with semicolons between them. On faults it gives an
// ErrorList, one error for each faulty statement up to a hundred, and the statements without fault.
func Parse(src string) (Script, error) {
	if len(src) > maxText {
		return Script{}, ErrorList{{Pos: Pos{Line: 1, Column: 1},
			Msg: fmt.Sprintf("the script has %d bytes, more than %d", len(src), maxText)}}
	}
	p := &parser{src: src, toks: lex(src), noQueryAt: -1}
	var script Script
	var errs ErrorList
	for {
		for p.acceptSymbol(";") {
		}
		if p.tok().kind == tokEOF {
			break
		}
		start := p.pos
		stmt, err := p.oneStatement()
		if err != nil {
			errs = append(errs, err)
			if len(errs) == maxErrors {
				errs = append(errs, &Error{Pos: p.here(), Msg: "too many errors"})
				break
			}
			p.recover(start)
			continue
		}
		script.Statements = append(script.Statements, stmt)
	}
	script.Statements = groupStatementSets(script.Statements)
	if len(errs) > 0 {
		return script, errs
	}
	return script, nil
}

// ParseExpr reads a single expression that must be the whole text.
func ParseExpr(src string) (Expr, error) {
	if len(src) > maxText {
		return nil, ErrorList{{Pos: Pos{Line: 1, Column: 1}, Msg: "the expression is too long"}}
	}
	p := &parser{src: src, toks: lex(src), noQueryAt: -1}
	var x Expr
	err := p.catch(func() {
		x = p.expr()
		if p.tok().kind != tokEOF {
			p.unexpected("end of expression")
		}
	})
	if err != nil {
		return nil, ErrorList{err}
	}
	return x, nil
}

// oneStatement parses up to a semicolon or the end.
func (p *parser) oneStatement() (stmt Statement, err *Error) {
	p.depth, p.height, p.params = 0, 0, 0
	err = p.catch(func() {
		stmt = p.statement()
		if p.tok().kind != tokEOF && !p.atSymbol(";") {
			p.unexpected("end of statement")
		}
	})
	return stmt, err
}

// catch runs f and gives the fault that ended it, if any.
func (p *parser) catch(f func()) (err *Error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// recover skips to the semicolon that ends the faulty statement: the next one at bracket depth 0, counted
// from the statement's begin at token start, or if the brackets do not match, the next one that the line ends with.
// In EXECUTE STATEMENT SET BEGIN ...; END the semicolons within are passed.
func (p *parser) recover(start int) {
	depth, block := 0, false
	for i := start; ; i++ {
		t := &p.toks[i]
		if t.kind == tokWord {
			block = block && t.keyword != "END" || t.keyword == "BEGIN" && i > start && p.toks[i-1].keyword == "SET"
			continue
		}
		if t.kind != tokSymbol {
			if t.kind == tokEOF {
				p.pos = i
				return
			}
			continue
		}
		switch t.keyword {
		case "(", "[":
			depth++
		case ")", "]":
			depth = max(depth-1, 0)
		case ";":
			if i >= p.pos && !block && (depth == 0 || p.toks[i+1].line > t.line) {
				p.pos = i
				return
			}
		}
	}
}

// groupStatementSets makes one StatementSet of each BEGIN STATEMENT SET that is followed by
// INSERTs and an END. What is incomplete stays as it is, for the binder to refuse.
func groupStatementSets(stmts []Statement) []Statement {
	out := stmts[:0]
	for i := 0; i < len(stmts); i++ {
		begin, ok := stmts[i].(*BeginStatementSet)
		if !ok {
			out = append(out, stmts[i])
			continue
		}
		set := &StatementSet{Script: true}
		j := i + 1
		for ; j < len(stmts); j++ {
			ins, ok := stmts[j].(*Insert)
			if !ok {
				break
			}
			set.Inserts = append(set.Inserts, ins)
		}
		if j == len(stmts) || len(set.Inserts) == 0 {
			out = append(out, begin)
			continue
		}
		end, ok := stmts[j].(*EndStatementSet)
		if !ok {
			out = append(out, begin)
			continue
		}
		set.Span = Span{begin.From, end.To}
		out = append(out, set)
		i = j
	}
	return out
}

// ---- places ----

func (p *parser) tok() *token { return &p.toks[p.pos] }

// peek gives the token n places behind the next one.
func (p *parser) peek(n int) *token {
	if p.pos+n >= len(p.toks) {
		return &p.toks[len(p.toks)-1]
	}
	return &p.toks[p.pos+n]
}

func (p *parser) text(t *token) string { return p.src[t.start:t.end] }

func begin(t *token) Pos {
	return Pos{Offset: int(t.start), Line: int(t.line), Column: int(t.column)}
}

// end gives the place behind t.
func (p *parser) end(t *token) Pos {
	if p.endOf != t {
		p.endOf, p.endPos = t, walk(p.src[:t.end], begin(t))
	}
	return p.endPos
}

// walk gives the place of the end of src, going on from a place within it.
func walk(src string, pos Pos) Pos {
	for i := pos.Offset; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\n', c == '\r' && (i+1 == len(src) || src[i+1] != '\n'):
			pos.Line++
			pos.Column = 1
		case c < 0x80 || c >= 0xC0:
			pos.Column++
		}
	}
	pos.Offset = len(src)
	return pos
}

// here is where the next token begins.
func (p *parser) here() Pos { return begin(p.tok()) }

// since is the span from a place to the end of the last token taken.
func (p *parser) since(from Pos) Span {
	if p.pos == 0 {
		return Span{from, from}
	}
	return Span{from, p.end(&p.toks[p.pos-1])}
}

// gap is the empty span behind the last token taken, for nodes that stand for what was left out.
func (p *parser) gap() Span {
	at := p.since(p.here()).To
	return Span{at, at}
}

// faultPlace is where an error about token t points: the end of the text is its last character.
func (p *parser) faultPlace(t *token) Pos {
	if t.kind != tokEOF || t.start == 0 {
		return begin(t)
	}
	last := strings.TrimRight(p.src, " \t\r\n\f")
	prev := &p.toks[max(p.pos-1, 0)]
	if int(prev.end) == len(last) || len(last) == 0 {
		pos := p.end(prev)
		if pos.Column > 1 {
			pos.Column--
			pos.Offset--
		}
		return pos
	}
	pos := begin(t)
	if pos.Column > 1 {
		pos.Column--
	}
	return pos
}

// ---- errors ----

func (p *parser) fail(pos Pos, format string, args ...any) {
	panic(&Error{Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

func (p *parser) failHint(pos Pos, hint, format string, args ...any) {
	panic(&Error{Pos: pos, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// unexpected reports the next token; expected names what should stand there, or is empty.
func (p *parser) unexpected(expected string) {
	t := p.tok()
	if t.kind == tokError {
		p.fail(begin(t), "%s", t.keyword)
	}
	e := &Error{Pos: p.faultPlace(t)}
	if t.kind == tokEOF {
		e.Msg = "unexpected end of text"
	} else {
		e.Msg = "unexpected " + quoteToken(p.text(t))
	}
	if expected != "" {
		e.Msg += ", expected " + expected
	}
	e.Hint = p.hint(t, expected)
	panic(e)
}

// quoteToken shows a piece of the text in a message.
func quoteToken(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "..."
	}
	return fmt.Sprintf("%q", s)
}

// clauseWords begin the clauses that may follow a name.
var clauseWords = []string{"CROSS", "EXCEPT", "FETCH", "FROM", "FULL", "GROUP", "HAVING", "INNER", "INTERSECT", "JOIN", "LEFT",
	"LIMIT", "NATURAL", "OFFSET", "ORDER", "RIGHT", "UNION", "USING", "WHERE", "WINDOW"}

// otherWords are keywords within clauses that a misspelling turns into a name, and operatorWords those
// that stand between operands: a name in their place is the fault itself.
var (
	otherWords = []string{"ARRAY", "BETWEEN", "BINARY", "CASE", "CAST", "CHAR", "CONSTRAINT", "DECIMAL", "DESCRIPTOR", "DISTINCT", "DOUBLE",
		"INTERVAL", "METADATA", "MULTISET", "NUMERIC", "PARTITIONED", "PRIMARY", "SELECT", "TABLE", "THEN", "TIMESTAMP", "TIMESTAMP_LTZ",
		"TRY_CAST", "VALUES", "VARBINARY", "VARCHAR", "WATERMARK", "WHEN"}
	operatorWords = []string{"AND", "AS", "BETWEEN", "BY", "ELSE", "END", "ENFORCED", "ESCAPE", "FROM", "IN", "IS", "LIKE", "NOT", "NULL", "ON", "OR",
		"PRECEDING", "SELECT", "SET", "SIMILAR", "TABLE", "THEN", "VALUES", "WHEN", "WITH"}
	unitWords = []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}
)

// hint proposes the nearest keyword that could stand at t, or how to quote a reserved word.
func (p *parser) hint(t *token, expected string) string {
	if best, word := p.misread(expected); best != "" {
		return fmt.Sprintf("did you mean %s? %s was read as a name", best, word)
	}
	if t.kind != tokWord {
		return ""
	}
	if strings.HasPrefix(expected, "a unit") {
		if best := nearest(strings.ToUpper(p.text(t)), unitWords); best != "" {
			return "did you mean " + best + "?"
		}
	}
	var candidates []string
	if p.triedAt == p.pos {
		candidates = p.tried
	}
	sort.Strings(candidates)
	if best := nearest(strings.ToUpper(p.text(t)), candidates); best != "" {
		return "did you mean " + best + "?"
	}
	if t.keyword == "" {
		word := strings.ToUpper(p.text(t))
		for _, words := range [][]string{operatorWords, clauseWords} {
			if best := nearest(word, words); best != "" {
				return "did you mean " + best + "?"
			}
		}
	}
	if t.reserved && (expected == "a name" || expected == "a table" || strings.HasPrefix(expected, "a column")) {
		return fmt.Sprintf("%s is a reserved word: as a name it is written `%s`", t.keyword, p.text(t))
	}
	return ""
}

// misread finds a word before the next token that was read as a name, and may be a misspelt keyword: SELECT a
// FORM t, or PRIARY KEY (a). It gives the keyword and the word.
func (p *parser) misread(expected string) (best, word string) {
	if p.tok().keyword == "AS" && expected == `")"` {
		// CSAT(a AS INT): what is called is before the bracket that is open.
		for i, depth := p.pos-1, 0; i > 0; i-- {
			switch p.toks[i].keyword {
			case ")":
				depth++
			case "(":
				if depth--; depth < 0 {
					word = p.text(&p.toks[i-1])
					return nearest(strings.ToUpper(word), []string{"CAST", "TRY_CAST"}), word
				}
			}
		}
	}
	for i := p.pos - 1; i >= 0 && i >= p.pos-3; i-- {
		t := &p.toks[i]
		if t.kind == tokSymbol && t.keyword != "(" {
			return "", ""
		}
		if t.kind != tokWord || t.keyword != "" {
			continue
		}
		word = p.text(t)
		up := strings.ToUpper(word)
		if i == p.pos-1 && expected == "end of statement" {
			if best = nearest(up, clauseWords); best != "" && up != best+"S" {
				return best, word
			}
			if len(up) == 3 && strings.HasPrefix(up, "AS") && p.tok().keyword != "WHEN" {
				return "AS", word
			}
		}
		// Further back, or where other things are expected, only a slip in a long word is taken for one.
		for _, w := range otherWords {
			if len(w) >= 4 && up != w+"S" && editDistance(up, w) == 1 {
				return w, word
			}
		}
	}
	return "", ""
}

// ---- tokens ----

// at tells whether the next token is a keyword (given in upper case).
func (p *parser) at(keyword string) bool {
	if p.triedAt != p.pos {
		p.tried, p.triedAt = p.tried[:0], p.pos
	}
	if len(p.tried) < 64 {
		p.tried = append(p.tried, keyword)
	}
	t := p.tok()
	return t.kind == tokWord && t.keyword == keyword
}

// atSeq tells whether the next tokens are these keywords, or symbols, in this order.
func (p *parser) atSeq(words ...string) bool {
	for i, w := range words {
		if t := p.peek(i); t.keyword != w || t.kind != tokWord && t.kind != tokSymbol {
			return false
		}
	}
	return true
}

// atAny tells whether the next token is one of these keywords.
func (p *parser) atAny(words ...string) bool {
	for _, w := range words {
		if p.at(w) {
			return true
		}
	}
	return false
}

func (p *parser) atSymbol(s string) bool {
	t := p.tok()
	return t.kind == tokSymbol && t.keyword == s
}

// accept takes the next token if it is this keyword.
func (p *parser) accept(keyword string) bool {
	if p.at(keyword) {
		p.pos++
		return true
	}
	return false
}

// acceptSeq takes the next tokens if they are all of these keywords.
func (p *parser) acceptSeq(words ...string) bool {
	if p.at(words[0]) && p.atSeq(words...) {
		p.pos += len(words)
		return true
	}
	return false
}

// acceptAny takes the next token if it is one of these keywords, and gives it, or "".
func (p *parser) acceptAny(words ...string) string {
	for _, w := range words {
		if p.accept(w) {
			return w
		}
	}
	return ""
}

func (p *parser) acceptSymbol(s string) bool {
	if p.atSymbol(s) {
		p.pos++
		return true
	}
	return false
}

// expect takes these keywords, one after the other.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.unexpected(w)
		}
	}
}

// expectAny takes one of these keywords and gives it.
func (p *parser) expectAny(words ...string) string {
	w := p.acceptAny(words...)
	if w == "" {
		p.unexpected(strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1])
	}
	return w
}

func (p *parser) expectSymbol(s string) {
	if !p.acceptSymbol(s) {
		p.unexpected(fmt.Sprintf("%q", s))
	}
}

// ---- nesting ----

// nest is called where the text nests, with leave to be deferred or called after.
func (p *parser) nest() {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.here(), "nested more than %d levels deep", maxDepth)
	}
}

func (p *parser) leave() { p.depth-- }

// grow makes the tree parsed last one higher.
func (p *parser) grow() {
	p.height++
	if p.height > maxHeight {
		p.fail(p.here(), "expression is more than %d operations deep", maxHeight)
	}
}

// ---- names ----

// atIdent tells whether the next token is an identifier, quoted or not.
func (p *parser) atIdent() bool { return isIdent(p.tok()) }

func isIdent(t *token) bool {
	return t.kind == tokQuoted || t.kind == tokWord && !t.reserved
}

// ident takes an identifier.
func (p *parser) ident() Ident {
	t := p.tok()
	if !isIdent(t) {
		p.unexpected("a name")
	}
	id := p.identOf(t)
	p.pos++
	return id
}

// maxIdent is Flink's bound on the characters of an identifier.
const maxIdent = 256

func (p *parser) identOf(t *token) Ident {
	id := Ident{Span: Span{begin(t), p.end(t)}, Name: p.text(t)}
	if t.kind == tokQuoted {
		id.Quoted = true
		id.Name = strings.ReplaceAll(id.Name[1:len(id.Name)-1], "``", "`")
	}
	if len(id.Name) > maxIdent && len([]rune(id.Name)) > maxIdent {
		p.fail(id.From, "name is longer than %d characters", maxIdent)
	}
	return id
}

// name takes an identifier of one or more parts.
func (p *parser) name() Name {
	from := p.here()
	parts := []Ident{p.ident()}
	for p.atSymbol(".") && isIdent(p.peek(1)) {
		p.pos++
		parts = append(parts, p.ident())
	}
	return Name{p.since(from), parts}
}

// simpleName takes a name of a single part.
func (p *parser) simpleName() Name {
	id := p.ident()
	return Name{id.Span, []Ident{id}}
}

// identList takes (a, b, ...).
func (p *parser) identList() []Ident {
	p.expectSymbol("(")
	list := []Ident{p.ident()}
	for p.acceptSymbol(",") {
		list = append(list, p.ident())
	}
	p.expectSymbol(")")
	return list
}

// identOrList takes a or (a, b, ...).
func (p *parser) identOrList() []Ident {
	if p.atSymbol("(") {
		return p.identList()
	}
	return []Ident{p.ident()}
}
