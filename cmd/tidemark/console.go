package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// console is the terminal of the process, if standard error is one: a line is kept at its
// bottom, and what else is written goes above it.
type console struct {
	mu   sync.Mutex
	line string // that stands at the bottom, "" for none
}

var theConsole console

const clearLine = "\r\x1b[K"

// terminal tells whether there is one to keep a line on.
func (c *console) terminal() bool { return term.IsTerminal(int(os.Stderr.Fd())) }

// show replaces the line; "" takes it away.
func (c *console) show(line string) {
	if width, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && width > 0 {
		if r := []rune(line); len(r) >= width {
			line = string(r[:max(0, width-1)]) // one that is wrapped could not be cleared
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if line != "" || c.line != "" {
		io.WriteString(os.Stderr, clearLine+line)
	}
	c.line = line
}

// above is f for writers that must not write into the line: f itself where it is not the
// terminal on which the line stands.
func (c *console) above(f *os.File) io.Writer {
	if c.terminal() && term.IsTerminal(int(f.Fd())) {
		return &aboveLine{c, f}
	}
	return f
}

type aboveLine struct {
	console *console
	file    *os.File
}

// Write takes the line away, writes p, and puts the line back below it.
func (a *aboveLine) Write(p []byte) (int, error) {
	c := a.console
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line == "" {
		return a.file.Write(p)
	}
	io.WriteString(os.Stderr, clearLine)
	n, err := a.file.Write(p)
	if n > 0 && p[n-1] == '\n' {
		io.WriteString(os.Stderr, c.line)
	}
	return n, err
}

// tell writes a line to standard error, above the progress.
func tell(format string, args ...any) {
	fmt.Fprintf(theConsole.above(os.Stderr), format+"\n", args...)
}
