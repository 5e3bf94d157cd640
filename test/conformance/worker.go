package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A worker is this program again. It is sent one task a line and answers each with one line of
// results. One that does not answer in time, or dies, is replaced; its case has crashed.

// task is a case to run. Test is the number of a test of a functions case, else -1.
type task struct {
	File  string          `json:"file"`
	Name  string          `json:"name"`
	About json.RawMessage `json:"about,omitempty"`
	Case  json.RawMessage `json:"case"`
	Test  int             `json:"test"`
	Way   way             `json:"way"`
}

// tasksOf are the tasks of a file, in order.
func tasksOf(name string, f *file, w way) []task {
	var list []task
	for i, raw := range f.Cases {
		t := task{File: name, Name: nameOf(raw, name, i), Case: raw, Test: -1, Way: w}
		if name != "functions" {
			list = append(list, t)
			continue
		}
		var tests struct{ Tests []json.RawMessage }
		if err := json.Unmarshal(raw, &tests); err != nil || len(tests.Tests) == 0 {
			list = append(list, t)
			continue
		}
		base := t.Name
		for n := range tests.Tests {
			t.Name, t.Test = base+"."+strconv.Itoa(n), n
			list = append(list, t)
		}
	}
	return list
}

func runFile(name string, f *file) []result {
	tasks := tasksOf(name, f, way{Batch: *batch, Parallelism: *parallelism})
	if *match != "" {
		kept := tasks[:0]
		for _, t := range tasks {
			if strings.Contains(t.Name, *match) {
				kept = append(kept, t)
			}
		}
		tasks = kept
	}
	list := make([]result, len(tasks))
	next := make(chan int)
	var group sync.WaitGroup
	for range max(*jobs, 1) {
		group.Add(1)
		go func() {
			defer group.Done()
			var w *worker
			defer func() { w.end() }()
			for i := range next {
				if w == nil {
					w = startWorker(name, f.About)
				}
				var alive bool
				if list[i], alive = w.do(&tasks[i]); !alive {
					w.end()
					w = nil
				}
			}
		}()
	}
	for i := range tasks {
		next <- i
	}
	close(next)
	group.Wait()
	return list
}

// worker is a process that runs cases of one file.
type worker struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	words *lastWords
	err   error
}

// lastWords keeps the end of what a process says on standard error.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

func (l *lastWords) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text = append(l.text, b...); len(l.text) > 1<<16 {
		l.text = l.text[len(l.text)-1<<15:]
	}
	return len(b), nil
}

// String gives what a panic said first, if there was one.
func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := string(l.text)
	for _, sign := range []string{"panic:", "fatal error:"} {
		if i := strings.Index(s, sign); i >= 0 {
			s = s[i:]
			break
		}
	}
	if len(s) > 4000 {
		s = s[:4000]
	}
	return s
}

func startWorker(file string, about json.RawMessage) *worker {
	w := &worker{words: &lastWords{}}
	self, err := os.Executable()
	if err != nil {
		w.err = err
		return w
	}
	w.cmd = exec.Command(self, "-worker")
	w.cmd.Stderr = w.words
	w.in, w.err = w.cmd.StdinPipe()
	if w.err != nil {
		return w
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		w.err = err
		return w
	}
	w.out = bufio.NewReaderSize(out, 1<<20)
	if w.err = w.cmd.Start(); w.err == nil {
		w.err = json.NewEncoder(w.in).Encode(task{File: file, About: about})
	}
	return w
}

// do runs one task; alive tells whether the worker can take another.
func (w *worker) do(t *task) (r result, alive bool) {
	died := func(why string) (result, bool) {
		return result{Name: t.Name, Verdict: crashed, Message: why, SQL: string(t.Case)}, false
	}
	if w.err != nil {
		return died(w.err.Error())
	}
	if err := json.NewEncoder(w.in).Encode(t); err != nil {
		return died(err.Error())
	}
	type answer struct {
		line []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := w.out.ReadBytes('\n')
		answers <- answer{line, err}
	}()
	timer := time.NewTimer(*limit)
	defer timer.Stop()
	select {
	case a := <-answers:
		if a.err != nil {
			w.cmd.Wait()
			return died("the process died: " + w.words.String())
		}
		if err := json.Unmarshal(a.line, &r); err != nil {
			return died(fmt.Sprintf("the worker answered %q: %v", a.line, err))
		}
		return r, true
	case <-timer.C:
		w.cmd.Process.Kill()
		return died(fmt.Sprintf("it did not end within %v", *limit))
	}
}

func (w *worker) end() {
	if w == nil || w.cmd == nil || w.cmd.Process == nil {
		return
	}
	w.in.Close()
	w.cmd.Process.Kill()
	w.cmd.Wait()
}

// work is the life of a worker: the first line carries what the file says about its cases.
func work(in io.Reader, out io.Writer) {
	lines := json.NewDecoder(in)
	var first task
	if lines.Decode(&first) != nil {
		return
	}
	var about scalarAbout
	json.Unmarshal(first.About, &about)
	answers := json.NewEncoder(out)
	for {
		var t task
		if lines.Decode(&t) != nil {
			return
		}
		r := result{Name: t.Name}
		r.Verdict, r.Message = guarded(func() (verdict, string) {
			v, message, text := t.judge(&about)
			r.SQL = text
			return v, message
		})
		if answers.Encode(r) != nil {
			return
		}
	}
}

// judge runs a case of any file.
func (t *task) judge(about *scalarAbout) (v verdict, message, text string) {
	read := func(c any) bool {
		if err := json.Unmarshal(t.Case, c); err != nil {
			v, message = refused, "the case cannot be read: "+err.Error()
			return false
		}
		return true
	}
	switch t.File {
	case "scalar":
		var c scalarCase
		if read(&c) {
			return c.judge(about, t.Way)
		}
	case "functions":
		var c functionCase
		if read(&c) {
			if t.Test < 0 || t.Test >= len(c.Tests) {
				return refused, "the case has no test", ""
			}
			return c.judge(&c.Tests[t.Test], t.Way)
		}
	case "parser":
		var c parserCase
		if read(&c) {
			return c.judge()
		}
	case "census":
		var c struct{ SQL string }
		if read(&c) {
			return judgeCensus(c.SQL)
		}
	case "queries":
		var c queryCase
		if read(&c) {
			return c.judge(t.Way)
		}
	case "programs":
		var c programCase
		if read(&c) {
			return c.judge(t.Way)
		}
	}
	return v, message, text
}
