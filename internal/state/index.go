package state

import (
	"fmt"
	"unsafe"
)

// The index of a table, in numbered steps (extendible hashing: Fagin and others, ACM TODS 4:3)
//
//  1. A slot is 0 (empty) or the lower half of the hash beside the entry's id+1.
//  2. Slots lie in segments of one page, 8192 slots. Within a segment it is open addressing with
//     linear probing, around its end; the home of a hash is its low 13 bits. Deleting
//     shifts the following slots back: there are no tombstones.
//  3. The bits above those choose the segment, through a directory of 2^d pointers. A segment
//     of depth k <= d is pointed at by all entries whose low k bits are its own.
//  4. A segment that is full is split in two by the next bit. If its depth was d, the
//     directory is doubled first: it is small, 8 bytes for some 4000 keys.
//  5. So growth is paid a segment at a time, and no insertion waits for more than one or two. As
//     hashes spread evenly, all segments would be full at nearly the same moment: so each has a
//     limit of its own, between 9/16 and 13/16 of its slots, and they take turns.
//  6. A small table has one segment, of 64 slots or more, which doubles at 3/8: it fits the caches.
type index struct {
	dir   []unsafe.Pointer // where the segments begin
	mask  uint64           // of the directory
	slots uint64           // mask of a segment's slots
	of    []uint32         // the number of the segment, beside dir
	segs  []segment
	// version counts the growths: a slot read before one may have moved.
	version uint32

	arena   *arena
	small   []uint64 // the one segment, while it is smaller than a page
	scratch *[segmentSlots]uint64
}

// segment is a segment's bookkeeping.
type segment struct {
	base  unsafe.Pointer
	count uint32
	limit uint32 // full with so many
	depth uint8
}

const (
	segmentBits  = 13
	segmentSlots = 1 << segmentBits // fills a page
	firstSlots   = 64
	// The lower half of a hash is all that a slot keeps, so a segment cannot be split beyond it.
	mostDepth = 32 - segmentBits
)

func newIndex(a *arena) index {
	x := index{arena: a, small: make([]uint64, firstSlots), slots: firstSlots - 1}
	x.segs = []segment{{base: unsafe.Pointer(&x.small[0]), limit: firstSlots * 3 / 8}}
	x.dir, x.of = []unsafe.Pointer{x.segs[0].base}, []uint32{0}
	return x
}

// view is what a probe needs of the index, valid until version changes.
type view struct {
	dir   unsafe.Pointer
	mask  uint64
	slots uint64
}

func (x *index) view() view { return view{unsafe.Pointer(&x.dir[0]), x.mask, x.slots} }

// segment is where the segment of a hash begins.
func (v view) segment(h uint64) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(v.dir, h>>segmentBits&v.mask*8))
}

// slotAt is a slot of the segment at base.
func slotAt(base unsafe.Pointer, at uint64) *uint64 { return (*uint64)(unsafe.Add(base, at*8)) }

// put writes an entry into the empty slot at, where probing for h ended. It splits the
// segment first if it is full.
func (x *index) put(h, at uint64, id ID) error {
	s := &x.segs[x.of[h>>segmentBits&x.mask]]
	for s.count >= s.limit {
		if err := x.grow(h); err != nil {
			return err
		}
		s = &x.segs[x.of[h>>segmentBits&x.mask]]
		at = x.empty(s.base, h)
	}
	*slotAt(s.base, at) = h<<32 | uint64(id+1)
	s.count++
	return nil
}

// empty finds the slot where probing for h ends.
func (x *index) empty(base unsafe.Pointer, h uint64) uint64 {
	at := h & x.slots
	for *slotAt(base, at) != 0 {
		at = (at + 1) & x.slots
	}
	return at
}

