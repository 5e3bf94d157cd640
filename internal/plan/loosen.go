package plan

import "tidemark.dev/types"

// A type that is NOT NULL is Flink's promise, and Flink breaks it: a DECIMAL that
// overflows is NULL, and so is what is computed of it, whatever the types say. What is
// stored by type (keys, rows of joins) must have room for such a NULL, and a sink must
// look for it. So, when all nodes are made:
//
//  1. from the scans up, each column that is NOT NULL is judged: can a NULL come?
//  2. where it can, the column's type on the edge is nullable from here on; the types
//     within expressions, from which Flink draws its conclusions, stay
//  3. a NOT NULL column of a sink is looked at for each row if a NULL can come; so are the
//     rows of a SELECT, as in Flink, whose collecting sink enforces the query's types
type loosening struct {
	done map[Node][]breach
}

// breach is how a NULL may come to be under a type that is NOT NULL.
type breach uint8

const (
	noBreach breach = iota
	// distrusted: a function says that its result is NOT NULL.
	distrusted
	// overflows: a DECIMAL does.
	overflows
)

// loosen is steps 1 to 3.
func loosen(sinks []*Sink) {
	l := &loosening{done: map[Node][]breach{}}
	for _, s := range sinks {
		in := l.node(s.Input)
		s.Enforce = nil
		for i, b := range in {
			if s.Table.Select {
				if b == overflows {
					s.Enforce = append(s.Enforce, i)
				}
			} else if s.Table.Table.Columns[i].Type.NotNull && (b > noBreach || !s.Input.Output().Columns[i].Type.NotNull) {
				s.Enforce = append(s.Enforce, i)
			}
		}
	}
}

// node judges the columns of a node, and gives those in breach a nullable type.
func (l *loosening) node(n Node) []breach {
	if known, ok := l.done[n]; ok {
		return known
	}
	var in []breach
	var inputs [][]breach
	for _, x := range n.Inputs() {
		b := l.node(x)
		inputs = append(inputs, b)
		in = append(in, b...) // of a join: the columns of both
	}
	columns := n.Output().Columns
	found := make([]breach, len(columns))
	switch n := n.(type) {
	case *Calc:
		for i, e := range n.Exprs {
			found[i] = breachOf(e, in)
		}
	case *Values:
		for _, row := range n.Rows {
			for i, v := range row {
				if v.Null && columns[i].Type.Kind == types.Decimal {
					found[i] = overflows // while planning
				}
			}
		}
	case *Union:
		for _, b := range inputs {
			for i := range found {
				found[i] = max(found[i], b[i])
			}
		}
	case *GroupAggregate:
		aggregateBreach(found, in, n.Keys, n.Aggs)
	case *WindowAggregate:
		aggregateBreach(found, in, n.Keys, n.Aggs)
	default: // the input's columns, and maybe others behind them
		copy(found, in)
	}
	for i := range found {
		if !columns[i].Type.NotNull {
			found[i] = noBreach
		}
		if found[i] > noBreach {
			columns[i].Type = columns[i].Type.WithNull(true)
		}
	}
	l.done[n] = found
	return found
}

func aggregateBreach(found, in []breach, keys []int, aggs []Aggregate) {
	for i, k := range keys {
		found[i] = in[k]
	}
	for i, a := range aggs {
		if a.Func == Count || a.Func >= ListAgg && a.Type.NotNull {
			continue
		}
		b := &found[len(keys)+i]
		for _, arg := range a.Args {
			*b = max(*b, in[arg])
		}
		if a.Type.Kind == types.Decimal && (a.Func == Sum || a.Func == Sum0 || a.Func == Avg) {
			*b = overflows
		}
	}
}

// breachOf judges an expression over columns.
func breachOf(e Expr, in []breach) breach {
	t := e.Type()
	if !t.NotNull {
		return noBreach
	}
	switch e := e.(type) {
	case *Column:
		return in[e.Index]
	case *Literal:
		if e.Value.Null && t.Kind == types.Decimal {
			return overflows // while planning
		}
		return noBreach
	case *IsTest, *Proctime, *RowOf:
		return noBreach
	case *Cast:
		if t.Kind == types.Decimal && !fits(e.Arg.Type(), t) {
			return overflows
		}
	case *Arithmetic:
		if t.Kind == types.Decimal && t.Precision >= types.MaxPrecision {
			return overflows
		}
	}
	found := noBreach
	if call, ok := e.(*Call); ok {
		found = distrusted
		if t.Kind == types.Decimal && call.Function != nil {
			found = overflows
		}
	}
	for _, kid := range children(e) {
		found = max(found, breachOf(kid, in))
	}
	return found
}

// fits tells that every value of a type is one of the DECIMAL.
func fits(from, to types.Type) bool {
	digits := 0
	switch from.Kind {
	case types.Decimal:
		digits = int(from.Precision - from.Scale)
	case types.TinyInt:
		digits = 3
	case types.SmallInt:
		digits = 5
	case types.Int:
		digits = 10
	case types.BigInt:
		digits = 19
	default:
		return from.IsText() // a text that does not fit is an error
	}
	// Rounding to fewer decimals may need a digit more.
	if from.Kind == types.Decimal && from.Scale > to.Scale {
		digits++
	}
	return digits <= int(to.Precision-to.Scale)
}
