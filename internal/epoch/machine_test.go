package epoch

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestProtocol replays the scripts of testdata: each line tells the machine something,
// and what it answers is written below.
//
//	new tasks=2 sinks=1 [interval=100] [first=1]
//	changed | stop | tick | ack 1 | prepared 1 | logged 1 [cost=5] | committed 1 0 | refused 1 0, each with an optional now=...
func TestProtocol(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var m *Machine
		now := int64(0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "new" {
				c := Config{First: 1, Cadence: Adaptive}
				for _, a := range d.CmdArgs {
					var n int64
					fmt.Sscan(a.Vals[0], &n)
					switch a.Key {
					case "tasks":
						c.Tasks = int(n)
					case "sinks":
						c.Sinks = int(n)
					case "interval":
						c.Cadence = Cadence{Interval: n}
					case "first":
						c.First = uint64(n)
					}
				}
				now = 0
				m = New(c, now)
				return ""
			}
			var out strings.Builder
			for _, line := range strings.Split(d.Input, "\n") {
				f := strings.Fields(line)
				var epoch uint64
				var sink int
				cost := int64(0)
				if len(f) > 1 {
					fmt.Sscan(f[1], &epoch)
				}
				if len(f) > 2 {
					fmt.Sscan(f[2], &sink)
				}
				for _, x := range f {
					fmt.Sscanf(x, "now=%d", &now)
					fmt.Sscanf(x, "cost=%d", &cost)
				}
				var a []Action
				switch f[0] {
				case "changed":
					a = m.Changed(now)
				case "stop":
					a = m.Stop(now)
				case "tick":
					a = m.Tick(now)
				case "ack":
					a = m.Acknowledged(epoch, now)
				case "prepared":
					a = m.Prepared(epoch, now)
				case "logged":
					a = m.Logged(epoch, cost, now)
				case "committed":
					a = m.Committed(epoch, sink, now)
				case "refused":
					a = m.Refused(epoch, sink, now)
				default:
					t.Fatalf("%s: what is %q?", d.Pos, line)
				}
				fmt.Fprintf(&out, "%s:%s\n", line, actions(a))
			}
			return out.String()
		})
	})
}

func actions(list []Action) string {
	var b strings.Builder
	for _, a := range list {
		switch a.Do {
		case Wait:
			fmt.Fprintf(&b, " wait until %d;", a.At)
		case Commit:
			fmt.Fprintf(&b, " commit %d sink %d;", a.Epoch, a.Sink)
		case Begin:
			fmt.Fprintf(&b, " begin %d", a.Epoch)
			if a.Final {
				b.WriteString(" final")
			}
			b.WriteString(";")
		default:
			fmt.Fprintf(&b, " %s %d;", a.Do, a.Epoch)
		}
	}
	return b.String()
}

// TestInvariants runs random worlds and holds the machine to what its package says.
func TestInvariants(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 3))
		c := Config{Tasks: 1 + r.IntN(3), Sinks: r.IntN(3), First: 1 + uint64(r.IntN(5))}
		if r.IntN(2) == 0 {
			c.Cadence = Cadence{Interval: 1 + int64(r.IntN(100))}
		} else {
			c.Cadence = Cadence{Least: 5, Most: 50, Share: 0.1}
		}
		now := int64(0)
		m := New(c, now)
		var pending []func() []Action // what the world still owes the machine
		var todo []Action
		durable, settled, begun := c.First-1, c.First-1, c.First-1
		committed := map[uint64]int{}
		finished, asked := false, false
		for step := 0; step < 400 && !finished; step++ {
			for _, a := range todo {
				switch a.Do {
				case Begin:
					if a.Epoch != begun+1 || begun != durable || begun > settled+1 {
						t.Fatalf("seed %d: epoch %d begins; begun %d, durable %d, settled %d", seed, a.Epoch, begun, durable, settled)
					}
					begun = a.Epoch
					for range c.Tasks {
						pending = append(pending, func() []Action { return m.Acknowledged(a.Epoch, now) })
					}
				case Prepare:
					pending = append(pending, func() []Action { return m.Prepared(a.Epoch, now) })
				case Log:
					pending = append(pending, func() []Action { durable = a.Epoch; return m.Logged(a.Epoch, 1, now) })
				case Commit:
					if a.Epoch > durable || a.Epoch != settled+1 || committed[a.Epoch] != a.Sink {
						t.Fatalf("seed %d: commit of epoch %d sink %d; durable %d, settled %d, committed %v", seed, a.Epoch, a.Sink, durable, settled, committed)
					}
					pending = append(pending, func() []Action { committed[a.Epoch]++; return m.Committed(a.Epoch, a.Sink, now) })
				case Settle:
					if a.Epoch != settled+1 || committed[a.Epoch] != c.Sinks {
						t.Fatalf("seed %d: epoch %d is settled after %d, with %d of %d commits", seed, a.Epoch, settled, committed[a.Epoch], c.Sinks)
					}
					settled = a.Epoch
				case Wait:
					pending = append(pending, func() []Action { now = max(now, a.At); return m.Tick(now) })
				case Finish:
					finished = true
				}
			}
			todo = nil
			now += int64(r.IntN(10))
			switch k := r.IntN(len(pending) + 2); {
			case k < len(pending):
				f := pending[k]
				pending = append(pending[:k], pending[k+1:]...)
				todo = f()
			case k == len(pending):
				todo = m.Changed(now)
			case step > 200 && !asked:
				asked = true
				todo = m.Stop(now)
			}
		}
		if !finished || settled != begun {
			t.Fatalf("seed %d: asked to stop, it has not finished: begun %d, settled %d", seed, begun, settled)
		}
	}
}