// grow makes room in the segment of h.
func (x *index) grow(h uint64) error {
	x.version++
	if x.small != nil {
		return x.double()
	}
	number := x.of[h>>segmentBits&x.mask]
	depth := x.segs[number].depth
	if depth == mostDepth { // can take no more: a slot must stay empty
		return fmt.Errorf("a table of state holds more than %d keys whose hashes are alike", x.segs[number].count)
	}
	page, err := x.arena.page()
	if err != nil {
		return err
	}
	if 1<<depth == len(x.dir) {
		x.dir, x.of = append(x.dir, x.dir...), append(x.of, x.of...)
		x.mask = uint64(len(x.dir) - 1)
	}
	fresh := uint32(len(x.segs))
	x.segs = append(x.segs, segment{base: page, limit: limitOf(fresh), depth: depth + 1})
	for d := h>>segmentBits&(1<<depth-1) | 1<<depth; d < uint64(len(x.dir)); d += 2 << depth {
		x.dir[d], x.of[d] = page, fresh
	}
	x.split(&x.segs[number], &x.segs[fresh])
	return nil
}

// limitOf spreads the limits of segments evenly, whatever their numbers.
func limitOf(number uint32) uint32 {
	return segmentSlots*9/16 + number*0x9e3779b1>>(32-segmentBits+2)
}

// split shares the slots of a segment with a fresh one, by the bit that is new.
func (x *index) split(s, fresh *segment) {
	page := (*[segmentSlots]uint64)(s.base)
	if x.scratch == nil {
		x.scratch = new([segmentSlots]uint64)
	}
	*x.scratch = *page
	clear(page[:])
	to, count := [2]*[segmentSlots]uint64{page, (*[segmentSlots]uint64)(fresh.base)}, [2]uint32{}
	bit := 32 + segmentBits + s.depth
	for _, slot := range x.scratch {
		if slot == 0 {
			continue
		}
		side := slot >> bit & 1
		half := to[side]
		at := slot >> 32 & (segmentSlots - 1)
		for half[at] != 0 {
			at = (at + 1) & (segmentSlots - 1)
		}
		half[at] = slot
		count[side]++
	}
	s.depth, s.count, fresh.count = s.depth+1, count[0], count[1]
}

// double makes the one segment of a small table twice as large.
func (x *index) double() error {
	old, s := x.small, &x.segs[0]
	if 2*len(old) == segmentSlots {
		page, err := x.arena.page()
		if err != nil {
			return err
		}
		x.small, s.base = nil, page
	} else {
		if err := x.arena.account.Hold(int64(len(old)) * 16); err != nil {
			return err
		}
		x.small = make([]uint64, 2*len(old))
		s.base = unsafe.Pointer(&x.small[0])
	}
	x.release(old)
	x.dir[0], x.slots, s.limit = s.base, uint64(2*len(old)-1), limitOf(0)
	if x.small != nil {
		s.limit = uint32(len(x.small) * 3 / 8)
	}
	for _, slot := range old {
		if slot != 0 {
			*slotAt(s.base, x.empty(s.base, slot>>32)) = slot
		}
	}
	return nil
}

// release gives back what a small segment was charged with; the first is not charged.
func (x *index) release(small []uint64) {
	if len(small) > firstSlots {
		x.arena.account.Hold(-int64(len(small)) * 8)
	}
}

// remove takes an entry out.
func (x *index) remove(h uint64, id ID) {
	s := &x.segs[x.of[h>>segmentBits&x.mask]]
	base, at := s.base, h&x.slots
	for slot := *slotAt(base, at); slot == 0 || ID(uint32(slot)-1) != id; slot = *slotAt(base, at) {
		at = (at + 1) & x.slots
	}
	// Shift back what follows, as long as it is not at home.
	hole := at
	for {
		at = (at + 1) & x.slots
		slot := *slotAt(base, at)
		if slot == 0 {
			break
		}
		home := slot >> 32 & x.slots
		if (at-home)&x.slots >= (at-hole)&x.slots {
			*slotAt(base, hole) = slot
			hole = at
		}
	}
	*slotAt(base, hole) = 0
	s.count--
}

func (x *index) close() {
	x.release(x.small)
	*x = index{}
}
