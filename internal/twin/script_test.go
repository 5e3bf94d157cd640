package twin

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark.dev/builtin/functions"
	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// listens is a connector that is only planned with.
type listens struct {
	connector.Source
	kinds connector.KindSet
}

func (l listens) Bounded() bool            { return true }
func (l listens) Kinds() connector.KindSet { return l.kinds }

type takes struct{ connector.Sink }

func (takes) Accepts(k connector.KindSet) connector.KindSet { return k }
func (takes) Guarantee() connector.Guarantee                { return connector.Repeats }

// planScript plans a script whose tables have the connector "script"; kinds are those
// of its sources.
func planScript(text string, kinds func(table string) connector.KindSet) (*plan.Pipeline, error) {
	var c connector.Registry
	c.Add(&connector.Connector{
		Name: "script",
		NewSource: func(t *connector.Table) (connector.Source, error) {
			return listens{kinds: kinds(t.Name)}, nil
		},
		NewSink: func(*connector.Table) (connector.Sink, error) { return takes{}, nil },
	})
	var fn function.Registry
	functions.Register(&fn)
	script, errs := plan.New(plan.Registries{Connectors: &c, Formats: &format.Registry{}, Functions: &fn}, Fold).
		Script("test.sql", text, plan.Options{Now: time.Unix(0, 0)})
	if errs != nil {
		return nil, errs
	}
	for _, s := range script.Steps {
		if r, ok := s.(*plan.Run); ok {
			return r.Pipeline, nil
		}
	}
	return nil, fmt.Errorf("the script has no INSERT")
}

// testScript is a file of package enginetest, so that the engine can be held to it too.
// Two comments mean something: "# late: ..." is what showLate gives, and "# from epoch"
// sets Input.FromEpoch.
type testScript struct {
	sql    string
	rows   map[string][]string
	want   []string
	folded bool
	late   []string
	error  string
	epoch  bool
}

func readScript(t *testing.T, file string) *testScript {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &testScript{rows: map[string][]string{}}
	section, table := "", ""
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		if late, ok := strings.CutPrefix(line, "# late: "); ok {
			s.late = append(s.late, late)
		}
		s.epoch = s.epoch || line == "# from epoch"
		if len(f) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		switch {
		case len(f) <= 2 && slices.Contains([]string{"sql", "rows", "changes", "folded", "error"}, f[0]):
			section = f[0]
			if section == "rows" {
				table = f[1]
				s.rows[table] = []string{}
			}
			s.folded = s.folded || section == "folded"
		case section == "sql":
			s.sql += line + "\n"
		case section == "rows":
			s.rows[table] = append(s.rows[table], line)
		case section == "error":
			s.error = line
		default:
			s.want = append(s.want, line)
		}
	}
	return s
}

var kindByText = map[string]vector.Kind{"+I": vector.Insert, "-U": vector.UpdateBefore, "+U": vector.UpdateAfter, "-D": vector.Delete}

func (s *testScript) run(t *testing.T) (*Result, error) {
	p, err := planScript(s.sql, func(table string) connector.KindSet {
		for _, r := range s.rows[table] {
			if kindByText[r[:2]] != vector.Insert {
				return connector.AllKinds
			}
		}
		return connector.InsertOnly
	})
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Tables: map[string]*Table{}, FromEpoch: s.epoch}
	var visit func(n plan.Node)
	visit = func(n plan.Node) {
		if scan, ok := n.(*plan.Scan); ok {
			in.Tables[scan.Table.Table.Name] = readTable(t, scan.Table.Table.Schema, s.rows[scan.Table.Table.Name])
		}
		for _, i := range n.Inputs() {
			visit(i)
		}
	}
	for _, k := range p.Sinks {
		visit(k)
	}
	return Run(p, in)
}

// readTable reads lines of a kind, perhaps @ and a split, and a JSON array.
func readTable(t *testing.T, schema []connector.Column, lines []string) *Table {
	table := &Table{}
	for _, c := range schema {
		table.Columns = append(table.Columns, c.Name)
	}
	for i, line := range lines {
		e := Event{At: int64(i)}
		if k, ok := kindByText[line[:2]]; ok {
			e.Kind, line = k, strings.TrimSpace(line[2:])
		}
		if strings.HasPrefix(line, "@") {
			n, rest, _ := strings.Cut(line[1:], " ")
			e.Split, _ = strconv.Atoi(n)
			line = rest
		}
		var cells []any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&cells); err != nil || len(cells) != len(schema) {
			t.Fatalf("%s: %v", line, err)
		}
		for n, c := range cells {
			e.Row = append(e.Row, cell(t, schema[n].Type, c))
		}
		table.Events = append(table.Events, e)
	}
	return table
}

