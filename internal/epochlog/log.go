package epochlog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"tidemark.dev/internal/vfs"
)

// SegmentBytes is when a segment is closed and a new one begun, and from when on a run is thought
// of. Tests make it small, before any log is opened, so that compaction is come to.
var SegmentBytes int64 = 32 << 20

// Step is called with the name of each step of a compaction just before it is done: the kill tests
// end the process there. It must be set before any log is opened.
var Step = func(name string) {}

// Steps are the names that Step is called with, in order.
var Steps = []string{StepCompact, StepCompactWrite, StepCompactSync, StepCompactRename, StepCompactRenamed,
	StepCompactReplaced, StepCompactRemove, StepCompacted}

// The steps of a compaction.
const (
	StepCompact         = "compact"          // nothing is done yet
	StepCompactWrite    = "compact-write"    // the new run is an empty file
	StepCompactSync     = "compact-sync"     // it is written
	StepCompactRename   = "compact-rename"   // it is durable, under its preliminary name
	StepCompactRenamed  = "compact-renamed"  // it has its name, maybe not durably
	StepCompactReplaced = "compact-replaced" // it counts; what it stands for is still there
	StepCompactRemove   = "compact-remove"   // some of that may be removed; once for each file
	StepCompacted       = "compacted"        // all is done
)

const (
	logMagic   = "tidemark epochs 1\n"
	stateMagic = "tidemark state 1\n\n"
)

// Log is the epoch log of one pipeline, open for writing. Its methods are safe to call
// beside each other, but for Replay, which is for before the first Append.
type Log struct {
	mu      sync.Mutex
	fs      vfs.FS
	dir     string
	segment vfs.File
	first   uint64 // epoch of the open segment's name
	size    int64
	broken  error // a write failed: nothing more is written

	records []uint64 // epochs that count, after the run, oldest first
	run     uint64   // epoch of the newest run; 0: none
	runSize int64
	settled uint64
	noted   uint64 // the greatest settled epoch that is written down
	closed  int64  // bytes of closed segments
	voided  bool   // there is an entry that makes others void
	warn    func(string)
}

func segmentName(epoch uint64) string { return fmt.Sprintf("epochs-%016x.log", epoch) }
func runName(epoch uint64) string     { return fmt.Sprintf("run-%016x.state", epoch) }

func parseName(name, prefix, suffix string) (uint64, bool) {
	s, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	if s, ok = strings.CutSuffix(s, suffix); !ok || len(s) != 16 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 64)
	return n, err == nil
}

// Open opens the log in dir, making the directory if need be, and finds out what it
// holds. warn is told of an unfinished record that was cut off.
func Open(fsys vfs.FS, dir string, warn func(string)) (*Log, error) {
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, err
	}
	l := &Log{fs: fsys, dir: dir, warn: warn}
	segments, err := l.list()
	if err != nil {
		return nil, err
	}
	for i, s := range segments {
		if err := l.scan(s, i == len(segments)-1); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// list finds the newest run and the segments, and removes what a crash left half done.
func (l *Log) list() (segments []uint64, err error) {
	infos, err := l.fs.List(l.dir)
	if err != nil {
		return nil, err
	}
	for _, f := range infos {
		if n, ok := parseName(f.Name, "run-", ".state"); ok && n > l.run {
			l.run, l.runSize = n, f.Size
		}
		if strings.HasSuffix(f.Name, ".new") {
			if err := l.fs.Remove(filepath.Join(l.dir, f.Name)); err != nil {
				return nil, err
			}
		}
	}
	l.settled = l.run
	for _, f := range infos { // in order of name, so of epoch
		if n, ok := parseName(f.Name, "run-", ".state"); ok && n < l.run {
			if err := l.fs.Remove(filepath.Join(l.dir, f.Name)); err != nil {
				return nil, err
			}
		}
		if n, ok := parseName(f.Name, "epochs-", ".log"); ok {
			segments = append(segments, n)
		}
	}
	return segments, nil
}

// scan reads the entries of a segment to know its epochs.
func (l *Log) scan(first uint64, last bool) error {
	name := filepath.Join(l.dir, segmentName(first))
	data, err := readFile(l.fs, name)
	if err != nil {
		return err
	}
	at := len(logMagic)
	if last && (len(data) < at || len(data) == at && string(data) != logMagic) {
		l.warn(fmt.Sprintf("%s was being made when the process ended; it is removed", name))
		return l.fs.Remove(name)
	}
	if len(data) < at || string(data[:at]) != logMagic {
		return fmt.Errorf("%s is not an epoch log of this version of tidemark", name)
	}
	var newest entry
	for at < len(data) {
		e, n, err := readEntry(data[at:])
		if err != nil {
			if errors.Is(err, errTorn) && last && !holdsEntry(data[at+1:]) {
				l.warn(fmt.Sprintf("%s: an unfinished record at byte %d was cut off: the process ended while it was written", name, at))
				break
			}
			return fmt.Errorf("%s is damaged at byte %d: %w; restore the file, or start anew with --fresh", name, at, err)
		}
		if l.note(e); e.kind == entryEpoch {
			newest = e
		}
		at += n
	}
	if err := l.noteSettled(newest); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !last {
		l.closed += int64(len(data))
		return nil
	}
	return l.reopen(name, first, int64(at), int64(len(data)))
}

// holdsEntry tells whether a whole entry begins anywhere in b. What a crash tears is the last
// write, and that is one entry: an entry behind a broken one means damage.
func holdsEntry(b []byte) bool {
	for i := 0; i+headerSize <= len(b); i++ {
		if k := b[i+8]; k < entryEpoch || k > entryEnd || b[i+9] > flagCompressed || b[i+10]|b[i+11] != 0 {
			continue
		}
		if _, _, err := readEntry(b[i:]); err == nil {
			return true
		}
	}
	return false
}

// reopen continues the last segment behind its whole entries.
func (l *Log) reopen(name string, first uint64, size, was int64) error {
	if size < was {
		if err := l.fs.Truncate(name, size); err != nil {
			return err
		}
	}
	f, err := l.fs.Append(name)
	if err != nil {
		return err
	}
	if size < was {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	l.segment, l.first, l.size = f, first, size
	return nil
}

func (l *Log) note(e entry) {
	switch e.kind {
	case entryEpoch:
		if e.epoch > l.run {
			l.records = append(l.records, e.epoch)
		}
	case entrySettled:
		l.settled = max(l.settled, e.epoch)
		l.noted = max(l.noted, e.epoch)
	case entryRollback:
		l.voided = true
		l.dropFrom(e.epoch)
	}
}

// noteSettled reads what the newest record of a segment says of its predecessors: an older one
// knows no more.
func (l *Log) noteSettled(newest entry) error {
	if newest.kind != entryEpoch {
		return nil
	}
	body, err := newest.unpack()
	if err != nil || len(body) == 0 {
		return err
	}
	d := &decoder{b: body[1:]}
	l.settled = max(l.settled, d.uvarint())
	return nil
}

func (l *Log) dropFrom(epoch uint64) {
	for len(l.records) > 0 && l.records[len(l.records)-1] >= epoch {
		l.records = l.records[:len(l.records)-1]
	}
}

// Last is the newest epoch, 0 if there is none.
func (l *Log) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.records); n > 0 {
		return l.records[n-1]
	}
	return l.run
}

