package state

import (
	"unsafe"
)

// Multimap maps a key to a multiset of rows: a table of (key, row) with a count,
// whose entries of one key form a chain. The chains' heads are derived: they are not
// logged, but made again from the rows.
type Multimap struct {
	rows  *Table // key in two parts; value: count, then Fields
	heads *Table // first part; value: head, rows
}

// Chain is the value of a key: the first row and how many distinct rows there are.
type Chain struct {
	Head  ID
	Count uint32
}

// Multimap makes operator's multimap. The value of each row begins with a Word, its
// count; fields follow it.
func (s *Store) Multimap(operator, name string, key, row *Codec, fields ...Field) *Multimap {
	m := &Multimap{
		rows: s.Table(operator, Desc{Name: name, Prefix: key, Key: row, chained: true,
			Fields: append([]Field{{"count", Word}}, fields...)}),
		heads: s.derived(Desc{Name: name + " heads", Key: key, Fields: []Field{{"chain", Word}}}),
	}
	return m
}

// Link rebuilds the chains; to be called after a restoration.
func (m *Multimap) Link() error {
	var rows, ids []ID
	keys := Keys{At: []int32{0}}
	some := func() (err error) {
		if ids, _, err = m.heads.Probe(&keys, nil, ids, nil, true); err != nil {
			return err
		}
		for j, head := range ids {
			m.link(head, rows[j])
		}
		keys.Data, keys.At, keys.Hash, rows = keys.Data[:0], keys.At[:1], keys.Hash[:0], rows[:0]
		return nil
	}
	var err error
	m.rows.All(func(id ID) {
		if err != nil {
			return
		}
		k := m.rows.KeyOf(id)
		k = k[:m.rows.Prefix.length(k)]
		keys.Data = append(keys.Data, k...)
		keys.At, keys.Hash = append(keys.At, int32(len(keys.Data))), append(keys.Hash, Hash(k))
		if rows = append(rows, id); len(rows) == applyRows || len(keys.Data) > 1<<20 {
			err = some()
		}
	})
	if err != nil {
		return err
	}
	return some()
}

func (m *Multimap) chain(head ID) *Chain { return (*Chain)(m.heads.Value(head)) }

func (m *Multimap) link(head, id ID) {
	c := m.chain(head)
	first := None
	if c.Count > 0 {
		first = c.Head
		m.rows.links(first).prev = id
	}
	*m.rows.links(id) = links{None, first}
	c.Head = id
	c.Count++
}

// Find gives the chains of keys; a key without rows has a Count of 0.
func (m *Multimap) Find(keys *Keys, ids []ID, chains []Chain) ([]ID, []Chain) {
	ids, _, _ = m.heads.Probe(keys, nil, ids, nil, false)
	chains = resize(chains, len(ids))
	for j, id := range ids {
		chains[j] = Chain{Head: None}
		if id != None {
			chains[j] = *m.chain(id)
		}
	}
	return ids, chains
}

// Add adds by to the count of one row (pairs row j under prefixes row j), making it if it
// is not there. A row whose count comes to be 0 is removed. A negative by for a row that
// is not there changes nothing and answers false.
func (m *Multimap) Add(pairs, prefixes *Keys, j int, by int64) (ok bool, err error) {
	one := Keys{Data: pairs.Row(j), At: []int32{0, int32(len(pairs.Row(j)))}, Hash: pairs.Hash[j : j+1]}
	var buf [1]ID
	ids, fresh, err := m.rows.Probe(&one, nil, buf[:], nil, by > 0)
	if err != nil {
		return false, err
	}
	id := ids[0]
	if id == None {
		return false, nil
	}
	if len(fresh) > 0 {
		head := Keys{Data: prefixes.Row(j), At: []int32{0, int32(len(prefixes.Row(j)))}, Hash: prefixes.Hash[j : j+1]}
		heads, _, err := m.heads.Probe(&head, nil, nil, nil, true)
		if err != nil {
			return false, err
		}
		m.link(heads[0], id)
	}
	m.rows.Touch(id)
	count := m.Count(id)
	if *count += by; *count <= 0 {
		m.remove(prefixes, j, id)
	}
	return true, nil
}

func (m *Multimap) remove(prefixes *Keys, j int, id ID) {
	l := *m.rows.links(id)
	head := Keys{Data: prefixes.Row(j), At: []int32{0, int32(len(prefixes.Row(j)))}, Hash: prefixes.Hash[j : j+1]}
	heads, _, _ := m.heads.Probe(&head, nil, nil, nil, false)
	c := m.chain(heads[0])
	if l.prev != None {
		m.rows.links(l.prev).next = l.next
	} else {
		c.Head = l.next
	}
	if l.next != None {
		m.rows.links(l.next).prev = l.prev
	}
	if c.Count--; c.Count == 0 {
		m.heads.Delete(heads[0])
	}
	m.rows.Delete(id)
}

// Count is where the row's count lies; Touch it before changing it.
func (m *Multimap) Count(id ID) *int64 { return (*int64)(unsafe.Pointer(m.rows.Value(id))) }

// Next is the row behind id in its chain, None at the end.
func (m *Multimap) Next(id ID) ID { return m.rows.links(id).next }

// Row is the encoded row without its key, valid until it is removed.
func (m *Multimap) Row(id ID) []byte {
	k := m.rows.KeyOf(id)
	return k[m.rows.Prefix.length(k):]
}

// Len is the number of distinct rows of all keys.
func (m *Multimap) Len() int { return m.rows.Len() }
