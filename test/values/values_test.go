package values

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"tidemark.dev"
	"tidemark.dev/internal/plan"
)

// Every expression answers as Flink does, but for what differs on purpose.
func TestValues(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f.Path), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			const together = 40
			for i := 0; i < len(f.Cases); {
				j := i
				for j < len(f.Cases) && j-i < together && f.Cases[j].In == f.Cases[i].In {
					j++
				}
				check(t, dir, f, f.Cases[i:j])
				i = j
			}
		})
	}
}

// check compares cases together, and one by one if that does not say that all are right.
func check(t *testing.T, dir string, f *File, cases []*Case) {
	answers := answer(t, dir, cases)
	for i, c := range cases {
		var got Answer
		switch {
		case answers != nil && answers[i] == c.Want():
			continue
		case len(cases) > 1:
			got = answer(t, dir, cases[i:i+1])[0]
		default:
			got = answers[0]
		}
		if got != c.Want() {
			t.Errorf("%s:%d: %s\n  is   %s\n  want %s", f.Path, c.Line+1, c.Expr, got, c.Want())
		}
	}
}

// answer asks the engine; nil if not all of several succeed.
func answer(t *testing.T, dir string, cases []*Case) []Answer {
	fails := func(err error) []Answer {
		if len(cases) > 1 {
			return nil
		}
		return []Answer{{Fails: true}}
	}
	b, err := batch(cases, dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e, err := tidemark.Open(tidemark.Options{DataDir: t.TempDir(), Out: &out, Warn: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	script, err := e.Plan("values.sql", b.Before+b.query())
	if err != nil {
		return fails(err)
	}
	if _, err := e.Run(context.Background(), script, true); err != nil {
		return fails(err)
	}
	values, ok := b.values(out.String())
	if !ok {
		return fails(nil)
	}
	columns := script.Steps[len(script.Steps)-1].(*plan.Select).Columns
	list := make([]Answer, len(cases))
	for i := range list {
		list[i] = Answer{Type: columns[2*i].Type.Plain().String(), Value: values[i]}
	}
	return list
}
