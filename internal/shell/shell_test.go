package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/internal/engine"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// TestComplete runs testdata/complete: "tables" makes tables, "complete" shows what may stand where the
// text has its bar, with the prefix that is replaced.
func TestComplete(t *testing.T) {
	s := shell(t, Options{})
	datadriven.RunTest(t, "testdata/complete", func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd == "tables" {
			if code := s.Script("tables", d.Input); code != Done {
				d.Fatalf(t, "it ended with %d", code)
			}
			return ""
		}
		before, behind, _ := strings.Cut(d.Input, "|")
		w := &words{s.session.Catalog(), []string{"ABS", "CHAR_LENGTH", "UPPER"}}
		prefix, list := w.complete(before, before+behind)
		if n := len(list); n > 12 {
			list = append(list[:12], fmt.Sprintf("... and %d more", n-12))
		}
		return fmt.Sprintf("%q: %s\n", prefix, strings.Join(list, " "))
	})
}

func shell(t *testing.T, o Options) *Shell {
	t.Helper()
	var err error
	if o.In, err = os.Open(os.DevNull); err != nil {
		t.Fatal(err)
	}
	if o.Out == nil {
		if o.Out, err = os.Create(filepath.Join(t.TempDir(), "out")); err != nil {
			t.Fatal(err)
		}
	}
	o.Engine = engine.Options{DataDir: t.TempDir()}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestWhatIsComplete(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, " \n ": true, "SELECT 1": false, "SELECT 1;": true, "SELECT ';": false, "SELECT 1; SELECT": false,
		"quit": true, "QUIT;": true, "help": true, "help function upper": true, "? upper": true, "exit now": false,
		"help\nme": false, "-- only this": true, "/* open": false, "begin statement set;": false,
	} {
		if got := complete(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func held(f *fold) (list []string) {
	f.each(func(line []byte) { list = append(list, string(line)) })
	return list
}

// What replaces a line stands in its place, equal lines are counted, and what is taken back before
// it is there changes nothing.
func TestFold(t *testing.T) {
	f := newFold(false)
	for _, x := range []string{"a", "b", "b", "c"} {
		f.add([]byte(x), -1)
	}
	f.add([]byte("A"), f.remove([]byte("a")))
	f.remove([]byte("b"))
	f.remove([]byte("nothing"))
	f.add([]byte("d"), f.remove([]byte("nothing")))
	if got := held(f); !slices.Equal(got, []string{"A", "b", "c", "d"}) {
		t.Error(got)
	}
}

// A row that is updated a million times takes the room of one.
func TestFoldIsAsLargeAsItsResult(t *testing.T) {
	f := newFold(false)
	f.add([]byte("first"), -1)
	for i := range 100_000 {
		line := []byte(fmt.Sprint(i))
		f.add(line, -1)
		if i%10 > 0 {
			f.remove(line)
		}
	}
	f.add([]byte("FIRST"), f.remove([]byte("first")))
	got := held(f)
	if len(got) != 10_001 || got[0] != "FIRST" || got[10_000] != "99990" {
		t.Errorf("%d lines, from %s to %s", len(got), got[0], got[len(got)-1])
	}
	if len(f.lines) > 45_000 {
		t.Errorf("%d places are kept for %d lines", len(f.lines), len(got))
	}
	if want := (5 + 48) + 10_000*(5+48); f.bytes > want || f.bytes < want/2 {
		t.Errorf("%d bytes are counted", f.bytes)
	}
}

func batch(kinds []vector.Kind, numbers ...int64) *vector.Batch {
	col := vector.NewBuilder(types.TBigInt, len(numbers))
	for _, n := range numbers {
		col.AppendInt64(n)
	}
	b := vector.NewBatch(len(numbers), col)
	b.Kinds = kinds
	return b
}

func written(t *testing.T, o Output, final, bounded bool, batches ...*vector.Batch) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := newResult(newScreen(f, f), o, []types.Field{{Name: "n", Type: types.TBigInt}}, types.UTC, final, bounded)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := r.take(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.end(nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Changes of a query without end carry their kinds, unless there is only one.
func TestUnboundedResults(t *testing.T) {
	changes := batch([]vector.Kind{vector.Insert, vector.UpdateBefore, vector.UpdateAfter, vector.Delete}, 1, 1, 2, 2)
	for _, c := range []struct {
		output Output
		final  bool
		want   string
	}{
		{Table, true, "+------------+\n|          n |\n+------------+\n|          1 |\n|          2 |\n+------------+\n"},
		{JSON, true, "{\"n\":1}\n{\"n\":2}\n"},
		{CSV, true, "n\n1\n2\n"},
		{Table, false, "+----+------------+\n| op |          n |\n+----+------------+\n| +I |          1 |\n| -U |          1 |\n| +U |          2 |\n| -D |          2 |\n+----+------------+\n"},
		{JSON, false, `{"op":"+I","row":{"n":1}}` + "\n" + `{"op":"-U","row":{"n":1}}` + "\n" + `{"op":"+U","row":{"n":2}}` + "\n" + `{"op":"-D","row":{"n":2}}` + "\n"},
		{CSV, false, "op,n\n+I,1\n-U,1\n+U,2\n-D,2\n"},
	} {
		in := changes
		if c.final {
			in = batch(nil, 1, 2)
		}
		if got := written(t, c.output, c.final, false, in); got != c.want {
			t.Errorf("%s, final %v:\n%s", c.output, c.final, got)
		}
	}
}

// What is too large to be kept is shown as it comes, and all of it.
func TestLargeTablesSpill(t *testing.T) {
	const each, times = 1 << 16, 16
	numbers := make([]int64, each)
	for i := range numbers {
		numbers[i] = int64(i)
	}
	var batches []*vector.Batch
	for range times {
		batches = append(batches, batch(nil, numbers...))
	}
	last := batch(nil, 123456789012345)
	text := written(t, Table, true, true, append(batches, last)...)
	if n := strings.Count(text, "\n"); n != each*times+1+4 {
		t.Errorf("%d lines", n)
	}
	if !strings.HasSuffix(text, "| 123456789012345 |\n+-----------------+\n") {
		t.Errorf("it ends with %q", text[len(text)-80:])
	}
}

func TestCut(t *testing.T) {
	const text = "ab日本cd"
	for _, c := range []struct {
		left, columns int
		want          string
	}{
		{0, 20, "ab日本cd"}, {0, 3, "ab "}, {0, 4, "ab日"}, {3, 4, " 本c"}, {3, 2, "  "}, {4, 3, "本c"}, {8, 3, ""}, {20, 3, ""},
	} {
		if got := cut(text, c.left, c.columns); got != c.want {
			t.Errorf("cut from %d, %d wide: %q, expected %q", c.left, c.columns, got, c.want)
		}
	}
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain é 日": "plain é 日", "a\nb\tc\r": `a\nb\tc\r`, "\x1b[2J": `\u001b[2J`, "\x00": `\u0000`, "\xff": `\xff`,
		"\u202eabc": `\u202eabc`, "\u0085": `\u0085`,
	} {
		if got := string(appendVisible(nil, text)); got != want {
			t.Errorf("%q: %s, expected %s", text, got, want)
		}
	}
}

// The history is there again, statements of several lines too; it is cut when it is long, and a file
// that is damaged loses only what is.
func TestHistory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "tidemark", "sql_history")
	h := openHistory(file)
	for _, text := range []string{"SELECT 1;", "SELECT\n  'é';", "SELECT\n  'é';", "  ", "quit"} {
		h.Add(text)
	}
	want := []string{"SELECT 1;", "SELECT\n  'é';", "quit"}
	if h = openHistory(file); !slices.Equal(h.entries, want) {
		t.Errorf("%q", h.entries)
	}
	f, _ := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString("{garbage\n\"SELECT 2;\"\n\"cut")
	f.Close()
	if h = openHistory(file); !slices.Equal(h.entries, append(want, "SELECT 2;")) {
		t.Errorf("%q", h.entries)
	}
	for i := range 2*keptHistory + 10 {
		h.Add(fmt.Sprintf("SELECT %d;", i))
	}
	if h = openHistory(file); h.Len() != keptHistory || h.Entry(h.Len()-1) != fmt.Sprintf("SELECT %d;", 2*keptHistory+9) {
		t.Errorf("%d entries", h.Len())
	}
	if again := openHistory(file); again.Len() != keptHistory {
		t.Errorf("%d entries are in the file", again.Len())
	}
}
