package random

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Kind is a type of the scope, as the generator needs to know it.
type Kind uint8

const (
	Boolean Kind = iota
	Int
	BigInt
	Double
	Decimal // DECIMAL(10, 2): results of arithmetic are cast back to it
	Text
	Timestamp // TIMESTAMP(3)
	Instant   // TIMESTAMP_LTZ(3)
	kinds
)

var kindSQL = [...]string{"BOOLEAN", "INT", "BIGINT", "DOUBLE", "DECIMAL(10, 2)", "STRING", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)"}

func (k Kind) String() string { return kindSQL[k] }

// cast is how a number becomes one of the kind. What overflows a DECIMAL is NULL, even
// where CAST's type says NOT NULL, and then Flink itself answers this and that: TRY_CAST is always nullable.
func (k Kind) cast() string {
	if k == Decimal {
		return "TRY_CAST"
	}
	return "CAST"
}

func (k Kind) numeric() bool { return k >= Int && k <= Decimal }

// Expr is an expression as a tree of text: Format has a %s for each kid.
type Expr struct {
	Kind   Kind
	Format string
	Kids   []*Expr
}

func (e *Expr) String() string {
	args := make([]any, len(e.Kids))
	for i, k := range e.Kids {
		args[i] = k
	}
	return fmt.Sprintf(e.Format, args...)
}

// leaf is text without kids.
func leaf(k Kind, text string) *Expr {
	return &Expr{Kind: k, Format: strings.ReplaceAll(text, "%", "%%")}
}

func node(k Kind, format string, kids ...*Expr) *Expr {
	return &Expr{Kind: k, Format: format, Kids: kids}
}

// Column is a column that expressions may read.
type Column struct {
	Name string
	Kind Kind
}

// writer makes random expressions over columns.
type writer struct {
	r       *rand.Rand
	columns []Column
	// fails allows expressions that may fail a pipeline: divisions, casts of text.
	fails bool
}

func (w *writer) pick(list ...string) string { return list[w.r.IntN(len(list))] }

func (w *writer) chance(percent int) bool { return w.r.IntN(100) < percent }

func (w *writer) kind() Kind { return Kind(w.r.IntN(int(kinds))) }

func (w *writer) number() Kind { return Int + Kind(w.r.IntN(4)) }

