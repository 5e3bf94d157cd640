package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// tables is the world outside of a case: rows that sources read, rows that sinks were
// given. It outlives the engines that read and write it.
type tables struct {
	data  map[string][]change // by data-id, or else by table
	names map[string]string   // data-id of a table
	ways  dealing
	pad   bool

	// Held, if not nil, tells how many rows of a table may be read so far: the sources
	// then wait, unless Finite lets them end there.
	Held   map[string]int
	Finite bool

	mu        sync.Mutex
	sinks     map[string]*rows
	reading   map[string]bool // splits that may have rows to give, by pipeline, table and split
	pipelines map[string]bool // whose sources are open
	expected  int             // pipelines that will be
	idle      chan struct{}   // closed when no split has a row to give
}

// dealing tells how rows are shared out over splits.
type dealing struct {
	Splits int
	Slow   bool // the first split too
}

func newTables() *tables {
	return &tables{data: map[string][]change{}, names: map[string]string{}, sinks: map[string]*rows{}, ways: dealing{Splits: 1}}
}

// watch returns a channel that is closed when all splits of all pipelines have given what
// they may give; expect tells how many pipelines there are.
func (t *tables) watch() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading, t.pipelines, t.expected = map[string]bool{}, map[string]bool{}, 0
	t.idle = make(chan struct{})
	return t.idle
}

func (t *tables) expect(pipelines int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected = pipelines
}

// valuesOptions are those of Flink's test connector of the same name that the cases use;
// those that only steer its push-downs have no effect here.
var valuesOptions = func() []option.Option {
	var list []option.Option
	for _, name := range []string{"data-id", "changelog-mode", "sink-insert-only", "sink-changelog-mode-enforced",
		"readable-metadata", "writable-metadata", "bounded", "terminating", "failing-source", "filterable-fields",
		"enable-watermark-push-down", "disable-lookup", "async", "source.produces-delete-by-key",
		"sink.supports-delete-by-key", "runtime-source", "runtime-sink", "table-sink-class", "table-source-class",
		"lookup-function-class", "nested-projection-supported", "enable-projection-push-down", "partition-list",
		"sink-expected-messages-num", "register-table-source", "source.num-element-to-skip", "source.sleep-after-elements",
		"source.sleep-time", "sink.drop-late-event", "sink.bucket-count-required", "enable-aggregate-push-down",
		"dynamic-filtering-fields", "lookup.cache", "lookup.async", "start-lookup-threshold", "lookup.full-cache.reload-strategy",
		"value.source.timestamp", "enable-custom-shuffle", "parallelism", "sink.parallelism", "scan.parallelism",
		"data-id-upsert", "partition-by", "disable-lookup-join", "lookup.max-retries", "lookup.partial-cache.max-rows",
		"scan.watermark.emit.strategy", "scan.watermark.idle-timeout"} {
		list = append(list, option.Option{Name: name, Type: option.String})
	}
	return list
}()

// connector is the 'values' connector over these tables.
func (t *tables) connector(metadata []connector.Metadata) *connector.Connector {
	return &connector.Connector{
		Name:      "values",
		Summary:   "Reads the rows of a case, and collects what is written.",
		Options:   valuesOptions,
		Metadata:  metadata,
		NewSource: func(c *connector.Table) (connector.Source, error) { return t.source(c) },
		NewSink:   func(c *connector.Table) (connector.Sink, error) { return t.sink(c) },
	}
}

func kindSet(modes string) (connector.KindSet, error) {
	var set connector.KindSet
	for _, m := range strings.Split(modes, ",") {
		kind, ok := map[string]vector.Kind{"I": vector.Insert, "UB": vector.UpdateBefore, "UA": vector.UpdateAfter, "D": vector.Delete}[strings.TrimSpace(m)]
		if !ok {
			return 0, fmt.Errorf("changelog mode %q: expected I, UB, UA, D", modes)
		}
		set |= 1 << kind
	}
	return set, nil
}

// metadataKeys lists "key:TYPE,key:TYPE".
func metadataKeys(text string) (keys, kinds []string) {
	depth, from := 0, 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == ',' && depth == 0 {
			if key, kind, ok := strings.Cut(strings.TrimSpace(text[from:i]), ":"); ok {
				keys, kinds = append(keys, key), append(kinds, kind)
			}
			from = i + 1
			continue
		}
		switch text[i] {
		case '(', '<':
			depth++
		case ')', '>':
			depth--
		}
	}
	return keys, kinds
}

// event is a row of a source, read.
type event struct {
	kind   vector.Kind
	values []types.Value
}

