package op

import (
	"fmt"
	"unsafe"

	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/state"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// accumulator is one aggregate function over one column: where its state lies in an
// entry's value, and how rows change it. The type switch is paid once a batch: each update
// is one loop over rows.
//
//	COUNT   n                         Word
//	SUM     sum, n                    Word or Wide, Word     n: values summed; 0 means NULL
//	AVG     sum, n                    Word or Wide, Word
//	MIN MAX value, n                  Word, Wide or Text; n is 0 or 1
//	VAR...  n, mean, m2               Word, Word, Word       see moments
//	others  values                    Text                   see collected
//
// MIN and MAX over rows that may be retracted keep all values counted in a multimap
// and the extreme of them in the entry; in windows, which show it once, a counted list (collected). COUNT(*) has no state of its own: it is the number of
// rows that every entry begins with. Nor has a SUM or AVG of integers beside another of
// the same rows: it reads the other's (of).
type accumulator struct {
	plan.Aggregate
	form  form
	scale int // of a DECIMAL sum
	at    int // offset in the value
	arg   int // column of the input; -1: none
	inT   types.Type
	of    *accumulator // whose state it is; nil: its own

	distinct *distinctSet
	values   *extremes  // MIN, MAX under retraction
	list     *collected // of formList

	sign   []int8
	ints   trail[intSlot]
	floats trail[floatSlot]
	wides  trail[wideSlot]
	moms   trail[momentSlot]
}

// trail is the state of an entry before and after each row of a batch.
type trail[S any] struct{ was, is []S }

func (t *trail[S]) room(n int) {
	if cap(t.was) < n {
		t.was, t.is = make([]S, n), make([]S, n)
	}
	t.was, t.is = t.was[:n], t.is[:n]
}

// form is how the values being aggregated are looked at.
type form uint8

const (
	formNone form = iota
	formInt
	formFloat
	formWide
	formFine
	formText
	formMoments // VAR, STDDEV
	formList    // what keeps several values
)

func formOf(t types.Type) form {
	switch vector.LayoutOf(t) {
	case vector.Bools, vector.Int32s, vector.Int64s:
		return formInt
	case vector.Float32s, vector.Float64s:
		return formFloat
	case vector.Int128s:
		return formWide
	case vector.Fine:
		return formFine
	case vector.Texts:
		return formText
	}
	return formNone
}

// newAccumulator lays an accumulator out at offset at, or upon the state of one of others.
// counted has a MIN or MAX keep all values, counted, in its own state.
func newAccumulator(a plan.Aggregate, input []types.Field, at int, others []*accumulator, counted bool) (*accumulator, error) {
	acc := &accumulator{Aggregate: a, at: at, arg: -1}
	if len(a.Args) > 0 {
		acc.arg = a.Args[0]
		acc.inT = input[acc.arg].Type
		acc.form = formOf(acc.inT)
		switch {
		case a.Func >= plan.VarPop && a.Func <= plan.StddevSamp:
			acc.form = formMoments
			return acc, nil
		case a.Func >= plan.FirstValue, counted && !a.NoRetract && (a.Func == plan.Min || a.Func == plan.Max):
			acc.form = formList
			acc.list = newCollected(a, input)
			return acc, nil
		}
		if acc.form == formNone && a.Func != plan.Count {
			return nil, fmt.Errorf("%s does not take %s", a.Name, acc.inT)
		}
	}
	if a.Func == plan.Sum || a.Func == plan.Sum0 || a.Func == plan.Avg {
		acc.scale = int(acc.inT.Scale)
		if acc.inT.Kind == types.Decimal {
			acc.form = formWide // sums of narrow decimals are wide
		}
	}
	if acc.rows() {
		acc.at = 0
		return acc, nil
	}
	for _, o := range others {
		if o.of == nil && acc.sums() && o.sums() && acc.arg == o.arg && acc.Filter == o.Filter {
			acc.of, acc.at = o, o.at
			break
		}
	}
	return acc, nil
}

// rows tells that the aggregate is the number of rows that every entry has.
func (a *accumulator) rows() bool {
	return a.Func == plan.Count && a.arg < 0 && a.Filter < 0 && !a.Distinct
}

// sums tells that the state is a sum of integers and how many there are, of all rows that
// pass the filter: SUM and AVG share one. (Other sums treat overflow and signed zeros each in its way.)
func (a *accumulator) sums() bool {
	return a.form == formInt && !a.Distinct && (a.Func == plan.Sum || a.Func == plan.Sum0 || a.Func == plan.Avg)
}

// stateless tells that the accumulator keeps nothing in the entry.
func (a *accumulator) stateless() bool { return a.of != nil || a.rows() }

// fields are the accumulator's part of the value, for the table's description.
func (a *accumulator) fields(name string) []state.Field {
	if a.stateless() {
		return nil
	}
	n := state.Field{Name: name + " n", Kind: state.Word}
	if a.Func == plan.Count {
		return []state.Field{n}
	}
	kind := state.Word
	switch a.form {
	case formList:
		return []state.Field{{Name: name, Kind: state.Text}}
	case formMoments:
		return []state.Field{n, {Name: name + " mean", Kind: state.Word}, {Name: name + " m2", Kind: state.Word}}
	case formWide, formFine:
		kind = state.Wide
	case formText:
		kind = state.Text
	}
	return []state.Field{{Name: name, Kind: kind}, n}
}

func fieldsWidth(fs []state.Field) int {
	n := 0
	for _, f := range fs {
		n += 8
		if f.Kind != state.Word {
			n += 8
		}
	}
	return n
}

// slots of an accumulator in an entry
type (
	intSlot   struct{ v, n int64 }
	floatSlot struct {
		v float64
		n int64
	}
	wideSlot struct {
		lo uint64
		hi int64
		n  int64
	}
	textSlot struct {
		r state.Ref
		n int64
	}
)

func slot[T any](t *state.Table, id state.ID, at int) *T {
	return (*T)(unsafe.Add(t.Value(id), at))
}

// work is a batch of rows on their way into accumulators: the j-th is row rows[j] of
// the batch, belongs to entry ids[j], and is added (sign 1) or taken back (-1). after[j]
// is how many rows the group has after it; where that is 0 the accumulators are cleared.
type work struct {
	table *state.Table
	batch *vector.Batch
	ids   []state.ID
	at    []place // the values of ids
	rows  []int32
	sign  []int8
	after []int64     // nil: no row is taken back
	keys  *state.Keys // of the groups, row j; for tables of distinct values
	shown *shown      // nil: nobody wants values now

	nums []column[int64]
	flts []column[float64]
	wide []column[types.Int128]
}

// shown is where the values of one aggregate go: that before row j into slot was[j] of
// v, that after it into slot is[j], where these are not -1.
type shown struct {
	v       *vector.Vector
	n       int // slots that are sent: those beyond are only compared
	was, is []int32
	// before and after are the numbers of rows of row j's group.
	before, after []int64
}

// column is an argument of the rows of a batch, which several aggregates may read.
type column[T any] struct {
	arg  int
	data []T
}

// begin forgets the columns of the batch before, and finds the values of the entries. No
// entry may be added until the work is done.
func (w *work) begin() {
	w.reset()
	w.at = w.at[:0]
	for _, id := range w.ids {
		w.at = append(w.at, placeOf(w.table.Value(id)))
	}
}

func (w *work) reset() {
	w.nums, w.flts, w.wide = forget(w.nums), forget(w.flts), forget(w.wide)
}

func forget[T any](cs []column[T]) []column[T] {
	for i := range cs {
		cs[i].arg = -1
	}
	return cs
}

// argument gathers a column's rows, once a batch.
func argument[T any](cs *[]column[T], w *work, arg int, gather func(dst []T, v *vector.Vector, rows []int32) []T) []T {
	free := -1
	for i := range *cs {
		switch (*cs)[i].arg {
		case arg:
			return (*cs)[i].data
		case -1:
			free = i
		}
	}
	if free < 0 {
		free = len(*cs)
		*cs = append(*cs, column[T]{})
	}
	c := &(*cs)[free]
	c.arg, c.data = arg, gather(c.data, w.batch.Cols[arg], w.rows)
	return c.data
}

// place is the address of a value, which lies in a table's pages or in memory that its owner
// holds on to. It is no pointer because a pointer would be shown to the collector at each
// store, and these are stored by the row.
type place uintptr

func placeOf(p unsafe.Pointer) place { return place(uintptr(p)) }

// at is the S at an offset of a value.
func at[S any](p place, offset int) *S {
	return (*S)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&p)), offset))
}

