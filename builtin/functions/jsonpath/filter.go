package jsonpath

import (
	"regexp"
	"strings"
)

// Filters: [?(@.price < 10 && !(@.kind == 'x' || @.name =~ /a.*/i))].
//
//  1. A filter is read into a tree of and, or, not and comparisons.
//  2. An operand is a constant, or a path from the value that is tested (@) or the root
//     ($). A path that leads nowhere is undefined: equal to nothing, not even NULL.
//  3. A number and a text are equal if the text is that number; they have no order.
//
// Operators beyond comparisons (in, size, a path alone) fail in Flink, whose packaging
// lacks a class; they are refused.

// condition is a node of a filter.
type condition interface {
	// holds tests the value n; an error fails the whole selection.
	holds(s *selection, n Node) (bool, error)
}

type (
	and struct{ l, r condition }
	or  struct{ l, r condition }
	not struct{ c condition }
	// comparison is l op r; of =~ the pattern is compiled.
	comparison struct {
		l, r    operand
		op      string
		pattern *regexp.Regexp
	}
)

// operand is a constant or a path.
type operand struct {
	path *Path
	root bool // the path begins at the root, not at the tested value
	atom atom
}

// atom is a scalar that a filter compares.
type atom struct {
	kind Kind // Integer stands for all numbers
	text string
	none bool // undefined: the path led nowhere
}

func (c and) holds(s *selection, n Node) (bool, error) {
	if ok, err := c.l.holds(s, n); !ok || err != nil {
		return false, err
	}
	return c.r.holds(s, n)
}

func (c or) holds(s *selection, n Node) (bool, error) {
	if ok, err := c.l.holds(s, n); ok || err != nil {
		return ok, err
	}
	return c.r.holds(s, n)
}

func (c not) holds(s *selection, n Node) (bool, error) {
	ok, err := c.c.holds(s, n)
	return !ok && err == nil, err
}

func (c *comparison) holds(s *selection, n Node) (bool, error) {
	l, err := c.l.value(s, n)
	if err != nil {
		return false, err
	}
	if c.pattern != nil {
		return !l.none && l.kind != Null && c.pattern.MatchString(l.text), nil
	}
	r, err := c.r.value(s, n)
	if err != nil {
		return false, err
	}
	switch c.op {
	case "==":
		return equal(l, r), nil
	case "!=":
		return !equal(l, r), nil
	}
	if l.none || r.none || l.kind != r.kind || l.kind != Integer && l.kind != String {
		return false, nil
	}
	var d int
	if l.kind == Integer {
		d = compareNumbers(l.text, r.text)
	} else {
		d = CompareUTF16([]byte(l.text), []byte(r.text))
	}
	switch c.op {
	case "<":
		return d < 0, nil
	case "<=":
		return d <= 0, nil
	case ">":
		return d > 0, nil
	}
	return d >= 0, nil
}

func equal(l, r atom) bool {
	switch {
	case l.none || r.none:
		return false
	case l.kind == Integer && (r.kind == Integer || r.kind == String):
		return isNumber(r.text) && compareNumbers(l.text, r.text) == 0
	case l.kind == String && (r.kind == Integer || r.kind == String):
		return l.text == r.text
	}
	return l.kind == r.kind
}

// value is an operand's, for the tested value n.
func (o *operand) value(s *selection, n Node) (atom, error) {
	if o.path == nil {
		return o.atom, nil
	}
	if o.root {
		n = 0
	}
	inner := selection{doc: s.doc, path: o.path}
	found, err := inner.run(n)
	if err != nil {
		return atom{}, err
	}
	if !o.path.definite {
		return atom{}, ErrContainer
	}
	if len(found) == 0 || inner.missing != nil {
		return atom{none: true}, nil
	}
	switch k := s.doc.Kind(found[0]); k {
	case Array, Object:
		return atom{}, ErrContainer
	case Integer, Decimal:
		return atom{Integer, string(s.doc.AppendScalar(nil, found[0])), false}, nil
	default:
		return atom{k, string(s.doc.Text(found[0])), false}, nil
	}
}

