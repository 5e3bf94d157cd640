package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"tidemark.dev/connector"
)

// coordinator runs the transactions of one run of a pipeline on one cluster, for all its
// exactly-once tables there. The protocol is in the package's documentation.
//
// Invariants, under mu:
//   - A slot is free, or is the only one of its generation in live.
//   - A slot becomes free only when its transaction is known to have ended.
//   - Epochs are committed in order: committed never falls.
//   - Once broken is set nothing is begun, marked or committed any more.
type coordinator struct {
	key    runKey
	client *client
	given  map[string]string // the producer's properties, which all tables share
	prefix string
	group  string
	topic  string // whose partition 0 carries the mark
	env    connector.Env
	tables int         // that use it; under the lock of running
	kafka  *kgo.Client // for what is asked of coordinators directly
	// implicit: writing to a transaction adds to it (KIP-890); else it must be told first.
	implicit bool
	options  []kgo.Opt // of the slots' clients
	topicID  [16]byte

	starting  sync.Mutex
	started   bool
	preparing sync.Mutex // held by prepare
	releasing sync.WaitGroup
	refused   sync.Once  // the warning that a group takes no offsets
	ending    sync.Mutex // held by commit

	mu        sync.Mutex
	slots     []*slot
	live      map[uint64]*slot // by generation
	committed uint64           // the last epoch known to be committed
	broken    error
	waiting   []func() // writers that wait for a free slot
	life      context.Context
	stop      context.CancelFunc // ends life
}

// slots is how many transactional ids rotate: one epoch is being committed, one is being
// prepared, and one is being written.
const slots = 3

// runKey names a coordinator in this process.
type runKey struct{ cluster, pipeline, run string }

var running = struct {
	sync.Mutex
	byKey map[runKey]*coordinator
}{byKey: map[runKey]*coordinator{}}

// openTransactions joins the coordinator of the sink's cluster and run, or starts it, and
// settles the sink's pending tickets.
func openTransactions(ctx context.Context, s *sink, pending []connector.Ticket) (*coordinator, error) {
	key := runKey{s.client.cluster(), s.env.Pipeline, s.env.Run}
	prefix, group := strings.TrimSpace(s.table.Options.String("sink.transactional-id-prefix")), ""
	if prefix == "" {
		// Without a prefix that somebody answers for, the run alone keeps pipelines apart.
		prefix, group = "tidemark", "tidemark-"+s.env.Pipeline+"-"+s.env.Run
	} else {
		group = "tidemark-" + s.env.Pipeline + "-" + prefix
	}
	given := s.table.Options.WithPrefix("properties.")
	maps.DeleteFunc(given, func(name, _ string) bool {
		return !securityProperty(name) && propertyTable[name].role&produces == 0
	})

	running.Lock()
	c := running.byKey[key]
	if c == nil {
		c = &coordinator{key: key, client: s.client, given: given, prefix: prefix, topic: s.topic, group: group, env: s.env, live: map[uint64]*slot{}}
		c.life, c.stop = context.WithCancel(context.Background())
		running.byKey[key] = c
	}
	c.tables++
	running.Unlock()
	if err := c.join(ctx, s, given, prefix, pending); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// join starts the coordinator with its first table, and lets others take part.
func (c *coordinator) join(ctx context.Context, s *sink, given map[string]string, prefix string, pending []connector.Ticket) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	c.starting.Lock()
	defer c.starting.Unlock()
	if !c.started {
		if c.broken != nil {
			return c.broken
		}
		if err := c.start(ctx, s, pending); err != nil {
			c.broken = err
			return err
		}
		c.started = true
		return nil
	}
	if !maps.Equal(given, c.given) {
		return fmt.Errorf("its producer properties differ from those of another kafka table of the pipeline on the same cluster; they share one transaction an epoch, so give them the same, or other 'properties.bootstrap.servers'")
	}
	if prefix != c.prefix && s.table.Options.Given("sink.transactional-id-prefix") {
		s.env.Warn(fmt.Sprintf("table %s: the tables of the pipeline share transactions, whose ids begin with '%s', the first table's prefix", s.table.Name, c.prefix))
	}
	if _, err := requireTopic(ctx, c.kafka, c.client, s.topic); err != nil {
		return err
	}
	return c.settle(ctx, pending)
}

// startTimeout is how long a start tries to learn what became of the epochs before.
const startTimeout = time.Minute

// start connects, settles what an earlier process left, and takes the ids over.
func (c *coordinator) start(ctx context.Context, s *sink, pending []connector.Ticket) error {
	if err := c.connect(ctx); err != nil {
		return err
	}
	var err error
	if c.topicID, err = requireTopic(ctx, c.kafka, c.client, c.topic); err != nil {
		return err
	}
	c.options = s.producerOptions()
	if err := c.settle(ctx, pending); err != nil {
		return err
	}
	Step(StepBeforeFence)
	if err := c.fence(ctx); err != nil {
		return err
	}
	Step(StepFenced)
	return c.verify(ctx, pending)
}

