// Package random compares the engine with its slow twin on random queries over random
// rows.
//
//  1. A seed makes a case: tables, their rows (with NULLs, extremes, ties, rows out of
//     order and late, empty splits) and a query in SQL.
//  2. The planner plans it. The twin interprets the plan over all rows. The engine runs
//     the script: at parallelism 1 with batches of 1, 3 and many rows, then parallel.
//  3. Where the order of changes is determined they must be equal one by one, else what
//     they fold to must be. Where the twin fails, the engine must.
//  4. A case that differs is made smaller while it still differs (rows, splits, select items,
//     expressions), and printed as a script of package enginetest with its seed.
//
// The planner is common to both: what it gets wrong, goldens recorded from Flink find.
package random
