package op

import (
	"fmt"
	"unicode/utf8"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// constraint is a column of a sink whose values are looked at one by one: for lengths, and for what stands
// within rows and collections.
type constraint struct {
	rules  plan.Constraints
	table  string
	drop   bool // a row with a NULL where none may be
	column int
	name   string
	t      types.Type
}

// constraintsOf lists the columns of a table that a batch must be checked for.
func constraintsOf(n *plan.Sink) (list []constraint) {
	if n.Table.Select || n.Constraints == (plan.Constraints{}) {
		return nil
	}
	for i, c := range n.Table.Table.Columns {
		if n.Constraints.Concern(c.Type) {
			list = append(list, constraint{n.Constraints, n.Table.Name, n.Drop, i, c.Name, c.Type})
		}
	}
	return list
}

// check looks at all rows of a batch: at NULLs first, then at lengths, as Flink does. It returns the
// batch with the rows that may be written, values fitted, and how many were dropped; an error concerns the row
// behind them.
func check(list []constraint, b *vector.Batch) (out *vector.Batch, dropped int64, err error) {
	kept := []int32{} // nil would select all
	fitted := make([]map[int]types.Value, len(list))
	b.Rows(func(i int) {
		if err != nil {
			return
		}
		values := make([]types.Value, len(list))
		for k := range list {
			c := &list[k]
			values[k] = b.Cols[c.column].Value(i)
			if path := c.null(values[k], c.t, c.name, true); path != "" {
				if c.drop {
					dropped++
					return
				}
				err = rowError(i, fmt.Sprintf("column %s of table %s is NOT NULL, and a NULL is being written into it; set 'table.exec.sink.not-null-enforcer' to 'DROP' to leave such rows out", path, c.table))
				return
			}
		}
		for k := range list {
			c := &list[k]
			changed := false
			fit, wrong := c.fit(values[k], c.t, c.name, &changed)
			if wrong != "" {
				err = rowError(i, wrong)
				return
			}
			if changed {
				if fitted[k] == nil {
					fitted[k] = map[int]types.Value{}
				}
				fitted[k][i] = fit
			}
		}
		kept = append(kept, int32(i))
	})
	out = b
	for k, values := range fitted {
		if values != nil {
			out = replace(out, list[k].column, values)
		}
	}
	return out.Under(kept), dropped, err
}

// replace gives a column other values in some rows.
func replace(b *vector.Batch, column int, values map[int]types.Value) *vector.Batch {
	old := b.Cols[column]
	fresh := vector.NewBuilder(old.Type, b.Len())
	for i := range b.Len() {
		if v, ok := values[i]; ok {
			fresh.AppendValue(v)
		} else {
			fresh.AppendValue(old.Value(i))
		}
	}
	cols := append([]*vector.Vector(nil), b.Cols...)
	cols[column] = fresh
	return b.With(cols)
}

// null is the path to a NULL where none may be; "": there is none.
func (c *constraint) null(v types.Value, t types.Type, path string, top bool) string {
	if v.Null {
		if t.NotNull && !top { // at the top it was looked for already
			return path
		}
		return ""
	}
	found := ""
	c.within(v, t, path, func(e *types.Value, t types.Type, path string) {
		if found == "" {
			found = c.null(*e, t, path, false)
		}
	})
	return found
}

// within calls f with all parts of a value that are looked at, and their paths: a.b, a[0], a[key], a[value].
func (c *constraint) within(v types.Value, t types.Type, path string, f func(*types.Value, types.Type, string)) {
	switch {
	case t.Kind == types.Row && c.rules.Nested >= plan.InRows:
		for i := range v.Elems {
			f(&v.Elems[i], t.Fields[i].Type, path+"."+t.Fields[i].Name)
		}
	case t.Kind == types.Array && c.rules.Nested >= plan.InCollections:
		for i := range v.Elems {
			f(&v.Elems[i], *t.Elem, fmt.Sprintf("%s[%d]", path, i))
		}
	case t.Kind == types.Map && c.rules.Nested >= plan.InCollections:
		for i := 0; i+1 < len(v.Elems); i += 2 {
			f(&v.Elems[i], *t.Key, path+"[key]")
			f(&v.Elems[i+1], *t.Elem, path+"[value]")
		}
	case t.Kind == types.Multiset && c.rules.Nested >= plan.InCollections:
		for i := 0; i+1 < len(v.Elems); i += 2 {
			f(&v.Elems[i], *t.Elem, path+"[key]")
		}
	}
}

// fit gives texts and binaries the lengths of their types, or tells what is wrong.
func (c *constraint) fit(v types.Value, t types.Type, path string, changed *bool) (fitted types.Value, wrong string) {
	if v.Null || c.rules.Lengths == plan.IgnoreLengths {
		return v, ""
	}
	if t.IsText() || t.IsBytes() {
		if s := c.fitText(v.S, t); s != v.S {
			if c.rules.Lengths == plan.RefuseLengths {
				return v, fmt.Sprintf("column %s of table %s is %s, and %s is being written into it; set 'table.exec.sink.type-length-enforcer' to 'TRIM_PAD' to fit it",
					path, c.table, t.Nullable(), lengthOf(v.S, t))
			}
			*changed = true
			v.S = s
		}
		return v, ""
	}
	c.within(v, t, path, func(e *types.Value, t types.Type, path string) {
		if wrong == "" {
			*e, wrong = c.fit(*e, t, path, changed)
		}
	})
	return v, wrong
}

func (c *constraint) fitText(s string, t types.Type) string {
	if t.Precision == types.MaxLength {
		return s
	}
	if t.IsBytes() {
		return string(types.FitBytes([]byte(s), 0, int(t.Precision), t.Kind == types.Binary))
	}
	return string(types.FitText([]byte(s), 0, int(t.Precision), t.Kind == types.Char))
}

func lengthOf(s string, t types.Type) string {
	if t.IsBytes() {
		return fmt.Sprintf("one of %d bytes", len(s))
	}
	return fmt.Sprintf("one of %d characters", utf8.RuneCountInString(s))
}
