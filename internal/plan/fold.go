package plan

import (
	"tidemark.dev/function"
	"tidemark.dev/types"
)

// FoldFunc computes an expression without columns. An error leaves the expression as
// it is, to fail on the row that needs it, if one does.
type FoldFunc func(e Expr, env *function.Env) (types.Value, error)

// folder computes what is constant and simplifies logic.
type folder struct {
	fold FoldFunc
	env  *function.Env
	done map[Expr]Expr
}

// expr folds e.
func (f *folder) expr(e Expr) Expr { return unsigned(f.below(e)) }

// below folds e from below.
func (f *folder) below(e Expr) Expr {
	if r, ok := f.done[e]; ok {
		return r
	}
	r := mapChildren(e, f.below)
	if !constant(r) {
		r = mapChildren(r, unsigned)
	}
	r = f.simplify(r)
	f.done[e] = r
	return r
}

// unsigned takes the sign from a constant that is -0.0: Flink's planner holds what a
// constant expression comes to as a decimal number, which has no such zero.
func unsigned(e Expr) Expr {
	if l, ok := e.(*Literal); ok && (l.T.Kind == types.Double || l.T.Kind == types.Float) && l.Value.F == 0 && !l.Value.Null {
		return &Literal{l.Typed, types.Value{}}
	}
	return e
}

func (f *folder) simplify(e Expr) Expr {
	switch x := e.(type) {
	case *Column, *Literal, *Proctime, *RowOf, *ListOf:
		return e
	case *Logic:
		if e = simplifyLogic(x); e != Expr(x) {
			return e
		}
	case *Case:
		if e = simplifyCase(x); e != Expr(x) {
			return e
		}
	case *Cast:
		// A widening of a constant needs no evaluator.
		if v, ok := literalAs(x.Arg, x.T); ok && x.Implicit {
			return &Literal{Typed{x.T, x.Pos}, v}
		}
	case *Compare:
		// A column is what it is, NULL too.
		l, isColumn := x.L.(*Column)
		r, both := x.R.(*Column)
		if x.Op >= DistinctFrom && isColumn && both && l.Index == r.Index {
			return &Literal{x.Typed, types.Bool(x.Op == NotDistinctFrom)}
		}
	case *Arithmetic:
		if e = divisionByZero(x); e != Expr(x) {
			return e
		}
	case *IsTest:
		if x.Test == TestNull && x.Arg.Type().NotNull && !varies(x.Arg) {
			if _, bare := x.Arg.(*Column); bare {
				return &Literal{x.Typed, types.Bool(x.Neg)}
			}
		}
	}
	if f.fold == nil || !constant(e) {
		return e
	}
	v, err := f.fold(e, f.env)
	if err != nil {
		return e
	}
	t := e.Type()
	return &Literal{Typed{t, e.Position()}, v}
}

// divisionByZero makes a constant divided by the constant zero what fails in the row that needs
// it, as Flink fails while planning, though of columns it is Infinity or NaN.
func divisionByZero(x *Arithmetic) Expr {
	l, ok := x.L.(*Literal)
	r, fine := x.R.(*Literal)
	if x.Op != Divide || x.T.Kind < types.Float || !ok || !fine || l.Value.Null || r.Value.Null || r.Value.F != 0 {
		return x
	}
	t := types.TDecimal(1, 0).Required()
	one, zero := types.DecimalValue(types.Int128Of(1)), types.DecimalValue(types.Int128Of(0))
	fails := &Arithmetic{Typed{t, x.Pos}, Divide, &Literal{Typed{t, x.Pos}, one}, &Literal{Typed{t, x.Pos}, zero}}
	return &Cast{Typed: x.Typed, Arg: fails, Implicit: true}
}

// constant tells whether all operands are literals and the operation always gives the
// same.
func constant(e Expr) bool {
	if c, ok := e.(*Call); ok && c.Function.Varies {
		return false
	}
	for _, c := range children(e) {
		if _, ok := c.(*Literal); !ok {
			return false
		}
	}
	return true
}

func boolLiteral(e Expr) (value, null, ok bool) {
	l, ok := e.(*Literal)
	if !ok || l.T.Kind != types.Boolean {
		return false, false, false
	}
	return l.Value.I != 0, l.Value.Null, true
}

// simplifyLogic leaves out what decides nothing and stops at what decides all.
func simplifyLogic(l *Logic) Expr {
	if l.Op == Not {
		if v, null, ok := boolLiteral(l.Args[0]); ok {
			if null {
				return l.Args[0]
			}
			return &Literal{l.Typed, types.Bool(!v)}
		}
		return l
	}
	decides := l.Op == Or // TRUE decides an OR, FALSE an AND
	var args []Expr
	for _, a := range l.Args {
		v, null, ok := boolLiteral(a)
		switch {
		case ok && !null && v == decides:
			return &Literal{Typed{types.TBoolean.Required(), l.Pos}, types.Bool(decides)}
		case ok && !null:
			continue
		default:
			args = append(args, a)
		}
	}
	switch {
	case len(args) == len(l.Args):
		return l
	case len(args) == 0:
		return &Literal{Typed{types.TBoolean.Required(), l.Pos}, types.Bool(!decides)}
	case len(args) == 1:
		return args[0]
	}
	return &Logic{Typed{types.TBoolean.WithNull(nullable(args...)), l.Pos}, l.Op, args}
}

// simplifyCase leaves out branches whose condition is constant.
func simplifyCase(c *Case) Expr {
	var whens []When
	for _, w := range c.Whens {
		v, null, ok := boolLiteral(w.If)
		if !ok {
			whens = append(whens, w)
			continue
		}
		if null || !v {
			continue // never taken
		}
		if len(whens) == 0 {
			return retype(w.Then, c)
		}
		n := *c
		n.Whens, n.Else = whens, w.Then
		return &n
	}
	switch {
	case len(whens) == len(c.Whens):
		return c
	case len(whens) == 0:
		return retype(c.Else, c)
	}
	n := *c
	n.Whens = whens
	return &n
}

// retype gives the one result that is left the type the CASE had: only its
// nullability may differ.
func retype(e Expr, c *Case) Expr {
	if l, ok := e.(*Literal); ok {
		return &Literal{Typed{c.T.WithNull(l.Value.Null || !c.T.NotNull), l.Pos}, l.Value}
	}
	return e
}
