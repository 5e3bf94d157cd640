package nexmark

import (
	"tidemark.dev/builtin/numbered"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// maker makes the columns of one split. A run of numbers is of events that follow each
// other, whose kinds and names need not be looked up one by one.
type maker struct {
	model  *model
	wanted []want
}

// Make implements numbered.Maker.
func (m *maker) Make(rows int, runs []numbered.Run) ([]*vector.Vector, []int64) {
	g := newBatch(m.model, m.wanted, rows)
	row := 0
	for _, r := range runs {
		g.fill(row, r.First, int(r.N))
		row += int(r.N)
	}
	return g.vectors(), g.pos
}

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
