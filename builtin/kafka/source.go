package kafka

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
)

// openTimeout is how long a start waits for a broker before it says that there is none.
const openTimeout = 20 * time.Second

// source reads the topics of one table; one split is one partition. All its readers
// share a client and a fetcher, which buffers what the brokers send, by partition.
type source struct {
	table   *connector.Table
	columns *columns
	client  *client
	start   startup
	end     startup
	topics  []string
	pattern *regexp.Regexp

	env       connector.Env
	kafka     *kgo.Client
	admin     *kadm.Client
	fetch     *fetcher
	discovery time.Duration

	listing sync.Mutex // held while Splits asks the brokers; only it adds to splits
	listed  time.Time  // when it last did

	mu     sync.Mutex
	splits map[string]*split // by split ID
	// inGroup are the offsets that the group has of us, by split ID.
	inGroup map[string]int64
	// atEnd are where splits were read to the end: epochs after that do not list them.
	atEnd map[string]int64
}

// split is what is known of one partition before it is read.
type split struct {
	topic     string
	partition int32
	topicID   [16]byte
	start     int64 // where reading starts if there is nothing to resume
	end       int64 // where it then ends, or unbounded
	err       error // why there is no start
}

func splitID(topic string, partition int32) string {
	return topic + "/" + strconv.Itoa(int(partition))
}

func (s *split) id() string   { return splitID(s.topic, s.partition) }
func (s *split) name() string { return fmt.Sprintf("topic %s partition %d", s.topic, s.partition) }

func newSource(t *connector.Table) (connector.Source, error) {
	c, err := newClient(t.Options.WithPrefix("properties."), consumes)
	if err != nil {
		return nil, err
	}
	s := &source{table: t, client: c, splits: map[string]*split{}, inGroup: map[string]int64{}, atEnd: map[string]int64{}, discovery: t.Options.Duration("scan.topic-partition-discovery.interval")}
	if err := s.takeTopics(); err != nil {
		return nil, err
	}
	if err := checkPrimaryKey(t); err != nil {
		return nil, err
	}
	if s.columns, err = newColumns(t, false); err != nil {
		return nil, err
	}
	if s.start, err = newStartup(t.Options, "scan.startup.", len(s.topics)); err != nil {
		return nil, err
	}
	if s.end, err = newStartup(t.Options, "scan.bounded.", len(s.topics)); err != nil {
		return nil, err
	}
	if (s.start.mode == startGroup || s.end.mode == startGroup) && c.group == "" && c.reset == "" {
		return nil, fmt.Errorf("mode 'group-offsets' needs 'properties.group.id'; or set 'scan.startup.mode' = 'earliest-offset'")
	}
	// The formats are built once here, so that what is wrong with them is told while planning.
	if _, err := s.newDecoders(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *source) takeTopics() error {
	o := s.table.Options
	s.topics = list(o.String("topic"))
	pattern := o.String("topic-pattern")
	switch {
	case pattern != "" && len(s.topics) > 0:
		return fmt.Errorf("options 'topic' and 'topic-pattern' exclude each other")
	case pattern != "":
		p, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			return fmt.Errorf("option 'topic-pattern': %v", err)
		}
		s.pattern = p
	case len(s.topics) == 0:
		return fmt.Errorf("one of the options 'topic' and 'topic-pattern' is required")
	}
	return nil
}

// checkPrimaryKey refuses a key that an append-only topic cannot keep, as Flink does.
func checkPrimaryKey(t *connector.Table) error {
	if len(t.PrimaryKey) > 0 && insertOnly(t.Kinds) {
		return fmt.Errorf("a kafka table of an insert-only format cannot have a PRIMARY KEY: nothing would hold it")
	}
	return nil
}

func insertOnly(k connector.KindSet) bool { return k == 0 || k == connector.InsertOnly }

func (s *source) Bounded() bool { return s.end.mode != endNever }

func (s *source) Kinds() connector.KindSet {
	if s.table.Kinds == 0 {
		return connector.InsertOnly
	}
	return s.table.Kinds
}

// Open connects and makes sure that a broker answers.
func (s *source) Open(ctx context.Context, env connector.Env) error {
	s.env = env
	for _, name := range s.client.unknown {
		env.Warn(fmt.Sprintf("table %s: the property '%s' means nothing to this source and is passed over", s.table.Name, name))
	}
	s.client.listen(env)
	level := kgo.ReadCommitted()
	if !s.client.committed {
		level = kgo.ReadUncommitted()
	}
	k, err := s.client.open("tidemark-"+env.Pipeline,
		kgo.FetchIsolationLevel(level),
		kgo.KeepControlRecords(), // they tell how far a partition was read
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.WithPools(recordPool{}),
	)
	if err != nil {
		return fmt.Errorf("table %s: %w", s.table.Name, err)
	}
	s.kafka, s.admin = k, kadm.NewClient(k)
	if err := ping(ctx, k, s.client); err != nil {
		k.Close()
		s.kafka = nil
		return fmt.Errorf("table %s: %w", s.table.Name, err)
	}
	s.fetch = newFetcher(s)
	reading.add(s.key(), s)
	return nil
}

