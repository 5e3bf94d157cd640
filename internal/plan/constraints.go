package plan

import "tidemark.dev/types"

// Constraints is what a sink does about values that its columns' types forbid, beside NULLs in
// NOT NULL columns (Flink's ConstraintEnforcer).
type Constraints struct {
	Lengths LengthRule
	Nested  NestedRule
}

// LengthRule is table.exec.sink.type-length-enforcer.
type LengthRule uint8

// What a text or binary does whose length its column does not have.
const (
	IgnoreLengths LengthRule = iota
	TrimAndPad               // it is cut, or filled up if the length is fixed
	RefuseLengths            // it is an error
)

// NestedRule is table.exec.sink.nested-constraint-enforcer.
type NestedRule uint8

// How deep constraints are looked for.
const (
	TopLevel      NestedRule = iota
	InRows                   // in fields of rows
	InCollections            // in elements of arrays, keys and values of maps too
)

// constraintsOf reads the session's settings.
func constraintsOf(lengths, nested string) (c Constraints) {
	switch lengths {
	case "TRIM_PAD":
		c.Lengths = TrimAndPad
	case "ERROR":
		c.Lengths = RefuseLengths
	}
	switch nested {
	case "ROWS":
		c.Nested = InRows
	case "ROWS_AND_COLLECTIONS":
		c.Nested = InCollections
	}
	return c
}

// Concern tells whether values of a column may break a constraint that is to be looked for. What is
// NOT NULL at the top is the business of Sink.Enforce.
func (c Constraints) Concern(t types.Type) bool { return c.concern(t, true) }

func (c Constraints) concern(t types.Type, top bool) bool {
	if !top && t.NotNull {
		return true
	}
	switch t.Kind {
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		return c.Lengths != IgnoreLengths && t.Precision < types.MaxLength
	case types.Row:
		if c.Nested >= InRows {
			for _, f := range t.Fields {
				if c.concern(f.Type, false) {
					return true
				}
			}
		}
	case types.Array, types.Multiset:
		return c.Nested >= InCollections && c.concern(*t.Elem, false)
	case types.Map:
		return c.Nested >= InCollections && (c.concern(*t.Key, false) || c.concern(*t.Elem, false))
	}
	return false
}
