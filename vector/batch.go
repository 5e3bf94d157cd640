package vector

import "fmt"

// Kind is what a row is to a changelog (Flink's RowKind).
type Kind uint8

const (
	Insert       Kind = iota // +I
	UpdateBefore             // -U
	UpdateAfter              // +U
	Delete                   // -D
)

var kindText = [4]string{"+I", "-U", "+U", "-D"}

func (k Kind) String() string { return kindText[k&3] }

// Retracts is true of the two kinds that take a row back.
func (k Kind) Retracts() bool { return k == UpdateBefore || k == Delete }

// MaxRows is the greatest number of rows of a batch.
const MaxRows = 1 << 16

// DefaultRows is how many rows a source puts into a batch unless it is told
// otherwise: columns of such batches fit the second-level cache.
const DefaultRows = 2048

// NoSplit is the Split of a batch whose rows no longer stem from one source row each.
const NoSplit = -1

// Batch is a set of rows in columns: see the package comment for who owns it.
type Batch struct {
	Cols []*Vector
	// Sel lists the rows that count, ascending; nil: all of them.
	Sel []int32
	// Kinds is the kind of each row, selected or not; nil: all are inserts.
	Kinds []Kind
	// Split and Pos are where the rows come from, up to the first operator that makes
	// rows of its own (an aggregate, a join): the number of the source's split and each
	// row's position in it (a Kafka offset, a line of a file, the number of a generated
	// event). They let an error name its record.
	Split int32
	Pos   []int64

	n int
}

// NewBatch returns a batch of the given columns, which all have n rows.
func NewBatch(n int, cols ...*Vector) *Batch {
	for i, c := range cols {
		if c.Len() != n {
			panic(fmt.Sprintf("vector: column %d has %d rows, the batch %d", i, c.Len(), n))
		}
	}
	return &Batch{Cols: cols, n: n, Split: NoSplit}
}

// Len is the number of rows, selected or not.
func (b *Batch) Len() int { return b.n }

// SetLen tells a batch whose columns were appended to how many rows they now have.
func (b *Batch) SetLen(n int) { b.n = n }

// Count is the number of selected rows.
func (b *Batch) Count() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.n
}

// KindOf is the kind of row i.
func (b *Batch) KindOf(i int) Kind {
	if b.Kinds == nil {
		return Insert
	}
	return b.Kinds[i]
}

// Rows calls f with each selected row's number, in order. It is for paths that do
// per-row work anyway; kernels loop over Sel themselves.
func (b *Batch) Rows(f func(row int)) {
	if b.Sel == nil {
		for i := 0; i < b.n; i++ {
			f(i)
		}
		return
	}
	for _, i := range b.Sel {
		f(int(i))
	}
}

// With returns a batch of the same rows and kinds with other columns, sharing the
// selection and the positions.
func (b *Batch) With(cols []*Vector) *Batch {
	return &Batch{Cols: cols, Sel: b.Sel, Kinds: b.Kinds, Split: b.Split, Pos: b.Pos, n: b.n}
}

// Under returns the same batch under another selection.
func (b *Batch) Under(sel []int32) *Batch {
	c := *b
	c.Sel = sel
	return &c
}

// Slice returns the selected rows among the numbers from..to-1, sharing columns.
func (b *Batch) Slice(from, to int) *Batch {
	if from == 0 && to >= b.n {
		return b
	}
	sel := make([]int32, 0, to-from)
	b.Rows(func(i int) {
		if i >= from && i < to {
			sel = append(sel, int32(i))
		}
	})
	return b.Under(sel)
}

// Compact returns a batch that holds only the selected rows: itself if all are
// selected, else copies. An exchange calls it when less than one row in eight is left.
func (b *Batch) Compact() *Batch {
	if b.Sel == nil || len(b.Sel) == b.n {
		if b.Sel != nil {
			return b.Under(nil)
		}
		return b
	}
	out := &Batch{Cols: make([]*Vector, len(b.Cols)), Split: b.Split, n: len(b.Sel)}
	for i, c := range b.Cols {
		out.Cols[i] = c.Gather(b.Sel)
	}
	if b.Kinds != nil {
		out.Kinds = pick(b.Kinds, b.Sel)
	}
	if b.Pos != nil {
		out.Pos = pick(b.Pos, b.Sel)
	}
	return out
}

// Bytes estimates the memory that the batch keeps alive, for the credit of edges.
func (b *Batch) Bytes() int64 {
	total := int64(64 + 4*len(b.Sel) + len(b.Kinds) + 8*len(b.Pos))
	for _, c := range b.Cols {
		total += c.Footprint()
	}
	return total
}

// Footprint estimates the memory that the vector keeps alive, shared buffers included and
// static ones left out.
func (v *Vector) Footprint() int64 {
	total := int64(len(v.valid)*8 + len(v.bools) + 4*len(v.int32s) + 8*len(v.int64s) + 16*len(v.wide) +
		4*len(v.f32s) + 8*len(v.f64s) + 16*len(v.views) + 4*len(v.indexes) + 4*len(v.offsets))
	for i, b := range v.bufs {
		if v.static>>uint(i)&1 == 0 {
			total += int64(len(b))
		}
	}
	for _, kid := range v.kids {
		total += kid.Footprint()
	}
	if v.dict != nil {
		total += v.dict.Footprint()
	}
	return total
}
