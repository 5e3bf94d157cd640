package plan

import (
	"fmt"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Grouping over a window function. As Flink does, the function disappears into the
// aggregate where nothing between the two looks at the window's columns: the aggregate
// then works on slices of time, and each window decides for itself whether a row is
// late. Otherwise the rows come with their window's end ("attached"), and the aggregate
// goes by that.
//
//	1. Split the keys into those of the window and those of the rows.
//	2. Try to move the projection and the filter under the window function.
//	3. Aggregate by the rows' keys; window columns come out as properties.
//	4. Restore the order of the columns.

func (p *physical) windowAggregate(r *aggregateRel) Node {
	w := windowOf(r.input)
	isWindow := func(c int) bool { return w.start[c] || w.end[c] || w.time[c] }
	agg := &WindowAggregate{Window: w.window, Aggs: append([]Aggregate(nil), r.aggs...)}
	var keys []int
	for _, k := range r.keys {
		if !isWindow(k) {
			keys = append(keys, k)
		}
	}
	in, place := p.pullUp(r, isWindow, &agg.Window)
	if in == nil {
		if in = p.convert(r.input); in == nil {
			return nil
		}
		place = identityMap(len(r.input.fields()))
		agg.Attached = true
		for _, k := range r.keys {
			if w.end[k] {
				agg.AttachedEnd = k
			}
		}
	}
	if agg.Window.Proctime && !agg.Attached {
		p.ps.Errorf(functionBelow(r.input, r.at), "a window over processing time is not supported").Because("use a column with a WATERMARK")
		return nil
	}
	agg.Keys = mapped(keys, place)
	for i := range agg.Aggs {
		agg.Aggs[i].Args = mapped(agg.Aggs[i].Args, place)
		if agg.Aggs[i].Filter >= 0 {
			agg.Aggs[i].Filter = place[agg.Aggs[i].Filter]
		}
	}
	agg.Input = p.spread(in, agg.Keys)
	return p.windowOutput(r, agg, w)
}

// functionBelow is the place of the window function below a projection and a filter.
func functionBelow(r rel, otherwise sql.Span) sql.Span {
	switch r := r.(type) {
	case *projectRel:
		return functionBelow(r.input, otherwise)
	case *filterRel:
		return functionBelow(r.input, otherwise)
	case *tvfRel:
		return r.at
	}
	return otherwise
}

// windowOutput gives a WindowAggregate its columns, and above it puts those of the
// grouping in their order.
func (p *physical) windowOutput(r *aggregateRel, agg *WindowAggregate, w *windowColumns) Node {
	var fields cols
	at := make([]int, len(r.cols)) // of each column of r in fields
	for i, k := range r.keys {
		if !w.start[k] && !w.end[k] && !w.time[k] {
			at[i] = len(fields)
			fields = append(fields, r.cols[i])
		}
	}
	for i := range r.aggs {
		at[len(r.keys)+i] = len(fields)
		fields = append(fields, r.cols[len(r.keys)+i])
	}
	prop := map[WindowProp]int{}
	for i, k := range r.keys {
		var which WindowProp
		switch {
		case w.start[k]:
			which = WindowStart
		case w.end[k]:
			which = WindowEnd
		case w.time[k]:
			which = WindowTime
		default:
			continue
		}
		if _, ok := prop[which]; !ok {
			prop[which] = len(fields)
			agg.Props = append(agg.Props, which)
			fields = append(fields, types.Field{Name: uniqueName(fields, r.cols[i].Name), Type: r.cols[i].Type})
		}
		at[i] = prop[which]
	}
	agg.Edge = edge(fields)
	key := fmt.Sprint("window ", aggregateDigest(agg.Keys, agg.Aggs), agg.Window, agg.Props, agg.Attached, agg.AttachedEnd)
	n := p.intern(agg, key)
	exprs := make([]Expr, len(r.cols))
	for i := range r.cols {
		exprs[i] = columnAt(fields, at[i], fields[at[i]].Name)
	}
	return p.calc(n, nil, exprs, r.cols)
}

// pullUp makes the input of a window aggregate without the window function, if nothing
// looks at the window's columns; place says where the columns of r.input went, and
// window gets its time column.
func (p *physical) pullUp(r *aggregateRel, isWindow func(int) bool, window *Window) (Node, map[int]int) {
	for _, a := range r.aggs {
		for _, c := range append([]int{a.Filter}, a.Args...) {
			if c >= 0 && isWindow(c) {
				return nil, nil
			}
		}
	}
	var cond Expr
	exprs := identityOf(r.input.fields())
	below := r.input
	if pr, ok := below.(*projectRel); ok {
		exprs, below = pr.exprs, pr.input
	}
	if f, ok := below.(*filterRel); ok {
		cond, below = f.cond, f.input
	}
	tvf, ok := below.(*tvfRel)
	if !ok {
		return nil, nil
	}
	width := len(tvf.input.fields())
	inWindow := func(c int) bool { return c >= width }
	if cond != nil && reads(cond, inWindow) {
		return nil, nil
	}
	place := map[int]int{}
	var list []Expr
	var fields cols
	add := func(e Expr, name string) int {
		list = append(list, e)
		fields = append(fields, types.Field{Name: uniqueName(fields, name), Type: e.Type()})
		return len(list) - 1
	}
	time := -1
	for i, e := range exprs {
		c, bare := e.(*Column)
		if bare && inWindow(c.Index) {
			continue
		}
		if reads(e, inWindow) {
			return nil, nil
		}
		place[i] = add(e, r.input.fields()[i].Name)
		if bare && c.Index == tvf.window.Time {
			time = place[i]
		}
	}
	if time < 0 && !tvf.window.Proctime {
		f := tvf.input.fields()[tvf.window.Time]
		time = add(columnAt(tvf.input.fields(), tvf.window.Time, f.Name), f.Name)
	}
	window.Time = max(time, 0)
	in := p.convert(tvf.input)
	if in == nil {
		return nil, nil
	}
	return p.calc(in, cond, list, fields), place
}
