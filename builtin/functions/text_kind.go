package functions

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions that tell what a value is.
var kindFunctions = []*function.Function{
	{
		Name: "IS_ALPHA", Family: "string",
		Summary:  "whether the text has characters and all are letters; never NULL",
		Syntax:   []string{"IS_ALPHA(value)"},
		Examples: examples("IS_ALPHA('abé')", "TRUE", "IS_ALPHA('a1')", "FALSE", "IS_ALPHA('')", "FALSE"),
		Bind:     bindKind("", func(b []byte) bool { return consists(b, unicode.IsLetter) }),
	},
	{
		Name: "IS_DIGIT", Family: "string",
		Summary:  "whether the text has characters and all are digits; never NULL",
		Syntax:   []string{"IS_DIGIT(value)"},
		Examples: examples("IS_DIGIT('12')", "TRUE", "IS_DIGIT('1.2')", "FALSE", "IS_DIGIT(7)", "TRUE"),
		Bind:     bindKind("integer", func(b []byte) bool { return consists(b, unicode.IsDigit) }),
	},
	{
		Name: "IS_DECIMAL", Family: "string",
		Summary:  "whether the text is a number as Java reads a double; never NULL",
		Syntax:   []string{"IS_DECIMAL(value)"},
		Examples: examples("IS_DECIMAL('1.5')", "TRUE", "IS_DECIMAL('1.5.')", "FALSE", "IS_DECIMAL(7)", "TRUE"),
		Bind: bindKind("integer or double", func(b []byte) bool {
			_, err := types.ParseFloat(types.View(b), 64)
			return err == nil
		}),
	},
	{
		Name: "TYPEOF", Family: "type conversion", BareNull: true,
		Summary:  "the type of a value as a text; if told so, as it is written in a CREATE TABLE",
		Syntax:   []string{"TYPEOF(value [, serializable])"},
		Examples: examples("TYPEOF(1)", "INT NOT NULL", "TYPEOF(CAST('a' AS STRING))", "STRING NOT NULL", "TYPEOF(CAST(NULL AS STRING), TRUE)", "VARCHAR(2147483647)"),
		Bind:     bindTypeOf,
	},
}

func consists(b []byte, is func(rune) bool) bool {
	if len(b) == 0 {
		return false
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !is(r) {
			return false
		}
		b = b[n:]
	}
	return true
}

// bindKind takes a text, or a number, which is of the kind by its type whatever its value,
// as in Flink: numbers says which.
func bindKind(numbers string, is func([]byte) bool) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if err := arity(args, 1, 1); err != nil {
			return function.Signature{}, err
		}
		t := args[0].Type
		if !t.IsText() && !t.IsNumeric() {
			return function.Signature{}, errors.New("argument 1 must be a text or a number, not " + t.Nullable().String())
		}
		number := t.IsInteger() && numbers != "" || (t.Kind == types.Float || t.Kind == types.Double) && numbers == "integer or double"
		kernel := func(c *function.Call) error {
			out := c.Out.Bools()
			return c.Rows(func(i int) error {
				out[i] = number || t.IsText() && !c.Args[0].IsNull(i) && is(text(c, 0, i))
				return nil
			})
		}
		return function.Signature{Params: plainTypes(args), Result: types.TBoolean.Required(), Kernel: kernel, NullIn: true}, nil
	}
}

func bindTypeOf(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, 2); err != nil {
		return function.Signature{}, err
	}
	t := args[0].Type.Plain()
	name := t.String()
	if len(args) == 2 {
		if args[1].Type.Kind != types.Boolean || args[1].Literal == nil || args[1].Literal.Null {
			return function.Signature{}, errors.New("argument 2 must be TRUE or FALSE")
		}
		if args[1].Literal.I != 0 {
			name = serializable(name)
		}
	}
	if isNull(t) {
		name = "NULL"
	}
	kernel := func(c *function.Call) error {
		return c.Rows(func(i int) error { c.Out.SetBytes(i, []byte(name)); return nil })
	}
	return function.Signature{Params: plainTypes(args), Result: types.TString, Kernel: kernel, NullIn: true}, nil
}

// serializable writes out the short names in a type's text, outside of quoted names.
func serializable(name string) string {
	var b bytes.Buffer
	for i, part := range strings.Split(name, "`") {
		if i > 0 {
			b.WriteByte('`')
		}
		if i%2 == 0 {
			part = strings.ReplaceAll(part, "STRING", "VARCHAR(2147483647)")
			part = strings.ReplaceAll(part, "BYTES", "VARBINARY(2147483647)")
		}
		b.WriteString(part)
	}
	return b.String()
}
