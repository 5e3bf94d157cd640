package epochlog

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"tidemark.dev/internal/vfs"
)

func record(epoch uint64, size int) *Record {
	return &Record{Epoch: epoch, Tasks: []TaskPart{{Operator: "op", Task: 1, Watermark: -5, Counts: []int64{1, -2},
		Notes: []byte(fmt.Sprintf("notes %d", epoch)), Change: []byte(strings.Repeat("x", size))}},
		Tickets: []Ticket{{Sink: "s", Data: []byte{byte(epoch)}}}}
}

func replayed(t *testing.T, l *Log) (epochs []uint64) {
	t.Helper()
	if err := l.Replay(l.Last(), func(r *Record) error {
		epochs = append(epochs, r.Epoch)
		want := record(r.Epoch, len(r.Tasks[0].Change))
		if fmt.Sprint(*r) != fmt.Sprint(*want) {
			t.Fatalf("read back %v, written %v", r, want)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return epochs
}

func open(t *testing.T, fs vfs.FS) *Log {
	t.Helper()
	l, err := Open(fs, "/log", func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func appendAll(t *testing.T, l *Log, epochs ...uint64) {
	t.Helper()
	for _, e := range epochs {
		if _, err := l.Append(record(e, 600)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatIsAppendedSurvivesACrash: every record whose Append returned is there after any crash, in
// order, and no part of another.
func TestWhatIsAppendedSurvivesACrash(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		fs := vfs.NewFaulty(seed)
		durable := uint64(0)
		for range 4 {
			fs.StopAfter(r.IntN(40))
			l, err := Open(fs, "/log", func(string) {})
			tried := durable
			for err == nil {
				if last := l.Last(); last != durable {
					t.Fatalf("seed %d: the log has epoch %d, %d was durable", seed, last, durable)
				}
				tried = durable + 1
				if _, err = l.Append(record(tried, r.IntN(2000))); err == nil {
					durable = tried
					l.Settle(durable)
				}
			}
			fs.Crash()
			l = open(t, fs)
			// What was being written may be there, or not.
			if last := l.Last(); last != durable && last != tried {
				t.Fatalf("seed %d: after the crash the log has epoch %d, durable was %d", seed, last, durable)
			}
			durable = l.Last()
			for i, e := range replayed(t, l) {
				if e != uint64(i+1) {
					t.Fatalf("seed %d: record %d is of epoch %d", seed, i, e)
				}
			}
			l.Close()
		}
	}
}

// TestRollback: an epoch that was made void is not read, and may be written again.
func TestRollback(t *testing.T) {
	fs := vfs.NewFaulty(1)
	l := open(t, fs)
	appendAll(t, l, 1, 2, 3)
	if err := l.Rollback(3); err != nil {
		t.Fatal(err)
	}
	l.Close()
	l = open(t, fs)
	if l.Last() != 2 {
		t.Fatalf("after the rollback of 3 the last epoch is %d", l.Last())
	}
	appendAll(t, l, 3, 4)
	l.Close()
	if got := fmt.Sprint(replayed(t, open(t, fs))); got != "[1 2 3 4]" {
		t.Fatalf("replayed %s", got)
	}
}

// TestDamage: a byte that is flipped, anywhere but in the last record, is an error that names the
// file and the place; the end of the last record may be missing, and is cut off with a warning.
func TestDamage(t *testing.T) {
	fs := vfs.NewFaulty(1)
	l := open(t, fs)
	appendAll(t, l, 1, 2, 3)
	l.Close()
	name := "/log/" + segmentName(1)
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	with := func(data []byte) (*Log, error, string) {
		fs := vfs.NewFaulty(2)
		if err := fs.MkdirAll("/log"); err != nil {
			t.Fatal(err)
		}
		f, err := fs.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(data)
		f.Close()
		warned := ""
		l, err := Open(fs, "/log", func(s string) { warned = s })
		return l, err, warned
	}
	second := len(logMagic)
	_, n, err := readEntry(whole[second:])
	if err != nil {
		t.Fatal(err)
	}
	second += n
	for i := range second {
		b := append([]byte(nil), whole...)
		b[i] ^= 1
		if _, err, _ := with(b); err == nil || !strings.Contains(err.Error(), name) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	for cut := second + 1; cut < len(whole); cut += 7 {
		l, err, warned := with(whole[:cut])
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if l.Last() == 3 || l.Last() < 1 || warned == "" && l.Last() != 2 {
			t.Fatalf("cut at %d of %d: last epoch %d, warned %q", cut, len(whole), l.Last(), warned)
		}
	}
	if _, err, _ := with([]byte("something else, and long enough to be a log")); err == nil {
		t.Fatal("a file that is no log was taken for one")
	}
}

// TestDiskFull: an Append that does not fit is an error that names the file; the log then takes
// nothing, and opened again has what it had.
func TestDiskFull(t *testing.T) {
	fs := vfs.NewFaulty(1)
	l := open(t, fs)
	appendAll(t, l, 1)
	fs.SetCapacity(400)
	_, err := l.Append(&Record{Epoch: 2, Tasks: []TaskPart{{Operator: "op", Notes: noise(4000)}}})
	if err == nil || !strings.Contains(err.Error(), segmentName(1)) {
		t.Fatalf("got %v", err)
	}
	if _, again := l.Append(record(3, 1)); again == nil {
		t.Fatal("a log that is broken took another record")
	}
	l.Close()
	fs.SetCapacity(0)
	if l = open(t, fs); l.Last() != 1 {
		t.Fatalf("the last epoch is %d", l.Last())
	}
	appendAll(t, l, 2)
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestCompaction: a run stands for what it replaced, also when the process ends at any step of
// making it.
func TestCompaction(t *testing.T) {
	// merge keeps the changes of all records, as one text per epoch.
	merge := func(part, parts int, replay func(func(*Record) error) error, emit func(string, []byte) error) error {
		if part > 0 {
			return nil
		}
		var all []byte
		if err := replay(func(r *Record) error {
			for _, p := range r.Tasks {
				all = append(all, p.Change...)
			}
			return nil
		}); err != nil {
			return err
		}
		return emit("op", all)
	}
	total := func(l *Log) (n int, last []byte) {
		if err := l.Replay(l.Last(), func(r *Record) error {
			for _, p := range r.Tasks {
				n += len(p.Change)
				if p.Notes != nil {
					last = p.Notes
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return n, last
	}
	for stop := range 60 {
		fs := vfs.NewFaulty(uint64(stop))
		l := open(t, fs)
		appendAll(t, l, 1, 2, 3)
		for e := uint64(1); e <= 3; e++ {
			l.Settle(e)
		}
		fs.StopAfter(stop)
		err := func() error {
			c := l.PrepareCompaction()
			if c == nil {
				return errors.New("there is nothing to compact")
			}
			if err := c.Write(merge); err != nil {
				return err
			}
			if err := c.Finish(); err != nil {
				return err
			}
			_, err := l.Append(record(4, 100))
			return err
		}()
		if err != nil && !fs.Stopped() {
			t.Fatalf("stop %d: %v", stop, err)
		}
		fs.Crash()
		l = open(t, fs)
		n, last := total(l)
		want := map[uint64]int{3: 1800, 4: 1900}[l.Last()]
		if n != want || string(last) != fmt.Sprintf("notes %d", l.Last()) {
			t.Fatalf("stop %d: epoch %d has %d bytes of state and %q, %d were expected (%v)", stop, l.Last(), n, last, want, err)
		}
		l.Close()
	}
}

// TestRollbackAfterACompactionBegan: the segment of the epoch that is made void was closed for a
// compaction, and has its name.
func TestRollbackAfterACompactionBegan(t *testing.T) {
	was := SegmentBytes
	SegmentBytes = 1
	defer func() { SegmentBytes = was }()
	fs := vfs.NewFaulty(1)
	l := open(t, fs)
	appendAll(t, l, 1, 2, 3)
	l.Settle(2)
	if l.PrepareCompaction() == nil {
		t.Fatal("there is nothing to compact")
	}
	if err := l.Rollback(3); err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, 3, 4)
	l.Close()
	if got := fmt.Sprint(replayed(t, open(t, fs))); got != "[1 2 3 4]" {
		t.Fatalf("replayed %s", got)
	}
}

// TestCompactionAfterAFailure: one that did not fit the disk leaves nothing, and the next succeeds.
func TestCompactionAfterAFailure(t *testing.T) {
	fs := vfs.NewFaulty(1)
	l := open(t, fs)
	appendAll(t, l, 1, 2, 3)
	l.Settle(3)
	merge := func(part, _ int, replay func(func(*Record) error) error, emit func(string, []byte) error) error {
		if err := replay(func(*Record) error { return nil }); err != nil || part > 0 {
			return err
		}
		return emit("op", noise(3000))
	}
	before := fs.Used()
	fs.SetCapacity(before + 1000)
	if err := l.PrepareCompaction().Write(merge); err == nil {
		t.Fatal("a full disk was not noticed")
	}
	if fs.Used() != before {
		t.Errorf("%d bytes are left of a run that failed", fs.Used()-before)
	}
	fs.SetCapacity(0)
	c := l.PrepareCompaction()
	if err := c.Write(merge); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if l = open(t, fs); l.Last() != 3 || l.run != 3 {
		t.Fatalf("the last epoch is %d, that of the run %d", l.Last(), l.run)
	}
}

// TestTail: the newest records, of a run the notes only, and no epoch that was rolled back.
func TestTail(t *testing.T) {
	fs := vfs.NewFaulty(1)
	l := open(t, fs)
	appendAll(t, l, 1, 2, 3)
	l.Settle(3)
	c := l.PrepareCompaction()
	if err := c.Write(func(part, _ int, replay func(func(*Record) error) error, emit func(string, []byte) error) error {
		if err := replay(func(*Record) error { return nil }); err != nil {
			return err
		}
		return emit("op", noise(5000))
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	tail := func(from, upTo uint64) (text string) {
		if err := l.Tail(from, upTo, func(r *Record) error {
			text += fmt.Sprintf("%d:%s:%d ", r.Epoch, r.Tasks[0].Notes, len(r.Tasks[0].Change))
			if len(r.Tickets) != 1 {
				t.Errorf("epoch %d has %d tickets", r.Epoch, len(r.Tickets))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return text
	}
	for range 2 { // and once more, opened again
		if got := tail(3, 3); got != "3:notes 3:0 " {
			t.Errorf("the run's notes: %q", got)
		}
		l.Close()
		l = open(t, fs)
	}
	appendAll(t, l, 4, 5, 6)
	if err := l.Rollback(6); err != nil {
		t.Fatal(err)
	}
	if got := tail(4, 5); got != "4:notes 4:600 5:notes 5:600 " {
		t.Errorf("after the run: %q", got)
	}
	if got := tail(3, 4); got != "3:notes 3:0 4:notes 4:600 " {
		t.Errorf("across the run: %q", got)
	}
	if l.Settled() != 3 {
		t.Errorf("settled is %d", l.Settled())
	}
}
