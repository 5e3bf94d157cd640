package op

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"sort"

	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Aggregates that keep several values, in numbered steps
//
//  1. The state is a list of entries, written one behind the other into one text of the group's
//     value: for COLLECT, PERCENTILE and MIN and MAX (in windows, of rows that may be taken back) values with their counts, for JSON_OBJECTAGG names with
//     values, for all others values in the order in which they came. FIRST_VALUE and LAST_VALUE keep one if
//     no row is taken back.
//  2. A batch reads the list of each group that it has rows of once, changes it row by row, and
//     writes it back once. Entries meanwhile point into the state and the batch's encoded values.
//  3. A value taken back is the first equal one in the list (Flink's LinkedList.remove). One that is not
//     there changes nothing.
//  4. Results are lists, so they cannot be put into slots in any order: but rows, and of a row the value
//     before and the value after, are in the order of the slots, and are appended.
type collected struct {
	fn      plan.AggregateFunc
	args    []int
	nulls   bool
	all     bool // rows may be taken back: FIRST_VALUE and LAST_VALUE keep all values
	codec   *state.Codec
	encoder *state.Encoder
	cols    []*vector.Vector

	groups  map[state.ID]*entries
	merged  map[place]*entries // of groups that are made of several slices
	differs []bool             // whether row j changes the value
	buf     []byte
	shown   int // elements in results so far
}

// entry is a value, encoded, with what belongs to it.
type entry struct {
	value []byte
	count int64
	json  []byte
}

// entries are the state of one group.
type entries struct {
	list   []entry
	shares []float64 // of PERCENTILE; nil: not given yet
	place  map[string]int
}

func newCollected(a plan.Aggregate, input []types.Field) *collected {
	c := &collected{fn: a.Func, args: a.Args, nulls: a.Nulls, groups: map[state.ID]*entries{}, merged: map[place]*entries{}}
	t := input[a.Args[0]].Type
	if c.fn == plan.Percentile {
		t = types.TDouble
	}
	c.codec = state.NewCodec([]types.Type{t.Plain().Nullable()})
	c.encoder = c.codec.NewEncoder()
	return c
}

// update runs the rows of w through the lists of their groups.
func (c *collected) update(a *accumulator, w *work, sign []int8) error {
	values, err := c.encode(w)
	if err != nil {
		return err
	}
	clear(c.groups)
	s := w.shown
	if s != nil {
		s.v = vector.NewBuilder(a.Type.Nullable(), s.n)
	}
	c.differs = room(c.differs, len(w.rows))
	for j, id := range w.ids {
		g := c.groups[id]
		if g == nil {
			if g, err = c.read(w.table.RefBytes(&at[textSlot](w.at[j], a.at).r)); err != nil {
				return err
			}
			c.groups[id] = g
		}
		if s != nil && s.was[j] >= 0 && int(s.was[j]) < s.n {
			c.show(a, g, s.v)
		}
		c.differs[j] = false
		if sign[j] != 0 {
			if c.differs[j], err = c.change(g, w, j, sign[j], values.Row(j)); err != nil {
				return err
			}
		}
		if w.cleared(j) {
			g.list, g.place, g.shares = g.list[:0], nil, nil
		}
		if s != nil && s.is[j] >= 0 {
			c.show(a, g, s.v)
		}
	}
	for j, id := range w.ids {
		if g := c.groups[id]; g != nil {
			c.buf = c.write(c.buf[:0], g)
			if err := w.table.SetRef(&at[textSlot](w.at[j], a.at).r, c.buf); err != nil {
				return err
			}
			delete(c.groups, id)
		}
	}
	return nil
}

// merges tells whether two lists can be made one, as Flink does: FIRST_VALUE and the like would
// depend on which came first.
func (c *collected) merges() bool {
	switch c.fn {
	case plan.ListAgg, plan.ArrayAgg, plan.Collect, plan.Percentile, plan.JSONObjectAgg, plan.Min, plan.Max:
		return true
	}
	return false
}

