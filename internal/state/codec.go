package state

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"github.com/zeebo/xxh3"

	"tidemark.dev/internal/invariants"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Codec turns columns into rows of bytes and back: the form of keys in tables, of
// rows in joins, of entries in the epoch log. Equal rows have equal bytes, so keys are
// compared and hashed as bytes. The encoding of a row is:
//
//	a bitmap of the nullable columns, bit set where NULL, in whole bytes (absent if
//	all are NOT NULL), then each column in order, NULLs of fixed width as zeros, NULLs
//	of variable width as nothing:
//	  BOOLEAN 1 byte, 32-bit layouts 4, 64-bit 8, wide DECIMAL 16 (low half first), fine
//	  timestamps 12, all little-endian; text a length of 4 bytes and the bytes;
//	  ROW and lists a length of 4 bytes and the value as types.AppendBinary writes it.
//
// If every column has a fixed width, so has the row (Width).
type Codec struct {
	types     []types.Type
	nullBytes int
	nullBit   []int // bit of each column; -1: NOT NULL
	width     int   // 0: rows vary
	fixed     []int // width of each column; 0: it varies
	least     int   // what all rows have: the bitmap and the columns of fixed width
}

// NewCodec makes the codec of rows of these column types.
func NewCodec(ts []types.Type) *Codec {
	c := &Codec{types: ts, nullBit: make([]int, len(ts))}
	n := 0
	for i, t := range ts {
		c.nullBit[i] = -1
		if !t.NotNull {
			c.nullBit[i] = n
			n++
		}
	}
	c.nullBytes = (n + 7) / 8
	c.least = c.nullBytes
	varies := false
	for _, t := range ts {
		w := fixedWidth(t)
		c.fixed = append(c.fixed, w)
		c.least += w
		varies = varies || w == 0
	}
	if !varies {
		c.width = c.least
	}
	return c
}

// Width is the length of every row, or 0 if rows vary.
func (c *Codec) Width() int { return c.width }

// Types are the columns' types.
func (c *Codec) Types() []types.Type { return c.types }

func fixedWidth(t types.Type) int {
	switch vector.LayoutOf(t) {
	case vector.Bools:
		return 1
	case vector.Int32s, vector.Float32s:
		return 4
	case vector.Int64s, vector.Float64s:
		return 8
	case vector.Int128s:
		return 16
	case vector.Fine:
		return 12
	}
	return 0
}

// Keys are encoded rows: row j is Data[At[j]:At[j+1]], and Hash[j] its hash, of which the
// top byte is the key group. They are valid until the Encoder's next Encode.
type Keys struct {
	Data []byte
	At   []int32
	Hash []uint64
}

// Len is the number of rows.
func (k *Keys) Len() int { return len(k.Hash) }

// Row is the encoding of row j.
func (k *Keys) Row(j int) []byte { return k.Data[k.At[j]:k.At[j+1]] }

// Poison overwrites keys that are not valid any more: see package invariants.
func (k *Keys) Poison() {
	invariants.Fill(k.Data)
	for j := range k.Hash {
		k.Hash[j] = 0xDBDBDBDBDBDBDBDB
	}
}

// KeyGroups is the number of key groups, and so the greatest parallelism. It is part
// of the state's format.
const KeyGroups = 256

// KeyGroup is the key group of a hash.
func KeyGroup(hash uint64) int { return int(hash >> 56) }

// TaskOf is the task among n that owns a hash's key group.
func TaskOf(hash uint64, n int) int { return int(hash>>56) * n / KeyGroups }

// Hash is the hash of an encoded row. It is part of the state's format.
func Hash(row []byte) uint64 {
	if len(row) == 8 {
		return hash8(binary.LittleEndian.Uint64(row))
	}
	if len(row) > 8 && len(row) <= 16 {
		return hash16(row)
	}
	return xxh3.Hash(row)
}

// hash16 is XXH3 (64 bits, no seed) of 9 to 16 bytes, here so that it is inlined into loops:
// one nullable number is a key of 9 bytes. The constants are bytes 24 to 39 and 40 to 55 of its secret,
// each half xor the other.
func hash16(b []byte) uint64 {
	lo := binary.LittleEndian.Uint64(b) ^ 0x6782737bea4239b9
	end := binary.LittleEndian.Uint64(b[len(b)-8:]) ^ 0xaf56bc3b0996523a
	h1, h2 := bits.Mul64(lo, end)
	x := uint64(len(b)) + bits.ReverseBytes64(lo) + end + (h1 ^ h2)
	x = (x ^ x>>37) * 0x165667919e3779f9
	return x ^ x>>32
}

