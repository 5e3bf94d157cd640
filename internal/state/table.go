package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"

	"tidemark.dev/internal/invariants"
)

// Table, in numbered steps
//
//  1. The index, from hashes to ids, is in index.go. It keeps half of each hash, so that growing
//     and deleting read the index alone.
//  2. A probe of a batch first reads the home slot of every key (independent loads, so the
//     processor overlaps their cache misses), then compares and inserts one by one.
//  3. An entry is: key, value, and if chained the ids of its neighbours. A fixed key lies in
//     the entry, padded to 8 bytes; a varying one is a Ref into the heap.
//  4. A page begins with two bitmaps, live and dirty. Free entries form a list through
//     their first 8 bytes.
//  5. A namespace (the end of a window's slice) is 8 bytes in front of the key. All entries of
//     one namespace form a chain, so that it can be walked and dropped at once.
//  6. A key may have a prefix (the group of a distinct value, the join key of a row): it alone
//     decides the key group.

// Field is a part of a value, for the log and for whoever reads a state as rows.
type Field struct {
	Name string
	Kind FieldKind
}

// FieldKind is the form of a part of a value. Each is a multiple of 8 bytes.
type FieldKind uint8

const (
	Word FieldKind = iota // 8 bytes: an integer, the bits of a double, flags
	Wide                  // 16 bytes: a 128-bit integer, low half first
	Text                  // 16 bytes: a Ref
)

func (k FieldKind) width() int {
	if k == Word {
		return 8
	}
	return 16
}

// Desc describes a table. All but the key's column types may be compared to tell
// whether a stored state fits (Schema).
type Desc struct {
	Name string
	// Prefix is the codec of the first part of the key, nil: the key has one part. Key
	// is the codec of the key, or of what follows the prefix.
	Prefix     *Codec
	Key        *Codec
	Namespaced bool
	Fields     []Field

	chained bool
}

// ID is the number of an entry.
type ID uint32

// None is no entry.
const None = ^ID(0)

// Table is a hash table of the store's task. See the top of this file.
type Table struct {
	Desc
	store *Store
	heap  *heap

	keyAt, keyWidth int // in the entry; a Ref if the key varies
	varies          bool
	derived         bool // follows from other tables: its changes are not kept
	valueAt         int
	valueWidth      int
	chainAt         int // -1: not chained
	width           int
	perPage         int
	slotBits        uint
	slotMask        uint32
	entriesAt       int
	textAt          []int // offsets of Refs in the value

	pages    []unsafe.Pointer
	epochs   []uint32 // epoch that last touched each page, 0: none or extracted
	marked   []uint32 // pages touched in the current epoch
	pending  []uint32 // pages set aside by the last barrier
	freeList ID
	fresh    ID // next never-used id
	index    index
	count    int

	spaces map[int64]*space

	changes change
	aside   change // of the epoch set aside, growing while it is extracted

	homes []uint64 // scratch of Probe and Take
	seen  uint64   // keeps Take's early reads from being left out
}

// space is a namespace: the head of its chain and how many entries it has.
type space struct {
	head  ID
	count int
}

func align8(n int) int { return (n + 7) &^ 7 }

func newTable(s *Store, d Desc) *Table {
	t := &Table{Desc: d, store: s, heap: newHeap(&s.arena), chainAt: -1, freeList: None}
	at := 0
	if d.Namespaced {
		at = 8
		t.spaces = map[int64]*space{}
	}
	t.keyAt = at
	t.keyWidth, t.varies = d.keyWidth()
	if t.varies {
		at += 16
	} else {
		at += align8(t.keyWidth)
	}
	t.valueAt = at
	for _, f := range d.Fields {
		if f.Kind == Text {
			t.textAt = append(t.textAt, at-t.valueAt)
		}
		at += f.Kind.width()
	}
	t.valueWidth = at - t.valueAt
	if d.Namespaced || d.chained {
		t.chainAt = at
		at += 8
	}
	t.width = max(at, 8)
	t.perPage = PageSize / t.width
	for {
		words := (t.perPage + 63) / 64
		if t.entriesAt = 16 * words; t.entriesAt+t.perPage*t.width <= PageSize {
			break
		}
		t.perPage--
	}
	t.slotBits = uint(bits.Len(uint(t.perPage - 1)))
	t.slotMask = 1<<t.slotBits - 1
	t.index = newIndex(&s.arena)
	return t
}

