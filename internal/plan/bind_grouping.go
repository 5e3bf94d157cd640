package plan

import (
	"slices"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Grouping sets. GROUP BY lists elements, each a choice of sets of keys; the sets of all are
// every combination of one of each. More than one set is a grouping by all keys and the
// number of the set, over rows that come once per set with NULL for the keys that are not in
// it (Flink's Expand):
//
//	GROUP BY a, ROLLUP (b, c)   {a b c} {a b} {a}
//	GROUP BY CUBE (a, b)        {a b} {a} {b} {}
//
// A set that is listed twice gives its rows twice; GROUP_ID tells them apart.

// maxSets bounds the combinations.
const maxSets = 1024

// groupingSets are the keys of a GROUP BY and, where there is more than one, its sets.
type groupingSets struct {
	keys []Expr
	sets [][]int // indexes into keys, ascending; nil: all keys in one set
}

// groupKeys binds GROUP BY. Flink takes no aliases and no ordinals there.
func (b *binder) groupKeys(g *sql.GroupBy, s *scope) (groupingSets, bool) {
	if g.Quantifier == "DISTINCT" {
		b.refuse(g, "GROUP BY DISTINCT")
	}
	k := &keyBinder{binder: b, scope: s, place: map[string]int{}, ok: true}
	sets := [][]int{nil}
	for _, item := range g.Items {
		sets = k.cross(sets, k.item(item))
		if len(sets) > maxSets {
			b.errorf(g, "GROUP BY with more than %d grouping sets", maxSets)
			return groupingSets{}, false
		}
	}
	for i := range sets {
		slices.Sort(sets[i])
		sets[i] = slices.Compact(sets[i])
	}
	out := groupingSets{keys: k.keys, sets: sets}
	if len(sets) == 1 {
		out.sets = nil
	}
	return out, k.ok
}

type keyBinder struct {
	*binder
	scope *scope
	keys  []Expr
	place map[string]int // by digest
	ok    bool
}

// key binds a key expression and answers its number.
func (k *keyBinder) key(x sql.Expr) int {
	e := k.value(x, k.scope)
	k.ok = k.ok && !isBad(e)
	d := digest(e)
	if i, ok := k.place[d]; ok && !isBad(e) {
		return i
	}
	k.place[d] = len(k.keys)
	k.keys = append(k.keys, e)
	return len(k.keys) - 1
}

// all is one set of all expressions of an element.
func (k *keyBinder) all(list []sql.Expr) []int {
	var set []int
	for _, x := range list {
		set = append(set, k.key(x))
	}
	return set
}

// item lists the sets that an element of GROUP BY is a choice of.
func (k *keyBinder) item(item sql.GroupItem) [][]int {
	switch item.Kind {
	case sql.GroupingSets:
		var sets [][]int
		for _, x := range item.Sets {
			sets = append(sets, k.item(x)...)
		}
		return sets
	case sql.GroupRollup:
		sets := [][]int{nil}
		for _, x := range item.Sets {
			last := sets[len(sets)-1]
			sets = append(sets, append(slices.Clone(last), k.all(x.Exprs)...))
		}
		slices.Reverse(sets)
		return sets
	case sql.GroupCube:
		sets := [][]int{nil}
		for _, x := range slices.Backward(item.Sets) {
			if len(sets) > maxSets {
				break
			}
			sets = k.cross([][]int{k.all(x.Exprs), nil}, sets)
		}
		return sets
	}
	return [][]int{k.all(item.Exprs)}
}

func (k *keyBinder) cross(left, right [][]int) [][]int {
	var sets [][]int
	for _, l := range left {
		for _, r := range right {
			sets = append(sets, append(slices.Clone(l), r...))
		}
	}
	return sets
}

// everywhere tells whether a key is in all sets.
func (g *groupingSets) everywhere(key int) bool {
	for _, set := range g.sets {
		if !slices.Contains(set, key) {
			return false
		}
	}
	return true
}

// loose are the columns that keys read which are not in all sets: outside of aggregates
// they may be NULL.
func (g *groupingSets) loose() map[int]bool {
	loose := map[int]bool{}
	for i, k := range g.keys {
		if !g.everywhere(i) {
			columnsOf(k, loose)
		}
	}
	return loose
}

// expand repeats the rows of p for each set. It answers the relation and the places of the keys in
// it, the number of the set being the last; at are their places in p. Keys that a set may leave
// out are copied: aggregates see the column as it was.
func (g *groupingSets) expand(p *projectRel, at []int) (rel, []int) {
	copied := &projectRel{cols: slices.Clone(p.cols), input: p, exprs: identityOf(p.cols)}
	keys := slices.Clone(at)
	for i, k := range at {
		if g.everywhere(i) {
			continue
		}
		f := types.Field{Name: uniqueName(copied.cols, p.cols[k].Name), Type: p.cols[k].Type.Plain().Nullable()}
		keys[i] = len(copied.cols)
		copied.exprs = append(copied.exprs, implicit(columnAt(p.cols, k, p.cols[k].Name), f.Type))
		copied.cols = append(copied.cols, f)
	}
	number := types.Field{Name: uniqueName(copied.cols, "$e"), Type: types.TBigInt.Required()}
	e := &expandRel{cols: append(slices.Clone(copied.cols), number), input: copied}
	for _, set := range g.sets {
		var nulls []int
		for i, k := range keys {
			if !slices.Contains(set, i) {
				nulls = append(nulls, k)
			}
		}
		e.nulls = append(e.nulls, nulls)
	}
	return e, append(keys, len(e.cols)-1)
}

// setRef stands for a number that depends on the set alone, while items are bound.
type setRef struct {
	Typed
	ofSet []int64
}

var groupingFunctions = map[string]bool{"GROUPING": true, "GROUPING_ID": true, "GROUP_ID": true}

// groupingCall binds GROUPING and GROUPING_ID, a bit for each argument, the first the
// highest, that is 1 where the set does not have it; and GROUP_ID, how often the set was listed before.
func (b *binder) groupingCall(x *sql.Call, name string, s *scope) Expr {
	if s.grouped == nil || s.grouped.global || s.inAggregate {
		b.errorf(x, "%s operator may only occur in an aggregate query", name)
		return bad(x)
	}
	g := &s.grouped.groupingSets
	sets := g.sets
	if sets == nil {
		sets = [][]int{nil}
		for i := range g.keys {
			sets[0] = append(sets[0], i)
		}
	}
	if (name == "GROUP_ID") != (len(x.Args) == 0) || len(x.Args) > 62 {
		b.errorf(x, "Invalid number of arguments to function '%s'", name)
		return bad(x)
	}
	ref := &setRef{Typed{types.TBigInt.Required(), x.Pos()}, make([]int64, len(sets))}
	if name == "GROUP_ID" {
		for n, set := range sets {
			for _, before := range sets[:n] {
				if slices.Equal(before, set) {
					ref.ofSet[n]++
				}
			}
		}
	}
	for _, arg := range x.Args {
		key, ok := s.grouped.key(b.value(arg, s))
		if !ok {
			b.errorf(arg, "Argument to %s operator must be a grouped expression", name)
			return bad(x)
		}
		for n, set := range sets {
			ref.ofSet[n] <<= 1
			if !slices.Contains(set, key) {
				ref.ofSet[n]++
			}
		}
	}
	if g.sets == nil {
		return &Literal{ref.Typed, types.Int64(ref.ofSet[0])}
	}
	return ref
}

// resolve computes a setRef from the column that numbers the sets.
func (r *setRef) resolve(number *Column) Expr {
	same := true
	for _, v := range r.ofSet {
		same = same && v == r.ofSet[0]
	}
	last := &Literal{r.Typed, types.Int64(r.ofSet[len(r.ofSet)-1])}
	if same {
		return last
	}
	c := &Case{Typed: r.Typed, Else: last}
	for n, v := range r.ofSet {
		if v != last.Value.I {
			is := &Compare{Typed{types.TBoolean.Required(), r.Pos}, Equal, number, &Literal{number.Typed, types.Int64(int64(n))}}
			c.Whens = append(c.Whens, When{is, &Literal{r.Typed, types.Int64(v)}})
		}
	}
	return c
}
