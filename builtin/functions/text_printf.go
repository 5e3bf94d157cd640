package functions

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// PRINTF is java.util.Formatter over Flink's internal values: a DATE is a number of days,
// a TIME and an INTERVAL are milliseconds, a DECIMAL and a time are objects that only
// conversions of everything (%s, %b) take. What Java refuses is NULL.
var printfFunctions = []*function.Function{
	{
		Name: "PRINTF", Family: "string", BareNull: true,
		Summary:  "the format with %d, %s, %f and the like replaced by the values, as Java's Formatter does; NULL for a format that Java refuses",
		Syntax:   []string{"PRINTF(format, value, ...)"},
		Examples: examples("PRINTF('%d %s', 1, 'a')", "1 a", "PRINTF('%05d|%-4s|%.2f', 42, 'ab', CAST(1.005 AS DOUBLE))", "00042|ab  |1.01", "PRINTF('%2$s %1$s', 'a', 'b')", "b a", "PRINTF('%s')", "NULL"),
		Bind:     bindPrintf,
	},
}

func bindPrintf(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, many); err != nil {
		return function.Signature{}, err
	}
	if t := args[0].Type; !t.IsText() && !isNull(t) {
		return function.Signature{}, errors.New("argument 1 must be a text, not " + t.Nullable().String())
	}
	ps := plainTypes(args)
	if isNull(ps[0]) {
		ps[0] = types.TString
	}
	for k, t := range ps {
		if isNull(t) {
			ps[k] = types.TString
		}
		switch vector.LayoutOf(t) {
		case vector.Lists, vector.Rows:
			return function.Signature{}, fmt.Errorf("argument %d: a value of type %v has no text here: cast it to STRING", k+1, t.Nullable())
		}
		if t.IsBytes() {
			return function.Signature{}, fmt.Errorf("argument %d: a value of type %v has no text here: DECODE it", k+1, t.Nullable())
		}
	}
	// A single NULL without a type is to Java no list of values at all.
	bare := len(args) == 2 && isNull(args[1].Type)
	cache := new(memo[[]directive])
	find := func(b []byte) ([]directive, error) { return cache.get(b, readFormat) }
	if s, ok := literalText(args[0]); ok {
		list, err := readFormat(s)
		find = func([]byte) ([]directive, error) { return list, err }
	}
	kernel := func(c *function.Call) error {
		p := printer{call: c}
		return c.Rows(func(i int) error {
			if c.Args[0].IsNull(i) {
				c.Out.SetNull(i)
				return nil
			}
			list, err := find(text(c, 0, i))
			if err == nil {
				p.row, p.dst = i, p.dst[:0]
				err = p.print(list)
			}
			var refused *notPrinted
			switch {
			case errors.As(err, &refused):
				return function.Failf(i, "%v", err)
			case err != nil || bare:
				c.Out.SetNull(i)
			default:
				c.Out.SetBytes(i, p.dst)
			}
			return nil
		})
	}
	return function.Signature{Params: ps, Result: types.TString, Kernel: kernel, NullIn: true}, nil
}

// directive is a part of a format: a text, or %[index$][flags][width][.precision]conversion.
type directive struct {
	text             string
	index            int // from 1; 0: the next; -1: the one before
	flags            string
	width, precision int // -1: none
	conversion       byte
}

// errFormat is what Java throws exceptions for.
var errFormat = errors.New("not a format")

// notPrinted is a conversion of Java that is not done here.
type notPrinted struct{ what string }

func (e *notPrinted) Error() string { return "PRINTF does not support " + e.what }