// column is a column of the kind, nil if there is none.
func (w *writer) column(k Kind) *Expr {
	var fit []Column
	for _, c := range w.columns {
		if c.Kind == k {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return leaf(k, fit[w.r.IntN(len(fit))].Name)
}

// atom is a column or a literal.
func (w *writer) atom(k Kind) *Expr {
	if c := w.column(k); c != nil && w.chance(80) {
		return c
	}
	return w.literal(k)
}

func (w *writer) literal(k Kind) *Expr {
	if w.chance(5) {
		return leaf(k, "CAST(NULL AS "+k.String()+")")
	}
	switch k {
	case Boolean:
		return leaf(k, w.pick("TRUE", "FALSE"))
	case Int:
		return leaf(k, w.pick("0", "1", "2", "3", "-1", "7", "100", "2147483647", "-2147483647"))
	case BigInt:
		return leaf(k, "CAST("+w.pick("0", "1", "5", "-3", "1000000007", "9223372036854775807", "-9223372036854775807")+" AS BIGINT)")
	case Double:
		return leaf(k, w.pick("0.5e0", "1e0", "0.1e0", "-2.5e0", "1e300", "1e-7", "123456789.125e0", "CAST('NaN' AS DOUBLE)", "1e7", "1.005e0"))
	case Decimal:
		return leaf(k, "CAST("+w.pick("0", "1", "0.01", "-12.34", "99999999.99", "-99999999.99", "2.5", "0.05")+" AS DECIMAL(10, 2))")
	case Text:
		return leaf(k, "CAST("+w.pick("''", "'a'", "'b'", "'ab'", "'hello world'", "'é'", "'12'", "' 7 '", "'x%y_'", "'12.5'", "'true'", "'2024-01-01 00:00:05'", "'😀z'", "'ß'")+" AS STRING)")
	case Timestamp:
		return leaf(k, "TIMESTAMP '"+w.pick("2024-01-01 00:00:00", "2024-01-01 00:00:10.123", "1999-12-31 23:59:59.999", "2024-02-29 12:00:00", "1980-01-01 00:00:00", "2038-06-01 01:02:03.4")+"'")
	}
	return leaf(k, "TO_TIMESTAMP_LTZ("+w.pick("315619200000", "1704067200000", "1704067205123", "1709208000000", "2147483647000", "1711849500000")+", 3)")
}

// expr is a random expression of the kind, at most depth operators deep.
func (w *writer) expr(k Kind, depth int) *Expr {
	if depth <= 0 || w.chance(20) {
		return w.atom(k)
	}
	if w.chance(15) {
		return w.general(k, depth-1)
	}
	switch k {
	case Boolean:
		return w.boolean(depth - 1)
	case Text:
		return w.text(depth - 1)
	case Timestamp, Instant:
		return w.time(k, depth-1)
	}
	return w.numeric(k, depth-1)
}

// general is what every type has: CASE, COALESCE, NULLIF, IF, a cast there and back.
func (w *writer) general(k Kind, depth int) *Expr {
	switch w.r.IntN(6) {
	case 0:
		return node(k, "CASE WHEN %s THEN %s WHEN %s THEN %s ELSE %s END", w.expr(Boolean, depth), w.expr(k, depth), w.expr(Boolean, depth), w.expr(k, depth), w.atom(k))
	case 1:
		return node(k, "CASE WHEN %s THEN %s END", w.expr(Boolean, depth), w.expr(k, depth))
	case 2:
		return node(k, "COALESCE(%s, %s)", w.expr(k, depth), w.expr(k, depth))
	case 3:
		return node(k, "NULLIF(%s, %s)", w.expr(k, depth), w.atom(k))
	case 4:
		return node(k, "IF(%s, %s, %s)", w.expr(Boolean, depth), w.expr(k, depth), w.expr(k, depth))
	}
	return node(k, "TRY_CAST(%s AS "+k.String()+")", node(Text, "CAST(%s AS STRING)", w.expr(k, depth)))
}

func (w *writer) boolean(depth int) *Expr {
	k := w.kind()
	if w.chance(20) {
		return w.further(depth)
	}
	switch w.r.IntN(13) {
	case 0:
		return node(Boolean, "(%s AND %s)", w.expr(Boolean, depth), w.expr(Boolean, depth))
	case 1:
		return node(Boolean, "(%s OR %s)", w.expr(Boolean, depth), w.expr(Boolean, depth))
	case 2:
		return node(Boolean, "(NOT %s)", w.expr(Boolean, depth))
	case 3:
		return node(Boolean, "(%s "+w.pick("IS NULL", "IS NOT NULL")+")", w.expr(k, depth))
	case 4:
		return node(Boolean, "(%s "+w.pick("IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN")+")", w.expr(Boolean, depth))
	case 5:
		return node(Boolean, "(%s "+w.pick("BETWEEN", "NOT BETWEEN")+" %s AND %s)", w.expr(k, depth), w.atom(k), w.atom(k))
	case 6:
		list := w.literal(k).String()
		for range w.r.IntN(6) {
			list += ", " + w.literal(k).String()
		}
		return node(Boolean, "(%s "+w.pick("IN", "NOT IN")+" ("+strings.ReplaceAll(list, "%", "%%")+"))", w.expr(k, depth))
	case 7:
		pattern := w.pick("'%'", "''", "'a%'", "'%b'", "'_'", "'%l%o%'", "'a_'", "'x%%'", "'%1%'", "'x!%y!_' ESCAPE '!'", "'é%'", "'_z'")
		return node(Boolean, "(%s "+w.pick("LIKE", "NOT LIKE")+" "+strings.ReplaceAll(pattern, "%", "%%")+")", w.expr(Text, depth))
	case 8:
		return node(Boolean, "(%s "+w.pick("IS DISTINCT FROM", "IS NOT DISTINCT FROM")+" %s)", w.expr(k, depth), w.expr(k, depth))
	case 9: // two kinds of number
		return node(Boolean, "(%s "+w.comparison()+" %s)", w.expr(w.number(), depth), w.expr(w.number(), depth))
	}
	return node(Boolean, "(%s "+w.comparison()+" %s)", w.expr(k, depth), w.expr(k, depth))
}

func (w *writer) comparison() string { return w.pick("=", "<>", "<", "<=", ">", ">=") }

func (w *writer) numeric(k Kind, depth int) *Expr {
	back := func(e *Expr) *Expr { // of another numeric type
		if e.Kind == k {
			return e
		}
		return node(k, k.cast()+"(%s AS "+k.String()+")", e)
	}
	if w.chance(15) {
		return back(w.furtherNumber(k, depth))
	}
	switch w.r.IntN(9) {
	case 0, 1:
		e := node(k, "(%s "+w.pick("+", "-", "*")+" %s)", w.expr(k, depth), w.expr(k, depth))
		if k == Decimal {
			return node(k, k.cast()+"(%s AS DECIMAL(10, 2))", e)
		}
		return e
	case 2: // the smaller of two kinds is cast up
		a, b := w.number(), w.number()
		return node(k, k.cast()+"((%s "+w.pick("+", "-", "*")+" %s) AS "+k.String()+")", w.safe(a, k, depth), w.safe(b, k, depth))
	case 3:
		divisor := node(k, "NULLIF(%s, "+w.zero(k)+")", w.expr(k, depth))
		if w.fails && w.chance(30) {
			divisor = w.expr(k, depth)
		}
		return node(k, k.cast()+"((%s / %s) AS "+k.String()+")", w.expr(k, depth), divisor)
	case 4:
		if k == Double {
			return node(k, "(- %s)", w.expr(k, depth))
		}
		divisor := node(k, "NULLIF(%s, "+w.zero(k)+")", w.expr(k, depth))
		if w.chance(50) {
			return node(k, k.cast()+"((%s %% %s) AS "+k.String()+")", w.expr(k, depth), divisor)
		}
		return node(k, k.cast()+"(MOD(%s, %s) AS "+k.String()+")", w.expr(k, depth), divisor)
	case 5:
		return back(node(Int, "CHAR_LENGTH(%s)", w.expr(Text, depth)))
	case 6:
		unit := w.pick("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOY", "DOW", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "EPOCH")
		return back(node(BigInt, "EXTRACT("+unit+" FROM %s)", w.expr(w.timeKind(), depth)))
	case 7:
		if w.fails && w.chance(30) && k != Decimal {
			return node(k, "CAST(%s AS "+k.String()+")", w.expr(Text, depth))
		}
		if k == Decimal { // of text with rubbish in it Flink makes what only Flink would
			return node(k, "TRY_CAST(TRY_CAST(NULLIF(%s, 'NaN') AS DOUBLE) AS DECIMAL(10, 2))", w.atom(Text))
		}
		return node(k, "TRY_CAST(%s AS "+k.String()+")", w.expr(Text, depth))
	}
	from := w.number()
	if k != Decimal && w.chance(20) {
		from = Boolean
	}
	return node(k, k.cast()+"(%s AS "+k.String()+")", w.safe(from, k, depth))
}

// safe is an expression that casts from one kind to another without failing, as it may
// for a NaN that should be a decimal.
func (w *writer) safe(from, to Kind, depth int) *Expr {
	if from == Double && to == Decimal {
		if c := w.column(Double); c != nil {
			return c
		}
		return leaf(Double, "2.5e0")
	}
	return w.expr(from, depth)
}

func (w *writer) zero(k Kind) string {
	if k == Double {
		return "0e0"
	}
	return "0"
}

func (w *writer) timeKind() Kind {
	if w.chance(50) {
		return Timestamp
	}
	return Instant
}

func (w *writer) text(depth int) *Expr {
	if w.chance(15) {
		return node(Text, "CAST(%s AS STRING)", w.beyond(depth))
	}
	switch w.r.IntN(10) {
	case 0:
		return node(Text, "UPPER(%s)", w.expr(Text, depth))
	case 1:
		return node(Text, "LOWER(%s)", w.expr(Text, depth))
	case 2:
		return node(Text, "SUBSTRING(%s, "+w.pick("1", "2", "0", "-1", "-3", "5")+")", w.expr(Text, depth))
	case 3:
		return node(Text, "SUBSTRING(%s, %s, %s)", w.expr(Text, depth), w.small(), w.small())
	case 4:
		return node(Text, "REPLACE(%s, "+w.pick("'a'", "'l'", "'zz'", "'1'")+", "+w.pick("''", "'b'", "'aa'")+")", w.expr(Text, depth))
	case 5:
		return node(Text, "(%s || %s)", w.expr(Text, depth), w.expr(Text, depth))
	case 6:
		format := w.pick("yyyy-MM-dd HH:mm:ss", "yyyy/MM/dd", "HH:mm:ss.SSS", "yyyyMMddHH", "dd MMM yyyy", "d/M/yy h:mm a", "EEEE D", "''''yyyy''T''")
		return node(Text, "DATE_FORMAT(%s, '"+format+"')", w.expr(w.timeKind(), depth))
	case 7:
		return node(Text, "CAST(%s AS "+w.pick("VARCHAR(3)", "CHAR(4)", "VARCHAR(30)")+")", w.expr(w.kind(), depth)).as("CAST(%s AS STRING)")
	}
	return node(Text, "CAST(%s AS STRING)", w.expr(w.kind(), depth))
}

// as wraps an expression in another that keeps its kind.
func (e *Expr) as(format string) *Expr { return node(e.Kind, format, e) }

func (w *writer) small() *Expr {
	if c := w.column(Int); c != nil && w.chance(30) {
		return c
	}
	return leaf(Int, w.pick("0", "1", "2", "3", "-2", "10"))
}

func (w *writer) time(k Kind, depth int) *Expr {
	if w.chance(10) {
		return w.furtherTime(k, depth)
	}
	switch w.r.IntN(6) {
	case 0, 1:
		interval := w.pick("'1' SECOND", "'-10' MINUTE", "'1' DAY", "'1' MONTH", "'2' YEAR", "'0.001' SECOND", "'25' HOUR", "'1 02:03:04' DAY TO SECOND")
		return node(k, "(%s "+w.pick("+", "-")+" INTERVAL "+interval+")", w.expr(k, depth))
	case 2:
		other := Timestamp + Instant - k
		return node(k, "CAST(%s AS "+k.String()+")", w.expr(other, depth))
	case 3:
		p := w.pick("0", "1", "3", "6")
		base := strings.TrimSuffix(k.String(), "(3)")
		return node(k, "CAST(CAST(%s AS "+base+"("+p+")) AS "+k.String()+")", w.expr(k, depth))
	case 4:
		if k == Timestamp {
			format := w.pick("", ", 'yyyy-MM-dd HH:mm:ss'", ", 'yyyy-MM-dd'", ", 'yyyyMMdd'")
			return node(k, "TO_TIMESTAMP(%s"+format+")", w.expr(Text, depth))
		}
		if w.chance(50) {
			n := w.expr(BigInt, depth) // before 1970 Flink has answers of its own: keep away
			return node(k, "TO_TIMESTAMP_LTZ(IF(%s > 315619200, %s, 1704067200), "+w.pick("0", "3")+")", n, n)
		}
		return node(k, "TO_TIMESTAMP_LTZ(%s, 'yyyy-MM-dd HH:mm:ss')", w.expr(Text, depth))
	}
	if w.fails && w.chance(20) {
		return node(k, "CAST(%s AS "+k.String()+")", w.expr(Text, depth))
	}
	return node(k, "TRY_CAST(%s AS "+k.String()+")", w.expr(Text, depth))
}
