package functions_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"tidemark.dev/builtin/functions"
	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/function"
	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// The tests of this package bind SQL by the planner and compute it by package expr,
// without an engine: a query is a projection over the rows of one table.

// source is the table "t" of a test.
type source struct{ connector.Source }

func (source) Bounded() bool            { return true }
func (source) Kinds() connector.KindSet { return connector.InsertOnly }

func planner(fold plan.FoldFunc) *plan.Planner {
	r := plan.Registries{Connectors: &connector.Registry{}, Formats: &format.Registry{}, Functions: &function.Registry{}}
	r.Connectors.Add(&connector.Connector{Name: "rows", NewSource: func(*connector.Table) (connector.Source, error) { return source{}, nil }})
	functions.Register(r.Functions)
	return plan.New(r, fold)
}

// query is a SELECT of one column, bound.
type query struct {
	root plan.Node
	typ  types.Type
}

// bind plans "SELECT <sql> FROM t" behind a setup.
func bind(fold plan.FoldFunc, setup, sql string) (*query, error) {
	script := setup + "\nSELECT " + sql + " AS r FROM t;"
	s, errs := planner(fold).Script("test.sql", script, plan.Options{})
	if errs != nil {
		return nil, errors.New(errs.Problems[0].Text)
	}
	step, ok := s.Steps[len(s.Steps)-1].(*plan.Select)
	if !ok {
		return nil, fmt.Errorf("not a query: %s", sql)
	}
	return &query{step.Pipeline.Sinks[0].Inputs()[0], step.Columns[0].Type}, nil
}

// run computes the query.
func (q *query) run(env *function.Env) (*vector.Vector, error) {
	batches, err := compute(q.root, env)
	if err != nil {
		return nil, err
	}
	out := vector.NewBuilder(q.typ.Plain(), 4)
	for _, b := range batches {
		b.Rows(func(i int) { out.AppendFrom(b.Cols[0], i) })
	}
	return out, nil
}

// compute answers the batches of a node.
func compute(n plan.Node, env *function.Env) (out []*vector.Batch, err error) {
	for _, in := range n.Inputs() {
		batches, err := compute(in, env)
		if err != nil {
			return nil, err
		}
		out = append(out, batches...)
	}
	switch n := n.(type) {
	case *plan.Calc:
		for i, b := range out {
			if out[i], err = project(n, b, env); err != nil {
				return nil, err
			}
		}
	case *plan.Values:
		return []*vector.Batch{input(n)}, nil
	case *plan.Scan:
		return []*vector.Batch{table(n)}, nil
	case *plan.Exchange, *plan.Union:
	default:
		return nil, fmt.Errorf("a plan with a %T", n)
	}
	return out, nil
}

func project(n *plan.Calc, b *vector.Batch, env *function.Env) (*vector.Batch, error) {
	sel := b.Sel
	if n.Filter != nil {
		f, err := expr.CompileFilter(n.Filter)
		if err != nil {
			return nil, err
		}
		if sel, err = f.Select(b, sel, env); err != nil {
			return nil, err
		}
	}
	cols := make([]*vector.Vector, len(n.Exprs))
	for i, e := range n.Exprs {
		ev, err := expr.Compile(e)
		if err != nil {
			return nil, err
		}
		if cols[i], err = ev.Eval(b, sel, env); err != nil {
			return nil, err
		}
	}
	return b.Under(sel).With(cols), nil
}

func input(n *plan.Values) *vector.Batch {
	var cols []*vector.Vector
	for i, f := range n.Columns {
		c := vector.NewBuilder(f.Type.Plain(), len(n.Rows))
		for _, row := range n.Rows {
			c.AppendValue(row[i])
		}
		cols = append(cols, c)
	}
	return vector.NewBatch(len(n.Rows), cols...)
}

// table is the columns of testdata/setup.json that are read.
func table(n *plan.Scan) *vector.Batch {
	file, err := os.Open("testdata/setup.json")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	var cols []*vector.Vector
	for _, c := range n.Read {
		cols = append(cols, vector.NewBuilder(c.Type, 2))
	}
	rows, d := 0, json.NewDecoder(file)
	for ; d.More(); rows++ {
		var row map[string]any
		if err := d.Decode(&row); err != nil {
			panic(err)
		}
		for i, c := range n.Read {
			cols[i].AppendValue(valueOf(row[c.Name], c.Type))
		}
	}
	return vector.NewBatch(rows, cols...)
}

// valueOf casts the text of a JSON value.
func valueOf(x any, t types.Type) types.Value {
	if x == nil {
		return types.NullValue
	}
	s := types.Text(strings.TrimSuffix(fmt.Sprint(x), "Z"))
	v, err := expr.Literal(&plan.Cast{Typed: plan.Typed{T: t}, Arg: &plan.Literal{Typed: plan.Typed{T: types.TString}, Value: s}}, utc)
	if err != nil {
		panic(err)
	}
	return v
}

