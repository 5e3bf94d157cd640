package sql

// Pos is a place in a source text. Offset counts bytes from 0; Line and Column
// count from 1, and Column counts characters (code points), not bytes. The zero
// Pos means "nowhere": a node that was made and not parsed.
type Pos struct {
	Offset int
	Line   int
	Column int
}

// IsValid tells whether the position points into a text.
func (p Pos) IsValid() bool { return p.Line > 0 }

// Span is the piece of text a node was parsed from. Every node embeds it. To
// points just behind the last character.
type Span struct {
	From Pos
	To   Pos
}

// Pos is where the node begins.
func (s Span) Pos() Pos { return s.From }

// End is just behind the last character of the node.
func (s Span) End() Pos { return s.To }

// Node is anything with a place in the text.
type Node interface {
	Pos() Pos
	End() Pos
}

// Expr is a scalar expression, or an argument that only some functions take
// (Symbol, Descriptor, TableArg, ModelArg, NamedArg, Default, Star).
type Expr interface {
	Node
	expr()
}

// TableExpr is what may stand in FROM.
type TableExpr interface {
	Node
	tableExpr()
}

// QueryBody is a query without WITH, ORDER BY, OFFSET and FETCH: *Select,
// *SetOp, *Values, *ExplicitTable, or *Query for one in parentheses.
type QueryBody interface {
	Node
	queryBody()
}

// Statement is one statement of a script.
type Statement interface {
	Node
	statement()
}

// Script is a parsed text: its statements in order. A Statement's span excludes
// the semicolon behind it.
type Script struct {
	Statements []Statement
}

// Ident is one identifier as the user means it: Name has no quotes and keeps its
// case, since Flink's identifiers are case-sensitive, quoted or not.
type Ident struct {
	Span
	Name   string
	Quoted bool
}

// Name is an identifier of one or more parts (catalog.database.object, or
// table.column.field).
type Name struct {
	Span
	Parts []Ident
}

// ---- expressions ----

// LiteralKind tells how a Literal is to be read.
type LiteralKind uint8

// The kinds of literals, with what Literal.Text holds.
const (
	NullLiteral         LiteralKind = iota + 1 // NULL
	BooleanLiteral                             // TRUE, FALSE, UNKNOWN
	NumberLiteral                              // canonical: -1, 1.50, 0.5 (.5), 12 (012, 12.), 1.5E3 (15e2)
	StringLiteral                              // the decoded text
	BinaryLiteral                              // X'..': the hexadecimal digits, upper case
	DateLiteral                                // DATE '..': the decoded text between the quotes
	TimeLiteral                                // TIME '..'
	TimestampLiteral                           // TIMESTAMP '..'
	TimestampLTZLiteral                        // TIMESTAMP WITH LOCAL TIME ZONE '..'
	DatetimeLiteral                            // DATETIME '..' (parsed, but no Flink type)
)

// Literal is a constant; no number is converted and no date is read yet. A sign
// directly before a number is part of it: -1 is a literal, - a is not.
type Literal struct {
	Span
	Kind LiteralKind
	// Text has neither quotes nor escapes, see LiteralKind.
	Text string
	// Whole counts the digits before the point of a number as they were written: leading zeros
	// are none of its value, but count for the precision of its type (0.07 is DECIMAL(3, 2)).
	Whole int
	// Charset is the name behind the underscore of _latin1'..', upper case, or empty.
	Charset string
}

// IntervalUnit is the qualifier of an interval: DAY(3) TO SECOND(6). Units are
// singular and upper case (MINUTES is read as MINUTE). Precisions are -1 if absent.
type IntervalUnit struct {
	Span
	From          string // YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND
	FromPrecision int
	To            string // empty if there is none
	ToPrecision   int    // fractional seconds
}

// IntervalLiteral is INTERVAL [-] '10' MINUTE. Text is what stands between the quotes.
type IntervalLiteral struct {
	Span
	Negative bool
	Text     string
	Unit     IntervalUnit
}

// IntervalExpr is INTERVAL expression unit, where the amount is not a string.
type IntervalExpr struct {
	Span
	X    Expr
	Unit IntervalUnit
}

