package expr

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// The columns of the random batches.
var schema = []types.Type{
	types.TBoolean, types.TInt, types.TInt, types.TBigInt, types.TBigInt, types.TDouble, types.TDouble,
	types.TDecimal(10, 2), types.TDecimal(7, 0), types.TDecimal(30, 5), types.TString, types.TString,
	types.TTimestamp(3), types.TTimestamp(9), {Kind: types.TinyInt}, {Kind: types.SmallInt}, types.TBoolean.Required(), types.TBigInt.Required(),
}

var extremes = []int64{0, 1, -1, 2, 7, 10, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64, 127, -128, 99999}

func randomValue(r *rand.Rand, t types.Type) types.Value {
	if !t.NotNull && r.Intn(5) == 0 {
		return types.NullValue
	}
	switch t.Kind {
	case types.Boolean:
		return types.Bool(r.Intn(2) == 0)
	case types.TinyInt:
		return types.Int64(int64(int8(r.Intn(256))))
	case types.SmallInt:
		return types.Int64(int64(int16(r.Intn(1 << 16))))
	case types.Int:
		return types.Int64(int64(int32(extremes[r.Intn(len(extremes))])))
	case types.BigInt:
		return types.Int64(extremes[r.Intn(len(extremes))])
	case types.Double:
		return types.Float64([]float64{0, math.Copysign(0, -1), 1.5, -2, 1e300, math.NaN(), math.Inf(1), math.Inf(-1), 3e9, -1e19}[r.Intn(10)])
	case types.Decimal:
		n := types.Int128Of([]int64{0, 1, -1, 5, 25, 150, -150, 999999, -999999, 49}[r.Intn(10)])
		if t.Precision > 18 && r.Intn(2) == 0 {
			n = n.Mul(types.Int128Of(1_000_000_000_000_000_000)).Mul(types.Int128Of(99))
		}
		if !types.FitsDecimal(n, int(t.Precision)) {
			n = types.Int128Of(7)
		}
		return types.DecimalValue(n)
	case types.VarChar:
		return types.Text([]string{"", "a", "b", "abc", "a longer text than a view", "a longer text than a wiew", "ä", "abcdefghijkl", "abcdefghijklm"}[r.Intn(9)])
	case types.Timestamp:
		v := types.Int64(int64(r.Intn(5)-2) * 1_000_000)
		if t.Precision > 6 {
			v.Hi = int64(r.Intn(3))
		}
		return v
	}
	panic(t)
}

// randomBatch has columns in all encodings.
func randomBatch(r *rand.Rand, n int) *vector.Batch {
	cols := make([]*vector.Vector, len(schema))
	for i, t := range schema {
		switch r.Intn(4) {
		case 0:
			cols[i] = vector.NewConstant(t, randomValue(r, t), n)
		case 1:
			dict := vector.NewBuilder(t, 4)
			for range 1 + r.Intn(8) {
				dict.AppendValue(randomValue(r, t))
			}
			idx := make([]int32, n)
			for k := range idx {
				idx[k] = int32(r.Intn(dict.Len()))
			}
			cols[i] = vector.NewDictionary(dict, idx)
		default:
			cols[i] = vector.NewBuilder(t, n)
			for range n {
				cols[i].AppendValue(randomValue(r, t))
			}
		}
	}
	return vector.NewBatch(n, cols...)
}

// pool are the operations made for the present tree: some are used again, so that trees
// become graphs.
var pool map[types.Kind][]plan.Expr

// randomExpr is an expression of kind k (of a type of its own where k is DECIMAL).
func randomExpr(r *rand.Rand, k types.Kind, depth int) plan.Expr {
	if made := pool[k]; len(made) > 0 && r.Intn(6) == 0 && k != types.Decimal {
		return made[r.Intn(len(made))]
	}
	e := freshExpr(r, k, depth)
	pool[k] = append(pool[k], e)
	return e
}