// Settled is the newest epoch known to be confirmed by every sink.
func (l *Log) Settled() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settled
}

// Bytes is the size of the log and of the run.
func (l *Log) Bytes() (log, run int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed + l.size, l.runSize
}

// Append writes the record of an epoch, greater than all before it, and syncs it. After
// an error the log takes nothing more: what was written is unknown until it is opened again.
func (l *Log) Append(r *Record) (bytes int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.segment != nil && l.size >= SegmentBytes {
		l.closeSegment()
	}
	b := appendEntry(nil, entryEpoch, r.Epoch, r.encode(l.settled))
	if err := l.write(r.Epoch, b); err != nil {
		return 0, fmt.Errorf("epoch %d cannot be made durable: %w", r.Epoch, err)
	}
	l.records, l.noted = append(l.records, r.Epoch), l.settled
	return len(b), nil
}

// Settle notes that every sink has confirmed an epoch. It is written with the next
// record, or by Close: if it is lost the sinks are asked again.
func (l *Log) Settle(epoch uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled = max(l.settled, epoch)
}

// Rollback makes the epoch and all after it void.
func (l *Log) Rollback(epoch uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.voided = true
	l.dropFrom(epoch)
	return l.write(epoch, appendEntry(nil, entryRollback, epoch, nil))
}

func (l *Log) closeSegment() {
	l.segment.Close()
	l.closed += l.size
	l.segment, l.size = nil, 0
}

// write appends one entry and syncs it: nothing is ever left unsynced behind it.
func (l *Log) write(epoch uint64, b []byte) (err error) {
	if l.broken != nil {
		return l.broken
	}
	defer func() { l.broken = err }()
	if l.segment == nil {
		name := filepath.Join(l.dir, segmentName(epoch))
		f, err := l.fs.Create(name)
		if errors.Is(err, fs.ErrExist) { // of an epoch that is rolled back: its segment goes on
			return l.again(name, epoch, b)
		}
		if err != nil {
			return err
		}
		l.segment, l.first, l.size = f, epoch, int64(len(logMagic))
		// The head is synced alone: a file longer than it and without it is none of ours.
		if _, err := f.Write([]byte(logMagic)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if err := l.fs.SyncDir(l.dir); err != nil {
			return err
		}
	}
	n, err := l.segment.Write(b)
	l.size += int64(n)
	if err != nil {
		return err
	}
	return l.segment.Sync()
}

// again opens a closed segment once more and writes an entry.
func (l *Log) again(name string, epoch uint64, b []byte) error {
	f, err := l.fs.Append(name)
	if err != nil {
		return err
	}
	size, err := f.Size()
	if err != nil {
		f.Close()
		return err
	}
	l.segment, l.first, l.size, l.closed = f, epoch, size, l.closed-size
	n, err := f.Write(b)
	l.size += int64(n)
	if err != nil {
		return err
	}
	return f.Sync()
}

// Close writes down what was settled last, and closes the files.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.segment != nil && l.broken == nil && l.settled > l.noted {
		err = l.write(l.settled, appendEntry(nil, entrySettled, l.settled, nil))
	}
	if l.segment != nil {
		err = errors.Join(err, l.segment.Close())
		l.segment = nil
	}
	return err
}

