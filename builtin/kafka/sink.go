package kafka

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tidemark.dev/connector"
	"tidemark.dev/format"
)

// sink writes one table. Its tasks share a producer: a client of the table's own, or for
// exactly-once the transactions that all kafka tables of the pipeline on one cluster
// share.
type sink struct {
	table     *connector.Table
	columns   *columns
	client    *client
	topic     string
	guarantee string
	scheme    string // the partitioner

	env  connector.Env
	send producer
	tx   *coordinator // of an exactly-once sink

	mu      sync.Mutex
	bytes   int64     // handed to the producer and not yet acknowledged
	over    bool      // too many of them
	waiting []*writer // told Waiting because of that
}

// producer takes the records of one generation: the rows between two barriers of a task.
type producer interface {
	// acquire answers the client that generation is to be written to; nil: wait for wake.
	acquire(generation uint64, wake func()) (*slot, error)
}

func newSink(t *connector.Table) (connector.Sink, error) {
	c, err := newClient(t.Options.WithPrefix("properties."), produces)
	if err != nil {
		return nil, err
	}
	s := &sink{table: t, client: c, guarantee: t.Options.Choice("sink.delivery-guarantee"), scheme: t.Options.Choice("sink.partitioner")}
	topics := list(t.Options.String("topic"))
	if len(topics) != 1 || t.Options.Given("topic-pattern") {
		return nil, fmt.Errorf("a kafka table that is written needs a single 'topic'")
	}
	s.topic = topics[0]
	if err := checkPrimaryKey(t); err != nil {
		return nil, err
	}
	if s.columns, err = newColumns(t, true); err != nil {
		return nil, err
	}
	if s.scheme == partitionRoundRobin && s.columns.keyed {
		return nil, fmt.Errorf("option 'sink.partitioner' = 'round-robin' excludes 'key.fields': records of one key would lose their order")
	}
	for _, m := range s.columns.meta {
		if m.key != metaTimestamp && m.key != metaHeaders {
			return nil, fmt.Errorf("metadata column '%s' cannot be written; declare it VIRTUAL", m.key)
		}
	}
	if _, err := s.newEncoders(); err != nil {
		return nil, err
	}
	return s, nil
}

// encoders are the formats of one writer.
type encoders struct{ value, key format.Encoder }

func (s *sink) newEncoders() (e encoders, err error) {
	part := ""
	if s.columns.keyed {
		part = "value"
		if e.key, err = s.table.NewEncoder("key", s.columns.key.columns); err != nil {
			return e, err
		}
	}
	e.value, err = s.table.NewEncoder(part, s.columns.value.columns)
	return e, err
}

func (s *sink) Accepts(connector.KindSet) connector.KindSet {
	if s.table.Kinds == 0 {
		return connector.InsertOnly
	}
	return s.table.Kinds
}

func (s *sink) Guarantee() connector.Guarantee {
	switch s.guarantee {
	case exactlyOnce:
		return connector.Refusable
	case atLeastOnce:
		return connector.AtLeastOnce
	}
	return connector.Repeats
}

func (s *sink) Open(ctx context.Context, env connector.Env, pending []connector.Ticket) error {
	s.env = env
	for _, name := range s.client.unknown {
		env.Warn(fmt.Sprintf("table %s: the property '%s' means nothing to this sink and is passed over", s.table.Name, name))
	}
	s.client.listen(env)
	var err error
	if s.guarantee == exactlyOnce {
		s.tx, err = openTransactions(ctx, s, pending)
		s.send = s.tx
	} else {
		s.send, err = openDirect(ctx, s)
	}
	if err != nil {
		s.send, s.tx = nil, nil
		return fmt.Errorf("table %s: %w", s.table.Name, err)
	}
	return nil
}

// producerOptions are those of every client that writes.
func (s *sink) producerOptions() []kgo.Opt {
	return []kgo.Opt{
		kgo.RecordPartitioner(newPartitioner()),
		kgo.AllowAutoTopicCreation(), // if the broker does
		// Writers bound what is buffered and must not be blocked by the client.
		kgo.MaxBufferedRecords(1 << 30),
	}
}

