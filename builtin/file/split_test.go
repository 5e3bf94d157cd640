package file

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tidemark.dev/builtin/csv"
	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// csvTable is a table of CSV, of which a is read, and b and c are not.
func csvTable(t *testing.T, sys vfs.FS, given map[string]string) (*connector.Table, []connector.Column) {
	text := func(name string) connector.Column { return connector.Column{Name: name, Type: types.TString} }
	read := []connector.Column{{Name: "n", Type: types.TInt}, text("a")}
	tab, problems := table(New(sys), read, nil, map[string]string{"path": "/d"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	tab.Schema = []connector.Column{text("b"), text("a"), {Name: "n", Type: types.TInt}, text("c")}
	tab.NewDecoder = func(_ string, columns []connector.Column) (format.Decoder, error) {
		values, problems := option.Parse(csv.Format.Options, given)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		ft := &format.Table{Name: "t", Options: values, Files: true, Schema: make([]types.Field, len(columns))}
		for _, c := range columns {
			ft.Schema[c.Place-1] = types.Field{Name: c.Name, Type: c.Type}
			if !c.Unread {
				ft.Wanted = append(ft.Wanted, c.Place-1)
			}
		}
		return csv.Format.NewDecoder(ft)
	}
	return tab, read
}

// Records of several lines are read the same however the file is cut into blocks, reads
// and restarts, and each row knows the line that it begins with.
func TestRecordsOfSeveralLines(t *testing.T) {
	var text strings.Builder
	var want []string
	text.WriteString("# a comment \"\n")
	line := 2
	for i := range 30000 {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&text, "x,plain,%d,\n", i)
			want = append(want, fmt.Sprintf("r:%d %d plain", line, i))
			line++
		case 1:
			fmt.Fprintf(&text, "\"x\ny\",\"%s,\n\n\"\"\",%d,z\r\n", strings.Repeat("q", i%100), i)
			want = append(want, fmt.Sprintf("r:%d %d %s,\n\n\"", line, i, strings.Repeat("q", i%100)))
			line += 4
		case 2:
			fmt.Fprintf(&text, "\n# %d, \"\n,,%d,\"\"\n", i, i)
			want = append(want, fmt.Sprintf("r:%d %d ", line+2, i))
			line += 3
		case 3:
			fmt.Fprintf(&text, "\",\",\"\n\",%d,\"\n\"\n", i)
			want = append(want, fmt.Sprintf("r:%d %d \n", line, i))
			line += 3
		}
	}
	sys := vfs.NewFaulty(1)
	put(t, sys, "/d/r", text.String())
	for _, how := range [][2]int{{1 << 16, 0}, {100, 0}, {1000, 1}, {7, 3}} {
		tab, read := csvTable(t, sys, map[string]string{"allow-comments": "true"})
		s, err := New(sys).NewSource(tab)
		must(t, err)
		got, err := readAll(t, s, read, how[0], how[1])
		must(t, err)
		if len(got) != len(want) {
			t.Fatalf("%v: %d rows, not %d", how, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%v: row %d is %q, not %q", how, i, got[i], want[i])
			}
		}
	}
}

// An error names the line that its record begins with.
func TestErrorInARecordOfSeveralLines(t *testing.T) {
	sys := vfs.NewFaulty(1)
	put(t, sys, "/d/r", "\"\n\",\"\n\",1,\nx,y,z,\n")
	tab, read := csvTable(t, sys, nil)
	s, err := New(sys).NewSource(tab)
	must(t, err)
	_, err = readAll(t, s, read, 100, 0)
	var bad *format.RecordError
	if !errors.As(err, &bad) || bad.Position != "line 4" || bad.Field != "n" || bad.Offset != 4 {
		t.Error(err)
	}
}
