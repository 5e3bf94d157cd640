package json

import (
	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// Wrapping is what a format of changes writes before and behind the object of a row:
// +I and +U as an insert, -U and -D as a delete. That is what Flink writes, which has no
// updates as it sees only one of their rows.
type Wrapping struct {
	Insert, Delete [2]string
	// InsertOnly and DeleteOnly are the same with encode.ignore-null-fields, where they
	// differ.
	InsertOnly, DeleteOnly [2]string
}

// wrapped is the encoder of a format of changes.
type wrapped struct {
	rows *Encoder
	Wrapping
}

// NewWrapped returns an encoder of changes of the table's Wanted fields.
func NewWrapped(t *format.Table, w Wrapping) (format.Encoder, error) {
	s := NewSettings(t.Options)
	rows, err := NewEncoder(t, s)
	if err != nil {
		return nil, err
	}
	if s.IgnoreNullFields && w.InsertOnly[0] != "" {
		w.Insert, w.Delete = w.InsertOnly, w.DeleteOnly
	}
	return &wrapped{rows, w}, nil
}

// EncodesChanges implements format.Kinds.
func (e *wrapped) EncodesChanges() bool { return true }

// Encode implements format.Encoder.
func (e *wrapped) Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error) {
	for k := range b.Count() {
		row := k
		if b.Sel != nil {
			row = int(b.Sel[k])
		}
		around := &e.Insert
		if b.KindOf(row).Retracts() {
			around = &e.Delete
		}
		var err error
		if dst, err = e.rows.AppendRow(append(dst, around[0]...), b.Cols, row); err != nil {
			return dst, ends, err
		}
		dst = append(dst, around[1]...)
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}
