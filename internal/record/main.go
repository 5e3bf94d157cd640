// Command record asks a real Flink what the scripts under test/ come to, and writes its
// answers into them as their goldens:
//
//	go run ./internal/record [-check] [-flink COMMAND] [-keep DIR] [SCRIPT.txt|DIR ...]
//
// Its steps:
//
//  1. Every script but those whose oracle is "hand" is translated; see enginetest.Script.Translate.
//  2. One JVM runs them all, one after the other.
//  3. What Flink printed is compared with the goldens. A difference is written into the
//     script, or with -check told, and the command fails.
//
// A script that expects an error is right if Flink fails too: the words are ours.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tidemark.dev/enginetest"
)

func main() {
	check := flag.Bool("check", false, "compare with the goldens, and write nothing")
	flink := flag.String("flink", "../shared/peers/flink", "the command that runs Flink: COMMAND sql --out OUT DIR")
	keep := flag.String("keep", "", "a directory for the translated scripts and Flink's answers (default: one that is removed)")
	flag.Parse()
	r := &recorder{check: *check, flink: *flink, dir: *keep}
	if err := r.run(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "record: "+err.Error())
		os.Exit(1)
	}
}

type recorder struct {
	check bool
	flink string
	dir   string

	agreed, written, hand int
	wrong                 []string
}

// recorded is a script between its translation and its answer.
type recorded struct {
	*enginetest.Script
	file string
	text string
	base string // of its files in the directory: BASE.sql, BASE.flink.out, BASE.flink.err
}

func (r *recorder) run(args []string) error {
	files, err := scripts(args)
	if err != nil {
		return err
	}
	if r.dir == "" {
		if r.dir, err = os.MkdirTemp("", "tidemark-record-"); err != nil {
			return err
		}
		defer os.RemoveAll(r.dir)
	}
	if r.dir, err = filepath.Abs(r.dir); err != nil {
		return err
	}
	translated, out := filepath.Join(r.dir, "scripts"), filepath.Join(r.dir, "answers")
	if err := errors.Join(os.RemoveAll(translated), os.RemoveAll(out), os.MkdirAll(translated, 0o777), os.MkdirAll(out, 0o777)); err != nil {
		return err
	}
	var all []*recorded
	for _, file := range files {
		x, err := r.translate(file, translated)
		if err != nil {
			r.tell(file, err.Error())
		} else if x != nil {
			all = append(all, x)
		}
	}
	if len(all) > 0 {
		if err := r.ask(translated, out); err != nil {
			return err
		}
	}
	for _, x := range all {
		if err := r.answer(x, out); err != nil {
			return err
		}
	}
	fmt.Printf("%d scripts agree with Flink, %d were rewritten, %d differ, %d were made by hand\n", r.agreed, r.written, len(r.wrong), r.hand)
	if len(r.wrong) > 0 {
		return fmt.Errorf("these differ: %s", strings.Join(r.wrong, " "))
	}
	return nil
}

// scripts are the files named, those in the directories named, or all under test/.
func scripts(args []string) (files []string, err error) {
	if len(args) == 0 {
		args = []string{"test/*"}
	}
	for _, a := range args {
		if !strings.HasSuffix(a, ".txt") {
			a = filepath.Join(a, "*.txt")
		}
		found, err := filepath.Glob(a)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no scripts in %v", args)
	}
	return files, nil
}

func (r *recorder) translate(file, dir string) (*recorded, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := enginetest.ParseScript(file, string(text))
	if err != nil {
		return nil, err
	}
	if !s.Recordable() {
		r.hand++
		return nil, nil
	}
	path, err := s.Translate(dir)
	if err != nil {
		return nil, err
	}
	return &recorded{Script: s, file: file, text: string(text), base: strings.TrimSuffix(filepath.Base(path), ".sql")}, nil
}

// ask runs Flink over all translated scripts. That some of them fail is an answer.
func (r *recorder) ask(dir, out string) error {
	c := exec.Command(r.flink, "sql", "--timeout", "60", "--out", out, dir)
	c.Stderr = os.Stderr
	said, err := c.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 && strings.Contains(string(said), " scripts: ") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", r.flink, err, said)
	}
	return nil
}

// answer holds a script against what Flink made of it.
func (r *recorder) answer(x *recorded, out string) error {
	printed, err := os.ReadFile(filepath.Join(out, x.base+".flink.out"))
	if err != nil {
		return err
	}
	fault, err := os.ReadFile(filepath.Join(out, x.base+".flink.err"))
	if err != nil {
		return err
	}
	failed := strings.TrimSpace(string(fault))
	switch {
	case x.Error == nil && failed != "":
		r.tell(x.file, "Flink fails:\n"+failed)
		return nil
	case x.Error != nil && failed == "":
		r.tell(x.file, "Flink does not fail")
		return nil
	}
	var changes map[string][]string
	if x.Error == nil {
		if changes, err = x.ReadPrinted(string(printed)); err != nil {
			r.tell(x.file, err.Error())
			return nil
		}
	}
	text := x.Rewrite(x.text, changes, "flink")
	if text == x.text {
		r.agreed++
		return nil
	}
	if r.check {
		r.tell(x.file, strings.Join(append(x.Differences(changes), "(its golden is not Flink's)"), "\n"))
		return nil
	}
	r.written++
	fmt.Println("rewritten: " + x.file)
	return os.WriteFile(x.file, []byte(text), 0o666)
}

func (r *recorder) tell(file, what string) {
	r.wrong = append(r.wrong, file)
	fmt.Printf("%s: %s\n", file, strings.TrimSpace(what))
}