// cleared tells whether the entry of row j has no rows after it.
func (w *work) cleared(j int) bool { return w.after != nil && w.after[j] == 0 }

// update runs the rows of w through the accumulator, in order, and shows its values.
func (a *accumulator) update(w *work) error {
	if a.rows() {
		a.showRows(w)
		return nil
	}
	if a.of != nil {
		a.showInts(w, &a.of.ints)
		return nil
	}
	sign, err := a.contributions(w)
	if err != nil {
		return err
	}
	if a.Func == plan.Count {
		a.updateCount(w, sign)
		return nil
	}
	extreme := a.Func == plan.Min || a.Func == plan.Max
	n := len(w.rows)
	switch a.form {
	case formInt:
		x := argument(&w.nums, w, a.arg, gatherInts)
		a.ints.room(n)
		if extreme {
			err = a.updateExtremeInt(w, sign, x)
		} else {
			a.updateSumInt(w, sign, x)
		}
		a.showInts(w, &a.ints)
	case formFloat:
		x := argument(&w.flts, w, a.arg, gatherFloats)
		a.floats.room(n)
		if extreme {
			err = a.updateExtremeFloat(w, sign, x)
		} else {
			a.updateSumFloat(w, sign, x)
		}
		show(w, &a.floats, a.putFloat)
	case formWide, formFine:
		x := argument(&w.wide, w, a.arg, gatherWide)
		a.wides.room(n)
		if extreme {
			err = a.updateExtremeWide(w, sign, x)
		} else {
			a.updateSumWide(w, sign, x)
		}
		show(w, &a.wides, a.putWide)
	case formText:
		return a.updateExtremeText(w, sign)
	case formMoments:
		x := argument(&w.flts, w, a.arg, gatherDoubles)
		a.moms.room(n)
		a.updateMoments(w, sign, x)
		show(w, &a.moms, a.putMoments)
	case formList:
		return a.list.update(a, w, sign)
	}
	return err
}

