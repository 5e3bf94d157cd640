package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// parseType reads a type as the cases write it: ROW<`f0` INT> NOT NULL.
func parseType(text string) (types.Type, error) {
	if text == "?" || text == "NULL" {
		return types.TInt, nil // a type that the case could not tell: all its values are NULL
	}
	bare, notNull := strings.CutSuffix(strings.TrimSpace(text), "NOT NULL")
	if seconds.MatchString(bare) {
		bare = "INTERVAL DAY TO SECOND(3)" // as Flink prints all of them, and parses none
	}
	x, err := sql.ParseExpr("CAST(NULL AS " + bare + ")")
	if err != nil {
		return types.Type{}, fmt.Errorf("type %s: %w", text, err)
	}
	cast, ok := x.(*sql.Cast)
	if !ok {
		return types.Type{}, fmt.Errorf("type %s: not a type", text)
	}
	var problems catalog.Problems
	t, ok := catalog.ResolveType(&problems, cast.Type)
	if !ok {
		return t, fmt.Errorf("type %s is not supported", text)
	}
	t.NotNull = t.NotNull || notNull
	return t, nil
}

var seconds = regexp.MustCompile(`(?i)^INTERVAL\s+SECOND\s*\(\s*3\s*\)\s*$`)

// tagged is a value that JSON has no spelling for: {"$decimal": "1.20"}.
func tagged(raw json.RawMessage) (tag string, body json.RawMessage, ok bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return "", nil, false
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return "", nil, false
	}
	for k, v := range m {
		if strings.HasPrefix(k, "$") {
			return k, v, true
		}
	}
	return "", nil, false
}

// isOpaque tells whether a value holds a Java expression that has no reading here.
func isOpaque(raw json.RawMessage) (string, bool) {
	tag, body, ok := tagged(raw)
	if !ok {
		return "", false
	}
	switch tag {
	case "$opaque":
		var s string
		json.Unmarshal(body, &s)
		if _, ok := readOpaque(s); ok {
			return "", false
		}
		return s, true
	case "$array", "$row", "$map":
		var list []json.RawMessage
		json.Unmarshal(body, &list)
		for _, x := range list {
			if s, ok := isOpaque(x); ok {
				return s, true
			}
			var pair []json.RawMessage
			if tag == "$map" && json.Unmarshal(x, &pair) == nil {
				for _, y := range pair {
					if s, ok := isOpaque(y); ok {
						return s, true
					}
				}
			}
		}
	}
	return "", false
}

var opaqueCall = regexp.MustCompile(`^(Period|Duration)\.(\w+)\(\s*(-?\d+)L?\s*(?:,\s*(.*?)\s*)?\)$`)
var opaqueDuration = regexp.MustCompile(`^(-?\d+)(ms|s|m|min|h|d)$`)

// readOpaque reads the Java expressions that stand for a plain value: booleans,
// periods and durations. An interval is its months or milliseconds.
func readOpaque(s string) (types.Value, bool) {
	switch s {
	case "Boolean.TRUE":
		return types.Bool(true), true
	case "Boolean.FALSE":
		return types.Bool(false), true
	}
	if m := opaqueDuration.FindStringSubmatch(s); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		unit := map[string]int64{"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": types.MillisPerDay}[m[2]]
		return types.Int64(n * unit), true
	}
	m := opaqueCall.FindStringSubmatch(s)
	if m == nil {
		return types.Value{}, false
	}
	n, _ := strconv.ParseInt(m[3], 10, 64)
	switch m[1] + "." + m[2] {
	case "Period.of":
		parts := strings.Split(m[4], ",")
		months, err := strconv.ParseInt(strings.TrimSpace(parts[0]), 10, 64)
		return types.Int64(n*12 + months), err == nil
	case "Period.ofMonths":
		return types.Int64(n), true
	case "Period.ofYears":
		return types.Int64(n * 12), true
	case "Duration.ofMillis":
		return types.Int64(n), true
	case "Duration.ofSeconds":
		return types.Int64(n * 1000), true
	case "Duration.ofMinutes":
		return types.Int64(n * 60_000), true
	case "Duration.ofHours":
		return types.Int64(n * 3_600_000), true
	case "Duration.ofDays":
		return types.Int64(n * types.MillisPerDay), true
	case "Duration.of":
		unit := map[string]int64{"ChronoUnit.MILLIS": 1, "ChronoUnit.SECONDS": 1000, "ChronoUnit.MINUTES": 60_000,
			"ChronoUnit.HOURS": 3_600_000, "ChronoUnit.DAYS": types.MillisPerDay}[strings.TrimPrefix(m[4], "java.time.temporal.")]
		return types.Int64(n * unit), unit != 0
	}
	return types.Value{}, false
}

