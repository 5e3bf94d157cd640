package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// writing is a sink under test with some tasks.
type writing struct {
	t       testing.TB
	sink    connector.Sink
	table   *connector.Table
	env     *env
	writers []connector.Writer
	closed  bool
}

// openSink opens a sink with the given pending tickets; an error fails the test.
func openSink(t testing.TB, table *connector.Table, tasks int, pending ...connector.Ticket) *writing {
	t.Helper()
	w, err := tryOpenSink(t, table, tasks, pending...)
	check(t, err)
	return w
}

func tryOpenSink(t testing.TB, table *connector.Table, tasks int, pending ...connector.Ticket) (*writing, error) {
	t.Helper()
	s, err := Connector.NewSink(table)
	check(t, err)
	w := &writing{t: t, sink: s, table: table, env: newEnv()}
	if err := s.Open(t.Context(), w.env.Env, pending); err != nil {
		return nil, err
	}
	t.Cleanup(w.close)
	for i := range tasks {
		writer, err := s.OpenWriter(i, w.env.Env)
		check(t, err)
		w.writers = append(w.writers, writer)
	}
	return w, nil
}

func (w *writing) close() {
	if w.closed {
		return
	}
	w.closed = true
	for _, x := range w.writers {
		check(w.t, x.Close())
	}
	check(w.t, w.sink.Close())
	if w.env.charged != 0 {
		w.t.Errorf("%d bytes are still charged after Close", w.env.charged)
	}
}

// crash leaves the sink as a killed process would: nothing is aborted, nothing is settled.
func (w *writing) crash() {
	w.closed = true
	s := w.sink.(*sink)
	running.Lock()
	delete(running.byKey, s.tx.key)
	running.Unlock()
	s.tx.die()
}

// die closes all clients, and nothing else.
func (c *coordinator) die() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop()
	for _, s := range c.slots {
		s.kafka.Close()
	}
	c.kafka.Close()
}

// write has a task write rows "id=1,name=x" as far as the table's columns go.
func (w *writing) write(task int, rows ...string) {
	w.t.Helper()
	check(w.t, w.try(task, rows...))
}

func (w *writing) try(task int, rows ...string) error {
	w.t.Helper()
	b := w.batch(rows...)
	for {
		status, err := w.writers[task].Write(b)
		if err != nil || status == connector.Ready {
			return err
		}
		w.env.await(w.t)
	}
}

func (w *writing) batch(rows ...string) *vector.Batch {
	b := vector.NewBatch(0)
	for _, c := range w.table.Columns {
		v := vector.NewBuilder(c.Type, len(rows))
		for _, r := range rows {
			one := vector.NewBatch(0, vector.NewBuilder(types.TString, 1))
			name := c.Name
			pairs{[]connector.Column{{Name: name, Type: types.TString}}}.row(r, one)
			x := one.Cols[0].Value(0)
			switch {
			case x.Null:
				v.AppendNull()
			case c.Type.Kind == types.Map:
				k, val, _ := strings.Cut(x.S, ":")
				v.AppendValue(types.Value{Elems: []types.Value{types.Text(k), types.Text(val)}})
			case c.Type.IsText():
				v.AppendBytes([]byte(x.S))
			default:
				var n int64
				fmt.Sscan(x.S, &n)
				v.AppendValue(types.Int64(n))
			}
		}
		b.Cols = append(b.Cols, v)
	}
	b.SetLen(len(rows))
	return b
}

func (w *writing) flush(task int, epoch uint64) ([]byte, error) {
	w.t.Helper()
	for {
		ticket, status, err := w.writers[task].Flush(epoch, false)
		if err != nil || status == connector.Ready {
			return ticket, err
		}
		w.env.await(w.t)
	}
}

// prepare passes a barrier through all tasks and gives the epoch's ticket.
func (w *writing) prepare(epoch uint64) connector.Ticket {
	w.t.Helper()
	ticket, err := w.tryPrepare(epoch)
	check(w.t, err)
	return ticket
}

func (w *writing) tryPrepare(epoch uint64) (connector.Ticket, error) {
	w.t.Helper()
	var tickets [][]byte
	for task := range w.writers {
		one, err := w.flush(task, epoch)
		if err != nil {
			return connector.Ticket{}, err
		}
		tickets = append(tickets, one)
	}
	data, err := w.sink.Prepare(w.t.Context(), epoch, tickets)
	return connector.Ticket{Epoch: epoch, Data: data}, err
}

