package kafka

import (
	"errors"
	"fmt"
	"sort"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
	"tidemark.dev/format"
)

func bounded(more ...string) []string {
	return append([]string{"topic=in", "scan.bounded.mode=latest-offset"}, more...)
}

func TestSourceReadsAllPartitions(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 2)
	b.put("in", 0, "id=1,name=a", "id=2,name=a name too long for a view", "name=none")
	b.put("in", 1, "id=3,name=twice", "id=4")
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT", "name"), bounded()...), nil)
	expect(t, r.rows(-1),
		"in/0@0: 1 | a",
		"in/0@1: 2 | a name too long for a view",
		"in/1@0: 3 | twice",
		"in/1@0: 3 | twice",
		"in/1@1: 4 | NULL")
}

func TestSourceWakesWhenRecordsArrive(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in"), nil)
	expect(t, r.rows(0))
	b.put("in", 0, "id=1")
	expect(t, r.rows(1), "in/0@0: 1")
	b.put("in", 0, "id=2")
	expect(t, r.rows(1), "in/0@1: 2")
}

func TestStartAndEnd(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 2)
	for i, v := range []string{"id=0", "id=1", "id=2", "id=3"} {
		r := &kgo.Record{Topic: "in", Value: []byte(v), Timestamp: time.UnixMilli(int64(1000 * (i + 1)))}
		check(t, b.kafka.ProduceSync(t.Context(), r).FirstErr())
	}
	b.put("in", 1, "id=9")
	var offsets kadm.Offsets
	offsets.AddOffset("in", 0, 2, -1)
	check(t, b.admin.CommitAllOffsets(t.Context(), "g", offsets))

	all := []string{"in/0@0: 0", "in/0@1: 1", "in/0@2: 2", "in/0@3: 3", "in/1@0: 9"}
	cases := []struct {
		name    string
		options []string
		want    []string
	}{
		{"earliest", nil, all},
		{"latest", []string{"scan.startup.mode=latest-offset"}, nil},
		{"group", []string{"scan.startup.mode=group-offsets", "properties.group.id=g", "properties.auto.offset.reset=earliest"}, all[2:]},
		{"group without offsets", []string{"scan.startup.mode=group-offsets", "properties.group.id=g", "properties.auto.offset.reset=latest"}, all[2:4]},
		{"timestamp", []string{"scan.startup.mode=timestamp", "scan.startup.timestamp-millis=2001"}, all[2:]},
		{"specific", []string{"scan.startup.mode=specific-offsets", "scan.startup.specific-offsets=partition:0,offset:3;partition:1,offset:1"}, all[3:4]},
		{"specific for some", []string{"scan.startup.mode=specific-offsets", "scan.startup.specific-offsets=partition:0,offset:3"}, all[3:]},
		// The record of partition 1 has the time of the test, which is later.
		{"end at timestamp", []string{"scan.bounded.mode=timestamp", "scan.bounded.timestamp-millis=2000"}, all[:1]},
		{"end at offsets", []string{"scan.bounded.mode=specific-offsets", "scan.bounded.specific-offsets=partition:0,offset:2"}, all[:2]},
		{"end at group", []string{"scan.bounded.mode=group-offsets", "properties.group.id=g", "properties.auto.offset.reset=latest"}, append(all[:2:2], all[4])},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded(c.options...)...), nil)
			expect(t, r.rows(-1), c.want...)
		})
	}
}

func TestGroupWithoutOffsetAndReset(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	s, err := Connector.NewSource(tableOf(t, b, columnsOf("id BIGINT"), "topic=in", "scan.startup.mode=group-offsets", "properties.group.id=g"))
	check(t, err)
	e := newEnv()
	check(t, s.Open(t.Context(), e.Env))
	defer s.Close()
	splits, err := s.Splits(t.Context())
	check(t, err)
	_, err = s.OpenSplit(t.Context(), splits[0], nil, e.Env)
	expectError(t, err, "topic in partition 0", "group g has no offset", "auto.offset.reset")
	// A position to resume needs no start.
	r, err := s.OpenSplit(t.Context(), splits[0], position{end: unbounded}.encode(), e.Env)
	check(t, err)
	check(t, r.Close())
}