// Len is the number of entries.
func (t *Table) Len() int { return t.count }

// keyWidth is the width of the whole key, or that it varies.
func (d *Desc) keyWidth() (width int, varies bool) {
	width, varies = d.Key.width, d.Key.width == 0 && len(d.Key.types) > 0
	if d.Prefix != nil {
		width += d.Prefix.width
		varies = varies || d.Prefix.width == 0 && len(d.Prefix.types) > 0
	}
	if varies {
		width = 0
	}
	return width, varies
}

func (t *Table) entry(id ID) unsafe.Pointer {
	return unsafe.Add(t.pages[uint32(id)>>t.slotBits], t.entriesAt+int(uint32(id)&t.slotMask)*t.width)
}

// Value is where the entry's value begins. Before writing through it, Touch the id.
func (t *Table) Value(id ID) unsafe.Pointer { return unsafe.Add(t.entry(id), t.valueAt) }

// KeyOf is the entry's encoded key, valid until the entry is deleted.
func (t *Table) KeyOf(id ID) []byte {
	e := unsafe.Add(t.entry(id), t.keyAt)
	if !t.varies {
		return unsafe.Slice((*byte)(e), t.keyWidth)
	}
	return t.RefBytes((*Ref)(e))
}

// Namespace is the entry's namespace.
func (t *Table) Namespace(id ID) int64 {
	if !t.Namespaced {
		return 0
	}
	return *(*int64)(t.entry(id))
}

// RefBytes is the text that r refers to, valid until it is freed.
func (t *Table) RefBytes(r *Ref) []byte {
	if r.n <= inlineRef {
		return r.inline()
	}
	return t.heap.bytes(r.addr, int(r.n))
}

// SetRef makes r, a Text field of a touched entry's value, hold b.
func (t *Table) SetRef(r *Ref, b []byte) error {
	old := *r
	if err := t.makeRef(r, b); err != nil {
		return err
	}
	t.freeRef(&old)
	return nil
}

func (t *Table) makeRef(r *Ref, b []byte) error {
	if len(b) <= inlineRef {
		*r = Ref{n: uint32(len(b))}
		copy(r.inline(), b)
		return nil
	}
	addr, err := t.heap.store(b)
	if err != nil {
		return err
	}
	*r = Ref{n: uint32(len(b)), prefix: [4]byte(b), addr: addr}
	return nil
}

func (t *Table) freeRef(r *Ref) {
	if r.n > inlineRef {
		t.heap.release(r.addr, int(r.n))
	}
}

// bitmaps of a page
func (t *Table) live(page uint32) []uint64 {
	return unsafe.Slice((*uint64)(t.pages[page]), t.entriesAt/16)
}

func (t *Table) dirty(page uint32) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Add(t.pages[page], t.entriesAt/2)), t.entriesAt/16)
}

// Touch marks an entry as changed in the current epoch. Call it before each write; it
// may copy what the epoch before still has to log.
func (t *Table) Touch(id ID) {
	page, slot := uint32(id)>>t.slotBits, uint32(id)&t.slotMask
	if t.epochs[page] != t.store.epoch {
		t.mark(page)
	}
	word := (*uint64)(unsafe.Add(t.pages[page], uintptr(t.entriesAt/2)+uintptr(slot>>6)*8))
	*word |= 1 << (slot & 63)
}

func (t *Table) mark(page uint32) {
	if t.derived {
		t.epochs[page] = t.store.epoch
		return
	}
	if t.epochs[page] != 0 {
		t.extract(page)
	}
	t.epochs[page] = t.store.epoch
	t.marked = append(t.marked, page)
}

// spaceHash mixes a namespace into a key's hash; the key group stays that of the key.
func spaceHash(hash uint64, ns int64) uint64 { return hash ^ hash8(uint64(ns)) }

