package plan

import (
	"strconv"
	"strings"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// literal binds a constant. Its type is the narrowest: 1 is INT, 2147483648 BIGINT,
// 1.50 DECIMAL(3, 2), 1e0 DOUBLE, 'abc' CHAR(3).
func (b *binder) literal(x *sql.Literal) Expr {
	lit := func(t types.Type, v types.Value) Expr {
		return &Literal{Typed{t.Required(), x.Pos()}, v}
	}
	switch x.Kind {
	case sql.NullLiteral:
		return &Literal{Typed{types.TNull, x.Pos()}, types.NullValue}
	case sql.BooleanLiteral:
		switch strings.ToUpper(x.Text) {
		case "TRUE":
			return lit(types.TBoolean, types.Bool(true))
		case "FALSE":
			return lit(types.TBoolean, types.Bool(false))
		}
		return &Literal{Typed{types.TBoolean, x.Pos()}, types.NullValue}
	case sql.StringLiteral:
		n := 0
		for range x.Text {
			n++
		}
		// Flink gives the empty text a length of its own: CHAR(0).
		return lit(types.Type{Kind: types.Char, Precision: int32(n)}, types.Text(x.Text))
	case sql.BinaryLiteral:
		s := make([]byte, len(x.Text)/2)
		for i := range s {
			n, _ := strconv.ParseUint(x.Text[2*i:2*i+2], 16, 8)
			s[i] = byte(n)
		}
		return lit(types.Type{Kind: types.Binary, Precision: int32(len(s))}, types.Text(string(s)))
	case sql.NumberLiteral:
		return b.number(x)
	case sql.DateLiteral:
		days, rest, ok := readDate(x.Text)
		if !ok || rest != "" {
			b.errorf(x, "Illegal DATE literal '%s': not in format 'yyyy-MM-dd'", x.Text)
			return bad(x)
		}
		return lit(types.Type{Kind: types.Date}, types.Int64(days))
	case sql.TimeLiteral:
		micros, nanos, p, ok := readTime(x.Text)
		if !ok || nanos != 0 {
			b.errorf(x, "Illegal TIME literal '%s': not in format 'HH:mm:ss'", x.Text)
			return bad(x)
		}
		return lit(types.Type{Kind: types.Time, Precision: int32(min(p, 3))}, types.Int64(micros/1000))
	case sql.TimestampLiteral, sql.TimestampLTZLiteral:
		v, p, ok := readTimestamp(x.Text)
		if !ok {
			b.errorf(x, "Illegal TIMESTAMP literal '%s': not in format 'yyyy-MM-dd HH:mm:ss'", x.Text)
			return bad(x)
		}
		if x.Kind == sql.TimestampLTZLiteral {
			// The text is of UTC, whatever the session's zone is.
			return lit(types.TTimestampLTZ(p), v)
		}
		return lit(types.TTimestamp(p), v)
	}
	b.refuse(x, "this literal")
	return bad(x)
}

// number binds a numeric literal.
func (b *binder) number(x *sql.Literal) Expr {
	text := x.Text
	make := func(t types.Type, v types.Value) Expr { return &Literal{Typed{t.Required(), x.Pos()}, v} }
	if strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			b.errorf(x, "Numeric literal '%s' out of range", x.Text)
			return bad(x)
		}
		return make(types.TDouble, types.Float64(f))
	}
	if !strings.Contains(text, ".") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			b.errorf(x, "Numeric literal '%s' out of range", x.Text).Because("write CAST('" + x.Text + "' AS DECIMAL(38, 0))")
			return bad(x)
		}
		if int64(int32(n)) == n {
			return make(types.TInt, types.Int64(n))
		}
		return make(types.TBigInt, types.Int64(n))
	}
	_, fraction, _ := strings.Cut(text, ".")
	p, s := x.Whole+len(fraction), len(fraction)
	if significant := len(strings.TrimLeft(strings.Replace(strings.TrimPrefix(text, "-"), ".", "", 1), "0")); significant <= types.MaxPrecision {
		p = min(p, types.MaxPrecision)
	}
	if p > types.MaxPrecision || s > types.MaxPrecision {
		b.errorf(x, "Numeric literal '%s' out of range", x.Text)
		return bad(x)
	}
	n, err := types.ParseDecimal(text, p, s)
	if err != nil {
		b.errorf(x, "Numeric literal '%s' out of range", x.Text)
		return bad(x)
	}
	return make(types.TDecimal(p, s), types.DecimalValue(n))
}