// ping asks each broker until one answers, for at most openTimeout.
func ping(ctx context.Context, k *kgo.Client, c *client) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := k.Ping(ctx); err != nil {
		return fmt.Errorf("no broker of '%s' answers: %w", strings.Join(c.bootstrap, ","), err)
	}
	return nil
}

// Splits lists the partitions. What it finds for the first time it also gives a start and
// an end. A partition that was not there when the pipeline first started, found later or
// after a resumption, starts at its beginning whatever the start-up mode is, as in Flink
// (KafkaSourceEnumerator's newDiscoveryOffsetsInitializer): no row is missed.
func (s *source) Splits(ctx context.Context) ([]connector.Split, error) {
	s.listing.Lock()
	defer s.listing.Unlock()
	if s.listed.IsZero() || s.discovery > 0 && !s.Bounded() && time.Since(s.listed) >= s.discovery {
		if err := s.list(ctx); err != nil && (s.listed.IsZero() || !unreachable(err)) {
			return nil, fmt.Errorf("table %s: %w", s.table.Name, err)
		}
		s.listed = time.Now()
	}
	known := make([]*split, 0, len(s.splits))
	for _, p := range s.splits {
		known = append(known, p)
	}
	sort.Slice(known, func(i, j int) bool {
		if known[i].topic != known[j].topic {
			return known[i].topic < known[j].topic
		}
		return known[i].partition < known[j].partition
	})
	splits := make([]connector.Split, len(known))
	for i, p := range known {
		splits[i] = connector.Split{ID: p.id(), Name: p.name(), Unit: "offset"}
	}
	return splits, nil
}

// unreachable tells that no broker has answered: not even with an error. A source that
// runs waits then, and looks for partitions at the next occasion.
func unreachable(err error) bool {
	var answered *kerr.Error
	return !errors.As(err, &answered)
}

