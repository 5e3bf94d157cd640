package formattest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func broker(t *testing.T) string {
	if address := os.Getenv("KAFKA"); address != "" {
		return address
	}
	dir := t.TempDir()
	t.Cleanup(func() { _ = exec.Command("kafka", "stop", "--dir", dir).Run() })
	address, err := exec.Command("kafka", "start", "--dir", dir, "--port", "0").Output()
	if err != nil {
		t.Fatal("KAFKA is not set, and no broker started: ", err)
	}
	return strings.TrimSpace(string(address))
}

// messages sends the records to a topic, and says how tables read it and write another.
func (s *scripts) messages(c Case, name string, records []string) (read, written string) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	client := s.client()
	defer client.Close()
	admin := kadm.NewClient(client)
	for _, topic := range []string{name, name + "-out"} {
		_, _ = admin.DeleteTopics(ctx, topic) // of an earlier run
		for {
			if got, err := admin.CreateTopic(ctx, 1, 1, nil, topic); err == nil && got.Err == nil {
				break
			} else if ctx.Err() != nil {
				s.t.Fatal(topic, err, got.Err)
			}
		}
	}
	for _, r := range records {
		m := &kgo.Record{Topic: name, Value: []byte(r)}
		if r == "NULL" {
			m.Value = nil
		}
		if err := client.ProduceSync(ctx, m).FirstErr(); err != nil {
			s.t.Fatal(err)
		}
	}
	const with = "'connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s'"
	read = fmt.Sprintf(with, name, s.broker) + ", 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'"
	return read, fmt.Sprintf(with, name+"-out", s.broker)
}

func (s *scripts) client(opts ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(s.broker))...)
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

// topic is what a topic holds, as string literals.
func (s *scripts) topic(name string) (text string) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	client := s.client(kgo.ConsumeTopics(name), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, name)
	if err != nil {
		s.t.Fatal(err)
	}
	end, _ := ends.Lookup(name, 0)
	for n := int64(0); n < end.Offset; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			s.t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if n = r.Offset + 1; r.Value == nil {
				text += "null\n"
			} else {
				text += strconv.Quote(string(r.Value)) + "\n"
			}
		})
	}
	return text
}