// valueOf makes a value of type t of JSON as the cases write it. What does not fit is
// made to fit as Flink's converters do: digits beyond a precision are cut off, decimals are
// rounded to their scale and NULL beyond their precision. pad fills CHAR and BINARY.
func valueOf(raw json.RawMessage, t types.Type, pad bool) (types.Value, error) {
	bad := func() (types.Value, error) { return types.Value{}, fmt.Errorf("%s is no %s", raw, t) }
	if len(raw) == 0 || string(raw) == "null" {
		return types.NullValue, nil
	}
	tag, body, isTagged := tagged(raw)
	text := string(raw)
	if isTagged {
		if json.Unmarshal(body, &text) != nil {
			text = string(body)
		}
	} else if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return bad()
		}
	}
	if tag == "$opaque" {
		if v, ok := readOpaque(text); ok {
			return v, nil
		}
		return bad()
	}
	switch t.Kind {
	case types.Boolean:
		if text == "true" || text == "false" {
			return types.Bool(text == "true"), nil
		}
		return bad()
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return types.Int64(n), nil
		}
		if r, ok := new(big.Rat).SetString(text); ok && r.IsInt() {
			return types.Int64(r.Num().Int64()), nil
		}
		return bad()
	case types.Float:
		f, err := strconv.ParseFloat(text, 32)
		if err != nil && !strings.Contains(err.Error(), "range") {
			return bad()
		}
		return types.Float64(float64(float32(f))), nil
	case types.Double:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && !strings.Contains(err.Error(), "range") {
			return bad()
		}
		return types.Float64(f), nil
	case types.Decimal:
		return decimalOf(text, t)
	case types.Char, types.VarChar:
		if pad && t.Kind == types.Char {
			for n := len([]rune(text)); n < int(t.Precision); n++ {
				text += " "
			}
		}
		return types.Text(text), nil
	case types.Binary, types.VarBinary:
		if tag == "$bytes" {
			b, err := hex.DecodeString(text)
			if err != nil {
				return bad()
			}
			text = string(b)
		}
		if pad && t.Kind == types.Binary && len(text) < int(t.Precision) {
			text += strings.Repeat("\x00", int(t.Precision)-len(text))
		}
		return types.Text(text), nil
	case types.Date:
		d, err := types.ParseDate(text)
		return types.Int64(d), err
	case types.Time:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return types.Int64(types.TruncateTime(n, int(t.Precision))), nil
		}
		ms, err := types.ParseTime(text, 9)
		return types.Int64(types.TruncateTime(ms, int(t.Precision))), err
	case types.Timestamp, types.TimestampLTZ:
		return timestampOf(text, t)
	case types.IntervalMonth, types.IntervalDay:
		return intervalOf(text, t)
	case types.Array, types.Multiset, types.Map, types.Row:
		return nestedOf(raw, tag, body, t, pad)
	}
	return bad()
}

func decimalOf(text string, t types.Type) (types.Value, error) {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return types.Value{}, fmt.Errorf("%s is no %s", text, t)
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil)))
	// Half up, away from zero, as BigDecimal's HALF_UP.
	num := new(big.Int).Mul(new(big.Int).Abs(r.Num()), big.NewInt(2))
	num.Add(num, r.Denom())
	n := num.Div(num, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if n.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision)), nil)) >= 0 {
		return types.NullValue, nil
	}
	if r.Sign() < 0 {
		n.Neg(n)
	}
	lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0)))
	return types.Value{I: int64(lo.Uint64()), Hi: new(big.Int).Rsh(n, 64).Int64()}, nil
}

// timestampOf reads 2020-01-01T10:00, 2020-01-01 10:00:00.123 and, of instants, a Z or
// an offset behind it; without one an instant is in UTC.
func timestampOf(text string, t types.Type) (types.Value, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil && t.Kind == types.TimestampLTZ {
			return fitTimestamp(at.Unix()*1_000_000+int64(at.Nanosecond())/1000, int64(at.Nanosecond())%1000, t), nil
		}
	}
	text = strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z")
	if strings.Count(text, ":") == 1 {
		text += ":00"
	}
	micros, nanos, err := types.ParseTimestamp(text, 9)
	return fitTimestamp(micros, nanos, t), err
}

func fitTimestamp(micros, nanos int64, t types.Type) types.Value {
	p := int(t.Precision)
	return types.Value{I: types.TruncateMicros(micros, p), Hi: types.TruncateNanos(nanos, p)}
}

var isoPeriod = regexp.MustCompile(`^(-?)P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?$`)
var isoDuration = regexp.MustCompile(`^(-?)P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d+)?)S)?)?$`)

