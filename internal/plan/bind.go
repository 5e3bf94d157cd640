package plan

import (
	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// Binding says what the names of a statement mean and what types its expressions
// have. It goes on after an error: what could not be bound becomes a bad node of type
// Invalid, about which nothing more is said, so that a user sees every error once.
//
//	bind_query   WITH, set operations, VALUES
//	bind_select  one SELECT block, its scopes and clauses
//	bind_join    FROM: tables, views, joins
//	bind_window  window functions
//	bind_expr    expressions; bind_literal, bind_call, coerce their parts
//	bind_insert  a query against the columns of a sink

// binder binds the statements of one script, one at a time.
type binder struct {
	reg     Registries
	catalog *catalog.Catalog
	ps      *catalog.Problems
	zone    *types.Zone
	ctes    []map[string]*cte // innermost last
	views   []catalog.ID      // being bound, to find a view that contains itself
}

// cte is a named query of WITH, bound where it is used first.
type cte struct {
	def   *sql.CTE
	outer []map[string]*cte // what its query may refer to
	rel   rel
	busy  bool
}

// span is the place of a node.
func span(n sql.Node) sql.Span { return sql.Span{From: n.Pos(), To: n.End()} }

func (b *binder) errorf(at sql.Node, format string, args ...any) *catalog.Problem {
	return b.ps.Errorf(span(at), format, args...)
}

// refuse says that a construct is not supported, by name and place.
func (b *binder) refuse(at sql.Node, what string) *catalog.Problem {
	return b.ps.Errorf(span(at), "%s is not supported", what)
}

// bad is an expression that could not be bound.
func bad(at sql.Node) Expr { return &Literal{Typed: Typed{Pos: at.Pos()}} }

func isBad(e Expr) bool { return e.Type().Kind == types.Invalid }

func anyBad(list ...Expr) bool {
	for _, e := range list {
		if isBad(e) {
			return true
		}
	}
	return false
}

// scope is what the names of a clause may refer to: the columns of the relations in
// FROM, side by side in one row.
type scope struct {
	cols   []types.Field
	tables []scopeTable
	// merged are the columns of USING and NATURAL: one name for two columns.
	merged []mergedColumn
	// clause names the clause for messages; grouped is set where aggregates may stand.
	clause  string
	grouped *grouping
	// inAggregate tells that the arguments of an aggregate are being bound.
	inAggregate bool
	// loose are columns that are NULL in some rows after grouping: keys that not every grouping
	// set has.
	loose map[int]bool
	// broken tells that a relation of FROM could not be bound, so that a name that is
	// not found may be its.
	broken bool
}

// scopeTable is one relation of FROM: the columns from From to To of the row.
type scopeTable struct {
	alias    string
	path     []string // full name of a table without an alias
	from, to int
}

// mergedColumn is a column that USING or NATURAL made of two.
type mergedColumn struct {
	name   string
	left   int
	right  int
	expr   Expr
	hidden map[int]bool
	// natural tells NATURAL from USING.
	natural bool
}

// TypeOf types an expression over columns, for the catalog.
func (b *binder) TypeOf(x sql.Expr, columns []types.Field) (types.Type, bool) {
	e := b.over(x, columns)
	return e.Type(), !isBad(e)
}

// Castable tells the catalog what CAST can do.
func (b *binder) Castable(from, to types.Type) bool { return castable(from, to) }

// over binds an expression of CREATE TABLE over the table's columns.
func (b *binder) over(x sql.Expr, columns []types.Field) Expr {
	s := &scope{cols: columns, clause: "CREATE TABLE", tables: []scopeTable{{to: len(columns)}}}
	return b.value(x, s)
}

// value binds an expression that must have a type of its own: a bare NULL has none.
func (b *binder) value(x sql.Expr, s *scope) Expr {
	e := b.expr(x, s)
	if e.Type().Kind == types.Null {
		b.errorf(x, "Illegal use of 'NULL'").Because("give it a type: CAST(NULL AS INT)")
		return bad(x)
	}
	return e
}

// condition binds a BOOLEAN expression of a clause.
func (b *binder) condition(x sql.Expr, s *scope) Expr {
	e := b.expr(x, s)
	switch e.Type().Kind {
	case types.Invalid, types.Boolean:
		return e
	case types.Null:
		return &Literal{Typed{types.TBoolean, x.Pos()}, types.NullValue}
	}
	b.errorf(x, "%s must be a condition: it is of type %s", s.clause, e.Type())
	return bad(x)
}

// nearest is the hint for a name, or "".
func nearest(name string, names []string) string { return option.Nearest(name, names) }

// nullable tells whether any of the expressions may be NULL.
func nullable(list ...Expr) bool {
	for _, e := range list {
		if !e.Type().NotNull {
			return true
		}
	}
	return false
}
