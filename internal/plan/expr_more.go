package plan

// Negate is unary minus over a number or an interval: integers wrap, -0.0 is a double.
// T is the type of Arg.
type Negate struct {
	Typed
	Arg Expr
}

// TimeDiff is L minus R, two points in time of one type (but for nullability): an
// INTERVAL of months or of milliseconds by T.
type TimeDiff struct {
	Typed
	L, R Expr
}

// Element reads an element of an ARRAY (Key counts from 1), the value of a MAP's key,
// or the only element of an ARRAY (Key nil). It is NULL where there is none.
type Element struct {
	Typed
	Arg, Key Expr
}

// ListOf builds an ARRAY of its arguments, which are of the element's type, or a MAP of
// keys and values in turn.
type ListOf struct {
	Typed
	Args []Expr
}
