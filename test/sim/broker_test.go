package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// broker is a system outside with transactions, as Kafka is one: a transaction that is
// left open too long is rolled back; an answer may be lost though the work was done; whoever
// opens again ends what an older self has left open. It outlives the process.
type broker struct {
	rand      *rand.Rand
	faults    bool
	committed []string
	epochs    []uint64 // of commits, in order
	open      map[uint64][]string
	aborted   map[uint64]bool
	counts    map[string]int // what was done how often
}

func newBroker(r *rand.Rand) *broker {
	return &broker{rand: r, open: map[uint64][]string{}, aborted: map[uint64]bool{}, counts: map[string]int{}}
}

func (b *broker) happens(what string, oneIn int) bool {
	if !b.faults || b.rand.IntN(oneIn) != 0 {
		return false
	}
	b.counts[what]++
	return true
}

var errLost = errors.New("the broker's answer was lost")

// end commits a transaction; it is what EndTxn does.
func (b *broker) end(epoch uint64) error {
	for _, e := range b.epochs {
		if e == epoch {
			return nil
		}
	}
	if b.happens("transaction timed out", 40) {
		b.aborted[epoch] = true
		delete(b.open, epoch)
	}
	if b.aborted[epoch] {
		return fmt.Errorf("epoch %d: %w", epoch, connector.ErrRefused)
	}
	rows, ok := b.open[epoch]
	if !ok {
		return fmt.Errorf("epoch %d is not open", epoch)
	}
	if n := len(b.epochs); n > 0 && b.epochs[n-1] >= epoch {
		return fmt.Errorf("epoch %d is committed after epoch %d", epoch, b.epochs[n-1])
	}
	b.committed = append(b.committed, rows...)
	b.epochs = append(b.epochs, epoch)
	delete(b.open, epoch)
	b.counts["committed"]++
	if b.happens("answer lost", 40) {
		return errLost
	}
	return nil
}

func (b *broker) connector() *connector.Connector {
	return &connector.Connector{Name: "broker", NewSink: func(t *connector.Table) (connector.Sink, error) {
		return &brokerSink{broker: b, table: t, rows: map[uint64][]string{}}, nil
	}}
}

type brokerSink struct {
	broker *broker
	table  *connector.Table
	rows   map[uint64][]string
}

func (s *brokerSink) Accepts(k connector.KindSet) connector.KindSet { return k }
func (s *brokerSink) Guarantee() connector.Guarantee                { return connector.Refusable }

func (s *brokerSink) Open(_ context.Context, _ connector.Env, pending []connector.Ticket) error {
	b := s.broker
	for _, t := range pending {
		if err := b.end(t.Epoch); err != nil {
			return err
		}
	}
	if len(b.open) > 0 {
		b.counts["fenced"]++
	}
	b.open, b.aborted = map[uint64][]string{}, map[uint64]bool{}
	s.rows = map[uint64][]string{}
	return nil
}

func (s *brokerSink) OpenWriter(int, connector.Env) (connector.Writer, error) {
	return &brokerWriter{sink: s}, nil
}

func (s *brokerSink) Prepare(_ context.Context, epoch uint64, _ [][]byte) ([]byte, error) {
	if s.broker.happens("rolled back before prepare", 80) {
		return nil, connector.ErrRefused
	}
	s.broker.open[epoch] = s.rows[epoch]
	delete(s.rows, epoch)
	return []byte{1}, nil
}

func (s *brokerSink) Commit(_ context.Context, t connector.Ticket) error {
	return s.broker.end(t.Epoch)
}
func (s *brokerSink) Close() error { return nil }

type brokerWriter struct {
	sink    *brokerSink
	rows    []string
	waiting bool
}

func (w *brokerWriter) Write(b *vector.Batch) (connector.Status, error) {
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

func (w *brokerWriter) Flush(epoch uint64, _ bool) ([]byte, connector.Status, error) {
	w.sink.rows[epoch] = append(w.sink.rows[epoch], w.rows...)
	w.rows = nil
	return nil, connector.Ready, nil
}

func (w *brokerWriter) Close() error { return nil }
