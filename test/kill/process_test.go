//go:build proof

package kill

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one start of the binary.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	started time.Time
	ended   chan struct{} // closed when it has ended
	trace   string        // the file of its steps

	mu     sync.Mutex
	stderr bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(b)
}

func (p *process) told() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// start runs the pipeline's script, each time at another parallelism; environment is
// NAME=value.
func (l *pipeline) start(environment ...string) *process {
	l.t.Helper()
	l.starts++
	p := &process{t: l.t, ended: make(chan struct{}), trace: filepath.Join(l.dir, fmt.Sprintf("steps-%d", l.starts))}
	parallelism := fmt.Sprintf("parallelism.default=%d", 1+l.starts%3)
	p.cmd = exec.Command(binary, "run", l.script, "--data", l.data, "--set", parallelism)
	p.cmd.Stderr = p
	p.cmd.Env = append(append(os.Environ(), "TIDEMARK_STEPS="+p.trace, "TIDEMARK_SEGMENT_BYTES=20000"), environment...)
	p.started = time.Now()
	check(l.t, p.cmd.Start())
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	l.t.Cleanup(func() { p.cmd.Process.Kill(); <-p.ended })
	return p
}

func (p *process) signal(s syscall.Signal) { p.cmd.Process.Signal(s) }

// wait waits until the process has ended and answers its exit code, -9 if it was killed.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.signal(syscall.SIGQUIT)
		<-p.ended
		p.t.Fatalf("the process did not end in %v:\n%s", patience, p.told())
	}
	return p.code()
}

// code is that of a process that has ended.
func (p *process) code() int {
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}

// hasEnded tells whether the process ends within d.
func (p *process) hasEnded(d time.Duration) bool {
	select {
	case <-p.ended:
		return true
	case <-time.After(d):
		return false
	}
}

// mustTell fails the test if none of the texts is on stderr.
func (p *process) mustTell(texts ...string) {
	p.t.Helper()
	for _, s := range texts {
		if strings.Contains(p.told(), s) {
			return
		}
	}
	p.t.Errorf("stderr says none of %q:\n%s", texts, p.told())
}

// must fails the test if the process ended with another code.
func (p *process) must(code int) {
	p.t.Helper()
	if got := p.wait(); got != code {
		p.t.Fatalf("exit code %d, not %d:\n%s", got, code, p.told())
	}
}

// steps are the names of the steps that the process came to, in order.
func (p *process) steps() []string {
	b, err := os.ReadFile(p.trace)
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
	return strings.Fields(string(b))
}

// untilStep waits until the process has come to a step, or has ended.
func (p *process) untilStep(name string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !contains(p.steps(), name); {
		if p.hasEnded(2 * time.Millisecond) {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("no step %q in %v:\n%s", name, patience, p.told())
		}
	}
}

// note counts the steps of a process that has ended, and where it was killed.
func (c *counters) note(p *process, killed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	steps := p.steps()
	for _, s := range steps {
		c.reached[s]++
	}
	if killed {
		last := "(starting)"
		if len(steps) > 0 {
			last = steps[len(steps)-1]
		}
		c.fell[last]++
		c.kills++
	}
	os.Remove(p.trace)
}

// counters say how often each step was reached, and behind which a kill fell.
type counters struct {
	mu            sync.Mutex
	kills         int
	reached, fell map[string]int
}

func newCounters() *counters { return &counters{reached: map[string]int{}, fell: map[string]int{}} }

// String is a table: a step, how often it was reached, how many kills fell between it and
// the next.
func (c *counters) String() string {
	var b strings.Builder
	names := append([]string{"(starting)"}, allSteps...)
	for s := range c.reached {
		if !contains(names, s) {
			names = append(names, s)
		}
	}
	sort.Strings(names)
	fmt.Fprintf(&b, "%-28s %9s %9s\n", "step", "reached", "killed")
	for _, s := range names {
		fmt.Fprintf(&b, "%-28s %9d %9d\n", s, c.reached[s], c.fell[s])
	}
	fmt.Fprintf(&b, "%-28s %9s %9d", "all", "", c.kills)
	return b.String()
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
