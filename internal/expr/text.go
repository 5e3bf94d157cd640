package expr

import (
	"fmt"
	"strings"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// Text writes e as SQL, for messages: columns by name, literals as values.
func Text(e plan.Expr) string {
	var b strings.Builder
	write(&b, e)
	return b.String()
}

var compareText = [...]string{
	plan.Equal: "=", plan.NotEqual: "<>", plan.Less: "<", plan.LessEqual: "<=", plan.Greater: ">", plan.GreaterEqual: ">=",
	plan.DistinctFrom: "IS DISTINCT FROM", plan.NotDistinctFrom: "IS NOT DISTINCT FROM",
}

var arithmeticText = [...]string{plan.Add: "+", plan.Subtract: "-", plan.Multiply: "*", plan.Divide: "/", plan.Modulo: "%"}

func write(b *strings.Builder, e plan.Expr) {
	switch e := e.(type) {
	case nil:
		b.WriteString("NULL")
	case *plan.Column:
		if e.Name == "" {
			fmt.Fprintf(b, "$%d", e.Index)
			return
		}
		b.WriteString(e.Name)
	case *plan.Literal:
		b.WriteString(showValue(e.T, e.Value))
	case *plan.Cast:
		if e.Implicit {
			write(b, e.Arg)
			return
		}
		if e.Try {
			b.WriteString("TRY_")
		}
		b.WriteString("CAST(")
		write(b, e.Arg)
		fmt.Fprintf(b, " AS %v)", e.T.Nullable())
	case *plan.Logic:
		writeLogic(b, e)
	case *plan.Compare:
		infix(b, compareText[e.Op], e.L, e.R)
	case *plan.Arithmetic:
		infix(b, arithmeticText[e.Op], e.L, e.R)
	case *plan.TimeShift:
		op := "+"
		if e.Negate {
			op = "-"
		}
		infix(b, op, e.Time, e.Interval)
	case *plan.IsTest:
		write(b, e.Arg)
		b.WriteString(" IS ")
		if e.Neg {
			b.WriteString("NOT ")
		}
		b.WriteString([...]string{plan.TestNull: "NULL", plan.TestTrue: "TRUE", plan.TestFalse: "FALSE"}[e.Test])
	case *plan.Case:
		writeCase(b, e)
	case *plan.In:
		writeIn(b, e)
	case *plan.FieldOf:
		write(b, e.Arg)
		fmt.Fprintf(b, ".%s", e.Arg.Type().Fields[e.Index].Name)
	case *plan.RowOf:
		list(b, "ROW", e.Args)
	case *plan.Call:
		list(b, e.Function.Name, e.Args)
	case *plan.Proctime:
		b.WriteString("PROCTIME()")
	case *plan.Negate:
		b.WriteString("-")
		write(b, e.Arg)
	case *plan.TimeDiff:
		infix(b, "-", e.L, e.R)
	case *plan.Element:
		write(b, e.Arg)
		b.WriteByte('[')
		write(b, e.Key)
		b.WriteByte(']')
	case *plan.ListOf:
		list(b, e.T.Kind.String(), e.Args)
	default:
		fmt.Fprintf(b, "%T", e)
	}
}

func infix(b *strings.Builder, op string, l, r plan.Expr) {
	b.WriteByte('(')
	write(b, l)
	b.WriteString(" " + op + " ")
	write(b, r)
	b.WriteByte(')')
}

func list(b *strings.Builder, name string, args []plan.Expr) {
	b.WriteString(name + "(")
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		write(b, a)
	}
	b.WriteByte(')')
}

func writeLogic(b *strings.Builder, e *plan.Logic) {
	if e.Op == plan.Not {
		b.WriteString("NOT ")
		write(b, e.Args[0])
		return
	}
	b.WriteByte('(')
	for i, a := range e.Args {
		if i > 0 {
			b.WriteString([...]string{plan.And: " AND ", plan.Or: " OR "}[e.Op])
		}
		write(b, a)
	}
	b.WriteByte(')')
}

func writeCase(b *strings.Builder, e *plan.Case) {
	b.WriteString("CASE")
	for _, w := range e.Whens {
		b.WriteString(" WHEN ")
		write(b, w.If)
		b.WriteString(" THEN ")
		write(b, w.Then)
	}
	b.WriteString(" ELSE ")
	write(b, e.Else)
	b.WriteString(" END")
}

// maxListed is how many members of a list a message shows.
const maxListed = 5

func writeIn(b *strings.Builder, e *plan.In) {
	write(b, e.Arg)
	if e.Neg {
		b.WriteString(" NOT")
	}
	b.WriteString(" IN (")
	for i, x := range e.List {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == maxListed {
			b.WriteString("...")
			break
		}
		b.WriteString(showValue(e.Arg.Type(), x))
	}
	b.WriteByte(')')
}

func textOf(t types.Type, x types.Value) string { return string(types.AppendText(nil, x, t)) }
