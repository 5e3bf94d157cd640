package json

import (
	"bytes"
	stdjson "encoding/json"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"tidemark.dev/builtin/javatext"
	"tidemark.dev/builtin/json/formattest"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var seeds = []string{
	`{"a":"x","b":1,"c":[1,2,{"d":null}]}`,
	`{ "a" : "\u0041\ud83d\ude00\n" , "b" : -1.5e+3 }`,
	`{"a":{"x":[true,false,null],"x":"é"},"z":{}}`,
	`{"a":"1","a":2,"l":["a","b"],"m":{"k":"v","k":"w"},"r":{"x":{"y":[[1]]}}}`,
	`[{"a":1},{"a":[]}]`,
	`{"a":"2026-01-01 00:00:00.123","b":"aGVsbG8="}`,
	"{\"a\":\"\x7f\xc3\xa9\"}",
	"{\"a\":\"\xff\"}", "{\"a\":\"\\n\xc3\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"\x80\":1}", "{\"a\":{\"b\":[\"\xc0\x80\"]}}",
	`{"a":01}`, `{"a":1.}`, `{"a":"\x"}`, `{"a":"` + "\t" + `"}`, `{"a":1}}`, `{"a":1,}`, `{,}`, `{"a"}`, `[1]`, `{"a":tru}`, ``,
}

// fuzzFields has a field of each type.
var fuzzFields = func() []types.Field {
	array := types.Type{Kind: types.Array, Elem: &types.TInt}
	row := types.TRow(types.Field{Name: "x", Type: types.TRow(types.Field{Name: "y", Type: types.Type{Kind: types.Array, Elem: &array}})},
		types.Field{Name: "a", Type: types.TString})
	return []types.Field{
		{Name: "a", Type: types.TString},
		{Name: "b", Type: types.TBigInt},
		{Name: "c", Type: types.Type{Kind: types.Array, Elem: &types.TString}},
		{Name: "d", Type: types.TDouble},
		{Name: "e", Type: types.TDecimal(38, 10)},
		{Name: "f", Type: types.TDecimal(10, 2)},
		{Name: "g", Type: types.TTimestamp(9)},
		{Name: "h", Type: types.TTimestampLTZ(3)},
		{Name: "i", Type: types.Type{Kind: types.Date}},
		{Name: "j", Type: types.Type{Kind: types.Time}},
		{Name: "k", Type: types.Type{Kind: types.VarBinary, Precision: types.MaxLength}},
		{Name: "l", Type: types.TBoolean},
		{Name: "m", Type: types.Type{Kind: types.Map, Key: &types.TString, Elem: &array}},
		{Name: "n", Type: types.Type{Kind: types.Float}},
		{Name: "o", Type: types.Type{Kind: types.SmallInt}},
		{Name: "p", Type: types.Type{Kind: types.Multiset, Elem: &types.TString}},
		{Name: "r", Type: row},
	}
}()

func decodeAll(t *testing.T, tab *format.Table, texts ...string) (*vector.Batch, error) {
	d, err := newDecoder(tab)
	if err != nil {
		t.Fatal(err)
	}
	b := formattest.Batch(&Format, tab)
	_, err = d.Decode(formattest.Lines(texts...), b, nil)
	for k, c := range b.Cols {
		formattest.CheckVector(t, tab.Schema[k].Name, c, b.Len())
	}
	return b, err
}

// FuzzValid: a record decodes if and only if it is UTF-8 and encoding/json takes it
// for an object or an array of objects; and its texts are those that encoding/json
// reads.
func FuzzValid(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	tab := table(f, []types.Field{{Name: "a", Type: types.TString}, {Name: "b", Type: types.TString}}, nil)
	f.Fuzz(func(t *testing.T, record []byte) {
		if len(record) == 0 || bytes.Contains(record, byteOrderMark) {
			return
		}
		b, err := decodeAll(t, tab, string(record))
		objects, valid := standard(record)
		if err != nil && strings.Contains(err.Error(), "deeper than") {
			return
		}
		if valid == (err != nil) {
			t.Fatalf("%q: encoding/json says %v, we say %v", record, valid, err)
		}
		if err != nil {
			return
		}
		if len(objects) != b.Len() {
			t.Fatalf("%q: %d rows", record, b.Len())
		}
		for i, o := range objects {
			for k, name := range []string{"a", "b"} {
				if want, there := o[name]; !sameText(t, b.Cols[k], i, want, there) {
					t.Errorf("%q: %s is %q, not %v", record, name, b.Cols[k].Value(i).S, want)
				}
			}
		}
	})
}

// standard reads the objects of a record with encoding/json.
func standard(record []byte) (objects []map[string]any, valid bool) {
	if !utf8.Valid(record) || !stdjson.Valid(record) {
		return nil, false
	}
	d := stdjson.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	var x any
	if d.Decode(&x) != nil {
		return nil, false
	}
	list, ok := x.([]any)
	if !ok {
		list = []any{x}
	}
	for _, e := range list {
		o, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		objects = append(objects, o)
	}
	return objects, true
}

// sameText tells whether row i is the STRING that a value becomes.
func sameText(t *testing.T, v *vector.Vector, i int, want any, there bool) bool {
	if want == nil || !there {
		return v.IsNull(i)
	}
	if v.IsNull(i) {
		return false
	}
	got := string(v.Bytes(i))
	switch want := want.(type) {
	case string:
		// Half a surrogate pair is U+FFFD there and a question mark here.
		return strings.ReplaceAll(got, "\uFFFD", "?") == strings.ReplaceAll(want, "\uFFFD", "?")
	case stdjson.Number:
		return got == string(want)
	case bool:
		return got == map[bool]string{true: "true", false: "false"}[want]
	}
	var x any
	if err := stdjson.Unmarshal([]byte(got), &x); err != nil {
		t.Errorf("compact text %q: %v", got, err)
		return false
	}
	return reflect.DeepEqual(normal(x), normal(want))
}

// normal makes trees comparable: numbers as doubles, halves of pairs as above.
func normal(x any) any {
	switch x := x.(type) {
	case stdjson.Number:
		f, err := x.Float64()
		if err != nil && !math.IsInf(f, 0) {
			return err
		}
		if math.IsInf(f, 0) {
			return string(map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0])
		}
		return f
	case string:
		return strings.ReplaceAll(x, "\uFFFD", "?")
	case []any:
		y := make([]any, len(x))
		for i := range x {
			y[i] = normal(x[i])
		}
		return y
	case map[string]any:
		y := map[string]any{}
		for k, v := range x {
			y[strings.ReplaceAll(k, "\uFFFD", "?")] = normal(v)
		}
		return y
	}
	return x
}

