package job

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/epochlog"
	"tidemark.dev/internal/vfs"
)

// Directory is a data directory, open and locked:
//
//	LOCK                  held while a process writes
//	VERSION               of the directory's layout
//	runs/NAME.json        the last run of a script: its pipelines and which are finished
//	pipelines/NAME/RUN/   a pipeline's epoch log and state in one run
//
// Files are replaced by renaming a new one into place.
type Directory struct {
	fs   vfs.FS
	path string
	lock io.Closer
}

const layoutVersion = "1\n"

// ErrBusy: another process has the directory.
var ErrBusy = errors.New("the data directory is in use by another tidemark process")

// OpenDirectory opens and locks a data directory, making it if it is not there.
func OpenDirectory(fsys vfs.FS, path string) (*Directory, error) {
	if err := fsys.MkdirAll(path); err != nil {
		return nil, fmt.Errorf("data directory %s: %w", path, err)
	}
	lock, err := fsys.Lock(filepath.Join(path, "LOCK"))
	if errors.Is(err, vfs.ErrLocked) {
		return nil, fmt.Errorf("%w: %s; wait for it, or give another one with --data", ErrBusy, path)
	}
	if err != nil {
		return nil, fmt.Errorf("data directory %s: %w", path, err)
	}
	d := &Directory{fs: fsys, path: path, lock: lock}
	if err := d.checkVersion(); err != nil {
		lock.Close()
		return nil, err
	}
	return d, nil
}

func (d *Directory) checkVersion() error {
	name := filepath.Join(d.path, "VERSION")
	b, err := d.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return d.replace(name, []byte(layoutVersion))
	}
	if err != nil {
		return err
	}
	if string(b) != layoutVersion {
		return fmt.Errorf("%s says that the data directory is of version %q, this tidemark reads version %q", name, strings.TrimSpace(string(b)), strings.TrimSpace(layoutVersion))
	}
	return nil
}

// Close gives the lock back.
func (d *Directory) Close() error { return d.lock.Close() }

