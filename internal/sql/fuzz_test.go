package sql

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeds are the statements of the golden files.
func seeds(f *testing.F) {
	files, err := filepath.Glob("testdata/golden/*")
	if err != nil || len(files) == 0 {
		f.Fatal("no golden files")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "\n\n") {
			_, block, _ = strings.Cut(block, "\n")
			input, _, ok := strings.Cut(block, "\n----\n")
			if ok {
				f.Add(input)
			}
		}
	}
}

// FuzzParse checks that no text makes the parser panic, that what it accepts
// comes back from its own text as the same tree, and that errors have a place in the text.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		script, err := Parse(src)
		checkPlaces(t, src, err)
		checkRoundTrip(t, script)
		for _, s := range script.Statements {
			_ = Validate(s)
			checkSpans(t, src, s)
		}
	})
}

// FuzzExpr does the like for expressions.
func FuzzExpr(f *testing.F) {
	for _, s := range []string{"a + b * c", "not a between 1 and 2", "cast(a as row<b int>)", "(a, b) in ((1, 2))", "u&'\\0041' 'b'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		x, err := ParseExpr(src)
		checkPlaces(t, src, err)
		if err != nil {
			return
		}
		text := Format(x)
		y, err := ParseExpr(text)
		if err != nil {
			t.Fatalf("%s\ndoes not parse: %v", text, err)
		}
		if d := difference(x, y); d != "" {
			t.Fatalf("%s\ndiffers: %s", text, d)
		}
	})
}

func checkPlaces(t *testing.T, src string, err error) {
	t.Helper()
	var list ErrorList
	if err == nil {
		return
	}
	if !errors.As(err, &list) || len(list) == 0 {
		t.Fatalf("%T is no ErrorList", err)
	}
	for _, e := range list {
		if e.Pos.Line < 1 || e.Pos.Column < 1 || e.Pos.Offset < 0 || e.Pos.Offset > len(src) || e.Msg == "" {
			t.Fatalf("%+v is no place in a text of %d bytes", e, len(src))
		}
	}
}

func checkRoundTrip(t *testing.T, script Script) {
	t.Helper()
	for _, s := range script.Statements {
		if _, ok := s.(*BeginStatementSet); ok {
			continue
		}
		text := Format(s)
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%s\ndoes not parse: %v", text, err)
		}
		if len(again.Statements) != 1 {
			t.Fatalf("%s\nis %d statements", text, len(again.Statements))
		}
		if d := difference(s, again.Statements[0]); d != "" {
			t.Fatalf("%s\ndiffers: %s", text, d)
		}
	}
}

// checkSpans checks that every node lies within the text and in the statement.
func checkSpans(t *testing.T, src string, s Statement) {
	t.Helper()
	nodes(s, func(n Node) {
		from, to := n.Pos(), n.End()
		if !from.IsValid() {
			return
		}
		if from.Offset > to.Offset || to.Offset > len(src) || from.Offset < s.Pos().Offset || to.Offset > s.End().Offset {
			t.Fatalf("%T at %v to %v in %v to %v of %q", n, from, to, s.Pos(), s.End(), src)
		}
	})
}
