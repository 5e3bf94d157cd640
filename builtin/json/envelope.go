package json

import (
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Envelope finds the members of records that wrap rows: it checks a record whole and
// says where the values of the members are, without converting them. Of a member that
// is there twice the last counts.
type Envelope struct {
	reader
	leaves []*node
}

// NewEnvelope returns an envelope with a member at each path from the record's object
// down. A path may lead through another.
func NewEnvelope(paths ...[]string) *Envelope {
	e := &Envelope{}
	e.root = &node{op: opGroup}
	for _, path := range paths {
		n := e.root
		for _, name := range path {
			n = n.child(name)
		}
		e.leaves = append(e.leaves, n)
	}
	e.root.fillGroup()
	return e
}

// child is the member of that name of a group, made if it is not there.
func (n *node) child(name string) *node {
	n.op = opGroup
	for _, f := range n.fields {
		if f.name == name {
			return f
		}
	}
	f := &node{op: opSpan, name: name}
	n.fields = append(n.fields, f)
	return f
}

func (n *node) fillGroup() {
	for _, f := range n.fields {
		if f.op == opGroup {
			f.fillGroup()
		}
	}
	n.names.fill(n.fields)
}

// clear forgets where a member and those below it were.
func (n *node) clear() {
	n.span = Span{}
	for _, f := range n.fields {
		f.clear()
	}
}

// Open finds the members of the record data[from:to].
func (e *Envelope) Open(data []byte, from, to int) *Fault {
	e.start(data, to)
	i := e.spaceOrMark(from)
	if e.at(i) != '{' {
		e.expected(i, "an object")
		return e.fault()
	}
	if i = e.object(e.root, i, 0); i < 0 || e.trailing(i) {
		return e.fault()
	}
	return nil
}

// Span is where the value of the member of path k is; ok is false where it is absent
// or null.
func (e *Envelope) Span(k int) (s Span, ok bool) {
	s = e.leaves[k].span
	return s, s.To > 0 && e.data[s.From] != 'n'
}

// Text is the value of the member of path k as a STRING would hold it, valid until
// the next call; "" where it is absent or null.
func (e *Envelope) Text(k int) []byte {
	s, ok := e.Span(k)
	if !ok {
		return nil
	}
	tok, end := e.value(s.From)
	return e.content(tok, s.From, end)
}

// Column converts single values into a column.
type Column struct {
	reader
	n *node
}

// NewColumn returns a converter of the values of a metadata column.
func NewColumn(m Metadata, s Settings) (*Column, error) {
	n, err := compile(m.Type, m.Key, m.Key)
	if err != nil {
		return nil, err
	}
	switch m.Form {
	case Millis:
		n.op, n.kind, n.scale = opSince, types.BigInt, 1000
	case Seconds:
		n.op, n.kind, n.scale = opSince, types.BigInt, 1000000
	case JavaText, JavaTextT:
		n.op, n.iso = opJavaText, m.Form == JavaTextT
	}
	c := &Column{n: n}
	c.set, c.exact = s, hasDecimal(m.Type)
	return c, nil
}

// Begin says to which column the values of data are to be appended.
func (c *Column) Begin(data []byte, v *vector.Vector) {
	c.data = data
	c.n.bind(v, data)
}

// Append appends the value at s, NULL unless ok, which the envelope has checked.
func (c *Column) Append(s Span, ok bool) *Fault {
	row := c.n.vec.Len()
	c.n.vec.Extend(1)
	if !ok {
		c.n.null(row)
		return nil
	}
	// A number is read with the byte behind it, which in an object there always is.
	c.start(c.data, s.To+1)
	if c.convert(c.n, s.From, row) < 0 {
		c.n.vec.Truncate(row)
		return c.fault()
	}
	return nil
}
