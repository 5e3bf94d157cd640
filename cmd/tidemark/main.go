// Command tidemark runs streaming SQL.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tidemark.dev/option"
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
		Args:          noCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(runCommand(), sqlCommand(), checkCommand(), explainCommand(), dlqCommand(), benchCommand(), versionCommand())
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

// oneScript is the Args of a command that takes a file.
func oneScript(c *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return fmt.Errorf("which script? %s", c.UseLine())
	}
	return fmt.Errorf("%d scripts are given, and one is taken (%s); a name with spaces needs quotes", len(args), strings.Join(args, ", "))
}

// noCommand is the Args of the program itself: what stands there is no command.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	hint := option.Nearest(args[0], names)
	if _, err := os.Stat(args[0]); err == nil {
		hint = "to run it: tidemark run " + args[0]
	}
	if hint == "" {
		hint = "tidemark --help lists them"
	}
	return fmt.Errorf("there is no command '%s'; %s", args[0], hint)
}

// wrongFlag adds the nearest name to the error of an unknown flag.
func wrongFlag(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	if hint := option.Nearest("--"+unknown.GetSpecifiedName(), names); hint != "" {
		return fmt.Errorf("%w; %s", err, hint)
	}
	return fmt.Errorf("%w; %s --help lists them", err, c.CommandPath())
}
