package job

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tidemark.dev/internal/vfs"
)

// grow makes what a run of a pipeline leaves: a log, and files of its connectors, some levels down.
func grow(t *testing.T, fs vfs.FS, dir string) (files []string) {
	t.Helper()
	for _, name := range []string{"epochs-0000000000000001.log", "run-0000000000000001.state", "operators/1/a/staged", "operators/1/b", "operators/2/x"} {
		path := filepath.Join(dir, name)
		if err := fs.MkdirAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		f, err := fs.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(name))
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if err := fs.SyncDir(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	return files
}

func below(t *testing.T, fs vfs.FS, dir string) (all []string) {
	t.Helper()
	infos, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range infos {
		if name := filepath.Join(dir, f.Name); f.Dir {
			all = append(append(all, name), below(t, fs, name)...)
		} else {
			all = append(all, name)
		}
	}
	return all
}

// TestFreshRemovesAll: a run that begins anew removes the directories of the one before, with all
// that is in them, also those of pipelines that it has no more, and none of another script. Wherever the
// process ends meanwhile, the next start goes on with a whole directory, and leaves no other.
func TestFreshRemovesAll(t *testing.T) {
	plans := map[string]string{"s.p": "plan p", "s.q": "plan q"}
	for stop := 0; ; stop++ {
		fs := vfs.NewFaulty(uint64(stop))
		open := func() *Directory {
			d, err := OpenDirectory(fs, "/data")
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := open()
		begin := func(script string, plans map[string]string) (r *Run, files []string) {
			r, err := d.Begin(script, plans, true)
			if err != nil {
				t.Fatal(err)
			}
			for name := range plans {
				files = append(files, grow(t, fs, d.PipelineDir(r, name))...)
			}
			return r, files
		}
		_, others := begin("other", map[string]string{"other.p": "plan"})
		old, files := begin("s", plans)

		fs.StopAfter(stop)
		fewer := map[string]string{"s.p": "plan p"}
		_, err := d.Begin("s", fewer, true)
		done := !fs.Stopped()
		if done && err != nil {
			t.Fatal(err)
		}
		fs.Crash()
		d = open()
		r, err := d.Begin("s", fewer, false)
		if err != nil {
			t.Fatalf("stop %d: %v", stop, err)
		}
		left := strings.Join(below(t, fs, "/data/pipelines"), "\n") + "\n"
		for _, name := range others {
			if !strings.Contains(left, name+"\n") {
				t.Fatalf("stop %d: %s of another script is gone:\n%s", stop, name, left)
			}
		}
		for _, name := range files {
			// Either the old run goes on, with all of its files, or nothing of it is there.
			goesOn := r.ID == old.ID && strings.Contains(name, "/s.p/")
			if there := strings.Contains(left, name+"\n"); there != goesOn {
				t.Fatalf("stop %d: run %s goes on (the old one is %s), %s is there: %v\n%s", stop, r.ID, old.ID, name, there, left)
			}
		}
		if strings.Contains(left, ".removed") || strings.Contains(left, "s.q/"+old.ID) {
			t.Fatalf("stop %d: something is left:\n%s", stop, left)
		}
		if done {
			if stop < 20 {
				t.Fatalf("it took %d steps only", stop)
			}
			break
		}
	}
}

// TestSweepKeepsWhatItCannotJudge: while the record of one script is damaged, nothing is removed.
func TestSweepKeepsWhatItCannotJudge(t *testing.T) {
	fs := vfs.NewFaulty(1)
	d, err := OpenDirectory(fs, "/data")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Begin("a", map[string]string{"a.p": "plan"}, true)
	if err != nil {
		t.Fatal(err)
	}
	dir := d.PipelineDir(r, "a.p")
	grow(t, fs, dir)
	if err := d.replace("/data/runs/a.json", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Begin("b", map[string]string{"b.p": "plan"}, true); err != nil {
		t.Fatal(err)
	}
	if n := len(below(t, fs, dir)); n < 5 {
		t.Fatal(fmt.Sprint("of the other script's directory there are left ", n))
	}
}
