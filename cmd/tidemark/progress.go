package main

import (
	"fmt"
	"math"
	"time"

	"tidemark.dev"
	"tidemark.dev/internal/job"
)

// progressLine keeps one line at the bottom of a terminal up to date; where stderr is
// not one it does nothing.
type progressLine struct {
	stop chan struct{}
	done chan struct{}
}

// progressEvery is how often the line is written anew.
const progressEvery = 500 * time.Millisecond

func newProgressLine(e *tidemark.Engine) *progressLine {
	p := &progressLine{stop: make(chan struct{}), done: make(chan struct{})}
	if !theConsole.terminal() {
		close(p.done)
		return p
	}
	go func() {
		defer close(p.done)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		before, last := total{}, time.Now()
		for {
			select {
			case <-p.stop:
				theConsole.show("")
				return
			case <-tick.C:
			}
			now, at := sum(e.Progress()), time.Now()
			theConsole.show(now.text(before, at.Sub(last), at))
			before, last = now, at
		}
	}()
	return p
}

func (p *progressLine) end() {
	close(p.stop)
	<-p.done
}

// total is the progress of all pipelines together.
type total struct {
	in, out, late int64
	watermark     int64
	epoch         uint64
	outage        *job.Outage // the longest
}

func sum(pipelines []job.Progress) total {
	t := total{watermark: math.MaxInt64}
	for _, x := range pipelines {
		t.in, t.out, t.late = t.in+x.In, t.out+x.Out, t.late+x.Late
		t.watermark, t.epoch = min(t.watermark, x.Watermark), max(t.epoch, x.Epoch)
		for i := range x.Outages {
			if o := &x.Outages[i]; t.outage == nil || o.Since.Before(t.outage.Since) {
				t.outage = o
			}
		}
	}
	return t
}

// text is the line: what was done since before, a time ago.
func (t total) text(before total, ago time.Duration, now time.Time) string {
	line := fmt.Sprintf("%s rows/s in  %s rows/s out  watermark %s  late %d  epoch %d",
		count(float64(t.in-before.in)/ago.Seconds()), count(float64(t.out-before.out)/ago.Seconds()), watermarkText(t.watermark, now), t.late, t.epoch)
	if t.outage != nil { // first: a narrow terminal cuts the end off
		line = fmt.Sprintf("%s has not answered for %s  ", t.outage.System, now.Sub(t.outage.Since).Round(time.Second)) + line
	}
	return line
}

func watermarkText(w int64, now time.Time) string {
	switch w {
	case math.MinInt64:
		return "none yet"
	case math.MaxInt64:
		return "at the end"
	}
	t := time.UnixMilli(w).UTC()
	lag := now.Sub(t).Round(time.Second)
	if lag > 0 && lag < 48*time.Hour {
		return fmt.Sprintf("%s (lag %s)", t.Format("2006-01-02 15:04:05"), lag)
	}
	return t.Format("2006-01-02 15:04:05")
}

func count(x float64) string {
	switch {
	case x >= 1e6:
		return fmt.Sprintf("%.2f M", x/1e6)
	case x >= 1e4:
		return fmt.Sprintf("%.1f K", x/1e3)
	}
	return fmt.Sprintf("%.0f", x)
}
