package plan_test

import (
	"sort"
	"strings"
	"testing"

	"tidemark.dev/internal/plan"
)

// pipelines plans a script over two tables and a sink.
func pipelines(t *testing.T, statements string) []*plan.Pipeline {
	t.Helper()
	src := `CREATE TABLE a (k INT, v BIGINT, s STRING) WITH ('connector' = 'events');
CREATE TABLE b (k INT, w BIGINT) WITH ('connector' = 'events');
CREATE TABLE o (k INT, n BIGINT) WITH ('connector' = 'any');
` + statements
	script, errs := planner().Script("t.sql", src, plan.Options{})
	if errs != nil {
		t.Fatal(errs)
	}
	var list []*plan.Pipeline
	for _, s := range script.Steps {
		list = append(list, s.(*plan.Run).Pipeline)
	}
	return list
}

// stateful lists the IDs of the nodes that keep something.
func stateful(p *plan.Pipeline) []string {
	seen := map[plan.Node]bool{}
	var ids []string
	var visit func(n plan.Node)
	visit = func(n plan.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		switch n.(type) {
		case *plan.Calc, *plan.Exchange, *plan.DropUpdateBefore:
		default:
			ids = append(ids, n.Output().ID)
		}
		for _, in := range n.Inputs() {
			visit(in)
		}
	}
	for _, s := range p.Sinks {
		visit(s)
	}
	sort.Strings(ids)
	return ids
}

// TestIDs: every node has an ID of its own, and an edit of expressions and filters, or of
// another part of the query, leaves those of the rest as they were.
func TestIDs(t *testing.T) {
	query := "INSERT INTO o SELECT x.k, SUM(n) FROM (SELECT k, COUNT(*) n FROM a GROUP BY k) x JOIN b ON x.k = b.k GROUP BY x.k;"
	edited := "INSERT INTO o SELECT x.k + 1 - 1, SUM(n) FROM (SELECT k, COUNT(*) n FROM a WHERE v > 3 GROUP BY k) x JOIN (SELECT k, w * 2 AS w FROM b WHERE w > 1) b ON x.k = b.k GROUP BY x.k;"
	before, after := stateful(pipelines(t, query)[0]), stateful(pipelines(t, edited)[0])
	if strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("IDs moved:\n%s\n\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	for i := 1; i < len(before); i++ {
		if before[i] == before[i-1] {
			t.Errorf("%s is there twice", before[i])
		}
	}
	// Another branch of a union has the same scan, and leaves the first one's state alone.
	grown := stateful(pipelines(t, "INSERT INTO o SELECT k, COUNT(*) FROM a GROUP BY k;")[0])
	for _, id := range []string{"scan:a", "sink:o", "sink:o/GroupAggregate"} {
		if i := sort.SearchStrings(grown, id); i == len(grown) || grown[i] != id {
			t.Errorf("no node %s among %v", id, grown)
		}
	}
}

// TestIdentity: what does not change the meaning does not change the identity, and what
// does, does.
func TestIdentity(t *testing.T) {
	base := pipelines(t, "INSERT INTO o SELECT k, COUNT(*) FROM a WHERE v > 3 GROUP BY k;")[0].Identity
	for _, same := range []string{
		"INSERT  INTO o\n\n SELECT k, COUNT(*) -- how many\n FROM a WHERE v > 3 GROUP BY k;",
		"INSERT INTO o SELECT k AS key1, COUNT(*) AS n FROM a AS t WHERE t.v > 1 + 2 GROUP BY k;",
		"CREATE VIEW v AS SELECT k FROM a WHERE v > 3; INSERT INTO o SELECT k, COUNT(*) FROM v GROUP BY k;",
		"SET 'parallelism.default' = '3'; INSERT INTO o SELECT k, COUNT(*) FROM a WHERE v > 3 GROUP BY k;",
	} {
		if id := pipelines(t, same)[0].Identity; id != base {
			t.Errorf("another identity for %s:\n%s\n%s", same, id, base)
		}
	}
	for _, other := range []string{
		"INSERT INTO o SELECT k, COUNT(*) FROM a WHERE v > 4 GROUP BY k;",
		"INSERT INTO o SELECT k, COUNT(*) FROM a WHERE v >= 3 GROUP BY k;",
		"INSERT INTO o SELECT k, COUNT(v) FROM a WHERE v > 3 GROUP BY k;",
		"INSERT INTO o SELECT k, COUNT(DISTINCT s) FROM a WHERE v > 3 GROUP BY k;",
		"INSERT INTO o SELECT k, SUM(v) FROM a WHERE v > 3 GROUP BY k;",
		"INSERT INTO o SELECT k, COUNT(*) FROM b AS a (k, v) WHERE v > 3 GROUP BY k;",
		"SET 'table.local-time-zone' = 'Asia/Tokyo'; INSERT INTO o SELECT k, COUNT(*) FROM a WHERE v > 3 GROUP BY k;",
	} {
		if id := pipelines(t, other)[0].Identity; id == base {
			t.Errorf("the same identity for %s", other)
		}
	}
}
