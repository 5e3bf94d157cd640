package json

import (
	"math"
	"strconv"

	"tidemark.dev/builtin/javatext"
	"tidemark.dev/types"
)

// Numbers convert as Flink's reader converts them: an INT or BIGINT takes a number
// with a fraction and cuts it off, a TINYINT or SMALLINT does not; each takes a text
// that Java would read as a number of the type, white space around it included.

// maxDigits are the digits that always fit in an int64.
const maxDigits = 18

// int64 converts to a BIGINT or an INTERVAL of days.
func (r *reader) int64(n *node, i, row int) int {
	v, end, ok := r.plainInteger(i)
	if !ok {
		v, end, ok = r.slowInteger(n, i, row, math.MinInt64, math.MaxInt64)
		if !ok {
			return end
		}
	}
	n.vec.Int64s()[row] = v
	return end
}

// int32 converts to a TINYINT, SMALLINT, INT or an INTERVAL of months.
func (r *reader) int32(n *node, i, row int) int {
	least, most := int64(math.MinInt32), int64(math.MaxInt32)
	switch n.op {
	case opInt8:
		least, most = math.MinInt8, math.MaxInt8
	case opInt16:
		least, most = math.MinInt16, math.MaxInt16
	}
	v, end, ok := r.plainInteger(i)
	if !ok || v < least || v > most {
		v, end, ok = r.slowInteger(n, i, row, least, most)
		if !ok {
			return end
		}
	}
	n.vec.Int32s()[row] = int32(v)
	return end
}

// plainInteger reads a number of at most 18 digits and no fraction; ok is false of
// all else.
func (r *reader) plainInteger(i int) (v int64, end int, ok bool) {
	data := r.data[:r.end]
	j := i
	if data[j] == '-' {
		j++
	}
	first := j
	for j < len(data) {
		d := data[j] - '0'
		if d > 9 {
			break
		}
		v = v*10 + int64(d)
		j++
	}
	if j == len(data) || data[j] == '.' || data[j]|0x20 == 'e' {
		return 0, 0, false
	}
	if digits := j - first; digits > maxDigits || digits == 0 || data[first] == '0' && digits > 1 {
		return 0, 0, false
	}
	if first != i {
		v = -v
	}
	return v, j, true
}

// slowInteger converts any value to an integer from least to most. When it is not
// ok, the row is NULL or a fault was noted, as end tells.
func (r *reader) slowInteger(n *node, i, row int, least, most int64) (v int64, end int, ok bool) {
	tok, end := r.value(i)
	if end < 0 {
		return 0, end, false
	}
	var reason string
	switch tok {
	case tokenNull:
		return 0, r.setNull(n, i, end, row), false
	case tokenInteger:
		v, err := strconv.ParseInt(types.View(r.data[i:end]), 10, 64)
		if err == nil && v >= least && v <= most {
			return v, end, true
		}
		reason = "the number is out of the range of " + n.kind.String()
	case tokenNumber:
		if n.op == opInt8 || n.op == opInt16 {
			reason = "a number with a fraction or an exponent is no " + n.kind.String()
			break
		}
		if r.set.Tree && r.exact {
			if v, ok := exactInteger(r.data[i:end], least, most); ok {
				return v, end, true
			}
			reason = "the number is out of the range of " + n.kind.String()
			break
		}
		f, _ := strconv.ParseFloat(types.View(r.data[i:end]), 64)
		// As Java compares: the bounds as doubles, and a conversion that saturates.
		if f >= float64(least) && f <= float64(most) {
			if f >= math.MaxInt64 {
				return math.MaxInt64, end, true
			}
			return int64(f), end, true
		}
		reason = "the number is out of the range of " + n.kind.String()
	case tokenText, tokenEscaped:
		if v, ok := javatext.Integer(javatext.Trim(r.content(tok, i, end)), least, most); ok {
			return v, end, true
		}
		reason = "the text is no " + n.kind.String()
	default:
		reason = "expected a number"
	}
	return 0, r.bad(n, i, end, row, reason), false
}

// exactInteger cuts the fraction off a number that is within the bounds, as of a
// BigDecimal.
func exactInteger(raw []byte, least, most int64) (int64, bool) {
	var buffer [64]byte
	digits, scale, negative := decimalParts(buffer[:0], raw)
	whole := len(digits) - scale
	if len(digits) == 0 || whole <= 0 {
		return 0, true
	}
	if whole > 19 {
		return 0, false
	}
	var v uint64
	fraction := false
	for k := range max(whole, len(digits)) {
		switch {
		case k >= whole:
			fraction = fraction || digits[k] != '0'
		case k < len(digits):
			v = v*10 + uint64(digits[k]-'0')
		default:
			v *= 10
		}
	}
	bound := uint64(most)
	if negative {
		bound = -uint64(least)
	}
	if v > bound || v == bound && fraction {
		return 0, false
	}
	if negative {
		return -int64(v), true
	}
	return int64(v), true
}

// content is the text of a value: of a text what it says, of all others what is
// written. It is valid until the next call.
func (r *reader) content(tok token, i, end int) []byte {
	switch tok {
	case tokenText:
		return r.data[i+1 : end-1]
	case tokenEscaped:
		r.scratch = unescape(r.scratch[:0], r.data[i+1:end-1])
		return r.scratch
	}
	return r.data[i:end]
}

