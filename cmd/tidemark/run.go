package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"tidemark.dev"
	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/plan"
)

func runCommand() *cobra.Command {
	var data string
	var fresh bool
	var set map[string]string
	c := &cobra.Command{
		Use:   "run FILE.sql",
		Short: "Run a script until its bounded inputs end or it is told to stop",
		Long: `Run a script of Flink SQL in the foreground.

With bounded inputs it ends when everything is written. With unbounded ones it runs
until Ctrl-C or SIGTERM: then it makes a final epoch, commits its sinks and ends.

What it has done is kept in the data directory. Started again it goes on where it was,
after a crash too: sources, state and sinks. A script that was finished starts anew.

Exit codes: 0 done, 1 failed while running, 2 the script is wrong, 130 or 143 a bounded
run was interrupted and can be resumed.`,
		Example: `  tidemark run examples/shop.sql
  tidemark run pipeline.sql --data /var/lib/tidemark
  cat pipeline.sql | tidemark run -`,
		Args: oneScript,
		RunE: func(c *cobra.Command, args []string) error {
			if !c.Flags().Changed("data") {
				if env := os.Getenv("TIDEMARK_DATA"); env != "" {
					data = env
				}
			}
			return run(args[0], data, fresh, set)
		},
	}
	c.Flags().StringVar(&data, "data", "./tidemark-data", "the data directory; also TIDEMARK_DATA")
	c.Flags().BoolVar(&fresh, "fresh", false, "forget what is unfinished and start anew")
	c.Flags().StringToStringVar(&set, "set", nil, "SET keys that come before the script's own: --set parallelism.default=2")
	return c
}

// readScript reads a script; "-" is standard input.
func readScript(name string) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(os.Stdin)
		return string(b), err
	}
	b, err := os.ReadFile(name)
	return string(b), err
}

// notText finds the first line that is no UTF-8.
func notText(text string) (line int, ok bool) {
	for at, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[at:], string(utf8.RuneError)) {
			return 1 + strings.Count(text[:at], "\n"), false
		}
	}
	return 0, true
}

// planned opens an engine and plans a script, telling the user what is wrong with it.
func planned(name string, o tidemark.Options) (*tidemark.Engine, *engine.Script, error) {
	text, err := readScript(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tidemark: "+err.Error())
		return nil, nil, exit(exitWrong)
	}
	if line, ok := notText(text); !ok {
		fmt.Fprintf(os.Stderr, "tidemark: %s is not a text in UTF-8: line %d has other bytes\n", name, line)
		return nil, nil, exit(exitWrong)
	}
	e, err := tidemark.Open(o)
	if err != nil {
		return nil, nil, err
	}
	s, err := e.Plan(name, text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		e.Close()
		return nil, nil, exit(exitWrong)
	}
	for _, w := range s.Warnings {
		fmt.Fprintln(os.Stderr, "warning: "+plan.Format(name, text, w))
	}
	return e, s, nil
}

func run(name, data string, fresh bool, set map[string]string) error {
	e, s, err := planned(name, tidemark.Options{DataDir: data, Set: set, Out: theConsole.above(os.Stdout), Err: theConsole.above(os.Stderr)})
	if err != nil {
		return err
	}
	defer e.Close()
	if len(s.Steps) == 0 {
		tell("%s runs nothing: it has no INSERT, SELECT or SHOW", name)
	}
	var caught atomic.Int32
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		sig := <-signals
		caught.Store(int32(sig.(syscall.Signal)))
		go stopping(e, ended) // beside this: a terminal that stands still must not keep the second signal away
		<-signals
		os.Exit(128 + int(caught.Load()))
	}()
	line := newProgressLine(e)
	began := time.Now()
	summary, err := e.Run(context.Background(), s, fresh)
	close(ended)
	line.end()
	if summary != nil {
		summarize(summary, time.Since(began))
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tidemark.Interrupted):
		tell("%s", interrupted(summary, err))
		if n := caught.Load(); n != 0 {
			return exit(128 + int(n))
		}
		return exit(exitFailed)
	}
	tell("tidemark: %v", err)
	return exit(exitFailed)
}

// interrupted is how the user is told that a script was stopped before its end.
func interrupted(s *tidemark.Summary, err error) string {
	for _, p := range s.Pipelines {
		if !p.Select {
			return err.Error()
		}
	}
	return "interrupted; a SELECT is not resumed: it begins anew"
}

// stopPatience is how long a stop takes before it is said what it waits for.
const stopPatience = 3 * time.Second

// stopping stops the engine and tells of it.
func stopping(e *tidemark.Engine, ended <-chan struct{}) {
	e.Stop()
	tell("stopping: a last epoch is being committed; once more to end at once")
	select {
	case <-ended:
		return
	case <-time.After(stopPatience):
	}
	for _, p := range e.Progress() {
		switch {
		case p.Over:
		case p.Starting:
			tell("still stopping: pipeline %s is connecting, or restores its state", p.Pipeline)
		case len(p.Outages) > 0:
			tell("still stopping: the last epoch of pipeline %s needs %s, which has not answered since %s", p.Pipeline, p.Outages[0].System, p.Outages[0].Since.Format("15:04:05"))
		default:
			tell("still stopping: the last epoch of pipeline %s is held up; is somebody reading what it writes?", p.Pipeline)
		}
	}
}

// summarize tells what a run has done: what was dropped, above all.
func summarize(s *tidemark.Summary, elapsed time.Duration) {
	for _, name := range s.Skipped {
		fmt.Fprintf(os.Stderr, "%s: was finished before\n", name)
	}
	for _, p := range s.Pipelines {
		if p.Select && p.Late() == 0 {
			continue
		}
		resumed := ""
		if p.Resumed > 0 {
			resumed = fmt.Sprintf(", resumed from epoch %d", p.Resumed)
		}
		fmt.Fprintf(os.Stderr, "%s: %d rows in, %d out, %d late, %.1f s%s\n", p.Name, p.In(), p.Out(), p.Late(), elapsed.Seconds(), resumed)
		for _, st := range p.Stages {
			if st.Late > 0 {
				fmt.Fprintf(os.Stderr, "  %s dropped %d late rows: their windows had closed\n", st.Operator, st.Late)
			}
			if st.Refused > 0 {
				fmt.Fprintf(os.Stderr, "  %s dropped %d rows with a NULL in a NOT NULL column\n", st.Operator, st.Refused)
			}
			if st.Nulls > 0 {
				fmt.Fprintf(os.Stderr, "  %s dropped %d rows whose time is NULL\n", st.Operator, st.Nulls)
			}
		}
	}
}
