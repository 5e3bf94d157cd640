package vector

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"tidemark.dev/types"
)

// Layout is how the slots of a vector are laid out in memory. Several logical
// types share a layout, so that a kernel is written once for all of them.
type Layout uint8

const (
	NoLayout Layout = iota
	Bools           // BOOLEAN: one bool a row
	Int32s          // TINYINT, SMALLINT, INT, DATE, TIME, INTERVAL of months
	Int64s          // BIGINT, DECIMAL(p<=18) unscaled, TIMESTAMP and TIMESTAMP_LTZ (p<=6) in microseconds, INTERVAL of milliseconds
	Int128s         // DECIMAL(p>18) unscaled
	Float32s        // FLOAT
	Float64s        // DOUBLE
	Fine            // TIMESTAMP and TIMESTAMP_LTZ (p>6): Int64 microseconds and Int32 further nanoseconds, 12 bytes a row
	Texts           // CHAR, VARCHAR, BINARY, VARBINARY: a View a row into the vector's buffers
	Rows            // ROW: one child vector a field, and a validity of its own
	Lists           // ARRAY, MULTISET, MAP: offsets into child vectors (MAP: keys, values; MULTISET: values, counts)
)

// LayoutOf returns the layout of the columns of type t. The type of a bare NULL
// has the layout of BOOLEAN.
func LayoutOf(t types.Type) Layout {
	switch t.Kind {
	case types.Boolean, types.Null:
		return Bools
	case types.TinyInt, types.SmallInt, types.Int, types.Date, types.Time, types.IntervalMonth:
		return Int32s
	case types.BigInt, types.IntervalDay:
		return Int64s
	case types.Decimal:
		if t.Precision > 18 {
			return Int128s
		}
		return Int64s
	case types.Timestamp, types.TimestampLTZ:
		if t.Precision > 6 {
			return Fine
		}
		return Int64s
	case types.Float:
		return Float32s
	case types.Double:
		return Float64s
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		return Texts
	case types.Row:
		return Rows
	case types.Array, types.Multiset, types.Map:
		return Lists
	}
	return NoLayout
}

// Encoding says how slots map to rows.
type Encoding uint8

const (
	Flat       Encoding = iota // slot i is row i
	Constant                   // slot 0 is every row
	Dictionary                 // slot Indexes()[i] of Dict() is row i
)

// View is a text of a Texts vector: 16 bytes, no pointer. A text of at most 12
// bytes lies in the view itself; a longer one shows its first four bytes and where
// in the vector's buffers it lies, so that most comparisons need no second look.
type View struct {
	n      uint32
	prefix [4]byte
	buffer uint32
	offset uint32
}

// InlineText is the length of the longest text that a View holds in itself.
const InlineText = 12

// Len is the length of the text in bytes.
func (w View) Len() int { return int(w.n) }

func (w *View) inline() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&w.prefix)), InlineText)[:w.n]
}

// Vector is one column. The zero Vector is not usable: see New, NewConstant and
// NewDictionary. A vector under construction grows by the Append methods or, in a
// kernel, is sized at once by New and written through its slices.
type Vector struct {
	Type   types.Type
	layout Layout
	enc    Encoding
	n      int      // rows
	valid  []uint64 // bit i of slot i; nil: no slot is NULL

	bools  []bool
	int32s []int32
	int64s []int64
	wide   []types.Int128
	f32s   []float32
	f64s   []float64
	views  []View
	bufs   [][]byte
	static uint64 // bit i: buffer i belongs to the program, and not to this vector

	indexes []int32 // of a dictionary
	dict    *Vector

	offsets []int32 // of Lists, n+1 of them
	kids    []*Vector
}

// New returns a flat vector of n rows, all valid, its slots zero (texts empty).
// Lists and Rows start with empty children of the right types.
func New(t types.Type, n int) *Vector {
	v := &Vector{Type: t, layout: LayoutOf(t)}
	v.grow(n, n)
	return v
}

// NewBuilder returns an empty flat vector with room for n rows, to be appended to.
func NewBuilder(t types.Type, n int) *Vector {
	v := &Vector{Type: t, layout: LayoutOf(t)}
	v.grow(0, n)
	return v
}

