package twin

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// call applies a scalar function by its name. All of these are NULL where an argument
// is.
func (e *evaluator) call(x *plan.Call, row []types.Value) (types.Value, error) {
	args, err := e.all(x.Args, row)
	if err != nil {
		return null, err
	}
	ts := make([]types.Type, len(args))
	for i, a := range args {
		if a.Null {
			return null, nil
		}
		ts[i] = x.Args[i].Type()
	}
	f := scalars[x.Function.Name]
	if f == nil {
		return null, fmt.Errorf("the twin does not know the function %s", x.Function.Name)
	}
	v, err := f(e, ts, args)
	if err != nil || v.Null {
		return null, err
	}
	if x.T.IsTimestamp() {
		v = momentValue(floorFraction(moment(v), x.T.Precision))
	}
	return v, nil
}

type scalar func(e *evaluator, ts []types.Type, args []types.Value) (types.Value, error)

var scalars = map[string]scalar{
	"UPPER": func(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
		return types.Text(upper(a[0].S)), nil
	},
	"LOWER": func(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
		return types.Text(lower(a[0].S)), nil
	},
	"CHAR_LENGTH": func(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
		return types.Int64(int64(utf8.RuneCountInString(a[0].S))), nil
	},
	"SUBSTRING": substring,
	"SUBSTR":    substring,
	"REPLACE":   replace,
	"||":        concat,
	"CONCAT":    concat,
	"LIKE": func(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
		var escape []rune
		if len(a) > 2 {
			escape = []rune(a[2].S)
		}
		ok, err := like([]rune(a[0].S), []rune(a[1].S), escape)
		return truth(ok), err
	},
	"EXTRACT": func(e *evaluator, ts []types.Type, a []types.Value) (types.Value, error) {
		n, err := extract(a[0].S, e.clock(ts[1], a[1]))
		return types.Int64(n), err
	},
	"DATE_FORMAT":       dateFormat,
	"TO_TIMESTAMP":      toTimestamp,
	"TO_TIMESTAMP_LTZ":  toTimestampLTZ,
	"CURRENT_TIMESTAMP": current,
	"NOW":               current,
}

func current(e *evaluator, _ []types.Type, _ []types.Value) (types.Value, error) {
	return momentValue(e.now), nil
}

// clock is what clocks show: the value itself, or an instant in the session's zone.
func (e *evaluator) clock(t types.Type, v types.Value) time.Time {
	if t.Kind == types.TimestampLTZ {
		return local(pointIn(t, v), e.zone)
	}
	return pointIn(t, v)
}

// substring counts characters from 1, from the end if negative; 0 is as 1. From
// beyond either end there is nothing; a negative length is NULL.
func substring(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
	text, start := []rune(a[0].S), a[1].I
	length := int64(len(text))
	if len(a) > 2 {
		if a[2].I < 0 {
			return null, nil
		}
		length = a[2].I
	}
	switch {
	case start > 0:
		start--
	case start < 0:
		start += int64(len(text))
	}
	if start < 0 || start >= int64(len(text)) {
		return types.Text(""), nil
	}
	return types.Text(string(text[start:min(start+length, int64(len(text)))])), nil
}

func replace(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
	if a[1].S != "" {
		return types.Text(strings.ReplaceAll(a[0].S, a[1].S, a[2].S)), nil
	}
	// Nothing is found at every place, also between the two halves that Java makes of a
	// character beyond the first plane; each half alone is then written as a question mark.
	var b strings.Builder
	b.WriteString(a[2].S)
	for _, r := range a[0].S {
		if r > 0xffff && a[2].S != "" {
			b.WriteString("?" + a[2].S + "?")
		} else {
			b.WriteRune(r)
		}
		b.WriteString(a[2].S)
	}
	return types.Text(b.String()), nil
}

func concat(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
	text := ""
	for _, v := range a {
		text += v.S
	}
	return types.Text(text), nil
}

// dateFormat formats a timestamp, or text that holds one and perhaps more behind it.
func dateFormat(e *evaluator, ts []types.Type, a []types.Value) (types.Value, error) {
	t := e.clock(ts[0], a[0])
	if ts[0].IsText() {
		m := looseTimestamp.FindStringSubmatch(a[0].S)
		if m == nil {
			return null, nil
		}
		var n [6]int
		for i := range n {
			fmt.Sscanf(m[i+1], "%d", &n[i])
		}
		// As java.text.SimpleDateFormat has it, numbers that are too large carry over.
		t = time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	}
	s, err := formatPattern(t, a[1].S)
	return types.Text(s), err
}

var looseTimestamp = regexp.MustCompile(`^\s*(\d+)-\s*(\d+)-\s*(\d+) \s*(\d+):\s*(\d+):\s*(\d+)`)

// toTimestamp is NULL where the text does not fit.
func toTimestamp(_ *evaluator, _ []types.Type, a []types.Value) (types.Value, error) {
	if len(a) == 1 {
		t, ok := parseMoment(a[0].S)
		return maybeMoment(t, ok), nil
	}
	return parseWith(a[0].S, a[1].S)
}

func maybeMoment(t time.Time, ok bool) types.Value {
	if !ok {
		return null
	}
	return momentValue(t)
}

func parseWith(s, pattern string) (types.Value, error) {
	t, ok, err := parsePattern(s, pattern)
	if !ok && err == nil {
		t, ok = parseJDBC(s)
	}
	return maybeMoment(t, ok), err
}

// toTimestampLTZ takes a number of seconds (precision 0), milliseconds (3, the
// default) or finer units since 1970, or text in UTC or another zone. Only the text
// without a format fails where it does not fit.
func toTimestampLTZ(e *evaluator, ts []types.Type, a []types.Value) (types.Value, error) {
	if !ts[0].IsText() {
		precision := int64(3)
		if len(a) > 1 {
			precision = a[1].I
		}
		return ofEpoch(ts[0], a[0], int(precision))
	}
	if len(a) == 1 {
		t, ok := parseMoment(a[0].S)
		if !ok {
			return null, fmt.Errorf("text '%s' could not be parsed as a timestamp", a[0].S)
		}
		return momentValue(floorFraction(t, 3)), nil
	}
	v, err := parseWith(a[0].S, a[1].S)
	if err != nil || v.Null || len(a) == 2 {
		return v, err
	}
	zone, err := loadZone(a[2].S)
	if err != nil {
		return null, err
	}
	return momentValue(instant(moment(v), zone)), nil
}

// ofEpoch counts units of 10^-precision seconds; NULL outside the years 0000 to 9999.
func ofEpoch(t types.Type, v types.Value, precision int) (types.Value, error) {
	var units *big.Int
	switch {
	case t.Kind == types.Double && precision == 0:
		// The fraction of a second is kept to the millisecond.
		if !(v.F >= -62167219200 && v.F <= 253402300799) {
			return null, nil
		}
		units, precision = big.NewInt(saturate(v.F*1000, types.BigInt)), 3
	case t.Kind == types.Double:
		units = big.NewInt(saturate(math.Floor(v.F), types.BigInt))
	default:
		units = exact(t, v).truncated()
	}
	nanos := new(big.Int).Mul(units, tenTo(9-precision))
	seconds, rest := new(big.Int).DivMod(nanos, tenTo(9), new(big.Int))
	if seconds.Cmp(big.NewInt(-62167219200)) < 0 || seconds.Cmp(big.NewInt(253402300799)) > 0 {
		return null, nil
	}
	return momentValue(time.Unix(seconds.Int64(), rest.Int64())), nil
}
