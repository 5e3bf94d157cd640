package blackhole

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var allTypes = []types.Type{
	types.TBoolean, types.TInt, types.TBigInt, types.TDouble, {Kind: types.Float}, types.TDecimal(10, 2), types.TDecimal(38, 2),
	types.TString, types.TTimestamp(3), types.TTimestamp(9), {Kind: types.Date},
	types.TRow(types.Field{Name: "a", Type: types.TInt}, types.Field{Name: "b", Type: types.TString}),
	{Kind: types.Array, Elem: &types.TString},
	{Kind: types.Map, Key: &types.TString, Elem: &types.TBigInt},
	{Kind: types.Multiset, Elem: &types.TString},
}

func randomValue(r *rand.Rand, t types.Type) types.Value {
	if r.IntN(5) == 0 {
		return types.NullValue
	}
	switch vector.LayoutOf(t) {
	case vector.Bools:
		return types.Bool(r.IntN(2) == 0)
	case vector.Int32s:
		return types.Int64(int64(int32(r.Uint32())))
	case vector.Int128s:
		return types.Value{I: int64(r.Uint64()), Hi: int64(r.Uint64())}
	case vector.Float32s:
		return types.Float64(float64(r.Float32()))
	case vector.Float64s:
		return types.Float64([]float64{r.NormFloat64(), 0, math.Copysign(0, -1), math.NaN()}[r.IntN(4)])
	case vector.Fine:
		return types.Value{I: int64(r.Uint64()), Hi: r.Int64N(1000)}
	case vector.Texts:
		return types.Text(strings.Repeat("x", r.IntN(40)) + string(rune('a'+r.IntN(26))))
	case vector.Rows:
		return types.Value{Elems: []types.Value{randomValue(r, t.Fields[0].Type), randomValue(r, t.Fields[1].Type)}}
	case vector.Lists:
		v := types.Value{Elems: []types.Value{}}
		for range r.IntN(3) {
			switch t.Kind {
			case types.Map:
				v.Elems = append(v.Elems, randomValue(r, *t.Key))
			case types.Multiset:
				v.Elems = append(v.Elems, randomValue(r, *t.Elem), types.Int64(2))
				continue
			}
			v.Elems = append(v.Elems, randomValue(r, *t.Elem))
		}
		return v
	}
	return types.Int64(int64(r.Uint64()))
}

// The hash of a row is the same from columns in any encoding, under any selection, and
// from values.
func TestHashDoesNotDependOnEncoding(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 50
	for round := range 40 {
		var flat, dictionary, constant []*vector.Vector
		for _, typ := range allTypes {
			f := vector.NewBuilder(typ, n)
			for range n {
				f.AppendValue(randomValue(r, typ))
			}
			dict := f
			if round%2 == 0 { // fewer entries than rows
				dict = f.Gather([]int32{0, 1, 2, 3, 4, 5, 6, 7})
			}
			indexes := make([]int32, n)
			for i := range indexes {
				indexes[i] = int32(i % dict.Len())
			}
			d := vector.NewDictionary(dict, indexes)
			flat = append(flat, d.Flatten())
			dictionary = append(dictionary, d)
			constant = append(constant, vector.NewConstant(typ, f.Value(0), n))
		}
		check := func(cols []*vector.Vector, sel []int32) {
			b := vector.NewBatch(n, cols...).Under(sel)
			got := Hash(b, nil)
			for i := range got {
				row := i
				if sel != nil {
					row = int(sel[i])
				}
				var values []types.Value
				for _, c := range cols {
					values = append(values, c.Value(row))
				}
				if want := HashRow(values, allTypes); got[i] != want {
					t.Fatalf("row %d: %x, want %x", row, got[i], want)
				}
			}
		}
		for _, cols := range [][]*vector.Vector{flat, dictionary, constant} {
			check(cols, nil)
			check(cols, []int32{0, 7, 49})
			check(cols, []int32{})
		}
	}
}

// Any change of a value, its place or its NULL changes the hash.
func TestHashSeesEverything(t *testing.T) {
	seen := map[uint64]string{}
	add := func(name string, values []types.Value, columns ...types.Type) {
		h := HashRow(values, columns)
		if other, twice := seen[h]; twice {
			t.Errorf("%s hashes as %s", name, other)
		}
		seen[h] = name
	}
	one, two, null := types.Int64(1), types.Int64(2), types.NullValue
	add("1", []types.Value{one}, types.TBigInt)
	add("1,2", []types.Value{one, two}, types.TBigInt, types.TBigInt)
	add("2,1", []types.Value{two, one}, types.TBigInt, types.TBigInt)
	add("1,null", []types.Value{one, null}, types.TBigInt, types.TBigInt)
	add("null,1", []types.Value{null, one}, types.TBigInt, types.TBigInt)
	add("0.0", []types.Value{types.Float64(0)}, types.TDouble)
	add("-0.0", []types.Value{types.Float64(math.Copysign(0, -1))}, types.TDouble)
	for n := range 100 { // every byte of a text, at every length
		text := []byte(strings.Repeat("a", n))
		add(fmt.Sprint("text ", n), []types.Value{types.Text(string(text))}, types.TString)
		for i := range text {
			text[i] = 'b'
			add(fmt.Sprint("text ", n, " b at ", i), []types.Value{types.Text(string(text))}, types.TString)
			text[i] = 'a'
		}
	}
}

func TestTotal(t *testing.T) {
	table := &connector.Table{Name: "t"}
	s, err := Connector.NewSink(table)
	if err != nil {
		t.Fatal(err)
	}
	env := connector.Env{Pipeline: "job"}
	if err := s.Open(context.Background(), env, nil); err != nil {
		t.Fatal(err)
	}
	w, err := s.OpenWriter(0, env)
	if err != nil {
		t.Fatal(err)
	}
	v := vector.New(types.TBigInt, 5)
	copy(v.Int64s(), []int64{10, 20, 30, 10, 20})
	b := vector.NewBatch(5, v)
	b.Kinds = []vector.Kind{vector.Insert, vector.UpdateAfter, vector.Insert, vector.UpdateBefore, vector.Delete}
	for _, sel := range [][]int32{{0, 1}, {2}, {3, 4}} {
		if _, err := w.Write(b.Under(sel)); err != nil {
			t.Fatal(err)
		}
	}
	want := Total{Inserted: 3, Retracted: 2, Checksum: HashRow([]types.Value{types.Int64(30)}, []types.Type{types.TBigInt})}
	if got := Of("job", "t"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := Of("job", "other"); got != (Total{}) {
		t.Errorf("%+v of a table that was never opened", got)
	}
	if err := s.Open(context.Background(), env, nil); err != nil || Of("job", "t") != (Total{}) {
		t.Error("the total of an earlier run is still there")
	}
}

// Seven columns as those of a Nexmark bid.
func BenchmarkHash(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var cols []*vector.Vector
	for range 4 {
		v := vector.New(types.TBigInt, 2048)
		for i := range v.Int64s() {
			v.Int64s()[i] = int64(r.Uint64())
		}
		cols = append(cols, v)
	}
	for _, length := range []int{10, 60, 70} {
		v := vector.NewBuilder(types.TString, 2048)
		for range 2048 {
			v.AppendBytes([]byte(strings.Repeat("x", length)))
		}
		cols = append(cols, v)
	}
	batch := vector.NewBatch(2048, cols...)
	var total Total
	var hashes []uint64
	b.ResetTimer()
	for range b.N {
		hashes = total.Add(batch, hashes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/row")
}
