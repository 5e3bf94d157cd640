package pace

import (
	"testing"
	"time"
)

// world is a clock that moves only when somebody waits for it.
type world struct {
	at      time.Time
	waiting []func()
	due     time.Time
}

func (w *world) now() time.Time { return w.at }
func (w *world) after(d time.Duration, f func()) {
	w.due = w.at.Add(d)
	w.waiting = append(w.waiting, f)
}

// Over a virtual minute each rate gives its rows, never more than are due.
func TestRate(t *testing.T) {
	for _, rate := range []float64{0.5, 1, 3, 999, 1e6} {
		w := &world{at: time.Unix(1, 0)}
		start := w.at
		p := NewWithClock(rate, w.now, w.after)
		total, woken := 0, 0
		for w.at.Sub(start) < time.Minute {
			n := p.Due(2048, func() { woken++ })
			total += n
			if most := rate*w.at.Sub(start).Seconds() + 1.5; float64(total) > most {
				t.Fatalf("rate %g: %d rows after %v", rate, total, w.at.Sub(start))
			}
			if n > 0 {
				continue
			}
			if len(w.waiting) != 1 || w.due.Sub(w.at) < time.Millisecond {
				t.Fatalf("rate %g: %d waits until %v", rate, len(w.waiting), w.due.Sub(w.at))
			}
			w.at = w.due
			w.waiting[0]()
			w.waiting = nil
		}
		if least := rate*60 - rate/150 - 1; float64(total) < least {
			t.Errorf("rate %g: %d rows in a minute", rate, total)
		}
		if woken == 0 {
			t.Errorf("rate %g: never waited", rate)
		}
	}
}

func TestRowsThatNobodyAskedForAreStillDue(t *testing.T) {
	w := &world{at: time.Unix(1, 0)}
	p := NewWithClock(100, w.now, w.after)
	if n := p.Due(10, nil); n != 1 {
		t.Errorf("%d rows at once", n)
	}
	w.at = w.at.Add(time.Second)
	if a, b := p.Due(60, nil), p.Due(60, nil); a != 60 || b != 40 {
		t.Errorf("%d and %d rows after a second", a, b)
	}
}

func TestNoLimit(t *testing.T) {
	var p Pacer
	if n := p.Due(7, nil); n != 7 {
		t.Errorf("%d", n)
	}
	p = New(0)
	if n := p.Due(7, nil); n != 7 {
		t.Errorf("%d", n)
	}
}
