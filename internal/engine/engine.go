// Package engine puts the parts together: a script of Flink SQL is planned, and
// its pipelines run until their inputs end or they are told to stop.
//
//	Open        takes the data directory and its lock
//	Run         plans a script and runs it; may be called again, for one script after another
//	Close       gives the directory back
//
// What a script writes and promises is told in docs/MEANING.md.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"tidemark.dev/builtin/blackhole"
	"tidemark.dev/builtin/canal"
	"tidemark.dev/builtin/csv"
	"tidemark.dev/builtin/datagen"
	"tidemark.dev/builtin/debezium"
	"tidemark.dev/builtin/file"
	"tidemark.dev/builtin/functions"
	"tidemark.dev/builtin/json"
	"tidemark.dev/builtin/kafka"
	"tidemark.dev/builtin/maxwell"
	"tidemark.dev/builtin/nexmark"
	"tidemark.dev/builtin/ogg"
	"tidemark.dev/builtin/print"
	"tidemark.dev/builtin/raw"
	"tidemark.dev/builtin/shop"
	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/function"
	"tidemark.dev/internal/epoch"
	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/job"
	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Builtin returns registries of all that comes with Tidemark. Rows that print sinks
// write go to out.
func Builtin(out io.Writer) (*connector.Registry, *format.Registry, *function.Registry) {
	return BuiltinOn(vfs.Disk, out)
}

// BuiltinOn is Builtin over another file system.
func BuiltinOn(fsys vfs.FS, out io.Writer) (*connector.Registry, *format.Registry, *function.Registry) {
	if out == os.Stdout {
		return builtin(fsys, print.Connector)
	}
	return builtin(fsys, print.New(out, os.Stderr))
}

func builtin(fsys vfs.FS, printer *connector.Connector) (*connector.Registry, *format.Registry, *function.Registry) {
	var c connector.Registry
	for _, x := range []*connector.Connector{file.New(fsys), kafka.Connector, nexmark.Connector,
		datagen.Connector, shop.Connector, printer, blackhole.Connector} {
		c.Add(x)
	}
	var f format.Registry
	for _, x := range []*format.Format{&json.Format, &csv.Format, &raw.Format, &debezium.Format, &canal.Format, &maxwell.Format, &ogg.Format} {
		f.Add(x)
	}
	var fn function.Registry
	functions.Register(&fn)
	return &c, &f, &fn
}

// Options are how an engine is opened. The zero value is usable.
type Options struct {
	DataDir string    // default: ./tidemark-data; made when the first pipeline needs it
	Out     io.Writer // rows of print sinks and of SELECT; default: os.Stdout
	// Err gets warnings, the log, and the rows of print sinks with 'standard-error'; default:
	// os.Stderr. Out and Err may be written to at the same time.
	Err  io.Writer
	Log  *slog.Logger
	Warn func(string) // default: a line to Err
	// Connectors, Formats and Functions replace the built-in ones; all three or none.
	Connectors *connector.Registry
	Formats    *format.Registry
	Functions  *function.Registry
	// Show takes the rows of each SELECT in place of Out: columns and a batch of changes at a
	// time, from one goroutine at a time. The batch is the engine's: copy what is kept.
	Show func(columns []types.Field, b *vector.Batch) error
	// Set are SET keys that come before the script's own.
	Set map[string]string

	// World, FS and Cadence are those of a simulation; nil: of the process.
	World   job.World
	FS      vfs.FS
	Cadence *epoch.Cadence
}

// Engine runs scripts. Its methods are called from one goroutine, but for Stop and Progress.
type Engine struct {
	options Options
	planner *plan.Planner
	world   job.World
	close   func()
	memory  *memory.Account
	dir     *job.Directory

	mu      sync.Mutex
	running []*job.Pipeline
	stopped bool
	ended   []*job.Run // finished, and the caller may not have seen it yet
	out     sync.Mutex // held while rows are written to options.Out
}

// Open makes an engine. The data directory is opened by the first Run that needs it.
func Open(o Options) (*Engine, error) {
	if o.DataDir == "" {
		o.DataDir = "tidemark-data"
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(o.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if o.Warn == nil {
		o.Warn = func(s string) { fmt.Fprintln(o.Err, "warning: "+s) }
	}
	if o.FS == nil {
		o.FS = vfs.Disk
	}
	if o.Connectors == nil {
		if o.Out != os.Stdout {
			o.Out = &oneByOne{w: o.Out} // the printer writes beside the tasks, so that one who is slow holds up nobody else
		}
		o.Connectors, o.Formats, o.Functions = builtin(o.FS, print.Queued(o.Out, o.Err))
	}
	if os.Getenv("GOGC") == "" {
		// What lives on the Go heap is small (state does not), and garbage is batches: collect it
		// less often than the default, which would be at every few tens of megabytes.
		debug.SetGCPercent(400)
	}
	e := &Engine{options: o, world: o.World, close: func() {}, memory: memory.NewAccount("the process", memory.Available()*3/4, nil)}
	if e.world == nil {
		m := job.NewMachine(0)
		e.world, e.close = m, m.Close
	}
	e.planner = plan.New(plan.Registries{Connectors: o.Connectors, Formats: o.Formats, Functions: o.Functions}, expr.Literal)
	return e, nil
}

// oneByOne is a writer for several goroutines.
type oneByOne struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneByOne) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}

