package plan

import (
	"fmt"
	"strconv"
	"strings"

	"tidemark.dev/types"
)

// exprText writes an expression as EXPLAIN shows it: columns by name, operators between
// their operands as in Flink's execution plan.
func exprText(e Expr, in []types.Field) string {
	w := writer{columns: func(c *Column) string {
		if c.Index < len(in) {
			return in[c.Index].Name
		}
		return "$" + strconv.Itoa(c.Index)
	}}
	w.expr(e)
	return w.b.String()
}

// digest writes an expression canonically: columns by number, every type written out.
// Equal digests are equal expressions.
func digest(e Expr) string {
	w := writer{columns: func(c *Column) string { return "$" + strconv.Itoa(c.Index) }, types: true}
	w.expr(e)
	return w.b.String()
}

type writer struct {
	b       strings.Builder
	columns func(*Column) string
	types   bool
}

var compareText = [...]string{"=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"}
var arithmeticText = [...]string{"+", "-", "*", "/", "%"}
var testText = [...]string{"NULL", "TRUE", "FALSE"}

func (w *writer) put(parts ...string) {
	for _, p := range parts {
		w.b.WriteString(p)
	}
}

func (w *writer) list(args []Expr, between string) {
	for i, a := range args {
		if i > 0 {
			w.put(between)
		}
		w.expr(a)
	}
}

func (w *writer) expr(e Expr) {
	if w.types {
		defer func() { w.put(":", e.Type().Describe()) }()
	}
	switch e := e.(type) {
	case *Column:
		w.put(w.columns(e))
	case *Literal:
		w.put(literalText(e.Value, e.T))
	case *Cast:
		name := "CAST("
		if e.Try {
			name = "TRY_CAST("
		}
		w.put(name)
		w.expr(e.Arg)
		w.put(" AS ", e.T.Nullable().String(), ")")
	case *Logic:
		switch e.Op {
		case Not:
			w.put("NOT(")
			w.expr(e.Args[0])
		case And:
			w.put("(")
			w.list(e.Args, " AND ")
		case Or:
			w.put("(")
			w.list(e.Args, " OR ")
		}
		w.put(")")
	case *Compare:
		w.put("(")
		w.expr(e.L)
		w.put(" ", compareText[e.Op], " ")
		w.expr(e.R)
		w.put(")")
	case *IsTest:
		w.expr(e.Arg)
		w.put(" IS ")
		if e.Neg {
			w.put("NOT ")
		}
		w.put(testText[e.Test])
	case *Arithmetic:
		w.put("(")
		w.expr(e.L)
		w.put(" ", arithmeticText[e.Op], " ")
		w.expr(e.R)
		w.put(")")
	case *TimeShift:
		w.put("(")
		w.expr(e.Time)
		if e.Negate {
			w.put(" - ")
		} else {
			w.put(" + ")
		}
		w.expr(e.Interval)
		w.put(")")
	case *Case:
		w.put("CASE(")
		for _, when := range e.Whens {
			w.expr(when.If)
			w.put(", ")
			w.expr(when.Then)
			w.put(", ")
		}
		if e.Else != nil {
			w.expr(e.Else)
		} else {
			w.put("NULL")
		}
		w.put(")")
	case *In:
		w.expr(e.Arg)
		if e.Neg {
			w.put(" NOT")
		}
		w.put(" IN (")
		for i, v := range e.List {
			if i > 0 {
				w.put(", ")
			}
			w.put(literalText(v, e.Arg.Type()))
		}
		if e.NullInList {
			w.put(", NULL")
		}
		w.put(")")
	case *FieldOf:
		w.expr(e.Arg)
		w.put(".", e.Arg.Type().Fields[e.Index].Name)
	case *RowOf:
		w.put("ROW(")
		w.list(e.Args, ", ")
		w.put(")")
	case *Call:
		w.put(e.Function.Name, "(")
		w.list(e.Args, ", ")
		w.put(")")
	case *Proctime:
		w.put("PROCTIME()")
	case *Negate:
		w.put("-(")
		w.expr(e.Arg)
		w.put(")")
	case *TimeDiff:
		w.put("(")
		w.expr(e.L)
		w.put(" - ")
		w.expr(e.R)
		w.put(")")
	case *Element:
		w.put("ELEMENT(")
		w.list(children(e), ", ")
		w.put(")")
	case *ListOf:
		w.put("LIST(")
		w.list(e.Args, ", ")
		w.put(")")
	case *setRef:
		w.put("set", fmt.Sprint(e.ofSet))
	case *aggregateRef:
		w.put("agg", strconv.Itoa(e.index))
	default:
		w.put("?")
	}
}

// literalText writes a constant as SQL would, for messages and plans.
func literalText(v types.Value, t types.Type) string {
	if v.Null {
		return "null:" + t.Nullable().String()
	}
	switch t.Kind {
	case types.IntervalDay:
		return strconv.FormatInt(v.I, 10) + ":INTERVAL SECOND"
	case types.IntervalMonth:
		return strconv.FormatInt(v.I, 10) + ":INTERVAL MONTH"
	case types.Timestamp, types.TimestampLTZ, types.Date, types.Time:
		return string(types.AppendCast(nil, v, t, types.UTC))
	case types.Char, types.VarChar:
		return "'" + strings.ReplaceAll(v.S, "'", "''") + "'"
	case types.Binary, types.VarBinary:
		const digits = "0123456789ABCDEF"
		var b strings.Builder
		for i := 0; i < len(v.S); i++ {
			b.WriteByte(digits[v.S[i]>>4])
			b.WriteByte(digits[v.S[i]&15])
		}
		return "X'" + b.String() + "'"
	}
	return string(types.AppendText(nil, v, t))
}
