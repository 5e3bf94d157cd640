package tidy

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tidemark.dev"
	"tidemark.dev/internal/catalog"
)

// documents are the README and all pages of docs, by path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	formats, _ := filepath.Glob(root + "/docs/formats/*.md")
	pages := map[string]string{}
	for _, name := range append(append(names, formats...), root+"/README.md") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(root, name)
		pages[filepath.ToSlash(rel)] = string(b)
	}
	return pages
}

// block is a fenced part of a page.
type block struct {
	line int
	kind string
	text string
}

func blocks(page string) (all []block) {
	lines := strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		kind, ok := strings.CutPrefix(lines[i], "```")
		if !ok {
			continue
		}
		from := i + 1
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		all = append(all, block{from, strings.TrimSpace(kind), strings.Join(lines[from:min(i, len(lines))], "\n")})
	}
	return all
}

// Every SQL block plans; what cannot stand alone is marked sql-fragment.
func TestDocumentedSQLPlans(t *testing.T) {
	t.Chdir(root)
	e, err := tidemark.Open(tidemark.Options{Out: io.Discard, DataDir: t.TempDir(), Warn: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	n := 0
	for name, page := range documentsHere(t) {
		for _, b := range blocks(page) {
			if b.kind != "sql" {
				continue
			}
			n++
			if _, err := e.Plan(name, b.text); err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d SQL blocks were found", n)
	}
}

// documentsHere is documents for a test that stands in the root.
func documentsHere(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/formats/*.md"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			pages[filepath.ToSlash(name)] = string(b)
		}
	}
	return pages
}

// The README's first two blocks are the commands that a tool runs line by line.
func TestReadmeCommands(t *testing.T) {
	all := blocks(documents(t)["README.md"])
	if len(all) < 2 {
		t.Fatal("README.md has no blocks")
	}
	for i, want := range []string{"go run ./cmd/tidemark run examples/shop.sql", "go test ./..."} {
		if all[i].text != want {
			t.Errorf("README.md:%d: block %d is %q, expected %q", all[i].line, i+1, all[i].text, want)
		}
	}
	if n := strings.Count(documents(t)["README.md"], "\n"); n > 150 {
		t.Errorf("README.md has %d lines, more than 150", n)
	}
}

var (
	quoted = regexp.MustCompile("`([A-Za-z0-9_./-]+)`")
	link   = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	code   = regexp.MustCompile("`[^`]*`")
	path   = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+/?$`)
)

// What the architecture names is there: files and directories in back quotes, by their path
// from the root.
func TestArchitectureNamesWhatIsThere(t *testing.T) {
	page := documents(t)["docs/ARCHITECTURE.md"]
	n := 0
	for i, line := range strings.Split(page, "\n") {
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			name := m[1]
			if !path.MatchString(name) && !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "/") {
				continue
			}
			if strings.HasPrefix(name, "../") || strings.HasPrefix(name, "tidemark.dev/") {
				continue
			}
			n++
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
				t.Errorf("docs/ARCHITECTURE.md:%d: there is no %s", i+1, name)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d names were found", n)
	}
}

// Links from one page to another lead somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	for name, page := range documents(t) {
		for i, line := range strings.Split(page, "\n") {
			for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
				to := m[1]
				if strings.Contains(to, "://") {
					continue
				}
				if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), filepath.FromSlash(to))); err != nil {
					t.Errorf("%s:%d: %s leads nowhere", name, i+1, to)
				}
			}
		}
	}
}

// Every setting that has an effect is told of.
func TestSettingsAreDocumented(t *testing.T) {
	page := documents(t)["docs/running.md"]
	for i := range catalog.Keys {
		k := &catalog.Keys[i]
		summary := strings.ToUpper(k.Summary[:1]) + k.Summary[1:]
		if !strings.Contains(page, "| `"+k.Name+"` |") || !strings.Contains(page, summary) {
			t.Errorf("docs/running.md does not tell of the setting %s: %s", k.Name, summary)
		}
	}
}
