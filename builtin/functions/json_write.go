package functions

// SQL/JSON's functions that write. Values become JSON as Jackson writes what Flink makes
// of them: numbers as BigDecimal prints them, times in ISO 8601, bytes in Base64, rows
// and maps as objects; members in the order of their keys.

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tidemark.dev/builtin/functions/jsonpath"
	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var jsonWriteFunctions = []*function.Function{
	{
		Name: "JSON_OBJECT", Family: "json",
		Summary:  "a JSON object of keys and values, in the order of the keys; a NULL becomes null or is left out",
		Syntax:   []string{"JSON_OBJECT([[KEY] key VALUE value, ...] [{NULL | ABSENT} ON NULL])"},
		Examples: examples("JSON_OBJECT('b' VALUE 1.50, 'a' VALUE TRUE)", `{"a":true,"b":1.50}`, "JSON_OBJECT(KEY 'a' VALUE CAST(NULL AS INT))", `{"a":null}`, "JSON_OBJECT('a' VALUE CAST(NULL AS INT) ABSENT ON NULL)", "{}", "JSON_OBJECT('a' VALUE JSON_ARRAY(1, 'x'))", `{"a":[1,"x"]}`),
		Bind:     bindJSONObject,
	},
	{
		Name: "JSON_ARRAY", Family: "json",
		Summary:  "a JSON array of the values; a NULL is left out or becomes null",
		Syntax:   []string{"JSON_ARRAY([value, ...] [{NULL | ABSENT} ON NULL])"},
		Examples: examples(`JSON_ARRAY(1, 'a"b', TRUE)`, `[1,"a\"b",true]`, "JSON_ARRAY(1, CAST(NULL AS INT))", "[1]", "JSON_ARRAY(1, CAST(NULL AS INT) NULL ON NULL)", "[1,null]", "JSON_ARRAY(JSON_ARRAY(1))", "[[1]]"),
		Bind:     bindJSONArray,
	},
	{
		Name: "JSON_STRING", Family: "json", BareNull: true,
		Summary:  "the value as JSON",
		Syntax:   []string{"JSON_STRING(value)"},
		Examples: examples("JSON_STRING('a')", `"a"`, "JSON_STRING(1.50)", "1.50", "JSON_STRING(TIMESTAMP '2020-01-02 03:04:05.6')", `"2020-01-02T03:04:05.6"`, "JSON_STRING(x'0102')", `"AQI="`, "JSON_STRING(CAST(NULL AS INT))", "NULL"),
		Bind:     bindJSONString,
	},
	{
		Name: "JSON", Family: "json",
		Summary: "takes a text as JSON, within JSON_OBJECT and JSON_ARRAY only",
		Syntax:  []string{"JSON(text)"},
		Examples: examples(`JSON_OBJECT('a' VALUE JSON('{"c": 1, "b": [2]}'))`, `{"a":{"b":[2],"c":1}}`,
			"JSON_ARRAY(JSON('[1]'), '[1]')", `[[1],"[1]"]`),
		Bind: loose(types.TString, jsonOfText, 0, anyText),
	},
	{
		Name: "JSON_QUOTE", Family: "json", BareNull: true,
		Summary:  "the text as a JSON string: in quotes, with escapes for quotes, slashes, control characters and all beyond ASCII",
		Syntax:   []string{"JSON_QUOTE(text)"},
		Examples: examples(`JSON_QUOTE('a"b')`, `"a\"b"`, "JSON_QUOTE('é/')", `"\u00e9\/"`),
		Bind:     plain(types.TString, texts(appendJSONQuote), anyText),
	},
	{
		Name: "JSON_UNQUOTE", Family: "json", BareNull: true,
		Summary:  "the text without the quotes and escapes of a JSON string; a text that is none stays as it is",
		Syntax:   []string{"JSON_UNQUOTE(text)"},
		Examples: examples(`JSON_UNQUOTE('"a\"b\u0041"')`, `a"bA`, "JSON_UNQUOTE('[1]')", "[1]", `JSON_UNQUOTE('"a\qb"')`, `"a\qb"`),
		Bind:     plain(types.TString, texts(appendJSONUnquote), anyText),
	},
}

// jsonWriter appends row i of v, which is not NULL, as JSON.
type jsonWriter func(dst []byte, v *vector.Vector, i int) ([]byte, error)

