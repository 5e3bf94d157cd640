// Package jsonpath reads JSON texts into trees and finds values in them by a path, as
// the SQL/JSON functions of Flink do: JSON is what Jackson takes for JSON, a path means
// what it means to Jayway's JsonPath 2 (https://github.com/json-path/JsonPath).
//
// A Document is an arena that serves for one text after another, without an allocation
// once it has grown. A Path is compiled once and may be used by several tasks.
package jsonpath

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Kind is what a value is.
type Kind uint8

const (
	Null Kind = iota
	False
	True
	Integer // a number without fraction and exponent
	Decimal
	String
	Array
	Object
)

// Node is the number of a value in its document. The root is 0.
type Node int32

// none is no node.
const none Node = -1

// value is a node of the tree. Children are linked, so that a tree needs one slice.
type value struct {
	kind  Kind
	made  bool  // its text lies in made, not in the document's text
	keyed bool  // the same of its key
	first Node  // the first child
	next  Node  // the next sibling
	n     int32 // children

	from, to       int32 // the text of a scalar; of a String without its quotes and escapes
	keyFrom, keyTo int32 // the name of a member
	hash           uint32
}

// Document is a JSON text and its tree. The zero Document is ready for Parse.
type Document struct {
	text   []byte
	at     int
	depth  int
	values []value
	made   []byte // texts that do not stand in the document as they are
	found  []Node // scratch of a selection
	order  []Node // scratch of a printed object
}

// MaxDepth is how deep arrays and objects may lie in one another (Jackson's limit).
const MaxDepth = 1000

// maxNumber is how many characters a number may have (Jackson's limit).
const maxNumber = 1000

var (
	errEmpty = errors.New("no JSON value: the text is empty")
	errEnd   = errors.New("the JSON text ends too early")
)

// Parse reads the first value of text, which must not change while the document is
// used. What follows is not looked at, as by Jackson, but that a number must end.
func (d *Document) Parse(text []byte) error {
	d.text, d.at, d.depth = text, 0, 0
	d.values, d.made = d.values[:0], d.made[:0]
	d.space()
	if d.at == len(text) {
		return errEmpty
	}
	root, err := d.parse()
	if err == nil && isNumeric(d.values[root].kind) && d.at < len(text) && !isSpace(text[d.at]) {
		return d.unexpected()
	}
	return err
}

func isNumeric(k Kind) bool { return k == Integer || k == Decimal }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (d *Document) space() {
	for d.at < len(d.text) && isSpace(d.text[d.at]) {
		d.at++
	}
}

func (d *Document) unexpected() error {
	if d.at >= len(d.text) {
		return errEnd
	}
	r, _ := utf8.DecodeRune(d.text[d.at:])
	return fmt.Errorf("not JSON: %q at byte %d", r, d.at)
}

func (d *Document) add(k Kind, from, to int) Node {
	d.values = append(d.values, value{kind: k, first: none, next: none, from: int32(from), to: int32(to)})
	return Node(len(d.values) - 1)
}

// parse reads the value that begins at d.at.
func (d *Document) parse() (Node, error) {
	if d.at >= len(d.text) {
		return none, errEnd
	}
	switch c := d.text[d.at]; {
	case c == '{':
		return d.object()
	case c == '[':
		return d.array()
	case c == '"':
		from, to, made, err := d.string()
		n := d.add(String, from, to)
		d.values[n].made = made
		return n, err
	case c == '-' || c-'0' < 10:
		return d.number()
	case c == 't':
		return d.word("true", True)
	case c == 'f':
		return d.word("false", False)
	case c == 'n':
		return d.word("null", Null)
	}
	return none, d.unexpected()
}

func (d *Document) word(w string, k Kind) (Node, error) {
	end := d.at + len(w)
	if end > len(d.text) || string(d.text[d.at:end]) != w || end < len(d.text) && isWord(d.text[end]) {
		return none, d.unexpected()
	}
	n := d.add(k, d.at, end)
	d.at = end
	return n, nil
}

