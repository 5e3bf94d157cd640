// Package invariants says whether the dear assertions are built in: go test -tags invariants ./...
// Without the tag Enabled is a constant false, and what it guards is not compiled.
//
// What is asserted with it:
//
//   - what is given back (keys of an encoder, entries and texts of state, keys that crossed an edge) is
//     overwritten, so that its use is seen;
//   - a barrier has behind it, on each edge, as many rows as were sent before it;
//   - the counters of each operator that states an equation (package op) obey it at each barrier;
//   - a batch is well formed: columns of one length, selection ascending, positions of a source too;
//   - watermarks ascend, and no row of a source or a sink has a NULL in a column declared NOT NULL;
//   - a run has its entries in the order of key groups and keys.
package invariants

import "fmt"

// Poison is what fills memory that was given back.
const Poison = 0xDB

// Violated ends the pipeline: a task turns the panic into its error.
func Violated(format string, args ...any) {
	panic("invariant: " + fmt.Sprintf(format, args...))
}

// Fill overwrites bytes that were given back.
func Fill(b []byte) {
	for i := range b {
		b[i] = Poison
	}
}
