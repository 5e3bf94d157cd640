// Package flow moves batches between operators: steps, edges, tasks.
//
// An operator owns no goroutine, no clock and no file. It is handed an item, then
// stepped until it is done with it; a step runs about a millisecond at most and emits no
// more than its output has credit for. A Stage is an operator with its mailbox and its
// state. A Task is a chain of stages that one worker runs at a time. Edges join tasks:
// bounded queues, whose bound is the back pressure.
//
// Three things travel, in order, in band: rows, watermarks, barriers.
//
// # Order of calls on an Operator
//
//	Open            once: make tables, nothing else
//	Restore         with what all tasks of this operator noted at the epoch restored, if any
//	Rows, Watermark one item, only when the operator is not busy
//	Step            while it is busy, until it answers Done
//	Snapshot        at a barrier, between any two of the above
//	Close           once, also after an error
//
// All calls on one operator come from its task, one at a time. A Scheduler decides
// which task steps next: on several threads (Workers), or on one, by a seed, in virtual
// time (package sim): operators cannot tell.
package flow
