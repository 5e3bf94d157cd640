package file

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// run is a pipeline of nothing but a sink and the log of its epochs.
type run struct {
	t       *testing.T
	c       *connector.Connector
	columns []connector.Column
	parts   []string
	options map[string]string
	env     connector.Env

	sink    connector.Sink
	writers []connector.Writer
	log     []connector.Ticket // tickets of durable epochs whose commit was not seen, and the newest
	epoch   uint64
}

func newRun(t *testing.T, c *connector.Connector, parts []string, options string) *run {
	r := &run{t: t, c: c, columns: []connector.Column{columnA, columnP}, parts: parts, options: map[string]string{"path": "/out"},
		env: connector.Env{Run: "run1", Pipeline: "job", Directory: "/data/sink0"}}
	for _, o := range strings.Split(options, ";") {
		if k, v, ok := strings.Cut(o, "="); ok {
			r.options[k] = v
		}
	}
	return r
}

// start opens the sink, with as many writers as tasks, from what the log says.
func (r *run) start(tasks int) error {
	tab, problems := table(r.c, r.columns, r.parts, r.options)
	if len(problems) > 0 {
		return problems[0]
	}
	var err error
	if r.sink, err = r.c.NewSink(tab); err != nil {
		return err
	}
	if err := r.sink.Open(context.Background(), r.env, r.log); err != nil {
		return err
	}
	r.writers = nil
	for i := range tasks {
		w, err := r.sink.OpenWriter(i, r.env)
		if err != nil {
			return err
		}
		r.writers = append(r.writers, w)
	}
	return nil
}

func (r *run) write(task int, rows ...string) error {
	_, err := r.writers[task].Write(batch(r.columns, rows...))
	return err
}

// flush ends an epoch and makes it durable; commit is another step.
func (r *run) flush(final bool) error {
	var tickets [][]byte
	for _, w := range r.writers {
		b, status, err := w.Flush(r.epoch+1, final)
		if err != nil {
			return err
		}
		if status != connector.Ready {
			r.t.Fatal("Flush waits for nobody")
		}
		tickets = append(tickets, b)
	}
	data, err := r.sink.Prepare(context.Background(), r.epoch+1, tickets)
	if err != nil {
		return err
	}
	r.epoch++
	r.log = append(r.log, connector.Ticket{Epoch: r.epoch, Data: data})
	return nil
}

func (r *run) commit() error {
	for len(r.log) > 0 {
		if err := r.sink.Commit(context.Background(), r.log[0]); err != nil {
			return err
		}
		if len(r.log) == 1 {
			return nil
		}
		r.log = r.log[1:]
	}
	return nil
}

func (r *run) end(final bool) {
	r.t.Helper()
	must(r.t, r.flush(final))
	must(r.t, r.commit())
}

// files shows the target directory with the sink's mark shortened to M.
func (r *run) files(sys vfs.FS) string {
	return strings.ReplaceAll(tree(r.t, sys, "/out"), r.sink.(*sink).mark, "M")
}

