// Package op holds the operators: what a physical plan's nodes become. Each is
// straight-line code over batches; whatever could be decided while planning was.
//
// The equation of an operator, over its counters at any barrier:
//
//	Calc, sinks of views    In = Out + Filtered
//	WindowTVF               In · windows = Out, less Nulls
//	WindowAggregate         In = Late + rows in windows fired or open
//	Source                  Out = rows decoded; Bad are beside it
//
// Operators never look at the clock: time of the task is Context.Env.Now.
package op

import (
	"tidemark.dev/internal/flow"
	"tidemark.dev/vector"
)

// held is the batch that a one-in one-out operator was handed, or the watermark.
type held struct {
	batch     *vector.Batch
	watermark int64
	mark      bool
	ends      []int32 // splits that have ended
}

// Rows implements flow.Operator.
func (h *held) Rows(_ int, b *vector.Batch) error { h.batch = b; return nil }

// Watermark implements flow.Operator.
func (h *held) Watermark(w int64) error { h.watermark, h.mark = w, true; return nil }

// SplitEnd implements flow.Splitter.
func (h *held) SplitEnd(s int32) error { h.ends = append(h.ends, s); return nil }

// forward sends on what is not rows.
func (h *held) forward(out *flow.Output) {
	if h.mark {
		out.Watermark(h.watermark)
		h.mark = false
	}
	for _, s := range h.ends {
		out.SplitEnd(s)
	}
	h.ends = h.ends[:0]
}
