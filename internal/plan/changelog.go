package plan

import (
	"slices"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/internal/catalog"
	"tidemark.dev/vector"
)

// Which changes travel on each edge, after Flink's FlinkChangelogModeInferenceProgram:
//
//  1. From the scans up: may a node emit updates, deletes (its modify kinds)?
//  2. A sink that does not take them refuses the query, naming the node they begin at.
//  3. From the sinks down: must updates come with -U? A sink that takes updates by key
//     wants +U alone if the query's upsert key is the sink's primary key; an aggregate
//     always needs -U; a join only where its side's key is not within the join key; a
//     filter needs -U, since the row before and the row after may fall on different
//     sides of it.
//  4. Whatever emits -U that nobody above needs leaves it out, or has a
//     DropUpdateBefore put above it.
const (
	insertBit  = connector.KindSet(1) << vector.Insert
	beforeBit  = connector.KindSet(1) << vector.UpdateBefore
	afterBit   = connector.KindSet(1) << vector.UpdateAfter
	deleteBit  = connector.KindSet(1) << vector.Delete
	updateBits = beforeBit | afterBit
)

// changes infers kinds for one pipeline.
type changes struct {
	ps     *catalog.Problems
	name   func(Node) string // of a node in messages
	kinds  map[Node]connector.KindSet
	before map[Node]bool // whether a consumer needs -U
	only   map[Node]bool // memo of canOnlyAfter
	guard  bool          // a sink's key must be the query's
}

// updating tells whether a node's changes are more than inserts.
func updating(k connector.KindSet) bool { return k&^insertBit != 0 }

// provide is step 1: all kinds a node can emit, and its upsert keys.
func (c *changes) provide(n Node) connector.KindSet {
	if k, ok := c.kinds[n]; ok {
		return k
	}
	in := connector.KindSet(0)
	for _, i := range n.Inputs() {
		in |= c.provide(i)
	}
	k := in
	switch n := n.(type) {
	case *Scan:
		k = n.Table.Source.Kinds()
	case *Values:
		k = insertBit
	case *GroupAggregate:
		n.Retracts = updating(in)
		k = insertBit | updateBits
		if n.Retracts {
			k |= deleteBit
		}
		ignoreRetractions(n, c.kinds)
	case *WindowAggregate:
		n.Retracts = updating(in)
		k = insertBit
	}
	c.kinds[n] = k
	upsertKeys(n, c.kinds)
	return k
}

// origin is step 2: the node at which a kind begins.
func (c *changes) origin(n Node, bits connector.KindSet) Node {
	switch n.(type) {
	case *Calc, *Exchange, *Watermark, *WindowTVF, *Expand, *Union:
		for _, in := range n.Inputs() {
			if c.kinds[in]&bits != 0 {
				return c.origin(in, bits)
			}
		}
	}
	return n
}

// needsBefore tells whether n needs -U from its input number i, if n's own consumer
// wants +U alone or not.
func (c *changes) needsBefore(n Node, i int, onlyAfter bool) bool {
	switch n := n.(type) {
	case *GroupAggregate, *WindowAggregate:
		return true
	case *Calc:
		return !onlyAfter || n.Filter != nil && !onKey(n.Filter, n.Input.Output().UpsertKeys)
	case *Join:
		// The state of a join is rows; only -U takes one out. See canOnlyAfter for what
		// comes out of it.
		return true
	}
	return !onlyAfter
}

// onKey tells whether a condition reads nothing but columns of one upsert key: it is
// then the same for the row before and the row after.
func onKey(cond Expr, keys [][]int) bool {
	for _, k := range keys {
		if !reads(cond, func(c int) bool { return !slices.Contains(k, c) }) {
			return true
		}
	}
	return false
}

// keyWithinJoin tells whether an upsert key of a side holds all columns of its join
// key: then the rows before and after an update meet the same rows of the other side.
func (n *Join) keyWithinJoin(side int) bool {
	in, keys := n.Left, n.LeftKeys
	if side == 1 {
		in, keys = n.Right, n.RightKeys
	}
	for _, u := range in.Output().UpsertKeys {
		if subset(keys, u) {
			return true
		}
	}
	return false
}

