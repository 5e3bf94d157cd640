package op

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tidemark.dev/connector"
	"tidemark.dev/function"
	"tidemark.dev/internal/flow"
	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var groupInput = []types.Field{{Name: "k", Type: types.TBigInt}, {Name: "v", Type: types.TBigInt}}

// groupNode is a GROUP BY k of some of the aggregates below.
func groupNode(funcs []plan.AggregateFunc, before bool) *plan.GroupAggregate {
	in := &plan.Scan{Edge: plan.Edge{Columns: groupInput}}
	ex := &plan.Exchange{Edge: plan.Edge{Columns: groupInput, Spread: plan.Spread{Kind: plan.SpreadHash, Keys: []int{0}}}, Input: in}
	n := &plan.GroupAggregate{Input: ex, Keys: []int{0}, Retracts: true}
	n.Kinds = connector.KindSet(1<<vector.Insert | 1<<vector.UpdateAfter | 1<<vector.Delete)
	if before {
		n.Kinds |= 1 << vector.UpdateBefore
	}
	n.Columns = []types.Field{groupInput[0]}
	list := types.TBigInt
	for i, f := range funcs {
		a := plan.Aggregate{Func: f, Filter: -1, Type: types.TBigInt, Name: fmt.Sprint("a", i), Args: []int{1}}
		switch f {
		case plan.Count:
			a.Args = nil
		case plan.ArrayAgg:
			a.Nulls, a.Type = true, types.Type{Kind: types.Array, Elem: &list}
		}
		n.Aggs = append(n.Aggs, a)
		n.Columns = append(n.Columns, types.Field{Name: a.Name, Type: a.Type})
	}
	return n
}

// aggregated is what a function comes to for the values of a group; nil stands for NULL.
func aggregated(f plan.AggregateFunc, values []*int64) string {
	var given []int64
	var all []string
	for _, v := range values {
		if v == nil {
			all = append(all, "null")
			continue
		}
		given = append(given, *v)
		all = append(all, fmt.Sprint(*v))
	}
	switch {
	case f == plan.Count:
		return fmt.Sprint(len(values))
	case f == plan.ArrayAgg:
		return "[" + strings.Join(all, ", ") + "]"
	case len(given) == 0:
		return "null"
	case f == plan.Sum:
		sum := int64(0)
		for _, v := range given {
			sum += v
		}
		return fmt.Sprint(sum)
	case f == plan.Max:
		return fmt.Sprint(slices.Max(given))
	case f == plan.FirstValue:
		return fmt.Sprint(given[0])
	}
	return fmt.Sprint(given[len(given)-1])
}

// TestGroupChanges compares the changes of random batches, worked off in pieces, with those of a
// map of lists, change by change.
func TestGroupChanges(t *testing.T) {
	all := []plan.AggregateFunc{plan.Count, plan.Sum, plan.Max, plan.ArrayAgg, plan.FirstValue, plan.LastValue}
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 2))
		funcs := slices.Clone(all)
		random.Shuffle(len(funcs), func(i, j int) { funcs[i], funcs[j] = funcs[j], funcs[i] })
		funcs = funcs[:1+random.IntN(len(funcs))]
		before := random.IntN(2) == 0
		node := groupNode(funcs, before)
		g, err := NewGroupAggregate(node)
		if err != nil {
			t.Fatal(err)
		}
		account := memory.NewAccount("test", 0, nil)
		store := state.NewStore(account)
		ctx := &flow.Context{Operator: "g", Tasks: 1, Store: store, Memory: account, Env: &function.Env{}, Count: &flow.Counters{}}
		if err := g.Open(ctx); err != nil {
			t.Fatal(err)
		}
		var got, want []string
		out := flow.NewOutput(func(it flow.Item) {
			it.Batch.Rows(func(row int) {
				s := it.Batch.KindOf(row).String()
				for c, col := range it.Batch.Cols {
					s += " " + string(types.AppendText(nil, col.Value(row), node.Columns[c].Type))
				}
				got = append(got, s)
			})
		})
		groups := map[int64][]*int64{}
		for range 1 + random.IntN(6) {
			n := 1 + random.IntN(200)
			k, v := vector.New(types.TBigInt, n), vector.New(types.TBigInt, n)
			b := vector.NewBatch(n, k, v)
			b.Kinds = make([]vector.Kind, n)
			var sel []int32
			for i := range n {
				key, value := random.Int64N(4), random.Int64N(5)
				x := &value
				if random.IntN(6) == 0 {
					x = nil
				}
				if list := groups[key]; len(list) > 0 && random.IntN(2) == 0 {
					b.Kinds[i], x = vector.Delete, list[random.IntN(len(list))]
				}
				k.Int64s()[i] = key
				if x == nil {
					v.SetNull(i)
				} else {
					v.Int64s()[i] = *x
				}
				if random.IntN(8) == 0 {
					continue
				}
				sel = append(sel, int32(i))
				was := groups[key]
				is := append(slices.Clone(was), x)
				if b.Kinds[i] == vector.Delete {
					at := slices.IndexFunc(was, func(y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) })
					is = slices.Delete(slices.Clone(was), at, at+1)
				}
				groups[key] = is
				want = append(want, changesOf(key, was, is, funcs, before)...)
			}
			if b.Sel = sel; len(sel) == 0 {
				continue
			}
			if random.IntN(2) == 0 {
				keys := *g.encoder.Encode(b.Cols[:1], sel, n)
				g.Keys(&state.Keys{Data: slices.Clone(keys.Data), At: slices.Clone(keys.At), Hash: slices.Clone(keys.Hash)})
			}
			g.Rows(0, b)
			for done := false; !done; {
				g.piece = 1 + random.IntN(50)
				q := flow.CountedQuantum(random.IntN(3))
				status, err := g.Step(out, &q)
				if err != nil {
					t.Fatal(err)
				}
				done = status == flow.Done
			}
		}
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("seed %d, %v, -U %t: change %d is\n%v\nwant\n%v", seed, funcs, before, i, got[min(i, len(got)):], want[min(i, len(want)):])
			}
		}
		store.Close()
	}
}

// changesOf is what Flink makes of one row.
func changesOf(key int64, was, is []*int64, funcs []plan.AggregateFunc, before bool) (changes []string) {
	text := func(kind string, values []*int64) string {
		s := fmt.Sprint(kind, " ", key)
		for _, f := range funcs {
			s += " " + aggregated(f, values)
		}
		return s
	}
	switch {
	case len(was) == 0:
		return []string{text("+I", is)}
	case len(is) == 0:
		return []string{text("-D", was)}
	case text("", was) == text("", is):
		return nil
	case before:
		return []string{text("-U", was), text("+U", is)}
	}
	return []string{text("+U", is)}
}
