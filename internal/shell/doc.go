// Package shell is the conversation behind "tidemark sql": it reads statements, runs them in
// one session and shows what they answer.
//
//	Open      an engine and a session
//	Script    runs a whole text: planned before anything runs, as tidemark run does
//	Prompt    reads statements from a terminal, one after another
//	Close     gives all back
//
// What becomes of the rows of a SELECT depends on two things: whether the query ends by itself (it
// is bounded), and whether it takes back rows that it has shown (it updates).
//
//	             inserts only        updates
//	bounded      its rows            its final rows: the changes are folded
//	unbounded    rows as they come   changes as they come, each with its kind
//
// With --output changelog it is always the changes. docs/sql-shell.md is for users.
package shell
