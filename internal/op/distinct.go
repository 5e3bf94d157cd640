package op

import (
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// distinctSet counts how often each value occurs in each group, so that a value is
// added to the aggregate with its first row and taken back with its last.
type distinctSet struct {
	table  *state.Table
	pairs  *state.PairEncoder
	spaced bool // by the namespace of the group's entry
	ids    []state.ID
	spaces []int64
	gone   []state.ID
	one    []*vector.Vector
}

func newDistinctSet(store *state.Store, operator, name string, keys []types.Type, value types.Type, spaced bool) *distinctSet {
	prefix, rest := state.NewCodec(keys), state.NewCodec([]types.Type{value})
	return &distinctSet{
		table: store.Table(operator, state.Desc{Name: name, Prefix: prefix, Key: rest, Namespaced: spaced,
			Fields: []state.Field{{Name: "rows", Kind: state.Word}}}),
		pairs: state.NewPairEncoder(prefix, rest), spaced: spaced,
	}
}

// narrow sets the signs of rows whose value does not become distinct, or cease to be, to 0.
func (d *distinctSet) narrow(w *work, arg *vector.Vector, sign []int8) error {
	d.one = append(d.one[:0], arg)
	keys := d.pairs.EncodeRest(w.keys, d.one, w.rows, w.batch.Len())
	d.spaces = d.spaces[:0]
	var spaces []int64
	if d.spaced {
		for _, id := range w.ids {
			d.spaces = append(d.spaces, w.table.Namespace(id))
		}
		spaces = d.spaces
	}
	var err error
	if d.ids, _, err = d.table.Probe(keys, spaces, d.ids, nil, true); err != nil {
		return err
	}
	d.gone = d.gone[:0]
	for j, id := range d.ids {
		n := slot[int64](d.table, id, 0)
		d.table.Touch(id)
		switch {
		case sign[j] > 0:
			if *n++; *n > 1 {
				sign[j] = 0
			}
		case sign[j] < 0 && *n > 0:
			if *n--; *n > 0 {
				sign[j] = 0
			}
		default:
			sign[j] = 0
		}
		if *n == 0 {
			d.gone = append(d.gone, id)
		}
	}
	// A value may have come back within the batch, and be listed twice.
	for _, id := range d.gone {
		if d.table.Live(id) && *slot[int64](d.table, id, 0) == 0 {
			d.table.Delete(id)
		}
	}
	return nil
}

// extremes keeps the values of a MIN or MAX that may be taken back, with their counts.
type extremes struct {
	values  *state.Multimap
	pairs   *state.PairEncoder
	max     bool
	t       types.Type
	arg     int
	current *state.Keys
	batch   *vector.Batch
	decode  *vector.Vector
	codec   *state.Codec
	one     []*vector.Vector
}

func newExtremes(store *state.Store, operator, name string, keys []types.Type, a *accumulator) *extremes {
	prefix, rest := state.NewCodec(keys), state.NewCodec([]types.Type{a.inT})
	return &extremes{values: store.Multimap(operator, name, prefix, rest), pairs: state.NewPairEncoder(prefix, rest),
		max: a.Func == plan.Max, t: a.inT, arg: a.arg, codec: rest}
}

// prepare encodes the values of a batch; to be called before keep is called for its rows.
func (x *extremes) prepare(w *work) {
	x.one = append(x.one[:0], w.batch.Cols[x.arg])
	x.current = x.pairs.EncodeRest(w.keys, x.one, w.rows, w.batch.Len())
}

// keep counts row j of w. When the extreme itself may have been taken back, set is
// told the new one, or that there is none.
func (x *extremes) keep(w *work, j int, sign int8, wasExtreme bool, set func(types.Value, bool) error) error {
	if sign == 0 {
		return nil
	}
	if _, err := x.values.Add(x.current, w.keys, j, int64(sign)); err != nil {
		return err
	}
	if sign > 0 || !wasExtreme {
		return nil
	}
	one := state.Keys{Data: w.keys.Row(j), At: []int32{0, int32(len(w.keys.Row(j)))}, Hash: w.keys.Hash[j : j+1]}
	_, chains := x.values.Find(&one, nil, nil)
	best, found := types.Value{}, false
	if chains[0].Count > 0 {
		if x.decode == nil {
			x.decode = vector.NewBuilder(x.t, 16)
		}
		for id := chains[0].Head; id != state.None; id = x.values.Next(id) {
			x.decode.Truncate(0)
			if err := x.codec.DecodeRow(x.values.Row(id), []*vector.Vector{x.decode}); err != nil {
				return err
			}
			v := x.decode.Value(0)
			c := 0
			if found {
				c = types.Compare(v, best, x.t)
			}
			if !found || x.max && c > 0 || !x.max && c < 0 {
				best, found = v, true
			}
		}
	}
	return set(best, found)
}