// merge adds the list of an entry of t to the group at to, which keeps it in merged until
// forget. offset is where the list is in the value.
func (c *collected) merge(t *state.Table, offset int, to, from place) error {
	more, err := c.read(t.RefBytes(&at[textSlot](from, offset).r))
	if err != nil {
		return err
	}
	g := c.merged[to]
	if g == nil {
		c.merged[to] = more
		return nil
	}
	if g.shares == nil {
		g.shares = more.shares
	}
	for _, e := range more.list {
		switch c.fn {
		case plan.Collect, plan.Percentile, plan.Min, plan.Max:
			g.count(e.value, e.count)
		case plan.JSONObjectAgg:
			if g.find(e.value) >= 0 {
				name, _ := textOf(e.value)
				return fmt.Errorf("the name '%s' is there twice in JSON_OBJECTAGG", name)
			}
			g.add(e)
		default:
			g.list = append(g.list, e)
		}
	}
	return nil
}

// encode encodes the values of a batch.
func (c *collected) encode(w *work) (*state.Keys, error) {
	col := w.batch.Cols[c.args[0]]
	if c.fn == plan.Percentile {
		x := argument(&w.flts, w, c.args[0], gatherDoubles)
		v := vector.New(types.TDouble, len(x))
		copy(v.Float64s(), x)
		return c.encoder.Encode(append(c.cols[:0], v), nil, len(x)), nil
	}
	if c.fn == plan.JSONObjectAgg && col.HasNulls() {
		for _, i := range w.rows {
			if col.IsNull(int(i)) {
				return nil, rowError(int(i), "the name of a member of JSON_OBJECTAGG is NULL; filter such rows out, or give it one with COALESCE")
			}
		}
	}
	return c.encoder.Encode(append(c.cols[:0], col), w.rows, w.batch.Len()), nil
}

// change adds or takes back a value; whether the list is another one then.
func (c *collected) change(g *entries, w *work, j int, sign int8, value []byte) (bool, error) {
	row := int(w.rows[j])
	switch c.fn {
	case plan.Collect, plan.Min, plan.Max:
		g.count(value, int64(sign))
		return true, nil
	case plan.Percentile:
		return c.weigh(g, w, row, sign, value)
	case plan.JSONObjectAgg:
		return c.member(g, w, row, sign, value)
	}
	if sign < 0 {
		for i := range g.list {
			if bytes.Equal(g.list[i].value, value) {
				first, last := i == 0, i == len(g.list)-1
				g.list = append(g.list[:i], g.list[i+1:]...)
				switch c.fn {
				case plan.FirstValue:
					return first && (len(g.list) == 0 || !bytes.Equal(g.list[0].value, value)), nil
				case plan.LastValue:
					return last && (len(g.list) == 0 || !bytes.Equal(g.list[len(g.list)-1].value, value)), nil
				}
				return true, nil
			}
		}
		return false, nil
	}
	n := len(g.list)
	switch {
	case n == 0:
	case c.fn == plan.SingleValue:
		return false, rowError(row, "SINGLE_VALUE has more than one value: the sub-query gives several rows")
	case c.fn == plan.FirstValue && !c.all:
		return false, nil
	case c.fn == plan.LastValue:
		differs := !bytes.Equal(g.list[n-1].value, value)
		if !c.all {
			g.list = g.list[:0]
		}
		g.list = append(g.list, entry{value: value})
		return differs, nil
	}
	g.list = append(g.list, entry{value: value})
	return n == 0 || c.fn != plan.FirstValue, nil
}

// find is where a value is, -1: nowhere. Long lists are indexed.
func (g *entries) find(value []byte) int {
	if len(g.list) <= 16 {
		for i := range g.list {
			if bytes.Equal(g.list[i].value, value) {
				return i
			}
		}
		return -1
	}
	if g.place == nil {
		g.place = make(map[string]int, len(g.list))
		for i, e := range g.list {
			g.place[string(e.value)] = i
		}
	}
	if i, ok := g.place[string(value)]; ok {
		return i
	}
	return -1
}

