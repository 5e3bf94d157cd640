package shell

import (
	"bufio"
	"fmt"

	"tidemark.dev/connector"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// How a result comes to be shown:
//
//  1. each row is encoded as one line: an object, a CSV record, or for a table its cells with cellEnd behind each;
//  2. a line is shown at once, or kept until the query ends: then a line that is taken back cancels
//     one that is equal, which is right because equal lines look the same;
//  3. a table whose rows are kept is laid out when all its widths are known, and paged if it does not fit
//     the screen; one whose rows come for ever takes its widths from the rows so far.

// encoder encodes row i of a batch, as one line.
type encoder interface {
	encode(dst []byte, b *vector.Batch, i int) ([]byte, error)
}

// writer shows lines. begin is called before the first, and end behind the last.
type writer interface {
	begin() error
	line(text []byte) error
	flush() error
	end() error
}

const (
	// keepBytes is how much of a table that nothing is taken out of is kept to be laid out as a whole; beyond, its
	// rows are shown as they come, with the widths so far. A person does not read more, a program reads csv.
	keepBytes = 64 << 20
	// foldBytes is how much the rows of a folded result may take. They are in memory until the query ends.
	foldBytes = 1 << 30
)

// result is the rows of one SELECT on their way to the user.
type result struct {
	screen  *screen
	encoder encoder
	writer  writer
	ops     bool  // each line has its kind
	final   bool  // no line is taken back
	fold    *fold // nil: lines are shown as they come
	open    bool  // writer.begin was called
	shown   int
	buf     []byte
}

// newResult begins a result of the given columns. final: no row is ever taken back; bounded: it
// ends by itself.
func newResult(sc *screen, o Output, columns []types.Field, zone *types.Zone, final, bounded bool) (r *result, err error) {
	r = &result{screen: sc, final: final || o == Changelog, ops: o == Changelog || !bounded && !final}
	if bounded && (o.table() || !final) {
		r.fold = newFold(r.final)
	}
	switch o {
	case JSON:
		r.encoder, err = newObjects(columns, r.ops)
		r.writer = &lines{w: bufio.NewWriterSize(sc.out, 64<<10)}
	case CSV:
		c := &records{columns, zone, r.ops}
		r.encoder, r.writer = c, &lines{w: bufio.NewWriterSize(sc.out, 64<<10), header: c.header()}
	default:
		c := &cells{columns, zone, r.ops}
		r.encoder, r.writer = c, newLayout(sc.out, c)
	}
	return r, err
}

// resultOf begins the result of a SELECT.
func resultOf(sc *screen, o Output, x *plan.Select) (*result, error) {
	sink := x.Pipeline.Sinks[0]
	zone, err := types.LoadZone(x.Pipeline.Settings.Zone)
	if err != nil {
		return nil, err
	}
	final := sink.Input.Output().Kinds == connector.InsertOnly
	return newResult(sc, o, x.Columns, zone, final, x.Pipeline.Bounded())
}

// take shows or keeps the rows of a batch. It is the engine's Options.Show.
func (r *result) take(b *vector.Batch) (err error) {
	taken := -1 // the place of the row that a -U has just taken back
	b.Rows(func(i int) {
		if err != nil {
			return
		}
		if r.buf, err = r.encoder.encode(r.buf[:0], b, i); err != nil {
			return
		}
		if r.fold == nil {
			err = r.show(r.buf)
			return
		}
		if !r.final && b.KindOf(i).Retracts() {
			taken = r.fold.remove(r.buf)
			return
		}
		r.fold.add(r.buf, taken)
		taken = -1
	})
	if err != nil {
		return err
	}
	if r.fold == nil {
		return r.writer.flush()
	}
	if r.final && r.fold.bytes > keepBytes {
		return r.spill()
	}
	if r.fold.bytes > foldBytes {
		return fmt.Errorf("the result is larger than %d MB, and is kept in memory because its rows may still change; INSERT it into a table, or take it as it comes with --output changelog", foldBytes>>20)
	}
	return nil
}

// spill shows what is kept, and from now on all as it comes.
func (r *result) spill() error {
	f := r.fold
	r.fold = nil
	if l, ok := r.writer.(*layout); ok {
		f.each(l.measure)
	}
	var err error
	f.each(func(line []byte) {
		if err == nil {
			err = r.show(line)
		}
	})
	return err
}

func (r *result) show(line []byte) error {
	if !r.open {
		r.open = true
		if err := r.writer.begin(); err != nil {
			return err
		}
	}
	r.shown++
	return r.writer.line(line)
}

// count is the number of rows shown.
func (r *result) count() int { return r.shown }

// end shows what is left, when the query has ended: with failed, if that is not nil. Of a
// query that failed no kept rows are shown, of one that was interrupted what there is.
func (r *result) end(failed error) error {
	if failed != nil && !isCut(failed) {
		if r.open {
			return r.writer.end()
		}
		return nil
	}
	if r.fold != nil {
		l, isTable := r.writer.(*layout)
		if isTable {
			var text []byte
			text, r.shown = l.whole(r.fold)
			return r.screen.page(string(text), 3)
		}
		if err := r.spill(); err != nil {
			return err
		}
	}
	if !r.open {
		if err := r.writer.begin(); err != nil {
			return err
		}
	}
	return r.writer.end()
}

// lines writes encoded rows as they are, each with a line feed.
type lines struct {
	w      *bufio.Writer
	header []byte
}

func (l *lines) begin() error {
	if l.header != nil {
		return l.line(l.header)
	}
	return nil
}

func (l *lines) line(text []byte) error {
	l.w.Write(text)
	return l.w.WriteByte('\n')
}

func (l *lines) flush() error { return l.w.Flush() }
func (l *lines) end() error   { return l.w.Flush() }

// showTexts shows rows that are texts already.
func showTexts(sc *screen, o Output, head []string, rows [][]string) error {
	if o == Changelog {
		o = Table
	}
	columns := make([]types.Field, len(head))
	cols := make([]*vector.Vector, len(head))
	for k := range head {
		columns[k] = types.Field{Name: head[k], Type: types.TString.Required()}
		cols[k] = vector.NewBuilder(columns[k].Type, len(rows))
		for _, row := range rows {
			cols[k].AppendBytes([]byte(row[k]))
		}
	}
	r, err := newResult(sc, o, columns, types.UTC, true, true)
	if err != nil {
		return err
	}
	if err := r.take(vector.NewBatch(len(rows), cols...)); err != nil {
		return err
	}
	return r.end(nil)
}
