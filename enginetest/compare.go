package enginetest

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"tidemark.dev/internal/sql"
)

// compare compares what a table was given with what is expected of it; nil: it is right.
// Three senses of equal: "changes" in their order, if exact, and else by what they fold to;
// "changes within" columns in the order of each key, always; "folded" by what they fold to.
func (s *Script) compare(x Expectation, got []string, exact bool) error {
	want := x.Lines
	switch {
	case x.Folded:
		got, want = Fold(got), append([]string(nil), want...)
		sort.Strings(want)
	case len(x.Within) > 0:
		at, err := s.positions(x)
		if err != nil {
			return err
		}
		got, want = byKey(got, at), byKey(want, at)
	case !exact:
		got, want = Fold(got), Fold(want)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("table %s was given\n%s\nexpected:\n%s", x.Table, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// positions are where the columns of "within" stand.
func (s *Script) positions(x Expectation) (at []int, err error) {
	columns := s.sinkColumns(x.Table)
	for _, name := range x.Within {
		i := slices.Index(columns, name)
		if i < 0 {
			return nil, fmt.Errorf("changes %s within %s: the table's columns are %v", x.Table, name, columns)
		}
		at = append(at, i)
	}
	return at, nil
}

// sinkColumns are the names of a sink's columns.
func (s *Script) sinkColumns(table string) []string {
	script, _ := sql.Parse(s.SQL)
	var names []string
	for _, st := range script.Statements {
		c, ok := st.(*sql.CreateTable)
		if !ok || lastName(c.Name) != table {
			continue
		}
		names = nil
		for _, e := range c.Elements {
			if col, ok := e.(*sql.ColumnDef); ok {
				names = append(names, lastName(col.Name))
			}
		}
	}
	return names
}

// keyOf gives a change's values in some columns: what its order is compared within.
func keyOf(change string, at []int) string {
	var values []string
	depth, from := 0, 3
	for i := 2; i < len(change); i++ {
		switch change[i] {
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			depth--
		case ',':
			if depth == 1 && i+1 < len(change) && change[i+1] == ' ' {
				values = append(values, change[from:i])
				from = i + 2
			}
		}
	}
	values = append(values, strings.TrimSuffix(change[min(from, len(change)):], "]"))
	var key strings.Builder
	for _, a := range at {
		if a < len(values) {
			key.WriteString(values[a] + "\x00")
		}
	}
	return key.String()
}

// byKey puts changes in order of their keys, and leaves those of one key in theirs.
func byKey(changes []string, at []int) []string {
	sorted := append([]string(nil), changes...)
	sort.SliceStable(sorted, func(i, j int) bool { return keyOf(sorted[i], at) < keyOf(sorted[j], at) })
	return sorted
}