// FuzzLayouts: what a record decodes to does not depend on the records before it, and
// what is decoded can be encoded and decoded to the same.
func FuzzLayouts(f *testing.F) {
	f.Add(strings.Join(seeds, "\n"))
	f.Add(`{"a":"x","b":1}` + "\n" + `{"a":"y","b":22}` + "\n" + `{"a":"z"}` + "\n" + `{"b":3,"a":"w"}`)
	f.Add(`{"m":{"x":[1],"y":[2,3]},"r":{"x":{"y":[[1,2],[3]]}}}` + "\n" + `{"m":{"x":[1],"x":[2]},"r":{"x":{},"x":{"y":[null,[]]}}}`)
	f.Add(`{"g":"2026-01-01 00:00:00.123","h":"2026-01-01 00:00:00.123Z","i":"2026-01-01","j":"01:02:03","e":1.5,"f":"2","l":true,"p":{"a":1}}`)
	ignoring := table(f, fuzzFields, map[string]string{"ignore-parse-errors": "true"})
	f.Fuzz(func(t *testing.T, text string) {
		texts := strings.Split(text, "\n")
		b, err := decodeAll(t, ignoring, texts...)
		var apart string
		for _, s := range texts {
			one, e := decodeAll(t, ignoring, s)
			if e != nil && err == nil {
				t.Fatalf("%q: %v alone, nothing among others", s, e)
			}
			if apart += formattest.Show(one); e != nil {
				break
			}
		}
		if together := formattest.Show(b); together != apart {
			t.Fatalf("together\n%sapart\n%s", together, apart)
		}
		e, err := newEncoder(ignoring)
		if err != nil {
			t.Fatal(err)
		}
		dst, ends, err := e.Encode(b, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var again []string
		from := int32(0)
		for _, to := range ends {
			again = append(again, string(dst[from:to]))
			from = to
		}
		c, err := decodeAll(t, ignoring, again...)
		if err != nil {
			t.Fatal(err)
		}
		if first, second := formattest.Show(b), formattest.Show(c); first != second {
			t.Errorf("before\n%sencoded and decoded\n%s", first, second)
		}
	})
}

var usual = regexp.MustCompile(`^....-..-(0.|1.|2[0-8]) ([01].|2[0-3]):..:..\.\d\d\d$`)

// FuzzTimes: a timestamp of the usual form is read the same on the fast path and on
// the general one.
func FuzzTimes(f *testing.F) {
	f.Add("2026-01-31 23:59:59.123")
	f.Add("2024-02-30 24:00:00.000")
	f.Add("2024-01-01 24:00:00.000")
	f.Add("2024-01-01 24:00:00.001")
	f.Add("2024-01-01 25:00:00.000")
	f.Add("2024-01-01 23:60:00.000")
	f.Add("2024-01-00 23:00:00.000")
	f.Add("2024-00-01 23:00:00.000")
	f.Add("2024-02-29 2:000:00.000")
	f.Add("2024-02-29 2?:00:00.000")
	f.Add("0000-12-31 00:00:60.999")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) != 23 || strings.ContainsAny(s, "\"\\") {
			return
		}
		r := &reader{}
		data := []byte(`"` + s + `"}`)
		r.start(data, len(data))
		n := &node{width: 3}
		fast, _, ok := r.plainTimestamp(n, 0)
		slow, _, okSlow := javatext.Timestamp([]byte(s), false, false)
		if ok && (!okSlow || fast != slow) || okSlow && !ok && usual.MatchString(s) {
			t.Errorf("%q: %d %v, and %d %v", s, fast, ok, slow, okSlow)
		}
	})
}