func hash8(x uint64) uint64 {
	hi, lo := bits.Mul64(x^0x9e3779b97f4a7c15, 0xa0761d6478bd642f^x>>32)
	x = hi ^ lo
	x ^= x >> 29
	x *= 0xff51afd7ed558ccd
	return x ^ x>>32
}

// Encoder encodes batches. It owns its buffers and belongs to one task.
type Encoder struct {
	codec  *Codec
	keys   Keys
	cursor []int32
}

// NewEncoder returns an encoder of the codec's rows.
func (c *Codec) NewEncoder() *Encoder { return &Encoder{codec: c} }

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// Encode encodes the given columns of the rows of sel (nil: all n), in order: the
// j-th key is the j-th selected row. Columns may have any encoding.
func (e *Encoder) Encode(cols []*vector.Vector, sel []int32, n int) *Keys {
	count := n
	if sel != nil {
		count = len(sel)
	}
	k := &e.keys
	if invariants.Enabled { // what was encoded before is not valid any more
		k.Poison()
		*k = Keys{}
	}
	k.At, k.Hash = resize(k.At, count+1), resize(k.Hash, count)
	if e.codec.width == 8 && e.codec.nullBytes == 0 && len(cols) == 1 && cols[0].Layout() == vector.Int64s && cols[0].Encoding() == vector.Flat {
		e.encodeInt64(cols[0].Int64s(), sel, count)
		return k
	}
	flat := make([]*vector.Vector, len(cols))
	for i, c := range cols {
		if c.Encoding() == vector.Dictionary {
			c = c.Flatten()
		}
		flat[i] = c
	}
	e.measure(flat, sel, count)
	e.cursor = resize(e.cursor, count)
	copy(e.cursor, k.At[:count])
	if nb := int32(e.codec.nullBytes); nb > 0 {
		for j, p := range e.cursor {
			if nb == 1 {
				k.Data[p] = 0
			} else {
				clear(k.Data[p : p+nb])
			}
			e.cursor[j] = p + nb
		}
	}
	for i, c := range flat {
		e.column(i, c, sel, count)
	}
	for j := 0; j < count; j++ {
		k.Hash[j] = Hash(k.Data[k.At[j]:k.At[j+1]])
	}
	return k
}

func (e *Encoder) encodeInt64(v []int64, sel []int32, count int) {
	k := &e.keys
	k.Data = resize(k.Data, 8*count)
	out := unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(k.Data))), count)
	if sel == nil {
		copy(out, v[:count])
	} else {
		for j, i := range sel {
			out[j] = v[i]
		}
	}
	for j, x := range out {
		k.At[j] = int32(8 * j)
		k.Hash[j] = hash8(uint64(x))
	}
	k.At[count] = int32(8 * count)
}

// measure fills At and sizes Data.
func (e *Encoder) measure(cols []*vector.Vector, sel []int32, count int) {
	k := &e.keys
	if w := e.codec.width; w > 0 {
		for j := range k.At {
			k.At[j] = int32(j * w)
		}
	} else {
		for j := range k.At {
			k.At[j] = int32(e.codec.least)
		}
		for x, c := range cols {
			if e.codec.fixed[x] == 0 {
				e.measureColumn(c, sel, count)
			}
		}
		total := int32(0)
		for j, n := range k.At[:count] {
			k.At[j] = total
			total += n
		}
		k.At[count] = total
	}
	k.Data = resize(k.Data, int(k.At[count]))
}

// measureColumn adds the sizes of a varying column to the rows' in At.
func (e *Encoder) measureColumn(c *vector.Vector, sel []int32, count int) {
	at := e.keys.At
	if c.Layout() == vector.Texts && c.Valid() == nil {
		views, mask := c.Views(), c.Mask()
		for j := 0; j < count; j++ {
			i := j
			if sel != nil {
				i = int(sel[j])
			}
			at[j] += int32(4 + views[i&mask].Len())
		}
		return
	}
	for j := 0; j < count; j++ {
		i := j
		if sel != nil {
			i = int(sel[j])
		}
		at[j] += int32(valueSize(c, i))
	}
}

