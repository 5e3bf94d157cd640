package line

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/hinshun/vt10x"
)

// remembered is a history in memory.
type remembered struct{ entries []string }

func (r *remembered) Len() int           { return len(r.entries) }
func (r *remembered) Entry(i int) string { return r.entries[i] }
func (r *remembered) Add(text string)    { r.entries = append(r.entries, text) }

// typed gives bytes in pieces, as a terminal does.
type typed struct {
	pieces []string
	end    func() // is called when there is no more
}

func (t *typed) Read(p []byte) (int, error) {
	if len(t.pieces) == 0 {
		if t.end != nil {
			t.end()
		}
		return 0, io.EOF
	}
	n := copy(p, t.pieces[0])
	if t.pieces[0] = t.pieces[0][n:]; t.pieces[0] == "" {
		t.pieces = t.pieces[1:]
	}
	return n, nil
}

var names = strings.NewReplacer("<enter>", "\r", "<tab>", "\t", "<up>", "\x1b[A", "<down>", "\x1b[B", "<right>", "\x1b[C", "<left>", "\x1b[D",
	"<home>", "\x1b[H", "<end>", "\x1b[F", "<del>", "\x1b[3~", "<bs>", "\x7f", "<paste>", "\x1b[200~", "</paste>", "\x1b[201~",
	"<alt-b>", "\x1bb", "<alt-f>", "\x1bf", "<alt-d>", "\x1bd", "<alt-bs>", "\x1b\x7f", "<alt-enter>", "\x1b\r", "<cr>", "\r", "<lf>", "\n", "<esc>", "\x1b",
	"^A", "\x01", "^B", "\x02", "^C", "\x03", "^D", "\x04", "^E", "\x05", "^F", "\x06", "^G", "\x07", "^H", "\x08", "^K", "\x0b", "^L", "\x0c", "^N", "\x0e",
	"^P", "\x10", "^R", "\x12", "^T", "\x14", "^U", "\x15", "^W", "\x17", "^Y", "\x19")

// TestEditor runs the files of testdata. Each case types its lines, one after another, into an editor
// at a terminal, reads all texts that come of it, and shows the terminal: what was read, then the screen, with
// the cursor as a block. A text is complete when it ends with a semicolon.
//
//	type [columns=40] [rows=10] [bytewise]
func TestEditor(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			columns, height := 40, 10
			d.MaybeScanArgs(t, "columns", &columns)
			d.MaybeScanArgs(t, "rows", &height)
			var pieces []string
			for _, line := range strings.Split(d.Input, "\n") {
				line = names.Replace(line)
				if d.HasArg("bytewise") {
					pieces = append(pieces, strings.Split(line, "")...)
				} else {
					pieces = append(pieces, line)
				}
			}
			vt := vt10x.New(vt10x.WithSize(columns, height))
			last := ""
			e := editor(&typed{pieces, func() { last = screen(vt) }}, vt, columns, height)
			var b strings.Builder
			for {
				text, err := e.Read()
				if errors.Is(err, io.EOF) {
					if last == "" {
						b.WriteString("end\n")
						last = screen(vt)
					}
					break
				}
				if err != nil {
					fmt.Fprintf(&b, "%v\n", err)
					continue
				}
				fmt.Fprintf(&b, "read %q\n", text)
			}
			return b.String() + last
		})
	})
}

func editor(in io.Reader, out io.Writer, columns, height int) *Editor {
	return &Editor{In: in, Out: out, Size: func() (int, int) { return columns, height }, First: "> ", Next: "- ",
		Done:     func(text string) bool { return strings.HasSuffix(strings.TrimSpace(text), ";") },
		History:  &remembered{[]string{"select 1;", "select\n  2;", "show tables;"}},
		Complete: complete}
}

// complete knows some words.
func complete(before, _ string) (string, []string) {
	prefix := before[strings.LastIndexAny(before, " \n(")+1:]
	var list []string
	for _, w := range []string{"select", "session", "set", "語彙", "where"} {
		if strings.HasPrefix(w, strings.ToLower(prefix)) {
			list = append(list, w)
		}
	}
	return prefix, list
}

func screen(vt vt10x.Terminal) string {
	columns, height := vt.Size()
	cursor := vt.Cursor()
	var lines []string
	for y := range height {
		var b strings.Builder
		for x := range columns {
			r := vt.Cell(x, y).Char
			if r == 0 {
				r = ' '
			}
			if x == cursor.X && y == cursor.Y {
				r = '█'
			}
			b.WriteRune(r)
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// Keys that come in one piece with those before are not lost, wherever the piece is cut.
func TestNoKeyIsLost(t *testing.T) {
	keys := names.Replace("select 'é語';<cr>x<left>y<right>z;<cr>\x1b[200~a\r\nb\tc;\x1b[201~<cr>")
	want := []string{"select 'é語';", "yxz;", "a\nb\tc;"}
	for size := 1; size <= len(keys); size++ {
		var pieces []string
		for rest := keys; rest != ""; {
			n := min(size, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		e := editor(&typed{pieces: pieces}, io.Discard, 80, 24)
		for _, w := range want {
			if got, err := e.Read(); got != w || err != nil {
				t.Fatalf("in pieces of %d: read %q, %v; expected %q", size, got, err, w)
			}
		}
	}
}

// Whatever is typed, the editor neither panics nor hangs, and knows where its cursor is: what it
// draws is what it would draw on an empty terminal.
func FuzzEditor(f *testing.F) {
	for _, s := range []string{"select 1;\r", "a\x1b[D\x1b[3~\x15\x19", "\x12sel\x12\r", "\x1b[200~x", "sel\t\t\t", "語語語語語語語語語語語語\x1b[D\x7f",
		"\x1b[A\x1b[A\x1b[B\x0b\x0b\x17", "\x1b[1;5D\x1bb\x1bd\x1b\x7f", "\xff\xfe\x80", "\x1b[\x1b[[[A\x1bO\x1b[99999999999999999999999999999999999~"} {
		f.Add(s, byte(20), byte(5))
	}
	f.Fuzz(func(t *testing.T, keys string, columns, height byte) {
		w, h := int(columns)%60+4, int(height)%10+2
		e := editor(&typed{pieces: []string{keys}}, io.Discard, w, h)
		for range len(keys) + 1 {
			if _, err := e.Read(); errors.Is(err, io.EOF) {
				break
			}
		}
		if e.cursor < 0 || e.cursor > len(e.text) {
			t.Fatalf("the cursor is at %d of %d", e.cursor, len(e.text))
		}
	})
}
