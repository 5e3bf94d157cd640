// Package epoch is the protocol by which a pipeline's results become durable and
// visible, as a pure core: Machine is told what happened and answers what must be
// done. It has no goroutine, no clock and no file.
//
// # The steps of an epoch
//
//  1. begin    a barrier is injected at every source task
//  2. align    the barrier passes every operator; each task acknowledges with its notes,
//     its change of state and, for sinks, its tickets
//  3. prepare  each sink with a commit of its own makes one ticket of its tasks' tickets
//  4. log      one record with all of it is written to the epoch log and synced: the epoch is durable
//  5. commit   sinks that may refuse go first, one after another; then those that cannot
//  6. settle   every sink has confirmed: sources are told, and the epoch before may be forgotten
//
// # What holds
//
//   - An epoch begins only when the one before is durable, and the one before that is
//     settled: at most two are in flight.
//   - Nothing is visible outside (by a sink with a commit) before its epoch is durable.
//   - If a sink refuses, nothing of a later epoch has been committed by any sink and no
//     sink behind it in the order has committed this one: the pipeline goes back to the epoch
//     before, whose state is still there, and does this one again.
//   - The last epoch is final: no row follows its barrier.
//
// # Recovery, by the last record of the log
//
//	no record            start from the beginning
//	record, settled      restore it; nothing is pending
//	record, not settled  restore it; each sink settles its ticket (connector.Sink.Open): those
//	                     that may refuse first. Refused: restore the epoch before instead.
package epoch