// newJSONWriter makes the writer of a type.
func newJSONWriter(t types.Type) (jsonWriter, error) {
	switch t.Kind {
	case types.Array:
		return jsonArrayWriter(t)
	case types.Map, types.Multiset:
		return jsonMapWriter(t)
	case types.Row:
		return jsonRowWriter(t)
	}
	write := scalarJSON(t)
	if write == nil {
		return nil, fmt.Errorf("a value of type %v cannot be written as JSON: cast it to STRING", t.Nullable())
	}
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) { return write(dst, v, i), nil }, nil
}

// scalarJSON is the writer of a type that is not nested, or nil.
func scalarJSON(t types.Type) func(dst []byte, v *vector.Vector, i int) []byte {
	switch t.Kind {
	case types.Boolean:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return strconv.AppendBool(dst, v.Bools()[i&v.Mask()])
		}
	case types.TinyInt, types.SmallInt, types.Int:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return strconv.AppendInt(dst, int64(v.Int32s()[i&v.Mask()]), 10)
		}
	case types.BigInt:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return strconv.AppendInt(dst, v.Int64s()[i&v.Mask()], 10)
		}
	case types.Float:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return appendJSONFloat(dst, float64(v.Float32s()[i&v.Mask()]))
		}
	case types.Double:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return appendJSONFloat(dst, v.Float64s()[i&v.Mask()])
		}
	case types.Decimal:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			if v.Layout() == vector.Int64s {
				return types.AppendDecimalScientific(dst, types.Int128Of(v.Int64s()[i&v.Mask()]), int(t.Scale))
			}
			return types.AppendDecimalScientific(dst, v.Int128s()[i&v.Mask()], int(t.Scale))
		}
	case types.Char, types.VarChar:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return jsonpath.AppendQuoted(dst, v.Bytes(i&v.Mask()))
		}
	case types.Binary, types.VarBinary:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			dst = append(dst, '"')
			return append(base64.StdEncoding.AppendEncode(dst, v.Bytes(i&v.Mask())), '"')
		}
	case types.Timestamp, types.TimestampLTZ:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			i &= v.Mask()
			nanos := int64(0)
			if v.Layout() == vector.Fine {
				nanos = int64(v.Int32s()[i])
			}
			dst = appendISO(append(dst, '"'), v.Int64s()[i], nanos)
			if t.Kind == types.TimestampLTZ {
				dst = append(dst, 'Z')
			}
			return append(dst, '"')
		}
	}
	return nil
}

// appendISO writes a time as 2020-01-02T03:04:05.6.
func appendISO(dst []byte, micros, nanos int64) []byte {
	begin := len(dst)
	dst = types.AppendTimestampSQL(dst, micros, nanos, 9)
	dst[begin+bytes.IndexByte(dst[begin:], ' ')] = 'T'
	dst = bytes.TrimRight(dst, "0")
	if dst[len(dst)-1] == '.' {
		return dst[:len(dst)-1]
	}
	return dst
}

// appendJSONFloat writes a DOUBLE; what is no number becomes a text.
func appendJSONFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(types.AppendFloat64(append(dst, '"'), f), '"')
	}
	if f == 0 {
		return append(dst, "0.0"...)
	}
	var room [32]byte
	return jsonpath.AppendDecimal(dst, types.AppendFloat64(room[:0], f))
}

func jsonArrayWriter(t types.Type) (jsonWriter, error) {
	elem, err := newJSONWriter(*t.Elem)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
		from, to := v.Span(i & v.Mask())
		dst = append(dst, '[')
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(dst, elem, v.Child(0), k); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}, nil
}

// appendJSON writes row i of v, or null.
func appendJSON(dst []byte, write jsonWriter, v *vector.Vector, i int) ([]byte, error) {
	if v.IsNull(i) {
		return append(dst, "null"...), nil
	}
	return write(dst, v, i)
}

// jsonMapWriter writes entries in the order of their keys; of equal keys the last counts.
func jsonMapWriter(t types.Type) (jsonWriter, error) {
	key, value := t.Key, t.Elem
	if t.Kind == types.Multiset {
		key, value = t.Elem, &types.TInt
	}
	if !key.IsText() {
		return nil, fmt.Errorf("a map with keys of type %v cannot be written as JSON: its keys must be texts", key.Nullable())
	}
	write, err := newJSONWriter(*value)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
		from, to := v.Span(i & v.Mask())
		keys, values := v.Child(0), v.Child(1)
		order := make([]int, 0, 16)
		for k := from; k < to; k++ {
			if keys.IsNull(k) {
				return dst, errors.New("a map with a NULL key cannot be written as JSON")
			}
			order = append(order, k)
		}
		slices.SortStableFunc(order, func(a, b int) int { return jsonpath.CompareUTF16(keys.Bytes(a), keys.Bytes(b)) })
		dst = append(dst, '{')
		begin := len(dst)
		for n, k := range order {
			if n+1 < len(order) && bytes.Equal(keys.Bytes(k), keys.Bytes(order[n+1])) {
				continue
			}
			if len(dst) > begin {
				dst = append(dst, ',')
			}
			dst = append(jsonpath.AppendQuoted(dst, keys.Bytes(k)), ':')
			if dst, err = appendJSON(dst, write, values, k); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}, nil
}