const oneRow = "CREATE VIEW t AS SELECT * FROM (VALUES (1)) AS v(x);"

var utc = &function.Env{Zone: types.UTC, Now: 1_700_000_000_123_456}

// show is a value as CAST(... AS STRING) writes it.
func show(v *vector.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	return string(types.AppendCast(nil, v.Value(i), v.Type, types.UTC))
}

// Every example of the manual holds: folded by the planner, computed from literals, and
// computed from columns: flat, under a selection, and dictionaries.
func TestExamples(t *testing.T) {
	var r function.Registry
	functions.Register(&r)
	seen := map[*function.Function]bool{}
	for _, f := range append(r.All(), functions.Special...) {
		if seen[f] {
			t.Errorf("%s is there twice", f.Name)
		}
		seen[f] = true
		if f.Summary == "" || len(f.Syntax) == 0 || f.Family == "" {
			t.Errorf("%s lacks a summary, a syntax or a family", f.Name)
		}
		if len(f.Examples) == 0 && !f.Varies && !strings.HasPrefix(f.Name, "SHA") && f.Name != "PROCTIME" {
			t.Errorf("%s has no example", f.Name)
		}
		for _, e := range f.Examples {
			checkExample(t, e)
		}
	}
}

func checkExample(t *testing.T, e function.Example) {
	t.Helper()
	for _, fold := range []plan.FoldFunc{expr.Literal, nil} {
		q, err := bind(fold, oneRow, e.SQL)
		if err != nil {
			t.Errorf("%s: %v", e.SQL, err)
			return
		}
		v, err := q.run(utc)
		if err != nil {
			t.Errorf("%s: %v", e.SQL, err)
			return
		}
		if got := show(v, 0); got != e.Result {
			t.Errorf("%s: got %s, want %s", e.SQL, got, e.Result)
		}
		if fold == nil {
			checkColumns(t, e, q)
		}
	}
}

// checkColumns replaces the literals of an example by columns and computes it again.
func checkColumns(t *testing.T, e function.Example, q *query) {
	t.Helper()
	calc, ok := q.root.(*plan.Calc)
	if !ok {
		return
	}
	var literals []*plan.Literal
	root := columns(calc.Exprs[0], &literals)
	for _, encode := range []func(*plan.Literal) *vector.Vector{flatColumn, dictionaryColumn} {
		cols := make([]*vector.Vector, len(literals))
		for i, l := range literals {
			cols[i] = encode(l)
		}
		b := vector.NewBatch(5, cols...)
		ev, err := expr.CompileTransient(root)
		if err != nil {
			t.Errorf("%s over columns: %v", e.SQL, err)
			return
		}
		for range 2 {
			sel := []int32{1, 3}
			v, err := ev.Eval(b, sel, utc)
			if err != nil {
				t.Errorf("%s over columns: %v", e.SQL, err)
				return
			}
			for _, i := range sel {
				if got := show(v, int(i)); got != e.Result {
					t.Errorf("%s over columns: row %d: got %s, want %s", e.SQL, i, got, e.Result)
				}
			}
		}
	}
}

// flatColumn has the literal in rows 1 and 3 and NULL elsewhere.
func flatColumn(l *plan.Literal) *vector.Vector {
	v := vector.NewBuilder(l.T.Nullable(), 5)
	for i := range 5 {
		if i%2 == 1 {
			v.AppendValue(l.Value)
		} else {
			v.AppendNull()
		}
	}
	return v
}

func dictionaryColumn(l *plan.Literal) *vector.Vector {
	dict := vector.NewBuilder(l.T.Nullable(), 2)
	dict.AppendNull()
	dict.AppendValue(l.Value)
	return vector.NewDictionary(dict, []int32{0, 1, 0, 1, 0})
}

// columns is e with a column in the place of each literal. What a signature was bound
// to (a unit, a pattern) is in its kernel.
func columns(e plan.Expr, literals *[]*plan.Literal) plan.Expr {
	switch e := e.(type) {
	case *plan.Literal:
		*literals = append(*literals, e)
		return &plan.Column{Typed: plan.Typed{T: e.T.Nullable(), Pos: e.Pos}, Index: len(*literals) - 1}
	case *plan.Call:
		c := *e
		c.Args = nil
		for _, a := range e.Args {
			c.Args = append(c.Args, columns(a, literals))
		}
		return &c
	case *plan.Cast:
		c := *e
		c.Arg = columns(e.Arg, literals)
		return &c
	case *plan.Negate:
		c := *e
		c.Arg = columns(e.Arg, literals)
		return &c
	}
	return e
}
