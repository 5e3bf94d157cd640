package jsonpath

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Evaluation walks the steps from the root, as Jayway does:
//
//  1. A step that leads from one value to one (a name, an index) is followed at once.
//     If the value has not what is asked for, a path that was definite so far is
//     missing; behind a wildcard, slice, scan or filter the branch just ends.
//  2. Other steps lead to several values, each of which goes on with the next step.
//  3. ".." applies the next step to the value itself and to all below it, in the order
//     of the text, wherever it can be applied.
//
// What is asked for may be made up (an object of some members, the result of a
// function): such values are added to the document.

// ErrContainer fails a query whatever it does on errors: Flink lacks a class in its
// packaging and fails there too.
var ErrContainer = errors.New("a filter compares an array or an object, which is not supported")

// Missing is the error of a path that leads nowhere. A path has all of its own ready: it
// is ordinary that a record lacks a member.
type Missing struct {
	path *Path
	step int
	on   Kind // what the step cannot be applied to; absent: it found nothing
}

// absent is no kind of a value.
const absent = Object + 1

func (e *Missing) Error() string {
	s := &e.path.steps[e.step]
	switch {
	case e.on == absent && e.step == len(e.path.steps)-1:
		return "No results for path: " + e.path.upTo(e.step+1)
	case e.on == absent:
		return "Missing property in path " + e.path.upTo(e.step+1)
	case s.kind == names:
		return fmt.Sprintf("Expected to find an object with property %s in path %s but found %s", s.text, e.path.upTo(e.step), kindNames[e.on])
	}
	return fmt.Sprintf("Filter: %s can only be applied to arrays, not to %s in path %s", s.text, kindNames[e.on], e.path.upTo(e.step))
}

// miss is the error of a step.
func (p *Path) miss(step int, on Kind) *Missing { return &p.misses[step*int(absent+1)+int(on)] }

// prepare makes the errors.
func (p *Path) prepare() {
	for i := range p.steps {
		for k := range absent + 1 {
			p.misses = append(p.misses, Missing{p, i, k})
		}
	}
}

var kindNames = [...]string{"null", "a boolean", "a boolean", "a number", "a number", "a text", "an array", "an object"}

// selection is one evaluation of a path.
type selection struct {
	doc     *Document
	path    *Path
	found   []Node
	missing *Missing // why a definite path leads nowhere
	visits  int
}

// maxVisits bounds the work of one selection: each ".." multiplies it.
const maxVisits = 1 << 24

// ErrVisits fails a query whatever it does on errors.
var ErrVisits = errors.New("the JSON path leads to too many values")

// Select evaluates the path. Of a definite one it answers the value; of another an
// array that is added to the document and holds all values. The error is a *Missing, or
// that of a filter or function that cannot be computed.
func (d *Document) Select(p *Path) (Node, error) {
	if n, ok, err := d.direct(p); ok {
		return n, err
	}
	s := selection{doc: d, path: p, found: d.found[:0]}
	found, err := s.run(0)
	d.found = s.found
	if err != nil {
		return none, err
	}
	switch {
	case s.missing != nil:
		return none, s.missing
	case p.definite && len(found) == 0:
		return none, p.miss(len(p.steps)-1, absent)
	}
	if p.definite {
		return found[0], nil
	}
	return d.list(found), nil
}

// direct evaluates a path of names and indexes; ok is false for another.
func (d *Document) direct(p *Path) (n Node, ok bool, err error) {
	for i := range p.steps {
		s := &p.steps[i]
		if s.kind > indexes || len(s.names)+len(s.indexes) != 1 {
			return none, false, nil
		}
	}
	for i := range p.steps {
		s := &p.steps[i]
		next := none
		switch {
		case s.kind == names && d.Kind(n) == Object:
			next = d.member(n, s.names[0], s.hashes[0])
		case s.kind == indexes && d.Kind(n) == Array:
			next = d.element(n, s.indexes[0])
		default:
			return none, true, p.miss(i, d.Kind(n))
		}
		if next == none {
			return none, true, p.miss(i, absent)
		}
		n = next
	}
	return n, true, nil
}

