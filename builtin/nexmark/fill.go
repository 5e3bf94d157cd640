package nexmark

import (
	"math"

	"tidemark.dev/vector"
)

// Event types, as column event_type has them.
const (
	isPerson = iota
	isAuction
	isBid
)

// fill makes the rows from row on of the n events from number first on.
func (g *batch) fill(row int, first int64, n int) {
	for i := range n {
		g.pos[row+i] = first + int64(i)
	}
	epoch, offset := first/g.m.total, first%g.m.total
	for n > 0 {
		kind, end := isBid, g.m.total
		if offset < g.m.people {
			kind, end = isPerson, g.m.people
		} else if offset < g.m.people+g.m.auctions {
			kind, end = isAuction, g.m.people+g.m.auctions
		}
		run := int(min(int64(n), end-offset))
		g.fillRun(kind, row, first, epoch, offset, run)
		row, first, n = row+run, first+int64(run), n-run
		if offset += int64(run); offset == g.m.total {
			epoch, offset = epoch+1, 0
		}
	}
}

// fillRun makes run events of one kind in one epoch.
func (g *batch) fillRun(kind, row int, first, epoch, offset int64, run int) {
	if g.kinds != nil {
		for i, x := row, g.kinds.Int32s(); i < row+run; i++ {
			x[i] = int32(kind)
		}
	}
	switch {
	case kind == isPerson && g.person != nil:
		for i := range run {
			g.makePerson(g.person.add(row+i), first+int64(i), g.m.lastPerson(epoch, offset+int64(i)))
		}
	case kind == isAuction && g.auction != nil:
		for i := range run {
			at := offset + int64(i)
			g.makeAuction(g.auction.add(row+i), first+int64(i), g.m.lastPerson(epoch, at), g.m.lastAuction(epoch, at))
		}
	case kind == isBid && g.bid != nil:
		for i := row; i < row+run; i++ {
			g.valid[i>>6] |= 1 << (uint(i) & 63)
		}
		g.makeBids(row, first, run, g.m.lastPerson(epoch, offset), g.m.lastAuction(epoch, offset))
	}
}

// makeBids makes bids that see the same newest person and auction: those of an epoch.
func (g *batch) makeBids(row int, first int64, n int, person, auction int64) {
	m := g.m
	numbers := func(i int) []int64 { return g.bid.Child(i).Int64s()[row : row+n] }
	auctions, bidders, prices, times := numbers(0), numbers(1), numbers(2), numbers(5)
	channels, urls := g.bid.Child(3).Views()[row:row+n], g.bid.Child(4).Views()[row:row+n]
	allChannels, allURLs := g.pools.channels.Views(), g.pools.urls.Views()
	extra, letters := g.bid.Child(6), g.pools.letters
	hotAuction := auction/hotEvery*hotEvery + firstAuction
	hotBidder := person/hotEvery*hotEvery + 1 + 2*firstPerson
	for i := range n {
		number := first + int64(i)
		a, b, c, d := m.word(number, 0), m.word(number, 1), m.word(number, 2), m.word(number, 3)
		if chance(uint16(a), m.hotAuctions) {
			auctions[i] = hotAuction
		} else {
			auctions[i] = firstAuction + m.someAuction(auction, uint32(a>>32))
		}
		if chance(uint16(a>>16), m.hotBidders) {
			bidders[i] = hotBidder
		} else {
			bidders[i] = 2*firstPerson + m.somePerson(person, uint32(b>>32))
		}
		prices[i] = price(uint32(b))
		channel := uint32(c & (hotChannels - 1))
		if c>>2&1 == 0 {
			channel = hotChannels + uint32(below32(uint32(c>>32), otherChannels))
		}
		channels[i], urls[i] = allChannels[channel], allURLs[channel]
		times[i] = m.time(number) * 1000
		from, to := cut(d, m.bidExtra)
		extra.SetView(row+i, 0, from, letters[from:to])
	}
}

