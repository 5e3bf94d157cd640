package datagen

import (
	"encoding/binary"
	mathbits "math/bits"
	"strconv"
	"time"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// generator appends a value for each key to a vector. A key is the number of a row, or
// of an element of a row's list; the same key gives the same value.
type generator interface {
	fill(v *vector.Vector, keys []uint64)
}

// mix hashes two numbers to 64 random bits.
func mix(a, b uint64) uint64 {
	hi, lo := mathbits.Mul64(a^0xA0761D6478BD642F, (b+1)*0x9E3779B97F4A7C15^a)
	x := hi ^ lo
	x ^= x >> 29
	x *= 0xBF58476D1CE4E5B9
	return x ^ x>>32
}

// below makes a number below n of 64 random bits; n = 0 stands for 2^64.
func below(random, n uint64) uint64 {
	if n == 0 {
		return random
	}
	hi, _ := mathbits.Mul64(random, n)
	return hi
}

// unit makes a number from 0 to below 1.
func unit(random uint64) float64 { return float64(random>>11) / (1 << 53) }

type booleans struct{ seed uint64 }

func (g booleans) fill(v *vector.Vector, keys []uint64) {
	for _, k := range keys {
		v.AppendBool(mix(g.seed, k)>>63 != 0)
	}
}

// integers are uniform over from and the span-1 numbers after it.
type integers struct {
	seed uint64
	from int64
	span uint64
}

func (g integers) fill(v *vector.Vector, keys []uint64) {
	if v.Layout() == vector.Int64s {
		for _, k := range keys {
			v.AppendInt64(g.from + int64(below(mix(g.seed, k), g.span)))
		}
		return
	}
	for _, k := range keys {
		v.AppendInt32(int32(g.from + int64(below(mix(g.seed, k), g.span))))
	}
}

type floats struct {
	seed     uint64
	from, to float64
}

func (g floats) fill(v *vector.Vector, keys []uint64) {
	for _, k := range keys {
		u := unit(mix(g.seed, k))
		x := float64(g.from*(1-u)) + float64(g.to*u) // the difference could overflow
		if v.Layout() == vector.Float32s {
			v.AppendFloat32(float32(x))
		} else {
			v.AppendFloat64(x)
		}
	}
}

type decimals struct {
	seed       uint64
	from, span types.Int128
	wide       bool
}

func (g decimals) fill(v *vector.Vector, keys []uint64) {
	for _, k := range keys {
		random := mix(g.seed, k)
		if !g.wide {
			v.AppendInt64(int64(g.from.Lo) + int64(below(random, g.span.Lo)))
			continue
		}
		v.AppendInt128(g.from.Add(scale(random, mix(random, k), g.span)))
	}
}

// scale is the upper half of the product of a random number hi:lo of 128 bits with n:
// a number below n. What the halves' carries add is left out, which n cannot notice.
func scale(hi, lo uint64, n types.Int128) types.Int128 {
	a, b := mathbits.Mul64(hi, uint64(n.Hi))
	c, _ := mathbits.Mul64(hi, n.Lo)
	d, _ := mathbits.Mul64(lo, uint64(n.Hi))
	low, carry := mathbits.Add64(b, c, 0)
	a += carry
	low, carry = mathbits.Add64(low, d, 0)
	return types.Int128{Hi: int64(a + carry), Lo: low}
}

type texts struct {
	seed    uint64
	length  int
	varying bool
	bytes   bool
}

func (g texts) fill(v *vector.Vector, keys []uint64) {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, g.length+8)
	for _, k := range keys {
		random := mix(g.seed, k)
		length := g.length
		if g.varying && length > 1 {
			length = 1 + int(below(mix(random, k), uint64(length-1)))
		}
		text = text[:0]
		for i := uint64(0); len(text) < length; i++ {
			word := mix(random, i)
			if g.bytes {
				text = binary.LittleEndian.AppendUint64(text, word)
				continue
			}
			for range 16 {
				text = append(text, digits[word&15])
				word >>= 4
				if len(text) == length {
					break
				}
			}
		}
		v.AppendBytes(text[:length])
	}
}

