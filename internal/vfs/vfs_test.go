package vfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
)

func both(t *testing.T, test func(t *testing.T, sys FS, dir string)) {
	t.Run("disk", func(t *testing.T) { test(t, Disk, t.TempDir()) })
	t.Run("faulty", func(t *testing.T) {
		sys := NewFaulty(1)
		if err := sys.MkdirAll("/data"); err != nil {
			t.Fatal(err)
		}
		test(t, sys, "/data")
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, sys FS, name, text string, sync bool) {
	t.Helper()
	f, err := sys.Create(name)
	must(t, err)
	_, err = io.WriteString(f, text)
	must(t, err)
	if sync {
		must(t, f.Sync())
	}
	must(t, f.Close())
}

func get(t *testing.T, sys FS, name string) string {
	t.Helper()
	b, err := ReadFile(sys, name)
	must(t, err)
	return string(b)
}

// The disk and its stand-in answer alike.
func TestContract(t *testing.T) {
	both(t, func(t *testing.T, sys FS, dir string) {
		at := func(name string) string { return filepath.Join(dir, name) }
		put(t, sys, at("a"), "hello", true)

		if _, err := sys.Create(at("a")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Create over a file: %v", err)
		}
		if _, err := sys.Open(at("none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open of nothing: %v", err)
		}
		if _, err := sys.Append(at("none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Append to nothing: %v", err)
		}
		if err := sys.Rename(at("none"), at("b")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Rename of nothing: %v", err)
		}
		if err := sys.Remove(at("none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Remove of nothing: %v", err)
		}
		if _, err := sys.Stat(at("none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat of nothing: %v", err)
		}

		must(t, sys.Truncate(at("a"), 3))
		f, err := sys.Append(at("a"))
		must(t, err)
		_, err = io.WriteString(f, "p!")
		must(t, err)
		must(t, f.Sync())
		if n, _ := f.Size(); n != 5 {
			t.Errorf("Size %d", n)
		}
		must(t, f.Close())
		must(t, sys.MkdirAll(at("sub/deeper")))
		must(t, sys.MkdirAll(at("sub/deeper")))
		must(t, sys.Rename(at("a"), at("sub/deeper/z")))
		put(t, sys, at("b"), "b", false)
		put(t, sys, at("c"), "c", false)
		must(t, sys.Rename(at("b"), at("c")))
		must(t, sys.SyncDir(dir))
		if got := get(t, sys, at("sub/deeper/z")); got != "help!" {
			t.Errorf("after truncate and append: %q", got)
		}
		if got := get(t, sys, at("c")); got != "b" {
			t.Errorf("rename over a file: %q", got)
		}
		infos, err := sys.List(dir)
		must(t, err)
		got := ""
		for _, i := range infos {
			got += fmt.Sprintf("%s %v %v;", i.Name, i.Dir, i.Dir || i.Size > 0)
		}
		if got != "c false true;sub true true;" {
			t.Errorf("List: %s", got)
		}
		if err := sys.Remove(at("sub")); !errors.Is(err, syscall.ENOTEMPTY) {
			t.Errorf("Remove of a full directory: %v", err)
		}
		if err := sys.MkdirAll(at("c/d")); err == nil {
			t.Error("MkdirAll below a file")
		}

		r, err := sys.Open(at("sub/deeper/z"))
		must(t, err)
		defer r.Close()
		p := make([]byte, 3)
		if n, err := r.ReadAt(p, 3); n != 2 || err != io.EOF || string(p[:n]) != "p!" {
			t.Errorf("ReadAt over the end: %d %v", n, err)
		}

		must(t, WriteFile(sys, at("w"), []byte("one")))
		must(t, WriteFile(sys, at("w"), []byte("two")))
		if got := get(t, sys, at("w")); got != "two" {
			t.Errorf("WriteFile: %q", got)
		}

		lock, err := sys.Lock(at("lock"))
		must(t, err)
		if _, err := sys.Lock(at("lock")); !errors.Is(err, ErrLocked) {
			t.Errorf("second lock: %v", err)
		}
		must(t, lock.Close())
		lock, err = sys.Lock(at("lock"))
		must(t, err)
		must(t, lock.Close())
	})
}

// Over many seeds: what was synced is there; what was not is there, gone, cut or zeroed.
func TestCrashKeepsOnlyWhatWasSynced(t *testing.T) {
	seen := map[string]int{}
	for seed := uint64(0); seed < 400; seed++ {
		sys := NewFaulty(seed)
		f, err := sys.Create("/a")
		must(t, err)
		io.WriteString(f, "synced")
		must(t, f.Sync())
		must(t, sys.SyncDir("/"))
		io.WriteString(f, "+one")
		io.WriteString(f, "+two")
		put(t, sys, "/unnamed", "x", true) // synced, but its name is not
		sys.Crash()
		if _, err := f.Write([]byte("dead")); !errors.Is(err, ErrCrashed) {
			t.Fatalf("a handle outlived the crash: %v", err)
		}
		got := get(t, sys, "/a")
		all := "synced+one+two"
		if len(got) < 6 || got[:6] != "synced" || len(got) > len(all) {
			t.Fatalf("seed %d: %q", seed, got)
		}
		switch zeros := bytes.IndexByte([]byte(got), 0) >= 0; {
		case zeros:
			seen["zeros"]++
		case got != all[:len(got)]:
			t.Fatalf("seed %d: %q", seed, got)
		case got == all:
			seen["all"]++
		case len(got) == 6 || len(got) == 10:
			seen["whole writes"]++
		default:
			seen["torn"]++
		}
		if _, err := sys.Stat("/unnamed"); err == nil {
			seen["named"]++
		} else {
			seen["unnamed"]++
		}
	}
	for _, k := range []string{"zeros", "all", "whole writes", "torn", "named", "unnamed"} {
		if seen[k] == 0 {
			t.Errorf("400 crashes and never %s: %v", k, seen)
		}
	}
}

// A rename that was not synced leaves the old name or the new one, never both or none.
func TestRenameIsAtomic(t *testing.T) {
	old, fresh := 0, 0
	for seed := uint64(0); seed < 100; seed++ {
		sys := NewFaulty(seed)
		put(t, sys, "/a", "x", true)
		must(t, sys.SyncDir("/"))
		must(t, sys.Rename("/a", "/b"))
		sys.Crash()
		_, errA := sys.Stat("/a")
		_, errB := sys.Stat("/b")
		if (errA == nil) == (errB == nil) {
			t.Fatalf("seed %d: a %v, b %v", seed, errA, errB)
		}
		if errA == nil {
			old++
		} else {
			fresh++
		}
	}
	if old == 0 || fresh == 0 {
		t.Errorf("old %d, new %d", old, fresh)
	}
}

func TestRenameToAnotherDirectoryLosesNothing(t *testing.T) {
	for seed := uint64(0); seed < 100; seed++ {
		sys := NewFaulty(seed)
		must(t, sys.MkdirAll("/d"))
		put(t, sys, "/a", "x", true)
		must(t, sys.SyncDir("/"))
		must(t, sys.Rename("/a", "/d/b"))
		sys.Crash()
		_, errA := sys.Stat("/a")
		_, errB := sys.Stat("/d/b")
		if errA != nil && errB != nil {
			t.Fatalf("seed %d: the file is gone", seed)
		}
	}
}

// WriteFile leaves the old contents or the new, wherever the world ends in it.
func TestWriteFileIsAtomic(t *testing.T) {
	kept := map[string]int{}
	for seed := uint64(0); seed < 300; seed++ {
		sys := NewFaulty(seed)
		must(t, WriteFile(sys, "/f", []byte("old")))
		sys.StopAfter(int(seed % 6))
		err := WriteFile(sys, "/f", []byte("newer"))
		if stopped := sys.Stopped(); stopped != (err != nil) {
			t.Fatalf("seed %d: stopped %v, err %v", seed, stopped, err)
		}
		sys.Crash()
		got := get(t, sys, "/f")
		if got != "old" && got != "newer" || err == nil && got != "newer" {
			t.Fatalf("seed %d: %q after %v", seed, got, err)
		}
		kept[got]++
		must(t, WriteFile(sys, "/f", []byte("again")))
	}
	if kept["old"] == 0 || kept["newer"] == 0 {
		t.Errorf("%v", kept)
	}
}

func TestSameSeedSameAccidents(t *testing.T) {
	run := func() string {
		sys := NewFaulty(7)
		for i := 0; i < 20; i++ {
			name := fmt.Sprintf("/f%d", i)
			put(t, sys, name, "some bytes that may go", i%3 == 0)
			if i%4 == 0 {
				must(t, sys.SyncDir("/"))
			}
		}
		sys.Crash()
		infos, err := sys.List("/")
		must(t, err)
		text := ""
		for _, i := range infos {
			text += i.Name + "=" + get(t, sys, "/"+i.Name) + ";"
		}
		return text
	}
	if a, b := run(), run(); a != b {
		t.Errorf("%q\n%q", a, b)
	}
}

func TestFullDisk(t *testing.T) {
	sys := NewFaulty(1)
	sys.SetCapacity(8)
	f, err := sys.Create("/a")
	must(t, err)
	n, err := f.Write([]byte("0123456789"))
	if n != 8 || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%d %v", n, err)
	}
	if want := "write /a: no space left on device"; err.Error() != want {
		t.Errorf("%q", err)
	}
	must(t, sys.Truncate("/a", 2))
	if n, err := f.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	must(t, f.Close())
	must(t, sys.Remove("/a"))
	put(t, sys, "/b", "12345678", true)
}

func TestFault(t *testing.T) {
	sys := NewFaulty(1)
	broken := errors.New("broken")
	sys.SetFault(func(op, name string) error {
		if op == "sync" && name == "/a" {
			return broken
		}
		return nil
	})
	f, err := sys.Create("/a")
	must(t, err)
	if err := f.Sync(); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestLockDiesWithTheMachine(t *testing.T) {
	sys := NewFaulty(1)
	old, err := sys.Lock("/l")
	must(t, err)
	sys.Crash()
	_, err = sys.Lock("/l")
	must(t, err)
	must(t, old.Close()) // of a past life: must not free the new lock
	if _, err := sys.Lock("/l"); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}
