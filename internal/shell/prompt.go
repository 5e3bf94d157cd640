package shell

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/line"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/sql"
)

// reader reads what a person types, up to the end of a statement or a command.
type reader interface {
	// Read returns io.EOF when there is no more, line.ErrInterrupted when what was typed is to be
	// dropped.
	Read() (string, error)
}

const (
	firstPrompt = "tidemark> "
	nextPrompt  = "       -> "
)

// Prompt reads statements from the terminal and runs them, one after another, until the
// user leaves. What goes wrong with one ends it and what was typed behind it, not the session.
func (s *Shell) Prompt() int {
	s.mu.Lock()
	s.prompting = true
	s.mu.Unlock()
	var in reader
	if s.screen.terminal {
		in = newEditor(s)
	} else {
		in = newTypist(s)
	}
	fmt.Fprintln(s.options.Out, "Statements end with a semicolon. \"help\" tells more, \"quit\" leaves.")
	for {
		text, err := in.Read()
		switch {
		case errors.Is(err, line.ErrInterrupted):
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.options.Out)
			return Done
		case err != nil:
			fmt.Fprintln(s.options.Err, "tidemark: "+err.Error())
			return Failed
		}
		if s.entered(text) {
			return s.leave
		}
	}
}

// complete tells whether a text is ready to be run: it ends with a semicolon, is a command, or
// is blank.
func complete(text string) bool {
	if _, _, ok := command(text); ok {
		return true
	}
	_, rest := sql.Split(text)
	return rest == ""
}

// command splits a command of the prompt, which needs no semicolon, into its name and the rest.
func command(text string) (name, rest string, ok bool) {
	text = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(text), ";"))
	if strings.Contains(text, "\n") {
		return "", "", false
	}
	name, rest, _ = strings.Cut(text, " ")
	switch name = strings.ToLower(name); name {
	case "quit", "exit", "clear":
		return name, "", rest == ""
	case "help", "?":
		return "help", strings.TrimSpace(rest), true
	}
	return "", "", false
}

// entered does what a text asks for, and tells whether to leave.
func (s *Shell) entered(text string) (leave bool) {
	if name, rest, ok := command(text); ok {
		return s.command(name, rest)
	}
	statements, rest := sql.Split(text)
	if rest != "" {
		statements = append(statements, rest)
	}
	for _, statement := range statements {
		if name, rest, ok := command(statement); ok {
			if s.command(name, rest) {
				return true
			}
			continue
		}
		if !s.statement(statement) {
			break
		}
	}
	return s.leave != 0
}

func (s *Shell) command(name, rest string) (leave bool) {
	switch name {
	case "quit", "exit":
		return true
	case "clear":
		if s.screen.terminal {
			fmt.Fprint(s.options.Out, "\x1b[H\x1b[2J")
		}
	default:
		if err := s.screen.page(s.help(rest), 0); err != nil {
			fmt.Fprintln(s.options.Err, err)
		}
	}
	return false
}

// statement runs one statement; false: it went wrong, or was interrupted.
func (s *Shell) statement(text string) bool {
	script, err := s.session.Plan("", text)
	if err != nil {
		fmt.Fprintln(s.options.Err, err)
		return false
	}
	for _, w := range script.Warnings {
		fmt.Fprintln(s.options.Err, "warning: "+plan.Format("", text, w))
	}
	if len(script.Steps) == 0 && len(script.Warnings) == 0 {
		fmt.Fprintln(s.options.Out, "ok")
	}
	for _, step := range script.Steps {
		stopped, err := s.step(step)
		switch {
		case isCut(err):
			if _, isSelect := step.(*plan.Select); !isSelect {
				fmt.Fprintln(s.options.Err, "interrupted: "+s.interrupted(err))
			} else if !s.options.Output.table() {
				fmt.Fprintln(s.options.Err, "interrupted: the result is not complete")
			}
		case err != nil:
			fmt.Fprintln(s.options.Err, err)
		}
		if err != nil || stopped {
			return false
		}
	}
	return true
}

func (s *Shell) interrupted(err error) string {
	if errors.Is(err, engine.ErrKilled) {
		return "it was ended at once, what was not committed is lost"
	}
	return "what it has written so far is committed"
}
