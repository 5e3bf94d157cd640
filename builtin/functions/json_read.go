package functions

// SQL/JSON's functions that read. Each row goes this way:
//
//  1. The text is parsed; the path, compiled once, leads to a value (package jsonpath).
//  2. In lax mode a text that is no JSON and a path that leads nowhere are empty; in
//     strict mode, which is that of a path without a mode, they are errors. A text that is no path is an
//     error in both.
//  3. What is not of the kind that the function answers is empty in lax mode, an error in
//     strict mode, where NULL is one too.
//  4. The ON EMPTY and ON ERROR clauses say what comes of it.

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"tidemark.dev/builtin/functions/jsonpath"
	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var jsonReadFunctions = []*function.Function{
	{
		Name: "IS JSON", Family: "json",
		Summary:  "whether the text is JSON: any value, an object, an array or a scalar. What follows an array, object or string is not looked at; never NULL",
		Syntax:   []string{"text IS [NOT] JSON [VALUE | OBJECT | ARRAY | SCALAR]"},
		Examples: examples(`'{"a": 1}' IS JSON`, "TRUE", "'{a}' IS JSON", "FALSE", "'1' IS JSON SCALAR", "TRUE", "'[1]' IS JSON OBJECT", "FALSE", "CAST(NULL AS STRING) IS JSON", "FALSE"),
		Bind:     bindIsJSON,
	},
	{
		Name: "JSON_EXISTS", Family: "json",
		Summary:  "whether the path leads to a value that is not NULL",
		Syntax:   []string{"JSON_EXISTS(json, path [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR])"},
		Examples: examples(`JSON_EXISTS('{"a": true}', '$.a')`, "TRUE", `JSON_EXISTS('{"a": [{"b": 1}]}', 'lax $.a[1].b')`, "FALSE", `JSON_EXISTS('{"a": true}', 'strict $.b' TRUE ON ERROR)`, "TRUE", `JSON_EXISTS('{"a": true}', 'strict $.b' UNKNOWN ON ERROR)`, "NULL"),
		Bind:     bindJSONExists,
	},
	{
		Name: "JSON_VALUE", Family: "json",
		Summary:  "the scalar that the path leads to, as STRING, BOOLEAN, INTEGER or DOUBLE; no number or text is converted but to STRING",
		Syntax:   []string{"JSON_VALUE(json, path [RETURNING type] [{NULL | ERROR | DEFAULT value} ON EMPTY] [{NULL | ERROR | DEFAULT value} ON ERROR])"},
		Examples: examples(`JSON_VALUE('{"a": true}', '$.a')`, "true", `JSON_VALUE('{"a": 1.50}', '$.a' RETURNING DOUBLE)`, "1.5", `JSON_VALUE('{"a": 7}', '$.a' RETURNING INTEGER)`, "7", `JSON_VALUE('{"a": [1, 2]}', '$.a[-1]')`, "2", `JSON_VALUE('{"a": {}}', '$.a')`, "NULL", `JSON_VALUE('{}', 'lax $.a' DEFAULT 'none' ON EMPTY)`, "none", `JSON_VALUE('{}', 'strict $.a' DEFAULT 'bad' ON ERROR)`, "bad"),
		Bind:     bindJSONValue,
	},
	{
		Name: "JSON_QUERY", Family: "json",
		Summary:  "the array or object that the path leads to, as JSON without spaces and with keys in order, or as ARRAY<STRING>; a wrapper puts it, or only what is not an array, into an array",
		Syntax:   []string{"JSON_QUERY(json, path [RETURNING type] [{WITHOUT | WITH [CONDITIONAL | UNCONDITIONAL]} [ARRAY] WRAPPER] [{NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR} ON EMPTY] [{NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR} ON ERROR])"},
		Examples: examples(`JSON_QUERY('{"a": {"c": 1, "b": [2, 3]}}', '$.a')`, `{"b":[2,3],"c":1}`, `JSON_QUERY('[{"a": 1}, {"a": 2}]', '$[*].a')`, "[1,2]", `JSON_QUERY('{"a": 1}', '$.a' WITH WRAPPER)`, "[1]", `JSON_QUERY('{"a": 1}', '$.a')`, "NULL", `JSON_QUERY('{}', 'lax $.a' EMPTY OBJECT ON EMPTY)`, "{}", `JSON_QUERY('[1, 2, 3, 4]', '$[?(@ > 2)]')`, "[3,4]"),
		Bind:     bindJSONQuery,
	},
}

