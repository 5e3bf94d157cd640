package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/disk"
)

// How the sink writes exactly once:
//
//  1. A task writes rows to a hidden part file, one for each partition. The rolling
//     policy says when it is finished and the next one begun.
//  2. Flush ends the epoch for the task: what it buffered is written, and its ticket
//     tells which files were finished in the epoch, and which are open and how many of
//     their bytes are the epoch's.
//  3. Prepare syncs those files and the directories where they appeared. Only then are
//     the tickets given away, to become durable with the epoch.
//  4. Commit renames the finished files to their visible names and syncs the
//     directories. Done twice it finds nothing to do.
//  5. Open, after a crash, commits what tickets say is finished, cuts open files to the
//     length in the last ticket, and removes the hidden files of this sink and run that
//     no ticket knows. Writers then go on with the open files.
//
// What a crash can leave, and what becomes of it:
//
//	before 3 ends, or before the ticket is durable   bytes behind the length of the previous ticket, and new
//	                                                 hidden files: cut and removed by 5
//	after that, before or within 4                   hidden files that should be visible: renamed by 5
//	within 5                                         5 again: each of its parts can be repeated
//
// A file of which a ticket speaks was synced under its hidden name before the ticket
// was durable, so it is there, at least as long as the ticket says; if not, somebody
// else touched it, and the sink stops and says so.

// sink writes the part files of one table.
type sink struct {
	sys   disk.FS
	now   func() time.Time
	table *connector.Table
	root  string
	roll  policy

	partitions []partition
	payload    []int // the columns of a batch that are in the files
	columns    []int // the columns of a batch that the partitions are made of

	mark string // names this sink and run in its files' names

	mu      sync.Mutex
	resumed map[int]taskTicket // what the last epoch left open, by task, until its writer takes it
	work    map[uint64][]epochWork
}

// policy says when a part file is finished.
type policy struct {
	size                        int64
	rollover, inactivity, check time.Duration
}

// epochWork is what Prepare has to make durable for one task.
type epochWork struct {
	sync  []disk.File
	close []disk.File // to be closed when synced: finished files
	dirs  []string    // where files appeared
}

func newSink(sys disk.FS, now func() time.Time, t *connector.Table) (connector.Sink, error) {
	root, err := localPath(t.Options.String("path"))
	if err != nil {
		return nil, err
	}
	s := &sink{sys: sys, now: now, table: t, root: root, work: map[uint64][]epochWork{}, resumed: map[int]taskTicket{},
		roll: policy{
			size:       t.Options.Memory("sink.rolling-policy.file-size"),
			rollover:   t.Options.Duration("sink.rolling-policy.rollover-interval"),
			inactivity: t.Options.Duration("sink.rolling-policy.inactivity-interval"),
			check:      t.Options.Duration("sink.rolling-policy.check-interval"),
		}}
	if s.partitions, err = partitionsOf(t); err != nil {
		return nil, err
	}
	s.columns = make([]int, len(s.partitions))
	var inFiles []connector.Column
	for i, c := range t.Columns {
		if p := indexOf(s.partitions, c.Name); p >= 0 {
			s.columns[p] = i
			continue
		}
		inFiles = append(inFiles, c)
		s.payload = append(s.payload, i)
	}
	if len(inFiles) == 0 {
		return nil, fmt.Errorf("a table needs a column besides those it is partitioned by")
	}
	if _, err := s.newEncoder(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *sink) fail(err error) error { return fmt.Errorf("table %s: %w", s.table.Name, err) }

// Accepts takes what the format can write.
func (s *sink) Accepts(kinds connector.KindSet) connector.KindSet { return kinds & s.table.Kinds }

func (s *sink) Guarantee() connector.Guarantee { return connector.Staged }

// Open settles the pending epochs, oldest first. The last of them must be the newest
// durable epoch even if its commit was seen to end, since it says how long the open
// files are; no pending epoch means that none was durable.
func (s *sink) Open(ctx context.Context, env connector.Env, pending []connector.Ticket) error {
	s.mark = markOf(env, s.table.Name)
	s.resumed, s.work = map[int]taskTicket{}, map[uint64][]epochWork{} // it may have been open before
	if info, err := s.sys.Stat(s.root); err == nil && !info.Dir {
		return s.fail(fmt.Errorf("%s is a file: a table that is written needs a directory", s.root))
	}
	if err := s.sys.MkdirAll(s.root); err != nil {
		return s.fail(err)
	}
	if err := s.probe(); err != nil {
		return s.fail(err)
	}
	keep := map[string]bool{}
	for i, p := range pending {
		if err := s.Commit(ctx, p); err != nil {
			return err
		}
		if i < len(pending)-1 {
			continue
		}
		last, err := parseTicket(p.Data)
		if err != nil {
			return s.fail(err)
		}
		for _, task := range last.Tasks {
			for _, open := range task.Open {
				if err := s.restore(p.Epoch, open); err != nil {
					return s.fail(err)
				}
				keep[s.inProgress(open)] = true
			}
			task.Done = nil
			s.resumed[task.Task] = task
		}
	}
	return s.sweep(s.root, keep)
}

// markOf names this sink in this life of its pipeline. A run's name is kept when a
// pipeline is resumed; the rest keeps two sinks of one run apart.
func markOf(env connector.Env, table string) string {
	h := fnv.New64a()
	for _, s := range []string{env.Run, env.Pipeline, table, filepath.Base(env.Directory)} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	run := make([]byte, 0, 40)
	for _, c := range []byte(env.Run) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' {
			run = append(run, c)
		}
	}
	return fmt.Sprintf("%s-%08x", run[:min(len(run), 36)], uint32(h.Sum64()))
}