// Probe finds the entries of keys, in order, and gives their ids; with insert it makes
// those that are missing (value zero, touched) and appends their numbers among the
// keys to fresh, else their id is None. Equal keys of one batch get one id. spaces, for a
// namespaced table, has the namespace of each key.
//
// With insert it may fail for lack of memory: what was inserted before stays.
func (t *Table) Probe(keys *Keys, spaces []int64, ids []ID, fresh []int32, insert bool) ([]ID, []int32, error) {
	n := keys.Len()
	if cap(ids) < n {
		ids = make([]ID, n)
	}
	ids = ids[:n]
	t.homes = resize(t.homes, n)
	homes, hashes, x := t.homes, keys.Hash[:n], &t.index
	v, version := x.view(), x.version
	if spaces != nil {
		for j := range homes {
			h := spaceHash(hashes[j], spaces[j])
			homes[j] = *slotAt(v.segment(h), h&v.slots)
		}
	} else {
		for j, h := range hashes {
			homes[j] = *slotAt(v.segment(h), h&v.slots)
		}
	}
	words := t.keyWidth == 8 && !t.Namespaced
	for j, h := range hashes {
		var ns int64
		if spaces != nil {
			ns = spaces[j]
			h = spaceHash(h, ns)
		}
		row := keys.Data[keys.At[j]:keys.At[j+1]]
		slot := homes[j]
		// A key of this batch may have filled the home since, or split the segment.
		if slot == 0 || x.version != version {
			v = x.view()
			slot = *slotAt(v.segment(h), h&v.slots)
		}
		base, at := v.segment(h), h&v.slots
		id := None
		for slot != 0 {
			if uint32(slot>>32) == uint32(h) {
				c := ID(uint32(slot) - 1)
				if words && *(*uint64)(unsafe.Add(t.entry(c), t.keyAt)) == binary.LittleEndian.Uint64(row) || !words && t.holds(c, row, ns) {
					id = c
					break
				}
			}
			at = (at + 1) & v.slots
			slot = *slotAt(base, at)
		}
		if id == None && insert {
			var err error
			if id, err = t.insert(h, at, row, ns); err != nil {
				return ids, fresh, err
			}
			fresh = append(fresh, int32(j))
		}
		ids[j] = id
	}
	return ids, fresh, nil
}

func (t *Table) holds(id ID, row []byte, ns int64) bool {
	e := t.entry(id)
	if t.Namespaced && *(*int64)(e) != ns {
		return false
	}
	k := unsafe.Add(e, t.keyAt)
	if t.keyWidth == 8 {
		return *(*uint64)(k) == binary.LittleEndian.Uint64(row)
	}
	if !t.varies {
		return string(unsafe.Slice((*byte)(k), t.keyWidth)) == string(row)
	}
	r := (*Ref)(k)
	return int(r.n) == len(row) && string(t.RefBytes(r)) == string(row)
}

// insert makes an entry in the empty index slot at, where linear probing ended.
func (t *Table) insert(h, at uint64, row []byte, ns int64) (ID, error) {
	id, err := t.allocate()
	if err != nil {
		return None, err
	}
	if err := t.index.put(h, at, id); err != nil {
		t.free(id)
		return None, err
	}
	e := t.entry(id)
	clear(unsafe.Slice((*uint64)(e), t.width/8))
	k := unsafe.Add(e, t.keyAt)
	if t.varies {
		if err := t.makeRef((*Ref)(k), row); err != nil {
			t.index.remove(h, id)
			t.free(id)
			return None, err
		}
	} else {
		copy(unsafe.Slice((*byte)(k), t.keyWidth), row)
	}
	if t.Namespaced {
		*(*int64)(e) = ns
		t.link(id, ns)
	}
	t.count++
	t.Touch(id)
	return id, nil
}

