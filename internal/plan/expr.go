package plan

import (
	"tidemark.dev/function"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Expr is a bound expression: names are column numbers, every cast is written out,
// every node knows its type. It is data; package expr computes it.
type Expr interface {
	Type() types.Type
	// Position is where it stands in the script, for messages at run time.
	Position() sql.Pos
}

// Typed is what all expressions share: a type, and a place in the script.
type Typed struct {
	T   types.Type
	Pos sql.Pos
}

// Type is the type of the value, nullability included.
func (e *Typed) Type() types.Type  { return e.T }
func (e *Typed) Position() sql.Pos { return e.Pos }

// Column reads column Index of the input.
type Column struct {
	Typed
	Index int
	Name  string
}

// Literal is a constant.
type Literal struct {
	Typed
	Value types.Value
}

// Cast converts its argument to T. Try answers NULL where it fails. Implicit ones
// were put in by the planner.
type Cast struct {
	Typed
	Arg      Expr
	Try      bool
	Implicit bool
}

// Logic is AND, OR or NOT in three-valued logic; AND and OR take two or more
// arguments, evaluated left to right over ever fewer rows.
type Logic struct {
	Typed
	Op   LogicOp
	Args []Expr
}

// LogicOp is which of the three.
type LogicOp uint8

const (
	And LogicOp = iota
	Or
	Not
)

// Compare compares two arguments of one type (but for nullability). The Distinct
// pair treats NULL as a value.
type Compare struct {
	Typed
	Op   CompareOp
	L, R Expr
}

// CompareOp is a comparison.
type CompareOp uint8

const (
	Equal CompareOp = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	DistinctFrom
	NotDistinctFrom
)

// IsTest is IS [NOT] NULL, TRUE, FALSE, UNKNOWN: never NULL itself.
type IsTest struct {
	Typed
	Test TestOp
	Neg  bool
	Arg  Expr
}

// TestOp is what IsTest tests for.
type TestOp uint8

const (
	TestNull TestOp = iota // also IS UNKNOWN
	TestTrue
	TestFalse
)

// Arithmetic is + - * / % over two numbers, the result's type being T by Flink's rules;
// operands are integers of T's own type, doubles, or decimals of their own scales.
type Arithmetic struct {
	Typed
	Op   ArithmeticOp
	L, R Expr
}

// ArithmeticOp is an arithmetic operator.
type ArithmeticOp uint8

const (
	Add ArithmeticOp = iota
	Subtract
	Multiply
	Divide
	Modulo
)

// TimeShift is a timestamp plus an interval (negate for minus). The interval is of
// months or of milliseconds by its type.
type TimeShift struct {
	Typed
	Time, Interval Expr
	Negate         bool
}

// Case is the searched CASE: conditions are BOOLEAN, results of type T.
type Case struct {
	Typed
	Whens []When
	Else  Expr
}

// When is one branch of a Case.
type When struct{ If, Then Expr }

// In tests membership in a list of constants of Arg's type; NullInList makes the
// answer NULL where it would be false.
type In struct {
	Typed
	Arg        Expr
	List       []types.Value
	NullInList bool
	Neg        bool
}

// FieldOf reads a field of a ROW.
type FieldOf struct {
	Typed
	Arg   Expr
	Index int
}

// RowOf builds a ROW of its arguments.
type RowOf struct {
	Typed
	Args []Expr
}

// Call applies a scalar function of the registry.
type Call struct {
	Typed
	Function  *function.Function
	Signature function.Signature
	Args      []Expr // already of the types of Signature.Params
}

// Proctime reads the clock of the task, once a batch.
type Proctime struct{ Typed }
