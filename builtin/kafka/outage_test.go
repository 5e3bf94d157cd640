//go:build proof

package kafka

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// ownBroker is a real broker for one test, which may kill it.
func ownBroker(t *testing.T, arguments ...string) (b *broker, restart func()) {
	t.Helper()
	dir := t.TempDir()
	// A broker that was killed is let in again when its old session has ended.
	addr, err := peer(append([]string{"start", "--dir", dir, "--port", "0", "--set", "broker.session.timeout.ms=1000",
		"--set", "broker.heartbeat.interval.ms=200"}, arguments...)...)
	check(t, err)
	t.Cleanup(func() { _, _ = peer("stop", "--dir", dir) })
	run = "r1"
	b = connectTo(t, addr)
	b.dir = dir
	return b, func() {
		t.Helper()
		_, err := peer("kill9", "--dir", dir)
		check(t, err)
		_, err = peer("start", "--dir", dir)
		check(t, err)
	}
}

// The broker is killed at each step, and comes back; the pipeline only waits.
func TestBrokerKilledAtEachStep(t *testing.T) {
	b, restart := ownBroker(t)
	for i, name := range Steps {
		t.Run(name, func(t *testing.T) {
			b := &broker{t: t, addr: b.addr, kafka: b.kafka, admin: b.admin}
			run = fmt.Sprintf("r%d", i)
			_, _ = b.admin.DeleteTopics(t.Context(), "out")
			b.topic("out", 2)
			p := &pipeline{t: t, b: b, random: rand.New(rand.NewPCG(3, 3)), tasks: 2}
			stopAt(t, StepBeforeEnd, 2) // so that there is something to resolve
			p.run(20)
			var once sync.Once
			Step = func(at string) {
				if at == name {
					once.Do(restart)
				}
			}
			p.run(20)
			p.exactly(20)
			once.Do(func() { t.Error("the step was not taken") })
		})
	}
}

func TestSourceOverABrokerKilled(t *testing.T) {
	b, restart := ownBroker(t)
	b.topic("in", 2)
	for i := range 50 {
		b.put("in", int32(i%2), fmt.Sprintf("id=%d", i))
	}
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in"), nil)
	rows := r.rows(10)
	restart()
	for i := range 10 {
		b.put("in", 0, fmt.Sprintf("id=%d", 50+i))
	}
	rows = append(rows, r.rows(60-len(rows))...)
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row] {
			t.Errorf("%s twice", row)
		}
		seen[row] = true
	}
	if len(seen) != 60 {
		t.Errorf("%d rows", len(seen))
	}
}

// A source and a sink tell of a broker that is gone, and that it is back.
func TestOutageIsTold(t *testing.T) {
	b, _ := ownBroker(t)
	dir := b.dir
	b.topic("in", 1)
	b.topic("out", 1)
	var mu sync.Mutex
	var told []string
	heard := newEnv()
	heard.Outage = func(system string, _ time.Time, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			told = append(told, fmt.Sprintf("%s: %v", system, err))
		} else {
			told = append(told, system+" is back")
		}
	}
	await := func(n int) {
		t.Helper()
		eventually(t, func() error {
			mu.Lock()
			defer mu.Unlock()
			if len(told) != n {
				return fmt.Errorf("told: %q", told)
			}
			return nil
		})
	}
	source, err := Connector.NewSource(tableOf(t, b, columnsOf("id BIGINT"), "topic=in"))
	check(t, err)
	check(t, source.Open(t.Context(), heard.Env))
	defer source.Close()
	splits, err := source.Splits(t.Context())
	check(t, err)
	r, err := source.OpenSplit(t.Context(), splits[0], nil, heard.Env)
	check(t, err)
	defer r.Close()
	_, err = peer("kill9", "--dir", dir)
	check(t, err)
	await(1)
	_, err = peer("start", "--dir", dir)
	check(t, err)
	await(2)
	if !strings.Contains(told[0], "broker "+b.addr+" does not answer") || !strings.HasSuffix(told[1], "is back") {
		t.Errorf("told: %q", told)
	}
}

