// Package pace lets a generator keep to a rate without ever sleeping: a Reader asks
// how many rows are due, and answers connector.Waiting when none are.
package pace

import "time"

// Pacer counts rows against a clock. It belongs to one Reader. The zero Pacer knows no
// limit.
type Pacer struct {
	rate  float64 // rows a second; 0: no limit
	now   func() time.Time
	after func(time.Duration, func())

	start time.Time
	taken int64
}

// New returns a Pacer of so many rows a second, beginning now; 0: no limit.
func New(rate float64) Pacer {
	return NewWithClock(rate, time.Now, func(d time.Duration, f func()) { time.AfterFunc(d, f) })
}

// NewWithClock is New with another clock: after calls f once, when d has passed.
func NewWithClock(rate float64, now func() time.Time, after func(d time.Duration, f func())) Pacer {
	return Pacer{rate: rate, now: now, after: after}
}

// tick is the least time between two batches, which cost something however few rows they
// have: enough for a hundred rows, if that is 1 to 5 ms.
func (p *Pacer) tick() time.Duration {
	return min(max(time.Duration(100/p.rate*float64(time.Second)), time.Millisecond), 5*time.Millisecond)
}

// Due returns how many rows may be made now, at most limit, and counts them as made. When
// it returns 0, wake will be called as soon as asking again is worth it. Rows that were
// due while nobody asked (the pipeline pushed back) are still due: the rate is kept on
// average, as by an outside world that does not wait.
func (p *Pacer) Due(limit int, wake func()) int {
	if p.rate == 0 {
		return limit
	}
	now := p.now()
	if p.start.IsZero() {
		p.start = now
	}
	due := int64(p.rate*now.Sub(p.start).Seconds()) + 1 - p.taken // the first at once
	if due <= 0 {
		next := time.Duration(float64(p.taken) / p.rate * float64(time.Second))
		p.after(max(next-now.Sub(p.start), p.tick()), wake)
		return 0
	}
	n := int(min(due, int64(limit)))
	p.taken += int64(n)
	return n
}
