package tidy

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"tidemark.dev"
	"tidemark.dev/internal/plan"
)

// refusals are statements that use what the documents call not supported, by the words in which they
// say so. What is not named there any more is not tried.
var refusals = []struct{ words, text string }{
	{"CREATE FUNCTION", "CREATE FUNCTION f AS 'x.Y'"},
	{"CREATE MODEL", "CREATE MODEL m WITH ('provider' = 'x')"},
	{"CREATE MATERIALIZED TABLE", "CREATE MATERIALIZED TABLE x FRESHNESS = INTERVAL '1' MINUTE AS SELECT a FROM t"},
	{"CREATE TABLE AS", "CREATE TABLE x WITH ('connector' = 'print') AS SELECT a FROM t"},
	{"ALTER", "ALTER TABLE t RENAME TO x"},
	{"TRUNCATE", "TRUNCATE TABLE s"},
	{"ANALYZE", "ANALYZE TABLE t COMPUTE STATISTICS"},
	{"CALL", "CALL x.y()"},
	{"DELETE", "DELETE FROM s WHERE a = 1"},
	{"UPDATE", "UPDATE s SET a = 1"},
	{"INSERT OVERWRITE", "INSERT OVERWRITE s SELECT a, b FROM u"},
	{"UPSERT INTO", "UPSERT INTO s SELECT a, b FROM u"},
	{"PARTITION", "INSERT INTO s PARTITION (a = 1) SELECT b FROM u"},
	{"ON CONFLICT", "INSERT INTO s SELECT a, b FROM u ON CONFLICT DO NOTHING"},
	{"COMPILE PLAN", "COMPILE PLAN 'x' FOR INSERT INTO s SELECT a, b FROM u"},
	{"EXECUTE PLAN", "EXECUTE PLAN 'x'"},
	{"jars", "SHOW JARS"},
	{"jobs", "SHOW JOBS"},
	{"procedures", "SHOW PROCEDURES"},
	{"generic_in_memory", "CREATE CATALOG c WITH ('type' = 'hive')"},
	{"[Oo]uter", "SELECT t.a FROM t LEFT JOIN u ON t.a = u.a"},
	{"[Oo]uter", "SELECT t.a FROM t FULL JOIN u ON t.a = u.a"},
	{"semi", "SELECT a FROM t WHERE a IN (SELECT a FROM u)"},
	{"anti", "SELECT a FROM t WHERE a NOT IN (SELECT a FROM u)"},
	{"interval", "SELECT t.a FROM t JOIN t AS x ON t.a = x.a AND t.ts BETWEEN x.ts AND x.ts + INTERVAL '1' HOUR"},
	{"temporal", "SELECT t.a FROM t JOIN u FOR SYSTEM_TIME AS OF t.ts ON t.a = u.a"},
	{"lookup", "SELECT t.a FROM t JOIN u FOR SYSTEM_TIME AS OF t.p ON t.a = u.a"},
	{"LATERAL", "SELECT t.a FROM t, LATERAL (SELECT * FROM u)"},
	{"UNNEST", "SELECT e FROM t CROSS JOIN UNNEST(arr) AS x(e)"},
	{"EXISTS", "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)"},
	{"sub-query as a value", "SELECT (SELECT MAX(a) FROM u) FROM t"},
	{"sub-queries as conditions", "SELECT a FROM t WHERE a > (SELECT MAX(a) FROM u)"},
	{"OVER", "SELECT SUM(a) OVER (ORDER BY ts) FROM t"},
	{"QUALIFY", "SELECT a FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY ts) = 1"},
	{"Top-N", "SELECT a FROM (SELECT a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY a) AS n FROM t) WHERE n <= 3"},
	{"[Dd]eduplication", "SELECT a FROM (SELECT a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY ts) AS n FROM t) WHERE n = 1"},
	{"ORDER BY", "SELECT a FROM t ORDER BY a"},
	{"LIMIT", "SELECT a FROM t LIMIT 3"},
	{"OFFSET", "SELECT a FROM t OFFSET 3 ROWS"},
	{"INTERSECT", "SELECT a FROM t INTERSECT SELECT a FROM u"},
	{"EXCEPT", "SELECT a FROM t EXCEPT SELECT a FROM u"},
	{"RECURSIVE", "WITH RECURSIVE x AS (SELECT a FROM t) SELECT * FROM x"},
	{"GROUPING SETS", "SELECT a, COUNT(*) FROM t GROUP BY GROUPING SETS ((a), ())"},
	{"CUBE", "SELECT a, COUNT(*) FROM t GROUP BY CUBE (a)"},
	{"ROLLUP", "SELECT a, COUNT(*) FROM t GROUP BY ROLLUP (a)"},
	{"MATCH_RECOGNIZE", "SELECT * FROM t MATCH_RECOGNIZE (ORDER BY ts MEASURES A.a AS x PATTERN (A) DEFINE A AS A.a > 1) AS m"},
	{"PIVOT", "SELECT * FROM u PIVOT (SUM(a) FOR b IN ('x'))"},
	{"UNPIVOT", "SELECT * FROM u UNPIVOT (v FOR n IN (a))"},
	{"TABLESAMPLE", "SELECT * FROM u TABLESAMPLE SYSTEM (10)"},
	{"SESSION", "SELECT COUNT(*) FROM TABLE(SESSION(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end"},
	{"processing time", "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end"},
	{"group windows", "SELECT COUNT(*) FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)"},
	{"OPTIONS", "SELECT /*+ BROADCAST(u) */ t.a FROM t JOIN u ON t.a = u.a"},
	{"ARRAY, MAP and MULTISET of a sub-query", "SELECT ARRAY(SELECT a FROM u) FROM t"},
	{"MULTISET constructors", "SELECT MULTISET[1, 2] FROM t"},
	{"CAST ... FORMAT", "SELECT CAST(b AS DATE FORMAT 'YYYY') FROM t"},
	{"JSON functions", "SELECT JSON_VALUE(b, '$.a') FROM t"},
	{"collections", "SELECT arr[1], CARDINALITY(arr) FROM t"},
	{"all but COUNT, SUM, AVG, MIN and MAX", "SELECT STDDEV_POP(a) FROM t"},
	{"all but COUNT, SUM, AVG, MIN and MAX", "SELECT LISTAGG(b) FROM t"},
	{"all but COUNT, SUM, AVG, MIN and MAX", "SELECT COLLECT(b) FROM t"},
	{"PARSE_JSON", "SELECT PARSE_JSON('1') FROM t"},
	{"CURRENT_WATERMARK", "SELECT CURRENT_WATERMARK(ts) FROM t"},
	{"HASH_CODE", "SELECT HASH_CODE(a) FROM t"},
	{"VARIANT", "CREATE TABLE x (a VARIANT) WITH ('connector' = 'print')"},
	{"BITMAP", "CREATE TABLE x (a BITMAP) WITH ('connector' = 'print')"},
	{"RAW", "CREATE TABLE x (a RAW('x', 'y')) WITH ('connector' = 'print')"},
	{"TIMESTAMP WITH TIME ZONE", "CREATE TABLE x (a TIMESTAMP WITH TIME ZONE) WITH ('connector' = 'print')"},
	{"mini-batch", "SET 'table.exec.mini-batch.enabled' = 'true'"},
	{"table.exec.state.ttl", "SET 'table.exec.state.ttl' = '1 h'"},
	{"table.exec.emit", "SET 'table.exec.emit.early-fire.enabled' = 'true'"},
	{"cdc-events-duplicate", "SET 'table.exec.source.cdc-events-duplicate' = 'true'"},
	{"upsert-kafka", "CREATE TABLE x (a INT) WITH ('connector' = 'upsert-kafka')"},
	{"jdbc", "CREATE TABLE x (a INT) WITH ('connector' = 'jdbc')"},
	{"avro", "CREATE TABLE x (a INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'avro')"},
}

