package shell

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"tidemark.dev/internal/line"
)

// newEditor reads from a terminal with line editing, history and completion.
func newEditor(s *Shell) *line.Editor {
	fd := int(s.screen.in.Fd())
	raw := func() (func(), error) {
		state, err := term.MakeRaw(fd)
		return func() { term.Restore(fd, state) }, err
	}
	return &line.Editor{
		In: s.screen.in, Out: s.screen.out, Size: s.screen.size, Raw: raw,
		First: firstPrompt, Next: nextPrompt, Done: complete,
		Complete: func(before, text string) (string, []string) { return s.words().complete(before, text) },
		History:  openHistory(s.options.History),
		Suspend: func() {
			s.screen.restore()
			syscall.Kill(syscall.Getpid(), syscall.SIGTSTP)
			raw()
		},
	}
}

// typist reads from a terminal that nothing can be drawn on, line by line.
type typist struct {
	s       *Shell
	lines   chan string
	signals chan os.Signal
	err     error
}

func newTypist(s *Shell) *typist {
	t := &typist{s: s, lines: make(chan string), signals: make(chan os.Signal, 1)}
	signal.Notify(t.signals, syscall.SIGINT)
	go func() {
		in := bufio.NewReader(s.options.In)
		for {
			line, err := in.ReadString('\n')
			if line != "" {
				t.lines <- line
			}
			if err != nil {
				t.err = err
				close(t.lines)
				return
			}
		}
	}()
	return t
}

func (t *typist) Read() (string, error) {
	text, prompt := "", firstPrompt
	for len(t.signals) > 0 {
		<-t.signals // it was for what ran
	}
	for {
		fmt.Fprint(t.s.options.Out, prompt)
		select {
		case <-t.signals:
			fmt.Fprintln(t.s.options.Out)
			return "", line.ErrInterrupted
		case line, ok := <-t.lines:
			if !ok {
				if errors.Is(t.err, io.EOF) && text != "" {
					return text, nil
				}
				return "", t.err
			}
			if text += line; complete(text) {
				return text, nil
			}
			prompt = nextPrompt
		}
	}
}
