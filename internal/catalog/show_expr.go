package catalog

import (
	"strings"

	"tidemark.dev/internal/sql"
)

// exprText writes an expression as DESCRIBE and SHOW CREATE do: with no more parentheses
// than its operators need, where sql.Format has one pair for each.
func exprText(x sql.Expr) string {
	switch x := x.(type) {
	case *sql.Binary:
		p := precedence[x.Op]
		if p == 0 {
			break
		}
		return operand(x.L, p) + " " + string(x.Op) + " " + operand(x.R, p+1)
	case *sql.Call:
		if x.NoParens || x.Over != nil || x.Filter != nil || x.Quantifier != "" || len(x.OrderBy) > 0 || x.Special {
			break
		}
		args := make([]string, len(x.Args))
		for i, a := range x.Args {
			args[i] = exprText(a)
		}
		return joinName(x.Name) + "(" + strings.Join(args, ", ") + ")"
	case *sql.Cast:
		if x.Format == nil {
			return x.Func + "(" + exprText(x.X) + " AS " + sql.Format(x.Type) + ")"
		}
	case *sql.Case:
		if x.Operand != nil {
			break
		}
		text := "CASE"
		for _, w := range x.Whens {
			if len(w.Conditions) != 1 {
				return outer(sql.Format(x))
			}
			text += " WHEN " + exprText(w.Conditions[0]) + " THEN " + exprText(w.Result)
		}
		if x.Else != nil {
			text += " ELSE " + exprText(x.Else)
		} else {
			text += " ELSE NULL"
		}
		return text + " END"
	}
	return outer(sql.Format(x))
}

var precedence = map[sql.BinaryOp]int{
	sql.OpOr: 1, sql.OpAnd: 2,
	sql.OpEqual: 3, sql.OpNotEqual: 3, sql.OpLess: 3, sql.OpLessEqual: 3, sql.OpGreater: 3, sql.OpGreaterEqual: 3,
	sql.OpAdd: 4, sql.OpSubtract: 4, sql.OpMultiply: 5, sql.OpDivide: 5, sql.OpModulo: 5, sql.OpConcat: 5,
}

// operand puts parentheses around what binds less than its operator.
func operand(x sql.Expr, p int) string {
	text := exprText(x)
	if b, ok := x.(*sql.Binary); ok && precedence[b.Op] < p {
		return "(" + text + ")"
	}
	return text
}

// outer takes a pair of parentheses away that stands around all of a text.
func outer(text string) string {
	if !strings.HasPrefix(text, "(") || !strings.HasSuffix(text, ")") {
		return text
	}
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '`':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 && i < len(text)-1 {
				return text
			}
		}
	}
	return text[1 : len(text)-1]
}
