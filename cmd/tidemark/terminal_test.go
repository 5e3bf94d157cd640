package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// TestMain lets the test's binary be tidemark itself.
func TestMain(m *testing.M) {
	if os.Getenv("TIDEMARK_TEST_BE") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// command runs this binary as tidemark, with a home of its own.
func command(dir string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(self, args...)
	c.Dir = dir
	c.Env = []string{"TIDEMARK_TEST_BE=1", "HOME=" + dir, "TERM=xterm-256color", "PATH=" + os.Getenv("PATH"), "INPUTRC=/dev/null", "TZ=UTC"}
	return c
}

// terminal is tidemark at a terminal that a test looks at and types into.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	vt     vt10x.Terminal
	change chan struct{}

	mu    sync.Mutex
	raw   bytes.Buffer // all that was written
	ended bool
}

// patience is how long a test waits for what must come: it is only ever spent by a test that fails.
const patience = 60 * time.Second

func open(t *testing.T, columns, rows int, cmd *exec.Cmd) *terminal {
	t.Helper()
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)})
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, cmd: cmd, pty: f, change: make(chan struct{}, 1)}
	x.vt = vt10x.New(vt10x.WithSize(columns, rows), vt10x.WithWriter(f))
	t.Cleanup(func() {
		cmd.Process.Kill()
		f.Close()
	})
	go x.read()
	return x
}

func (x *terminal) read() {
	buf := make([]byte, 4096)
	for {
		n, err := x.pty.Read(buf)
		if n > 0 {
			x.vt.Write(buf[:n])
		}
		x.mu.Lock()
		x.raw.Write(buf[:n])
		x.ended = err != nil
		x.mu.Unlock()
		select {
		case x.change <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// send types.
func (x *terminal) send(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.pty, keys); err != nil {
		x.t.Fatal(err)
	}
}

// screen is what the terminal shows, without blanks at the ends of lines and below.
func (x *terminal) screen() string {
	columns, rows := x.vt.Size()
	var lines []string
	for y := range rows {
		var b strings.Builder
		for c := range columns {
			r := x.vt.Cell(c, y).Char
			if r == 0 {
				r = ' '
			}
			b.WriteRune(r)
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// until waits until the screen is as ok wants it, and returns it.
func (x *terminal) until(what string, ok func(screen string) bool) string {
	x.t.Helper()
	late := time.After(patience)
	for {
		screen := x.screen()
		if ok(screen) {
			return screen
		}
		x.mu.Lock()
		ended := x.ended
		x.mu.Unlock()
		if ended {
			if screen = x.screen(); ok(screen) {
				return screen
			}
			x.t.Fatalf("tidemark ended, and there was no %s on the screen:\n%s", what, screen)
		}
		select {
		case <-x.change:
		case <-late:
			x.t.Fatalf("there is no %s on the screen:\n%s", what, screen)
		}
	}
}

// shows waits until the screen holds a text.
func (x *terminal) shows(text string) string {
	x.t.Helper()
	return x.until(fmt.Sprintf("%q", text), func(screen string) bool { return strings.Contains(screen, text) })
}

// asks waits until the last line of the screen is an empty prompt.
func (x *terminal) asks() string {
	x.t.Helper()
	return x.until("prompt", func(screen string) bool {
		return strings.HasSuffix(screen, "\ntidemark>") && x.vt.Cursor().X == len("tidemark> ")
	})
}

// types types a text, sees it on the screen, and ends it with Enter. (A prompt that is
// looked for at once might else be the one that the text was typed at.)
func (x *terminal) types(text string) {
	x.t.Helper()
	x.send(text)
	last := squeezed(text[strings.LastIndexByte(text, '\r')+1:])
	x.until(fmt.Sprintf("%q at its end", last), func(screen string) bool { return strings.HasSuffix(squeezed(screen), last) })
	x.send("\r")
}

// squeezed is a text without white space: where a terminal wraps lines is nothing to look for.
func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }

// does clears the screen, types a text, and waits for the prompt behind what it did.
func (x *terminal) does(text string) string {
	x.t.Helper()
	x.send("\x0c")
	x.until("empty screen", func(screen string) bool { return screen == "tidemark>" })
	x.types(text)
	return x.asks()
}

// exits waits for the end and returns the exit code.
func (x *terminal) exits() int {
	x.t.Helper()
	done := make(chan struct{})
	go func() { x.cmd.Wait(); close(done) }()
	select {
	case <-done:
		return x.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		x.t.Fatalf("tidemark does not end:\n%s", x.screen())
		return -1
	}
}

// write puts a file into a directory.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
