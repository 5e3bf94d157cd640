package vfs

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Faulty is a file system in memory that keeps no more than the contract of FS
// promises. A crash works as follows:
//
//  1. Each file has the bytes that its last Sync covered and a list of changes since
//     (appended bytes, a truncation). A crash keeps a random prefix of the changes, and of
//     the change where it stops a random part: the rest of that part is lost, or there
//     but zeros, as when a size reached the disk before its data.
//  2. Each directory has the names of its last SyncDir and a list of changes since.
//     A crash keeps a random prefix of them. A rename within a directory is one change;
//     between two it is one in each, and the name is not lost from the old one unless
//     the new one has it.
//  3. All open files and locks are dead: their calls answer ErrCrashed.
//
// A Sync that fails leaves its file's changes for a crash to take, and counts them as
// synced no more than before. Every call that changes something, and every Sync, is a
// step; StopAfter makes the world end before any of them. Everything random comes from
// the seed, so one seed and one order of calls give one result.
type Faulty struct {
	mu       sync.Mutex
	random   *rand.Rand
	root     *node
	life     int // counts crashes: handles of an earlier life are dead
	steps    int
	stop     int // step before which the world ends; -1: never
	stopped  bool
	capacity int64 // bytes; 0: no limit
	used     int64
	fault    func(op, name string) error
	now      func() time.Time
	locks    map[string]int // name to life of the holder
}

// ErrCrashed is what every call answers after the world has ended, until Crash.
var ErrCrashed = errors.New("the simulated machine has crashed")

// node is a file or a directory. live is what running programs see, synced what is
// surely on disk, changes what lies between them, in order.
type node struct {
	dir      bool
	modified time.Time

	live, synced []byte
	changes      []fileChange

	names, syncedNames map[string]*node
	nameChanges        []nameChange
}

type fileChange struct {
	data     []byte // appended; nil: a truncation
	truncate int64
}

type nameChange struct {
	name string // that appears, or disappears if node is nil
	node *node
	from string // rename within the directory: this name disappears in the same change
	// unless: a rename to another directory; the removal holds only if the node is
	// durable there under movedName.
	movedTo   *node
	movedName string
	moved     *node
}

// NewFaulty returns an empty file system whose accidents come from the seed.
func NewFaulty(seed uint64) *Faulty {
	f := &Faulty{random: rand.New(rand.NewPCG(seed, 0x5eed)), stop: -1, locks: map[string]int{}}
	f.root = f.newDir()
	f.now = func() time.Time { return time.UnixMilli(int64(f.steps)).UTC() }
	return f
}

func (f *Faulty) newDir() *node {
	return &node{dir: true, names: map[string]*node{}, syncedNames: map[string]*node{}}
}

// SetCapacity makes the disk hold n bytes of files; 0: no limit. A write that does
// not fit writes what fits and fails with ENOSPC.
func (f *Faulty) SetCapacity(n int64) { f.mu.Lock(); f.capacity = n; f.mu.Unlock() }

// Used is how many bytes the files take.
func (f *Faulty) Used() int64 { f.mu.Lock(); defer f.mu.Unlock(); return f.used }

// SetClock gives files their times of modification; by default the number of steps,
// in milliseconds since 1970.
func (f *Faulty) SetClock(now func() time.Time) { f.mu.Lock(); f.now = now; f.mu.Unlock() }

// SetFault lets fault fail any call before it does a thing: op is "open", "create",
// "append", "write", "truncate", "sync", "rename", "remove", "mkdir", "list", "stat", "syncdir",
// "lock" or "read". It is called with the lock held and must not call back.
func (f *Faulty) SetFault(fault func(op, name string) error) {
	f.mu.Lock()
	f.fault = fault
	f.mu.Unlock()
}

// Steps is the number of steps taken so far, over all crashes.
func (f *Faulty) Steps() int { f.mu.Lock(); defer f.mu.Unlock(); return f.steps }

// StopAfter lets n more steps happen; the next one, and all calls after it, answer
// ErrCrashed until Crash is called. A write at which the world ends may be torn.
// Negative: never.
func (f *Faulty) StopAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stop = -1
	if n >= 0 {
		f.stop = f.steps + n
	}
}

