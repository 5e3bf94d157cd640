package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Nobody reads what it prints: it does not grow, says what a stop waits for, and ends at
// once at a second signal.
func TestStoppedWhileHeldUp(t *testing.T) {
	for name, script := range map[string]string{
		"print":  "CREATE TABLE p (n BIGINT) WITH ('connector' = 'print');\nINSERT INTO p SELECT n FROM g;",
		"select": "SELECT n FROM g;",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, map[string]string{"s.sql": "CREATE TABLE g (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000');\n" + script})
			l := start(t, dir, "run", "s.sql")
			l.line()
			full(t, l)
			l.signal(syscall.SIGINT)
			l.hear("still stopping")
			l.signal(syscall.SIGINT)
			// Nothing is read from it until it has ended.
			if state, err := l.cmd.Process.Wait(); err != nil || state.ExitCode() != 130 {
				t.Errorf("it ends with %v, %v", state, err)
			}
		})
	}
}

// full waits until the pipe of a command's standard output takes no more.
func full(t *testing.T, l *live) {
	t.Helper()
	pipe := l.pipe.(*os.File)
	for deadline, last := time.Now().Add(patience), -1; ; {
		n, err := unix.IoctlGetInt(int(pipe.Fd()), unix.TIOCINQ)
		if err != nil {
			t.Fatal(err)
		}
		if n >= 32<<10 && n == last {
			return
		}
		if last = n; time.Now().After(deadline) {
			t.Fatalf("only %d bytes are in the pipe", n)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
