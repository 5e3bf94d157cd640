package twin

import (
	"errors"
	"fmt"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// accumulators are the states of the aggregates of one group.
type accumulators []*accumulator

func newAccumulators(aggs []plan.Aggregate, columns []types.Field, retracts bool) accumulators {
	as := make(accumulators, len(aggs))
	for i, a := range aggs {
		as[i] = &accumulator{
			plan: a, retracts: retracts && !a.NoRetract, sum: null, best: null,
			seen: map[string]int{}, values: map[string]types.Value{}, distinct: map[string]int{},
		}
		if a.Func == plan.Avg || a.Func == plan.Sum0 {
			as[i].sum = types.Value{}
		}
		for _, c := range a.Args {
			as[i].args = append(as[i].args, columns[c].Type)
		}
	}
	return as
}

// add counts a row in (sign 1) or out (-1).
func (as accumulators) add(row []types.Value, sign int) error {
	for _, a := range as {
		if a.plan.NoRetract && sign < 0 {
			continue // what it moves away from is no extreme any more
		}
		if f := a.plan.Filter; f >= 0 && !isTrue(row[f]) {
			continue
		}
		args := make([]types.Value, len(a.args))
		for i, c := range a.plan.Args {
			args[i] = row[c]
		}
		if a.plan.Distinct {
			k := key(a.args, args)
			before := a.distinct[k]
			if sign < 0 && before == 0 {
				continue
			}
			a.distinct[k] = before + sign
			if sign > 0 && before > 0 || sign < 0 && before > 1 {
				continue
			}
		}
		if err := a.add(args, sign); err != nil {
			return err
		}
	}
	return nil
}

func (as accumulators) values() ([]types.Value, error) {
	vs := make([]types.Value, len(as))
	for i, a := range as {
		v, err := a.value()
		if err != nil {
			return nil, err
		}
		vs[i] = v
	}
	return vs, nil
}

// accumulator is the state of one aggregate: what any function might need.
type accumulator struct {
	plan     plan.Aggregate
	args     []types.Type
	retracts bool
	count    int64       // of arguments that are not NULL
	sum      types.Value // of type sumType
	best     types.Value // MIN or MAX without retractions
	seen     map[string]int
	values   map[string]types.Value // of the keys of seen
	distinct map[string]int
}

// sumType is what is summed in: for an average of integers BIGINT, of decimals all
// digits there are; for a sum the result's type.
func (a *accumulator) sumType() types.Type {
	t := a.args[0]
	switch {
	case a.plan.Func != plan.Avg:
		return a.plan.Type
	case t.IsInteger():
		return types.TBigInt
	case t.Kind == types.Decimal:
		return types.TDecimal(38, int(t.Scale))
	}
	return t
}

func (a *accumulator) add(args []types.Value, sign int) error {
	for _, v := range args {
		if v.Null {
			return nil
		}
	}
	a.count += int64(sign)
	switch a.plan.Func {
	case plan.Count:
		return nil
	case plan.Sum, plan.Sum0, plan.Avg:
		return a.addSum(args[0], sign)
	case plan.Min, plan.Max:
		a.addBest(args[0], sign)
		return nil
	}
	return fmt.Errorf("the twin does not know aggregate %d", a.plan.Func)
}

// addSum adds or subtracts. A decimal sum that overflows is NULL; a SUM then begins
// anew with the next value, as Flink's does, an AVG stays NULL.
func (a *accumulator) addSum(v types.Value, sign int) error {
	t := a.sumType()
	v, err := castNumber(a.args[0], t, v)
	if err != nil {
		return err
	}
	switch {
	case sign > 0 && a.sum.Null && a.plan.Func != plan.Avg:
		a.sum = v
	case a.sum.Null && a.plan.Func == plan.Avg:
	case sign > 0:
		a.sum, err = calculate(plan.Add, t, t, t, a.sum, v)
	case a.sum.Null:
		a.sum, err = calculate(plan.Subtract, t, t, t, types.Value{}, v)
	default:
		a.sum, err = calculate(plan.Subtract, t, t, t, a.sum, v)
	}
	return err
}

func (a *accumulator) addBest(v types.Value, sign int) {
	if !a.retracts {
		if a.best.Null || a.better(v, a.best) {
			a.best = v
		}
		return
	}
	k := key(a.args, []types.Value{v})
	a.values[k] = v
	if a.seen[k] += sign; a.seen[k] == 0 {
		delete(a.seen, k)
	}
}

func (a *accumulator) better(v, than types.Value) bool {
	c := compare(a.args[0], a.args[0], v, than)
	return a.plan.Func == plan.Min && c == -1 || a.plan.Func == plan.Max && c == 1
}

func (a *accumulator) value() (types.Value, error) {
	switch a.plan.Func {
	case plan.Count:
		return types.Int64(a.count), nil
	case plan.Sum0:
		return a.sum, nil
	case plan.Sum:
		if a.count == 0 {
			return null, nil
		}
		return a.sum, nil
	case plan.Avg:
		if a.count == 0 || a.sum.Null {
			return null, nil
		}
		return a.average()
	case plan.Min, plan.Max:
		if !a.retracts {
			return a.best, nil
		}
		best := null
		for k := range a.seen {
			if v := a.values[k]; best.Null || a.better(v, best) {
				best = v
			}
		}
		return best, nil
	}
	return null, errors.New("no such aggregate")
}

// average divides as the operator / does for the sum's type: integers towards zero.
func (a *accumulator) average() (types.Value, error) {
	t := a.sumType()
	switch {
	case t.Kind == types.Double:
		return types.Float64(a.sum.F / float64(a.count)), nil
	case t.IsInteger():
		n, err := integers(plan.Divide, a.sum.I, a.count)
		return types.Int64(wrap(a.plan.Type.Kind, n)), err
	}
	d, err := exact(t, a.sum).div(exact(types.TBigInt, types.Int64(a.count)))
	if err != nil {
		return null, err
	}
	return d.value(a.plan.Type), nil
}

// groupAggregate is GROUP BY without a window.
//
//  1. A retraction of a group that does not exist is ignored.
//  2. The first row of a group gives +I.
//  3. A further row gives -U and +U, but nothing if no aggregate has changed.
//  4. When as many rows were taken back as were added, -D, and the group is forgotten.
type groupAggregate struct {
	plan   *plan.GroupAggregate
	groups map[string]*group
}

type group struct {
	count int
	accs  accumulators
	last  []types.Value // the aggregates as they were emitted
}

func (g *groupAggregate) watermark(*stage, int64) error { return nil }

func (g *groupAggregate) row(s *stage, _ int, r row) error {
	columns := g.plan.Input.Output().Columns
	k := keysOf(columns, g.plan.Keys, r.cols)
	st := g.groups[k]
	first, sign := st == nil, 1
	if r.kind.Retracts() {
		sign = -1
	}
	if first && sign < 0 {
		return nil
	}
	if first {
		st = &group{accs: newAccumulators(g.plan.Aggs, columns, g.plan.Retracts)}
		g.groups[k] = st
	}
	st.count += sign
	if err := st.accs.add(r.cols, sign); err != nil {
		return err
	}
	now, err := st.accs.values()
	if err != nil {
		return err
	}
	emit := func(kind vector.Kind, aggs []types.Value) error {
		var cols []types.Value
		for _, c := range g.plan.Keys {
			cols = append(cols, r.cols[c])
		}
		return s.emit(row{kind: kind, cols: append(cols, aggs...), group: s.run.next()})
	}
	last := st.last
	st.last = now
	switch {
	case first:
		return emit(vector.Insert, now)
	case st.count == 0:
		delete(g.groups, k)
		return emit(vector.Delete, last)
	case g.same(last, now):
		st.last = last
		return nil
	}
	if err := emit(vector.UpdateBefore, last); err != nil {
		return err
	}
	return emit(vector.UpdateAfter, now)
}

func (g *groupAggregate) same(a, b []types.Value) bool {
	for i, agg := range g.plan.Aggs {
		if a[i].Null != b[i].Null || !a[i].Null && compare(agg.Type, agg.Type, a[i], b[i]) != 0 {
			return false
		}
	}
	return true
}
