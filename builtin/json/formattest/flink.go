package formattest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tidemark.dev/format"
)

// AsFlink asks a real Flink for the answers to all cases below a directory: each
// record, or each case to encode, becomes a script that reads, and writes, a file. The
// environment's FLINK is a command whose "sql --out DIR DIR" runs the scripts of a
// directory. What is an error here must be one there; all else must be equal, except
// in cases that are marked to differ, which must differ in each record. Messages, and
// cases with metadata, which Flink gives of messages only, are read from and written to
// the Kafka broker whose address the environment's KAFKA is, or else one that the command
// "kafka" starts.
func AsFlink(t *testing.T, f *format.Format, path string) {
	flink := os.Getenv("FLINK")
	if flink == "" {
		t.Fatal("FLINK is not set: the command that runs SQL on a Flink")
	}
	s := scripts{t: t, dir: t.TempDir(), want: map[string]string{}, differs: map[string]bool{}, topics: map[string]string{}}
	s.broker = broker(t)
	datadriven.Walk(t, path, func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			_, line, _ := strings.Cut(d.Pos, ":")
			s.add(Parse(f, d), filepath.Base(path)+"-"+line)
			return d.Expected
		})
	})
	out := t.TempDir()
	_ = exec.Command(flink, "sql", "--timeout", "30", "--out", out, s.dir).Run() // fails where a script does
	for name, ours := range s.want {
		theirs := s.answer(out, name)
		same := theirs == ours || theirs == "error" && strings.Contains(ours, "error: ")
		if same == s.differs[name] {
			t.Errorf("%s\nours:  %sFlink: %s", name, ours, theirs)
		}
	}
}

type scripts struct {
	t       *testing.T
	dir     string
	want    map[string]string
	differs map[string]bool
	broker  string
	topics  map[string]string // that a case writes to
}

// add writes the scripts of a case.
func (s *scripts) add(c Case, name string) {
	if c.Command != "each" {
		s.write(c, name, c.Records, c.Answer(s.t))
		return
	}
	for i := range c.Records {
		s.write(c, fmt.Sprintf("%s-%02d", name, i), c.Records[i:i+1], c.decode(s.t, c.Records[i:i+1]))
	}
}

func (s *scripts) write(c Case, name string, records []string, want string) {
	s.want[name], s.differs[name] = want, c.Differs
	messages := c.Messages || c.Metadata != nil
	read, written := s.files(c, name, records)
	if messages {
		read, written = s.messages(c, name, records)
	}
	columns := strings.Join(c.Columns, ", ")
	for _, key := range c.Metadata {
		for _, m := range c.Format.Metadata {
			if m.Key == key {
				columns += fmt.Sprintf(", `%s` %v METADATA", key, m.Type)
			}
		}
	}
	var wanted []string
	for _, f := range Columns(c.Format, c.Table(s.t)) {
		wanted = append(wanted, "`"+f.Name+"`")
	}
	options := ""
	for k, v := range c.Options {
		options += fmt.Sprintf(", '%s.%s' = '%s'", c.Format.Name, k, strings.ReplaceAll(v, "'", "''"))
	}
	table := func(name, with string) string {
		return fmt.Sprintf("CREATE TABLE %s (%s) WITH (%s, 'format' = '%s'%s);\n", name, columns, with, c.Format.Name, options)
	}
	script := "SELECT " + strings.Join(wanted, ", ") + " FROM t;\n"
	if c.Command == "encode" {
		script = table("k", written) + "INSERT INTO k SELECT * FROM t;\n"
		if messages {
			s.topics[name] = name + "-out"
		}
	}
	s.file(filepath.Join(s.dir, name+".sql"), table("t", read)+script)
}

// files writes the records to a file, and says how tables read it and write another.
func (s *scripts) files(c Case, name string, records []string) (read, written string) {
	data := filepath.Join(s.dir, name+".data")
	s.file(data, strings.Join(records, "\n")+"\n")
	return "'connector' = 'filesystem', 'path' = '" + data + "'",
		"'connector' = 'filesystem', 'path' = '" + filepath.Join(s.dir, name) + "'"
}

func (s *scripts) file(path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// answer is what Flink answered to a script.
func (s *scripts) answer(out, name string) string {
	if problem, _ := os.ReadFile(filepath.Join(out, name+".flink.err")); len(problem) > 0 {
		return "error"
	}
	rows, err := os.ReadFile(filepath.Join(out, name+".flink.out"))
	if err != nil {
		s.t.Error(err)
	}
	text := string(rows)
	if topic := s.topics[name]; topic != "" {
		text += s.topic(topic)
	}
	files, _ := filepath.Glob(filepath.Join(s.dir, name, "*"))
	for _, f := range files {
		written, err := os.ReadFile(f)
		if err != nil {
			s.t.Error(err)
		}
		text += string(written)
	}
	if text == "" {
		return "no row\n"
	}
	return text
}
