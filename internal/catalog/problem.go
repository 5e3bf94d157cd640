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

// Problems collects what is wrong, so that a user sees all of it at once. The zero
// value is ready to use.
type Problems struct {
	Errors   []*Problem
	Warnings []*Problem
}

// Errorf notes an error at a place and returns it, so that a hint can be added.
func (ps *Problems) Errorf(at sql.Span, format string, args ...any) *Problem {
	p := &Problem{Span: at, Text: fmt.Sprintf(format, args...)}
	for _, old := range ps.Errors {
		// A view that is used twice is bound twice: its errors are told once.
		if old.From == p.From && old.Text == p.Text {
			return old
		}
	}
	ps.Errors = append(ps.Errors, p)
	return p
}

// Warnf notes what is accepted but has no effect, or not the usual one.
func (ps *Problems) Warnf(at sql.Span, format string, args ...any) *Problem {
	p := &Problem{Span: at, Text: fmt.Sprintf(format, args...)}
	for _, old := range ps.Warnings {
		if old.From == p.From && old.Text == p.Text {
			return old
		}
	}
	ps.Warnings = append(ps.Warnings, p)
	return p
}

// Because adds a hint to a problem unless it has one.
func (p *Problem) Because(hint string) *Problem {
	if p.Hint == "" {
		p.Hint = hint
	}
	return p
}
