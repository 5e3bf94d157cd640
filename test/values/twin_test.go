package values

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark.dev"
	"tidemark.dev/enginetest"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/twin"
	"tidemark.dev/types"
)

// The slow twin answers as the engine should. What it does not know, and what differs on purpose, is
// left out.
func TestTwin(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f.Path), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			known := 0
			for _, c := range f.Cases {
				got, ok := askTwin(t, dir, c)
				if !ok {
					continue
				}
				known++
				if c.Here == nil && got != c.Flink {
					t.Errorf("%s:%d: %s\n  is   %s\n  want %s", f.Path, c.Line+1, c.Expr, got, c.Flink)
				}
			}
			if known < len(f.Cases)/2 {
				t.Errorf("the twin knows %d of %d expressions", known, len(f.Cases))
			}
		})
	}
}

// askTwin computes one expression; not ok: the twin does not know it, or it was refused.
func askTwin(t *testing.T, dir string, c *Case) (Answer, bool) {
	b, err := batch([]*Case{c}, dir)
	if err != nil {
		t.Fatal(err)
	}
	e, err := tidemark.Open(tidemark.Options{DataDir: dir, Warn: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	script, err := e.Plan("values.sql", b.Before+b.query())
	if err != nil {
		return Answer{}, false
	}
	query := script.Steps[len(script.Steps)-1].(*plan.Select)
	r, err := twin.Run(query.Pipeline, twin.Input{Tables: tables(t, query.Pipeline, filepath.Join(dir, "t.json"))})
	switch {
	case err != nil && strings.Contains(err.Error(), "the twin"):
		return Answer{}, false
	case err != nil || len(r.Sinks[0].Changes) != 1:
		return Answer{Fails: true}, true
	}
	v, of := r.Sinks[0].Changes[0].Row[0], query.Columns[0].Type.Plain()
	if v.Null && of.NotNull {
		return Answer{Fails: true}, true
	}
	text := string(types.AppendText(nil, v, of))
	return Answer{Type: of.String(), Value: strings.ReplaceAll(strings.ReplaceAll(text, "\\", "\\\\"), "\n", "\\n")}, true
}

// tables are the rows of the one table that is scanned, if one is.
func tables(t *testing.T, p *plan.Pipeline, path string) map[string]*twin.Table {
	all := map[string]*twin.Table{}
	var visit func(n plan.Node)
	visit = func(n plan.Node) {
		for _, in := range n.Inputs() {
			visit(in)
		}
		scan, ok := n.(*plan.Scan)
		if !ok {
			return
		}
		line, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(line)))
		d.UseNumber()
		var row map[string]any
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		table := &twin.Table{}
		event := twin.Event{}
		for _, c := range scan.Table.Table.Schema {
			v, err := valueOf(row[c.Name], c.Type)
			if err != nil {
				t.Fatal(err)
			}
			table.Columns = append(table.Columns, c.Name)
			event.Row = append(event.Row, v)
		}
		table.Events = []twin.Event{event}
		all[scan.Table.Table.Name] = table
	}
	for _, s := range p.Sinks {
		visit(s)
	}
	return all
}

// valueOf reads a member of the JSON row.
func valueOf(x any, t types.Type) (v types.Value, err error) {
	text, isText := x.(string)
	object, isObject := x.(map[string]any)
	list, isList := x.([]any)
	add := func(x any, t types.Type) {
		e, wrong := valueOf(x, t)
		v.Elems, err = append(v.Elems, e), errors.Join(err, wrong)
	}
	switch {
	case isText && t.IsBytes():
		b, err := base64.StdEncoding.DecodeString(text)
		return types.Text(string(b)), err
	case isText && t.Kind == types.TimestampLTZ:
		return enginetest.ValueOf(strings.TrimSuffix(text, "Z"), t)
	case t.Kind == types.Float && x != nil:
		v, err := enginetest.ValueOf(x, t)
		return types.Float64(float64(float32(v.F))), err
	case isObject && t.Kind == types.Row:
		for _, f := range t.Fields {
			add(object[f.Name], f.Type)
		}
		return v, err
	case isObject:
		element := *t.Elem
		if t.Kind == types.Multiset {
			element = types.TInt
		}
		for _, k := range slices.Sorted(maps.Keys(object)) {
			v.Elems = append(v.Elems, types.Text(k))
			add(object[k], element)
		}
		return v, err
	case isList && t.Kind == types.Array:
		v.Elems = []types.Value{}
		for _, x := range list {
			add(x, *t.Elem)
		}
		return v, err
	}
	return enginetest.ValueOf(x, t)
}
