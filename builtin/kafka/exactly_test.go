package kafka

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sort"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
)

// pipeline is a small engine around an exactly-once sink: it numbers the rows it writes,
// keeps an epoch log, and goes on from it after a crash, or from the epoch before if one
// was refused. Whatever happens, the topic must have each number once.
type pipeline struct {
	t      *testing.T
	b      *broker
	random *rand.Rand
	tasks  int
	dial   *losing // nil: connections as they are

	log     []record // durable epochs, oldest first; all but the last few are settled
	settled uint64
	epoch   uint64
	row     int
	w       *writing
	refused int
}

// record is an epoch's record in the log.
type record struct {
	ticket connector.Ticket
	row    int // where the source goes on
}

// crashed is what a test's Step panics with.
type crashed struct{ step string }

// run does epochs until the given number of rows is in the topic for good. It answers the
// step it was crashed at, or "".
func (p *pipeline) run(rows int) (at string) {
	defer func() {
		if c, ok := recover().(crashed); ok {
			at = c.step
			p.crash()
		}
	}()
	for {
		if p.w == nil && !p.open() {
			continue
		}
		done := p.row >= rows
		for range 1 + p.random.IntN(3) {
			if p.row >= rows {
				break
			}
			task := p.random.IntN(p.tasks)
			if err := p.w.try(task, fmt.Sprintf("id=%d", p.row)); err != nil {
				p.back(err, len(p.log))
				break
			}
			p.row++
		}
		if p.w == nil {
			continue
		}
		p.epoch++
		ticket, err := p.w.tryPrepare(p.epoch)
		if err != nil {
			p.back(err, len(p.log))
			continue
		}
		p.log = append(p.log, record{ticket, p.row}) // durable from here on
		// Commits may lag an epoch behind.
		for len(p.unsettled()) > p.random.IntN(2) || done && len(p.unsettled()) > 0 {
			r := p.unsettled()[0]
			if err := p.w.sink.Commit(p.t.Context(), r.ticket); err != nil {
				p.back(err, len(p.log)-len(p.unsettled()))
				break
			}
			p.settled = r.ticket.Epoch
		}
		if done && p.w != nil && len(p.unsettled()) == 0 {
			p.w.close()
			p.w = nil
			return ""
		}
	}
}

func (p *pipeline) unsettled() []record {
	i := sort.Search(len(p.log), func(i int) bool { return p.log[i].ticket.Epoch > p.settled })
	return p.log[i:]
}

// open starts at the last record of the log.
func (p *pipeline) open() bool {
	var pending []connector.Ticket
	p.epoch, p.row = 0, 0
	if n := len(p.log); n > 0 {
		p.epoch, p.row = p.log[n-1].ticket.Epoch, p.log[n-1].row
		for _, r := range p.unsettled() {
			pending = append(pending, r.ticket)
		}
		if len(pending) == 0 {
			pending = append(pending, p.log[n-1].ticket)
		}
	}
	s, err := Connector.NewSink(outTable(p.t, p.b))
	check(p.t, err)
	if p.dial != nil {
		s.(*sink).client.use(kgo.Dialer(p.dial.dial))
	}
	p.w = &writing{t: p.t, sink: s, table: outTable(p.t, p.b), env: newEnv()}
	if err := s.Open(p.t.Context(), p.w.env.Env, pending); err != nil {
		p.back(err, len(p.log)-1)
		return false
	}
	for task := range p.tasks {
		writer, err := s.OpenWriter(task, p.w.env.Env)
		check(p.t, err)
		p.w.writers = append(p.w.writers, writer)
	}
	for _, t := range pending {
		p.settled = max(p.settled, t.Epoch)
	}
	return true
}

// back leaves the sink after a refusal, and takes back all records but the first kept: at
// a start, the newest one; at a commit, those from the refused epoch on; and when the
// rows were lost before their epoch was durable, none.
func (p *pipeline) back(err error, kept int) {
	p.t.Helper()
	refused(p.t, err)
	p.refused++
	p.w.closed = true
	check(p.t, p.w.sink.Close())
	p.w = nil
	p.log = p.log[:kept]
}

