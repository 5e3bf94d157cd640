//go:build proof

package kill

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The times of the input. The delay is larger than the disorder, so that no row is late:
// which rows are would depend on how partitions interleave.
const (
	windowMillis   = 1000
	delayMillis    = 3000
	disorderMillis = 2000
	stepMillis     = 5 // between orders
	partitions     = 4
	itemCount      = 20
)

// script is the pipelines: one that writes two topics in one transaction, one that writes
// files, one that writes both. Every row bears the run, so that the rows of several runs
// over the same topics can be told apart.
var script = template.Must(template.New("").Parse(`
SET 'execution.checkpointing.interval' = '{{.Interval}}';
CREATE TABLE orders (
  id BIGINT, item STRING, qty BIGINT, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '{{.Delay}}' SECOND
) WITH ('connector' = 'kafka', 'topic' = '{{.Prefix}}-orders', {{.Read}});
CREATE TABLE items (item STRING, grade STRING, price DECIMAL(10, 2))
WITH ('connector' = 'kafka', 'topic' = '{{.Prefix}}-items', {{.Read}});
CREATE TABLE windows_a (run STRING, item STRING, ws TIMESTAMP(3), n BIGINT, qty BIGINT, lo BIGINT, hi BIGINT)
WITH ('connector' = 'kafka', 'topic' = '{{.Prefix}}-windows-a', {{.Write}});
CREATE TABLE windows_b WITH ('topic' = '{{.Prefix}}-windows-b') LIKE windows_a (OVERWRITING OPTIONS);
CREATE TABLE joined (run STRING, id BIGINT, item STRING, grade STRING, total DECIMAL(20, 2))
WITH ('connector' = 'kafka', 'topic' = '{{.Prefix}}-joined', {{.Write}});
CREATE TABLE window_files (run STRING, item STRING, ws TIMESTAMP(3), n BIGINT, qty BIGINT, lo BIGINT, hi BIGINT)
WITH ('connector' = 'filesystem', 'path' = '{{.Files}}/window-files', {{.Roll}});
CREATE TABLE order_files (run STRING, id BIGINT)
WITH ('connector' = 'filesystem', 'path' = '{{.Files}}/order-files', {{.Roll}});

CREATE VIEW counted AS
SELECT '{{.Run}}' AS run, item, window_start AS ws, COUNT(*) AS n, SUM(qty) AS qty, MIN(id) AS lo, MAX(id) AS hi
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' SECOND))
GROUP BY window_start, window_end, item;

EXECUTE STATEMENT SET BEGIN
INSERT INTO windows_a SELECT * FROM counted;
INSERT INTO joined
SELECT '{{.Run}}', o.id, o.item, i.grade, o.qty * i.price FROM orders AS o JOIN items AS i ON o.item = i.item;
END;

INSERT INTO window_files SELECT * FROM counted;

EXECUTE STATEMENT SET BEGIN
INSERT INTO windows_b SELECT * FROM counted;
INSERT INTO order_files SELECT '{{.Run}}', id FROM orders;
END;
`))

// options of a pipeline.
type options struct {
	bounded  bool
	timeout  time.Duration // of transactions; 0: a minute
	interval string        // between epochs
	data     string        // directory; "": a new one
	files    string        // directory of the file sinks; "": a new one
	slow     bool          // reads little at a time
	least    bool          // writes topics at least once only
}

// pipeline is a script with its topics and directories, and what was put in.
type pipeline struct {
	t      *testing.T
	b      *broker
	o      options
	prefix string
	dir    string // scratch
	script string
	data   string
	files  string
	starts int
	runs   []string
	tail   *tail

	mu       sync.Mutex
	rng      *rand.Rand
	orders   int64 // put in
	closings int64
	groups   map[string]bool
	grades   map[string]int
	joins    int // rows that the join makes
}

var pipelines int

