// Package plan makes a physical plan of a script: data that can be printed,
// compared, stored and tested without a goroutine. Whatever can be decided before
// the first row is decided here; an operator is straight-line code.
//
//	Bind       names, types, time attributes: syntax tree to relational tree
//	Rewrite    push filters and projections to the scans, fold constants
//	Physical   distributions, changelog kinds, upsert keys, identities
package plan

import (
	"tidemark.dev/connector"
	"tidemark.dev/types"
)

// Pipeline is what runs as one: a set of sinks and all that feeds them, with epochs
// and a state of its own. Nodes form a graph: a node may feed several.
type Pipeline struct {
	Name  string
	Sinks []*Sink
	// Identity is the canonical text of the plan: two runs whose identities are equal
	// may share state. White space, comments and connection options are not in it.
	Identity string
	Settings Settings
}

// Node is an operator of the physical plan.
type Node interface {
	Inputs() []Node
	Output() *Output
}

// Output is what is known of the changes on the edge that leaves a node.
type Output struct {
	// ID names the operator: its place and kind, stable under edits elsewhere. It is
	// the key of its state in the epoch log.
	ID      string
	Columns []types.Field
	Kinds   connector.KindSet
	// UpsertKeys are the sets of columns that are unique at any time.
	UpsertKeys [][]int
	// Rowtime is the column that carries event time, -1 if none does.
	Rowtime int
	// Spread is how rows are spread over parallel tasks.
	Spread Spread
}

// Spread is a distribution over parallel tasks.
type Spread struct {
	Kind SpreadKind
	Keys []int // of SpreadHash: columns whose key group decides the task
}

// SpreadKind is a way to spread rows over tasks.
type SpreadKind uint8

const (
	SpreadAny    SpreadKind = iota // as the splits fall
	SpreadHash                     // by key group
	SpreadSingle                   // all in one task
)

// Output implements Node for what embeds an Output.
func (o *Output) Output() *Output { return o }

// Scan reads a table. The columns of its output are Read's, in order; computed columns
// and the filter are a Calc's above it.
type Scan struct {
	Edge
	Table *SourceTable
	Read  []connector.Column
}

// Edge embeds an Output under a name that does not collide with its method.
type Edge = Output

// SourceTable is a table ready to be opened.
type SourceTable struct {
	Name      string
	Connector *connector.Connector
	Table     *connector.Table
	Source    connector.Source
}

// Watermark makes watermarks from each row: it stands above the Calc that computes the
// rowtime, in the task of the scan, and knows rows by their split.
type Watermark struct {
	Edge
	Input   Node
	Rowtime int  // column
	Expr    Expr // TIMESTAMP or TIMESTAMP_LTZ over the input's columns; its NULL moves nothing
	// IdleTimeout in milliseconds; 0: never idle.
	IdleTimeout int64
}

// Calc filters, then projects.
type Calc struct {
	Edge
	Input  Node
	Filter Expr // nil: all rows
	Exprs  []Expr
}

// Exchange spreads rows as its Output's Spread says. It is put in by the planner
// wherever an operator needs another spread than its input has.
type Exchange struct {
	Edge
	Input Node
}

// Union passes on all its inputs.
type Union struct {
	Edge
	Sources []Node
}

// Values are constant rows.
type Values struct {
	Edge
	Rows [][]types.Value
}

// Aggregate is one aggregate call over columns of the input.
type Aggregate struct {
	Func     AggregateFunc
	Args     []int // columns; none: COUNT(*)
	Filter   int   // BOOLEAN column; -1: none
	Distinct bool
	Type     types.Type // of the result
	Name     string
	// NoRetract tells that a MIN or MAX ignores rows that are taken back (it keeps no
	// other values): its argument moves one way only under updates. The group's count of
	// rows takes them back all the same.
	NoRetract bool
	// Nulls tells that NULLs of the last argument count as values: those of ARRAY_AGG, unless
	// IGNORE NULLS, and of the JSON aggregates with NULL ON NULL.
	Nulls bool
	// Separator is LISTAGG's.
	Separator string
}

// AggregateFunc is an aggregate function.
type AggregateFunc uint8

const (
	Count AggregateFunc = iota
	Sum
	Sum0
	Avg
	Min
	Max
	VarPop
	VarSamp
	StddevPop
	StddevSamp
	FirstValue
	LastValue
	SingleValue
	ListAgg
	ArrayAgg
	Collect
	JSONArrayAgg  // of JSON texts
	JSONObjectAgg // of names and JSON texts
	Percentile
)

// GroupAggregate is GROUP BY without a window (no keys: one global row). Output: the
// keys, then the aggregates.
type GroupAggregate struct {
	Edge
	Input Node
	Keys  []int
	Aggs  []Aggregate
	// Retracts tells that the input has -U or -D, so that accumulators must take rows back.
	Retracts bool
}

