package job

import (
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/invariants"
)

// balance asserts the equation of each operator, over what all its tasks had counted at an epoch's
// barrier. After a restart at another parallelism one task has the counts of all.
func (a *attempt) balance(n uint64) {
	sums, ledgers := map[string]*flow.Counters{}, map[string]flow.Ledger{}
	for _, ack := range a.acks[n] {
		for _, s := range ack.Task.Stages() {
			l, ok := s.Operator().(flow.Ledger)
			if !ok {
				continue
			}
			if sums[s.ID] == nil {
				sums[s.ID], ledgers[s.ID] = &flow.Counters{}, l
			}
			count := ack.Counts[s.ID]
			sums[s.ID].Add(&count)
		}
	}
	for id, sum := range sums {
		if wrong := ledgers[id].Ledger(sum); wrong != "" {
			invariants.Violated("operator %s at epoch %d: %s", id, n, wrong)
		}
	}
}
