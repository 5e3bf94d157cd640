package random

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/internal/twin"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Case is one comparison: all of it follows from the seed, until it is made smaller.
type Case struct {
	Seed   uint64
	Zone   string // the session's
	Tables []*Table
	Views  []*View
	Query  *Select
}

// Table is a source table and its rows, in the order of arrival.
type Table struct {
	Name    string
	Columns []Column
	Key     string // PRIMARY KEY; "": none
	// Delay is how far the watermark stays behind the column "ts", in milliseconds; -1: no watermark.
	Delay  int64
	Splits int
	Rows   []Row
	// InTime tells that no row is late for the watermark of its split.
	InTime bool
}

// Row is a row in JSON, a text for each column.
type Row struct {
	Kind   vector.Kind
	Split  int
	Values []string
}

// View is a query with a name.
type View struct {
	Name  string
	Query *Select
}

// SQL is the case as statements; the result goes into table "out".
func (c *Case) SQL() string {
	var b strings.Builder
	if c.Zone != "UTC" {
		fmt.Fprintf(&b, "SET 'table.local-time-zone' = '%s';\n", c.Zone)
	}
	for _, t := range c.Tables {
		fmt.Fprintf(&b, "CREATE TABLE %s (", t.Name)
		for i, col := range t.Columns {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s %s", col.Name, col.Kind)
			if col.Name == t.Key {
				b.WriteString(" NOT NULL")
			}
		}
		if t.Key != "" {
			fmt.Fprintf(&b, ", PRIMARY KEY (%s) NOT ENFORCED", t.Key)
		}
		if t.Delay >= 0 {
			b.WriteString(", WATERMARK FOR ts AS ts - " + interval(t.Delay))
		}
		b.WriteString(") WITH ('connector' = 'script');\n")
	}
	for _, v := range c.Views {
		fmt.Fprintf(&b, "CREATE TEMPORARY VIEW %s AS %s;\n", v.Name, v.Query)
	}
	b.WriteString("CREATE TABLE `out` (")
	for i, item := range c.Query.Items {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "o%d %s", i, item.sqlType())
	}
	fmt.Fprintf(&b, ") WITH ('connector' = 'script');\nINSERT INTO `out` %s;", c.Query)
	return b.String()
}

// interval writes milliseconds as Flink takes them: two digits for the largest unit.
func interval(ms int64) string {
	switch {
	case ms < 100_000 && ms%1000 == 0:
		return fmt.Sprintf("INTERVAL '%d' SECOND", ms/1000)
	case ms < 100*60_000 && ms%60_000 == 0:
		return fmt.Sprintf("INTERVAL '%d' MINUTE", ms/60_000)
	}
	return fmt.Sprintf("INTERVAL '%d %02d:%02d:%02d.%03d' DAY TO SECOND", ms/86_400_000, ms/3_600_000%24, ms/60_000%60, ms/1000%60, ms%1000)
}

// Script is the case as a text of package enginetest, without what is expected.
func (c *Case) Script() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# seed %d\n", c.Seed)
	b.WriteString("sql\n" + c.SQL() + "\n")
	for _, t := range c.Tables {
		fmt.Fprintf(&b, "rows %s\n", t.Name)
		for _, r := range t.Rows {
			fmt.Fprintf(&b, "%s", r.Kind)
			if t.Splits > 1 {
				fmt.Fprintf(&b, " @%d", r.Split)
			}
			fmt.Fprintf(&b, " [%s]\n", strings.Join(r.Values, ", "))
		}
	}
	return b.String()
}

