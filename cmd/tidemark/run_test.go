package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tests below hold the command to what docs/running.md tells its users, with this
// binary as the command, in a directory of each test's own.

// workplace is a directory with these files, "name: text".
func workplace(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// outcome is what a command has left.
type outcome struct {
	code        int
	out, errors string
}

func finished(t *testing.T, c *exec.Cmd, err error, out, errs *bytes.Buffer) outcome {
	t.Helper()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// do runs a command to its end.
func do(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	c := command(dir, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	return finished(t, c, c.Run(), &out, &errs)
}

// expect compares: code, standard output (unless "*"), and parts of standard error.
func (o outcome) expect(t *testing.T, code int, out string, errs ...string) {
	t.Helper()
	if out == "*" {
		out, o.out = "", ""
	}
	if o.code != code || o.out != out {
		t.Errorf("exit %d, and on stdout\n%swant %d and\n%sstderr:\n%s", o.code, o.out, code, out, o.errors)
	}
	for _, part := range errs {
		if !strings.Contains(o.errors, part) {
			t.Errorf("stderr does not say %q:\n%s", part, o.errors)
		}
	}
}

// rows are the lines of a table's visible part files, sorted.
func rows(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")...)
	}
	sort.Strings(lines)
	return lines
}

// live is a command that runs.
type live struct {
	t         *testing.T
	cmd       *exec.Cmd
	pipe      io.Reader // standard output, below out
	out, errs *bufio.Reader
	rest      bytes.Buffer // of stderr, once lines were read
}

func start(t *testing.T, dir string, args ...string) *live {
	t.Helper()
	c := command(dir, args...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(6*patience, func() { c.Process.Kill() }) // so that a hang fails
	t.Cleanup(func() { kill.Stop(); c.Process.Kill() })
	return &live{t: t, cmd: c, pipe: out, out: bufio.NewReader(out), errs: bufio.NewReader(errs)}
}

// line reads a line of standard output; it is the sign that something has come so far.
func (l *live) line() string {
	l.t.Helper()
	s, err := l.out.ReadString('\n')
	if err != nil {
		rest, _ := io.ReadAll(l.errs)
		l.t.Fatalf("no line on stdout: %v\n%s", err, rest)
	}
	return strings.TrimSuffix(s, "\n")
}

// hear reads standard error until a line says what is wanted.
func (l *live) hear(what string) {
	l.t.Helper()
	for {
		s, err := l.errs.ReadString('\n')
		l.rest.WriteString(s)
		if strings.Contains(s, what) {
			return
		}
		if err != nil {
			l.t.Fatalf("stderr does not say %q:\n%s", what, l.rest.String())
		}
	}
}

func (l *live) signal(s syscall.Signal) {
	l.t.Helper()
	if err := l.cmd.Process.Signal(s); err != nil {
		l.t.Fatal(err)
	}
}

// end waits for the process to end.
func (l *live) end() outcome {
	l.t.Helper()
	var out bytes.Buffer
	done := make(chan struct{})
	go func() { io.Copy(&out, l.out); close(done) }()
	io.Copy(&l.rest, l.errs)
	<-done
	return finished(l.t, l.cmd, l.cmd.Wait(), &out, &l.rest)
}

const good = `CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'filesystem', 'path' = 'good.json', 'format' = 'json');
SELECT * FROM t;
`

const goodRows = "+I[1, x]\n+I[2, y]\n"

// What scripts come to that are run once, to their end.
func TestRun(t *testing.T) {
	from := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, c := range []struct {
		name   string
		script string
		code   int
		out    string
		errs   []string
	}{
		{"rows", good, 0, goodRows, nil},
		{"no semicolon at the end", "SELECT 1", 0, "+I[1]\n", nil},
		{"lines as Windows ends them", strings.ReplaceAll(good, "\n", "\r\n"), 0, goodRows, nil},
		{"a byte order mark", "\ufeff" + good, 0, goodRows, nil},
		{"nothing", "", 0, "", []string{"runs nothing"}},
		{"comments", "-- one\n/* two */\n", 0, "", []string{"runs nothing"}},
		{"not a text", "SELECT 1;\n\xff", 2, "", []string{"not a text in UTF-8: line 2"}},
		{"syntax", "SELEC 1;", 2, "", []string{"script.sql:1:1: "}},
		{"all that is wrong", "SELECT x;\nSELECT y;", 2, "", []string{"script.sql:1:8: ", "script.sql:2:8: "}},
		{"an unknown option", from("'format'", "'formt'"), 2, "", []string{"script.sql:1:", "'formt'", "did you mean 'format'?", "^"}},
		{"an unknown format", from("'json'", "'jsn'"), 2, "", []string{"did you mean 'json'?"}},
		{"an unknown connector", from("'filesystem'", "'filesytem'"), 2, "", []string{"did you mean 'filesystem'?"}},
		{"an error writes nothing", good + "SELECT nothing FROM t;", 2, "", nil},
		{"a file that is missing", from("good.json", "missing.json"), 1, "", []string{"table t", "missing.json"}},
		{"a record that is cut", from("good.json", "cut.json"), 1, goodRows, []string{"cut.json line 3"}},
		{"a value of another type", from("good.json", "type.json"), 1, "+I[1, x]\n", []string{"type.json line 2", "field a", "INT"}},
		{"a path with spaces", from("good.json", "with a space.json"), 0, goodRows, nil},
		{"division by zero", "SELECT 1 / (a - 1) FROM (VALUES (2), (1)) AS v(a);", 1, "*", []string{"division by zero"}},
		{"a print identifier",
			"CREATE TABLE p (a INT) WITH ('connector' = 'print', 'print-identifier' = 'here');\nINSERT INTO p VALUES (7);", 0, "here> +I[7]\n", nil},
		{"print to stderr", "CREATE TABLE p (a INT) WITH ('connector' = 'print', 'standard-error' = 'true');\nINSERT INTO p VALUES (7);", 0, "", []string{"+I[7]\n"}},
		{"a SELECT is awaited in place", good + "SHOW TABLES;\nSELECT 3;", 0, goodRows + `+------------+
| table name |
+------------+
|          t |
+------------+
1 row in set
+I[3]
`, nil},
		{"DESCRIBE", "CREATE TABLE k (a INT NOT NULL, b STRING, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'print');\nDESCRIBE k;", 0,
			`+------+--------+-------+--------+--------+-----------+
| name |   type |  null |    key | extras | watermark |
+------+--------+-------+--------+--------+-----------+
|    a |    INT | FALSE | PRI(a) |        |           |
|    b | STRING |  TRUE |        |        |           |
+------+--------+-------+--------+--------+-----------+
2 rows in set
`, nil},
		{"EXPLAIN", "EXPLAIN SELECT a + 1 AS b FROM (VALUES (1)) AS v(a);", 0, "*", nil},
		{"a setting that is not there", "SET 'tidemark.nothing' = '1';", 2, "", []string{"tidemark.nothing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lines := "{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2, \"b\": \"y\"}\n"
			dir := workplace(t, map[string]string{"script.sql": c.script, "good.json": lines, "with a space.json": lines, "cut.json": lines + `{"a": 3`,
				"type.json": "{\"a\": 1, \"b\": \"x\"}\n{\"a\": \"z\", \"b\": \"y\"}\n"})
			do(t, dir, "run", "script.sql").expect(t, c.code, c.out, c.errs...)
		})
	}
}

// What is wrong with a command line is said, with what would be right.
func TestCommandLine(t *testing.T) {
	dir := workplace(t, map[string]string{"a script.sql": "SELECT 1;"})
	for _, c := range []struct {
		args string // separated by |
		code int
		says string
	}{
		{"run", 2, "which script?"},
		{"run|a|script.sql", 2, "a name with spaces needs quotes"},
		{"run|a script.sql", 0, ""},
		{"rnu|a script.sql", 2, "did you mean 'run'?"},
		{"a script.sql", 2, "tidemark run a script.sql"},
		{"run|a script.sql|--frehs", 2, "did you mean '--fresh'?"},
		{"run|missing.sql", 2, "missing.sql: no such file"},
		{"run|.", 2, "is a directory"},
		{"run|a script.sql|--set|parallelism.default=0", 2, "expected 1 or more"},
		{"run|a script.sql|--set|parallelism", 2, "key=value"},
		{"check|a script.sql", 0, ""},
		{"explain|a script.sql", 0, ""},
		{"version", 0, ""},
	} {
		do(t, dir, strings.Split(c.args, "|")...).expect(t, c.code, "*", c.says)
	}
	c := command(dir, "run", "-")
	c.Stdin = strings.NewReader("SELECT 5;")
	out, err := c.Output()
	if err != nil || string(out) != "+I[5]\n" {
		t.Errorf("a script from standard input: %q, %v", out, err)
	}
}

// counting is a script that counts to n (0: for ever), prints each number so that a test sees
// how far it is, and writes it to a file.
func counting(n int) string {
	end := "'number-of-rows' = '" + fmt.Sprint(n) + "', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '" + fmt.Sprint(n) + "'"
	if n == 0 {
		end = "'fields.n.min' = '1'"
	}
	return `SET 'parallelism.default' = '1';
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '500', ` + end + `);
CREATE TABLE shown (n BIGINT) WITH ('connector' = 'print');
CREATE TABLE kept (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'kept', 'format' = 'json');
EXECUTE STATEMENT SET BEGIN
INSERT INTO shown SELECT n FROM numbers;
INSERT INTO kept SELECT n FROM numbers;
END;
`
}

// stopAt20 starts a script, and gives it a signal when it has printed some rows.
func stopAt20(t *testing.T, dir string, s syscall.Signal, args ...string) outcome {
	t.Helper()
	l := start(t, dir, append([]string{"run"}, args...)...)
	for range 20 {
		l.line()
	}
	l.signal(s)
	return l.end()
}

// A bounded run that is interrupted says so by its code, and the same command goes on.
func TestInterruptedAndResumed(t *testing.T) {
	const n = 700
	for s, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, map[string]string{"count.sql": counting(n)})
			stopAt20(t, dir, s, "count.sql").expect(t, code, "*", "stopping", "interrupted; the same command goes on from here")
			before := len(rows(t, filepath.Join(dir, "kept")))
			if before == 0 || before >= n {
				t.Fatalf("%d rows are there", before)
			}
			again := do(t, dir, "run", "count.sql")
			again.expect(t, 0, "*", "resumed from epoch", fmt.Sprintf("%d rows in, %d out", n, 2*n))
			if got := strings.Count(again.out, "\n"); got != n-before {
				t.Errorf("%d rows are printed after %d of %d", got, before, n)
			}
			got := rows(t, filepath.Join(dir, "kept"))
			if len(got) != n {
				t.Errorf("%d rows, want %d", len(got), n)
			}
			for i := 1; i < len(got); i++ {
				if got[i] == got[i-1] {
					t.Errorf("%s twice", got[i])
				}
			}
			// A script that was finished starts anew.
			do(t, dir, "run", "count.sql", "--set", "parallelism.default=2").expect(t, 0, "*")
			if got := len(rows(t, filepath.Join(dir, "kept"))); got != 2*n {
				t.Errorf("%d rows after another run, want %d", got, 2*n)
			}
		})
	}
}

