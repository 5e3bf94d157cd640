package csv

import (
	"bytes"
	"fmt"

	"tidemark.dev/builtin/javatext"
	"tidemark.dev/types"
)

// Texts convert as in Flink: numbers as Java parses them, white space around all but
// decimals allowed; a BOOLEAN is true or else false; a DATE is [m]m and [d]d; a TIMESTAMP
// is of the SQL standard, TIMESTAMP_LTZ with a Z behind; BYTES are in base 64.

// refuse notes a fault of a field.
func (d *decoder) refuse(f *field, i int, reason string, fatal bool) bool {
	d.faultAt, d.reason, d.path, d.fatal = i, reason, f.path, fatal
	return false
}

// bad is the fate of a text that does not convert: NULL where errors are ignored, else a
// fault.
func (d *decoder) bad(f *field, text []byte, i, row int) bool {
	if d.ignore {
		return d.setNull(f, i, row)
	}
	const most = 100
	cut := ""
	if len(text) > most {
		text, cut = text[:most], "..."
	}
	hint := ""
	switch f.op {
	case opTimestamp:
		hint = "; expected one such as '2026-01-31 23:59:59.123'"
		if f.typ.Kind == types.TimestampLTZ {
			hint = "; expected one such as '2026-01-31 23:59:59.123Z'"
		}
	case opDate:
		hint = "; expected one such as '2026-01-31'"
	case opTime:
		hint = "; expected one such as '23:59:59'"
	case opBytes:
		hint = "; expected base 64"
	}
	return d.refuse(f, i, fmt.Sprintf("'%s'%s is no %v%s", text, cut, f.typ, hint), false)
}

func (d *decoder) setNull(f *field, i, row int) bool {
	if f.typ.NotNull {
		return d.refuse(f, i, "the field is NULL, but declared NOT NULL", true)
	}
	f.null(row)
	return true
}

func (d *decoder) isNull(text []byte) bool {
	return d.hasNull && string(text) == d.null || d.emptyNull && len(text) == 0
}

// convert converts the field data[i:j], whose text stands as it is.
func (d *decoder) convert(f *field, i, j int) bool {
	text := d.data[i:j]
	switch f.op {
	case opText:
		if d.isNull(text) {
			return d.setNull(f, i, d.row)
		}
		f.vec.SetViewOf(d.row, f.buffer, d.data, i, j)
		return true
	case opLong:
		if v, ok := plainInteger(text); ok && !d.isNull(text) {
			f.vec.Int64s()[d.row] = v
			return true
		}
	case opInt:
		if v, ok := plainInteger(text); ok && v >= f.least && v <= f.most && !d.isNull(text) {
			f.vec.Int32s()[d.row] = int32(v)
			return true
		}
	case opDouble:
		if v, ok := plainFloat(text); ok && !d.isNull(text) {
			f.vec.Float64s()[d.row] = v
			return true
		}
	case opTimestamp:
		if (len(text) == 23 || len(text) == 19) && i+24 <= len(d.data) && f.typ.Kind == types.Timestamp && !d.isNull(text) {
			if v, ok := javatext.UsualTimestamp(d.data[i:i+24], len(text), ' '); ok {
				f.vec.Int64s()[d.row] = v
				if f.typ.Precision > 6 {
					f.vec.Int32s()[d.row] = 0
				}
				return true
			}
		}
	}
	return d.value(f, text, i)
}

// value converts a text, which may lie aside, of the field that begins at i.
func (d *decoder) value(f *field, text []byte, i int) bool {
	switch f.op {
	case opArray:
		return d.array(f, text, i)
	case opRow:
		return d.nested(f, text, i)
	}
	return d.scalar(f, text, i, d.row)
}

