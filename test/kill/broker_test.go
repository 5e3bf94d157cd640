//go:build proof

package kill

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// broker is a real Kafka, and a client of the test's own that feeds it.
type broker struct {
	dir, addr string
	kafka     *kgo.Client
	admin     *kadm.Client
}

// peer is the script that starts Kafka and its tools.
func peer() string {
	path := os.Getenv("TIDEMARK_PEERS")
	if path == "" {
		path = filepath.Join("..", "..", "..", "shared", "peers")
	}
	path, _ = filepath.Abs(filepath.Join(path, "kafka"))
	return path
}

func (b *broker) command(arguments ...string) (string, error) {
	out, err := exec.Command(peer(), append(arguments, "--dir", b.dir)...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", peer(), strings.Join(arguments, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// startBroker starts a Kafka that aborts transactions soon after their timeout.
func startBroker(dir string) (*broker, error) {
	b := &broker{dir: dir}
	var err error
	b.addr, err = b.command("start", "--port", "0", "--set", "transaction.abort.timed.out.transaction.cleanup.interval.ms=500")
	if err != nil {
		return nil, err
	}
	b.kafka, err = kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(16<<10), kgo.MetadataMinAge(50*time.Millisecond),
		kgo.UnknownTopicRetries(200)) // a topic that was just made may not be known yet
	if err != nil {
		return nil, err
	}
	b.admin = kadm.NewClient(b.kafka)
	return b, nil
}

func (b *broker) stop() {
	b.kafka.Close()
	b.command("stop")
}

func (b *broker) topic(t *testing.T, name string, partitions int32) {
	t.Helper()
	r, err := b.admin.CreateTopic(t.Context(), partitions, 1, nil, name)
	check(t, err)
	check(t, r.Err)
}

// put writes records and waits until they are acknowledged.
func (b *broker) put(t *testing.T, records []*kgo.Record) {
	t.Helper()
	check(t, b.kafka.ProduceSync(context.Background(), records...).FirstErr())
}

// tail follows topics as a read_committed reader does.
type tail struct {
	kafka *kgo.Client
	done  chan struct{}

	mu    sync.Mutex
	rows  map[string]int
	first time.Time // when the first row came since forget
}

func (b *broker) follow(t *testing.T, topics ...string) *tail {
	t.Helper()
	k, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ConsumeTopics(topics...), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(20*time.Millisecond), kgo.MetadataMinAge(50*time.Millisecond))
	check(t, err)
	f := &tail{kafka: k, done: make(chan struct{}), rows: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(f.done)
		for {
			fetches := k.PollFetches(ctx)
			if ctx.Err() != nil {
				return
			}
			f.mu.Lock()
			fetches.EachRecord(func(r *kgo.Record) {
				f.rows[r.Topic]++
				if f.first.IsZero() {
					f.first = time.Now()
				}
			})
			f.mu.Unlock()
		}
	}()
	t.Cleanup(func() { cancel(); <-f.done; k.Close() })
	return f
}

func (f *tail) count(topic string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rows[topic]
}

// forget forgets when the first row came.
func (f *tail) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.first = time.Time{}
}

// since is how long after a time the first row came; false: none has.
func (f *tail) since(at time.Time) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first.Sub(at), !f.first.IsZero()
}

// eventually tries until it works, for so long.
func eventually(t *testing.T, d time.Duration, try func() error) {
	t.Helper()
	deadline := time.Now().Add(d)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