// float64 converts to a DOUBLE.
func (r *reader) float64(n *node, i, row int) int {
	if f, end, ok := r.plainFloat(i); ok {
		n.vec.Float64s()[row] = f
		return end
	}
	f, end, ok := r.slowFloat(n, i, row, 64)
	if ok {
		n.vec.Float64s()[row] = f
	}
	return end
}

// float32 converts to a FLOAT.
func (r *reader) float32(n *node, i, row int) int {
	f, end, ok := r.slowFloat(n, i, row, 32)
	if ok {
		n.vec.Float32s()[row] = float32(f)
	}
	return end
}

var floatPow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// plainFloat reads a number of at most 15 digits and no exponent: a quotient of two
// doubles that are exact, and so rounded once, as it should be.
func (r *reader) plainFloat(i int) (f float64, end int, ok bool) {
	data := r.data[:r.end]
	j := i
	if data[j] == '-' {
		j++
	}
	first := j
	var v uint64
	for j < len(data) && data[j]-'0' <= 9 {
		v = v*10 + uint64(data[j]-'0')
		j++
	}
	digits := j - first
	if j == len(data) || digits == 0 || data[first] == '0' && digits > 1 {
		return 0, 0, false
	}
	fraction := 0
	if data[j] == '.' {
		j++
		point := j
		for j < len(data) && data[j]-'0' <= 9 {
			v = v*10 + uint64(data[j]-'0')
			j++
		}
		if fraction = j - point; fraction == 0 || j == len(data) {
			return 0, 0, false
		}
	}
	if digits+fraction > 15 || data[j]|0x20 == 'e' || v == 0 && first != i {
		return 0, 0, false
	}
	f = float64(v) / floatPow10[fraction]
	if first != i {
		f = -f
	}
	return f, j, true
}

// slowFloat converts any value to a floating-point number of that many bits.
func (r *reader) slowFloat(n *node, i, row, size int) (f float64, end int, ok bool) {
	tok, end := r.value(i)
	if end < 0 {
		return 0, end, false
	}
	reason := "expected a number"
	switch tok {
	case tokenNull:
		return 0, r.setNull(n, i, end, row), false
	case tokenInteger, tokenNumber:
		f, _ = strconv.ParseFloat(types.View(r.data[i:end]), size) // too large is infinite
		if tok == tokenInteger && r.set.Tree {
			f += 0 // to a tree of nodes -0 is the integer 0
		}
		return f, end, true
	case tokenText, tokenEscaped:
		if f, ok = javatext.Float(javatext.Trim(r.content(tok, i, end)), size); ok {
			return f, end, true
		}
		reason = "the text is no " + n.kind.String()
	}
	return 0, r.bad(n, i, end, row, reason), false
}

// decimal converts to a DECIMAL: rounded half up, NULL when it has too many digits.
func (r *reader) decimal(n *node, i, row int) int {
	if n.op == opDecimal {
		if v, end, ok := r.plainDecimal(n, i); ok {
			n.vec.Int64s()[row] = v
			return end
		}
	}
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	var text []byte
	switch tok {
	case tokenNull:
		return r.setNull(n, i, end, row)
	case tokenInteger, tokenNumber:
		text = r.data[i:end]
	case tokenText, tokenEscaped:
		if text = r.content(tok, i, end); !r.set.Tree {
			text = javatext.Trim(text)
		}
	default:
		return r.bad(n, i, end, row, "expected a number")
	}
	v, err := types.ParseDecimal(types.View(text), n.width, n.scale)
	switch {
	case err == types.ErrOverflow:
		return r.setNull(n, i, end, row)
	case err != nil:
		return r.bad(n, i, end, row, "the text is no DECIMAL")
	case n.op == opWide:
		n.vec.Int128s()[row] = v
	default:
		n.vec.Int64s()[row] = int64(v.Lo)
	}
	return end
}

// plainDecimal reads a number that has no exponent, needs no rounding, and fits.
func (r *reader) plainDecimal(n *node, i int) (v int64, end int, ok bool) {
	data := r.data[:r.end]
	j := i
	if data[j] == '-' {
		j++
	}
	first := j
	for j < len(data) && data[j]-'0' <= 9 {
		v = v*10 + int64(data[j]-'0')
		j++
	}
	digits := j - first
	if j == len(data) || digits == 0 || data[first] == '0' && digits > 1 {
		return 0, 0, false
	}
	fraction := 0
	if data[j] == '.' {
		j++
		point := j
		for j < len(data) && data[j]-'0' <= 9 {
			v = v*10 + int64(data[j]-'0')
			j++
		}
		if fraction = j - point; fraction == 0 || j == len(data) {
			return 0, 0, false
		}
	}
	if fraction > n.scale || digits+n.scale > maxDigits || data[j]|0x20 == 'e' {
		return 0, 0, false
	}
	v *= types.Pow10(n.scale - fraction)
	if v >= types.Pow10(n.width) {
		return 0, 0, false
	}
	if first != i {
		v = -v
	}
	return v, j, true
}