// crash leaves everything as a killed process would.
func (p *pipeline) crash() {
	if s := p.w.sink.(*sink); s.tx != nil {
		p.w.crash()
	} else {
		// It was opening: its coordinator is not the sink's yet.
		running.Lock()
		for key, c := range running.byKey {
			c.die()
			delete(running.byKey, key)
		}
		running.Unlock()
	}
	p.w = nil
}

// exactly expects each row once.
func (p *pipeline) exactly(rows int) {
	p.t.Helper()
	var want []string
	for i := range rows {
		want = append(want, fmt.Sprintf("id=%d", i))
	}
	sort.Strings(want)
	p.b.expect("out", want...)
}

// stopAt makes Step panic the count-th time it is called with name; all it counts.
func stopAt(t *testing.T, name string, count int) map[string]int {
	hits := map[string]int{}
	var mu sync.Mutex
	Step = func(at string) {
		mu.Lock()
		hits[at]++
		stop := at == name && hits[at] == count
		mu.Unlock()
		if stop {
			panic(crashed{at})
		}
	}
	t.Cleanup(func() { Step = func(string) {} })
	return hits
}

func TestCrashAtEachStep(t *testing.T) {
	for _, name := range Steps {
		for count := 1; count <= 3; count++ {
			t.Run(fmt.Sprintf("%s:%d", name, count), func(t *testing.T) {
				b := newBroker(t)
				b.topic("out", 2)
				p := &pipeline{t: t, b: b, random: rand.New(rand.NewPCG(1, uint64(count))), tasks: 2}
				stopAt(t, name, count)
				const rows = 12
				// Some steps are only taken when there is something to resolve or to fence.
				for i := 0; p.run(rows) != "" || i == 0; i++ {
				}
				p.exactly(rows)
			})
		}
	}
}

// Crashes at random steps, transactions that the broker gives up meanwhile, and answers
// to commits that are lost.
func TestCrashAtRandom(t *testing.T) {
	seeds := uint64(25)
	hits := map[string]int{}
	refusals, lost := 0, 0
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b := newBroker(t)
			b.topic("out", 2)
			random := rand.New(rand.NewPCG(7, seed))
			p := &pipeline{t: t, b: b, random: random, tasks: 1 + random.IntN(2), dial: &losing{}}
			const rows = 15
			for range 4 {
				p.dial.lose(random.IntN(3))
				h := stopAt(t, Steps[random.IntN(len(Steps))], 1+random.IntN(4))
				crash := p.run(rows)
				for k, n := range h {
					hits[k] += n
				}
				if crash == "" {
					break
				}
				if u := p.unsettled(); len(u) > 0 && random.IntN(3) == 0 {
					if last := u[len(u)-1].ticket; len(last.Data) > 0 {
						b.takeOver(last)
					}
				}
			}
			stopAt(t, "", 0)
			p.run(rows)
			p.exactly(rows)
			refusals += p.refused
			lost += p.dial.lost
		})
	}
	t.Logf("%d refusals, %d answers lost; steps: %v", refusals, lost, hits)
	for _, s := range Steps {
		if hits[s] == 0 {
			t.Errorf("step %s was never taken", s)
		}
	}
	if refusals == 0 || lost == 0 {
		t.Error("nothing was refused, or no answer was lost")
	}
}

// losing dials connections that lose the answers to some EndTxn requests: the broker has
// done what it was asked, and the client does not know.
type losing struct {
	mu   sync.Mutex
	next int // answers to lose
	lost int
}

func (l *losing) lose(n int) { l.mu.Lock(); l.next = n; l.mu.Unlock() }

func (l *losing) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &losingConn{Conn: c, by: l}, nil
}

type losingConn struct {
	net.Conn
	by  *losing
	cut bool
}

var errLost = errors.New("the answer is lost")

func (c *losingConn) Write(b []byte) (int, error) {
	const endTxn = 26
	if len(b) > 6 && b[4] == 0 && b[5] == endTxn {
		c.by.mu.Lock()
		if c.by.next > 0 {
			c.by.next--
			c.by.lost++
			c.cut = true // its answer is the next thing to be read
		}
		c.by.mu.Unlock()
	}
	return c.Conn.Write(b)
}

func (c *losingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.by.mu.Lock()
	cut := c.cut
	c.by.mu.Unlock()
	if cut {
		c.Conn.Close()
		return 0, errLost
	}
	return n, err
}
