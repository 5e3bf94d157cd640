package main

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedSession types what docs/sql-shell.md shows of a session, and sees the rest of it. With -rewrite the
// page shows what came.
func TestDocumentedSession(t *testing.T) {
	const page, begin = "../../docs/sql-shell.md", "```text\n$ tidemark sql\n"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	if !ok {
		t.Fatalf("%s shows no session", page)
	}
	session, behind, _ := strings.Cut(rest, "```")
	x := open(t, 110, 200, command(t.TempDir(), "sql", "--set", "parallelism.default=1"))
	x.asks()
	for _, line := range strings.Split(session, "\n") {
		typed, first := strings.CutPrefix(line, "tidemark> ")
		if !first {
			if typed, ok = strings.CutPrefix(line, "       -> "); !ok {
				continue
			}
		}
		x.types(typed)
		if typed == "quit" {
			x.exits()
			break
		}
		if strings.HasSuffix(typed, ";") || strings.HasPrefix(typed, "help") {
			x.asks()
		} else {
			x.until("next line", func(screen string) bool { return strings.HasSuffix(screen, "\n       ->") })
		}
	}
	seconds := regexp.MustCompile(`in \d+\.\d\d s`)
	shown := seconds.ReplaceAllString(x.screen()+"\n", "in 0.03 s")
	if shown == session {
		return
	}
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(page, []byte(before+begin+shown+"```"+behind), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s shows another session than this (go test ./cmd/tidemark -run Documented -rewrite):\n%s", page, shown)
}
