package enginetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Event is one row of a table's input.
type Event struct {
	Kind   vector.Kind
	Split  int
	Values []types.Value // of all physical columns, in order
}

// Tables are the tables of one script: what its sources read, and what its sinks were
// given. They outlive the engine that reads and writes them, as the outside world does, so that a
// script can be run on after a kill.
type Tables struct {
	mu     sync.Mutex
	inputs map[string]*input
	sinks  map[string]*Collected
	// Live makes sources unbounded: they wait at their end.
	Live bool
}

type input struct {
	events []Event
	splits int
	kinds  connector.KindSet
	turn   map[int]int // by opening: see reader
}

// NewTables returns tables without rows.
func NewTables() *Tables {
	return &Tables{inputs: map[string]*input{}, sinks: map[string]*Collected{}}
}

// Feed sets what a table's source reads, in order of arrival.
func (t *Tables) Feed(table string, events []Event) {
	in := &input{events: events, splits: 1, kinds: connector.InsertOnly}
	for _, e := range events {
		in.splits = max(in.splits, e.Split+1)
		if e.Kind != vector.Insert {
			in.kinds = connector.AllKinds
		}
	}
	t.inputs[table] = in
}

// Changes is what a table's sink was given and has committed, as lines of Row.toString.
func (t *Tables) Changes(table string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.sinks[table]; c != nil {
		return append([]string(nil), c.Committed...)
	}
	return nil
}

// Connector is the 'script' connector over these tables.
func (t *Tables) Connector() *connector.Connector {
	return &connector.Connector{
		Name:      "script",
		Summary:   "Reads the rows of a test script, and collects what is written.",
		NewSource: func(c *connector.Table) (connector.Source, error) { return t.source(c) },
		NewSink:   func(c *connector.Table) (connector.Sink, error) { return t.sink(c), nil },
	}
}

