package catalog

import (
	"fmt"

	"tidemark.dev/internal/sql"
)

// Problem is one thing that is wrong with a script, and where.
type Problem struct {
	sql.Span
	Text string
	Hint string // what to write instead; may be empty
}

func (p *Problem) Error() string {
	if p.Hint != "" {
		return p.Text + " (" + p.Hint + ")"
	}
	return p.Text
}

// Problems collects what is wrong, so that a user sees all of it at once. A view that
// is used twice is bound twice: its errors are told once. The zero value is ready to use.
type Problems struct {
	Errors   []*Problem
	Warnings []*Problem
	seen     map[problemKey]*Problem
}

type problemKey struct {
	at      int
	text    string
	warning bool
}

// Errorf notes an error at a place and returns it, so that a hint can be added.
func (ps *Problems) Errorf(at sql.Span, format string, args ...any) *Problem {
	p, new := ps.note(at, fmt.Sprintf(format, args...), false)
	if new {
		ps.Errors = append(ps.Errors, p)
	}
	return p
}

// Warnf notes what is accepted but has no effect, or not the usual one.
func (ps *Problems) Warnf(at sql.Span, format string, args ...any) *Problem {
	p, new := ps.note(at, fmt.Sprintf(format, args...), true)
	if new {
		ps.Warnings = append(ps.Warnings, p)
	}
	return p
}

func (ps *Problems) note(at sql.Span, text string, warning bool) (p *Problem, new bool) {
	key := problemKey{at.From.Offset, text, warning}
	if old := ps.seen[key]; old != nil {
		return old, false
	}
	if ps.seen == nil {
		ps.seen = map[problemKey]*Problem{}
	}
	p = &Problem{Span: at, Text: text}
	ps.seen[key] = p
	return p, true
}

// Because adds a hint to a problem unless it has one.
func (p *Problem) Because(hint string) *Problem {
	if p.Hint == "" {
		p.Hint = hint
	}
	return p
}