func TestStartIsResolvedOnce(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	b.put("in", 0, "id=1")
	table := func() []string { return []string{"topic=in", "scan.startup.mode=latest-offset"} }
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), table()...), nil)
	at := r.positions() // before any row
	r.close()
	b.put("in", 0, "id=2")
	r = openSource(t, tableOf(t, b, columnsOf("id BIGINT"), table()...), at)
	expect(t, r.rows(1), "in/0@1: 2")
}

func TestEndIsResolvedOnce(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	b.put("in", 0, "id=1", "id=2", "id=3")
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded()...), nil)
	r.batch = 1
	expect(t, r.rows(1), "in/0@0: 1")
	at := r.positions()
	r.close()
	b.put("in", 0, "id=4")
	r = openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded()...), at)
	expect(t, r.rows(-1), "in/0@1: 2", "in/0@2: 3")
	at = r.positions()
	r.close()
	r = openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded()...), at)
	expect(t, r.rows(-1))
}

var commit, abort = true, false

// A bounded source ends, whatever its last offsets hold: marks of transactions, rows of
// one that was aborted, with or without the mark of that, or rows not yet decided.
func TestBoundedEndsBehindTransactions(t *testing.T) {
	columns := columnsOf("id BIGINT")
	t.Run("committed", func(t *testing.T) {
		b := newBroker(t)
		b.topic("in", 1)
		b.putTx("a", "in", 0, &commit, "id=1", "id=2")
		r := openSource(t, tableOf(t, b, columns, bounded()...), nil)
		expect(t, r.rows(-1), "in/0@0: 1", "in/0@1: 2")
	})
	t.Run("aborted", func(t *testing.T) {
		b := newBroker(t)
		b.topic("in", 1)
		b.put("in", 0, "id=0")
		b.putTx("a", "in", 0, &abort, "id=1", "id=2")
		r := openSource(t, tableOf(t, b, columns, bounded()...), nil)
		expect(t, r.rows(-1), "in/0@0: 0")
	})
	t.Run("undecided", func(t *testing.T) {
		b := newBroker(t)
		b.topic("in", 1)
		b.put("in", 0, "id=0")
		b.putTx("a", "in", 0, nil, "id=1")
		b.put("in", 0, "id=2")
		r := openSource(t, tableOf(t, b, columns, bounded()...), nil)
		expect(t, r.rows(-1), "in/0@0: 0")
		r = openSource(t, tableOf(t, b, columns, bounded("properties.isolation.level=read_uncommitted")...), nil)
		expect(t, r.rows(-1), "in/0@0: 0", "in/0@1: 1", "in/0@2: 2")
	})
	t.Run("aborted, its mark beyond the end", func(t *testing.T) {
		b := newBroker(t)
		b.topic("in", 1)
		k := b.putTx("a", "in", 0, nil, "id=0") // offset 0, aborted
		b.putTx("b", "in", 0, nil, "id=1")      // offset 1, stays open: the end
		check(t, k.EndTransaction(t.Context(), kgo.TryAbort))
		r := openSource(t, tableOf(t, b, columns, bounded()...), nil)
		expect(t, r.rows(-1))
	})
}

