package plan

import (
	"tidemark.dev/types"
)

// children lists the direct sub-expressions.
func children(e Expr) []Expr {
	switch e := e.(type) {
	case *Cast:
		return []Expr{e.Arg}
	case *Logic:
		return e.Args
	case *Compare:
		return []Expr{e.L, e.R}
	case *IsTest:
		return []Expr{e.Arg}
	case *Arithmetic:
		return []Expr{e.L, e.R}
	case *TimeShift:
		return []Expr{e.Time, e.Interval}
	case *Case:
		list := make([]Expr, 0, 2*len(e.Whens)+1)
		for _, w := range e.Whens {
			list = append(list, w.If, w.Then)
		}
		if e.Else != nil {
			list = append(list, e.Else)
		}
		return list
	case *In:
		return []Expr{e.Arg}
	case *FieldOf:
		return []Expr{e.Arg}
	case *RowOf:
		return e.Args
	case *Call:
		return e.Args
	case *Negate:
		return []Expr{e.Arg}
	case *TimeDiff:
		return []Expr{e.L, e.R}
	case *Element:
		if e.Key == nil {
			return []Expr{e.Arg}
		}
		return []Expr{e.Arg, e.Key}
	case *ListOf:
		return e.Args
	}
	return nil
}

// mapChildren returns e with f applied to its direct sub-expressions: e itself if
// nothing changed.
func mapChildren(e Expr, f func(Expr) Expr) Expr {
	old := children(e)
	if len(old) == 0 {
		return e
	}
	new := make([]Expr, len(old))
	changed := false
	for i, c := range old {
		new[i] = f(c)
		changed = changed || new[i] != c
	}
	if !changed {
		return e
	}
	switch e := e.(type) {
	case *Cast:
		c := *e
		c.Arg = new[0]
		return &c
	case *Logic:
		c := *e
		c.Args = new
		return &c
	case *Compare:
		c := *e
		c.L, c.R = new[0], new[1]
		return &c
	case *IsTest:
		c := *e
		c.Arg = new[0]
		return &c
	case *Arithmetic:
		c := *e
		c.L, c.R = new[0], new[1]
		return &c
	case *TimeShift:
		c := *e
		c.Time, c.Interval = new[0], new[1]
		return &c
	case *Case:
		c := *e
		c.Whens = make([]When, len(e.Whens))
		for i := range e.Whens {
			c.Whens[i] = When{new[2*i], new[2*i+1]}
		}
		if e.Else != nil {
			c.Else = new[len(new)-1]
		}
		return &c
	case *In:
		c := *e
		c.Arg = new[0]
		return &c
	case *FieldOf:
		c := *e
		c.Arg = new[0]
		return &c
	case *RowOf:
		c := *e
		c.Args = new
		return &c
	case *Call:
		c := *e
		c.Args = new
		return &c
	case *Negate:
		c := *e
		c.Arg = new[0]
		return &c
	case *TimeDiff:
		c := *e
		c.L, c.R = new[0], new[1]
		return &c
	case *Element:
		c := *e
		c.Arg = new[0]
		if e.Key != nil {
			c.Key = new[1]
		}
		return &c
	case *ListOf:
		c := *e
		c.Args = new
		return &c
	}
	return e
}

// walk calls f for e and all below it, from above; f answers whether to go on below.
func walk(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, c := range children(e) {
		walk(c, f)
	}
}

// columnsOf adds the columns that e reads to set.
func columnsOf(e Expr, set map[int]bool) {
	walk(e, func(x Expr) bool {
		if c, ok := x.(*Column); ok {
			set[c.Index] = true
		}
		return true
	})
}

// substitute replaces each column by the expression of its number. A shared node stays
// shared, so that a chain of projections cannot explode.
func substitute(e Expr, by []Expr) Expr {
	done := map[Expr]Expr{}
	var replace func(Expr) Expr
	replace = func(x Expr) Expr {
		if c, ok := x.(*Column); ok {
			return by[c.Index]
		}
		if r, ok := done[x]; ok {
			return r
		}
		r := mapChildren(x, replace)
		done[x] = r
		return r
	}
	return replace(e)
}

// renumber replaces each column's number by that of to.
func renumber(e Expr, to map[int]int) Expr {
	done := map[Expr]Expr{}
	var replace func(Expr) Expr
	replace = func(x Expr) Expr {
		if c, ok := x.(*Column); ok {
			if to[c.Index] == c.Index {
				return c
			}
			n := *c
			n.Index = to[c.Index]
			return &n
		}
		if r, ok := done[x]; ok {
			return r
		}
		r := mapChildren(x, replace)
		done[x] = r
		return r
	}
	return replace(e)
}

// varies tells whether e may differ for equal input: then it is not folded, not
// copied and not moved.
func varies(e Expr) bool {
	found := false
	walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			found = found || x.Function.Varies
		case *Proctime:
			found = true
		}
		return !found
	})
	return found
}

// size counts the nodes of e, a shared one as often as it is reached, up to a limit.
func size(e Expr, limit int) int {
	n := 1
	for _, c := range children(e) {
		if n >= limit {
			return n
		}
		n += size(c, limit-n)
	}
	return n
}

// conjuncts splits a condition at its ANDs.
func conjuncts(e Expr, list []Expr) []Expr {
	if l, ok := e.(*Logic); ok && l.Op == And {
		for _, a := range l.Args {
			list = conjuncts(a, list)
		}
		return list
	}
	return append(list, e)
}

// all joins conditions with AND; nil of none.
func all(list []Expr) Expr {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	null := false
	for _, e := range list {
		null = null || !e.Type().NotNull
	}
	return &Logic{Typed{types.TBoolean.WithNull(null), list[0].Position()}, And, list}
}

// identityOf is the projection that changes nothing.
func identityOf(fields []types.Field) []Expr {
	list := make([]Expr, len(fields))
	for i, f := range fields {
		list[i] = columnAt(fields, i, f.Name)
	}
	return list
}

func columnAt(fields []types.Field, i int, name string) *Column {
	return &Column{Typed: Typed{T: fields[i].Type}, Index: i, Name: name}
}

// isIdentity tells whether a projection passes its input on unchanged.
func isIdentity(exprs []Expr, in []types.Field) bool {
	if len(exprs) != len(in) {
		return false
	}
	for i, e := range exprs {
		if c, ok := e.(*Column); !ok || c.Index != i {
			return false
		}
	}
	return true
}
