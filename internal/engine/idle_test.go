package engine_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tidemark.dev/builtin/file"
	"tidemark.dev/builtin/json"
	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/function"
	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/epoch"
	"tidemark.dev/internal/job"
	"tidemark.dev/internal/sim"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/vector"
)

// drip is a source of three rows and no end: after them there is nothing for ever.
type drip struct {
	read bool
	env  connector.Env
}

func (d *drip) connector() *connector.Connector {
	return &connector.Connector{Name: "drip", NewSource: func(*connector.Table) (connector.Source, error) { return d, nil }}
}
func (d *drip) Bounded() bool            { return false }
func (d *drip) Kinds() connector.KindSet { return connector.InsertOnly }
func (d *drip) Open(_ context.Context, env connector.Env) error {
	d.env = env
	return nil
}
func (d *drip) Close() error     { return nil }
func (d *drip) Position() []byte { return []byte{1} }
func (d *drip) Splits(context.Context) ([]connector.Split, error) {
	return []connector.Split{{ID: "d", Name: "drip"}}, nil
}
func (d *drip) OpenSplit(_ context.Context, _ connector.Split, at []byte, _ connector.Env) (connector.Reader, error) {
	d.read = at != nil
	return d, nil
}
func (d *drip) Read(b *vector.Batch, max int) (connector.Status, error) {
	if !d.read {
		d.read = true
		for i := range int64(3) {
			b.Cols[0].AppendInt64(i)
			b.Pos = append(b.Pos, i)
		}
		b.SetLen(3)
	}
	return connector.Waiting, nil
}

// TestIdlePipeline runs a pipeline whose rows have stopped, in virtual time: a part file
// becomes visible when its interval is over, and otherwise no epoch is made.
func TestIdlePipeline(t *testing.T) {
	for _, c := range []struct {
		name, options string
		hours         int
		files         int
		most          uint64 // epochs
	}{
		{"an hour open", "'sink.rolling-policy.rollover-interval' = '1 h'", 2, 1, 2},
		{"an hour without a row", "'sink.rolling-policy.inactivity-interval' = '1 h'", 2, 1, 2},
		{"not yet", "'sink.rolling-policy.rollover-interval' = '5 h', 'sink.rolling-policy.inactivity-interval' = '5 h'", 2, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			const start = 1_700_000_000_000_000
			world, disk := sim.NewWorld(1, start), vfs.NewFaulty(1)
			clock := func() time.Time { return time.UnixMicro(world.Now()).UTC() }
			disk.SetClock(clock)
			var connectors connector.Registry
			connectors.Add(file.NewWithClock(disk, clock))
			source := &drip{}
			connectors.Add(source.connector())
			var formats format.Registry
			formats.Add(&json.Format)
			e, err := engine.Open(engine.Options{World: world, FS: disk, DataDir: "/data", Out: io.Discard, Connectors: &connectors, Formats: &formats,
				Functions: &function.Registry{}, Warn: func(w string) { t.Error(w) }, Cadence: &epoch.Adaptive})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			script, err := e.Plan("idle.sql", fmt.Sprintf(`
				CREATE TABLE drip (n BIGINT) WITH ('connector' = 'drip');
				CREATE TABLE lines (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '/out', 'format' = 'json', %s);
				INSERT INTO lines SELECT n FROM drip;`, c.options))
			if err != nil {
				t.Fatal(err)
			}
			run, err := e.Begin(script, false)
			if err != nil {
				t.Fatal(err)
			}
			until := start + int64(c.hours)*time.Hour.Microseconds()
			if _, err := world.Run(func() bool { return run.Done() || world.Now() >= until }, 1_000_000); err != nil {
				t.Fatal(err)
			}
			var progress job.Progress
			for _, progress = range e.Progress() {
			}
			infos, err := disk.List("/out")
			if err != nil {
				t.Fatal(err)
			}
			files := 0
			for _, f := range infos {
				if strings.HasPrefix(f.Name, "part-") {
					files++
				}
			}
			if files != c.files || progress.Epoch > c.most || progress.Epoch == 0 {
				t.Errorf("after %d hours %d files are visible and %d epochs were made; want %d, and at most %d", c.hours, files, progress.Epoch, c.files, c.most)
			}
			if source.env.Disk != vfs.FS(disk) {
				t.Error("a connector is given another disk than the engine's")
			}
			e.Stop()
			if _, err := world.Run(run.Done, 100_000); err != nil {
				t.Fatal(err)
			}
			if _, err := run.End(); err != nil {
				t.Error(err)
			}
		})
	}
}
