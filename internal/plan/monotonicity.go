package plan

import (
	"tidemark.dev/connector"
	"tidemark.dev/types"
)

// How the values of a column move under updates of a row, after Flink's
// FlinkRelMdModifiedMonotonicity. It decides one thing: a MAX over values that only
// grow, or a MIN over values that only shrink, never needs to know the rest of the
// values when a row is taken back, and then ignores rows that are taken back. That is
// seen in the changelog: no value in between comes out.
//
//	a row that is never updated       all columns constant
//	COUNT, MAX; SUM of what is >= 0   increasing     MIN; SUM of what is <= 0   decreasing
//	keys of a grouping                constant; grouping by what moves: nothing is known
//	an aggregate over updates         as its argument moves, if both move alike
//	a projection                      columns and casts of them keep theirs
//	a join by constant keys           both sides keep theirs

// motion is how a column moves.
type motion uint8

const (
	erratic motion = iota
	constantly
	increasing
	decreasing
)

// motions finds how the columns of a node move; nil: unknown.
func motions(n Node, kinds map[Node]connector.KindSet) []motion {
	if settled(n, kinds) {
		all := make([]motion, len(n.Output().Columns))
		for i := range all {
			all[i] = constantly
		}
		return all
	}
	switch n := n.(type) {
	case *Exchange:
		return motions(n.Input, kinds)
	case *Watermark:
		return motions(n.Input, kinds)
	case *WindowTVF:
		if in := motions(n.Input, kinds); in != nil {
			return append(in, constantly, constantly, constantly)
		}
	case *Calc:
		in := motions(n.Input, kinds)
		if in == nil || n.Filter != nil && reads(n.Filter, func(c int) bool { return in[c] != constantly }) {
			return nil // what moves may take the row out
		}
		out := make([]motion, len(n.Exprs))
		for i, e := range n.Exprs {
			for {
				c, isCast := e.(*Cast)
				if !isCast {
					break
				}
				e = c.Arg
			}
			if c, ok := e.(*Column); ok {
				out[i] = in[c.Index]
			}
		}
		return out
	case *Union:
		var out []motion
		for i, s := range n.Sources {
			in := motions(s, kinds)
			switch {
			case in == nil:
				return nil
			case i == 0:
				out = in
			default:
				for c := range out {
					if out[c] != in[c] {
						out[c] = erratic
					}
				}
			}
		}
		return out
	case *GroupAggregate:
		return groupMotions(n, kinds)
	case *Join:
		left, right := motions(n.Left, kinds), motions(n.Right, kinds)
		if left == nil || right == nil || moving(left, n.LeftKeys) || moving(right, n.RightKeys) {
			return nil
		}
		return append(left, right...)
	}
	return nil
}

// settled tells that no row of a node is ever changed: all are inserts, or the node keeps distinct rows
// of such inserts, which it declares to update and never does.
func settled(n Node, kinds map[Node]connector.KindSet) bool {
	switch n := n.(type) {
	case *GroupAggregate:
		return len(n.Aggs) == 0 && settled(n.Input, kinds)
	case *Exchange:
		return settled(n.Input, kinds)
	case *Calc:
		return settled(n.Input, kinds)
	}
	return kinds[n] == insertBit
}

func moving(m []motion, keys []int) bool {
	for _, k := range keys {
		if m[k] != constantly {
			return true
		}
	}
	return false
}

func groupMotions(n *GroupAggregate, kinds map[Node]connector.KindSet) []motion {
	in := motions(n.Input, kinds)
	if in == nil || moving(in, n.Keys) {
		return nil
	}
	out := make([]motion, 0, len(n.Keys)+len(n.Aggs))
	for range n.Keys {
		out = append(out, constantly)
	}
	for _, a := range n.Aggs {
		m := erratic
		switch a.Func {
		case Count, Max:
			m = increasing
		case Min:
			m = decreasing
		case Sum, Sum0:
			switch sign(n.Input, a.Args[0]) {
			case 1:
				m = increasing
			case -1:
				m = decreasing
			}
		}
		if !settled(n.Input, kinds) {
			if len(a.Args) == 0 {
				m = erratic
			} else if in[a.Args[0]] != m {
				// What never moves is no exception: its row may leave, behind a filter of what does.
				m = erratic
			}
		}
		out = append(out, m)
	}
	return out
}

