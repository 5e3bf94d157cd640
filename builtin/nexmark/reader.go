package nexmark

import (
	"encoding/binary"
	"fmt"

	"tidemark.dev/builtin/pace"
	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// reader makes the events of one split: of every source.splits blocks one.
type reader struct {
	source *source
	split  int64
	next   int64 // how many events the split has made
	wake   func()
	pace   pace.Pacer
}

// number is the number of the split's event i among all.
func (r *reader) number(i int64) int64 {
	s := r.source
	return (i/s.block*s.splits+r.split)*s.block + i%s.block
}

// left counts the events from the split's event i on that follow each other in their
// numbers, at most limit; 0: there are none left.
func (r *reader) left(i, limit int64) int64 {
	n := min(limit, r.source.block-i%r.source.block)
	if r.source.events >= 0 {
		n = min(n, r.source.events-r.number(i))
	}
	return max(n, 0)
}

// Read fills a batch with up to max events of the split.
func (r *reader) Read(b *vector.Batch, max int) (connector.Status, error) {
	if r.left(r.next, 1) == 0 {
		return r.ended(), nil
	}
	rows := r.available(int64(max))
	if rows = int64(r.pace.Due(int(rows), r.wake)); rows == 0 {
		return connector.Waiting, nil
	}
	g := newBatch(&r.source.model, r.source.wanted, int(rows))
	for row := int64(0); row < rows; {
		n := r.left(r.next, rows-row)
		g.fill(int(row), r.number(r.next), int(n))
		r.next += n
		row += n
	}
	put(b, g.vectors(), g.pos)
	if r.left(r.next, 1) == 0 {
		return r.ended(), nil
	}
	return connector.Ready, nil
}

func (r *reader) ended() connector.Status {
	if r.source.alive {
		return connector.Waiting // for ever
	}
	return connector.Ended
}

// available is how many events there are still, at most limit.
func (r *reader) available(limit int64) int64 {
	total := int64(0)
	for total < limit {
		n := r.left(r.next+total, limit-total)
		if n == 0 {
			break
		}
		total += n
	}
	return total
}

// put hands vectors over: as the columns of an empty batch, else appended.
func put(b *vector.Batch, cols []*vector.Vector, pos []int64) {
	if b.Len() == 0 {
		b.Cols, b.Pos = cols, pos
		b.SetLen(len(pos))
		return
	}
	for i, col := range cols {
		for row := range pos {
			b.Cols[i].AppendFrom(col, row)
		}
	}
	b.Pos = append(b.Pos, pos...)
	b.SetLen(b.Len() + len(pos))
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

func (r *reader) Close() error { return nil }

// MakesColumns implements connector.ColumnMaker.
func (r *reader) MakesColumns() bool { return true }

// batch is a batch of events while it is filled.
type batch struct {
	m      *model
	pools  *pools
	wanted []want
	pos    []int64

	kinds           *vector.Vector // event_type; this and the others are nil if not wanted
	person, auction *rare
	bid             *vector.Vector
	valid           []uint64 // which rows are bids
	text            []byte   // where a text is put together
}

func newBatch(m *model, wanted []want, rows int) *batch {
	g := &batch{m: m, pools: shared(), wanted: wanted, pos: make([]int64, rows)}
	some := func(proportion int64) int { // entries of a rare column, for any part of the sequence
		return int(min(int64(rows), (int64(rows)/m.total+2)*proportion))
	}
	for _, w := range wanted {
		switch w {
		case wantType:
			g.kinds = vector.New(types.TInt, rows)
		case wantPerson:
			g.person = newRare(personType, rows, some(m.people))
			g.share(g.person.entries, map[int]*vector.Vector{1: g.pools.names, 4: g.pools.cities, 5: g.pools.states})
			g.person.entries.Child(7).AddStatic(g.pools.letters)
		case wantAuction:
			g.auction = newRare(auctionType, rows, some(m.auctions))
			g.auction.entries.Child(1).AddStatic(g.pools.words)
			g.auction.entries.Child(2).AddStatic(g.pools.words)
			g.auction.entries.Child(9).AddStatic(g.pools.letters)
		case wantBid:
			g.bid = vector.New(bidType, rows)
			g.share(g.bid, map[int]*vector.Vector{3: g.pools.channels, 4: g.pools.urls})
			g.bid.Child(6).AddStatic(g.pools.letters)
			g.valid = make([]uint64, (rows+63)>>6)
		}
	}
	return g
}

// share lets fields of a ROW be views of the texts of others.
func (g *batch) share(v *vector.Vector, of map[int]*vector.Vector) {
	for field, texts := range of {
		v.Child(field).ShareBuffers(texts)
	}
}

func (g *batch) vectors() []*vector.Vector {
	cols := make([]*vector.Vector, len(g.wanted))
	for i, w := range g.wanted {
		switch w {
		case wantType:
			cols[i] = g.kinds
		case wantPerson:
			cols[i] = g.person.vector()
		case wantAuction:
			cols[i] = g.auction.vector()
		case wantBid:
			setValid(g.bid, g.valid)
			cols[i] = g.bid
		}
	}
	return cols
}
