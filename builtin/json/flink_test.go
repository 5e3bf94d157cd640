//go:build peers

package json

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestDecodeAsFlink asks a real Flink for every record of testdata/decode:
//
//	FLINK=path/to/flink go test -tags peers -run AsFlink
//
// FLINK is a command whose "sql --out DIR DIR" runs all scripts of a directory. A
// record that we refuse must be refused, any other give the same rows, except in cases
// that are marked to differ, which must differ in every record.
func TestDecodeAsFlink(t *testing.T) {
	flink := flinkCommand(t)
	dir := t.TempDir()
	want := map[string]string{}
	differs := map[string]bool{}
	datadriven.Walk(t, "testdata/decode", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := parseCase(t, d)
			columns := make([]string, 0)
			for _, w := range c.table(t).Wanted {
				columns = append(columns, "`"+c.table(t).Schema[w].Name+"`")
			}
			step := 1
			if d.Cmd == "all" {
				step = len(c.records)
			}
			for i := 0; i < len(c.records); i += step {
				name := fmt.Sprintf("%s-%03d-%02d", filepath.Base(path), lineOf(d), i)
				data := filepath.Join(dir, name+".json")
				write(t, data, strings.Join(c.records[i:i+step], "\n")+"\n")
				options := ""
				for k, v := range c.options {
					options += fmt.Sprintf(", 'json.%s' = '%s'", k, v)
				}
				write(t, filepath.Join(dir, name+".sql"), fmt.Sprintf(
					"CREATE TABLE t (%s) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json'%s);\nSELECT %s FROM t;\n",
					strings.ReplaceAll(c.columns, "|", ","), data, options, strings.Join(columns, ", ")))
				want[name] = c.decode(t, c.records[i:i+step])
				differs[name] = c.differs
			}
			return d.Expected
		})
	})
	out := runFlink(t, flink, dir)
	for name, ours := range want {
		theirs, err := os.ReadFile(filepath.Join(out, name+".flink.out"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := string(theirs)
		if problem, _ := os.ReadFile(filepath.Join(out, name+".flink.err")); len(problem) > 0 {
			text = "error"
		} else if text == "" {
			text = "no row\n"
		}
		same := text == ours || text == "error" && strings.Contains(ours, "error: ")
		if same == differs[name] {
			data, _ := os.ReadFile(filepath.Join(dir, name+".json"))
			t.Errorf("%s: %.200s\nours:  %sFlink: %s", name, data, ours, text)
		}
	}
}

func lineOf(d *datadriven.TestData) (line int) {
	_, rest, _ := strings.Cut(d.Pos, ":")
	fmt.Sscan(rest, &line)
	return line
}

func write(t *testing.T, path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func flinkCommand(t *testing.T) string {
	flink := os.Getenv("FLINK")
	if flink == "" {
		t.Fatal("FLINK is not set")
	}
	return flink
}

// runFlink runs all scripts of a directory and returns where the answers are.
func runFlink(t *testing.T, flink, dir string) string {
	out := t.TempDir()
	cmd := exec.Command(flink, "sql", "--timeout", "30", "--out", out, dir)
	_ = cmd.Run() // scripts that fail make it fail
	return out
}

// TestEncodeAsFlink lets a real Flink read and write the records of testdata/encode.
func TestEncodeAsFlink(t *testing.T) {
	flink := flinkCommand(t)
	dir := t.TempDir()
	want := map[string]string{}
	datadriven.Walk(t, "testdata/encode", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := parseCase(t, d)
			name := fmt.Sprintf("%s-%03d", filepath.Base(path), lineOf(d))
			data := filepath.Join(dir, name+".json")
			write(t, data, strings.Join(c.records, "\n")+"\n")
			options := ""
			for k, v := range c.options {
				options += fmt.Sprintf(", 'json.%s' = '%s'", k, v)
			}
			table := "CREATE TABLE %s (%s) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json'%s);\n"
			write(t, filepath.Join(dir, name+".sql"),
				fmt.Sprintf(table, "s", c.columns, data, options)+
					fmt.Sprintf(table, "k", c.columns, filepath.Join(dir, name), options)+
					"INSERT INTO k SELECT * FROM s;\n")
			want[name] = c.encode(t)
			return d.Expected
		})
	})
	runFlink(t, flink, dir)
	for name, ours := range want {
		files, _ := filepath.Glob(filepath.Join(dir, name, "*"))
		var theirs strings.Builder
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			theirs.Write(text)
		}
		if theirs.String() != ours {
			t.Errorf("%s\nours:\n%sFlink:\n%s", name, ours, theirs.String())
		}
	}
}
