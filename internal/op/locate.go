package op

import (
	"errors"

	"tidemark.dev/function"
	"tidemark.dev/internal/expr"
	"tidemark.dev/internal/flow"
	"tidemark.dev/vector"
)

// RowError is a failure in one row, with the record it stems from if one is known.
type RowError struct {
	Record string // "topic clicks partition 3 offset 17"; "" behind the first aggregate or join
	Err    error
}

func (e *RowError) Error() string {
	if e.Record == "" {
		return e.Err.Error()
	}
	return e.Record + ": " + e.Err.Error()
}

// Unwrap gives the error without the record.
func (e *RowError) Unwrap() error { return e.Err }

// locate adds the coordinates of the failing row.
func locate(ctx *flow.Context, b *vector.Batch, err error) error {
	row := -1
	var xe *expr.Error
	var re *function.RowError
	if errors.As(err, &xe) {
		row = xe.Row
	} else if errors.As(err, &re) {
		row = re.Row
	}
	if row < 0 || b.Split == vector.NoSplit || ctx.Record == nil || row >= len(b.Pos) {
		return err
	}
	return &RowError{Record: ctx.Record(b.Split, b.Pos[row]), Err: err}
}

func rowError(row int, reason string) error { return &function.RowError{Row: row, Reason: reason} }
