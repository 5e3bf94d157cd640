package plan

import (
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// array binds ARRAY[a, b]: of the common type of its items.
func (b *binder) array(x *sql.Array, s *scope) Expr {
	if x.Query != nil {
		b.refuse(x, "ARRAY (sub-query)")
		return bad(x)
	}
	if len(x.Items) == 0 {
		b.errorf(x, "Require at least 1 argument").Because("an empty array has no type")
		return bad(x)
	}
	items := b.each(x.Items, s)
	if anyBad(items...) {
		return bad(x)
	}
	elem, ok := commonType(typesOf(items))
	if !ok || elem.Kind == types.Null {
		b.errorf(x, "Parameters must be of the same type").Because("cast the elements to one type")
		return bad(x)
	}
	for i := range items {
		items[i] = implicit(items[i], elem)
	}
	t := types.Type{Kind: types.Array, Elem: &elem, NotNull: true}
	return &ListOf{Typed{t, x.Pos()}, items}
}

// mapOf binds MAP[k, v, ...]. Values that are all bare NULLs get the type of the keys,
// as in Flink.
func (b *binder) mapOf(x *sql.Map, s *scope) Expr {
	if x.Query != nil {
		b.refuse(x, "MAP (sub-query)")
		return bad(x)
	}
	switch {
	case len(x.Items) == 0:
		b.errorf(x, "Map requires at least 2 arguments")
		return bad(x)
	case len(x.Items)%2 != 0:
		b.errorf(x, "Map requires an even number of arguments").Because("MAP[key, value, key, value]")
		return bad(x)
	}
	items := b.each(x.Items, s)
	if anyBad(items...) {
		return bad(x)
	}
	var kinds [2][]types.Type
	for i, t := range typesOf(items) {
		kinds[i%2] = append(kinds[i%2], t)
	}
	key, ok := commonType(kinds[0])
	value, fine := commonType(kinds[1])
	if !ok || !fine || key.Kind == types.Null {
		b.errorf(x, "Parameters must be of the same type").Because("cast the keys to one type and the values to one type")
		return bad(x)
	}
	if value.Kind == types.Null {
		value = key.Nullable()
	}
	for i := range items {
		items[i] = implicit(items[i], []types.Type{key, value}[i%2])
	}
	t := types.Type{Kind: types.Map, Key: &key, Elem: &value, NotNull: true}
	return b.boundedType(x, &ListOf{Typed{t, x.Pos()}, items})
}

// each binds the items of a constructor, among which may be bare NULLs.
func (b *binder) each(list []sql.Expr, s *scope) []Expr {
	bound := make([]Expr, len(list))
	for i, x := range list {
		if row, ok := x.(*sql.Row); ok {
			bound[i] = b.rowOf(row, s, b.expr)
		} else {
			bound[i] = b.expr(x, s)
		}
	}
	return bound
}

func typesOf(list []Expr) []types.Type {
	kinds := make([]types.Type, len(list))
	for i, e := range list {
		kinds[i] = e.Type().Plain()
	}
	return kinds
}

// index binds x[i]: an element of an ARRAY, counted from 1, the value of a MAP's key, or a
// field of a ROW by a constant number or name. It may be NULL: there may be no such element.
func (b *binder) index(x *sql.Index, s *scope) Expr {
	e, i := b.value(x.X, s), b.value(x.I, s)
	if anyBad(e, i) {
		return bad(x)
	}
	if x.Mode != "" {
		b.refuse(x, "the subscript "+x.Mode+"( )").Because("elements count from 1: write [i]")
		return bad(x)
	}
	t, it := e.Type(), i.Type()
	switch {
	case t.Kind == types.Array && it.IsInteger():
		if it.Kind != types.Int {
			b.errorf(x.I, "Integer expression type expected").Because("CAST(... AS INT)")
			return bad(x)
		}
		if l, ok := i.(*Literal); ok && !l.Value.Null && l.Value.I < 1 {
			b.errorf(x.I, "Array element access needs an index starting at 1 but was %d", l.Value.I)
			return bad(x)
		}
		return &Element{Typed{t.Elem.Nullable().Plain(), x.Pos()}, e, implicit(i, types.TInt)}
	case t.Kind == types.Map:
		key, ok := commonType([]types.Type{t.Key.Plain(), it.Plain()})
		v, constant := literalAs(i, *t.Key)
		switch {
		case constant && (it.Kind == t.Key.Kind || it.IsInteger() && t.Key.IsInteger()):
			return &Element{Typed{t.Elem.Nullable().Plain(), x.Pos()}, e, &Literal{Typed{*t.Key, i.Position()}, v}}
		case ok && (key.Same(*t.Key) || key.IsText()):
			if !key.IsText() {
				i = implicit(i, *t.Key)
			}
			return &Element{Typed{t.Elem.Nullable().Plain(), x.Pos()}, e, i}
		}
	case t.Kind == types.Row:
		return b.fieldAt(x, e, i)
	}
	b.errorf(x, "Cannot apply 'ITEM' to arguments of type 'ITEM(<%s>, <%s>)'", t.Nullable(), it.Nullable()).
		Because("an ARRAY takes an INT, a MAP a key, a ROW the number or name of a field")
	return bad(x)
}

// fieldAt is a field of a ROW by its number or name, which must be constants.
func (b *binder) fieldAt(x *sql.Index, e, i Expr) Expr {
	l, ok := i.(*Literal)
	switch {
	case ok && l.T.IsText():
		return b.fields(e, []sql.Ident{{Span: span(x.I), Name: l.Value.S}}, x)
	case ok && l.T.IsInteger():
		fields := e.Type().Fields
		if l.Value.I < 1 || l.Value.I > int64(len(fields)) {
			b.errorf(x.I, "Cannot infer type of field at position %d within ROW type: %s", l.Value.I, e.Type().Nullable())
			return bad(x)
		}
		return b.fieldOf(e, int(l.Value.I)-1, x)
	}
	b.errorf(x.I, "The field of a ROW must be a constant number or name")
	return bad(x)
}
