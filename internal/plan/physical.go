package plan

import (
	"fmt"
	"strconv"
	"strings"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// The physical plan is made in these steps:
//
//	1. convert relations to nodes from below; filters and projections become Calcs, a
//	           grouping over a window function a WindowAggregate, and each operator that
//	           needs its rows spread by a key gets an Exchange
//	2. share   nodes that are equal are one node: a table is read once in a pipeline
//	3. changes the kinds on every edge, see changelog.go
//	4. name    identities of nodes and of the pipeline, see identity.go

// physical makes the plan of one pipeline.
type physical struct {
	b      *binder
	reg    Registries
	ps     *catalog.Problems
	zone   string
	idle   int64
	tables map[string]Node // by table and hints: the scan, with casts of metadata columns
	nodes  map[string]Node // by digest
	digest map[Node]string
	count  int
}

// intern answers the node that is equal to n, if there is one, else n.
func (p *physical) intern(n Node, digest string) Node {
	for _, in := range n.Inputs() {
		digest += " <" + p.digest[in] + ">"
	}
	if old := p.nodes[digest]; old != nil {
		return old
	}
	p.nodes[digest] = n
	p.digest[n] = strconv.Itoa(len(p.nodes))
	return n
}

// convert makes the node of a relation. nil: it has errors.
func (p *physical) convert(r rel) Node {
	switch r := r.(type) {
	case *scanRel:
		return p.scan(r)
	case *valuesRel:
		return p.intern(&Values{Edge: edge(r.cols), Rows: r.rows}, fmt.Sprint("values ", r.cols, r.rows))
	case *filterRel:
		if in := p.convert(r.input); in != nil {
			return p.calc(in, r.cond, identityOf(r.cols), r.cols)
		}
	case *projectRel:
		var cond Expr
		below := r.input
		if f, ok := below.(*filterRel); ok {
			cond, below = f.cond, f.input
		}
		if in := p.convert(below); in != nil {
			return p.calc(in, cond, r.exprs, r.cols)
		}
	case *watermarkRel:
		if in := p.convert(r.input); in != nil {
			w := &Watermark{Edge: edge(r.cols), Input: in, Rowtime: r.rowtime, Expr: r.expr, IdleTimeout: p.idleTimeout(r)}
			return p.intern(w, fmt.Sprint("watermark ", r.rowtime, digest(r.expr)))
		}
	case *unionRel:
		u := &Union{Edge: edge(r.cols)}
		for _, s := range r.sources {
			in := p.convert(s)
			if in == nil {
				return nil
			}
			u.Sources = append(u.Sources, in)
		}
		return p.intern(u, "union")
	case *tvfRel:
		if in := p.convert(r.input); in != nil {
			return p.intern(&WindowTVF{Edge: edge(r.cols), Input: in, Window: r.window}, fmt.Sprint("tvf ", r.window))
		}
	case *expandRel:
		if in := p.convert(r.input); in != nil {
			return p.intern(&Expand{Edge: edge(r.cols), Input: in, Nulls: r.nulls}, fmt.Sprint("expand ", r.nulls))
		}
	case *aggregateRel:
		if r.windowed {
			return p.windowAggregate(r)
		}
		if in := p.convert(r.input); in != nil {
			g := &GroupAggregate{Edge: edge(r.cols), Input: p.spread(in, r.keys), Keys: r.keys, Aggs: r.aggs}
			return p.intern(g, "group "+aggregateDigest(r.keys, r.aggs))
		}
	case *equiJoin:
		return p.join(r)
	default:
		panic(fmt.Sprintf("plan: no node for %T", r))
	}
	return nil
}

// idleTimeout is that of the table, else of the session.
func (p *physical) idleTimeout(r *watermarkRel) int64 {
	const key = "scan.watermark.idle-timeout"
	text, ok := r.hints[key]
	if !ok {
		text, ok = r.table.Option(key)
	}
	if d, err := option.ParseDuration(text); ok && err == nil {
		return d.Milliseconds()
	}
	return p.idle
}

// edge begins an output of these columns.
func edge(fields []types.Field) Edge {
	e := Edge{Columns: append([]types.Field(nil), fields...), Rowtime: -1}
	for i, f := range fields {
		if f.Type.Time == types.Rowtime && e.Rowtime < 0 {
			e.Rowtime = i
		}
	}
	return e
}

// calc puts a Calc above a node, unless it would change nothing.
func (p *physical) calc(in Node, cond Expr, exprs []Expr, fields cols) Node {
	if cond == nil && isIdentity(exprs, in.Output().Columns) && sameTypes(fields, in.Output().Columns) {
		return in // names are nothing to an operator
	}
	if below, ok := in.(*Calc); ok {
		if c, e, ok := mergeCalc(below, cond, exprs); ok {
			return p.calc(below.Input, c, e, fields)
		}
	}
	key := "calc "
	unsteady := false
	if cond != nil {
		key += digest(cond)
		unsteady = varies(cond)
	}
	for i, e := range exprs {
		key += "|" + fields[i].Name + "=" + digest(e)
		unsteady = unsteady || varies(e)
	}
	if unsteady {
		// Each use of an expression that varies is one of its own.
		p.count++
		key += fmt.Sprint(" #", p.count)
	}
	return p.intern(&Calc{Edge: edge(fields), Input: in, Filter: cond, Exprs: exprs}, key)
}

// mergeCalc is one Calc for two that stand above each other.
func mergeCalc(below *Calc, cond Expr, exprs []Expr) (Expr, []Expr, bool) {
	for _, e := range below.Exprs {
		if varies(e) {
			return nil, nil, false
		}
	}
	if below.Filter != nil && varies(below.Filter) {
		return nil, nil, false
	}
	var conds []Expr
	if below.Filter != nil {
		conds = conjuncts(below.Filter, conds)
	}
	if cond != nil {
		conds = conjuncts(substitute(cond, below.Exprs), conds)
	}
	list := make([]Expr, len(exprs))
	for i, e := range exprs {
		list[i] = substitute(e, below.Exprs)
		if size(list[i], maxMerged) >= maxMerged {
			return nil, nil, false
		}
	}
	return all(conds), list, true
}

// spread puts an Exchange above a node: by the hash of keys, or to one task if there
// are none.
func (p *physical) spread(in Node, keys []int) Node {
	x := &Exchange{Edge: edge(in.Output().Columns), Input: in}
	x.Spread = Spread{Kind: SpreadSingle}
	if len(keys) > 0 {
		x.Spread = Spread{Kind: SpreadHash, Keys: keys}
	}
	return p.intern(x, fmt.Sprint("exchange ", keys))
}

func aggregateDigest(keys []int, aggs []Aggregate) string {
	var b strings.Builder
	fmt.Fprint(&b, keys)
	for _, a := range aggs {
		fmt.Fprintf(&b, " %s%v filter %d distinct %t forget %t nulls %t by %q %s;", aggregateNames[a.Func], a.Args, a.Filter, a.Distinct, a.NoRetract, a.Nulls, a.Separator, a.Type)
	}
	return b.String()
}

func (p *physical) join(r *equiJoin) Node {
	if !p.checkJoin(r) {
		return nil
	}
	left, right := p.convert(r.left), p.convert(r.right)
	if left == nil || right == nil {
		return nil
	}
	j := &Join{Edge: edge(r.cols), Left: p.spread(left, r.leftKeys), Right: p.spread(right, r.rightKeys),
		LeftKeys: r.leftKeys, RightKeys: r.rightKeys, Residual: r.residual}
	key := fmt.Sprint("join ", r.leftKeys, r.rightKeys)
	if r.residual != nil {
		key += digest(r.residual)
	}
	return p.intern(j, key)
}

// checkJoin refuses what Flink runs as another kind of join, with another meaning of
// late rows: joins on time attributes of both sides, and on the windows of both.
func (p *physical) checkJoin(r *equiJoin) bool {
	lw, rw := windowOf(r.left), windowOf(r.right)
	start, end := false, false
	lf, rf := r.left.fields(), r.right.fields()
	lower, upper := false, false
	for i, k := range r.leftKeys {
		o := r.rightKeys[i]
		if lw != nil && rw != nil {
			start = start || lw.start[k] && rw.start[o]
			end = end || lw.end[k] && rw.end[o]
		}
		if lf[k].Type.Time != types.NoTime && rf[o].Type.Time != types.NoTime {
			lower, upper = true, true
		}
	}
	if start && end {
		p.ps.Errorf(r.at.at, "a window join (on window_start and window_end of both sides) is not supported")
		return false
	}
	if r.residual != nil {
		for _, e := range conjuncts(r.residual, nil) {
			c, ok := e.(*Compare)
			if !ok {
				continue
			}
			ls, rs := timeSide(c.L, lf, rf), timeSide(c.R, lf, rf)
			if ls == 0 || rs == 0 || ls == rs {
				continue
			}
			op := c.Op
			switch {
			case op == Equal:
				lower, upper = true, true
			case (op == Less || op == LessEqual) == (ls == 1):
				upper = true
			case op != NotEqual:
				lower = true
			}
		}
	}
	if lower && upper {
		p.ps.Errorf(r.at.at, "an interval join (time attributes of both sides bound each other) is not supported").
			Because("cast one of the time attributes, as in CAST(ts AS TIMESTAMP(3)), for a regular join, whose state is kept for ever")
		return false
	}
	return true
}

// timeSide tells of which side of a join an expression reads a time attribute: 1 left,
// 2 right, 0 none or both.
func timeSide(e Expr, left, right []types.Field) int {
	side := 0
	set := map[int]bool{}
	columnsOf(e, set)
	for c := range set {
		s := 0
		if c < len(left) && left[c].Type.Time != types.NoTime {
			s = 1
		} else if c >= len(left) && right[c-len(left)].Type.Time != types.NoTime {
			s = 2
		}
		if s != 0 && side != 0 && s != side {
			return 0
		}
		side = max(side, s)
	}
	return side
}

// scan makes the scan of a table, once in a pipeline. Metadata columns are cast from
// the connector's types to the declared ones.
func (p *physical) scan(r *scanRel) Node {
	key := tableOf(r.table, r.hints)
	if n, ok := p.tables[key]; ok {
		return n
	}
	p.tables[key] = nil
	scan := p.source(r)
	if scan == nil {
		return nil
	}
	in := scan.Columns
	exprs := identityOf(in)
	out := append(cols(nil), in...)
	for i, c := range r.read {
		declared := r.table.Columns[c].Type.Plain()
		if !in[i].Type.Same(declared) {
			exprs[i] = &Cast{Typed: Typed{T: declared, Pos: r.table.Columns[c].At.From}, Arg: exprs[i], Implicit: true}
		}
		out[i].Type = declared
	}
	n := p.calc(p.intern(scan, "scan "+key), nil, exprs, out)
	p.tables[key] = n
	return n
}