func jsonRowWriter(t types.Type) (jsonWriter, error) {
	type member struct {
		label []byte
		field int
		write jsonWriter
	}
	members := make([]member, len(t.Fields))
	for i, f := range t.Fields {
		write, err := newJSONWriter(f.Type)
		if err != nil {
			return nil, err
		}
		members[i] = member{append(jsonpath.AppendQuoted(nil, []byte(f.Name)), ':'), i, write}
	}
	slices.SortFunc(members, func(a, b member) int {
		return jsonpath.CompareUTF16([]byte(t.Fields[a.field].Name), []byte(t.Fields[b.field].Name))
	})
	return func(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
		i &= v.Mask()
		dst = append(dst, '{')
		for n, m := range members {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, m.label...)
			if dst, err = appendJSON(dst, m.write, v.Child(m.field), i); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}, nil
}

// isRawJSON tells that the value of a function is put into another as it is.
func isRawJSON(a function.Arg) bool {
	return a.Call == "JSON_OBJECT" || a.Call == "JSON_ARRAY" || a.Call == "JSON"
}

func rawJSON(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	return append(dst, v.Bytes(i&v.Mask())...), nil
}

// memberWriters makes the writers of arguments.
func memberWriters(args []function.Arg) ([]jsonWriter, error) {
	out := make([]jsonWriter, len(args))
	for i, a := range args {
		if isRawJSON(a) {
			out[i] = rawJSON
			continue
		}
		if isNull(a.Type) {
			return nil, errors.New("a NULL without a type is not possible here: cast it")
		}
		var err error
		if out[i], err = newJSONWriter(a.Type); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func plainTypes(args []function.Arg) []types.Type {
	out := make([]types.Type, len(args))
	for i, a := range args {
		out[i] = a.Type.Plain()
	}
	return out
}

func bindJSONArray(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, many); err != nil {
		return function.Signature{}, err
	}
	onNull, err := word(args[0], "NULL", "ABSENT")
	if err != nil {
		return function.Signature{}, err
	}
	writers, err := memberWriters(args[1:])
	if err != nil {
		return function.Signature{}, err
	}
	kernel := func(c *function.Call) error {
		buf := make([]byte, 0, scratch)
		return c.Rows(func(i int) (err error) {
			buf = append(buf[:0], '[')
			for k, write := range writers {
				v := c.Args[k+1]
				if onNull == "ABSENT" && v.IsNull(i) {
					continue
				}
				if len(buf) > 1 {
					buf = append(buf, ',')
				}
				if buf, err = appendJSON(buf, write, v, i); err != nil {
					return function.Failf(i, "%v", err)
				}
			}
			c.Out.SetBytes(i, append(buf, ']'))
			return nil
		})
	}
	return function.Signature{Params: plainTypes(args), Result: types.TString.Required(), Kernel: kernel, NullIn: true}, nil
}

func bindJSONObject(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, many); err != nil {
		return function.Signature{}, err
	}
	onNull, err := word(args[0], "NULL", "ABSENT")
	if err != nil {
		return function.Signature{}, err
	}
	var values []function.Arg
	literal := true
	for k := 1; k+1 < len(args); k += 2 {
		t := args[k].Type
		if !t.IsText() || !t.NotNull {
			return function.Signature{}, fmt.Errorf("a key must be a text that is NOT NULL, not %v", t)
		}
		literal = literal && args[k].Literal != nil
		values = append(values, args[k+1])
	}
	writers, err := memberWriters(values)
	if err != nil {
		return function.Signature{}, err
	}
	o := &jsonObject{writers: writers, absent: onNull == "ABSENT"}
	for k := range writers {
		o.order = append(o.order, k)
	}
	if literal {
		o.keys = make([][]byte, len(writers))
		for k := range writers {
			o.keys[k] = []byte(args[1+2*k].Literal.S)
		}
		o.sort(o.keys, o.order)
	}
	return function.Signature{Params: plainTypes(args), Result: types.TString.Required(), Kernel: o.kernel, NullIn: true}, nil
}