// readDate reads a date at the beginning of s: year, month and day without leading zeros if need be.
func readDate(s string) (days int64, rest string, ok bool) {
	y, s, ok1 := leading(s, 4, "-")
	m, s, ok2 := leading(s, 2, "-")
	d, s, ok3 := leading(s, 2, "")
	if !ok1 || !ok2 || !ok3 || y < 1 || m < 1 || m > 12 || d < 1 || d > types.DaysIn(y, m) {
		return 0, s, false
	}
	return types.DateOf(y, m, d), s, true
}

// readTime reads HH:mm:ss[.fffffffff]; p is the number of fractional digits written, of which no
// more than nine count.
func readTime(s string) (micros, nanos int64, p int, ok bool) {
	h, s, ok1 := leading(s, 2, ":")
	m, s, ok2 := leading(s, 2, ":")
	sec, s, ok3 := leading(s, 2, "")
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return 0, 0, 0, false
	}
	micros = (int64(h)*3600 + int64(m)*60 + int64(sec)) * 1_000_000
	if s != "" {
		const most = 9
		fraction, point := strings.CutPrefix(s, ".")
		if _, fine := digits(fraction); !point || fraction != "" && !fine {
			return 0, 0, 0, false
		}
		p = min(len(fraction), most)
		f, _ := digits((fraction + "000000000")[:most])
		micros, nanos = micros+int64(f/1000), int64(f%1000)
	}
	return micros, nanos, p, true
}

// readTimestamp reads a date, and behind a blank a time: without one it is midnight.
func readTimestamp(s string) (v types.Value, p int, ok bool) {
	days, rest, ok := readDate(s)
	if !ok {
		return v, 0, false
	}
	v.I = days * 86_400_000_000
	if rest == "" {
		return v, 0, true
	}
	clock, blank := strings.CutPrefix(rest, " ")
	micros, nanos, p, ok := readTime(clock)
	v.I, v.Hi = v.I+micros, nanos
	return v, p, ok && blank
}

// leading reads up to most digits at the beginning of s, and what ends them.
func leading(s string, most int, end string) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, ok = digits(s[:i])
	rest, found := strings.CutPrefix(s[i:], end)
	return n, rest, ok && found
}

func digits(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, len(s) > 0
}