func (d *Directory) read(name string) ([]byte, error) {
	f, err := d.fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// replace writes a file whole: to a new one, synced and renamed into place.
func (d *Directory) replace(name string, data []byte) error {
	if err := d.fs.MkdirAll(filepath.Dir(name)); err != nil {
		return err
	}
	tmp := name + ".new"
	if err := d.fs.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := d.fs.Create(tmp)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := d.fs.Rename(tmp, name); err != nil {
		return err
	}
	return d.fs.SyncDir(filepath.Dir(name))
}

// Run is what is remembered of the last run of a script.
type Run struct {
	ID        string            `json:"run"`
	Pipelines map[string]*RunOf `json:"pipelines"`
	// Told is whether whoever started it has been told that it is finished. A process may be
	// killed between the two: started again, it must tell, and not do everything once more.
	Told bool `json:"told"`
	// Sum is the check sum of the rest, as it is written: a damaged identity would begin
	// everything anew, in silence.
	Sum  string `json:"sum"`
	name string
}

// sum is what Sum must be.
func (r *Run) sum() string {
	rest := *r
	rest.Sum = ""
	b, _ := json.Marshal(&rest) // of strings and flags
	return fmt.Sprintf("%08x", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// parse reads what save wrote.
func (r *Run) parse(b []byte) error {
	if err := json.Unmarshal(b, r); err != nil {
		return err
	}
	for name, p := range r.Pipelines {
		if p == nil {
			return fmt.Errorf("pipeline %s has no entry", name)
		}
	}
	if r.Sum != r.sum() {
		return fmt.Errorf("its check sum is %s, and not %q as it says", r.sum(), r.Sum)
	}
	return nil
}

// RunOf is what is remembered of a pipeline in it.
type RunOf struct {
	Identity string `json:"plan"`
	Finished bool   `json:"finished"`
	// Letters is where the rows that it sets aside in this run begin.
	Letters deadletter.Position `json:"letters,omitzero"`
}

// Finished tells whether all pipelines are.
func (r *Run) Finished() bool {
	for _, p := range r.Pipelines {
		if !p.Finished {
			return false
		}
	}
	return true
}

// PipelineDir is where a pipeline's log is.
func (d *Directory) PipelineDir(r *Run, name string) string {
	return filepath.Join(d.path, "pipelines", fileName(name), r.ID)
}

// LettersDir is where the rows are that a pipeline has set aside, in all its runs.
func (d *Directory) LettersDir(name string) string {
	return filepath.Join(d.path, "letters", fileName(name))
}

// LetterDirs finds the directories of the rows set aside in a data directory, by pipeline. The
// directory may be in use.
func LetterDirs(fsys vfs.FS, data string) (map[string]string, error) {
	dirs := map[string]string{}
	infos, err := fsys.List(filepath.Join(data, "letters"))
	if errors.Is(err, fs.ErrNotExist) {
		return dirs, nil
	}
	for _, f := range infos {
		if name, err := url.PathUnescape(f.Name); err == nil && f.Dir {
			dirs[name] = filepath.Join(data, "letters", f.Name)
		}
	}
	return dirs, err
}

// fileName makes a name fit for a file: what is not plain is written as %XX.
func fileName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' && i > 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Begin finds the script's last run, or begins a new one if there is none, if it is
// finished and that was told, or if fresh asks for it. plans are the identities of its pipelines by name. A
// plan that differs from that of an unfinished pipeline is refused.
func (d *Directory) Begin(script string, plans map[string]string, fresh bool) (*Run, error) {
	r := &Run{name: filepath.Join(d.path, "runs", fileName(script)+".json")}
	b, err := d.read(r.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fresh = true
	case err != nil:
		return nil, err
	case !fresh:
		if err := r.parse(b); err != nil {
			return nil, fmt.Errorf("%s is damaged: %w; restore the file, or start anew with --fresh", r.name, err)
		}
	}
	if fresh || r.Finished() && (r.Told || !r.same(plans)) {
		return r, d.anew(r, plans)
	}
	for name, identity := range plans {
		old := r.Pipelines[name]
		if old == nil {
			if r.Pipelines[name], err = d.begin(name, identity); err != nil {
				return nil, err
			}
			continue
		}
		if old.Finished || old.Identity == identity {
			continue
		}
		switch kept, err := d.hasState(r, name); {
		case err != nil:
			return nil, err
		case !kept: // it came to nothing that another plan would not fit
			old.Identity = identity
		default:
			return nil, fmt.Errorf("the plan of pipeline %s is another than when it was interrupted, so its state does not fit:\n%s\nrun the script as it was, or start anew with --fresh (what it has written stays)",
				name, firstDifference(old.Identity, identity))
		}
	}
	for name := range r.Pipelines {
		if _, ok := plans[name]; !ok {
			delete(r.Pipelines, name)
		}
	}
	if err := d.save(r); err != nil {
		return nil, err
	}
	return r, d.sweep()
}

// begin is what is remembered of a pipeline when its run begins.
func (d *Directory) begin(name, identity string) (*RunOf, error) {
	at, err := deadletter.End(d.fs, d.LettersDir(name))
	return &RunOf{Identity: identity, Letters: at}, err
}

// same tells whether these are the pipelines of the run.
func (r *Run) same(plans map[string]string) bool {
	for name, p := range r.Pipelines {
		if plans[name] != p.Identity {
			return false
		}
	}
	return len(plans) == len(r.Pipelines)
}

// hasState tells whether a pipeline of the run has come to a durable epoch: its log is
// made with the first one.
func (d *Directory) hasState(r *Run, pipeline string) (bool, error) {
	infos, err := d.fs.List(d.PipelineDir(r, pipeline))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, f := range infos {
		if !f.Dir {
			return true, nil
		}
	}
	return false, err
}

func firstDifference(was, is string) string {
	a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
	for i := 0; i < len(a) || i < len(b); i++ {
		x, y := "(nothing)", "(nothing)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return "  was: " + strings.TrimSpace(x) + "\n  is:  " + strings.TrimSpace(y)
		}
	}
	return ""
}

// anew begins a run of a new identity, and then removes what no run needs any more.
func (d *Directory) anew(r *Run, plans map[string]string) error {
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	r.ID, r.Pipelines, r.Told = hex.EncodeToString(id), map[string]*RunOf{}, false
	for name, identity := range plans {
		p, err := d.begin(name, identity)
		if err != nil {
			return err
		}
		r.Pipelines[name] = p
	}
	if err := d.save(r); err != nil {
		return err
	}
	return d.sweep()
}

// sweep removes the directories of pipelines that no run has on record: of runs before the last of a
// script, of pipelines that it has no more, and what a crash has left of an earlier sweep.
func (d *Directory) sweep() error {
	// Those that are there are listed first: a run is on record before it makes any.
	root := filepath.Join(d.path, "pipelines")
	var there []string
	pipelines, err := d.list(root)
	if err != nil {
		return err
	}
	for _, p := range pipelines {
		runs, err := d.list(filepath.Join(root, p.Name))
		if err != nil {
			return err
		}
		for _, r := range runs {
			if r.Dir {
				there = append(there, filepath.Join(root, p.Name, r.Name))
			}
		}
	}
	needed := map[string]bool{}
	files, err := d.list(filepath.Join(d.path, "runs"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		b, err := d.read(filepath.Join(d.path, "runs", f.Name))
		if err != nil {
			return err
		}
		var r Run
		if r.parse(b) != nil {
			return nil // it cannot be told what another script needs; its start will say so
		}
		for name := range r.Pipelines {
			needed[d.PipelineDir(&r, name)] = true
		}
	}
	for _, dir := range there {
		switch {
		case epochlog.Removed(dir):
			err = epochlog.Finish(d.fs, dir)
		case !needed[dir]:
			err = epochlog.Remove(d.fs, dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// list lists a directory, which may not be there.
func (d *Directory) list(dir string) ([]vfs.Info, error) {
	infos, err := d.fs.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return infos, err
}

func (d *Directory) save(r *Run) error {
	r.Sum = r.sum()
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return d.replace(r.name, append(b, '\n'))
}

// SetFinished notes that a pipeline of the run has ended.
func (d *Directory) SetFinished(r *Run, pipeline string) error {
	r.Pipelines[pipeline].Finished = true
	return d.save(r)
}

// SetTold notes that whoever started the run knows that it is finished: the next start
// begins a new one.
func (d *Directory) SetTold(r *Run) error {
	r.Told = true
	return d.save(r)
}