func (v *Vector) grow(n, room int) {
	v.n = n
	switch v.layout {
	case Bools:
		v.bools = make([]bool, n, room)
	case Int32s:
		v.int32s = make([]int32, n, room)
	case Int64s:
		v.int64s = make([]int64, n, room)
	case Int128s:
		v.wide = make([]types.Int128, n, room)
	case Float32s:
		v.f32s = make([]float32, n, room)
	case Float64s:
		v.f64s = make([]float64, n, room)
	case Fine:
		v.int64s = make([]int64, n, room)
		v.int32s = make([]int32, n, room)
	case Texts:
		v.views = make([]View, n, room)
	case Rows:
		v.kids = make([]*Vector, len(v.Type.Fields))
		for i, f := range v.Type.Fields {
			v.kids[i] = &Vector{Type: f.Type, layout: LayoutOf(f.Type)}
			v.kids[i].grow(n, room)
		}
	case Lists:
		v.offsets = make([]int32, n+1, room+1)
		elem := *v.Type.Elem
		switch v.Type.Kind {
		case types.Map:
			v.kids = []*Vector{NewBuilder(*v.Type.Key, room), NewBuilder(elem, room)}
		case types.Multiset:
			v.kids = []*Vector{NewBuilder(elem, room), NewBuilder(types.TInt.Required(), room)}
		default:
			v.kids = []*Vector{NewBuilder(elem, room)}
		}
	default:
		panic(fmt.Sprintf("vector: no layout for %v", v.Type.Kind))
	}
}

// NewConstant returns a vector of n rows that all hold x.
func NewConstant(t types.Type, x types.Value, n int) *Vector {
	v := NewBuilder(t, 1)
	v.AppendValue(x)
	v.enc, v.n = Constant, n
	return v
}

// NewDictionary returns a vector whose row i is row indexes[i] of dict, which must
// be flat. It keeps both; they may not change any more.
func NewDictionary(dict *Vector, indexes []int32) *Vector {
	return &Vector{Type: dict.Type, layout: dict.layout, enc: Dictionary, n: len(indexes), indexes: indexes, dict: dict}
}

// Len is the number of rows.
func (v *Vector) Len() int { return v.n }

// Layout tells which of the slices holds the slots.
func (v *Vector) Layout() Layout { return v.layout }

// Encoding tells how rows find their slots.
func (v *Vector) Encoding() Encoding { return v.enc }

// The slots, by layout. They are indexed by row in a flat vector; a constant has one
// slot; of a dictionary read Dict. Fine has both Int64s (microseconds) and Int32s
// (further nanoseconds).
func (v *Vector) Bools() []bool           { return v.bools }
func (v *Vector) Int32s() []int32         { return v.int32s }
func (v *Vector) Int64s() []int64         { return v.int64s }
func (v *Vector) Int128s() []types.Int128 { return v.wide }
func (v *Vector) Float32s() []float32     { return v.f32s }
func (v *Vector) Float64s() []float64     { return v.f64s }
func (v *Vector) Views() []View           { return v.views }

// Indexes and Dict are the parts of a dictionary vector.
func (v *Vector) Indexes() []int32 { return v.indexes }

// Dict is the flat vector that a dictionary's indexes point into.
func (v *Vector) Dict() *Vector { return v.dict }

// Child is field i of a ROW (as long as the row vector itself), or a child of a
// list: the elements, or keys (0) and values (1) of a MAP, values and counts of a MULTISET.
func (v *Vector) Child(i int) *Vector { return v.kids[i] }

// SetChild replaces field i of a ROW; the child has as many rows as v.
func (v *Vector) SetChild(i int, kid *Vector) { v.kids[i] = kid }

// Span is where the elements of list row i lie in the children.
func (v *Vector) Span(i int) (from, to int) { return int(v.offsets[i]), int(v.offsets[i+1]) }

// Mask is what a flat or constant vector's row number is and-ed with to find its
// slot: -1 or 0. Kernels over both need one loop: a[i&mask].
func (v *Vector) Mask() int {
	if v.enc == Constant {
		return 0
	}
	return -1
}

// slot maps a row to its slot and the vector that holds it.
func (v *Vector) slot(i int) (*Vector, int) {
	switch v.enc {
	case Constant:
		return v, 0
	case Dictionary:
		return v.dict, int(v.indexes[i])
	}
	return v, i
}

// --- NULL ---------------------------------------------------------------------

// Valid is the validity bitmap over the slots; nil means that no slot is NULL.
// It is never nil-and-then-some: a dictionary's NULLs are those of Dict.
func (v *Vector) Valid() []uint64 { return v.valid }