func TestKeysAndMetadata(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	write := func(key, value string, headers ...kgo.RecordHeader) {
		r := &kgo.Record{Topic: "in", Timestamp: time.UnixMilli(1234), Headers: headers}
		if key != "" {
			r.Key = []byte(key)
		}
		if value != "" {
			r.Value = []byte(value)
		}
		check(t, b.kafka.ProduceSync(t.Context(), r).FirstErr())
	}
	write("id=1", "id=10,name=x", kgo.RecordHeader{Key: "h", Value: []byte("1")}, kgo.RecordHeader{Key: "h", Value: []byte("2")}, kgo.RecordHeader{Key: "n"})
	write("id=2", "name=twice")
	write("", "name=lost")
	write("id=3", "")
	write("id=none", "name=y")
	write("id=4", "name=z")

	t.Run("key apart from the value", func(t *testing.T) {
		r := openSource(t, tableOf(t, b, columnsOf("k_id BIGINT", "name"),
			bounded("key.fields=k_id", "key.fields-prefix=k_", "value.fields-include=EXCEPT_KEY")...), nil)
		r.batch = 100
		expect(t, r.rows(-1), "in/0@0: 1 | x", "in/0@1: 2 | twice", "in/0@1: 2 | twice", "in/0@5: 4 | z")
		expectError(t, errors.New(r.env.warned()), "without a key")
	})
	t.Run("the value's fields count", func(t *testing.T) {
		r := openSource(t, tableOf(t, b, columnsOf("id BIGINT", "name"), bounded("key.fields=id")...), nil)
		expect(t, r.rows(-1), "in/0@0: 10 | x", "in/0@1: NULL | twice", "in/0@1: NULL | twice", "in/0@5: NULL | z")
	})
	t.Run("metadata", func(t *testing.T) {
		r := openSource(t, tableOf(t, b, columnsOf("topic META", "partition META", "name", "offset META", "timestamp META",
			"timestamp-type META", "headers META"), bounded()...), nil)
		expect(t, r.rows(-1),
			"in/0@0: in | 0 | x | 0 | 1234000 | CreateTime | {h:2 n:NULL}",
			"in/0@1: in | 0 | twice | 1 | 1234000 | CreateTime | {}",
			"in/0@1: in | 0 | twice | 1 | 1234000 | CreateTime | {}",
			"in/0@2: in | 0 | lost | 2 | 1234000 | CreateTime | {}",
			"in/0@4: in | 0 | y | 4 | 1234000 | CreateTime | {}",
			"in/0@5: in | 0 | z | 5 | 1234000 | CreateTime | {}")
	})
	t.Run("no columns", func(t *testing.T) {
		r := openSource(t, tableOf(t, b, nil, bounded()...), nil)
		if n := len(r.rows(-1)); n != 6 {
			t.Fatalf("%d rows", n)
		}
	})
}

func TestBadRecordIsNamedAndCanBeSkipped(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	b.put("in", 0, "id=1", "id=2", "bad", "id=4")
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded()...), nil)
	r.batch = 100
	rows, err := r.try(-1)
	expect(t, rows, "in/0@0: 1", "in/0@1: 2")
	expectError(t, err, "topic in partition 0 offset 2: it is bad")
	var at *format.RecordError
	if !errors.As(err, &at) {
		t.Fatalf("%T", err)
	}
	expect(t, r.rows(-1), "in/0@3: 4")
}

func TestBadKeyIsNamed(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	for _, key := range []string{"id=1", "bad", "id=3"} {
		check(t, b.kafka.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte(key), Value: []byte("name=x")}).FirstErr())
	}
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT", "name"), bounded("key.fields=id", "value.fields-include=EXCEPT_KEY")...), nil)
	r.batch = 100
	rows, err := r.try(-1)
	expect(t, rows, "in/0@0: 1 | x")
	expectError(t, err, "topic in partition 0 offset 1: in the key: it is bad")
	expect(t, r.rows(-1), "in/0@2: 3 | x")
}

func TestLostOffsetsAreNamed(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	b.put("in", 0, "id=0", "id=1", "id=2", "id=3")
	var before kadm.Offsets
	before.AddOffset("in", 0, 3, -1)
	_, err := b.admin.DeleteRecords(t.Context(), before)
	check(t, err)
	at := map[string][]byte{"in/0": position{next: 1, end: 4}.encode()}

	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded()...), at)
	_, err = r.try(-1)
	expectError(t, err, "topic in partition 0", "offset 1 is wanted, offsets 3 to 4 are there", "2 offsets have been deleted", "auto.offset.reset")

	r = openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded("properties.auto.offset.reset=earliest")...), at)
	expect(t, r.rows(-1), "in/0@3: 3")
	expectError(t, errors.New(r.env.warned()), "2 offsets have been deleted", "going on at offset 3")

	at["in/0"] = position{next: 9, end: 14}.encode()
	r = openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded()...), at)
	_, err = r.try(-1)
	expectError(t, err, "offset 9 is wanted", "5 offsets shorter")
}

