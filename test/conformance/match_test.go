package main

import (
	"encoding/json"
	"strings"
	"testing"

	"tidemark.dev/types"
)

func columns(t *testing.T, kinds ...string) (list []types.Field) {
	t.Helper()
	for _, k := range kinds {
		x, err := parseType(k)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, types.Field{Name: "c", Type: x})
	}
	return list
}

// made makes rows of "+I [1, \"a\"]" lines.
func made(t *testing.T, fields []types.Field, lines ...string) *rows {
	t.Helper()
	r := &rows{Columns: fields}
	for _, l := range lines {
		kind, body, _ := strings.Cut(l, " ")
		var raw []json.RawMessage
		if err := json.Unmarshal([]byte(body), &raw); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		x := row{Kind: kindOf[kind]}
		for i := range raw {
			v, err := valueOf(raw[i], fields[i].Type, false)
			if err != nil {
				t.Fatalf("%s: %v", l, err)
			}
			x.Values = append(x.Values, v)
		}
		r.Rows = append(r.Rows, x)
	}
	return r
}

// A row that was written, and a line that Flink printed of it, or of another.
func TestLines(t *testing.T) {
	for _, c := range []struct {
		kinds string
		row   string
		line  string
		same  bool
	}{
		{"INT;STRING", `+I [1, "a"]`, "1,a", true},
		{"INT;STRING", `+I [1, "a"]`, "+I[1, a]", true},
		{"INT;STRING", `+U [1, "a"]`, "+I[1, a]", false},
		{"INT;STRING", `+I [1, "a"]`, "2,a", false},
		{"STRING;STRING", `+I ["a,b", "c"]`, "a,b,c", true},
		{"STRING;STRING", `+I ["a", "b,c"]`, "a,b,c", true},
		{"STRING;STRING", `+I ["a", "c"]`, "a,b,c", false},
		{"STRING", `+I [null]`, "null", true},
		{"STRING", `+I ["null"]`, "null", true},
		{"INT", `+I [null]`, "0", false},
		{"DOUBLE", `+I [{"$double": "1.0E7"}]`, "10000000", true},
		{"DOUBLE", `+I [{"$double": "0.1"}]`, "0.10000000000000002", false},
		{"DOUBLE", `+I [{"$double": "NaN"}]`, "NaN", true},
		{"FLOAT", `+I [{"$float": "3.33"}]`, "3.33", true},
		{"DECIMAL(10, 2)", `+I [{"$decimal": "4"}]`, "4.00", true},
		{"TIMESTAMP(3)", `+I [{"$timestamp": "2020-10-10T00:00"}]`, "2020-10-10T00:00", true},
		{"TIMESTAMP(3)", `+I [{"$timestamp": "2020-10-10T00:00:00.001"}]`, "2020-10-10T00:00", false},
		{"TIMESTAMP_LTZ(3)", `+I [{"$instant": "2024-01-01T00:00:05Z"}]`, "+I[2024-01-01T00:00:05Z]", true},
		{"MAP<STRING, INT>", `+I [{"$map": [["b", 2], ["a", 1]]}]`, "{a=1, b=2}", true},
		{"MAP<STRING, INT>", `+I [{"$map": [["b", 2], ["a", 1]]}]`, "{a=1, b=3}", false},
		{"MAP<STRING, STRING>;INT", `+I [{"$map": [["k", "x, y=z"]]}, 1]`, "{k=x, y=z},1", true},
		{"ARRAY<INT>;INT", `+I [{"$array": [1, null]}, 3]`, "+I[[1, null], 3]", true},
		{"ARRAY<INT>;INT", `+I [{"$array": []}, 3]`, "+I[[], 3]", true},
		{"ROW<a INT, b ROW<c STRING>>", `+I [{"$row": [1, {"$row": ["x"]}]}]`, "+I[+I[1, +I[x]]]", true},
		{"BYTES", `+I [{"$bytes": "01ff"}]`, "+I[[1, -1]]", true},
		{"BIGINT", `-D [7]`, "(false,7)", true},
	} {
		r := made(t, columns(t, strings.Split(c.kinds, ";")...), c.row)
		if err := r.expectLines([]string{c.line}, true); (err == nil) != c.same {
			t.Errorf("%s as %s: %v", c.row, c.line, err)
		}
		if c.same && strings.HasPrefix(c.line, "+I[") {
			back, err := readLines([]string{c.line}, r.Columns)
			if err != nil || !equalRow(back.Rows[0], r.Rows[0], r.Columns, false) {
				t.Errorf("%s is read as %v: %v", c.line, back, err)
			}
		}
	}
}