// SetValid replaces the bitmap (nil: none NULL); v keeps it.
func (v *Vector) SetValid(bits []uint64) { v.valid = bits }

// HasNulls may be true though no row is NULL; false is certain.
func (v *Vector) HasNulls() bool {
	if v.enc == Dictionary {
		return v.dict.valid != nil
	}
	return v.valid != nil
}

// IsNull tells whether row i is NULL, in any encoding. For loops over many rows
// prefer Valid.
func (v *Vector) IsNull(i int) bool {
	v, i = v.slot(i)
	return v.valid != nil && v.valid[i>>6]>>(uint(i)&63)&1 == 0
}

// SetNull makes slot i of a flat vector NULL. Its slot keeps whatever it holds.
func (v *Vector) SetNull(i int) {
	v.wantValid()
	v.valid[i>>6] &^= 1 << (uint(i) & 63)
}

func (v *Vector) wantValid() {
	if need := (v.n + 63) >> 6; len(v.valid) < need {
		if v.valid == nil {
			v.valid = make([]uint64, 0, max(need, 16))
		}
		for len(v.valid) < need {
			v.valid = append(v.valid, ^uint64(0))
		}
	}
}

// Bit reads bit i of a validity bitmap, where nil is all ones.
func Bit(bits []uint64, i int) bool { return bits == nil || bits[i>>6]>>(uint(i)&63)&1 != 0 }

// AndValid combines the validities of a and b, two vectors of n rows in flat or
// constant encoding, into a bitmap over rows: what a kernel gives that answers NULL
// for any NULL. The result may be shared with a or b.
func AndValid(a, b *Vector, n int) []uint64 {
	x, y := a.rowBits(n), b.rowBits(n)
	if x == nil {
		return y
	}
	if y == nil {
		return x
	}
	z := make([]uint64, (n+63)>>6)
	for i := range z {
		z[i] = x[i] & y[i]
	}
	return z
}

func (v *Vector) rowBits(n int) []uint64 {
	if v.enc != Constant || v.valid == nil || v.valid[0]&1 != 0 {
		if v.enc == Constant {
			return nil
		}
		return v.valid
	}
	return make([]uint64, (n+63)>>6)
}

// --- text ----------------------------------------------------------------------

// Bytes returns the text of row i in any encoding, without copying: it is valid as
// long as the vector, and of a short text only as long as the vector is not grown.
func (v *Vector) Bytes(i int) []byte {
	v, i = v.slot(i)
	w := &v.views[i]
	if w.n <= InlineText {
		return w.inline()
	}
	return v.bufs[w.buffer][w.offset : w.offset+w.n]
}

// SetBytes copies b into slot i of a flat vector.
func (v *Vector) SetBytes(i int, b []byte) { v.views[i] = v.store(b) }

// SetView makes slot i a view of b without copying its bytes: b must be a part of
// the buffer that AddBuffer returned this number for, beginning at offset.
func (v *Vector) SetView(i int, buffer, offset int, b []byte) {
	v.views[i] = makeView(buffer, offset, b)
}

// SetViewOf is SetView of data[from:to], where data is the whole buffer of this number. It
// is quicker where data goes on behind the text.
func (v *Vector) SetViewOf(i, buffer int, data []byte, from, to int) {
	w := &v.views[i]
	n := to - from
	if n > InlineText {
		w.n, w.prefix = uint32(n), [4]byte(data[from:to])
		w.buffer, w.offset = uint32(buffer), uint32(from)
		return
	}
	if from+InlineText > len(data) {
		*w = makeView(buffer, from, data[from:to])
		return
	}
	b := data[from : from+InlineText]
	first, rest := uint64(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint64(b[4:])
	first &= 1<<(8*uint(n)) - 1
	if n <= 4 {
		rest = 0
	} else {
		rest &= 1<<(8*uint(n-4)) - 1
	}
	*w.halves() = [2]uint64{uint64(n) | first<<32, rest}
}

// AppendView appends a view of b, as SetView.
func (v *Vector) AppendView(buffer, offset int, b []byte) {
	v.views = append(v.views, makeView(buffer, offset, b))
	v.appended(true)
}

func makeView(buffer, offset int, b []byte) (w View) {
	w.n = uint32(len(b))
	if len(b) <= InlineText {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&w.prefix)), InlineText), b)
		return w
	}
	w.prefix = [4]byte(b)
	w.buffer, w.offset = uint32(buffer), uint32(offset)
	return w
}

