package file

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/types"
)

func read(t *testing.T, sys vfs.FS, columns []connector.Column, partitions []string, options map[string]string, max, restart int) (string, error) {
	t.Helper()
	tab, problems := table(New(sys), columns, partitions, options)
	if len(problems) > 0 {
		return "", problems[0]
	}
	s, err := New(sys).NewSource(tab)
	if err != nil {
		return "", err
	}
	rows, err := readAll(t, s, columns, max, restart)
	return strings.Join(rows, "; "), err
}

// What Flink 2.3 reads of such files, which is recorded in the names of the cases.
func TestLines(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a last line without its end counts", "1\n2", "f:1 1; f:2 2"},
		{"carriage return before the end is none of the line", "1\r\n2\r\n3\r", "f:1 1; f:2 2; f:3 3"},
		{"empty lines are counted as lines", "1\n\n\r\n2\n", "f:1 1; f:4 2"},
		{"an empty file has no line", "", ""},
		{"only a line end", "\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, max := range []int{1, 2, 1024} {
				sys := vfs.NewFaulty(1)
				put(t, sys, "/d/f", c.text)
				got, err := read(t, sys, []connector.Column{columnA}, nil, map[string]string{"path": "/d/f"}, max, 1)
				if err != nil || got != c.want {
					t.Errorf("batches of %d: %q %v, want %q", max, got, err, c.want)
				}
			}
		})
	}
}

