package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// When the broker of a running pipeline is gone it says so once, goes on waiting, tells
// what a stop waits for, and ends at once at a second signal.
func TestBrokerIsGone(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	addr := cluster.ListenAddrs()[0]
	client, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for n := range 3 {
		if err := client.ProduceSync(context.Background(), &kgo.Record{Topic: "in", Value: fmt.Appendf(nil, `{"n": %d}`, n)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	topic := func(table, topic string) string {
		return fmt.Sprintf("CREATE TABLE %s (n BIGINT) WITH ('connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'format' = 'json',\n"+
			"  'scan.startup.mode' = 'earliest-offset', 'sink.delivery-guarantee' = 'at-least-once');\n", table, topic, addr)
	}
	dir := workplace(t, map[string]string{"s.sql": topic("events", "in") + topic("copies", "out") + `
CREATE TABLE shown (n BIGINT) WITH ('connector' = 'print');
EXECUTE STATEMENT SET BEGIN
INSERT INTO shown SELECT n FROM events;
INSERT INTO copies SELECT n FROM events;
END;`})
	l := start(t, dir, "run", "s.sql")
	for range 3 {
		l.line()
	}
	cluster.Close()
	l.hear("broker " + addr + " does not answer")
	l.signal(syscall.SIGTERM)
	l.hear("still stopping")
	l.signal(syscall.SIGTERM)
	o := l.end()
	o.expect(t, 143, "")
	if n := strings.Count(o.errors, "does not answer"); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, o.errors)
	}
}