// canOnlyAfter tells whether n can emit updates without -U.
func (c *changes) canOnlyAfter(n Node) bool {
	if c.kinds[n]&updateBits == 0 {
		return true
	}
	if v, ok := c.only[n]; ok {
		return v
	}
	can := true
	switch n := n.(type) {
	case *Scan:
		// A DropUpdateBefore takes them out.
	case *GroupAggregate, *WindowAggregate:
	case *Join:
		// A row after meets the rows of the other side that the row before met, so that
		// each +U finds its place by key. A residual condition may hold for one and not
		// for the other (Flink goes without -U even then, and leaves stale rows).
		updatingSides := [2]bool{c.kinds[n.Left]&updateBits != 0, c.kinds[n.Right]&updateBits != 0}
		for side, u := range updatingSides {
			can = can && (!u || n.keyWithinJoin(side))
		}
		can = can && n.Residual == nil
	default:
		for i, in := range n.Inputs() {
			if c.kinds[in]&updateBits != 0 && (c.needsBefore(n, i, true) || !c.canOnlyAfter(in)) {
				can = false
			}
		}
	}
	c.only[n] = can
	return can
}

// demand is step 3: a consumer of n takes +U alone, or needs -U too.
func (c *changes) demand(n Node, onlyAfter bool) bool {
	if c.kinds[n]&updateBits == 0 {
		onlyAfter = true // of itself; what it makes inserts of may update, as the input of a window does
	}
	if c.kinds[n]&beforeBit == 0 && !onlyAfter {
		return false
	}
	old, seen := c.before[n]
	if seen && (old || onlyAfter) {
		return true
	}
	c.before[n] = !onlyAfter
	ok := true
	for i, in := range n.Inputs() {
		ok = c.demand(in, !c.needsBefore(n, i, onlyAfter)) && ok
	}
	return ok
}

// sink decides for one sink, and notes an error if it cannot take the query's changes.
func (c *changes) sink(s *Sink, at func(string, ...any) *catalog.Problem) bool {
	in := s.Input
	have := c.provide(in)
	onlyAfter := false
	if !s.Table.Select {
		accepts := s.Table.Sink.Accepts(have)
		if missing := have &^ accepts; missing != 0 && missing != beforeBit || accepts == 0 {
			c.refuse(s, have, missing, at)
			return false
		}
		key := s.Table.Table.PrimaryKey
		if updating(have) && key != nil && c.guard && s.Table.Table.Kinds != connector.AllKinds && !c.checkKey(s, key, at) {
			return false
		}
		if have&updateBits != 0 && accepts&beforeBit == 0 {
			onlyAfter = c.canOnlyAfter(in) && (key == nil || hasKey(in.Output().UpsertKeys, key))
		}
	}
	if !c.demand(in, onlyAfter) {
		at("Source '%s' provides updates without the row before (-U), which this query needs", c.name(in)).
			Because("normalizing such a source is not supported; use a format that carries both")
		return false
	}
	return true
}

// refuse says that a sink does not take updates, and where they come from.
func (c *changes) refuse(s *Sink, have, missing connector.KindSet, at func(string, ...any) *catalog.Problem) {
	var what []string
	if missing&updateBits != 0 {
		what = append(what, "update")
	}
	if missing&deleteBit != 0 {
		what = append(what, "delete")
	}
	if len(what) == 0 {
		what = []string{"insert"}
	}
	from := c.origin(s.Input, missing&^insertBit)
	at("Table sink '%s' doesn't support consuming %s changes which is produced by node %s", s.Table.Name, strings.Join(what, " and "), c.name(from)).
		Because("write to a sink that takes updates (print, a format such as debezium-json), or make the query insert-only, as a window aggregate is")
}

