package kafka

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
)

// role is what a client does for a table; a property of the other role is passed over in
// silence, since one table may be read and written.
type role uint8

const (
	consumes role = 1 << iota
	produces
)

// client is what the 'properties.' of a table come to.
type client struct {
	bootstrap []string
	group     string
	reset     string // auto.offset.reset: earliest, latest, or "" for none
	committed bool   // isolation.level
	autoGroup bool   // commit.offsets.on.checkpoint
	txTimeout time.Duration
	txGiven   bool  // by the user
	buffer    int64 // buffer.memory
	options   []kgo.Opt
	unknown   []string // properties that mean nothing here, sorted
	outage    *outage  // listens to the clients that are open
}

// Defaults where those of kgo are not what a pipeline wants.
const (
	// defaultTxTimeout is the longest that a broker grants unless it is told otherwise
	// (transaction.max.timeout.ms); the sink takes less if the broker grants less.
	defaultTxTimeout = 15 * time.Minute
	// defaultBuffer bounds what a table's producers hold unsent, as the Java client's buffer.memory.
	defaultBuffer = 32 << 20
	// fetchBytes bounds one fetch response; with the budget below it bounds a source's memory.
	fetchBytes = 8 << 20
)

// property acts on one property of the Java client. Its error says what was expected.
type property struct {
	role role
	set  func(c *client, text string) error
}

func newClient(properties map[string]string, as role) (*client, error) {
	c := &client{committed: true, autoGroup: true, txTimeout: defaultTxTimeout, buffer: defaultBuffer}
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		p, known := propertyTable[name]
		switch {
		case securityProperty(name):
		case !known:
			c.unknown = append(c.unknown, name)
		case p.role&as != 0:
			if err := p.set(c, strings.TrimSpace(properties[name])); err != nil {
				return nil, fmt.Errorf("option 'properties.%s' = '%s': %v", name, properties[name], err)
			}
		}
	}
	if len(c.bootstrap) == 0 {
		return nil, fmt.Errorf("option 'properties.bootstrap.servers' names no broker")
	}
	secured, err := security(properties)
	if err != nil {
		return nil, err
	}
	c.options = append(c.options, secured...)
	return c, nil
}

// cluster names the cluster by its brokers.
func (c *client) cluster() string {
	brokers := slices.Clone(c.bootstrap)
	slices.Sort(brokers)
	return strings.Join(brokers, ",")
}

// open makes a client of the options of the table and extra ones, which come last and count.
func (c *client) open(id string, extra ...kgo.Opt) (*kgo.Client, error) {
	options := []kgo.Opt{
		kgo.SeedBrokers(c.bootstrap...),
		kgo.ClientID(id),
		kgo.SoftwareNameAndVersion("tidemark", "1"),
		kgo.DisableClientMetrics(),
		kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.FetchMaxWait(500 * time.Millisecond), // the Java client's; a partition added waits for it
		kgo.FetchMaxBytes(fetchBytes),
		kgo.FetchMaxPartitionBytes(fetchBytes / 4),
		kgo.ProducerLinger(0), // batches fill while others are on their way
		kgo.ConcurrentTransactionsBackoff(2 * time.Millisecond),
	}
	if c.outage != nil {
		options = append(options, kgo.WithHooks(c.outage))
	}
	return kgo.NewClient(append(append(options, c.options...), extra...)...)
}

// listen has the clients that are opened from now on tell of brokers that do not answer.
func (c *client) listen(env connector.Env) {
	if env.Outage != nil {
		c.outage = newOutage(c, env.Outage)
	}
}

// listened ends what listen began.
func (c *client) listened() {
	if c.outage != nil {
		c.outage.end()
	}
}

func (c *client) use(o kgo.Opt) { c.options = append(c.options, o) }

const both = consumes | produces

