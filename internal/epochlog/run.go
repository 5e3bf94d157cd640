package epochlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"tidemark.dev/internal/vfs"
)

// Merge turns records into the whole state as of the last of them: for part i of n
// parts of the key groups it is given every record, in order, through replay, and
// emits the state's changes (puts only), ordered by key group, through emit.
type Merge func(part, parts int, replay func(func(*Record) error) error, emit func(operator string, change []byte) error) error

// A compaction cuts the key groups into parts: one part's state is in memory at a time, and each part
// reads the log once. A part is about SegmentBytes of the log and the run.
const mostParts = 16

// parts is into how many parts the key groups are cut.
func (l *Log) parts() int {
	log, run := l.Bytes()
	return int(min(1+(log+run)/SegmentBytes, mostParts))
}

// CompactDue tells whether the log has grown enough for a run to pay: twice the run,
// and at least two segments.
func (l *Log) CompactDue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed >= SegmentBytes && l.closed >= 2*l.runSize
}

// Compaction is a run being made. It reads closed segments only, so it may go on
// beside Append. Prepare, Write (anywhere), Finish are called in this order, Prepare and
// Finish from where Append is called.
type Compaction struct {
	log   *Log
	upTo  uint64
	size  int64
	notes *Record
}

// PrepareCompaction closes the open segment and plans a run up to the newest settled
// epoch. It answers nil if there is nothing to gain.
func (l *Log) PrepareCompaction() *Compaction {
	l.mu.Lock()
	defer l.mu.Unlock()
	upTo := uint64(0)
	for _, e := range l.records {
		if e <= l.settled {
			upTo = e
		}
	}
	if upTo <= l.run {
		return nil
	}
	if l.segment != nil && l.size > int64(len(logMagic)) {
		l.closeSegment()
	}
	return &Compaction{log: l, upTo: upTo}
}

// Write writes the run and renames it into place. It may take long. After an error nothing of it
// is left.
func (c *Compaction) Write(merge Merge) error {
	l := c.log
	name := filepath.Join(l.dir, runName(c.upTo))
	Step(StepCompact)
	// One of a compaction that failed, and could not be removed then.
	if err := l.fs.Remove(name + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := l.fs.Create(name + ".new")
	if err != nil {
		return err
	}
	Step(StepCompactWrite)
	err = c.write(f, merge)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return errors.Join(err, l.fs.Remove(name+".new"))
	}
	Step(StepCompactRename)
	if err := l.fs.Rename(name+".new", name); err != nil {
		return err
	}
	Step(StepCompactRenamed)
	return l.fs.SyncDir(l.dir)
}

// write writes the run's file and syncs it.
func (c *Compaction) write(f vfs.File, merge Merge) (err error) {
	w := &runWriter{f: f, epoch: c.upTo}
	w.b = append(w.b, stateMagic...)
	replay := func(f func(*Record) error) error {
		return c.log.Replay(c.upTo, func(r *Record) error {
			if r.Epoch == c.upTo {
				c.keepNotes(r)
			}
			return f(r)
		})
	}
	parts := c.log.parts()
	for part := range parts {
		if err := merge(part, parts, replay, w.change); err != nil {
			return err
		}
	}
	if c.notes == nil {
		return fmt.Errorf("%s: epoch %d is named by the log, and not there", c.log.dir, c.upTo)
	}
	if err := w.finish(c.notes); err != nil {
		return err
	}
	if c.size, err = f.Size(); err != nil {
		return err
	}
	Step(StepCompactSync)
	return f.Sync()
}

func (c *Compaction) keepNotes(r *Record) {
	if c.notes != nil {
		return
	}
	c.notes = &Record{Epoch: r.Epoch, Final: r.Final, Tickets: r.Tickets}
	for _, t := range r.Tasks {
		t.Change = nil
		c.notes.Tasks = append(c.notes.Tasks, t)
	}
}