// WindowKind is how a window function cuts time.
type WindowKind uint8

const (
	Tumble WindowKind = iota
	Hop
	Cumulate
)

// Window is a window function over a time column.
type Window struct {
	Kind WindowKind
	// Size, Slide (HOP) or Step (CUMULATE) and Offset are milliseconds.
	Size, Slide, Offset int64
	Time                int  // the column
	Proctime            bool // windows of the task's clock; Time is then unused
	// Zoned tells that the time is TIMESTAMP_LTZ: windows are cut in the session's zone.
	Zoned bool
	Zone  string
}

// Expand repeats each row once for each grouping set: the input's columns, of which those in
// Nulls[i] are NULL in the rows of set i, then i.
type Expand struct {
	Edge
	Input Node
	Nulls [][]int
}

// WindowTVF assigns each row to its windows: the input's columns, then window_start,
// window_end, window_time. It drops nothing.
type WindowTVF struct {
	Edge
	Input  Node
	Window Window
}

// WindowAggregate is GROUP BY window_start, window_end[, keys] right above a window
// function. Output: the keys, the aggregates, then those of window_start, window_end,
// window_time that Props lists.
type WindowAggregate struct {
	Edge
	Input    Node
	Keys     []int
	Aggs     []Aggregate
	Window   Window
	Props    []WindowProp
	Retracts bool
	// Attached tells that the input already carries the window's end in a column (a
	// cascaded window): AttachedEnd; Window.Time is unused then.
	Attached    bool
	AttachedEnd int
}

// WindowProp is a window's property.
type WindowProp uint8

const (
	WindowStart WindowProp = iota
	WindowEnd
	WindowTime
)

// Join is an inner equi-join that keeps both sides. Output: left columns, right columns.
type Join struct {
	Edge
	Left, Right         Node
	LeftKeys, RightKeys []int
	Residual            Expr // over the joined row; nil: none
	// LeftUnique and RightUnique tell that the join key contains an upsert key of that
	// side: at most one row a key.
	LeftUnique, RightUnique bool
}

// DropUpdateBefore removes -U where nobody above needs it. It is folded into the
// operator below where that can leave them out itself.
type DropUpdateBefore struct {
	Edge
	Input Node
}

// Sink writes a table.
type Sink struct {
	Edge
	Input Node
	Table *SinkTable
	// Enforce lists NOT NULL columns whose input may be NULL: a NULL there is an error, or
	// with Drop the end of the row.
	Enforce     []int
	Drop        bool
	Constraints Constraints
}

// SinkTable is a table ready to be written. Select is set for the rows of a SELECT
// shown to the user: then Connector is nil.
type SinkTable struct {
	Name      string
	Connector *connector.Connector
	Table     *connector.Table
	Sink      connector.Sink
	Select    bool
}

// Inputs implements Node: what the node reads, by port.
func (n *Scan) Inputs() []Node             { return nil }
func (n *Values) Inputs() []Node           { return nil }
func (n *Watermark) Inputs() []Node        { return []Node{n.Input} }
func (n *Calc) Inputs() []Node             { return []Node{n.Input} }
func (n *Exchange) Inputs() []Node         { return []Node{n.Input} }
func (n *Union) Inputs() []Node            { return n.Sources }
func (n *GroupAggregate) Inputs() []Node   { return []Node{n.Input} }
func (n *WindowTVF) Inputs() []Node        { return []Node{n.Input} }
func (n *Expand) Inputs() []Node           { return []Node{n.Input} }
func (n *WindowAggregate) Inputs() []Node  { return []Node{n.Input} }
func (n *Join) Inputs() []Node             { return []Node{n.Left, n.Right} }
func (n *DropUpdateBefore) Inputs() []Node { return []Node{n.Input} }
func (n *Sink) Inputs() []Node             { return []Node{n.Input} }

// Settings are the SET keys that a pipeline runs by, as of its INSERT.
type Settings struct {
	Parallelism int // 0: the number of cores
	// CheckpointInterval in milliseconds; 0: adaptive.
	CheckpointInterval int64
	Zone               string
	BatchRows          int               // rows of a source's batch; 0: the default
	IdleTimeout        int64             // table.exec.source.idle-timeout, milliseconds
	MemoryBudget       int64             // tidemark.memory.budget, bytes; 0: what the process may use
	All                map[string]string // every key given
}

// Bounded tells whether the pipeline ends by itself: every table it reads does.
func (p *Pipeline) Bounded() bool {
	var bounded func(n Node) bool
	bounded = func(n Node) bool {
		if s, ok := n.(*Scan); ok {
			return s.Table.Source.Bounded()
		}
		for _, in := range n.Inputs() {
			if !bounded(in) {
				return false
			}
		}
		return true
	}
	for _, s := range p.Sinks {
		if !bounded(s) {
			return false
		}
	}
	return true
}
