package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"tidemark.dev"
)

// version is set by the release build.
var version = "development"

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "check FILE.sql",
		Short:   "Tell all that is wrong with a script, without running it",
		Example: "  tidemark check pipeline.sql",
		Args:    oneScript,
		RunE: func(_ *cobra.Command, args []string) error {
			e, _, err := planned(args[0], tidemark.Options{})
			if err != nil {
				return err
			}
			return e.Close()
		},
	}
}

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "explain FILE.sql",
		Short:   "Show the physical plan of each pipeline of a script",
		Example: "  tidemark explain pipeline.sql",
		Args:    oneScript,
		RunE: func(_ *cobra.Command, args []string) error {
			e, s, err := planned(args[0], tidemark.Options{})
			if err != nil {
				return err
			}
			defer e.Close()
			for _, text := range s.Explain() {
				fmt.Println(text)
			}
			return nil
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			commit := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						commit = " " + s.Value[:min(12, len(s.Value))]
					}
				}
				fmt.Printf("tidemark %s%s (%s)\n", version, commit, info.GoVersion)
			}
			return nil
		},
	}
}