// probe finds out before any row flows whether files can be made.
func (s *sink) probe() error {
	name := filepath.Join(s.root, hiddenPrefix+"part-"+s.mark+"-probe"+hiddenSuffix)
	f, err := s.sys.Create(name)
	if errors.Is(err, fs.ErrExist) { // left by a crash just here
		return s.sys.Remove(name)
	}
	if err != nil {
		return err
	}
	f.Close()
	return s.sys.Remove(name)
}

// restore cuts an open file to what belongs to durable epochs.
func (s *sink) restore(epoch uint64, p part) error {
	name := s.inProgress(p)
	info, err := s.sys.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := s.sys.Stat(s.visible(p)); err == nil {
			return fmt.Errorf("%s was finished after epoch %d, to which the pipeline would go back: its rows would be written twice", s.visible(p), epoch)
		}
		return fmt.Errorf("%s is gone, with %d bytes that epoch %d wrote; only this sink may remove it", name, p.Size, epoch)
	}
	if err != nil {
		return err
	}
	if info.Size < p.Size {
		return fmt.Errorf("%s has %d bytes, but epoch %d wrote %d: it was cut by something else", name, info.Size, epoch, p.Size)
	}
	if info.Size == p.Size {
		return nil
	}
	if err := s.sys.Truncate(name, p.Size); err != nil {
		return err
	}
	f, err := s.sys.Append(name)
	if err != nil {
		return err
	}
	err = f.Sync()
	return errors.Join(err, f.Close())
}

// sweep removes the hidden files of this sink that no durable epoch knows.
func (s *sink) sweep(dir string, keep map[string]bool) error {
	infos, err := s.sys.List(dir)
	if err != nil {
		return s.fail(err)
	}
	for _, info := range infos {
		path := filepath.Join(dir, info.Name)
		if info.Dir && len(s.partitions) > 0 {
			if err := s.sweep(path, keep); err != nil {
				return err
			}
		}
		if !info.Dir && s.ours(info.Name) && !keep[path] {
			if err := s.sys.Remove(path); err != nil {
				return s.fail(err)
			}
		}
	}
	return nil
}

