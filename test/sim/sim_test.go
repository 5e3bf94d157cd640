// Package sim simulates the whole engine by seeds: one thread, virtual time, a file system
// that loses what was not synced, tears writes and fills up, and a broker whose
// transactions time out and whose answers get lost. Whatever happens, the files and the broker must
// in the end hold exactly what a run without accidents gives.
package sim

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"tidemark.dev/enginetest"
	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/epoch"
	"tidemark.dev/internal/epochlog"
	"tidemark.dev/internal/job"
	"tidemark.dev/internal/op"
	"tidemark.dev/internal/sim"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/types"
)

var (
	seeds   = flag.Int("seeds", 150, "how many seeds to run")
	first   = flag.Uint64("first", 1, "the first seed")
	verbose = flag.Bool("tell", false, "tell what happens in each life")
)

// allSteps are the steps that the process is killed at.
var allSteps = append([]string{"begin", "prepare", "log", "logged", "commit", "committed", "settle"}, epochlog.Steps...)

const script = `
CREATE TABLE orders (id BIGINT, item INT, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) WITH ('connector' = 'script');
CREATE TABLE items (item INT, name STRING) WITH ('connector' = 'script');
CREATE TABLE totals (name STRING, orders BIGINT, amount DECIMAL(38, 2), kinds BIGINT, w TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '/out/totals', 'format' = 'json', 'sink.rolling-policy.file-size' = '200b');
CREATE TABLE lines (id BIGINT, name STRING, amount DECIMAL(10, 2)) WITH ('connector' = 'broker');
CREATE TABLE counts (item INT, n BIGINT, largest DECIMAL(10, 2)) WITH ('connector' = 'script');
CREATE TABLE distincts (item INT, n BIGINT, w TIMESTAMP(3)) WITH ('connector' = 'script');
EXECUTE STATEMENT SET BEGIN
INSERT INTO totals SELECT CAST(item AS STRING), COUNT(*), SUM(amount), MAX(id), window_end
  FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '4' SECOND)) GROUP BY item, window_start, window_end;
INSERT INTO lines SELECT o.id, i.name, o.amount FROM orders AS o JOIN items AS i ON o.item = i.item AND o.amount > 10;
INSERT INTO counts SELECT item, COUNT(DISTINCT id), MAX(amount) FROM orders GROUP BY item;
INSERT INTO distincts SELECT item, COUNT(DISTINCT id), window_end
  FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND)) GROUP BY item, window_start, window_end;
END;
`

// itemCount is enough for every sixteenth of the key groups, a part of a compaction, to have some.
const itemCount = 24

// world is one seed's world: what outlives the process.
type world struct {
	seed   uint64
	rand   *rand.Rand
	fs     *vfs.Faulty
	tables *enginetest.Tables
	one    *broker
	steps  map[string]int // how often each step of the protocol was come to
	kills  map[string]int // and how often the process was killed there
}

func newWorld(seed uint64) *world {
	w := &world{seed: seed, rand: rand.New(rand.NewPCG(seed, 7)), fs: vfs.NewFaulty(seed), tables: enginetest.NewTables(), steps: map[string]int{}, kills: map[string]int{}}
	w.one = newBroker(w.rand)
	r := rand.New(rand.NewPCG(seed, 8))
	orders, items := []enginetest.Event{}, []enginetest.Event{}
	for i := range 80 {
		at := int64(1_700_000_000_000+i*200+r.IntN(2000)) * 1000
		orders = append(orders, enginetest.Event{Values: []types.Value{
			types.Int64(int64(r.IntN(40))), types.Int64(int64(r.IntN(itemCount))), types.Int64(int64(r.IntN(5000))), types.Int64(at)}})
	}
	for i := range itemCount + itemCount/2 {
		items = append(items, enginetest.Event{Split: i % 2, Values: []types.Value{types.Int64(int64(i % itemCount)), types.Text(fmt.Sprintf("item %d, with a long name", i))}})
	}
	w.tables.Feed("orders", orders)
	w.tables.Feed("items", items)
	return w
}

