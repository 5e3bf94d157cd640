package enginetest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/epoch"
	"tidemark.dev/internal/job"
	"tidemark.dev/internal/sim"
	"tidemark.dev/internal/vfs"
)

// Config is one way to run a script. The zero value runs it straight, at parallelism 1.
type Config struct {
	Parallelism int
	BatchRows   int
	Seed        uint64
	// KillAt ends the process when a step of the protocol of epochs (or "", any) is come to
	// for the n-th time of each life, until it is not come to any more.
	KillAt   string
	KillNth  int
	Parallel []int // parallelism of each life after the first, in turn
}

func (c Config) String() string {
	s := fmt.Sprintf("parallelism %d, batches of %d, seed %d", c.Parallelism, c.BatchRows, c.Seed)
	if c.KillNth > 0 {
		s += fmt.Sprintf(", killed at %s %d", c.KillAt, c.KillNth)
	}
	if len(c.Parallel) > 0 {
		s += fmt.Sprintf(", then parallelism %v", c.Parallel)
	}
	return s
}

func newEngine(script *connector.Connector, world *World) (*engine.Engine, error) {
	c, f, fn := engine.Builtin(io.Discard)
	c.Add(script)
	o := engine.Options{Connectors: c, Formats: f, Functions: fn, Out: io.Discard, Warn: func(string) {},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if world != nil {
		o.DataDir = dataDir
		o.World, o.FS, o.Set, o.Cadence = world.sim, world.fs, world.set, world.cadence
	}
	return engine.Open(o)
}

const dataDir = "/data"

// World is the simulated machine that a script runs on.
type World struct {
	sim     *sim.World
	fs      *vfs.Faulty
	set     map[string]string
	cadence *epoch.Cadence
}

// Outcome is what came of running a script.
type Outcome struct {
	Tables *Tables
	Lives  int // how often it was started
	Late   int64
	Err    error
}

// Run runs a script once, as c says, in a simulation.
func (s *Script) Run(c Config) (o Outcome) {
	o.Tables = NewTables()
	if err := s.feed(o.Tables); err != nil {
		o.Err = err
		return o
	}
	fs := vfs.NewFaulty(c.Seed)
	for o.Lives = 1; o.Lives < 200; o.Lives++ {
		parallel := max(c.Parallelism, 1)
		if o.Lives > 1 && len(c.Parallel) > 0 {
			parallel = c.Parallel[(o.Lives-2)%len(c.Parallel)]
		}
		killed, late, err := s.life(c, o.Tables, fs, parallel, o.Lives)
		if !killed {
			o.Late, o.Err = late, err
			return o
		}
		fs.Crash()
	}
	o.Err = fmt.Errorf("the script was killed %d times without coming to its end", o.Lives)
	return o
}

// maxSteps bounds a simulated life.
const maxSteps = 2_000_000

// life runs the script until it ends or is killed.
func (s *Script) life(c Config, tables *Tables, fs *vfs.Faulty, parallel, number int) (killed bool, late int64, err error) {
	w := &World{sim: sim.NewWorld(c.Seed*1000+uint64(number), 1_700_000_000_000_000), fs: fs,
		set: map[string]string{"parallelism.default": fmt.Sprint(parallel)}, cadence: &epoch.Cadence{Interval: 1}}
	if c.BatchRows > 0 {
		w.set["tidemark.batch.rows"] = fmt.Sprint(c.BatchRows)
	}
	if c.KillNth > 0 {
		n := c.KillNth + number - 1 // each life gets further
		job.Step = func(name string) {
			if c.KillAt == "" || name == c.KillAt {
				if n--; n == 0 {
					w.sim.Kill()
				}
			}
		}
		defer func() { job.Step = func(string) {} }()
	}
	e, err := newEngine(tables.Connector(), w)
	if err != nil {
		return false, 0, err
	}
	defer e.Close()
	script, err := e.Plan(s.Name, s.SQL)
	if err != nil {
		return false, 0, err
	}
	run, err := e.Begin(script, false)
	if err != nil {
		return false, 0, err
	}
	ended, err := w.sim.Run(run.Done, maxSteps)
	if err != nil {
		run.Abandon()
		return false, 0, err
	}
	if !ended {
		run.Abandon()
		return true, 0, nil
	}
	summary, err := run.End()
	for i := range summary.Pipelines {
		late += summary.Pipelines[i].Late()
	}
	if err == nil {
		err = lettersAre(fs, late)
	}
	return false, late, err
}

// lettersAre demands that each row that was counted as late in any life is kept, once.
func lettersAre(fsys vfs.FS, late int64) error {
	dirs, err := fsys.List(filepath.Join(dataDir, "letters"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var kept int64
	for _, d := range dirs {
		if err := deadletter.Scan(fsys, filepath.Join(dataDir, "letters", d.Name), nil, func(_ deadletter.Position, l deadletter.Letter) bool {
			if l.Kind == deadletter.Late && l.Mark >= l.Event && len(l.Row) > 2 {
				kept++
			}
			return true
		}); err != nil {
			return err
		}
	}
	if kept != late {
		return fmt.Errorf("%d rows were counted as late, and %d are kept", late, kept)
	}
	return nil
}

// Check compares an outcome with what the script expects; nil: it is right.
func (s *Script) Check(o Outcome, exact bool) error {
	if s.Error != nil {
		if o.Err == nil {
			return fmt.Errorf("it succeeded; an error was expected:\n%s", strings.Join(s.Error, "\n"))
		}
		for _, line := range s.Error {
			if !strings.Contains(o.Err.Error(), line) {
				return fmt.Errorf("the error is\n%v\nexpected in it:\n%s", o.Err, line)
			}
		}
		return nil
	}
	if o.Err != nil {
		return o.Err
	}
	if s.Late != nil && o.Late != *s.Late {
		return fmt.Errorf("%d rows were counted as late, expected %d", o.Late, *s.Late)
	}
	for _, x := range s.Expect {
		if err := s.compare(x, o.Tables.Changes(x.Table), exact); err != nil {
			return err
		}
	}
	return nil
}

// Exact tells whether the changelog must come in the script's order: there is one task.
func (c Config) Exact() bool {
	for _, p := range c.Parallel {
		if p > 1 {
			return false
		}
	}
	return c.Parallelism <= 1
}

// Ways are the ways in which a script is run to be believed.
func Ways(s *Script) []Config {
	ways := []Config{{Parallelism: 1}}
	for _, rows := range []int{1, 3, 1024} {
		ways = append(ways, Config{Parallelism: 1, BatchRows: rows, Seed: uint64(rows)})
	}
	if s.Error != nil {
		return ways
	}
	for seed, p := range []int{3, 2} {
		ways = append(ways, Config{Parallelism: p, BatchRows: 3, Seed: uint64(seed)})
	}
	for seed, step := range []string{"begin", "letters", "log", "logged", "commit", "committed", "settle"} {
		ways = append(ways,
			Config{Parallelism: 1, BatchRows: 1, Seed: uint64(seed), KillAt: step, KillNth: 1},
			Config{Parallelism: 1, BatchRows: 1, Seed: uint64(seed), KillAt: step, KillNth: 1, Parallel: []int{3, 2, 1}})
	}
	if s.OneTask {
		ways = slices.DeleteFunc(ways, func(c Config) bool { return !c.Exact() })
	}
	return ways
}
