package flow

import (
	"tidemark.dev/internal/invariants"
	"tidemark.dev/vector"
)

// Ledger is an operator that states an equation over its counters: what is not right, or "". It is
// asked about the sum over all its tasks, as of a barrier.
type Ledger interface {
	Ledger(c *Counters) string
}

// wellFormed asserts what all operators rely on.
func wellFormed(operator string, b *vector.Batch) {
	n := b.Len()
	for i, c := range b.Cols {
		if c.Len() != n {
			invariants.Violated("operator %s sends a batch of %d rows whose column %d has %d", operator, n, i, c.Len())
		}
	}
	if b.Kinds != nil && len(b.Kinds) != n {
		invariants.Violated("operator %s sends a batch of %d rows with %d kinds", operator, n, len(b.Kinds))
	}
	for j, row := range b.Sel {
		if int(row) >= n || row < 0 || j > 0 && row <= b.Sel[j-1] {
			invariants.Violated("operator %s sends a selection that does not ascend or is beyond %d rows: row %d at %d", operator, n, row, j)
		}
	}
	if b.Split == vector.NoSplit || b.Pos == nil {
		return
	}
	if len(b.Pos) != n {
		invariants.Violated("operator %s sends a batch of %d rows with %d positions", operator, n, len(b.Pos))
	}
	for j := 1; j < n; j++ {
		if b.Pos[j] < b.Pos[j-1] {
			invariants.Violated("operator %s sends position %d after %d", operator, b.Pos[j], b.Pos[j-1])
		}
	}
}

// balanced asserts that what was sent on an edge before a barrier has come out of it, or is in flight.
func (e *Edge) balanced(barrier Item, inFlight int64) {
	if e.received+inFlight != barrier.size {
		invariants.Violated("on the edge from %s to %s %d rows were sent before epoch %d, %d have come and %d are noted",
			e.from.Name, e.to.Name, barrier.size, barrier.Epoch, e.received, inFlight)
	}
}
