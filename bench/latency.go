package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev"
)

// LatencyOptions are how latency is measured.
type LatencyOptions struct {
	Brokers string
	Cases   []string // stateless, count, committed
	Rate    int      // events a second; 0: the case's own
	Seconds int
}

// Latency is what was measured of one case. Each event counts from the moment when it was
// due to be sent, whether or not it could be sent then, to the moment when a reader of the
// output topic has it.
type Latency struct {
	Case   string  `json:"case"`
	Rate   int     `json:"rate"`
	Events int64   `json:"events"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	P999   float64 `json:"p999_ms"`
	Max    float64 `json:"max_ms"`
}

// latencyCase is a pipeline from topic to topic.
type latencyCase struct {
	name      string
	rate      int
	guarantee string
	committed bool // the reader sees committed rows only
	columns   string
	sql       string
}

var latencyCases = []latencyCase{
	{"stateless", 10_000, "at-least-once", false, "due BIGINT, k BIGINT", "SELECT due, k FROM events WHERE k >= 0"},
	{"count", 10_000, "at-least-once", false, "due BIGINT, k BIGINT, n BIGINT", "SELECT MAX(due), k, COUNT(*) FROM events GROUP BY k"},
	{"committed", 100_000, "exactly-once", true, "due BIGINT, k BIGINT", "SELECT due, k FROM events WHERE k >= 0"},
}

// Measure runs the cases against a Kafka cluster, one after the other.
func Measure(o LatencyOptions, each func(Latency)) error {
	for _, name := range o.Cases {
		found := false
		for _, c := range latencyCases {
			if c.name != name {
				continue
			}
			found = true
			if o.Rate > 0 {
				c.rate = o.Rate
			}
			l, err := c.measure(o)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			each(l)
		}
		if !found {
			return fmt.Errorf("no case %q; there are stateless, count, committed", name)
		}
	}
	return nil
}

const latencyPartitions = 4

func (c latencyCase) measure(o LatencyOptions) (l Latency, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	suffix := strconv.FormatInt(time.Now().UnixNano(), 36)
	in, out := "tidemark-latency-in-"+suffix, "tidemark-latency-out-"+suffix
	client, err := kgo.NewClient(kgo.SeedBrokers(o.Brokers), kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.AllowAutoTopicCreation())
	if err != nil {
		return l, err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopics(ctx, latencyPartitions, 1, nil, in, out); err != nil {
		return l, err
	}
	defer admin.DeleteTopics(context.Background(), in, out)
	dir, err := os.MkdirTemp("", "tidemark-latency")
	if err != nil {
		return l, err
	}
	defer os.RemoveAll(dir)
	e, err := tidemark.Open(tidemark.Options{DataDir: dir, Out: io.Discard, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Warn: func(string) {}})
	if err != nil {
		return l, err
	}
	defer e.Close()
	script := fmt.Sprintf(`CREATE TABLE events (due BIGINT, k BIGINT) WITH ('connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE results (%s) WITH ('connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'format' = '%s', 'sink.delivery-guarantee' = '%s');
INSERT INTO results %s;`, in, o.Brokers, c.columns, out, o.Brokers, c.format(), c.guarantee, c.sql)
	s, err := e.Plan("latency.sql", script)
	if err != nil {
		return l, err
	}
	ran := make(chan error, 1)
	go func() { _, err := e.Run(ctx, s, true); ran <- err }()

	read := make(chan *hdrhistogram.Histogram, 1)
	warm := time.Now().Add(2 * time.Second)
	until := warm.Add(time.Duration(o.Seconds) * time.Second)
	go c.read(ctx, o.Brokers, out, warm, until, read)
	c.produce(ctx, client, in, until)
	select {
	case h := <-read:
		ms := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
		l = Latency{c.name, c.rate, h.TotalCount(), ms(50), ms(99), ms(99.9), float64(h.Max()) / 1000}
	case err := <-ran:
		return l, fmt.Errorf("the pipeline ended: %w", err)
	case <-time.After(30 * time.Second):
		return l, fmt.Errorf("the reader has not seen the last event 30 s after it was due")
	}
	e.Stop()
	if err := <-ran; err != nil {
		return l, err
	}
	return l, nil
}

func (c latencyCase) format() string {
	if c.name == "count" {
		return "debezium-json"
	}
	return "json"
}

// produce sends events at their due times, in an open loop: a late one does not put off
// those behind it.
func (c latencyCase) produce(ctx context.Context, client *kgo.Client, topic string, until time.Time) {
	began := time.Now()
	for n := int64(0); ; n++ {
		due := began.Add(time.Duration(n) * time.Second / time.Duration(c.rate))
		if due.After(until) {
			break
		}
		if wait := time.Until(due); wait > time.Millisecond {
			time.Sleep(wait)
		}
		value := strconv.AppendInt([]byte(`{"due":`), due.UnixMicro(), 10)
		value = strconv.AppendInt(append(value, `,"k":`...), rand.Int64N(1000), 10)
		client.Produce(ctx, &kgo.Record{Topic: topic, Partition: int32(n % latencyPartitions), Value: append(value, '}')}, nil)
	}
	client.Flush(ctx)
}

// read notes how old each event is when it is read.
func (c latencyCase) read(ctx context.Context, brokers, topic string, warm, until time.Time, done chan<- *hdrhistogram.Histogram) {
	level := kgo.ReadUncommitted()
	if c.committed {
		level = kgo.ReadCommitted()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(level),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMinBytes(1), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		return
	}
	defer client.Close()
	h := hdrhistogram.New(1, 60_000_000, 3)
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		now := time.Now().UnixMicro()
		last := false
		fetches.EachRecord(func(r *kgo.Record) {
			due := dueOf(r.Value)
			if due >= warm.UnixMicro() && due < until.UnixMicro() {
				h.RecordValue(max(1, now-due))
			}
			last = last || due >= until.UnixMicro()-int64(1_000_000/c.rate)*2-1000
		})
		if last {
			done <- h
			return
		}
	}
}

// dueOf finds the due time of the event that a record tells of; 0: of none. What an update
// takes back (debezium's "before") tells of the event before it: it is no sign of this one.
func dueOf(b []byte) (n int64) {
	if i := bytes.Index(b, after); i >= 0 {
		b = b[i+len(after):]
	}
	for i := 0; i+6 < len(b); i++ {
		if binary.LittleEndian.Uint32(b[i:]) == 'd'|'u'<<8|'e'<<16|'"'<<24 {
			for i += 5; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
				n = n*10 + int64(b[i]-'0')
			}
			if n > 0 {
				return n
			}
		}
	}
	return 0
}

var after = []byte(`"after":`)
