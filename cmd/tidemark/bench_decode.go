package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tidemark.dev/bench"
)

func decodeCommand() *cobra.Command {
	var o bench.DecodeOptions
	var output string
	c := &cobra.Command{
		Use:   "decode",
		Short: "Measure how fast formats are decoded, beside encoding/json, encoding/csv and fastjson",
		Long: `Measure decoding into columns, of records in memory, on one thread.

Each decoder decodes the same records, in turn, several rounds, of which the middle one counts. Seconds are
the processor's, the collector included; allocations are those of a record. All decoded values are
hashed, outside of the time measured, and the checksums of a case's decoders must agree.`,
		Example: "  tidemark bench decode\n  tidemark bench decode --cases json --output json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var results []bench.Decoding
			err := bench.Decode(o, func(d bench.Decoding) {
				if results = append(results, d); output != "json" {
					fmt.Printf("%-5s %-26s %-14s %6.3f GB/s  %6.2f allocations a record\n", d.Format, d.Case, d.Decoder, d.GBPerSecond, d.Allocations)
				}
			})
			return told(err, output, results)
		},
	}
	c.Flags().StringVar(&o.Cases, "cases", "", "only cases whose name contains this, such as json or shuffled")
	c.Flags().IntVar(&o.Rounds, "rounds", 5, "how many rounds")
	c.Flags().DurationVar(&o.Time, "time", 300*time.Millisecond, "how long each decoder is measured in a round, at least")
	c.Flags().StringVar(&output, "output", "text", "text or json")
	return c
}
