package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"

	"tidemark.dev"
	"tidemark.dev/builtin/blackhole"
)

// Options are how the queries are measured.
type Options struct {
	Queries     []string
	Events      int64
	Checkpoint  time.Duration // 0: adaptive epochs
	Parallelism int
	// Span is the event time that all events span; 0: 10 s, whatever their number.
	Span time.Duration
	// NoHand leaves the loops out.
	NoHand bool
}

// Result is what was measured of one query.
type Result struct {
	Query           string  `json:"query"`
	Events          int64   `json:"events"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
	CPUSeconds      float64 `json:"cpu_seconds"`
	PeakRSS         int64   `json:"peak_rss_bytes"`
	Epochs          uint64  `json:"epochs"`
	RowsOut         int64   `json:"rows_out"`
	Checksum        string  `json:"checksum"`
	LimitSeconds    float64 `json:"limit_seconds,omitempty"`
	LimitCPUSeconds float64 `json:"limit_cpu_seconds,omitempty"`
	LimitChecksum   string  `json:"limit_checksum,omitempty"`
}

// Nexmark measures the queries one after the other, each beside its loop.
func Nexmark(o Options, each func(Result)) error {
	if o.Parallelism <= 0 {
		o.Parallelism = 2
	}
	for _, name := range o.Queries {
		q := find(name)
		if q == nil {
			return fmt.Errorf("no query %q; there are %s", name, names())
		}
		r, err := measure(q, o)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if q.Hand != nil && !o.NoHand {
			cpu, began := cpuTime(), time.Now()
			total, err := q.Hand(o)
			if err != nil {
				return fmt.Errorf("%s by hand: %w", name, err)
			}
			r.LimitSeconds = time.Since(began).Seconds()
			r.LimitCPUSeconds = cpuTime() - cpu
			r.LimitChecksum = fmt.Sprintf("%016x", total.Checksum)
			if rows := total.Inserted + total.Retracted; r.LimitChecksum != r.Checksum || rows != r.RowsOut {
				return fmt.Errorf("%s: %d rows with checksum %s, by hand %d with %s: one of them is wrong", name, r.RowsOut, r.Checksum, rows, r.LimitChecksum)
			}
		}
		each(r)
	}
	return nil
}

func find(name string) *Query {
	for i := range Queries {
		if Queries[i].Name == name {
			return &Queries[i]
		}
	}
	return nil
}

func names() string {
	var list []string
	for _, q := range Queries {
		list = append(list, q.Name)
	}
	return strings.Join(list, ", ")
}

// rate is the events a second of event time, so that all of them span what was asked for.
func (o Options) rate() int64 {
	span := o.Span
	if span == 0 {
		span = 10 * time.Second
	}
	return max(1, int64(float64(o.Events)/span.Seconds()))
}

func (o Options) script(q *Query) string {
	s := fmt.Sprintf("SET 'parallelism.default' = '%d';\n", o.Parallelism)
	if o.Checkpoint > 0 {
		s += fmt.Sprintf("SET 'execution.checkpointing.interval' = '%d ms';\n", o.Checkpoint.Milliseconds())
	}
	s += fmt.Sprintf(source, o.Events, o.rate(), o.rate(), o.Parallelism)
	return s + fmt.Sprintf("CREATE TABLE nexmark_result (%s) WITH ('connector' = 'blackhole');\nINSERT INTO nexmark_result %s;\n", q.Sink, q.SQL)
}

func measure(q *Query, o Options) (Result, error) {
	dir, err := os.MkdirTemp("", "tidemark-bench")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(dir)
	e, err := tidemark.Open(tidemark.Options{DataDir: dir, Out: io.Discard, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Warn: func(string) {}})
	if err != nil {
		return Result{}, err
	}
	defer e.Close()
	s, err := e.Plan(q.Name+".sql", o.script(q))
	if err != nil {
		return Result{}, err
	}
	resetPeak()
	cpu, began := cpuTime(), time.Now()
	summary, err := e.Run(context.Background(), s, true)
	if err != nil {
		return Result{}, err
	}
	seconds := time.Since(began).Seconds()
	p := summary.Pipelines[0]
	total := blackhole.Of(p.Name, "nexmark_result")
	return Result{
		Query: q.Name, Events: o.Events, Seconds: seconds, EventsPerSecond: float64(o.Events) / seconds,
		CPUSeconds: cpuTime() - cpu, PeakRSS: peak(), Epochs: p.Epoch, RowsOut: total.Inserted + total.Retracted,
		Checksum: fmt.Sprintf("%016x", total.Checksum),
	}, nil
}

// cpuTime is the processor time of the process so far, in seconds.
func cpuTime() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// resetPeak has the system forget the peak of resident memory, where it can.
func resetPeak() { os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the most memory that was resident since resetPeak.
func peak() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(b), "\n") {
		var kb int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	return 0
}
