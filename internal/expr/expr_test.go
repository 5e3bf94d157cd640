package expr

import (
	"strings"
	"testing"

	"tidemark.dev/function"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var testEnv = &function.Env{Zone: types.UTC, Now: 1_700_000_000_123_456}

func ints(t types.Type, xs ...any) *vector.Vector {
	v := vector.NewBuilder(t, len(xs))
	for _, x := range xs {
		if x == nil {
			v.AppendNull()
		} else {
			v.AppendValue(types.Int64(int64(x.(int))))
		}
	}
	return v
}

func col(t types.Type, i int) plan.Expr {
	return &plan.Column{Typed: plan.Typed{T: t, Pos: sql.Pos{Line: 3, Column: 9}}, Index: i, Name: string(rune('a' + i))}
}

func lit(t types.Type, v types.Value) plan.Expr {
	return &plan.Literal{Typed: plan.Typed{T: t}, Value: v}
}

// quotientPositive is 10 / col > 0.
func quotientPositive(i int) plan.Expr {
	at := sql.Pos{Line: 3, Column: 7}
	q := &plan.Arithmetic{Typed: plan.Typed{T: types.TInt, Pos: at}, Op: plan.Divide, L: lit(types.TInt, types.Int64(10)), R: col(types.TInt, i)}
	return &plan.Compare{Typed: plan.Typed{T: types.TBoolean, Pos: at}, Op: plan.Greater, L: q, R: lit(types.TInt, types.Int64(0))}
}

// AND leaves out what comes behind FALSE, but computes what comes behind NULL, as Flink
// does: a filter that drops the row anyway fails, too.
func TestAndBehindNullFails(t *testing.T) {
	and := &plan.Logic{Typed: plan.Typed{T: types.TBoolean}, Op: plan.And, Args: []plan.Expr{col(types.TBoolean, 0), quotientPositive(1)}}
	f, err := CompileFilter(and)
	if err != nil {
		t.Fatal(err)
	}
	truth := vector.NewBuilder(types.TBoolean, 2)
	truth.AppendBool(false)
	truth.AppendBool(true)
	if sel, err := f.Select(vector.NewBatch(2, truth, ints(types.TInt, 0, 5)), nil, testEnv); err != nil || len(sel) != 1 || sel[0] != 1 {
		t.Errorf("behind FALSE: %v, %v", sel, err)
	}
	unknown := vector.NewBuilder(types.TBoolean, 2)
	unknown.AppendBool(true)
	unknown.AppendNull()
	_, err = f.Select(vector.NewBatch(2, unknown, ints(types.TInt, 5, 0)), nil, testEnv)
	e, ok := err.(*Error)
	if !ok || e.Row != 1 {
		t.Errorf("behind NULL: %v", err)
	}
}

// An error names its row, the expression, its place in the script and the operands.
func TestErrorNamesTheRow(t *testing.T) {
	ev, err := Compile(quotientPositive(0))
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBatch(4, ints(types.TInt, 1, 0, nil, 0))
	_, err = ev.Eval(b, []int32{0, 2, 3}, testEnv)
	e, ok := err.(*Error)
	if !ok || e.Row != 3 || e.Pos.Line != 3 || e.Pos.Column != 7 || e.Reason != "division by zero" {
		t.Fatalf("got %#v", err)
	}
	if want := "(10 / a): division by zero (operands: 10, 0)"; e.Error() != want {
		t.Errorf("got %q, want %q", e.Error(), want)
	}
	if _, err = ev.Eval(b, []int32{0, 2}, testEnv); err != nil {
		t.Errorf("rows that are not selected, or NULL, fail: %v", err)
	}
}

// A constant that fails does so in the first row that asks for it, and in none if no
// row does.
func TestFailingConstant(t *testing.T) {
	div := &plan.Arithmetic{Typed: plan.Typed{T: types.TInt}, Op: plan.Modulo, L: lit(types.TInt, types.Int64(1)), R: lit(types.TInt, types.Int64(0))}
	ev, err := Compile(div)
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBatch(4)
	if _, err := ev.Eval(b, []int32{}, testEnv); err != nil {
		t.Errorf("no row: %v", err)
	}
	_, err = ev.Eval(b, []int32{2, 3}, testEnv)
	if e, ok := err.(*Error); !ok || e.Row != 2 {
		t.Errorf("got %v", err)
	}
}

// A cast of a dictionary fails in the first row that has the bad entry, and not for
// entries that no selected row has.
func TestFailingDictionary(t *testing.T) {
	cast := &plan.Cast{Typed: plan.Typed{T: types.TInt}, Arg: col(types.TString, 0)}
	ev, err := Compile(cast)
	if err != nil {
		t.Fatal(err)
	}
	dict := vector.NewBuilder(types.TString, 2)
	dict.AppendBytes([]byte("7"))
	dict.AppendBytes([]byte("x"))
	b := vector.NewBatch(5, vector.NewDictionary(dict, []int32{0, 0, 1, 0, 1}))
	_, err = ev.Eval(b, nil, testEnv)
	if e, ok := err.(*Error); !ok || e.Row != 2 || !strings.Contains(e.Reason, "cannot cast 'x' to INT") {
		t.Errorf("got %v", err)
	}
	v, err := ev.Eval(b, []int32{0, 3}, testEnv)
	if err != nil || v.Value(3).I != 7 {
		t.Errorf("got %v, %v", v, err)
	}
}

// What the planner must not ask for is refused while compiling, by name and place.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		e    plan.Expr
		want string
	}{
		{&plan.Compare{Typed: plan.Typed{T: types.TBoolean, Pos: sql.Pos{Line: 1, Column: 2}}, L: col(types.TInt, 0), R: col(types.TString, 1)}, "(a = b) at 1:2: a INT is compared with a STRING"},
		{&plan.Cast{Typed: plan.Typed{T: types.Type{Kind: types.Date}}, Arg: col(types.TInt, 0)}, "there is no CAST from INT to DATE"},
		{&plan.Arithmetic{Typed: plan.Typed{T: types.TString}, L: col(types.TString, 0), R: col(types.TString, 0)}, "arithmetic has no type STRING"},
		{&plan.Logic{Typed: plan.Typed{T: types.TBoolean}, Args: []plan.Expr{col(types.TBoolean, 0)}}, "two arguments"},
	} {
		if _, err := Compile(c.e); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if _, err := CompileFilter(col(types.TInt, 0)); err == nil {
		t.Error("an INT is no filter")
	}
}

