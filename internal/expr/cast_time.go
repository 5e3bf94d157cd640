package expr

import (
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// temporal converts among DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ: by way of a TIMESTAMP
// of microseconds and nanoseconds, cut to the digits of the target.
func temporal(from, to types.Type) convert {
	read, write := readTime(from, to), writeTime(from, to)
	if read == nil || write == nil {
		return nil
	}
	return func(c *conversion) error {
		return c.each(func(i, k int) error {
			micros, nanos := read(c, k)
			write(c, i, micros, nanos)
			return nil
		})
	}
}

// readTime reads a slot as local time if the target is local or the source is not an
// instant: as the target has it.
func readTime(from, to types.Type) func(c *conversion, k int) (micros, nanos int64) {
	switch from.Kind {
	case types.Timestamp:
		if to.Kind == types.TimestampLTZ {
			return func(c *conversion, k int) (int64, int64) {
				micros, nanos := timestampAt(c.in, k)
				return c.env.Zone.Instant(micros), nanos
			}
		}
		return func(c *conversion, k int) (int64, int64) { return timestampAt(c.in, k) }
	case types.TimestampLTZ:
		if to.Kind == types.TimestampLTZ {
			return func(c *conversion, k int) (int64, int64) { return timestampAt(c.in, k) }
		}
		return func(c *conversion, k int) (int64, int64) {
			micros, nanos := timestampAt(c.in, k)
			return c.env.Zone.Local(micros), nanos
		}
	case types.Date:
		if to.Kind == types.Time {
			return nil
		}
		return instantOr(to, func(c *conversion, k int) int64 { return int64(c.in.Int32s()[k]) * types.MicrosPerDay })
	case types.Time:
		if to.Kind == types.Date {
			return nil
		}
		return instantOr(to, func(c *conversion, k int) int64 { return int64(c.in.Int32s()[k]) * microsPerMilli })
	}
	return nil
}

// instantOr brings a local time to the instant if the target is one.
func instantOr(to types.Type, f func(c *conversion, k int) int64) func(c *conversion, k int) (int64, int64) {
	if to.Kind == types.TimestampLTZ {
		return func(c *conversion, k int) (int64, int64) { return c.env.Zone.Instant(f(c, k)), 0 }
	}
	return func(c *conversion, k int) (int64, int64) { return f(c, k), 0 }
}

func writeTime(from, to types.Type) func(c *conversion, i int, micros, nanos int64) {
	p := int(to.Precision)
	switch to.Kind {
	case types.Timestamp, types.TimestampLTZ:
		return func(c *conversion, i int, micros, nanos int64) { setTimestamp(c.out, i, micros, nanos, p) }
	case types.Date:
		return func(c *conversion, i int, micros, _ int64) {
			days, _ := types.SplitMicros(micros)
			c.out.Int32s()[i] = int32(days)
		}
	case types.Time:
		return func(c *conversion, i int, micros, _ int64) {
			_, ofDay := types.SplitMicros(micros)
			c.out.Int32s()[i] = int32(types.TruncateTime(ofDay/microsPerMilli, p))
		}
	}
	return nil
}

// setTimestamp sets slot i of a timestamp vector, cut to p digits toward the past.
func setTimestamp(out *vector.Vector, i int, micros, nanos int64, p int) {
	if out.Layout() == vector.Fine {
		out.Int64s()[i] = micros
		out.Int32s()[i] = int32(types.TruncateNanos(nanos, p))
		return
	}
	out.Int64s()[i] = types.TruncateMicros(micros, p)
}