// One without an end is done when it is stopped: all that it read is written.
func TestStopped(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, map[string]string{"count.sql": counting(0)})
			o := stopAt20(t, dir, s, "count.sql")
			o.expect(t, 0, "*", "stopping")
			kept := len(rows(t, filepath.Join(dir, "kept")))
			if want := fmt.Sprintf("%d rows in, %d out", kept, 2*kept); !strings.Contains(o.errors, want) {
				t.Errorf("%d rows are there, and the summary is\n%s", kept, o.errors)
			}
		})
	}
}

// What an unfinished run makes of another plan, another process, and --fresh.
func TestUnfinished(t *testing.T) {
	dir := workplace(t, map[string]string{"count.sql": counting(600)})
	name := filepath.Join(dir, "count.sql")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := start(t, dir, "run", "count.sql", "--data", "d")
	l.line()
	do(t, dir, "run", "count.sql", "--data", "d").expect(t, 1, "", "in use by another tidemark process", "--data")
	l.signal(syscall.SIGINT)
	l.end().expect(t, 130, "*")

	write(strings.ReplaceAll(counting(600), "SELECT n FROM", "SELECT n + 1 FROM"))
	do(t, dir, "run", "count.sql", "--data", "d").expect(t, 1, "", "the plan of pipeline count.shown.kept is another", "--fresh")
	write("-- a comment\n" + strings.ReplaceAll(counting(600), "\n", "\n\n"))
	do(t, dir, "run", "count.sql", "--data", "d").expect(t, 0, "*", "resumed")

	stopAt20(t, dir, syscall.SIGTERM, "count.sql", "--data", "d").expect(t, 143, "*")
	write(strings.ReplaceAll(counting(600), "SELECT n FROM", "SELECT n + 1 FROM"))
	fresh := do(t, dir, "run", "count.sql", "--data", "d", "--fresh")
	fresh.expect(t, 0, "*", "600 rows in")
	if strings.Contains(fresh.errors, "resumed") {
		t.Errorf("--fresh resumes:\n%s", fresh.errors)
	}
}