const refusalTables = `CREATE TABLE t (a INT, b STRING, ts TIMESTAMP(3), arr ARRAY<INT>, p AS PROCTIME(), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');
CREATE TABLE u (a INT, b STRING) WITH ('connector' = 'datagen');
CREATE TABLE s (a INT, b STRING) WITH ('connector' = 'print');
`

// What the documents call not supported is refused, at the statement that uses it; and the tables that the
// statements use are not.
func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	e, err := tidemark.Open(tidemark.Options{Out: io.Discard, DataDir: t.TempDir(), Warn: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Plan("tables", refusalTables); err != nil {
		t.Fatal(err)
	}
	pages := documents(t)
	for page, heading := range map[string]string{"docs/flink-differences.md": "## Not supported yet", "README.md": "## What does not, yet"} {
		_, section, ok := strings.Cut(pages[page], heading+"\n")
		if !ok {
			t.Errorf("%s has no %q", page, heading)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		section = strings.Join(strings.Fields(section), " ")
		for _, r := range refusals {
			if !regexp.MustCompile(`(^|[^\w])` + r.words + `($|[^\w])`).MatchString(section) {
				continue
			}
			_, err := e.Plan("x", refusalTables+r.text)
			errs, refused := err.(*plan.Errors)
			switch line := strings.Count(refusalTables, "\n") + 1; {
			case !refused:
				t.Errorf("%s calls %q not supported, but this is accepted:\n%s", page, r.words, r.text)
			case errs.Problems[0].Pos.Line != line:
				t.Errorf("%s: the refusal is at line %d, not %d:\n%v", r.text, errs.Problems[0].Pos.Line, line, err)
			}
		}
	}
}
