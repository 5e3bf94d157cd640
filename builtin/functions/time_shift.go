package functions

import (
	"fmt"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that count in units of time.
var shiftFunctions = []*function.Function{
	{
		Name: "TIMESTAMPADD", Family: "temporal",
		Summary: "a time moved by a number of units (SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM); a day beyond the end of its month becomes the last",
		Syntax:  []string{"TIMESTAMPADD(unit, n, time)"},
		Examples: examples("TIMESTAMPADD(MONTH, 1, TIMESTAMP '2020-01-31 10:20:30')", "2020-02-29 10:20:30", "TIMESTAMPADD(WEEK, -1, DATE '2020-01-08')", "2020-01-01",
			"TIMESTAMPADD(DECADE, 1, DATE '2020-02-29')", "2030-02-28"),
		Bind: bindTimestampAdd,
	},
	{
		Name: "TIMESTAMPDIFF", Family: "temporal",
		Summary:  "how many whole units (SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR) lie from the first time to the second",
		Syntax:   []string{"TIMESTAMPDIFF(unit, from, to)"},
		Examples: examples("TIMESTAMPDIFF(DAY, TIMESTAMP '2020-01-01 10:00:00', TIMESTAMP '2020-01-03 09:00:00')", "1", "TIMESTAMPDIFF(MONTH, DATE '2020-01-31', DATE '2020-02-29')", "1"),
		Bind:     bindTimestampDiff,
	},
}

// unit is a unit of time: months, or else milliseconds.
type unit struct{ months, millis int64 }

var units = map[string]unit{
	"MILLISECOND": {millis: 1}, "SECOND": {millis: 1000}, "MINUTE": {millis: 60_000}, "HOUR": {millis: 3_600_000},
	"DAY": {millis: types.MillisPerDay}, "WEEK": {millis: 7 * types.MillisPerDay},
	"MONTH": {months: 1}, "QUARTER": {months: 3}, "YEAR": {months: 12},
}

// longUnits are those that only TIMESTAMPADD knows: TIMESTAMPDIFF in Flink takes them for years.
var longUnits = map[string]unit{"DECADE": {months: 120}, "CENTURY": {months: 1200}, "MILLENNIUM": {months: 12_000}}

// unitOf is the unit that the literal argument 0 names, also as SQL_TSI_DAY.
func unitOf(args []function.Arg, adding bool) (unit, error) {
	name, ok := literalText(args[0])
	name = strings.TrimPrefix(strings.ToUpper(name), "SQL_TSI_")
	u, known := units[name]
	if !known && adding {
		u, known = longUnits[name]
	}
	if !ok || !known {
		return u, fmt.Errorf("%s is not a unit of time", name)
	}
	return u, nil
}

func isTime(t types.Type) bool {
	return t.IsTimestamp() || t.Kind == types.Date || t.Kind == types.Time
}

var aTime = class{"a time", isTime, nil}

func bindTimestampAdd(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 3, 3); err != nil {
		return function.Signature{}, err
	}
	u, err := unitOf(args, true)
	if err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText, bigInt, aTime)
	if err != nil {
		return function.Signature{}, err
	}
	result := ps[2]
	switch {
	case result.Kind == types.Date && u.millis%types.MillisPerDay != 0:
		result = types.TTimestamp(6)
		ps[2] = result.WithNull(!ps[2].NotNull)
	case result.IsTimestamp() && u.millis == 1:
		result.Precision = max(result.Precision, 3)
		ps[2] = result
	}
	return strict(ps, result, func(c *function.Call) error {
		v, mask := c.Args[2], c.Args[2].Mask()
		return c.Rows(func(i int) error {
			shiftSlot(c.Out, i, v, i&mask, int64At(c, 1, i), u)
			return nil
		})
	})
}

// shiftSlot sets row i of out to slot k of v moved by n units.
func shiftSlot(out *vector.Vector, i int, v *vector.Vector, k int, n int64, u unit) {
	switch out.Type.Kind {
	case types.Date:
		days := int64(v.Int32s()[k])
		if u.months > 0 {
			days = types.AddMonths(days, n*u.months)
		} else {
			days += n * (u.millis / types.MillisPerDay)
		}
		out.Int32s()[i] = int32(days)
	case types.Time:
		ms := int64(v.Int32s()[k])
		if u.months == 0 {
			ms = ((ms+n*u.millis)%types.MillisPerDay + types.MillisPerDay) % types.MillisPerDay
		}
		out.Int32s()[i] = int32(ms)
	default:
		micros := v.Int64s()[k]
		if u.months > 0 {
			micros = types.AddMonthsMicros(micros, n*u.months)
		} else {
			micros += n * u.millis * microsPerMilli
		}
		out.Int64s()[i] = micros
		if out.Layout() == vector.Fine {
			out.Int32s()[i] = v.Int32s()[k]
		}
	}
}

func bindTimestampDiff(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 3, 3); err != nil {
		return function.Signature{}, err
	}
	u, err := unitOf(args, false)
	if err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText, aTime)
	if err != nil {
		return function.Signature{}, err
	}
	if (ps[1].Kind == types.TimestampLTZ) != (ps[2].Kind == types.TimestampLTZ) {
		return function.Signature{}, fmt.Errorf("a TIMESTAMP_LTZ is counted to another TIMESTAMP_LTZ only")
	}
	millisOf := millisAt
	if (ps[1].Kind == types.Time) != (ps[2].Kind == types.Time) {
		if u.months == 0 || ps[1].Kind != types.Date && ps[2].Kind != types.Date {
			return function.Signature{}, fmt.Errorf("a TIME is counted to another TIME only")
		}
		// Months between a DATE and a TIME: Flink takes the TIME's number for one of days.
		millisOf = func(v *vector.Vector, k int) int64 { return int64(v.Int32s()[k]) * types.MillisPerDay }
	}
	return strict(ps, types.TInt, func(c *function.Call) error {
		out, a, b := c.Out.Int32s(), c.Args[1], c.Args[2]
		am, bm := a.Mask(), b.Mask()
		return c.Rows(func(i int) error {
			from, to := millisOf(a, i&am), millisOf(b, i&bm)
			switch {
			case u.months > 0:
				out[i] = int32(types.MonthsBetweenMillis(to, from) / u.months)
			case u.millis == 1: // Flink counts seconds here, too
				out[i] = int32((to - from) / 1000 * 1000)
			default:
				out[i] = int32((to - from) / u.millis)
			}
			return nil
		})
	})
}

// millisAt is slot k of a time in milliseconds since 1970, or of the day.
func millisAt(v *vector.Vector, k int) int64 {
	switch v.Type.Kind {
	case types.Date:
		return int64(v.Int32s()[k]) * types.MillisPerDay
	case types.Time:
		return int64(v.Int32s()[k])
	}
	return millis(v.Int64s()[k]) / microsPerMilli
}