// upTo is the path before step i, as Jayway writes it.
func (p *Path) upTo(i int) string {
	text := "$"
	for _, s := range p.steps[:i] {
		text += s.text
	}
	return text
}

func (d *Document) describe(n Node) string {
	return kindNames[d.Kind(n)]
}

// run evaluates the whole path from n.
func (s *selection) run(n Node) ([]Node, error) {
	begin := len(s.found)
	err := s.walk(0, n, true)
	return s.found[begin:], err
}

// lose ends a branch: if the path was definite up to here, it is missing.
func (s *selection) lose(definite bool, step int, on Kind) error {
	if definite && s.missing == nil {
		s.missing = s.path.miss(step, on)
	}
	return nil
}

// walk applies step i and those behind it to n. definite tells that all steps before
// lead to one value.
func (s *selection) walk(i int, n Node, definite bool) error {
	if i == len(s.path.steps) {
		s.found = append(s.found, n)
		return nil
	}
	if s.visits++; s.visits > maxVisits {
		return ErrVisits
	}
	d, st := s.doc, &s.path.steps[i]
	kind := d.Kind(n)
	switch st.kind {
	case names:
		if kind != Object {
			return s.lose(definite, i, kind)
		}
		return s.members(i, n, definite)
	case indexes, slice:
		if kind != Array {
			return s.lose(definite, i, kind)
		}
		return s.elements(i, n, definite)
	case wildcard:
		for m := d.First(n); m != none; m = d.Next(m) {
			if err := s.walk(i+1, m, false); err != nil {
				return err
			}
		}
	case filter:
		return s.filter(i, n, definite)
	case scan:
		return s.scan(i+1, n)
	case call:
		m, err := s.call(st.function, n)
		if err != nil {
			return err
		}
		return s.walk(i+1, m, definite)
	}
	return nil
}

func (s *selection) members(i int, o Node, definite bool) error {
	d, st := s.doc, &s.path.steps[i]
	if len(st.names) > 1 && i == len(s.path.steps)-1 {
		merged := d.add(Object, 0, 0)
		last := none
		for k, name := range st.names {
			if m := d.member(o, name, st.hashes[k]); m != none {
				last = d.link(merged, last, d.copy(m))
			}
		}
		s.found = append(s.found, merged)
		return nil
	}
	for k, name := range st.names {
		m := d.member(o, name, st.hashes[k])
		if m == none {
			if err := s.lose(definite && len(st.names) == 1, i, absent); err != nil {
				return err
			}
			continue
		}
		if err := s.walk(i+1, m, definite && len(st.names) == 1); err != nil {
			return err
		}
	}
	return nil
}

func (s *selection) elements(i int, a Node, definite bool) error {
	d, st := s.doc, &s.path.steps[i]
	definite = definite && st.definite(false)
	visit := func(k int) error {
		m := d.element(a, k)
		if m == none { // no error of itself: of a definite path nothing is found
			return nil
		}
		return s.walk(i+1, m, definite)
	}
	if st.kind == indexes {
		for _, k := range st.indexes {
			if err := visit(k); err != nil {
				return err
			}
		}
		return nil
	}
	n := d.Len(a)
	from, to := st.indexes[0], st.indexes[1]
	switch {
	case !st.to:
		if from < 0 {
			from = max(0, from+n)
		}
		to = n
	case !st.from && to < 0:
		to += n
	}
	// With both ends given, those below zero are not counted from the end as a whole:
	// each number between them is an index by itself.
	for k := max(from, -n); k < min(to, n); k++ {
		if err := visit(k); err != nil {
			return err
		}
	}
	return nil
}

