package state

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"

	"tidemark.dev/internal/memory"
)

// Store is the state of one task: its tables, by operator. It belongs to
// the task; see the package comment for the protocol of an epoch.
type Store struct {
	account *memory.Account
	arena   arena
	epoch   uint32 // counts the barriers of this store, for the pages; from 1
	tables  map[string]*Table
	order   []*Table
	names   []string
	hidden  []*Table
	// restoring: changes are replayed, and are none themselves.
	restoring bool
}

// NewStore returns an empty store whose memory is charged to account.
func NewStore(account *memory.Account) *Store {
	return &Store{account: account, arena: arena{account: account}, epoch: 1, tables: map[string]*Table{}}
}

// Table makes operator's table of that description. Each is made once, before Restore
// and before the first row.
func (s *Store) Table(operator string, d Desc) *Table {
	name := operator + "/" + d.Name
	if s.tables[name] != nil {
		panic("state: table " + name + " is there twice")
	}
	t := newTable(s, d)
	s.tables[name] = t
	s.order = append(s.order, t)
	s.names = append(s.names, name)
	return t
}

// derived makes a table that is not logged, because it follows from others.
func (s *Store) derived(d Desc) *Table {
	t := newTable(s, d)
	t.derived = true
	s.hidden = append(s.hidden, t)
	return t
}

// Keys is the number of entries of all tables.
func (s *Store) Keys() (n int) {
	for _, t := range s.order {
		n += t.count
	}
	return n
}

// Barrier ends the epoch: what was changed until now is set aside. Extract must have
// answered Done for the epoch before.
func (s *Store) Barrier() {
	s.epoch++
	for _, t := range s.order {
		if len(t.pending) > 0 {
			panic("state: a barrier before the last epoch was extracted")
		}
		t.barrier()
	}
}

// Extract copies up to n pages of what the last barrier set aside, and tells whether
// nothing is left.
func (s *Store) Extract(n int) (done bool) {
	for _, t := range s.order {
		if t.extractSome(n) {
			return false
		}
	}
	return true
}

// Change returns the net change of the epoch set aside, extracted to its end, as the
// bytes that Apply takes. It can be taken once.
func (s *Store) Change() []byte { return slices.Concat(s.Pieces()...) }

// Pieces is Change without a copy: the pieces, one after the other, are its bytes.
func (s *Store) Pieces() (list [][]byte) {
	for i, t := range s.order {
		if t.aside.empty() {
			continue
		}
		list = append(list, appendBytes(appendBytes(nil, []byte(s.names[i])), []byte(t.Schema())))
		list = t.aside.puts.appendTo(t.aside.deletes.appendTo(t.aside.drops.appendTo(list)))
		t.aside = change{}
	}
	return list
}

func appendBytes(b, x []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(x))), x...)
}

// Apply replays a change that any task of the same pipeline logged: of it, the entries
// whose key group own accepts. wrote tells the key groups of the task that logged it: where it
// says that a namespace was emptied, only theirs are gone. To be called before the first row, in
// the order of the epochs, and followed by Restored. A change of another form is refused.
func (s *Store) Apply(change []byte, own, wrote func(keyGroup int) bool) error {
	s.restoring = true
	r := &reader{b: change}
	for len(r.b) > 0 && r.err == nil {
		name, schema := string(r.bytes()), string(r.bytes())
		drops, deletes, puts := r.bytes(), r.bytes(), r.bytes()
		if r.err != nil {
			break
		}
		t := s.tables[name]
		if t == nil {
			continue // of an operator in another task of the pipeline
		}
		if want := t.Schema(); schema != want {
			return fmt.Errorf("the stored state of %s has the form %s, the plan wants %s", name, schema, want)
		}
		if err := t.apply(drops, deletes, puts, own, wrote); err != nil {
			return fmt.Errorf("state of %s: %w", name, err)
		}
	}
	return r.err
}

// Restored ends a restoration: nothing of what was applied counts as a change.
func (s *Store) Restored() {
	s.restoring = false
	for _, t := range s.order {
		for _, page := range t.marked {
			clear(t.dirty(page))
			t.epochs[page] = 0
		}
		t.marked, t.changes = t.marked[:0], change{}
	}
}

// Close gives all memory back. Nothing of the store may be used after it.
func (s *Store) Close() {
	for _, t := range append(s.order, s.hidden...) {
		t.close()
	}
	s.arena.close()
}

// TableNames lists the logged tables, for whoever shows a state.
func (s *Store) TableNames() []string {
	names := append([]string(nil), s.names...)
	sort.Strings(names)
	return names
}

// Descs are the descriptions of the logged tables, in the order in which they were made.
func (s *Store) Descs() []Desc {
	ds := make([]Desc, len(s.order))
	for i, t := range s.order {
		ds[i] = t.Desc
	}
	return ds
}

// dumpBytes is about how much state one piece of a dump holds.
const dumpBytes = 256 << 10

// Dump gives the whole state as changes for Apply, in pieces, each table's entries
// ordered by key group and key.
func (s *Store) Dump(f func(change []byte) error) error {
	for i, t := range s.order {
		ids := t.inOrder()
		var c change
		flush := func() error {
			if c.puts.len() == 0 {
				return nil
			}
			b := appendBytes(nil, []byte(s.names[i]))
			b = appendBytes(b, []byte(t.Schema()))
			b = appendBytes(appendBytes(b, nil), nil)
			b = slices.Concat(c.puts.appendTo([][]byte{b})...)
			c = change{}
			return f(b)
		}
		for _, id := range ids {
			if t.put(&c, id); c.puts.len() >= dumpBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}
