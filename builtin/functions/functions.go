// Package functions holds Flink's built-in scalar functions, one file a family. Each
// is a function.Function: signature, kernel, NULL rule, summary and examples; from
// these come binding, the manual and a first test.
//
// Meaning is that of Flink 2.3, "System (Built-in) Functions"
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/dev/table/functions/systemfunctions/);
// where the page and a running Flink differ, the running one was followed.
//
// Operators that are functions to the planner have the names '||', LIKE, SIMILAR TO,
// EXTRACT (unit, value), POSITION (part, text) and TRIM (BOTH, LEADING or TRAILING;
// characters; text). Of the functions of SQL/JSON the clauses become arguments, names
// being literals of CHAR and a type being a NULL literal of it:
//
//	IS JSON (text, VALUE | OBJECT | ARRAY | SCALAR)
//	JSON_EXISTS (text, path, TRUE | FALSE | UNKNOWN | ERROR)
//	JSON_VALUE (text, path, returning, on empty, its default, on error, its default)
//	JSON_QUERY (text, path, returning, wrapper, on empty, on error)
//	JSON_OBJECT (NULL | ABSENT, key, value, ...)
//	JSON_ARRAY (NULL | ABSENT, value, ...)
//
// where "on empty" and "on error" are NULL, ERROR, DEFAULT, EMPTY ARRAY or EMPTY OBJECT,
// a default that is not given is a bare NULL, and the wrapper is WITHOUT ARRAY, WITH
// CONDITIONAL ARRAY or WITH UNCONDITIONAL ARRAY.
package functions

import (
	"fmt"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Register adds all of them to r.
func Register(r *function.Registry) {
	for _, family := range [][]*function.Function{
		caseFunctions, cutFunctions, searchFunctions, joinFunctions, padFunctions, patternFunctions, codeFunctions,
		numberFunctions, roundFunctions, powerFunctions, trigonometricFunctions,
		conditionalFunctions,
		clockFunctions, fieldFunctions, formatFunctions, shiftFunctions, floorFunctions,
		hashFunctions, hashCodeFunctions,
		charsetFunctions, urlFunctions, splitFunctions, kindFunctions, printfFunctions, randomFunctions,
		arrayReadFunctions, arrayMakeFunctions, arraySetFunctions, mapFunctions,
		jsonReadFunctions, jsonWriteFunctions,
	} {
		r.Add(family...)
	}
}

// examples are pairs of an expression and its value.
func examples(pairs ...string) []function.Example {
	out := make([]function.Example, len(pairs)/2)
	for i := range out {
		out[i] = function.Example{SQL: pairs[2*i], Result: pairs[2*i+1]}
	}
	return out
}

// --- signatures -------------------------------------------------------------------

// arity refuses another number of arguments than least..most.
func arity(args []function.Arg, least, most int) error {
	if n := len(args); n < least || n > most {
		switch {
		case least == most:
			return fmt.Errorf("takes %s, not %d", arguments(least), n)
		case most == many:
			return fmt.Errorf("takes %s or more, not %d", arguments(least), n)
		}
		return fmt.Errorf("takes %d to %s, not %d", least, arguments(most), n)
	}
	return nil
}

// many is the arity of functions that take any number of arguments.
const many = 1 << 10

func arguments(n int) string {
	switch n {
	case 0:
		return "no argument"
	case 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// class is a set of types that an argument may have.
type class struct {
	name string
	has  func(types.Type) bool
	// to is the type that a NULL literal or a narrower argument is cast to, given the
	// argument's; nil: it stays.
	to func(types.Type) types.Type
}

func isNull(t types.Type) bool { return t.Kind == types.Null }

var (
	anyText    = class{"a text", types.Type.IsText, nil}
	anyInteger = class{"an integer", types.Type.IsInteger, nil}
	wholeInt   = class{"an INT", func(t types.Type) bool { return t.IsInteger() }, to(types.TInt)}
	bigInt     = class{"a BIGINT", func(t types.Type) bool { return t.IsInteger() }, to(types.TBigInt)}
	anyNumber  = class{"a number", types.Type.IsNumeric, nil}
	asDouble   = class{"a number", types.Type.IsNumeric, to(types.TDouble)}
	truth      = class{"a BOOLEAN", func(t types.Type) bool { return t.Kind == types.Boolean }, to(types.TBoolean)}
	anything   = class{"a value", func(types.Type) bool { return true }, nil}
	asText     = class{"a text", types.Type.IsText, to(types.TString)}
)

// to is a class's cast to one type.
func to(t types.Type) func(types.Type) types.Type { return func(types.Type) types.Type { return t } }

// params checks the arguments against their classes, the last of which serves for all
// that are left, and answers the types that they are cast to.
func params(args []function.Arg, classes ...class) ([]types.Type, error) {
	out := make([]types.Type, len(args))
	for i, a := range args {
		c := classes[min(i, len(classes)-1)]
		if !isNull(a.Type) && !c.has(a.Type) {
			return nil, fmt.Errorf("argument %d must be %s, not %v", i+1, c.name, a.Type.Nullable())
		}
		out[i] = a.Type.Plain()
		if c.to != nil {
			out[i] = c.to(a.Type).WithNull(!a.Type.NotNull)
		} else if isNull(a.Type) {
			out[i] = defaultOf(c)
		}
	}
	return out, nil
}

// defaultOf is the type that a bare NULL takes where a class has several.
func defaultOf(c class) types.Type {
	for _, t := range []types.Type{types.TString, types.TInt, types.TTimestamp(3)} {
		if c.has(t) {
			return t
		}
	}
	return types.TNull
}

// nullable tells that one of the types is.
func nullable(ts []types.Type) bool {
	for _, t := range ts {
		if !t.NotNull {
			return true
		}
	}
	return false
}

// strict is the signature of a kernel that answers NULL for NULL only.
func strict(ps []types.Type, result types.Type, k function.Kernel) (function.Signature, error) {
	return function.Signature{Params: ps, Result: result.WithNull(nullable(ps)), Kernel: k}, nil
}

// partial is the signature of a kernel that may answer NULL for any arguments.
func partial(ps []types.Type, result types.Type, k function.Kernel) (function.Signature, error) {
	return function.Signature{Params: ps, Result: result.Nullable(), Kernel: k}, nil
}

// binding makes a Bind of a fixed list of classes, of which the last optional ones may
// be left out.
func binding(optional int, sign func(ps []types.Type, args []function.Arg) (function.Signature, error), classes ...class) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if err := arity(args, len(classes)-optional, len(classes)); err != nil {
			return function.Signature{}, err
		}
		ps, err := params(args, classes...)
		if err != nil {
			return function.Signature{}, err
		}
		return sign(ps, args)
	}
}

// plain is binding of a strict kernel with one result type.
func plain(result types.Type, k function.Kernel, classes ...class) func([]function.Arg) (function.Signature, error) {
	return binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) { return strict(ps, result, k) }, classes...)
}

