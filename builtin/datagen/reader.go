package datagen

import (
	"encoding/binary"
	"fmt"

	"tidemark.dev/builtin/pace"
	"tidemark.dev/connector"
	"tidemark.dev/vector"
)

// reader makes the rows of one split.
type reader struct {
	source *source
	split  int64
	next   int64 // how many rows the split has made
	wake   func()
	pace   pace.Pacer
	keys   []uint64
}

// left is how many rows the split still has, at most limit.
func (r *reader) left(limit int64) int64 {
	s := r.source
	if s.rows < 0 {
		return limit
	}
	mine := (s.rows - r.split + s.splits - 1) / s.splits
	return min(limit, max(mine-r.next, 0))
}

// Read appends as many rows as are due.
func (r *reader) Read(b *vector.Batch, limit int) (connector.Status, error) {
	n := r.left(int64(limit))
	if n == 0 {
		return connector.Ended, nil
	}
	if n = int64(r.pace.Due(int(n), r.wake)); n == 0 {
		return connector.Waiting, nil
	}
	r.keys = r.keys[:0]
	for range n {
		row := r.next*r.source.splits + r.split
		r.keys = append(r.keys, uint64(row))
		b.Pos = append(b.Pos, row)
		r.next++
	}
	if b.Len() == 0 { // with room for what is due, which may be little
		for i, c := range b.Cols {
			b.Cols[i] = vector.NewBuilder(c.Type, int(n))
		}
	}
	for i, g := range r.source.generators {
		g.fill(b.Cols[i], r.keys)
	}
	b.SetLen(b.Len() + int(n))
	if r.left(1) == 0 {
		return connector.Ended, nil
	}
	return connector.Ready, nil
}

// Position, version 1: the byte 1 and the number of rows made, as an unsigned varint.
func (r *reader) Position() []byte {
	return binary.AppendUvarint([]byte{positionVersion}, uint64(r.next))
}

const positionVersion = 1

func parsePosition(b []byte) (int64, error) {
	if len(b) > 0 && b[0] == positionVersion {
		if u, n := binary.Uvarint(b[1:]); n == len(b)-1 && n > 0 && u < 1<<62 {
			return int64(u), nil
		}
	}
	return 0, fmt.Errorf("the stored position %x is not one of this generator", b)
}

// MakesColumns tells that the batch to read into needs no room: see connector.ColumnMaker.
func (r *reader) MakesColumns() bool { return true }

func (r *reader) Close() error { return nil }
