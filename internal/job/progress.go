package job

import (
	"fmt"
	"sort"
	"time"

	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/op"
)

// Progress is how far a pipeline is.
type Progress struct {
	Pipeline  string
	In, Out   int64 // rows read by sources, written by sinks
	Late      int64
	Watermark int64 // the least that a sink has been handed
	Epoch     uint64
	Memory    int64
	Starting  bool // it opens its tables and restores its state
	Over      bool // it has ended
	Outages   []Outage
}

// Outage is a system outside that does not answer.
type Outage struct {
	System string
	Since  time.Time
}

// outage is connector.Env.Outage.
func (p *Pipeline) outage(system string, since time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	began, known := p.outages[system]
	switch {
	case err != nil && !known:
		if p.outages == nil {
			p.outages = map[string]time.Time{}
		}
		p.outages[system] = since
		p.warn(fmt.Sprintf("pipeline %s: %s: %v since %s; rows wait, and go on by themselves when it answers", p.plan.Name, system, err, since.Format("15:04:05")))
	case err == nil && known:
		delete(p.outages, system)
		p.warn(fmt.Sprintf("pipeline %s: %s answers again, after %s", p.plan.Name, system, time.Since(began).Round(time.Second)))
	}
}

// forgetOutages drops what nobody is left to tell the end of: all is closed.
func (p *Pipeline) forgetOutages() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.outages)
}

// waitsFor lists the outages, longest first.
func (p *Pipeline) waitsFor() []Outage {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Outage, 0, len(p.outages))
	for system, since := range p.outages {
		list = append(list, Outage{system, since})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Since.Before(list[j].Since) })
	return list
}

// Progress reads how far the pipeline is; from any goroutine.
func (p *Pipeline) Progress() Progress {
	x := Progress{Pipeline: p.plan.Name, Watermark: flow.EndWatermark, Epoch: p.epoch.Load(), Memory: p.memory.Used(), Outages: p.waitsFor(), Over: p.ended.Load()}
	p.mu.Lock()
	a := p.shown
	p.mu.Unlock()
	if a == nil {
		x.Watermark, x.Starting = flow.NoWatermark, true
		return x
	}
	for _, t := range a.flow.Tasks {
		stages := t.Stages()
		for i, s := range t.Stats() {
			x.Late += s.Counters.Late
			switch stages[i].Operator().(type) {
			case *op.Source, *op.Values:
				x.In += s.Counters.Out
			case *op.Sink:
				x.Out += s.Counters.Out
				x.Watermark = min(x.Watermark, s.Watermark)
			}
		}
	}
	return x
}