// The process stands still for longer than the transaction's timeout: before its record
// is durable, and after.
func TestOutageLongerThanTheTimeout(t *testing.T) {
	b, _ := ownBroker(t, "--set", "transaction.abort.timed.out.transaction.cleanup.interval.ms=100")
	b.topic("out", 1)
	table := func() []string { return []string{"properties.transaction.timeout.ms=500"} }

	w := openSink(t, outTable(t, b, table()...), 1)
	w.write(0, "id=1")
	one := w.prepare(1)
	w.commit(one)
	w.write(0, "id=2")
	two := w.prepare(2)
	b.awaitAborted(two.Data)
	err := w.sink.Commit(t.Context(), two)
	refused(t, err)
	expectError(t, err, "the last epoch committed is 1")
	w.close()

	w = openSink(t, outTable(t, b, table()...), 1, one)
	w.write(0, "id=2")
	two = w.prepare(2)
	w.crash()
	b.awaitAborted(two.Data)
	_, err = tryOpenSink(t, outTable(t, b, table()...), 1, two)
	refused(t, err)

	w = openSink(t, outTable(t, b, table()...), 1, one)
	w.write(0, "id=2")
	w.flushed(0)
	b.awaitAborted(ticket{id: w.sink.(*sink).tx.live[0].id}.encode())
	err = w.try(0, "id=3")
	if err == nil {
		_, err = w.tryPrepare(2)
	}
	refused(t, err)
	w.close()

	w = openSink(t, outTable(t, b, table()...), 1, one)
	w.write(0, "id=2")
	w.commit(w.prepare(2))
	b.expect("out", "id=1", "id=2")
}

// flushed waits until a task's rows are acknowledged, without a barrier.
func (w *writing) flushed(task int) {
	x := w.writers[task].(*writer)
	eventually(w.t, func() error {
		if n := x.pending.Load(); n > 0 {
			return fmt.Errorf("%d records are on their way", n)
		}
		return nil
	})
}

// awaitAborted waits until the coordinator has given a ticket's transaction up.
func (b *broker) awaitAborted(data []byte) {
	b.t.Helper()
	known, err := decodeTicket(data)
	check(b.t, err)
	eventually(b.t, func() error {
		all, err := b.admin.DescribeTransactions(b.t.Context(), known.id)
		if err != nil {
			return err
		}
		if state := all[known.id].State; state != "CompleteAbort" {
			time.Sleep(50 * time.Millisecond)
			return fmt.Errorf("transaction %s is %s", known.id, state)
		}
		return nil
	})
}

func TestBrokerGrantsLess(t *testing.T) {
	b, _ := ownBroker(t, "--tx-max-timeout", "60000")
	b.topic("out", 1)
	w := openSink(t, outTable(t, b), 1)
	w.write(0, "id=1")
	w.commit(w.prepare(1))
	b.expect("out", "id=1")
	w.close()
	_, err := tryOpenSink(t, outTable(t, b, "properties.transaction.timeout.ms=60001"), 1)
	expectError(t, err, "transaction.max.timeout.ms", "60001")
}

func TestTLSAndSASL(t *testing.T) {
	status, err := peer("status", "--dir", real.dir)
	check(t, err)
	listeners := map[string]string{}
	for _, line := range strings.Split(status, "\n") {
		if protocol, addr, ok := strings.Cut(line, " "); ok {
			listeners[protocol] = addr
		}
	}
	const jaas = `properties.sasl.jaas.config=x required username="tidemark" password="tidemark-secret";`
	pem := []string{"properties.ssl.truststore.type=PEM", "properties.ssl.truststore.location=" + filepath.Join(real.dir, "tls", "ca.pem")}
	for name, options := range map[string][]string{
		"SASL_PLAINTEXT PLAIN":         {"properties.sasl.mechanism=PLAIN", jaas},
		"SASL_PLAINTEXT SCRAM-SHA-256": {"properties.sasl.mechanism=SCRAM-SHA-256", jaas},
		"SASL_SSL SCRAM-SHA-512":       append([]string{"properties.sasl.mechanism=SCRAM-SHA-512", jaas}, pem...),
		"SSL": append([]string{"properties.ssl.keystore.type=PEM",
			"properties.ssl.keystore.location=" + filepath.Join(real.dir, "tls", "client.pem")}, pem...),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t)
			b.topic("out", 1)
			protocol, _, _ := strings.Cut(name, " ")
			options = append(options, "properties.bootstrap.servers="+listeners[protocol], "properties.security.protocol="+protocol)
			w := openSink(t, outTable(t, b, options...), 1)
			w.write(0, "id=1")
			w.commit(w.prepare(1))
			b.expect("out", "id=1")
			r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), append(options, "topic=out", "scan.bounded.mode=latest-offset")...), nil)
			expect(t, r.rows(-1), "out/0@0: 1")
		})
	}
}
