package plan

import (
	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// The relational tree is what binding makes and rewriting changes: what a query
// means, without a word on how it is run. Its nodes are rewritten in place of being
// changed: a node may be shared by several parents.

// rel is a relational operator.
type rel interface {
	fields() []types.Field
}

// cols is embedded in every node: the columns of its rows.
type cols []types.Field

func (c cols) fields() []types.Field { return c }

// scanRel reads the physical and metadata columns of a table; read lists those that
// are wanted, as indexes into the table's columns.
type scanRel struct {
	cols
	table *catalog.Table
	read  []int
	hints map[string]string // of OPTIONS
	at    sql.Span
}

// watermarkRel makes the rowtime column of its input event time.
type watermarkRel struct {
	cols
	input   rel
	rowtime int
	expr    Expr
	table   *catalog.Table
	hints   map[string]string
}

// filterRel keeps the rows that satisfy cond.
type filterRel struct {
	cols
	input rel
	cond  Expr
}

// projectRel computes expressions.
type projectRel struct {
	cols
	input rel
	exprs []Expr
}

// unionRel is UNION ALL.
type unionRel struct {
	cols
	sources []rel
}

// valuesRel is constant rows.
type valuesRel struct {
	cols
	rows [][]types.Value
}

// aggregateRel groups by columns. windowed tells that start and end of a window are
// among the keys, so that it is a window aggregate.
type aggregateRel struct {
	cols
	input    rel
	keys     []int
	aggs     []Aggregate
	windowed bool
	at       sql.Span
}

// tvfRel is a window function over a table.
type tvfRel struct {
	cols
	input  rel
	window Window
	at     sql.Span
}

// expandRel repeats each row once for each grouping set: the input's columns, of which those
// that a set's nulls list are NULL in its rows, then the number of the set.
type expandRel struct {
	cols
	input rel
	nulls [][]int
}

// joinRel is an inner join.
type joinRel struct {
	cols
	left, right rel
	cond        Expr // nil: all pairs
	at          sql.Span
}

// windowColumns says which columns of a relation carry the start, the end and the
// time of a window, and of what window. Flink calls it RelWindowProperties.
type windowColumns struct {
	window           Window
	start, end, time map[int]bool
}

// windowOf finds the window columns of a relation, nil if it has none.
func windowOf(r rel) *windowColumns {
	switch r := r.(type) {
	case *tvfRel:
		n := len(r.cols) - 3
		return &windowColumns{r.window, map[int]bool{n: true}, map[int]bool{n + 1: true}, map[int]bool{n + 2: true}}
	case *filterRel:
		return windowOf(r.input)
	case *projectRel:
		return windowOf(r.input).through(r.exprs)
	case *expandRel:
		exprs := identityOf(r.input.fields())
		for _, nulls := range r.nulls {
			for _, i := range nulls {
				exprs[i] = &Literal{Value: types.NullValue}
			}
		}
		return windowOf(r.input).through(exprs)
	case *unionRel:
		first := windowOf(r.sources[0])
		for _, s := range r.sources[1:] {
			if other := windowOf(s); first == nil || other == nil || !first.same(other) {
				return nil
			}
		}
		return first
	case *aggregateRel:
		if !r.windowed {
			return nil
		}
		w := windowOf(r.input)
		exprs := make([]Expr, len(r.keys))
		for i, k := range r.keys {
			exprs[i] = &Column{Index: k}
		}
		return w.through(exprs)
	}
	return nil
}

// through follows the columns of a window through a projection.
func (w *windowColumns) through(exprs []Expr) *windowColumns {
	if w == nil {
		return nil
	}
	out := &windowColumns{w.window, map[int]bool{}, map[int]bool{}, map[int]bool{}}
	for i, e := range exprs {
		if c, ok := e.(*Column); ok {
			if w.start[c.Index] {
				out.start[i] = true
			}
			if w.end[c.Index] {
				out.end[i] = true
			}
			if w.time[c.Index] {
				out.time[i] = true
			}
		}
	}
	return out
}

// covers tells whether the keys hold the start and the end of the window.
func (w *windowColumns) covers(keys []int) bool {
	if w == nil {
		return false
	}
	start, end := false, false
	for _, k := range keys {
		start = start || w.start[k]
		end = end || w.end[k]
	}
	return start && end
}

// same tells whether two relations carry the same windows in the same columns. Where their
// inputs had the time is of no matter.
func (w *windowColumns) same(o *windowColumns) bool {
	a, b := w.window, o.window
	a.Time, b.Time = 0, 0
	if a != b {
		return false
	}
	for _, pair := range [][2]map[int]bool{{w.start, o.start}, {w.end, o.end}, {w.time, o.time}} {
		if len(pair[0]) != len(pair[1]) {
			return false
		}
		for k := range pair[0] {
			if !pair[1][k] {
				return false
			}
		}
	}
	return true
}