// documents are reused from batch to batch.
var documents = sync.Pool{New: func() any { return new(jsonpath.Document) }}

// word is the text of an argument that the planner made of a keyword.
func word(a function.Arg, of ...string) (string, error) {
	s, ok := literalText(a)
	for _, w := range of {
		if ok && s == w {
			return s, nil
		}
	}
	return "", fmt.Errorf("%q is none of %s", s, strings.Join(of, ", "))
}

func bindIsJSON(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, 2); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	kind, err := word(args[1], "VALUE", "OBJECT", "ARRAY", "SCALAR")
	if err != nil {
		return function.Signature{}, err
	}
	return function.Signature{Params: ps, Result: types.TBoolean.Required(), NullIn: true, Kernel: func(c *function.Call) error {
		doc := documents.Get().(*jsonpath.Document)
		defer documents.Put(doc)
		out := c.Out.Bools()
		return c.Rows(func(i int) error {
			if c.Args[0].IsNull(i) || doc.Parse(text(c, 0, i)) != nil {
				out[i] = false
				return nil
			}
			k := doc.Kind(0)
			out[i] = kind == "VALUE" || kind == "OBJECT" && k == jsonpath.Object || kind == "ARRAY" && k == jsonpath.Array || kind == "SCALAR" && k < jsonpath.Array
			return nil
		})
	}}, nil
}

// jsonPath is a path with its mode.
type jsonPath struct {
	lax  bool
	path *jsonpath.Path
	err  error // the text is no path
}

// newJSONPath reads '[strict | lax] path'. The error says what cannot be computed here; a
// text that is no path is one when it is used.
func newJSONPath(s string) (*jsonPath, error) {
	p := &jsonPath{}
	spec := s
	trimmed := strings.TrimLeft(s, " \t\n\r\v\f")
	if mode, rest, ok := cutBlank(trimmed); ok && rest != "" {
		if strings.EqualFold(mode, "strict") || strings.EqualFold(mode, "lax") {
			p.lax = strings.EqualFold(mode, "lax")
			spec = rest
		}
	}
	p.path, p.err = jsonpath.Compile(spec)
	var unsupported *jsonpath.Unsupported
	if errors.As(p.err, &unsupported) {
		return nil, p.err
	}
	if p.err != nil {
		p.err = fmt.Errorf("Illegal jsonpath spec '%s', format of the spec should be: '<lax|strict> ${'expr'}'", s)
	}
	return p, nil
}

// cutBlank cuts a text at its first run of blanks.
func cutBlank(s string) (before, after string, found bool) {
	i := strings.IndexAny(s, " \t\n\r\v\f")
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeft(s[i:], " \t\n\r\v\f"), true
}

// jsonPaths finds the path of a row: a literal's is compiled once, others are kept.
func jsonPaths(a function.Arg) (func([]byte) (*jsonPath, error), error) {
	if s, ok := literalText(a); ok {
		p, err := newJSONPath(s)
		return func([]byte) (*jsonPath, error) { return p, nil }, err
	}
	var cache memo[*jsonPath]
	return func(b []byte) (*jsonPath, error) { return cache.get(b, newJSONPath) }, nil
}

// find leads to a value of a row's text. Of found, empty and failed (err) one is so.
func (p *jsonPath) find(doc *jsonpath.Document, b []byte) (n jsonpath.Node, found bool, err error) {
	if err := doc.Parse(b); err != nil {
		if p.lax {
			return 0, false, nil
		}
		return 0, false, err
	}
	if p.err != nil {
		return 0, false, p.err
	}
	n, err = doc.Select(p.path)
	if err != nil {
		if errors.Is(err, jsonpath.ErrContainer) || errors.Is(err, jsonpath.ErrVisits) {
			return 0, false, &fatal{err}
		}
		if !p.lax {
			return 0, false, err
		}
		if !p.path.Definite() {
			return doc.Empty(), true, nil
		}
		return 0, false, nil
	}
	return n, doc.Kind(n) != jsonpath.Null, nil
}

// fatal is an error that no ON ERROR clause catches.
type fatal struct{ error }

