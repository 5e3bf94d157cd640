package plan

import (
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Implicit coercion. Flink has little of it: numbers widen to the common type of
// both, texts to the longer of both, times to the finer of both. Nothing else is
// converted unasked, text and numbers least of all.

// implicit casts an expression to a type, as the planner and not the user does; the
// result may be NULL if the argument may.
func implicit(e Expr, t types.Type) Expr {
	et := e.Type()
	if l, ok := e.(*Literal); ok && et.Kind == types.Null {
		return &Literal{Typed{t.Nullable().Plain(), l.Pos}, types.NullValue}
	}
	if et.Same(t) {
		return e
	}
	if r, ok := e.(*RowOf); ok && t.Kind == types.Row && len(t.Fields) == len(r.Args) && hasBareNull(r) {
		args := make([]Expr, len(r.Args))
		for i, a := range r.Args {
			args[i] = implicit(a, t.Fields[i].Type)
		}
		return &RowOf{Typed{t.Required().Plain(), r.Pos}, args}
	}
	return &Cast{Typed: Typed{t.WithNull(!et.NotNull).Plain(), e.Position()}, Arg: e, Implicit: true}
}

// hasBareNull tells a row with a NULL that has no type yet: an item of an IN list.
func hasBareNull(r *RowOf) bool {
	for _, a := range r.Args {
		if a.Type().Kind == types.Null {
			return true
		}
		if inner, ok := a.(*RowOf); ok && hasBareNull(inner) {
			return true
		}
	}
	return false
}

// commonType is the type that holds the values of all: Calcite's leastRestrictive with
// Flink's type system. The type of a bare NULL fits every other.
func commonType(list []types.Type) (types.Type, bool) {
	var result types.Type
	null, first := false, true
	for _, t := range list {
		if t.Kind == types.Invalid {
			return t, false
		}
		null = null || !t.NotNull
		if t.Kind == types.Null {
			continue
		}
		if first {
			result, first = t, false
			continue
		}
		var ok bool
		if result, ok = commonOfTwo(result, t); !ok {
			return types.Type{}, false
		}
	}
	if first {
		return types.TNull, true
	}
	return result.WithNull(null), true
}

// merged is the common type of Flink's own functions (LogicalTypeMerging), which differs from
// Calcite's: of two times the instant, or the part that both have; of two approximate numbers the
// wider one, and of a DECIMAL and a FLOAT behind it the FLOAT.
func merged(list []types.Type) (types.Type, bool) {
	result := types.TNull
	for _, t := range list {
		null := (result.Kind == types.Null || result.NotNull) && t.NotNull
		switch a := result; {
		case a.IsTimestamp() && t.IsTimestamp() && a.Kind != t.Kind:
			result = types.TTimestampLTZ(int(max(a.Precision, t.Precision)))
		case (a.Kind == types.Date || a.Kind == types.Time) && t.Kind == types.Timestamp:
		case a.Kind == types.Timestamp && (t.Kind == types.Date || t.Kind == types.Time),
			a.Kind == types.Float && t.Kind == types.Double, a.Kind == types.Decimal && t.Kind == types.Float:
			result = t
		default:
			var ok bool
			if result, ok = commonType([]types.Type{a, t}); !ok {
				return a, false
			}
		}
		result.NotNull = null
	}
	return result, true
}

func commonOfTwo(a, b types.Type) (types.Type, bool) {
	if a.Time != b.Time {
		a.Time = types.NoTime
	}
	switch {
	case a.Same(b):
		return a, true
	case a.IsNumeric() && b.IsNumeric():
		return commonNumber(a, b), true
	case a.IsText() && b.IsText():
		return types.Type{Kind: types.VarChar, Precision: max(a.Precision, b.Precision)}, true
	case a.IsBytes() && b.IsBytes():
		return types.Type{Kind: types.VarBinary, Precision: max(a.Precision, b.Precision)}, true
	case a.IsTimestamp() && b.IsTimestamp():
		// Of a local time and an instant of one precision the first decides, else the second, as
		// Calcite has it.
		if a.Precision != b.Precision {
			a.Kind = b.Kind
		}
		a.Precision = max(a.Precision, b.Precision)
		return a, true
	case a.Kind == b.Kind && (a.Kind == types.Time || a.Kind == types.IntervalDay || a.Kind == types.IntervalMonth):
		a.Precision = max(a.Precision, b.Precision)
		a.Scale = max(a.Scale, b.Scale)
		return a, true
	case a.Kind == b.Kind && a.Kind == types.Row && len(a.Fields) == len(b.Fields):
		fields := make([]types.Field, len(a.Fields))
		for i := range fields {
			t, ok := commonType([]types.Type{a.Fields[i].Type, b.Fields[i].Type})
			if !ok {
				return a, false
			}
			fields[i] = types.Field{Name: a.Fields[i].Name, Type: t}
		}
		a.Fields = fields
		return a, true
	case a.Kind == b.Kind && (a.Kind == types.Array || a.Kind == types.Multiset || a.Kind == types.Map):
		elem, ok := commonType([]types.Type{*a.Elem, *b.Elem})
		if !ok {
			return a, false
		}
		a.Elem = &elem
		if a.Kind == types.Map {
			key, ok := commonType([]types.Type{*a.Key, *b.Key})
			if !ok {
				return a, false
			}
			a.Key = &key
		}
		return a, true
	}
	return a, false
}

// commonNumber is the common type of two numbers: the wider integer; a DECIMAL that
// holds both; of two approximate ones the first, as Calcite has it; DOUBLE for an
// approximate one beside a DECIMAL.
func commonNumber(a, b types.Type) types.Type {
	approxA, approxB := a.Kind >= types.Float, b.Kind >= types.Float
	switch {
	case approxA && approxB:
		return a
	case approxA || approxB:
		other, approx := a, b
		if approxA {
			other, approx = b, a
		}
		if other.Kind == types.Decimal {
			return types.TDouble
		}
		return approx
	case a.IsInteger() && b.IsInteger():
		if b.Kind > a.Kind {
			return b
		}
		return a
	}
	da, _ := types.DecimalOf(a)
	db, _ := types.DecimalOf(b)
	p, s := types.CommonDecimalType(int(da.Precision), int(da.Scale), int(db.Precision), int(db.Scale))
	return types.TDecimal(p, s)
}

// comparison brings both sides of a comparison to one type, or says why they cannot be
// compared.
func comparison(l, r Expr, op CompareOp) (Expr, Expr, string) {
	lt, rt := l.Type(), r.Type()
	switch {
	case lt.Kind == types.Null && rt.Kind == types.Null:
		return implicit(l, types.TInt), implicit(r, types.TInt), ""
	case lt.Kind == types.Null || rt.Kind == types.Null:
		if lt.Kind == types.Null {
			return implicit(l, rt), r, ""
		}
		return l, implicit(r, lt), ""
	case lt.IsText() && rt.IsText(), lt.IsBytes() && rt.IsBytes():
		// Texts compare by their bytes, whatever their declared lengths: no cast, since
		// one would pad.
		return l, r, ""
	case rt.IsText() && textual(rt, lt):
		l = atLeastInt(l)
		r, why := readText(r, l.Type().Plain(), op)
		return l, r, why
	case lt.IsText() && textual(lt, rt):
		r = atLeastInt(r)
		l, why := readText(l, r.Type().Plain(), op)
		return l, r, why
	}
	t, ok := commonType([]types.Type{lt, rt})
	if !ok {
		return nil, nil, "types"
	}
	if lt.IsTimestamp() && rt.IsTimestamp() && lt.Kind != rt.Kind {
		t.Kind = types.Timestamp // an instant is compared with a local time by what clocks show
	}
	if t.Kind == types.Decimal && (!holds(t, lt) || !holds(t, rt)) {
		// No DECIMAL holds both: they are compared as they are.
		dl, _ := types.DecimalOf(lt)
		dr, _ := types.DecimalOf(rt)
		return implicit(l, dl), implicit(r, dr), ""
	}
	switch t.Kind {
	case types.Row, types.Array, types.Multiset, types.Map:
		if op != Equal && op != NotEqual && op != DistinctFrom && op != NotDistinctFrom {
			return nil, nil, "types"
		}
	}
	return implicit(l, t), implicit(r, t), ""
}

// atLeastInt widens what is smaller: a text beside it is read as an INT.
func atLeastInt(e Expr) Expr {
	if k := e.Type().Kind; k == types.TinyInt || k == types.SmallInt {
		return implicit(e, types.TInt)
	}
	return e
}

// readText is a text beside a value of type t, read as one. By = and <> it is only read as a
// time, and one that is none is NULL; by < and its like also as a number or a BOOLEAN, and what cannot be
// read fails. A constant always fails.
func readText(e Expr, t types.Type, op CompareOp) (Expr, string) {
	if op >= Less && op <= GreaterEqual {
		return implicit(e, t), ""
	}
	if !isMoment(t) {
		return nil, "types"
	}
	if _, constant := e.(*Literal); constant {
		return implicit(e, t), ""
	}
	return &Cast{Typed: Typed{t.Nullable(), e.Position()}, Arg: e, Try: true, Implicit: true}, ""
}

// isMoment tells the types that a text beside them is read as.
func isMoment(t types.Type) bool {
	return t.IsTimestamp() || t.Kind == types.Date || t.Kind == types.Time
}

// holds tells whether DECIMAL t holds every value of the exact number from.
func holds(t, from types.Type) bool {
	d, ok := types.DecimalOf(from)
	return !ok || d.Scale <= t.Scale && d.Precision-d.Scale <= t.Precision-t.Scale
}

// compare makes a comparison of two bound expressions.
func (b *binder) compare(at sql.Node, op CompareOp, l, r Expr) Expr {
	if anyBad(l, r) {
		return bad(at)
	}
	if lrow, ok := l.(*RowOf); ok && (op == Equal || op == NotEqual) {
		if rrow, ok := r.(*RowOf); ok && len(lrow.Args) == len(rrow.Args) && len(lrow.Args) > 0 {
			return b.compareRows(at, op, lrow, rrow)
		}
	}
	cl, cr, why := comparison(l, r, op)
	if why != "" {
		b.errorf(at, "Cannot apply '%s' to arguments of type '<%s> %s <%s>'", compareText[op], l.Type().Nullable(), compareText[op], r.Type().Nullable()).
			Because("cast one of them")
		return bad(at)
	}
	t := types.TBoolean.WithNull(nullable(cl, cr) || nullWithin(cl.Type()) || nullWithin(cr.Type()))
	if op == DistinctFrom || op == NotDistinctFrom {
		t = types.TBoolean.Required()
	}
	return &Compare{Typed{t, at.Pos()}, op, cl, cr}
}

// nullWithin tells a ROW of which a field may be NULL: a comparison of it counts as one that may be
// NULL, though it is not.
func nullWithin(t types.Type) bool {
	for _, f := range t.Fields {
		if !f.Type.NotNull || nullWithin(f.Type) {
			return true
		}
	}
	return false
}

// compareRows is (a, b) = (c, d): the fields one by one.
func (b *binder) compareRows(at sql.Node, op CompareOp, l, r *RowOf) Expr {
	list := make([]Expr, len(l.Args))
	for i := range list {
		list[i] = b.compare(at, op, l.Args[i], r.Args[i])
	}
	if anyBad(list...) {
		return bad(at)
	}
	logic := And
	if op == NotEqual {
		logic = Or
	}
	if len(list) == 1 {
		return list[0]
	}
	return &Logic{Typed{types.TBoolean.WithNull(nullable(list...)), at.Pos()}, logic, list}
}

// castable tells whether CAST takes one type to another, for the types that exist
// here: "CAST", Data Types in Flink's documentation.
func castable(from, to types.Type) bool {
	if from.Kind == types.Null {
		return true
	}
	family := func(t types.Type) string {
		switch {
		case t.IsText():
			return "text"
		case t.IsNumeric():
			return "number"
		case t.IsBytes():
			return "bytes"
		}
		return t.Kind.String()
	}
	f, t := family(from), family(to)
	if f == t {
		switch from.Kind {
		case types.Row:
			if len(from.Fields) != len(to.Fields) {
				return false
			}
			for i := range from.Fields {
				if !castable(from.Fields[i].Type, to.Fields[i].Type) {
					return false
				}
			}
		case types.Array, types.Multiset:
			return castable(*from.Elem, *to.Elem)
		case types.Map:
			return castable(*from.Key, *to.Key) && castable(*from.Elem, *to.Elem)
		}
		return true
	}
	allowed := map[string]string{
		"text":            "bytes BOOLEAN number DATE TIME TIMESTAMP TIMESTAMP_LTZ",
		"bytes":           "text",
		"BOOLEAN":         "text number",
		"number":          "text BOOLEAN",
		"DATE":            "text TIMESTAMP TIMESTAMP_LTZ",
		"TIME":            "text TIMESTAMP TIMESTAMP_LTZ",
		"TIMESTAMP":       "text DATE TIME TIMESTAMP_LTZ",
		"TIMESTAMP_LTZ":   "text DATE TIME TIMESTAMP",
		"INTERVAL MONTH":  "text",
		"INTERVAL SECOND": "text",
		"ARRAY":           "text",
		"MAP":             "text",
		"MULTISET":        "text",
		"ROW":             "text",
	}
	rest := " " + allowed[f] + " "
	return containsWord(rest, t)
}

func containsWord(list, word string) bool {
	for i := 0; i+len(word)+2 <= len(list); i++ {
		if list[i] == ' ' && list[i+1:i+1+len(word)] == word && list[i+1+len(word)] == ' ' {
			return true
		}
	}
	return false
}

// storable tells whether an INSERT may put a value of one type into a column of
// another: Flink's supportsImplicitCast. Numbers only widen, except that a DECIMAL
// takes and yields any exact number of its own; texts and times take any of their kind,
// but what has a fixed length only its own.
func storable(from, to types.Type) bool {
	switch {
	case from.Kind == types.Null, from.Same(to):
		return true
	case to.Kind == types.Char, to.Kind == types.Binary: // of a fixed length, what is not is not
		return from.Kind == to.Kind
	case to.IsText():
		return from.IsText()
	case to.IsBytes():
		return from.IsBytes()
	case to.IsTimestamp():
		return from.IsTimestamp()
	case to.Kind == types.Decimal:
		return from.IsNumeric()
	case to.Kind == types.Date || to.Kind == types.Time:
		return from.Kind == to.Kind || from.Kind == types.Timestamp
	case to.IsInteger():
		return from.IsInteger() && from.Kind <= to.Kind
	case to.Kind == types.Float:
		return from.IsNumeric() && from.Kind != types.Double
	case to.Kind == types.Double:
		return from.IsNumeric()
	case to.Kind == types.Row:
		if from.Kind != types.Row || len(from.Fields) != len(to.Fields) {
			return false
		}
		for i := range to.Fields {
			if !storable(from.Fields[i].Type, to.Fields[i].Type) {
				return false
			}
		}
		return true
	case to.Kind == types.Array || to.Kind == types.Multiset:
		return from.Kind == to.Kind && storable(*from.Elem, *to.Elem)
	case to.Kind == types.Map:
		return from.Kind == to.Kind && storable(*from.Key, *to.Key) && storable(*from.Elem, *to.Elem)
	}
	return from.Kind == to.Kind
}
