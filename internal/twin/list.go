package twin

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// Lists: the values of ARRAY, MAP and MULTISET.

// partsOf is how many values make an entry.
func partsOf(t types.Type) int {
	if t.Kind == types.Array {
		return 1
	}
	return 2
}

// partOf is the type of part i of an entry.
func partOf(t types.Type, i int) types.Type {
	switch {
	case t.Kind == types.Multiset && i == 1:
		return types.TInt
	case t.Kind == types.Map && i == 0:
		return *t.Key
	}
	return *t.Elem
}

// entries cuts a list into its entries.
func entries(t types.Type, v types.Value) [][]types.Value {
	var list [][]types.Value
	for n := partsOf(t); len(v.Elems) >= (len(list)+1)*n; {
		list = append(list, v.Elems[len(list)*n:(len(list)+1)*n])
	}
	return list
}

// sortedEntries are those of a MAP and a MULTISET in the order of their keys' texts: order means
// nothing there.
func sortedEntries(t types.Type, v types.Value) [][]types.Value {
	list := entries(t, v)
	if t.Kind == types.Array {
		return list
	}
	name := func(i int) string { return key([]types.Type{partOf(t, 0)}, list[i][:1]) }
	sort.SliceStable(list, func(i, j int) bool { return name(i) < name(j) })
	return list
}

// sameList tells whether two lists have the same entries; NULLs in them are equal.
func sameList(tl, tr types.Type, l, r types.Value) bool {
	a, b := sortedEntries(tl, l), sortedEntries(tr, r)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		for k := range a[i] {
			x, y := a[i][k], b[i][k]
			if x.Null != y.Null || !x.Null && compare(partOf(tl, k), partOf(tr, k), x, y) != 0 {
				return false
			}
		}
	}
	return true
}

// list builds an ARRAY or a MAP; of a key that comes twice the last entry counts.
func (e *evaluator) list(x *plan.ListOf, row []types.Value) (types.Value, error) {
	vs, err := e.all(x.Args, row)
	if err != nil {
		return null, err
	}
	if x.T.Kind != types.Map {
		return types.Value{Elems: vs}, nil
	}
	made := []types.Value{}
	for i := 0; i < len(vs); i += 2 {
		again := false
		for j := i + 2; j < len(vs); j += 2 {
			again = again || sameKey(*x.T.Key, vs[i], vs[j])
		}
		if !again {
			made = append(made, vs[i], vs[i+1])
		}
	}
	return types.Value{Elems: made}, nil
}

func sameKey(t types.Type, a, b types.Value) bool {
	return a.Null && b.Null || !a.Null && !b.Null && compare(t, t, a, b) == 0
}

func (e *evaluator) element(x *plan.Element, row []types.Value) (types.Value, error) {
	of, err := e.eval(x.Arg, row)
	if err != nil {
		return null, err
	}
	if x.Key == nil {
		switch {
		case of.Null || len(of.Elems) == 0:
			return null, nil
		case len(of.Elems) > 1:
			return null, errors.New("more than one element")
		}
		return of.Elems[0], nil
	}
	at, err := e.eval(x.Key, row)
	if err != nil || of.Null || at.Null {
		return null, err
	}
	t := x.Arg.Type()
	for i, entry := range entries(t, of) {
		if t.Kind == types.Array && at.I == int64(i+1) {
			return entry[0], nil
		}
		if t.Kind == types.Map && !entry[0].Null && compare(*t.Key, x.Key.Type(), entry[0], at) == 0 {
			return entry[1], nil
		}
	}
	return null, nil
}

// castList casts entry by entry.
func (e *evaluator) castList(from, to types.Type, v types.Value) (types.Value, error) {
	made := types.Value{Elems: []types.Value{}}
	for i, x := range v.Elems {
		part := i % partsOf(from)
		if !x.Null {
			var err error
			if x, err = e.cast(partOf(from, part), partOf(to, part), x); err != nil {
				return null, err
			}
		}
		made.Elems = append(made.Elems, x)
	}
	return made, nil
}

// listText is [a, b] or {k=v}.
func (e *evaluator) listText(t types.Type, v types.Value) (string, error) {
	var items []string
	for _, entry := range entries(t, v) {
		parts := make([]string, len(entry))
		for i, x := range entry {
			parts[i] = "NULL"
			if !x.Null {
				var err error
				if parts[i], err = e.text(partOf(t, i), x); err != nil {
					return "", err
				}
			}
		}
		items = append(items, strings.Join(parts, "="))
	}
	if t.Kind == types.Array {
		return "[" + strings.Join(items, ", ") + "]", nil
	}
	return "{" + strings.Join(items, ", ") + "}", nil
}

// intervalText is +Y-MM of months and +D HH:MM:SS.mmm of milliseconds.
func intervalText(t types.Type, n int64) string {
	sign := "+"
	if n < 0 {
		sign, n = "-", -n
	}
	if t.Kind == types.IntervalMonth {
		return fmt.Sprintf("%s%d-%02d", sign, n/12, n%12)
	}
	return fmt.Sprintf("%s%d %02d:%02d:%02d.%03d", sign, n/millisPerDay, n/3600000%24, n/60000%60, n/1000%60, n%1000)
}
