package kafka

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// patience is how long a test waits for what must happen before it gives up.
const patience = 30 * time.Second

// run is the run of the pipeline under test.
var run = "r1"

// broker is a cluster under test and a client of the test's own.
type broker struct {
	t     *testing.T
	addr  string
	dir   string // of a real one
	kafka *kgo.Client
	admin *kadm.Client
}

func connectTo(t *testing.T, addr string) *broker {
	t.Helper()
	k, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	check(t, err)
	t.Cleanup(k.Close)
	return &broker{t: t, addr: addr, kafka: k, admin: kadm.NewClient(k)}
}

func (b *broker) topic(name string, partitions int32) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	_, err := b.admin.CreateTopic(b.t.Context(), partitions, 1, nil, name)
	for errors.Is(err, kerr.TopicAlreadyExists) && time.Now().Before(deadline) { // it is being deleted
		_, err = b.admin.CreateTopic(b.t.Context(), partitions, 1, nil, name)
	}
	check(b.t, err)
	for ready := false; !ready; { // a broker answers before it hosts what it made
		ends, err := b.admin.ListEndOffsets(b.t.Context(), name)
		ready = err == nil && ends.Error() == nil && len(ends[name]) == int(partitions)
		if !ready && !time.Now().Before(deadline) {
			b.t.Fatalf("topic %s was made and does not come: %v %v", name, err, ends.Error())
		}
	}
}

// put writes values to a partition, in order.
func (b *broker) put(topic string, partition int32, values ...string) {
	b.t.Helper()
	for _, v := range values {
		check(b.t, b.kafka.ProduceSync(b.t.Context(), &kgo.Record{Topic: topic, Partition: partition, Value: []byte(v)}).FirstErr())
	}
}

// putTx writes values to a partition in one transaction and ends it, or leaves it open if
// end is nil. The client stays open until the test ends.
func (b *broker) putTx(id, topic string, partition int32, end *bool, values ...string) *kgo.Client {
	b.t.Helper()
	k, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	check(b.t, err)
	b.t.Cleanup(k.Close)
	check(b.t, k.BeginTransaction())
	for _, v := range values {
		check(b.t, k.ProduceSync(b.t.Context(), &kgo.Record{Topic: topic, Partition: partition, Value: []byte(v)}).FirstErr())
	}
	if end != nil {
		check(b.t, k.EndTransaction(b.t.Context(), kgo.TransactionEndTry(*end)))
	}
	return k
}

// committed reads what a read_committed reader sees of a topic now.
func (b *broker) committed(topic string) []string { return b.read(topic, kgo.ReadCommitted()) }

// expect waits until a read_committed reader sees just these values: a coordinator
// answers before the marks are in all partitions.
func (b *broker) expect(topic string, want ...string) {
	b.t.Helper()
	eventually(b.t, func() error {
		if got := b.committed(topic); strings.Join(got, " ") != strings.Join(want, " ") {
			return fmt.Errorf("a committed reader sees %q, not %q", got, want)
		}
		return nil
	})
}

