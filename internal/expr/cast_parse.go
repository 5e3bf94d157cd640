package expr

import (
	"tidemark.dev/types"
)

// fromText reads values as Flink's casts do.
func fromText(to types.Type) convert {
	switch to.Kind {
	case types.Decimal:
		p, s := int(to.Precision), int(to.Scale)
		return func(c *conversion) error {
			return c.each(func(i, k int) error {
				b := c.in.Bytes(k)
				r, err := types.CastDecimal(types.View(b), p, s)
				if err != nil {
					return c.bad(i, "%s is not a %v", quoted(b), to.Nullable())
				}
				setDecimal(c.out, i, r, true)
				return nil
			})
		}
	}
	return nil
}
