package enginetest

import (
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Script is a parsed test script.
type Script struct {
	Name    string
	SQL     string
	Rows    []RowsOf
	Expect  []Expectation
	Error   []string // lines expected in the message; nil: the script must succeed
	Single  bool     // option "one split": no table has more, so that late rows are the same at every parallelism
	OneTask bool     // option "one task": it is run at parallelism 1 alone, since what is late depends on how splits interleave
	Oracle  string   // who says so: "flink" for goldens recorded from a real Flink
	Late    *int64   // rows that all operators together must count as late; nil: it is not said
	Comment string
}

// RowsOf are the rows of one table, as they are written.
type RowsOf struct {
	Table string
	Lines []string
	Line  int // of the first, in the file
}

// Expectation is what a table is expected to have been given.
type Expectation struct {
	Table  string
	Folded bool
	Within []string // columns within whose values the order counts, however the script is run
	Lines  []string
}

// expectationHeader reads "changes T", "changes T within a,b" and "folded T".
func expectationHeader(line string) (x Expectation, ok bool) {
	f := strings.Fields(line)
	if strings.Join(f, " ") != line || len(f) < 2 || f[0] != "changes" && f[0] != "folded" {
		return x, false
	}
	x.Table, x.Folded = f[1], f[0] == "folded"
	if len(f) == 4 && f[0] == "changes" && f[2] == "within" {
		x.Within = strings.Split(f[3], ",")
		return x, true
	}
	return x, len(f) == 2
}

// isHeader tells whether a line begins a section or is an option.
func isHeader(line string) bool {
	f := strings.Fields(line)
	if _, ok := expectationHeader(line); ok || line == "sql" || line == "error" || line == "one split" || line == "one task" {
		return true
	}
	return len(f) == 2 && line == f[0]+" "+f[1] && (f[0] == "rows" || f[0] == "oracle" || f[0] == "late")
}

// ParseScript reads a script; see the package comment.
func ParseScript(name, text string) (*Script, error) {
	s := &Script{Name: name}
	section := ""
	var sql []string
	for i, line := range strings.Split(text, "\n") {
		if section != "sql" && (strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "") {
			s.Comment += strings.TrimSpace(strings.TrimPrefix(line, "#")) + "\n"
			continue
		}
		f := strings.Fields(line)
		switch {
		case line == "sql" || line == "error":
			section = line
			if section == "error" {
				s.Error = []string{}
			}
			continue
		case line == "one split":
			s.Single = true
			continue
		case line == "one task":
			s.OneTask = true
			continue
		case len(f) == 2 && f[0] == "oracle":
			s.Oracle = f[1]
			continue
		case len(f) == 2 && f[0] == "late":
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %q: expected the number of late rows", name, i+1, line)
			}
			s.Late = &n
			continue
		case len(f) == 2 && line == f[0]+" "+f[1] && f[0] == "rows":
			section = f[0]
			s.Rows = append(s.Rows, RowsOf{Table: f[1], Line: i + 2})
			continue
		}
		if x, ok := expectationHeader(line); ok {
			section = f[0]
			s.Expect = append(s.Expect, x)
			continue
		}
		switch section {
		case "sql":
			sql = append(sql, line)
		case "rows":
			r := &s.Rows[len(s.Rows)-1]
			r.Lines = append(r.Lines, line)
		case "changes", "folded":
			e := &s.Expect[len(s.Expect)-1]
			e.Lines = append(e.Lines, line)
		case "error":
			s.Error = append(s.Error, line)
		default:
			return nil, fmt.Errorf("%s:%d: %q stands in no section", name, i+1, line)
		}
	}
	s.SQL = strings.Join(sql, "\n")
	return s, nil
}

// schemas finds the physical columns of the script's tables, so that its rows can be
// read: it plans the script with a connector that only listens.
func (s *Script) schemas(tables *Tables) (map[string][]connector.Column, error) {
	found := map[string][]connector.Column{}
	heard := tables.Connector()
	source, sink := heard.NewSource, heard.NewSink
	heard.NewSource = func(c *connector.Table) (connector.Source, error) {
		found[c.Name] = c.Schema
		return source(c)
	}
	heard.NewSink = func(c *connector.Table) (connector.Sink, error) {
		found[c.Name] = c.Schema
		return sink(c)
	}
	e, err := newEngine(heard, nil)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	_, err = e.Plan(s.Name, s.SQL)
	return found, err
}

// feed reads the script's rows into tables.
func (s *Script) feed(tables *Tables) error {
	for _, r := range s.Rows { // so that sources know their kinds while planning
		tables.Feed(r.Table, markers(r.Lines))
	}
	schemas, err := s.schemas(tables)
	if err != nil {
		return err
	}
	for _, r := range s.Rows {
		schema, ok := schemas[r.Table]
		if !ok {
			return fmt.Errorf("%s:%d: no pipeline reads table %s, only %v", s.Name, r.Line, r.Table, found(schemas))
		}
		var events []Event
		for i, line := range r.Lines {
			e, err := parseEvent(line, schema)
			if err != nil {
				return fmt.Errorf("%s:%d: %w", s.Name, r.Line+i, err)
			}
			events = append(events, e)
		}
		tables.Feed(r.Table, events)
	}
	return nil
}