// eventually tries until it works.
func eventually(t testing.TB, try func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

func (b *broker) read(topic string, level kgo.IsolationLevel) []string {
	b.t.Helper()
	ends, err := b.admin.ListEndOffsets(b.t.Context(), topic)
	if level == kgo.ReadCommitted() {
		ends, err = b.admin.ListCommittedOffsets(b.t.Context(), topic)
	}
	check(b.t, err)
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	k, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(level),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords(), kgo.FetchMaxWait(50*time.Millisecond))
	check(b.t, err)
	defer k.Close()
	var values []string
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	// A read_committed end may be an aborted record that never comes: a marker written behind it would.
	for len(left) > 0 {
		fetches := k.PollFetches(ctx)
		check(b.t, ctx.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				values = append(values, string(r.Value))
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	sort.Strings(values)
	return values
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// env is an engine's side of a source or sink.
type env struct {
	connector.Env
	wake     chan struct{}
	mu       sync.Mutex
	warnings []string
	failed   error
	charged  int64
}

func newEnv() *env {
	e := &env{wake: make(chan struct{}, 1)}
	e.Env = connector.Env{
		Pipeline: "p", Run: run,
		Wake: func() {
			select {
			case e.wake <- struct{}{}:
			default:
			}
		},
		Fail: func(err error) { e.mu.Lock(); e.failed = err; e.mu.Unlock(); e.Wake() },
		Warn: func(m string) { e.mu.Lock(); e.warnings = append(e.warnings, m); e.mu.Unlock() },
		Charge: func(n int64) bool {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.charged += n
			return true
		},
	}
	return e
}

func (e *env) warned() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.warnings, "\n")
}

// await waits for a wake-up.
func (e *env) await(t testing.TB) {
	t.Helper()
	select {
	case <-e.wake:
	case <-time.After(patience):
		t.Fatal("nobody woke the task")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	check(t, e.failed)
}

// columnsOf makes columns of texts such as "id INT" and "at timestamp META".
func columnsOf(names ...string) []connector.Column {
	var out []connector.Column
	for _, n := range names {
		name, kind, _ := strings.Cut(n, " ")
		switch kind {
		case "", "STRING":
			out = append(out, connector.Column{Name: name, Type: types.TString})
		case "BIGINT":
			out = append(out, connector.Column{Name: name, Type: types.TBigInt})
		case "META":
			for _, m := range metadata {
				if m.Key == name {
					out = append(out, connector.Column{Name: name, Type: m.Type, Metadata: name})
				}
			}
		default:
			panic(n)
		}
	}
	return out
}

// tableOf declares a table over b with options "key=value".
func tableOf(t testing.TB, b *broker, columns []connector.Column, options ...string) *connector.Table {
	t.Helper()
	given := map[string]string{"properties.bootstrap.servers": b.addr, "scan.startup.mode": startEarliest}
	for _, o := range options {
		k, v, _ := strings.Cut(o, "=")
		given[k] = v
	}
	values, problems := option.Parse(declared, given)
	for _, p := range problems {
		t.Fatal(p)
	}
	table := &connector.Table{Name: "t", Options: values, Columns: columns, Kinds: connector.InsertOnly, Zone: "UTC"}
	for _, c := range columns {
		if c.Metadata == "" {
			table.Schema = append(table.Schema, c)
		}
	}
	table.NewDecoder = func(_ string, columns []connector.Column) (format.Decoder, error) { return pairs{columns}, nil }
	table.NewEncoder = func(_ string, columns []connector.Column) (format.Encoder, error) { return pairs{columns}, nil }
	return table
}

// pairs is a format for tests: "a=1,b=x". A field that is not there is NULL, "twice" as a
// record is two rows, "none" no row, a field "bad" an error.
type pairs struct{ columns []connector.Column }

func (f pairs) Decode(records format.Records, b *vector.Batch, rows []int32) (int, error) {
	n := b.Len()
	for i := range records.Len() {
		if records.From[i] >= 0 {
			text := string(records.Data[records.From[i]:records.To[i]])
			if strings.Contains(text, "bad") {
				return i, &format.RecordError{Record: i, Reason: "it is bad", Raw: []byte(text)}
			}
			times := 1
			if strings.Contains(text, "twice") {
				times = 2
			}
			if strings.Contains(text, "none") {
				times = 0
			}
			for range times {
				f.row(text, b)
				n++
			}
			b.SetLen(n)
		}
		if rows != nil {
			rows[i] = int32(n)
		}
	}
	return records.Len(), nil
}

func (f pairs) row(text string, b *vector.Batch) {
	fields := map[string]string{}
	for _, p := range strings.Split(text, ",") {
		k, v, _ := strings.Cut(p, "=")
		fields[k] = v
	}
	for i, c := range f.columns {
		v, ok := fields[c.Name]
		switch {
		case !ok:
			b.Cols[i].AppendNull()
		case c.Type.Kind == types.BigInt:
			n, _ := strconv.ParseInt(v, 10, 64)
			b.Cols[i].AppendInt64(n)
		default:
			b.Cols[i].AppendBytes([]byte(v))
		}
	}
}

func (f pairs) Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error) {
	b.Rows(func(row int) {
		for i, c := range f.columns {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, c.Name+"="+show(c.Type, b.Cols[i].Value(row))...)
		}
		ends = append(ends, int32(len(dst)))
	})
	return dst, ends, nil
}