// A script that failed before it came to anything can be put right and run again.
func TestFailedAtTheStart(t *testing.T) {
	script := "CREATE TABLE p (a INT, b STRING) WITH ('connector' = 'print');\n" + strings.Replace(good, "SELECT *", "INSERT INTO p SELECT *", 1)
	dir := workplace(t, map[string]string{"s.sql": strings.Replace(script, "good.json", "wrong.json", 1), "good.json": "{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2, \"b\": \"y\"}\n"})
	do(t, dir, "run", "s.sql").expect(t, 1, "", "wrong.json")
	if err := os.WriteFile(filepath.Join(dir, "s.sql"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	do(t, dir, "run", "s.sql").expect(t, 0, goodRows)
}

// A SELECT is awaited, and when it is interrupted there is nothing to resume.
func TestInterruptedSelect(t *testing.T) {
	dir := workplace(t, map[string]string{"s.sql": strings.Split(counting(100000), "CREATE TABLE shown")[0] + "SELECT n FROM numbers;\nSHOW TABLES;\n"})
	o := stopAt20(t, dir, syscall.SIGINT, "s.sql")
	o.expect(t, 130, "*", "a SELECT is not resumed")
	if strings.Contains(o.out, "table name") {
		t.Errorf("what stands behind the SELECT was done:\n%s", o.out)
	}
	if _, err := os.Stat(filepath.Join(dir, "tidemark-data")); err == nil {
		t.Error("a SELECT made a data directory")
	}
}

func TestDataDirectory(t *testing.T) {
	dir := workplace(t, map[string]string{"count.sql": counting(30), "afile": ""})
	where := func(name string) bool { _, err := os.Stat(filepath.Join(dir, name, "VERSION")); return err == nil }
	do(t, dir, "run", "count.sql").expect(t, 0, "*")
	if !where("tidemark-data") {
		t.Error("the default is not ./tidemark-data")
	}
	c := command(dir, "run", "count.sql")
	c.Env = append(c.Env, "TIDEMARK_DATA=other")
	if err := c.Run(); err != nil || !where("other") {
		t.Errorf("TIDEMARK_DATA is not looked at: %v", err)
	}
	c = command(dir, "run", "count.sql", "--data", "third")
	c.Env = append(c.Env, "TIDEMARK_DATA=fourth")
	if err := c.Run(); err != nil || !where("third") || where("fourth") {
		t.Errorf("--data does not come before TIDEMARK_DATA: %v", err)
	}
	do(t, dir, "run", "count.sql", "--data", "afile").expect(t, 1, "", "afile")
	do(t, dir, "run", "count.sql", "--data", "/proc/nobody/writes/here").expect(t, 1, "", "/proc/nobody")
}

// Bytes that are turned in the files of an unfinished run are found and named.
func TestDamagedData(t *testing.T) {
	dir := workplace(t, map[string]string{"count.sql": "SET 'execution.checkpointing.interval' = '20 ms';\n" + counting(400)})
	stopAt20(t, dir, syscall.SIGINT, "count.sql").expect(t, 130, "*")
	data := filepath.Join(dir, "tidemark-data")
	tried := 0
	err := filepath.WalkDir(data, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "LOCK" {
			return err
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tried++
		damaged := bytes.Clone(whole)
		damaged[len(damaged)/3] ^= 4
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			return err
		}
		o := do(t, dir, "run", "count.sql")
		if o.code != 1 || !strings.Contains(o.errors, e.Name()) {
			t.Errorf("%s is damaged: exit %d\n%s", e.Name(), o.code, o.errors)
		}
		return os.WriteFile(path, whole, 0o644)
	})
	if err != nil || tried < 3 {
		t.Fatalf("%d files, %v", tried, err)
	}
	do(t, dir, "run", "count.sql").expect(t, 0, "*", "resumed")
}

// When one pipeline fails the others are stopped and can be resumed; those that are
// finished are not repeated.
func TestSeveralPipelines(t *testing.T) {
	const script = `CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'number-of-rows' = '500',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '500');
CREATE TABLE input (n BIGINT, d BIGINT) WITH ('connector' = 'filesystem', 'path' = 'input.json', 'format' = 'json');
CREATE TABLE a_first (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'a_first', 'format' = 'json');
CREATE TABLE a_second (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'a_second', 'format' = 'json');
CREATE TABLE a_third (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'a_third', 'format' = 'json');
SET 'table.dml-sync' = 'true';
INSERT INTO a_first VALUES (1), (2);
SET 'table.dml-sync' = 'false';
INSERT INTO a_second SELECT n FROM numbers;
INSERT INTO a_third SELECT n / d FROM input;
`
	dir := workplace(t, map[string]string{"many.sql": script, "input.json": "{\"n\": 1, \"d\": 1}\n{\"n\": 1, \"d\": 0}\n"})
	do(t, dir, "run", "many.sql").expect(t, 1, "", "pipeline many.a_third: ", "input.json line 2", "division by zero")
	// The same bytes from the front on, so that the position holds.
	if err := os.WriteFile(filepath.Join(dir, "input.json"), []byte("{\"n\": 1, \"d\": 1}\n{\"n\": 1, \"d\": 1}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	do(t, dir, "run", "many.sql").expect(t, 0, "", "many.a_first: was finished before")
	for table, want := range map[string]int{"a_first": 2, "a_second": 500, "a_third": 2} {
		if got := len(rows(t, filepath.Join(dir, table))); got != want {
			t.Errorf("table %s has %d rows, want %d", table, got, want)
		}
	}
}

// At a terminal there is a line of progress at the bottom, and rows stand above it, whole.
func TestProgressLine(t *testing.T) {
	dir := workplace(t, map[string]string{"slow.sql": `
CREATE TABLE g (n BIGINT, ts AS TO_TIMESTAMP_LTZ(n * 1000, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'rows-per-second' = '20',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100000');
CREATE TABLE p (n BIGINT) WITH ('connector' = 'print');
INSERT INTO p SELECT n FROM g;`})
	x := open(t, 130, 20, command(dir, "run", "slow.sql"))
	x.until("a line of progress below rows", func(screen string) bool {
		lines := strings.Split(screen, "\n")
		last := lines[len(lines)-1]
		return len(lines) > 3 && strings.Contains(last, "rows/s in") && strings.Contains(last, "watermark 1970-01-01 00:00:") && strings.Contains(last, "epoch ")
	})
	x.send("\x03")
	screen := x.until("the summary", func(screen string) bool { return strings.Contains(screen, "rows in,") })
	for _, line := range strings.Split(screen, "\n") {
		if strings.Contains(line, "+I[") && (!strings.HasPrefix(line, "+I[") || !strings.HasSuffix(line, "]")) || strings.Contains(line, "rows/s") {
			t.Errorf("the line %q is left in\n%s", line, screen)
		}
	}
}
