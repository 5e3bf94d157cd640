package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const tables = `CREATE TABLE numbers (n BIGINT, label STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '4',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '4', 'fields.label.length' = '2');
CREATE TABLE endless (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.n.min' = '1000', 'fields.n.max' = '9999');
CREATE TABLE kept (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'kept', 'format' = 'json');
CREATE TABLE nothing (n BIGINT) WITH ('connector' = 'blackhole');
`

// prompt opens a prompt in a directory where the tables are made.
func prompt(t *testing.T, columns, rows int) (*terminal, string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "tables.sql", tables)
	x := open(t, columns, rows, command(dir, "sql", "-i", "tables.sql"))
	x.asks()
	return x, dir
}

func TestPromptSelects(t *testing.T) {
	x, _ := prompt(t, 100, 30)
	screen := x.does("SELECT n, n * 1.5 AS more, CASE n WHEN 2 THEN 'two' END AS word FROM numbers;")
	for _, want := range []string{
		"| n | more | word |",
		"| 1 |  1.5 | NULL |",
		"| 2 |  3.0 | two  |",
		"\n4 rows in ",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("there is no %q:\n%s", want, screen)
		}
	}
	x.send("quit\r")
	if code := x.exits(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

func TestPromptGoesOnOverLinesUntilTheSemicolon(t *testing.T) {
	x, _ := prompt(t, 100, 30)
	x.send("SELECT n\r")
	x.send("FROM numbers -- ;\r")
	x.send("WHERE label = ';' OR n = 3\r")
	x.send(";\r")
	x.shows("1 row in ")
	x.asks()
}

func TestPromptTakesAPasteOfManyLines(t *testing.T) {
	x, _ := prompt(t, 100, 40)
	// As terminals paste that mark it: all is one text.
	x.send("\x1b[200~CREATE VIEW big AS\n\tSELECT *\n\tFROM numbers\n\tWHERE n > 2;\n\nSELECT COUNT(*) AS marked FROM big;\x1b[201~\r")
	x.shows("marked")
	x.shows("1 row in ")
	x.asks()
	// As others do: as if it was typed.
	x.send("\x0cSELECT COUNT(*) AS typed\rFROM big;\rSELECT 1 + 1 AS after;\r")
	x.until("second table", func(s string) bool { return strings.Contains(s, "| after |") && strings.Count(s, "1 row in ") == 2 })
	x.asks()
}

func TestPromptErrorsEndTheStatementOnly(t *testing.T) {
	x, _ := prompt(t, 100, 30)
	screen := x.does("SELECT n,\r  lable FROM numbers; SELECT 'not run' AS later;")
	const want = "2:3: Column 'lable' not found in any table\n    lable FROM numbers;\n    ^\nhint: did you mean 'label'?\n"
	if !strings.Contains(screen, want) {
		t.Errorf("there is no %q:\n%s", want, screen)
	}
	if strings.Contains(screen, "| later") {
		t.Errorf("what stood behind the error ran:\n%s", screen)
	}
	screen = x.does("SELECT 1 / (n - 1) FROM numbers;")
	if !strings.Contains(screen, "division by zero") || strings.Contains(screen, " rows in ") {
		t.Errorf("the failure, and only that, is not told:\n%s", screen)
	}
	screen = x.does("SELECT COUNT(*) FROM numbers;")
	if !strings.Contains(screen, "|      4 |") {
		t.Errorf("the session does not go on:\n%s", screen)
	}
}

func TestCtrlCEndsAQueryNotThePrompt(t *testing.T) {
	x, _ := prompt(t, 100, 20)
	x.send("SELECT n, 'row' AS name FROM endless;\r")
	x.until("many rows", func(s string) bool { return strings.Count(s, "| row  |") > 15 })
	x.send("\x03")
	x.until("number of rows", func(s string) bool { return strings.Contains(s, " rows in ") && strings.HasSuffix(s, "tidemark>") })
	screen := x.does("SELECT COUNT(*) AS still FROM numbers;")
	if !strings.Contains(screen, "still") {
		t.Errorf("the prompt is gone:\n%s", screen)
	}
	x.send("half a statem")
	x.shows("half a statem")
	x.send("\x03")
	x.asks()
	x.send("\x04")
	if code := x.exits(); code != 0 {
		t.Errorf("Ctrl-D ended it with %d", code)
	}
}

func TestCtrlCInABoundedQueryShowsWhatThereIs(t *testing.T) {
	x, _ := prompt(t, 100, 20)
	x.does("CREATE TABLE slow (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000000', 'rows-per-second' = '20');")
	x.send("SELECT COUNT(*) AS so_far FROM slow;\r")
	x.shows("rows/s in") // the line of progress
	x.send("\x03")
	x.shows("interrupted: the result is not complete")
	screen := x.asks()
	if !strings.Contains(screen, "so_far") {
		t.Errorf("the result so far is not shown:\n%s", screen)
	}
}

func TestInsertAtThePromptIsAwaitedAndReported(t *testing.T) {
	x, dir := prompt(t, 100, 20)
	screen := x.does("INSERT INTO kept SELECT n FROM numbers;")
	if !strings.Contains(screen, "4 rows written to kept in ") {
		t.Errorf("what was written is not told:\n%s", screen)
	}
	if got := committed(t, dir); got != 4 {
		t.Errorf("%d rows are committed", got)
	}
	// Again, it writes them again: there is nothing to resume.
	x.does("INSERT INTO kept SELECT n FROM numbers;")
	if got := committed(t, dir); got != 8 {
		t.Errorf("%d rows are committed", got)
	}
}

func TestCtrlCMakesAFinalEpochOfAnInsert(t *testing.T) {
	x, dir := prompt(t, 100, 20)
	x.send("INSERT INTO kept SELECT n FROM endless;\r")
	x.shows("rows/s in")
	x.send("\x03")
	screen := x.until("report", func(s string) bool { return strings.Contains(s, "written to kept") })
	x.asks()
	if got := committed(t, dir); got == 0 || !strings.Contains(screen, rowsText(got)+" written to kept") {
		t.Errorf("%d rows are committed:\n%s", got, screen)
	}
	if screen := x.does("SELECT COUNT(*) AS goes_on FROM numbers;"); !strings.Contains(screen, "goes_on") {
		t.Errorf("the prompt is gone:\n%s", screen)
	}
}

func rowsText(n int) string {
	if n == 1 {
		return "1 row"
	}
	return strconv.Itoa(n) + " rows"
}

// committed counts the rows in the finished part files of the table kept.
func committed(t *testing.T, dir string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "kept", "[^.]*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(b), "\n")
	}
	return n
}

