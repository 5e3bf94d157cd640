package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sort"
	"strings"
	"time"

	"tidemark.dev"
	"tidemark.dev/connector"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// job is a script and the world it runs in.
type job struct {
	text   string
	tables *tables
	// set are the session's settings, as SET statements before the script would give them.
	set      map[string]string
	metadata []connector.Metadata
	way      way
}

// way is how a script is run: zero is straight.
type way struct {
	Batch       int
	Parallelism int
	Together    bool // rows of a table stay in one split
}

func (w way) straight() bool { return w == way{} }

// outcome is what came of a run.
type outcome struct {
	Selects []*rows // of each SELECT, in order
	Late    int64
	// Refused and Failed are the engine's own words: while planning, and while running.
	Refused, Failed error
}

func (o *outcome) err() error {
	if o.Refused != nil {
		return o.Refused
	}
	return o.Failed
}

// begun is an engine with a planned script.
type begun struct {
	engine *tidemark.Engine
	job    *job
	out    *outcome
	run    func(context.Context) (*tidemark.Summary, error)
	plans  int // pipelines that write to tables
}

// plan opens an engine on a data directory and plans the script, as tidemark run does.
func (j *job) plan(dir string) (*begun, error) {
	c, f, fn := tidemark.Builtin(io.Discard)
	c.Add(j.tables.connector(j.metadata))
	b := &begun{job: j, out: &outcome{}}
	b.out.Selects = nil
	var current *rows
	columns := map[*types.Field]*rows{}
	o := tidemark.Options{DataDir: dir, Out: io.Discard, Connectors: c, Formats: f, Functions: fn, Set: map[string]string{
		"tidemark.bad-records": "fail", "parallelism.default": "1", "table.local-time-zone": "UTC"},
		Warn: func(string) {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Show: func(fields []types.Field, batch *vector.Batch) error {
			// A SELECT's columns are one slice for all its batches.
			if len(fields) > 0 {
				if current = columns[&fields[0]]; current == nil {
					return fmt.Errorf("rows of a SELECT that is not in the plan")
				}
			}
			batch.Rows(func(i int) {
				values := make([]types.Value, len(batch.Cols))
				for k, col := range batch.Cols {
					values[k] = col.Value(i)
				}
				current.Rows = append(current.Rows, row{batch.KindOf(i), values})
			})
			return nil
		}}
	if j.way.Parallelism > 0 {
		o.Set["parallelism.default"] = fmt.Sprint(j.way.Parallelism)
	}
	if j.way.Batch > 0 {
		o.Set["tidemark.batch.rows"] = fmt.Sprint(j.way.Batch)
	}
	for k, v := range j.set {
		o.Set[k] = v
	}
	var err error
	if b.engine, err = tidemark.Open(o); err != nil {
		return nil, err
	}
	script, err := b.engine.Plan("case.sql", j.text)
	if err != nil {
		b.out.Refused = err
		return b, nil
	}
	for _, st := range script.Steps {
		switch x := st.(type) {
		case *plan.Select:
			r := &rows{Columns: x.Columns, Loose: !j.way.straight()}
			b.out.Selects = append(b.out.Selects, r)
			if fields := x.Pipeline.Sinks[0].Columns; len(fields) > 0 {
				columns[&fields[0]] = r
			}
		case *plan.Run:
			b.plans++
		}
	}
	b.run = func(ctx context.Context) (*tidemark.Summary, error) { return b.engine.Run(ctx, script, false) }
	return b, nil
}

// run runs the script to its end.
func (j *job) run() *outcome {
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return &outcome{Failed: err}
	}
	defer os.RemoveAll(dir)
	b, err := j.plan(dir)
	if err != nil {
		return &outcome{Failed: err}
	}
	defer b.engine.Close()
	if b.out.Refused == nil {
		b.finish(b.run(context.Background()))
	}
	return b.out
}

func (b *begun) finish(s *tidemark.Summary, err error) {
	if s != nil {
		for i := range s.Pipelines {
			b.out.Late += s.Pipelines[i].Late()
		}
	}
	if err != nil && !errors.Is(err, tidemark.Interrupted) {
		b.out.Failed = err
	}
}

// quiet is how long a pipeline whose sources have nothing more to give may take to say so.
const quiet = 3 * time.Second

// runUntilStopped runs the script until its sources have given the rows that they may
// give now, and stops it with a final epoch.
func (j *job) runUntilStopped(dir string) *outcome {
	idle := j.tables.watch()
	b, err := j.plan(dir)
	if err != nil {
		return &outcome{Failed: err}
	}
	defer b.engine.Close()
	if b.out.Refused != nil {
		return b.out
	}
	j.tables.expect(b.plans)
	stopped := make(chan struct{})
	go func() {
		select {
		case <-idle:
		case <-stopped:
			return
		case <-time.After(quiet): // a pipeline without sources never says that it is idle
		}
		b.engine.Stop()
	}()
	b.finish(b.run(context.Background()))
	close(stopped)
	return b.out
}

// settings writes SET statements, for messages.
func settings(set map[string]string) string {
	var keys []string
	for k := range set {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "SET '%s' = '%s';\n", k, set[k])
	}
	return b.String()
}

// planOnly plans the script and runs nothing.
func (j *job) planOnly() *outcome {
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return &outcome{Failed: err}
	}
	defer os.RemoveAll(dir)
	b, err := j.plan(dir)
	if err != nil {
		return &outcome{Failed: err}
	}
	defer b.engine.Close()
	return b.out
}