// readFormat takes a format apart.
func readFormat(s string) ([]directive, error) {
	var list []directive
	for s != "" {
		before, rest, found := strings.Cut(s, "%")
		if before != "" {
			list = append(list, directive{text: before})
		}
		if !found {
			break
		}
		d := directive{width: -1, precision: -1}
		if n := leadingDigits(rest); n > 0 && n < len(rest) && rest[n] == '$' && rest[0] != '0' {
			d.index, _ = strconv.Atoi(rest[:n])
			rest = rest[n+1:]
		}
		n := 0
		for n < len(rest) && strings.IndexByte("-#+ 0,(<", rest[n]) >= 0 {
			if strings.IndexByte(d.flags, rest[n]) >= 0 {
				return nil, errFormat
			}
			d.flags += rest[n : n+1]
			n++
		}
		rest = rest[n:]
		if d.has('<') {
			d.index = -1
		}
		if n := leadingDigits(rest); n > 0 {
			d.width = number(rest[:n])
			rest = rest[n:]
		}
		if strings.HasPrefix(rest, ".") {
			n := leadingDigits(rest[1:])
			if n == 0 {
				return nil, errFormat
			}
			d.precision = number(rest[1 : n+1])
			rest = rest[n+1:]
		}
		if rest == "" || d.width > maxFormat || d.precision > maxFormat {
			return nil, errFormat
		}
		d.conversion, s = rest[0], rest[1:]
		if err := d.check(); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// maxFormat bounds a width and a precision, which are room.
const maxFormat = 1 << 20

func leadingDigits(s string) (n int) {
	for n < len(s) && s[n]-'0' < 10 {
		n++
	}
	return n
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return math.MaxInt32
	}
	return n
}

func (d *directive) has(flag byte) bool { return strings.IndexByte(d.flags, flag) >= 0 }

// check refuses what Java refuses of a conversion, its flags and precision.
func (d *directive) check() error {
	allowed := ""
	switch d.conversion {
	case 'b', 'B', 's', 'S', 'h', 'H':
		allowed = "-<"
	case 'c', 'C':
		allowed = "-<"
	case 'd':
		allowed = "-+ 0,(<"
	case 'o', 'x', 'X':
		allowed = "-#0<"
	case 'e', 'E':
		allowed = "-#+ 0(<"
	case 'f':
		allowed = "-#+ 0,(<"
	case 'g', 'G':
		allowed = "-+ 0,(<"
	case '%':
		allowed = "-"
	case 'n':
		if d.width >= 0 || d.precision >= 0 || d.flags != "" {
			return errFormat
		}
	case 't', 'T':
		return errFormat // no value here is a time to Java
	case 'a', 'A':
		return &notPrinted{"%" + string(d.conversion)}
	default:
		return errFormat
	}
	for i := range len(d.flags) {
		if strings.IndexByte(allowed, d.flags[i]) < 0 {
			return errFormat
		}
	}
	whole := strings.IndexByte("cCdoxX%", d.conversion) >= 0
	if whole && d.precision >= 0 || (d.has('-') || d.has('0')) && d.width < 0 || d.has('-') && d.has('0') || d.has('+') && d.has(' ') {
		return errFormat
	}
	return nil
}

// printer prints the directives of a row.
type printer struct {
	call *function.Call
	row  int
	dst  []byte
}

func (p *printer) print(list []directive) error {
	next, last := 1, 0
	for k := range list {
		d := &list[k]
		switch {
		case d.conversion == 0:
			p.dst = append(p.dst, d.text...)
			continue
		case d.conversion == 'n':
			p.dst = append(p.dst, '\n')
			continue
		case d.conversion == '%':
			p.pad(d, "%")
			continue
		case d.index > 0:
			last = d.index
		case d.index == 0:
			last = next
			next++
		}
		if last < 1 || last >= len(p.call.Args) {
			return errFormat
		}
		if err := p.value(d, p.call.Args[last]); err != nil {
			return err
		}
	}
	return nil
}

// pad writes s with the width; %S and the like in upper case.
func (p *printer) pad(d *directive, s string) {
	if d.conversion >= 'A' && d.conversion <= 'Z' {
		s = string(appendUpper(nil, []byte(s)))
	}
	blanks := d.width - utf16Length([]byte(s))
	if !d.has('-') {
		p.blank(blanks)
	}
	p.dst = append(p.dst, s...)
	if d.has('-') {
		p.blank(blanks)
	}
}

func (p *printer) blank(n int) {
	for range n {
		p.dst = append(p.dst, ' ')
	}
}

// value prints one value.
func (p *printer) value(d *directive, v *vector.Vector) error {
	null := v.IsNull(p.row)
	switch d.conversion {
	case 'b', 'B':
		s := strconv.FormatBool(!null && (v.Layout() != vector.Bools || v.Bools()[p.row&v.Mask()]))
		p.pad(d, cutUnits(s, d.precision))
		return nil
	case 's', 'S':
		p.pad(d, cutUnits(p.text(v, null), d.precision))
		return nil
	}
	if null {
		p.pad(d, cutUnits("null", d.precision))
		return nil
	}
	switch d.conversion {
	case 'h', 'H':
		n, size, ok := integer(v, p.row)
		if !ok || size > 32 {
			return &notPrinted{fmt.Sprintf("%%%c of %v", d.conversion, v.Type.Nullable())}
		}
		p.pad(d, cutUnits(strconv.FormatUint(uint64(uint32(n)), 16), d.precision))
		return nil
	case 'c', 'C':
		n, size, ok := integer(v, p.row)
		if !ok || size > 32 || n < 0 || n > 0x10FFFF {
			return errFormat
		}
		p.pad(d, string(rune(n)))
		return nil
	case 'd', 'o', 'x', 'X':
		n, size, ok := integer(v, p.row)
		if !ok {
			return errFormat
		}
		p.whole(d, n, size)
		return nil
	}
	f, ok := float(v, p.row)
	if !ok {
		return errFormat
	}
	p.float(d, f)
	return nil
}

// text is what Java's String.valueOf prints of Flink's internal value.
func (p *printer) text(v *vector.Vector, null bool) string {
	if null {
		return "null"
	}
	if n, _, ok := integer(v, p.row); ok {
		return strconv.FormatInt(n, 10)
	}
	x := v.Value(p.row)
	switch v.Type.Kind {
	case types.TimestampLTZ:
		return string(types.AppendTimestamp(nil, x.I, x.Hi))
	case types.Decimal:
		return string(types.AppendDecimal(nil, x.Int128(), int(v.Type.Scale)))
	}
	return string(types.AppendText(nil, x, v.Type))
}

// integer is a value that is an integer of Java, with its size in bits.
func integer(v *vector.Vector, i int) (n int64, size int, ok bool) {
	switch v.Type.Kind {
	case types.TinyInt:
		size = 8
	case types.SmallInt:
		size = 16
	case types.Int, types.Date, types.Time, types.IntervalMonth:
		size = 32
	case types.BigInt, types.IntervalDay:
		return v.Int64s()[i&v.Mask()], 64, true
	default:
		return 0, 0, false
	}
	return int64(v.Int32s()[i&v.Mask()]), size, true
}

func float(v *vector.Vector, i int) (float64, bool) {
	switch v.Type.Kind {
	case types.Float:
		return float64(v.Float32s()[i&v.Mask()]), true
	case types.Double:
		return v.Float64s()[i&v.Mask()], true
	}
	return 0, false
}

// cutUnits is the first n UTF-16 units of s, all for -1; half of a pair is a question
// mark.
func cutUnits(s string, n int) string {
	if n < 0 || n >= len(s) {
		return s
	}
	for i, r := range s {
		if n == 0 {
			return s[:i]
		}
		if n--; r > 0xFFFF {
			if n == 0 {
				return s[:i] + "?"
			}
			n--
		}
	}
	return s
}

// whole prints an integer: digits, signs and zeros.
func (p *printer) whole(d *directive, n int64, size int) {
	if d.conversion != 'd' {
		base, prefix := 16, "0x"
		if d.conversion == 'o' {
			base, prefix = 8, "0"
		}
		digits := strconv.FormatUint(uint64(n)<<(64-size)>>(64-size), base)
		if !d.has('#') {
			prefix = ""
		}
		if d.has('0') {
			digits = zeros(digits, d.width-len(prefix))
		}
		p.pad(d, prefix+digits)
		return
	}
	digits := strconv.FormatUint(magnitude(n), 10)
	p.signed(d, digits, n < 0)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// zeros fills s on the left.
func zeros(s string, width int) string {
	if n := width - len(s); n > 0 {
		return strings.Repeat("0", n) + s
	}
	return s
}

// signed prints the digits of a number, maybe with a point, with what the flags put
// around them.
func (p *printer) signed(d *directive, digits string, negative bool) {
	if d.has(',') {
		digits = grouped(digits)
	}
	before, behind := "", ""
	switch {
	case negative && d.has('('):
		before, behind = "(", ")"
	case negative:
		before = "-"
	case d.has('+'):
		before = "+"
	case d.has(' '):
		before = " "
	}
	if d.has('0') {
		digits = zeros(digits, d.width-len(before)-len(behind))
	}
	p.pad(d, before+digits+behind)
}

// grouped puts commas between the thousands.
func grouped(digits string) string {
	whole, fraction := digits, ""
	if at := strings.IndexByte(digits, '.'); at >= 0 {
		whole, fraction = digits[:at], digits[at:]
	}
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return whole + fraction
}

// float prints a DOUBLE: its shortest digits, rounded half up.
func (p *printer) float(d *directive, f float64) {
	if math.IsNaN(f) {
		p.pad(&directive{conversion: d.conversion, width: d.width, flags: strings.ReplaceAll(d.flags, "0", "")}, "NaN")
		return
	}
	if math.IsInf(f, 0) {
		word := *d
		word.flags = strings.NewReplacer("0", "", ",", "").Replace(d.flags)
		p.signed(&word, "Infinity", f < 0)
		return
	}
	precision := d.precision
	if precision < 0 {
		precision = 6
	}
	digits, exponent := shortest(math.Abs(f))
	conversion := d.conversion | ' '
	if conversion == 'g' {
		precision = max(precision, 1)
		conversion = 'e'
		digits, exponent = roundDigits(digits, exponent, precision)
		if f == 0 {
			conversion, precision = 'f', precision-1
		} else if exponent > -4 && exponent <= precision {
			conversion, precision = 'f', precision-exponent
		} else {
			precision--
		}
	}
	s := ""
	if conversion == 'f' {
		digits, exponent = roundDigits(digits, exponent, exponent+precision)
		s = plainDigits(digits, exponent, precision)
	} else {
		digits, exponent = roundDigits(digits, exponent, precision+1)
		s = plainDigits(digits, 1, precision)
		if f == 0 {
			exponent = 1
		}
		s += fmt.Sprintf("e%+03d", exponent-1)
	}
	if d.has('#') && precision == 0 {
		s += "."
	}
	p.signed(d, s, math.Signbit(f))
}

// shortest are the digits of Double.toString: 0.digits times 10 to the exponent.
func shortest(f float64) (digits string, exponent int) {
	if f == 0 {
		return "0", 1
	}
	mantissa, power, _ := strings.Cut(string(types.AppendFloat64(nil, f)), "E")
	exponent, _ = strconv.Atoi(power)
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent += len(whole)
	digits = whole + fraction
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
		exponent--
	}
	return digits, exponent
}

// roundDigits keeps n digits, rounding half up.
func roundDigits(digits string, exponent, n int) (string, int) {
	switch {
	case n >= len(digits):
		return digits, exponent
	case n < 0:
		return "0", exponent
	}
	up := digits[n] >= '5'
	b := []byte(digits[:n])
	for i := n - 1; up && i >= 0; i-- {
		if b[i]++; b[i] <= '9' {
			up = false
		} else {
			b[i] = '0'
		}
	}
	if up {
		return "1" + string(b), exponent + 1
	}
	if n == 0 {
		return "0", exponent
	}
	return string(b), exponent
}

// plainDigits writes 0.digits times 10 to the exponent with n digits behind the point.
func plainDigits(digits string, exponent, n int) string {
	var b strings.Builder
	at := func(k int) byte { // the digit of 10 to the exponent-1-k
		if k < 0 || k >= len(digits) {
			return '0'
		}
		return digits[k]
	}
	if exponent <= 0 {
		b.WriteByte('0')
	}
	for k := range max(exponent, 0) {
		b.WriteByte(at(k))
	}
	if n > 0 {
		b.WriteByte('.')
	}
	for k := exponent; k < exponent+n; k++ {
		b.WriteByte(at(k))
	}
	return b.String()
}
