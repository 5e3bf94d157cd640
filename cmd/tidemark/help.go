package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tidemark.dev"
	"tidemark.dev/builtin/functions"
	"tidemark.dev/function"
	"tidemark.dev/option"
)

// helpCommand tells of commands, as cobra's own does, and of the functions of SQL.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command | function [NAME]]",
		Short: "Help about a command, or a function of SQL",
		Example: `  tidemark help run
  tidemark help function              lists the functions by family
  tidemark help function JSON_VALUE   what it takes and answers, with examples`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && (args[0] == "function" || args[0] == "functions") {
				return helpFunction(c.OutOrStdout(), strings.Join(args[1:], " "))
			}
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return fmt.Errorf("there is no command %s: see tidemark help", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// helpFunction tells of one function, or lists all by family.
func helpFunction(w io.Writer, name string) error {
	_, _, registry := tidemark.Builtin(io.Discard)
	all := append(registry.All(), functions.Special...)
	if name == "" {
		return listFunctions(w, all)
	}
	name = strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(name), "()"))
	var names []string
	for _, f := range all {
		for _, n := range append([]string{f.Name}, f.Aliases...) {
			if n == name {
				_, err := io.WriteString(w, f.Help())
				return err
			}
			names = append(names, n)
		}
	}
	text := fmt.Sprintf("there is no function %s", name)
	if near := option.Nearest(name, names); near != "" {
		text += ": " + near
	}
	return fmt.Errorf("%s (tidemark help function lists all)", text)
}

// listFunctions prints a line a family, wrapped.
func listFunctions(w io.Writer, all []*function.Function) error {
	var b strings.Builder
	for _, f := range function.Families(all) {
		fmt.Fprintf(&b, "%s\n ", f.Name)
		at := 1
		for _, x := range f.Functions {
			if at+1+len(x.Name) > 90 {
				b.WriteString("\n ")
				at = 1
			}
			b.WriteString(" " + x.Name)
			at += 1 + len(x.Name)
		}
		b.WriteString("\n\n")
	}
	b.WriteString("tidemark help function NAME tells of one.\n")
	_, err := io.WriteString(w, b.String())
	return err
}
