package shop

import (
	"encoding/binary"
	"fmt"

	"tidemark.dev/builtin/pace"
	"tidemark.dev/connector"
	"tidemark.dev/vector"
)

// reader makes the events of one split.
type reader struct {
	source *source
	split  int64
	next   int64 // how many events the split has made
	wake   func()
	pace   pace.Pacer
	events []event
}

// left is how many events the split still has, at most limit.
func (r *reader) left(limit int64) int64 {
	s := r.source
	if s.rows < 0 {
		return limit
	}
	mine := (s.rows - r.split + s.splits - 1) / s.splits
	return min(limit, max(mine-r.next, 0))
}

// Read appends as many events as are due.
func (r *reader) Read(b *vector.Batch, limit int) (connector.Status, error) {
	n := r.left(int64(limit))
	if n == 0 {
		return connector.Ended, nil
	}
	if n = int64(r.pace.Due(int(n), r.wake)); n == 0 {
		return connector.Waiting, nil
	}
	r.events = r.events[:0]
	for range n {
		number := r.next*r.source.splits + r.split
		r.events = append(r.events, r.source.shop.event(number))
		b.Pos = append(b.Pos, number+1)
		r.next++
	}
	if b.Len() == 0 { // with room for what is due, which may be little
		for i, c := range b.Cols {
			b.Cols[i] = vector.NewBuilder(c.Type, int(n))
		}
	}
	for i, c := range r.source.columns {
		c.fill(b.Cols[i], r.events)
	}
	b.SetLen(b.Len() + int(n))
	if r.left(1) == 0 {
		return connector.Ended, nil
	}
	return connector.Ready, nil
}

// Position, version 1: the byte 1 and the number of events made, as an unsigned varint.
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