// ColumnRef is a name used as a value. Which part is the table, the column or a
// field of a row is for the binder to decide.
type ColumnRef struct {
	Span
	Name Name
}

// Star is * or t.*; in SELECT lists and as the argument of COUNT(*).
type Star struct {
	Span
	Qualifier *Name // nil for a bare *
}

// UnaryOp is a prefix or postfix operator, named by its SQL text.
type UnaryOp string

// The unary operators.
const (
	OpNot           UnaryOp = "NOT"
	OpPlus          UnaryOp = "+"
	OpMinus         UnaryOp = "-"
	OpExists        UnaryOp = "EXISTS" // X is a *Subquery
	OpUnique        UnaryOp = "UNIQUE" // X is a *Subquery
	OpIsNull        UnaryOp = "IS NULL"
	OpIsNotNull     UnaryOp = "IS NOT NULL"
	OpIsTrue        UnaryOp = "IS TRUE"
	OpIsNotTrue     UnaryOp = "IS NOT TRUE"
	OpIsFalse       UnaryOp = "IS FALSE"
	OpIsNotFalse    UnaryOp = "IS NOT FALSE"
	OpIsUnknown     UnaryOp = "IS UNKNOWN"
	OpIsNotUnknown  UnaryOp = "IS NOT UNKNOWN"
	OpIsASet        UnaryOp = "IS A SET"
	OpIsNotASet     UnaryOp = "IS NOT A SET"
	OpIsEmpty       UnaryOp = "IS EMPTY"
	OpIsNotEmpty    UnaryOp = "IS NOT EMPTY"
	OpIsJSONValue   UnaryOp = "IS JSON VALUE" // also for IS JSON alone
	OpIsJSONObject  UnaryOp = "IS JSON OBJECT"
	OpIsJSONArray   UnaryOp = "IS JSON ARRAY"
	OpIsJSONScalar  UnaryOp = "IS JSON SCALAR"
	OpIsNotJSONVal  UnaryOp = "IS NOT JSON VALUE"
	OpIsNotJSONObj  UnaryOp = "IS NOT JSON OBJECT"
	OpIsNotJSONArr  UnaryOp = "IS NOT JSON ARRAY"
	OpIsNotJSONScal UnaryOp = "IS NOT JSON SCALAR"
	OpFormatJSON    UnaryOp = "FORMAT JSON"
)

// Unary is an operator with one operand, written before it (NOT, +, -, EXISTS,
// UNIQUE) or behind it (FORMAT JSON and all that begin with IS).
type Unary struct {
	Span
	Op UnaryOp
	X  Expr
}

// BinaryOp is an infix operator, named by its canonical SQL text.
type BinaryOp string

// The binary operators.
const (
	OpOr                    BinaryOp = "OR"
	OpAnd                   BinaryOp = "AND"
	OpEqual                 BinaryOp = "="
	OpNotEqual              BinaryOp = "<>"
	OpLess                  BinaryOp = "<"
	OpLessEqual             BinaryOp = "<="
	OpGreater               BinaryOp = ">"
	OpGreaterEqual          BinaryOp = ">="
	OpIsDistinctFrom        BinaryOp = "IS DISTINCT FROM"
	OpIsNotDistinctFrom     BinaryOp = "IS NOT DISTINCT FROM"
	OpAdd                   BinaryOp = "+"
	OpSubtract              BinaryOp = "-"
	OpMultiply              BinaryOp = "*"
	OpDivide                BinaryOp = "/"
	OpModulo                BinaryOp = "%"
	OpConcat                BinaryOp = "||"
	OpMemberOf              BinaryOp = "MEMBER OF"
	OpSubmultisetOf         BinaryOp = "SUBMULTISET OF"
	OpNotSubmultisetOf      BinaryOp = "NOT SUBMULTISET OF"
	OpMultisetUnion         BinaryOp = "MULTISET UNION ALL"
	OpMultisetUnionDistinct BinaryOp = "MULTISET UNION DISTINCT"
	OpMultisetIntersect     BinaryOp = "MULTISET INTERSECT ALL"
	OpMultisetIntersectDist BinaryOp = "MULTISET INTERSECT DISTINCT"
	OpMultisetExcept        BinaryOp = "MULTISET EXCEPT ALL"
	OpMultisetExceptDist    BinaryOp = "MULTISET EXCEPT DISTINCT"
	OpOverlaps              BinaryOp = "OVERLAPS" // periods are *Row of two values, or any expression
	OpContains              BinaryOp = "CONTAINS"
	OpPeriodEquals          BinaryOp = "EQUALS"
	OpPrecedes              BinaryOp = "PRECEDES"
	OpSucceeds              BinaryOp = "SUCCEEDS"
	OpImmediatelyPrecedes   BinaryOp = "IMMEDIATELY PRECEDES"
	OpImmediatelySucceeds   BinaryOp = "IMMEDIATELY SUCCEEDS"
)