// Which files Flink 2.3 reads of a directory.
func TestListing(t *testing.T) {
	sys := vfs.NewFaulty(1)
	for i, name := range []string{"b.json", "a.json", "_x.json", ".x.json", "sub/c.json", "_hid/c.json", ".hid/c.json", "sub/deep/d.txt"} {
		put(t, sys, "/t/d/"+name, fmt.Sprint(i+1))
	}
	for _, c := range []struct{ name, path, pattern, want string }{
		{"sorted, all depths, hidden ones left out", "/t/d", "", "a.json:1 2; b.json:1 1; sub/c.json:1 5; sub/deep/d.txt:1 8"},
		{"as a URI", "file:///t/d/sub", "", "c.json:1 5; deep/d.txt:1 8"},
		{"as a URI with one slash", "file:/t/d/sub/", "", "c.json:1 5; deep/d.txt:1 8"},
		{"one file", "/t/d/b.json", "", "b.json:1 1"},
		{"the pattern matches whole paths", "/t/d", ".*a.json", "a.json:1 2"},
		{"a part is not enough", "/t/d", "a.json", ""},
		{"nor do alternatives escape", "/t/d", "/t/d/a|b.json|.*c.json", "sub/c.json:1 5"},
		{"the pattern does not uncover hidden files", "/t/d", "/t/d/.*[._]x.json", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := map[string]string{"path": c.path}
			if c.pattern != "" {
				options["source.path.regex-pattern"] = c.pattern
			}
			got, err := read(t, sys, []connector.Column{columnA}, nil, options, 10, 0)
			if err != nil || got != c.want {
				t.Errorf("%q %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	sys := vfs.NewFaulty(1)
	put(t, sys, "/d/_f", "1")
	put(t, sys, "/d/f", "1")
	put(t, sys, "/p/x/f", "1")
	put(t, sys, "/q/f", "1")
	for _, c := range []struct {
		options    string
		partitions []string
		want       string
	}{
		{"path=/none", nil, "table t: stat /none: file does not exist"},
		{"path=s3://bucket/x", nil, "option 'path' = 's3://bucket/x': only local files are supported, not 's3:'"},
		{"path=file://host/x", nil, "option 'path' = 'file://host/x': a file URI with a host is not supported; write file:///absolute/path"},
		{"path=/d/_f", nil, "table t: /d/_f is not read, since names that begin with '.' or '_' are hidden files; rename it"},
		{"path=/p", []string{"p"}, "table t: /p/x lies outside of the partitions: expected directories named p=..."},
		{"path=/q", []string{"p"}, "table t: /q/f lies outside of the partitions: expected directories named p=..."},
		{"path=/q/f", []string{"p"}, "table t: /q/f is a file; a partitioned table needs a directory"},
		{"path=/d source.path.regex-pattern=(", nil, "option 'source.path.regex-pattern' = '(': expected a regular expression in the syntax of RE2: error parsing regexp: missing closing ): `(`"},
		{"path=/d source.monitor-interval=0s", nil, "option 'source.monitor-interval' = '0s': expected more than 0"},
		{"path=/d sink.rolling-policy.check-interval=0s", nil, "option 'sink.rolling-policy.check-interval' = '0s': expected more than 0"},
	} {
		options := map[string]string{}
		for _, o := range strings.Fields(c.options) {
			k, v, _ := strings.Cut(o, "=")
			options[k] = v
		}
		_, err := read(t, sys, []connector.Column{columnA, columnP}, c.partitions, options, 10, 0)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.options, err, c.want)
		}
	}
}

func TestErrorNamesFileAndLineAndCanBeSkipped(t *testing.T) {
	sys := vfs.NewFaulty(1)
	put(t, sys, "/d/f", "1\n2\nbad\n4\n")
	tab, _ := table(New(sys), []connector.Column{columnA}, nil, map[string]string{"path": "/d"})
	s, err := New(sys).NewSource(tab)
	must(t, err)
	splits, err := s.Splits(context.Background())
	must(t, err)
	r, err := s.OpenSplit(context.Background(), splits[0], nil, connector.Env{})
	must(t, err)
	b := batch([]connector.Column{columnA})
	_, err = r.Read(b, 10)
	if want := `file /d/f line 3: bad (byte 0 of the record "bad")`; err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	if b.Len() != 2 {
		t.Errorf("%d rows before the bad one", b.Len())
	}
	b = batch([]connector.Column{columnA})
	status, err := r.Read(b, 10)
	must(t, err)
	if status != connector.Ended || b.Len() != 1 || b.Cols[0].Int64s()[0] != 4 || b.Pos[0] != 4 {
		t.Errorf("behind the bad one: %v, %d rows", status, b.Len())
	}
}

func TestMetadata(t *testing.T) {
	sys := vfs.NewFaulty(1)
	sys.SetClock(func() time.Time { return time.UnixMilli(1234) })
	put(t, sys, "/d/some-longer-name.txt", "1\n2")
	columns := []connector.Column{
		{Name: "p", Type: types.TString.Required(), Metadata: "file.path"},
		columnA,
		{Name: "n", Type: types.TString.Required(), Metadata: "file.name"},
		{Name: "s", Type: types.TBigInt.Required(), Metadata: "file.size"},
		{Name: "m", Type: types.TTimestampLTZ(3).Required(), Metadata: "file.modification-time"},
	}
	got, err := read(t, sys, columns, nil, map[string]string{"path": "/d"}, 10, 0)
	must(t, err)
	row := func(line int) string {
		return fmt.Sprintf("some-longer-name.txt:%d /d/some-longer-name.txt %d some-longer-name.txt 3 1970-01-01T00:00:01.234Z", line, line)
	}
	if want := row(1) + "; " + row(2); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestRelativePathsShowAsAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	must(t, os.WriteFile("f", []byte("1"), 0o644))
	columns := []connector.Column{{Name: "p", Type: types.TString, Metadata: "file.path"}, columnA}
	got, err := read(t, vfs.Disk, columns, nil, map[string]string{"path": "."}, 10, 0)
	here, _ := os.Getwd()
	if want := "f:1 " + filepath.Join(here, "f") + " 1"; err != nil || got != want {
		t.Errorf("%s %v, want %s", got, err, want)
	}
}

func TestPartitions(t *testing.T) {
	sys := vfs.NewFaulty(1)
	put(t, sys, "/d/n=1/p=a%2Fb/f", "10")
	put(t, sys, "/d/n=2/p=__DEFAULT_PARTITION__/deep/f", "20")
	put(t, sys, "/d/p=x/n=-3/f", "30")
	columns := []connector.Column{columnP, columnA, {Name: "n", Type: types.TInt}}
	got, err := read(t, sys, columns, []string{"n", "p"}, map[string]string{"path": "/d"}, 10, 0)
	must(t, err)
	if want := "n=1/p=a%2Fb/f:1 a/b 10 1; n=2/p=__DEFAULT_PARTITION__/deep/f:1 null 20 2; p=x/n=-3/f:1 x 30 -3"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	got, err = read(t, sys, columns, []string{"n", "p"}, map[string]string{"path": "/d", "partition.default-name": "x"}, 10, 0)
	must(t, err)
	if want := "p=x/n=-3/f:1 null 30 -3"; !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwant ...%s", got, want)
	}
	put(t, sys, "/d/n=oops/p=x/f", "40")
	_, err = read(t, sys, columns, []string{"n", "p"}, map[string]string{"path": "/d"}, 10, 0)
	if want := "table t: file /d/n=oops/p=x/f: partition column 'n': 'oops' is no value of its type"; err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// Files with lines of all lengths, around the size of a block too, read in batches of
// any size and with any restarts give the same rows.
func TestReadingIsTheSameHoweverItIsCut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 20 {
		var text, want strings.Builder
		for line := 1; text.Len() < 3*blockSize; line++ {
			length := random.IntN(2000)
			if random.IntN(50) == 0 {
				length = blockSize - 2 + random.IntN(5)
			}
			row := strings.Repeat("x", length)
			ends := []string{"\n", "\r\n"}[random.IntN(2)]
			fmt.Fprintf(&text, "%s%s", row, ends)
			if length > 0 {
				fmt.Fprintf(&want, "%d:%d ", line, length)
			}
		}
		sys := vfs.NewFaulty(1)
		put(t, sys, "/d/f", strings.TrimSuffix(text.String(), []string{"\n", ""}[round%2]))
		columns := []connector.Column{columnP}
		tab, _ := table(New(sys), columns, nil, map[string]string{"path": "/d"})
		s, err := New(sys).NewSource(tab)
		must(t, err)
		rows, err := readAll(t, s, columns, []int{1, 3, 100, 2048}[round%4], round%3)
		must(t, err)
		var got strings.Builder
		for _, r := range rows {
			var line int
			var x string
			fmt.Sscanf(r, "f:%d %s", &line, &x)
			fmt.Fprintf(&got, "%d:%d ", line, len(x))
		}
		if got.String() != want.String() {
			t.Fatalf("round %d: %d rows differ", round, len(rows))
		}
	}
}

// A file that grew is read to the size it had; one that shrank is refused.
func TestFileThatChanged(t *testing.T) {
	sys := vfs.NewFaulty(1)
	put(t, sys, "/d/f", "1\n2\n")
	columns := []connector.Column{columnA}
	open := func(at []byte) (connector.Reader, error) {
		tab, _ := table(New(sys), columns, nil, map[string]string{"path": "/d"})
		s, err := New(sys).NewSource(tab)
		must(t, err)
		must(t, s.Open(context.Background(), connector.Env{}))
		return s.OpenSplit(context.Background(), connector.Split{ID: "f", Name: "file /d/f"}, at, connector.Env{})
	}
	r, err := open(nil)
	must(t, err)
	_, err = r.Read(batch(columns), 1)
	must(t, err)
	at := r.Position()

	f, _ := sys.Append("/d/f")
	f.Write([]byte("3\n"))
	r, err = open(at)
	must(t, err)
	b := batch(columns)
	if status, err := r.Read(b, 10); status != connector.Ended || err != nil || b.Len() != 1 {
		t.Errorf("%v %v, %d rows of a file that grew", status, err, b.Len())
	}
	must(t, sys.Truncate("/d/f", 3))
	if _, err = open(at); err == nil || !strings.Contains(err.Error(), "file /d/f has 3 bytes, but had 4 when it was first read") {
		t.Errorf("a file that shrank: %v", err)
	}
	for _, damaged := range []string{"", "\x02\x00", "\x01\x80", "\x01\x05\x00\x02\x00", "\x01\x00\x00\x02\x00\x00"} {
		if _, err := open([]byte(damaged)); err == nil {
			t.Errorf("position %x was taken", damaged)
		}
	}
}

func TestMonitor(t *testing.T) {
	sys, clock := vfs.NewFaulty(1), newClock()
	put(t, sys, "/d/b", "1")
	c := clock.connector(sys)
	tab, _ := table(c, []connector.Column{columnA}, nil, map[string]string{"path": "/d", "source.monitor-interval": "10 s"})
	s, err := c.NewSource(tab)
	must(t, err)
	if s.Bounded() {
		t.Error("bounded")
	}
	list := func() (ids string) {
		splits, err := s.Splits(context.Background())
		must(t, err)
		for _, s := range splits {
			ids += s.ID
		}
		return ids
	}
	list()
	put(t, sys, "/d/a", "2")
	clock.pass(9 * time.Second)
	if got := list(); got != "b" {
		t.Errorf("after 9 s: %s", got)
	}
	clock.pass(time.Second)
	if got := list(); got != "ba" {
		t.Errorf("after 10 s: %s", got)
	}
}

func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	text := ""
	for i := 0; len(text) < 8<<20; i++ {
		text += strings.Repeat(fmt.Sprintf("%099d\n", i), 1000)
	}
	must(b, os.WriteFile(dir+"/f", []byte(text), 0o644))
	b.SetBytes(int64(len(text)))
	columns := []connector.Column{}
	for range b.N {
		tab, _ := table(Connector, columns, nil, map[string]string{"path": dir})
		s, err := Connector.NewSource(tab)
		must(b, err)
		splits, _ := s.Splits(context.Background())
		r, err := s.OpenSplit(context.Background(), splits[0], nil, connector.Env{})
		must(b, err)
		for status := connector.Ready; status != connector.Ended; {
			batch := batch(columns)
			if status, err = r.Read(batch, 2048); err != nil {
				b.Fatal(err)
			}
		}
		must(b, r.Close())
	}
}
