package memory

import (
	"errors"
	"strings"
	"testing"
)

// TestRoom: sources wait for what is in flight to drain, and not for state, which does not.
func TestRoom(t *testing.T) {
	for _, c := range []struct {
		name           string
		state, buffers int64
		room           bool
	}{
		{"empty", 0, 0, true},
		{"below the share", 500, 349, true},
		{"buffers", 0, 850, false},
		{"half and half", 450, 400, false},
		{"state alone", 900, 0, true},
		{"state, and hardly anything else", 900, 50, true},
		{"state, and some that drains", 900, 51, false},
	} {
		process := NewAccount("the process", 1000, nil)
		for _, a := range []*Account{NewAccount("pipeline p", 1000, nil), NewAccount("pipeline p", 0, process)} {
			if err := a.Hold(c.state); err != nil {
				t.Fatal(err)
			}
			a.Add(c.buffers)
			if got := a.Room(0.85); got != c.room {
				t.Errorf("%s: room is %v", c.name, got)
			}
			a.Hold(-c.state)
			a.Add(-c.buffers)
		}
		if process.Used() != 0 || process.held.Load() != 0 {
			t.Errorf("%s: %d bytes are left, %d of them state", c.name, process.Used(), process.held.Load())
		}
	}
}

// TestAddIsCountedBeyondTheBudget: what is there is given back as it was taken.
func TestAddIsCountedBeyondTheBudget(t *testing.T) {
	a := NewAccount("pipeline p", 100, NewAccount("the process", 0, nil))
	if !a.Add(60) || a.Add(60) || a.Used() != 120 || a.Peak() != 120 {
		t.Errorf("%d bytes are used", a.Used())
	}
	if a.Charge(1) {
		t.Error("there was room for one more")
	}
	a.Add(-120)
	if a.Used() != 0 || a.parent.Used() != 0 {
		t.Errorf("%d bytes are left", a.Used())
	}
}

// TestOverBudgetSaysWhose: the error names the pipeline, whose limit it is, the figures and the way out.
func TestOverBudgetSaysWhose(t *testing.T) {
	process := NewAccount("the process", 1000, nil)
	other, p, bounded := NewAccount("pipeline o", 0, process), NewAccount("pipeline p", 0, process), NewAccount("pipeline b", 100, process)
	if err := errors.Join(other.Hold(600), p.Hold(100)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a    *Account
		want []string
	}{
		{p, []string{"pipeline p needs 400 more bytes", "the process has 700 of 1000 bytes in use, 700 of them for state", "tidemark.memory.budget"}},
		{bounded, []string{"pipeline b needs 400 more bytes", "0 of its memory budget of 100 bytes", "SET 'tidemark.memory.budget'"}},
	} {
		err := c.a.Must(400)
		var over *OverBudget
		if !errors.As(err, &over) {
			t.Fatal(err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q is not in %q", w, err)
			}
		}
	}
}