// AddBuffer lets views point into b, which must not change any more, and returns
// its number. A decoder adds its input once and appends views of it.
func (v *Vector) AddBuffer(b []byte) int {
	v.bufs = append(v.bufs, b)
	return len(v.bufs) - 1
}

// AddStatic is AddBuffer for bytes that live as long as the program, such as the texts
// of a generator: Footprint does not count them. Only the first 64 buffers of a vector
// can be static; one beyond is counted.
func (v *Vector) AddStatic(b []byte) int {
	i := v.AddBuffer(b)
	v.static |= 1 << uint(i)
	return i
}

// ShareBuffers lets the views of src be copied into v as they are, which must have
// no text of its own yet.
func (v *Vector) ShareBuffers(src *Vector) {
	v.bufs, v.static, v.offsets = src.bufs[:len(src.bufs):len(src.bufs)], src.static, nil
}

func (v *Vector) store(b []byte) View {
	if len(b) <= InlineText {
		return makeView(0, 0, b)
	}
	last := len(v.bufs) - 1
	if last < 0 || cap(v.bufs[last])-len(v.bufs[last]) < len(b) || !v.ownsLast() {
		v.bufs = append(v.bufs, make([]byte, 0, max(len(b), min(1<<16, 4096<<uint(max(last, 0))))))
		last++
		v.offsets = append(v.offsets[:0], int32(last))
	}
	at := len(v.bufs[last])
	v.bufs[last] = append(v.bufs[last], b...)
	return makeView(last, at, b)
}

// ownsLast: a Texts vector has no use for offsets, so they remember which buffer
// it made itself and may append to.
func (v *Vector) ownsLast() bool { return len(v.offsets) == 1 && int(v.offsets[0]) == len(v.bufs)-1 }

// --- appending -------------------------------------------------------------------

// The Append methods add one row to a flat vector of that layout.
func (v *Vector) AppendBool(x bool)       { v.bools = append(v.bools, x); v.appended(true) }
func (v *Vector) AppendInt32(x int32)     { v.int32s = append(v.int32s, x); v.appended(true) }
func (v *Vector) AppendInt64(x int64)     { v.int64s = append(v.int64s, x); v.appended(true) }
func (v *Vector) AppendFloat32(x float32) { v.f32s = append(v.f32s, x); v.appended(true) }
func (v *Vector) AppendFloat64(x float64) { v.f64s = append(v.f64s, x); v.appended(true) }

// AppendInt128 adds the unscaled number of a wide DECIMAL.
func (v *Vector) AppendInt128(x types.Int128) { v.wide = append(v.wide, x); v.appended(true) }

// AppendFine adds a timestamp finer than microseconds.
func (v *Vector) AppendFine(micros int64, nanos int32) {
	v.int64s = append(v.int64s, micros)
	v.int32s = append(v.int32s, nanos)
	v.appended(true)
}

// AppendBytes adds a text, copying it.
func (v *Vector) AppendBytes(b []byte) {
	v.views = append(v.views, v.store(b))
	v.appended(true)
}

// AppendList ends a row of a list: all elements appended to the children since the
// previous row are its elements.
func (v *Vector) AppendList() {
	v.offsets = append(v.offsets, int32(v.kids[0].n))
	v.appended(true)
}

// AppendRow ends a row of a ROW: each child has been appended to once.
func (v *Vector) AppendRow() { v.appended(true) }

func (v *Vector) appended(ok bool) {
	v.n++
	if v.valid != nil || !ok {
		v.wantValid()
		if !ok {
			v.SetNull(v.n - 1)
		}
	}
}

// AppendNull adds a NULL row of any layout.
func (v *Vector) AppendNull() {
	switch v.layout {
	case Bools:
		v.bools = append(v.bools, false)
	case Int32s:
		v.int32s = append(v.int32s, 0)
	case Int64s:
		v.int64s = append(v.int64s, 0)
	case Int128s:
		v.wide = append(v.wide, types.Int128{})
	case Float32s:
		v.f32s = append(v.f32s, 0)
	case Float64s:
		v.f64s = append(v.f64s, 0)
	case Fine:
		v.int64s = append(v.int64s, 0)
		v.int32s = append(v.int32s, 0)
	case Texts:
		v.views = append(v.views, View{})
	case Rows:
		for _, kid := range v.kids {
			kid.AppendNull()
		}
	case Lists:
		v.offsets = append(v.offsets, int32(v.kids[0].n))
	}
	v.appended(false)
}