func (r *run) expect(sys vfs.FS, what, want string) {
	r.t.Helper()
	want = strings.ReplaceAll(strings.TrimSpace(want), "\t", "")
	if got := strings.TrimSpace(r.files(sys)); got != want {
		r.t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

func TestOnlyFinishedAndCommittedFilesAreVisible(t *testing.T) {
	sys := vfs.NewFaulty(1)
	r := newRun(t, New(sys), nil, "sink.rolling-policy.file-size=9")
	must(t, r.start(2))
	must(t, r.write(0, "1,a", "2,b"))
	must(t, r.write(1, "3,c"))
	r.end(false)
	r.expect(sys, "an epoch that rolls nothing", `
		.part-M-0-0.inprogress: 1,a;2,b;
		.part-M-1-0.inprogress: 3,c;`)

	must(t, r.write(0, "4,d", "5,e"))
	must(t, r.flush(false))
	r.expect(sys, "rolled, not committed", `
		.part-M-0-0.inprogress: 1,a;2,b;4,d;
		.part-M-0-1.inprogress: 5,e;
		.part-M-1-0.inprogress: 3,c;`)
	must(t, r.commit())
	must(t, r.commit())
	r.expect(sys, "committed, twice", `
		.part-M-0-1.inprogress: 5,e;
		.part-M-1-0.inprogress: 3,c;
		part-M-0-0: 1,a;2,b;4,d;`)

	r.end(true)
	r.expect(sys, "the end", `
		part-M-0-0: 1,a;2,b;4,d;
		part-M-0-1: 5,e;
		part-M-1-0: 3,c;`)
}

func TestRollingByTime(t *testing.T) {
	options := "sink.rolling-policy.rollover-interval=10 min;sink.rolling-policy.inactivity-interval=3 min;sink.rolling-policy.check-interval=2 min"
	for _, c := range []struct {
		name  string
		steps string // a minute passes; w: a row; f: an epoch
		want  int    // finished files
	}{
		{"busy and young", "wf w wf w wf", 0},
		{"too old", "wf w wf w wf w wf w wf w wf w wf", 1},
		{"inactive", "wf f f f", 0},
		{"inactive when the next check comes", "wf f f f f", 1},
		{"seen by Write too", "wf - - - w f", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			sys, clock := vfs.NewFaulty(1), newClock()
			r := newRun(t, clock.connector(sys), nil, options)
			must(t, r.start(1))
			for _, minute := range strings.Split(c.steps, " ") {
				for _, step := range minute {
					switch step {
					case 'w':
						must(t, r.write(0, "1,a"))
					case 'f':
						r.end(false)
					}
				}
				clock.pass(time.Minute)
			}
			if got := strings.Count("\n"+r.files(sys), "\npart-"); got != c.want {
				t.Errorf("%d files visible, want %d:\n%s", got, c.want, r.files(sys))
			}
		})
	}
}

// A file whose time has come is finished without another row: its writer asks for the
// epoch that does it.
func TestIdleFilesAskForAnEpoch(t *testing.T) {
	for _, c := range []struct {
		name, options string
		minutes       int // until the file is visible
		epochs        int // that were asked for, until then
	}{
		{"inactive", "sink.rolling-policy.inactivity-interval=3 min", 3, 1},
		{"too old", "sink.rolling-policy.rollover-interval=7 min", 7, 1},
		{"when the check comes", "sink.rolling-policy.inactivity-interval=1 min;sink.rolling-policy.check-interval=5 min", 5, 1},
	} {
		for _, resumed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, resumed %v", c.name, resumed), func(t *testing.T) {
				sys, clock := vfs.NewFaulty(1), newClock()
				r := newRun(t, clock.connector(sys), nil, c.options)
				var due []time.Time
				r.env.WantEpoch = func(d time.Duration) { due = append(due, clock.at.Add(d)) }
				must(t, r.start(1))
				if len(due) > 0 {
					t.Fatal("an epoch was asked for before there was a row")
				}
				must(t, r.write(0, "1,a"))
				r.end(false)
				if resumed {
					due = nil
					must(t, r.start(1))
				}
				minutes, epochs := 0, 0
				for !strings.Contains("\n"+r.files(sys), "\npart-") {
					if minutes++; minutes > 30 {
						t.Fatalf("nothing is visible after %d epochs:\n%s", epochs, r.files(sys))
					}
					clock.pass(time.Minute)
					for len(due) > 0 && !due[0].After(clock.at) {
						due = due[1:]
						r.end(false)
						epochs++
					}
				}
				if minutes != c.minutes || epochs != c.epochs {
					t.Errorf("visible after %d minutes and %d epochs, want %d and %d", minutes, epochs, c.minutes, c.epochs)
				}
				if len(due) > 0 {
					t.Error("an epoch is asked for, and no file is open")
				}
			})
		}
	}
}

// Directory names as Flink 2.3 makes them.
func TestPartitionedFiles(t *testing.T) {
	sys := vfs.NewFaulty(1)
	r := newRun(t, New(sys), []string{"p"}, "partition.default-name=none")
	must(t, r.start(1))
	must(t, r.write(0, "1,x", "2,a/b: c}", "3,x", "4,"))
	r.end(true)
	r.expect(sys, "text", `
		p=a%2Fb%3A c%7D/part-M-0-1: 2;
		p=none/part-M-0-2: 4;
		p=x/part-M-0-0: 1;3;`)

	r = newRun(t, New(sys), []string{"b", "n"}, "path=/out2")
	r.columns = []connector.Column{{Name: "n", Type: types.TInt}, columnA, {Name: "b", Type: types.TBoolean}}
	must(t, r.start(1))
	must(t, r.write(0, "-7,1,1", "5,2,0"))
	r.end(true)
	got := strings.ReplaceAll(tree(t, sys, "/out2"), r.sink.(*sink).mark, "M")
	if want := "b=false/n=5/part-M-0-1: 2;\nb=true/n=-7/part-M-0-0: 1;\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRefusesWhatItCannotPartitionBy(t *testing.T) {
	columns := []connector.Column{columnA, {Name: "d", Type: types.Type{Kind: types.Date}}}
	tab, _ := table(Connector, columns, []string{"d"}, map[string]string{"path": "/out"})
	_, err := Connector.NewSink(tab)
	if err == nil || err.Error() != "partition column 'd': only character strings, integers and BOOLEAN are supported" {
		t.Error(err)
	}
	tab, _ = table(Connector, columns[:1], []string{"a"}, map[string]string{"path": "/out"})
	if _, err = Connector.NewSink(tab); err == nil || err.Error() != "a table needs a column besides those it is partitioned by" {
		t.Error(err)
	}
}

