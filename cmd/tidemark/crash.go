package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"tidemark.dev/builtin/kafka"
	"tidemark.dev/internal/job"
)

// armCrash reads TIDEMARK_CRASH_AT=step:count, which has the process kill itself with
// SIGKILL when it comes to a named step of a protocol for the count-th time: for the tests
// that prove that nothing is lost there.
func armCrash() {
	at := os.Getenv("TIDEMARK_CRASH_AT")
	if at == "" {
		return
	}
	name, n, ok := strings.Cut(at, ":")
	count, err := strconv.Atoi(n)
	if !ok || err != nil {
		fmt.Fprintf(os.Stderr, "tidemark: TIDEMARK_CRASH_AT is %q, expected step:count\n", at)
		os.Exit(exitWrong)
	}
	var mu sync.Mutex
	step := func(s string) {
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
	job.Step, kafka.Step = step, step
}