func (t *Tables) source(c *connector.Table) (connector.Source, error) {
	in := t.inputs[c.Name]
	if in == nil {
		in = &input{splits: 1, kinds: connector.InsertOnly}
	}
	s := &source{tables: t, input: in}
	for _, col := range c.Columns {
		at := -1
		for i, p := range c.Schema {
			if p.Name == col.Name {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("table %s has no column %s to read", c.Name, col.Name)
		}
		s.columns = append(s.columns, at)
	}
	return s, nil
}

type source struct {
	tables  *Tables
	input   *input
	columns []int

	mu    sync.Mutex
	at    []int // next event of each split
	open  []bool
	wakes []func()
}

func (s *source) Bounded() bool            { return !s.tables.Live }
func (s *source) Kinds() connector.KindSet { return s.input.kinds }
func (s *source) Open(context.Context, connector.Env) error {
	s.at, s.open = make([]int, s.input.splits), make([]bool, s.input.splits)
	for i := range s.at {
		s.at[i] = s.find(i, 0)
	}
	return nil
}

// find is the first event of a split from place on.
func (s *source) find(split, from int) int {
	for from < len(s.input.events) && s.input.events[from].Split != split {
		from++
	}
	return from
}

func (s *source) Splits(context.Context) ([]connector.Split, error) {
	var list []connector.Split
	for i := range s.input.splits {
		list = append(list, connector.Split{ID: fmt.Sprintf("split-%03d", i), Name: fmt.Sprintf("split %d", i)})
	}
	return list, nil
}

func (s *source) OpenSplit(_ context.Context, sp connector.Split, position []byte, env connector.Env) (connector.Reader, error) {
	var n int
	if _, err := fmt.Sscanf(sp.ID, "split-%d", &n); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if position != nil {
		s.at[n] = s.find(n, int(binary.LittleEndian.Uint64(position)))
	}
	s.open[n] = true
	s.wakes = append(s.wakes, env.Wake)
	return &reader{source: s, split: n}, nil
}

func (s *source) Close() error { return nil }

// reader reads one split. Splits take turns in the order in which the rows arrive.
type reader struct {
	source *source
	split  int
}

func (r *reader) Read(b *vector.Batch, most int) (connector.Status, error) {
	s := r.source
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.input.events
	n := b.Len()
	for n < most && s.at[r.split] < len(events) {
		at := s.at[r.split]
		for other, next := range s.at {
			if next < at && s.open[other] {
				b.SetLen(n)
				return connector.Waiting, nil
			}
		}
		e := events[at]
		for i, c := range s.columns {
			b.Cols[i].AppendValue(e.Values[c])
		}
		if b.Kinds != nil {
			b.Kinds = append(b.Kinds, e.Kind)
		}
		b.Pos = append(b.Pos, int64(at))
		n++
		s.at[r.split] = s.find(r.split, at+1)
	}
	b.SetLen(n)
	for _, wake := range s.wakes {
		wake()
	}
	if s.at[r.split] == len(events) {
		if s.tables.Live {
			return connector.Waiting, nil
		}
		return connector.Ended, nil
	}
	return connector.Ready, nil
}

func (r *reader) Position() []byte {
	r.source.mu.Lock()
	defer r.source.mu.Unlock()
	return binary.LittleEndian.AppendUint64(nil, uint64(r.source.at[r.split]))
}

func (r *reader) Close() error { return nil }

// Collected is the outside world of one sink: rows that were committed, and those of
// epochs that were prepared and are neither committed nor rolled back.
type Collected struct {
	Committed []string
	places    map[string]*place // by the sink's directory: a statement set may write a table more than once
}

// place is where one sink of a table has come to.
type place struct {
	prepared map[uint64][]string
	last     uint64 // newest epoch committed
}

type sink struct {
	tables *Tables
	table  *connector.Table
	out    *Collected
	at     *place
	mu     sync.Mutex
	open   map[uint64][]string // rows of the epoch that ends with this barrier
}

func (t *Tables) sink(c *connector.Table) *sink {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.sinks[c.Name]
	if out == nil {
		out = &Collected{places: map[string]*place{}}
		t.sinks[c.Name] = out
	}
	return &sink{tables: t, table: c, out: out, open: map[uint64][]string{}}
}

func (s *sink) Accepts(kinds connector.KindSet) connector.KindSet { return kinds }
func (s *sink) Guarantee() connector.Guarantee                    { return connector.Staged }

func (s *sink) Open(ctx context.Context, env connector.Env, pending []connector.Ticket) error {
	s.tables.mu.Lock()
	if s.at = s.out.places[env.Directory]; s.at == nil {
		s.at = &place{}
		s.out.places[env.Directory] = s.at
	}
	s.tables.mu.Unlock()
	for _, p := range pending {
		if err := s.Commit(ctx, p); err != nil {
			return err
		}
	}
	s.at.prepared = map[uint64][]string{}
	s.open = map[uint64][]string{}
	return nil
}

func (s *sink) OpenWriter(int, connector.Env) (connector.Writer, error) { return &writer{sink: s}, nil }

func (s *sink) Prepare(_ context.Context, epoch uint64, _ [][]byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	s.at.prepared[epoch] = s.open[epoch]
	delete(s.open, epoch)
	return nil, nil
}

func (s *sink) Commit(_ context.Context, t connector.Ticket) error {
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	if t.Epoch <= s.at.last {
		return nil
	}
	rows, ok := s.at.prepared[t.Epoch]
	if !ok {
		return fmt.Errorf("table %s: epoch %d is committed, and was never prepared", s.table.Name, t.Epoch)
	}
	s.out.Committed = append(s.out.Committed, rows...)
	s.at.last = t.Epoch
	delete(s.at.prepared, t.Epoch)
	return nil
}

func (s *sink) Close() error { return nil }

type writer struct {
	sink *sink
	rows []string
}

func (w *writer) Write(b *vector.Batch) (connector.Status, error) {
	fields := make([]types.Field, len(b.Cols))
	for i, c := range w.sink.table.Columns {
		fields[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	b.Rows(func(i int) {
		values := make([]types.Value, len(b.Cols))
		for k, c := range b.Cols {
			values[k] = c.Value(i)
		}
		w.rows = append(w.rows, string(types.AppendRow(nil, b.KindOf(i).String(), values, fields)))
	})
	return connector.Ready, nil
}

func (w *writer) Flush(epoch uint64, _ bool) ([]byte, connector.Status, error) {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	w.sink.open[epoch] = append(w.sink.open[epoch], w.rows...)
	w.rows = nil
	return nil, connector.Ready, nil
}

func (w *writer) Close() error { return nil }