// Finish removes what the run stands for.
func (c *Compaction) Finish() error {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	Step(StepCompactReplaced)
	old := l.run
	l.run, l.runSize = c.upTo, c.size
	keep := l.records[:0]
	for _, e := range l.records {
		if e > c.upTo {
			keep = append(keep, e)
		}
	}
	l.records = keep
	infos, err := l.fs.List(l.dir)
	if err != nil {
		return err
	}
	if old > 0 {
		Step(StepCompactRemove)
		if err := l.fs.Remove(filepath.Join(l.dir, runName(old))); err != nil {
			return err
		}
	}
	l.closed = 0
	for i, info := range infos {
		first, ok := parseName(info.Name, "epochs-", ".log")
		if !ok || l.segment != nil && first == l.first {
			continue
		}
		// A segment may go when a later one begins behind the run: all its epochs are older.
		gone := false
		for _, later := range infos[i+1:] {
			if n, ok := parseName(later.Name, "epochs-", ".log"); ok && n <= c.upTo+1 {
				gone = true
			}
		}
		if len(l.records) == 0 {
			gone = true
		}
		if !gone {
			l.closed += info.Size
			continue
		}
		Step(StepCompactRemove)
		if err := l.fs.Remove(filepath.Join(l.dir, info.Name)); err != nil {
			return err
		}
	}
	Step(StepCompacted)
	return nil
}

type runWriter struct {
	f     vfs.File
	epoch uint64
	b     []byte
}

// runBlock is about how much state one entry of a run holds.
const runBlock = 1 << 20

func (w *runWriter) change(operator string, change []byte) error {
	r := Record{Epoch: w.epoch, Tasks: []TaskPart{{Operator: operator, Change: change}}}
	w.b = appendEntry(w.b, entryEpoch, w.epoch, r.encode(0))
	if len(w.b) < runBlock {
		return nil
	}
	return w.flush()
}

func (w *runWriter) flush() error {
	_, err := w.f.Write(w.b)
	w.b = w.b[:0]
	return err
}

// finish writes the notes of the run's epoch, last, and the end mark.
func (w *runWriter) finish(notes *Record) error {
	w.b = appendEntry(w.b, entryEpoch, w.epoch, notes.encode(0))
	w.b = appendEntry(w.b, entryEnd, w.epoch, nil)
	return w.flush()
}

// runReader reads the entries of a run: it must be whole.
type runReader struct {
	file vfs.File
	name string
	size int64
	at   int64
	head [headerSize]byte
}

func openRun(fsys vfs.FS, name string) (*runReader, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	r := &runReader{file: file, name: name, at: int64(len(stateMagic))}
	if r.size, err = file.Size(); err == nil {
		magic := make([]byte, len(stateMagic))
		if _, err = file.ReadAt(magic, 0); err == io.EOF || err == nil && string(magic) != stateMagic {
			err = fmt.Errorf("%s is not a state file of this version of tidemark", name)
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return r, nil
}

// next reads the header of the next entry: its kind, and its length with the header. The end mark is
// the last.
func (r *runReader) next() (kind byte, length int64, err error) {
	if r.at+headerSize > r.size {
		return 0, 0, fmt.Errorf("%s ends without its end mark: it is damaged; restore the file, or start anew with --fresh", r.name)
	}
	if _, err := r.file.ReadAt(r.head[:], r.at); err != nil {
		return 0, 0, err
	}
	length = headerSize + int64(binary.LittleEndian.Uint32(r.head[:]))
	if length > r.size-r.at {
		return 0, 0, r.damaged(errTorn)
	}
	return r.head[8], length, nil
}

func (r *runReader) damaged(err error) error {
	return fmt.Errorf("%s is damaged at byte %d: %w; restore the file, or start anew with --fresh", r.name, r.at, err)
}

// entry reads the entry of that length.
func (r *runReader) entry(length int64) (*Record, error) {
	b := make([]byte, length)
	if _, err := r.file.ReadAt(b, r.at); err != nil && err != io.EOF {
		return nil, err
	}
	e, _, err := readEntry(b)
	if err != nil {
		return nil, r.damaged(err)
	}
	if e.kind == entryEnd {
		return nil, nil
	}
	record, err := e.record()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	return record, nil
}

// readRun calls f with the records of a run.
func readRun(fsys vfs.FS, name string, f func(*Record) error) error {
	r, err := openRun(fsys, name)
	if err != nil {
		return err
	}
	defer r.file.Close()
	for {
		_, length, err := r.next()
		if err != nil {
			return err
		}
		record, err := r.entry(length)
		if err != nil || record == nil {
			return err
		}
		if err := f(record); err != nil {
			return err
		}
		r.at += length
	}
}

// readRunNotes reads the last record of a run, and of the others no more than where they end.
func readRunNotes(fsys vfs.FS, name string) (*Record, error) {
	r, err := openRun(fsys, name)
	if err != nil {
		return nil, err
	}
	defer r.file.Close()
	before := int64(0) // length of the entry before
	for {
		kind, length, err := r.next()
		if err != nil {
			return nil, err
		}
		if kind == entryEnd && before > 0 {
			r.at -= before
			return r.entry(before)
		}
		before = length
		r.at += length
	}
}
