package jsonpath

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What Jackson takes for JSON, and what it does not.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		kind Kind
		ok   bool
	}{
		{`{}`, Object, true}, {` [1, 2] `, Array, true}, {`"a"`, String, true}, {`1`, Integer, true}, {`-0`, Integer, true},
		{`1.5`, Decimal, true}, {`1e5`, Decimal, true}, {`true`, True, true}, {`false`, False, true}, {`null`, Null, true},
		{`{"a":1} x`, Object, true}, {`[1]]`, Array, true}, {`"a"x`, String, true}, {`1 x`, Integer, true}, {`true,`, True, true},
		{``, 0, false}, {` `, 0, false}, {`nul`, 0, false}, {`truex`, 0, false}, {`1x`, 0, false}, {`01`, 0, false}, {`.5`, 0, false},
		{`5.`, 0, false}, {`1e`, 0, false}, {`+1`, 0, false}, {`-`, 0, false}, {`{a:1}`, 0, false}, {`{'a':1}`, 0, false}, {`{"a"}`, 0, false},
		{`{"a":1,}`, 0, false}, {`[1,]`, 0, false}, {`[1 2]`, 0, false}, {`"\x"`, 0, false}, {`"\u12"`, 0, false}, {"\"\n\"", 0, false}, {`"a`, 0, false},
		{`{"a":1`, 0, false}, {`[`, 0, false}, {`NaN`, 0, false}, {`/**/1`, 0, false},
		{strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), Array, true},
		{strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), 0, false},
		{strings.Repeat("[", 1<<20), 0, false},
		{strings.Repeat("9", maxNumber+1), 0, false},
	} {
		var d Document
		err := d.Parse([]byte(c.text))
		if (err == nil) != c.ok || c.ok && d.Kind(0) != c.kind {
			t.Errorf("%.40q: %v", c.text, err)
		}
	}
}

// Paths lead where Flink was seen to lead.
func TestSelect(t *testing.T) {
	const missing = "missing"
	for _, c := range []struct{ text, path, want string }{
		{`{"a":{"b":[1,2]}}`, "$.a.b[1]", "2"},
		{`{"a":{"b":[1,2]}}`, "$['a'][\"b\"][-1]", "2"},
		{`{"a":1}`, "a", "1"},
		{`{"a":1}`, "@.a", "1"},
		{`{"a":1}`, "$.b", missing},
		{`{"a":1}`, "$.a.b", missing},
		{`[1]`, "$[3]", missing},
		{`{"a":1}`, "$[0]", missing},
		{`[1,2,3]`, "$[0,2,9]", "[1,3]"},
		{`[1,2,3]`, "$[1:]", "[2,3]"},
		{`[1,2,3]`, "$[:-1]", "[1,2]"},
		{`[1,2,3]`, "$[0:-1]", "[]"},
		{`[1,2,3]`, "$[-5:2]", "[1,2,3,1,2]"},
		{`[1,2,3]`, "$[5:]", "[]"},
		{`{"a":1,"b":2}`, "$.*", "[1,2]"},
		{`{"a":1,"b":2}`, "$['a','z']", `{"a":1}`},
		{`{"a":{"x":1},"b":{"x":2}}`, "$['a','b'].x", "[1,2]"},
		{`{"a":[{"b":[1]},{"b":[2,3]}]}`, "$..b", "[[1],[2,3]]"},
		{`{"a":[{"b":[1]},{"b":[2,3]}]}`, "$..b[0]", "[1,2]"},
		{`{"a":[{"b":[1]},{"b":[2,3]}]}`, "$..*", `[[{"b":[1]},{"b":[2,3]}],{"b":[1]},{"b":[2,3]},[1],1,[2,3],2,3]`},
		{`{"a":[{"c":1},{"d":2}]}`, "$.a[*].c", "[1]"},
		{`{}`, "$.x[*]", missing},
		{`[{"a":1},{"a":2},{"a":"1"}]`, "$[?(@.a == 1)]", `[{"a":1},{"a":"1"}]`},
		{`[{"a":1},{"a":2}]`, "$[?(!(@.a == 1) && @.a >= 2 || @.a == null)].a", "[2]"},
		{`[{"a":"x"},{"a":"Y"}]`, "$[?(@.a =~ /y/i)].a", `["Y"]`},
		{`{"m":2,"l":[1,2]}`, "$.l[?(@ == $.m)]", "[2]"},
		{`[1,2,4]`, "$.sum()", "7.0"},
		{`[1,2,4]`, "$.length()", "3"},
		{`{"b":1,"a":2}`, "$.keys()", `["b","a"]`},
		{`{"a":1,"a":2}`, "$", `{"a":2}`},
		{`{"b":1e2,"a":-0}`, "$", `{"a":0,"b":1E+2}`},
	} {
		var d Document
		if err := d.Parse([]byte(c.text)); err != nil {
			t.Fatal(err)
		}
		p, err := Compile(c.path)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		got := missing
		if n, err := d.Select(p); err == nil {
			got = string(d.Append(nil, n))
		} else if _, ok := err.(*Missing); !ok {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.path, c.text, got, c.want)
		}
	}
}

