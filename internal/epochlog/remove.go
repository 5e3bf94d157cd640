package epochlog

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"tidemark.dev/internal/vfs"
)

// The removal of a pipeline's directory, in numbered steps
//
//  1. It gets a name that nobody opens, NAME.removed, and its parent is synced: from then on it is
//     gone, and whatever of it a crash leaves is never taken for a log.
//  2. What is below goes, the deepest first, then the directory.
//  3. A start finds directories of such names, and finishes them.
const removed = ".removed"

// Remove removes a pipeline's directory with all that is in it: --fresh, or the next run of a
// finished one.
func Remove(fsys vfs.FS, dir string) error {
	gone := dir + removed
	if err := removeAll(fsys, gone); err != nil { // of a run of the same name, half removed
		return err
	}
	err := fsys.Rename(dir, gone)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := fsys.SyncDir(filepath.Dir(dir)); err != nil {
		return err
	}
	return removeAll(fsys, gone)
}

// Removed tells whether a name is of a directory whose removal has begun.
func Removed(name string) bool { return strings.HasSuffix(name, removed) }

// Finish finishes the removal of a directory, whose name is as Removed says.
func Finish(fsys vfs.FS, dir string) error { return removeAll(fsys, dir) }

func removeAll(fsys vfs.FS, dir string) error {
	infos, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range infos {
		name := filepath.Join(dir, f.Name)
		if f.Dir {
			err = removeAll(fsys, name)
		} else {
			err = fsys.Remove(name)
		}
		if err != nil {
			return err
		}
	}
	if err := fsys.Remove(dir); err != nil {
		return err
	}
	return fsys.SyncDir(filepath.Dir(dir))
}
