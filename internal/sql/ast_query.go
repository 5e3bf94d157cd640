package sql

// ---- queries ----

// Query is [WITH ...] body [ORDER BY ...] [OFFSET ..] [FETCH ..]. As a Statement
// it is a SELECT to be shown. Where a Query is the Body of another, or an operand of a
// SetOp, it has one of those clauses: parentheses around a body alone leave no node.
type Query struct {
	Span
	With    *With // nil if absent
	Body    QueryBody
	OrderBy []OrderItem
	Offset  Expr // nil if absent
	Fetch   Expr // LIMIT or FETCH; nil if absent or LIMIT ALL
}

// With is WITH [RECURSIVE] name (columns) AS (query), ...
type With struct {
	Span
	Recursive bool
	Items     []CTE
}

// CTE is one named query of WITH.
type CTE struct {
	Span
	Name    Ident
	Columns []Ident
	Query   *Query
}

// Select is one SELECT block.
type Select struct {
	Span
	Hints      []Hint
	Stream     bool
	Quantifier string // DISTINCT, ALL or empty
	Items      []SelectItem
	From       TableExpr // nil if absent; a comma is a *Join of kind CommaJoin
	Where      Expr      // nil if absent
	GroupBy    *GroupBy  // nil if absent
	Having     Expr      // nil if absent
	Windows    []NamedWindow
	Qualify    Expr // nil if absent
}

// SelectItem is expression [AS alias].
type SelectItem struct {
	Span
	X     Expr   // may be *Star
	Alias *Ident // nil if absent
}

// GroupBy is GROUP BY [ALL|DISTINCT] items.
type GroupBy struct {
	Span
	Quantifier string // ALL, DISTINCT or empty
	Items      []GroupItem
}

// GroupKind tells what a GroupItem is.
type GroupKind string

// The kinds of grouping elements.
const (
	GroupExpr    GroupKind = ""              // Exprs has one
	GroupSet     GroupKind = "()"            // (a, b), or () for the grand total
	GroupingSets GroupKind = "GROUPING SETS" // Sets
	GroupCube    GroupKind = "CUBE"          // Sets
	GroupRollup  GroupKind = "ROLLUP"        // Sets
)

// GroupItem is an element of GROUP BY.
type GroupItem struct {
	Span
	Kind  GroupKind
	Exprs []Expr
	Sets  []GroupItem
}

// NamedWindow is an element of the WINDOW clause.
type NamedWindow struct {
	Span
	Name Ident
	Spec WindowSpec
}

// Hint is one hint of /*+ A(x), B */.
type Hint struct {
	Span
	Name Ident
	// Args are the arguments in order; Key is set for 'k' = 'v' only.
	Args []HintArg
}

// HintArg is one argument of a hint.
type HintArg struct {
	Span
	Key   string // empty unless HasKey
	Value string
	// HasKey tells 'k' = 'v' (or k = 'v') from a value alone. KeyQuoted and ValueKind keep what was written.
	HasKey    bool
	KeyQuoted bool        // the key is a string literal
	ValueKind HintArgKind // what Value was written as
}

// HintArgKind tells how the value of a hint was written.
type HintArgKind uint8

// The kinds of hint arguments.
const (
	HintName   HintArgKind = iota // an identifier, perhaps of several parts
	HintString                    // a string literal
	HintNumber                    // a number
)

// SetOp is left UNION|INTERSECT|EXCEPT [ALL|DISTINCT] right. MINUS is read as EXCEPT.
type SetOp struct {
	Span
	Op          string // UNION, INTERSECT, EXCEPT
	All         bool
	Left, Right QueryBody
}

// Values is VALUES row, ...; VALUES 1 has a row of one item.
type Values struct {
	Span
	Rows []*Row
}

// ExplicitTable is TABLE t used as a query.
type ExplicitTable struct {
	Span
	Name Name
}

// ---- tables ----

// TableRef is a table by name, with its hints: t /*+ OPTIONS('k'='v') */.
type TableRef struct {
	Span
	Name  Name
	Hints []Hint
	// Extend are the columns of t EXTEND (c type, ...).
	Extend []ColumnDef
}

// Aliased is table AS alias (columns).
type Aliased struct {
	Span
	Table   TableExpr
	Alias   Ident
	Columns []Ident
}

// DerivedTable is [LATERAL] (query).
type DerivedTable struct {
	Span
	Lateral bool
	Query   *Query
}

// TableFunction is [LATERAL] TABLE(f(...)), or f(...) alone, which means the same.
type TableFunction struct {
	Span
	Lateral bool
	Call    *Call
}

// Unnest is [LATERAL] UNNEST(x, ...) [WITH ORDINALITY].
type Unnest struct {
	Span
	Lateral        bool
	Args           []Expr
	WithOrdinality bool
}

// Snapshot is table FOR SYSTEM_TIME AS OF time.
type Snapshot struct {
	Span
	Table TableExpr
	AsOf  Expr
}