// instants lie up to so many milliseconds before now.
type instants struct {
	seed  uint64
	now   func() time.Time
	past  int64
	whole int64
}

func (g instants) fill(v *vector.Vector, keys []uint64) {
	now := g.now().UnixMilli()
	for _, k := range keys {
		at := now
		if g.past > 0 {
			at -= int64(below(mix(g.seed, k), uint64(g.past)))
		}
		at -= at % g.whole
		if v.Layout() == vector.Fine {
			v.AppendFine(at*1000, 0)
		} else {
			v.AppendInt64(at * 1000)
		}
	}
}

// clock is the current date, or time of the day, of the machine's zone.
type clock struct {
	now  func() time.Time
	kind types.Kind
}

func (g clock) fill(v *vector.Vector, keys []uint64) {
	now := g.now()
	_, offset := now.Zone()
	millis := now.UnixMilli() + int64(offset)*1000
	const day = 24 * 60 * 60 * 1000
	date := millis / day
	if g.kind == types.Time {
		date = millis % day
	}
	for range keys {
		v.AppendInt32(int32(date))
	}
}

type row struct{ fields []generator }

func (g row) fill(v *vector.Vector, keys []uint64) {
	for i, f := range g.fields {
		f.fill(v.Child(i), keys)
	}
	for range keys {
		v.AppendRow()
	}
}

// list makes lists of one length; a part is the elements, keys, values or counts.
type list struct {
	length   int
	parts    []generator
	distinct bool // of equal keys or elements only the first is kept, so lists may be shorter
}

func (g list) fill(v *vector.Vector, keys []uint64) {
	for _, k := range keys {
		elements := make([]uint64, g.length)
		for i := range elements {
			elements[i] = mix(k, uint64(i))
		}
		if g.distinct {
			elements = g.unique(v.Child(0).Type, elements)
		}
		for i, p := range g.parts {
			p.fill(v.Child(i), elements)
		}
		v.AppendList()
	}
}

// unique leaves out the elements whose first part was there before.
func (g list) unique(t types.Type, elements []uint64) []uint64 {
	v := vector.NewBuilder(t, len(elements))
	g.parts[0].fill(v, elements)
	seen := map[string]bool{}
	kept := elements[:0]
	for i, e := range elements {
		text := string(types.AppendText(nil, v.Value(i), t))
		if !seen[text] {
			seen[text] = true
			kept = append(kept, e)
		}
	}
	return kept
}

// nulls makes some of the values NULL.
type nulls struct {
	of   generator
	seed uint64
	rate float64
}

func (g nulls) fill(v *vector.Vector, keys []uint64) {
	before := v.Len()
	g.of.fill(v, keys)
	for i, k := range keys {
		if unit(mix(g.seed, k)) < g.rate {
			setNull(v, before+i)
		}
	}
}

// setNull makes a value NULL, and the fields of a ROW with it.
func setNull(v *vector.Vector, i int) {
	v.SetNull(i)
	if v.Layout() == vector.Rows {
		for k := range v.Type.Fields {
			setNull(v.Child(k), i)
		}
	}
}

// sequence counts: the row's number is added to start.
type sequence struct {
	start int64
	count uint64
	typ   types.Type
}

func (g sequence) fill(v *vector.Vector, keys []uint64) {
	var text []byte
	for _, k := range keys {
		x := g.start + int64(k)
		switch v.Layout() {
		case vector.Int32s:
			v.AppendInt32(int32(x))
		case vector.Int64s:
			v.AppendInt64(x)
		case vector.Float32s:
			v.AppendFloat32(float32(x))
		case vector.Float64s:
			v.AppendFloat64(float64(x))
		default:
			text = strconv.AppendInt(text[:0], x, 10)
			v.AppendBytes(text)
		}
	}
}
