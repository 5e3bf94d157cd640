package nexmark

import (
	"math"
	"math/bits"
	"time"

	"tidemark.dev/option"
)

// How an event comes to be, from its number n:
//
//  1. n divided by the sum of the proportions is the epoch, and the rest says what the
//     event is: first the people of the epoch, then its auctions, then its bids.
//  2. The epoch and the rest give the newest person and auction there are, and so which
//     are hot and which still active.
//  3. All that is random comes from words of 64 bits that are a hash of n, the seed and
//     the word's number; each choice has bits of its own.
//  4. The time is n times the delay between two events after the base time, in whole
//     milliseconds.

// Constants of the published generator.
const (
	firstAuction  = 1000
	firstPerson   = 1000
	firstCategory = 10
	categories    = 5
	hotEvery      = 100 // one id in so many is a hot one
	auctionLead   = 10  // ids that do not exist yet, but may be chosen
	personLead    = 10
	inFlight      = 100 // auctions that are bid for
	activePeople  = 1000
	hotChannels   = 4
	otherChannels = 10_000
)

// model is the configuration of the generator.
type model struct {
	people, auctions, bids, total int64
	hotAuctions, hotBidders       uint64
	hotSellers                    uint64
	personSize, auctionSize       int
	bidExtra                      lengths
	delay                         float64 // microseconds between two events
	base                          int64   // milliseconds since 1970
	seed                          uint64
}

func newModel(o *option.Values) model {
	base, _ := time.Parse(timeLayout, o.String("base-time")) // checked with the options
	m := model{
		people: o.Int("person.proportion"), auctions: o.Int("auction.proportion"), bids: o.Int("bid.proportion"),
		hotAuctions: uint64(o.Int("bid.hot-ratio.auctions")), hotBidders: uint64(o.Int("bid.hot-ratio.bidders")),
		hotSellers: uint64(o.Int("auction.hot-ratio.sellers")),
		personSize: int(o.Memory("person.avg-size")), auctionSize: int(o.Memory("auction.avg-size")), bidExtra: extraLengths(4*8, int(o.Memory("bid.avg-size"))),
		delay: 1e6 / float64(o.Int("first-event.rate")),
		base:  base.UnixMilli(),
		seed:  uint64(o.Int("seed"))*0xD6E8FEB86659FD93 + 0x2545F4914F6CDD1D,
	}
	m.total = m.people + m.auctions + m.bids
	return m
}

// time is when event n happens, in milliseconds since 1970.
func (m *model) time(n int64) int64 { return m.base + int64(float64(n)*m.delay)/1000 }

// lastPerson is the number, from 0, of the newest person when event offset of the epoch
// is made.
func (m *model) lastPerson(epoch, offset int64) int64 {
	if offset >= m.people {
		offset = m.people - 1
	}
	return epoch*m.people + offset
}

func (m *model) lastAuction(epoch, offset int64) int64 {
	switch {
	case offset < m.people:
		epoch--
		offset = m.auctions - 1
	case offset >= m.people+m.auctions:
		offset = m.auctions - 1
	default:
		offset -= m.people
	}
	return epoch*m.auctions + offset
}

// word is random word i of event n.
func (m *model) word(n int64, i uint64) uint64 {
	s := m.seed + (uint64(n)<<3|i)*0x9E3779B97F4A7C15
	hi, lo := bits.Mul64(s, s^0xE7037ED1A0B428DB)
	return hi ^ lo
}

// below32 and below16 make a number below n of random bits.
func below32(random uint32, n int64) int64 { return int64(uint64(random) * uint64(n) >> 32) }
func below16(random uint16, n int) int     { return int(uint32(random) * uint32(n) >> 16) }

// chance is true with a probability of 1 - 1/ratio.
func chance(random uint16, ratio uint64) bool { return uint64(random)*ratio>>16 > 0 }

// somePerson chooses among those active, and a few yet to come.
func (m *model) somePerson(last int64, random uint32) int64 {
	count := last + 1
	active := min(count, activePeople)
	return count - active + below32(random, active+personLead)
}

// someAuction chooses among those in flight, and a few yet to come.
func (m *model) someAuction(last int64, random uint32) int64 {
	from := max(last-inFlight, 0)
	return from + below32(random, last-from+1+auctionLead)
}

// Prices are 100 times 10 to the power of a uniform number below 6, rounded. The power
// is the product of two tables and, for the bits that are left, of the beginning of the
// exponential series: it is exact to 1e-12 and costs two loads.
const priceBits = 10

var priceHigh, priceLow = func() (high, low [1 << priceBits]float64) {
	for i := range high {
		high[i] = 100 * math.Pow(10, 6*float64(i)/(1<<priceBits))
		low[i] = math.Pow(10, 6*float64(i)/(1<<(2*priceBits)))
	}
	return high, low
}()

// price takes 32 random bits. The conversions keep the compiler from fusing the
// operations, which would make other prices on other processors.
func price(random uint32) int64 {
	rest := float64(random&(1<<(32-2*priceBits)-1)) * (6 * math.Ln10 / (1 << 32))
	power := float64(priceHigh[random>>(32-priceBits)] * priceLow[random>>(32-2*priceBits)&(1<<priceBits-1)])
	return int64(power + float64(power*rest) + 0.5)
}

// auctionLength draws how long an auction is open, in milliseconds: on average as long
// as it takes to make as many auctions as are in flight.
func (m *model) auctionLength(n, at int64, random uint32) int64 {
	later := m.time(n + inFlight*m.total/m.auctions)
	return 1 + below32(random, max(2*(later-at), 1))
}
