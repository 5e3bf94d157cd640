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

// TestReadme holds what the README shows against what is there: the query it quotes, and what tidemark check
// says about a script whose last line is the one that is shown.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "```sql-fragment\n")
	fragment, _, _ := strings.Cut(rest, "```")
	shop, err := os.ReadFile("../../examples/shop.sql")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(shop), fragment) || len(fragment) < 100 {
		t.Errorf("examples/shop.sql has no such query:\n%s", fragment)
	}
	_, rest, ok := strings.Cut(string(b), "$ tidemark check clicks.sql\n")
	if !ok {
		t.Fatal("README.md shows no tidemark check")
	}
	want, _, _ := strings.Cut(rest, "```")
	line := strings.TrimSpace(strings.Split(want, "\n")[1])
	dir := t.TempDir()
	write(t, dir, "clicks.sql", "CREATE TABLE clicks (\n  event_type STRING,\n  event_time TIMESTAMP_LTZ(3),\n  category STRING,\n  WATERMARK FOR event_time AS event_time\n"+line+"\n")
	if got := output(t, command(dir, "check", "clicks.sql")); got != "-- stderr\n"+want+"-- exit 2\n" {
		t.Errorf("tidemark check says\n%s", got)
	}
}