// intervalUnits are milliseconds of a unit, or months.
var dayUnits = map[string]int64{"WEEK": 604_800_000, "DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1000}
var monthUnits = map[string]int64{"YEAR": 12, "QUARTER": 3, "MONTH": 1}

// interval binds INTERVAL '...' unit [TO unit].
func (b *binder) interval(x *sql.IntervalLiteral) Expr {
	t := catalog.IntervalType(&x.Unit)
	unit := x.Unit.From
	if x.Unit.To != "" {
		unit += " TO " + x.Unit.To
	}
	r := intervalReader{rest: x.Text, unit: x.Unit}
	if p := x.Unit.FromPrecision; p == 0 || p > 10 || t.Kind == types.IntervalDay && p > maxDayDigits {
		b.errorf(&x.Unit, "Interval leading field precision '%d' out of range for INTERVAL %s", p, unit)
		return bad(x)
	}
	if x.Unit.ToPrecision == 0 || x.Unit.ToPrecision > maxFractionDigits {
		b.errorf(&x.Unit, "Interval fractional second precision '%d' out of range for INTERVAL %s", x.Unit.ToPrecision, unit)
		return bad(x)
	}
	n, ok := r.read()
	switch {
	case r.tooGreat != "":
		b.errorf(x, "Interval field value %s exceeds precision of %s(%d) field", r.tooGreat, x.Unit.From, r.digits()).
			Because("say how many digits there are: INTERVAL '" + x.Text + "' " + x.Unit.From + "(" + itoa(len(r.tooGreat)) + ")")
		return bad(x)
	case !ok:
		b.errorf(x, "Illegal interval literal format '%s' for INTERVAL %s", x.Text, unit)
		return bad(x)
	}
	if x.Negative {
		n = -n
	}
	return &Literal{Typed{t.Required(), x.Pos()}, types.Int64(n)}
}

// order of the units of a day-time interval, coarse to fine, what separates each
// from the one before, and how many there are of it in the one before.
var dayOrder = []struct {
	unit, before string
	below        int64
}{{"DAY", "", 0}, {"HOUR", " ", 24}, {"MINUTE", ":", 60}, {"SECOND", ":", 60}}

// An interval literal has as many digits as its qualifier says, if it says nothing two before
// and six behind the point.
const (
	intervalDigits         = 2
	intervalFractionDigits = 6
	maxFractionDigits      = 9
	// Flink's types hold no more leading digits of days and smaller units.
	maxDayDigits = 3
)

// intervalReader reads the text of an interval literal.
type intervalReader struct {
	rest     string
	unit     sql.IntervalUnit
	tooGreat string // the leading field, if it has more digits than it may
}

// readInterval answers months or milliseconds.
func (r *intervalReader) read() (int64, bool) {
	r.rest = strings.TrimSpace(r.rest)
	sign := int64(1)
	if rest, ok := strings.CutPrefix(r.rest, "-"); ok {
		sign, r.rest = -1, rest
	} else {
		r.rest = strings.TrimPrefix(r.rest, "+")
	}
	n, ok := r.fields()
	return sign * n, ok && r.rest == ""
}

func (r *intervalReader) fields() (int64, bool) {
	first, ok := r.number(r.unit.From, 0)
	switch {
	case !ok:
		return 0, false
	case r.unit.From == "YEAR" && r.unit.To == "MONTH":
		if rest, found := strings.CutPrefix(r.rest, "-"); !found {
			return 0, false
		} else {
			r.rest = rest
		}
		months, ok := r.number("MONTH", 12)
		return first + months, ok
	case r.unit.To == "":
		return first, true
	}
	total, started := first, false
	for _, o := range dayOrder {
		if !started {
			started = o.unit == r.unit.From
			continue
		}
		rest, found := strings.CutPrefix(r.rest, o.before)
		if !found {
			return 0, false
		}
		r.rest = rest
		n, ok := r.number(o.unit, o.below)
		if !ok {
			return 0, false
		}
		if total += n; o.unit == r.unit.To {
			return total, true
		}
	}
	return 0, false
}

// number reads one field, in months or milliseconds. below is the number it must stay under, 0
// for the leading field, which is held by its digits.
func (r *intervalReader) number(unit string, below int64) (int64, bool) {
	end := 0
	for end < len(r.rest) && r.rest[end] >= '0' && r.rest[end] <= '9' {
		end++
	}
	n, ok := wholeNumber(r.rest[:end])
	if !ok || below > 0 && (end > 2 || n >= below) {
		return 0, false
	}
	if below == 0 {
		if limit := r.digits(); len(strings.TrimLeft(r.rest[:end], "0")) > limit {
			r.tooGreat = r.rest[:end]
			return 0, false
		}
	}
	r.rest = r.rest[end:]
	factor := dayUnits[unit]
	if factor == 0 {
		factor = monthUnits[unit]
	}
	if unit != "SECOND" {
		return n * factor, true
	}
	f, ok := r.fraction()
	return n*factor + f, ok
}

// digits is how many the leading field may have.
func (r *intervalReader) digits() int {
	if r.unit.FromPrecision < 0 {
		return intervalDigits
	}
	return r.unit.FromPrecision
}

// fraction reads the fraction of a second, in milliseconds: an interval is no finer.
func (r *intervalReader) fraction() (int64, bool) {
	rest, found := strings.CutPrefix(r.rest, ".")
	if !found {
		return 0, true
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	limit := intervalFractionDigits
	if r.unit.ToPrecision >= 0 {
		limit = r.unit.ToPrecision
	}
	if end == 0 || end > limit {
		return 0, false
	}
	f, ok := digits((rest[:end] + "00")[:3])
	r.rest = rest[end:]
	return int64(f), ok
}

func wholeNumber(s string) (int64, bool) {
	n, ok := digits(s)
	return int64(n), ok && len(s) <= 10
}
