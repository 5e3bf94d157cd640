package sim

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"tidemark.dev/enginetest"
	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/epoch"
	"tidemark.dev/internal/job"
	"tidemark.dev/internal/op"
	"tidemark.dev/internal/sim"
	"tidemark.dev/types"
)

const skewed = `
CREATE TABLE lefts (k INT, id BIGINT) WITH ('connector' = 'script');
CREATE TABLE rights (k INT, name STRING, n INT) WITH ('connector' = 'script');
CREATE TABLE pairs (id BIGINT, name STRING, n INT) WITH ('connector' = 'broker');
INSERT INTO pairs SELECT l.id, r.name, r.n FROM lefts AS l JOIN rights AS r ON l.k = r.k;
`

// The skewed key has so many distinct rows on the right, and one of them so many times.
const skewRows, skewTimes = 6000, 3000

func newSkewedWorld(seed uint64) *world {
	w := newWorld(seed)
	w.tables = enginetest.NewTables()
	var rights, lefts []enginetest.Event
	for i := range skewRows {
		rights = append(rights, enginetest.Event{Values: []types.Value{types.Int64(7), types.Text(fmt.Sprintf("row %d, of the key that all have", i)), types.Int64(int64(i))}})
	}
	for range skewTimes {
		rights = append(rights, enginetest.Event{Values: []types.Value{types.Int64(7), types.Text("again and again"), types.Int64(-1)}})
	}
	rights = append(rights, enginetest.Event{Values: []types.Value{types.Int64(8), types.Text("alone"), types.Int64(0)}})
	nothing := enginetest.Event{Values: []types.Value{types.Int64(9), types.Int64(-1)}}
	for range 30_000 { // so that the right side is there before the rows that match it
		lefts = append(lefts, nothing)
	}
	for i := range int64(3) {
		lefts = append(lefts, enginetest.Event{Values: []types.Value{types.Int64(7 + i%2), types.Int64(i)}})
	}
	w.tables.Live = true // the sources wait for more: no final barrier, and nothing else makes epochs begin
	w.tables.Feed("rights", rights)
	w.tables.Feed("lefts", lefts)
	return w
}

// skewedLife runs until all pairs are committed, or the n-th time that an epoch is logged: it is killed there.
func (w *world) skewedLife(number, n int) (ended bool, err error) {
	sw := sim.NewWorld(w.seed*1000+uint64(number), 1_700_000_000_000_000)
	c, f, fn := engine.BuiltinOn(w.fs, io.Discard)
	c.Add(w.tables.Connector())
	c.Add(w.one.connector())
	job.Step = func(name string) {
		w.steps[name]++
		if name == "logged" {
			if n--; n == 0 {
				w.fs.StopAfter(0)
				sw.Kill()
			}
		}
	}
	op.JoinRows = 8
	defer func() { job.Step, op.JoinRows = func(string) {}, 1024 }()
	e, err := engine.Open(engine.Options{Connectors: c, Formats: f, Functions: fn, Out: io.Discard, Warn: func(string) {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		World: sw, FS: w.fs, DataDir: "/data", Set: map[string]string{"parallelism.default": fmt.Sprint(1 + number%3), "tidemark.batch.rows": "512"},
		Cadence: &epoch.Cadence{Interval: 100}})
	if err != nil {
		return false, err
	}
	defer e.Close()
	s, err := e.Plan("sim.sql", skewed)
	if err != nil {
		return false, err
	}
	run, err := e.Begin(s, false)
	if err != nil {
		return false, err
	}
	_, err = sw.Run(func() bool { return run.Done() || w.complete() }, 500_000)
	run.Abandon()
	return w.complete(), err
}

// complete tells whether as many pairs are committed as there are.
func (w *world) complete() bool { return len(w.one.committed) >= 2*(skewRows+skewTimes)+1 }

// TestBarriersWithinARow: a row with 9000 matches lets barriers through between its pairs, and is gone
// on with after a kill at any of them, at another parallelism: every pair is written once.
func TestBarriersWithinARow(t *testing.T) {
	for seed := range uint64(4) {
		w := newSkewedWorld(seed)
		lives, perLife := 0, int(1+seed)
		for ended := false; !ended; lives++ {
			if lives > 400 {
				t.Fatalf("seed %d is not at its end after %d lives, with %d pairs: a life that is killed after %d epochs makes no progress", seed, lives, len(w.one.committed), perLife)
			}
			var err error
			if ended, err = w.skewedLife(lives, perLife); err != nil {
				t.Fatalf("seed %d, life %d: %v", seed, lives, err)
			}
			w.fs.Crash()
		}
		count := map[string]int{}
		for _, row := range w.one.committed {
			count[row]++
		}
		want := map[string]int{}
		for id := range 3 {
			if id == 1 {
				want[`+I[1, alone, 0]`] = 1
				continue
			}
			for i := range skewRows {
				want[fmt.Sprintf("+I[%d, row %d, of the key that all have, %d]", id, i, i)] = 1
			}
			want[fmt.Sprintf("+I[%d, again and again, -1]", id)] = skewTimes
		}
		wrong := []string{}
		for row, n := range want {
			if count[row] != n && len(wrong) < 5 {
				wrong = append(wrong, fmt.Sprintf("%s: %d times, not %d", row, count[row], n))
			}
		}
		if len(wrong) > 0 || len(count) != len(want) {
			t.Fatalf("seed %d: %d different pairs, not %d\n%s", seed, len(count), len(want), strings.Join(wrong, "\n"))
		}
		t.Logf("seed %d: %d lives, %d epochs logged, %d committed", seed, lives, w.steps["logged"], w.one.counts["committed"])
		if w.steps["logged"] < 20 {
			t.Errorf("seed %d: %d epochs in all: barriers wait for rows", seed, w.steps["logged"])
		}
	}
}