// contributions says for each row of w whether it is added, taken back, or (0) does not
// count here: its argument is NULL, its filter not true, its value not distinct.
func (a *accumulator) contributions(w *work) ([]int8, error) {
	var valid []uint64
	var arg *vector.Vector
	mask := -1
	if a.arg >= 0 {
		arg = w.batch.Cols[a.arg]
		if arg.Encoding() == vector.Dictionary {
			arg = arg.Flatten()
		}
		valid, mask = arg.Valid(), arg.Mask()
	}
	if a.Nulls || a.Func == plan.JSONObjectAgg {
		valid = nil
	}
	if valid == nil && a.Filter < 0 && !a.Distinct {
		return w.sign, nil
	}
	a.sign = append(a.sign[:0], w.sign...)
	if valid != nil {
		for j, i := range w.rows {
			if !vector.Bit(valid, int(i)&mask) {
				a.sign[j] = 0
			}
		}
	}
	if a.Filter >= 0 {
		f := w.batch.Cols[a.Filter].Flatten()
		pass, fv := f.Bools(), f.Valid()
		for j, i := range w.rows {
			if !pass[i] {
				a.sign[j] = 0
			}
		}
		if fv != nil {
			for j, i := range w.rows {
				if !vector.Bit(fv, int(i)) {
					a.sign[j] = 0
				}
			}
		}
	}
	if a.Distinct {
		return a.sign, a.distinct.narrow(w, arg, a.sign)
	}
	return a.sign, nil
}

func gatherInts(dst []int64, v *vector.Vector, rows []int32) []int64 {
	dst = dst[:0]
	if v.Encoding() == vector.Dictionary {
		v = v.Flatten()
	}
	mask := int32(v.Mask())
	switch v.Layout() {
	case vector.Int64s:
		s := v.Int64s()
		for _, i := range rows {
			dst = append(dst, s[i&mask])
		}
	case vector.Int32s:
		s := v.Int32s()
		for _, i := range rows {
			dst = append(dst, int64(s[i&mask]))
		}
	case vector.Bools:
		s := v.Bools()
		for _, i := range rows {
			x := int64(0)
			if s[i&mask] {
				x = 1
			}
			dst = append(dst, x)
		}
	}
	return dst
}

func gatherFloats(dst []float64, v *vector.Vector, rows []int32) []float64 {
	dst = dst[:0]
	v = v.Flatten()
	if v.Layout() == vector.Float32s {
		for _, i := range rows {
			dst = append(dst, float64(v.Float32s()[i]))
		}
		return dst
	}
	s := v.Float64s()
	for _, i := range rows {
		dst = append(dst, s[i])
	}
	return dst
}

// gatherWide reads wide and narrow decimals, and fine timestamps as microseconds
// (high) and nanoseconds (low), which orders as time does.
func gatherWide(dst []types.Int128, v *vector.Vector, rows []int32) []types.Int128 {
	dst = dst[:0]
	v = v.Flatten()
	for _, i := range rows {
		switch v.Layout() {
		case vector.Int128s:
			dst = append(dst, v.Int128s()[i])
		case vector.Int64s:
			dst = append(dst, types.Int128Of(v.Int64s()[i]))
		case vector.Fine:
			dst = append(dst, types.Int128{Hi: v.Int64s()[i], Lo: uint64(v.Int32s()[i])})
		}
	}
	return dst
}
