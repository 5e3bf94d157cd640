// Package numbered is a source of numbered rows: a connector that generates makes the
// columns of rows by their numbers, and Source does the rest: splits, a rate, an end,
// positions.
package numbered

import (
	"context"
	"encoding/binary"
	"fmt"

	"tidemark.dev/builtin/pace"
	"tidemark.dev/connector"
	"tidemark.dev/vector"
)

// Source is a connector.Source of the rows 0, 1, 2, ... that it deals out to its splits.
// Which rows a split has, and in which order, depends on Parts and Block alone, so
// that a generator that is a function of the number makes the same rows again.
type Source struct {
	Table *connector.Table
	Kind  string // how messages call it: "datagen"
	Rows  int64  // how many there are; -1: no end
	// Parts is how many splits take turns, Block how many rows a split makes in its turn (0: 1).
	Parts, Block int64
	Rate         float64 // rows a second, all splits together; 0: as fast as they can
	// Lasting has the source wait for ever behind its last row.
	Lasting bool
	// NewMaker returns what makes the columns for one split.
	NewMaker func() Maker
}

// Maker makes the columns of one split's rows; it is called by one goroutine at a time,
// and may keep what it needs from call to call, but nothing that it has returned.
type Maker interface {
	// Make returns the table's Columns for so many rows, those of the runs one after the
	// other, and each row's position for messages.
	Make(rows int, runs []Run) (columns []*vector.Vector, positions []int64)
}

// Run is N numbers: First, First+Step, ...
type Run struct{ First, Step, N int64 }

// Numbers appends the numbers of runs.
func Numbers(dst []int64, runs []Run) []int64 {
	for _, r := range runs {
		for i := range r.N {
			dst = append(dst, r.First+i*r.Step)
		}
	}
	return dst
}

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.Rows >= 0 && !s.Lasting }

// Kinds implements connector.Source.
func (s *Source) Kinds() connector.KindSet { return connector.InsertOnly }

// Open implements connector.Source: there is nothing to open.
func (s *Source) Open(context.Context, connector.Env) error { return nil }

// Close implements connector.Source.
func (s *Source) Close() error { return nil }

// Splits implements connector.Source. A split's ID tells how many there are.
func (s *Source) Splits(context.Context) ([]connector.Split, error) {
	all := make([]connector.Split, s.Parts)
	for i := range all {
		all[i] = connector.Split{ID: fmt.Sprintf("%d/%d", i, s.Parts), Name: fmt.Sprintf("%s generator %d of %d", s.Kind, i+1, s.Parts)}
	}
	return all, nil
}

// OpenSplit refuses a split of another number of splits: its rows are others.
func (s *Source) OpenSplit(_ context.Context, split connector.Split, from []byte, env connector.Env) (connector.Reader, error) {
	var i, of int64
	if _, err := fmt.Sscanf(split.ID, "%d/%d", &i, &of); err != nil || of != s.Parts {
		return nil, fmt.Errorf("table %s: the pipeline goes on with generator %s, but 'scan.parallelism' is %d now", s.Table.Name, split.ID, s.Parts)
	}
	r := &reader{source: s, split: i, block: max(1, s.Block), wake: env.Wake, pace: pace.New(s.Rate / float64(s.Parts)), maker: s.NewMaker()}
	if from != nil {
		var err error
		if r.next, err = parsePosition(from); err != nil {
			return nil, fmt.Errorf("table %s: %s: %w", s.Table.Name, split.Name, err)
		}
	}
	return r, nil
}

// reader makes the rows of one split.
type reader struct {
	source *Source
	split  int64
	block  int64
	next   int64 // how many rows the split has made
	wake   func()
	pace   pace.Pacer
	maker  Maker
	runs   []Run
}

// number is the number of the split's row i among all.
func (r *reader) number(i int64) int64 {
	return (i/r.block*r.source.Parts+r.split)*r.block + i%r.block
}

// run is the split's rows from its row i on whose numbers are evenly spaced, at most
// limit; N is 0 when there are none left.
func (r *reader) run(i, limit int64) Run {
	x := Run{First: r.number(i), Step: 1, N: limit}
	if r.block == 1 {
		x.Step = r.source.Parts
	} else {
		x.N = min(limit, r.block-i%r.block)
	}
	if rows := r.source.Rows; rows >= 0 {
		x.N = max(0, min(x.N, (rows-x.First+x.Step-1)/x.Step))
	}
	return x
}

// ahead lists the runs of the next rows, at most limit, and counts them.
func (r *reader) ahead(limit int64) (rows int64) {
	r.runs = r.runs[:0]
	for rows < limit {
		x := r.run(r.next+rows, limit-rows)
		if x.N == 0 {
			break
		}
		r.runs = append(r.runs, x)
		rows += x.N
	}
	return rows
}

// Read makes as many rows as are due.
func (r *reader) Read(b *vector.Batch, limit int) (connector.Status, error) {
	n := r.ahead(int64(limit))
	if n == 0 {
		return r.end(), nil
	}
	due := int64(r.pace.Due(int(n), r.wake))
	if due == 0 {
		return connector.Waiting, nil
	}
	if due < n {
		r.ahead(due)
	}
	columns, positions := r.maker.Make(int(due), r.runs)
	r.next += due
	put(b, columns, positions)
	if r.run(r.next, 1).N == 0 {
		return r.end(), nil
	}
	return connector.Ready, nil
}

func (r *reader) end() connector.Status {
	if r.source.Lasting {
		return connector.Waiting // for ever
	}
	return connector.Ended
}

// put hands vectors over: as the columns of an empty batch, else appended.
func put(b *vector.Batch, columns []*vector.Vector, positions []int64) {
	if b.Len() == 0 {
		b.Cols, b.Pos = columns, positions
		b.SetLen(len(positions))
		return
	}
	for i, c := range columns {
		for row := range positions {
			b.Cols[i].AppendFrom(c, row)
		}
	}
	b.Pos = append(b.Pos, positions...)
	b.SetLen(b.Len() + len(positions))
}

// Position, version 1: the byte 1 and the number of rows made, as an unsigned varint.
func (r *reader) Position() []byte {
	return binary.AppendUvarint([]byte{positionVersion}, uint64(r.next))
}

const positionVersion = 1

func parsePosition(b []byte) (int64, error) {
	if len(b) > 0 && b[0] == positionVersion {
		if u, n := binary.Uvarint(b[1:]); n == len(b)-1 && n > 0 && u < 1<<62 {
			return int64(u), nil
		}
	}
	return 0, fmt.Errorf("the stored position %x is not one of this generator", b)
}

// MakesColumns implements connector.ColumnMaker.
func (r *reader) MakesColumns() bool { return true }

func (r *reader) Close() error { return nil }
