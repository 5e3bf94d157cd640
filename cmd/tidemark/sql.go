package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/shell"
)

func sqlCommand() *cobra.Command {
	var data, output, first string
	var texts []string
	var set map[string]string
	c := &cobra.Command{
		Use:   "sql [FILE.sql]",
		Short: "Run statements one by one: from a prompt, the command line, a file or a pipe",
		Long: `Run statements of Flink SQL in one session, each to its end, and show their rows.

At a terminal it asks for statements. With -e, a file, or something piped in, it runs those and
ends: all is planned before anything runs, and if anything is wrong nothing runs.

The rows of a SELECT over bounded tables are its result: what was taken back again is not
shown. Over unbounded tables they are shown as they come, with the kind of each change if rows can change.
--output changelog always shows the changes.

An INSERT always begins anew; what must go on where it was is a matter for tidemark run.

Exit codes: 0 done, 1 failed while running, 2 the text is wrong, 130 or 143 interrupted.`,
		Example: `  tidemark sql
  tidemark sql -e 'SELECT 1 + 1'
  tidemark sql --output csv report.sql > report.csv
  tidemark sql -i tables.sql
  echo 'SHOW FUNCTIONS' | tidemark sql`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(texts) > 0 && len(args) > 0 {
				return fmt.Errorf("give statements with -e or a file, not both")
			}
			o, err := shell.ParseOutput(output)
			if err != nil {
				return err
			}
			s, err := shell.Open(shell.Options{
				Engine: engine.Options{DataDir: dataDir(c, data), Set: set}, Output: o, History: shell.HistoryFile(),
				Progress: func(e *engine.Engine) func() { return newProgressLine(e).end },
			})
			if err != nil {
				return err
			}
			defer s.Close()
			if first != "" {
				if code := script(s, first); code != shell.Done {
					return exit(code)
				}
			}
			code := shell.Done
			switch {
			case len(texts) > 0:
				code = s.Script("-e", strings.Join(texts, ";\n"))
			case len(args) > 0:
				code = script(s, args[0])
			case term.IsTerminal(int(os.Stdin.Fd())):
				code = s.Prompt()
			default:
				code = script(s, "-")
			}
			if code != shell.Done {
				return exit(code)
			}
			return nil
		},
	}
	c.Flags().StringArrayVarP(&texts, "execute", "e", nil, "statements to run; may be given several times")
	c.Flags().StringVarP(&first, "init", "i", "", "a file of statements to run before all others")
	c.Flags().StringVarP(&output, "output", "o", "table", "how rows are written: table, json, csv or changelog")
	c.Flags().StringVar(&data, "data", "./tidemark-data", "the data directory; also TIDEMARK_DATA")
	c.Flags().StringToStringVar(&set, "set", nil, "SET keys that come before all statements: --set parallelism.default=2")
	return c
}

// script runs a file in a session; "-" is standard input.
func script(s *shell.Shell, name string) int {
	text, err := readScript(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tidemark: "+err.Error())
		return shell.Wrong
	}
	if name == "-" {
		name = "stdin"
	}
	return s.Script(name, text)
}

// dataDir is where --data says, else where TIDEMARK_DATA says.
func dataDir(c *cobra.Command, flag string) string {
	if env := os.Getenv("TIDEMARK_DATA"); env != "" && !c.Flags().Changed("data") {
		return env
	}
	return flag
}
