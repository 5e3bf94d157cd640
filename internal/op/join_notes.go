package op

import (
	"encoding/binary"

	"tidemark.dev/internal/state"
	"tidemark.dev/vector"
)

// The notes of a join are the rows that are not joined, in their order. Each is
//
//	1 byte   the port (bit 0), whether the row is in the state (bit 1), whether a part of its
//	         matches follows (bit 2), its kind (bits 3 and 4)
//	bytes    the row, encoded, with its length
//	part     number of buckets, first bucket, number of rows, then each row and how often
//
// numbers are varints.
const (
	noteStored = 1 << 1
	notePart   = 1 << 2
	noteKind   = 3
)

// Snapshot implements flow.Operator.
func (j *Join) Snapshot() ([]byte, bool) {
	var notes []byte
	if j.batch != nil {
		from := j.row
		if !j.matches.done() {
			notes = j.note(notes, queued{port: j.port, batch: j.batch, part: j.matches.left()}, j.rows[from:from+1])
		}
		notes = j.note(notes, queued{port: j.port, batch: j.batch}, j.rows[from+1:])
	}
	for _, q := range j.queue {
		notes = j.note(notes, q, selected(q.batch))
	}
	for _, r := range j.inFlight {
		notes = j.note(notes, queued{port: r.Port, batch: r.Batch, store: true}, selected(r.Batch))
	}
	j.inFlight = nil
	return notes, true
}

func selected(b *vector.Batch) []int32 {
	rows := make([]int32, 0, b.Count())
	b.Rows(func(i int) { rows = append(rows, int32(i)) })
	return rows
}

func (j *Join) note(notes []byte, q queued, rows []int32) []byte {
	if len(rows) == 0 {
		return notes
	}
	keys := j.sides[q.port].row.NewEncoder().Encode(q.batch.Cols, rows, q.batch.Len())
	flags := byte(q.port)
	if !q.store {
		flags |= noteStored
	}
	if q.part != nil {
		flags |= notePart
	}
	for k := range keys.Len() {
		notes = append(notes, flags|byte(q.batch.KindOf(int(rows[k])))<<noteKind)
		notes = putBytes(notes, keys.Row(k))
		if q.part == nil {
			continue
		}
		notes = binary.AppendUvarint(notes, uint64(q.part.buckets))
		notes = binary.AppendUvarint(notes, uint64(q.part.bucket))
		notes = binary.AppendUvarint(notes, uint64(len(q.part.given)))
		for _, m := range q.part.given {
			notes = binary.AppendUvarint(putBytes(notes, m.row), uint64(m.times))
		}
	}
	return notes
}

// Restore implements flow.Operator: of the rows that were not joined, each task takes those of
// its key groups.
func (j *Join) Restore(notes [][]byte) error {
	for _, s := range j.sides {
		if err := s.state.Link(); err != nil {
			return err
		}
	}
	for _, b := range notes {
		for len(b) > 0 {
			flags := b[0]
			row, rest, ok := cutBytes(b[1:])
			if !ok {
				return errNotes
			}
			b = rest
			var p *unpaired
			if flags&notePart != 0 {
				if p, b, ok = readPart(b); !ok {
					return errNotes
				}
			}
			if err := j.restoreRow(flags, row, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func readPart(b []byte) (p *unpaired, rest []byte, ok bool) {
	var head [3]uint64
	for i := range head {
		n, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, nil, false
		}
		head[i], b = n, b[k:]
	}
	if n := head[0]; n > mostBuckets || n&(n-1) != 0 || head[1] > n {
		return nil, nil, false
	}
	p = &unpaired{buckets: uint32(head[0]), bucket: uint32(head[1])}
	for range head[2] {
		row, rest, ok := cutBytes(b)
		if !ok {
			return nil, nil, false
		}
		n, k := binary.Uvarint(rest)
		if k <= 0 || n == 0 {
			return nil, nil, false
		}
		p.given, b = append(p.given, match{row, int64(n)}), rest[k:]
	}
	return p, b, true
}

func (j *Join) restoreRow(flags byte, row []byte, p *unpaired) error {
	port := int(flags & 1)
	s := j.sides[port]
	cols := make([]*vector.Vector, len(s.cols))
	for i, f := range s.cols {
		cols[i] = vector.NewBuilder(f.Type, 1)
	}
	if err := s.row.DecodeRow(row, cols); err != nil {
		return err
	}
	batch := vector.NewBatch(1, cols...)
	batch.Kinds = []vector.Kind{vector.Kind(flags >> noteKind & 3)}
	keys := make([]*vector.Vector, len(s.keyCols))
	rest := make([]*vector.Vector, len(s.restCols))
	for i, c := range s.keyCols {
		keys[i] = cols[c]
	}
	for i, c := range s.restCols {
		rest[i] = cols[c]
	}
	_, prefixes := s.pairs.Encode(keys, rest, nil, 1)
	if j.ctx.Owns(state.KeyGroup(prefixes.Hash[0])) {
		j.queue = append(j.queue, queued{port: port, batch: batch, store: flags&noteStored == 0, part: p})
	}
	return nil
}
