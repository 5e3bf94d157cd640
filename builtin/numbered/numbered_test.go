package numbered

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// echo makes one column: the numbers.
type echo struct{ runs [][]Run }

func (e *echo) Make(rows int, runs []Run) ([]*vector.Vector, []int64) {
	e.runs = append(e.runs, append([]Run(nil), runs...))
	numbers := Numbers(nil, runs)
	v := vector.NewBuilder(types.TBigInt, rows)
	for _, n := range numbers {
		v.AppendInt64(n)
	}
	return []*vector.Vector{v}, numbers
}

func sourceOf(rows, parts, block int64) *Source {
	return &Source{Table: &connector.Table{Name: "t"}, Kind: "echo", Rows: rows, Parts: parts, Block: block, NewMaker: func() Maker { return &echo{} }}
}

// All splits together have each row once, each split in order, whatever the sizes of
// batches are and however often it is opened again at its position.
func TestRowsAreDealtOut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		rows, parts, block := random.Int64N(60), 1+random.Int64N(5), random.Int64N(8)
		s := sourceOf(rows, parts, block)
		splits, err := s.Splits(context.Background())
		if err != nil || int64(len(splits)) != parts {
			t.Fatalf("%d splits, %v", len(splits), err)
		}
		var all []int64
		for _, split := range splits {
			last := int64(-1)
			var at []byte
			for ended := false; !ended; {
				r, err := s.OpenSplit(context.Background(), split, at, connector.Env{})
				if err != nil {
					t.Fatal(err)
				}
				for range 1 + random.IntN(3) {
					b := vector.NewBatch(0, vector.NewBuilder(types.TBigInt, 0))
					if random.IntN(3) == 0 { // into a batch that has a row already
						b.Cols[0].AppendInt64(-1)
						b.Pos = append(b.Pos, -1)
						b.SetLen(1)
					}
					before, limit := b.Len(), 1+random.IntN(9)
					status, err := r.Read(b, limit)
					if err != nil || b.Len()-before > limit || b.Cols[0].Len() != b.Len() || len(b.Pos) != b.Len() {
						t.Fatalf("%d rows of at most %d in %d positions, %v", b.Len()-before, limit, len(b.Pos), err)
					}
					for i := before; i < b.Len(); i++ {
						n := b.Cols[0].Int64s()[i]
						if n <= last || n != b.Pos[i] {
							t.Fatalf("row %d at position %d behind row %d", n, b.Pos[i], last)
						}
						last = n
						all = append(all, n)
					}
					if ended = status == connector.Ended; ended {
						break
					}
				}
				at = r.Position()
				r.Close()
			}
		}
		sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
		for i, n := range all {
			if n != int64(i) {
				t.Fatalf("rows %d, parts %d, block %d: %v", rows, parts, block, all)
			}
		}
		if int64(len(all)) != rows {
			t.Fatalf("%d rows of %d, parts %d, block %d", len(all), rows, parts, block)
		}
	}
}

// In a block numbers follow each other, one run for each block.
func TestRuns(t *testing.T) {
	for _, c := range []struct {
		parts, block int64
		want         string
	}{
		{1, 1, "0+10"},
		{2, 1, "0+10*2"},
		{2, 4, "0+4 8+4 16+2"},
		{1, 4, "0+4 4+4 8+2"},
	} {
		m := &echo{}
		s := sourceOf(-1, c.parts, c.block)
		s.NewMaker = func() Maker { return m }
		r, err := s.OpenSplit(context.Background(), connector.Split{ID: fmt.Sprintf("0/%d", c.parts)}, nil, connector.Env{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(vector.NewBatch(0, vector.NewBuilder(types.TBigInt, 0)), 10); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range m.runs[0] {
			text := fmt.Sprintf("%d+%d", x.First, x.N)
			if x.Step > 1 {
				text += fmt.Sprintf("*%d", x.Step)
			}
			got = append(got, text)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%d splits, blocks of %d: %s, want %s", c.parts, c.block, text, c.want)
		}
	}
}

func TestEnds(t *testing.T) {
	for _, c := range []struct {
		rows    int64
		lasting bool
		bounded bool
		want    connector.Status
	}{
		{3, false, true, connector.Ended},
		{3, true, false, connector.Waiting},
		{-1, false, false, connector.Ready},
	} {
		s := sourceOf(c.rows, 1, 0)
		s.Lasting = c.lasting
		if s.Bounded() != c.bounded {
			t.Errorf("%+v: bounded is %v", c, s.Bounded())
		}
		r, err := s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if status, _ := r.Read(vector.NewBatch(0, vector.NewBuilder(types.TBigInt, 0)), 10); status != c.want {
				t.Errorf("%+v: status %d", c, status)
			}
		}
	}
}

func TestRefusedPositions(t *testing.T) {
	s := sourceOf(10, 2, 1)
	for _, c := range []struct {
		split string
		at    []byte
	}{{"0/3", nil}, {"x", nil}, {"0/2", []byte{}}, {"0/2", []byte{9, 1}}, {"0/2", []byte{1}}, {"0/2", []byte{1, 1, 1}}} {
		if _, err := s.OpenSplit(context.Background(), connector.Split{ID: c.split}, c.at, connector.Env{}); err == nil {
			t.Errorf("split %s at %x was opened", c.split, c.at)
		}
	}
}
