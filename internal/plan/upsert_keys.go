package plan

import (
	"slices"

	"tidemark.dev/connector"
)

func subset(small, big []int) bool {
	for _, x := range small {
		if !slices.Contains(big, x) {
			return false
		}
	}
	return true
}

func hasKey(keys [][]int, key []int) bool {
	for _, k := range keys {
		if len(k) == len(key) && subset(k, key) {
			return true
		}
	}
	return false
}

// upsertKeys derives the sets of columns that are unique among a node's rows.
func upsertKeys(n Node, kinds map[Node]connector.KindSet) {
	out := n.Output()
	switch n := n.(type) {
	case *Scan:
		out.UpsertKeys = scanKeys(n)
	case *Watermark:
		out.UpsertKeys = n.Input.Output().UpsertKeys
	case *Exchange:
		for _, k := range n.Input.Output().UpsertKeys {
			// Rows of one key must stay in order, so in one task.
			if !updating(kinds[n.Input]) || n.Spread.Kind != SpreadHash || subset(n.Spread.Keys, k) {
				out.UpsertKeys = append(out.UpsertKeys, k)
			}
		}
	case *Calc:
		for _, k := range n.Input.Output().UpsertKeys {
			out.UpsertKeys = append(out.UpsertKeys, throughCalc(k, n.Exprs)...)
		}
	case *GroupAggregate:
		out.UpsertKeys = [][]int{upTo(len(n.Keys))}
	case *Expand:
		number := len(out.Columns) - 1
		for _, k := range n.Input.Output().UpsertKeys {
			if !slices.ContainsFunc(k, func(c int) bool {
				return slices.ContainsFunc(n.Nulls, func(nulls []int) bool { return slices.Contains(nulls, c) })
			}) {
				out.UpsertKeys = append(out.UpsertKeys, append(slices.Clone(k), number))
			}
		}
	case *WindowTVF:
		w := len(n.Input.Output().Columns)
		for _, k := range n.Input.Output().UpsertKeys {
			if n.Window.Kind != Tumble {
				k = append(slices.Clone(k), w, w+1)
			}
			out.UpsertKeys = append(out.UpsertKeys, k)
		}
	case *WindowAggregate:
		first := len(n.Keys) + len(n.Aggs)
		for i, p := range n.Props {
			// Windows that grow begin together.
			if p != WindowTime && !(p == WindowStart && n.Window.Kind == Cumulate) {
				out.UpsertKeys = append(out.UpsertKeys, append(upTo(len(n.Keys)), first+i))
			}
		}
	case *Join:
		joinKeys(n, out)
	}
	if len(out.UpsertKeys) > maxKeys {
		out.UpsertKeys = out.UpsertKeys[:maxKeys]
	}
}

// maxKeys bounds the upsert keys that are followed: copies of columns multiply them.
const maxKeys = 16

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func scanKeys(n *Scan) [][]int {
	t := n.Table.Table
	if len(t.PrimaryKey) == 0 {
		return nil
	}
	var key []int
	for _, i := range t.PrimaryKey {
		at := -1
		for j, c := range n.Read {
			if c.Metadata == "" && c.Name == t.Schema[i].Name {
				at = j
			}
		}
		if at < 0 {
			return nil
		}
		key = append(key, at)
	}
	return [][]int{key}
}

// throughCalc finds a key behind a projection: every column of it must come out as it
// is, perhaps more than once.
func throughCalc(key []int, exprs []Expr) [][]int {
	keys := [][]int{nil}
	for _, k := range key {
		var next [][]int
		for i, e := range exprs {
			if c, ok := e.(*Column); ok && c.Index == k {
				for _, sofar := range keys {
					if len(next) < maxKeys {
						next = append(next, append(slices.Clone(sofar), i))
					}
				}
			}
		}
		keys = next
	}
	return keys
}

// joinKeys: a row of a join is a row of each side; where one side has at most one row
// for a join key, the other side's key is enough.
func joinKeys(n *Join, out *Output) {
	left, right := n.Left.Output().UpsertKeys, n.Right.Output().UpsertKeys
	width := len(n.Left.Output().Columns)
	unique := func(keys [][]int, join []int) bool {
		for _, k := range keys {
			if subset(k, join) {
				return true
			}
		}
		return false
	}
	n.LeftUnique, n.RightUnique = unique(beforeExchange(n.Left), n.LeftKeys), unique(beforeExchange(n.Right), n.RightKeys)
	var shifted [][]int
	for _, k := range right {
		var s []int
		for _, c := range k {
			s = append(s, c+width)
		}
		shifted = append(shifted, s)
	}
	if n.RightUnique {
		out.UpsertKeys = append(out.UpsertKeys, left...)
	}
	if n.LeftUnique {
		out.UpsertKeys = append(out.UpsertKeys, shifted...)
	}
	if !n.LeftUnique && !n.RightUnique {
		for _, l := range left {
			for _, r := range shifted {
				out.UpsertKeys = append(out.UpsertKeys, append(slices.Clone(l), r...))
			}
		}
	}
}

// beforeExchange are the keys of a join's side as unique keys: unlike upsert keys they
// need not keep their rows in one task.
func beforeExchange(n Node) [][]int {
	if x, ok := n.(*Exchange); ok {
		return x.Input.Output().UpsertKeys
	}
	return n.Output().UpsertKeys
}