func (w *writing) commit(ticket connector.Ticket) {
	w.t.Helper()
	check(w.t, w.sink.Commit(w.t.Context(), ticket))
}

func refused(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, connector.ErrRefused) {
		t.Fatalf("not refused: %v", err)
	}
}

func outTable(t testing.TB, b *broker, options ...string) *connector.Table {
	return tableOf(t, b, columnsOf("id BIGINT"), append([]string{"topic=out", "sink.transactional-id-prefix=x"}, options...)...)
}

func TestSinkWithoutTransactions(t *testing.T) {
	for _, guarantee := range []string{noGuarantee, atLeastOnce} {
		t.Run(guarantee, func(t *testing.T) {
			b := newBroker(t)
			b.topic("out", 2)
			w := openSink(t, outTable(t, b, "sink.delivery-guarantee="+guarantee), 2)
			w.write(0, "id=1", "id=2")
			w.write(1, "id=3")
			for task, x := range w.writers {
				for {
					_, status, err := x.Flush(1, true)
					check(t, err)
					if status == connector.Ready {
						break
					}
					w.env.await(t)
				}
				_ = task
			}
			b.expect("out", "id=1", "id=2", "id=3")
		})
	}
}

func TestRowsAreVisibleWhenTheEpochIsCommitted(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 2)
	w := openSink(t, outTable(t, b), 2)
	w.write(0, "id=1", "id=2")
	w.write(1, "id=3")
	ticket := w.prepare(7)
	expect(t, b.committed("out"))
	w.commit(ticket)
	b.expect("out", "id=1", "id=2", "id=3")
	w.commit(ticket) // once more
	for epoch := uint64(8); epoch < 20; epoch++ {
		w.write(0, fmt.Sprintf("id=%d", epoch))
		w.commit(w.prepare(epoch))
	}
	b.expect("out", strings.Fields("id=1 id=10 id=11 id=12 id=13 id=14 id=15 id=16 id=17 id=18 id=19 id=2 id=3 id=8 id=9")...)
}

func TestAnEpochWithoutRowsHasNoTransaction(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	ticket := w.prepare(1)
	if ticket.Data != nil {
		t.Fatalf("ticket %x", ticket.Data)
	}
	w.commit(ticket)
	w.write(0, "id=1")
	w.commit(w.prepare(2))
	b.expect("out", "id=1")
	// Its number may still be beyond that of the last epoch with rows.
	empty := w.prepare(3)
	w.close()
	openSink(t, outTable(t, b), 1, empty)
}

// One task is an epoch ahead of another. They write to partitions of their own, since the
// rows of an epoch behind those of one that is open are not readable before both are.
func TestTasksPassBarriersAtDifferentTimes(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 2)
	w := openSink(t, outTable(t, b, "sink.partitioner=fixed"), 2)
	w.write(0, "id=10")
	first, err := w.flush(0, 1)
	check(t, err)
	w.write(0, "id=20") // of epoch 2
	w.write(1, "id=11") // of epoch 1
	second, err := w.flush(1, 1)
	check(t, err)
	data, err := w.sink.Prepare(t.Context(), 1, [][]byte{first, second})
	check(t, err)
	w.commit(connector.Ticket{Epoch: 1, Data: data})
	b.expect("out", "id=10", "id=11")
	w.commit(w.prepare(2))
	b.expect("out", "id=10", "id=11", "id=20")
}

func TestTwoEpochsInFlight(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.write(0, "id=2")
	two := w.prepare(2)
	w.write(0, "id=3")
	flushed, err := w.flush(0, 3)
	check(t, err)
	_ = flushed
	// All ids are taken: a fourth epoch has to wait.
	status, err := w.writers[0].Write(w.batch("id=4"))
	check(t, err)
	if status != connector.Waiting {
		t.Fatalf("a fourth epoch is written: %v", status)
	}
	w.commit(one)
	w.env.await(t)
	w.write(0, "id=4")
	w.commit(two)
	b.expect("out", "id=1", "id=2")
}

func TestCrashBeforePrepare(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.commit(one)
	w.write(0, "id=2")
	_, err := w.flush(0, 2)
	check(t, err)
	w.crash()
	w = openSink(t, outTable(t, b), 1, one)
	w.write(0, "id=3")
	w.commit(w.prepare(2))
	b.expect("out", "id=1", "id=3")
}