// AppendValue adds one value of v's type: for literals and tests, not for hot paths.
func (v *Vector) AppendValue(x types.Value) {
	if x.Null {
		v.AppendNull()
		return
	}
	switch v.layout {
	case Bools:
		v.AppendBool(x.I != 0)
	case Int32s:
		v.AppendInt32(int32(x.I))
	case Int64s:
		v.AppendInt64(x.I)
	case Int128s:
		v.AppendInt128(types.Int128{Hi: x.Hi, Lo: uint64(x.I)})
	case Float32s:
		v.AppendFloat32(float32(x.F))
	case Float64s:
		v.AppendFloat64(x.F)
	case Fine:
		v.AppendFine(x.I, int32(x.Hi))
	case Texts:
		v.AppendBytes([]byte(x.S))
	case Rows:
		for i, kid := range v.kids {
			kid.AppendValue(x.Elems[i])
		}
		v.AppendRow()
	case Lists:
		for i, e := range x.Elems {
			v.kids[i%len(v.kids)].AppendValue(e)
		}
		v.AppendList()
	}
}

// Value returns row i, copied: for messages, printing and tests, not for hot paths.
// A DECIMAL has Hi filled with its sign whatever its layout.
func (v *Vector) Value(i int) types.Value {
	if v.IsNull(i) {
		return types.NullValue
	}
	v, i = v.slot(i)
	switch v.layout {
	case Bools:
		return types.Bool(v.bools[i])
	case Int32s:
		return types.Value{I: int64(v.int32s[i])}
	case Int64s:
		x := types.Value{I: v.int64s[i]}
		if v.Type.Kind == types.Decimal {
			x.Hi = x.I >> 63
		}
		return x
	case Int128s:
		return types.Value{I: int64(v.wide[i].Lo), Hi: v.wide[i].Hi}
	case Float32s:
		return types.Value{F: float64(v.f32s[i])}
	case Float64s:
		return types.Value{F: v.f64s[i]}
	case Fine:
		return types.Value{I: v.int64s[i], Hi: int64(v.int32s[i])}
	case Texts:
		return types.Value{S: string(v.Bytes(i))}
	case Rows:
		x := types.Value{Elems: make([]types.Value, len(v.kids))}
		for k, kid := range v.kids {
			x.Elems[k] = kid.Value(i)
		}
		return x
	case Lists:
		x := types.Value{Elems: []types.Value{}}
		for j := v.offsets[i]; j < v.offsets[i+1]; j++ {
			for _, kid := range v.kids {
				x.Elems = append(x.Elems, kid.Value(int(j)))
			}
		}
		return x
	}
	return types.NullValue
}

// --- copying ----------------------------------------------------------------------

// Flatten returns v itself if it is flat, else a flat copy that shares text buffers.
func (v *Vector) Flatten() *Vector {
	if v.enc == Flat {
		return v
	}
	rows := v.indexes
	src := v.dict
	if v.enc == Constant {
		rows, src = make([]int32, v.n), v
	}
	return src.gatherSlots(rows)
}

// Gather returns a flat vector of the given rows of v, in that order. It shares text
// buffers with v; all else is copied.
func (v *Vector) Gather(rows []int32) *Vector {
	switch v.enc {
	case Constant:
		c := *v
		c.n = len(rows)
		return &c
	case Dictionary:
		idx := make([]int32, len(rows))
		for i, r := range rows {
			idx[i] = v.indexes[r]
		}
		return v.dict.gatherSlots(idx)
	}
	return v.gatherSlots(rows)
}

func pick[T any](src []T, rows []int32) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = src[r]
	}
	return out
}