// Binary is an operator with two operands.
type Binary struct {
	Span
	Op    BinaryOp
	OpPos Pos
	L, R  Expr
}

// Between is x [NOT] BETWEEN [ASYMMETRIC|SYMMETRIC] low AND high.
type Between struct {
	Span
	X, Low, High Expr
	Not          bool
	Symmetric    bool
}

// In is x [NOT] IN (list) or (query): exactly one of List and Query is set.
type In struct {
	Span
	X     Expr
	Not   bool
	List  []Expr
	Query *Query
}

// Like is x [NOT] LIKE|ILIKE|RLIKE|SIMILAR TO pattern [ESCAPE character].
type Like struct {
	Span
	X       Expr
	Op      string // LIKE, ILIKE, RLIKE, SIMILAR TO
	Not     bool
	Pattern Expr
	Escape  Expr // nil if absent
}

// Quantified is x op ANY|SOME|ALL (list or query): exactly one of List and Query is set.
type Quantified struct {
	Span
	X          Expr
	Op         BinaryOp // a comparison
	Quantifier string   // SOME (also for ANY), ALL
	List       []Expr
	Query      *Query
}

// Subquery is a query used as a value, or as the operand of EXISTS and UNIQUE.
type Subquery struct {
	Span
	Query *Query
}

// Case is both forms of CASE; Operand is nil for CASE WHEN condition.
type Case struct {
	Span
	Operand Expr
	Whens   []When
	Else    Expr // never nil: NULL if absent
}

// When is one branch. In CASE x WHEN a, b THEN there is more than one condition.
type When struct {
	Span
	Conditions []Expr
	Result     Expr
}

// Cast is CAST, TRY_CAST and SAFE_CAST (x AS type [FORMAT 'f']).
type Cast struct {
	Span
	Func   string // CAST, TRY_CAST, SAFE_CAST
	X      Expr
	Type   *TypeName
	Format Expr // nil if absent
}

// Call is a function call. Functions with a syntax of their own become calls as
// well, with their arguments in the order of the comma form:
//
//	TRIM(BOTH c FROM x)         TRIM(Symbol BOTH, c, x); TRIM(x) is TRIM(Symbol BOTH, ' ', x)
//	EXTRACT(unit FROM x)        EXTRACT(Symbol unit, x)
//	POSITION(a IN b FROM n)     POSITION(a, b, n)
//	SUBSTRING(x FROM a FOR b)   SUBSTRING(x, a, b)
//	OVERLAY(x PLACING y FROM a FOR b)  OVERLAY(x, y, a, b)
//	CEIL(x TO unit)             CEIL(x, Symbol unit); FLOOR likewise; CEILING is read as CEIL
//	TIMESTAMPADD(unit, n, t)    TIMESTAMPADD(Symbol unit, n, t); TIMESTAMPDIFF likewise
//	TRANSLATE(x USING cs), CONVERT(x USING cs)  TRANSLATE(x, Symbol cs)
//	FIRST(x), LAST(x), PREV(x), NEXT(x)  with the offset: FIRST(x, 0), PREV(x, 1)
//	CURRENT_TIMESTAMP, USER ..  without parentheses: NoParens is set
type Call struct {
	Span
	Name Name
	// Special marks a function the grammar knows by a reserved word. A call of a
	// quoted name is never special. The name is upper case then.
	Special  bool
	NoParens bool
	// Quantifier is DISTINCT, ALL or empty.
	Quantifier string
	// Args may hold *NamedArg, *Star, *Symbol, *TableArg, *Descriptor, *ModelArg, *Default.
	Args []Expr
	// OrderBy is the ORDER BY inside the parentheses: ARRAY_AGG(x ORDER BY y).
	OrderBy []OrderItem
	// Separator is that of ARRAY_AGG(x SEPARATOR 's'); nil if absent.
	Separator *Literal
	// NullTreatment is "IGNORE NULLS", "RESPECT NULLS" or empty, within or behind the parentheses.
	NullTreatment string
	WithinGroup   []OrderItem
	// WithinDistinct is WITHIN DISTINCT (keys).
	WithinDistinct []Expr
	Filter         Expr // nil if absent
	// Over is nil if there is no OVER clause.
	Over *WindowSpec
	// Running is RUNNING or FINAL, only in MATCH_RECOGNIZE, else empty.
	Running string
}

