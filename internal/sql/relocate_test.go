package sql

import "testing"

func TestRelocate(t *testing.T) {
	const text = `WITH x AS (SELECT a, CAST(b AS DECIMAL(5, 2)) FROM t /*+ OPTIONS('k' = 'v') */ WHERE c IN (1, 2))
		SELECT CASE a WHEN 1 THEN 'x' ELSE U&'\0041' END, COUNT(DISTINCT a) FILTER (WHERE a > 1),
		SUM(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
		FROM TABLE(TUMBLE(TABLE x, DESCRIPTOR(c), INTERVAL '1' MINUTE)) LEFT JOIN y ON x.a = y.a GROUP BY a HAVING COUNT(*) > 1`
	script, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	q := script.Statements[0].(*Query)
	before := Format(q)
	at := Span{Pos{Offset: 7, Line: 3, Column: 5}, Pos{Offset: 9, Line: 3, Column: 7}}
	moved := Relocate(q, at)
	if got := Format(moved); got != before {
		t.Errorf("the copy reads\n%s\nthe tree\n%s", got, before)
	}
	if moved.Pos() != at.From || moved.Body.Pos() != at.From {
		t.Errorf("the copy is at %v, its body at %v", moved.Pos(), moved.Body.Pos())
	}
	if q.Pos().Line != 1 {
		t.Errorf("the tree itself moved to %v", q.Pos())
	}
}