// Stopped tells whether the world has ended.
func (f *Faulty) Stopped() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.stopped }

// Crash loses what a power failure may lose, and starts the machine again.
func (f *Faulty) Crash() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.life++
	f.stopped, f.stop = false, -1
	seen := map[*node]bool{}
	f.crashDir(f.root, seen)
	f.used = 0
	for n := range seen {
		f.used += int64(len(n.live))
	}
}

// crashDir decides what is left of a directory and all below it. Names are visited in
// order, so that the same seed decides the same.
func (f *Faulty) crashDir(d *node, seen map[*node]bool) {
	f.settleNames(d)
	for _, name := range sortedNames(d.names) {
		n := d.names[name]
		if seen[n] {
			continue
		}
		seen[n] = true
		if n.dir {
			f.crashDir(n, seen)
		} else {
			f.crashFile(n)
		}
	}
}

func (f *Faulty) settleNames(d *node) {
	keep := f.random.IntN(len(d.nameChanges) + 1)
	changes := d.nameChanges[:keep]
	d.nameChanges = nil
	names := d.syncedNames
	for _, c := range changes {
		applyName(names, c)
	}
	d.syncedNames, d.names = names, copyNames(names)
}

func applyName(names map[string]*node, c nameChange) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.node != nil {
		names[c.name] = c.node
		return
	}
	if c.moved != nil && c.movedTo.syncedNames[c.movedName] != c.moved {
		return
	}
	delete(names, c.name)
}

func (f *Faulty) crashFile(n *node) {
	keep := f.random.IntN(len(n.changes) + 1)
	data := append([]byte(nil), n.synced...)
	for _, c := range n.changes[:keep] {
		data = applyChange(data, c)
	}
	if keep < len(n.changes) {
		if c := n.changes[keep]; c.data != nil {
			part := append([]byte(nil), c.data[:f.random.IntN(len(c.data)+1)]...)
			if f.random.IntN(3) == 0 {
				clear(part[f.random.IntN(len(part)+1):])
			}
			data = append(data, part...)
		}
	}
	n.live, n.synced, n.changes = data, append([]byte(nil), data...), nil
}

func applyChange(data []byte, c fileChange) []byte {
	if c.data != nil {
		return append(data, c.data...)
	}
	for int64(len(data)) < c.truncate {
		data = append(data, 0)
	}
	return data[:c.truncate]
}