// Rows are a multiset: what is there twice must be expected twice.
func TestMultiset(t *testing.T) {
	r := made(t, columns(t, "INT"), "+I [1]", "+I [2]", "+I [1]")
	if err := r.expectLines([]string{"2", "1", "1"}, true); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]string{{"1", "2"}, {"1", "2", "2"}, {"1", "1", "2", "3"}, {}} {
		if r.expectLines(bad, true) == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

func TestFold(t *testing.T) {
	fields := columns(t, "INT", "STRING")
	for _, c := range []struct {
		changes []string
		key     []int
		left    []string
	}{
		{[]string{`+I [1, "a"]`, `-U [1, "a"]`, `+U [1, "b"]`}, nil, []string{"1,b"}},
		{[]string{`+I [1, "a"]`, `+I [1, "a"]`, `-D [1, "a"]`}, nil, []string{"1,a"}},
		{[]string{`-D [1, "a"]`, `+I [1, "a"]`}, nil, nil},
		{[]string{`+I [1, "a"]`, `+U [1, "b"]`, `+I [2, "c"]`, `-D [2, null]`}, []int{0}, []string{"1,b"}},
		{[]string{`-D [3, null]`}, []int{0}, nil},
	} {
		if err := made(t, fields, c.changes...).fold(c.key).expectLines(c.left, true); err != nil {
			t.Errorf("%v by %v: %v", c.changes, c.key, err)
		}
	}
	if err := made(t, fields, `-D [1, "a"]`).fold(nil).expectLines(nil, true); err == nil {
		t.Error("a row that was taken back and never there is not told")
	}
	folded := foldLines([]string{"+I[1, a]", "-U[1, a]", "+U[1, b]", "(true,x)", "(false,x)"})
	if len(folded) != 1 || folded[0] != "+I[1, b]" {
		t.Errorf("lines fold to %v", folded)
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct{ kind, raw, text string }{
		{"DECIMAL(7, 2)", `{"$decimal": "100.004"}`, "100.00"},
		{"DECIMAL(7, 2)", `{"$decimal": "-100.005"}`, "-100.01"},
		{"DECIMAL(2, 0)", `{"$decimal": "123"}`, "null"},
		{"DECIMAL(38, 0)", `{"$decimal": "5e37"}`, "50000000000000000000000000000000000000"},
		{"DECIMAL(38, 28)", `{"$decimal": "-200.0123456789012345678901234567"}`, "-200.0123456789012345678901234567"},
		{"TIME(3)", `{"$time": "12:34:56.1234567"}`, "12:34:56.123"},
		{"TIMESTAMP(6)", `{"$timestamp": "2021-09-24T12:34:56.123456700"}`, "2021-09-24T12:34:56.123456"},
		{"TIMESTAMP_LTZ(9)", `{"$instant": "1970-01-01T00:00:00.123456789Z"}`, "1970-01-01T00:00:00.123456789Z"},
		{"INTERVAL MONTH", `{"$period": "P2Y3M"}`, "P27M"},
		{"INTERVAL SECOND(3)", `{"$duration": "P2D"}`, "PT48H"},
		{"INTERVAL SECOND(3)", `{"$opaque": "Duration.of(5, ChronoUnit.HOURS)"}`, "PT5H"},
		{"BOOLEAN NOT NULL", `{"$opaque": "Boolean.TRUE"}`, "true"},
		{"MULTISET<STRING>", `{"$map": [["a", 2]]}`, "{a=2}"},
		{"INT", "7", "7"}, {"DOUBLE", "3", "3.0"}, {"STRING", `"x"`, "x"},
	} {
		x, err := parseType(c.kind)
		if err != nil {
			t.Fatal(err)
		}
		v, err := valueOf(json.RawMessage(c.raw), x, false)
		got := string(types.AppendText(nil, v, x))
		if err != nil || got != c.text && !(x.Kind == types.IntervalMonth || x.Kind == types.Decimal) || x.Kind == types.Decimal && !sameDecimal(got, c.text) {
			t.Errorf("%s as %s is %s (%v), expected %s", c.raw, c.kind, got, err, c.text)
		}
	}
	if _, ok := isOpaque(json.RawMessage(`{"$array": [{"$opaque": "Bitmap.empty()"}]}`)); !ok {
		t.Error("a Java value in an array is not seen")
	}
}

func sameDecimal(a, b string) bool {
	x, err1 := decimalOf(a, types.TDecimal(38, 28))
	y, err2 := decimalOf(b, types.TDecimal(38, 28))
	return a == b || err1 == nil && err2 == nil && x.I == y.I && x.Hi == y.Hi && !x.Null
}

func TestSettings(t *testing.T) {
	for _, c := range []struct{ entry, key, value string }{
		{"set(ExecutionConfigOptions.TABLE_EXEC_MINIBATCH_ENABLED, True)", "table.exec.mini-batch.enabled", "true"},
		{"set(ExecutionConfigOptions.TABLE_EXEC_MINIBATCH_ALLOW_LATENCY, Duration.ofSeconds(5))", "table.exec.mini-batch.allow-latency", "5 s"},
		{"set(ExecutionConfigOptions.TABLE_EXEC_MINIBATCH_SIZE, 3L)", "table.exec.mini-batch.size", "3"},
		{`set("table.exec.state.ttl", "1 h")`, "table.exec.state.ttl", "1 h"},
		{"set(ExecutionConfigOptions.IDLE_STATE_RETENTION, Duration.ofHours(1))", "table.exec.state.ttl", "1 h"},
		{"set(OptimizerConfigOptions.TABLE_OPTIMIZER_AGG_PHASE_STRATEGY, AggregatePhaseStrategy.TWO_PHASE)", "table.optimizer.agg-phase-strategy", "TWO_PHASE"},
		{"setLocalTimeZone(ZoneId.of(..))", "table.local-time-zone", "Asia/Shanghai"},
		{`setLocalTimeZone(ZoneId.of("America/Los_Angeles"))`, "table.local-time-zone", "America/Los_Angeles"},
		{"table.exec.sink.not-null-enforcer=DROP", "table.exec.sink.not-null-enforcer", "DROP"},
	} {
		k, v, ok := settingOf(c.entry)
		if !ok || k != c.key || v != c.value {
			t.Errorf("%s is %s = %s (%v), expected %s = %s", c.entry, k, v, ok, c.key, c.value)
		}
	}
}

func TestReasons(t *testing.T) {
	for sql, java := range map[string]bool{
		"SELECT concat_distinct_agg(a) FROM t":                true,
		"SELECT COUNT(DISTINCT a), `LEFT`(b, 2) FROM t":       false,
		"SELECT * FROM TABLE(f(TABLE t))":                     true,
		"SELECT * FROM t, LATERAL TABLE(my_split(a)) AS s(x)": true,
		"SELECT a FROM t AS x(a) WHERE a IN (SELECT b + 1)":   false,
		"INSERT INTO sink (a, b) SELECT 1, 2":                 false,
		"this is no SQL (":                                    false,
	} {
		if callsJava(sql) != java {
			t.Errorf("%s: calls Java is %v", sql, !java)
		}
	}
	if inText("CAST(f0 AS BITMAP)") != bitmap || inText("'BITMAP'") != "" || inText("v VARIANT") != variant {
		t.Error("types outside of the scope are not found")
	}
}

func TestMarkedPlace(t *testing.T) {
	plain, from, to := marked("show ^catalog^ x")
	if plain != "show catalog x" || from != 5 || to != 12 {
		t.Errorf("%q %d %d", plain, from, to)
	}
	for text, end := range map[string]int{"= = b": 3, "and AS x": 6, "a": 1} {
		if n := len(strings.Fields(text)[0]); behind(text, n) != end {
			t.Errorf("behind %q is %d, expected %d", text, behind(text, n), end)
		}
	}
	if plain, from, _ = marked("a ^^ b"); plain != "a ^ b" || from != -1 {
		t.Errorf("%q %d", plain, from)
	}
}

// Rows with a key stay together, however they are dealt; the first split has most.
func TestDeal(t *testing.T) {
	var data []change
	s := &source{kinds: 1}
	for i := range 600 {
		b, _ := json.Marshal(i % 7)
		data = append(data, change{Values: []json.RawMessage{b}})
		s.events = append(s.events, event{})
	}
	s.deal(dealing{Splits: 3}, data, []int{0})
	at := map[string]int{}
	n := 0
	for split, list := range s.splits {
		n += len(list)
		for _, i := range list {
			key := string(data[i].Values[0])
			if before, ok := at[key]; ok && before != split {
				t.Fatalf("key %s is in splits %d and %d", key, before, split)
			}
			at[key] = split
		}
	}
	if n != 600 {
		t.Errorf("%d rows were dealt", n)
	}
	s.deal(dealing{Splits: 3}, data, nil)
	if len(s.splits[0]) < 200 || len(s.splits[1]) == 0 || len(s.splits[2]) == 0 {
		t.Errorf("splits of %d, %d and %d rows", len(s.splits[0]), len(s.splits[1]), len(s.splits[2]))
	}
}