func TestCompletion(t *testing.T) {
	x, _ := prompt(t, 100, 30)
	x.send("sel\t")
	x.shows("tidemark> select")
	x.send("\x03")
	x.asks()
	x.send("SELECT * FROM num\t")
	x.shows("SELECT * FROM numbers")
	x.send(" WHERE lab\t")
	x.shows("WHERE label")
	x.send(" = char_len\t")
	x.shows("= char_length")
	x.send("\x03")
	x.asks()
	x.send("SET 'parallelism.d\t")
	x.shows("SET 'parallelism.default")
	x.send("\x03")
	x.asks()
}

func TestHistoryIsKept(t *testing.T) {
	x, dir := prompt(t, 100, 30)
	x.does("SELECT 'in\r  history' AS remembered FROM numbers WHERE n = 1;")
	x.send("quit\r")
	x.exits()
	file := filepath.Join(dir, ".local", "state", "tidemark", "sql_history")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	y := open(t, 100, 30, command(dir, "sql", "-i", "tables.sql"))
	y.asks()
	y.send("\x1b[A\x1b[A") // over "quit"
	y.shows("history' AS remembered")
	y.send("\r")
	y.shows("1 row in ")
}

func TestHelp(t *testing.T) {
	x, _ := prompt(t, 100, 60)
	if screen := x.does("help"); !strings.Contains(screen, "help function NAME") {
		t.Errorf("no help:\n%s", screen)
	}
	if screen := x.does("help function upper;"); !strings.Contains(screen, "UPPER(") || !strings.Contains(screen, "->") {
		t.Errorf("no help on UPPER:\n%s", screen)
	}
	if screen := x.does("help function uper"); !strings.Contains(screen, "did you mean 'UPPER'?") {
		t.Errorf("no hint:\n%s", screen)
	}
}

func TestWideResultsPage(t *testing.T) {
	x, _ := prompt(t, 40, 10)
	x.send("SELECT n, REPEAT('left', 10) || 'RIGHT' AS wide, n + 100 AS last_column FROM numbers;\r")
	screen := x.shows("lines 1-")
	if !strings.Contains(screen, "| n | wide") || strings.Contains(screen, "last_column") {
		t.Errorf("the first page:\n%s", screen)
	}
	x.send("\x1b[C\x1b[C")
	x.shows("last_column")
	x.send("\x1b[D\x1b[D")
	x.shows("| n | wide")
	x.send("q")
	x.shows("4 rows in ")
	x.asks()
}

func TestLongResultsPage(t *testing.T) {
	x, _ := prompt(t, 80, 10)
	x.does("CREATE TABLE many (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '100', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100');")
	x.send("SELECT n + 1000 AS m FROM many;\r")
	x.shows("lines 1-6 of 101")
	x.send(" ")
	x.shows("1006")
	x.send("G")
	x.shows("1100")
	if screen := x.screen(); !strings.Contains(screen, "|    m |") {
		t.Errorf("the titles do not stay:\n%s", screen)
	}
	x.send("/1050\r")
	x.shows("1050")
	x.send("q")
	x.shows("100 rows in ")
}

func TestPagerOfTheUser(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tables.sql", tables)
	cmd := command(dir, "sql", "-i", "tables.sql")
	cmd.Env = append(cmd.Env, "PAGER=sed 's/^/PAGED /'")
	x := open(t, 40, 30, cmd)
	x.asks()
	x.send("SELECT n, REPEAT('left', 10) AS wide FROM numbers;\r")
	x.shows("PAGED | n")
	x.shows("4 rows in ")
}

func TestADumbTerminalHasAPrompt(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tables.sql", tables)
	cmd := command(dir, "sql", "-i", "tables.sql")
	cmd.Env = append(cmd.Env, "TERM=dumb")
	x := open(t, 80, 30, cmd)
	x.shows("tidemark>")
	x.send("SELECT COUNT(*)\n")
	x.shows("       ->")
	x.send("AS plain FROM numbers;\n")
	x.shows("| plain |")
	x.send("SELECT n, 'row' AS name FROM endless;\n")
	x.shows("| row  |")
	x.send("\x03")
	x.until("end of the rows", func(s string) bool { return strings.Count(s, " in 0") == 2 && strings.HasSuffix(s, "tidemark>") })
	x.send("\x04")
	if code := x.exits(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

func TestTermEndsThePrompt(t *testing.T) {
	x, _ := prompt(t, 80, 20)
	x.send("SELECT n, 'row' AS name FROM endless;\r")
	x.shows("| row  |")
	x.cmd.Process.Signal(syscall.SIGTERM)
	if code := x.exits(); code != 143 {
		t.Errorf("it ended with %d", code)
	}
}
