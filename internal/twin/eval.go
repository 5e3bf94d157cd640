package twin

import (
	"errors"
	"fmt"
	"math"
	"time"

	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// evaluator computes bound expressions over one row.
type evaluator struct {
	zone *time.Location
	now  time.Time // what CURRENT_TIMESTAMP and PROCTIME() answer
}

// RowError is a failure of one row's expression, which fails the pipeline.
type RowError struct {
	Expr plan.Expr
	Err  error
}

func (e *RowError) Error() string {
	p := e.Expr.Position()
	return fmt.Sprintf("%d:%d: %v", p.Line, p.Column, e.Err)
}

func (e *RowError) Unwrap() error { return e.Err }

// eval computes x over a row; its error is a *RowError for the innermost expression
// that failed.
func (e *evaluator) eval(x plan.Expr, row []types.Value) (types.Value, error) {
	v, err := e.compute(x, row)
	var inner *RowError
	if err != nil && !errors.As(err, &inner) {
		err = &RowError{x, err}
	}
	return v, err
}

func (e *evaluator) compute(x plan.Expr, row []types.Value) (types.Value, error) {
	switch x := x.(type) {
	case *plan.Column:
		return row[x.Index], nil
	case *plan.Literal:
		return x.Value, nil
	case *plan.Proctime:
		return momentValue(e.now), nil
	case *plan.Cast:
		return e.computeCast(x, row)
	case *plan.Logic:
		return e.logic(x, row)
	case *plan.Compare:
		return e.compare(x, row)
	case *plan.IsTest:
		return e.test(x, row)
	case *plan.Arithmetic:
		return e.arithmetic(x, row)
	case *plan.Negate:
		return e.negate(x, row)
	case *plan.TimeShift:
		return e.shift(x, row)
	case *plan.TimeDiff:
		return e.difference(x, row)
	case *plan.Case:
		for _, w := range x.Whens {
			if c, err := e.eval(w.If, row); err != nil {
				return null, err
			} else if isTrue(c) {
				return e.eval(w.Then, row)
			}
		}
		if x.Else == nil {
			return null, nil
		}
		return e.eval(x.Else, row)
	case *plan.In:
		return e.in(x, row)
	case *plan.FieldOf:
		v, err := e.eval(x.Arg, row)
		if err != nil || v.Null {
			return null, err
		}
		return v.Elems[x.Index], nil
	case *plan.RowOf:
		vs, err := e.all(x.Args, row)
		return types.Value{Elems: vs}, err
	case *plan.Call:
		return e.call(x, row)
	case *plan.ListOf:
		return e.list(x, row)
	case *plan.Element:
		return e.element(x, row)
	}
	return null, fmt.Errorf("the twin does not know %T", x)
}

func (e *evaluator) all(xs []plan.Expr, row []types.Value) ([]types.Value, error) {
	vs := make([]types.Value, len(xs))
	for i, x := range xs {
		v, err := e.eval(x, row)
		if err != nil {
			return nil, err
		}
		vs[i] = v
	}
	return vs, nil
}

func (e *evaluator) computeCast(x *plan.Cast, row []types.Value) (types.Value, error) {
	v, err := e.eval(x.Arg, row)
	if err != nil || v.Null {
		return null, err
	}
	r, err := e.cast(x.Arg.Type(), x.T, v)
	if fails := (errCast{}); x.Try && errors.As(err, &fails) {
		return null, nil
	}
	return r, err
}

// logic looks at its arguments from the left and stops at the first that decides.
func (e *evaluator) logic(x *plan.Logic, row []types.Value) (types.Value, error) {
	if x.Op == plan.Not {
		v, err := e.eval(x.Args[0], row)
		if err != nil || v.Null {
			return null, err
		}
		return truth(v.I == 0), nil
	}
	decides := x.Op == plan.Or
	result := truth(!decides)
	for _, a := range x.Args {
		v, err := e.eval(a, row)
		if err != nil {
			return null, err
		}
		if v.Null {
			result = null
		} else if (v.I != 0) == decides {
			return truth(decides), nil
		}
	}
	return result, nil
}

func (e *evaluator) compare(x *plan.Compare, row []types.Value) (types.Value, error) {
	l, err := e.eval(x.L, row)
	if err != nil {
		return null, err
	}
	r, err := e.eval(x.R, row)
	if err != nil {
		return null, err
	}
	if x.Op == plan.DistinctFrom || x.Op == plan.NotDistinctFrom {
		same := l.Null && r.Null || !l.Null && !r.Null && compare(x.L.Type(), x.R.Type(), l, r) == 0
		return truth(same == (x.Op == plan.NotDistinctFrom)), nil
	}
	if l.Null || r.Null {
		return null, nil
	}
	c := compare(x.L.Type(), x.R.Type(), l, r)
	switch x.Op {
	case plan.Equal:
		return truth(c == 0), nil
	case plan.NotEqual:
		return truth(c != 0), nil
	case plan.Less:
		return truth(c == -1), nil
	case plan.LessEqual:
		return truth(c == -1 || c == 0), nil
	case plan.Greater:
		return truth(c == 1), nil
	}
	return truth(c == 1 || c == 0), nil
}

func (e *evaluator) test(x *plan.IsTest, row []types.Value) (types.Value, error) {
	v, err := e.eval(x.Arg, row)
	if err != nil {
		return null, err
	}
	var is bool
	switch x.Test {
	case plan.TestNull:
		is = v.Null
	case plan.TestTrue:
		is = !v.Null && v.I != 0
	case plan.TestFalse:
		is = !v.Null && v.I == 0
	}
	return truth(is != x.Neg), nil
}

// arithmetic: integers wrap, doubles follow IEEE 754, decimals are computed exactly
// and then fitted to the result's type.
func (e *evaluator) arithmetic(x *plan.Arithmetic, row []types.Value) (types.Value, error) {
	l, err := e.eval(x.L, row)
	if err != nil {
		return null, err
	}
	r, err := e.eval(x.R, row)
	if err != nil || l.Null || r.Null {
		return null, err
	}
	return calculate(x.Op, x.T, x.L.Type(), x.R.Type(), l, r)
}

func calculate(op plan.ArithmeticOp, t, tl, tr types.Type, l, r types.Value) (types.Value, error) {
	switch {
	case tl.Kind == types.Double && tr.Kind == types.Double:
		return types.Float64(floats(op, l.F, r.F)), nil
	case t.Kind == types.Float || t.Kind == types.Double && tl.Kind >= types.Float && tr.Kind >= types.Float:
		f := floats(op, l.F, r.F)
		if t.Kind == types.Float {
			f = float64(float32(f)) // rounding twice is harmless: 53 > 2*24+1
		}
		return types.Float64(f), nil
	case t.Kind == types.IntervalDay || t.Kind == types.IntervalMonth:
		n, err := integers(op, l.I, r.I)
		return types.Int64(wrap(t.Kind, n)), err
	case tl.IsInteger() && tr.IsInteger() && t.IsInteger():
		n, err := integers(op, l.I, r.I)
		return types.Int64(wrap(t.Kind, n)), err
	case t.Kind == types.Decimal || tl.Kind == types.Decimal && tr.Kind == types.Decimal:
		a, b := exact(tl, l), exact(tr, r)
		var d decimal
		var err error
		switch op {
		case plan.Add:
			d = a.add(b)
		case plan.Subtract:
			d = a.add(b.neg())
		case plan.Multiply:
			d = a.mul(b)
		case plan.Divide:
			d, err = a.div(b)
		case plan.Modulo:
			d, err = a.mod(b)
		}
		if err != nil {
			return null, err
		}
		return d.value(t), nil
	}
	return null, fmt.Errorf("the twin knows no arithmetic of %s and %s to %s", tl, tr, t)
}

func floats(op plan.ArithmeticOp, l, r float64) float64 {
	switch op {
	case plan.Add:
		return l + r
	case plan.Subtract:
		return l - r
	case plan.Multiply:
		return l * r
	case plan.Divide:
		return l / r
	}
	return math.Mod(l, r)
}

func integers(op plan.ArithmeticOp, l, r int64) (int64, error) {
	switch op {
	case plan.Add:
		return l + r, nil
	case plan.Subtract:
		return l - r, nil
	case plan.Multiply:
		return l * r, nil
	}
	if r == 0 {
		return 0, errZeroDivide
	}
	if op == plan.Divide {
		return l / r, nil
	}
	return l % r, nil
}

func (e *evaluator) negate(x *plan.Negate, row []types.Value) (types.Value, error) {
	v, err := e.eval(x.Arg, row)
	if err != nil || v.Null {
		return null, err
	}
	switch x.T.Kind {
	case types.Double, types.Float:
		return types.Float64(-v.F), nil
	case types.Decimal:
		return exact(x.T, v).neg().value(x.T), nil
	}
	return types.Int64(wrap(x.T.Kind, -v.I)), nil
}

// difference of two points in time, in milliseconds or whole months: a month is whole
// when the day and the time of day are reached again.
func (e *evaluator) difference(x *plan.TimeDiff, row []types.Value) (types.Value, error) {
	vs, err := e.all([]plan.Expr{x.L, x.R}, row)
	if err != nil || vs[0].Null || vs[1].Null {
		return null, err
	}
	l, r := pointIn(x.L.Type(), vs[0]), pointIn(x.R.Type(), vs[1])
	if x.T.Kind == types.IntervalDay {
		return types.Int64(l.UnixMilli() - r.UnixMilli()), nil
	}
	sign := int64(1)
	if l.Before(r) {
		l, r, sign = r, l, -1
	}
	months := 0
	for !addMonths(r, months+1).After(l) {
		months++
	}
	return types.Int64(sign * int64(months)), nil
}

// shift adds an interval. Months are added to the local date for a TIMESTAMP, and to
// the date in UTC for a TIMESTAMP_LTZ.
func (e *evaluator) shift(x *plan.TimeShift, row []types.Value) (types.Value, error) {
	t, err := e.eval(x.Time, row)
	if err != nil {
		return null, err
	}
	i, err := e.eval(x.Interval, row)
	if err != nil || t.Null || i.Null {
		return null, err
	}
	n := i.I
	if x.Negate {
		n = -n
	}
	months := x.Interval.Type().Kind == types.IntervalMonth
	switch x.T.Kind {
	case types.Date:
		if months {
			return dateValue(addMonths(pointIn(x.T, t), int(n))), nil
		}
		return types.Int64(t.I + n/millisPerDay), nil
	case types.Time:
		if months {
			return t, nil
		}
		return types.Int64(((t.I+n)%millisPerDay + millisPerDay) % millisPerDay), nil
	}
	if months {
		return momentValue(addMonths(moment(t), int(n))), nil
	}
	ms := millis(t)
	rest := moment(t).Sub(time.UnixMilli(ms))
	return momentValue(time.UnixMilli(ms + n).Add(rest)), nil
}

// in is an OR of equalities.
func (e *evaluator) in(x *plan.In, row []types.Value) (types.Value, error) {
	v, err := e.eval(x.Arg, row)
	if err != nil || v.Null {
		return null, err
	}
	found := false
	for _, w := range x.List {
		found = found || compare(x.Arg.Type(), x.Arg.Type(), v, w) == 0
	}
	if !found && x.NullInList {
		return null, nil
	}
	return truth(found != x.Neg), nil
}

// Fold computes a constant expression: a plan.FoldFunc, so that a script can be planned
// without anything of the engine's computing.
func Fold(x plan.Expr, env *function.Env) (types.Value, error) {
	e := &evaluator{zone: time.UTC, now: time.UnixMicro(env.Now).UTC()}
	if env.Zone != nil {
		zone, err := loadZone(env.Zone.String())
		if err != nil {
			return null, err
		}
		e.zone = zone
	}
	return e.eval(x, nil)
}
