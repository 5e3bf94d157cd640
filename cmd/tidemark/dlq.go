package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/job"
	"tidemark.dev/internal/vfs"
)

func dlqCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "dlq",
		Short: "Look at the rows that pipelines set aside: what came too late",
		Long: `Look at the rows that pipelines have set aside, each with the reason.

They are kept in the data directory, committed with the epoch: a row is in a pipeline's
result or here, whatever happens to the process. What is older than 7 days goes; at 1 GiB
a pipeline stops.`,
		Example: "  tidemark dlq list\n  tidemark dlq show shop.revenue --limit 20\n  tidemark dlq export shop.revenue > late.json",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(dlqListCommand(), dlqShowCommand(), dlqExportCommand())
	return c
}

// letters finds the stores of a data directory.
func letters(data string) (map[string]string, error) {
	if data == "" {
		data = os.Getenv("TIDEMARK_DATA")
	}
	if data == "" {
		data = "tidemark-data"
	}
	if _, err := os.Stat(data); err != nil {
		return nil, fmt.Errorf("there is no data directory %s: give the one of the run with --data", data)
	}
	return job.LetterDirs(vfs.Disk, data)
}

func dlqListCommand() *cobra.Command {
	var data, output string
	c := &cobra.Command{
		Use:   "list",
		Short: "Count the rows set aside, by pipeline, operator and kind",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dirs, err := letters(data)
			if err != nil {
				return err
			}
			var lines []letterCount
			for _, name := range slices.Sorted(maps.Keys(dirs)) {
				counts, err := countLetters(name, dirs[name])
				if err != nil {
					return err
				}
				lines = append(lines, counts...)
			}
			return tellCounts(lines, output)
		},
	}
	c.Flags().StringVar(&data, "data", "", "data directory (default ./tidemark-data, or TIDEMARK_DATA)")
	c.Flags().StringVar(&output, "output", "text", "text or json")
	return c
}

type letterCount struct {
	Pipeline string `json:"pipeline"`
	Operator string `json:"operator"`
	Kind     string `json:"kind"`
	Rows     int64  `json:"rows"`
	First    string `json:"first"`
	Last     string `json:"last"`
}

func countLetters(pipeline, dir string) (list []letterCount, err error) {
	at := map[string]int{}
	err = deadletter.Scan(vfs.Disk, dir, nil, func(_ deadletter.Position, l deadletter.Letter) bool {
		key := l.Operator + "\x00" + l.Kind.String()
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			list = append(list, letterCount{Pipeline: pipeline, Operator: l.Operator, Kind: l.Kind.String(), First: moment(l.At)})
		}
		list[i].Rows++
		list[i].Last = moment(l.At)
		return true
	})
	return list, err
}

func tellCounts(lines []letterCount, output string) error {
	if output == "json" {
		return printJSON(lines)
	}
	if len(lines) == 0 {
		fmt.Fprintln(os.Stderr, "no rows were set aside")
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PIPELINE\tOPERATOR\tKIND\tROWS\tFIRST\tLAST")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", l.Pipeline, l.Operator, l.Kind, l.Rows, l.First, l.Last)
	}
	return w.Flush()
}

func printJSON(x any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(x)
}

// moment prints a time of a letter, as UTC.
func moment(micros int64) string {
	if micros == deadletter.NoTime {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000Z")
}

// shownLetter is a letter as it is shown.
type shownLetter struct {
	Kind      string          `json:"kind"`
	Operator  string          `json:"operator"`
	SetAside  string          `json:"set_aside"`
	EventTime string          `json:"event_time,omitempty"`
	Watermark string          `json:"watermark,omitempty"`
	LateBy    float64         `json:"late_by_seconds,omitempty"`
	WindowEnd string          `json:"window_end,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Source    string          `json:"source,omitempty"`
	Row       json.RawMessage `json:"row"`
}

func shown(l deadletter.Letter) shownLetter {
	s := shownLetter{Kind: l.Kind.String(), Operator: l.Operator, SetAside: moment(l.At), EventTime: moment(l.Event), Watermark: moment(l.Mark),
		WindowEnd: moment(l.Window), Reason: l.Reason, Source: l.Source, Row: l.Row}
	if l.Event != deadletter.NoTime && l.Mark != deadletter.NoTime {
		s.LateBy = float64(l.Mark-l.Event) / 1e6
	}
	if !json.Valid(l.Row) {
		s.Row, _ = json.Marshal(string(l.Row))
	}
	return s
}

func (s *shownLetter) text() string {
	parts := []string{s.SetAside, s.Kind, s.Operator}
	if s.EventTime != "" {
		parts = append(parts, fmt.Sprintf("event time %s, %.3f s behind the watermark", s.EventTime, s.LateBy))
	}
	if s.WindowEnd != "" {
		parts = append(parts, "missed the window to "+s.WindowEnd)
	}
	for _, x := range []string{s.Reason, s.Source} {
		if x != "" {
			parts = append(parts, x)
		}
	}
	return strings.Join(parts, ", ") + "\n  " + string(s.Row)
}

// eachLetter calls f with the letters of the pipeline that the user named.
func eachLetter(data, pipeline string, f func(l deadletter.Letter) bool) error {
	dirs, err := letters(data)
	if err != nil {
		return err
	}
	dir, ok := dirs[pipeline]
	if !ok {
		names := slices.Sorted(maps.Keys(dirs))
		if len(names) == 0 {
			return fmt.Errorf("no pipeline %s has run in this data directory", pipeline)
		}
		return fmt.Errorf("no pipeline %s has run in this data directory; there are %s", pipeline, strings.Join(names, ", "))
	}
	return deadletter.Scan(vfs.Disk, filepath.Clean(dir), nil, func(_ deadletter.Position, l deadletter.Letter) bool { return f(l) })
}

func dlqShowCommand() *cobra.Command {
	var data, output string
	var limit int
	c := &cobra.Command{
		Use:   "show PIPELINE",
		Short: "Show rows that a pipeline set aside, and why",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			n := 0
			list := []shownLetter{}
			err := eachLetter(data, args[0], func(l deadletter.Letter) bool {
				if n == limit {
					return false
				}
				n++
				s := shown(l)
				if output == "json" {
					s.Row = slices.Clone(s.Row)
					list = append(list, s)
				} else {
					fmt.Println(s.text())
				}
				return true
			})
			if err == nil && output == "json" {
				err = printJSON(list)
			}
			return err
		},
	}
	c.Flags().StringVar(&data, "data", "", "data directory (default ./tidemark-data, or TIDEMARK_DATA)")
	c.Flags().StringVar(&output, "output", "text", "text or json")
	c.Flags().IntVar(&limit, "limit", 100, "how many, the oldest first; -1: all")
	return c
}

func dlqExportCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "export PIPELINE",
		Short: "Write the rows alone, a line of JSON each, to be read again",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return eachLetter(data, args[0], func(l deadletter.Letter) bool {
				_, err := fmt.Printf("%s\n", l.Row)
				return err == nil
			})
		},
	}
	c.Flags().StringVar(&data, "data", "", "data directory (default ./tidemark-data, or TIDEMARK_DATA)")
	return c
}