func sortedNames(m map[string]*node) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func copyNames(m map[string]*node) map[string]*node {
	c := make(map[string]*node, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// --- calls ---------------------------------------------------------------------

// enter begins a call: step tells that it changes something or syncs.
func (f *Faulty) enter(op, name string, step bool) error {
	if !f.stopped && step {
		if f.stop >= 0 && f.steps >= f.stop {
			f.stopped = true
		} else {
			f.steps++
		}
	}
	if f.stopped {
		return &fs.PathError{Op: op, Path: name, Err: ErrCrashed}
	}
	if f.fault != nil {
		if err := f.fault(op, name); err != nil {
			return &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	return nil
}

func elements(name string) []string {
	clean := strings.Trim(filepath.Clean(filepath.ToSlash(name)), "/")
	if clean == "" || clean == "." {
		return nil
	}
	return strings.Split(clean, "/")
}

// find returns the node of a path, nil if there is none.
func (f *Faulty) find(name string) *node {
	n := f.root
	for _, e := range elements(name) {
		if n == nil || !n.dir {
			return nil
		}
		n = n.names[e]
	}
	return n
}

func (f *Faulty) parent(op, name string) (*node, string, error) {
	path := elements(name)
	if len(path) == 0 {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	d := f.find(strings.Join(path[:len(path)-1], "/"))
	if d == nil || !d.dir {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return d, path[len(path)-1], nil
}

func (d *node) change(c nameChange) {
	applyNow := c
	applyNow.moved = nil
	applyName(d.names, applyNow)
	d.nameChanges = append(d.nameChanges, c)
}

func (f *Faulty) file(op, name string, step bool) (*node, error) {
	if err := f.enter(op, name, step); err != nil {
		return nil, err
	}
	n := f.find(name)
	if n == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	if n.dir {
		return nil, &fs.PathError{Op: op, Path: name, Err: syscall.EISDIR}
	}
	return n, nil
}

// Open implements FS; the file can only be read.
func (f *Faulty) Open(name string) (File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.file("open", name, false)
	if err != nil {
		return nil, err
	}
	return &faultyFile{fs: f, node: n, name: name, life: f.life, readable: true}, nil
}

// Create implements FS. Until its directory is synced a crash may take the name back.
func (f *Faulty) Create(name string) (File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("create", name, true); err != nil {
		return nil, err
	}
	d, base, err := f.parent("create", name)
	if err != nil {
		return nil, err
	}
	if d.names[base] != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	n := &node{modified: f.now()}
	d.change(nameChange{name: base, node: n})
	return &faultyFile{fs: f, node: n, name: name, life: f.life}, nil
}

// Append implements FS.
func (f *Faulty) Append(name string) (File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.file("append", name, false)
	if err != nil {
		return nil, err
	}
	return &faultyFile{fs: f, node: n, name: name, life: f.life}, nil
}

// Truncate implements FS; like a write it is lost in a crash unless synced.
func (f *Faulty) Truncate(name string, size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.file("truncate", name, true)
	if err != nil {
		return err
	}
	f.used += size - int64(len(n.live))
	c := fileChange{truncate: size}
	n.live = applyChange(append([]byte(nil), n.live...), c) // synced may share what is cut off
	n.changes = append(n.changes, c)
	return nil
}

// Rename implements FS. Until the directory is synced a crash may undo it.
func (f *Faulty) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("rename", from, true); err != nil {
		return err
	}
	source, oldName, err := f.parent("rename", from)
	if err != nil {
		return err
	}
	target, newName, err := f.parent("rename", to)
	if err != nil {
		return err
	}
	n := source.names[oldName]
	if n == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrNotExist}
	}
	if source == target {
		if oldName != newName {
			f.forget(target.names[newName])
			source.change(nameChange{name: newName, node: n, from: oldName})
		}
		return nil
	}
	f.forget(target.names[newName])
	target.change(nameChange{name: newName, node: n})
	source.change(nameChange{name: oldName, movedTo: target, movedName: newName, moved: n})
	return nil
}

// forget gives back the room of a file that is losing its name.
func (f *Faulty) forget(n *node) {
	if n != nil {
		f.used -= int64(len(n.live))
	}
}

// Remove implements FS. Until the directory is synced a crash may undo it.
func (f *Faulty) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("remove", name, true); err != nil {
		return err
	}
	d, base, err := f.parent("remove", name)
	if err != nil {
		return err
	}
	n := d.names[base]
	if n == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if n.dir && len(n.names) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
	}
	f.forget(n)
	d.change(nameChange{name: base})
	return nil
}

// MkdirAll implements FS. What it makes is there after a crash.
func (f *Faulty) MkdirAll(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("mkdir", name, true); err != nil {
		return err
	}
	d := f.root
	for _, e := range elements(name) {
		n := d.names[e]
		if n == nil {
			n = f.newDir()
			d.names[e], d.syncedNames[e] = n, n
		}
		if !n.dir {
			return &fs.PathError{Op: "mkdir", Path: name, Err: syscall.ENOTDIR}
		}
		d = n
	}
	return nil
}

// List implements FS.
func (f *Faulty) List(dir string) ([]Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("list", dir, false); err != nil {
		return nil, err
	}
	d := f.find(dir)
	if d == nil || !d.dir {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: fs.ErrNotExist}
	}
	var infos []Info
	for _, name := range sortedNames(d.names) {
		infos = append(infos, d.names[name].info(name))
	}
	return infos, nil
}

func (n *node) info(name string) Info {
	return Info{Name: name, Size: int64(len(n.live)), Modified: n.modified, Dir: n.dir}
}