// A filter that drops nothing answers the selection it was given.
func TestFilterOfAll(t *testing.T) {
	f, err := CompileFilter(&plan.IsTest{Typed: plan.Typed{T: types.TBoolean.Required()}, Test: plan.TestNull, Neg: true, Arg: col(types.TInt, 0)})
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBatch(3, ints(types.TInt, 1, nil, 3))
	if sel, err := f.Select(b, nil, testEnv); err != nil || len(sel) != 2 || sel[1] != 2 {
		t.Errorf("got %v, %v", sel, err)
	}
	two := []int32{0, 2}
	if sel, err := f.Select(b, two, testEnv); err != nil || &sel[0] != &two[0] {
		t.Errorf("got %v, %v", sel, err)
	}
}

// Fields of a row: NULL where the row is, in each encoding.
func TestFieldOf(t *testing.T) {
	row := types.TRow(types.Field{Name: "x", Type: types.TInt}, types.Field{Name: "y", Type: types.TString})
	v := vector.NewBuilder(row, 3)
	v.AppendValue(types.Value{Elems: []types.Value{types.Int64(1), types.Text("a")}})
	v.AppendNull()
	v.AppendValue(types.Value{Elems: []types.Value{types.NullValue, types.Text("c")}})
	ev, err := Compile(&plan.FieldOf{Typed: plan.Typed{T: types.TInt}, Arg: col(row, 0), Index: 0})
	if err != nil {
		t.Fatal(err)
	}
	constant := vector.NewConstant(row, v.Value(0), 3)
	for _, c := range []struct {
		name string
		v    *vector.Vector
		want string
	}{
		{"flat", v, "1 NULL NULL"}, {"constant", constant, "1 1 1"}, {"dictionary", vector.NewDictionary(v, []int32{2, 0, 1}), "NULL 1 NULL"},
	} {
		got, err := ev.Eval(vector.NewBatch(3, c.v), nil, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if s := showAll(got); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
	}
}

func showAll(v *vector.Vector) string {
	var parts []string
	for i := range v.Len() {
		parts = append(parts, showValue(v.Type, v.Value(i)))
	}
	return strings.Join(parts, " ")
}

// Lists are built and read by row; what is not there is NULL.
func TestLists(t *testing.T) {
	array := types.Type{Kind: types.Array, Elem: &types.TInt}
	build := &plan.ListOf{Typed: plan.Typed{T: array.Required()}, Args: []plan.Expr{col(types.TInt, 0), lit(types.TInt, types.Int64(9)), col(types.TInt, 0)}}
	b := vector.NewBatch(3, ints(types.TInt, 1, nil, 3), ints(types.TInt, 2, 1, 4))
	ev, err := Compile(build)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ev.Eval(b, []int32{0, 2}, testEnv)
	if err != nil || textOf(array, v.Value(0)) != "[1, 9, 1]" || textOf(array, v.Value(2)) != "[3, 9, 3]" {
		t.Errorf("got %v, %v", v, err)
	}
	read := &plan.Element{Typed: plan.Typed{T: types.TInt}, Arg: build, Key: col(types.TInt, 1)}
	if ev, err = Compile(read); err != nil {
		t.Fatal(err)
	}
	if v, err = ev.Eval(b, nil, testEnv); err != nil || showAll(v) != "9 NULL NULL" {
		t.Errorf("got %v, %v", showAll(v), err)
	}
	wide := types.TBigInt
	cast := &plan.Cast{Typed: plan.Typed{T: types.Type{Kind: types.Array, Elem: &wide}}, Arg: build}
	if ev, err = Compile(cast); err != nil {
		t.Fatal(err)
	}
	if v, err = ev.Eval(b, []int32{1, 2}, testEnv); err != nil || textOf(v.Type, v.Value(1)) != "[null, 9, null]" || textOf(v.Type, v.Value(2)) != "[3, 9, 3]" {
		t.Errorf("got %v, %v", v, err)
	}
}

// Texts that a kept result shares with a branch are not overwritten by the next batch.
func TestKeptTexts(t *testing.T) {
	text := &plan.Cast{Typed: plan.Typed{T: types.TString}, Arg: col(types.TBigInt, 0)}
	cond := &plan.IsTest{Typed: plan.Typed{T: types.TBoolean.Required()}, Test: plan.TestNull, Neg: true, Arg: col(types.TBigInt, 0)}
	ev, err := Compile(&plan.Case{Typed: plan.Typed{T: types.TString}, Whens: []plan.When{{If: cond, Then: text}}, Else: lit(types.TString, types.Text("none"))})
	if err != nil {
		t.Fatal(err)
	}
	first, err := ev.Eval(vector.NewBatch(2, ints(types.TBigInt, 1111111111111111111, nil)), nil, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = ev.Eval(vector.NewBatch(2, ints(types.TBigInt, 2222222222222222222, 3)), nil, testEnv); err != nil {
		t.Fatal(err)
	}
	if got := showAll(first); got != "'1111111111111111111' 'none'" {
		t.Errorf("after the next batch: %s", got)
	}
}

// A projection computes what its expressions share once, also for the second batch.
func TestProjectionShares(t *testing.T) {
	calls := 0
	count := &function.Function{Name: "COUNTED", Bind: nil}
	sig := function.Signature{Params: []types.Type{types.TInt}, Result: types.TInt, Kernel: func(c *function.Call) error {
		calls++
		return c.Rows(func(i int) error { c.Out.Int32s()[i] = c.Args[0].Int32s()[i] + 1; return nil })
	}}
	call := &plan.Call{Typed: plan.Typed{T: types.TInt}, Function: count, Signature: sig, Args: []plan.Expr{col(types.TInt, 0)}}
	sum := &plan.Arithmetic{Typed: plan.Typed{T: types.TInt}, Op: plan.Add, L: call, R: call}
	p, err := CompileProjection([]plan.Expr{call, sum})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"2 3 NULL | 4 6 NULL", "8 9 NULL | 16 18 NULL"} {
		b := vector.NewBatch(3, ints(types.TInt, 1+6*n, 2+6*n, nil))
		vs, err := p.Eval(nil, b, nil, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if got := showAll(vs[0]) + " | " + showAll(vs[1]); got != want || calls != n+1 {
			t.Errorf("got %s after %d calls, want %s", got, calls, want)
		}
	}
}