func (t *Table) allocate() (ID, error) {
	id := t.freeList
	if id != None {
		t.freeList = *(*ID)(t.entry(id))
	} else {
		id = t.fresh
		if page := int(uint32(id) >> t.slotBits); page == len(t.pages) {
			p, err := t.store.arena.page()
			if err != nil {
				return None, err
			}
			t.pages = append(t.pages, p)
			t.epochs = append(t.epochs, 0)
		}
		if t.fresh++; uint32(t.fresh)&t.slotMask == uint32(t.perPage)&t.slotMask {
			t.fresh = ID((uint32(id)>>t.slotBits + 1) << t.slotBits)
		}
	}
	page, slot := uint32(id)>>t.slotBits, uint32(id)&t.slotMask
	if t.epochs[page] != 0 && t.epochs[page] != t.store.epoch {
		t.mark(page)
	}
	t.live(page)[slot>>6] |= 1 << (slot & 63)
	return id, nil
}

func (t *Table) free(id ID) {
	page, slot := uint32(id)>>t.slotBits, uint32(id)&t.slotMask
	t.live(page)[slot>>6] &^= 1 << (slot & 63)
	t.dirty(page)[slot>>6] &^= 1 << (slot & 63)
	if invariants.Enabled {
		invariants.Fill(unsafe.Slice((*byte)(t.entry(id)), t.width))
	}
	*(*ID)(t.entry(id)) = t.freeList
	t.freeList = id
}

// hashKey is the hash that Probe is given for an encoded key.
func (d *Desc) hashKey(key []byte) uint64 {
	if d.Prefix == nil {
		return Hash(key)
	}
	n := d.Prefix.length(key)
	return pairHash(Hash(key[:n]), Hash(key[n:]))
}

func (t *Table) hashOf(id ID) uint64 {
	h := t.hashKey(t.KeyOf(id))
	if t.Namespaced {
		h = spaceHash(h, t.Namespace(id))
	}
	return h
}

// Delete removes an entry; its id may be given to another.
func (t *Table) Delete(id ID) {
	t.mayChange(id)
	if !t.derived && !t.store.restoring {
		t.changes.addDelete(t.Namespaced, t.Namespace(id), t.KeyOf(id))
	}
	if t.Namespaced {
		t.unlink(id)
	}
	t.drop(id, t.hashOf(id))
}

func (t *Table) mayChange(id ID) {
	if page := uint32(id) >> t.slotBits; t.epochs[page] != t.store.epoch {
		t.mark(page)
	}
}

// drop takes an entry out of the index and frees it, its texts too.
func (t *Table) drop(id ID, hash uint64) {
	t.index.remove(hash, id)
	e := t.entry(id)
	if t.varies {
		t.freeRef((*Ref)(unsafe.Add(e, t.keyAt)))
	}
	for _, at := range t.textAt {
		t.freeRef((*Ref)(unsafe.Add(e, t.valueAt+at)))
	}
	t.free(id)
	t.count--
}

// --- namespaces ----------------------------------------------------------------

type links struct{ prev, next ID }

func (t *Table) links(id ID) *links { return (*links)(unsafe.Add(t.entry(id), t.chainAt)) }

func (t *Table) link(id ID, ns int64) {
	s := t.spaces[ns]
	if s == nil {
		s = &space{head: None}
		t.spaces[ns] = s
	}
	*t.links(id) = links{None, s.head}
	if s.head != None {
		t.links(s.head).prev = id
	}
	s.head = id
	s.count++
}

func (t *Table) unlink(id ID) {
	ns := t.Namespace(id)
	s, l := t.spaces[ns], t.links(id)
	if l.prev != None {
		t.links(l.prev).next = l.next
	} else {
		s.head = l.next
	}
	if l.next != None {
		t.links(l.next).prev = l.prev
	}
	if s.count--; s.count == 0 {
		delete(t.spaces, ns)
	}
}

// Spaces calls f with each namespace that has entries and their number, in no order.
func (t *Table) Spaces(f func(ns int64, count int)) {
	for ns, s := range t.spaces {
		f(ns, s.count)
	}
}

// SpaceLen is the number of entries of a namespace.
func (t *Table) SpaceLen(ns int64) int {
	if s := t.spaces[ns]; s != nil {
		return s.count
	}
	return 0
}

