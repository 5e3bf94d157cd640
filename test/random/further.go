package random

// Types that no column of a case has, reached by casts and constructors and left again: small integers,
// FLOAT, DATE, TIME, intervals, BYTES, ARRAY, MAP and ROW.

// beyond is an expression of such a type, which has a text.
func (w *writer) beyond(depth int) *Expr {
	k := w.kind()
	switch w.r.IntN(11) {
	case 0:
		return node(Text, "CAST(%s AS "+w.pick("TINYINT", "SMALLINT")+")", w.safe(w.number(), Int, depth))
	case 1:
		return node(Text, "CAST(%s AS FLOAT)", w.expr(w.number(), depth))
	case 2:
		return node(Text, "CAST(%s AS DATE)", w.expr(w.timeKind(), depth))
	case 3:
		return node(Text, "CAST(%s AS "+w.pick("TIME", "TIME(3)", "TIME(1)")+")", w.expr(w.timeKind(), depth))
	case 4:
		return node(Text, "CAST(%s AS "+w.pick("BYTES", "VARBINARY(3)")+")", w.atom(Text)).as("CAST(SUBSTRING(CAST(%s AS STRING), 1, 2) AS BYTES)")
	case 5:
		at := w.timeKind()
		return node(Text, "(%s - %s) "+w.pick("DAY", "HOUR", "SECOND"), w.expr(at, depth), w.expr(at, depth))
	case 6:
		return node(Text, "("+w.interval()+" "+w.pick("+", "-")+" "+w.interval()+")", w.expr(Int, depth), w.expr(Int, depth))
	case 7:
		return node(Text, "ROW(%s, %s)", w.expr(k, depth), w.expr(w.kind(), depth))
	case 8:
		return node(Text, "MAP['a', %s, %s, %s]", w.expr(k, depth), w.atom(Text), w.expr(k, depth))
	case 9:
		return node(Text, "ARRAY[ARRAY[%s, %s], ARRAY[%s]]", w.expr(k, depth), w.expr(k, depth), w.atom(k))
	}
	return node(Text, "ARRAY[%s, %s]", w.expr(k, depth), w.expr(k, depth))
}

// interval is a number of days or smaller units, held within what a time of the scope can be moved by.
func (w *writer) interval() string {
	return "INTERVAL (MOD(%s, 500)) " + w.pick("DAY", "HOUR", "MINUTE", "SECOND")
}

// further is a condition over such types, or by such operators.
func (w *writer) further(depth int) *Expr {
	k := w.kind()
	pair := func(format string, k Kind) *Expr { return node(Boolean, format, w.expr(k, depth), w.expr(k, depth)) }
	equal := w.pick("=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
	switch w.r.IntN(11) {
	case 0:
		return node(Boolean, "(%s "+w.pick("BETWEEN", "NOT BETWEEN")+" SYMMETRIC %s AND %s)", w.expr(k, depth), w.atom(k), w.atom(k))
	case 1:
		return node(Boolean, "(%s "+w.comparison()+" "+w.pick("SOME", "ALL")+" (%s, %s))", w.expr(k, depth), w.atom(k), w.expr(k, depth))
	case 2:
		at := w.timeKind()
		return node(Boolean, "((%s, %s) OVERLAPS (%s, %s))", w.expr(at, depth), w.atom(at), w.expr(at, depth), w.atom(at))
	case 3:
		at := w.timeKind()
		return node(Boolean, "((%s, "+w.interval()+") OVERLAPS (%s, INTERVAL '1' DAY))", w.expr(at, depth), w.expr(Int, depth), w.atom(at))
	case 4:
		return node(Boolean, "((%s, %s) "+w.pick("=", "<>")+" (%s, %s))", w.expr(k, depth), w.atom(Int), w.expr(k, depth), w.atom(Int))
	case 5:
		return node(Boolean, "((%s, %s) IN ((%s, 1), (%s, %s)))", w.expr(k, depth), w.atom(Int), w.literal(k), w.expr(k, depth), w.atom(Int))
	case 6:
		return node(Boolean, "(ARRAY[%s, %s] "+equal+" ARRAY[%s, %s])", w.expr(k, depth), w.atom(k), w.atom(k), w.expr(k, depth))
	case 7:
		return node(Boolean, "(MAP['a', %s] "+equal+" MAP[%s, %s])", w.expr(k, depth), w.atom(Text), w.expr(k, depth))
	case 8:
		return pair("(CAST(%s AS "+w.pick("DATE) "+w.comparison()+" CAST(%s AS DATE))", "TIME(3)) "+w.comparison()+" CAST(%s AS TIME(3)))"), w.timeKind())
	case 9: // a text that is no time is NULL
		return node(Boolean, "(%s "+w.pick("=", "<>", "IS DISTINCT FROM")+" %s)", w.expr(w.timeKind(), depth), w.expr(Text, depth))
	}
	return pair("(CAST(%s AS FLOAT) "+w.comparison()+" CAST(%s AS FLOAT))", w.number())
}

// furtherNumber is a number that comes from such types; it is cast to k by the caller if need be.
func (w *writer) furtherNumber(k Kind, depth int) *Expr {
	small := w.pick("TINYINT", "SMALLINT")
	switch w.r.IntN(6) {
	case 0:
		e := node(Int, "(CAST(%s AS "+small+") "+w.pick("+", "-", "*")+" CAST(%s AS "+small+"))", w.expr(Int, depth), w.expr(Int, depth))
		return node(Int, "CAST(%s AS INT)", e)
	case 1:
		if k == Decimal {
			break
		}
		return node(Double, "CAST((CAST(%s AS FLOAT) "+w.pick("+", "-", "*", "/")+" CAST(%s AS FLOAT)) AS DOUBLE)", w.expr(Int, depth), w.expr(Double, depth))
	case 2:
		return node(k, "ARRAY[%s, %s][1 + MOD(%s, 1) + "+w.pick("0", "1", "2")+"]", w.expr(k, depth), w.atom(k), w.atom(Int))
	case 3:
		return node(k, "MAP['a', %s, 'b', %s][%s]", w.expr(k, depth), w.atom(k), w.atom(Text))
	case 4:
		return node(BigInt, "EXTRACT("+w.pick("YEAR", "MONTH", "DAY", "DOW")+" FROM CAST(%s AS DATE))", w.expr(w.timeKind(), depth))
	}
	return node(k, "ARRAY[%s, %s]["+w.pick("1", "2", "3")+"]", w.expr(k, depth), w.atom(k))
}

func (w *writer) furtherTime(k Kind, depth int) *Expr {
	switch w.r.IntN(3) {
	case 0:
		return node(k, "(%s "+w.pick("+", "-")+" "+w.interval()+")", w.expr(k, depth), w.expr(Int, depth))
	case 1:
		return node(k, "(%s "+w.pick("+", "-")+" INTERVAL (MOD(%s, 50)) MONTH)", w.expr(k, depth), w.expr(Int, depth))
	}
	return node(k, "CAST(CAST(%s AS DATE) AS "+k.String()+")", w.expr(w.timeKind(), depth))
}
