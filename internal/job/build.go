package job

import (
	"fmt"
	"path/filepath"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/function"
	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/op"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// builder makes tasks out of nodes.
//
// A node that reads one input joins the input's tasks, as their last stage, if nobody else
// reads that input. An exchange, a union, a join, and an input with several readers begin
// new tasks, joined by edges.
type builder struct {
	run      *attempt
	parallel int
	readers  map[plan.Node]int
	made     map[plan.Node][]*flow.Task
	sources  []*source
	sinks    []*sink
	restart  []restorable
}

// source is a table being read.
type source struct {
	id    string
	scan  *plan.Scan
	tasks []*op.Source
	owner []*flow.Task
	known map[string]bool // IDs of the splits that were dealt out
}

// sink is a table being written.
type sink struct {
	id   string
	node *plan.Sink
	sink connector.Sink
}

// restorable is a stage and what it needs to be restored.
type restorable struct {
	stage *flow.Stage
	store *state.Store
	op    flow.Operator
	ctx   *flow.Context
}

func newBuilder(a *attempt) *builder {
	b := &builder{run: a, parallel: a.p.parallelism, readers: map[plan.Node]int{}, made: map[plan.Node][]*flow.Task{}}
	seen := map[plan.Node]bool{}
	var count func(n plan.Node)
	count = func(n plan.Node) {
		for _, in := range n.Inputs() {
			b.readers[in]++
			if !seen[in] {
				seen[in] = true
				count(in)
			}
		}
	}
	for _, s := range a.p.plan.Sinks {
		count(s)
	}
	return b
}

// tasks returns the tasks whose last stage is the node.
func (b *builder) tasks(n plan.Node) ([]*flow.Task, error) {
	if ts := b.made[n]; ts != nil {
		return ts, nil
	}
	ts, err := b.make(n)
	b.made[n] = ts
	return ts, err
}

func (b *builder) make(n plan.Node) ([]*flow.Task, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return b.scan(n)
	case *plan.Values:
		ts := b.newTasks(n.ID, 1)
		return ts, b.stages(ts, n, func(t *flow.Task) (flow.Operator, error) { return op.NewValues(n, b.run.hooks()), nil })
	case *plan.Exchange:
		return nil, fmt.Errorf("an exchange stands where an operator was expected")
	}
	inputs := n.Inputs()
	if len(inputs) != 1 {
		return b.several(n, inputs)
	}
	ts, err := b.below(n, inputs[0])
	if err != nil {
		return nil, err
	}
	return ts, b.stages(ts, n, func(t *flow.Task) (flow.Operator, error) { return b.operator(n, t) })
}

// below returns the tasks that a one-input node goes into.
func (b *builder) below(n plan.Node, in plan.Node) ([]*flow.Task, error) {
	ex, _ := in.(*plan.Exchange)
	if ex != nil {
		in = ex.Input
	}
	from, err := b.tasks(in)
	if err != nil {
		return nil, err
	}
	width := len(from)
	if ex != nil {
		width = b.width(ex.Spread)
	}
	alone := b.readers[in] == 1 && (ex == nil || b.readers[ex] == 1)
	if alone && (ex == nil || len(from) == 1 && width == 1) {
		return from, nil
	}
	to := b.newTasks(n.Output().ID, width)
	b.connect(from, to, 0, ex, in, false)
	return to, nil
}

func (b *builder) width(s plan.Spread) int {
	if s.Kind == plan.SpreadHash {
		return b.parallel
	}
	return 1
}

func (b *builder) connect(from, to []*flow.Task, port int, ex *plan.Exchange, in plan.Node, join bool) {
	if ex == nil || ex.Spread.Kind != plan.SpreadHash || len(to) == 1 {
		flow.Connect(from, to, port, nil, nil)
		return
	}
	fields := in.Output().Columns
	ts := make([]types.Type, len(ex.Spread.Keys))
	for i, k := range ex.Spread.Keys {
		ts[i] = fields[k].Type.Plain()
		if join { // both sides' keys have one form, so that equal keys go to one task
			ts[i].NotNull = false
		}
	}
	codec := state.NewCodec(ts)
	flow.Connect(from, to, port, ex.Spread.Keys, codec.NewEncoder)
}

// several makes the tasks of a union or a join.
func (b *builder) several(n plan.Node, inputs []plan.Node) ([]*flow.Task, error) {
	froms := make([][]*flow.Task, len(inputs))
	exs := make([]*plan.Exchange, len(inputs))
	width := 1
	for i, in := range inputs {
		if ex, ok := in.(*plan.Exchange); ok {
			exs[i] = ex
			inputs[i] = ex.Input
			width = max(width, b.width(ex.Spread))
		}
		var err error
		if froms[i], err = b.tasks(inputs[i]); err != nil {
			return nil, err
		}
		if exs[i] == nil {
			width = max(width, len(froms[i]))
		}
	}
	to := b.newTasks(n.Output().ID, width)
	_, join := n.(*plan.Join)
	for i := range inputs {
		b.connect(froms[i], to, i, exs[i], inputs[i], join)
	}
	return to, b.stages(to, n, func(t *flow.Task) (flow.Operator, error) { return b.operator(n, t) })
}

