package shell

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// screen is where answers go: a terminal, or a file or pipe.
type screen struct {
	in, out  *os.File
	terminal bool        // both are, and one that can be drawn on
	state    *term.State // of the terminal as the shell found it
}

func newScreen(in, out *os.File) *screen {
	s := &screen{in: in, out: out}
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return s
	}
	s.state, _ = term.GetState(int(in.Fd()))
	name := os.Getenv("TERM")
	s.terminal = name != "" && name != "dumb"
	return s
}

// restore brings the terminal back to how the shell found it.
func (s *screen) restore() {
	if s.state != nil {
		term.Restore(int(s.in.Fd()), s.state)
	}
}

// size is the terminal's, in columns and rows.
func (s *screen) size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(s.out.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}

// page shows a text whose first lines, as many as head, are titles: at once if it fits or nobody
// is at a terminal, else through $PAGER, or a pager of our own if none is set.
func (s *screen) page(text string, head int) error {
	if !s.terminal || s.fits(text) {
		_, err := io.WriteString(s.out, text)
		return err
	}
	if command := strings.TrimSpace(os.Getenv("PAGER")); command != "" {
		return s.external(command, text)
	}
	return newPager(s, text, head).run()
}

func (s *screen) fits(text string) bool {
	columns, rows := s.size()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) >= rows {
		return false
	}
	for _, l := range lines {
		if width([]byte(l)) > columns {
			return false
		}
	}
	return true
}

// external runs the user's pager. LESS, if it is not set, asks less for long lines to be
// scrolled and not wrapped.
func (s *screen) external(command, text string) error {
	c := exec.Command("sh", "-c", command)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(text), s.out, os.Stderr
	if _, set := os.LookupEnv("LESS"); !set {
		c.Env = append(os.Environ(), "LESS=-SRFX")
	}
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return nil
	case errors.As(err, &exit) && exit.ExitCode() != 127 && exit.ExitCode() != 126:
		return nil // it was left
	}
	fmt.Fprintf(os.Stderr, "PAGER '%s' cannot be run: %v\n", command, err)
	_, err = io.WriteString(s.out, text)
	return err
}
