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
	held   atomic.Int64 // of used: state, which waiting does not give back
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
	Account string
	Asked   int64
	// Whose limit it is, what that has in use, and how much of it is state.
	Of                string
	Limit, Used, Held int64
}

func (e *OverBudget) Error() string {
	if e.Of != e.Account {
		return fmt.Sprintf("%s needs %d more bytes, and %s has %d of %d bytes in use, %d of them for state: run it where there is more memory, bound the other pipelines with SET 'tidemark.memory.budget', or keep less state",
			e.Account, e.Asked, e.Of, e.Used, e.Limit, e.Held)
	}
	return fmt.Sprintf("%s needs %d more bytes, and has %d of its memory budget of %d bytes in use, %d of them for state: give it more with SET 'tidemark.memory.budget', or keep less state",
		e.Account, e.Asked, e.Used, e.Limit, e.Held)
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

// Add charges n bytes whether there is room or not, and tells whether there was: for buffers that
// are there already, whose owner then takes no more until some are given back.
func (a *Account) Add(n int64) bool {
	if a == nil {
		return true
	}
	within := a.parent.Add(n)
	used := a.used.Add(n)
	for p := a.peak.Load(); used > p && !a.peak.CompareAndSwap(p, used); p = a.peak.Load() {
	}
	return within && (a.limit == 0 || used <= a.limit)
}

// Must charges n bytes or returns an *OverBudget.
func (a *Account) Must(n int64) error {
	if a.Charge(n) {
		return nil
	}
	e := &OverBudget{Account: a.Name, Asked: n}
	for x := a; x != nil; x = x.parent {
		if e.Of, e.Limit, e.Used, e.Held = x.Name, x.limit, x.used.Load(), x.held.Load(); e.Limit > 0 && e.Used+n > e.Limit {
			break
		}
	}
	return e
}

// Hold charges n bytes of state, or returns an *OverBudget. Negative: gives them back.
func (a *Account) Hold(n int64) error {
	if err := a.Must(n); err != nil {
		return err
	}
	for ; a != nil; a = a.parent {
		a.held.Add(n)
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
// reading when it is not, so that what is in flight can drain. It also answers true when there
// is next to nothing that could drain: state stays, and waiting for it would never end.
func (a *Account) Room(share float64) bool {
	if a == nil {
		return true
	}
	if a.limit > 0 {
		used := a.used.Load()
		if float64(used) >= share*float64(a.limit) && used-a.held.Load() > a.limit/drains {
			return false
		}
	}
	return a.parent.Room(share)
}

// drains: less than a twentieth of the budget that is not state is next to nothing.
const drains = 20
