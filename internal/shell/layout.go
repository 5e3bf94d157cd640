package shell

import (
	"bufio"
	"bytes"
	"io"
)

// layout is a table of aligned columns:
//
//	+------+-------+
//	| name | count |
//	+------+-------+
//	| a    |     1 |
//	+------+-------+
type layout struct {
	w      *bufio.Writer
	head   []string
	right  []bool
	widths []int
	usual  []int  // what widths begin with, if the rows are shown as they come
	batch  []byte // lines of the batch that is being shown, with \n between
	open   bool
}

func newLayout(out io.Writer, c *cells) *layout {
	l := &layout{w: bufio.NewWriterSize(out, 64<<10), head: c.head(), right: c.right(), usual: c.usual()}
	l.widths = make([]int, len(l.head))
	for k, name := range l.head {
		l.widths[k] = width([]byte(name))
	}
	return l
}

// measure widens the columns to what a row needs.
func (l *layout) measure(row []byte) {
	for k := range l.widths {
		end := bytes.IndexByte(row, cellEnd)
		l.widths[k] = max(l.widths[k], width(row[:end]))
		row = row[end+1:]
	}
}

// whole lays all rows out at once, and counts them.
func (l *layout) whole(f *fold) (text []byte, count int) {
	f.each(l.measure)
	text = l.top(nil)
	f.each(func(row []byte) {
		text = l.row(text, row)
		count++
	})
	return l.rule(text), count
}

// widestLive is how wide a column of a table that comes row by row may get: beyond, its cells
// stick out, so that one long text does not pad all that follow.
const widestLive = 48

// begin, line, flush and end show a table that comes row by row. Its columns are as wide as the rows so far need:
// the rows of a batch are measured before they are shown.
func (l *layout) begin() error {
	for k, w := range l.usual {
		l.widths[k] = max(l.widths[k], w)
	}
	return nil
}

func (l *layout) line(row []byte) error {
	l.batch = append(append(l.batch, row...), '\n')
	return nil
}

func (l *layout) flush() error {
	for rest := l.batch; len(rest) > 0; {
		row, more, _ := bytes.Cut(rest, []byte{'\n'})
		l.grow(row)
		rest = more
	}
	l.start()
	var text []byte
	for rest := l.batch; len(rest) > 0; {
		row, more, _ := bytes.Cut(rest, []byte{'\n'})
		text = l.row(text, row)
		rest = more
	}
	l.batch = l.batch[:0]
	l.w.Write(text)
	return l.w.Flush()
}

func (l *layout) grow(row []byte) {
	for k := range l.widths {
		end := bytes.IndexByte(row, cellEnd)
		if w := width(row[:end]); w > l.widths[k] {
			l.widths[k] = max(l.widths[k], min(w, widestLive))
		}
		row = row[end+1:]
	}
}

func (l *layout) start() {
	if !l.open {
		l.open = true
		l.w.Write(l.top(nil))
	}
}

func (l *layout) end() error {
	if len(l.batch) > 0 {
		if err := l.flush(); err != nil {
			return err
		}
	}
	l.start()
	l.w.Write(l.rule(nil))
	return l.w.Flush()
}

// top is the rule, the titles and the rule below them.
func (l *layout) top(dst []byte) []byte {
	dst = l.rule(dst)
	var row []byte
	for _, name := range l.head {
		row = append(append(row, name...), cellEnd)
	}
	return l.rule(l.row(dst, row))
}

func (l *layout) rule(dst []byte) []byte {
	for _, w := range l.widths {
		dst = append(dst, '+')
		for range w + 2 {
			dst = append(dst, '-')
		}
	}
	return append(dst, "+\n"...)
}

func (l *layout) row(dst, row []byte) []byte {
	for k, w := range l.widths {
		end := bytes.IndexByte(row, cellEnd)
		cell := row[:end]
		row = row[end+1:]
		dst = append(dst, "| "...)
		pad := w - width(cell)
		if !l.right[k] {
			dst = append(dst, cell...)
		}
		for range pad {
			dst = append(dst, ' ')
		}
		if l.right[k] {
			dst = append(dst, cell...)
		}
		dst = append(dst, ' ')
	}
	return append(dst, "|\n"...)
}
