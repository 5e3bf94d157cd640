package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/disk"
	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// writeSize is how many bytes a part file gathers before they are handed to the
// operating system.
const writeSize = 64 << 10

// writer writes the rows of one task. It never waits: writes go to the page cache, and
// syncing is Prepare's.
type writer struct {
	sink    *sink
	task    int
	next    int // number of the next part file
	encoder format.Encoder
	charge  func(int64) bool

	open    map[string]*partFile // by directory below the table's, "" for none
	done    []*partFile          // finished since the last Flush
	checked time.Time            // when the intervals were looked at last
	want    func(time.Duration)  // connector.Env.WantEpoch
	wished  time.Time            // for when an epoch has been asked for

	records []byte
	ends    []int32
}

// partFile is a part file that is being written.
type partFile struct {
	part
	file    disk.File
	buffer  []byte
	fresh   bool // its name is not durable yet
	dirty   bool // it holds bytes that were not handed to Prepare
	updated time.Time
}

func (s *sink) newEncoder() (format.Encoder, error) {
	columns := make([]connector.Column, len(s.payload))
	for i, c := range s.payload {
		columns[i] = s.table.Columns[c]
	}
	return s.table.NewEncoder("", columns)
}

// OpenWriter goes on with the files that the task's last epoch left open.
func (s *sink) OpenWriter(task int, env connector.Env) (connector.Writer, error) {
	encoder, err := s.newEncoder()
	if err != nil {
		return nil, s.fail(err)
	}
	w := &writer{sink: s, task: task, encoder: encoder, charge: env.Charge, want: env.WantEpoch, open: map[string]*partFile{}, checked: s.now()}
	if w.charge == nil {
		w.charge = func(int64) bool { return true }
	}
	if w.want == nil {
		w.want = func(time.Duration) {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	left, ok := s.resumed[task]
	if !ok {
		return w, nil
	}
	w.next = left.Next
	for _, p := range left.Open {
		f, err := s.sys.Append(s.inProgress(p))
		if err != nil {
			return nil, errors.Join(s.fail(err), w.Close())
		}
		w.charge(writeSize)
		w.open[dirOf(p.Name)] = &partFile{part: p, file: f, updated: s.now()}
	}
	delete(s.resumed, task)
	w.wish(s.now())
	return w, nil
}

func dirOf(name string) string {
	if dir := filepath.ToSlash(filepath.Dir(filepath.FromSlash(name))); dir != "." {
		return dir
	}
	return ""
}

// Write appends each row to the part file of its partition.
func (w *writer) Write(b *vector.Batch) (connector.Status, error) {
	now := w.sink.now()
	err := w.rollByTime(now)
	if err == nil && len(w.sink.partitions) == 0 {
		err = w.writeTo("", b, now)
	} else if err == nil {
		dirs, rows := w.sink.group(b)
		for i, dir := range dirs {
			if err = w.writeTo(dir, b.Under(rows[i]), now); err != nil {
				break
			}
		}
	}
	if err != nil {
		return connector.Ready, w.sink.fail(err)
	}
	w.wish(now)
	return connector.Ready, nil
}

// group lists the partitions' directories in the batch, in order of appearance, and
// the rows of each.
func (s *sink) group(b *vector.Batch) (dirs []string, rows [][]int32) {
	defaultName := s.table.Options.String("partition.default-name")
	seen := map[string]int{}
	var dir []byte
	b.Rows(func(i int) {
		dir = dir[:0]
		for k, p := range s.partitions {
			if k > 0 {
				dir = append(dir, '/')
			}
			dir = p.appendDir(dir, b.Cols[s.columns[k]], i, defaultName)
		}
		at, ok := seen[string(dir)]
		if !ok {
			at = len(dirs)
			seen[string(dir)] = at
			dirs, rows = append(dirs, string(dir)), append(rows, nil)
		}
		rows[at] = append(rows[at], int32(i))
	})
	return dirs, rows
}

// writeTo encodes the rows and appends a line for each, rolling before a row when the
// file is over its size: so does Flink, whose files exceed it by a row at most.
func (w *writer) writeTo(dir string, b *vector.Batch, now time.Time) (err error) {
	if b.Count() == 0 {
		return nil
	}
	cols := make([]*vector.Vector, len(w.sink.payload))
	for i, c := range w.sink.payload {
		cols[i] = b.Cols[c]
	}
	w.records, w.ends, err = w.encoder.Encode(b.With(cols), w.records[:0], w.ends[:0])
	if err != nil {
		return err
	}
	f := w.open[dir]
	begin := int32(0)
	for _, end := range w.ends {
		if f != nil && f.Size > w.sink.roll.size {
			if err := w.finish(dir, f); err != nil {
				return err
			}
			f = nil
		}
		if f == nil {
			if f, err = w.create(dir, now); err != nil {
				return err
			}
		}
		f.buffer = append(append(f.buffer, w.records[begin:end]...), '\n')
		f.Size += int64(end-begin) + 1
		begin = end
		if len(f.buffer) >= writeSize {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	f.updated = now
	return nil
}

// create begins the next part file of the task that has a free name. Names can be
// taken when the number of tasks went down and up again.
func (w *writer) create(dir string, now time.Time) (*partFile, error) {
	s := w.sink
	if err := s.sys.MkdirAll(filepath.Join(s.root, filepath.FromSlash(dir))); err != nil {
		return nil, err
	}
	for {
		p := part{Name: fmt.Sprintf("part-%s-%d-%d", s.mark, w.task, w.next), Created: now.UnixMilli()}
		if dir != "" {
			p.Name = dir + "/" + p.Name
		}
		w.next++
		if _, err := s.sys.Stat(s.visible(p)); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		f, err := s.sys.Create(s.inProgress(p))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		w.charge(writeSize)
		w.open[dir] = &partFile{part: p, file: f, fresh: true}
		return w.open[dir], nil
	}
}

// flush hands the buffer to the operating system.
func (f *partFile) flush() error {
	if len(f.buffer) == 0 {
		return nil
	}
	f.dirty = true
	_, err := f.file.Write(f.buffer)
	f.buffer = f.buffer[:0]
	return err
}

// finish closes a file for further rows; the next Flush puts it into the ticket.
func (w *writer) finish(dir string, f *partFile) error {
	w.done = append(w.done, f)
	delete(w.open, dir)
	return f.flush()
}

// rollByTime finishes the files that are too old or got no row for too long, when it is
// time to look.
func (w *writer) rollByTime(now time.Time) error {
	roll := w.sink.roll
	if now.Sub(w.checked) < roll.check {
		return nil
	}
	w.checked = now
	for _, dir := range w.dirs() {
		f := w.open[dir]
		if !now.Before(w.expiry(f)) {
			if err := w.finish(dir, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// expiry is when a file is to be finished if no row comes.
func (w *writer) expiry(f *partFile) time.Time {
	old, idle := time.UnixMilli(f.Created).Add(w.sink.roll.rollover), f.updated.Add(w.sink.roll.inactivity)
	if idle.Before(old) {
		return idle
	}
	return old
}

// wish asks for an epoch for when the first of the open files is to be finished: without
// rows there would be none, and the file would stay hidden. A wish that is under way comes
// early enough for every file that was opened or written since, and is followed by another.
func (w *writer) wish(now time.Time) {
	if len(w.open) == 0 || w.wished.After(now) {
		return
	}
	w.wished = w.checked.Add(w.sink.roll.check)
	var first time.Time
	for _, f := range w.open {
		if at := w.expiry(f); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if first.After(w.wished) {
		w.wished = first
	}
	w.want(max(0, w.wished.Sub(now)))
}

// dirs lists the open files' directories in order: nothing may depend on a map's.
func (w *writer) dirs() []string {
	names := make([]string, 0, len(w.open))
	for d := range w.open {
		names = append(names, d)
	}
	sort.Strings(names)
	return names
}

// Flush ends an epoch. With final set all files are finished.
func (w *writer) Flush(epoch uint64, final bool) ([]byte, connector.Status, error) {
	if err := w.rollByTime(w.sink.now()); err != nil {
		return nil, connector.Ready, w.sink.fail(err)
	}
	t := taskTicket{Task: w.task}
	s := w.sink
	var work epochWork
	for _, dir := range w.dirs() {
		f := w.open[dir]
		if final || f.Size > s.roll.size {
			if err := w.finish(dir, f); err != nil {
				return nil, connector.Ready, s.fail(err)
			}
			continue
		}
		if err := w.handOver(&work, f); err != nil {
			return nil, connector.Ready, s.fail(err)
		}
		t.Open = append(t.Open, f.part)
	}
	for _, f := range w.done {
		if err := w.handOver(&work, f); err != nil {
			return nil, connector.Ready, s.fail(err)
		}
		work.close = append(work.close, f.file)
		w.charge(-writeSize)
		f.Created = 0
		t.Done = append(t.Done, f.part)
	}
	w.done = nil
	w.wish(s.now())
	t.Next = w.next
	s.add(epoch, work)
	b, err := json.Marshal(t)
	return b, connector.Ready, err
}

// handOver writes what a file buffers and lets Prepare sync it.
func (w *writer) handOver(work *epochWork, f *partFile) error {
	if err := f.flush(); err != nil {
		return err
	}
	if f.dirty {
		work.sync = append(work.sync, f.file)
		f.dirty = false
	}
	if f.fresh {
		work.dirs = append(work.dirs, filepath.Dir(w.sink.inProgress(f.part)))
		f.fresh = false
	}
	return nil
}

// Close drops what was not flushed: after an error, it belongs to no epoch.
func (w *writer) Close() error {
	var errs []error
	for _, dir := range w.dirs() {
		errs = append(errs, w.open[dir].file.Close())
		w.charge(-writeSize)
	}
	for _, f := range w.done {
		errs = append(errs, f.file.Close())
		w.charge(-writeSize)
	}
	w.open, w.done = map[string]*partFile{}, nil
	return errors.Join(errs...)
}