func TestTopicMadeAnew(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	b.put("in", 0, "id=0", "id=1")
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in"), nil)
	r.batch = 1
	r.rows(1)
	at := r.positions()
	r.close()
	_, err := b.admin.DeleteTopic(t.Context(), "in")
	check(t, err)
	b.topic("in", 1)
	b.kafka.PurgeTopicsFromClient("in")
	b.put("in", 0, "id=7")

	s, err := Connector.NewSource(tableOf(t, b, columnsOf("id BIGINT"), "topic=in"))
	check(t, err)
	e := newEnv()
	check(t, s.Open(t.Context(), e.Env))
	defer s.Close()
	splits, err := s.Splits(t.Context())
	check(t, err)
	_, err = s.OpenSplit(t.Context(), splits[0], at["in/0"], e.Env)
	expectError(t, err, "topic in partition 0", "deleted and made anew", "offset 1")

	r = openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in", "properties.auto.offset.reset=earliest"), at)
	expect(t, r.rows(1), "in/0@0: 7")
}

func TestTopicsByListAndPattern(t *testing.T) {
	b := newBroker(t)
	for _, name := range []string{"in-a", "in-b", "other-in-a"} {
		b.topic(name, 1)
		b.put(name, 0, "id=1")
	}
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in-a;other-in-a", "scan.bounded.mode=latest-offset"), nil)
	expect(t, r.rows(-1), "in-a/0@0: 1", "other-in-a/0@0: 1")
	r = openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic-pattern=in-.", "scan.bounded.mode=latest-offset"), nil)
	expect(t, r.rows(-1), "in-a/0@0: 1", "in-b/0@0: 1")
}

func TestNewPartitionsAreFound(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in", "scan.startup.mode=latest-offset", "scan.topic-partition-discovery.interval=1 ms"), nil)
	_, err := b.admin.CreatePartitions(t.Context(), 1, "in")
	check(t, err)
	b.kafka.ForceMetadataRefresh()
	k, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	check(t, err)
	defer k.Close()
	check(t, k.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Partition: 1, Value: []byte("id=5")}).FirstErr())
	for deadline := time.Now().Add(patience); len(r.splits) < 2 && time.Now().Before(deadline); {
		r.splits, err = r.source.Splits(t.Context())
		check(t, err)
	}
	reader, err := r.source.OpenSplit(t.Context(), r.splits[1], nil, r.env.Env)
	check(t, err)
	r.readers[r.splits[1].ID] = reader
	expect(t, r.rows(1), "in/1@0: 5") // from its beginning, though the table starts at the latest
}

// A partition made while the pipeline was down is read from its beginning when it goes on;
// those it knew go on where they were.
func TestPartitionsMadeMeanwhile(t *testing.T) {
	for _, mode := range []string{startLatest, startGroup} {
		t.Run(mode, func(t *testing.T) {
			b := newBroker(t)
			b.topic("in", 1)
			b.put("in", 0, "id=1")
			table := func() *connector.Table {
				return tableOf(t, b, columnsOf("id BIGINT"), "topic=in", "scan.startup.mode="+mode, "properties.group.id=g", "properties.auto.offset.reset=latest")
			}
			r := openSource(t, table(), nil)
			at := r.positions()
			r.close()
			_, err := b.admin.CreatePartitions(t.Context(), 1, "in")
			check(t, err)
			k, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
			check(t, err)
			defer k.Close()
			check(t, k.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Partition: 0, Value: []byte("id=2")}).FirstErr())
			check(t, k.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Partition: 1, Value: []byte("id=3")}).FirstErr())

			r = openSource(t, table(), at)
			rows := r.rows(2)
			sort.Strings(rows)
			expect(t, rows, "in/0@1: 2", "in/1@0: 3")
		})
	}
}

