package functions

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// randomText is a text of characters of all widths.
func randomText(r *rand.Rand) []byte {
	const alphabet = "ab %&+/\\\"'\n\x00\x7fé中\uFFFD\uE000"
	runes := append([]rune(alphabet), '😀')
	var b []rune
	for range r.IntN(12) {
		b = append(b, runes[r.IntN(len(runes))])
	}
	return []byte(string(b))
}

// What encodes and what decodes undo each other.
func TestInverses(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		text := randomText(r)
		for _, name := range []string{"UTF-8", "UTF-16", "UTF-16BE", "UTF-16LE"} {
			c := charsets[name]
			if got := c.decode(nil, c.encode(nil, text)); string(got) != string(text) {
				t.Fatalf("%s: %q becomes %q", name, text, got)
			}
		}
		if utf16Length(text) != len([]rune(string(text))) {
			continue // JSON_QUOTE writes characters beyond U+FFFF as Flink does, and no one reads that
		}
		if got := appendJSONUnquote(nil, appendJSONQuote(nil, text)); string(got) != string(text) {
			t.Fatalf("%q is quoted and unquoted to %q", text, got)
		}
	}
}

// PRINTF prints integers as Go does, and doubles but for ties, which Java rounds up.
func TestPrintfAgainstGo(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	flags := []string{"", "-", "+", " ", "0"}
	for range 20000 {
		flag, width := flags[r.IntN(len(flags))], 1+r.IntN(15)
		n := int64(r.Uint64()) >> r.IntN(63)
		x := math.Round(r.NormFloat64()*1e6) / 1e3
		format := fmt.Sprintf("%%%s%dd|%%%s%d.%df|%%%s%d.%de", flag, width, flag, width, 3+r.IntN(4), flag, width, 12+r.IntN(3))
		list, err := readFormat(format)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		p := printer{call: call(types.TBigInt, types.Int64(n), types.TDouble, types.Float64(x), types.TDouble, types.Float64(x))}
		if err := p.print(list); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if want := fmt.Sprintf(format, n, x, x); string(p.dst) != want {
			t.Fatalf("%s of %d, %v: got %s, want %s", format, n, x, p.dst, want)
		}
	}
}

// A set of elements has what was put in, whatever their hashes.
func TestElementSet(t *testing.T) {
	row := types.TRow(types.Field{Name: "a", Type: types.TInt}, types.Field{Name: "b", Type: arrayOf(types.TString)})
	r := rand.New(rand.NewPCG(7, 8))
	for round := range 200 {
		v := vector.NewBuilder(row, 0)
		for range 1 + r.IntN(60) {
			switch {
			case r.IntN(10) == 0:
				v.AppendNull()
			default:
				x := types.Value{Elems: []types.Value{types.Int64(int64(r.IntN(3))), {Elems: []types.Value{types.Text(string(rune('a' + r.IntN(2)))), types.NullValue}}}}
				v.AppendValue(x)
			}
		}
		ops := opsOf(row)
		if round%2 == 1 { // all elements in one bucket
			ops = &elementOps{ops.equal, func(*vector.Vector, int) uint64 { return 7 }}
		}
		set := elementSet{ops: ops}
		seen := map[string]bool{}
		for i := range v.Len() {
			key := fmt.Sprint(v.Value(i))
			if set.has(v, i) != seen[key] || set.add(v, i) == seen[key] {
				t.Fatalf("element %d, %s", i, key)
			}
			seen[key] = true
		}
	}
}

// call is a call of constants behind a format.
func call(pairs ...any) *function.Call {
	c := &function.Call{Args: []*vector.Vector{nil}, N: 1}
	for i := 0; i < len(pairs); i += 2 {
		c.Args = append(c.Args, vector.NewConstant(pairs[i].(types.Type), pairs[i+1].(types.Value), 1))
	}
	return c
}
