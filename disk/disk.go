// Package disk is the one door to the file system, for the engine and for connectors:
// everything durable goes through an FS, so that a simulation can put one in the place
// of the operating system's that loses what was not synced, tears writes and fills up.
//
// # What is durable, and when
//
// The contract is that of POSIX at its weakest, which is what a simulation takes away:
//
//   - Bytes written are durable once Sync of their File has returned nil.
//   - A new name, a rename and a removal are durable once SyncDir of the directory
//     has returned nil. Sync of a file does not make its name durable.
//   - A rename within one directory happens wholly or not at all.
//   - After a Sync that failed, nothing is known of the bytes since the one before,
//     and a second Sync that succeeds proves nothing: write them to another file or
//     give up.
//
// Errors are those of the operating system, *fs.PathError and *os.LinkError, so that
// errors.Is works (fs.ErrNotExist, fs.ErrPermission, syscall.ENOSPC) and messages
// name the file.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"syscall"
	"time"
)

// FS is a file system. Names are paths in the form of path/filepath; relative ones
// start from the working directory of the process. It is safe to use from any goroutine.
type FS interface {
	// Open opens a file for reading.
	Open(name string) (File, error)
	// Create makes a file for writing, which must not exist yet (fs.ErrExist).
	Create(name string) (File, error)
	// Append opens an existing file for writing at its end.
	Append(name string) (File, error)
	// Truncate cuts a file to size. It is durable after the next Sync of the file.
	Truncate(name string, size int64) error
	// Rename gives a file another name, replacing a file that had it.
	Rename(from, to string) error
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// MkdirAll makes a directory and its parents, and makes their names durable.
	MkdirAll(name string) error
	// List returns what is in a directory, in order of name.
	List(dir string) ([]Info, error)
	Stat(name string) (Info, error)
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
	// Lock takes the lock that the file name stands for, creating the file, and
	// holds it until the Closer is closed or the process dies. ErrLocked: another has it.
	Lock(name string) (io.Closer, error)
}

// File is an open file. Reads and writes come from one goroutine at a time; Sync
// may run beside them and covers at least what was written before it was called.
type File interface {
	io.Reader
	io.ReaderAt
	// Write appends. Fewer bytes than asked for come with an error, and those are in
	// the file.
	io.Writer
	io.Closer
	Sync() error
	Size() (int64, error)
	Name() string
}

// Info is what a directory tells of an entry.
type Info struct {
	Name     string // the last element of its path
	Size     int64
	Modified time.Time
	Dir      bool
}

// ErrLocked: the lock is held, by this process or another.
var ErrLocked = errors.New("locked by another process")

// OS is the file system of the operating system.
var OS FS = system{}

type system struct{}

// diskFile is an *os.File with the size asked for in our words.
type diskFile struct{ *os.File }

func (f diskFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func opened(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (system) Open(name string) (File, error) { return opened(os.Open(name)) }

func (system) Create(name string) (File, error) {
	return opened(os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644))
}

func (system) Append(name string) (File, error) {
	return opened(os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0))
}

func (system) Truncate(name string, size int64) error { return os.Truncate(name, size) }
func (system) Rename(from, to string) error           { return os.Rename(from, to) }
func (system) Remove(name string) error               { return os.Remove(name) }

// MkdirAll syncs the parent of each directory that it makes: os.MkdirAll would not.
func (d system) MkdirAll(name string) error {
	info, err := os.Stat(name)
	if err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: name, Err: syscall.ENOTDIR}
		}
		return nil
	}
	parent := filepath.Dir(name)
	if parent != name {
		if err := d.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncDir(parent)
}

func (system) List(dir string) ([]Info, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	infos := make([]Info, 0, len(entries))
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // follows links, as Open does
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone since, or a link to nothing
		}
		if err != nil {
			return nil, err
		}
		infos = append(infos, infoOf(e.Name(), info))
	}
	sort.Slice(infos, func(i, j int) bool { return infos[i].Name < infos[j].Name })
	return infos, nil
}

func infoOf(name string, info fs.FileInfo) Info {
	return Info{Name: name, Size: info.Size(), Modified: info.ModTime(), Dir: info.IsDir()}
}

func (system) Stat(name string) (Info, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Info{}, err
	}
	return infoOf(filepath.Base(name), info), nil
}

func (system) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// Lock uses flock: the kernel gives the lock back when the process dies, however it dies.
func (system) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
		}
		return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
	}
	return f, nil
}

// ReadFile returns all of a file.
func ReadFile(sys FS, name string) ([]byte, error) {
	f, err := sys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// WriteFile makes name hold data and nothing else, durably and at once: a crash
// leaves the old contents or the new. It writes a file beside it, whose name ends in
// ".new", and renames that.
func WriteFile(sys FS, name string, data []byte) error {
	fresh := name + ".new"
	if err := sys.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := sys.Create(fresh)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := sys.Rename(fresh, name); err != nil {
		return err
	}
	return sys.SyncDir(filepath.Dir(name))
}
