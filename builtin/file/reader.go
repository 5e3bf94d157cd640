package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"tidemark.dev/connector"
	"tidemark.dev/disk"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// How a reader works:
//
//  1. It reads the file in blocks. A block is never written again, since rows point
//     into it: the next one is new memory and begins with the part of a line that the
//     previous one ended with.
//  2. Read takes as many whole lines of the block as rows are wanted and gives them to
//     the decoder, which appends rows to the batch.
//  3. It then fills in what is the same for all rows of the file (metadata,
//     partitions) and the line number of each row.
//
// A line ends at \n, and one \r before it is not part of it; a decoder that is a
// format.Splitter finds its records itself. The last line counts with or without its end. An empty line is an empty record: what that means is the
// format's to say (nothing, in JSON).

// blockSize is how much is read at once: enough that the cost of a call vanishes, and
// little enough that a block stays in the second-level cache between reading and
// decoding.
const blockSize = 256 << 10

// maxLine bounds the memory that one line can take. Nobody writes a row of 64 MiB; a
// file without line ends is one that was never meant to be read line by line.
const maxLine = 64 << 20

type reader struct {
	source    *source
	entry     entry
	name      string
	file      disk.File
	decoder   format.Decoder
	splitter  format.Splitter // the decoder, if it finds records itself
	constants []types.Value
	perRecord int

	offset int64 // of the first byte that no row was made of
	line   int64 // lines before offset
	block  []byte
	start  int   // block[start:] is not used yet; its first byte is at offset
	readTo int64 // where the block ends in the file

	from, to []int32
	rows     []int32
}

// Read makes rows of at most one block. It calls the file system, which may take a
// disk's time but no network's.
func (r *reader) Read(b *vector.Batch, max int) (connector.Status, error) {
	n := r.lines(max / r.perRecord)
	if n == 0 && r.readTo < r.entry.size {
		if err := r.fill(); err != nil {
			return connector.Ready, err
		}
		n = r.lines(max / r.perRecord)
	}
	if n > 0 {
		if err := r.decode(b, n); err != nil {
			return connector.Ready, err
		}
	}
	if r.offset >= r.entry.size {
		return connector.Ended, nil
	}
	return connector.Ready, nil
}

// lines finds up to max lines in the block and notes where they lie, relative to
// block[start:].
func (r *reader) lines(max int) int {
	if max < 1 {
		max = 1
	}
	r.from, r.to = r.from[:0], r.to[:0]
	data := r.block[r.start:]
	if r.splitter != nil {
		var next int
		r.from, r.to, next = r.splitter.Split(data, r.offset == 0, r.readTo >= r.entry.size, max, r.from, r.to)
		if r.from = append(r.from, int32(next)); len(r.to) == 0 {
			r.skip(data[:next]) // comments
		}
		return len(r.to)
	}
	at := 0
	for len(r.from) < max && at < len(data) {
		end := bytes.IndexByte(data[at:], '\n')
		next := at + end + 1
		if end < 0 {
			if r.readTo < r.entry.size {
				break // its end is in the next block
			}
			end, next = len(data)-at, len(data)
		}
		end += at
		if end > at && data[end-1] == '\r' {
			end--
		}
		r.from, r.to = append(r.from, int32(at)), append(r.to, int32(end))
		at = next
	}
	r.from = append(r.from, int32(at)) // where the line after them begins
	return len(r.to)
}

// fill replaces the block by one that begins with its unused rest and holds at least
// one whole line.
func (r *reader) fill() error {
	for {
		rest := r.block[r.start:]
		if len(rest) > maxLine {
			return r.fail(fmt.Errorf("line %d is longer than %d bytes: is this a file of lines?", r.line+1, maxLine))
		}
		want := min(int64(max(blockSize, 2*len(rest))), int64(len(rest))+r.entry.size-r.readTo)
		block := make([]byte, want)
		copy(block, rest)
		fresh := block[len(rest):]
		n, err := r.file.ReadAt(fresh, r.readTo)
		if n < len(fresh) {
			if err == nil || errors.Is(err, io.EOF) {
				err = fmt.Errorf("it ends at byte %d, but had %d bytes when it was first read: it was cut while being read", r.readTo+int64(n), r.entry.size)
			}
			return r.fail(err)
		}
		r.block, r.start = block, 0
		r.readTo += int64(n)
		if r.readTo >= r.entry.size || bytes.IndexByte(fresh, '\n') >= 0 {
			return nil
		}
	}
}

