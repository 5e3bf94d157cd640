package twin

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tidemark.dev/connector"
	"tidemark.dev/types"
)

// Each line of testdata/scalar is what a real Flink answered. Forty are planned at once.
func TestScalarsAsFlink(t *testing.T) {
	data, err := os.ReadFile("testdata/scalar")
	if err != nil {
		t.Fatal(err)
	}
	zone := "UTC"
	var exprs, want []string
	flush := func() {
		checkScalars(t, zone, exprs, want)
		exprs, want = nil, nil
	}
	for _, line := range strings.Split(string(data), "\n") {
		if z, ok := strings.CutPrefix(line, "zone "); ok {
			flush()
			zone = z
		} else if e, w, ok := strings.Cut(line, " => "); ok && !strings.HasPrefix(line, "#") {
			if exprs, want = append(exprs, e), append(want, w); len(exprs) == 40 {
				flush()
			}
		}
	}
	flush()
}

func checkScalars(t *testing.T, zone string, exprs, want []string) {
	if len(exprs) == 0 {
		return
	}
	columns, items := make([]string, len(exprs)), make([]string, len(exprs))
	for i, e := range exprs {
		columns[i], items[i] = fmt.Sprintf("c%d STRING", i), "CAST("+e+" AS STRING)"
	}
	p, err := planScript("SET 'table.local-time-zone' = '"+zone+"';\n"+
		"CREATE TABLE t (n INT) WITH ('connector' = 'script');\n"+
		"CREATE TABLE o ("+strings.Join(columns, ", ")+") WITH ('connector' = 'script');\n"+
		"INSERT INTO o SELECT "+strings.Join(items, ", ")+" FROM t;", func(string) connector.KindSet { return connector.InsertOnly })
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(p, Input{Tables: map[string]*Table{"t": {Columns: []string{"n"}, Events: []Event{{Row: []types.Value{{}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range r.Sinks[0].Changes[0].Row {
		got := "NULL"
		if !v.Null {
			got = v.S
		}
		if got != want[i] {
			t.Errorf("%s: %s is %s, want %s", zone, exprs[i], got, want[i])
		}
	}
}
