// Package blackhole is the 'blackhole' connector: a sink that keeps nothing but a count
// and a checksum of what it was given.
package blackhole

import (
	"context"
	"sync"

	"tidemark.dev/connector"
	"tidemark.dev/vector"
)

// Connector takes any rows.
var Connector = &connector.Connector{
	Name:    "blackhole",
	Summary: "Takes every change and drops it, after counting it and adding it to a checksum.",
	Example: `CREATE TABLE nothing (
  name STRING,
  n BIGINT
) WITH (
  'connector' = 'blackhole'
)`,
	NewSink: func(t *connector.Table) (connector.Sink, error) { return &sink{name: t.Name}, nil },
}

// Total is what a table was given.
type Total struct {
	Inserted, Retracted int64 // changes +I and +U, and -U and -D
	// Checksum is the sum of the hashes (Hash) of all rows inserted less those of all
	// rows retracted, modulo 2^64: two changelogs in any order that fold to the same
	// rows have the same.
	Checksum uint64
}

// Add adds the selected rows of b. hashes is memory to be used again, and is returned.
func (t *Total) Add(b *vector.Batch, hashes []uint64) []uint64 {
	hashes = Hash(b, hashes)
	if b.Kinds == nil {
		for _, h := range hashes {
			t.Checksum += h
		}
		t.Inserted += int64(len(hashes))
		return hashes
	}
	for i, h := range hashes {
		row := i
		if b.Sel != nil {
			row = int(b.Sel[i])
		}
		if b.Kinds[row].Retracts() {
			t.Checksum -= h
			t.Retracted++
		} else {
			t.Checksum += h
			t.Inserted++
		}
	}
	return hashes
}

var totals struct {
	sync.Mutex
	of map[[2]string]*Total
}

// Of returns what a pipeline's table was given in this process since its sink was
// opened last. Rows of an epoch that was done twice count twice.
func Of(pipeline, table string) Total {
	totals.Lock()
	defer totals.Unlock()
	if t := totals.of[[2]string{pipeline, table}]; t != nil {
		return *t
	}
	return Total{}
}

// sink is one opening of a table.
type sink struct {
	name  string
	total *Total
}

func (s *sink) Accepts(kinds connector.KindSet) connector.KindSet { return kinds }
func (s *sink) Guarantee() connector.Guarantee                    { return connector.Repeats }

func (s *sink) Open(_ context.Context, env connector.Env, _ []connector.Ticket) error {
	totals.Lock()
	defer totals.Unlock()
	if totals.of == nil {
		totals.of = map[[2]string]*Total{}
	}
	s.total = &Total{}
	totals.of[[2]string{env.Pipeline, s.name}] = s.total
	return nil
}

func (s *sink) OpenWriter(int, connector.Env) (connector.Writer, error) { return &writer{sink: s}, nil }

func (s *sink) Prepare(context.Context, uint64, [][]byte) ([]byte, error) { return nil, nil }
func (s *sink) Commit(context.Context, connector.Ticket) error            { return nil }
func (s *sink) Close() error                                              { return nil }

type writer struct {
	sink   *sink
	hashes []uint64
}

func (w *writer) Write(b *vector.Batch) (connector.Status, error) {
	var t Total
	w.hashes = t.Add(b, w.hashes)
	totals.Lock()
	w.sink.total.Inserted += t.Inserted
	w.sink.total.Retracted += t.Retracted
	w.sink.total.Checksum += t.Checksum
	totals.Unlock()
	return connector.Ready, nil
}

func (w *writer) Flush(uint64, bool) ([]byte, connector.Status, error) {
	return nil, connector.Ready, nil
}

func (w *writer) Close() error { return nil }