// intervalOf reads ISO-8601 periods (P2Y3M) and durations (P1DT2H3.5S), and numbers of
// months or milliseconds.
func intervalOf(text string, t types.Type) (types.Value, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return types.Int64(n), nil
	}
	number := func(s string) *big.Rat {
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			return new(big.Rat)
		}
		return r
	}
	total := new(big.Rat)
	add := func(s string, unit int64) {
		if s != "" {
			total.Add(total, number(s).Mul(number(s), big.NewRat(unit, 1)))
		}
	}
	sign := ""
	if m := isoPeriod.FindStringSubmatch(text); m != nil && t.Kind == types.IntervalMonth {
		sign = m[1]
		add(m[2], 12)
		add(m[3], 1)
	} else if m := isoDuration.FindStringSubmatch(text); m != nil && t.Kind == types.IntervalDay {
		sign = m[1]
		add(m[2], types.MillisPerDay)
		add(m[3], 3_600_000)
		add(m[4], 60_000)
		add(m[5], 1000)
	} else {
		return types.Value{}, fmt.Errorf("%s is no %s", text, t)
	}
	if sign != "" {
		total.Neg(total)
	}
	n := new(big.Int).Quo(total.Num(), total.Denom()).Int64()
	return types.Int64(n), nil
}

// nestedOf reads $array, $row and $map, and plain JSON lists and objects in their place.
func nestedOf(raw json.RawMessage, tag string, body json.RawMessage, t types.Type, pad bool) (types.Value, error) {
	if tag == "" {
		body = raw
	}
	v := types.Value{}
	add := func(x json.RawMessage, t types.Type) error {
		e, err := valueOf(x, t, pad)
		v.Elems = append(v.Elems, e)
		return err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		return v, fmt.Errorf("%s is no %s", raw, t)
	}
	switch t.Kind {
	case types.Array:
		for _, x := range list {
			if err := add(x, *t.Elem); err != nil {
				return v, err
			}
		}
	case types.Row:
		if len(list) != len(t.Fields) {
			return v, fmt.Errorf("%s is no %s", raw, t)
		}
		for i, x := range list {
			if err := add(x, t.Fields[i].Type); err != nil {
				return v, err
			}
		}
	default:
		key, value := types.TInt, types.TInt
		if t.Kind == types.Map {
			key, value = *t.Key, *t.Elem
		} else {
			key = *t.Elem
		}
		for _, x := range list {
			var pair []json.RawMessage
			if err := json.Unmarshal(x, &pair); err != nil || len(pair) != 2 {
				return v, fmt.Errorf("%s is no %s", raw, t)
			}
			if err := add(pair[0], key); err != nil {
				return v, err
			}
			if err := add(pair[1], value); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

// inferType is the type of a value whose case gives none: that of the literal.
func inferType(raw json.RawMessage) string {
	tag, body, ok := tagged(raw)
	if !ok {
		switch {
		case len(raw) == 0 || raw[0] == 'n':
			return "INT"
		case raw[0] == 't' || raw[0] == 'f':
			return "BOOLEAN NOT NULL"
		case raw[0] == '"':
			return "STRING NOT NULL"
		case strings.ContainsAny(string(raw), ".eE"):
			return "DOUBLE NOT NULL"
		}
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil && int64(int32(n)) == n {
			return "INT NOT NULL"
		}
		return "BIGINT NOT NULL"
	}
	var list []json.RawMessage
	json.Unmarshal(body, &list)
	switch tag {
	case "$double":
		return "DOUBLE NOT NULL"
	case "$float":
		return "FLOAT NOT NULL"
	case "$decimal":
		return "DECIMAL(38, 18) NOT NULL"
	case "$date":
		return "DATE NOT NULL"
	case "$time":
		return "TIME(3) NOT NULL"
	case "$timestamp":
		return "TIMESTAMP(9) NOT NULL"
	case "$instant":
		return "TIMESTAMP_LTZ(9) NOT NULL"
	case "$bytes":
		return "BYTES NOT NULL"
	case "$duration":
		return "INTERVAL SECOND(3) NOT NULL"
	case "$period":
		return "INTERVAL MONTH NOT NULL"
	case "$array":
		if len(list) > 0 {
			return "ARRAY<" + strings.TrimSuffix(inferType(list[0]), " NOT NULL") + "> NOT NULL"
		}
	case "$row":
		var fields []string
		for i, x := range list {
			fields = append(fields, fmt.Sprintf("f%d %s", i, inferType(x)))
		}
		return "ROW<" + strings.Join(fields, ", ") + "> NOT NULL"
	case "$map":
		var pair []json.RawMessage
		if len(list) > 0 && json.Unmarshal(list[0], &pair) == nil && len(pair) == 2 {
			return "MAP<" + inferType(pair[0]) + ", " + strings.TrimSuffix(inferType(pair[1]), " NOT NULL") + "> NOT NULL"
		}
	}
	return "INT"
}