// The epoch was prepared, but its record was not durable: it never was.
func TestCrashAfterPrepare(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	w.prepare(1)
	w.crash()
	w = openSink(t, outTable(t, b), 1)
	w.write(0, "id=2")
	w.commit(w.prepare(1))
	b.expect("out", "id=2")
}

func TestCrashBeforeCommit(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.write(0, "id=2") // of an epoch that is not durable
	w.crash()
	w = openSink(t, outTable(t, b), 1, one)
	b.expect("out", "id=1")
	w.write(0, "id=3")
	w.commit(w.prepare(2))
	b.expect("out", "id=1", "id=3")
}

func TestCrashWithTwoDurableEpochs(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.write(0, "id=2")
	two := w.prepare(2)
	w.crash()
	openSink(t, outTable(t, b), 1, one, two)
	b.expect("out", "id=1", "id=2")
}

func TestCrashAfterCommit(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.commit(one)
	w.crash()
	for range 3 {
		w = openSink(t, outTable(t, b), 1, one)
		w.close()
	}
	b.expect("out", "id=1")
}

// Close must not abort an epoch that is durable, or may be.
func TestCloseBeforeCommit(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.write(0, "id=2") // this one it aborts
	w.close()
	openSink(t, outTable(t, b), 1, one)
	b.expect("out", "id=1")
}

// The broker gave the transaction up before the pipeline was back.
// When the first of several sinks cannot be opened, all are closed.
func TestCloseOfASinkThatWasNotOpened(t *testing.T) {
	b := newBroker(t)
	b.topic("t", 1)
	s, err := Connector.NewSink(tableOf(t, b, columnsOf("a"), "topic=t"))
	check(t, err)
	check(t, s.Close())
}

func TestTransactionAbortedMeanwhile(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.commit(one)
	w.write(0, "id=2")
	two := w.prepare(2)
	w.crash()
	b.takeOver(two)
	_, err := tryOpenSink(t, outTable(t, b), 1, one, two)
	refused(t, err)
	expectError(t, err, "epoch 2", "the last epoch committed is 1")
	// The pipeline goes back to epoch 1 and does 2 again.
	w = openSink(t, outTable(t, b), 1, one)
	w.write(0, "id=2")
	w.commit(w.prepare(2))
	b.expect("out", "id=1", "id=2")
}

func TestTransactionAbortedWhileRunning(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	b.takeOver(one)
	refused(t, w.sink.Commit(t.Context(), one))
	refused(t, w.try(0, "id=2"))
	w.close()
	w = openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	w.commit(w.prepare(1))
	b.expect("out", "id=1")
}

func TestTransactionAbortedWhileWriting(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	for _, err := w.flush(0, 1); err != nil; {
		t.Fatal(err)
	}
	for _, s := range w.sink.(*sink).tx.slots {
		b.takeOver(connector.Ticket{Data: ticket{id: s.id}.encode()})
	}
	w.writers[0].(*writer).generation-- // the barrier is still to come
	err := w.try(0, "id=2")
	if err == nil {
		_, err = w.tryPrepare(1)
	}
	refused(t, err)
}

// takeOver ends the transaction of a ticket as a broker's timeout does, or a zombie's fencing.
func (b *broker) takeOver(tickets connector.Ticket) {
	b.t.Helper()
	known, err := decodeTicket(tickets.Data)
	check(b.t, err)
	k, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.TransactionalID(known.id))
	check(b.t, err)
	defer k.Close()
	_, _, err = k.ProducerID(b.t.Context())
	check(b.t, err)
}

func TestNeverBehindTheSink(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.commit(one)
	w.write(0, "id=2")
	w.commit(w.prepare(2))
	w.close()
	_, err := tryOpenSink(t, outTable(t, b), 1, one) // an older copy of the data directory
	expectError(t, err, "the sink is ahead", "epoch 2", "epoch 1", "topic out")
	_, err = tryOpenSink(t, outTable(t, b), 1)
	expectError(t, err, "the sink is ahead")
}

func TestMissingMarkStops(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.commit(one)
	w.close()
	b.takeOver(one) // so that the coordinator knows nothing of the epoch any more
	_, err := b.admin.DeleteGroups(t.Context(), "tidemark-p-x")
	check(t, err)
	_, err = tryOpenSink(t, outTable(t, b), 1, one)
	expectError(t, err, "whether epoch 1 of run "+run+" was committed cannot be known", "group tidemark-p-x", "--fresh")
	if errors.Is(err, connector.ErrRefused) {
		t.Fatal("it would be done again, and may have been committed")
	}
}

