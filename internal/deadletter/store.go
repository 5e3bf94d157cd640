package deadletter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tidemark.dev/internal/vfs"
)

const magic = "tidemark letters 1\n"

// segmentBytes is when a new segment is begun: what is removed is whole segments.
const segmentBytes = 8 << 20

// Limits bound what a Store keeps.
type Limits struct {
	Retention  time.Duration // of letters, by Letter.At; 0: for ever
	Bytes      int64         // of all segments; 0: no bound
	DropOldest bool          // when that is reached; otherwise ErrFull
}

// ErrFull tells that a store is at its limit and may not drop anything.
var ErrFull = errors.New("the table of rows set aside is full")

// Position is a place between two letters: behind Bytes bytes of a segment. The zero
// Position is before all.
type Position struct {
	Segment uint64 `json:"segment"`
	Bytes   int64  `json:"bytes"`
}

// Encode is the position as an epoch's record holds it.
func (p Position) Encode() []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, p.Segment), uint64(p.Bytes))
}

// ParsePosition reads what Encode wrote.
func ParsePosition(b []byte) (p Position, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 {
		return p, errors.New("not a position among letters")
	}
	m, k2 := binary.Uvarint(b[k:])
	if k2 <= 0 || k+k2 != len(b) {
		return p, errors.New("not a position among letters")
	}
	return Position{n, int64(m)}, nil
}

// Store holds the letters of one pipeline. One process has it open for writing; Scan may be
// called beside Append, from any goroutine.
type Store struct {
	fs     vfs.FS
	dir    string
	limits Limits

	mu        sync.Mutex
	segments  []segment // oldest first; the last is the open one
	file      vfs.File  // of the last segment; nil: the next Append opens it
	end       Position
	committed Position
	dropped   int64 // letters removed since Open because the store was full
	broken    error
}

type segment struct {
	number  uint64
	size    int64
	newest  int64 // Letter.At of its newest letter
	letters int64
}

func segmentName(n uint64) string { return fmt.Sprintf("letters-%016x.dlq", n) }

func parseName(name string) (uint64, bool) {
	s, ok := strings.CutPrefix(name, "letters-")
	if !ok {
		return 0, false
	}
	if s, ok = strings.CutSuffix(s, ".dlq"); !ok || len(s) != 16 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 64)
	return n, err == nil
}

// End is the position behind the last whole letter in a directory, where a new run begins. What lies
// behind it a crash has torn. No directory: the zero Position.
func End(fsys vfs.FS, dir string) (Position, error) {
	numbers, err := list(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Position{}, nil
	}
	if err != nil {
		return Position{}, err
	}
	for _, n := range slices.Backward(numbers) {
		name := filepath.Join(dir, segmentName(n))
		data, err := read(fsys, name)
		if err != nil {
			return Position{}, err
		}
		if len(data) < len(magic) { // it was being made
			continue
		}
		at := len(magic)
		for at < len(data) {
			_, size, damaged := frame(data[at:])
			if damaged && at+size < len(data) {
				return Position{}, damagedAt(name, int64(at))
			}
			if size == 0 || damaged {
				break
			}
			at += size
		}
		return Position{n, int64(at)}, nil
	}
	return Position{}, nil
}

func damagedAt(name string, at int64) error {
	return fmt.Errorf("%s is damaged at byte %d: restore the file, or move the directory away and start anew with --fresh", name, at)
}

// Open opens a store for writing, making the directory if need be, at the position that the record of
// the last epoch holds, or at which the run began. What lies behind it is cut off. A damaged letter before
// it is an error.
func Open(fsys vfs.FS, dir string, limits Limits, at Position) (*Store, error) {
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, err
	}
	s := &Store{fs: fsys, dir: dir, limits: limits}
	numbers, err := list(fsys, dir)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		if n > at.Segment {
			if err := fsys.Remove(filepath.Join(dir, segmentName(n))); err != nil {
				return nil, err
			}
			continue
		}
		cut := int64(-1)
		if n == at.Segment {
			cut = at.Bytes
		}
		if err := s.load(n, cut); err != nil {
			return nil, err
		}
	}
	if at != s.end {
		return nil, fmt.Errorf("%s: %s with the letters up to the last epoch is missing: restore the directory, or start anew with --fresh", dir, segmentName(at.Segment))
	}
	s.committed = s.end
	return s, fsys.SyncDir(dir)
}