func cell(t *testing.T, typ types.Type, c any) types.Value {
	text := fmt.Sprint(c)
	switch {
	case c == nil:
		return null
	case typ.Kind == types.Boolean:
		return truth(c.(bool))
	case typ.IsInteger():
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return types.Int64(n)
	case typ.Kind == types.Double:
		f, _ := strconv.ParseFloat(text, 64)
		return types.Float64(f)
	case typ.Kind == types.Decimal:
		r, _ := new(big.Rat).SetString(text)
		n := new(big.Rat).Mul(r, new(big.Rat).SetInt(tenTo(int(typ.Scale))))
		return decimal{n.Num(), int(typ.Scale)}.value(typ)
	case typ.IsTimestamp():
		m, ok := parseMoment(text)
		if !ok {
			t.Fatalf("%s is no timestamp", text)
		}
		return momentValue(m)
	}
	return types.Text(text)
}

// show writes changes as Flink prints them.
func show(out Output) []string {
	var lines []string
	for _, c := range out.Changes {
		cells := make([]string, len(c.Row))
		for i, v := range c.Row {
			t := out.Columns[i].Type
			switch {
			case v.Null:
				cells[i] = "null"
			case t.Kind == types.Boolean:
				cells[i] = strconv.FormatBool(v.I != 0)
			case t.IsTimestamp():
				cells[i] = isoText(moment(v))
				if t.Kind == types.TimestampLTZ {
					cells[i] += "Z"
				}
			default:
				cells[i], _ = (&evaluator{zone: time.UTC}).text(t, v)
			}
		}
		lines = append(lines, c.Kind.String()+"["+strings.Join(cells, ", ")+"]")
	}
	return lines
}

// isoText is LocalDateTime.toString: seconds and groups of three digits as needed.
func isoText(t time.Time) string {
	switch {
	case t.Nanosecond()%1000000 != 0:
		return t.Format("2006-01-02T15:04:05.000000")
	case t.Nanosecond() != 0:
		return t.Format("2006-01-02T15:04:05.000")
	case t.Second() != 0:
		return t.Format("2006-01-02T15:04:05")
	}
	return t.Format("2006-01-02T15:04")
}

func fold(lines []string) []string {
	count := map[string]int{}
	for _, l := range lines {
		if l[0] == '+' {
			count[l[2:]]++
		} else {
			count[l[2:]]--
		}
	}
	var rows []string
	for r, n := range count {
		for ; n > 0; n-- {
			rows = append(rows, r)
		}
		for ; n < 0; n++ {
			rows = append(rows, "missing "+r)
		}
	}
	sort.Strings(rows)
	return rows
}

// Scripts whose answers a real Flink 2.3.0 gave (each file says so), where order is
// determined: keys of one window are compared as a set.
func TestScripts(t *testing.T) {
	files, _ := filepath.Glob("testdata/scripts/*")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := readScript(t, file)
			r, err := s.run(t)
			if s.error != "" {
				if err == nil || !strings.Contains(err.Error(), s.error) {
					t.Fatalf("error %v, want %s", err, s.error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := show(r.Sinks[0])
			if s.folded {
				got = fold(got)
				sort.Strings(s.want)
			} else {
				got = inGroups(r.Sinks[0].Changes, got)
				s.want = inGroups(r.Sinks[0].Changes, s.want)
			}
			if !slices.Equal(got, s.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(s.want, "\n"))
			}
			if late := showLate(r); s.late != nil && !slices.Equal(late, s.late) {
				t.Errorf("late\n%s\nwant\n%s", strings.Join(late, "\n"), strings.Join(s.late, "\n"))
			}
		})
	}
}

// inGroups sorts lines within each group of changes.
func inGroups(changes []Change, lines []string) []string {
	lines = slices.Clone(lines)
	for i := 0; i < len(changes); {
		j := i + 1
		for j < len(changes) && changes[j].Group == changes[i].Group {
			j++
		}
		if j <= len(lines) {
			sort.Strings(lines[i:j])
		}
		i = j
	}
	return lines
}

func showLate(r *Result) []string {
	var lines []string
	for _, l := range r.Late {
		lines = append(lines, fmt.Sprintf("dropped %d", l.Dropped))
		ends := []int64{}
		for e := range l.Missed {
			ends = append(ends, e)
		}
		slices.Sort(ends)
		for _, e := range ends {
			lines = append(lines, fmt.Sprintf("missed %s %d", isoText(time.UnixMilli(e).UTC()), l.Missed[e]))
		}
	}
	return lines
}
