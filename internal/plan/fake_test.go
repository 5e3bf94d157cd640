package plan_test

import (
	"context"
	"fmt"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/function"
	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/plan"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// The connectors, formats and functions of the tests:
//
//	events    a source of inserts, with metadata columns "offset" and (writable) "timestamp"
//	queue     a source and an insert-only sink, both with a format
//	any       a sink that takes all changes
//	upserts   a sink that takes changes but for -U
//	plain     a format of inserts
//	changes   a format of all changes

func registries() plan.Registries {
	r := plan.Registries{Connectors: &connector.Registry{}, Formats: &format.Registry{}, Functions: &function.Registry{}}
	metadata := []connector.Metadata{
		{Key: "offset", Type: types.TBigInt.Required()},
		{Key: "timestamp", Type: types.TTimestampLTZ(3).Required(), Writable: true},
	}
	newSource := func(t *connector.Table) (connector.Source, error) { return source{kinds: t.Kinds}, nil }
	newSink := func(accepts connector.KindSet) func(t *connector.Table) (connector.Sink, error) {
		return func(t *connector.Table) (connector.Sink, error) {
			return sink{accepts: accepts | t.Kinds}, nil
		}
	}
	r.Connectors.Add(&connector.Connector{Name: "events", NewSource: newSource, Metadata: metadata,
		Options: []option.Option{
			{Name: "rows", Type: option.Int, Summary: "how many"},
			{Name: "address", Connection: true, Summary: "where they come from"},
		}})
	r.Connectors.Add(&connector.Connector{Name: "queue", NewSource: newSource, NewSink: newSink(connector.InsertOnly), Metadata: metadata,
		Formats: true, KeyFormats: true, Options: []option.Option{
			{Name: "topic", Required: true, Summary: "its name"},
			{Name: "properties.", Prefix: true, Summary: "of the client"},
			{Name: "password", Secret: true, Summary: "of the server"},
		}})
	r.Connectors.Add(&connector.Connector{Name: "any", NewSink: newSink(connector.AllKinds), Options: nil})
	r.Connectors.Add(&connector.Connector{Name: "upserts", NewSink: newSink(connector.Upsert), Options: nil})
	r.Formats.Add(&format.Format{Name: "plain", Options: []option.Option{{Name: "strict", Type: option.Bool, Default: "false", Summary: "how bad records are taken"}}})
	r.Formats.Add(&format.Format{Name: "changes", Changelog: true})
	r.Functions.Add(fakes()...)
	return r
}

func planner() *plan.Planner { return plan.New(registries(), expr.Literal) }

type source struct{ kinds connector.KindSet }

func (s source) Bounded() bool                                     { return true }
func (s source) Kinds() connector.KindSet                          { return s.kinds }
func (s source) Open(context.Context, connector.Env) error         { return nil }
func (s source) Splits(context.Context) ([]connector.Split, error) { return nil, nil }
func (s source) Close() error                                      { return nil }
func (s source) OpenSplit(context.Context, connector.Split, []byte, connector.Env) (connector.Reader, error) {
	return nil, nil
}

type sink struct{ accepts connector.KindSet }

func (s sink) Accepts(kinds connector.KindSet) connector.KindSet             { return kinds & s.accepts }
func (s sink) Guarantee() connector.Guarantee                                { return connector.Repeats }
func (s sink) Open(context.Context, connector.Env, []connector.Ticket) error { return nil }
func (s sink) OpenWriter(int, connector.Env) (connector.Writer, error)       { return nil, nil }
func (s sink) Prepare(context.Context, uint64, [][]byte) ([]byte, error)     { return nil, nil }
func (s sink) Commit(context.Context, connector.Ticket) error                { return nil }
func (s sink) Close() error                                                  { return nil }

// fakes are stand-ins: a name, how many texts they take, and a result.
func fakes() []*function.Function {
	text := func(name string, n int, result types.Type) *function.Function {
		return &function.Function{Name: name, Syntax: []string{name + "(text, ...)"}, Bind: func(args []function.Arg) (function.Signature, error) {
			if len(args) != n {
				return function.Signature{}, fmt.Errorf("expected %d arguments", n)
			}
			null := false
			params := make([]types.Type, n)
			for i, a := range args {
				if !a.Type.IsText() {
					return function.Signature{}, fmt.Errorf("expected a text")
				}
				null = null || !a.Type.NotNull
				params[i] = a.Type
			}
			return function.Signature{Params: params, Result: result.WithNull(null), Kernel: func(*function.Call) error { return fmt.Errorf("not to be run") }}, nil
		}}
	}
	clock := func(name string, result types.Type) *function.Function {
		return &function.Function{Name: name, Varies: true, Bind: func(args []function.Arg) (function.Signature, error) {
			return function.Signature{Result: result.Required()}, nil
		}}
	}
	return []*function.Function{
		text("UPPER", 1, types.TString), text("LIKE", 2, types.TBoolean), text("||", 2, types.TString), text("CHAR_LENGTH", 1, types.TInt),
		clock("CURRENT_TIMESTAMP", types.TTimestampLTZ(3)), clock("RAND", types.TDouble),
	}
}
