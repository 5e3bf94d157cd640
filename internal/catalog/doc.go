// Package catalog knows what the names of a script mean: tables, views, databases
// and session settings, as of the statement that is being read. It lives as long as
// the reading of one script and is used by one goroutine.
//
// It resolves CREATE TABLE completely (columns, keys, watermark, options, LIKE);
// the type of a computed column is asked of a Typer, which is the planner.
package catalog
