// Package twin is the slow twin of the engine: an interpreter of physical plans that
// looks at one row at a time, keeps its state in Go maps and slices, and recomputes a
// result from all input. It exists to be plainly right, so that the engine can be
// compared with it; nothing in it is fast.
//
// It shares the plan with the engine, since the plan is data, and nothing that
// computes: no kernel, no cast, no aggregate, no arithmetic of decimals or of time.
// A mistake in both is then two mistakes, not one.
//
// # The run it imitates
//
//  1. One thread. The events of all tables are fed one by one, in the order of Event.At.
//  2. An event runs through every operator above its scan before the next is looked at:
//     a row first, then the watermark it makes.
//  3. A split that has given its last event is ended, and counts as a watermark of
//     infinity from then on. When all are ended, infinity goes through the graph.
//  4. What reaches a sink is the changelog, in order. What a window aggregate drops is
//     counted by operator and window.
//
// Semantics are Flink 2.3's; where its documentation is silent, its answers, which
// the tests have pinned.
package twin