// caught makes of an error what an ON ERROR clause of that name does: nothing with it, or
// the row's failure.
func caught(i int, err error, onError string) error {
	if f, ok := err.(*fatal); ok {
		return function.Failf(i, "%v", f.error)
	}
	if onError == "ERROR" {
		return function.Failf(i, "%v", err)
	}
	return nil
}

func bindJSONExists(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 3, 3); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	if _, ok := literalText(args[1]); !ok {
		return function.Signature{}, errors.New("the path must be a literal")
	}
	onError, err := word(args[2], "TRUE", "FALSE", "UNKNOWN", "ERROR")
	if err != nil {
		return function.Signature{}, err
	}
	path, err := jsonPaths(args[1])
	if err != nil {
		return function.Signature{}, err
	}
	return partial(ps, types.TBoolean, func(c *function.Call) error {
		doc := documents.Get().(*jsonpath.Document)
		defer documents.Put(doc)
		out := c.Out.Bools()
		return c.Rows(func(i int) error {
			p, _ := path(nil)
			_, found, err := p.find(doc, text(c, 0, i))
			switch {
			case err == nil:
				out[i] = found
			case onError == "UNKNOWN":
				c.Out.SetNull(i)
			default:
				out[i] = onError == "TRUE"
			}
			if err != nil {
				return caught(i, err, onError)
			}
			return nil
		})
	})
}

// outcome is what a clause makes of an empty result or an error.
type outcome struct {
	word  string // NULL, ERROR, DEFAULT, EMPTY ARRAY or EMPTY OBJECT
	value types.Value
	text  []byte // of a DEFAULT for a text
}

func bindJSONValue(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 7, 7); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args[:2], anyText)
	if err != nil {
		return function.Signature{}, err
	}
	for _, a := range args[2:] {
		ps = append(ps, a.Type)
	}
	path, err := jsonPaths(args[1])
	if err != nil {
		return function.Signature{}, err
	}
	result := args[2].Type.Nullable()
	var onEmpty, onError outcome
	for i, o := range []*outcome{&onEmpty, &onError} {
		if o.word, err = word(args[3+2*i], "NULL", "ERROR", "DEFAULT"); err != nil {
			return function.Signature{}, err
		}
		if o.word == "DEFAULT" {
			if err := o.setDefault(args[4+2*i], result); err != nil {
				return function.Signature{}, err
			}
		}
	}
	put, err := jsonScalar(result)
	if err != nil {
		return function.Signature{}, err
	}
	kernel := func(c *function.Call) error {
		doc := documents.Get().(*jsonpath.Document)
		defer documents.Put(doc)
		buf := make([]byte, 0, scratch)
		return c.Rows(func(i int) error {
			if c.Args[0].IsNull(i) || c.Args[1].IsNull(i) {
				c.Out.SetNull(i)
				return nil
			}
			p, err := path(text(c, 1, i))
			if err != nil {
				return function.Failf(i, "%v", err)
			}
			n, found, err := p.find(doc, text(c, 0, i))
			container := found && doc.Kind(n) >= jsonpath.Array
			switch {
			case err != nil:
			case p.lax && (!found || container):
				if onEmpty.word == "ERROR" {
					return function.Failf(i, "Empty result of JSON_VALUE function is not allowed")
				}
				onEmpty.put(c, i)
				return nil
			case !found:
				err = errors.New("Strict jsonpath mode requires a non empty returned value, but is null")
			case container:
				err = fmt.Errorf("Strict jsonpath mode requires scalar value, and the actual value is: '%s'", doc.Append(buf[:0], n))
			default:
				buf, err = put(c, i, buf[:0], doc, n)
				return err
			}
			onError.put(c, i)
			return caught(i, err, onError.word)
		})
	}
	return function.Signature{Params: ps, Result: result, Kernel: kernel, NullIn: true}, nil
}

