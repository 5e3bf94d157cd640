//go:build proof

package kill

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tidemark.dev/builtin/kafka"
	"tidemark.dev/internal/epochlog"
)

// The process kills itself at each named step of the protocol, the first time it comes to
// it and some later time, while rows come.
func TestKillAtEachStep(t *testing.T) {
	l := newPipeline(t, shared, options{})
	rng := rand.New(rand.NewPCG(*seed, 3))
	c := newCounters()
	stop := l.produceAt(1000)
	kill := func(step string, count int) {
		p := l.start(fmt.Sprintf("TIDEMARK_CRASH_AT=%s:%d", step, count))
		if code := p.wait(); code != -9 {
			t.Fatalf("step %s: exit code %d:\n%s", step, code, p.told())
		}
		c.note(p, true)
	}
	for _, step := range allSteps {
		switch step {
		case kafka.StepResolveBeforeEnd, kafka.StepResolveAfterEnd:
			// Reached by a start that finds a durable epoch whose transaction is open.
			for count := range 2 {
				kill(kafka.StepBeforeEnd, 1+count)
				kill(step, 1)
			}
		case kafka.StepBeforeFence, kafka.StepFenced:
			// Once for each pipeline that writes a topic, at the start.
			kill(step, 1)
			kill(step, 2)
		case epochlog.StepCompact, epochlog.StepCompactWrite, epochlog.StepCompactSync, epochlog.StepCompactRename,
			epochlog.StepCompactRenamed, epochlog.StepCompactReplaced, epochlog.StepCompactRemove, epochlog.StepCompacted:
			// Each time the state has doubled.
			kill(step, 1)
			kill(step, 2)
		default:
			kill(step, 1)
			kill(step, 2+rng.IntN(12))
		}
	}
	stop()
	l.end(l.start(), c)
	t.Logf("\n%s", c)
	for _, step := range allSteps {
		if c.fell[step] == 0 {
			t.Errorf("no kill fell at step %s", step)
		}
	}
	l.judge()
}

// A short run is killed at every step that it comes to, each time that it comes to it, and
// goes on to its end.
func TestKillAtEveryStepOfAShortRun(t *testing.T) {
	l := newPipeline(t, shared, options{bounded: true})
	l.produce(300)
	c := newCounters()
	most := 2
	if *kills >= 200 {
		most = 12
	}
	for _, step := range allSteps {
		for count := 1; count <= most; count++ {
			p := l.start(fmt.Sprintf("TIDEMARK_CRASH_AT=%s:%d", step, count))
			code := p.wait()
			c.note(p, code == -9)
			if code == -9 {
				p = l.start()
				p.must(0)
				c.note(p, false)
			} else if code != 0 {
				t.Fatalf("step %s, time %d: exit code %d:\n%s", step, count, code, p.told())
			}
			l.newRun()
			if code == 0 {
				break
			}
		}
	}
	l.start().must(0)
	t.Logf("%d runs\n%s", len(l.runs), c)
	l.judge()
}

// Where a kill does lose or repeat rows, the judge says so: a sink that promises less
// repeats them when the process is killed between writing and the epoch's record.
func TestTheJudgeFindsRepeatedAndLostRows(t *testing.T) {
	l := newPipeline(t, shared, options{least: true})
	stop := l.produceAt(1000)
	l.start("TIDEMARK_CRASH_AT=log:7").must(-9)
	stop()
	l.end(l.start(), newCounters())
	said, err := l.judged()
	if err == nil || !strings.Contains(said, "joined: twice") || strings.Contains(said, ": lost") {
		t.Errorf("rows are repeated, the judge says (%v)\n%s", err, said)
	}

	l = newPipeline(t, shared, options{})
	l.produce(500)
	l.end(l.start(), newCounters())
	l.produce(1)
	l.closing()
	if said, err = l.judged(); err == nil || !strings.Contains(said, "joined: lost") || strings.Contains(said, ": twice") {
		t.Errorf("an order was not read, the judge says (%v)\n%s", err, said)
	}
}