// connect makes the client for requests of our own. Brokers without the second version
// of transactions (KIP-890) must not be sent the requests of it.
func (c *coordinator) connect(ctx context.Context) error {
	id := "tidemark-" + c.key.pipeline
	k, err := c.client.open(id)
	if err != nil {
		return err
	}
	if err := ping(ctx, k, c.client); err != nil {
		k.Close()
		return err
	}
	response, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, k)
	if err != nil {
		k.Close()
		return fmt.Errorf("asking a broker for its versions: %w", err)
	}
	for _, f := range response.FinalizedFeatures {
		if f.Name == "transaction.version" && f.MaxVersionLevel >= 2 {
			c.kafka, c.implicit = k, true
			return nil
		}
	}
	k.Close()
	old := kversion.Stable()
	old.SetMaxKeyVersion(int16(kmsg.EndTxn), 4)
	old.SetMaxKeyVersion(int16(kmsg.TxnOffsetCommit), 4)
	c.kafka, err = c.client.open(id, kgo.MaxVersions(old))
	return err
}

// settle decides each pending epoch, oldest first: the mark says that it was committed,
// or the commit is sent again.
func (c *coordinator) settle(ctx context.Context, pending []connector.Ticket) error {
	for _, p := range pending {
		if len(p.Data) == 0 {
			continue
		}
		t, err := decodeTicket(p.Data)
		if err != nil {
			return err
		}
		c.mu.Lock()
		done := c.committed >= p.Epoch && t.run == c.key.run
		c.mu.Unlock()
		if done {
			continue
		}
		if err := c.resolve(ctx, p.Epoch, t); err != nil {
			return err
		}
		c.note(p.Epoch)
	}
	return nil
}

func (c *coordinator) note(epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committed = max(c.committed, epoch)
}

// resolve finds out whether an epoch was committed, and commits it if it still can be.
//
//  1. The mark is read as it is: if it names the epoch or a later one, that is all.
//  2. Otherwise the commit is sent, again and again until it is answered. A commit that
//     was sent before and carried out is answered as if it were new.
//  3. If it is refused, see refusal.
func (c *coordinator) resolve(ctx context.Context, epoch uint64, t ticket) error {
	found, err := c.readMark(ctx, t.group, false)
	if err != nil {
		return err
	}
	if found.run == t.run && found.epoch >= epoch {
		return nil
	}
	Step(StepResolveBeforeEnd)
	err = c.end(ctx, t)
	Step(StepResolveAfterEnd)
	if err != nil {
		return c.refusal(ctx, epoch, t, err)
	}
	return nil
}

// refusal finds out what a commit that was not carried out means. If the coordinator has
// refused it, every id of the run is taken over: then no transaction of it is open or half
// ended any more, and the mark is final. It decides.
func (c *coordinator) refusal(ctx context.Context, epoch uint64, t ticket, cause error) error {
	if !rolledBack(cause) {
		return fmt.Errorf("committing epoch %d, transaction %s: %w", epoch, t.id, cause)
	}
	if err := c.takeOver(ctx, t.id); err != nil {
		return err
	}
	found, err := c.readMark(ctx, t.group, true)
	switch {
	case err != nil:
		return err
	case found.run == t.run && found.epoch >= epoch:
		return nil
	case found.run != t.run:
		return c.noMark(t.group, t.run, epoch, found)
	}
	return fmt.Errorf("epoch %d: transaction %s: %w (%w); the last epoch committed is %d", epoch, t.id, connector.ErrRefused, cause, found.epoch)
}

// noMark is the error of a mark that must be there and is not.
func (c *coordinator) noMark(group, run string, epoch uint64, found mark) error {
	what := "is gone; brokers delete the offsets of a group after offsets.retention.minutes, and with their topic"
	if found.run != "" {
		what = fmt.Sprintf("is of another run, %s: two pipelines of one name share 'sink.transactional-id-prefix' = '%s'", found.run, c.prefix)
	}
	return fmt.Errorf("whether epoch %d of run %s was committed cannot be known: the mark in group %s on topic %s %s; compare the topic with the epoch, and start with --fresh to go on without an answer", epoch, run, group, c.topic, what)
}

// end sends the commit of a ticket's transaction. An error for which rolledBack is true
// is the coordinator's refusal.
func (c *coordinator) end(ctx context.Context, t ticket) error {
	return retry(ctx, func() error {
		request := kmsg.NewPtrEndTxnRequest()
		request.TransactionalID, request.ProducerID, request.ProducerEpoch = t.id, t.producer, t.producerEpoch
		request.Commit = true
		response, err := request.RequestWith(ctx, c.kafka)
		if err != nil {
			return err
		}
		return kerrOf(response.ErrorCode)
	})
}