var propertyTable = map[string]property{
	"bootstrap.servers": {both, func(c *client, s string) error {
		for _, a := range strings.Split(s, ",") {
			if a = strings.TrimSpace(a); a != "" {
				c.bootstrap = append(c.bootstrap, a)
			}
		}
		return nil
	}},
	"client.id":               {both, func(c *client, s string) error { c.use(kgo.ClientID(s)); return nil }},
	"client.rack":             {consumes, func(c *client, s string) error { c.use(kgo.Rack(s)); return nil }},
	"metadata.max.age.ms":     {both, millis(func(c *client, d time.Duration) { c.use(kgo.MetadataMaxAge(max(d, 100*time.Millisecond))) })},
	"connections.max.idle.ms": {both, millis(func(c *client, d time.Duration) { c.use(kgo.ConnIdleTimeout(d)) })},
	"request.timeout.ms": {both, millis(func(c *client, d time.Duration) {
		c.use(kgo.RequestTimeoutOverhead(min(d, 15*time.Minute)))
		c.use(kgo.ProduceRequestTimeout(d))
	})},
	"retry.backoff.ms": {both, millis(func(c *client, d time.Duration) {
		c.use(kgo.RetryBackoffFn(func(int) time.Duration { return d }))
	})},

	"group.id":                     {both, func(c *client, s string) error { c.group = s; return nil }},
	"auto.offset.reset":            {both, resetProperty},
	"isolation.level":              {both, isolationProperty},
	"commit.offsets.on.checkpoint": {both, flag(func(c *client, on bool) { c.autoGroup = on })},
	"fetch.min.bytes":              {consumes, number(func(c *client, n int32) { c.use(kgo.FetchMinBytes(n)) })},
	"fetch.max.bytes":              {consumes, number(func(c *client, n int32) { c.use(kgo.FetchMaxBytes(n)) })},
	"max.partition.fetch.bytes":    {consumes, number(func(c *client, n int32) { c.use(kgo.FetchMaxPartitionBytes(n)) })},
	"fetch.max.wait.ms":            {consumes, millis(func(c *client, d time.Duration) { c.use(kgo.FetchMaxWait(d)) })},
	"check.crcs": {consumes, flag(func(c *client, on bool) {
		if !on {
			c.use(kgo.DisableFetchCRCValidation())
		}
	})},

	"linger.ms":              {produces, millis(func(c *client, d time.Duration) { c.use(kgo.ProducerLinger(d)) })},
	"max.request.size":       {produces, number(func(c *client, n int32) { c.use(kgo.ProducerBatchMaxBytes(n)) })},
	"buffer.memory":          {produces, number(func(c *client, n int32) { c.buffer = int64(n) })},
	"delivery.timeout.ms":    {produces, millis(func(c *client, d time.Duration) { c.use(kgo.RecordDeliveryTimeout(d)) })},
	"transaction.timeout.ms": {produces, millis(func(c *client, d time.Duration) { c.txTimeout, c.txGiven = d, true })},
	"compression.type":       {produces, compressionProperty},
	"acks":                   {produces, acksProperty},
	"transactional.id": {produces, func(*client, string) error {
		return fmt.Errorf("the sink names its transactions itself: use 'sink.transactional-id-prefix'")
	}},
}

func resetProperty(c *client, s string) error {
	switch s {
	case "earliest", "latest":
		c.reset = s
		return nil
	case "none":
		return nil
	}
	return fmt.Errorf("expected earliest, latest or none")
}

func isolationProperty(c *client, s string) error {
	c.committed = s == "read_committed"
	if !c.committed && s != "read_uncommitted" {
		return fmt.Errorf("expected read_committed or read_uncommitted")
	}
	return nil
}

func compressionProperty(c *client, s string) error {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	codec, ok := codecs[s]
	if !ok {
		return fmt.Errorf("expected none, gzip, snappy, lz4 or zstd")
	}
	c.use(kgo.ProducerBatchCompression(codec))
	return nil
}

func acksProperty(c *client, s string) error {
	if s != "all" && s != "-1" {
		return fmt.Errorf("only acks=all is safe against a broker's loss, and is what the sink uses")
	}
	return nil
}

func millis(set func(*client, time.Duration)) func(*client, string) error {
	return func(c *client, s string) error {
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil || n < 0 {
			return fmt.Errorf("expected a number of milliseconds")
		}
		set(c, time.Duration(n)*time.Millisecond)
		return nil
	}
}

func number(set func(*client, int32)) func(*client, string) error {
	return func(c *client, s string) error {
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil || n < 0 {
			return fmt.Errorf("expected a whole number from 0 to %d", int32(1<<31-1))
		}
		set(c, int32(n))
		return nil
	}
}

func flag(set func(*client, bool)) func(*client, string) error {
	return func(c *client, s string) error {
		on, err := strconv.ParseBool(s)
		if err != nil {
			return fmt.Errorf("expected true or false")
		}
		set(c, on)
		return nil
	}
}
