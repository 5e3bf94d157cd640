package shop

import (
	"math"
	"math/bits"
	"time"

	"tidemark.dev/option"
)

// What happens in the shop:
//
//  1. At any time 256 customers are in the shop, each in a lane of its own. Event n is
//     received event-interval after event n-1 and belongs to lane n modulo 256, in
//     another order each round. So a customer does something about every 8 seconds.
//  2. A lane is a row of sessions of 1 to 16 events, 4 on average. Each block of 16 events
//     of a lane is cut into sessions by random bits.
//  3. A session belongs to a customer. It consists of views of products. One in four, if
//     long enough, ends with a cart and an order of the product viewed last; one in five
//     of the others with a cart that is left behind.
//  4. An event is received some tenths of a second after it happened, now and then some
//     seconds. A session that happens offline is received as a whole a minute to six hours
//     late, short delays being more common.
//  5. A few customers have a phone with a wrong clock: all their events claim to have
//     happened up to a day earlier or later than they did.
//
// Every event is a function of its number and the table's options alone.

const (
	lanes     = 256
	block     = 16 // events of a lane that are cut into sessions together
	products  = 400
	minLate   = time.Minute
	maxLate   = 6 * time.Hour
	minSkew   = time.Minute
	maxSkew   = 24 * time.Hour
	networkMs = 300 // mean delay of an event that is not late
)

var (
	eventTypes = []string{"view", "cart", "order"}
	categories = []string{"books", "games", "garden", "kitchen", "music", "shoes", "sports", "toys"}
	countries  = []string{"US", "DE", "GB", "FR", "JP", "BR", "IN", "CH", "SE", "NZ"}
	devices    = []string{"iPhone 15", "iPhone 13", "Pixel 8", "Galaxy S24", "Galaxy A15", "Redmi 13", "iPad", "Fairphone 5"}
	versions   = []string{"4.2.1", "4.2.0", "4.1.7", "3.9.12"}
)

// Event types, as numbers of eventTypes.
const (
	view = iota
	cart
	order
)

// event is one event; texts are numbers in the lists above.
type event struct {
	number          int64
	kind            int
	happened        int64 // by the phone's clock, in microseconds since 1970
	received        int64 // by ours
	user, session   int64
	product         int64
	category        int
	price           int64 // cents
	quantity        int32 // 0: none, of a view
	country, device int
	version         int
}

// shop is the configuration.
type shop struct {
	seed         uint64
	base         int64 // microseconds since 1970
	interval     int64 // nanoseconds
	users        int64
	late, skewed float64
}

func newShop(o *option.Values) shop {
	base, _ := time.Parse(timeLayout, o.String("base-time")) // checked with the options
	return shop{
		seed: 0x5ca1ab1e, base: base.UnixMicro(), interval: o.Duration("event-interval").Nanoseconds(),
		users: o.Int("users"), late: o.Float("late-share"), skewed: o.Float("skewed-share"),
	}
}

// hash gives 64 random bits for thing number n of a kind.
func (s *shop) hash(kind, n uint64) uint64 {
	x := s.seed + kind*0x9E3779B97F4A7C15 + n*0xD1342543DE82EF95
	x = (x ^ x>>32) * 0xD6E8FEB86659FD93
	x = (x ^ x>>32) * 0xD6E8FEB86659FD93
	return x ^ x>>32
}

// Kinds of things that have random bits of their own.
const (
	ofRound = iota
	ofBlock
	ofSession
	ofUser
	ofProduct
	ofStep
	ofDelay
	ofSkew
)

// unit makes a number from 0 to below 1 of random bits.
func unit(random uint64) float64 { return float64(random>>11) / (1 << 53) }

// pick makes a number below n of 32 random bits.
func pick(random uint32, n int) int { return int(uint64(random) * uint64(n) >> 32) }

// between draws a time such that each doubling of it is equally likely, in microseconds.
func between(least, most time.Duration, u float64) int64 {
	return int64(float64(least.Microseconds()) * math.Pow(float64(most)/float64(least), u))
}

// event makes event n.
func (s *shop) event(n int64) event {
	round := uint64(n) / lanes
	lane := (uint64(n) ^ s.hash(ofRound, round)) % lanes
	first, step, length := s.session(lane, round)
	session := int64(first*lanes + lane)
	about := s.hash(ofSession, uint64(session))

	e := event{number: n, session: session + 1, received: s.base + int64(float64(n)*float64(s.interval)/1000)}
	u := unit(about)
	e.user = 1 + int64(float64(s.users)*u*u)
	s.customer(&e)
	e.version = min(bits.LeadingZeros32(uint32(about)), len(versions)-1)

	last := length - 1 // the last view
	switch ends := about >> 4 & 15; {
	case ends < 4 && length >= 3:
		last = length - 3
	case ends < 7 && length >= 2:
		last = length - 2
	}
	e.kind = max(step-last, view)
	s.choose(&e, session, min(step, last))
	e.happened = e.received - s.delay(n, session)
	e.happened += s.skew(e.user)
	e.happened -= e.happened % 1000
	e.received -= e.received % 1000
	return e
}

// session tells in which round the session of a lane began that is on in this round,
// which of its events this is, and how many it has.
func (s *shop) session(lane, round uint64) (first uint64, step, length int) {
	random := s.hash(ofBlock, round/block*lanes+lane)
	begins := uint32(random&(random>>16))&(1<<block-1) | 1 // one event in four begins a session
	slot := int(round % block)
	start := bits.Len32(begins&(2<<slot-1)) - 1
	end := block
	if rest := begins >> (slot + 1); rest != 0 {
		end = slot + 1 + bits.TrailingZeros32(rest)
	}
	return round - uint64(slot-start), slot - start, end - start
}

// customer fills in what belongs to the user.
func (s *shop) customer(e *event) {
	random := s.hash(ofUser, uint64(e.user))
	u := unit(random << 20)
	e.country = int(float64(len(countries)) * u * u)
	e.device = pick(uint32(random), len(devices))
}

// choose fills in the product of a step of a session, and for carts and orders how many.
func (s *shop) choose(e *event, session int64, step int) {
	random := s.hash(ofStep, uint64(session)*block+uint64(step))
	u := unit(random)
	e.product = 1 + int64(products*u*u)
	about := s.hash(ofProduct, uint64(e.product))
	e.category = pick(uint32(about), len(categories))
	e.price = int64(100*math.Pow(200, unit(about<<16)))/100*100 + 199 // 2.99 to 201.99
	if e.kind != view {
		e.quantity = int32(1 + bits.TrailingZeros32(uint32(random)|8))
	}
}

// delay is how long event n was on its way, in microseconds.
func (s *shop) delay(n, session int64) int64 {
	late := s.hash(ofDelay, uint64(session))
	delay := int64(-math.Log(1-unit(s.hash(ofDelay, ^uint64(n)))) * networkMs * 1000)
	if unit(late) < s.late {
		delay += between(minLate, maxLate, unit(late<<11)*unit(late<<22))
	}
	return delay
}

// skew is how much a customer's clock is ahead, in microseconds.
func (s *shop) skew(user int64) int64 {
	random := s.hash(ofSkew, uint64(user))
	if unit(random) >= s.skewed {
		return 0
	}
	by := between(minSkew, maxSkew, unit(random<<13))
	if random&1 == 0 {
		return -by
	}
	return by
}