func (v *Vector) gatherSlots(rows []int32) *Vector {
	out := &Vector{Type: v.Type, layout: v.layout, n: len(rows)}
	switch v.layout {
	case Bools:
		out.bools = pick(v.bools, rows)
	case Int32s:
		out.int32s = pick(v.int32s, rows)
	case Int64s:
		out.int64s = pick(v.int64s, rows)
	case Int128s:
		out.wide = pick(v.wide, rows)
	case Float32s:
		out.f32s = pick(v.f32s, rows)
	case Float64s:
		out.f64s = pick(v.f64s, rows)
	case Fine:
		out.int64s, out.int32s = pick(v.int64s, rows), pick(v.int32s, rows)
	case Texts:
		out.views = pick(v.views, rows)
		out.ShareBuffers(v)
	case Rows:
		out.kids = make([]*Vector, len(v.kids))
		for i, kid := range v.kids {
			out.kids[i] = kid.Gather(rows)
		}
	case Lists:
		out.gatherLists(v, rows)
	}
	if v.valid != nil {
		for i, r := range rows {
			if !Bit(v.valid, int(r)) {
				out.SetNull(i)
			}
		}
	}
	return out
}

func (v *Vector) gatherLists(src *Vector, rows []int32) {
	var elems []int32
	v.offsets = make([]int32, 1, len(rows)+1)
	for _, r := range rows {
		for j := src.offsets[r]; j < src.offsets[r+1]; j++ {
			elems = append(elems, j)
		}
		v.offsets = append(v.offsets, int32(len(elems)))
	}
	v.kids = make([]*Vector, len(src.kids))
	for i, kid := range src.kids {
		v.kids[i] = kid.Gather(elems)
	}
}

// AppendFrom appends row i of src, a vector of the same layout in any encoding, to
// the flat vector v, copying text. It costs a type switch a row: for hot paths over
// many rows use Gather.
func (v *Vector) AppendFrom(src *Vector, i int) {
	if src.IsNull(i) {
		v.AppendNull()
		return
	}
	src, i = src.slot(i)
	switch v.layout {
	case Bools:
		v.AppendBool(src.bools[i])
	case Int32s:
		v.AppendInt32(src.int32s[i])
	case Int64s:
		v.AppendInt64(src.int64s[i])
	case Int128s:
		v.AppendInt128(src.wide[i])
	case Float32s:
		v.AppendFloat32(src.f32s[i])
	case Float64s:
		v.AppendFloat64(src.f64s[i])
	case Fine:
		v.AppendFine(src.int64s[i], src.int32s[i])
	case Texts:
		v.AppendBytes(src.Bytes(i))
	case Rows:
		for k, kid := range v.kids {
			kid.AppendFrom(src.kids[k], i)
		}
		v.AppendRow()
	case Lists:
		for j := src.offsets[i]; j < src.offsets[i+1]; j++ {
			for k, kid := range v.kids {
				kid.AppendFrom(src.kids[k], int(j))
			}
		}
		v.AppendList()
	}
}

// Truncate drops all rows of a flat vector from row n on: how a decoder takes back
// the part of a record that turned out to be bad. Children are cut with it.
func (v *Vector) Truncate(n int) {
	if n >= v.n {
		return
	}
	v.n = n
	switch v.layout {
	case Bools:
		v.bools = v.bools[:n]
	case Int32s:
		v.int32s = v.int32s[:n]
	case Int64s:
		v.int64s = v.int64s[:n]
	case Int128s:
		v.wide = v.wide[:n]
	case Float32s:
		v.f32s = v.f32s[:n]
	case Float64s:
		v.f64s = v.f64s[:n]
	case Fine:
		v.int64s, v.int32s = v.int64s[:n], v.int32s[:n]
	case Texts:
		v.views = v.views[:n]
	case Rows:
		for _, kid := range v.kids {
			kid.Truncate(n)
		}
	case Lists:
		v.offsets = v.offsets[:n+1]
		for _, kid := range v.kids {
			kid.Truncate(int(v.offsets[n]))
		}
	}
	if v.valid != nil {
		if words := (n + 63) >> 6; words < len(v.valid) {
			v.valid = v.valid[:words]
		}
		if n&63 != 0 { // later appends expect ones beyond the end
			v.valid[n>>6] |= ^uint64(0) << (uint(n) & 63)
		}
	}
}

// Retype returns v under another type of the same layout: a cast that changes
// nothing but the name. The slots are shared.
func (v *Vector) Retype(t types.Type) *Vector {
	out := *v
	out.Type = t
	if v.dict != nil {
		out.dict = v.dict.Retype(t)
	}
	return &out
}

// Prefix is the first four bytes of a view as a number that orders as the bytes do.
func (w View) Prefix() uint32 { return binary.BigEndian.Uint32(w.prefix[:]) }
