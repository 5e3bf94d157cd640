package expr

import (
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// fromText reads values as Flink's casts do.
func fromText(to types.Type) convert {
	set := reader(to)
	if set == nil {
		return nil
	}
	return func(c *conversion) error {
		return c.each(func(i, k int) error {
			b := c.in.Bytes(k)
			if err := set(c, i, types.View(b)); err != nil {
				return c.bad(i, "cannot cast %s to %v: %v", quoted(b), to.Nullable(), err)
			}
			return nil
		})
	}
}

// reader sets row i of c.out to what a text says.
func reader(to types.Type) func(c *conversion, i int, s string) error {
	p, s := int(to.Precision), int(to.Scale)
	switch to.Kind {
	case types.Boolean:
		return readBoolean
	case types.TinyInt:
		return integerReader(8)
	case types.SmallInt:
		return integerReader(16)
	case types.Int:
		return integerReader(32)
	case types.BigInt:
		return integerReader(64)
	case types.Float:
		return func(c *conversion, i int, s string) error {
			x, err := types.ParseFloat(s, 32)
			c.out.Float32s()[i] = float32(x)
			return err
		}
	case types.Double:
		return func(c *conversion, i int, s string) error {
			x, err := types.ParseFloat(s, 64)
			c.out.Float64s()[i] = x
			return err
		}
	case types.Decimal:
		return func(c *conversion, i int, text string) error {
			x, err := types.CastDecimal(text, p, s)
			setDecimal(c.out, i, x, true)
			return err
		}
	case types.Date:
		return func(c *conversion, i int, s string) error {
			x, err := types.ParseDate(s)
			c.out.Int32s()[i] = int32(x)
			return err
		}
	case types.Time:
		return func(c *conversion, i int, s string) error {
			x, err := types.ParseTime(s, p)
			c.out.Int32s()[i] = int32(x)
			return err
		}
	case types.Timestamp, types.TimestampLTZ:
		instant := to.Kind == types.TimestampLTZ
		return func(c *conversion, i int, s string) error {
			micros, nanos, err := types.ParseTimestamp(s, p)
			if instant && err == nil {
				micros = c.env.Zone.Instant(micros)
			}
			setTimestamp(c.out, i, micros, nanos, p)
			return err
		}
	}
	return nil
}

func readBoolean(c *conversion, i int, s string) error {
	x, ok := types.ParseBoolean(s)
	c.out.Bools()[i] = x
	if !ok {
		return types.ErrSyntax
	}
	return nil
}

func integerReader(size int) func(c *conversion, i int, s string) error {
	if size == 64 {
		return func(c *conversion, i int, s string) error {
			x, err := types.ParseInt(s, size)
			c.out.Int64s()[i] = x
			return err
		}
	}
	return func(c *conversion, i int, s string) error {
		x, err := types.ParseInt(s, size)
		c.out.Int32s()[i] = int32(x)
		return err
	}
}

// toInterval reads a number as an interval: of months, or of the unit that the planner
// has already multiplied out.
func toInterval(from, to types.Type) convert {
	if !from.IsInteger() {
		return nil
	}
	return func(c *conversion) error {
		return c.each(func(i, k int) error {
			x := int64(wholeAt(c.in, k).Lo)
			if c.out.Layout() == vector.Int32s {
				c.out.Int32s()[i] = int32(x)
			} else {
				c.out.Int64s()[i] = x
			}
			return nil
		})
	}
}