func (t *tables) source(c *connector.Table) (connector.Source, error) {
	s := &source{tables: t, name: c.Name, kinds: connector.InsertOnly}
	if mode := c.Options.String("changelog-mode"); mode != "" {
		var err error
		if s.kinds, err = kindSet(mode); err != nil {
			return nil, err
		}
	}
	id := c.Options.String("data-id")
	if id == "" {
		id = c.Name
	}
	keys, kinds := metadataKeys(c.Options.String("readable-metadata"))
	given := append([]connector.Column(nil), c.Schema...)
	for i, k := range keys {
		mt, err := parseType(kinds[i])
		if err != nil {
			return nil, err
		}
		given = append(given, connector.Column{Name: k, Type: mt, Metadata: k})
	}
	var at []int
	for _, col := range c.Columns {
		i := slices.IndexFunc(given, func(g connector.Column) bool {
			return col.Metadata == g.Metadata && (g.Metadata != "" || g.Name == col.Name)
		})
		if i < 0 {
			return nil, fmt.Errorf("table %s has no column %s to read", c.Name, col.Name)
		}
		at = append(at, i)
	}
	for _, ch := range t.data[id] {
		e := event{kind: kindOf[ch.Kind]}
		for i, k := range at {
			var raw json.RawMessage
			if k < len(ch.Values) {
				raw = ch.Values[k]
			}
			v, err := valueOf(raw, c.Columns[i].Type, t.pad)
			if err != nil {
				return nil, fmt.Errorf("table %s, column %s: %w", c.Name, c.Columns[i].Name, err)
			}
			e.values = append(e.values, v)
		}
		s.events = append(s.events, e)
	}
	s.deal(t.ways, t.data[id], c.PrimaryKey)
	return s, nil
}

type source struct {
	tables   *tables
	name     string
	pipeline string
	kinds    connector.KindSet
	events   []event
	splits   [][]int // numbers of events
}

// deal shares the rows out: those of one key, or of one content if they can be taken
// back, stay together in their order; the first split gets about half of them.
func (s *source) deal(d dealing, data []change, key []int) {
	s.splits = make([][]int, max(d.Splits, 1))
	for i := range s.events {
		n := i * 2654435761 >> 4
		if s.kinds != connector.InsertOnly || len(key) > 0 {
			h := uint32(2166136261)
			for k, raw := range data[i].Values {
				if len(key) == 0 || slices.Contains(key, k) {
					for _, b := range raw {
						h = (h ^ uint32(b)) * 16777619
					}
				}
			}
			n = int(h >> 7)
		}
		split := 0
		if len(s.splits) > 1 && n%2 == 1 {
			split = 1 + (n/2)%(len(s.splits)-1)
		}
		s.splits[split] = append(s.splits[split], i)
	}
}

func (s *source) Bounded() bool            { return s.tables.Held == nil || s.tables.Finite }
func (s *source) Kinds() connector.KindSet { return s.kinds }
func (s *source) Open(_ context.Context, env connector.Env) error {
	s.pipeline = env.Pipeline
	t := s.tables
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle != nil {
		// All sources of a pipeline are opened before any is read.
		t.pipelines[env.Pipeline] = true
		for i := range s.splits {
			t.reading[s.splitName(i)] = true
		}
	}
	return nil
}

func (s *source) splitName(i int) string { return fmt.Sprintf("%s/%p/%d", s.pipeline, s, i) }

func (s *source) Close() error { return nil }
func (s *source) Splits(context.Context) ([]connector.Split, error) {
	var list []connector.Split
	for i := range s.splits {
		list = append(list, connector.Split{ID: fmt.Sprintf("split-%03d", i), Name: fmt.Sprintf("split %d", i)})
	}
	return list, nil
}

func (s *source) OpenSplit(_ context.Context, sp connector.Split, position []byte, env connector.Env) (connector.Reader, error) {
	var n int
	if _, err := fmt.Sscanf(sp.ID, "split-%d", &n); err != nil {
		return nil, err
	}
	r := &reader{source: s, split: n, wake: env.Wake}
	if position != nil {
		r.at = int(binary.LittleEndian.Uint64(position))
	}
	return r, nil
}

// reader reads one split. The higher its number, the slower: it gives fewer rows at a time,
// and lets others go first in between.
type reader struct {
	source *source
	split  int
	at     int
	turn   int
	wake   func()
}