// loose is plain for a kernel that may answer NULL for any arguments.
func loose(result types.Type, k function.Kernel, optional int, classes ...class) func([]function.Arg) (function.Signature, error) {
	return binding(optional, func(ps []types.Type, _ []function.Arg) (function.Signature, error) { return partial(ps, result, k) }, classes...)
}

// --- kernels ----------------------------------------------------------------------

// scratch is room for the text of one row: it begins on the stack.
const scratch = 256

// texts makes a kernel of a function that appends the result for argument 0 to dst.
func texts(f func(dst, b []byte) []byte) function.Kernel {
	return func(c *function.Call) error {
		buf := make([]byte, 0, scratch)
		a, mask := c.Args[0], c.Args[0].Mask()
		return c.Rows(func(i int) error {
			buf = f(buf[:0], a.Bytes(i&mask))
			c.Out.SetBytes(i, buf)
			return nil
		})
	}
}

// textKernel makes a kernel of a function that appends the text of a row to dst, or
// answers false for NULL.
func textKernel(f func(c *function.Call, dst []byte, i int) ([]byte, bool)) function.Kernel {
	return func(c *function.Call) error {
		buf := make([]byte, 0, scratch)
		return c.Rows(func(i int) error {
			var ok bool
			if buf, ok = f(c, buf[:0], i); ok {
				c.Out.SetBytes(i, buf)
			} else {
				c.Out.SetNull(i)
			}
			return nil
		})
	}
}

// text is row i of argument k.
func text(c *function.Call, k, i int) []byte {
	v := c.Args[k]
	return v.Bytes(i & v.Mask())
}

// int32At and int64At are row i of an INT or BIGINT argument k.
func int32At(c *function.Call, k, i int) int32 {
	v := c.Args[k]
	return v.Int32s()[i&v.Mask()]
}

func int64At(c *function.Call, k, i int) int64 {
	v := c.Args[k]
	return v.Int64s()[i&v.Mask()]
}

// slicer makes a kernel of a function that answers a part of argument 0 as a range of
// its bytes: nothing is copied. ok is false for NULL.
func slicer(f func(c *function.Call, b []byte, i int) (from, to int, ok bool)) function.Kernel {
	return func(c *function.Call) error {
		a, mask := c.Args[0], c.Args[0].Mask()
		c.Out.ShareBuffers(a)
		views := a.Views()
		return c.Rows(func(i int) error {
			b := a.Bytes(i & mask)
			from, to, ok := f(c, b, i)
			if !ok {
				c.Out.SetNull(i)
				return nil
			}
			buffer, at := views[i&mask].Place()
			c.Out.SetView(i, buffer, at+from, b[from:to])
			return nil
		})
	}
}

// literalText is an argument's text if it is a constant that is not NULL.
func literalText(a function.Arg) (string, bool) {
	if a.Literal == nil || a.Literal.Null || !a.Type.IsText() {
		return "", false
	}
	return a.Literal.S, true
}