func isWord(c byte) bool {
	return c|' '-'a' < 26 || c-'0' < 10 || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// number reads -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?.
func (d *Document) number() (Node, error) {
	from, kind := d.at, Integer
	if d.text[d.at] == '-' {
		d.at++
	}
	zero := d.at < len(d.text) && d.text[d.at] == '0'
	if n := d.digits(); n == 0 || zero && n > 1 {
		return none, d.unexpected()
	}
	if d.at < len(d.text) && d.text[d.at] == '.' {
		d.at++
		kind = Decimal
		if d.digits() == 0 {
			return none, d.unexpected()
		}
	}
	if d.at < len(d.text) && d.text[d.at]|' ' == 'e' {
		d.at++
		kind = Decimal
		if d.at < len(d.text) && (d.text[d.at] == '+' || d.text[d.at] == '-') {
			d.at++
		}
		if n := d.digits(); n == 0 || n > 9 {
			return none, d.unexpected()
		}
	}
	if d.at-from > maxNumber {
		return none, fmt.Errorf("a number of more than %d characters at byte %d", maxNumber, from)
	}
	return d.add(kind, from, d.at), nil
}

func (d *Document) digits() (n int) {
	for d.at < len(d.text) && d.text[d.at]-'0' < 10 {
		d.at++
		n++
	}
	return n
}

// string reads a string and answers where its text lies: in the document, or in made if
// it has escapes.
func (d *Document) string() (from, to int, made bool, err error) {
	d.at++
	from = d.at
	for ; d.at < len(d.text); d.at++ {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return from, d.at - 1, false, nil
		case c == '\\':
			return d.escaped(from)
		case c < ' ':
			return 0, 0, false, d.unexpected()
		}
	}
	return 0, 0, false, errEnd
}

// escaped is string from its first escape on.
func (d *Document) escaped(begin int) (from, to int, made bool, err error) {
	from = len(d.made)
	d.made = append(d.made, d.text[begin:d.at]...)
	for d.at < len(d.text) {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return from, len(d.made), true, nil
		case c == '\\':
			n := 0
			if d.made, n = AppendEscape(d.made, d.text[d.at:]); n == 0 {
				return 0, 0, false, d.unexpected()
			}
			d.at += n
		case c < ' ':
			return 0, 0, false, d.unexpected()
		default:
			d.made = append(d.made, c)
			d.at++
		}
	}
	return 0, 0, false, errEnd
}

// escapes are what stands for the character behind a backslash.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// AppendEscape appends what the escape at the beginning of b stands for and answers how
// long that escape is, 0 if it is none. Half of a surrogate pair becomes a question
// mark, as when Java encodes it.
func AppendEscape(dst, b []byte) ([]byte, int) {
	if len(b) < 2 {
		return dst, 0
	}
	if c := escapes[b[1]]; c != 0 {
		return append(dst, c), 2
	}
	r, ok := hex4(b)
	switch {
	case !ok:
		return dst, 0
	case r >= 0xD800 && r < 0xDC00:
		if low, ok := hex4(b[6:]); ok && low >= 0xDC00 && low < 0xE000 {
			return utf8.AppendRune(dst, 0x10000+(r-0xD800)<<10+(low-0xDC00)), 12
		}
		return append(dst, '?'), 6
	case r >= 0xDC00 && r < 0xE000:
		return append(dst, '?'), 6
	}
	return utf8.AppendRune(dst, r), 6
}

// hex4 reads \u and four hexadecimal digits.
func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c-'0' < 10:
			c -= '0'
		case c|' '-'a' < 6:
			c = c | ' ' - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (d *Document) enter() error {
	d.at++
	if d.depth++; d.depth > MaxDepth {
		return fmt.Errorf("arrays and objects lie more than %d deep at byte %d", MaxDepth, d.at)
	}
	d.space()
	return nil
}

// leave takes the closing bracket if it stands there.
func (d *Document) leave(bracket byte) bool {
	if d.at < len(d.text) && d.text[d.at] == bracket {
		d.at++
		d.depth--
		return true
	}
	return false
}

func (d *Document) array() (Node, error) {
	a := d.add(Array, d.at, d.at)
	if err := d.enter(); err != nil {
		return none, err
	}
	if d.leave(']') {
		return a, nil
	}
	for last := none; ; {
		d.space()
		kid, err := d.parse()
		if err != nil {
			return none, err
		}
		last = d.link(a, last, kid)
		if more, err := d.comma(']'); !more {
			return a, err
		}
	}
}

// comma reads what stands behind an element: more are to come, or it was the last.
func (d *Document) comma(bracket byte) (more bool, err error) {
	d.space()
	if d.leave(bracket) {
		return false, nil
	}
	if d.at >= len(d.text) || d.text[d.at] != ',' {
		return false, d.unexpected()
	}
	d.at++
	return true, nil
}

// link makes kid the child of a behind last.
func (d *Document) link(a, last, kid Node) Node {
	if last == none {
		d.values[a].first = kid
	} else {
		d.values[last].next = kid
	}
	d.values[a].n++
	return kid
}

func (d *Document) object() (Node, error) {
	o := d.add(Object, d.at, d.at)
	if err := d.enter(); err != nil {
		return none, err
	}
	if d.leave('}') {
		return o, nil
	}
	for last := none; ; {
		d.space()
		if d.at >= len(d.text) || d.text[d.at] != '"' {
			return none, d.unexpected()
		}
		from, to, made, err := d.string()
		if err != nil {
			return none, err
		}
		if d.space(); d.at >= len(d.text) || d.text[d.at] != ':' {
			return none, d.unexpected()
		}
		d.at++
		d.space()
		kid, err := d.parse()
		if err != nil {
			return none, err
		}
		v := &d.values[kid]
		v.keyFrom, v.keyTo, v.keyed = int32(from), int32(to), made
		v.hash = hash(d.Key(kid))
		if !d.replace(o, kid) {
			last = d.link(o, last, kid)
		}
		if more, err := d.comma('}'); !more {
			return o, err
		}
	}
}

