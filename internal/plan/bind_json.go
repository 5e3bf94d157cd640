package plan

import (
	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// json binds the SQL/JSON constructs as calls of the registry. Keywords are arguments of
// type CHAR, a type is a NULL of it; package builtin/functions says in which order.
func (b *binder) json(x sql.Expr, s *scope) Expr {
	switch x := x.(type) {
	case *sql.JSONExists:
		return b.callJSON(x, "JSON_EXISTS", b.value(x.Input, s), b.value(x.Path, s), b.behavior(x, x.OnError, "FALSE"))
	case *sql.JSONValue:
		t, ok := b.returning(x.Returning)
		if !ok {
			return bad(x)
		}
		return b.callJSON(x, "JSON_VALUE", b.value(x.Input, s), b.value(x.Path, s), nullOf(x, t),
			b.behavior(x, x.OnEmpty, "NULL"), b.jsonDefault(x, x.OnEmpty, s),
			b.behavior(x, x.OnError, "NULL"), b.jsonDefault(x, x.OnError, s))
	case *sql.JSONQuery:
		t, ok := b.returning(x.Returning)
		if !ok {
			return bad(x)
		}
		return b.callJSON(x, "JSON_QUERY", b.value(x.Input, s), b.value(x.Path, s), nullOf(x, t), word(x, x.Wrapper),
			b.behavior(x, x.OnEmpty, "NULL"), b.behavior(x, x.OnError, "NULL"))
	case *sql.JSONObject:
		if x.Aggregate {
			return b.jsonObjectAgg(x, s)
		}
		args := []Expr{word(x, x.OnNull)}
		for _, e := range x.Entries {
			args = append(args, b.value(e.Key, s), b.jsonMember(e.Value, s))
		}
		return b.callJSON(x, "JSON_OBJECT", args...)
	case *sql.JSONArray:
		if x.Aggregate {
			return b.jsonArrayAgg(x, s)
		}
		args := []Expr{word(x, x.OnNull)}
		for _, item := range x.Items {
			args = append(args, b.jsonMember(item, s))
		}
		return b.callJSON(x, "JSON_ARRAY", args...)
	}
	return bad(x)
}

func (b *binder) callJSON(x sql.Node, name string, args ...Expr) Expr {
	return b.apply(x, name, args, "'"+name+"'")
}

// jsonMember binds a value of JSON_OBJECT or JSON_ARRAY, where alone JSON(text) may stand.
func (b *binder) jsonMember(x sql.Expr, s *scope) Expr {
	c, ok := x.(*sql.Call)
	if !ok || len(c.Name.Parts) != 1 || upper(c.Name.Parts[0].Name) != "JSON" || len(c.Args) != 1 {
		return b.value(x, s)
	}
	return b.callJSON(x, "JSON", b.value(c.Args[0], s))
}

// behavior is what ON EMPTY or ON ERROR asks for, as a word.
func (b *binder) behavior(x sql.Node, given sql.JSONBehavior, absent string) Expr {
	if given.Kind == "" {
		return word(x, absent)
	}
	return word(x, given.Kind)
}

// jsonDefault is the value of DEFAULT, or a bare NULL.
func (b *binder) jsonDefault(x sql.Node, given sql.JSONBehavior, s *scope) Expr {
	if given.Value == nil {
		return nullOf(x, types.TNull)
	}
	return b.expr(given.Value, s)
}

// returning is the type of RETURNING: STRING if there is none.
func (b *binder) returning(n *sql.TypeName) (types.Type, bool) {
	if n == nil {
		return types.TString, true
	}
	return catalog.ResolveType(b.ps, n)
}

// nullOf is a NULL of a type: how a type is handed to a function.
func nullOf(at sql.Node, t types.Type) Expr {
	return &Literal{Typed{t.Nullable(), at.Pos()}, types.NullValue}
}
