package expr

import (
	"math/rand"
	"testing"

	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Each benchmark has a twin "hand": the loop a person would write over the same columns
// into a result of its own. The ratio of the two is what counts. Results are compared
// once, before the clock runs.

const benchRows = vector.DefaultRows

var benchTypes = []types.Type{types.TBigInt, types.TBigInt, types.TDouble, types.TDouble, types.TDecimal(12, 2), types.TString}

func benchBatch() *vector.Batch {
	r := rand.New(rand.NewSource(1))
	cols := make([]*vector.Vector, len(benchTypes))
	for i, t := range benchTypes {
		c := vector.NewBuilder(t, benchRows)
		for range benchRows {
			n := int64(r.Intn(1000))
			switch t.Kind {
			case types.Double:
				c.AppendFloat64(float64(n) / 8)
			case types.VarChar:
				c.AppendBytes([]byte([]string{"click", "view", "purchase of something", "order"}[n%4]))
			default:
				c.AppendInt64(n)
			}
		}
		cols[i] = c
	}
	return vector.NewBatch(benchRows, cols...)
}

func benchColumn(i int) plan.Expr {
	return &plan.Column{Typed: plan.Typed{T: benchTypes[i]}, Index: i}
}

func benchLiteral(t types.Type, v types.Value) plan.Expr {
	return &plan.Literal{Typed: plan.Typed{T: t.Required()}, Value: v}
}

// sink keeps the compiler from dropping a hand loop.
var sink any

func benchEval(b *testing.B, e plan.Expr, hand func(batch *vector.Batch) *vector.Vector) {
	batch, env := benchBatch(), &function.Env{Zone: types.UTC}
	ev, err := Compile(e)
	if err != nil {
		b.Fatal(err)
	}
	got, err := ev.Eval(batch, nil, env)
	if err != nil {
		b.Fatal(err)
	}
	want := hand(batch)
	for i := range benchRows {
		if !same(got.Value(i), want.Value(i)) {
			b.Fatalf("row %d: %v, by hand %v", i, got.Value(i), want.Value(i))
		}
	}
	b.Run("engine", func(b *testing.B) {
		b.SetBytes(benchRows)
		for b.Loop() {
			sink, _ = ev.Eval(batch, nil, env)
		}
	})
	b.Run("hand", func(b *testing.B) {
		b.SetBytes(benchRows)
		for b.Loop() {
			sink = hand(batch)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	e := &plan.Arithmetic{Typed: plan.Typed{T: types.TBigInt}, Op: plan.Add, L: benchColumn(0), R: benchColumn(1)}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TBigInt, benchRows)
		o, x, y := out.Int64s(), batch.Cols[0].Int64s(), batch.Cols[1].Int64s()
		for i := range o {
			o[i] = x[i] + y[i]
		}
		return out
	})
}

func BenchmarkMultiplyAdd(b *testing.B) {
	t := plan.Typed{T: types.TDouble}
	e := &plan.Arithmetic{Typed: t, Op: plan.Add, R: benchColumn(3),
		L: &plan.Arithmetic{Typed: t, Op: plan.Multiply, L: benchColumn(2), R: benchLiteral(types.TDouble, types.Float64(0.908))}}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TDouble, benchRows)
		o, x, y := out.Float64s(), batch.Cols[2].Float64s(), batch.Cols[3].Float64s()
		for i := range o {
			v := x[i] * 0.908
			o[i] = v + y[i]
		}
		return out
	})
}

func BenchmarkDivide(b *testing.B) {
	e := &plan.Arithmetic{Typed: plan.Typed{T: types.TBigInt}, Op: plan.Divide, L: benchColumn(0), R: benchLiteral(types.TBigInt, types.Int64(7))}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TBigInt, benchRows)
		o, x := out.Int64s(), batch.Cols[0].Int64s()
		d := batch.Cols[0].Int64s()[0]*0 + 7 // not known to the compiler
		for i := range o {
			o[i] = x[i] / d
		}
		return out
	})
}

func BenchmarkCompare(b *testing.B) {
	e := &plan.Compare{Typed: plan.Typed{T: types.TBoolean}, Op: plan.Greater, L: benchColumn(2), R: benchLiteral(types.TDouble, types.Float64(60))}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TBoolean, benchRows)
		o, x := out.Bools(), batch.Cols[2].Float64s()
		for i := range o {
			o[i] = x[i] > 60
		}
		return out
	})
}

func BenchmarkCase(b *testing.B) {
	cond := &plan.Compare{Typed: plan.Typed{T: types.TBoolean}, Op: plan.Greater, L: benchColumn(0), R: benchLiteral(types.TBigInt, types.Int64(500))}
	e := &plan.Case{Typed: plan.Typed{T: types.TBigInt}, Whens: []plan.When{{If: cond, Then: benchColumn(1)}}, Else: benchLiteral(types.TBigInt, types.Int64(0))}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TBigInt, benchRows)
		o, x, y := out.Int64s(), batch.Cols[0].Int64s(), batch.Cols[1].Int64s()
		for i := range o {
			if x[i] > 500 {
				o[i] = y[i]
			} else {
				o[i] = 0
			}
		}
		return out
	})
}

