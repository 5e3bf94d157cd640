package deadletter

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark.dev/internal/vfs"
)

func letter(n int) Letter {
	return Letter{Kind: Late, At: int64(n), Operator: "windows", Event: int64(n) - 5, Mark: int64(n), Window: NoTime, Source: fmt.Sprintf("file a line %d", n),
		Offset: -1, Row: []byte(fmt.Sprintf(`{"n":%d}`, n))}
}

func framed(ns ...int) (list []byte) {
	for _, n := range ns {
		l := letter(n)
		list = l.AppendFramed(list)
	}
	return list
}

func rows(t *testing.T, s *Store) (list []string) {
	t.Helper()
	if err := s.Scan(func(_ Position, l Letter) bool { list = append(list, string(l.Row)); return true }); err != nil {
		t.Fatal(err)
	}
	return list
}

func opened(t *testing.T, fsys vfs.FS, limits Limits, at Position) *Store {
	t.Helper()
	s, err := Open(fsys, "/letters", limits, at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLetterIsReadAsItWasWritten(t *testing.T) {
	for _, l := range []Letter{
		letter(7),
		{Kind: Bad, Operator: "orders", Reason: "expected a value, found 't'", Event: NoTime, Mark: NoTime, Window: NoTime, Offset: 6, Row: []byte("{\"a\": tru}\x00\xff")},
		{Kind: Diverted, Row: []byte{}},
	} {
		got, err := Parse(l.Append(nil))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(l) {
			t.Errorf("%v is read as %v, %v", l, got, err)
		}
	}
	whole := letter(1)
	b := whole.Append(nil)
	for n := range len(b) - len(whole.Row) {
		if _, err := Parse(b[:n]); err == nil {
			t.Errorf("the first %d bytes of a letter pass for one", n)
		}
	}
}

// Readers see what is committed; a start goes back to the epoch that it resumes from.
func TestCommittedLettersOnly(t *testing.T) {
	fsys := vfs.NewFaulty(1)
	s := opened(t, fsys, Limits{}, Position{})
	one, err := s.Append(framed(1, 2), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := rows(t, s); len(got) > 0 {
		t.Errorf("letters before their epoch is durable: %v", got)
	}
	s.Commit(one)
	two, err := s.Append(framed(3), 0)
	if err != nil || two == one {
		t.Fatal(two, err)
	}
	if got := rows(t, s); !slices.Equal(got, []string{`{"n":1}`, `{"n":2}`}) {
		t.Errorf("committed: %v", got)
	}
	s.Close()
	at, err := ParsePosition(one.Encode())
	if err != nil || at != one {
		t.Fatal(at, err)
	}
	s = opened(t, fsys, Limits{}, at)
	if _, err := s.Append(framed(4), 0); err != nil {
		t.Fatal(err)
	}
	s.Close()
	end, err := End(fsys, "/letters") // another run begins there: nothing is cut
	if err != nil {
		t.Fatal(err)
	}
	s = opened(t, fsys, Limits{}, end)
	if got := rows(t, s); !slices.Equal(got, []string{`{"n":1}`, `{"n":2}`, `{"n":4}`}) {
		t.Errorf("after going back: %v", got)
	}
}

// Whatever the machine does to a store between two epochs, what its committed epochs wrote is there, once.
func TestCrashes(t *testing.T) {
	for seed := range uint64(300) {
		fsys := vfs.NewFaulty(seed)
		if seed%2 == 1 { // there are letters of another run
			s := opened(t, fsys, Limits{}, Position{})
			if _, err := s.Append(framed(0), 0); err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		var want []string
		if seed%2 == 1 {
			want = append(want, `{"n":0}`)
		}
		committed, err := End(fsys, "/letters")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range 12 {
			s, err := Open(fsys, "/letters", Limits{}, committed)
			if err != nil {
				if fsys.Stopped() {
					fsys.Crash()
					continue
				}
				t.Fatalf("seed %d: %v", seed, err)
			}
			fsys.StopAfter(-1)
			if got := rows(t, s); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %v are there, %v were committed", seed, got, want)
			}
			fsys.StopAfter(rng.IntN(12))
			for range 1 + rng.IntN(4) {
				var epoch []int
				for range rng.IntN(4) {
					n++
					epoch = append(epoch, n)
				}
				at, err := s.Append(framed(epoch...), 0)
				if err != nil {
					break
				}
				if rng.IntN(3) == 0 { // the epoch's record does not become durable
					break
				}
				for _, n := range epoch {
					want = append(want, fmt.Sprintf(`{"n":%d}`, n))
				}
				committed = at
				s.Commit(at)
			}
			fsys.Crash()
		}
	}
}

// A new run begins behind the last letter that is whole.
func TestEnd(t *testing.T) {
	list := append([]byte(magic), framed(1, 2)...)
	first := len(magic) + len(framed(1))
	for n := len(magic); n <= len(list); n++ {
		fsys := vfs.NewFaulty(1)
		if err := fsys.MkdirAll("/letters"); err != nil {
			t.Fatal(err)
		}
		f, err := fsys.Create(filepath.Join("/letters", segmentName(3)))
		if err != nil {
			t.Fatal(err)
		}
		f.Write(list[:n])
		f.Close()
		want := len(magic)
		if n >= first {
			want = first
		}
		if n == len(list) {
			want = n
		}
		if at, err := End(fsys, "/letters"); err != nil || at != (Position{3, int64(want)}) {
			t.Fatalf("%d bytes end at %v, %v", n, at, err)
		}
	}
}

func TestDamageIsTold(t *testing.T) {
	fsys := vfs.NewFaulty(1)
	s := opened(t, fsys, Limits{}, Position{})
	at, err := s.Append(framed(1, 2, 3), 0)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	name := filepath.Join("/letters", segmentName(1))
	data, err := read(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		if err := fsys.Remove(name); err != nil {
			t.Fatal(err)
		}
		f, err := fsys.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		turned := slices.Clone(data)
		turned[i] ^= 0x10
		f.Write(turned)
		f.Close()
		if _, err := Open(fsys, "/letters", Limits{}, at); err == nil {
			t.Errorf("byte %d of %d is another, and nobody noticed", i, len(data))
		}
	}
	if _, err := Open(fsys, "/letters", Limits{}, Position{Segment: 1, Bytes: at.Bytes + 9}); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("letters that an epoch counts on are missing: %v", err)
	}
}

// Letters go when they are too old, whole segments at a time; a store that may drop nothing
// takes nothing when it is full.
func TestLimits(t *testing.T) {
	big := func(n int) []byte {
		l := letter(n)
		l.Row = make([]byte, segmentBytes)
		return l.AppendFramed(nil)
	}
	fill := func(limits Limits) (s *Store, err error) {
		s = opened(t, vfs.NewFaulty(1), limits, Position{})
		for n := range 6 {
			at, err := s.Append(big(n), int64(n))
			if err != nil {
				return s, err
			}
			s.Commit(at)
		}
		return s, nil
	}
	first := func(s *Store) (at int64) {
		at = -1
		s.Scan(func(_ Position, l Letter) bool { at = l.At; return false })
		return at
	}
	s, err := fill(Limits{Retention: 3 * time.Microsecond})
	if err != nil || first(s) != 2 {
		t.Errorf("three microseconds are kept: the oldest letter is of %d, %v", first(s), err)
	}
	s, err = fill(Limits{Bytes: 4 * segmentBytes, DropOldest: true})
	if bytes, dropped := s.Size(); err != nil || bytes > 4*segmentBytes || dropped != 3 || first(s) != 3 {
		t.Errorf("the oldest are dropped: %d bytes, %d dropped, the oldest of %d, %v", bytes, dropped, first(s), err)
	}
	if s, err = fill(Limits{Bytes: 4 * segmentBytes}); !errors.Is(err, ErrFull) || first(s) != 0 {
		t.Errorf("a full store: %v, the oldest of %d", err, first(s))
	}
	// Being full is not being broken: when there is room it goes on.
	s.limits.Bytes *= 2
	if _, err := s.Append(big(9), 9); err != nil {
		t.Error(err)
	}
}
