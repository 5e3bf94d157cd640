package op

import (
	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/flow"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// aside writes letters about rows that an operator drops. It is made once for an operator,
// whose input has the columns.
type aside struct {
	columns []types.Field
	values  []types.Value
	letter  deadletter.Letter
}

func newAside(columns []types.Field) *aside {
	return &aside{columns: columns, values: make([]types.Value, len(columns))}
}

// late sets a row aside that came behind the watermark (milliseconds). event is its time and window
// the end of the window it missed, both in microseconds.
func (a *aside) late(ctx *flow.Context, b *vector.Batch, row int32, event, window, watermark int64) {
	ctx.Count.Late++
	if ctx.SetAside == nil {
		return
	}
	for i, c := range b.Cols {
		a.values[i] = c.Value(int(row))
	}
	l := &a.letter
	*l = deadletter.Letter{Kind: deadletter.Late, At: ctx.Env.Now, Operator: ctx.Operator, Event: event, Mark: watermark * 1000,
		Window: window, Offset: -1, Row: deadletter.AppendRow(l.Row[:0], a.values, a.columns)}
	if ctx.Record != nil && b.Split != vector.NoSplit && int(row) < len(b.Pos) {
		l.Source = ctx.Record(b.Split, b.Pos[row])
	}
	ctx.SetAside(l)
}
