package expr

import (
	"tidemark.dev/internal/plan"
	"tidemark.dev/vector"
)

// memo computes a subtree that stands in several places of a tree once: a plan shares
// nodes (COALESCE asks an argument for NULL and then answers it), so its expressions
// are graphs. The result serves every later place that asks for no other rows.
type memo struct {
	of  node
	run *run
	all bool
	sel []int32 // a copy: selections are scratch
	v   *vector.Vector
}

// sharedNodes are the operations that are reached more than once from es.
func sharedNodes(es ...plan.Expr) map[plan.Expr]bool {
	seen, shared := map[plan.Expr]bool{}, map[plan.Expr]bool{}
	var visit func(e plan.Expr)
	visit = func(e plan.Expr) {
		switch e.(type) {
		case *plan.Column, *plan.Literal, *plan.Proctime:
			return
		}
		if seen[e] {
			shared[e] = true
			return
		}
		seen[e] = true
		for _, kid := range children(e) {
			if kid != nil {
				visit(kid)
			}
		}
	}
	for _, e := range es {
		visit(e)
	}
	return shared
}

func (m *memo) eval(x *run, sel []int32) (*vector.Vector, error) {
	if m.run == x && (m.all || sel != nil && within(sel, m.sel)) {
		return m.v, nil
	}
	v, err := m.of.eval(x, sel)
	if err != nil {
		return nil, err
	}
	m.run, m.v, m.all = x, v, sel == nil
	m.sel = append(m.sel[:0], sel...)
	return v, nil
}

// forget lets go of the last batch.
func (m *memo) forget() { m.run, m.v = nil, nil }

// within tells whether every row of sel is in of; both ascend.
func within(sel, of []int32) bool {
	k := 0
	for _, i := range sel {
		for k < len(of) && of[k] < i {
			k++
		}
		if k == len(of) || of[k] != i {
			return false
		}
		k++
	}
	return true
}
