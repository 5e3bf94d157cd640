package kafka

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
	"tidemark.dev/vector"
)

// writer writes the rows of one task.
//
// Its generation is the number of barriers it has seen: the rows of its generation k
// belong to the k-th epoch that is flushed, whatever that epoch's number will be. Tasks
// pass a barrier at different times, so one may write generation k+1 while another still
// writes k; each goes to its own transaction.
type writer struct {
	sink       *sink
	task       int32
	env        connector.Env
	encode     encoders
	generation uint64
	slot       *slot // of this generation, once it has rows
	flushing   bool

	pending atomic.Int64 // records not yet acknowledged
	waits   atomic.Bool  // for pending to become 0
	turn    int32        // of the round-robin partitioner
	ends    []int32
	keyEnds []int32
}

// flight is one batch on its way: the records and the bytes they point into, used again
// when all are acknowledged.
type flight struct {
	writer  *writer
	slot    *slot
	records []kgo.Record
	data    []byte
	keys    []byte
	left    atomic.Int64
	bytes   int64
	done    func(*kgo.Record, error) // acknowledged, made once
}

var flights sync.Pool

func newFlight() *flight {
	if f, ok := flights.Get().(*flight); ok {
		return f
	}
	f := new(flight)
	f.done = f.acknowledged
	return f
}

// Write implements connector.Writer.
func (w *writer) Write(b *vector.Batch) (connector.Status, error) {
	n := b.Count()
	if n == 0 {
		return connector.Ready, nil
	}
	if w.sink.full(w) {
		return connector.Waiting, nil
	}
	if w.slot == nil {
		s, err := w.sink.send.acquire(w.generation, w.env.Wake)
		if err != nil {
			return connector.Ready, w.named(err)
		}
		if s == nil {
			return connector.Waiting, nil
		}
		w.slot = s
	}
	if err := w.slot.failure(); err != nil {
		return connector.Ready, w.named(err)
	}
	f := newFlight()
	if err := w.fill(f, b, n); err != nil {
		flights.Put(f)
		return connector.Ready, w.named(err)
	}
	f.writer, f.slot = w, w.slot
	f.left.Store(int64(n))
	w.pending.Add(int64(n))
	w.sink.holds(f.bytes)
	for i := range f.records {
		f.slot.kafka.Produce(f.slot.context(), &f.records[i], f.done)
	}
	Step(StepWritten)
	return connector.Ready, nil
}

func (w *writer) named(err error) error { return fmt.Errorf("table %s: %w", w.sink.table.Name, err) }

// fill encodes the selected rows of b into f.
func (w *writer) fill(f *flight, b *vector.Batch, n int) (err error) {
	columns := w.sink.columns
	f.data, w.ends, err = w.encode.value.Encode(pick(b, columns.value.at), f.data[:0], w.ends[:0])
	if err != nil {
		return err
	}
	f.keys, w.keyEnds = f.keys[:0], w.keyEnds[:0]
	if columns.keyed {
		f.keys, w.keyEnds, err = w.encode.key.Encode(pick(b, columns.key.at), f.keys, w.keyEnds)
		if err != nil {
			return err
		}
	}
	if cap(f.records) < n {
		f.records = make([]kgo.Record, max(n, vector.DefaultRows))
	}
	f.records = f.records[:n]
	var from, keyFrom int32
	for i := range f.records {
		r := &f.records[i]
		*r = kgo.Record{Topic: w.sink.topic, Partition: w.hint()}
		r.Value, from = encoded(f.data, from, w.ends[i])
		if columns.keyed {
			r.Key, keyFrom = encoded(f.keys, keyFrom, w.keyEnds[i])
		}
	}
	for _, m := range columns.meta {
		writeMetadata(f.records, m.key, b, b.Cols[m.at])
	}
	f.bytes = int64(len(f.data) + len(f.keys) + n*recordBytes)
	return nil
}

// encoded is what an encoder wrote from from to end, nil of a record that is null, and
// where the next one begins.
func encoded(data []byte, from, end int32) ([]byte, int32) {
	if end < 0 {
		return nil, ^end
	}
	return data[from:end:end], end
}

// hint says which partition the next record asks for; see hinted.
func (w *writer) hint() int32 {
	switch w.sink.scheme {
	case partitionFixed:
		return w.task
	case partitionRoundRobin:
		w.turn = (w.turn + 1) & (1<<30 - 1)
		return w.turn
	}
	return byKey
}

// pick is b with only some columns.
func pick(b *vector.Batch, at []int) *vector.Batch {
	cols := make([]*vector.Vector, len(at))
	for i, c := range at {
		cols[i] = b.Cols[c]
	}
	return b.With(cols)
}

// writeMetadata sets what a metadata column holds on each record; NULL leaves it out.
func writeMetadata(records []kgo.Record, key string, b *vector.Batch, v *vector.Vector) {
	i := 0
	b.Rows(func(row int) {
		r := &records[i]
		i++
		if v.IsNull(row) {
			return
		}
		x := v.Value(row)
		switch key {
		case metaTimestamp:
			r.Timestamp = time.UnixMicro(x.I)
		case metaHeaders:
			for k := 0; k+1 < len(x.Elems); k += 2 {
				h := kgo.RecordHeader{Key: x.Elems[k].S}
				if !x.Elems[k+1].Null {
					h.Value = []byte(x.Elems[k+1].S)
				}
				r.Headers = append(r.Headers, h)
			}
		}
	})
}

// acknowledged is told by the client of each record, in any order.
func (f *flight) acknowledged(_ *kgo.Record, err error) {
	w := f.writer
	if err != nil {
		f.slot.fail(err)
	}
	if f.left.Add(-1) == 0 {
		bytes := f.bytes
		f.writer, f.slot = nil, nil
		flights.Put(f)
		w.sink.holds(-bytes)
	}
	if w.pending.Add(-1) == 0 && w.waits.Swap(false) {
		w.env.Wake()
	}
}

// Flush implements connector.Writer. The ticket is the generation, for Prepare.
func (w *writer) Flush(_ uint64, final bool) ([]byte, connector.Status, error) {
	waits := w.sink.guarantee != noGuarantee || final
	if waits && w.pending.Load() > 0 {
		if !w.flushing {
			w.flushing = true
			w.slot.push()
		}
		w.waits.Store(true)
		if w.pending.Load() > 0 {
			return nil, connector.Waiting, nil
		}
		w.waits.Store(false)
	}
	w.flushing = false
	if w.slot != nil {
		if err := w.slot.failure(); err != nil {
			return nil, connector.Ready, w.named(err)
		}
	}
	Step(StepFlushed)
	ticket := binary.AppendUvarint(nil, w.generation)
	w.generation++
	if w.sink.tx != nil {
		w.slot = nil
		return ticket, connector.Ready, nil
	}
	return nil, connector.Ready, nil
}

// sameGeneration is the generation that all tasks flushed.
func sameGeneration(tickets [][]byte) (uint64, error) {
	first, known := uint64(0), false
	for task, t := range tickets {
		if len(t) == 0 {
			continue
		}
		g, n := binary.Uvarint(t)
		if n != len(t) {
			return 0, fmt.Errorf("task %d: the ticket %x is damaged", task, t)
		}
		if known && g != first {
			return 0, fmt.Errorf("task %d has flushed %d times, another %d times", task, g, first)
		}
		first, known = g, true
	}
	if !known {
		return noGeneration, nil
	}
	return first, nil
}

// noGeneration is that of an epoch which no task has flushed.
const noGeneration = 1<<64 - 1

// Close implements connector.Writer. What is on its way stays so; the sink ends it.
func (w *writer) Close() error { return nil }
