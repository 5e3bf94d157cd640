// Package deadletter keeps the rows that a pipeline set aside, durably and with what is to be known
// of each: rows that came too late, records that do not decode, rows that an expression
// or a sink could not take.
//
// A pipeline has one Store, a directory of segments that are only appended to:
//
//	letters-0000000000000001.dlq
//
// A segment is a head and then letters, each with its length and a check sum.
//
// # How a letter is committed with its epoch
//
//  1. The letters of an epoch are appended and synced (Append) before the epoch's record is
//     written; the record holds the Position behind them.
//  2. A letter is committed when that record is durable. Readers are shown letters up to the
//     position of the newest such epoch (Commit).
//  3. A start goes back to the position of the epoch it resumes from, or before the first epoch to
//     where the run began (End): what an epoch wrote that did not become durable is cut off (Open), and set
//     aside again when its rows are read again.
//
// So a row is in the result or in the store: never in both, never in neither.
//
// # Retention
//
// Whole segments are removed, oldest first: those whose letters are all older than
// Limits.Retention, and with Limits.DropOldest those that are too much for Limits.Bytes. Without
// it a store that is full takes nothing (ErrFull), and the pipeline stops where it stands.
package deadletter
