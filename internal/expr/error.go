package expr

import (
	"errors"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Error is the failure of an expression in one row of a batch: whoever owns the batch
// adds which record that is.
type Error struct {
	Row      int
	Expr     string  // the expression, as the plan prints it
	Pos      sql.Pos // where it stands in the script
	Reason   string  // "division by zero"
	Operands []string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Expr)
	b.WriteString(": ")
	b.WriteString(e.Reason)
	if len(e.Operands) > 0 {
		b.WriteString(" (operands: ")
		b.WriteString(strings.Join(e.Operands, ", "))
		b.WriteByte(')')
	}
	return b.String()
}

// fail gives the failure of a kernel the expression that it computes and the values
// of its operands.
func fail(e plan.Expr, err error, operands ...*vector.Vector) error {
	var row *function.RowError
	if !errors.As(err, &row) {
		return err
	}
	out := &Error{Row: row.Row, Expr: Text(e), Pos: e.Position(), Reason: row.Reason}
	for _, v := range operands {
		out.Operands = append(out.Operands, show(v, row.Row))
	}
	return out
}

// maxShown is how much of a text a message shows.
const maxShown = 64

func show(v *vector.Vector, row int) string {
	if row >= v.Len() {
		return "?"
	}
	return showValue(v.Type, v.Value(row))
}

func showValue(t types.Type, x types.Value) string {
	if x.Null {
		return "NULL"
	}
	s := textOf(t, x)
	if t.IsText() {
		if len(s) > maxShown {
			s = s[:maxShown] + "..."
		}
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}