func show(t types.Type, v types.Value) string {
	switch {
	case v.Null:
		return "NULL"
	case t.Kind == types.Map:
		var parts []string
		for i := 0; i < len(v.Elems); i += 2 {
			parts = append(parts, show(*t.Key, v.Elems[i])+":"+show(*t.Elem, v.Elems[i+1]))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case t.IsText() || t.IsBytes():
		return v.S
	}
	return strconv.FormatInt(v.I, 10)
}

// scan is a source under test with all its splits open.
type scan struct {
	t       testing.TB
	source  connector.Source
	table   *connector.Table
	env     *env
	splits  []connector.Split
	readers map[string]connector.Reader
	batch   int
}

// open opens every split at its given position, or at the start.
func openSource(t testing.TB, table *connector.Table, positions map[string][]byte) *scan {
	t.Helper()
	s, err := Connector.NewSource(table)
	check(t, err)
	r := &scan{t: t, source: s, table: table, env: newEnv(), readers: map[string]connector.Reader{}, batch: 3}
	t.Cleanup(r.close)
	r.env.Resumed = positions != nil
	check(t, s.Open(t.Context(), r.env.Env))
	r.splits, err = s.Splits(t.Context())
	check(t, err)
	for _, sp := range r.splits {
		reader, err := s.OpenSplit(t.Context(), sp, positions[sp.ID], r.env.Env)
		check(t, err)
		r.readers[sp.ID] = reader
	}
	return r
}

func (r *scan) close() {
	if r.source == nil {
		return
	}
	for _, reader := range r.readers {
		check(r.t, reader.Close())
	}
	check(r.t, r.source.Close())
	r.source = nil
	if r.env.charged != 0 {
		r.t.Errorf("%d bytes are still charged after Close", r.env.charged)
	}
}

func (r *scan) positions() map[string][]byte {
	at := map[string][]byte{}
	for id, reader := range r.readers {
		at[id] = reader.Position()
	}
	return at
}

// rows reads until n rows came (or, if n < 0, until every split has ended), and gives
// them as "split@offset: a | b", sorted.
func (r *scan) rows(n int) []string {
	r.t.Helper()
	rows, err := r.try(n)
	check(r.t, err)
	return rows
}

func (r *scan) try(n int) ([]string, error) {
	r.t.Helper()
	var rows []string
	ended := map[string]bool{}
	for {
		progress := false
		for _, sp := range r.splits {
			if ended[sp.ID] || n >= 0 && len(rows) >= n {
				continue
			}
			b := r.newBatch()
			status, err := r.readers[sp.ID].Read(b, r.batch)
			if b.Len() > 0 {
				rows = append(rows, r.show(sp.ID, b)...)
			}
			if err != nil {
				return rows, err
			}
			ended[sp.ID] = status == connector.Ended
			progress = progress || status != connector.Waiting
		}
		if n >= 0 && len(rows) >= n || n < 0 && len(ended) == len(r.splits) && all(ended) {
			sort.Strings(rows)
			return rows, nil
		}
		if !progress {
			r.env.await(r.t)
		}
	}
}

func all(m map[string]bool) bool {
	for _, v := range m {
		if !v {
			return false
		}
	}
	return true
}

func (r *scan) newBatch() *vector.Batch {
	b := vector.NewBatch(0)
	for _, c := range r.table.Columns {
		b.Cols = append(b.Cols, vector.NewBuilder(c.Type, r.batch))
	}
	return b
}

func (r *scan) show(split string, b *vector.Batch) []string {
	r.t.Helper()
	if len(b.Pos) != b.Len() {
		r.t.Fatalf("%d positions for %d rows", len(b.Pos), b.Len())
	}
	var rows []string
	for i := range b.Len() {
		var cells []string
		for k, c := range r.table.Columns {
			if b.Cols[k].Len() != b.Len() {
				r.t.Fatalf("column %s has %d rows, the batch %d", c.Name, b.Cols[k].Len(), b.Len())
			}
			cells = append(cells, show(c.Type, b.Cols[k].Value(i)))
		}
		rows = append(rows, fmt.Sprintf("%s@%d: %s", split, b.Pos[i], strings.Join(cells, " | ")))
	}
	return rows
}

func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Fatalf("got\n%s\nwant\n%s", g, w)
	}
}

func expectError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("there is no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("error %q does not say %q", err, p)
		}
	}
}
