package functions

import (
	"fmt"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that answer a field of a time or an interval.
var fieldFunctions = []*function.Function{
	{
		Name: "EXTRACT", Family: "temporal",
		Summary: "a field of a time or an interval: NANOSECOND, MICROSECOND, MILLISECOND (of the second), SECOND, MINUTE, HOUR, DAY, DOW (1 is Sunday), ISODOW (1 is Monday), DOY, WEEK and ISOYEAR (ISO 8601), MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM, EPOCH (seconds since 1970)",
		Syntax:  []string{"EXTRACT(field FROM value)"},
		Examples: examples(
			"EXTRACT(DOY FROM DATE '2020-02-29')", "60", "EXTRACT(MILLISECOND FROM TIMESTAMP '2020-01-01 00:00:01.123')", "123",
			"EXTRACT(DAY FROM INTERVAL '50' HOUR)", "2", "EXTRACT(EPOCH FROM TIMESTAMP '1969-12-31 23:59:58.5')", "-1", "EXTRACT(WEEK FROM DATE '2021-01-01')", "53",
		),
		Bind: func(args []function.Arg) (function.Signature, error) {
			if err := arity(args, 2, 2); err != nil {
				return function.Signature{}, err
			}
			unit, ok := literalText(args[0])
			if !ok {
				return function.Signature{}, fmt.Errorf("argument 1 is a field, such as YEAR")
			}
			return bindField(args, 1, strings.ToUpper(unit))
		},
	},
	field("YEAR", "YEAR", "the year", "YEAR(DATE '2020-02-29')", "2020"),
	field("QUARTER", "QUARTER", "the quarter, 1 to 4", "QUARTER(DATE '2020-05-29')", "2"),
	field("MONTH", "MONTH", "the month, 1 to 12", "MONTH(DATE '2020-02-29')", "2"),
	field("WEEK", "WEEK", "the week of ISO 8601, 1 to 53", "WEEK(DATE '2020-02-29')", "9"),
	field("DAYOFYEAR", "DOY", "the day of the year, 1 to 366", "DAYOFYEAR(DATE '2020-12-31')", "366"),
	field("DAYOFMONTH", "DAY", "the day of the month, 1 to 31", "DAYOFMONTH(DATE '2020-02-29')", "29"),
	field("DAYOFWEEK", "DOW", "the day of the week, 1 is Sunday", "DAYOFWEEK(DATE '2020-01-31')", "6"),
	field("HOUR", "HOUR", "the hour, 0 to 23", "HOUR(TIMESTAMP '2020-01-01 10:20:30')", "10"),
	field("MINUTE", "MINUTE", "the minute, 0 to 59", "MINUTE(TIMESTAMP '2020-01-01 10:20:30')", "20"),
	field("SECOND", "SECOND", "the second, 0 to 59", "SECOND(TIMESTAMP '2020-01-01 10:20:30')", "30"),
}

func field(name, unit, summary, example, result string) *function.Function {
	return &function.Function{
		Name: name, Family: "temporal", Summary: summary + " of a time", Syntax: []string{name + "(value)"},
		Examples: examples(example, result),
		Bind: func(args []function.Arg) (function.Signature, error) {
			if err := arity(args, 1, 1); err != nil {
				return function.Signature{}, err
			}
			return bindField(args, 0, unit)
		},
	}
}

// instant is a point in time or an interval taken apart as far as fields need it.
type instant struct {
	days  int64
	nanos int64 // of the day
	epoch int64 // seconds toward 1970; Flink counts those of local time
}

// bindField binds the extraction of unit from argument k.
func bindField(args []function.Arg, k int, unit string) (function.Signature, error) {
	ps := make([]types.Type, len(args))
	for i, a := range args {
		ps[i] = a.Type.Plain()
	}
	t := ps[k]
	if isNull(t) {
		t = types.TTimestamp(3)
		ps[k] = t
	}
	f, err := fieldOf(unit, t)
	if err != nil {
		return function.Signature{}, err
	}
	return strict(ps, types.TBigInt, func(c *function.Call) error {
		out, v, mask := c.Out.Int64s(), c.Args[k], c.Args[k].Mask()
		return c.Rows(func(i int) error { out[i] = f(c, v, i&mask); return nil })
	})
}

// fieldOf finds how unit is read from a slot of type t.
func fieldOf(unit string, t types.Type) (func(c *function.Call, v *vector.Vector, i int) int64, error) {
	switch t.Kind {
	case types.IntervalMonth:
		if f := monthFields[unit]; f != nil {
			return func(_ *function.Call, v *vector.Vector, i int) int64 { return f(int64(v.Int32s()[i])) }, nil
		}
	case types.IntervalDay:
		if f := durationFields[unit]; f != nil {
			return func(_ *function.Call, v *vector.Vector, i int) int64 { return f(v.Int64s()[i]) }, nil
		}
	case types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		read := reader(t)
		if f := clockFields[unit]; f != nil {
			return func(c *function.Call, v *vector.Vector, i int) int64 { return f(read(c, v, i)) }, nil
		}
		if f := dateFields[unit]; f != nil && t.Kind != types.Time {
			return func(c *function.Call, v *vector.Vector, i int) int64 { return f(read(c, v, i)) }, nil
		}
	default:
		return nil, fmt.Errorf("the value must be a time or an interval, not %v", t.Nullable())
	}
	return nil, fmt.Errorf("%v has no field %s", t.Nullable(), unit)
}

// reader takes a slot of type t apart: a TIMESTAMP_LTZ as clocks in the session's zone
// show it.
func reader(t types.Type) func(c *function.Call, v *vector.Vector, i int) instant {
	switch t.Kind {
	case types.Date:
		return func(_ *function.Call, v *vector.Vector, i int) instant {
			days := int64(v.Int32s()[i])
			return instant{days: days, epoch: days * 86400}
		}
	case types.Time:
		return func(_ *function.Call, v *vector.Vector, i int) instant {
			return instant{nanos: int64(v.Int32s()[i]) * 1e6}
		}
	}
	zoned := t.Kind == types.TimestampLTZ
	return func(c *function.Call, v *vector.Vector, i int) instant {
		micros, nanos := v.Int64s()[i], int64(0)
		if v.Layout() == vector.Fine {
			nanos = int64(v.Int32s()[i])
		}
		if zoned {
			micros = c.Env.Zone.Local(micros)
		}
		days, ofDay := types.SplitMicros(micros)
		return instant{days, ofDay*1000 + nanos, micros / types.MicrosPerSecond}
	}
}

const nanosPerSecond = 1_000_000_000

var clockFields = map[string]func(instant) int64{
	"HOUR":        func(t instant) int64 { return t.nanos / (3600 * nanosPerSecond) },
	"MINUTE":      func(t instant) int64 { return t.nanos / (60 * nanosPerSecond) % 60 },
	"SECOND":      func(t instant) int64 { return t.nanos / nanosPerSecond % 60 },
	"MILLISECOND": func(t instant) int64 { return t.nanos / 1e6 % 1e3 },
	"MICROSECOND": func(t instant) int64 { return t.nanos / 1e3 % 1e6 },
	"NANOSECOND":  func(t instant) int64 { return t.nanos % nanosPerSecond },
}

var dateFields = map[string]func(instant) int64{
	"EPOCH":      func(t instant) int64 { return t.epoch },
	"DAY":        func(t instant) int64 { _, _, d := types.CivilOf(t.days); return int64(d) },
	"MONTH":      func(t instant) int64 { _, m, _ := types.CivilOf(t.days); return int64(m) },
	"QUARTER":    func(t instant) int64 { _, m, _ := types.CivilOf(t.days); return int64(m+2) / 3 },
	"YEAR":       func(t instant) int64 { return yearOf(t.days) },
	"DECADE":     func(t instant) int64 { return yearOf(t.days) / 10 },
	"CENTURY":    func(t instant) int64 { return (yearOf(t.days) + 99) / 100 },
	"MILLENNIUM": func(t instant) int64 { return (yearOf(t.days) + 999) / 1000 },
	"DOW":        func(t instant) int64 { return int64(sundayFirst(t.days)) },
	"ISODOW":     func(t instant) int64 { return int64(types.Weekday(t.days)) },
	"DOY":        func(t instant) int64 { return int64(types.DayOfYear(t.days)) },
	"WEEK":       func(t instant) int64 { _, w := types.ISOWeek(t.days); return int64(w) },
	"ISOYEAR":    func(t instant) int64 { y, _ := types.ISOWeek(t.days); return int64(y) },
}

func yearOf(days int64) int64 {
	y, _, _ := types.CivilOf(days)
	return int64(y)
}

var monthFields = map[string]func(int64) int64{
	"MONTH":   func(m int64) int64 { return m % 12 },
	"QUARTER": func(m int64) int64 { return m%12/3 + 1 },
	"YEAR":    func(m int64) int64 { return m / 12 },
	"DECADE":  func(m int64) int64 { return m / 120 },
	"CENTURY": func(m int64) int64 { return m / 1200 },
}

var durationFields = map[string]func(int64) int64{
	"MILLISECOND": func(ms int64) int64 { return ms % 1000 },
	"SECOND":      func(ms int64) int64 { return ms / 1000 % 60 },
	"MINUTE":      func(ms int64) int64 { return ms / 60_000 % 60 },
	"HOUR":        func(ms int64) int64 { return ms / 3_600_000 % 24 },
	"DAY":         func(ms int64) int64 { return ms / types.MillisPerDay },
	"EPOCH":       func(ms int64) int64 { return ms / 1000 },
}
