// Package state is where operators keep what they remember: hash tables of fixed-width
// entries outside the Go heap, whose net change leaves for the epoch log at each barrier.
//
// # Shapes
//
// A Table maps a key (one or more columns, encoded into bytes by Codec) to a value of
// fixed width, in which texts are references into the table's heap. Entries live in pages
// of 64 KiB. An entry's number, its id, is valid until the entry is deleted. A Multimap
// is a table of whole rows, chained by a prefix key.
//
// # Who may call
//
// A Store and its tables belong to one task: no call is safe beside another. Pointers
// into entries are valid until the next call that may insert.
//
// # The net change of an epoch
//
//  1. Every write marks its entry in the page's bitmap, and the page with the epoch (Touch).
//     A deletion is written to the epoch's buffer at once, as its key.
//  2. A barrier (Store.Barrier) ends the epoch: the list of marked pages is set aside. That
//     costs no copy.
//  3. Between later steps the task has the store extract pages (Store.Extract), a bounded
//     number at a time: the marked entries are copied to the epoch's buffer.
//  4. A write to a page that was set aside and not yet extracted extracts that page first.
//  5. When no page is left the buffer is the epoch's change, and goes to the log.
//
// The change is logical (keys and values, no ids, no addresses), so it can be read back
// by any number of tasks: each takes the keys of its key groups. See docs/formats.
package state