// Stat implements FS.
func (f *Faulty) Stat(name string) (Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("stat", name, false); err != nil {
		return Info{}, err
	}
	n := f.find(name)
	if n == nil {
		return Info{}, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return n.info(filepath.Base(name)), nil
}

// SyncDir implements FS: the names of the directory outlive a crash from here on.
func (f *Faulty) SyncDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("syncdir", dir, true); err != nil {
		return err
	}
	d := f.find(dir)
	if d == nil || !d.dir {
		return &fs.PathError{Op: "syncdir", Path: dir, Err: fs.ErrNotExist}
	}
	d.syncedNames, d.nameChanges = copyNames(d.names), nil
	return nil
}

// Lock is held until it is closed or the machine crashes.
func (f *Faulty) Lock(name string) (io.Closer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("lock", name, false); err != nil {
		return nil, err
	}
	if life, held := f.locks[name]; held && life == f.life {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
	}
	f.locks[name] = f.life
	return &faultyLock{fs: f, name: name, life: f.life}, nil
}

type faultyLock struct {
	fs   *Faulty
	name string
	life int
}

func (l *faultyLock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	if l.fs.locks[l.name] == l.life {
		delete(l.fs.locks, l.name)
	}
	return nil
}

// faultyFile is a handle; several may be open on one node.
type faultyFile struct {
	fs       *Faulty
	node     *node
	name     string
	life     int
	at       int64
	readable bool
	closed   bool
}

func (h *faultyFile) enter(op string, step bool) error {
	if h.life != h.fs.life {
		return &fs.PathError{Op: op, Path: h.name, Err: ErrCrashed}
	}
	if h.closed {
		return &fs.PathError{Op: op, Path: h.name, Err: fs.ErrClosed}
	}
	return h.fs.enter(op, h.name, step)
}

func (h *faultyFile) Name() string { return h.name }

func (h *faultyFile) Read(p []byte) (int, error) {
	n, err := h.ReadAt(p, h.at)
	h.at += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

func (h *faultyFile) ReadAt(p []byte, at int64) (int, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if err := h.enter("read", false); err != nil {
		return 0, err
	}
	if !h.readable {
		return 0, &fs.PathError{Op: "read", Path: h.name, Err: fs.ErrPermission}
	}
	if at >= int64(len(h.node.live)) {
		return 0, io.EOF
	}
	n := copy(p, h.node.live[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (h *faultyFile) Write(p []byte) (int, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.readable {
		return 0, &fs.PathError{Op: "write", Path: h.name, Err: fs.ErrPermission}
	}
	running := !h.fs.stopped && h.life == h.fs.life && !h.closed
	if err := h.enter("write", true); err != nil {
		if running && h.fs.stopped { // the last thing that ever happened
			h.append(p[:h.fs.random.IntN(len(p)+1)])
		}
		return 0, err
	}
	if room := h.fs.capacity - h.fs.used; h.fs.capacity > 0 && room < int64(len(p)) {
		room = max(room, 0)
		h.append(p[:room])
		return int(room), &fs.PathError{Op: "write", Path: h.name, Err: syscall.ENOSPC}
	}
	h.append(p)
	return len(p), nil
}

func (h *faultyFile) append(p []byte) {
	if len(p) == 0 {
		return
	}
	data := append([]byte(nil), p...)
	h.node.live = append(h.node.live, data...)
	h.node.changes = append(h.node.changes, fileChange{data: data})
	h.node.modified = h.fs.now()
	h.fs.used += int64(len(p))
}

func (h *faultyFile) Sync() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if err := h.enter("sync", true); err != nil {
		return err
	}
	live := h.node.live // bytes are only ever appended in place, so both may share them
	h.node.synced, h.node.changes = live[:len(live):len(live)], nil
	return nil
}

func (h *faultyFile) Size() (int64, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if err := h.enter("stat", false); err != nil {
		return 0, err
	}
	return int64(len(h.node.live)), nil
}

func (h *faultyFile) Close() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.life == h.fs.life && h.closed {
		return &fs.PathError{Op: "close", Path: h.name, Err: fs.ErrClosed}
	}
	h.closed = true
	return nil
}