// filter reads ?(...)] into a step.
func (r *reader) filter(p *Path) error {
	from := r.at
	r.at++
	r.blanks()
	if r.peek() != '(' {
		return r.fail()
	}
	c, err := r.or()
	if err != nil {
		return err
	}
	if err := r.close(); err != nil {
		return err
	}
	p.add(step{kind: filter, filter: c, text: "[" + r.text[from:r.at]})
	return nil
}

func (r *reader) or() (condition, error) {
	l, err := r.and()
	for err == nil && r.operator("||") {
		var right condition
		right, err = r.and()
		l = or{l, right}
	}
	return l, err
}

func (r *reader) and() (condition, error) {
	l, err := r.term()
	for err == nil && r.operator("&&") {
		var right condition
		right, err = r.term()
		l = and{l, right}
	}
	return l, err
}

func (r *reader) operator(op string) bool {
	r.blanks()
	if !strings.HasPrefix(r.text[r.at:], op) {
		return false
	}
	r.at += len(op)
	return true
}

// term reads a comparison, !term or (...).
func (r *reader) term() (condition, error) {
	if len(r.text) > maxPath {
		return nil, &Unsupported{"a filter in a path of more than 10000 characters"}
	}
	r.blanks()
	switch r.peek() {
	case '!':
		r.at++
		c, err := r.term()
		return not{c}, err
	case '(':
		r.at++
		c, err := r.or()
		if err == nil && !r.operator(")") {
			err = r.fail()
		}
		return c, err
	}
	return r.comparison()
}

// maxPath bounds how deep a filter can nest.
const maxPath = 10_000

func (r *reader) comparison() (condition, error) {
	l, err := r.operand()
	if err != nil {
		return nil, err
	}
	c := &comparison{l: l}
	for _, op := range []string{"=~", "==", "!=", "<=", ">=", "<", ">"} {
		if r.operator(op) {
			c.op = op
			break
		}
	}
	switch {
	case c.op == "":
		return nil, &Unsupported{"a filter that is not a comparison"}
	case c.op == "=~":
		c.pattern, err = r.pattern()
		return c, err
	}
	c.r, err = r.operand()
	return c, err
}

// operand reads a path, a text in quotes, a number, true, false or null.
func (r *reader) operand() (o operand, err error) {
	r.blanks()
	switch c := r.peek(); {
	case c == '$' || c == '@':
		o.root = c == '$'
		r.at++
		o.path, err = r.path(true)
		return o, err
	case c == '\'' || c == '"':
		o.atom.kind = String
		o.atom.text, err = r.quote()
		return o, err
	case c == '{' || c == '[':
		return o, &Unsupported{"an array or object in a filter"}
	}
	from := r.at
	for c := r.peek(); c != 0 && strings.IndexByte("=!<>&|) ", c) < 0; c = r.peek() {
		r.at++
	}
	switch word := r.text[from:r.at]; {
	case word == "true":
		o.atom = atom{kind: True, text: word}
	case word == "false":
		o.atom = atom{kind: False, text: word}
	case word == "null":
		o.atom = atom{kind: Null}
	case isNumber(word):
		o.atom = atom{kind: Integer, text: word}
	default:
		r.at = from
		return o, r.fail()
	}
	return o, nil
}

// pattern reads /.../ with flags.
func (r *reader) pattern() (*regexp.Regexp, error) {
	r.blanks()
	if r.peek() != '/' {
		return nil, &Unsupported{"a pattern that is not written as /.../"}
	}
	r.at++
	from := r.at
	for r.peek() != '/' {
		if r.peek() == 0 {
			return nil, r.fail()
		}
		if r.peek() == '\\' {
			r.at++
		}
		r.at++
	}
	body := r.text[from:r.at]
	r.at++
	flags := ""
	for r.peek() == 'i' || r.peek() == 's' || r.peek() == 'm' {
		flags += string(r.peek())
		r.at++
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	re, err := regexp.Compile(flags + `\A(?:` + body + `)\z`)
	if err != nil {
		return nil, &Unsupported{"the pattern /" + body + "/"}
	}
	return re, nil
}
