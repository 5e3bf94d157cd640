package twin

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidemark.dev/types"
)

// errCast marks a value that cannot be cast; TRY_CAST turns it, and nothing else,
// into NULL.
type errCast struct{ text string }

func (e errCast) Error() string { return e.text }

func castFails(v string, t types.Type) error {
	return errCast{fmt.Sprintf("cannot cast '%s' to %s", v, t)}
}

// cast converts a value that is not NULL, by Flink 2.3's rules (not its legacy ones).
func (e *evaluator) cast(from, to types.Type, v types.Value) (types.Value, error) {
	switch {
	case from.Kind == types.Null:
		return null, nil
	case from.Same(to):
		return v, nil // no cast at all: digits beyond the precision, which an interval has added, stay
	case from.IsText() && to.IsText():
		return types.Text(fit(v.S, to)), nil
	case to.IsText():
		s, err := e.text(from, v)
		return types.Text(fit(s, to)), err
	case from.IsText():
		return e.parse(v.S, to)
	case from.Kind == types.Row && to.Kind == types.Row:
		return e.castRow(from, to, v)
	case from.IsBytes() && to.IsBytes():
		return types.Text(fitBytes(v.S, to)), nil
	case from.Kind == to.Kind && from.Elem != nil:
		return e.castList(from, to, v)
	case from.Kind == types.Date || from.Kind == types.Time || to.Kind == types.Date || to.Kind == types.Time:
		return e.castTime(from, to, v)
	case from.IsInteger() && (to.Kind == types.IntervalDay || to.Kind == types.IntervalMonth):
		return types.Int64(wrap(to.Kind, v.I)), nil
	case from.IsTimestamp() && to.IsTimestamp():
		t := moment(v)
		if from.Kind == types.Timestamp && to.Kind == types.TimestampLTZ {
			t = instant(t, e.zone)
		} else if from.Kind == types.TimestampLTZ && to.Kind == types.Timestamp {
			t = local(t, e.zone)
		}
		return momentValue(cut(t, to.Precision)), nil
	case from.Kind == to.Kind && from.Kind != types.Decimal:
		return v, nil
	case from.Kind == types.Boolean:
		return castNumber(types.TInt, to, v)
	}
	return castNumber(from, to, v)
}

func (e *evaluator) castRow(from, to types.Type, v types.Value) (types.Value, error) {
	r := types.Value{Elems: make([]types.Value, len(v.Elems))}
	for i, x := range v.Elems {
		if x.Null {
			r.Elems[i] = null
			continue
		}
		y, err := e.cast(from.Fields[i].Type, to.Fields[i].Type, x)
		if err != nil {
			return null, err
		}
		r.Elems[i] = y
	}
	return r, nil
}

// castNumber converts between numbers, and from a number to BOOLEAN.
func castNumber(from, to types.Type, v types.Value) (types.Value, error) {
	if from.Kind == types.Float {
		from = types.TDouble // the same number
	}
	switch {
	case to.Kind == types.Float:
		w, err := castNumber(from, types.TDouble, v)
		if from.IsInteger() {
			w = types.Float64(float64(float32(v.I))) // rounded once
		}
		return types.Float64(float64(float32(w.F))), err
	case to.Kind == types.Boolean && from.Kind == types.Double:
		return truth(v.F != 0), nil
	case to.Kind == types.Boolean:
		return truth(exact(from, v).n.Sign() != 0), nil
	case from.Kind == types.Double && to.Kind == types.Decimal:
		// By way of the text: BigDecimal.valueOf(double).
		d, ok := parseDecimal(floatText(v.F))
		if !ok {
			return null, errors.New("cannot cast " + floatText(v.F) + " to " + to.String()) // TRY_CAST fails too
		}
		return d.value(to), nil
	case from.Kind == types.Double && to.IsInteger():
		return types.Int64(wrap(to.Kind, saturate(v.F, to.Kind))), nil
	case from.Kind == types.Double && to.Kind == types.Double:
		return v, nil
	case to.Kind == types.Decimal:
		return exact(from, v).value(to), nil
	case to.Kind == types.Double:
		if from.IsInteger() {
			return types.Float64(float64(v.I)), nil
		}
		return types.Float64(exact(from, v).float()), nil
	case to.IsInteger():
		return types.Int64(wrap(to.Kind, low64(exact(from, v).truncated()))), nil
	}
	return null, fmt.Errorf("the twin knows no cast from %s to %s", from, to)
}

// saturate is Java's (long) or (int) of a double: NaN is 0, what is too large the
// largest. Narrower integers go by way of int.
func saturate(f float64, k types.Kind) int64 {
	low, high := int64(math.MinInt32), int64(math.MaxInt32)
	if k == types.BigInt {
		low, high = math.MinInt64, math.MaxInt64
	}
	switch {
	case f != f:
		return 0
	case f <= float64(low):
		return low
	case f >= float64(high):
		return high
	}
	return int64(f)
}