// markers are events with their kinds and splits alone.
func markers(lines []string) (events []Event) {
	for _, l := range lines {
		e, _, err := parseKind(l)
		if err == nil {
			events = append(events, e)
		}
	}
	return events
}

var kinds = map[string]vector.Kind{"+I": vector.Insert, "-U": vector.UpdateBefore, "+U": vector.UpdateAfter, "-D": vector.Delete}

func parseKind(line string) (e Event, rest string, err error) {
	rest = strings.TrimSpace(line)
	if len(rest) >= 2 {
		if k, ok := kinds[rest[:2]]; ok {
			e.Kind, rest = k, strings.TrimSpace(rest[2:])
		}
	}
	if after, ok := strings.CutPrefix(rest, "@"); ok {
		n, values, _ := strings.Cut(after, " ")
		if e.Split, err = strconv.Atoi(n); err != nil {
			return e, "", fmt.Errorf("%q: expected a split's number behind @", line)
		}
		rest = values
	}
	return e, rest, nil
}

func parseEvent(line string, schema []connector.Column) (Event, error) {
	e, rest, err := parseKind(line)
	if err != nil {
		return e, err
	}
	d := json.NewDecoder(strings.NewReader(rest))
	d.UseNumber()
	var values []any
	if err := d.Decode(&values); err != nil {
		return e, fmt.Errorf("%q is not a JSON array: %w", rest, err)
	}
	if len(values) != len(schema) {
		return e, fmt.Errorf("%q has %d values, the table has %d columns", rest, len(values), len(schema))
	}
	for i, x := range values {
		v, err := ValueOf(x, schema[i].Type)
		if err != nil {
			return e, fmt.Errorf("column %s: %w", schema[i].Name, err)
		}
		e.Values = append(e.Values, v)
	}
	return e, nil
}

// ValueOf makes a value of type t of what encoding/json (with UseNumber) decodes:
// numbers, texts for all other types, arrays for ROW and ARRAY, null.
func ValueOf(x any, t types.Type) (types.Value, error) {
	bad := fmt.Errorf("%v is no %s", x, t)
	if x == nil {
		return types.NullValue, nil
	}
	text := fmt.Sprint(x)
	switch t.Kind {
	case types.Boolean:
		b, ok := x.(bool)
		if !ok {
			return types.Value{}, bad
		}
		return types.Bool(b), nil
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		n, err := strconv.ParseInt(text, 10, 64)
		return types.Int64(n), err
	case types.Float, types.Double:
		f, err := strconv.ParseFloat(text, 64)
		return types.Float64(f), err
	case types.Decimal:
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			return types.Value{}, bad
		}
		r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil)))
		if !r.IsInt() {
			return types.Value{}, bad
		}
		n := r.Num()
		lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0)))
		return types.Value{I: int64(lo.Uint64()), Hi: new(big.Int).Rsh(n, 64).Int64()}, nil
	case types.Timestamp, types.TimestampLTZ:
		micros, nanos, err := types.ParseTimestamp(strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z"), int(t.Precision))
		return types.Value{I: micros, Hi: nanos}, err
	case types.Date:
		d, err := types.ParseDate(text)
		return types.Int64(d), err
	case types.Time:
		ms, err := types.ParseTime(text, int(t.Precision))
		return types.Int64(ms), err
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		return types.Text(text), nil
	case types.Row:
		list, ok := x.([]any)
		if !ok || len(list) != len(t.Fields) {
			return types.Value{}, bad
		}
		v := types.Value{Elems: make([]types.Value, len(list))}
		for i := range list {
			var err error
			if v.Elems[i], err = ValueOf(list[i], t.Fields[i].Type); err != nil {
				return v, err
			}
		}
		return v, nil
	case types.Array:
		list, ok := x.([]any)
		if !ok {
			return types.Value{}, bad
		}
		v := types.Value{Elems: make([]types.Value, len(list))}
		for i := range list {
			var err error
			if v.Elems[i], err = ValueOf(list[i], *t.Elem); err != nil {
				return v, err
			}
		}
		return v, nil
	}
	return types.Value{}, bad
}

// Fold is what a changelog comes to: the multiset of rows that were inserted and not
// taken back, sorted. A row taken back more often than inserted is listed with "missing".
func Fold(changes []string) []string {
	count := map[string]int{}
	for _, c := range changes {
		if len(c) < 2 {
			continue
		}
		if c[:2] == "+I" || c[:2] == "+U" {
			count[c[2:]]++
		} else {
			count[c[2:]]--
		}
	}
	var rows []string
	for row, n := range count {
		for ; n > 0; n-- {
			rows = append(rows, row)
		}
		for ; n < 0; n++ {
			rows = append(rows, "missing "+row)
		}
	}
	sort.Strings(rows)
	return rows
}

// FoldUpserts is Fold for a changelog without -U: the last row of each key counts. key
// gives a row's key.
func FoldUpserts(changes []string, key func(row string) string) []string {
	last := map[string]string{}
	for _, c := range changes {
		k := key(c[2:])
		if c[:2] == "-D" {
			delete(last, k)
		} else {
			last[k] = c[2:]
		}
	}
	var rows []string
	for _, row := range last {
		rows = append(rows, row)
	}
	sort.Strings(rows)
	return rows
}

func found[T any](m map[string]T) (names []string) {
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