func (s *source) list(ctx context.Context) error {
	details, err := s.describeTopics(ctx)
	if err != nil {
		return err
	}
	var fresh []*split
	for _, d := range details {
		for _, p := range d.Partitions.Sorted() {
			sp := &split{topic: d.Topic, partition: p.Partition, topicID: d.ID, end: unbounded}
			if s.splits[sp.id()] == nil {
				fresh = append(fresh, sp)
			}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	start := s.start
	if s.env.Resumed || !s.listed.IsZero() {
		start = startup{mode: startEarliest}
	}
	if err := s.resolve(ctx, start, fresh, func(p *split, at int64, err error) { p.start, p.err = at, err }); err != nil {
		return err
	}
	if s.Bounded() {
		err := s.resolve(ctx, s.end, fresh, func(p *split, at int64, err error) {
			p.end = at
			if err != nil {
				p.err = err
			}
		})
		if err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range fresh {
		s.splits[p.id()] = p
	}
	return nil
}

func (s *source) describeTopics(ctx context.Context) ([]kadm.TopicDetail, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	var details []kadm.TopicDetail
	all, err := s.admin.ListTopics(ctx, s.topics...)
	if err != nil {
		return nil, fmt.Errorf("cannot list topics: %w", err)
	}
	for _, d := range all.Sorted() {
		if s.pattern != nil && !s.pattern.MatchString(d.Topic) {
			continue
		}
		if d.Err != nil {
			return nil, fmt.Errorf("topic %s of '%s': %w", d.Topic, strings.Join(s.client.bootstrap, ","), d.Err)
		}
		details = append(details, d)
	}
	if s.pattern == nil && len(details) == 0 {
		return nil, fmt.Errorf("topic %s does not exist on '%s'", strings.Join(s.topics, ", "), strings.Join(s.client.bootstrap, ","))
	}
	return details, nil
}

// OpenSplit hands the partition to the fetcher.
func (s *source) OpenSplit(_ context.Context, sp connector.Split, at []byte, env connector.Env) (connector.Reader, error) {
	s.mu.Lock()
	known := s.splits[sp.ID]
	s.mu.Unlock()
	var p position
	switch {
	case at != nil:
		var err error
		if p, err = decodePosition(at); err != nil {
			return nil, fmt.Errorf("%s: %w", sp.Name, err)
		}
	case known == nil:
		return nil, fmt.Errorf("%s: no such split", sp.ID)
	case known.err != nil:
		return nil, fmt.Errorf("%s: %w", sp.Name, known.err)
	default:
		p = position{next: known.start, end: known.end, topicID: known.topicID}
		s.keepStart(env)
	}
	if known == nil {
		return nil, fmt.Errorf("%s: the partition is gone, and the %d offsets from %d on with it, if there were any", sp.ID, max(0, p.end-p.next), p.next)
	}
	if p.topicID != known.topicID && p.topicID != [16]byte{} && known.topicID != [16]byte{} {
		// Offsets of the old topic mean nothing in the new one.
		gap := fmt.Errorf("%s: the topic was deleted and made anew since offset %d was reached; rows of the old topic that were not read are lost", sp.Name, p.next)
		if s.client.reset == "" {
			return nil, fmt.Errorf("%w; set 'properties.auto.offset.reset' to go on with the new topic, or start anew", gap)
		}
		env.Warn(gap.Error() + "; reading goes on in the new topic")
		p.next, p.topicID = 0, known.topicID
	}
	decode, err := s.newDecoders()
	if err != nil {
		return nil, err
	}
	r := &reader{source: s, name: known.name(), position: p, env: env, decode: decode}
	r.partition = s.fetch.add(known, p, env)
	r.meta = newMetadataReader(s.columns, known)
	return r, nil
}

// keepStart has the places where reading starts and ends made durable at once if they would
// be others at a later start: an idle pipeline that is killed then does not skip what came meanwhile.
func (s *source) keepStart(env connector.Env) {
	moves := func(mode string) bool { return mode == startLatest || mode == startGroup }
	if env.WantEpoch != nil && !env.Resumed && (moves(s.start.mode) || moves(s.end.mode)) {
		env.WantEpoch(0)
	}
}

// Acknowledge commits the positions to the table's consumer group, if it has one and they
// were not committed with the epoch's rows.
func (s *source) Acknowledge(ctx context.Context, positions map[string][]byte) error {
	fresh := s.offsetsOf(positions)
	offsets := kadm.Offsets{}
	for _, o := range fresh {
		offsets.AddOffset(o.topic, o.partition, o.offset, -1)
	}
	if len(offsets) == 0 {
		return nil
	}
	if err := s.admin.CommitAllOffsets(ctx, s.client.group, offsets); err != nil {
		return fmt.Errorf("table %s: cannot commit offsets to group %s: %w", s.table.Name, s.client.group, err)
	}
	s.noteInGroup(fresh)
	return nil
}

// offsetsOf lists what of an epoch's positions the table's group does not have yet. A split
// that the epoch does not list, and that was read to its end, had ended before.
func (s *source) offsetsOf(positions map[string][]byte) []offsetCommit {
	if s.client.group == "" || !s.client.autoGroup {
		return nil
	}
	var offsets []offsetCommit
	add := func(id string, next int64) {
		at, known := s.inGroup[id]
		if sp := s.splits[id]; sp != nil && (!known || at != next) {
			offsets = append(offsets, offsetCommit{topic: sp.topic, topicID: sp.topicID, partition: sp.partition, offset: next})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, b := range positions {
		if p, err := decodePosition(b); err == nil {
			add(id, p.next)
		}
	}
	for id, next := range s.atEnd {
		if _, listed := positions[id]; !listed {
			add(id, next)
		}
	}
	return offsets
}

// noteInGroup notes offsets that the group has.
func (s *source) noteInGroup(offsets []offsetCommit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range offsets {
		s.inGroup[splitID(o.topic, o.partition)] = o.offset
	}
}

// ended notes that a split was read to its end.
func (s *source) ended(p *split, next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.atEnd[p.id()] = next
}

// reading are the sources that are open in this process, for the sinks that commit their
// positions with their rows.
var reading = sourceRegistry{open: map[sourceKey]*source{}}

type sourceKey struct {
	run   runKey
	table string
}

type sourceRegistry struct {
	mu   sync.Mutex
	open map[sourceKey]*source
}

func (r *sourceRegistry) find(run runKey, table string) *source {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[sourceKey{run, table}]
}

func (r *sourceRegistry) add(k sourceKey, s *source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[k] = s
}

func (r *sourceRegistry) remove(k sourceKey, s *source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open[k] == s {
		delete(r.open, k)
	}
}

func (s *source) key() sourceKey {
	return sourceKey{runKey{s.client.cluster(), s.env.Pipeline, s.env.Run}, s.table.Name}
}

func (s *source) Close() error {
	reading.remove(s.key(), s)
	s.client.listened()
	if s.fetch != nil {
		s.fetch.close()
	}
	if s.kafka != nil {
		s.kafka.Close()
	}
	return nil
}