func (b *builder) newTasks(name string, n int) []*flow.Task {
	ts := make([]*flow.Task, n)
	for i := range ts {
		ts[i] = b.run.flow.NewTask(name, i)
		ts[i].Env = &function.Env{Zone: b.run.p.zone, Started: b.run.p.world.Now(), Now: b.run.p.world.Now()}
	}
	return ts
}

func (b *builder) operator(n plan.Node, t *flow.Task) (flow.Operator, error) {
	switch n := n.(type) {
	case *plan.Calc:
		return op.NewCalc(n)
	case *plan.Watermark:
		return op.NewWatermark(n, b.run.splits[t])
	case *plan.GroupAggregate:
		return op.NewGroupAggregate(n)
	case *plan.WindowAggregate:
		return op.NewWindowAggregate(n)
	case *plan.WindowTVF:
		return op.NewWindowTVF(n)
	case *plan.Expand:
		return op.NewExpand(n), nil
	case *plan.Join:
		return op.NewJoin(n)
	case *plan.Union:
		return &op.Pass{}, nil
	case *plan.DropUpdateBefore:
		return &op.DropUpdateBefore{}, nil
	case *plan.Sink:
		return b.sink(n, t)
	}
	return nil, fmt.Errorf("no operator does %T", n)
}

// stages appends the node's operator to each of its tasks and opens it.
func (b *builder) stages(ts []*flow.Task, n plan.Node, make func(*flow.Task) (flow.Operator, error)) error {
	id := n.Output().ID
	for i, t := range ts {
		o, err := make(t)
		if err != nil {
			return err
		}
		store := state.NewStore(b.run.p.memory)
		s := t.AddStage(id, o, store)
		ctx := &flow.Context{
			Operator: id, Pipeline: b.run.p.plan.Name, Task: i, Tasks: len(ts), Store: store, Memory: b.run.p.memory,
			Env: t.Env, Count: s.Count(), Log: b.run.p.log, Wake: t.Wake,
			WakeAt: func(at int64) { b.run.p.world.At(at, t.Wake) },
			Fail:   func(err error) { t.Fail(id, err) },
		}
		if sp := b.run.splits[t]; sp != nil {
			ctx.Record = sp.Record
		}
		if b.run.p.letterDir != "" {
			ctx.SetAside = func(l *deadletter.Letter) { b.run.setAside(s, l) }
		}
		if err := o.Open(ctx); err != nil {
			return err
		}
		b.restart = append(b.restart, restorable{s, store, o, ctx})
	}
	return nil
}

func (b *builder) scan(n *plan.Scan) ([]*flow.Task, error) {
	ts := b.newTasks(n.ID, b.parallel)
	src := &source{id: n.ID, scan: n}
	shared := false
	if s, ok := n.Table.Source.(connector.SharedWatermark); ok {
		shared = s.SharedWatermark()
	}
	for _, t := range ts {
		b.run.splits[t] = &op.Splits{Shared: shared, Bounded: n.Table.Source.Bounded()}
	}
	b.sources = append(b.sources, src)
	return ts, b.stages(ts, n, func(t *flow.Task) (flow.Operator, error) {
		rows := b.run.p.plan.Settings.BatchRows
		if rows <= 0 || rows > vector.MaxRows {
			rows = vector.DefaultRows
		}
		env := b.run.env(n.ID, n.Table.Name, t.Wake)
		o := op.NewSource(n, b.run.splits[t], env, rows, func() bool { return b.run.p.memory.Room(0.85) }, b.run.hooks())
		src.tasks, src.owner = append(src.tasks, o), append(src.owner, t)
		return o, nil
	})
}

func (b *builder) sink(n *plan.Sink, t *flow.Task) (flow.Operator, error) {
	if n.Table.Select {
		return op.NewSelect(n, b.run.p.show), nil
	}
	w, err := n.Table.Sink.OpenWriter(t.Index, b.run.env(n.ID, n.Table.Name, t.Wake))
	if err != nil {
		return nil, err
	}
	return op.NewSink(n, w), nil
}

// env is what a connector of the pipeline gets; id is the operator's, so that two sinks
// of one table are told apart.
func (a *attempt) env(id, table string, wake func()) connector.Env {
	return connector.Env{
		Pipeline: a.p.plan.Name, Run: a.p.runID, Directory: filepath.Join(a.p.dir, "operators", fileName(id)), Disk: a.p.fs, Wake: wake,
		Fail:      func(err error) { a.fail(&flow.Error{Operator: table, Err: err}) },
		Warn:      a.p.warn,
		Charge:    a.p.memory.Add,
		Outage:    a.p.outage,
		WantEpoch: a.wantEpoch,
		Resumed:   a.last > 0,
	}
}

// closeTimeout bounds how long connectors may take to close.
const closeTimeout = 10 * time.Second
