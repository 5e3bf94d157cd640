package jsonpath

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Path is a compiled path: steps from the root.
type Path struct {
	steps    []step
	definite bool // it leads to one value; else to an array of all that it leads to
	misses   []Missing
}

type stepKind uint8

const (
	names    stepKind = iota // .a, ['a', 'b']
	indexes                  // [0], [-1], [0, 2]
	slice                    // [1:3]
	wildcard                 // .*, [*]
	scan                     // ..
	filter                   // [?(...)]
	call                     // .length()
)

type step struct {
	kind     stepKind
	names    []string
	hashes   []uint32
	indexes  []int // of a slice: from and to
	from, to bool  // which of them a slice has
	filter   condition
	function string
	text     string // as it stands in messages
}

// definite steps lead from one value to at most one: several names do at the end of a
// path, where they make one object.
func (s *step) definite(last bool) bool {
	return s.kind == names && (last || len(s.names) == 1) || s.kind == indexes && len(s.indexes) == 1 || s.kind == call
}

// Unsupported is the error of a path that has a meaning, but not here.
type Unsupported struct{ What string }

func (e *Unsupported) Error() string { return e.What + " is not supported in a JSON path" }

// errPath is the error of a text that is no path; Compile adds where.
var errPath = errors.New("not a JSON path")

// Definite tells that the path leads to one value, and not to an array of values.
func (p *Path) Definite() bool { return p.definite }

// Compile reads a path without a mode: $.a[0]['b']..c[?(@.d > 1)]. One that begins with
// neither $ nor @ is read as if "$." stood before it.
func Compile(text string) (*Path, error) {
	trimmed := strings.TrimRight(text, " ")
	if trimmed == "" {
		return nil, fmt.Errorf("%w: it is empty", errPath)
	}
	if trimmed[0] != '$' && trimmed[0] != '@' {
		trimmed = "$." + trimmed
	}
	r := &reader{text: trimmed, at: 1}
	p, err := r.path(false)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// reader reads a path, or one within a filter.
type reader struct {
	text string
	at   int
}

func (r *reader) fail() error {
	return fmt.Errorf("%w at character %d of '%s'", errPath, r.at+1, r.text)
}

// peek is the byte at r.at, 0 at the end.
func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) blanks() {
	for r.peek() == ' ' {
		r.at++
	}
}

// path reads the steps behind $ or @. Within a filter it ends where no step begins.
func (r *reader) path(within bool) (*Path, error) {
	p := &Path{definite: true}
	for r.at < len(r.text) {
		if c := r.peek(); c != '.' && c != '[' {
			if within {
				break
			}
			return nil, r.fail()
		}
		if err := r.step(p, within); err != nil {
			return nil, err
		}
	}
	for i := range p.steps {
		p.definite = p.definite && p.steps[i].definite(i == len(p.steps)-1)
		if p.steps[i].kind == call && !p.definite {
			return nil, &Unsupported{"a function behind a path to several values"}
		}
	}
	p.prepare()
	return p, nil
}

func (p *Path) add(s step) { p.steps = append(p.steps, s) }

// step reads what begins with a dot or a bracket.
func (r *reader) step(p *Path, within bool) error {
	if r.peek() == '.' {
		r.at++
		if r.peek() == '.' {
			r.at++
			p.add(step{kind: scan, text: ".."})
			if r.peek() == '.' {
				return r.fail()
			}
		}
	}
	switch r.peek() {
	case 0, '.', ' ':
		return r.fail()
	case '[':
		return r.bracket(p)
	case '*':
		r.at++
		p.add(step{kind: wildcard, text: "[*]"})
		return nil
	}
	return r.name(p, within)
}

// name reads a member's name up to a dot or a bracket, or a function.
func (r *reader) name(p *Path, within bool) error {
	from := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '.' || c == '[':
		case within && strings.IndexByte("=!<>&|) ", c) >= 0:
		case c == ' ':
			return r.fail()
		case c == '(':
			return r.function(p, r.text[from:r.at])
		default:
			r.at++
			continue
		}
		break
	}
	if r.at == from {
		return r.fail()
	}
	p.add(namesStep(r.text[from:r.at]))
	return nil
}