func valueSize(v *vector.Vector, i int) int {
	if v.IsNull(i) {
		return 0
	}
	switch v.Layout() {
	case vector.Texts:
		return 4 + len(v.Bytes(i))
	case vector.Rows, vector.Lists:
		return 4 + len(types.AppendBinary(nil, v.Value(i), v.Type))
	}
	panic("state: a fixed width was expected")
}

// column writes one column of all rows at their cursors.
func (e *Encoder) column(x int, v *vector.Vector, sel []int32, count int) {
	bit, data, cur := e.codec.nullBit[x], e.keys.Data, e.cursor
	at, mask := e.keys.At, v.Mask()
	w := int32(e.codec.fixed[x])
	valid := v.Valid()
	if valid == nil && v.Layout() == vector.Int64s {
		e.columnInt64(v.Int64s(), mask, sel)
		return
	}
	for j := 0; j < count; j++ {
		i := j
		if sel != nil {
			i = int(sel[j])
		}
		i &= mask
		p := cur[j]
		if valid != nil && valid[i>>6]>>(uint(i)&63)&1 == 0 {
			if bit < 0 {
				panic(fmt.Sprintf("state: NULL in column %d, declared NOT NULL", x))
			}
			data[at[j]+int32(bit>>3)] |= 1 << (bit & 7)
			clear(data[p : p+w])
			cur[j] += w
			continue
		}
		switch v.Layout() {
		case vector.Bools:
			data[p] = 0
			if v.Bools()[i] {
				data[p] = 1
			}
		case vector.Int32s:
			binary.LittleEndian.PutUint32(data[p:], uint32(v.Int32s()[i]))
		case vector.Int64s:
			binary.LittleEndian.PutUint64(data[p:], uint64(v.Int64s()[i]))
		case vector.Float32s:
			binary.LittleEndian.PutUint32(data[p:], math.Float32bits(v.Float32s()[i]))
		case vector.Float64s:
			binary.LittleEndian.PutUint64(data[p:], math.Float64bits(v.Float64s()[i]))
		case vector.Int128s:
			d := v.Int128s()[i]
			binary.LittleEndian.PutUint64(data[p:], d.Lo)
			binary.LittleEndian.PutUint64(data[p+8:], uint64(d.Hi))
		case vector.Fine:
			binary.LittleEndian.PutUint64(data[p:], uint64(v.Int64s()[i]))
			binary.LittleEndian.PutUint32(data[p+8:], uint32(v.Int32s()[i]))
		case vector.Texts:
			b := v.Bytes(i)
			binary.LittleEndian.PutUint32(data[p:], uint32(len(b)))
			copy(data[p+4:], b)
			cur[j] += int32(4 + len(b))
			continue
		default:
			b := types.AppendBinary(nil, v.Value(i), v.Type)
			binary.LittleEndian.PutUint32(data[p:], uint32(len(b)))
			copy(data[p+4:], b)
			cur[j] += int32(4 + len(b))
			continue
		}
		cur[j] += w
	}
}

// columnInt64 is column for the commonest keys: 64 bits, none of them NULL.
func (e *Encoder) columnInt64(v []int64, mask int, sel []int32) {
	data, cur := e.keys.Data, e.cursor
	if sel == nil {
		for j, p := range cur {
			binary.LittleEndian.PutUint64(data[p:], uint64(v[j&mask]))
			cur[j] = p + 8
		}
		return
	}
	for j, p := range cur {
		binary.LittleEndian.PutUint64(data[p:], uint64(v[int(sel[j])&mask]))
		cur[j] = p + 8
	}
}

// Decode appends encoded rows to columns, builders of the codec's types. The bytes must
// be what Encode made; a row that is cut short is an error, not a panic.
func (c *Codec) Decode(rows [][]byte, cols []*vector.Vector) error {
	for _, row := range rows {
		if err := c.DecodeRow(row, cols); err != nil {
			return err
		}
	}
	return nil
}

