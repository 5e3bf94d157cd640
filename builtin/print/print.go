// Package print is the 'print' connector: a sink that writes each change as a line to
// the terminal, at once.
package print

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Connector prints to the process's standard output or standard error. Nobody waits
// for a terminal: lines go through a buffer, and when that is full the table pushes back.
var Connector = Queued(os.Stdout, os.Stderr)

// Queued is Connector on other writers.
func Queued(out, err io.Writer) *connector.Connector { return create(newQueue(out), newQueue(err)) }

// New returns the connector on other writers. It writes to them from within Write, as
// a simulation wants it.
func New(out, err io.Writer) *connector.Connector {
	return create(&direct{w: out}, &direct{w: err})
}

func create(out, err output) *connector.Connector {
	return &connector.Connector{
		Name:    "print",
		Summary: "Prints each change as a line, such as +I[a, 1], to standard output.",
		Example: `CREATE TABLE shown (
  name STRING,
  n BIGINT
) WITH (
  'connector' = 'print',
  'print-identifier' = 'counts'
)`,
		Options: []option.Option{
			{Name: "print-identifier", Summary: "Is written before each line, with '> ' after it."},
			{Name: "standard-error", Type: option.Bool, Default: "false", Summary: "Prints to standard error instead."},
		},
		NewSink: func(t *connector.Table) (connector.Sink, error) {
			s := &sink{table: t, out: out}
			if t.Options.Bool("standard-error") {
				s.out = err
			}
			if t.Options.Given("print-identifier") {
				s.prefix = t.Options.String("print-identifier")
			}
			if s.prefix != "" {
				s.prefix += "> "
			}
			return s, nil
		},
	}
}

// sink has nothing to commit: a crash may print the rows of an epoch again, and loses
// none, since Flush waits until all were written.
type sink struct {
	table  *connector.Table
	prefix string
	out    output
}

func (s *sink) Accepts(kinds connector.KindSet) connector.KindSet { return kinds }
func (s *sink) Guarantee() connector.Guarantee                    { return connector.Repeats }

func (s *sink) Open(context.Context, connector.Env, []connector.Ticket) error { return nil }

func (s *sink) OpenWriter(task int, env connector.Env) (connector.Writer, error) {
	return &writer{sink: s, wake: env.Wake}, nil
}

func (s *sink) Prepare(context.Context, uint64, [][]byte) ([]byte, error) { return nil, nil }
func (s *sink) Commit(context.Context, connector.Ticket) error            { return nil }
func (s *sink) Close() error                                              { return nil }

type writer struct {
	sink  *sink
	wake  func()
	lines []byte
	cells []cell
}

// Write prints the rows, all or (Waiting) none.
func (w *writer) Write(b *vector.Batch) (connector.Status, error) {
	if ready, err := w.sink.out.room(w.wake); err != nil || !ready {
		return connector.Waiting, w.fail(err)
	}
	w.cells = w.cells[:0]
	for _, col := range b.Cols {
		w.cells = append(w.cells, cellOf(col))
	}
	lines := w.lines[:0]
	b.Rows(func(row int) {
		lines = append(lines, w.sink.prefix...)
		lines = append(lines, b.KindOf(row).String()...)
		lines = append(lines, '[')
		for i, c := range w.cells {
			if i > 0 {
				lines = append(lines, ", "...)
			}
			lines = c(lines, row)
		}
		lines = append(lines, "]\n"...)
	})
	w.lines = lines
	return connector.Ready, w.fail(w.sink.out.write(lines))
}

func (w *writer) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("table %s: %w", w.sink.table.Name, err)
}

// Flush waits until the lines left the process: then the epoch cannot lose them.
func (w *writer) Flush(epoch uint64, final bool) ([]byte, connector.Status, error) {
	done, err := w.sink.out.drained(w.wake)
	if err != nil {
		return nil, connector.Ready, w.fail(err)
	}
	if !done {
		return nil, connector.Waiting, nil
	}
	return nil, connector.Ready, nil
}

func (w *writer) Close() error { return nil }

// cell appends the text of one column's value in a row. What it does is decided once
// a batch.
type cell func(dst []byte, row int) []byte

func cellOf(v *vector.Vector) cell {
	if v.Encoding() == vector.Flat && !v.HasNulls() {
		switch {
		case v.Type.Kind == types.BigInt:
			x := v.Int64s()
			return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, x[row], 10) }
		case v.Type.IsText():
			return func(dst []byte, row int) []byte { return append(dst, v.Bytes(row)...) }
		}
	}
	return func(dst []byte, row int) []byte { return types.AppendText(dst, v.Value(row), v.Type) }
}
