package plan

import (
	"strings"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Window table-valued functions: "Windowing TVF" in Flink's documentation. The
// function's rows are those of its table, once for each window they fall into, with
// three further columns.

// windowParams are the parameters of each function, in order; "?" marks optional ones.
var windowParams = map[string][]string{
	"TUMBLE":   {"DATA", "TIMECOL", "SIZE", "?OFFSET"},
	"HOP":      {"DATA", "TIMECOL", "SLIDE", "SIZE", "?OFFSET"},
	"CUMULATE": {"DATA", "TIMECOL", "STEP", "SIZE", "?OFFSET"},
}

// tableFunction binds TABLE(f(...)), where f can only be a window function.
func (b *binder) tableFunction(t *sql.TableFunction) rel {
	name := upper(nameText(t.Call.Name))
	params, ok := windowParams[name]
	if !ok {
		if name == "SESSION" {
			b.refuse(t.Call, "the window function SESSION")
		} else {
			b.errorf(t.Call.Name, "the table function '%s' is not supported", nameText(t.Call.Name)).
				Because(nearest(name, []string{"TABLE", "TUMBLE", "HOP", "CUMULATE"}))
		}
		return nil
	}
	if t.Lateral {
		b.refuse(t, "LATERAL")
	}
	args := b.windowArgs(t.Call, name, params)
	if args == nil {
		return nil
	}
	in := b.windowTable(args["DATA"], name)
	if in == nil {
		return nil
	}
	w, at, ok := b.timeColumn(args["TIMECOL"], in.fields(), name)
	fine := true
	for _, p := range params[2:] {
		p = strings.TrimPrefix(p, "?")
		x := args[p]
		if x == nil {
			continue
		}
		n, good := b.windowInterval(x, name, p)
		fine = fine && good
		switch p {
		case "SIZE":
			w.Size = n
		case "SLIDE", "STEP":
			w.Slide = n
		case "OFFSET":
			w.Offset = n
		}
	}
	if !ok || !fine || !b.windowSizes(t.Call, name, w) {
		return nil
	}
	r := &tvfRel{input: in, window: w, at: span(t)}
	bound := types.TTimestamp(3).Required()
	time := in.fields()[at].Type
	r.cols = append(append(cols(nil), in.fields()...),
		types.Field{Name: "window_start", Type: bound},
		types.Field{Name: "window_end", Type: bound},
		types.Field{Name: "window_time", Type: windowTime(time)})
	return r
}

// windowTime is the type of window_time: that of the time column, three digits, never
// NULL, and still a time attribute.
func windowTime(t types.Type) types.Type {
	t.Precision = 3
	t.NotNull = true
	return t
}

// windowArgs puts the arguments of a window function in place, named or in order.
func (b *binder) windowArgs(c *sql.Call, name string, params []string) map[string]sql.Expr {
	args := map[string]sql.Expr{}
	for i, a := range c.Args {
		named, isNamed := a.(*sql.NamedArg)
		if !isNamed {
			if i >= len(params) {
				b.errorf(a, "Invalid number of arguments to function '%s'. Was expecting %s", name, signature(name, params))
				return nil
			}
			args[strings.TrimPrefix(params[i], "?")] = a
			continue
		}
		p := upper(named.Name.Name)
		known := false
		for _, q := range params {
			known = known || strings.TrimPrefix(q, "?") == p
		}
		if !known {
			b.errorf(named.Name, "Unknown argument '%s' of %s", named.Name.Name, name).Because("its arguments are " + signature(name, params))
			return nil
		}
		args[p] = named.Value
	}
	for _, p := range params {
		if !strings.HasPrefix(p, "?") && args[p] == nil {
			b.errorf(c, "Invalid number of arguments to function '%s': %s is missing", name, p).Because("write " + signature(name, params))
			return nil
		}
	}
	return args
}

func signature(name string, params []string) string {
	list := make([]string, len(params))
	for i, p := range params {
		rest, optional := strings.CutPrefix(p, "?")
		list[i] = rest
		if optional {
			list[i] = "[" + rest + "]"
		}
	}
	return name + "(" + strings.Join(list, ", ") + ")"
}

// windowTable binds the table of a window function.
func (b *binder) windowTable(x sql.Expr, name string) rel {
	switch x := x.(type) {
	case *sql.TableArg:
		if len(x.PartitionBy) > 0 || len(x.OrderBy) > 0 {
			b.refuse(x, "PARTITION BY and ORDER BY in "+name)
			return nil
		}
		if x.Table != nil {
			r, _ := b.table(x.Table)
			return r
		}
		return b.query(x.Query)
	case *sql.Subquery:
		return b.query(x.Query)
	}
	b.errorf(x, "the first argument of %s must be a table", name).Because("write TABLE t, or a query in parentheses")
	return nil
}

// timeColumn finds the column of DESCRIPTOR(ts), which must be a time attribute.
func (b *binder) timeColumn(x sql.Expr, in []types.Field, name string) (w Window, index int, ok bool) {
	w.Kind = map[string]WindowKind{"TUMBLE": Tumble, "HOP": Hop, "CUMULATE": Cumulate}[name]
	d, isDescriptor := x.(*sql.Descriptor)
	if !isDescriptor || len(d.Columns) != 1 {
		b.errorf(x, "the time column of %s must be DESCRIPTOR(column)", name)
		return w, 0, false
	}
	column := d.Columns[0]
	index = -1
	var names []string
	for i, f := range in {
		names = append(names, f.Name)
		if f.Name == column.Name {
			index = i
		}
	}
	if index < 0 {
		b.errorf(column, "Unknown identifier '%s'", column.Name).Because(nearest(column.Name, names))
		return w, 0, false
	}
	t := in[index].Type
	if t.Time == types.NoTime {
		p := b.errorf(column, "The window function requires the timecol is a time attribute type, but is %s", t.Describe())
		if t.IsTimestamp() {
			p.Because("declare a WATERMARK on the column in CREATE TABLE; an expression over a rowtime column is not one")
		}
		return w, 0, false
	}
	w.Time = index
	w.Proctime = t.Time == types.Proctime
	w.Zoned = t.Kind == types.TimestampLTZ
	if w.Zoned {
		w.Zone = b.zone.String()
	}
	return w, index, true
}

// windowInterval reads a constant interval in milliseconds.
func (b *binder) windowInterval(x sql.Expr, name, param string) (int64, bool) {
	e := b.value(x, &scope{clause: name})
	switch {
	case isBad(e):
		return 0, false
	case e.Type().Kind == types.IntervalMonth:
		b.errorf(x, "Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit. MONTH and YEAR time unit are not supported yet.")
		return 0, false
	case e.Type().Kind != types.IntervalDay:
		b.errorf(x, "%s of %s must be an interval, but is of type %s", param, name, e.Type()).Because("write INTERVAL '10' MINUTE")
		return 0, false
	}
	if n, ok := e.(*Negate); ok {
		if l, ok := n.Arg.(*Literal); ok {
			return -l.Value.I, true
		}
	}
	l, ok := e.(*Literal)
	if !ok {
		b.errorf(x, "%s of %s must be a constant interval", param, name)
		return 0, false
	}
	return l.Value.I, true
}

// windowSizes checks the lengths against each other, with Flink's rules.
func (b *binder) windowSizes(c *sql.Call, name string, w Window) bool {
	step := map[string]string{"HOP": "slide", "CUMULATE": "step"}[name]
	size := "size"
	if name == "CUMULATE" {
		size = "maxSize"
	}
	switch {
	case w.Size <= 0 || step != "" && w.Slide <= 0:
		if step == "" {
			b.errorf(c, "%s table function parameters must satisfy size > 0, but got size %d ms.", name, w.Size)
		} else {
			b.errorf(c, "%s table function parameters must satisfy %s > 0 and %s > 0, but got %s %d ms and %s %d ms.", name, step, size, step, w.Slide, size, w.Size)
		}
		return false
	case step != "" && w.Size%w.Slide != 0:
		b.errorf(c, "%s table function based aggregate requires %s must be an integral multiple of %s, but got %s %d ms and %s %d ms", name, size, step, size, w.Size, step, w.Slide)
		return false
	case abs(w.Offset) >= w.Size && name == "TUMBLE":
		b.errorf(c, "%s table function parameters must satisfy abs(offset) < size, but got size %d ms and offset %d ms.", name, w.Size, w.Offset)
		return false
	case step != "" && abs(w.Offset) >= w.Slide:
		b.errorf(c, "%s table function parameters must satisfy abs(offset) < %s, but got %s %d ms and offset %d ms.", name, step, step, w.Slide, w.Offset)
		return false
	}
	return true
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
