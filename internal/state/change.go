package state

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unsafe"

	"tidemark.dev/types"
)

// change is the net change of one table in one epoch, as it goes to the log: namespaces
// dropped whole, keys deleted, then the entries that were made or changed, as they are
// now, to be replayed in this order. All are logical: namespace, key, value. A deletion
// followed by a new entry of the key is both.
type change struct {
	drops   pieces // namespaces
	deletes pieces
	puts    pieces

	// Keys taken from one namespace, not yet known to be all of them.
	taking int64
	taken  pieces
}

func (c *change) empty() bool { return c.drops.len()+c.deletes.len()+c.puts.len() == 0 }

// pieces are bytes that grow at their end without being copied: an epoch's change may be large, and
// the task must not wait for it to be moved.
type pieces struct {
	full [][]byte
	size int // of full
	last []byte
}

// pieceBytes is from when on a piece takes no more.
const pieceBytes = 256 << 10

// end is what to append to; it is put back as last.
func (p *pieces) end() []byte {
	if len(p.last) >= pieceBytes {
		p.full, p.size = append(p.full, p.last), p.size+len(p.last)
		p.last = make([]byte, 0, pieceBytes+pieceBytes/8)
	}
	return p.last
}

func (p *pieces) len() int { return p.size + len(p.last) }

// take appends what q has, and leaves it empty.
func (p *pieces) take(q *pieces) {
	if q.full == nil {
		p.last = append(p.end(), q.last...)
		q.last = q.last[:0]
		return
	}
	p.full, p.size, p.last = append(append(p.full, p.last), q.full...), p.size+len(p.last)+q.size, q.last
	*q = pieces{}
}

func (p *pieces) clear() { p.full, p.size, p.last = nil, 0, p.last[:0] }

// appendTo appends the pieces to a list, behind their length.
func (p *pieces) appendTo(list [][]byte) [][]byte {
	list = append(list, binary.AppendUvarint(nil, uint64(p.len())))
	list = append(list, p.full...)
	if len(p.last) > 0 {
		list = append(list, p.last)
	}
	return list
}

// settleTaking gives up the hope that the namespace being taken will be emptied.
func (c *change) settleTaking() {
	c.deletes.take(&c.taken)
}

func (c *change) dropSpace(ns int64) {
	c.drops.last = binary.LittleEndian.AppendUint64(c.drops.end(), uint64(ns))
	c.taken.clear()
}

func appendKey(b []byte, namespaced bool, ns int64, key []byte) []byte {
	if namespaced {
		b = binary.LittleEndian.AppendUint64(b, uint64(ns))
	}
	b = binary.AppendUvarint(b, uint64(len(key)))
	return append(b, key...)
}

func (c *change) addDelete(namespaced bool, ns int64, key []byte) {
	c.deletes.last = appendKey(c.deletes.end(), namespaced, ns, key)
}

// barrier ends the epoch for this table. What the epoch before set aside has been
// extracted.
func (t *Table) barrier() {
	t.changes.settleTaking()
	t.pending, t.marked = t.marked, t.pending[:0]
	t.aside, t.changes = t.changes, change{}
}

// extractSome extracts up to n pages that were set aside; false: none are left.
func (t *Table) extractSome(n int) bool {
	for ; n > 0 && len(t.pending) > 0; n-- {
		page := t.pending[len(t.pending)-1]
		t.pending = t.pending[:len(t.pending)-1]
		if e := t.epochs[page]; e != 0 && e != t.store.epoch {
			t.extract(page)
		}
	}
	return len(t.pending) > 0
}

// extract copies the marked entries of a page to the epoch set aside.
func (t *Table) extract(page uint32) {
	dirty, live := t.dirty(page), t.live(page)
	for w := range dirty {
		for word := dirty[w] & live[w]; word != 0; word &= word - 1 {
			t.put(&t.aside, ID(page<<t.slotBits|uint32(w<<6+bits.TrailingZeros64(word))))
		}
		dirty[w] = 0
	}
	t.epochs[page] = 0
}

func (t *Table) put(c *change, id ID) {
	b := appendKey(c.puts.end(), t.Namespaced, t.Namespace(id), t.KeyOf(id))
	p := t.Value(id)
	for _, f := range t.Fields {
		if f.Kind == Text {
			text := t.RefBytes((*Ref)(p))
			b = binary.AppendUvarint(b, uint64(len(text)))
			b = append(b, text...)
		} else {
			b = append(b, unsafe.Slice((*byte)(p), f.Kind.width())...)
		}
		p = unsafe.Add(p, f.Kind.width())
	}
	c.puts.last = b
}

// Schema tells a stored table's form: it must be equal for a state to be read back.
func (d *Desc) Schema() string {
	s := d.Name + "("
	if d.Prefix != nil {
		s += columnTypes(d.Prefix.types) + "; "
	}
	s += columnTypes(d.Key.types) + ")"
	if d.Namespaced {
		s += " by time"
	}
	for _, f := range d.Fields {
		s += fmt.Sprintf(" %s:%d", f.Name, f.Kind)
	}
	return s
}

func columnTypes(ts []types.Type) string {
	text := ""
	for i, t := range ts {
		if i > 0 {
			text += ", "
		}
		text += t.String()
	}
	return text
}