// count changes the count of a value.
func (g *entries) count(value []byte, by int64) {
	i := g.find(value)
	if i < 0 {
		g.add(entry{value: value, count: by})
		return
	}
	if g.list[i].count += by; g.list[i].count == 0 {
		g.remove(i)
	}
}

func (g *entries) add(e entry) {
	if g.place != nil {
		g.place[string(e.value)] = len(g.list)
	}
	g.list = append(g.list, e)
}

func (g *entries) remove(i int) {
	g.list, g.place = append(g.list[:i], g.list[i+1:]...), nil
}

// weigh is change for PERCENTILE: it looks whether the result is another one, since it often is not.
func (c *collected) weigh(g *entries, w *work, row int, sign int8, value []byte) (bool, error) {
	if g.shares == nil && sign > 0 {
		if err := c.readShares(g, w.batch.Cols[c.args[1]], row); err != nil {
			return false, err
		}
	}
	by := int64(1)
	if len(c.args) == 3 {
		v := w.batch.Cols[c.args[2]].Value(row)
		if v.Null || v.I <= 0 {
			return false, nil
		}
		by = v.I
	}
	before := append([]float64(nil), c.percentiles(g)...)
	g.count(value, by*int64(sign))
	after := c.percentiles(g)
	differs := len(before) != len(after)
	for i := range after {
		differs = differs || before[i] != after[i]
	}
	return differs, nil
}

func (c *collected) readShares(g *entries, col *vector.Vector, row int) error {
	v := col.Value(row)
	list := []types.Value{v}
	if col.Layout() == vector.Lists {
		list = v.Elems
	}
	g.shares = []float64{}
	for _, x := range list {
		if v.Null || x.Null || !(x.F >= 0 && x.F <= 1) {
			g.shares = nil
			return rowError(row, fmt.Sprintf("Percentage of PERCENTILE should be between [0.0, 1.0], but was '%s'", types.AppendFloat64(nil, x.F)))
		}
		g.shares = append(g.shares, x.F)
	}
	return nil
}

// percentiles are the results of PERCENTILE, nil if there is none: the values at the positions
// share*(n-1)+1 of all in order, between two by their distances.
func (c *collected) percentiles(g *entries) []float64 {
	type weighted struct {
		x float64
		n int64
	}
	total := int64(0)
	sorted := make([]weighted, 0, len(g.list))
	for _, e := range g.list {
		sorted = append(sorted, weighted{math.Float64frombits(binary.LittleEndian.Uint64(e.value[1:])), e.count})
		total += e.count
	}
	if total <= 0 || len(g.shares) == 0 {
		return nil
	}
	sort.Slice(sorted, func(i, j int) bool { return types.CompareFloat(sorted[i].x, sorted[j].x) < 0 })
	result := make([]float64, len(g.shares))
	for i, share := range g.shares {
		position := float64(share*float64(total-1)) + 1
		lower, higher := int64(math.Floor(position)), int64(math.Ceil(position))
		k, seen := 0, sorted[0].n
		for seen < lower {
			k++
			seen += sorted[k].n
		}
		if result[i] = sorted[k].x; seen < higher {
			result[i] = float64((float64(higher)-position)*sorted[k].x) + float64((position-float64(lower))*sorted[k+1].x)
		}
	}
	return result
}

// member is change for JSON_OBJECTAGG.
func (c *collected) member(g *entries, w *work, row int, sign int8, name []byte) (bool, error) {
	i := g.find(name)
	if sign < 0 {
		if i >= 0 {
			g.remove(i)
		}
		return i >= 0, nil
	}
	if i >= 0 {
		return false, rowError(row, fmt.Sprintf("the name '%s' is there twice in JSON_OBJECTAGG", w.batch.Cols[c.args[0]].Bytes(row)))
	}
	e := entry{value: name}
	if col := w.batch.Cols[c.args[1]]; !col.IsNull(row) {
		e.json = col.Bytes(row)
	} else if e.json = jsonNull; !c.nulls {
		return false, nil
	}
	g.add(e)
	return true, nil
}