func freshExpr(r *rand.Rand, k types.Kind, depth int) plan.Expr {
	if depth == 0 || r.Intn(6) == 0 {
		return leaf(r, k)
	}
	sub := func(k types.Kind) plan.Expr { return randomExpr(r, k, depth-1) }
	if r.Intn(8) == 0 && k != types.Decimal {
		// COALESCE as the planner writes it: an argument in two places.
		a, t := sub(k), types.Type{Kind: k}
		if k == types.VarChar {
			t = types.TString
		} else if k == types.Timestamp {
			t = types.TTimestamp(3)
		}
		test := &plan.IsTest{Typed: plan.Typed{T: types.TBoolean.Required()}, Test: plan.TestNull, Neg: true, Arg: a}
		return &plan.Case{Typed: plan.Typed{T: t}, Whens: []plan.When{{If: test, Then: a}}, Else: sub(k)}
	}
	if r.Intn(5) == 0 && k != types.Decimal {
		t := types.Type{Kind: k}
		if k == types.VarChar {
			t = types.TString
		} else if k == types.Timestamp {
			t = types.TTimestamp(3)
		}
		c := &plan.Case{Typed: plan.Typed{T: t}, Else: sub(k)}
		for range 1 + r.Intn(3) {
			c.Whens = append(c.Whens, plan.When{If: sub(types.Boolean), Then: sub(k)})
		}
		return c
	}
	switch k {
	case types.Boolean:
		return randomBoolean(r, depth)
	case types.VarChar:
		from := []types.Kind{types.BigInt, types.Boolean, types.Decimal}[r.Intn(3)]
		return &plan.Cast{Typed: plan.Typed{T: types.TString}, Arg: sub(from)}
	case types.Timestamp:
		return leaf(r, k)
	case types.Decimal:
		return randomDecimal(r, depth)
	}
	if r.Intn(4) == 0 {
		from := []types.Kind{types.Int, types.BigInt, types.Double, types.Decimal}[r.Intn(4)]
		if k == types.Double {
			from = types.BigInt
		}
		return &plan.Cast{Typed: plan.Typed{T: types.Type{Kind: k}}, Arg: sub(from)}
	}
	return &plan.Arithmetic{Typed: plan.Typed{T: types.Type{Kind: k}}, Op: plan.ArithmeticOp(r.Intn(5)), L: sub(k), R: sub(k)}
}

func leaf(r *rand.Rand, k types.Kind) plan.Expr {
	if r.Intn(3) > 0 {
		for {
			if i := r.Intn(len(schema)); schema[i].Kind == k {
				if k == types.Timestamp && schema[i].Precision != 3 {
					continue
				}
				return column_(i)
			}
		}
	}
	t := types.Type{Kind: k}
	switch k {
	case types.VarChar:
		t = types.TString
	case types.Timestamp:
		t = types.TTimestamp(3)
	case types.Decimal:
		t = []types.Type{types.TDecimal(10, 2), types.TDecimal(5, 1), types.TDecimal(38, 10)}[r.Intn(3)]
	}
	return &plan.Literal{Typed: plan.Typed{T: t}, Value: randomValue(r, t)}
}

func column_(i int) plan.Expr {
	return &plan.Column{Typed: plan.Typed{T: schema[i]}, Index: i, Name: fmt.Sprintf("c%d", i)}
}

func randomDecimal(r *rand.Rand, depth int) plan.Expr {
	if r.Intn(3) == 0 {
		from := []types.Kind{types.Int, types.BigInt, types.Decimal}[r.Intn(3)]
		t := []types.Type{types.TDecimal(10, 2), types.TDecimal(4, 1), types.TDecimal(38, 18), types.TDecimal(18, 0)}[r.Intn(4)]
		return &plan.Cast{Typed: plan.Typed{T: t}, Arg: randomExpr(r, from, depth-1)}
	}
	// Division rounds twice where digits exceed 38: leaves keep clear of that.
	a, b := randomExpr(r, types.Decimal, depth-1), randomExpr(r, types.Decimal, depth-1)
	op := plan.ArithmeticOp(r.Intn(5))
	if op >= plan.Divide {
		a, b = column_(7), column_(8)
	}
	x, y := a.Type(), b.Type()
	f := []func(a, b, c, d int) (int, int){types.AddDecimalType, types.AddDecimalType, types.MulDecimalType, types.DivDecimalType, types.ModDecimalType}[op]
	p, s := f(int(x.Precision), int(x.Scale), int(y.Precision), int(y.Scale))
	return &plan.Arithmetic{Typed: plan.Typed{T: types.TDecimal(p, s)}, Op: op, L: a, R: b}
}

func randomBoolean(r *rand.Rand, depth int) plan.Expr {
	sub := func(k types.Kind) plan.Expr { return randomExpr(r, k, depth-1) }
	b := plan.Typed{T: types.TBoolean}
	switch r.Intn(6) {
	case 0:
		return &plan.Logic{Typed: b, Op: plan.Not, Args: []plan.Expr{sub(types.Boolean)}}
	case 1:
		l := &plan.Logic{Typed: b, Op: plan.LogicOp(r.Intn(2))}
		for range 2 + r.Intn(2) {
			l.Args = append(l.Args, sub(types.Boolean))
		}
		return l
	case 2:
		return &plan.IsTest{Typed: plan.Typed{T: types.TBoolean.Required()}, Test: plan.TestOp(r.Intn(3)), Neg: r.Intn(2) == 0, Arg: sub(types.Boolean)}
	case 3:
		arg := leaf(r, []types.Kind{types.Int, types.BigInt, types.VarChar, types.Double}[r.Intn(4)])
		in := &plan.In{Typed: b, Arg: arg, NullInList: r.Intn(3) == 0, Neg: r.Intn(2) == 0}
		for range 1 + r.Intn(12) {
			in.List = append(in.List, randomValue(r, arg.Type().Required()))
		}
		return in
	}
	k := []types.Kind{types.Boolean, types.Int, types.BigInt, types.Double, types.VarChar, types.Timestamp}[r.Intn(6)]
	return &plan.Compare{Typed: b, Op: plan.CompareOp(r.Intn(8)), L: sub(k), R: sub(k)}
}

