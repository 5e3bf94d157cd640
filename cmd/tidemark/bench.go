package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tidemark.dev/bench"
)

func benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure Tidemark on this machine",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(nexmarkCommand(), latencyCommand(), decodeCommand())
	return c
}

func nexmarkCommand() *cobra.Command {
	var o bench.Options
	var queries, output, profile string
	c := &cobra.Command{
		Use:   "nexmark",
		Short: "Run queries of the Nexmark benchmark, each beside a loop written by hand",
		Long: `Run queries of the Nexmark benchmark over generated events.

Every column of every change is hashed into a checksum that does not depend on order, and
retractions are taken off it. limit_seconds is the time of a loop written by hand: the same
generator, threads, changes and checksum, without epochs. The two must agree.`,
		Example: `  tidemark bench nexmark --queries q0,q1,q2,q17,tumble --events 10000000
  tidemark bench nexmark --queries q17 --events 100000000 --checkpoint 100ms --output json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Queries = strings.Split(queries, ",")
			if profile != "" {
				f, err := os.Create(profile)
				if err != nil {
					return err
				}
				defer f.Close()
				if err := pprof.StartCPUProfile(f); err != nil {
					return err
				}
				defer pprof.StopCPUProfile()
			}
			var results []bench.Result
			if output != "json" {
				fmt.Printf("%-8s %12s %9s %14s %9s %9s %7s %12s  %s\n", "query", "events", "seconds", "events/s", "cpu s", "peak MB", "epochs", "rows out", "by hand s")
			}
			err := bench.Nexmark(o, func(r bench.Result) {
				if results = append(results, r); output != "json" {
					fmt.Printf("%-8s %12d %9.2f %14.0f %9.2f %9d %7d %12d  %.2f\n", r.Query, r.Events, r.Seconds, r.EventsPerSecond, r.CPUSeconds, r.PeakRSS>>20, r.Epochs, r.RowsOut, r.LimitSeconds)
				}
			})
			return told(err, output, results)
		},
	}
	c.Flags().StringVar(&queries, "queries", "q0,q1,q2,q17,tumble", "which, with commas between")
	c.Flags().Int64Var(&o.Events, "events", 10_000_000, "how many events")
	c.Flags().DurationVar(&o.Checkpoint, "checkpoint", 0, "the time between epochs; 0: adaptive")
	c.Flags().IntVar(&o.Parallelism, "parallelism", 2, "tasks of each operator")
	c.Flags().DurationVar(&o.Span, "span", 10*time.Second, "the event time that the events span")
	c.Flags().BoolVar(&o.NoHand, "no-hand", false, "leave the loops written by hand out")
	c.Flags().StringVar(&output, "output", "text", "text or json")
	c.Flags().StringVar(&profile, "cpuprofile", "", "write a profile of the processor's time to this file")
	return c
}

func latencyCommand() *cobra.Command {
	var o bench.LatencyOptions
	var cases, output string
	c := &cobra.Command{
		Use:   "latency",
		Short: "Measure the time from an event's due time to a reader of the results, Kafka to Kafka",
		Long: `Measure latency against a Kafka cluster, in an open loop: events are sent when they are due,
and each counts from that moment to when a reader of the output topic has it.

  stateless  a filter, 10,000 events a second, a reader that does not wait for commits
  count      COUNT by key, as stateless
  committed  a filter, 100,000 events a second, exactly once, a reader of committed rows`,
		Example: "  tidemark bench latency --brokers localhost:9092 --cases stateless,committed",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			o.Cases = strings.Split(cases, ",")
			var results []bench.Latency
			err := bench.Measure(o, func(l bench.Latency) {
				if results = append(results, l); output != "json" {
					fmt.Printf("%-10s %7d events/s  p50 %7.2f ms  p99 %7.2f ms  p99.9 %7.2f ms  max %7.2f ms  (%d events)\n", l.Case, l.Rate, l.P50, l.P99, l.P999, l.Max, l.Events)
				}
			})
			return told(err, output, results)
		},
	}
	c.Flags().StringVar(&o.Brokers, "brokers", "localhost:9092", "addresses of some brokers")
	c.Flags().StringVar(&cases, "cases", "stateless,count,committed", "which, with commas between")
	c.Flags().IntVar(&o.Rate, "rate", 0, "events a second; 0: the case's own")
	c.Flags().IntVar(&o.Seconds, "seconds", 10, "how long each case is measured")
	c.Flags().StringVar(&output, "output", "text", "text or json")
	return c
}

// told prints results as one JSON array, if they are wanted so, and tells an error.
func told[T any](err error, output string, results []T) error {
	if output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		if results == nil {
			results = []T{}
		}
		if jerr := e.Encode(results); err == nil {
			err = jerr
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tidemark: "+err.Error())
		return exit(exitFailed)
	}
	return nil
}