func (r *reader) Read(b *vector.Batch, most int) (connector.Status, error) {
	t := r.source.tables
	if r.split > 0 || r.source.tables.ways.Slow {
		most = min(most, 2)
		if r.turn++; r.turn%(2*r.split+2) != 0 {
			r.wake()
			return connector.Waiting, nil
		}
	}
	mine := r.source.splits[r.split]
	end := len(mine)
	if t.Held != nil {
		held, ok := t.Held[r.source.name]
		for end = 0; ok && end < len(mine) && mine[end] < held; {
			end++
		}
		if !ok {
			end = len(mine)
		}
	}
	n := b.Len()
	for ; n < most && r.at < end; r.at++ {
		e := r.source.events[mine[r.at]]
		for i := range b.Cols {
			b.Cols[i].AppendValue(e.values[i])
		}
		if b.Kinds != nil {
			b.Kinds = append(b.Kinds, e.kind)
		}
		b.Pos = append(b.Pos, int64(mine[r.at]))
		n++
	}
	b.SetLen(n)
	if r.at < end {
		return connector.Ready, nil
	}
	if r.source.Bounded() {
		return connector.Ended, nil
	}
	if n > 0 {
		return connector.Ready, nil // and say so when these rows are on their way
	}
	t.nothingLeft(r)
	return connector.Waiting, nil
}

// nothingLeft notes that a reader has come to where it must wait.
func (t *tables) nothingLeft(r *reader) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle == nil {
		return
	}
	delete(t.reading, r.source.splitName(r.split))
	if len(t.reading) == 0 && len(t.pipelines) >= t.expected {
		select {
		case <-t.idle:
		default:
			close(t.idle)
		}
	}
}

func (r *reader) Position() []byte { return binary.LittleEndian.AppendUint64(nil, uint64(r.at)) }
func (r *reader) Close() error     { return nil }

// sink collects. Rows become visible with the commit of their epoch, as anywhere.
type sink struct {
	tables *tables
	table  *connector.Table
	order  []int // of the columns, as Flink's test sink has them
	out    *rows

	mu       sync.Mutex
	open     map[uint64][]row
	prepared map[uint64][]row
	last     uint64
}

// sinkStates are what sinks of a table have prepared, which must outlive an engine.
func (t *tables) sink(c *connector.Table) (connector.Sink, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &sink{tables: t, table: c, open: map[uint64][]row{}, prepared: map[uint64][]row{}}
	for i, col := range c.Columns {
		if col.Metadata == "" {
			s.order = append(s.order, i)
		}
	}
	keys, _ := metadataKeys(c.Options.String("writable-metadata"))
	for _, k := range keys {
		for i, col := range c.Columns {
			if col.Metadata == k {
				s.order = append(s.order, i)
			}
		}
	}
	for i, col := range c.Columns {
		if col.Metadata != "" && !slices.Contains(s.order, i) {
			s.order = append(s.order, i)
		}
	}
	if s.out = t.sinks[c.Name]; s.out == nil {
		s.out = &rows{}
		for _, i := range s.order {
			s.out.Columns = append(s.out.Columns, types.Field{Name: c.Columns[i].Name, Type: c.Columns[i].Type})
		}
		t.sinks[c.Name] = s.out
	}
	return s, nil
}

func (s *sink) Accepts(kinds connector.KindSet) connector.KindSet {
	o := s.table.Options
	if mode := o.String("sink-changelog-mode-enforced"); mode != "" {
		if set, err := kindSet(mode); err == nil {
			return set
		}
	}
	if o.String("sink-insert-only") == "true" {
		return connector.InsertOnly
	}
	if len(s.table.PrimaryKey) > 0 {
		return kinds &^ (1 << vector.UpdateBefore)
	}
	return kinds
}

func (s *sink) Guarantee() connector.Guarantee { return connector.Staged }

func (s *sink) Open(ctx context.Context, _ connector.Env, pending []connector.Ticket) error {
	for _, p := range pending {
		// What an earlier engine prepared it has committed too, for it was stopped and not killed.
		s.last = max(s.last, p.Epoch)
	}
	return nil
}

func (s *sink) OpenWriter(int, connector.Env) (connector.Writer, error) { return &writer{sink: s}, nil }

func (s *sink) Prepare(_ context.Context, epoch uint64, _ [][]byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepared[epoch] = s.open[epoch]
	delete(s.open, epoch)
	return nil, nil
}

func (s *sink) Commit(_ context.Context, t connector.Ticket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.Epoch <= s.last {
		return nil
	}
	s.tables.mu.Lock()
	s.out.Rows = append(s.out.Rows, s.prepared[t.Epoch]...)
	s.tables.mu.Unlock()
	s.last = t.Epoch
	delete(s.prepared, t.Epoch)
	return nil
}

func (s *sink) Close() error { return nil }

type writer struct {
	sink *sink
	rows []row
}

func (w *writer) Write(b *vector.Batch) (connector.Status, error) {
	b.Rows(func(i int) {
		values := make([]types.Value, len(w.sink.order))
		for k, c := range w.sink.order {
			values[k] = b.Cols[c].Value(i)
		}
		w.rows = append(w.rows, row{b.KindOf(i), values})
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