// setDefault takes the value of a DEFAULT clause for a result type.
func (o *outcome) setDefault(a function.Arg, result types.Type) error {
	t := a.Type
	if a.Literal == nil {
		return errors.New("the DEFAULT value must be a literal")
	}
	o.value = *a.Literal
	switch {
	case o.value.Null:
		o.word = "NULL"
	case result.IsText():
		o.text = fit(types.AppendText(nil, o.value, t), result)
	case result.Kind == t.Kind || result.Kind == types.Int && t.IsInteger() && t.Kind < types.Int:
	case result.Kind == types.Double && t.IsNumeric():
		f, err := strconv.ParseFloat(string(types.AppendCast(nil, o.value, t, types.UTC)), 64)
		if err != nil {
			return err
		}
		o.value = types.Float64(f)
	default:
		return fmt.Errorf("the DEFAULT value of type %v is not of the type that is returned, %v", t.Nullable(), result)
	}
	return nil
}

// put writes the outcome; ERROR writes NULL.
func (o *outcome) put(c *function.Call, i int) {
	switch {
	case o.word != "DEFAULT":
		c.Out.SetNull(i)
	case c.Out.Layout() == vector.Texts:
		c.Out.SetBytes(i, o.text)
	case c.Out.Layout() == vector.Bools:
		c.Out.Bools()[i] = o.value.I != 0
	case c.Out.Layout() == vector.Int32s:
		c.Out.Int32s()[i] = int32(o.value.I)
	default:
		c.Out.Float64s()[i] = o.value.F
	}
}

// fit makes b a value of the type CHAR(n) or VARCHAR(n).
func fit(b []byte, t types.Type) []byte {
	return types.FitText(b, 0, int(t.Precision), t.Kind == types.Char)
}

// jsonScalar is how a scalar becomes a value of the type that is returned.
func jsonScalar(t types.Type) (func(c *function.Call, i int, buf []byte, doc *jsonpath.Document, n jsonpath.Node) ([]byte, error), error) {
	mismatch := func(i int, doc *jsonpath.Document, n jsonpath.Node) error {
		return function.Failf(i, "the JSON value %s is not returned as %v", doc.Append(nil, n), t)
	}
	switch t.Kind {
	case types.Char, types.VarChar:
		cut := t.Precision < types.MaxLength
		return func(c *function.Call, i int, buf []byte, doc *jsonpath.Document, n jsonpath.Node) ([]byte, error) {
			buf = doc.AppendScalar(buf, n)
			if cut {
				buf = fit(buf, t)
			}
			c.Out.SetBytes(i, buf)
			return buf, nil
		}, nil
	case types.Boolean:
		return func(c *function.Call, i int, buf []byte, doc *jsonpath.Document, n jsonpath.Node) ([]byte, error) {
			k := doc.Kind(n)
			c.Out.Bools()[i] = k == jsonpath.True
			if k != jsonpath.True && k != jsonpath.False {
				return buf, mismatch(i, doc, n)
			}
			return buf, nil
		}, nil
	case types.Int:
		return func(c *function.Call, i int, buf []byte, doc *jsonpath.Document, n jsonpath.Node) ([]byte, error) {
			x, err := strconv.ParseInt(string(doc.Text(n)), 10, 32)
			if doc.Kind(n) != jsonpath.Integer || err != nil {
				return buf, mismatch(i, doc, n)
			}
			c.Out.Int32s()[i] = int32(x)
			return buf, nil
		}, nil
	case types.Double:
		return func(c *function.Call, i int, buf []byte, doc *jsonpath.Document, n jsonpath.Node) ([]byte, error) {
			if doc.Kind(n) != jsonpath.Decimal {
				return buf, mismatch(i, doc, n)
			}
			c.Out.Float64s()[i], _ = strconv.ParseFloat(string(doc.Text(n)), 64)
			return buf, nil
		}, nil
	}
	return nil, fmt.Errorf("RETURNING %v is not possible, only STRING, BOOLEAN, INTEGER and DOUBLE are", t)
}

