package functions

import (
	"fmt"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// FLOOR and CEIL, of numbers and of times.
var floorFunctions = []*function.Function{
	{
		Name: "FLOOR", Family: "arithmetic",
		Summary:  "the greatest whole number not above x; of a time, the beginning of the unit it lies in (MILLISECOND to MILLENNIUM; weeks begin on Sunday)",
		Syntax:   []string{"FLOOR(x)", "FLOOR(time TO unit)"},
		Examples: examples("FLOOR(-1.5)", "-2", "FLOOR(CAST(2.5 AS DOUBLE))", "2.0", "FLOOR(TIMESTAMP '2020-05-15 10:20:30' TO MONTH)", "2020-05-01 00:00:00", "FLOOR(DATE '2020-05-15' TO WEEK)", "2020-05-10"),
		Bind:     bindFloor(true),
	},
	{
		Name: "CEIL", Aliases: []string{"CEILING"}, Family: "arithmetic",
		Summary:  "the least whole number not below x; of a time, the end of the unit it lies in, itself if it is its beginning",
		Syntax:   []string{"CEIL(x)", "CEIL(time TO unit)"},
		Examples: examples("CEIL(-1.5)", "-1", "CEIL(1.01)", "2", "CEIL(TIMESTAMP '2020-05-15 10:20:30' TO HOUR)", "2020-05-15 11:00:00", "CEIL(TIMESTAMP '2020-05-15 00:00:00' TO DAY)", "2020-05-15 00:00:00"),
		Bind:     bindFloor(false),
	},
}

func bindFloor(down bool) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) == 2 {
			return bindFloorTime(args, down)
		}
		return binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) { return floorNumber(ps, down) }, anyNumber)(args)
	}
}

func bindFloorTime(args []function.Arg, down bool) (function.Signature, error) {
	ps, err := params(args, aTime, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	name, ok := literalText(args[1])
	cut := cutters[strings.ToUpper(name)]
	if !ok || cut == nil {
		return function.Signature{}, fmt.Errorf("%s is not a unit that a time has", name)
	}
	if ps[0].Kind == types.Time && cut(types.MicrosPerDay-1) == 0 {
		return function.Signature{}, fmt.Errorf("a TIME has no %s", name) // Flink's answers have no meaning
	}
	if !down {
		floor := cut
		cut = func(micros int64) int64 { return ceiling(floor, micros) }
		if ps[0].Kind == types.Date && strings.EqualFold(name, "DAY") {
			// Flink answers the day after, though a date is the beginning of its day.
			cut = func(micros int64) int64 { return micros + types.MicrosPerDay }
		}
	}
	zoned := ps[0].Kind == types.TimestampLTZ
	return strict(ps, ps[0], func(c *function.Call) error {
		v, mask := c.Args[0], c.Args[0].Mask()
		return c.Rows(func(i int) error {
			cutSlot(c, i, v, i&mask, cut, zoned)
			return nil
		})
	})
}

// cutSlot sets row i of c.Out to slot k of v, cut.
func cutSlot(c *function.Call, i int, v *vector.Vector, k int, cut func(int64) int64, zoned bool) {
	switch v.Type.Kind {
	case types.Date:
		days, _ := types.SplitMicros(cut(int64(v.Int32s()[k]) * types.MicrosPerDay))
		c.Out.Int32s()[i] = int32(days)
	case types.Time:
		c.Out.Int32s()[i] = int32(cut(int64(v.Int32s()[k])*microsPerMilli) / microsPerMilli)
	default:
		micros := v.Int64s()[k]
		if zoned {
			micros = c.Env.Zone.Instant(cut(c.Env.Zone.Local(micros)))
		} else {
			micros = cut(micros)
		}
		c.Out.Int64s()[i] = micros
		if c.Out.Layout() == vector.Fine {
			c.Out.Int32s()[i] = 0
		}
	}
}

// cutters bring a local time to the beginning of its unit.
var cutters = map[string]func(int64) int64{
	"MILLISECOND": every(microsPerMilli), "SECOND": every(types.MicrosPerSecond), "MINUTE": every(60 * types.MicrosPerSecond),
	"HOUR": every(3600 * types.MicrosPerSecond), "DAY": every(types.MicrosPerDay),
	"WEEK": func(micros int64) int64 {
		days, _ := types.SplitMicros(micros)
		return (days - int64(sundayFirst(days)) + 1) * types.MicrosPerDay
	},
	"MONTH": months(func(y, m int) (int, int) { return y, m }), "QUARTER": months(func(y, m int) (int, int) { return y, (m-1)/3*3 + 1 }),
	"YEAR": years(1, 0), "DECADE": years(10, 0), "CENTURY": years(100, 1), "MILLENNIUM": years(1000, 1),
}

func every(unit int64) func(int64) int64 {
	return func(micros int64) int64 {
		rest := micros % unit
		if rest < 0 {
			rest += unit
		}
		return micros - rest
	}
}

func months(first func(year, month int) (int, int)) func(int64) int64 {
	return func(micros int64) int64 {
		days, _ := types.SplitMicros(micros)
		y, m, _ := types.CivilOf(days)
		y, m = first(y, m)
		return types.DateOf(y, m, 1) * types.MicrosPerDay
	}
}

// years are spans of n years of which the first begins in year first.
func years(n, first int) func(int64) int64 {
	return months(func(y, _ int) (int, int) { return (y-first)/n*n + first, 1 })
}

// longest is longer than the longest unit, a millennium.
const longest = 1001 * 366 * types.MicrosPerDay

// ceiling is the beginning of the unit behind micros, or micros if it begins one: found
// by halving, since the beginnings are in order.
func ceiling(floor func(int64) int64, micros int64) int64 {
	at := floor(micros)
	if at == micros {
		return at
	}
	low, high := micros, micros+longest // floor(low) == at < floor(high)
	for high-low > 1 {
		if mid := low + (high-low)/2; floor(mid) == at {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// floorNumber rounds a number to a whole one of its type; a DECIMAL loses its scale.
func floorNumber(ps []types.Type, down bool) (function.Signature, error) {
	t := ps[0]
	switch t.Kind {
	case types.Float:
		return strict(ps, t, float32s(rounder(down)))
	case types.Double:
		return strict(ps, t, float64s(rounder(down)))
	case types.Decimal:
		scale := int(t.Scale)
		t.Scale = 0
		return strict(ps, t, decimals(func(a types.Int128) (types.Int128, bool) {
			if down {
				return types.DecimalFloor(a, scale), true
			}
			return types.DecimalCeil(a, scale), true
		}))
	}
	return strict(ps, t, func(c *function.Call) error { c.Out.Overlay(c.Args[0], c.Sel); return nil })
}
