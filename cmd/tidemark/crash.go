package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"tidemark.dev/builtin/kafka"
	"tidemark.dev/internal/epochlog"
	"tidemark.dev/internal/job"
)

// armCrash arms what the tests need that prove that nothing is lost when the process is
// killed. TIDEMARK_CRASH_AT=step:count has the process kill itself with SIGKILL when it
// comes to a named step of a protocol for the count-th time. TIDEMARK_STEPS=file has it
// append the name of every step that it comes to, a line each. TIDEMARK_SEGMENT_BYTES makes the
// segments of epoch logs that small, so that a short run comes to compaction.
func armCrash() {
	if text := os.Getenv("TIDEMARK_SEGMENT_BYTES"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n <= 0 {
			wrongCrash("TIDEMARK_SEGMENT_BYTES is %q, expected a number of bytes", text)
		}
		epochlog.SegmentBytes = n
	}
	at, trace := os.Getenv("TIDEMARK_CRASH_AT"), os.Getenv("TIDEMARK_STEPS")
	if at == "" && trace == "" {
		return
	}
	name, n, ok := strings.Cut(at, ":")
	count, err := strconv.Atoi(n)
	if at != "" && (!ok || err != nil) {
		wrongCrash("TIDEMARK_CRASH_AT is %q, expected step:count", at)
	}
	var steps *os.File
	if trace != "" {
		if steps, err = os.OpenFile(trace, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
			wrongCrash("TIDEMARK_STEPS: %v", err)
		}
	}
	var mu sync.Mutex
	step := func(s string) {
		if steps != nil {
			steps.WriteString(s + "\n")
		}
		if s != name {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if count--; count == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	job.Step, kafka.Step, epochlog.Step = step, step, step
}

func wrongCrash(message string, about any) {
	fmt.Fprintf(os.Stderr, "tidemark: "+message+"\n", about)
	os.Exit(exitWrong)
}