// ignoreRetractions marks the aggregates of a grouping that need not take rows back.
func ignoreRetractions(n *GroupAggregate, kinds map[Node]connector.KindSet) {
	m := groupMotions(n, kinds)
	for i := range n.Aggs {
		a := &n.Aggs[i]
		a.NoRetract = n.Retracts && m != nil &&
			(a.Func == Max && m[len(n.Keys)+i] == increasing || a.Func == Min && m[len(n.Keys)+i] == decreasing)
	}
}

// sign tells whether all values of a column are >= 0 (1) or <= 0 (-1), as far as
// constants and filters say; 0: unknown.
func sign(n Node, column int) int {
	switch n := n.(type) {
	case *Exchange:
		return sign(n.Input, column)
	case *Watermark:
		return sign(n.Input, column)
	case *Calc:
		return signOf(n.Exprs[column], n)
	case *GroupAggregate:
		if i := column - len(n.Keys); i >= 0 {
			if n.Aggs[i].Func == Count {
				return 1
			}
			return sign(n.Input, n.Aggs[i].Args[0])
		}
		return sign(n.Input, n.Keys[column])
	}
	return 0
}

// signOf is the sign of an expression of a Calc.
func signOf(e Expr, calc *Calc) int {
	switch e := e.(type) {
	case *Literal:
		return literalSign(e)
	case *Cast:
		if e.T.IsNumeric() {
			return signOf(e.Arg, calc)
		}
	case *Case:
		s := signOf(e.Else, calc)
		for _, w := range e.Whens {
			if signOf(w.Then, calc) != s {
				return 0
			}
		}
		return s
	case *Column:
		if calc.Filter != nil {
			for _, p := range conjuncts(calc.Filter, nil) {
				if s := boundSign(p, e.Index); s != 0 {
					return s
				}
			}
		}
		return sign(calc.Input, e.Index)
	}
	return 0
}

// boundSign reads the sign of a column from a condition that compares it with a constant.
func boundSign(p Expr, column int) int {
	c, ok := p.(*Compare)
	if !ok {
		return 0
	}
	l, op := c.L, c.Op
	lit, ok := c.R.(*Literal)
	if !ok {
		if lit, ok = c.L.(*Literal); !ok {
			return 0
		}
		l = c.R
		op = map[CompareOp]CompareOp{Less: Greater, LessEqual: GreaterEqual, Greater: Less, GreaterEqual: LessEqual, Equal: Equal}[op]
	}
	if cast, ok := l.(*Cast); ok {
		l = cast.Arg
	}
	if col, ok := l.(*Column); !ok || col.Index != column || lit.Value.Null || !lit.T.IsNumeric() {
		return 0
	}
	s := literalSign(lit)
	zero := lit.Value.I == 0 && lit.Value.Hi == 0 && lit.Value.F == 0
	switch op {
	case Greater, GreaterEqual:
		if s == 1 || zero {
			return 1
		}
	case Less, LessEqual:
		if s == -1 || zero {
			return -1
		}
	case Equal:
		return s
	}
	return 0
}

func literalSign(l *Literal) int {
	switch {
	case l.Value.Null || !l.T.IsNumeric():
		return 0
	case l.T.Kind == types.Float || l.T.Kind == types.Double:
		if l.Value.F < 0 {
			return -1
		}
	case l.T.Kind == types.Decimal:
		if l.Value.Int128().Sign() < 0 {
			return -1
		}
	case l.Value.I < 0:
		return -1
	}
	return 1
}