// requireTopic makes sure that the topic is there, or that the broker makes it; it
// answers the topic's id.
func requireTopic(ctx context.Context, k *kgo.Client, c *client, topic string) ([16]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	var id [16]byte
	err := retry(ctx, func() error {
		request := kmsg.NewPtrMetadataRequest()
		request.AllowAutoTopicCreation = true
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &topic
		request.Topics = append(request.Topics, t)
		response, err := request.RequestWith(ctx, k)
		if err != nil {
			return err
		}
		if len(response.Topics) != 1 {
			return fmt.Errorf("the broker answers with %d topics", len(response.Topics))
		}
		id = response.Topics[0].TopicID
		return kerrOf(response.Topics[0].ErrorCode)
	})
	if err != nil {
		return id, fmt.Errorf("topic %s on '%s': %w", topic, strings.Join(c.bootstrap, ","), err)
	}
	return id, nil
}

func (s *sink) OpenWriter(task int, env connector.Env) (connector.Writer, error) {
	encode, err := s.newEncoders()
	if err != nil {
		return nil, err
	}
	return &writer{sink: s, task: int32(task), env: env, encode: encode}, nil
}

// Prepare adds the mark of the epoch to its transaction.
func (s *sink) Prepare(ctx context.Context, epoch uint64, tickets [][]byte) ([]byte, error) {
	if s.tx == nil {
		return nil, nil
	}
	generation, err := sameGeneration(tickets)
	if err != nil {
		return nil, fmt.Errorf("table %s: epoch %d: %w", s.table.Name, epoch, err)
	}
	data, err := s.tx.prepare(ctx, epoch, generation)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.table.Name, err)
	}
	return data, nil
}

// Commit ends the epoch's transaction.
func (s *sink) Commit(ctx context.Context, t connector.Ticket) error {
	if s.tx == nil || len(t.Data) == 0 {
		return nil
	}
	if err := s.tx.commit(ctx, t); err != nil {
		return fmt.Errorf("table %s: %w", s.table.Name, err)
	}
	return nil
}

func (s *sink) Close() error {
	s.client.listened()
	if s.tx != nil {
		s.tx.close()
	} else if d, ok := s.send.(*direct); ok {
		d.close()
	}
	s.tx, s.send = nil, nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes != 0 { // nothing is held, nor is there an account, before Open
		s.env.Charge(-s.bytes)
		s.bytes = 0
	}
	return nil
}

// holds accounts n more bytes to the sink, or fewer. Above the buffer's size, or over the
// pipeline's budget, writers wait until half of it is acknowledged.
func (s *sink) holds(n int64) {
	s.mu.Lock()
	s.bytes += n
	ok := s.env.Charge(n)
	if n > 0 && (!ok || s.bytes > s.client.buffer) {
		s.over = true
	}
	var wake []*writer
	if s.over && s.bytes <= s.client.buffer/2 {
		s.over = false
		wake, s.waiting = s.waiting, nil
	}
	s.mu.Unlock()
	for _, w := range wake {
		w.env.Wake()
	}
}

// full tells that w has to wait, and notes it.
func (s *sink) full(w *writer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		s.waiting = append(s.waiting, w)
	}
	return s.over
}

// direct is the producer without transactions: one client for all generations.
type direct struct{ slot slot }

func openDirect(ctx context.Context, s *sink) (*direct, error) {
	k, err := s.client.open("tidemark-"+s.env.Pipeline, s.producerOptions()...)
	if err != nil {
		return nil, err
	}
	err = ping(ctx, k, s.client)
	if err == nil {
		_, err = requireTopic(ctx, k, s.client, s.topic)
	}
	if err != nil {
		k.Close()
		return nil, err
	}
	return &direct{slot{kafka: k}}, nil
}

func (d *direct) acquire(uint64, func()) (*slot, error) { return &d.slot, d.slot.failure() }

func (d *direct) close() { d.slot.kafka.Close() }
