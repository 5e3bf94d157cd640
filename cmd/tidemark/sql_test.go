package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestSQL runs the files of testdata/sql. Each case is one run of tidemark sql, in a directory that the cases
// of a file share; what it prints follows, then what it says on standard error, then its exit code
// unless that is 0.
//
//	execute  the text is given with -e, a line each
//	file     as a file, script.sql
//	stdin    on standard input
//	shell    a line for sh, where tidemark is the command
//
// output=, init= and set= are passed on. "tables" writes the file tables.sql.
func TestSQL(t *testing.T) {
	datadriven.Walk(t, "testdata/sql", func(t *testing.T, path string) {
		dir := t.TempDir()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			args := []string{"sql"}
			for _, flag := range []string{"output", "init", "set"} {
				if d.HasArg(flag) {
					var value string
					d.ScanArgs(t, flag, &value)
					args = append(args, "--"+flag, value)
				}
			}
			var in io.Reader
			switch d.Cmd {
			case "tables":
				write(t, dir, "tables.sql", d.Input)
				return ""
			case "execute":
				for _, text := range strings.Split(d.Input, "\n") {
					args = append(args, "-e", text)
				}
			case "file":
				write(t, dir, "script.sql", d.Input)
				args = append(args, "script.sql")
			case "stdin":
				in = strings.NewReader(d.Input)
			case "shell":
				c := command(dir)
				c.Path, c.Args = "/bin/sh", []string{"sh", "-c", `tidemark() { "` + c.Path + `" "$@"; }` + "\n" + d.Input}
				return output(t, c)
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			c := command(dir, args...)
			c.Stdin = in
			return output(t, c)
		})
	})
}

// output runs a command and gives what came of it.
func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	text := out.String()
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "(no line feed)\n"
	}
	if errs.Len() > 0 {
		text += "-- stderr\n" + errs.String()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		text += fmt.Sprintf("-- exit %d\n", exit.ExitCode())
	case err != nil:
		t.Fatal(err)
	}
	return text
}

// An unbounded query ends with SIGINT and 0, as tidemark run does; one that would have ended by
// itself with 130.
func TestSignalsEndSQL(t *testing.T) {
	for _, c := range []struct {
		name, text, wait string
		signal           os.Signal
		code             int
	}{
		{"unbounded", "SELECT n, 'row' AS name FROM endless", "row", os.Interrupt, 0},
		{"something follows", "SELECT n, 'row' AS name FROM endless; SELECT 1", "row", os.Interrupt, 130},
		{"bounded", "SELECT n, 'row' AS name FROM slow", `"row"`, os.Interrupt, 130},
		{"terminated", "SELECT n, 'row' AS name FROM endless; SELECT 1", "row", syscall.SIGTERM, 143},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "tables.sql", tables+"CREATE TABLE slow (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000000', 'rows-per-second' = '50');")
			cmd := command(dir, "sql", "--output", "json", "-i", "tables.sql", "-e", c.text)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			var seen []byte
			for buf := make([]byte, 1000); !bytes.Contains(seen, []byte(c.wait)); {
				n, err := out.Read(buf)
				if seen = append(seen, buf[:n]...); err != nil {
					t.Fatalf("it ended with %q: %v", seen, err)
				}
			}
			cmd.Process.Signal(c.signal)
			rest, _ := io.ReadAll(out)
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("it ended with %d, expected %d", code, c.code)
			}
			for _, line := range strings.Split(strings.TrimSpace(string(seen)+string(rest)), "\n") {
				if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}") {
					t.Errorf("a line is cut: %q", line)
				}
			}
		})
	}
}
