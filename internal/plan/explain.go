package plan

import (
	"fmt"
	"strings"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Explain prints the plan of a pipeline: the tree of each sink with Flink's names of
// operators, each node followed by what is known of its edge: kinds of changes, upsert
// keys, event time, and by the state it keeps. A node that stands in several places is
// printed once and referred to.
func Explain(p *Pipeline) string {
	e := &explainer{uses: map[Node]int{}, number: map[Node]int{}}
	for _, s := range p.Sinks {
		e.count(s)
	}
	fmt.Fprintf(&e.b, "== Pipeline %s ==\n", p.Name)
	if p.Settings.Parallelism > 0 {
		fmt.Fprintf(&e.b, "parallelism: %d\n", p.Settings.Parallelism)
	} else {
		e.b.WriteString("parallelism: number of cores\n")
	}
	for _, s := range p.Sinks {
		e.b.WriteByte('\n')
		e.node(s, "", "")
	}
	return e.b.String()
}

type explainer struct {
	b      strings.Builder
	uses   map[Node]int
	number map[Node]int
}

func (e *explainer) count(n Node) {
	if e.uses[n]++; e.uses[n] > 1 {
		return
	}
	for _, in := range n.Inputs() {
		e.count(in)
	}
}

// node prints a node behind first and what is below it behind rest.
func (e *explainer) node(n Node, first, rest string) {
	if k, again := e.number[n]; again {
		fmt.Fprintf(&e.b, "%sreused [%d]\n", first, k)
		return
	}
	e.b.WriteString(first + describeNode(n))
	if e.uses[n] > 1 {
		e.number[n] = len(e.number) + 1
		fmt.Fprintf(&e.b, " [%d]", e.number[n])
	}
	e.b.WriteByte('\n')
	inputs := n.Inputs()
	bar := rest + "   "
	if len(inputs) > 0 {
		bar = rest + "|  "
	}
	for _, line := range edgeFacts(n) {
		e.b.WriteString(bar + line + "\n")
	}
	for i, in := range inputs {
		if i < len(inputs)-1 {
			e.node(in, rest+":- ", rest+":  ")
		} else {
			e.node(in, rest+"+- ", rest+"   ")
		}
	}
}

// edgeFacts are the lines below a node.
func edgeFacts(n Node) []string {
	out := n.Output()
	var facts []string
	if _, isSink := n.(*Sink); !isSink {
		line := "changes: " + describeKinds(out.Kinds)
		if len(out.UpsertKeys) > 0 {
			var keys []string
			for _, k := range out.UpsertKeys {
				keys = append(keys, "("+columnNames(out.Columns, k)+")")
			}
			line += "; upsert key: " + strings.Join(keys, ", ")
		}
		if out.Rowtime >= 0 {
			line += "; rowtime: " + out.Columns[out.Rowtime].Name
		}
		facts = append(facts, line)
	}
	if s := stateOf(n); s != "" {
		facts = append(facts, "state: "+s)
	}
	return facts
}

// stateOf says what an operator keeps, and for how long.
func stateOf(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return "the position in each split"
	case *Watermark:
		return "the watermark of each split"
	case *GroupAggregate:
		text := "one entry for each group, kept for ever"
		if extra := valueState(n.Aggs, n.Retracts); extra != "" {
			text += "; " + extra
		}
		return text
	case *WindowAggregate:
		text := "one entry for each key and open slice of time, until its last window has closed"
		if extra := valueState(n.Aggs, n.Retracts); extra != "" {
			text += "; " + extra
		}
		return text
	case *Join:
		return "all rows of both sides, kept for ever: left " + sideState(n.LeftUnique) + ", right " + sideState(n.RightUnique)
	case *Sink:
		if n.Table.Sink != nil {
			return [...]string{"none: rows are written at once and may repeat after a crash", "none: rows may repeat after a crash",
				"open transactions, by epoch", "staged rows, by epoch"}[n.Table.Sink.Guarantee()]
		}
	}
	return ""
}

func valueState(aggs []Aggregate, retracts bool) string {
	var list []string
	for _, a := range aggs {
		switch {
		case a.Distinct:
			list = append(list, a.Name+" keeps its distinct values")
		case retracts && !a.NoRetract && (a.Func == Min || a.Func == Max):
			list = append(list, a.Name+" keeps all values, since rows are taken back")
		case retracts && (a.Func == FirstValue || a.Func == LastValue), a.Func >= ListAgg:
			list = append(list, a.Name+" keeps all values")
		}
	}
	return strings.Join(list, ", ")
}

func sideState(unique bool) string {
	if unique {
		return "at most one for a key"
	}
	return "any number for a key"
}

