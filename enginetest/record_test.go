package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const recordable = `# A comment that stays.
one split

sql
CREATE TABLE t (k STRING, at_ TIMESTAMP_LTZ(3), r ROW<a INT, b STRING>) WITH ('connector' = 'script');
CREATE TABLE o (k STRING, n BIGINT) WITH ('connector' = 'script');
INSERT INTO o SELECT k, COUNT(*) FROM t GROUP BY k;

rows t
["a", "2024-01-01T00:00:00Z", [1, "<x>"]]
["b", null, null]

changes o
+I[a, 2]
# Another comment.
`

func parse(t *testing.T, text string) *Script {
	t.Helper()
	s, err := ParseScript("stream/x.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Sources become files beside the script, sinks print under their own names, and rows are
// written as Flink's json format reads them.
func TestTranslate(t *testing.T) {
	dir := t.TempDir()
	path, err := parse(t, recordable).Translate(dir)
	if err != nil {
		t.Fatal(err)
	}
	rows := filepath.Join(dir, "stream-x.t.json")
	for file, want := range map[string]string{
		path: `CREATE TABLE t (k STRING, at_ TIMESTAMP_LTZ(3), r ROW<a INT, b STRING>) WITH ('connector' = 'filesystem', 'path' = '` + rows + `', 'format' = 'json', 'json.timestamp-format.standard' = 'SQL');
CREATE TABLE o (k STRING, n BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'o');
INSERT INTO o SELECT k, COUNT(*) FROM t GROUP BY k;
`,
		rows: `{"k": "a", "at_": "2024-01-01 00:00:00Z", "r": {"a": 1, "b": "<x>"}}
{"k": "b", "at_": null, "r": null}
`} {
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
			t.Errorf("%s is\n%s\nexpected\n%s", file, got, want)
		}
	}
}

// Rows that are taken back are debezium-json, in which an update is one record; what that
// cannot say is refused rather than said otherwise.
func TestTranslateChanges(t *testing.T) {
	for _, c := range []struct{ rows, want, fault string }{
		{rows: "+I [1]\n-U [1]\n+U [2]\n-D [2]", want: `{"before": null, "after": {"a": 1}, "op": "c"}
{"before": {"a": 1}, "after": {"a": 2}, "op": "u"}
{"before": {"a": 2}, "after": null, "op": "d"}
`},
		{rows: "+I [1]\n-U [1]\n-D [2]", fault: "without its +U"},
		{rows: "+I [1]\n+U [1]", fault: "without its -U"},
	} {
		s := parse(t, "sql\nCREATE TABLE t (a INT) WITH ('connector' = 'script');\nCREATE TABLE o (a INT) WITH ('connector' = 'script');\nINSERT INTO o SELECT a FROM t;\n\nrows t\n"+c.rows+"\n\nfolded o\n")
		dir := t.TempDir()
		_, err := s.Translate(dir)
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%q: the error is %v, expected %q in it", c.rows, err, c.fault)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(filepath.Join(dir, "stream-x.t.json")); string(got) != c.want {
			t.Errorf("%q is written as\n%s\nexpected\n%s", c.rows, got, c.want)
		}
	}
}

// What Flink printed replaces what stands in the script, where it differs in the section's own
// sense of equal; comments and everything else stay.
func TestRewrite(t *testing.T) {
	s := parse(t, recordable)
	printed, err := s.ReadPrinted("o> +I[a, 1]\nsome noise\no> +I[b, 1]\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Differences(printed)) != 1 {
		t.Error("a golden that is wrong agrees")
	}
	want := strings.Replace(strings.Replace(recordable, "+I[a, 2]\n", "+I[a, 1]\n+I[b, 1]\n", 1), "one split\n", "one split\noracle flink\n", 1)
	got := s.Rewrite(recordable, printed, "flink")
	if got != want {
		t.Errorf("rewritten to\n%s\nexpected\n%s", got, want)
	}
	s = parse(t, got)
	if again := s.Rewrite(got, printed, "flink"); again != got {
		t.Errorf("what agrees was rewritten to\n%s", again)
	}
	if _, err := s.ReadPrinted("o> +I[a\nb, 1]"); err == nil {
		t.Error("a change over two lines was taken for one")
	}
}

// The three senses in which a golden is compared.
func TestCompare(t *testing.T) {
	const sql = "sql\nCREATE TABLE o (k STRING, v ROW<a INT, b INT>, n BIGINT) WITH ('connector' = 'script');\n\n"
	golden := []string{"+I[x, +I[1, 2], 1]", "+I[y, null, 1]", "-U[x, +I[1, 2], 1]", "+U[x, +I[1, 2], 2]"}
	keysApart := []string{golden[1], golden[0], golden[2], golden[3]}
	otherWay := []string{golden[0], golden[1], golden[3], golden[2]}
	less := golden[:2]
	for _, c := range []struct {
		header                  string
		exact                   bool
		keysApart, changesApart bool // whether they are equal to the golden
	}{
		{"changes o", true, false, false},
		{"changes o", false, true, true},
		{"changes o within k", true, true, false},
		{"changes o within k", false, true, false},
		{"changes o within k,n", false, true, true},
		{"folded o", true, true, true},
	} {
		lines := golden
		if c.header == "folded o" {
			lines = Fold(golden)
		}
		s := parse(t, sql+c.header+"\n"+strings.Join(lines, "\n")+"\n")
		equal := func(got []string) bool { return s.compare(s.Expect[0], got, c.exact) == nil }
		if !equal(golden) || equal(less) {
			t.Errorf("%s, exact %v: the golden is not equal to itself, or equal to less", c.header, c.exact)
		}
		if equal(keysApart) != c.keysApart || equal(otherWay) != c.changesApart {
			t.Errorf("%s, exact %v: keys in another order: %v, changes of a key in another order: %v", c.header, c.exact, equal(keysApart), equal(otherWay))
		}
	}
}