// Take removes up to n entries of a namespace, calling f with each before it goes. f
// may read the entry but not change the table. It tells whether the namespace is empty
// now. This is how a fired window leaves, a step at a time. A namespace that is emptied
// within one epoch is logged as one record, not as its keys.
func (t *Table) Take(ns int64, n int, f func(id ID)) (empty bool) {
	s := t.spaces[ns]
	if s == nil {
		return true
	}
	if t.changes.taking != ns {
		t.changes.settleTaking()
		t.changes.taking = ns
	}
	// The index is read first for all that will go: the processor then overlaps its cache misses.
	hashes, v, seen := t.homes[:0], t.index.view(), uint64(0)
	for id := s.head; id != None && len(hashes) < n; id = t.links(id).next {
		h := t.hashOf(id)
		seen ^= *slotAt(v.segment(h), h&v.slots)
		hashes = append(hashes, h)
	}
	t.homes, t.seen = hashes, seen
	for _, h := range hashes {
		id := s.head
		f(id)
		t.mayChange(id)
		t.changes.taken.last = appendKey(t.changes.taken.end(), true, ns, t.KeyOf(id))
		t.unlink(id)
		t.drop(id, h)
	}
	if s.count == 0 {
		t.changes.dropSpace(ns)
		return true
	}
	return false
}

// Walk calls f with the ids of a namespace from the entry after on (None: from the
// first), at most n of them, and returns the last one, or None at the end. Entries of the
// namespace must not be added or deleted between two calls of a walk.
func (t *Table) Walk(ns int64, after ID, n int, f func(id ID)) ID {
	id := None
	if after == None {
		if s := t.spaces[ns]; s != nil {
			id = s.head
		}
	} else {
		id = t.links(after).next
	}
	last := None
	for ; id != None && n > 0; n-- {
		f(id)
		last = id
		id = t.links(id).next
	}
	if id == None {
		return None
	}
	return last
}

// All calls f with every entry's id, in no useful order. f must not insert or delete.
func (t *Table) All(f func(id ID)) {
	for p := range t.pages {
		for w, word := range t.live(uint32(p)) {
			for ; word != 0; word &= word - 1 {
				f(ID(uint32(p)<<t.slotBits | uint32(w<<6+bits.TrailingZeros64(word))))
			}
		}
	}
}

func (t *Table) close() {
	t.heap.close()
	t.index.close()
}

// Live tells whether an id that was valid is still: it was not deleted, or was given to
// another entry since.
func (t *Table) Live(id ID) bool {
	page, slot := uint32(id)>>t.slotBits, uint32(id)&t.slotMask
	return t.live(page)[slot>>6]>>(slot&63)&1 != 0
}

// inOrder lists the entries by key group, key, namespace: the order of runs. What decides most
// comparisons is fetched once.
func (t *Table) inOrder() []ID {
	type place struct {
		first uint64 // the key group and the first 7 bytes of the key
		id    ID
	}
	places := make([]place, 0, t.count)
	t.All(func(id ID) {
		k := t.KeyOf(id)
		var b [8]byte
		b[0] = byte(KeyGroup(t.hashKey(k)))
		copy(b[1:], k)
		places = append(places, place{binary.BigEndian.Uint64(b[:]), id})
	})
	slices.SortFunc(places, func(a, b place) int {
		if a.first != b.first {
			return cmp.Compare(a.first, b.first)
		}
		if c := bytes.Compare(t.KeyOf(a.id), t.KeyOf(b.id)); c != 0 {
			return c
		}
		return cmp.Compare(t.Namespace(a.id), t.Namespace(b.id))
	})
	if invariants.Enabled {
		for i := 1; i < len(places); i++ {
			if !t.before(places[i-1].id, places[i].id) {
				invariants.Violated("entries %d and %d of a run's %d are not in order", i-1, i, len(places))
			}
		}
	}
	ids := make([]ID, len(places))
	for i, p := range places {
		ids[i] = p.id
	}
	return ids
}

// before is the order of runs, said once more and plainly.
func (t *Table) before(a, b ID) bool {
	ka, kb := t.KeyOf(a), t.KeyOf(b)
	if ga, gb := KeyGroup(t.hashKey(ka)), KeyGroup(t.hashKey(kb)); ga != gb {
		return ga < gb
	}
	if c := bytes.Compare(ka, kb); c != 0 {
		return c < 0
	}
	return t.Namespace(a) < t.Namespace(b)
}
