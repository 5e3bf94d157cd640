package op

import (
	"fmt"

	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/invariants"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// The equations of the operators: see doc.go. They are asserted at each barrier in builds with
// invariants.

func equal(in, out int64, c *flow.Counters) string {
	if in == out {
		return ""
	}
	return fmt.Sprintf("%d are not %d: %+v", in, out, *c)
}

// Ledger implements flow.Ledger.
func (*Calc) Ledger(c *flow.Counters) string { return equal(c.In, c.Out+c.Filtered, c) }

// Ledger implements flow.Ledger.
func (*DropUpdateBefore) Ledger(c *flow.Counters) string { return equal(c.In, c.Out+c.Filtered, c) }

// Ledger implements flow.Ledger.
func (*Pass) Ledger(c *flow.Counters) string { return equal(c.In, c.Out, c) }

// Ledger implements flow.Ledger.
func (*Sink) Ledger(c *flow.Counters) string { return equal(c.In, c.Out+c.Refused, c) }

// Ledger implements flow.Ledger. Rows that retract, and those of several windows, have no such equation.
func (g *WindowAggregate) Ledger(c *flow.Counters) string {
	if g.plan.Retracts || g.apart || g.plan.Attached {
		return ""
	}
	return equal(c.In, c.Late+c.Nulls+c.Held+c.Fired, c)
}

// noNulls asserts that selected rows have no NULL in the columns declared NOT NULL.
func noNulls(what string, b *vector.Batch, column func(i int) (name string, t types.Type)) {
	for i, c := range b.Cols {
		name, t := column(i)
		if !t.NotNull || !c.HasNulls() {
			continue
		}
		b.Rows(func(row int) {
			if c.IsNull(row) {
				invariants.Violated("%s: row %d has a NULL in column %s, which is declared NOT NULL", what, row, name)
			}
		})
	}
}
