// Package memory accounts for the bytes a pipeline holds: every arena, batch, fetch
// buffer and cache is charged to its pipeline's account, and that to the process's.
package memory

import (
	"fmt"
	"sync/atomic"
)

// Account is a budget with what is used of it. It is safe for concurrent use.
type Account struct {
	Name   string
	limit  int64
	used   atomic.Int64
	peak   atomic.Int64
	parent *Account
}

// NewAccount returns an account of at most limit bytes (0: no limit of its own)
// that also counts against parent, if there is one.
func NewAccount(name string, limit int64, parent *Account) *Account {
	return &Account{Name: name, limit: limit, parent: parent}
}

// OverBudget is the error of a charge that was refused where nothing could be given
// back: it ends that pipeline, and names it.
type OverBudget struct {
	Account      string
	Limit, Asked int64
}

func (e *OverBudget) Error() string {
	return fmt.Sprintf("%s needs %d more bytes than its memory budget of %d MiB: give it more with SET 'tidemark.memory.budget', or keep less state", e.Account, e.Asked, e.Limit>>20)
}

// Charge adds n bytes (negative: gives back) and tells whether they are within the
// budget; if not, nothing was added. Giving back always succeeds.
func (a *Account) Charge(n int64) bool {
	if a == nil {
		return true
	}
	if n > 0 && a.parent != nil && !a.parent.Charge(n) {
		return false
	}
	used := a.used.Add(n)
	if n > 0 && a.limit > 0 && used > a.limit {
		a.used.Add(-n)
		if a.parent != nil {
			a.parent.Charge(-n)
		}
		return false
	}
	if n < 0 && a.parent != nil {
		a.parent.Charge(n)
	}
	for p := a.peak.Load(); used > p && !a.peak.CompareAndSwap(p, used); p = a.peak.Load() {
	}
	return true
}

// Must charges n bytes or returns an *OverBudget.
func (a *Account) Must(n int64) error {
	if !a.Charge(n) {
		return &OverBudget{Account: a.Name, Limit: a.limit, Asked: n}
	}
	return nil
}

// Used is what is charged now, and Peak the most it has been.
func (a *Account) Used() int64 { return a.used.Load() }

// Peak is the most that was charged at any time.
func (a *Account) Peak() int64 { return a.peak.Load() }

// Limit is the budget; 0: none.
func (a *Account) Limit() int64 { return a.limit }

// Room tells whether less than share (0..1) of the budget is used: sources stop
// reading when it is not, so that what is in flight can drain.
func (a *Account) Room(share float64) bool {
	if a == nil || a.limit == 0 {
		return true
	}
	return float64(a.used.Load()) < share*float64(a.limit)
}