// add hands work to Prepare. The lock is never held over a call of the file system: a
// writer must not wait while another epoch is being synced.
func (s *sink) add(epoch uint64, w epochWork) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work[epoch] = append(s.work[epoch], w)
}

// take removes and returns the work up to an epoch, in order.
func (s *sink) take(epoch uint64) (all []epochWork) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var epochs []uint64
	for e := range s.work {
		if e <= epoch {
			epochs = append(epochs, e)
		}
	}
	sort.Slice(epochs, func(i, j int) bool { return epochs[i] < epochs[j] })
	for _, e := range epochs {
		all = append(all, s.work[e]...)
		delete(s.work, e)
	}
	return all
}

// Prepare syncs what the writers handed over and gathers their tickets.
func (s *sink) Prepare(ctx context.Context, epoch uint64, tickets [][]byte) ([]byte, error) {
	all := ticket{Version: ticketVersion}
	for _, b := range tickets {
		if len(b) == 0 {
			continue
		}
		var t taskTicket
		if err := json.Unmarshal(b, &t); err != nil {
			return nil, s.fail(err)
		}
		all.Tasks = append(all.Tasks, t)
	}
	all.Tasks = append(all.Tasks, s.orphans()...)
	dirs := map[string]bool{}
	var err error
	for _, w := range s.take(epoch) { // to the end even after an error: it closes files
		err = errors.Join(err, w.settle())
		for _, d := range w.dirs {
			dirs[d] = true
		}
	}
	if err == nil {
		err = syncDirs(s.sys, dirs)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	return json.Marshal(all)
}

// orphans finishes the files of tasks that this run does not have, since it has fewer
// than the last: they are durable already.
func (s *sink) orphans() []taskTicket {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []taskTicket
	for _, t := range s.resumed {
		all = append(all, taskTicket{Task: t.Task, Next: t.Next, Done: t.Open})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Task < all[j].Task })
	s.resumed = map[int]taskTicket{}
	return all
}

func (w epochWork) settle() error {
	var errs []error
	for _, f := range w.sync {
		errs = append(errs, f.Sync())
	}
	for _, f := range w.close {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

func syncDirs(sys disk.FS, dirs map[string]bool) error {
	names := make([]string, 0, len(dirs))
	for d := range dirs {
		names = append(names, d)
	}
	sort.Strings(names)
	for _, d := range names {
		if err := sys.SyncDir(d); err != nil {
			return err
		}
	}
	return nil
}

// Commit makes the files that were finished in the epoch visible.
func (s *sink) Commit(ctx context.Context, t connector.Ticket) error {
	parsed, err := parseTicket(t.Data)
	if err != nil {
		return s.fail(err)
	}
	dirs := map[string]bool{}
	for _, task := range parsed.Tasks {
		for _, p := range task.Done {
			if err := s.publish(t.Epoch, p); err != nil {
				return s.fail(err)
			}
			dirs[filepath.Dir(s.visible(p))] = true
		}
	}
	if err := syncDirs(s.sys, dirs); err != nil {
		return s.fail(err)
	}
	return nil
}

func (s *sink) publish(epoch uint64, p part) error {
	from, to := s.inProgress(p), s.visible(p)
	info, err := s.sys.Stat(from)
	_, there := s.sys.Stat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist) && there == nil:
		return nil // renamed before
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is gone, with %d bytes that epoch %d wrote; only this sink may remove it", from, p.Size, epoch)
	case err != nil:
		return err
	case there == nil:
		return fmt.Errorf("%s exists already; epoch %d would replace it by %s", to, epoch, from)
	case info.Size != p.Size:
		return fmt.Errorf("%s has %d bytes, but epoch %d finished it with %d: something else wrote to it", from, info.Size, epoch, p.Size)
	}
	return s.sys.Rename(from, to)
}

// Close closes what an epoch that was never prepared has left open.
func (s *sink) Close() error {
	for _, w := range s.take(math.MaxUint64) {
		for _, f := range w.close {
			f.Close()
		}
	}
	return nil
}
