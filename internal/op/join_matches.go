package op

import (
	"math/bits"

	"tidemark.dev/internal/memory"
	"tidemark.dev/internal/state"
)

// matches are the other side's rows that one row of a join is still to be paired with, in
// numbered steps
//
//  1. A chain has no order that survives a restart: it is made again from a table. So what is left
//     of it cannot be noted down as a position.
//  2. A short chain is walked. What is left of it is noted down row by row: at most ChainMost.
//  3. A long chain is first gathered into buckets, by hash: about BucketRows rows in each. Then
//     they are paired bucket after bucket. What is left is the rest of one bucket, row by row, and the
//     number of the next: hashes are the same after a restart, and so are the buckets.
//  4. Gathering is done in pieces too. A barrier meanwhile notes that all is left.
type matches struct {
	account *memory.Account
	state   *state.Multimap

	given []match // of a row restored: rows that are left

	at    state.ID // of a short chain
	again int64    // how often the row at hand has been paired

	long    bool
	buckets uint32   // a power of two
	bucket  uint32   // being paired, or the first that is to be
	walk    state.ID // next to be gathered; None: all are
	heads   []uint32 // of each bucket its first cell, counted from 1
	cells   [][]cell
	count   uint32 // of cells
	cell    uint32 // being paired, counted from 1
}

// match is a row of the other side, and how often it is there.
type match struct {
	row   []byte
	times int64
}

// cell is a gathered row: 8 bytes a match.
type cell struct {
	id   state.ID
	next uint32
}

// unpaired is what is left of a row's matches: some rows, and the buckets from one on if there are any.
type unpaired struct {
	given           []match
	buckets, bucket uint32
}

// ChainMost is the longest chain that counts as short, and BucketRows is about how many rows a
// bucket of a longer one has. JoinRows is how many rows of output are made at a time, and
// HeavyPieces how many such pieces a batch has made when a barrier overtakes the rows behind it: some
// milliseconds' worth; below that waiting costs less than noting down what lies in the edges. Tests
// make them small, before anything runs.
var (
	ChainMost, BucketRows uint32 = 1024, 512
	JoinRows                     = 1024
	HeavyPieces                  = 16
)

const (
	cellBlock   = 4096
	mostBuckets = 1 << 23
)

// of begins with the matches of a chain, or what is left of them.
func (m *matches) of(s *state.Multimap, c state.Chain, left *unpaired) {
	m.free()
	m.state, m.at, m.again, m.given, m.long, m.bucket = s, state.None, 0, nil, false, 0
	buckets := uint32(0)
	if left != nil {
		m.given = left.given
		if left.buckets == 0 {
			return
		}
		buckets, m.bucket = left.buckets, left.bucket
	} else if c.Count > ChainMost {
		buckets = 1 << min(bits.Len32(c.Count/BucketRows), 23)
	}
	if c.Count == 0 {
		return
	}
	if buckets == 0 {
		m.at = c.Head
		return
	}
	m.long, m.buckets, m.walk = true, buckets, c.Head
	m.heads = make([]uint32, buckets)
}

// done tells that next has given the last match.
func (m *matches) done() bool { return m.at == state.None && !m.long && len(m.given) == 0 }

// next gives the next match, once for each time that it is there. nil: there is none, or none yet.
func (m *matches) next() ([]byte, error) {
	if m.at != state.None {
		row := m.state.Row(m.at)
		if m.again++; m.again >= *m.state.Count(m.at) {
			m.again, m.at = 0, m.state.Next(m.at)
		}
		return row, nil
	}
	if len(m.given) > 0 {
		row := m.given[0].row
		if m.given[0].times--; m.given[0].times <= 0 {
			m.given = m.given[1:]
		}
		return row, nil
	}
	if !m.long {
		return nil, nil
	}
	if m.walk != state.None {
		return nil, m.gather()
	}
	for m.cell == 0 {
		if m.bucket >= m.buckets {
			m.long = false
			m.free()
			return nil, nil
		}
		m.cell = m.heads[m.bucket]
		m.bucket++
	}
	c := m.cellAt(m.cell)
	row := m.state.Row(c.id)
	if m.again++; m.again >= *m.state.Count(c.id) {
		m.again, m.cell = 0, c.next
	}
	return row, nil
}

func (m *matches) cellAt(n uint32) *cell { return &m.cells[(n-1)/cellBlock][(n-1)%cellBlock] }

// gather puts the next row of the chain into its bucket.
func (m *matches) gather() error {
	id := m.walk
	m.walk = m.state.Next(id)
	b := uint32(state.Hash(m.state.Row(id))>>32) & (m.buckets - 1)
	if b < m.bucket {
		return nil // paired before the restart
	}
	if m.count%cellBlock == 0 {
		if err := m.account.Must(cellBlock * 8); err != nil {
			return err
		}
		m.cells = append(m.cells, make([]cell, cellBlock))
	}
	m.count++
	*m.cellAt(m.count) = cell{id, m.heads[b]}
	m.heads[b] = m.count
	return nil
}

// free gives the cells back.
func (m *matches) free() {
	if m.heads == nil {
		return
	}
	m.account.Charge(-int64(len(m.cells)) * cellBlock * 8)
	m.heads, m.cells, m.count, m.cell = nil, nil, 0, 0
}

func (m *matches) close() { m.free() }

// left is what is left of the matches.
func (m *matches) left() *unpaired {
	p := &unpaired{}
	first := m.again
	add := func(id state.ID) {
		p.given = append(p.given, match{m.state.Row(id), *m.state.Count(id) - first})
		first = 0
	}
	for id := m.at; id != state.None; id = m.state.Next(id) {
		add(id)
	}
	for n := m.cell; n != 0; n = m.cellAt(n).next {
		add(m.cellAt(n).id)
	}
	p.given = append(p.given, m.given...)
	if m.long {
		p.buckets, p.bucket = m.buckets, m.bucket
	}
	return p
}