// NamedArg is name => value.
type NamedArg struct {
	Span
	Name  Ident
	Value Expr
}

// Symbol is a keyword used as an argument: a time unit, BOTH, LEADING, a
// character set. Upper case.
type Symbol struct {
	Span
	Name string
}

// Default is the keyword DEFAULT as an argument or as a value of an INSERT.
type Default struct{ Span }

// Descriptor is DESCRIPTOR(column, ...).
type Descriptor struct {
	Span
	Columns []Ident
}

// TableArg is a table as the argument of a table function: TABLE t, TABLE(query)
// or a query in parentheses, with PARTITION BY and ORDER BY. Exactly one of
// Table and Query is set.
type TableArg struct {
	Span
	Table       *TableRef
	Query       *Query
	PartitionBy []Expr
	OrderBy     []OrderItem
}

// ModelArg is MODEL name as the argument of a table function.
type ModelArg struct {
	Span
	Name Name
}

// Row is ROW(a, b) or (a, b), which mean the same. A row of VALUES may have one item.
type Row struct {
	Span
	Items []Expr
}

// Array is ARRAY[a, b] or ARRAY(query).
type Array struct {
	Span
	Items []Expr
	Query *Query // nil for the bracket form
}

// Map is MAP[k, v, ...] (Items has keys and values by turns) or MAP(query).
type Map struct {
	Span
	Items []Expr
	Query *Query // nil for the bracket form
}

// Multiset is MULTISET[a, b] or MULTISET(query).
type Multiset struct {
	Span
	Items []Expr
	Query *Query // nil for the bracket form
}

// Index is x[i]: an element of an array or a map, or a field of a row by number.
type Index struct {
	Span
	X Expr
	// Mode is empty, or the word of x[OFFSET(i)], x[ORDINAL(i)], x[SAFE_OFFSET(i)], x[SAFE_ORDINAL(i)].
	Mode string
	I    Expr
}

// Field is x.name where x is not itself a plain name (those are one ColumnRef):
// (a.b).c, f(x).c, a[1].c.
type Field struct {
	Span
	X    Expr
	Name Ident
}

// NextValue is NEXT VALUE FOR s and CURRENT VALUE FOR s.
type NextValue struct {
	Span
	Current  bool
	Sequence Name
}

// DateMinus is (a - b) unit: the difference of two points in time as an interval.
type DateMinus struct {
	Span
	L, R Expr
	Unit IntervalUnit
}

// DynamicParam is ?.
type DynamicParam struct {
	Span
	Ordinal int // from 0, in the order of the text
}

// JSONBehavior is what a JSON function does in case of: NULL, ERROR, EMPTY ARRAY,
// EMPTY OBJECT, TRUE, FALSE, UNKNOWN, or DEFAULT Value. An empty Kind: not given.
type JSONBehavior struct {
	Kind  string
	Value Expr // only for DEFAULT
}

// JSONExists is JSON_EXISTS(input, path [behavior ON ERROR]).
type JSONExists struct {
	Span
	Input, Path Expr
	OnError     JSONBehavior
}

// JSONValue is JSON_VALUE(input, path [RETURNING type] [.. ON EMPTY] [.. ON ERROR]).
type JSONValue struct {
	Span
	Input, Path Expr
	Returning   *TypeName // nil if absent
	OnEmpty     JSONBehavior
	OnError     JSONBehavior
}