// hash is FNV-1a.
func hash(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

// replace puts kid in the place of the member of o that has its key, if one has: the
// last of several values counts, where the first stood.
func (d *Document) replace(o, kid Node) bool {
	for m := d.values[o].first; m != none; m = d.values[m].next {
		if d.values[m].hash == d.values[kid].hash && string(d.Key(m)) == string(d.Key(kid)) {
			d.values[kid].next = d.values[m].next
			d.values[m] = d.values[kid]
			return true
		}
	}
	return false
}

// --- reading ----------------------------------------------------------------------

// Kind tells what a value is.
func (d *Document) Kind(n Node) Kind { return d.values[n].kind }

// Len is the number of elements of an array or members of an object.
func (d *Document) Len(n Node) int { return int(d.values[n].n) }

// First is the first child of an array or object, and Next the next; negative: none.
func (d *Document) First(n Node) Node { return d.values[n].first }

// Next is the sibling behind n; negative if it is the last.
func (d *Document) Next(n Node) Node { return d.values[n].next }

// Key is the name of a member of an object.
func (d *Document) Key(n Node) []byte {
	v := &d.values[n]
	if v.keyed {
		return d.made[v.keyFrom:v.keyTo]
	}
	return d.text[v.keyFrom:v.keyTo]
}

// Text is a string without quotes and escapes, or a number or word as it is written.
func (d *Document) Text(n Node) []byte {
	v := &d.values[n]
	if v.made {
		return d.made[v.from:v.to]
	}
	return d.text[v.from:v.to]
}

// member is the value of a key of an object, or none.
func (d *Document) member(o Node, key string, h uint32) Node {
	for m := d.values[o].first; m != none; m = d.values[m].next {
		if d.values[m].hash == h && string(d.Key(m)) == key {
			return m
		}
	}
	return none
}

// element is an element of an array, the last being -1, or none.
func (d *Document) element(a Node, i int) Node {
	if i < 0 {
		i += d.Len(a)
	}
	if i < 0 || i >= d.Len(a) {
		return none
	}
	m := d.values[a].first
	for ; i > 0; i-- {
		m = d.values[m].next
	}
	return m
}

// --- writing ----------------------------------------------------------------------

// Append writes a value as JSON without spaces, the members of objects in the order of
// their keys, numbers as Java prints them.
func (d *Document) Append(dst []byte, n Node) []byte {
	switch d.values[n].kind {
	case Integer, Decimal:
		return d.AppendScalar(dst, n)
	case String:
		return AppendQuoted(dst, d.Text(n))
	case Array:
		dst = append(dst, '[')
		for m := d.First(n); m != none; m = d.Next(m) {
			if m != d.First(n) {
				dst = append(dst, ',')
			}
			dst = d.Append(dst, m)
		}
		return append(dst, ']')
	case Object:
		return d.appendObject(dst, n)
	}
	return append(dst, d.Text(n)...)
}

func (d *Document) appendObject(dst []byte, n Node) []byte {
	begin := len(d.order)
	for m := d.First(n); m != none; m = d.Next(m) {
		d.order = append(d.order, m)
	}
	members := d.order[begin:]
	slices.SortFunc(members, func(a, b Node) int { return CompareUTF16(d.Key(a), d.Key(b)) })
	dst = append(dst, '{')
	for i := range members {
		m := d.order[begin+i] // a nested object may have moved the slice
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendQuoted(dst, d.Key(m))
		dst = append(dst, ':')
		dst = d.Append(dst, m)
	}
	d.order = d.order[:begin]
	return append(dst, '}')
}

// AppendScalar writes a scalar as Java prints it: a string as it is, a number as
// Integer or BigDecimal do.
func (d *Document) AppendScalar(dst []byte, n Node) []byte {
	switch text := d.Text(n); d.values[n].kind {
	case Integer:
		if string(text) == "-0" {
			text = text[1:]
		}
		return append(dst, text...)
	case Decimal:
		if d.values[n].made {
			return append(dst, text...)
		}
		return AppendDecimal(dst, text)
	default:
		return append(dst, text...)
	}
}

// CompareUTF16 orders texts as Java orders strings: by UTF-16 units.
func CompareUTF16(a, b []byte) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	x, y := a[i], b[i]
	// Only characters beyond U+FFFF (from 0xF0 on) stand elsewhere: before U+E000 to
	// U+FFFF (0xEE and 0xEF).
	if x >= 0xEE && y >= 0xEE && x>>4 != y>>4 {
		return int(y) - int(x)
	}
	return int(x) - int(y)
}
