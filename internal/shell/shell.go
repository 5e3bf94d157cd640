package shell

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"tidemark.dev/function"
	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// The codes that Script and Prompt end with; they are those of the process.
const (
	Done        = 0
	Failed      = 1   // something failed while it ran
	Wrong       = 2   // the text is wrong: nothing of it ran
	Interrupted = 130 // Ctrl-C ended what would have ended by itself
	Terminated  = 143 // SIGTERM did
)

// Options are how a shell is opened.
type Options struct {
	Engine engine.Options // Out, Show and Functions are the shell's business
	Output Output
	In     *os.File // default: os.Stdin
	Out    *os.File // default: os.Stdout
	Err    io.Writer
	// Progress begins to tell how a pipeline gets on, while nothing else is printed; it returns what
	// ends that. nil: nothing is told.
	Progress func(*engine.Engine) (end func())
	// History is the file that the prompt remembers statements in; "": they are forgotten.
	History string
}

// Shell is an open session with a user. Its methods are called from one goroutine.
type Shell struct {
	options   Options
	engine    *engine.Engine
	session   *engine.Session
	functions *function.Registry
	screen    *screen
	prompting bool    // a person is typing: an error ends a statement, not the session
	result    *result // of the SELECT that runs

	signals chan os.Signal
	mu      sync.Mutex
	running *engine.Running
	asked   int // signals since running began
	leave   int // the code to end with, once SIGTERM has come
}

// Open makes an engine and begins a session in it. Signals go to the shell until Close.
func Open(o Options) (*Shell, error) {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	s := &Shell{options: o, screen: newScreen(o.In, o.Out), signals: make(chan os.Signal, 4)}
	s.options.Engine.Out = o.Out
	s.options.Engine.Connectors, s.options.Engine.Formats, s.functions = engine.Builtin(o.Out)
	s.options.Engine.Functions = s.functions
	s.options.Engine.Show = func(_ []types.Field, b *vector.Batch) error { return s.result.take(b) }
	if o.Engine.Warn == nil {
		s.options.Engine.Warn = func(text string) { fmt.Fprintln(o.Err, "warning: "+text) }
	}
	var err error
	if s.engine, err = engine.Open(s.options.Engine); err != nil {
		return nil, err
	}
	if s.session, err = s.engine.Session(); err != nil {
		s.engine.Close()
		return nil, err
	}
	signal.Notify(s.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go s.watch()
	return s, nil
}

// Close ends the session.
func (s *Shell) Close() error {
	signal.Stop(s.signals)
	close(s.signals)
	return s.engine.Close()
}

// watch passes signals on to what runs.
func (s *Shell) watch() {
	for sig := range s.signals {
		s.signal(sig.(syscall.Signal))
	}
}

func (s *Shell) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		if sig == syscall.SIGINT && s.prompting {
			return
		}
		s.screen.restore()
		os.Exit(128 + int(sig))
	}
	if sig != syscall.SIGINT {
		s.leave = 128 + int(sig)
	}
	switch s.asked++; s.asked {
	case 1:
		s.running.Stop()
	case 2:
		s.running.Kill()
	default:
		s.screen.restore()
		os.Exit(128 + int(sig))
	}
}

// Script runs a text in the session: it is planned as a whole, and if anything is wrong nothing of
// it runs. Its statements then run one after another, each to its end. It tells what went wrong and
// returns the code for it.
func (s *Shell) Script(name, text string) int {
	script, err := s.session.Plan(name, text)
	if err != nil {
		fmt.Fprintln(s.options.Err, err)
		return Wrong
	}
	for _, w := range script.Warnings {
		fmt.Fprintln(s.options.Err, "warning: "+plan.Format(name, text, w))
	}
	for i, step := range script.Steps {
		stopped, err := s.step(step)
		code := s.code(err)
		switch {
		case errors.Is(err, engine.Interrupted):
			fmt.Fprintln(s.options.Err, "interrupted")
		case err != nil:
			fmt.Fprintln(s.options.Err, "tidemark: "+err.Error())
		case stopped && i < len(script.Steps)-1:
			code = Interrupted
			if s.leave != 0 {
				code = s.leave
			}
		}
		if code != Done || stopped {
			return code
		}
	}
	return Done
}

func (s *Shell) code(err error) int {
	switch {
	case err == nil:
		return Done
	case isCut(err):
		if s.leave != 0 {
			return s.leave
		}
		return Interrupted
	}
	return Failed
}

