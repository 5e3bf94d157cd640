package twin

import (
	"errors"
	"fmt"
	"slices"

	"tidemark.dev/connector"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// scan reads the events of a table in order and tells when a split has given its last.
type scan struct {
	stage   *stage
	name    string
	columns []int
	events  []Event
	next    int
	last    []int // by split: the number of its last event, -1 if it has none
	ended   []bool
}

func (r *run) newScan(s *stage, n *plan.Scan) (operator, error) {
	t := r.in.Tables[n.Table.Name]
	if t == nil {
		return nil, fmt.Errorf("the input has no table %s", n.Table.Name)
	}
	c := &scan{stage: s, name: n.Table.Name, events: slices.Clone(t.Events), ended: make([]bool, t.splits())}
	for _, want := range n.Read {
		i := slices.Index(t.Columns, want.Name)
		if i < 0 {
			return nil, fmt.Errorf("the input of table %s has no column %s", n.Table.Name, want.Name)
		}
		c.columns = append(c.columns, i)
	}
	slices.SortStableFunc(c.events, func(a, b Event) int { return order(a.At, b.At) })
	for range c.ended {
		c.last = append(c.last, -1)
	}
	for i, e := range c.events {
		c.last[e.Split] = i
	}
	r.scans = append(r.scans, c)
	return c, nil
}

func (c *scan) row(*stage, int, row) error    { return errors.New("a scan has no input") }
func (c *scan) watermark(*stage, int64) error { return nil }

// read emits the next event, and its split's end if it was the last.
func (c *scan) read() error {
	e := c.events[c.next]
	c.next++
	cols := make([]types.Value, len(c.columns))
	for i, from := range c.columns {
		cols[i] = e.Row[from]
	}
	if err := c.stage.emit(row{kind: e.Kind, cols: cols, split: e.Split, group: c.stage.run.next()}); err != nil {
		return err
	}
	return c.endSplits()
}

// endSplits tells the assigners above of the splits that have given their last event,
// and everybody when all have.
func (c *scan) endSplits() error {
	for i, last := range c.last {
		if !c.ended[i] && last < c.next {
			c.ended[i] = true
			if err := endSplit(c.stage, i); err != nil {
				return err
			}
		}
	}
	if slices.Contains(c.ended, false) {
		return nil
	}
	return c.stage.raise(endWatermark)
}

func endSplit(s *stage, split int) error {
	for _, e := range s.above {
		if a, ok := e.to.op.(*assigner); ok {
			a.marks[split] = endWatermark
			if err := a.send(e.to); err != nil {
				return err
			}
		} else if err := endSplit(e.to, split); err != nil {
			return err
		}
	}
	return nil
}

// assigner makes watermarks: one for each split, or one for all splits of a source that
// shares them; the least counts.
type assigner struct {
	plan   *plan.Watermark
	marks  []int64
	shared bool
	common int64
	floor  int64 // nothing up to here is sent
}

func (r *run) newAssigner(n *plan.Watermark) (operator, error) {
	below := n.Input
	for {
		if s, ok := below.(*plan.Scan); ok {
			a := &assigner{plan: n, common: noWatermark, floor: noWatermark}
			if r.in.FromEpoch {
				a.floor = 0
			}
			for range r.in.Tables[s.Table.Name].splits() {
				a.marks = append(a.marks, noWatermark)
			}
			if x, ok := s.Table.Source.(connector.SharedWatermark); ok {
				a.shared = x.SharedWatermark()
			}
			return a, nil
		}
		if len(below.Inputs()) != 1 {
			return nil, errors.New("a watermark must stand above one scan")
		}
		below = below.Inputs()[0]
	}
}

func (a *assigner) row(s *stage, _ int, r row) error {
	if r.cols[a.plan.Rowtime].Null {
		return errors.New("a rowtime is NULL")
	}
	v, err := s.run.eval.eval(a.plan.Expr, r.cols)
	if err != nil {
		return err
	}
	if err := s.emit(r); err != nil {
		return err
	}
	if v.Null {
		return nil
	}
	a.marks[r.split] = max(a.marks[r.split], millis(v))
	a.common = max(a.common, millis(v))
	return a.send(s)
}

func (a *assigner) send(s *stage) error {
	w := slices.Min(a.marks)
	if a.shared && w != endWatermark {
		w = a.common
	}
	if w <= a.floor {
		return nil
	}
	return s.raise(w)
}

func (a *assigner) watermark(*stage, int64) error { return nil }
