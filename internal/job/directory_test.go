package job

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tidemark.dev/internal/vfs"
)

var plans = map[string]string{"s.a": "plan of a", "s.b": "plan of b"}

// begun is a directory with an unfinished run, and the bytes of its record.
func begun(t *testing.T) (*vfs.Faulty, *Run, []byte) {
	t.Helper()
	sys := vfs.NewFaulty(1)
	d, err := OpenDirectory(sys, "/data")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r, err := d.Begin("s", plans, false)
	if err == nil {
		err = d.SetFinished(r, "s.a")
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.read("/data/runs/s.json")
	if err != nil {
		t.Fatal(err)
	}
	return sys, r, b
}

// Whatever bit of the record of a run is turned, the run is either resumed as it was, or
// refused with the file's name; and --fresh always helps.
func TestDamagedRecord(t *testing.T) {
	sys, run, record := begun(t)
	refused := 0
	for bit := range 8 * len(record) {
		damaged := append([]byte(nil), record...)
		damaged[bit/8] ^= 1 << (bit % 8)
		d, err := OpenDirectory(sys, "/data")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.replace("/data/runs/s.json", damaged); err != nil {
			t.Fatal(err)
		}
		got, err := d.Begin("s", plans, false)
		if err != nil {
			refused++
			if text := err.Error(); !strings.Contains(text, "/data/runs/s.json is damaged") || !strings.Contains(text, "--fresh") {
				t.Fatalf("bit %d: %v", bit, err)
			}
		} else if got.ID != run.ID || !reflect.DeepEqual(got.Pipelines, run.Pipelines) {
			t.Fatalf("bit %d: resumed as %+v", bit, got)
		}
		if fresh, err := d.Begin("s", plans, true); err != nil || fresh.ID == run.ID {
			t.Fatalf("bit %d: --fresh: %v", bit, err)
		}
		d.Close()
	}
	if refused < 7*len(record) {
		t.Errorf("only %d of %d damages were refused", refused, 8*len(record))
	}
}

// What a start finds, by what the start before has left.
func TestBegin(t *testing.T) {
	for _, c := range []struct {
		name   string
		plans  map[string]string
		fresh  bool
		finish []string
		told   bool
		state  bool // they have come to an epoch
		want   string
	}{
		{name: "the same", plans: plans, want: "resumed"},
		{name: "a pipeline is finished", plans: plans, finish: []string{"s.a"}, want: "resumed without s.a"},
		{name: "all are finished", plans: plans, finish: []string{"s.a", "s.b"}, told: true, want: "anew"},
		{name: "fresh", plans: plans, fresh: true, want: "anew"},
		{name: "another plan before the first epoch", plans: map[string]string{"s.a": "plan of x", "s.b": "plan of b"}, want: "resumed"},
		{name: "another plan", plans: map[string]string{"s.a": "plan of x", "s.b": "plan of b"}, state: true,
			want: "the plan of pipeline s.a is another than when it was interrupted"},
		{name: "another plan of a finished one", plans: map[string]string{"s.a": "plan of x", "s.b": "plan of b"}, finish: []string{"s.a"}, state: true, want: "resumed without s.a"},
		{name: "a pipeline more", plans: map[string]string{"s.a": "plan of a", "s.b": "plan of b", "s.c": "plan of c"}, want: "resumed"},
		{name: "a pipeline less", plans: map[string]string{"s.a": "plan of a"}, want: "resumed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := OpenDirectory(vfs.NewFaulty(1), "/data")
			if err != nil {
				t.Fatal(err)
			}
			r, err := d.Begin("s", plans, false)
			if err != nil {
				t.Fatal(err)
			}
			id := r.ID
			for p := range plans {
				if log := d.PipelineDir(r, p) + "/epochs-0000000000000001.log"; c.state {
					if err := d.replace(log, []byte("an epoch")); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, p := range c.finish {
				if err := d.SetFinished(r, p); err != nil {
					t.Fatal(err)
				}
			}
			if c.told {
				if err := d.SetTold(r); err != nil {
					t.Fatal(err)
				}
			}
			got := ""
			switch r, err := d.Begin("s", c.plans, c.fresh); {
			case err != nil:
				got = err.Error()
			case r.ID != id:
				got = "anew"
			default:
				got = "resumed"
				for p := range c.plans {
					if r.Pipelines[p].Finished {
						got += " without " + p
					}
				}
				if len(r.Pipelines) != len(c.plans) {
					t.Errorf("%d pipelines are remembered, the script has %d", len(r.Pipelines), len(c.plans))
				}
			}
			if !strings.HasPrefix(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestOneProcess(t *testing.T) {
	sys := vfs.NewFaulty(1)
	d, err := OpenDirectory(sys, "/data")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDirectory(sys, "/data"); err == nil || !strings.Contains(err.Error(), "/data") {
		t.Errorf("a second process: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d, err = OpenDirectory(sys, "/data")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.replace("/data/VERSION", []byte("99\n")); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err = OpenDirectory(sys, "/data"); err == nil || !strings.Contains(fmt.Sprint(err), `version "99"`) {
		t.Errorf("another version: %v", err)
	}
}