// reader reads the fields of a stored change; a short or wrong one sets err, never panics.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = fmt.Errorf("a stored change of state is cut short or malformed")
	}
	r.b = nil
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail()
		return nil
	}
	x := r.b[:n]
	r.b = r.b[n:]
	return x
}

func (r *reader) uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	return r.take(int(n))
}

func (r *reader) word() uint64 {
	if x := r.take(8); x != nil {
		return binary.LittleEndian.Uint64(x)
	}
	return 0
}

// applyRows is how many entries are probed for at a time while a change is replayed.
const applyRows = 1024

// replay gathers entries of a stored change, to probe for many at a time.
type replay struct {
	table  *Table
	own    func(keyGroup int) bool
	keys   Keys
	spaces []int64
	values [][]byte // beside the keys, of puts
	ids    []ID
}

// key reads a key; mine: it was gathered.
func (p *replay) key(r *reader) (mine bool) {
	t := p.table
	ns := int64(0)
	if t.Namespaced {
		ns = int64(r.word())
	}
	key := r.bytes()
	if r.err == nil && t.keyWidth > 0 && len(key) != t.keyWidth {
		r.fail()
	}
	if r.err != nil {
		return false
	}
	h := t.hashKey(key)
	if !p.own(KeyGroup(h)) {
		return false
	}
	p.keys.Data = append(p.keys.Data, key...)
	p.keys.At = append(p.keys.At, int32(len(p.keys.Data)))
	p.keys.Hash = append(p.keys.Hash, h)
	if t.Namespaced {
		p.spaces = append(p.spaces, ns)
	}
	return true
}

func (p *replay) full() bool { return len(p.keys.Hash) >= applyRows || len(p.keys.Data) > 1<<20 }

func (p *replay) begin() {
	p.keys.Data, p.keys.At, p.keys.Hash = p.keys.Data[:0], append(p.keys.At[:0], 0), p.keys.Hash[:0]
	p.spaces, p.values = p.spaces[:0], p.values[:0]
}

func (p *replay) probe(insert bool) (err error) {
	var spaces []int64
	if p.table.Namespaced {
		spaces = p.spaces
	}
	p.ids, _, err = p.table.Probe(&p.keys, spaces, p.ids, nil, insert)
	return err
}

// apply replays one stored change: entries whose key group own says is not this task's
// are left out, and of the drops only those that wrote accepts go.
func (t *Table) apply(drops, deletes, puts []byte, own, wrote func(keyGroup int) bool) error {
	for r := (&reader{b: drops}); len(r.b) > 0; {
		ns := int64(r.word())
		if r.err != nil {
			return r.err
		}
		var gone []ID
		t.Walk(ns, None, t.SpaceLen(ns), func(id ID) {
			if wrote(KeyGroup(t.hashKey(t.KeyOf(id)))) {
				gone = append(gone, id)
			}
		})
		for _, id := range gone {
			t.mayChange(id)
			t.unlink(id)
			t.drop(id, t.hashOf(id))
		}
	}
	p := &replay{table: t, own: own}
	if err := p.deletes(&reader{b: deletes}); err != nil {
		return err
	}
	return p.puts(&reader{b: puts})
}

func (p *replay) deletes(r *reader) error {
	for len(r.b) > 0 && r.err == nil {
		for p.begin(); len(r.b) > 0 && r.err == nil && !p.full(); {
			p.key(r)
		}
		if err := p.probe(false); err != nil {
			return err
		}
		for j, id := range p.ids {
			// A key may be deleted twice in an epoch: its id was found twice.
			if id != None && p.table.Live(id) && string(p.table.KeyOf(id)) == string(p.keys.Row(j)) {
				p.table.Delete(id)
			}
		}
	}
	return r.err
}

func (p *replay) puts(r *reader) error {
	t := p.table
	for len(r.b) > 0 && r.err == nil {
		for p.begin(); len(r.b) > 0 && r.err == nil && !p.full(); {
			mine := p.key(r)
			at := r.b
			if r.err == nil {
				t.skipValue(r)
			}
			if mine && r.err == nil {
				p.values = append(p.values, at[:len(at)-len(r.b)])
			}
		}
		if r.err != nil {
			break
		}
		if err := p.probe(true); err != nil {
			return err
		}
		for j, id := range p.ids {
			if err := t.readValue(&reader{b: p.values[j]}, t.Value(id)); err != nil {
				return err
			}
		}
	}
	return r.err
}

// skipValue reads past one value.
func (t *Table) skipValue(r *reader) {
	if len(t.textAt) == 0 {
		r.take(t.valueWidth)
		return
	}
	for _, f := range t.Fields {
		if f.Kind == Text {
			r.bytes()
		} else {
			r.take(f.Kind.width())
		}
	}
}

// readValue reads one value into p.
func (t *Table) readValue(r *reader, p unsafe.Pointer) error {
	if len(t.textAt) == 0 {
		if b := r.take(t.valueWidth); b != nil {
			copy(unsafe.Slice((*byte)(p), t.valueWidth), b)
		}
		return r.err
	}
	for _, f := range t.Fields {
		if f.Kind == Text {
			b := r.bytes()
			if r.err != nil {
				return r.err
			}
			if err := t.SetRef((*Ref)(p), b); err != nil {
				return err
			}
		} else if b := r.take(f.Kind.width()); b != nil {
			copy(unsafe.Slice((*byte)(p), f.Kind.width()), b)
		}
		p = unsafe.Add(p, f.Kind.width())
	}
	return r.err
}