// fence takes all ids of the run over: what a zombie, or an earlier process, still has
// open is aborted, and it can write no more.
func (c *coordinator) fence(ctx context.Context) error {
	c.options = append(c.options, kgo.TransactionTimeout(c.client.txTimeout))
	first, err := c.newSlot(ctx, 0)
	if errors.Is(err, kerr.InvalidTransactionTimeout) && !c.client.txGiven {
		granted, e := c.grantedTimeout(ctx)
		if e != nil {
			return e
		}
		c.options = append(c.options, kgo.TransactionTimeout(granted))
		first, err = c.newSlot(ctx, 0)
	}
	if err != nil {
		return err
	}
	rest := make([]*slot, slots-1)
	errs := make(chan error, len(rest))
	for i := range rest {
		go func() {
			var err error
			rest[i], err = c.newSlot(ctx, i+1)
			errs <- err
		}()
	}
	for range rest {
		err = errors.Join(err, <-errs)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range append(rest, first) {
		if s != nil {
			c.slots = append(c.slots, s)
		}
	}
	return err
}

// grantedTimeout asks for the longest transaction that the brokers allow.
func (c *coordinator) grantedTimeout(ctx context.Context) (time.Duration, error) {
	const name = "transaction.max.timeout.ms"
	var configs kadm.ResourceConfigs
	admin := kadm.NewClient(c.kafka)
	brokers, err := admin.ListBrokers(ctx)
	if err == nil {
		configs, err = admin.DescribeBrokerConfigs(ctx, brokers.NodeIDs()...)
	}
	if err != nil {
		return 0, fmt.Errorf("the brokers do not grant transactions of %v, and what they grant cannot be read; set 'properties.transaction.timeout.ms': %w", defaultTxTimeout, err)
	}
	for _, broker := range configs {
		for _, config := range broker.Configs {
			if ms, err := strconv.Atoi(config.MaybeValue()); config.Key == name && err == nil {
				return time.Duration(ms) * time.Millisecond, nil
			}
		}
	}
	return 0, fmt.Errorf("the brokers do not grant transactions of %v; set 'properties.transaction.timeout.ms' to what they do", defaultTxTimeout)
}

// newSlot opens the client of an id; that the broker gives it a producer epoch fences all
// earlier ones.
func (c *coordinator) newSlot(ctx context.Context, n int) (*slot, error) {
	id := fmt.Sprintf("%s-%s-%s-%d", c.prefix, c.key.pipeline, c.key.run, n)
	k, err := c.client.open("tidemark-"+c.key.pipeline, append(slices.Clone(c.options), kgo.TransactionalID(id))...)
	if err != nil {
		return nil, err
	}
	if err := retry(ctx, func() error { _, _, err := k.ProducerID(ctx); return err }); err != nil {
		k.Close()
		if errors.Is(err, kerr.InvalidTransactionTimeout) {
			err = fmt.Errorf("the brokers grant less (transaction.max.timeout.ms) than 'properties.transaction.timeout.ms' = %d: %w", c.client.txTimeout.Milliseconds(), err)
		}
		return nil, fmt.Errorf("transactional id %s: %w", id, err)
	}
	producer, epoch, err := k.ProducerID(ctx)
	return &slot{kafka: k, id: id, number: n, producer: producer, producerEpoch: epoch}, err
}

// takeOver ends whatever is open under an id of the pool that id is of.
func (c *coordinator) takeOver(ctx context.Context, id string) error {
	c.mu.Lock()
	writing := len(c.slots) > 0
	c.mu.Unlock()
	if writing {
		c.fail(fmt.Errorf("%w: its transactions were ended to learn which epoch was committed", connector.ErrRefused))
	}
	pool := id[:strings.LastIndexByte(id, '-')+1]
	var ids []string
	for n := range slots {
		ids = append(ids, pool+strconv.Itoa(n))
	}
	for _, id := range ids {
		err := retry(ctx, func() error {
			request := kmsg.NewPtrInitProducerIDRequest()
			request.TransactionalID = kmsg.StringPtr(id)
			request.TransactionTimeoutMillis = int32(time.Minute / time.Millisecond)
			response, err := request.RequestWith(ctx, c.kafka)
			if err != nil {
				return err
			}
			return kerrOf(response.ErrorCode)
		})
		if err != nil {
			return fmt.Errorf("taking over transactional id %s: %w", id, err)
		}
	}
	return nil
}

// verify makes sure, once nothing of an earlier process is open, that the mark agrees
// with what the epoch log holds: the sink has no epoch that the log has not. A run that
// has no mark yet gets one, so that from then on one must be there.
func (c *coordinator) verify(ctx context.Context, pending []connector.Ticket) error {
	found, err := c.readMark(ctx, c.group, true)
	if err != nil {
		return err
	}
	newest := uint64(0)
	if len(pending) > 0 {
		newest = pending[len(pending)-1].Epoch
	}
	if found.run != c.key.run {
		return c.firstMark(ctx)
	}
	if found.epoch > newest {
		return fmt.Errorf("the sink is ahead: epoch %d was committed to topic %s, and the pipeline resumes at epoch %d; to go on would write the rows of %d epochs twice; restore a later copy of the data directory, or start with --fresh", found.epoch, c.topic, newest, found.epoch-newest)
	}
	return nil
}