func randomSelection(r *rand.Rand, n int) []int32 {
	var sel []int32
	switch r.Intn(4) {
	case 0:
		return nil
	case 1:
		sel = []int32{}
	}
	keep := 1 + r.Intn(10)
	for i := range n {
		if r.Intn(10) < keep && sel == nil || len(sel) > 0 {
			sel = append(sel, int32(i))
		}
	}
	if sel == nil {
		sel = []int32{}
	}
	return sel
}

func same(a, b types.Value) bool {
	if a.F != a.F && b.F != b.F {
		return a.Null == b.Null
	}
	return a.Null == b.Null && (a.Null || a.I == b.I && a.Hi == b.Hi && a.S == b.S && math.Float64bits(a.F) == math.Float64bits(b.F))
}

// Random expressions over random batches answer what the naive evaluation answers, in
// every encoding and under every selection; where it fails in a selected row, they fail
// in the first such row; where it fails elsewhere, they do not.
func TestRandomExpressions(t *testing.T) {
	kinds := []types.Kind{types.Boolean, types.Int, types.BigInt, types.Double, types.Decimal, types.VarChar, types.TinyInt, types.SmallInt}
	env := &function.Env{Zone: types.UTC}
	for seed := int64(0); seed < 6000; seed++ {
		r := rand.New(rand.NewSource(seed))
		pool = map[types.Kind][]plan.Expr{}
		e := randomExpr(r, kinds[r.Intn(len(kinds))], 1+r.Intn(4))
		build := Compile
		if seed%2 == 0 {
			build = CompileTransient
		}
		ev, err := build(e)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var earlier func()
		for range 3 { // scratch is used again
			n := []int{1, 3, 64, 130}[r.Intn(4)]
			b, sel := randomBatch(r, n), randomSelection(r, n)
			again := checkEval(t, seed, e, ev, b, sel, env)
			if earlier != nil && seed%2 == 1 {
				earlier() // what was kept has not changed
			}
			earlier = again
			if e.Type().Kind == types.Boolean {
				checkFilter(t, seed, e, b, sel, env)
			}
			if t.Failed() {
				return
			}
		}
	}
}

// expected is the naive answer for all selected rows; failing tells whether one fails.
func expected(e plan.Expr, b *vector.Batch, sel []int32) (want map[int]types.Value, failing map[int]bool) {
	want, failing = map[int]types.Value{}, map[int]bool{}
	rows(sel, b.Len(), func(i int) {
		row := make([]types.Value, len(b.Cols))
		for k, c := range b.Cols {
			row[k] = c.Value(i)
		}
		v, err := naive(e, row)
		want[i] = v
		if err != nil {
			failing[i] = true
		}
	})
	return want, failing
}

// checkEval evaluates and compares; it returns the comparison, to be made once more.
func checkEval(t *testing.T, seed int64, e plan.Expr, ev *Evaluator, b *vector.Batch, sel []int32, env *function.Env) func() {
	t.Helper()
	want, failing := expected(e, b, sel)
	got, err := ev.Eval(b, sel, env)
	if err != nil {
		x, ok := err.(*Error)
		if !ok || !failing[x.Row] {
			t.Errorf("seed %d: %s fails (%v), the naive evaluation does not there", seed, Text(e), err)
		}
		return nil
	}
	if len(failing) > 0 {
		t.Errorf("seed %d: %s does not fail in any of rows %v", seed, Text(e), failing)
		return nil
	}
	if got.Len() != b.Len() || got.Layout() != vector.LayoutOf(e.Type()) {
		t.Errorf("seed %d: %s answers %d rows of layout %d", seed, Text(e), got.Len(), got.Layout())
		return nil
	}
	compare := func() {
		rows(sel, b.Len(), func(i int) {
			if g := got.Value(i); !same(g, want[i]) {
				t.Errorf("seed %d: %s in row %d of %d: got %s, want %s", seed, Text(e), i, b.Len(), showValue(e.Type(), g), showValue(e.Type(), want[i]))
			}
		})
	}
	compare()
	return compare
}

func checkFilter(t *testing.T, seed int64, e plan.Expr, b *vector.Batch, sel []int32, env *function.Env) {
	t.Helper()
	f, err := CompileFilter(e)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	want, failing := expected(e, b, sel)
	got, err := f.Select(b, sel, env)
	if (err != nil) != (len(failing) > 0) {
		t.Errorf("seed %d: filter %s: error %v, the naive evaluation fails in rows %v", seed, Text(e), err, failing)
	}
	if err != nil || len(failing) > 0 {
		return
	}
	picked := []int32{}
	rows(sel, b.Len(), func(i int) {
		if v := want[i]; !v.Null && v.I != 0 {
			picked = append(picked, int32(i))
		}
	})
	if got == nil {
		got = all(make([]int32, b.Len())[:0], nil, b.Len())
	}
	if !slices.Equal(got, picked) {
		t.Errorf("seed %d: filter %s: got %v, want %v", seed, Text(e), got, picked)
	}
}