func (r *reader) fail(err error) error { return r.source.fail(fmt.Errorf("%s: %w", r.name, err)) }

// decode makes rows of the n lines found. On an error the reader stands behind the
// line that is at fault, or at it if it cannot be skipped.
func (r *reader) decode(b *vector.Batch, n int) error {
	used := int(r.from[n])
	records := format.Records{Data: r.block[r.start : r.start+used : r.start+used], From: r.from[:n], To: r.to}
	inner := r.inner(b)
	if cap(r.rows) < n {
		r.rows = make([]int32, n)
	}
	before := b.Len()
	done, err := r.decoder.Decode(records, inner, r.rows[:n])
	b.Kinds = inner.Kinds
	b.SetLen(inner.Len())
	r.constant(b, inner.Len()-before)
	r.lineNumbers(b, before, done)

	var bad *format.RecordError
	if err == nil {
		done = n
	} else if errors.As(err, &bad) {
		line := r.firstLine()
		for i := range done {
			line += r.linesOf(i)
		}
		bad.Split, bad.Position = r.name, fmt.Sprintf("line %d", line)
		done++
	} else {
		err = r.fail(err)
	}
	if r.splitter != nil {
		r.skip(r.block[r.start : r.start+int(r.from[done])])
		return err
	}
	r.offset += int64(r.from[done])
	r.start += int(r.from[done])
	r.line += int64(done)
	return err
}

// inner is the batch as the decoder sees it: its own columns only.
func (r *reader) inner(b *vector.Batch) *vector.Batch {
	cols := make([]*vector.Vector, 0, len(r.source.format))
	for i, p := range r.source.places {
		if p.decoded() {
			cols = append(cols, b.Cols[i])
		}
	}
	inner := b.With(cols)
	inner.SetLen(b.Len())
	return inner
}

// constant appends n times what is the same for all rows.
func (r *reader) constant(b *vector.Batch, n int) {
	for i, p := range r.source.places {
		if p.decoded() {
			continue
		}
		switch v, x := b.Cols[i], r.constants[i]; {
		case x.Null:
			for range n {
				v.AppendNull()
			}
		case v.Layout() == vector.Texts:
			text := []byte(x.S)
			buffer := v.AddBuffer(text)
			for range n {
				v.AppendView(buffer, 0, text)
			}
		case v.Layout() == vector.Int64s:
			for range n {
				v.AppendInt64(x.I)
			}
		default:
			for range n {
				v.AppendValue(x)
			}
		}
	}
}

// lineNumbers notes the line of each row of the first done records.
func (r *reader) lineNumbers(b *vector.Batch, before, done int) {
	row := int32(before)
	line := r.firstLine()
	for i, end := range r.rows[:done] {
		for ; row < end; row++ {
			b.Pos = append(b.Pos, line)
		}
		line += r.linesOf(i)
	}
}

// firstLine is the number of the line that record 0 begins with.
func (r *reader) firstLine() int64 {
	if r.splitter == nil {
		return r.line + 1
	}
	return r.line + 1 + int64(bytes.Count(r.block[r.start:r.start+int(r.from[0])], []byte{'\n'}))
}

// linesOf counts the lines of record i.
func (r *reader) linesOf(i int) int64 {
	if r.splitter == nil {
		return 1
	}
	return int64(bytes.Count(r.block[r.start+int(r.from[i]):r.start+int(r.from[i+1])], []byte{'\n'}))
}

// skip goes on behind what holds no record.
func (r *reader) skip(data []byte) {
	r.offset += int64(len(data))
	r.start += len(data)
	r.line += int64(bytes.Count(data, []byte{'\n'}))
}

func (r *reader) Position() []byte {
	return position{offset: r.offset, line: r.line, size: r.entry.size, modified: r.entry.modified}.bytes()
}

func (r *reader) Close() error { return r.file.Close() }
