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
	case sql.TimestampLiteral:
		days, rest, ok := readDate(x.Text)
		clock, space := strings.CutPrefix(rest, " ")
		micros, nanos, p, fine := readTime(clock)
		if !ok || !space || !fine {
			b.errorf(x, "Illegal TIMESTAMP literal '%s': not in format 'yyyy-MM-dd HH:mm:ss'", x.Text)
			return bad(x)
		}
		return lit(types.TTimestamp(p), types.Value{I: days*86_400_000_000 + micros, Hi: nanos})
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
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	p, s := max(len(digits), len(fraction), 1), len(fraction)
	if p > types.MaxPrecision {
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

// readDate reads yyyy-MM-dd at the beginning of s.
func readDate(s string) (days int64, rest string, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, s, false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 || y < 1 || m < 1 || m > 12 || d < 1 || d > types.DaysIn(y, m) {
		return 0, s, false
	}
	return types.DateOf(y, m, d), s[10:], true
}

// readTime reads HH:mm:ss[.fffffffff]; p is the number of fractional digits written.
func readTime(s string) (micros, nanos int64, p int, ok bool) {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return 0, 0, 0, false
	}
	h, ok1 := digits(s[:2])
	m, ok2 := digits(s[3:5])
	sec, ok3 := digits(s[6:8])
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return 0, 0, 0, false
	}
	micros = (int64(h)*3600 + int64(m)*60 + int64(sec)) * 1_000_000
	if len(s) > 8 {
		p = len(s) - 9
		f, fine := digits(s[9:])
		if s[8] != '.' || p > 9 || p > 0 && !fine {
			return 0, 0, 0, false
		}
		for i := p; i < 9; i++ {
			f *= 10
		}
		micros, nanos = micros+int64(f/1000), int64(f%1000)
	}
	return micros, nanos, p, true
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
	n, ok := readInterval(x.Text, x.Unit)
	if !ok {
		unit := x.Unit.From
		if x.Unit.To != "" {
			unit += " TO " + x.Unit.To
		}
		b.errorf(x, "Illegal interval literal format '%s' for INTERVAL %s", x.Text, unit)
		return bad(x)
	}
	if x.Negative {
		n = -n
	}
	return &Literal{Typed{t.Required(), x.Pos()}, types.Int64(n)}
}

// order of the units of a day-time interval, coarse to fine, and what separates each
// from the one before.
var dayOrder = []struct{ unit, before string }{{"DAY", ""}, {"HOUR", " "}, {"MINUTE", ":"}, {"SECOND", ":"}}

func readInterval(text string, u sql.IntervalUnit) (int64, bool) {
	s := strings.TrimSpace(text)
	sign := int64(1)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = -1, rest
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	if unit, ok := monthUnits[u.From]; ok {
		whole, months, two := strings.Cut(s, "-")
		n, ok := wholeNumber(whole)
		if two != (u.To == "MONTH") || !ok {
			return 0, false
		}
		if n *= unit; two {
			m, ok := wholeNumber(months)
			if !ok || m > 11 {
				return 0, false
			}
			n += m
		}
		return sign * n, true
	}
	if u.To == "" {
		if u.From == "SECOND" {
			n, ok := seconds(s)
			return sign * n, ok
		}
		n, ok := wholeNumber(s)
		return sign * n * dayUnits[u.From], ok && n <= (1<<62)/dayUnits[u.From]
	}
	total, started := int64(0), false
	for _, o := range dayOrder {
		if !started && o.unit != u.From {
			continue
		}
		if started {
			rest, ok := strings.CutPrefix(s, o.before)
			if !ok {
				return 0, false
			}
			s = strings.TrimLeft(rest, " ")
		}
		end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end < 0 {
			end = len(s)
		}
		var n int64
		var ok bool
		if o.unit == "SECOND" {
			n, ok = seconds(s[:end])
		} else {
			n, ok = wholeNumber(s[:end])
			n *= dayUnits[o.unit]
		}
		if !ok {
			return 0, false
		}
		total, s, started = total+n, s[end:], true
		if o.unit == u.To {
			return sign * total, s == ""
		}
	}
	return 0, false
}

func wholeNumber(s string) (int64, bool) {
	n, ok := digits(s)
	return int64(n), ok && len(s) <= 10
}

// seconds reads seconds with up to nine digits of fraction, in milliseconds: an
// interval is no finer.
func seconds(s string) (int64, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := wholeNumber(whole)
	if !ok || len(fraction) > 9 {
		return 0, false
	}
	f := int64(0)
	if fraction != "" {
		v, ok := digits((fraction + "00")[:3])
		if !ok {
			return 0, false
		}
		f = int64(v)
	}
	return n*1000 + f, true
}
