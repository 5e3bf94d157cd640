package plan

import (
	"fmt"
	"sort"
	"strings"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
)

// Problem is one thing that is wrong with a script, or a warning.
type Problem struct {
	Pos  sql.Pos
	Text string
	Hint string // what to do; may be empty
}

func problemOf(p *catalog.Problem) Problem { return Problem{p.From, p.Text, p.Hint} }

// Errors is all that is wrong with a script, in the order of its text.
type Errors struct {
	File     string
	Source   string
	Problems []Problem
}

func errorsOf(file, src string, list []*catalog.Problem) *Errors {
	if len(list) == 0 {
		return nil
	}
	e := &Errors{File: file, Source: src}
	for _, p := range list {
		e.Problems = append(e.Problems, problemOf(p))
	}
	sort.SliceStable(e.Problems, func(i, j int) bool { return e.Problems[i].Pos.Offset < e.Problems[j].Pos.Offset })
	return e
}

// Error writes each problem as FILE:LINE:COL: message, its line with a caret, and a hint.
func (e *Errors) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(Format(e.File, e.Source, p))
	}
	return b.String()
}

// Format writes a problem or a warning with its place in the source: three lines or two,
// the last without a line feed. file may be "": a text that somebody has just typed.
func Format(file, src string, p Problem) string {
	if file != "" {
		file += ":"
	}
	if !p.Pos.IsValid() {
		return withHint(strings.TrimPrefix(file+" "+p.Text, " "), p.Hint)
	}
	text := fmt.Sprintf("%s%d:%d: %s", file, p.Pos.Line, p.Pos.Column, p.Text)
	line := lineAt(src, p.Pos.Offset)
	// A tab stays a tab, so that the caret stands below its place whatever its width.
	var pad strings.Builder
	n := 1
	for _, r := range line {
		if n >= p.Pos.Column {
			break
		}
		if r == '\t' {
			pad.WriteByte('\t')
		} else {
			pad.WriteByte(' ')
		}
		n++
	}
	return withHint(text+"\n  "+line+"\n  "+pad.String()+"^", p.Hint)
}

func withHint(text, hint string) string {
	if hint != "" {
		text += "\nhint: " + hint
	}
	return text
}

func lineAt(src string, offset int) string {
	offset = min(offset, len(src))
	from := strings.LastIndexByte(src[:offset], '\n') + 1
	to := strings.IndexByte(src[offset:], '\n')
	if to < 0 {
		to = len(src) - offset
	}
	return strings.TrimRight(src[from:offset+to], "\r")
}
