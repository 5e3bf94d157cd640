package twin

import (
	"slices"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// join is the inner equi-join.
//
//  1. A row is compared with all rows of the other side that have its key and are still
//     there, and gives a change of its own kind for each match.
//  2. An addition is kept: where its side has a unique key, it takes the place of the
//     row with that key. A retraction takes away one equal row, or the row with its
//     unique key.
//  3. A key with a NULL in it matches nothing.
type join struct {
	plan  *plan.Join
	sides [2]side
	in    int // the last group that came in, and what went out for it
	out   int
}

type side struct {
	keys    []int
	columns []types.Field
	unique  []int // nil: none
	rows    map[string][][]types.Value
}

func newJoin(n *plan.Join) *join {
	make := func(input plan.Node, keys []int) side {
		s := side{keys: keys, columns: input.Output().Columns, rows: map[string][][]types.Value{}}
		for _, u := range input.Output().UpsertKeys {
			if s.unique == nil || len(u) < len(s.unique) {
				s.unique = u
			}
		}
		return s
	}
	return &join{plan: n, sides: [2]side{make(n.Left, n.LeftKeys), make(n.Right, n.RightKeys)}}
}

func (j *join) watermark(*stage, int64) error { return nil }

func (j *join) row(s *stage, input int, r row) error {
	own, other := &j.sides[input], &j.sides[1-input]
	for _, c := range own.keys {
		if r.cols[c].Null {
			return nil
		}
	}
	k := keysOf(own.columns, own.keys, r.cols)
	own.store(k, r)
	if r.group != j.in || j.out == 0 {
		j.in, j.out = r.group, s.run.next()
	}
	for _, o := range other.rows[k] {
		joined := slices.Concat(r.cols, o)
		if input == 1 {
			joined = slices.Concat(o, r.cols)
		}
		if j.plan.Residual != nil {
			v, err := s.run.eval.eval(j.plan.Residual, joined)
			if err != nil {
				return err
			}
			if !isTrue(v) {
				continue
			}
		}
		if err := s.emit(row{kind: r.kind, cols: joined, group: j.out}); err != nil {
			return err
		}
	}
	return nil
}

// store keeps or forgets a row.
func (d *side) store(k string, r row) {
	rows := d.rows[k]
	all := make([]int, len(d.columns))
	for i := range all {
		all[i] = i
	}
	if d.unique != nil {
		all = d.unique
	}
	found := slices.IndexFunc(rows, func(o []types.Value) bool {
		return keysOf(d.columns, all, o) == keysOf(d.columns, all, r.cols)
	})
	switch {
	case r.kind.Retracts() && found >= 0:
		d.rows[k] = slices.Delete(slices.Clone(rows), found, found+1)
	case r.kind.Retracts():
	case d.unique != nil && found >= 0:
		rows[found] = r.cols
	default:
		d.rows[k] = append(rows, r.cols)
	}
}