// life starts the process and runs it until it ends, fails or is killed.
func (w *world) life(number int, faults bool) (ended bool, err error) {
	sw := sim.NewWorld(w.seed*1000+uint64(number), 1_700_000_000_000_000)
	w.fs.SetClock(func() time.Time { return time.UnixMicro(sw.Now()).UTC() })
	c, f, fn := engine.BuiltinOn(w.fs, io.Discard)
	c.Add(w.tables.Connector())
	c.Add(w.one.connector())
	set := map[string]string{"parallelism.default": fmt.Sprint(1 + w.rand.IntN(3)), "tidemark.batch.rows": fmt.Sprint(1 + w.rand.IntN(8)), "table.local-time-zone": "UTC"}
	kill, at := -1, "" // the steps left to live, of that name or all
	if faults {
		switch w.rand.IntN(5) {
		case 0:
			kill = 1 + w.rand.IntN(60)
		case 1, 2:
			kill, at = 1+w.rand.IntN(3), allSteps[w.rand.IntN(len(allSteps))]
		case 3:
			w.fs.StopAfter(w.rand.IntN(150))
		case 4:
			w.fs.SetCapacity(int64(2000 + w.rand.IntN(60000)))
		}
	} else {
		w.fs.SetCapacity(0)
	}
	w.one.faults = faults
	step := func(name string) {
		w.steps[name]++
		if at != "" && at != name {
			return
		}
		if kill--; kill == 0 {
			w.kills[name]++
			w.fs.StopAfter(0)
			sw.Kill()
		}
	}
	job.Step, epochlog.Step = step, step
	epochlog.SegmentBytes = 1 + int64(w.rand.IntN(1+w.rand.IntN(8000)))              // so that logs are compacted
	op.ChainMost, op.BucketRows = 1+uint32(w.rand.IntN(3)), 1+uint32(w.rand.IntN(2)) // so that there are long ones
	op.JoinRows, op.HeavyPieces = 1+w.rand.IntN(10), w.rand.IntN(3)
	defer func() {
		op.ChainMost, op.BucketRows, op.JoinRows, op.HeavyPieces = 1024, 512, 1024, 16
		job.Step, epochlog.Step, epochlog.SegmentBytes = func(string) {}, func(string) {}, 32<<20
	}()
	e, err := engine.Open(engine.Options{Connectors: c, Formats: f, Functions: fn, Out: io.Discard, Warn: func(string) {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		World: sw, FS: w.fs, DataDir: "/data", Set: set, Cadence: &epoch.Cadence{Interval: 1 + int64(w.rand.IntN(400))}})
	if err != nil {
		return false, err
	}
	defer func() {
		if fault := e.Close(); fault != nil {
			ended, err = false, errors.Join(err, fault)
		}
	}()
	s, err := e.Plan("sim.sql", script)
	if err != nil {
		return false, fmt.Errorf("the script is wrong: %w", err)
	}
	run, err := e.Begin(s, false)
	if err != nil {
		return false, err
	}
	ended, err = sw.Run(func() bool { return run.Done() || w.fs.Stopped() }, 500_000)
	if err != nil {
		run.Abandon()
		return false, fmt.Errorf("%w (a hang is a defect)", err)
	}
	if !ended || !run.Done() {
		run.Abandon()
		return false, errKilled
	}
	sum, err := run.End()
	if *verbose {
		for _, p := range sum.Pipelines {
			for _, st := range p.Stages {
				fmt.Printf("  %s %s in %d out %d late %d filtered %d held %d\n", st.Role, st.Operator, st.In, st.Out, st.Late, st.Filtered, st.Held)
			}
		}
	}
	return err == nil, err
}

var errKilled = errors.New("killed")

// files are the lines of all visible files of the file sink.
func (w *world) files(t *testing.T) []string {
	infos, err := w.fs.List("/out/totals")
	if err != nil {
		t.Fatalf("seed %d: %v", w.seed, err)
	}
	var lines []string
	for _, f := range infos {
		if strings.HasPrefix(f.Name, ".") {
			continue
		}
		file, err := w.fs.Open("/out/totals/" + f.Name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")...)
	}
	sort.Strings(lines)
	return lines
}

// told tells whether the run is on record as finished, and that its user knows: a process
// that ends just then would begin a new run.
func (w *world) told() bool {
	f, err := w.fs.Open("/data/runs/sim.json")
	if err != nil {
		return false
	}
	b, err := io.ReadAll(f)
	return err == nil && strings.Contains(string(b), `"told": true`)
}

type result struct{ totals, lines, counts, distincts string }

func (w *world) result(t *testing.T) result {
	lines := enginetest.Fold(w.one.committed)
	counts := enginetest.Fold(w.tables.Changes("counts"))
	return result{strings.Join(w.files(t), "\n"), strings.Join(lines, "\n"), strings.Join(counts, "\n"), strings.Join(enginetest.Fold(w.tables.Changes("distincts")), "\n")}
}

// TestSeeds runs each seed once without accidents and once with them; both must come to
// the same. Orders have one split, so that which of them are late does not depend on chance.
func TestSeeds(t *testing.T) {
	steps, kills, happened := map[string]int{}, map[string]int{}, map[string]int{}
	lives := 0
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		calm := newWorld(seed)
		if ended, err := calm.life(0, false); !ended {
			t.Fatalf("seed %d, without accidents: %v", seed, err)
		}
		want := calm.result(t)
		if want.totals == "" || want.lines == "" || want.counts == "" || want.distincts == "" {
			t.Fatalf("seed %d gives no rows: it proves nothing", seed)
		}
		w := newWorld(seed)
		ended := false
		for n := 1; !ended; n++ {
			lives++
			var err error
			ended, err = w.life(n, n < 12)
			if *verbose {
				t.Logf("seed %d, life %d: ended %v, %v; steps %v, broker %v, epochs %v", seed, n, ended, err, w.steps, w.one.counts, w.one.epochs)
			}
			if !ended {
				if n > 14 {
					t.Fatalf("seed %d does not come to its end: life %d, without accidents: %v", seed, n, err)
				}
				if err != nil && strings.Contains(err.Error(), "defect") || err != nil && strings.Contains(err.Error(), "internal error") {
					t.Fatalf("seed %d, life %d: %v", seed, n, err)
				}
				w.fs.Crash()
				ended = w.told()
			}
		}
		if got := w.result(t); got != want {
			t.Fatalf("seed %d:\n%s", seed, difference(got, want))
		}
		for k, v := range w.steps {
			steps[k] += v
		}
		for k, v := range w.kills {
			kills[k] += v
		}
		for k, v := range w.one.counts {
			happened[k] += v
		}
	}
	t.Logf("%d seeds, %d lives\nsteps come to: %v\nkilled at: %v\nthe broker: %v", *seeds, lives, steps, kills, happened)
	if *seeds >= 500 {
		for _, name := range allSteps {
			if kills[name] == 0 {
				t.Errorf("no seed was killed at %q", name)
			}
		}
	}
}

func difference(got, want result) string {
	var b strings.Builder
	for _, x := range []struct{ name, got, want string }{{"files", got.totals, want.totals}, {"lines", got.lines, want.lines}, {"counts", got.counts, want.counts}, {"distincts", got.distincts, want.distincts}} {
		if x.got == x.want {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", x.name)
		count := map[string]int{}
		for _, l := range strings.Split(x.want, "\n") {
			count[l]++
		}
		for _, l := range strings.Split(x.got, "\n") {
			count[l]--
		}
		for l, n := range count {
			if n > 0 {
				fmt.Fprintf(&b, "  lost %d x %s\n", n, l)
			} else if n < 0 {
				fmt.Fprintf(&b, "  too many, %d x %s\n", -n, l)
			}
		}
	}
	return b.String()
}
