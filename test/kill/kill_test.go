//go:build proof

// Package kill proves that a process killed at any moment loses nothing and writes nothing
// twice: the real binary, a real Kafka, and a judge that is not ours (judge.py).
//
//	go test -tags proof ./test/kill -v -kills 200
package kill

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"syscall"
	"testing"
	"time"

	"tidemark.dev/builtin/kafka"
	"tidemark.dev/internal/epochlog"
)

var (
	kills = flag.Int("kills", 20, "how many random kills")
	seed  = flag.Uint64("seed", 1, "of the input and of the times of kills")
	keep  = flag.String("keep", "", "a directory that gets what a failed judgement was about")
)

// patience is how long a test waits for what must happen before it gives up.
const patience = 60 * time.Second

// jobSteps are the names that job.Step is called with.
var jobSteps = []string{"begin", "prepare", "log", "logged", "commit", "committed", "settle"}

// allSteps are all steps of the protocol.
var allSteps = append(append(append([]string{}, jobSteps...), kafka.Steps...), epochlog.Steps...)

var (
	binary string
	shared *broker
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "kill")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "tidemark")
		build := exec.Command("go", "build", "-o", binary, "../../cmd/tidemark")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the binary could not be built: %v\n%s", err, out)
			return 1
		}
		if shared, err = startBroker(filepath.Join(dir, "kafka")); err != nil {
			fmt.Fprintln(os.Stderr, "no Kafka to prove anything against:", err)
			return 1
		}
		defer shared.stop()
		return m.Run()
	}())
}

// killAtRandom kills a process, if it does not end before: one in four while it starts and
// recovers, the others while it works.
func killAtRandom(p *process, rng *rand.Rand) {
	p.t.Helper()
	wait := time.Duration(rng.IntN(150)) * time.Millisecond
	if rng.IntN(4) > 0 {
		p.untilStep("begin")
		wait = time.Duration(rng.IntN(600)) * time.Millisecond
	}
	if !p.hasEnded(wait) {
		p.signal(syscall.SIGKILL)
	}
	p.wait()
}

// Rows come at a rate while the process is killed; SIGTERM ends it.
func TestRandomKillsWhileRowsCome(t *testing.T) {
	l := newPipeline(t, shared, options{})
	rng := rand.New(rand.NewPCG(*seed, 1))
	c := newCounters()
	var recoveries []time.Duration
	stop := l.produceAt(1500)
	for range max(1, *kills/2) {
		l.tail.forget()
		p := l.start()
		killAtRandom(p, rng)
		p.must(-9)
		c.note(p, true)
		if d, ok := l.tail.since(p.started); ok {
			recoveries = append(recoveries, d)
		}
	}
	stop()
	l.end(l.start(), c)
	t.Logf("\n%s", c)
	sort.Slice(recoveries, func(i, j int) bool { return recoveries[i] < recoveries[j] })
	if n := len(recoveries); n > 0 {
		t.Logf("from a start to its first committed rows (%d of %d starts lived to see any): median %v, 95%% %v, longest %v",
			n, c.kills, recoveries[n/2], recoveries[n*95/100], recoveries[n-1])
	}
	l.judge()
}

// All rows are there; the process is killed until it exits 0, over and over.
func TestRandomKillsOfBoundedRuns(t *testing.T) {
	l := newPipeline(t, shared, options{bounded: true, slow: true})
	l.produce(20_000)
	rng := rand.New(rand.NewPCG(*seed, 2))
	c := newCounters()
	for done := false; !done; {
		p := l.start()
		left := c.kills < *kills-*kills/2
		if left {
			killAtRandom(p, rng)
		}
		code := p.wait()
		c.note(p, code == -9)
		told := code == 0 || code == -9 && l.told() // killed when nothing was left but to exit
		switch {
		case code == -9 && !told:
		case !told:
			t.Fatalf("exit code %d:\n%s", code, p.told())
		case left:
			l.newRun()
		default:
			done = true
		}
	}
	t.Logf("%d runs\n%s", len(l.runs), c)
	l.judge()
}