// text is CAST(... AS STRING).
func (e *evaluator) text(t types.Type, v types.Value) (string, error) {
	switch {
	case t.IsText():
		return v.S, nil
	case t.Kind == types.Boolean:
		return strings.ToUpper(strconv.FormatBool(v.I != 0)), nil
	case t.IsInteger():
		return strconv.FormatInt(v.I, 10), nil
	case t.Kind == types.Decimal:
		return exact(t, v).text(), nil
	case t.Kind == types.Double:
		return floatText(v.F), nil
	case t.Kind == types.Float:
		return float32Text(float32(v.F)), nil
	case t.IsBytes():
		return v.S, nil
	case t.Kind == types.Date:
		return pointIn(t, v).Format("2006-01-02"), nil
	case t.Kind == types.Time:
		return pointIn(t, v).Format("15:04:05.000000000")[:timeWidth(t.Precision)], nil
	case t.Kind == types.IntervalMonth || t.Kind == types.IntervalDay:
		return intervalText(t, v.I), nil
	case t.Elem != nil:
		return e.listText(t, v)
	case t.Kind == types.Timestamp:
		return momentText(moment(v), t.Precision), nil
	case t.Kind == types.TimestampLTZ:
		return momentText(local(moment(v), e.zone), t.Precision), nil
	case t.Kind == types.Row:
		parts := make([]string, len(v.Elems))
		for i, x := range v.Elems {
			if x.Null {
				parts[i] = "NULL"
				continue
			}
			s, err := e.text(t.Fields[i].Type, x)
			if err != nil {
				return "", err
			}
			parts[i] = s
		}
		return "(" + strings.Join(parts, ", ") + ")", nil
	}
	return "", fmt.Errorf("the twin knows no text of %s", t)
}

// fit cuts text to VARCHAR(n), and cuts or pads it to CHAR(n), in code points.
func fit(s string, t types.Type) string {
	n := utf8.RuneCountInString(s)
	if length := int(t.Precision); n > length {
		s = string([]rune(s)[:length])
	} else if t.Kind == types.Char {
		s += strings.Repeat(" ", length-n)
	}
	return s
}

// parse reads text as a value.
func (e *evaluator) parse(s string, t types.Type) (types.Value, error) {
	switch {
	case t.Kind == types.Boolean:
		switch strings.ToLower(s) {
		case "t", "true", "y", "yes", "1":
			return truth(true), nil
		case "f", "false", "n", "no", "0":
			return truth(false), nil
		}
	case t.IsInteger():
		if n, ok := parseInteger(strings.Trim(s, " "), t.Kind); ok {
			return types.Int64(n), nil
		}
	case t.Kind == types.Double:
		if f, ok := parseFloat(s); ok {
			return types.Float64(f), nil
		}
	case t.Kind == types.Float:
		if f, ok := parseFloat32(s); ok {
			return types.Float64(float64(f)), nil
		}
	case t.IsBytes():
		return types.Text(fitBytes(s, t)), nil
	case t.Kind == types.Date:
		if d, ok := parseDate(s); ok {
			return types.Int64(d), nil
		}
	case t.Kind == types.Time:
		if ms, ok := parseClock(s, t.Precision); ok {
			return types.Int64(ms), nil
		}
	case t.Kind == types.Decimal:
		if v := castDecimal(strings.Trim(s, " "), t); !v.Null {
			return v, nil
		}
	case t.IsTimestamp():
		if m, ok := parseMoment(s); ok {
			if t.Kind == types.TimestampLTZ {
				return momentValue(instant(floorFraction(m, t.Precision), e.zone)), nil
			}
			return momentValue(floorFraction(m, t.Precision)), nil
		}
	default:
		return null, fmt.Errorf("the twin knows no cast from text to %s", t)
	}
	return null, castFails(s, t)
}

// parseInteger reads digits with a sign and a fraction, which is dropped. There need not
// be a digit: a lone point is 0.
func parseInteger(s string, k types.Kind) (int64, bool) {
	m := integerText.FindStringSubmatch(s)
	if m == nil || s == "" || s == "+" || s == "-" {
		return 0, false
	}
	n, _ := new(big.Int).SetString("0"+m[2], 10)
	if m[1] == "-" {
		n.Neg(n)
	}
	if !n.IsInt64() || wrap(k, n.Int64()) != n.Int64() {
		return 0, false
	}
	return n.Int64(), true
}

var integerText = regexp.MustCompile(`^([+-]?)(\d*)(\.\d*)?$`)
