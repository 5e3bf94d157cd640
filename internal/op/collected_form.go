package op

import (
	"encoding/binary"
	"math"
	"sort"

	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// How the lists of collected look in the state, and as results.

// read takes a stored list apart; the entries point into b.
func (c *collected) read(b []byte) (*entries, error) {
	g := &entries{}
	r := notesReader{b: b}
	if c.fn == plan.Percentile && len(b) > 0 {
		if n := r.uvarint(); n > 0 {
			g.shares = []float64{}
			for ; n > 1 && !r.torn; n-- {
				g.shares = append(g.shares, math.Float64frombits(r.word()))
			}
		}
	}
	for len(r.b) > 0 {
		e := entry{value: r.bytes(c.codec.Width())}
		switch c.fn {
		case plan.Collect, plan.Percentile, plan.Min, plan.Max:
			e.count = r.varint()
		case plan.JSONObjectAgg:
			e.json = r.bytes(0)
		}
		g.list = append(g.list, e)
	}
	if r.torn {
		return nil, errNotes
	}
	return g, nil
}

// word and bytes read 8 bytes, and so many or, if width is 0, a length and so many.
func (r *notesReader) word() uint64 {
	b := r.bytes(8)
	if len(b) < 8 {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func (r *notesReader) bytes(width int) []byte {
	n := uint64(width)
	if width == 0 {
		n = r.uvarint()
	}
	if n > uint64(len(r.b)) {
		r.b, r.torn = nil, true
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// write appends a list: for PERCENTILE first the number of shares plus one (0: none yet) and the shares,
// then the entries. A value stands as the codec encodes it, behind its length if that varies;
// a count is a varint, a member's JSON a length and the text.
func (c *collected) write(b []byte, g *entries) []byte {
	if c.fn == plan.Percentile {
		if g.shares == nil {
			b = append(b, 0)
		} else {
			b = binary.AppendUvarint(b, uint64(len(g.shares)+1))
		}
		for _, x := range g.shares {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
	}
	for _, e := range g.list {
		if c.codec.Width() == 0 {
			b = binary.AppendUvarint(b, uint64(len(e.value)))
		}
		b = append(b, e.value...)
		switch c.fn {
		case plan.Collect, plan.Percentile, plan.Min, plan.Max:
			b = binary.AppendVarint(b, e.count)
		case plan.JSONObjectAgg:
			b = append(binary.AppendUvarint(b, uint64(len(e.json))), e.json...)
		}
	}
	return b
}

// result is the results of the values at places, whose texts are t's.
func (c *collected) result(a *accumulator, t *state.Table, places []place) *vector.Vector {
	v := vector.NewBuilder(a.Type, len(places))
	for _, p := range places {
		if g := c.merged[p]; g != nil {
			c.show(a, g, v)
			continue
		}
		g, err := c.read(t.RefBytes(&at[textSlot](p, a.at).r))
		if err != nil {
			panic(err) // the table holds only what was written
		}
		c.show(a, g, v)
	}
	return v
}

// show appends the result of a group.
func (c *collected) show(a *accumulator, g *entries, v *vector.Vector) {
	c.shown += 1 + len(g.list)
	switch n := len(g.list); c.fn {
	case plan.FirstValue, plan.LastValue, plan.SingleValue:
		switch {
		case n == 0:
			v.AppendNull()
		case c.fn == plan.LastValue:
			c.decode(g.list[n-1].value, v)
		default:
			c.decode(g.list[0].value, v)
		}
	case plan.ArrayAgg:
		if n == 0 {
			v.AppendNull()
			return
		}
		for _, e := range g.list {
			c.decode(e.value, v.Child(0))
		}
		v.AppendList()
	case plan.Collect:
		for _, e := range g.list {
			c.decode(e.value, v.Child(0))
			v.Child(1).AppendInt32(int32(e.count))
		}
		v.AppendList()
	case plan.ListAgg:
		if n == 0 {
			v.AppendNull()
			return
		}
		v.AppendBytes(c.join(nil, g, a.Separator))
	case plan.JSONArrayAgg:
		v.AppendBytes(append(c.join([]byte{'['}, g, ","), ']'))
	case plan.JSONObjectAgg:
		v.AppendBytes(jsonObject(g))
	case plan.Percentile:
		c.showPercentiles(g, v)
	case plan.Min, plan.Max:
		c.showExtreme(g, v)
	}
}

// showExtreme appends the least or greatest value.
func (c *collected) showExtreme(g *entries, v *vector.Vector) {
	all := vector.NewBuilder(v.Type, len(g.list))
	best := -1
	for i, e := range g.list {
		c.decode(e.value, all)
		if e.count <= 0 {
			continue
		}
		order := 1
		if best >= 0 {
			order = types.Compare(all.Value(i), all.Value(best), v.Type)
		}
		if best < 0 || c.fn == plan.Min && order < 0 || c.fn == plan.Max && order > 0 {
			best = i
		}
	}
	if best < 0 {
		v.AppendNull()
		return
	}
	c.decode(g.list[best].value, v)
}

func (c *collected) decode(value []byte, v *vector.Vector) {
	if err := c.codec.DecodeRow(value, []*vector.Vector{v}); err != nil {
		panic(err) // the codec has encoded it
	}
}

// join appends the texts of a list; a NULL of JSON_ARRAYAGG is written as such.
func (c *collected) join(b []byte, g *entries, separator string) []byte {
	for i, e := range g.list {
		if i > 0 {
			b = append(b, separator...)
		}
		if text, ok := textOf(e.value); ok {
			b = append(b, text...)
		} else {
			b = append(b, jsonNull...)
		}
	}
	return b
}

// textOf is the text of an encoded row of one nullable text.
func textOf(row []byte) (text []byte, ok bool) {
	if row[0] != 0 {
		return nil, false
	}
	return row[5:], true
}

var jsonNull = []byte("null")

// jsonObject writes the members by their names in order, as Flink does.
func jsonObject(g *entries) []byte {
	list := append([]entry(nil), g.list...)
	sort.Slice(list, func(i, j int) bool { return string(list[i].value[5:]) < string(list[j].value[5:]) })
	b := []byte{'{'}
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		name, _ := textOf(e.value)
		b = append(append(appendJSONText(b, name), ':'), e.json...)
	}
	return append(b, '}')
}

func appendJSONText(b, text []byte) []byte {
	const digits = "0123456789ABCDEF"
	b = append(b, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// showPercentiles appends one number, or a list of them.
func (c *collected) showPercentiles(g *entries, v *vector.Vector) {
	result := c.percentiles(g)
	switch {
	case result == nil:
		v.AppendNull()
	case v.Type.Kind == types.Array:
		for _, x := range result {
			v.Child(0).AppendFloat64(x)
		}
		v.AppendList()
	default:
		v.AppendFloat64(result[0])
	}
}
