package twin

import (
	"fmt"
	"slices"
	"time"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Event is one row of a source table.
type Event struct {
	Split int
	// At orders the events of all tables: the moment of arrival, in any unit. Events of
	// equal At keep their order in Table.Events, and tables the order of the plan's scans.
	At   int64
	Kind vector.Kind
	// Row has a value for each of Table.Columns.
	Row []types.Value
}

// Table is all that a source table will ever give.
type Table struct {
	// Columns are the physical and metadata columns by the names that the table's schema
	// gives them; computed columns are the plan's to compute.
	Columns []string
	// Splits is how many there are, those without an event included; 0: one more than
	// the greatest number in Events.
	Splits int
	Events []Event
}

func (t *Table) splits() int {
	n := max(t.Splits, 1)
	for _, e := range t.Events {
		n = max(n, e.Split+1)
	}
	return n
}

// Input is what a run reads.
type Input struct {
	Tables map[string]*Table // by SourceTable.Name
	// Now is what CURRENT_TIMESTAMP and PROCTIME() answer.
	Now time.Time
	// FromEpoch starts every watermark at 1970, as Flink's own assigner does outside
	// Kafka: none is sent until it is later than that.
	FromEpoch bool
}

// Change is a row that reached a sink.
type Change struct {
	Kind vector.Kind
	Row  []types.Value
	// Group numbers what has an order: changes of one group may come in any order among
	// themselves (the matches of one row of a join, the keys of one window), groups come
	// in order.
	Group int
}

// Output is what a sink was given.
type Output struct {
	Name    string
	Columns []types.Field
	Changes []Change
	// Exact tells that the changelog is determined (up to Change.Group) if each table
	// has one split. It is not where two inputs meet, or an aggregate reads what has no
	// order: then only the fold counts.
	Exact bool
}

// Late counts what a window aggregate left out, by row and window.
type Late struct {
	Dropped int           // rows too late for all their windows
	Missed  map[int64]int // by the window's end in milliseconds of local time: rows too late for it
}

// Result is what a run gave. After an error it holds what came before it.
type Result struct {
	Sinks []Output         // in the order of the pipeline's
	Late  map[string]*Late // by Output.ID of the window aggregate
}

const (
	noWatermark  = -1 << 63
	endWatermark = 1<<63 - 1
)

// Run interprets a pipeline. Its error is the pipeline's failure, or says what the twin
// cannot interpret.
func Run(p *plan.Pipeline, in Input) (*Result, error) {
	zone, err := loadZone(p.Settings.Zone)
	if err != nil {
		return nil, err
	}
	if in.Now.IsZero() {
		in.Now = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	r := &run{
		in: in, eval: &evaluator{zone: zone, now: in.Now},
		stages: map[plan.Node]*stage{}, result: &Result{Late: map[string]*Late{}},
	}
	for i, s := range p.Sinks {
		r.result.Sinks = append(r.result.Sinks, Output{Name: s.Table.Name, Columns: s.Input.Output().Columns, Exact: ordered(s.Input)})
		if _, err := r.stage(s); err != nil {
			return nil, err
		}
		r.stages[s].op.(*sink).index = i
	}
	return r.result, r.feed()
}

// ordered tells that no order matters that is not defined: there is one input, and no
// group aggregate reads the keys of a window.
func ordered(n plan.Node) bool {
	inputs := n.Inputs()
	if len(inputs) > 1 {
		return false
	}
	if _, ok := n.(*plan.GroupAggregate); ok && aboveWindow(n) {
		return false
	}
	return len(inputs) == 0 || ordered(inputs[0])
}

func aboveWindow(n plan.Node) bool {
	for _, i := range n.Inputs() {
		if _, ok := i.(*plan.WindowAggregate); ok || aboveWindow(i) {
			return true
		}
	}
	return false
}

type run struct {
	in     Input
	eval   *evaluator
	stages map[plan.Node]*stage
	scans  []*scan
	values []*stage
	result *Result
	group  int // the last that was given out
}

// row is a change on its way through the graph.
type row struct {
	kind  vector.Kind
	cols  []types.Value
	split int // of the source, up to the watermark
	group int
}

// operator does what a node does with what arrives.
type operator interface {
	// row takes a row of one input and emits through the stage.
	row(s *stage, input int, r row) error
	// watermark is called when the least watermark of all inputs has risen, before it is
	// passed on.
	watermark(s *stage, w int64) error
}

// stage is a node in the graph: its operator, those above it, and its watermark.
type stage struct {
	run   *run
	node  plan.Node
	op    operator
	above []edge
	marks []int64 // by input
	mark  int64
}

type edge struct {
	to    *stage
	input int
}

func (r *run) stage(n plan.Node) (*stage, error) {
	if s := r.stages[n]; s != nil {
		return s, nil
	}
	s := &stage{run: r, node: n, mark: noWatermark}
	r.stages[n] = s
	for i, input := range n.Inputs() {
		below, err := r.stage(input)
		if err != nil {
			return nil, err
		}
		below.above = append(below.above, edge{s, i})
		s.marks = append(s.marks, noWatermark)
	}
	var err error
	s.op, err = r.operator(s)
	return s, err
}

func (r *run) operator(s *stage) (operator, error) {
	switch n := s.node.(type) {
	case *plan.Scan:
		return r.newScan(s, n)
	case *plan.Values:
		r.values = append(r.values, s)
		return pass{}, nil
	case *plan.Watermark:
		return r.newAssigner(n)
	case *plan.Calc:
		return &calc{n}, nil
	case *plan.Exchange, *plan.Union, *plan.DropUpdateBefore:
		return pass{}, nil
	case *plan.GroupAggregate:
		return &groupAggregate{plan: n, groups: map[string]*group{}}, nil
	case *plan.Expand:
		return &expand{n}, nil
	case *plan.WindowTVF:
		w, err := newWindows(n.Window)
		return &windowTVF{n, w}, err
	case *plan.WindowAggregate:
		return r.newWindowAggregate(n)
	case *plan.Join:
		return newJoin(n), nil
	case *plan.Sink:
		return &sink{plan: n}, nil
	}
	return nil, fmt.Errorf("the twin cannot interpret %T", s.node)
}

// emit passes a change to all above. A -U goes nowhere where the plan says that this
// edge has none.
func (s *stage) emit(r row) error {
	if k := s.node.Output().Kinds; r.kind == vector.UpdateBefore && k != 0 && !k.Has(r.kind) {
		return nil
	}
	for _, e := range s.above {
		if err := e.to.op.row(e.to, e.input, r); err != nil {
			return err
		}
	}
	return nil
}

// advance takes an input's watermark.
func (s *stage) advance(input int, w int64) error {
	s.marks[input] = max(s.marks[input], w)
	return s.raise(slices.Min(s.marks))
}

// raise lets the operator see a watermark, and then those above.
func (s *stage) raise(w int64) error {
	if w <= s.mark {
		return nil
	}
	s.mark = w
	if err := s.op.watermark(s, w); err != nil {
		return err
	}
	for _, e := range s.above {
		if err := e.to.advance(e.input, w); err != nil {
			return err
		}
	}
	return nil
}

// next gives out a group number.
func (r *run) next() int {
	r.group++
	return r.group
}

// feed gives all input to the graph.
func (r *run) feed() error {
	for _, s := range r.values {
		for _, v := range s.node.(*plan.Values).Rows {
			if err := s.emit(row{cols: v, group: r.next()}); err != nil {
				return err
			}
		}
		if err := s.raise(endWatermark); err != nil {
			return err
		}
	}
	for _, s := range r.scans {
		if err := s.endSplits(); err != nil { // those without any event
			return err
		}
	}
	for {
		var first *scan
		for _, s := range r.scans {
			if s.next < len(s.events) && (first == nil || s.events[s.next].At < first.events[first.next].At) {
				first = s
			}
		}
		if first == nil {
			return nil
		}
		// All scans of a table read an event before the next is looked at.
		n := first.next
		for _, s := range r.scans {
			if s.name == first.name && s.next == n {
				if err := s.read(); err != nil {
					return err
				}
			}
		}
	}
}