// JSONQuery is JSON_QUERY(input, path [RETURNING type] [wrapper] [.. ON EMPTY] [.. ON ERROR]).
type JSONQuery struct {
	Span
	Input, Path Expr
	Returning   *TypeName // nil if absent
	// Wrapper is WITHOUT ARRAY (also if not given), WITH CONDITIONAL ARRAY or WITH UNCONDITIONAL ARRAY.
	// OnEmpty and OnError are NULL if not given.
	Wrapper string
	OnEmpty JSONBehavior
	OnError JSONBehavior
}

// JSONObject is JSON_OBJECT([KEY k VALUE v, ...] [NULL|ABSENT ON NULL]), or with
// Aggregate set JSON_OBJECTAGG, which has one entry.
type JSONObject struct {
	Span
	Aggregate bool
	Entries   []JSONEntry
	// OnNull is NULL (also if not given) or ABSENT.
	OnNull string
}

// JSONEntry is one member of a JSON_OBJECT.
type JSONEntry struct {
	Span
	Key, Value Expr
}

// JSONArray is JSON_ARRAY([v, ...] [NULL|ABSENT ON NULL]), or with Aggregate set
// JSON_ARRAYAGG, which has one item.
type JSONArray struct {
	Span
	Aggregate bool
	Items     []Expr
	OrderBy   []OrderItem // only for the aggregate; also WITHIN GROUP
	// OnNull is NULL or ABSENT (also if not given).
	OnNull string
}

// WindowSpec is what follows OVER, or a definition in the WINDOW clause.
type WindowSpec struct {
	Span
	// Ref is the name of OVER w, or the window that OVER (w ...) refines; empty Name if none.
	Ref Ident
	// Parens is false only for OVER w.
	Parens      bool
	PartitionBy []Expr
	OrderBy     []OrderItem
	Frame       *Frame // nil if absent
	// AllowPartial is "ALLOW PARTIAL", "DISALLOW PARTIAL" or empty.
	AllowPartial string
}

// Frame is ROWS|RANGE BETWEEN start AND end. End.Kind is empty if only a start was given.
type Frame struct {
	Span
	Unit  string // ROWS, RANGE
	Start Bound
	End   Bound
}

// BoundKind names one end of a frame.
type BoundKind string

// The ends of a frame.
const (
	UnboundedPreceding BoundKind = "UNBOUNDED PRECEDING"
	UnboundedFollowing BoundKind = "UNBOUNDED FOLLOWING"
	CurrentRow         BoundKind = "CURRENT ROW"
	Preceding          BoundKind = "PRECEDING" // with an offset
	Following          BoundKind = "FOLLOWING" // with an offset
)

// Bound is one end of a frame.
type Bound struct {
	Span
	Kind   BoundKind
	Offset Expr // only for Preceding and Following
}

// OrderItem is expression [ASC|DESC] [NULLS FIRST|LAST].
type OrderItem struct {
	Span
	X     Expr
	Desc  bool
	Nulls string // FIRST, LAST or empty
}

func (*Literal) expr()         {}
func (*IntervalLiteral) expr() {}
func (*IntervalExpr) expr()    {}
func (*ColumnRef) expr()       {}
func (*Star) expr()            {}
func (*Unary) expr()           {}
func (*Binary) expr()          {}
func (*Between) expr()         {}
func (*In) expr()              {}
func (*Like) expr()            {}
func (*Quantified) expr()      {}
func (*Subquery) expr()        {}
func (*Case) expr()            {}
func (*Cast) expr()            {}
func (*Call) expr()            {}
func (*NamedArg) expr()        {}
func (*Symbol) expr()          {}
func (*Default) expr()         {}
func (*Descriptor) expr()      {}
func (*TableArg) expr()        {}
func (*ModelArg) expr()        {}
func (*Row) expr()             {}
func (*Array) expr()           {}
func (*Map) expr()             {}
func (*Multiset) expr()        {}
func (*Index) expr()           {}
func (*Field) expr()           {}
func (*NextValue) expr()       {}
func (*DateMinus) expr()       {}
func (*DynamicParam) expr()    {}
func (*JSONExists) expr()      {}
func (*JSONValue) expr()       {}
func (*JSONQuery) expr()       {}
func (*JSONObject) expr()      {}
func (*JSONArray) expr()       {}
