// Package tidemark is the engine as a library: a script of Flink SQL is planned, and
// its pipelines run until their inputs end or they are told to stop.
//
//	engine, err := tidemark.Open(tidemark.Options{DataDir: "data"})
//	script, err := engine.Plan("clicks.sql", text)
//	summary, err := engine.Run(ctx, script, false)
//	engine.Close()
//
// What a script writes and promises is told in docs/MEANING.md.
package tidemark

import (
	"io"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/function"
	"tidemark.dev/internal/engine"
)

// Engine runs scripts. Its methods are called from one goroutine, but for Stop and
// Progress, which any may call.
type Engine = engine.Engine

// Options are how an engine is opened; the zero value is usable.
type Options = engine.Options

// Summary is what a run has done.
type Summary = engine.Summary

// RunError is a failure of a pipeline.
type RunError = engine.RunError

// Interrupted: the script was stopped before its bounded inputs ended; run again, it
// goes on.
var Interrupted = engine.Interrupted

// Open makes an engine. The data directory is opened, and locked, by the first Run that
// needs it.
func Open(o Options) (*Engine, error) { return engine.Open(o) }

// Builtin returns registries of all that comes with Tidemark, for a program that adds
// plug-ins of its own to them. Rows that print sinks write go to out.
func Builtin(out io.Writer) (*connector.Registry, *format.Registry, *function.Registry) {
	return engine.Builtin(out)
}