// Replay calls f with the run's records, if there is a run, and then the records of
// the epochs after it up to and including upTo. The last record has the notes and the
// tickets as of its epoch; a run's state comes as one or more records of its epoch, each
// with changes to be applied in order. Reading and decompressing go on beside f.
func (l *Log) Replay(upTo uint64, f func(r *Record) error) error {
	type read struct {
		record *Record
		err    error
	}
	ahead, stop := make(chan read, 4), make(chan struct{})
	defer close(stop)
	go func() {
		defer close(ahead)
		err := l.read(upTo, func(r *Record) error {
			select {
			case ahead <- read{record: r}:
				return nil
			case <-stop:
				return errStop
			}
		})
		if err != nil && err != errStop {
			select {
			case ahead <- read{err: err}:
			case <-stop:
			}
		}
	}()
	for r := range ahead {
		if r.err != nil {
			return r.err
		}
		if err := f(r.record); err != nil {
			return err
		}
	}
	return nil
}

// errStop ends a reading that nobody wants any more.
var errStop = errors.New("stop")

func (l *Log) read(upTo uint64, f func(r *Record) error) error {
	if l.run > 0 {
		if err := readRun(l.fs, filepath.Join(l.dir, runName(l.run)), f); err != nil {
			return err
		}
	}
	return l.replaySegments(l.run, upTo, f)
}

// Tail calls f with the records of epochs from..upTo; if one is the run's, with its notes and tickets
// only. It does not read the state of the run.
func (l *Log) Tail(from, upTo uint64, f func(r *Record) error) error {
	if l.run > 0 && l.run >= from && l.run <= upTo {
		r, err := readRunNotes(l.fs, filepath.Join(l.dir, runName(l.run)))
		if err != nil {
			return err
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return l.replaySegments(max(l.run, from-1), upTo, f)
}

// replaySegments reads the records of epochs after..upTo that were not rolled back.
func (l *Log) replaySegments(after, upTo uint64, f func(r *Record) error) error {
	infos, err := l.fs.List(l.dir)
	if err != nil {
		return err
	}
	voids, err := l.voids(infos)
	if err != nil {
		return err
	}
	number := 0
	for i, info := range infos {
		if _, ok := parseName(info.Name, "epochs-", ".log"); !ok {
			continue
		}
		if i+1 < len(infos) && voids == nil {
			if next, ok := parseName(infos[i+1].Name, "epochs-", ".log"); ok && next <= after+1 {
				continue // all its epochs are before
			}
		}
		err := l.entries(info.Name, func(e entry) error {
			number++
			if e.kind != entryEpoch || e.epoch <= after || e.epoch > upTo || voids[number] {
				return nil
			}
			r, err := e.record()
			if err != nil {
				return fmt.Errorf("%s: %w", info.Name, err)
			}
			return f(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// voids finds the records that a later entry rolled back, by their number; nil: there is none.
func (l *Log) voids(infos []vfs.Info) (map[int]bool, error) {
	l.mu.Lock()
	voided := l.voided
	l.mu.Unlock()
	if !voided {
		return nil, nil
	}
	voids := map[int]bool{}
	epochs := map[int]uint64{}
	number := 0
	for _, info := range infos {
		if _, ok := parseName(info.Name, "epochs-", ".log"); !ok {
			continue
		}
		err := l.entries(info.Name, func(e entry) error {
			number++
			switch e.kind {
			case entryEpoch:
				epochs[number] = e.epoch
			case entryRollback:
				for k, epoch := range epochs {
					if epoch >= e.epoch {
						voids[k] = true
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return voids, nil
}

// entries calls f with the whole entries of a segment.
func (l *Log) entries(name string, f func(entry) error) error {
	data, err := readFile(l.fs, filepath.Join(l.dir, name))
	if err != nil {
		return err
	}
	for at := len(logMagic); at < len(data); {
		e, n, err := readEntry(data[at:])
		if err != nil {
			return nil // the end of what is whole: scan has judged it
		}
		if err := f(e); err != nil {
			return err
		}
		at += n
	}
	return nil
}

func readFile(fsys vfs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size) // at once: it may be large
	n, err := io.ReadFull(f, data)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil // of a directory entry that said more
	}
	return data[:n], err
}