// step runs one step to its end. stopped tells that the user asked for the end.
func (s *Shell) step(step plan.Step) (stopped bool, err error) {
	switch x := step.(type) {
	case *plan.Show:
		return false, s.answer(x)
	case *plan.Select:
		if s.result, err = resultOf(s.screen, s.options.Output, x); err != nil {
			return false, err
		}
		began := time.Now()
		_, stopped, err = s.run(x, s.result.fold != nil)
		if stopped && s.prompting && s.result.fold == nil {
			fmt.Fprintln(s.options.Out) // behind the ^C
		}
		if shown := s.result.end(err); err == nil {
			err = shown
		}
		if s.prompting && s.options.Output.table() && (err == nil || isCut(err)) {
			s.rowsInSet(s.result.count(), time.Since(began), err)
		}
		s.result = nil
		return stopped, err
	case *plan.Run:
		began := time.Now()
		summary, stopped, err := s.run(x, true)
		if summary != nil {
			s.report(summary, time.Since(began))
		}
		return stopped, err
	}
	return false, fmt.Errorf("a step of kind %T is not known to the shell", step)
}

// run runs a step until it ends or a signal has ended it.
func (s *Shell) run(step plan.Step, progress bool) (*engine.Summary, bool, error) {
	running, err := s.session.Begin(step)
	if err != nil {
		return nil, false, err
	}
	defer running.Forget()
	s.mu.Lock()
	s.running, s.asked = running, 0
	s.mu.Unlock()
	end := func() {}
	if progress && s.options.Progress != nil {
		end = s.options.Progress(s.engine)
	}
	<-running.Ended()
	end()
	s.mu.Lock()
	stopped := s.asked > 0
	s.running = nil
	s.mu.Unlock()
	summary, err := running.End()
	return summary, stopped, err
}

// report tells what an INSERT has written, and what it has dropped.
func (s *Shell) report(summary *engine.Summary, elapsed time.Duration) {
	written := map[string]int64{}
	var tables []string
	for _, p := range summary.Pipelines {
		for _, st := range p.Stages {
			if st.Role != "sink" {
				continue
			}
			name := sinkName(st.Operator)
			if _, ok := written[name]; !ok {
				tables = append(tables, name)
			}
			written[name] += st.Out
		}
	}
	for _, name := range tables {
		fmt.Fprintf(s.options.Err, "%s written to %s%s\n", rows(written[name]), name, s.took(elapsed))
	}
	for _, p := range summary.Pipelines {
		for _, st := range p.Stages {
			if st.Late > 0 {
				fmt.Fprintf(s.options.Err, "  %s dropped %s: their windows had closed\n", st.Operator, strings.Replace(rows(st.Late), "row", "late row", 1))
			}
			if st.Nulls > 0 {
				fmt.Fprintf(s.options.Err, "  %s dropped %s whose time is NULL\n", st.Operator, rows(st.Nulls))
			}
		}
	}
}

// sinkName is the table of a sink's operator: "sink:t/Sink" is of t, "sink:t#2/Sink" too.
func sinkName(operator string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(operator, "sink:"), "/")
	if i := strings.LastIndexByte(name, '#'); i > 0 {
		name = name[:i]
	}
	return name
}

// isCut tells of an error that it is the user's asking for the end.
func isCut(err error) bool {
	return errors.Is(err, engine.Interrupted) || errors.Is(err, engine.ErrKilled)
}

// took is the time that something took, for a person at the prompt.
func (s *Shell) took(d time.Duration) string {
	if !s.prompting {
		return ""
	}
	return fmt.Sprintf(" in %.2f s", d.Seconds())
}

// rowsInSet ends a table at the prompt.
func (s *Shell) rowsInSet(n int, d time.Duration, err error) {
	text := rows(int64(n)) + s.took(d)
	if isCut(err) {
		text += ", interrupted: the result is not complete"
	}
	fmt.Fprintln(s.options.Out, text)
}

func rows(n int64) string {
	switch n {
	case 0:
		return "no rows"
	case 1:
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// answer shows what SHOW, DESCRIBE, EXPLAIN or SET says.
func (s *Shell) answer(x *plan.Show) error {
	head, rows := x.Head, x.Rows
	if head == nil {
		if s.options.Output.table() {
			return s.screen.page(x.Text, 0)
		}
		head, rows = []string{"result"}, [][]string{{strings.TrimSuffix(x.Text, "\n")}}
	}
	return showTexts(s.screen, s.options.Output, head, rows)
}