// JoinKind names a join.
type JoinKind string

// The kinds of joins.
const (
	CommaJoin JoinKind = ","
	InnerJoin JoinKind = "INNER JOIN"
	LeftJoin  JoinKind = "LEFT JOIN"
	RightJoin JoinKind = "RIGHT JOIN"
	FullJoin  JoinKind = "FULL JOIN"
	CrossJoin JoinKind = "CROSS JOIN"
)

// Join is a join of two tables; at most one of On and Using is set.
type Join struct {
	Span
	Kind        JoinKind
	Natural     bool
	Left, Right TableExpr
	On          Expr
	Using       []Ident
}

// NestedTable is a join in parentheses.
type NestedTable struct {
	Span
	Table TableExpr
}

// Sample is table TABLESAMPLE method(percentage) [REPEATABLE(seed)], or
// TABLESAMPLE SUBSTITUTE('name').
type Sample struct {
	Span
	Table      TableExpr
	Method     string // BERNOULLI, SYSTEM, SUBSTITUTE
	Percentage Expr
	Repeatable Expr   // nil if absent
	Substitute string // only for SUBSTITUTE
}

// Pivot is table PIVOT (aggregates FOR axes IN (values)).
type Pivot struct {
	Span
	Table      TableExpr
	Aggregates []SelectItem
	Axes       []Ident
	Values     []SelectItem
}

// Unpivot is table UNPIVOT [INCLUDE|EXCLUDE NULLS] (measures FOR axes IN (columns)).
type Unpivot struct {
	Span
	Table    TableExpr
	Nulls    string // INCLUDE or EXCLUDE (also if not given)
	Measures []Ident
	Axes     []Ident
	Values   []UnpivotValue
}

// UnpivotValue is (columns) [AS value].
type UnpivotValue struct {
	Span
	Columns []Ident
	As      Expr // nil if absent
}

// MatchRecognize is table MATCH_RECOGNIZE ( ... ).
type MatchRecognize struct {
	Span
	Table       TableExpr
	PartitionBy []Expr
	OrderBy     []OrderItem
	Measures    []SelectItem
	// RowsPerMatch is ONE ROW, ALL ROWS or empty.
	RowsPerMatch string
	// AfterMatch is TO NEXT ROW, PAST LAST ROW, TO FIRST, TO LAST or empty; AfterTarget is the variable of the last two.
	AfterMatch  string
	AfterTarget Ident
	// StrictStart and StrictEnd are ^ and $ of the pattern.
	StrictStart bool
	Pattern     PatternExpr
	StrictEnd   bool
	Within      Expr // nil if absent
	Subsets     []PatternSubset
	Define      []PatternDefine
}

// PatternExpr is a row pattern.
type PatternExpr interface {
	Node
	patternExpr()
}

// PatternVar is a pattern variable.
type PatternVar struct {
	Span
	Name Ident
}

// PatternConcat is a b: one behind the other. Items has at least two.
type PatternConcat struct {
	Span
	Items []PatternExpr
}

// PatternAlt is a | b.
type PatternAlt struct {
	Span
	Items []PatternExpr
}

// PatternRepeat is a quantified pattern: a*, a+?, a{2,3}. Max is -1 for no limit.
// Exact tells a{n}.
type PatternRepeat struct {
	Span
	X         PatternExpr
	Min, Max  int
	Exact     bool
	Reluctant bool
	Symbol    string // *, +, ? or empty for braces
}

// PatternPermute is PERMUTE(a, b).
type PatternPermute struct {
	Span
	Items []PatternExpr
}

// PatternExclude is {- a -}.
type PatternExclude struct {
	Span
	X PatternExpr
}

// PatternSubset is name = (variables).
type PatternSubset struct {
	Span
	Name Ident
	Vars []Ident
}

// PatternDefine is variable AS condition.
type PatternDefine struct {
	Span
	Name      Ident
	Condition Expr
}

func (*Query) queryBody()         {}
func (*Select) queryBody()        {}
func (*SetOp) queryBody()         {}
func (*Values) queryBody()        {}
func (*ExplicitTable) queryBody() {}

func (*TableRef) tableExpr()       {}
func (*Aliased) tableExpr()        {}
func (*DerivedTable) tableExpr()   {}
func (*TableFunction) tableExpr()  {}
func (*Unnest) tableExpr()         {}
func (*Snapshot) tableExpr()       {}
func (*Join) tableExpr()           {}
func (*NestedTable) tableExpr()    {}
func (*Sample) tableExpr()         {}
func (*Pivot) tableExpr()          {}
func (*Unpivot) tableExpr()        {}
func (*MatchRecognize) tableExpr() {}

func (*PatternVar) patternExpr()     {}
func (*PatternConcat) patternExpr()  {}
func (*PatternAlt) patternExpr()     {}
func (*PatternRepeat) patternExpr()  {}
func (*PatternPermute) patternExpr() {}
func (*PatternExclude) patternExpr() {}
