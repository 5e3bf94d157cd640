package job

import (
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
	Over      bool
}

// Progress reads how far the pipeline is; from any goroutine.
func (p *Pipeline) Progress() Progress {
	x := Progress{Pipeline: p.plan.Name, Watermark: flow.EndWatermark, Epoch: p.epoch.Load(), Memory: p.memory.Used()}
	p.mu.Lock()
	a := p.shown
	p.mu.Unlock()
	if a == nil {
		x.Watermark = flow.NoWatermark
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
