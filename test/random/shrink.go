package random

import (
	"encoding/json"
	"slices"
	"time"

	"tidemark.dev/vector"
)

// Shrink makes a case smaller while fails holds of it, until nothing helps or the time is up.
//
//  1. Rows go, in halves, quarters, ..., one by one; rows of a table of changes go with
//     all changes of their id, or from the end, so that it stays a changelog.
//  2. Parts of the query go: WHERE, HAVING, UNION, select items, keys.
//  3. Expressions give way to one of their own parts of the same type, or to NULL.
//  4. Splits become one, the zone UTC, values NULL.
func Shrink(c *Case, limit time.Duration, fails func(*Case) bool) *Case {
	end := time.Now().Add(limit)
	for smaller := true; smaller; {
		smaller = false
		for n := 0; ; {
			if time.Now().After(end) {
				return c
			}
			next := c.clone()
			edits := next.edits()
			if n >= len(edits) {
				break
			}
			if edits[n](); fails(next) {
				c, smaller = next, true // and try the edit that now has this number
			} else {
				n++
			}
		}
	}
	return c
}

func (c *Case) clone() *Case {
	data, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	n := &Case{}
	if err := json.Unmarshal(data, n); err != nil {
		panic(err)
	}
	return n
}

// edits are all ways to make the case smaller by one step, the largest first. Each
// changes c.
func (c *Case) edits() (es []func()) {
	for _, t := range c.Tables {
		es = append(es, t.edits()...)
	}
	if c.Zone != "UTC" {
		es = append(es, func() { c.Zone = "UTC" })
	}
	for _, v := range c.Views {
		es = append(es, v.Query.edits()...)
	}
	es = append(es, c.Query.edits()...)
	for _, t := range c.Tables {
		for i := range t.Rows {
			for n, text := range t.Rows[i].Values {
				if text != "null" && t.Columns[n].Name != "ts" && t.changesNothing() {
					es = append(es, func() { t.Rows[i].Values[n] = "null" })
				}
			}
		}
	}
	return es
}

// changesNothing tells that the table has insertions only.
func (t *Table) changesNothing() bool {
	return !slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Kind != vector.Insert })
}

func (t *Table) edits() (es []func()) {
	if t.changesNothing() {
		for size := len(t.Rows); size >= 1; size /= 2 {
			for from := 0; from < len(t.Rows); from += size {
				es = append(es, func() { t.Rows = slices.Delete(t.Rows, from, min(from+size, len(t.Rows))) })
			}
		}
	} else {
		for keep := range t.Rows {
			if keep == 0 || t.Rows[keep-1].Kind != vector.UpdateBefore {
				es = append(es, func() { t.Rows = t.Rows[:keep] })
			}
		}
		for id := range 8 {
			text := string(rune('0' + id))
			if slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Values[0] == text }) {
				es = append(es, func() {
					t.Rows = slices.DeleteFunc(t.Rows, func(r Row) bool { return r.Values[0] == text })
				})
			}
		}
	}
	if t.Splits > 1 {
		es = append(es, func() {
			t.Splits = 1
			for i := range t.Rows {
				t.Rows[i].Split = 0
			}
		})
	}
	for n, col := range t.Columns {
		if col.Name != "ts" && col.Name != t.Key && col.Name != "id" {
			es = append(es, func() {
				t.Columns = slices.Delete(t.Columns, n, n+1)
				for i := range t.Rows {
					t.Rows[i].Values = slices.Delete(t.Rows[i].Values, n, n+1)
				}
			})
		}
	}
	return es
}

func (s *Select) edits() (es []func()) {
	if s.Union != nil {
		es = append(es, func() { s.Union = nil })
		es = append(es, s.Union.edits()...)
	}
	if s.Where != nil {
		es = append(es, func() { s.Where = nil })
	}
	if s.Having != nil {
		es = append(es, func() { s.Having = nil })
	}
	if s.From.Sub != nil {
		es = append(es, s.From.Sub.edits()...)
	}
	if len(s.Items) > 1 && s.Union == nil {
		for i := range s.Items {
			es = append(es, func() { s.Items = slices.Delete(s.Items, i, i+1) })
		}
	}
	for i, key := range s.Group {
		es = append(es, func() {
			s.Group = slices.Delete(s.Group, i, i+1)
			s.Items = slices.DeleteFunc(s.Items, func(it Item) bool { return it.Expr.String() == key })
		})
	}
	if s.From.Join != nil {
		on := &s.From.Join.On
		for i := range *on {
			if len(*on) > 1 {
				es = append(es, func() { *on = slices.Delete(*on, i, i+1) })
			}
			es = append(es, (*on)[i].edits(func(e *Expr) { (*on)[i] = e })...)
		}
	}
	if s.Where != nil {
		es = append(es, s.Where.edits(func(e *Expr) { s.Where = e })...)
	}
	for i := range s.Items {
		es = append(es, s.Items[i].Expr.edits(func(e *Expr) { s.Items[i].Expr = e })...)
	}
	return es
}

// edits replace the expression in its place, by set, or a part of it.
func (e *Expr) edits(set func(*Expr)) (es []func()) {
	for _, part := range e.parts(nil) {
		if part != e && part.Kind == e.Kind {
			es = append(es, func() { set(part) })
		}
	}
	if len(e.Kids) > 0 {
		es = append(es, func() { set(leaf(e.Kind, "CAST(NULL AS "+e.Kind.String()+")")) })
	}
	for i := range e.Kids {
		es = append(es, e.Kids[i].edits(func(k *Expr) { e.Kids[i] = k })...)
	}
	return es
}

func (e *Expr) parts(into []*Expr) []*Expr {
	into = append(into, e)
	for _, k := range e.Kids {
		into = k.parts(into)
	}
	return into
}