func BenchmarkCaseDouble(b *testing.B) {
	t := plan.Typed{T: types.TDouble}
	when := func(limit float64, then plan.Expr) plan.When {
		return plan.When{If: &plan.Compare{Typed: plan.Typed{T: types.TBoolean}, Op: plan.Less, L: benchColumn(2), R: benchLiteral(types.TDouble, types.Float64(limit))}, Then: then}
	}
	twice := &plan.Arithmetic{Typed: t, Op: plan.Add, L: benchColumn(3), R: benchColumn(3)}
	e := &plan.Case{Typed: t, Whens: []plan.When{when(40, benchColumn(3)), when(80, twice)}, Else: benchLiteral(types.TDouble, types.Float64(1))}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TDouble, benchRows)
		o, x, y := out.Float64s(), batch.Cols[2].Float64s(), batch.Cols[3].Float64s()
		for i := range o {
			switch {
			case x[i] < 40:
				o[i] = y[i]
			case x[i] < 80:
				o[i] = y[i] + y[i]
			default:
				o[i] = 1
			}
		}
		return out
	})
}

func BenchmarkDecimalAdd(b *testing.B) {
	e := &plan.Arithmetic{Typed: plan.Typed{T: types.TDecimal(13, 2)}, Op: plan.Add, L: benchColumn(4), R: benchColumn(4)}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TDecimal(13, 2), benchRows)
		o, x := out.Int64s(), batch.Cols[4].Int64s()
		for i := range o {
			o[i] = x[i] + x[i]
		}
		return out
	})
}

func BenchmarkEqualText(b *testing.B) {
	e := &plan.Compare{Typed: plan.Typed{T: types.TBoolean}, Op: plan.Equal, L: benchColumn(5), R: benchLiteral(types.TString, types.Text("purchase of something"))}
	benchEval(b, e, func(batch *vector.Batch) *vector.Vector {
		out := vector.New(types.TBoolean, benchRows)
		o, x := out.Bools(), batch.Cols[5]
		for i := range o {
			o[i] = string(x.Bytes(i)) == "purchase of something"
		}
		return out
	})
}

func benchFilter(b *testing.B, e plan.Expr, hand func(batch *vector.Batch) []int32) {
	batch, env := benchBatch(), &function.Env{Zone: types.UTC}
	f, err := CompileFilter(e)
	if err != nil {
		b.Fatal(err)
	}
	got, err := f.Select(batch, nil, env)
	if err != nil {
		b.Fatal(err)
	}
	if want := hand(batch); len(got) != len(want) {
		b.Fatalf("%d rows, by hand %d", len(got), len(want))
	}
	b.Run("engine", func(b *testing.B) {
		b.SetBytes(benchRows)
		for b.Loop() {
			sink, _ = f.Select(batch, nil, env)
		}
	})
	b.Run("hand", func(b *testing.B) {
		b.SetBytes(benchRows)
		for b.Loop() {
			sink = hand(batch)
		}
	})
}

func BenchmarkFilterModulo(b *testing.B) {
	rest := &plan.Arithmetic{Typed: plan.Typed{T: types.TBigInt}, Op: plan.Modulo, L: benchColumn(0), R: benchLiteral(types.TBigInt, types.Int64(123))}
	e := &plan.Compare{Typed: plan.Typed{T: types.TBoolean}, Op: plan.Equal, L: rest, R: benchLiteral(types.TBigInt, types.Int64(0))}
	benchFilter(b, e, func(batch *vector.Batch) []int32 {
		x := batch.Cols[0].Int64s()
		d := x[0]*0 + 123
		var out []int32
		for i := range x {
			if x[i]%d == 0 {
				out = append(out, int32(i))
			}
		}
		return out
	})
}

func BenchmarkFilterAnd(b *testing.B) {
	compare := func(op plan.CompareOp, col int, v types.Value) plan.Expr {
		return &plan.Compare{Typed: plan.Typed{T: types.TBoolean}, Op: op, L: benchColumn(col), R: benchLiteral(benchTypes[col], v)}
	}
	e := &plan.Logic{Typed: plan.Typed{T: types.TBoolean}, Op: plan.And, Args: []plan.Expr{
		compare(plan.Greater, 0, types.Int64(300)), compare(plan.Less, 2, types.Float64(60))}}
	benchFilter(b, e, func(batch *vector.Batch) []int32 {
		x, y := batch.Cols[0].Int64s(), batch.Cols[2].Float64s()
		out := make([]int32, 0, benchRows)
		for i := range x {
			if x[i] > 300 && y[i] < 60 {
				out = append(out, int32(i))
			}
		}
		return out
	})
}