func TestSelectionAndKinds(t *testing.T) {
	sys := vfs.NewFaulty(1)
	r := newRun(t, New(sys), nil, "")
	must(t, r.start(1))
	b := batch(r.columns, "1,a", "2,b", "3,c").Under([]int32{0, 2})
	_, err := r.writers[0].Write(b)
	must(t, err)
	_, err = r.writers[0].Write(b.Under([]int32{}))
	must(t, err)
	r.end(true)
	r.expect(sys, "selected rows", "part-M-0-0: 1,a;3,c;")
	if got := r.sink.Accepts(connector.AllKinds); got != connector.InsertOnly {
		t.Errorf("accepts %v", got)
	}
}

// A restart goes on with the open files, whatever was written behind their last epoch.
func TestResume(t *testing.T) {
	sys := vfs.NewFaulty(1)
	r := newRun(t, New(sys), nil, "")
	must(t, r.start(2))
	must(t, r.write(0, "1,a"))
	must(t, r.write(1, "2,b"))
	r.end(false)
	must(t, r.write(0, "3,lost"))
	_, _, err := r.writers[0].Flush(9, false) // written, but the epoch never becomes durable
	must(t, err)

	must(t, r.start(2))
	must(t, r.write(0, "4,d"))
	must(t, r.flush(false))
	r.expect(sys, "resumed", `
		.part-M-0-0.inprogress: 1,a;4,d;
		.part-M-1-0.inprogress: 2,b;`)

	must(t, r.start(1)) // fewer tasks: the other's file is finished with the next epoch
	must(t, r.write(0, "5,e"))
	r.end(false)
	r.expect(sys, "fewer tasks", `
		.part-M-0-0.inprogress: 1,a;4,d;5,e;
		part-M-1-0: 2,b;`)

	must(t, r.start(2)) // the name 1-0 is taken
	must(t, r.write(1, "6,f"))
	r.end(true)
	r.expect(sys, "more tasks", `
		part-M-0-0: 1,a;4,d;5,e;
		part-M-1-0: 2,b;
		part-M-1-1: 6,f;`)
}