// jsonObject is a bound JSON_OBJECT.
type jsonObject struct {
	writers []jsonWriter
	absent  bool
	keys    [][]byte // if all are literals
	order   []int    // of the members by their keys, if all are literals
}

// sort puts members into the order of their keys, of equal keys into that of the text.
func (o *jsonObject) sort(keys [][]byte, order []int) {
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(jsonpath.CompareUTF16(keys[a], keys[b]), a-b)
	})
}

func (o *jsonObject) kernel(c *function.Call) error {
	buf := make([]byte, 0, scratch)
	keys, order := o.keys, o.order
	if o.keys == nil {
		keys, order = make([][]byte, len(o.writers)), slices.Clone(o.order)
	}
	return c.Rows(func(i int) (err error) {
		if o.keys == nil {
			for k := range keys {
				keys[k] = text(c, 1+2*k, i)
			}
			o.sort(keys, order)
		}
		buf, err = o.row(c, i, buf[:0], keys, order)
		if err != nil {
			return function.Failf(i, "%v", err)
		}
		c.Out.SetBytes(i, buf)
		return nil
	})
}

func (o *jsonObject) row(c *function.Call, i int, dst []byte, keys [][]byte, order []int) (_ []byte, err error) {
	dst = append(dst, '{')
	for n := 0; n < len(order); {
		// Of members with one key the last that is there counts.
		pick := -1
		key := keys[order[n]]
		for ; n < len(order) && bytes.Equal(keys[order[n]], key); n++ {
			if !o.absent || !c.Args[2+2*order[n]].IsNull(i) {
				pick = order[n]
			}
		}
		if pick < 0 {
			continue
		}
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(jsonpath.AppendQuoted(dst, key), ':')
		if dst, err = appendJSON(dst, o.writers[pick], c.Args[2+2*pick], i); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func bindJSONString(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, 1); err != nil {
		return function.Signature{}, err
	}
	ps := plainTypes(args)
	if isNull(ps[0]) {
		ps[0] = types.TString
	}
	write, err := newJSONWriter(ps[0])
	if isRawJSON(args[0]) {
		write = rawJSON
	}
	if err != nil {
		return function.Signature{}, err
	}
	return strict(ps, types.TString, func(c *function.Call) error {
		buf := make([]byte, 0, scratch)
		return c.Rows(func(i int) (err error) {
			if buf, err = write(buf[:0], c.Args[0], i); err != nil {
				return function.Failf(i, "%v", err)
			}
			c.Out.SetBytes(i, buf)
			return nil
		})
	})
}

// jsonOfText writes a JSON text anew; a blank one is NULL.
func jsonOfText(c *function.Call) error {
	doc := documents.Get().(*jsonpath.Document)
	defer documents.Put(doc)
	buf := make([]byte, 0, scratch)
	return c.Rows(func(i int) error {
		b := text(c, 0, i)
		if len(bytes.TrimSpace(b)) == 0 {
			c.Out.SetNull(i)
			return nil
		}
		if err := doc.Parse(b); err != nil {
			return function.Failf(i, "Invalid JSON string in JSON(value) function: %q: %v", b, err)
		}
		buf = doc.Append(buf[:0], 0)
		c.Out.SetBytes(i, buf)
		return nil
	})
}

// appendJSONQuote escapes what is beyond ASCII by its code points; behind one beyond U+FFFF stands the second half
// of its surrogate pair, as Flink has it.
func appendJSONQuote(dst, b []byte) []byte {
	dst = append(dst, '"')
	for _, r := range string(b) {
		switch r {
		case '"', '\\', '/':
			dst = append(dst, '\\', byte(r))
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if r < 0x80 {
				dst = append(dst, byte(r))
				continue
			}
			dst = fmt.Appendf(dst, `\u%04x`, r)
			if r > 0xFFFF {
				dst = fmt.Appendf(dst, `\u%04x`, 0xDC00+(r-0x10000)&0x3FF)
			}
		}
	}
	return append(dst, '"')
}

// appendJSONUnquote takes off quotes and escapes, or leaves the text as it is.
func appendJSONUnquote(dst, b []byte) []byte {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return append(dst, b...)
	}
	begin := len(dst)
	for inner := b[1 : len(b)-1]; len(inner) > 0; {
		n := bytes.IndexByte(inner, '\\')
		if n < 0 {
			return append(dst, inner...)
		}
		dst = append(dst, inner[:n]...)
		inner = inner[n:]
		if dst, n = jsonpath.AppendEscape(dst, inner); n == 0 {
			return append(dst[:begin], b...)
		}
		inner = inner[n:]
	}
	return dst
}