// newPipeline makes topics, fills items, and writes the script.
func newPipeline(t *testing.T, b *broker, o options) *pipeline {
	t.Helper()
	pipelines++
	l := &pipeline{t: t, b: b, o: o, prefix: fmt.Sprintf("p%d", pipelines), dir: t.TempDir(),
		rng: rand.New(rand.NewPCG(*seed, uint64(pipelines))), groups: map[string]bool{}, grades: map[string]int{}}
	if l.data = o.data; l.data == "" {
		l.data = filepath.Join(l.dir, "data")
	}
	if l.files = o.files; l.files == "" {
		l.files = filepath.Join(l.dir, "files")
	}
	if l.o.timeout == 0 {
		l.o.timeout = time.Minute
	}
	if l.o.interval == "" {
		l.o.interval = "50 ms"
	}
	b.topic(t, l.prefix+"-orders", partitions)
	b.topic(t, l.prefix+"-items", 2)
	for _, name := range l.outputs() {
		b.topic(t, name, 3)
	}
	l.tail = b.follow(t, l.outputs()...)
	var records []*kgo.Record
	for i := range itemCount {
		for g := range 1 + i%2 {
			l.grades[item(i)]++
			records = append(records, &kgo.Record{Topic: l.prefix + "-items", Partition: int32(i % 2),
				Value: fmt.Appendf(nil, `{"item":"%s","grade":"g%d","price":%d.%02d}`, item(i), g, i, 5*i+g)})
		}
	}
	b.put(t, records)
	l.newRun()
	return l
}

func item(i int) string { return fmt.Sprintf("item-%02d", i) }

func (l *pipeline) outputs() []string {
	return []string{l.prefix + "-windows-a", l.prefix + "-joined", l.prefix + "-windows-b"}
}

// newRun writes the script with the tag of another run.
func (l *pipeline) newRun() {
	l.t.Helper()
	l.runs = append(l.runs, fmt.Sprintf("run%d", len(l.runs)+1))
	read := fmt.Sprintf(`'properties.bootstrap.servers' = '%s', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset'`, l.b.addr)
	if l.o.bounded {
		read += `, 'scan.bounded.mode' = 'latest-offset'`
	}
	if l.o.slow {
		read += `, 'properties.max.partition.fetch.bytes' = '4096', 'properties.fetch.max.bytes' = '4096'`
	}
	roll := `'format' = 'json'`
	if !l.o.bounded {
		roll += `, 'sink.rolling-policy.rollover-interval' = '500 ms', 'sink.rolling-policy.check-interval' = '100 ms'`
	}
	guarantee := "exactly-once"
	if l.o.least {
		guarantee = "at-least-once"
	}
	var text bytes.Buffer
	check(l.t, script.Execute(&text, map[string]any{
		"Prefix": l.prefix, "Interval": l.o.interval, "Delay": delayMillis / 1000, "Files": l.files, "Run": l.runs[len(l.runs)-1],
		"Read": read, "Roll": roll,
		"Write": fmt.Sprintf(`'properties.bootstrap.servers' = '%s', 'format' = 'json', 'sink.delivery-guarantee' = '%s',
			'properties.transaction.timeout.ms' = '%d'`, l.b.addr, guarantee, l.o.timeout.Milliseconds()),
	}))
	l.script = filepath.Join(l.dir, l.prefix+".sql")
	check(l.t, os.WriteFile(l.script, text.Bytes(), 0o644))
}

// told tells whether the last run is on record as finished, and its user as knowing it: the next
// start begins a new one.
func (l *pipeline) told() bool {
	b, err := os.ReadFile(filepath.Join(l.data, "runs", l.prefix+".json"))
	return err == nil && bytes.Contains(b, []byte(`"told": true`))
}

// order makes the next order.
func (l *pipeline) order() *kgo.Record {
	id := l.orders
	l.orders++
	at := id*stepMillis - l.rng.Int64N(disorderMillis)
	name := item(l.rng.IntN(itemCount))
	r := l.record(id, name, at)
	l.groups[fmt.Sprint((at+1000*windowMillis)/windowMillis, name)] = true
	l.joins += l.grades[name]
	return r
}

func (l *pipeline) record(id int64, item string, at int64) *kgo.Record {
	ts := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(at) * time.Millisecond)
	return &kgo.Record{Topic: l.prefix + "-orders", Partition: l.rng.Int32N(partitions),
		Value: fmt.Appendf(nil, `{"id":%d,"item":"%s","qty":%d,"ts":"%s"}`, id, item, 1+l.rng.IntN(9), ts.Format("2006-01-02 15:04:05.000"))}
}

// produce puts n orders in.
func (l *pipeline) produce(n int) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = l.order()
	}
	l.b.put(l.t, records)
}

