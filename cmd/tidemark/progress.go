package main

import (
	"fmt"
	"math"
	"os"
	"time"

	"golang.org/x/term"

	"tidemark.dev"
)

// progressLine keeps one line at the bottom of a terminal up to date; where stderr is
// not one it does nothing.
type progressLine struct {
	stop chan struct{}
	done chan struct{}
}

func newProgressLine(e *tidemark.Engine) *progressLine {
	p := &progressLine{stop: make(chan struct{}), done: make(chan struct{})}
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		close(p.done)
		return p
	}
	go func() {
		defer close(p.done)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		var in, out int64
		last := time.Now()
		for {
			select {
			case <-p.stop:
				fmt.Fprint(os.Stderr, "\r\x1b[K")
				return
			case <-tick.C:
			}
			var i, o, late int64
			watermark, epoch := int64(math.MaxInt64), uint64(0)
			waits := ""
			for _, x := range e.Progress() {
				for _, o := range x.Outages {
					waits = fmt.Sprintf("  %s has not answered for %s", o.System, time.Since(o.Since).Round(time.Second))
				}
				i, o, late = i+x.In, o+x.Out, late+x.Late
				watermark, epoch = min(watermark, x.Watermark), max(epoch, x.Epoch)
			}
			sec := time.Since(last).Seconds()
			last = time.Now()
			fmt.Fprintf(os.Stderr, "\r\x1b[K%s rows/s in  %s rows/s out  watermark %s  late %d  epoch %d%s",
				count(float64(i-in)/sec), count(float64(o-out)/sec), watermarkText(watermark), late, epoch, waits)
			in, out = i, o
		}
	}()
	return p
}

func (p *progressLine) end() {
	close(p.stop)
	<-p.done
}

func watermarkText(w int64) string {
	switch w {
	case math.MinInt64:
		return "none yet"
	case math.MaxInt64:
		return "at the end"
	}
	t := time.UnixMilli(w).UTC()
	lag := time.Since(t).Round(time.Second)
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