func TestNoPath(t *testing.T) {
	for _, p := range []string{"", " ", "$a", "$.", "$..", "$...a", "$[", "$[]", "$[a]", "$[:]", "$. a", " $.a", "$['a'", "$[1", "$[?(", "$[?(@.a ==)]", "$[?(@.a == 1]"} {
		if _, err := Compile(p); err == nil {
			t.Errorf("%q is taken for a path", p)
		}
	}
	for _, p := range []string{"$.concat(1)", "$.length(1)", "$.*.sum()", "$[?(@.a)]", "$[?(@.a in ['x'])]", "$[?(@.a == [1])]"} {
		if _, err := Compile(p); err == nil {
			t.Errorf("%q is supported", p)
		} else if _, ok := err.(*Unsupported); !ok {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// A document parsed again and again allocates nothing, nor does following a plain path,
// wherever it leads.
func TestNoAllocation(t *testing.T) {
	text := []byte(`{"id": 12, "name": "x\ty", "tags": ["a", "b"], "nested": {"deep": [1.5, null, true]}}`)
	p, err := Compile("$.nested.deep[0]")
	if err != nil {
		t.Fatal(err)
	}
	lacking, err := Compile("$.nested.none")
	if err != nil {
		t.Fatal(err)
	}
	var d Document
	buf := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Parse(text); err != nil {
			t.Fatal(err)
		}
		n, err := d.Select(p)
		if err != nil {
			t.Fatal(err)
		}
		buf = d.AppendScalar(buf[:0], n)
		if _, err := d.Select(lacking); err == nil {
			t.Fatal("found")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// randomJSON writes a random value of which no key comes twice.
func randomJSON(r *rand.Rand, depth int) string {
	switch k := r.IntN(8); {
	case k == 0 && depth > 0:
		var parts []string
		for i := range r.IntN(4) {
			parts = append(parts, fmt.Sprintf("%q:%s", string(rune('a'+i)), randomJSON(r, depth-1)))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case k <= 2 && depth > 0:
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, randomJSON(r, depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case k == 3:
		return `"\u00e9\n😀"`
	case k == 4:
		return []string{"true", "false", "null"}[r.IntN(3)]
	}
	return fmt.Sprint(r.IntN(2000) - 1000)
}

// Every value that encoding/json sees is found by the path to it, and .. finds all of
// one name.
func TestPathsLeadToTheirValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		text := randomJSON(r, 4)
		var tree any
		if err := json.Unmarshal([]byte(text), &tree); err != nil {
			t.Fatal(err)
		}
		var d Document
		if err := d.Parse([]byte(text)); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		named := []string{}
		visit(tree, "$", func(path string, value any) {
			p, err := Compile(path)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			n, err := d.Select(p)
			if err != nil {
				t.Fatalf("%s in %s: %v", path, text, err)
			}
			var got any
			if err := json.Unmarshal(d.Append(nil, n), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(value) {
				t.Fatalf("%s in %s: got %v, want %v", path, text, got, value)
			}
			if strings.HasSuffix(path, "['a']") {
				named = append(named, fmt.Sprint(value))
			}
		})
		p, _ := Compile("$..a")
		n, err := d.Select(p)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for m := d.First(n); m >= 0; m = d.Next(m) {
			var v any
			json.Unmarshal(d.Append(nil, m), &v)
			got = append(got, fmt.Sprint(v))
		}
		slices.Sort(named)
		slices.Sort(got)
		if !slices.Equal(got, named) {
			t.Fatalf("$..a in %s: got %v, want %v", text, got, named)
		}
	}
}

func visit(v any, path string, f func(string, any)) {
	f(path, v)
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			visit(e, path+"['"+k+"']", f)
		}
	case []any:
		for i, e := range v {
			visit(e, fmt.Sprintf("%s[%d]", path, i), f)
		}
	}
}

// A text that is JSON to the end is JSON to both, and is written as the same value.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x\u0041",null,true]}`, `{"a":1,"a":2}`, `"\ud83d\ude00"`, `-1.50e-7`, `[[[]]]`, `1e400`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var d Document
		err := d.Parse([]byte(s))
		if err == nil {
			out := d.Append(nil, 0)
			if utf8.ValidString(s) && !json.Valid(out) {
				t.Fatalf("%q is written as %q", s, out)
			}
			var again Document
			if err := again.Parse(out); err != nil || string(again.Append(nil, 0)) != string(out) {
				t.Fatalf("%q is written as %q and that as %q: %v", s, out, again.Append(nil, 0), err)
			}
		}
		if json.Valid([]byte(s)) && err != nil && len(s) < 900 && !strings.ContainsAny(s, "eE") {
			t.Errorf("%q is refused: %v", s, err)
		}
	})
}

// No path makes anything panic; one that is compiled leads somewhere or nowhere.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"$.a.b[0]", "$..a[?(@.b > 1 && !(@.c == 'x'))]", "$['a','b'].c", "$[-3:2]", "$.*.length()", "a.b", "$[?(@.x =~ /y/i)]", "$[0,1, 2]", "$..[0]"} {
		f.Add(p, `{"a":[{"b":2,"c":"x"},[1,2]],"x":null}`)
	}
	f.Fuzz(func(t *testing.T, p, s string) {
		if len(p) > 60 || len(s) > 200 {
			return
		}
		path, err := Compile(p)
		if err != nil {
			return
		}
		var d Document
		if d.Parse([]byte(s)) != nil {
			return
		}
		if n, err := d.Select(path); err == nil {
			d.Append(nil, n)
			if !path.Definite() && d.Kind(n) != Array {
				t.Errorf("%q leads to several values, but not to an array", p)
			}
		}
	})
}

// A number is written as the same number.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"1.50", "1e10", "-0.0", "0.0000001", "123456.789e-3", "0e5", "12e-2", "100e-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var d Document
		if len(s) > 40 || d.Parse([]byte(s)) != nil || d.Kind(0) != Decimal && d.Kind(0) != Integer || strings.TrimSpace(s) != s || strings.ContainsAny(s, " \t\n\r") {
			return
		}
		if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		got, ok2 := new(big.Rat).SetString(string(d.AppendScalar(nil, 0)))
		if !ok || !ok2 || want.Cmp(got) != 0 {
			t.Errorf("%s is written %s", s, d.AppendScalar(nil, 0))
		}
	})
}
