package functions

import (
	"tidemark.dev/function"
	"tidemark.dev/types"
)

// Functions that read the clock of the task, once a batch.
var clockFunctions = []*function.Function{
	clock("CURRENT_TIMESTAMP", []string{"NOW"}, "the present moment", types.TTimestampLTZ(3), func(e *function.Env) int64 { return millis(e.Now) }),
	clock("CURRENT_ROW_TIMESTAMP", nil, "the present moment, also in batch mode the row's own", types.TTimestampLTZ(3), func(e *function.Env) int64 { return millis(e.Now) }),
	clock("LOCALTIMESTAMP", nil, "the date and time in the session's zone", types.TTimestamp(3), func(e *function.Env) int64 { return millis(e.Zone.Local(e.Now)) }),
	clock("CURRENT_DATE", nil, "the date in the session's zone", types.Type{Kind: types.Date}, func(e *function.Env) int64 {
		days, _ := types.SplitMicros(e.Zone.Local(e.Now))
		return days
	}),
	clock("CURRENT_TIME", []string{"LOCALTIME"}, "the time of day in the session's zone", types.Type{Kind: types.Time}, func(e *function.Env) int64 {
		_, ofDay := types.SplitMicros(e.Zone.Local(e.Now))
		return ofDay / microsPerMilli
	}),
}

const microsPerMilli = 1000

// millis cuts microseconds to milliseconds.
func millis(micros int64) int64 { return types.TruncateMicros(micros, 3) }

func clock(name string, aliases []string, summary string, t types.Type, read func(*function.Env) int64) *function.Function {
	k := func(c *function.Call) error {
		now := read(c.Env)
		if s := c.Out.Int32s(); s != nil {
			return c.Rows(func(i int) error { s[i] = int32(now); return nil })
		}
		s := c.Out.Int64s()
		return c.Rows(func(i int) error { s[i] = now; return nil })
	}
	return &function.Function{
		Name: name, Aliases: aliases, Family: "temporal", Varies: true,
		Summary:  summary,
		Syntax:   []string{name},
		Examples: nil,
		Bind: func(args []function.Arg) (function.Signature, error) {
			if err := arity(args, 0, 0); err != nil {
				return function.Signature{}, err
			}
			return strict(nil, t, k)
		},
	}
}
