// Command tidemark runs streaming SQL.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// The exit codes of every command.
const (
	exitFailed = 1 // it failed while running
	exitWrong  = 2 // the script or the command line is wrong
)

// exit is an error that has been told to the user and asks for a code.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

func main() {
	root := &cobra.Command{
		Use:           "tidemark",
		Short:         "Streaming analytics in one binary: Flink SQL over events, on event time, exactly once",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(runCommand(), sqlCommand(), checkCommand(), explainCommand(), benchCommand(), versionCommand())
	root.SetHelpCommand(helpCommand())
	root.CompletionOptions.HiddenDefaultCmd = true
	armCrash()
	err := root.Execute()
	var code exit
	switch {
	case err == nil:
	case errors.As(err, &code):
		os.Exit(int(code))
	default:
		fmt.Fprintln(os.Stderr, "tidemark: "+err.Error())
		os.Exit(exitWrong)
	}
}