func TestZombieIsFenced(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	zombie := openSink(t, outTable(t, b), 1)
	zombie.write(0, "id=1")
	old := zombie.sink.(*sink).tx
	running.Lock()
	delete(running.byKey, old.key) // another process would not see it
	running.Unlock()

	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	w.commit(w.prepare(1))
	err := zombie.try(0, "id=2")
	if err == nil {
		_, err = zombie.tryPrepare(1)
	}
	refused(t, err)
	b.expect("out", "id=1")
}

// Without a prefix, pipelines of one name in two data directories do not meet.
func TestRunsAreKeptApart(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	table := func() *connector.Table { return tableOf(t, b, columnsOf("id BIGINT"), "topic=out") }
	w := openSink(t, table(), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.crash()
	first := run
	run += "-other"
	v := openSink(t, table(), 1)
	v.write(0, "id=2")
	v.commit(v.prepare(1))
	run = first
	w = openSink(t, table(), 1, one)
	b.expect("out", "id=1", "id=2")
}

// With one, and the same, they do, and are told.
func TestAnotherRunTookThePrefix(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.commit(one)
	w.close()
	b.takeOver(one)
	first := run
	run += "-other"
	openSink(t, outTable(t, b), 1).close()
	run = first
	_, err := tryOpenSink(t, outTable(t, b), 1, one)
	expectError(t, err, "is of another run, "+run+"-other", "'sink.transactional-id-prefix' = 'x'")
}

func TestTablesShareTheTransaction(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	b.topic("other", 1)
	tables := func() (*connector.Table, *connector.Table) {
		return outTable(t, b), tableOf(t, b, columnsOf("id BIGINT"), "topic=other", "sink.transactional-id-prefix=y")
	}
	first, second := tables()
	w, v := openSink(t, first, 1), openSink(t, second, 1)
	expectError(t, errors.New(v.env.warned()), "share transactions", "'x'")
	w.write(0, "id=1")
	v.write(0, "id=2")
	one, also := w.prepare(1), v.prepare(1)
	if string(one.Data) != string(also.Data) {
		t.Fatalf("%x, %x", one.Data, also.Data)
	}
	w.commit(one)
	b.expect("out", "id=1")
	b.expect("other", "id=2")
	v.commit(also)

	// Only one of them writes; both have the ticket, and either settles it after a crash.
	w.write(0, "id=3")
	one, also = w.prepare(2), v.prepare(2)
	v.closed = true
	w.crash()
	first, second = tables()
	openSink(t, second, 1, also)
	b.expect("out", "id=1", "id=3")
	openSink(t, first, 1, one)
	b.expect("out", "id=1", "id=3")

	_, err := tryOpenSink(t, outTable(t, b, "properties.compression.type=zstd"), 1)
	expectError(t, err, "producer properties differ")
}

func TestSourceOffsetsAreCommittedWithTheRows(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	b.topic("out", 1)
	b.put("in", 0, "id=1", "id=2", "id=3")
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded("properties.group.id=g")...), nil)
	r.batch = 2
	r.rows(2)
	at := r.positions()
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1", "id=2")
	ticket := w.prepare(1)
	ticket.Positions = map[string]map[string][]byte{"t": at}
	w.commit(ticket)
	eventually(t, func() error {
		got, err := b.admin.FetchOffsets(t.Context(), "g")
		if o, _ := got.Lookup("in", 0); err == nil && o.At != 2 {
			return fmt.Errorf("the group is at %d", o.At)
		}
		return err
	})
	if more := r.source.(*source).offsetsOf(at); len(more) > 0 {
		t.Fatalf("%v would be committed again", more)
	}
}