// produceAt puts orders in at a rate, until the function that it answers is called.
func (l *pipeline) produceAt(perSecond int) (stop func()) {
	l.t.Helper()
	asked, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-asked:
				return
			case <-tick.C:
				l.produce(perSecond / 50)
			}
		}
	}()
	var once sync.Once
	stop = func() { once.Do(func() { close(asked); <-done }) }
	l.t.Cleanup(stop)
	return stop
}

// closing puts an order of the far future into each partition, which closes all windows
// before it.
func (l *pipeline) closing() {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var records []*kgo.Record
	for p := range int32(partitions) {
		l.closings++
		r := l.record(-l.closings, "closing", l.orders*stepMillis+3_600_000)
		r.Partition = p
		records = append(records, r)
	}
	l.b.put(l.t, records)
}

// settled waits until an unbounded pipeline has written all that it can: as many rows as
// there must be. Whether they are the right ones is the judge's to say; it is also asked if
// they do not come.
func (l *pipeline) settled() {
	l.t.Helper()
	missing := func() []string {
		want := map[string][2]int{
			"windows-a": {l.tail.count(l.prefix + "-windows-a"), len(l.groups)}, "windows-b": {l.tail.count(l.prefix + "-windows-b"), len(l.groups)},
			"joined":       {l.tail.count(l.prefix + "-joined"), l.joins},
			"window-files": {l.lines("window-files"), len(l.groups)}, "order-files": {l.lines("order-files"), int(l.orders)},
		}
		var m []string
		for name, n := range want {
			if n[0] < n[1] {
				m = append(m, fmt.Sprintf("%s has %d of %d rows", name, n[0], n[1]))
			}
		}
		return m
	}
	for deadline := time.Now().Add(patience); len(missing()) > 0; time.Sleep(100 * time.Millisecond) {
		l.closing() // a pipeline at rest makes no epochs, and files become visible with an epoch
		if time.Now().After(deadline) {
			l.t.Logf("after %v, %s; the judge will say which", patience, strings.Join(missing(), ", "))
			return
		}
	}
}

// end ends an unbounded pipeline as a user does, when all that can be has been written.
func (l *pipeline) end(p *process, c *counters) {
	l.t.Helper()
	l.closing()
	l.settled()
	p.signal(syscall.SIGTERM)
	p.must(0)
	c.note(p, false)
}

// lines counts the rows of a directory's visible files, without those of closing orders.
func (l *pipeline) lines(directory string) (n int) {
	filepath.WalkDir(filepath.Join(l.files, directory), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
			text, _ := os.ReadFile(path)
			n += bytes.Count(text, []byte("\n")) - bytes.Count(text, []byte(`"id":-`))
		}
		return nil
	})
	return n
}

// judge fails the test unless everything was written once.
func (l *pipeline) judge() {
	l.t.Helper()
	said, err := l.judged()
	l.t.Logf("judged, %d orders in:\n%s", l.orders, said)
	if err == nil {
		return
	}
	l.t.Errorf("the judge finds rows lost, twice or wrong (%v)", err)
	if *keep != "" {
		check(l.t, os.CopyFS(filepath.Join(*keep, l.prefix), os.DirFS(l.dir)))
	}
}

// judged is what the judge says, and an error if he is not content.
func (l *pipeline) judged() (string, error) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	spec, err := json.Marshal(map[string]any{
		"kafka": peer(), "orders": l.prefix + "-orders", "items": l.prefix + "-items",
		"delay_ms": delayMillis, "window_ms": windowMillis, "bounded": l.o.bounded, "runs": l.runs,
		"windows": []string{l.prefix + "-windows-a", l.prefix + "-windows-b"}, "joined": []string{l.prefix + "-joined"},
		"window_files": []string{l.files + "/window-files"}, "order_files": []string{l.files + "/order-files"},
	})
	check(l.t, err)
	path := filepath.Join(l.dir, "spec.json")
	check(l.t, os.WriteFile(path, spec, 0o644))
	c := exec.Command("python3", "judge.py", path)
	c.Env = append(os.Environ(), "PEERS_KAFKA="+l.b.addr)
	out, err := c.CombinedOutput()
	return string(bytes.TrimSpace(out)), err
}
