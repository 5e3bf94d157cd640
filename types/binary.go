package types

import (
	"encoding/binary"
	"fmt"
	"math"
)

// AppendBinary appends v, of type t, in a form that is equal for equal values and that
// ReadBinary reads back: one byte 0 for NULL or 1, then 8 bytes for BOOLEAN, integers,
// dates and times, floats (their bits), 16 for DECIMAL and timestamps, a length
// and the bytes for text, the fields of a ROW, a count and the elements of lists. It is a
// part of the state's format.
func AppendBinary(dst []byte, v Value, t Type) []byte {
	if v.Null {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	le := binary.LittleEndian
	switch t.Kind {
	case Float, Double:
		return le.AppendUint64(dst, math.Float64bits(v.F))
	case Decimal, Timestamp, TimestampLTZ:
		return le.AppendUint64(le.AppendUint64(dst, uint64(v.I)), uint64(v.Hi))
	case Char, VarChar, Binary, VarBinary:
		return append(le.AppendUint32(dst, uint32(len(v.S))), v.S...)
	case Row:
		for i, f := range t.Fields {
			dst = AppendBinary(dst, v.Elems[i], f.Type)
		}
		return dst
	case Array, Multiset, Map:
		dst = le.AppendUint32(dst, uint32(len(v.Elems)))
		for i, e := range v.Elems {
			dst = AppendBinary(dst, e, elementType(t, i))
		}
		return dst
	}
	return le.AppendUint64(dst, uint64(v.I))
}

// elementType is the type of Elems[i] of a list value.
func elementType(t Type, i int) Type {
	switch {
	case t.Kind == Map && i%2 == 0:
		return *t.Key
	case t.Kind == Multiset && i%2 == 1:
		return TInt
	}
	return *t.Elem
}

// ReadBinary reads what AppendBinary wrote, all of it.
func ReadBinary(b []byte, t Type) (Value, error) {
	v, rest, err := readBinary(b, t)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes are left behind a stored %v", len(rest), t.Kind)
	}
	return v, err
}

func readBinary(b []byte, t Type) (v Value, rest []byte, err error) {
	short := fmt.Errorf("a stored value is cut short")
	if len(b) < 1 {
		return v, nil, short
	}
	if b[0] == 0 {
		return NullValue, b[1:], nil
	}
	b = b[1:]
	le := binary.LittleEndian
	need := 8
	switch t.Kind {
	case Decimal, Timestamp, TimestampLTZ:
		need = 16
	case Char, VarChar, Binary, VarBinary, Array, Multiset, Map:
		need = 4
	case Row:
		need = 0
	}
	if len(b) < need {
		return v, nil, short
	}
	switch t.Kind {
	case Float, Double:
		return Value{F: math.Float64frombits(le.Uint64(b))}, b[8:], nil
	case Decimal, Timestamp, TimestampLTZ:
		return Value{I: int64(le.Uint64(b)), Hi: int64(le.Uint64(b[8:]))}, b[16:], nil
	case Char, VarChar, Binary, VarBinary:
		n := int(le.Uint32(b))
		if len(b)-4 < n {
			return v, nil, short
		}
		return Value{S: string(b[4 : 4+n])}, b[4+n:], nil
	case Row:
		v.Elems = make([]Value, len(t.Fields))
		for i, f := range t.Fields {
			if v.Elems[i], b, err = readBinary(b, f.Type); err != nil {
				return v, nil, err
			}
		}
		return v, b, nil
	case Array, Multiset, Map:
		n := int(le.Uint32(b))
		b = b[4:]
		if n > len(b) {
			return v, nil, short
		}
		v.Elems = make([]Value, n)
		for i := range v.Elems {
			if v.Elems[i], b, err = readBinary(b, elementType(t, i)); err != nil {
				return v, nil, err
			}
		}
		return v, b, nil
	}
	return Value{I: int64(le.Uint64(b))}, b[8:], nil
}
