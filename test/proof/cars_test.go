//go:build proof

// Package proof holds the engine against computations that are not its own, over data that
// nobody made for it. It needs ../shared and Python 3, and fails where they are missing.
package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// cars are 7,932 rides in the order in which they arrived, late by up to 23 seconds.
const cars = "../../../shared/data/cars.json"

// window is one way to cut the rides' time into windows; in seconds.
type window struct {
	kind       string
	step, size int
}

func (w window) String() string { return fmt.Sprintf("%s %ds %ds", w.kind, w.step, w.size) }

func (w window) sql() string {
	second := func(n int) string {
		return fmt.Sprintf("INTERVAL '%02d:%02d:%02d' HOUR TO SECOND", n/3600, n/60%60, n%60)
	}
	if w.kind == "TUMBLE" {
		return fmt.Sprintf("TUMBLE(TABLE rides, DESCRIPTOR(ts), %s)", second(w.size))
	}
	return fmt.Sprintf("%s(TABLE rides, DESCRIPTOR(ts), %s, %s)", w.kind, second(w.step), second(w.size))
}

// TestCars runs windows per location over the rides through the real binary, at several
// delays of the watermark, and demands what Python works out row by row: each window's count,
// and through the sum, the least and the greatest of its drivers, which rows are in it;
// and that the rows counted are those that came less those that are late.
func TestCars(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "tidemark")
	if out, err := exec.Command("go", "build", "-o", binary, "tidemark.dev/cmd/tidemark").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, w := range []window{{"TUMBLE", 5, 5}, {"TUMBLE", 60, 60}, {"HOP", 5, 20}, {"HOP", 60, 600}, {"CUMULATE", 5, 30}} {
		for _, delay := range []int{0, 1, 5, 10, 22, 23} {
			want := expected(t, w, delay)
			for _, parallelism := range []int{1, 3} {
				t.Run(fmt.Sprintf("%v/delay %ds/parallelism %d", w, delay, parallelism), func(t *testing.T) {
					got := run(t, binary, w, delay, parallelism)
					compare(t, got, want)
					if w.kind == "TUMBLE" && got.Counted != got.in-got.Late {
						t.Errorf("windows count %d rows; %d came in and %d were late", got.Counted, got.in, got.Late)
					}
				})
			}
		}
	}
}

// answer is what windows come to: rows are location, start, end, count, sum, least, greatest.
type answer struct {
	Rows    [][]any
	Late    int
	Counted int
	in      int
}

func expected(t *testing.T, w window, delay int) answer {
	c := exec.Command("python3", "windows.py", cars, w.kind, strconv.Itoa(w.step), strconv.Itoa(w.size), strconv.Itoa(delay))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("windows.py: %v\n%s", err, stderr.Bytes())
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

const script = `
SET 'parallelism.default' = '%d';
CREATE TABLE rides (driver_id INT, location STRING, event_type STRING, ` + "`timestamp`" + ` STRING,
  ts AS TO_TIMESTAMP(` + "`timestamp`" + `, 'yyyy-MM-dd''T''HH:mm:ss''Z'''), WATERMARK FOR ts AS ts - INTERVAL '%d' SECOND)
WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json');
CREATE TABLE windows (location STRING, ws TIMESTAMP(3), we TIMESTAMP(3), n BIGINT, s INT, mi INT, ma INT)
WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json');
INSERT INTO windows SELECT location, window_start, window_end, COUNT(*), SUM(driver_id), MIN(driver_id), MAX(driver_id)
FROM TABLE(%s) GROUP BY location, window_start, window_end;
`

var summary = regexp.MustCompile(`(\d+) rows in, (\d+) out, (\d+) late`)

func run(t *testing.T, binary string, w window, delay, parallelism int) (a answer) {
	dir := t.TempDir()
	input, err := filepath.Abs(cars)
	if err != nil {
		t.Fatal(err)
	}
	file, out := filepath.Join(dir, "cars.sql"), filepath.Join(dir, "out")
	text := fmt.Sprintf(script, parallelism, delay, input, out, w.sql())
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	told, err := exec.Command(binary, "run", "--data", filepath.Join(dir, "data"), file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	m := summary.FindSubmatch(told)
	if m == nil {
		t.Fatalf("no summary in\n%s", told)
	}
	a.in, _ = strconv.Atoi(string(m[1]))
	a.Late, _ = strconv.Atoi(string(m[3]))
	files, err := filepath.Glob(filepath.Join(out, "[^.]*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", out, err)
	}
	for _, f := range files {
		a.read(t, f)
	}
	slices.SortFunc(a.Rows, before)
	return a
}

// read adds the windows of one file that the binary wrote.
func (a *answer) read(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var r struct {
			Location     string
			WS, WE       string
			N, S, MI, MA float64
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		a.Rows = append(a.Rows, []any{r.Location, millis(t, r.WS), millis(t, r.WE), r.N, r.S, r.MI, r.MA})
		a.Counted += int(r.N)
	}
}

func millis(t *testing.T, text string) float64 {
	at, err := time.Parse("2006-01-02 15:04:05.999", text)
	if err != nil {
		t.Fatal(err)
	}
	return float64(at.UnixMilli())
}

func before(a, b []any) int {
	if a[0] != b[0] {
		return bytes.Compare([]byte(a[0].(string)), []byte(b[0].(string)))
	}
	for i := 1; i < len(a); i++ {
		if x, y := a[i].(float64), b[i].(float64); x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

func compare(t *testing.T, got, want answer) {
	for i := range max(len(got.Rows), len(want.Rows)) {
		var g, w []any
		if i < len(got.Rows) {
			g = got.Rows[i]
		}
		if i < len(want.Rows) {
			w = want.Rows[i]
		}
		if fmt.Sprint(g) != fmt.Sprint(w) {
			t.Fatalf("window %d of %d is %v, expected %v of %d", i, len(got.Rows), g, w, len(want.Rows))
		}
	}
	if got.Late != want.Late {
		t.Errorf("%d rows were counted as late, expected %d", got.Late, want.Late)
	}
	if got.Counted != want.Counted {
		t.Errorf("windows count %d rows, expected %d", got.Counted, want.Counted)
	}
	if got.in != 7932 {
		t.Errorf("%d rows came in, the file has 7932", got.in)
	}
	t.Logf("%d windows, %d rows in, %d late", len(got.Rows), got.in, got.Late)
}
