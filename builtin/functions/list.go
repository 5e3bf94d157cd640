package functions

import (
	"tidemark.dev/function"
	"tidemark.dev/vector"
)

// buildLists makes the result of a kernel that answers lists: row appends the elements
// of row i to out's children and answers true, or appends nothing and answers false for
// NULL.
func buildLists(c *function.Call, row func(out *vector.Vector, i int) (bool, error)) error {
	out := vector.NewBuilder(c.Out.Type, c.N)
	at := 0
	err := c.Rows(func(i int) error {
		for ; at < i; at++ {
			out.AppendNull()
		}
		at++
		ok, err := row(out, i)
		if ok {
			out.AppendList()
		} else {
			out.AppendNull()
		}
		return err
	})
	for ; at < c.N; at++ {
		out.AppendNull()
	}
	c.Out = out
	return err
}