// describeNode writes a node as Flink's EXPLAIN does: its name and attributes.
func describeNode(n Node) string {
	var in []types.Field
	if inputs := n.Inputs(); len(inputs) > 0 {
		in = inputs[0].Output().Columns
	}
	out := n.Output()
	switch n := n.(type) {
	case *Scan:
		return fmt.Sprintf("TableSourceScan(table=[%s], fields=[%s])", n.Table.Name, allNames(out.Columns))
	case *Values:
		var rows []string
		for _, r := range n.Rows {
			var cells []string
			for i, v := range r {
				cells = append(cells, literalText(v, out.Columns[i].Type))
			}
			rows = append(rows, "{ "+strings.Join(cells, ", ")+" }")
		}
		return "Values(tuples=[[" + strings.Join(rows, ", ") + "]])"
	case *Watermark:
		return fmt.Sprintf("WatermarkAssigner(rowtime=[%s], watermark=[%s])", in[n.Rowtime].Name, exprText(n.Expr, in))
	case *Calc:
		text := "Calc(select=[" + selectText(n.Exprs, in, out.Columns) + "]"
		if n.Filter != nil {
			text += ", where=[" + exprText(n.Filter, in) + "]"
		}
		return text + ")"
	case *Exchange:
		if n.Spread.Kind == SpreadHash {
			return "Exchange(distribution=[hash[" + columnNames(out.Columns, n.Spread.Keys) + "]])"
		}
		return "Exchange(distribution=[single])"
	case *Union:
		return "Union(all=[true], union=[" + allNames(out.Columns) + "])"
	case *GroupAggregate:
		text := "GroupAggregate("
		if len(n.Keys) > 0 {
			text += "groupBy=[" + columnNames(in, n.Keys) + "], "
		}
		return text + "select=[" + aggregateText(n.Keys, n.Aggs, in, out.Columns, n.Retracts) + "])"
	case *Expand:
		var sets []string
		for i, nulls := range n.Nulls {
			sets = append(sets, fmt.Sprintf("%d: no {%s}", i, columnNames(out.Columns, nulls)))
		}
		return "Expand(" + strings.Join(sets, ", ") + ", " + out.Columns[len(out.Columns)-1].Name + ")"
	case *WindowTVF:
		return "WindowTableFunction(window=[" + windowText(&n.Window, in, "") + "])"
	case *WindowAggregate:
		end := ""
		if n.Attached {
			end = in[n.AttachedEnd].Name
		}
		text := "WindowAggregate("
		if len(n.Keys) > 0 {
			text += "groupBy=[" + columnNames(in, n.Keys) + "], "
		}
		text += "window=[" + windowText(&n.Window, in, end) + "], select=[" + aggregateText(n.Keys, n.Aggs, in, out.Columns, n.Retracts)
		for i, p := range n.Props {
			if len(n.Keys)+len(n.Aggs)+i > 0 {
				text += ", "
			}
			text += [...]string{"start", "end", "rowtime"}[p] + "('w$) AS " + out.Columns[len(n.Keys)+len(n.Aggs)+i].Name
		}
		return text + "])"
	case *Join:
		var conds []string
		width := len(n.Left.Output().Columns)
		for i := range n.LeftKeys {
			conds = append(conds, "("+out.Columns[n.LeftKeys[i]].Name+" = "+out.Columns[width+n.RightKeys[i]].Name+")")
		}
		if n.Residual != nil {
			conds = append(conds, exprText(n.Residual, out.Columns))
		}
		where := strings.Join(conds, " AND ")
		if len(conds) > 1 {
			where = "(" + where + ")"
		}
		if where == "" {
			where = "true"
		}
		return fmt.Sprintf("Join(joinType=[InnerJoin], where=[%s], select=[%s], leftInputSpec=[%s], rightInputSpec=[%s])",
			where, allNames(out.Columns), sideSpec(beforeExchange(n.Left), n.LeftUnique), sideSpec(beforeExchange(n.Right), n.RightUnique))
	case *DropUpdateBefore:
		return "DropUpdateBefore"
	case *Sink:
		text := "Sink(table=[" + n.Table.Name + "], fields=[" + allNames(out.Columns) + "]"
		if len(n.Enforce) > 0 {
			text += ", notNull=[" + columnNames(out.Columns, n.Enforce) + "]"
		}
		return text + ")"
	}
	return kindOf(n)
}

func sideSpec(keys [][]int, unique bool) string {
	switch {
	case unique:
		return "JoinKeyContainsUniqueKey"
	case len(keys) > 0:
		return "HasUniqueKey"
	}
	return "NoUniqueKey"
}