func list(fsys vfs.FS, dir string) (numbers []uint64, err error) {
	infos, err := fsys.List(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range infos { // in order of name, so of number
		if n, ok := parseName(f.Name); ok {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// load reads a segment to know its letters, up to cut bytes, where it is cut off; negative: all.
func (s *Store) load(number uint64, cut int64) error {
	name := filepath.Join(s.dir, segmentName(number))
	data, err := read(s.fs, name)
	if err != nil {
		return err
	}
	if cut > int64(len(data)) {
		return fmt.Errorf("%s has %d bytes, and the last epoch counts on %d: restore the file, or start anew with --fresh", name, len(data), cut)
	}
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return fmt.Errorf("%s is not a segment of letters of this version of tidemark", name)
	}
	g := segment{number: number, size: int64(len(magic))}
	for g.size < int64(len(data)) && (cut < 0 || g.size < cut) {
		body, n, damaged := frame(data[g.size:])
		if n == 0 || damaged {
			return damagedAt(name, g.size)
		}
		l, err := Parse(body)
		if err != nil {
			return fmt.Errorf("%s, byte %d: %w", name, g.size, err)
		}
		g.newest, g.letters = max(g.newest, l.At), g.letters+1
		g.size += int64(n)
	}
	if cut >= 0 && g.size < int64(len(data)) {
		if err := s.cut(name, g.size); err != nil {
			return err
		}
	}
	s.segments = append(s.segments, g)
	s.end = Position{number, g.size}
	return nil
}

func (s *Store) cut(name string, size int64) error {
	if err := s.fs.Truncate(name, size); err != nil {
		return err
	}
	f, err := s.fs.Append(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func read(fsys vfs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Append writes letters (see Letter.AppendFramed), syncs them, and answers the position behind
// them, for the record of the epoch. now is the clock, for retention. After an error other than
// ErrFull the store takes nothing more.
func (s *Store) Append(letters []byte, now int64) (Position, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.end, s.broken
	}
	if err := s.expire(now, int64(len(letters))); err != nil || len(letters) == 0 {
		return s.end, err
	}
	if s.broken = s.write(letters); s.broken != nil {
		s.broken = fmt.Errorf("rows set aside cannot be made durable: %w", s.broken)
	}
	return s.end, s.broken
}

func (s *Store) write(letters []byte) error {
	last := len(s.segments) - 1
	if last < 0 || s.segments[last].size >= segmentBytes {
		if err := s.begin(); err != nil {
			return err
		}
		last++
	} else if s.file == nil {
		f, err := s.fs.Append(filepath.Join(s.dir, segmentName(s.segments[last].number)))
		if err != nil {
			return err
		}
		s.file = f
	}
	if _, err := s.file.Write(letters); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	g := &s.segments[last]
	for rest := letters; len(rest) > 0; {
		body, n, _ := frame(rest)
		l, err := Parse(body)
		if err != nil {
			return err
		}
		g.newest, g.letters, rest = max(g.newest, l.At), g.letters+1, rest[n:]
	}
	g.size += int64(len(letters))
	s.end = Position{g.number, g.size}
	return nil
}

// begin begins a new segment.
func (s *Store) begin() error {
	if s.file != nil {
		if err := s.file.Close(); err != nil {
			return err
		}
		s.file = nil
	}
	number := s.end.Segment + 1
	f, err := s.fs.Create(filepath.Join(s.dir, segmentName(number)))
	if err != nil {
		return err
	}
	s.file = f
	if _, err := f.Write([]byte(magic)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	s.segments = append(s.segments, segment{number: number, size: int64(len(magic))})
	return s.fs.SyncDir(s.dir)
}

// expire removes segments that are too old, and what must go to make room for more bytes. What is
// not committed stays.
func (s *Store) expire(now, more int64) error {
	removed := false
	for len(s.segments) > 1 && s.segments[0].number < s.committed.Segment {
		g := s.segments[0]
		old := s.limits.Retention > 0 && g.newest < now-s.limits.Retention.Microseconds()
		full := s.limits.DropOldest && s.limits.Bytes > 0 && s.size()+more > s.limits.Bytes
		if !old && !full {
			break
		}
		if err := s.fs.Remove(filepath.Join(s.dir, segmentName(g.number))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !old {
			s.dropped += g.letters
		}
		s.segments, removed = s.segments[1:], true
	}
	if removed {
		if err := s.fs.SyncDir(s.dir); err != nil {
			return err
		}
	}
	if !s.limits.DropOldest && s.limits.Bytes > 0 && more > 0 && s.size()+more > s.limits.Bytes {
		return ErrFull
	}
	return nil
}

func (s *Store) size() (n int64) {
	for _, g := range s.segments {
		n += g.size
	}
	return n
}

// Size is how many bytes the store has, and how many letters it has dropped since it was opened
// because it was full.
func (s *Store) Size() (bytes, dropped int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size(), s.dropped
}

// Commit tells that the epoch whose record holds the position is durable: readers of the
// store may see its letters.
func (s *Store) Commit(at Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.committed = at
}

// Close closes the open segment.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// Scan calls f with each committed letter, oldest first, until f answers false. The letter's
// Row is only good until f returns.
func (s *Store) Scan(f func(at Position, l Letter) bool) error {
	s.mu.Lock()
	to := s.committed
	s.mu.Unlock()
	return Scan(s.fs, s.dir, &to, f)
}

// Scan reads the letters in a directory up to a position, or, if that is nil, all that are whole: beside
// a process that writes there may be some that are not committed yet. No directory: no letters.
func Scan(fsys vfs.FS, dir string, to *Position, f func(at Position, l Letter) bool) error {
	numbers, err := list(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if to != nil && n > to.Segment {
			break
		}
		name := filepath.Join(dir, segmentName(n))
		data, err := read(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just become too old
		}
		if err != nil {
			return err
		}
		if to != nil && n == to.Segment {
			data = data[:min(int64(len(data)), to.Bytes)]
		}
		for at := len(magic); at < len(data); {
			body, size, damaged := frame(data[at:])
			if size == 0 {
				break
			}
			if damaged {
				return fmt.Errorf("%s is damaged at byte %d", name, at)
			}
			l, err := Parse(body)
			if err != nil {
				return fmt.Errorf("%s, byte %d: %w", name, at, err)
			}
			if !f(Position{n, int64(at)}, l) {
				return nil
			}
			at += size
		}
	}
	return nil
}
