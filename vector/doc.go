// Package vector holds rows as columns: the batches that travel along every edge.
//
// A Batch is a set of Vectors of one length, a selection of the rows that count,
// and the kind of change each row is. A Vector is one column in one of three
// encodings: flat (a slot for each row), constant (one slot for all rows), or
// dictionary (an index for each row into a smaller vector).
//
// # Rows and selections
//
// Rows are numbered 0..Len-1 and keep their numbers from kernel to kernel: a
// filter does not move rows, it narrows the selection, and a kernel computes only
// the selected rows and leaves the slots of all others undefined. A nil selection
// means all rows. Selections are ascending and never changed once made.
//
// # Ownership
//
// A batch has one owner. Sending it hands it over: the sender must not touch it
// again. Vectors are immutable once their batch was sent, so several batches may
// share one (an exchange sends one batch under several selections, a projection
// passes columns on). Whoever keeps bytes beyond the batch copies them: the views
// of a text vector point into buffers that live only as long as the vector. Memory
// is the collector's: nothing needs to be released.
package vector
