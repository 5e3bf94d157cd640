// Package enginetest is how Tidemark is tested, for its own tests, for users and for
// authors of plug-ins: scripts that a stranger can read, with SQL, rows, and the changelog
// that is expected of them.
//
// A script is a text of sections. Each begins with a line that names it and ends before the
// next; lines that begin with # are comments:
//
//	sql
//	CREATE TABLE clicks (name STRING, at TIMESTAMP(3), WATERMARK FOR at AS at) WITH ('connector' = 'script');
//	CREATE TABLE counts (name STRING, n BIGINT) WITH ('connector' = 'script');
//	INSERT INTO counts SELECT name, COUNT(*) FROM clicks GROUP BY name;
//
//	rows clicks
//	+I ["ann", "2024-01-01 00:00:01"]
//	+I ["bob", "2024-01-01 00:00:02"]
//
//	changes counts
//	+I[ann, 1]
//	+I[bob, 1]
//
// Rows are JSON arrays in the order of the table's columns, behind their kind (+I may be
// left out) and, if the table has several splits, "@" and the split's number: they arrive in the
// order in which they are written, whatever their split. Changes are as the print connector
// prints them. "folded" in place of "changes" compares what the changes fold to, as a
// multiset: for queries whose changelog depends on how inputs interleave; "changes counts
// within name" compares their order for each name alone, as where one watermark fires the windows of
// many keys. "late 2" expects two rows to be counted as late. "error" expects the script to
// be refused or to fail, with the given lines in its message.
//
// "one split" says that no table has more than one: which rows are late is then the same at
// every parallelism. "one task" keeps a script with several splits from being run at more.
//
// Each script names the oracle of what it expects: "oracle flink" where a real Flink was
// asked (see Translate), "oracle hand" where somebody worked it out, and the script's comment
// tells why Flink could not be.
package enginetest