func (s *selection) filter(i int, n Node, definite bool) error {
	d, st := s.doc, &s.path.steps[i]
	switch d.Kind(n) {
	case Object:
		ok, err := st.filter.holds(s, n)
		if !ok || err != nil {
			return err
		}
		return s.walk(i+1, n, false)
	case Array:
		for m := d.First(n); m != none; m = d.Next(m) {
			ok, err := st.filter.holds(s, m)
			if err == nil && ok {
				err = s.walk(i+1, m, false)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if definite {
		return fmt.Errorf("a filter cannot be applied to %s", d.describe(n))
	}
	return nil
}

// scan applies step i to n and to all below it.
func (s *selection) scan(i int, n Node) error {
	d := s.doc
	kind := d.Kind(n)
	if kind != Object && kind != Array {
		return nil
	}
	applies, err := s.applies(i, n)
	if err != nil {
		return err
	}
	if applies {
		if err := s.walk(i, n, false); err != nil {
			return err
		}
	}
	for m := d.First(n); m != none; m = d.Next(m) {
		if err := s.scan(i, m); err != nil {
			return err
		}
	}
	return nil
}

// applies tells whether a scan tries step i on n.
func (s *selection) applies(i int, n Node) (bool, error) {
	d, st := s.doc, &s.path.steps[i]
	switch st.kind {
	case names:
		if d.Kind(n) != Object {
			return false, nil
		}
		for k, name := range st.names {
			if d.member(n, name, st.hashes[k]) == none && (len(st.names) == 1 || i == len(s.path.steps)-1) {
				return false, nil
			}
		}
		return true, nil
	case indexes, slice:
		return d.Kind(n) == Array, nil
	case filter:
		return st.filter.holds(s, n)
	}
	return true, nil
}

// copy is a shallow copy of a node, to be linked elsewhere.
func (d *Document) copy(n Node) Node {
	d.values = append(d.values, d.values[n])
	d.values[len(d.values)-1].next = none
	return Node(len(d.values) - 1)
}

// list is a new array of the nodes.
func (d *Document) list(nodes []Node) Node {
	a := d.add(Array, 0, 0)
	last := none
	for _, n := range nodes {
		last = d.link(a, last, d.copy(n))
	}
	return a
}

// call computes a function of n.
func (s *selection) call(name string, n Node) (Node, error) {
	d := s.doc
	kind := d.Kind(n)
	switch name {
	case "length", "size":
		if kind != Array && kind != Object {
			return d.add(Null, 0, 0), nil
		}
		return d.make(Integer, strconv.AppendInt(nil, int64(d.Len(n)), 10)), nil
	case "keys":
		if kind != Object {
			return d.add(Null, 0, 0), nil
		}
		keys := d.add(Array, 0, 0)
		last := none
		for m := d.First(n); m != none; m = d.Next(m) {
			last = d.link(keys, last, d.make(String, d.Key(m)))
		}
		return keys, nil
	case "first", "last":
		at := 0
		if name == "last" {
			at = -1
		}
		if kind == Array {
			if m := d.element(n, at); m != none {
				return m, nil
			}
		}
		return none, fmt.Errorf("%s() of %s that has no elements", name, d.describe(n))
	}
	return s.aggregate(name, n)
}

// make adds a scalar with a text of its own.
func (d *Document) make(k Kind, text []byte) Node {
	from := len(d.made)
	d.made = append(d.made, text...)
	n := d.add(k, from, len(d.made))
	d.values[n].made = true
	return n
}

// aggregate computes a function of the numbers of an array.
func (s *selection) aggregate(name string, n Node) (Node, error) {
	d := s.doc
	var count, sum, squares float64
	least, greatest := math.Inf(1), math.Inf(-1)
	for m := none; ; {
		if d.Kind(n) != Array {
			break
		}
		if m == none {
			m = d.First(n)
		} else {
			m = d.Next(m)
		}
		if m == none {
			break
		}
		if k := d.Kind(m); k != Integer && k != Decimal {
			continue
		}
		x, _ := strconv.ParseFloat(string(d.Text(m)), 64)
		count++
		sum += x
		squares += x * x
		least, greatest = min(least, x), max(greatest, x)
	}
	if count == 0 {
		return none, errors.New("Aggregation function attempted to calculate value using empty array")
	}
	var x float64
	switch name {
	case "sum":
		x = sum
	case "min":
		x = least
	case "max":
		x = greatest
	case "avg":
		x = sum / count
	default:
		x = math.Sqrt(squares/count - sum*sum/count/count)
	}
	return d.make(Decimal, appendDouble(nil, x)), nil
}

// Wrap is a new array of one value.
func (d *Document) Wrap(n Node) Node { return d.list([]Node{n}) }

// Empty is a new array without elements.
func (d *Document) Empty() Node { return d.add(Array, 0, 0) }
