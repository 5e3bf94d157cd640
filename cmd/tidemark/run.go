package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

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
		Args: cobra.ExactArgs(1),
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

// planned opens an engine and plans a script, telling the user what is wrong with it.
func planned(name string, o tidemark.Options) (*tidemark.Engine, *engine.Script, error) {
	text, err := readScript(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tidemark: "+err.Error())
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
	e, s, err := planned(name, tidemark.Options{DataDir: data, Set: set})
	if err != nil {
		return err
	}
	defer e.Close()
	var caught atomic.Int32
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		sig := <-signals
		caught.Store(int32(sig.(syscall.Signal)))
		e.Stop()
		fmt.Fprintln(os.Stderr, "stopping: a last epoch is being committed; once more to end at once")
		for _, p := range e.Progress() {
			for _, o := range p.Outages {
				fmt.Fprintf(os.Stderr, "pipeline %s: its last epoch needs %s, which has not answered since %s\n", p.Pipeline, o.System, o.Since.Format("15:04:05"))
			}
		}
		<-signals
		os.Exit(128 + int(caught.Load()))
	}()
	line := newProgressLine(e)
	began := time.Now()
	summary, err := e.Run(context.Background(), s, fresh)
	line.end()
	if summary != nil {
		summarize(summary, time.Since(began))
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tidemark.Interrupted):
		fmt.Fprintln(os.Stderr, err)
		if n := caught.Load(); n != 0 {
			return exit(128 + int(n))
		}
		return exit(exitFailed)
	}
	fmt.Fprintln(os.Stderr, "tidemark: "+err.Error())
	return exit(exitFailed)
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