// Close gives the data directory back. No script may be running. A caller that closes
// has seen that its scripts are finished, and so has one that runs another: a process that is killed
// before that answers Run, when it is started again, without running anything twice.
func (e *Engine) Close() error {
	e.close()
	if e.dir != nil {
		return errors.Join(e.tell(), e.dir.Close())
	}
	return nil
}

func (e *Engine) untold(r *job.Run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = append(e.ended, r)
}

// tell notes that the caller has seen the end of the scripts that have ended.
func (e *Engine) tell() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.ended {
		if err := e.dir.SetTold(r); err != nil {
			return err
		}
	}
	e.ended = nil
	return nil
}

// Script is a planned script.
type Script struct {
	*plan.Script
	Name string // of the file, without directory and extension
}

// Plan binds a whole script: nothing is opened, read or written. A script that is wrong
// is a *plan.Errors with all that is wrong.
func (e *Engine) Plan(name, text string) (*Script, error) {
	base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	if base == "-" || base == "" {
		base = "stdin"
	}
	s, errs := e.planner.Script(name, text, plan.Options{DefaultName: base, Overrides: e.options.Set})
	if errs != nil {
		return nil, errs
	}
	return &Script{s, base}, nil
}

// Interrupted: the script was stopped before its bounded inputs ended; run it again to go on.
var Interrupted = errors.New("interrupted; the same command goes on from here")

// Summary is what a run has done.
type Summary struct {
	Pipelines []PipelineSummary
	Skipped   []string // finished in an earlier start of the run
}

// PipelineSummary is what one pipeline has done, all starts of the run together.
type PipelineSummary struct {
	Name     string
	Select   bool   // a query whose rows were shown
	Resumed  uint64 // epoch; 0: from the beginning
	Epoch    uint64
	Finished bool
	Elapsed  time.Duration
	Stages   []StageSummary
}

// StageSummary is an operator of a pipeline, all its tasks together.
type StageSummary struct {
	Operator string
	Role     string // "source", "sink" or ""
	flow.Counters
}

// Run runs a planned script to its end, or until Stop. fresh forgets what is unfinished.
// Errors of running are *RunError; Interrupted tells that a bounded script was stopped.
func (e *Engine) Run(ctx context.Context, s *Script, fresh bool) (*Summary, error) {
	r, err := e.Begin(s, fresh)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, e.Stop)
	defer stop()
	<-r.ended
	return r.End()
}

// Stop asks everything that runs for a final epoch; Run then returns. It may be called
// from any goroutine, and more than once.
func (e *Engine) Stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped = true
	for _, p := range e.running {
		p.Stop()
	}
}

func (e *Engine) isStopped() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stopped
}

// RunError is a failure of a pipeline.
type RunError struct {
	Pipeline string
	Err      error
}

func (r *RunError) Error() string { return "pipeline " + r.Pipeline + ": " + r.Err.Error() }

// Unwrap gives the cause.
func (r *RunError) Unwrap() error { return r.Err }

// show prints the rows of a SELECT as the print sink would, or hands them to Options.Show.
func (e *Engine) show(p *plan.Pipeline) func(*vector.Batch) error {
	fields := p.Sinks[0].Columns
	if f := e.options.Show; f != nil {
		return func(b *vector.Batch) error {
			e.out.Lock()
			defer e.out.Unlock()
			return f(fields, b)
		}
	}
	var buf []byte
	return func(b *vector.Batch) error {
		e.out.Lock() // one batch at a time: several tasks may have rows
		defer e.out.Unlock()
		buf = buf[:0]
		values := make([]types.Value, len(b.Cols))
		b.Rows(func(i int) {
			for k, c := range b.Cols {
				values[k] = c.Value(i)
			}
			buf = append(types.AppendRow(buf, b.KindOf(i).String(), values, fields), '\n')
		})
		_, err := e.options.Out.Write(buf)
		return err
	}
}

// Progress is the state of what runs, for a progress line.
func (e *Engine) Progress() []job.Progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []job.Progress
	for _, p := range e.running {
		list = append(list, p.Progress())
	}
	return list
}

// In is the number of rows that the pipeline's sources have read, Out what its sinks
// have written, Late what its operators have dropped as late.
func (p *PipelineSummary) In() int64 {
	return p.sum("source", func(c flow.Counters) int64 { return c.Out })
}

// Out is the number of rows that the pipeline's sinks have written.
func (p *PipelineSummary) Out() int64 {
	return p.sum("sink", func(c flow.Counters) int64 { return c.Out })
}

// Late is the number of rows that the pipeline's operators have dropped as late.
func (p *PipelineSummary) Late() int64 {
	return p.sum("", func(c flow.Counters) int64 { return c.Late })
}

func (p *PipelineSummary) sum(role string, f func(flow.Counters) int64) (n int64) {
	for _, s := range p.Stages {
		if role == "" || s.Role == role {
			n += f(s.Counters)
		}
	}
	return n
}

// Explain describes the physical plan of each pipeline of the script.
func (s *Script) Explain() []string {
	var texts []string
	for _, st := range s.Steps {
		switch x := st.(type) {
		case *plan.Run:
			texts = append(texts, plan.Explain(x.Pipeline))
		case *plan.Select:
			texts = append(texts, plan.Explain(x.Pipeline))
		}
	}
	return texts
}
