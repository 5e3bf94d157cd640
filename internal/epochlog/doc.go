// Package epochlog keeps the epochs of one pipeline on disk: a log of records, one
// an epoch, and runs, which are the whole state as of an epoch. The log is the only
// truth; a run stands for the records up to its epoch.
//
// A directory holds
//
//	epochs-N.log   segments; N is the first epoch in it, 16 hexadecimal digits
//	run-N.state    the state as of epoch N, complete (it was renamed into place)
//	*.new          a run being written, removed when found at start
//
// # What is written, in order
//
//  1. Append writes a record at the end of the last segment and syncs it: the epoch is durable.
//  2. That the sinks have confirmed an epoch is written in the next record, or as a mark when
//     the log is closed: if it is lost, the sinks are asked again.
//  3. Rollback appends and syncs a mark that an epoch is void, because a sink has refused it.
//  4. Compact makes a run out of the run before and the closed segments, up to a settled epoch,
//     syncs it, renames it into place, syncs the directory, and only then removes what it
//     stands for. Each of its steps has a name (Steps), and the kill tests end the process there.
//
// # Reading
//
// The newest run counts, then all records with greater epochs, less those rolled back. Every
// entry is written and synced before the next: so what is broken at the end of the last segment,
// with no whole entry behind it, was being written at a crash, and is cut off. Any other damage is
// an error that names file and offset; nothing is guessed.
//
// The format is drawn in docs/formats/epoch-log.md.
package epochlog
