package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Kafka's clients wait for brokers in silence. An outage listens to what they try:
//
//  1. A broker that does not answer is noted with the time. What it answers later takes
//     the note away, and so does any broker's answer where the note is of a seed address:
//     it was not known then which broker that is.
//  2. Every second, while there are notes: one that nobody has tried to clear for long is
//     dropped, since leaders have moved and the broker is not needed.
//  3. A note older than outageAfter, of a broker that was tried again meanwhile, is told;
//     when no note is left, it is told that the cluster answers again.
//
// One outage listens to all clients of a table.
type outage struct {
	system string // how messages call the cluster
	tell   func(system string, since time.Time, err error)
	now    func() time.Time
	after  func(time.Duration, func())

	noted atomic.Int32 // len(down), to be looked at for each answer
	mu    sync.Mutex
	down  map[string]*silence // by address
	told  bool
	begun time.Time
	ended bool
}

// silence is the note of one broker.
type silence struct {
	since, last time.Time // when it first and last did not answer
	err         error
	seed        bool
}

const (
	// outageAfter is how long a broker must be silent: restarts of a leader are shorter.
	outageAfter = 3 * time.Second
	// outageForgotten is longer than the client's pauses between two tries.
	outageForgotten = 10 * time.Second
	outageTick      = time.Second
)

func newOutage(c *client, tell func(string, time.Time, error)) *outage {
	return &outage{system: "Kafka at " + c.cluster(), tell: tell, now: time.Now, down: map[string]*silence{},
		after: func(d time.Duration, f func()) { time.AfterFunc(d, f) }}
}

// OnBrokerConnect implements kgo.HookBrokerConnect.
func (o *outage) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	o.note(meta, err)
}

// OnBrokerE2E implements kgo.HookBrokerE2E.
func (o *outage) OnBrokerE2E(meta kgo.BrokerMetadata, _ int16, e kgo.BrokerE2E) {
	o.note(meta, e.Err())
}

// note is step 1.
func (o *outage) note(meta kgo.BrokerMetadata, err error) {
	if err == nil && o.noted.Load() == 0 {
		return
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, kgo.ErrClientClosed) || errors.Is(err, net.ErrClosed) {
		return // our own doing
	}
	addr := net.JoinHostPort(meta.Host, strconv.Itoa(int(meta.Port)))
	o.mu.Lock()
	defer o.mu.Unlock()
	switch known := o.down[addr]; {
	case o.ended:
	case err == nil:
		for at, s := range o.down {
			if at == addr || s.seed && meta.NodeID >= 0 {
				delete(o.down, at)
			}
		}
		if o.told {
			o.look()
		}
	case known != nil:
		known.last, known.err = o.now(), err
	default:
		o.down[addr] = &silence{since: o.now(), last: o.now(), err: err, seed: meta.NodeID < 0}
		if len(o.down) == 1 && !o.told {
			o.after(outageTick, o.tick)
		}
	}
	o.noted.Store(int32(len(o.down)))
}

func (o *outage) tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for at, s := range o.down {
		if o.now().Sub(s.last) > outageForgotten {
			delete(o.down, at)
		}
	}
	o.noted.Store(int32(len(o.down)))
	o.look()
	if !o.ended && (len(o.down) > 0 || o.told) {
		o.after(outageTick, o.tick)
	}
}

// look is step 3. The lock is held.
func (o *outage) look() {
	if o.ended {
		return
	}
	if len(o.down) == 0 {
		if o.told {
			o.told = false
			o.tell(o.system, o.begun, nil)
		}
		return
	}
	var longest *silence
	var names []string
	for at, s := range o.down {
		if s.last.Sub(s.since) < outageTick {
			continue // a connection that broke, and is not asked for again
		}
		names = append(names, at)
		if longest == nil || s.since.Before(longest.since) {
			longest = s
		}
	}
	if o.told || longest == nil || o.now().Sub(longest.since) < outageAfter {
		return
	}
	sort.Strings(names)
	o.told, o.begun = true, longest.since
	o.tell(o.system, o.begun, fmt.Errorf("broker %s does not answer (%w)", strings.Join(names, ", "), longest.err))
}

// end has it tell nothing any more: the clients are closed.
func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
}