func selectText(exprs []Expr, in, out []types.Field) string {
	list := make([]string, len(exprs))
	for i, e := range exprs {
		list[i] = exprText(e, in)
		if list[i] != out[i].Name {
			list[i] += " AS " + out[i].Name
		}
	}
	return strings.Join(list, ", ")
}

var aggregateNames = [...]string{"COUNT", "SUM", "$SUM0", "AVG", "MIN", "MAX", "VAR_POP", "VAR_SAMP", "STDDEV_POP", "STDDEV_SAMP",
	"FIRST_VALUE", "LAST_VALUE", "SINGLE_VALUE", "LISTAGG", "ARRAY_AGG", "COLLECT", "JSON_ARRAYAGG", "JSON_OBJECTAGG", "PERCENTILE"}

func aggregateText(keys []int, aggs []Aggregate, in, out []types.Field, retracts bool) string {
	var list []string
	for _, k := range keys {
		list = append(list, in[k].Name)
	}
	for i, a := range aggs {
		name := aggregateNames[a.Func]
		if retracts && !a.NoRetract {
			name += "_RETRACT"
		}
		args := columnNames(in, a.Args)
		if len(a.Args) == 0 {
			args = "*"
		}
		if a.Distinct {
			args = "DISTINCT " + args
		}
		switch {
		case a.Func == ListAgg && a.Separator != ",":
			args += ", '" + a.Separator + "'"
		case a.Func == ArrayAgg && !a.Nulls:
			args += " IGNORE NULLS"
		case a.Func == JSONArrayAgg && a.Nulls:
			args += " NULL ON NULL"
		case a.Func == JSONObjectAgg && !a.Nulls:
			args += " ABSENT ON NULL"
		}
		item := name + "(" + args + ")"
		if a.Filter >= 0 {
			item += " FILTER " + in[a.Filter].Name
		}
		list = append(list, item+" AS "+out[len(keys)+i].Name)
	}
	return strings.Join(list, ", ")
}

// windowText writes a window: TUMBLE(time_col=[ts], size=[1 min]).
func windowText(w *Window, in []types.Field, end string) string {
	text := [...]string{"TUMBLE", "HOP", "CUMULATE"}[w.Kind] + "("
	switch {
	case end != "":
		text += "win_end=[" + end + "]"
	case w.Proctime:
		text += "time_col=[proctime]"
	default:
		text += "time_col=[" + in[w.Time].Name + "]"
	}
	size := "size"
	if w.Kind == Cumulate {
		size = "max_size"
	}
	text += ", " + size + "=[" + durationText(w.Size) + "]"
	switch w.Kind {
	case Hop:
		text += ", slide=[" + durationText(w.Slide) + "]"
	case Cumulate:
		text += ", step=[" + durationText(w.Slide) + "]"
	}
	if w.Offset != 0 {
		text += ", offset=[" + durationText(w.Offset) + "]"
	}
	return text + ")"
}

// durationText writes milliseconds in the greatest unit that divides them.
func durationText(ms int64) string {
	for _, u := range []struct {
		ms   int64
		name string
	}{{86_400_000, "d"}, {3_600_000, "h"}, {60_000, "min"}, {1000, "s"}} {
		if ms%u.ms == 0 {
			return fmt.Sprintf("%d %s", ms/u.ms, u.name)
		}
	}
	return fmt.Sprintf("%d ms", ms)
}

func columnNames(fields []types.Field, list []int) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = fields[c].Name
	}
	return strings.Join(names, ", ")
}

func allNames(fields []types.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// explain adds the plan of a statement as a Show step. The statement does not run.
func (s *scripting) explain(b *binder, x *sql.Explain) {
	var p *Pipeline
	switch stmt := x.Statement.(type) {
	case *sql.Query:
		r := b.query(stmt)
		if r == nil {
			return
		}
		p = s.plan(b, s.opts.DefaultName, []*sinkRel{{input: r, at: span(stmt)}})
	case *sql.Insert:
		p = s.explained(b, []*sql.Insert{stmt})
	case *sql.StatementSet:
		p = s.explained(b, stmt.Inserts)
	default:
		s.refuse(x, "EXPLAIN of this statement")
	}
	if p != nil {
		s.show(x, Explain(p))
	}
}

// explained plans INSERTs without taking a name from those that run.
func (s *scripting) explained(b *binder, inserts []*sql.Insert) *Pipeline {
	kept := s.names
	s.names = map[string]int{}
	defer func() { s.names = kept }()
	return s.pipeline(b, inserts)
}
