package kafka

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What is told of brokers that do not answer, second by second. In each step "2x" is
// that broker 2 did not answer, "2" that it did, "s" and "sx" the seed address; then a second passes.
func TestOutage(t *testing.T) {
	for _, c := range []struct{ name, steps, want string }{
		{"answers", "1 1 1 1 1 1", ""},
		{"a short silence", "1x 1x 1 . . .", ""},
		{"a long one", "1x 1x 1x 1x 1x 1", "3 down broker1; 5 back after 5s"},
		{"once while it lasts", "1x 1x 1x 1x 1x 1x 1x 1x", "3 down broker1"},
		{"again later", "1x 1x 1x 1x 1 1x 1x 1x 1x 1", "3 down broker1; 4 back after 4s; 8 down broker1; 9 back after 4s"},
		{"two brokers", "1x,2x 1x,2x 1x,2x 1x,2x 1,2x 2", "3 down broker1, broker2; 5 back after 5s"},
		{"one of two", "1x,2 1x,2 1x,2 1x,2 1,2", "3 down broker1; 4 back after 4s"},
		{"the seed is the broker", "1x,sx 1x 1x 1x 1", "3 down broker1; 4 back after 4s"},
		{"the seed and the broker", "1x,sx 1x,sx 1x 1x 1", "3 down broker1, seed; 4 back after 4s"},
		{"a broker that nobody needs", "1x,2 1x,2 1x,2 2 2 2 2 2 2 2 2 2 2 2 2", "3 down broker1; 13 back after 13s"},
		{"a connection that was idle", "1x,2 2 2 2 2 2 2 2 2 2 2 2 2 2", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Unix(1_700_000_000, 0)
			now := start
			type alarm struct {
				at time.Time
				f  func()
			}
			var alarms []alarm
			var told []string
			o := newOutage(&client{bootstrap: []string{"seed:9092"}}, func(system string, since time.Time, err error) {
				at := now.Sub(start) / time.Second
				if err == nil {
					told = append(told, fmt.Sprintf("%d back after %v", at, now.Sub(since)))
					return
				}
				text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "broker "), " does not answer")
				told = append(told, fmt.Sprintf("%d down %s", at, strings.ReplaceAll(text, ":9092", "")))
			})
			o.now = func() time.Time { return now }
			o.after = func(d time.Duration, f func()) { alarms = append(alarms, alarm{now.Add(d), f}) }
			for _, second := range strings.Fields(c.steps) {
				for _, x := range strings.Split(second, ",") {
					name, failed := strings.CutSuffix(x, "x")
					var err error
					if failed {
						err = errors.New("connection refused")
					}
					switch name {
					case ".":
					case "s":
						o.note(kgo.BrokerMetadata{NodeID: -1, Host: "seed", Port: 9092}, err)
					default:
						o.note(kgo.BrokerMetadata{NodeID: 1, Host: "broker" + name, Port: 9092}, err)
					}
				}
				now = now.Add(time.Second)
				for len(alarms) > 0 && !alarms[0].at.After(now) {
					f := alarms[0].f
					alarms = alarms[1:]
					f()
				}
			}
			if got := strings.Join(told, "; "); got != c.want {
				t.Errorf("told  %s\nwanted %s", got, c.want)
			}
			o.end()
			told = nil
			o.note(kgo.BrokerMetadata{Host: "broker1", Port: 9092}, errors.New("closed"))
			for _, a := range alarms {
				now = a.at.Add(time.Minute)
				a.f()
			}
			if len(told) > 0 {
				t.Errorf("told after the end: %s", told)
			}
		})
	}
}