func bindJSONQuery(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 6, 6); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args[:2], anyText)
	if err != nil {
		return function.Signature{}, err
	}
	for _, a := range args[2:] {
		ps = append(ps, a.Type)
	}
	q := &jsonQuery{}
	if q.path, err = jsonPaths(args[1]); err != nil {
		return function.Signature{}, err
	}
	result := args[2].Type.Nullable()
	q.array = result.Kind == types.Array
	if !result.IsText() && !(q.array && result.Elem.IsText()) {
		return function.Signature{}, fmt.Errorf("RETURNING %v is not possible, only STRING and ARRAY<STRING> are", result)
	}
	q.result = result
	if q.array {
		q.result = *result.Elem
	}
	if q.wrapper, err = word(args[3], "WITHOUT ARRAY", "WITH CONDITIONAL ARRAY", "WITH UNCONDITIONAL ARRAY"); err != nil {
		return function.Signature{}, err
	}
	for i, o := range []*string{&q.onEmpty, &q.onError} {
		if *o, err = word(args[4+i], "NULL", "ERROR", "EMPTY ARRAY", "EMPTY OBJECT"); err != nil {
			return function.Signature{}, err
		}
		if q.array && *o == "EMPTY OBJECT" {
			return function.Signature{}, errors.New("EMPTY OBJECT is no array to return")
		}
	}
	kernel := q.texts
	if q.array {
		kernel = q.arrays
	}
	return function.Signature{Params: ps, Result: result, Kernel: kernel, NullIn: true}, nil
}

// jsonQuery is a bound JSON_QUERY.
type jsonQuery struct {
	path             func([]byte) (*jsonPath, error)
	wrapper          string
	onEmpty, onError string
	array            bool
	result           types.Type // the text's, or that of the array's elements
}

// find computes row i: a value, or nothing and what to answer instead.
func (q *jsonQuery) find(c *function.Call, doc *jsonpath.Document, i int) (n jsonpath.Node, instead string, err error) {
	if c.Args[0].IsNull(i) || c.Args[1].IsNull(i) {
		return 0, "NULL", nil
	}
	p, err := q.path(text(c, 1, i))
	if err != nil {
		return 0, "", function.Failf(i, "%v", err)
	}
	n, found, err := p.find(doc, text(c, 0, i))
	if found && (q.wrapper == "WITH UNCONDITIONAL ARRAY" || q.wrapper == "WITH CONDITIONAL ARRAY" && doc.Kind(n) != jsonpath.Array) {
		n = doc.Wrap(n)
	}
	scalar := found && doc.Kind(n) < jsonpath.Array
	switch {
	case err != nil:
	case p.lax && (!found || scalar):
		if q.onEmpty == "ERROR" {
			return 0, "", function.Failf(i, "Empty result of JSON_QUERY function is not allowed")
		}
		return 0, q.onEmpty, nil
	case !found:
		err = errors.New("Strict jsonpath mode requires a non empty returned value, but is null")
	case scalar:
		err = fmt.Errorf("Strict jsonpath mode requires array or object value, and the actual value is: '%s'", doc.AppendScalar(nil, n))
	case q.array && doc.Kind(n) != jsonpath.Array:
		err = errors.New("an object is not returned as an array")
	default:
		return n, "", nil
	}
	return 0, q.onError, caught(i, err, q.onError)
}

func (q *jsonQuery) texts(c *function.Call) error {
	doc := documents.Get().(*jsonpath.Document)
	defer documents.Put(doc)
	buf := make([]byte, 0, scratch)
	return c.Rows(func(i int) error {
		n, instead, err := q.find(c, doc, i)
		switch {
		case err != nil:
			return err
		case instead == "":
			buf = doc.Append(buf[:0], n)
		case instead == "EMPTY ARRAY":
			buf = append(buf[:0], "[]"...)
		case instead == "EMPTY OBJECT":
			buf = append(buf[:0], "{}"...)
		default:
			c.Out.SetNull(i)
			return nil
		}
		if q.result.Precision < types.MaxLength {
			buf = fit(buf, q.result)
		}
		c.Out.SetBytes(i, buf)
		return nil
	})
}

func (q *jsonQuery) arrays(c *function.Call) error {
	doc := documents.Get().(*jsonpath.Document)
	defer documents.Put(doc)
	buf := make([]byte, 0, scratch)
	return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
		n, instead, err := q.find(c, doc, i)
		if err != nil || instead != "" {
			return instead == "EMPTY ARRAY", err
		}
		elems := out.Child(0)
		for m := doc.First(n); m >= 0; m = doc.Next(m) {
			switch k := doc.Kind(m); {
			case k == jsonpath.Null:
				elems.AppendNull()
				continue
			case k < jsonpath.Array:
				buf = doc.AppendScalar(buf[:0], m)
			default:
				buf = doc.Append(buf[:0], m)
			}
			elems.AppendBytes(buf)
		}
		return true, nil
	})
}