func TestLeavesTheFilesOfOthersAlone(t *testing.T) {
	sys := vfs.NewFaulty(1)
	put(t, sys, "/out/part-x", "other;")
	put(t, sys, "/out/.part-run1-0-0.inprogress", "other")
	first, second := newRun(t, New(sys), nil, ""), newRun(t, New(sys), nil, "")
	second.env.Directory = "/data/sink1" // the same table again in the same pipeline
	must(t, first.start(1))
	must(t, second.start(1))
	must(t, first.write(0, "1,a"))
	must(t, second.write(0, "2,b"))
	second.end(true)
	must(t, second.start(1))
	first.end(true)
	third := newRun(t, New(sys), nil, "")
	third.env.Run = "run2"
	must(t, third.start(1))
	got := tree(t, sys, "/out")
	for _, want := range []string{"part-x: other;", ".part-run1-0-0.inprogress: other", ": 1,a;", ": 2,b;"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What somebody else did to its files stops the sink, by name.
func TestFilesChangedByOthers(t *testing.T) {
	for _, c := range []struct {
		name string
		done bool // the file was finished, not open
		do   func(sys *vfs.Faulty, hidden, visible string) error
		want string
	}{
		{"open file removed", false, func(sys *vfs.Faulty, h, v string) error { return sys.Remove(h) },
			"table t: HIDDEN is gone, with 4 bytes that epoch 1 wrote; only this sink may remove it"},
		{"open file cut", false, func(sys *vfs.Faulty, h, v string) error { return sys.Truncate(h, 2) },
			"table t: HIDDEN has 2 bytes, but epoch 1 wrote 4: it was cut by something else"},
		{"open file renamed by a later epoch", false, func(sys *vfs.Faulty, h, v string) error { return sys.Rename(h, v) },
			"table t: VISIBLE was finished after epoch 1, to which the pipeline would go back: its rows would be written twice"},
		{"finished file removed", true, func(sys *vfs.Faulty, h, v string) error { return sys.Remove(h) },
			"table t: HIDDEN is gone, with 4 bytes that epoch 1 wrote; only this sink may remove it"},
		{"finished file cut", true, func(sys *vfs.Faulty, h, v string) error { return sys.Truncate(h, 2) },
			"table t: HIDDEN has 2 bytes, but epoch 1 finished it with 4: something else wrote to it"},
		{"its name taken", true, func(sys *vfs.Faulty, h, v string) error { put(t, sys, v, "x"); return nil },
			"table t: VISIBLE exists already; epoch 1 would replace it by HIDDEN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sys := vfs.NewFaulty(1)
			r := newRun(t, New(sys), nil, "")
			must(t, r.start(1))
			must(t, r.write(0, "1,a"))
			must(t, r.flush(c.done))
			mark := r.sink.(*sink).mark
			hidden, visible := "/out/.part-"+mark+"-0-0.inprogress", "/out/part-"+mark+"-0-0"
			must(t, c.do(sys, hidden, visible))
			want := strings.NewReplacer("HIDDEN", hidden, "VISIBLE", visible).Replace(c.want)
			if err := r.start(1); err == nil || err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
		})
	}
}

func TestDamagedTicket(t *testing.T) {
	r := newRun(t, New(vfs.NewFaulty(1)), nil, "")
	for data, want := range map[string]string{
		"{":             "table t: the epoch's ticket is damaged: unexpected end of JSON input",
		`{"version":9}`: "table t: the epoch's ticket has version 9, this program reads 1",
	} {
		r.log = []connector.Ticket{{Epoch: 1, Data: []byte(data)}}
		if err := r.start(1); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestFullDiskNamesTheFile(t *testing.T) {
	sys := vfs.NewFaulty(1)
	r := newRun(t, New(sys), nil, "")
	must(t, r.start(1))
	sys.SetCapacity(3)
	must(t, r.write(0, "1,a"))
	err := r.flush(false)
	want := "table t: write /out/.part-" + r.sink.(*sink).mark + "-0-0.inprogress: no space left on device"
	if !errors.Is(err, syscall.ENOSPC) || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestDirectoryWithoutRights(t *testing.T) {
	sys := vfs.NewFaulty(1)
	sys.SetFault(func(op, name string) error {
		if op == "create" {
			return syscall.EACCES
		}
		return nil
	})
	r := newRun(t, New(sys), nil, "")
	if err := r.start(1); err == nil || !strings.HasPrefix(err.Error(), "table t: create /out/.part-run1-") || !errors.Is(err, syscall.EACCES) {
		t.Error(err)
	}
	sys.SetFault(nil)
	put(t, sys, "/file/x", "1")
	r.options["path"] = "/file/x"
	if err := r.start(1); err == nil || err.Error() != "table t: /file/x is a file: a table that is written needs a directory" {
		t.Error(err)
	}
}

func TestOnTheDisk(t *testing.T) {
	dir := t.TempDir() + "/made/by/it"
	r := newRun(t, Connector, nil, "sink.rolling-policy.file-size=100000;path=file://"+dir)
	must(t, r.start(1))
	var all strings.Builder
	for i := range 30 {
		var rows []string
		for k := range 300 {
			rows = append(rows, fmt.Sprintf("%d,row %d of %d", i*300+k, k, i))
			all.WriteString(rows[k] + "\n")
		}
		must(t, r.write(0, rows...))
		if i%7 == 6 {
			r.end(false)
		}
	}
	r.end(true)
	must(t, r.sink.Close())
	names, err := os.ReadDir(dir)
	must(t, err)
	got := make([]string, len(names))
	for _, n := range names {
		data, err := os.ReadFile(dir + "/" + n.Name())
		must(t, err)
		if len(data) > 100030 {
			t.Errorf("%s has %d bytes", n.Name(), len(data))
		}
		var i int
		fmt.Sscanf(n.Name()[strings.LastIndexByte(n.Name(), '-')+1:], "%d", &i)
		got[i] = string(data)
	}
	if len(names) < 2 || strings.Join(got, "") != all.String() {
		t.Errorf("%d files, rows differ", len(names))
	}
}

// The sink under power failures at every step: rows with numbers are written by tasks
// whose count changes, the machine stops before a random call of the file system, and
// the run goes on from the epochs that were durable. At the end each row is there once,
// and at no time is a row visible whose epoch is not durable.
func TestExactlyOnceUnderCrashes(t *testing.T) {
	seeds := uint64(1000)
	if testing.Short() {
		seeds = 100
	}
	crashes := 0
	for seed := range seeds {
		crashes += crashTest(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d crashes", crashes)
	if crashes < int(seeds) {
		t.Errorf("only %d crashes in %d runs: the test tests nothing", crashes, seeds)
	}
}

func crashTest(t *testing.T, seed uint64) (crashes int) {
	random := rand.New(rand.NewPCG(seed, 1))
	sys := vfs.NewFaulty(seed)
	clock := newClock()
	var parts []string
	if seed%3 == 0 {
		parts = []string{"p"}
	}
	r := newRun(t, clock.connector(sys), parts, "sink.rolling-policy.file-size=40;sink.rolling-policy.rollover-interval=20 min")
	const rows = 60
	durable, written := 0, 0 // rows of durable epochs, and of this life
	// life runs until an error, which is a crash, or the end.
	life := func() error {
		if err := r.start(1 + random.IntN(3)); err != nil {
			return err
		}
		for {
			for range random.IntN(4) {
				if n := random.IntN(4); n > 0 && written < rows {
					var batch []string
					for ; n > 0 && written < rows; n-- {
						batch = append(batch, fmt.Sprintf("%d,p%d", written, written%3))
						written++
					}
					if err := r.write(random.IntN(len(r.writers)), batch...); err != nil {
						return err
					}
				}
			}
			clock.pass(5 * time.Minute)
			final := written == rows
			if err := r.flush(final); err != nil {
				return err
			}
			durable = written
			if random.IntN(3) == 0 && !final {
				continue // the next epoch is prepared before this one is committed
			}
			if err := r.commit(); err != nil || final {
				return err
			}
		}
	}
	for {
		if crashes < 8 {
			sys.StopAfter(random.IntN(60))
		}
		written = durable
		err := life()
		if err == nil {
			break
		}
		if !errors.Is(err, vfs.ErrCrashed) {
			t.Errorf("after %d crashes: %v", crashes, err)
			return
		}
		crashes++
		sys.Crash()
		for _, id := range visibleRows(t, sys) {
			if id >= durable {
				t.Errorf("row %d is visible, only %d are durable", id, durable)
			}
		}
	}
	got := visibleRows(t, sys)
	if len(got) != rows {
		t.Errorf("%d rows, want %d: %v", len(got), rows, got)
	}
	for i, id := range got {
		if id != i {
			t.Errorf("row %d is lost or twice: %v", i, got)
			break
		}
	}
	if files := tree(t, sys, "/out"); strings.Contains(files, ".inprogress") {
		t.Errorf("left behind:\n%s", files)
	}
	return crashes
}

// visibleRows are the numbers of all rows in visible files, sorted.
func visibleRows(t *testing.T, sys vfs.FS) (ids []int) {
	for _, file := range strings.Split(tree(t, sys, "/out"), "\n") {
		name, text, _ := strings.Cut(file, ": ")
		if strings.HasPrefix(name[strings.LastIndexByte(name, '/')+1:], ".") {
			continue
		}
		for _, row := range strings.Split(strings.TrimSuffix(text, ";"), ";") {
			if row == "" {
				continue
			}
			var id int
			if _, err := fmt.Sscanf(row, "%d", &id); err != nil {
				t.Errorf("file %s: row %q", name, row)
			}
			ids = append(ids, id)
		}
	}
	sort.Ints(ids)
	return ids
}

// A writer's memory is told to the pipeline, and given back.
func TestCharges(t *testing.T) {
	r := newRun(t, New(vfs.NewFaulty(1)), []string{"p"}, "")
	held := int64(0)
	r.env.Charge = func(n int64) bool { held += n; return true }
	must(t, r.start(1))
	must(t, r.write(0, "1,a", "2,b"))
	if held != 2*writeSize {
		t.Errorf("%d bytes held for two files", held)
	}
	r.end(false)
	must(t, r.start(1))
	must(t, r.writers[0].Close())
	if held != 2*writeSize { // of the first writers, which nobody closed
		t.Errorf("%d bytes held after Close", held)
	}
	must(t, r.start(1))
	r.end(true)
	if held != 2*writeSize {
		t.Errorf("%d bytes held at the end", held)
	}
}

func BenchmarkWrite(b *testing.B) {
	tab, _ := table(Connector, []connector.Column{columnA}, nil, map[string]string{"path": b.TempDir()})
	s, err := Connector.NewSink(tab)
	must(b, err)
	must(b, s.Open(context.Background(), connector.Env{}, nil))
	w, err := s.OpenWriter(0, connector.Env{})
	must(b, err)
	v := vector.New(types.TBigInt, 2048)
	for i := range b.N {
		_ = i
		if _, err := w.Write(vector.NewBatch(2048, v)); err != nil {
			b.Fatal(err)
		}
	}
	must(b, w.Close())
}