// Where reading starts is made durable at once if it would be elsewhere at the next start.
func TestStartIsKept(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	for _, c := range []struct {
		options string
		want    bool
	}{
		{"scan.startup.mode=earliest-offset", false},
		{"scan.startup.mode=latest-offset", true},
		{"scan.startup.mode=group-offsets", true},
		{"scan.bounded.mode=latest-offset", true},
	} {
		r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in", c.options, "properties.group.id=g", "properties.auto.offset.reset=latest"), nil)
		asked := false
		e := r.env.Env
		e.WantEpoch = func(time.Duration) { asked = true }
		reader, err := r.source.OpenSplit(t.Context(), r.splits[0], nil, e)
		check(t, err)
		check(t, reader.Close())
		if asked != c.want {
			t.Errorf("%s: an epoch is asked for: %v", c.options, asked)
		}
	}
}

func TestAcknowledgeCommitsToTheGroup(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	b.put("in", 0, "id=1", "id=2")
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded("properties.group.id=g")...), nil)
	r.rows(-1)
	at := func() int64 {
		got, err := b.admin.FetchOffsets(t.Context(), "g")
		check(t, err)
		o, _ := got.Lookup("in", 0)
		return o.At
	}
	check(t, r.source.(*source).Acknowledge(t.Context(), map[string][]byte{"in/0": position{next: 1, end: 2}.encode()}))
	if at() != 1 {
		t.Fatalf("the group is at %d", at())
	}
	check(t, r.source.(*source).Acknowledge(t.Context(), nil)) // the split had ended
	if at() != 2 {
		t.Fatalf("the group is at %d", at())
	}
}

// A reader that is not asked fills the budget; another's rows still come.
func TestOneReaderHeldBack(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 2)
	value := append([]byte("id=1,pad="), make([]byte, 100_000)...)
	var records []*kgo.Record
	const many = 2 * fetchBudget / 100_000
	for range many {
		records = append(records, &kgo.Record{Topic: "in", Partition: 0, Value: value})
	}
	check(t, b.kafka.ProduceSync(t.Context(), records...).FirstErr())
	b.put("in", 1, "id=2")
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), "topic=in"), nil)
	all := r.splits
	r.splits = all[1:]
	expect(t, r.rows(1), "in/1@0: 2")
	expect(t, r.rows(0))
	f := r.source.(*source).fetch
	eventually(t, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if p := f.parts[topicPartition{"in", 0}]; !p.paused {
			return fmt.Errorf("partition 0 holds %d bytes and is not paused", p.bytes)
		}
		return nil
	})
	b.put("in", 1, "id=3")
	expect(t, r.rows(1), "in/1@1: 3")
	if r.env.charged > 2*fetchBudget {
		t.Errorf("%d bytes are held", r.env.charged)
	}
	r.splits = all[:1]
	if n := len(r.rows(many)); n < many {
		t.Errorf("%d rows", n)
	}
}

func TestMissingTopicAndBroker(t *testing.T) {
	b := newBroker(t)
	s, err := Connector.NewSource(tableOf(t, b, columnsOf("id BIGINT"), "topic=nowhere"))
	check(t, err)
	check(t, s.Open(t.Context(), newEnv().Env))
	defer s.Close()
	_, err = s.Splits(t.Context())
	expectError(t, err, "table t", "topic nowhere")
}

func TestUnknownPropertyIsNamed(t *testing.T) {
	b := newBroker(t)
	b.topic("in", 1)
	r := openSource(t, tableOf(t, b, columnsOf("id BIGINT"), bounded("properties.fetch.max.waits=1", "properties.linger.ms=5")...), nil)
	r.rows(-1)
	expect(t, []string{r.env.warned()}, "table t: the property 'fetch.max.waits' means nothing to this source and is passed over")
}

func TestPosition(t *testing.T) {
	for _, p := range []position{{}, {next: 7, end: unbounded}, {next: 1 << 60, end: 1<<62 - 1, topicID: [16]byte{1, 15: 2}}} {
		got, err := decodePosition(p.encode())
		check(t, err)
		if got != p {
			t.Fatalf("%+v became %+v", p, got)
		}
		for n := range p.encode() {
			if _, err := decodePosition(p.encode()[:n]); err == nil {
				t.Fatalf("%d bytes of a position are taken for one", n)
			}
		}
	}
}
