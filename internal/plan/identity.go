package plan

import (
	"fmt"
	"strings"

	"tidemark.dev/connector"
)

// Identities. An operator is named by its place: the path from its sink down through
// the operators that keep state or join, and its kind. What computes without state
// (Calc, Exchange) is on no path, so that an edit of an expression leaves all names as
// they were; a scan is named by its table alone, so that an edit of the query leaves
// its positions valid.

// nameNodes gives every node of a pipeline its ID. A node that is reached twice has the
// name of the first path.
func nameNodes(sinks []*Sink) {
	taken := map[string]int{}
	unique := func(id string) string {
		taken[id]++
		if n := taken[id]; n > 1 {
			return fmt.Sprintf("%s#%d", id, n)
		}
		return id
	}
	seen := map[Node]bool{}
	var name func(n Node, path string)
	name = func(n Node, path string) {
		if seen[n] {
			return
		}
		seen[n] = true
		out := n.Output()
		switch n := n.(type) {
		case *Scan:
			out.ID = unique("scan:" + n.Table.Name)
		case *Watermark:
			out.ID = unique(path + "/Watermark")
			if in := scanBelow(n); in != nil {
				out.ID = unique("watermark:" + in.Table.Name)
			}
		default:
			out.ID = unique(path + "/" + kindOf(n))
		}
		below := path
		switch n.(type) {
		case *GroupAggregate, *WindowAggregate, *Join, *Union:
			below = out.ID
		}
		for i, in := range n.Inputs() {
			to := below
			if len(n.Inputs()) > 1 {
				to = fmt.Sprintf("%s.%d", below, i)
			}
			name(in, to)
		}
	}
	for _, s := range sinks {
		seen[s] = true
		s.ID = unique("sink:" + s.Table.Name)
		name(s.Input, s.ID)
	}
}

func scanBelow(n Node) *Scan {
	for {
		switch x := n.(type) {
		case *Scan:
			return x
		case *Watermark:
			n = x.Input
		case *Calc:
			n = x.Input
		default:
			return nil
		}
	}
}

// kindOf is the name of a node's kind.
func kindOf(n Node) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan.")
}

// canonical writes what a pipeline computes, for its Identity: every node with all that
// decides its meaning, tables with their options but for those that only say how to
// reach them.
func canonical(sinks []*Sink, zone string) string {
	var b strings.Builder
	number := map[Node]int{}
	var write func(n Node)
	write = func(n Node) {
		if _, ok := number[n]; ok {
			return
		}
		for _, in := range n.Inputs() {
			write(in)
		}
		number[n] = len(number)
		fmt.Fprintf(&b, "%d %s", number[n], kindOf(n))
		for _, in := range n.Inputs() {
			fmt.Fprintf(&b, " <%d", number[in])
		}
		fmt.Fprintf(&b, " %s\n", meaning(n))
	}
	fmt.Fprintf(&b, "zone %s\n", zone)
	for _, s := range sinks {
		write(s)
	}
	return b.String()
}

// meaning is what decides what a node does, beside its inputs.
func meaning(n Node) string {
	var b strings.Builder
	switch n := n.(type) {
	case *Scan:
		b.WriteString(tableText(n.Table.Name, n.Table.Connector, n.Table.Table))
		for _, c := range n.Read {
			fmt.Fprintf(&b, " %s %s %s;", c.Name, c.Metadata, c.Type)
		}
	case *Values:
		fmt.Fprintf(&b, "%v %v", n.Columns, n.Rows)
	case *Watermark:
		fmt.Fprint(&b, n.Rowtime, " ", digest(n.Expr), " ", n.IdleTimeout)
	case *Calc:
		if n.Filter != nil {
			b.WriteString("where " + digest(n.Filter))
		}
		for _, e := range n.Exprs {
			b.WriteString(" " + digest(e) + ";")
		}
	case *Exchange:
		fmt.Fprintf(&b, "%d %v", n.Spread.Kind, n.Spread.Keys)
	case *GroupAggregate:
		fmt.Fprintf(&b, "%s retracts %t", aggregateDigest(n.Keys, n.Aggs), n.Retracts)
	case *Expand:
		fmt.Fprint(&b, n.Nulls)
	case *WindowTVF:
		fmt.Fprintf(&b, "%v", n.Window)
	case *WindowAggregate:
		fmt.Fprintf(&b, "%s window %v props %v retracts %t attached %t %d", aggregateDigest(n.Keys, n.Aggs), n.Window, n.Props, n.Retracts, n.Attached, n.AttachedEnd)
	case *Join:
		fmt.Fprintf(&b, "%v %v unique %t %t ", n.LeftKeys, n.RightKeys, n.LeftUnique, n.RightUnique)
		if n.Residual != nil {
			b.WriteString(digest(n.Residual))
		}
	case *Sink:
		if !n.Table.Select {
			b.WriteString(tableText(n.Table.Name, n.Table.Connector, n.Table.Table))
		}
		for _, f := range n.Columns {
			fmt.Fprintf(&b, " %s;", f.Type)
		}
		fmt.Fprint(&b, n.Enforce)
		if n.Drop && len(n.Enforce) > 0 {
			b.WriteString(" drop")
		}
		if n.Constraints != (Constraints{}) {
			fmt.Fprintf(&b, " lengths %d nested %d", n.Constraints.Lengths, n.Constraints.Nested)
		}
	}
	fmt.Fprintf(&b, " %s", describeKinds(n.Output().Kinds))
	return b.String()
}

func tableText(name string, c *connector.Connector, t *connector.Table) string {
	text := fmt.Sprintf("%s %s", name, c.Name)
	for _, line := range t.Options.Identity() {
		text += " '" + line + "'"
	}
	for _, col := range t.Schema {
		text += fmt.Sprintf(" %s %s,", col.Name, col.Type)
	}
	return text + fmt.Sprintf(" key %v partitions %v", t.PrimaryKey, t.Partitions)
}