// scalar converts a text into slot row of f's column, copying what must be kept.
func (d *decoder) scalar(f *field, text []byte, i, row int) bool {
	if d.isNull(text) {
		return d.setNull(f, i, row)
	}
	ok := true
	switch f.op {
	case opText:
		f.vec.SetBytes(row, text)
	case opInt:
		var v int64
		v, ok = javatext.Integer(javatext.Trim(text), f.least, f.most)
		f.vec.Int32s()[row] = int32(v)
	case opLong:
		f.vec.Int64s()[row], ok = javatext.Integer(javatext.Trim(text), f.least, f.most)
	case opDouble:
		f.vec.Float64s()[row], ok = javatext.Float(javatext.Trim(text), 64)
	case opFloat:
		var v float64
		v, ok = javatext.Float(javatext.Trim(text), 32)
		f.vec.Float32s()[row] = float32(v)
	case opDecimal:
		return d.decimal(f, text, i, row)
	case opTimestamp:
		ok = d.timestamp(f, text, row)
	case opDate:
		f.vec.Int32s()[row], ok = javatext.SQLDate(text)
	case opTime:
		var millis int32
		millis, ok = javatext.LocalTime(text)
		f.vec.Int32s()[row] = millis - millis%[...]int32{1000, 100, 10, 1}[min(f.typ.Precision, 3)]
	case opBool:
		f.vec.Bools()[row] = bytes.EqualFold(javatext.Trim(text), []byte("true"))
	case opBytes:
		if d.decoded, ok = javatext.Base64(d.decoded[:0], javatext.Trim(text)); ok {
			f.vec.SetBytes(row, d.decoded)
		}
	case opNull:
		f.null(row)
	}
	return ok || d.bad(f, text, i, row)
}

// decimal converts to a DECIMAL: rounded half up, NULL when it has too many digits.
func (d *decoder) decimal(f *field, text []byte, i, row int) bool {
	v, err := types.ParseDecimal(types.View(text), int(f.typ.Precision), int(f.typ.Scale))
	switch {
	case err == types.ErrOverflow:
		return d.setNull(f, i, row)
	case err != nil:
		return d.bad(f, text, i, row)
	case f.typ.Precision > 18:
		f.vec.Int128s()[row] = v
	default:
		f.vec.Int64s()[row] = int64(v.Lo)
	}
	return true
}

func (d *decoder) timestamp(f *field, text []byte, row int) bool {
	micros, nanos, ok := javatext.Timestamp(javatext.Trim(text), false, f.typ.Kind == types.TimestampLTZ)
	if f.typ.Precision <= 3 {
		micros -= (micros%1000 + 1000) % 1000
	}
	f.vec.Int64s()[row] = micros
	if f.typ.Precision > 6 {
		f.vec.Int32s()[row] = nanos
	}
	return ok
}

// elements calls do with each element of a nested field's text. A blank text has none.
func (d *decoder) elements(text []byte, do func(k int, element []byte) bool) (n int, ok bool) {
	if len(javatext.Trim(text)) == 0 {
		return 0, true
	}
	for {
		element, rest, more := bytes.Cut(text, d.element)
		if d.trim {
			element = javatext.Trim(element)
		}
		if !do(n, element) {
			return n, false
		}
		if n++; !more {
			return n, true
		}
		text = rest
	}
}

func (d *decoder) array(f *field, text []byte, i int) bool {
	_, ok := d.elements(text, func(_ int, element []byte) bool {
		f.elem.vec.Extend(1)
		return d.scalar(f.elem, element, i, f.elem.vec.Len()-1)
	})
	f.vec.EndList(d.row)
	return ok
}

// nested converts a ROW. A blank text is NULL.
func (d *decoder) nested(f *field, text []byte, i int) bool {
	n, ok := d.elements(text, func(k int, element []byte) bool {
		return k >= len(f.kids) || d.scalar(f.kids[k], element, i, d.row)
	})
	switch {
	case !ok:
		return false
	case n == 0:
		return d.setNull(f, i, d.row)
	case n < len(f.kids) && !d.ignore:
		return d.refuse(f, i, fmt.Sprintf("the ROW has %d fields, not %d", n, len(f.kids)), false)
	}
	for _, k := range f.kids[min(n, len(f.kids)):] {
		if !d.setNull(k, i, d.row) {
			return false
		}
	}
	return true
}

// plainInteger reads a number of at most 18 digits; ok is false of all else.
func plainInteger(b []byte) (v int64, ok bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits)-1 > 17 || len(digits) == 0 {
		return 0, false
	}
	for _, c := range digits {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	if len(digits) != len(b) {
		v = -v
	}
	return v, true
}

var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// plainFloat reads a number of at most 15 digits and no exponent: a quotient of two
// doubles that are exact, and so rounded once, as it should be.
func plainFloat(b []byte) (f float64, ok bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 16 || digits[0] == '.' {
		return 0, false
	}
	var v uint64
	fraction := 0
	for k, c := range digits {
		if c == '.' && fraction == 0 && k+1 < len(digits) {
			fraction = len(digits) - k - 1
			continue
		}
		if c -= '0'; c > 9 {
			return 0, false
		}
		v = v*10 + uint64(c)
	}
	if fraction == 0 && len(digits) > 15 {
		return 0, false
	}
	if f = float64(v) / pow10[fraction]; len(digits) != len(b) {
		f = -f
	}
	return f, true
}