func TestPartitioners(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 3)
	write := func(options ...string) map[int32]int {
		before, err := b.admin.ListEndOffsets(t.Context(), "out")
		check(t, err)
		w := openSink(t, outTable(t, b, append(options, "sink.delivery-guarantee=at-least-once")...), 2)
		for i := range 6 {
			w.write(1, fmt.Sprintf("id=%d", i))
		}
		for task := range w.writers {
			_, err := w.flush(task, 1)
			check(t, err)
		}
		after, err := b.admin.ListEndOffsets(t.Context(), "out")
		check(t, err)
		got := map[int32]int{}
		for p := range int32(3) {
			a, _ := after.Lookup("out", p)
			z, _ := before.Lookup("out", p)
			if n := a.Offset - z.Offset; n > 0 {
				got[p] = int(n)
			}
		}
		return got
	}
	if got := fmt.Sprint(write("sink.partitioner=fixed")); got != "map[1:6]" {
		t.Errorf("fixed: %s", got)
	}
	if got := fmt.Sprint(write("sink.partitioner=round-robin")); got != "map[0:2 1:2 2:2]" {
		t.Errorf("round-robin: %s", got)
	}
	// The Java client's murmur2 of "id=0" to "id=5" over three partitions.
	got := write("key.fields=id")
	want := map[int32]int{}
	hasher := kgo.StickyKeyPartitioner(nil).ForTopic("out")
	for i := range 6 {
		want[int32(hasher.Partition(&kgo.Record{Key: fmt.Appendf(nil, "id=%d", i)}, 3))]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("by key: %v, not %v", got, want)
	}
}

func TestKeysAndMetadataAreWritten(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, tableOf(t, b, columnsOf("k_id BIGINT", "name", "timestamp META", "headers META"), "topic=out",
		"sink.delivery-guarantee=at-least-once", "key.fields=k_id", "key.fields-prefix=k_", "value.fields-include=EXCEPT_KEY"), 1)
	w.write(0, "k_id=1,name=x,timestamp=1234000,headers=h:v")
	_, err := w.flush(0, 1)
	check(t, err)
	k, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ConsumeTopics("out"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	check(t, err)
	defer k.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r := k.PollFetches(ctx).Records()[0]
	got := fmt.Sprintf("%s %s %d %s:%s", r.Key, r.Value, r.Timestamp.UnixMilli(), r.Headers[0].Key, r.Headers[0].Value)
	expect(t, []string{got}, "id=1 name=x 1234 h:v")
}

func TestBackPressure(t *testing.T) {
	b := newBroker(t)
	b.topic("out", 1)
	w := openSink(t, outTable(t, b, "sink.delivery-guarantee=at-least-once", "properties.buffer.memory=1000", "properties.linger.ms=20"), 1)
	rows := make([]string, 100)
	for i := range rows {
		rows[i] = fmt.Sprintf("id=%d", i)
	}
	w.write(0, rows...)
	status, err := w.writers[0].Write(w.batch("id=1000"))
	check(t, err)
	if status != connector.Waiting {
		t.Fatal("the buffer is passed without an end")
	}
	w.write(0, "id=1000")
	_, err = w.flush(0, 1)
	check(t, err)
	if n := len(b.committed("out")); n != 101 {
		t.Fatalf("%d rows", n)
	}
}

func TestSinkRefuses(t *testing.T) {
	b := newBroker(t)
	for _, c := range []struct{ options, want string }{
		{"topic=a;b", "single 'topic'"},
		{"topic=a,sink.partitioner=round-robin,key.fields=id", "excludes 'key.fields'"},
		{"topic=a,key.fields=nope", "'nope' is not a physical column"},
		{"topic=a,key.fields=id,key.fields-prefix=k_", "EXCEPT_KEY"},
		{"topic=a,value.fields-include=EXCEPT_KEY", "needs 'key.fields'"},
		{"topic=a,properties.transactional.id=z", "sink.transactional-id-prefix"},
		{"topic=a,properties.acks=1", "acks=all"},
	} {
		_, err := Connector.NewSink(tableOf(t, b, columnsOf("id BIGINT"), strings.Split(c.options, ",")...))
		expectError(t, err, c.want)
	}
}

func TestTicketAndMark(t *testing.T) {
	x := ticket{id: "a-b-c-0", group: "g", run: "r r", producer: 1 << 40, producerEpoch: 300}
	got, err := decodeTicket(x.encode())
	check(t, err)
	if got != x {
		t.Fatalf("%+v", got)
	}
	for n := range x.encode() {
		if _, err := decodeTicket(x.encode()[:n]); err == nil {
			t.Fatalf("%d bytes of a ticket are taken for one", n)
		}
	}
	m, ok := parseMark(mark{"r r", 9}.String())
	if !ok || m != (mark{"r r", 9}) {
		t.Fatalf("%+v", m)
	}
	for _, bad := range []string{"", "tidemark/1", "tidemark/1 r", "tidemark/1 r x", "x"} {
		if _, ok := parseMark(bad); ok {
			t.Errorf("%q is taken for a mark", bad)
		}
	}
}