// lengths is a range of lengths of a text: least, and how many there are.
type lengths struct{ least, count int }

// extraLengths are those of column extra such that an event whose other columns take so
// many bytes has the mean size wanted.
func extraLengths(others, size int) lengths {
	if others > size {
		return lengths{}
	}
	delta := int(math.Round(float64(size-others) * 0.2))
	return lengths{size - others - delta, max(2*delta, 1)}
}

// cut chooses a text of a pool, 48 random bits of which are used.
func cut(random uint64, l lengths) (from, to int) {
	length := l.least + below16(uint16(random), l.count)
	from = int(below32(uint32(random>>32), int64(poolSize-length)))
	return from, from + length
}

// word cuts a name or description of 3 to below longest bytes out of the pool with
// blanks, and trims it.
func (p *pools) word(random uint64, longest int) (from int, text []byte) {
	from, to := cut(random, lengths{3, longest - 3})
	for from < to && p.words[from] == ' ' {
		from++
	}
	for from < to && p.words[to-1] == ' ' {
		to--
	}
	return from, p.words[from:to]
}

func (g *batch) makePerson(slot int, number, id int64) {
	v, p := g.person.entries, g.pools
	a, b, c, d := g.m.word(number, 0), g.m.word(number, 1), g.m.word(number, 2), g.m.word(number, 3)
	v.Child(0).Int64s()[slot] = id + firstPerson
	size := 8
	pick := func(field int, of *vector.Vector, random uint16) {
		view := of.Views()[below16(random, of.Len())]
		v.Child(field).Views()[slot] = view
		size += view.Len()
	}
	pick(1, p.names, uint16(a))
	pick(4, p.cities, uint16(a>>16))
	pick(5, p.states, uint16(a>>32))

	_, user := p.word(b, 7)
	_, host := p.word(c, 5)
	text := append(append(append(g.text[:0], user...), '@'), host...)
	text = append(text, ".com"...)
	v.Child(2).SetBytes(slot, text)
	size += len(text)

	card := text[:0]
	for i := range 4 {
		if i > 0 {
			card = append(card, ' ')
		}
		n := below16(uint16(d>>(16*i)), 10_000)
		card = append(card, '0'+byte(n/1000), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	}
	v.Child(3).SetBytes(slot, card)
	size += len(card)
	g.text = card

	v.Child(6).Int64s()[slot] = g.m.time(number) * 1000
	from, to := cut(g.m.word(number, 4), extraLengths(size, g.m.personSize))
	v.Child(7).SetView(slot, 0, from, p.letters[from:to])
}

func (g *batch) makeAuction(slot int, number, person, id int64) {
	v, p, m := g.auction.entries, g.pools, g.m
	a, b := m.word(number, 0), m.word(number, 1)
	at := m.time(number)
	seller := person / hotEvery * hotEvery
	if !chance(uint16(a), m.hotSellers) {
		seller = m.somePerson(person, uint32(a>>32))
	}
	first := price(uint32(b))
	set := func(field int, x int64) { v.Child(field).Int64s()[slot] = x }
	set(0, id+firstAuction)
	set(3, first)
	set(4, first+price(uint32(b>>32)))
	set(5, at*1000)
	set(6, (at+m.auctionLength(number, at, uint32(m.word(number, 2))))*1000)
	set(7, seller+firstPerson)
	set(8, firstCategory+int64(below16(uint16(a>>16), categories)))

	from, name := p.word(m.word(number, 3), 20)
	v.Child(1).SetView(slot, 0, from, name)
	from, description := p.word(m.word(number, 4), 100)
	v.Child(2).SetView(slot, 0, from, description)
	from, to := cut(m.word(number, 5), extraLengths(8*6+len(name)+len(description), m.auctionSize))
	v.Child(9).SetView(slot, 0, from, p.letters[from:to])
}