// checkKey refuses a query whose upsert key is not within the sink's primary key:
// several rows of the query would fall on one of the table.
func (c *changes) checkKey(s *Sink, key []int, at func(string, ...any) *catalog.Problem) bool {
	for _, u := range s.Input.Output().UpsertKeys {
		if subset(u, key) {
			return true
		}
	}
	in := s.Input.Output().Columns
	upsert := "none"
	if keys := s.Input.Output().UpsertKeys; len(keys) > 0 {
		upsert = "[" + columnNames(in, keys[0]) + "]"
	}
	var primary []string
	for _, k := range key {
		primary = append(primary, s.Table.Table.Schema[k].Name)
	}
	at("The query has an upsert key that differs from the primary key of the sink table '%s'. Primary key: [%s], upsert key: %s",
		s.Table.Name, strings.Join(primary, ", "), upsert).
		Because("several rows of the query could fall on one key; group by the primary key (Flink would ask for ON CONFLICT, which is not supported)")
	return false
}

// settle is step 4: final kinds on every edge, and DropUpdateBefore where a consumer
// does without.
func (c *changes) settle(n Node, done map[Node]bool) {
	if done[n] {
		return
	}
	done[n] = true
	for _, in := range n.Inputs() {
		c.settle(in, done)
	}
	k := c.kinds[n]
	if c.emitsBefore(n) {
		k |= c.kinds[n] & beforeBit
	} else {
		k &^= beforeBit
	}
	n.Output().Kinds = k
	drop := func(i int, in Node) Node {
		if in.Output().Kinds&beforeBit == 0 || c.takesBefore(n, i) {
			return in
		}
		d := &DropUpdateBefore{Edge: *in.Output(), Input: in}
		d.Kinds &^= beforeBit
		return d
	}
	setInputs(n, drop)
	if f := inputKinds(n); f != 0 {
		switch n.(type) {
		case *Calc, *Exchange, *Watermark, *WindowTVF, *Expand, *Union, *Join:
			n.Output().Kinds = f
		}
	}
}

// emitsBefore tells whether a node emits -U: a scan cannot help it, all others do as
// they are told.
func (c *changes) emitsBefore(n Node) bool {
	if _, ok := n.(*Scan); ok {
		return true
	}
	return c.before[n]
}

// takesBefore tells whether n wants -U on its input i.
func (c *changes) takesBefore(n Node, i int) bool {
	if s, ok := n.(*Sink); ok {
		return c.before[s.Input]
	}
	return c.needsBefore(n, i, !c.before[n])
}

func inputKinds(n Node) connector.KindSet {
	k := connector.KindSet(0)
	for _, in := range n.Inputs() {
		k |= in.Output().Kinds
	}
	return k
}

// setInputs replaces the inputs of a node.
func setInputs(n Node, f func(i int, in Node) Node) {
	switch n := n.(type) {
	case *Watermark:
		n.Input = f(0, n.Input)
	case *Calc:
		n.Input = f(0, n.Input)
	case *Exchange:
		n.Input = f(0, n.Input)
	case *Union:
		for i := range n.Sources {
			n.Sources[i] = f(i, n.Sources[i])
		}
	case *GroupAggregate:
		n.Input = f(0, n.Input)
	case *WindowTVF:
		n.Input = f(0, n.Input)
	case *Expand:
		n.Input = f(0, n.Input)
	case *WindowAggregate:
		n.Input = f(0, n.Input)
	case *Join:
		n.Left, n.Right = f(0, n.Left), f(1, n.Right)
	case *DropUpdateBefore:
		n.Input = f(0, n.Input)
	case *Sink:
		n.Input = f(0, n.Input)
	}
}

// describeKinds is a set of kinds as EXPLAIN prints it: I,UB,UA,D.
func describeKinds(k connector.KindSet) string {
	var list []string
	for _, x := range []struct {
		bit  connector.KindSet
		name string
	}{{insertBit, "I"}, {beforeBit, "UB"}, {afterBit, "UA"}, {deleteBit, "D"}} {
		if k&x.bit != 0 {
			list = append(list, x.name)
		}
	}
	if len(list) == 0 {
		return "NONE"
	}
	return strings.Join(list, ",")
}