// DecodeRow appends one encoded row.
func (c *Codec) DecodeRow(row []byte, cols []*vector.Vector) error {
	if len(row) < c.nullBytes {
		return errCut
	}
	p := c.nullBytes
	for x, col := range cols {
		bit := c.nullBit[x]
		w := c.fixed[x]
		if bit >= 0 && row[bit>>3]>>(bit&7)&1 != 0 {
			col.AppendNull()
			p += w
			continue
		}
		if len(row) < p+max(w, 4) && w != 1 || len(row) < p+w {
			return errCut
		}
		switch col.Layout() {
		case vector.Bools:
			col.AppendBool(row[p] != 0)
		case vector.Int32s:
			col.AppendInt32(int32(binary.LittleEndian.Uint32(row[p:])))
		case vector.Int64s:
			col.AppendInt64(int64(binary.LittleEndian.Uint64(row[p:])))
		case vector.Float32s:
			col.AppendFloat32(math.Float32frombits(binary.LittleEndian.Uint32(row[p:])))
		case vector.Float64s:
			col.AppendFloat64(math.Float64frombits(binary.LittleEndian.Uint64(row[p:])))
		case vector.Int128s:
			col.AppendInt128(types.Int128{Lo: binary.LittleEndian.Uint64(row[p:]), Hi: int64(binary.LittleEndian.Uint64(row[p+8:]))})
		case vector.Fine:
			col.AppendFine(int64(binary.LittleEndian.Uint64(row[p:])), int32(binary.LittleEndian.Uint32(row[p+8:])))
		default:
			n := int(binary.LittleEndian.Uint32(row[p:]))
			if n < 0 || len(row)-p-4 < n {
				return errCut
			}
			b := row[p+4 : p+4+n]
			w = 4 + n
			if col.Layout() == vector.Texts {
				col.AppendBytes(b)
				break
			}
			v, err := types.ReadBinary(b, col.Type)
			if err != nil {
				return err
			}
			col.AppendValue(v)
		}
		p += w
	}
	return nil
}

// length is the length of the encoded row that b begins with, at most len(b).
func (c *Codec) length(b []byte) int {
	if c.width > 0 || len(c.types) == 0 {
		return min(c.width, len(b))
	}
	p := c.nullBytes
	for x := range c.types {
		w := c.fixed[x]
		if w == 0 {
			if bit := c.nullBit[x]; bit >= 0 && len(b) > bit>>3 && b[bit>>3]>>(bit&7)&1 != 0 {
				continue
			}
			if len(b) < p+4 {
				return len(b)
			}
			w = 4 + int(binary.LittleEndian.Uint32(b[p:]))
		}
		p += w
	}
	return min(p, len(b))
}

// pairHash is the hash of a key in two parts: the key group is the first part's.
func pairHash(first, second uint64) uint64 {
	return first>>56<<56 | hash8(first^bits.RotateLeft64(second, 23))>>8
}

// PairEncoder encodes keys of two parts: a prefix that decides the key group, and
// the rest.
type PairEncoder struct {
	prefix, rest *Encoder
	keys         Keys
}

// NewPairEncoder returns an encoder of keys whose first part is of codec prefix.
func NewPairEncoder(prefix, rest *Codec) *PairEncoder {
	return &PairEncoder{prefix: prefix.NewEncoder(), rest: rest.NewEncoder()}
}

// Encode encodes both parts of the selected rows, as Encoder.Encode. prefixes are the
// keys of the first part alone. Both are valid until the next Encode.
func (e *PairEncoder) Encode(prefix, rest []*vector.Vector, sel []int32, n int) (pairs, prefixes *Keys) {
	p := e.prefix.Encode(prefix, sel, n)
	return e.EncodeRest(p, rest, sel, n), p
}

// EncodeRest is Encode for prefixes that are encoded already.
func (e *PairEncoder) EncodeRest(p *Keys, rest []*vector.Vector, sel []int32, n int) *Keys {
	r := e.rest.Encode(rest, sel, n)
	k := &e.keys
	count := p.Len()
	k.Data, k.At, k.Hash = resize(k.Data, len(p.Data)+len(r.Data))[:0], resize(k.At, count+1), resize(k.Hash, count)
	for j := 0; j < count; j++ {
		k.At[j] = int32(len(k.Data))
		k.Data = append(append(k.Data, p.Row(j)...), r.Row(j)...)
		k.Hash[j] = pairHash(p.Hash[j], r.Hash[j])
	}
	k.At[count] = int32(len(k.Data))
	return k
}

var errCut = fmt.Errorf("an encoded row is cut short")
