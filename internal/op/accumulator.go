package op

import (
	"fmt"
	"math"
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
//
// MIN and MAX over rows that may be retracted keep all values counted in a multimap
// and the extreme of them in the entry.
type accumulator struct {
	plan.Aggregate
	form  form
	scale int // of a DECIMAL sum
	at    int // offset in the value
	arg   int // column of the input; -1: none
	inT   types.Type

	distinct *distinctSet
	values   *extremes // MIN, MAX under retraction

	sign []int8
	nums []int64
	flts []float64
	wide []types.Int128
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

func newAccumulator(a plan.Aggregate, input []types.Field, at int) (*accumulator, error) {
	acc := &accumulator{Aggregate: a, at: at, arg: -1}
	if len(a.Args) > 1 {
		return nil, fmt.Errorf("%s takes one argument here", a.Name)
	}
	if len(a.Args) == 1 {
		acc.arg = a.Args[0]
		acc.inT = input[acc.arg].Type
		acc.form = formOf(acc.inT)
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
	return acc, nil
}

// fields are the accumulator's part of the value, for the table's description.
func (a *accumulator) fields(name string) []state.Field {
	n := state.Field{Name: name + " n", Kind: state.Word}
	if a.Func == plan.Count {
		return []state.Field{n}
	}
	kind := state.Word
	switch a.form {
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
	rows  []int32
	sign  []int8
	after []int64
	// both, if wanted, gets the aggregate's value before row j in slot 2j and after it in 2j+1.
	both *vector.Vector
	keys *state.Keys // of the groups, row j; for tables of distinct values
}

// update runs the rows of w through the accumulator, in order.
func (a *accumulator) update(w *work) error {
	sign, err := a.contributions(w)
	if err != nil {
		return err
	}
	if a.Func == plan.Count {
		a.updateCount(w, sign)
		return nil
	}
	switch a.form {
	case formInt:
		a.nums = gatherInts(a.nums, w.batch.Cols[a.arg], w.rows)
		if a.Func == plan.Min || a.Func == plan.Max {
			return a.updateExtremeInt(w, sign)
		}
		a.updateSumInt(w, sign)
	case formFloat:
		a.flts = gatherFloats(a.flts, w.batch.Cols[a.arg], w.rows)
		if a.Func == plan.Min || a.Func == plan.Max {
			return a.updateExtremeFloat(w, sign)
		}
		a.updateSumFloat(w, sign)
	case formWide, formFine:
		a.wide = gatherWide(a.wide, w.batch.Cols[a.arg], w.rows)
		if a.Func == plan.Min || a.Func == plan.Max {
			return a.updateExtremeWide(w, sign)
		}
		a.updateSumWide(w, sign)
	case formText:
		return a.updateExtremeText(w, sign)
	}
	return nil
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
			if !pass[i] || !vector.Bit(fv, int(i)) {
				a.sign[j] = 0
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

func (a *accumulator) updateCount(w *work, sign []int8) {
	var both []int64
	if w.both != nil {
		both = w.both.Int64s()
	}
	for j, id := range w.ids {
		n := slot[int64](w.table, id, a.at)
		if both != nil {
			both[2*j] = *n
		}
		if *n += int64(sign[j]); w.after != nil && w.after[j] == 0 {
			*n = 0
		}
		if both != nil {
			both[2*j+1] = *n
		}
	}
}

func (a *accumulator) updateSumInt(w *work, sign []int8) {
	for j, id := range w.ids {
		s := slot[intSlot](w.table, id, a.at)
		if w.both != nil {
			a.putInt(w.both, 2*j, s)
		}
		d := int64(sign[j])
		s.v += d * a.nums[j]
		if s.n += d; w.after != nil && w.after[j] == 0 {
			*s = intSlot{}
		}
		if w.both != nil {
			a.putInt(w.both, 2*j+1, s)
		}
	}
}

func (a *accumulator) updateSumFloat(w *work, sign []int8) {
	for j, id := range w.ids {
		s := slot[floatSlot](w.table, id, a.at)
		if w.both != nil {
			a.putFloat(w.both, 2*j, s)
		}
		switch sign[j] {
		case 1:
			if s.n == 0 && a.Func == plan.Sum {
				s.v = a.flts[j] // and not added to 0.0, which would lose the sign of -0.0
			} else {
				s.v += a.flts[j]
			}
			s.n++
		case -1:
			s.v -= a.flts[j]
			s.n--
		}
		if w.after != nil && w.after[j] == 0 {
			*s = floatSlot{}
		}
		if w.both != nil {
			a.putFloat(w.both, 2*j+1, s)
		}
	}
}

func (a *accumulator) updateSumWide(w *work, sign []int8) {
	for j, id := range w.ids {
		s := slot[wideSlot](w.table, id, a.at)
		if w.both != nil {
			a.putWide(w.both, 2*j, s)
		}
		if s.n += int64(sign[j]); sign[j] != 0 && s.hi != overflown {
			x := a.wide[j]
			if sign[j] < 0 {
				x = x.Neg()
			}
			sum := types.Int128{Hi: s.hi, Lo: s.lo}.Add(x)
			s.hi, s.lo = sum.Hi, sum.Lo
			if !types.FitsDecimal(sum, types.MaxPrecision) {
				a.overflow(s)
			}
		}
		if w.after != nil && w.after[j] == 0 {
			*s = wideSlot{}
		}
		if w.both != nil {
			a.putWide(w.both, 2*j+1, s)
		}
	}
}

// overflown marks the sum of an AVG that has overflowed: no DECIMAL has this high half.
const overflown = math.MinInt64

// overflow is what becomes of a sum that has: it is NULL, and a SUM begins anew with the
// next value; an AVG stays NULL (as in Flink, whose SUM treats a NULL sum as none yet).
func (a *accumulator) overflow(s *wideSlot) {
	if a.Func == plan.Avg {
		s.hi, s.lo = overflown, 0
		return
	}
	*s = wideSlot{}
}

// better tells whether x replaces the extreme: cmp is x compared with it.
func (a *accumulator) better(cmp int) bool {
	if a.Func == plan.Min {
		return cmp < 0
	}
	return cmp > 0
}

func compareInts(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func (a *accumulator) updateExtremeInt(w *work, sign []int8) error {
	for j, id := range w.ids {
		s := slot[intSlot](w.table, id, a.at)
		if w.both != nil {
			a.putInt(w.both, 2*j, s)
		}
		if sign[j] > 0 && (s.n == 0 || a.better(compareInts(a.nums[j], s.v))) {
			s.v, s.n = a.nums[j], 1
		}
		if a.values != nil {
			if err := a.values.keep(w, j, sign[j], s.n == 0 || a.nums[j] == s.v, func(x types.Value, ok bool) error {
				*s = intSlot{v: x.I}
				if ok {
					s.n = 1
				}
				return nil
			}); err != nil {
				return err
			}
		}
		if w.after != nil && w.after[j] == 0 {
			*s = intSlot{}
		}
		if w.both != nil {
			a.putInt(w.both, 2*j+1, s)
		}
	}
	return nil
}

func (a *accumulator) updateExtremeFloat(w *work, sign []int8) error {
	for j, id := range w.ids {
		s := slot[floatSlot](w.table, id, a.at)
		if w.both != nil {
			a.putFloat(w.both, 2*j, s)
		}
		if x := a.flts[j]; sign[j] > 0 && (s.n == 0 || a.Func == plan.Min && x < s.v || a.Func == plan.Max && x > s.v) { // Java's < and >: NaN is neither
			s.v, s.n = a.flts[j], 1
		}
		if a.values != nil {
			if err := a.values.keep(w, j, sign[j], s.n == 0 || a.flts[j] == s.v, func(x types.Value, ok bool) error {
				*s = floatSlot{v: x.F}
				if ok {
					s.n = 1
				}
				return nil
			}); err != nil {
				return err
			}
		}
		if w.after != nil && w.after[j] == 0 {
			*s = floatSlot{}
		}
		if w.both != nil {
			a.putFloat(w.both, 2*j+1, s)
		}
	}
	return nil
}

func (a *accumulator) updateExtremeWide(w *work, sign []int8) error {
	for j, id := range w.ids {
		s := slot[wideSlot](w.table, id, a.at)
		if w.both != nil {
			a.putWide(w.both, 2*j, s)
		}
		cmp := a.wide[j].Cmp(types.Int128{Hi: s.hi, Lo: s.lo})
		if sign[j] > 0 && (s.n == 0 || a.better(cmp)) {
			s.hi, s.lo, s.n = a.wide[j].Hi, a.wide[j].Lo, 1
			cmp = 0
		}
		if a.values != nil {
			if err := a.values.keep(w, j, sign[j], s.n == 0 || cmp == 0, func(x types.Value, ok bool) error {
				*s = wideSlot{lo: uint64(x.I), hi: x.Hi}
				if a.form == formFine {
					*s = wideSlot{lo: uint64(x.Hi), hi: x.I}
				}
				if ok {
					s.n = 1
				}
				return nil
			}); err != nil {
				return err
			}
		}
		if w.after != nil && w.after[j] == 0 {
			*s = wideSlot{}
		}
		if w.both != nil {
			a.putWide(w.both, 2*j+1, s)
		}
	}
	return nil
}

func (a *accumulator) updateExtremeText(w *work, sign []int8) error {
	col := w.batch.Cols[a.arg]
	for j, id := range w.ids {
		s := slot[textSlot](w.table, id, a.at)
		if w.both != nil {
			a.putText(w.table, w.both, 2*j, s)
		}
		if sign[j] != 0 || a.values != nil {
			x := col.Bytes(int(w.rows[j]))
			have := string(w.table.RefBytes(&s.r))
			if sign[j] > 0 && (s.n == 0 || a.better(compareText(string(x), have))) {
				if err := w.table.SetRef(&s.r, x); err != nil {
					return err
				}
				s.n, have = 1, string(x)
			}
			if a.values != nil {
				if err := a.values.keep(w, j, sign[j], s.n == 0 || have == string(x), func(x types.Value, ok bool) error {
					s.n = 0
					if ok {
						s.n = 1
					}
					return w.table.SetRef(&s.r, []byte(x.S))
				}); err != nil {
					return err
				}
			}
		}
		if w.after != nil && w.after[j] == 0 {
			s.n = 0
			if err := w.table.SetRef(&s.r, nil); err != nil {
				return err
			}
		}
		if w.both != nil {
			a.putText(w.table, w.both, 2*j+1, s)
		}
	}
	return nil
}

func compareText(x, y string) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