func namesStep(list ...string) step {
	s := step{kind: names, names: list}
	for i, n := range list {
		s.hashes = append(s.hashes, hash([]byte(n)))
		s.text += map[bool]string{true: ",'", false: "['"}[i > 0] + n + "'"
	}
	s.text += "]"
	return s
}

// functions are those that need no argument.
var functions = map[string]bool{"length": true, "size": true, "sum": true, "min": true, "max": true, "avg": true, "stddev": true, "first": true, "last": true, "keys": true}

func (r *reader) function(p *Path, name string) error {
	rest := r.text[r.at:]
	switch {
	case !functions[name]:
		return &Unsupported{"the function " + name + "()"}
	case !strings.HasPrefix(rest, "()"):
		return &Unsupported{"an argument of the function " + name + "()"}
	}
	r.at += 2
	p.add(step{kind: call, function: name, text: "." + name + "()"})
	return nil
}

// bracket reads ['a', "b"], [0, 1], [1:3], [*] and [?(...)].
func (r *reader) bracket(p *Path) error {
	r.at++
	r.blanks()
	switch c := r.peek(); {
	case c == '\'' || c == '"':
		return r.quoted(p)
	case c == '*':
		r.at++
		if err := r.close(); err != nil {
			return err
		}
		p.add(step{kind: wildcard, text: "[*]"})
		return nil
	case c == '?':
		return r.filter(p)
	case c-'0' < 10 || c == '-' || c == ':':
		return r.numbers(p)
	}
	return r.fail()
}

func (r *reader) close() error {
	r.blanks()
	if r.peek() != ']' {
		return r.fail()
	}
	r.at++
	return nil
}

// quoted reads names in quotes up to the bracket.
func (r *reader) quoted(p *Path) error {
	var list []string
	for {
		r.blanks()
		name, err := r.quote()
		if err != nil {
			return err
		}
		list = append(list, name)
		r.blanks()
		if r.peek() != ',' {
			break
		}
		r.at++
	}
	if err := r.close(); err != nil {
		return err
	}
	p.add(namesStep(list...))
	return nil
}

// quote reads a text in single or double quotes; a backslash escapes as in JSON, or makes
// the next character a literal.
func (r *reader) quote() (string, error) {
	mark := r.peek()
	if mark != '\'' && mark != '"' {
		return "", r.fail()
	}
	r.at++
	var b []byte
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case mark:
			r.at++
			return string(b), nil
		case '\\':
			var n int
			if b, n = AppendEscape(b, []byte(r.text[r.at:])); n == 0 {
				n = min(2, len(r.text)-r.at)
				b = append(b, r.text[r.at+1:r.at+n]...)
			}
			r.at += n
		default:
			b = append(b, c)
			r.at++
		}
	}
	return "", r.fail()
}

// numbers reads indexes and slices.
func (r *reader) numbers(p *Path) error {
	from := r.at
	for c := r.peek(); c-'0' < 10 || strings.IndexByte("-:, ", c) >= 0 && c != 0; c = r.peek() {
		r.at++
	}
	list := strings.TrimRight(r.text[from:r.at], " ")
	if err := r.close(); err != nil {
		return err
	}
	s := step{kind: indexes, text: "[" + strings.ReplaceAll(list, " ", "") + "]"}
	if strings.Contains(list, ":") {
		// A third part is not looked at, as by Jayway.
		parts := append(strings.Split(list, ":"), "")
		s.kind, s.indexes = slice, make([]int, 2)
		for i, given := range []*bool{&s.from, &s.to} {
			if parts[i] == "" {
				continue
			}
			n, err := strconv.ParseInt(parts[i], 10, 32)
			if err != nil {
				return r.fail()
			}
			s.indexes[i], *given = int(n), true
		}
		if !s.from && !s.to {
			return r.fail()
		}
		p.add(s)
		return nil
	}
	for part := range strings.SplitSeq(list, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 32)
		if err != nil {
			return r.fail()
		}
		s.indexes = append(s.indexes, int(n))
	}
	p.add(s)
	return nil
}