// Input are the tables as the twin takes them. Tables without rows in a split have it
// all the same.
func (c *Case) Input() (twin.Input, error) {
	in := twin.Input{Tables: map[string]*twin.Table{}, Now: time.UnixMicro(1_700_000_000_000_000).UTC()}
	for _, t := range c.Tables {
		out := &twin.Table{Splits: 1}
		for _, col := range t.Columns {
			out.Columns = append(out.Columns, col.Name)
		}
		for i, r := range t.Rows {
			e := twin.Event{Split: r.Split, At: int64(i), Kind: r.Kind}
			for n, text := range r.Values {
				v, err := value(t.Columns[n].Kind, text)
				if err != nil {
					return in, fmt.Errorf("table %s, row %d: %w", t.Name, i, err)
				}
				e.Row = append(e.Row, v)
			}
			out.Events = append(out.Events, e)
		}
		in.Tables[t.Name] = out
	}
	return in, nil
}

// value reads a JSON text.
func value(k Kind, text string) (v types.Value, err error) {
	if text == "null" {
		return types.NullValue, nil
	}
	switch k {
	case Boolean:
		return types.Bool(text == "true"), nil
	case Int, BigInt:
		v.I, err = strconv.ParseInt(text, 10, 64)
		return v, err
	case Double:
		v.F, err = strconv.ParseFloat(text, 64)
		return v, err
	case Decimal:
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			return v, fmt.Errorf("%s is no decimal", text)
		}
		n := r.Mul(r, big.NewRat(100, 1)).Num().Int64()
		return types.Value{I: n, Hi: n >> 63}, nil
	}
	var s string
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return v, err
	}
	if k == Text {
		return types.Text(s), nil
	}
	t, err := time.Parse("2006-01-02 15:04:05.999", s)
	return types.Int64(t.UnixMicro()), err
}

// Item is one column of a SELECT.
type Item struct {
	Expr *Expr
	Name string
	// Type is the column's where it is none of the generator's kinds.
	Type string
}

func (i Item) sqlType() string {
	if i.Type != "" {
		return i.Type
	}
	return i.Expr.Kind.String()
}

// Select is a query.
type Select struct {
	Distinct bool
	Items    []Item
	From     Source
	Where    *Expr
	Group    []string // GROUP BY; nil: none
	Having   *Expr
	Union    *Select // UNION ALL with it; nil: none
}

func (s *Select) String() string {
	var b strings.Builder
	b.WriteString("SELECT ")
	if s.Distinct {
		b.WriteString("DISTINCT ")
	}
	for i, item := range s.Items {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(item.Expr.String())
		if item.Name != "" && item.Name != item.Expr.String() {
			b.WriteString(" AS " + item.Name)
		}
	}
	b.WriteString(" FROM " + s.From.String())
	if s.Where != nil {
		b.WriteString(" WHERE " + s.Where.String())
	}
	if len(s.Group) > 0 {
		b.WriteString(" GROUP BY " + strings.Join(s.Group, ", "))
	}
	if s.Having != nil {
		b.WriteString(" HAVING " + s.Having.String())
	}
	if s.Union != nil {
		b.WriteString(" UNION ALL " + s.Union.String())
	}
	return b.String()
}

// columns are what a query above may read.
func (s *Select) columns() (cs []Column) {
	for _, i := range s.Items {
		if i.Type == "" {
			cs = append(cs, Column{i.Name, i.Expr.Kind})
		}
	}
	return cs
}

// Source is what stands behind FROM.
type Source struct {
	Table  string  // a table or a view
	Sub    *Select // or a query in parentheses
	Alias  string
	Window string // of a window function over Table: "TUMBLE(TABLE %s, DESCRIPTOR(ts), ...)"
	Join   *Join
}

// Join is an inner join of the source it hangs on with another.
type Join struct {
	Right Source
	On    []*Expr
}

func (s Source) String() string {
	text := s.Table
	switch {
	case s.Sub != nil:
		text = "(" + s.Sub.String() + ")"
	case s.Window != "":
		text = "TABLE(" + fmt.Sprintf(s.Window, s.Table) + ")"
	}
	if s.Alias != "" {
		text += " AS " + s.Alias
	}
	if s.Join != nil {
		var on []string
		for _, e := range s.Join.On {
			on = append(on, e.String())
		}
		text += " JOIN " + s.Join.Right.String() + " ON " + strings.Join(on, " AND ")
	}
	return text
}
