//go:build proof

package kill

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process that is stopped for longer than its transactions may last finds them rolled
// back by the broker, and goes back to its last epoch.
func TestStoppedLongerThanTheTransactionTimeout(t *testing.T) {
	l := newPipeline(t, shared, options{timeout: 3 * time.Second})
	rng := rand.New(rand.NewPCG(*seed, 4))
	stop := l.produceAt(1000)
	p := l.start()
	p.untilStep("settle")
	for range 3 {
		time.Sleep(time.Duration(300+rng.IntN(700)) * time.Millisecond)
		p.signal(syscall.SIGSTOP)
		if p.hasEnded(6 * time.Second) {
			break
		}
		p.signal(syscall.SIGCONT)
		at := time.Now()
		l.tail.forget()
		eventually(t, patience, func() error {
			if d, ok := l.tail.since(at); ok {
				t.Logf("first committed rows %v after SIGCONT", d)
				return nil
			}
			if p.hasEnded(0) {
				t.Fatalf("exit code %d:\n%s", p.code(), p.told())
			}
			return fmt.Errorf("nothing is committed %v after SIGCONT:\n%s", time.Since(at), p.told())
		})
	}
	stop()
	l.end(p, newCounters())
	p.mustTell("goes back", "done again")
	t.Logf("stderr:\n%s", p.told())
	l.judge()
}

// The broker is killed and started again, while the process runs.
func TestBrokerKilled(t *testing.T) {
	b, err := startBroker(t.TempDir())
	check(t, err)
	defer b.stop()
	l := newPipeline(t, b, options{})
	rng := rand.New(rand.NewPCG(*seed, 5))
	stop := l.produceAt(1000)
	p := l.start()
	p.untilStep("settle")
	for range 3 {
		time.Sleep(time.Duration(500+rng.IntN(1000)) * time.Millisecond)
		_, err := b.command("kill9")
		check(t, err)
		time.Sleep(time.Duration(500+rng.IntN(2000)) * time.Millisecond)
		l.tail.forget()
		from := time.Now()
		_, err = b.command("start")
		check(t, err)
		at := time.Now()
		t.Logf("the broker took %v to start", at.Sub(from))
		eventually(t, patience, func() error {
			if d, ok := l.tail.since(at); ok {
				t.Logf("first committed rows %v after the broker's start", d)
				return nil
			}
			if p.hasEnded(0) {
				t.Fatalf("exit code %d:\n%s", p.code(), p.told())
			}
			return fmt.Errorf("nothing is committed %v after the broker is back:\n%s", time.Since(at), p.told())
		})
	}
	stop()
	from := time.Now()
	l.end(p, newCounters())
	t.Logf("the rest took %v; stderr:\n%s", time.Since(from), p.told())
	l.judge()
}

// A start without a broker fails and says so; started again when there is one, it goes on.
func TestStartWithoutABroker(t *testing.T) {
	b, err := startBroker(t.TempDir())
	check(t, err)
	defer b.stop()
	l := newPipeline(t, b, options{})
	stop := l.produceAt(1000)
	p := l.start()
	p.untilStep("settle")
	stop()
	p.signal(syscall.SIGKILL)
	p.must(-9)
	_, err = b.command("kill9")
	check(t, err)
	p = l.start()
	p.must(1)
	p.mustTell("no broker of '" + b.addr + "' answers")
	_, err = b.command("start")
	check(t, err)
	l.end(l.start(), newCounters())
	l.judge()
}

// mount makes a small file system of its own.
func mount(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Fatalf("this proof fills a disk, and needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill leaves no room in a directory.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	check(t, err)
	defer f.Close()
	for block := 64 << 10; block > 0; block /= 2 {
		for {
			if _, err := f.Write(make([]byte, block)); err != nil {
				break
			}
		}
	}
	return func() { check(t, os.Remove(name)) }
}

// A disk that is full ends the process with an error that says so; when there is room
// again, the same command goes on.
func TestDiskFull(t *testing.T) {
	for _, where := range []string{"data", "files"} {
		t.Run(where, func(t *testing.T) {
			disk := mount(t, 64<<20)
			o := options{}
			if where == "data" {
				o.data = filepath.Join(disk, "data")
			} else {
				o.files = filepath.Join(disk, "files")
			}
			l := newPipeline(t, shared, o)
			stop := l.produceAt(1000)
			for range 3 {
				p := l.start()
				p.untilStep("settle")
				free := fill(t, disk)
				p.must(1)
				p.mustTell("no space left on device")
				t.Logf("stderr: %s", strings.TrimSpace(p.told()))
				p = l.start() // as long as there is no room
				p.must(1)
				p.mustTell("no space left on device")
				free()
			}
			stop()
			l.end(l.start(), newCounters())
			l.judge()
		})
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	l := newPipeline(t, shared, options{})
	l.produce(1000)
	p := l.start()
	p.untilStep("settle")
	second := l.start()
	if code := second.wait(); code != 1 && code != 2 {
		t.Errorf("exit code %d, not 1 or 2:\n%s", code, second.told())
	}
	second.mustTell("in use by another tidemark process")
	t.Logf("exit code %d: %s", second.code(), strings.TrimSpace(second.told()))
	l.end(p, newCounters())
	l.judge()
}

// A bounded run that is interrupted exits as a shell expects, and goes on when it is
// started again; an unbounded one that is asked to end has done its work.
func TestSignals(t *testing.T) {
	l := newPipeline(t, shared, options{bounded: true, slow: true})
	l.produce(20_000)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM} {
		p := l.start()
		p.untilStep("begin")
		p.signal(s)
		p.must(128 + int(s))
	}
	l.start().must(0)
	l.judge()

	l = newPipeline(t, shared, options{})
	l.produce(1000)
	p := l.start()
	p.untilStep("begin")
	p.signal(syscall.SIGINT)
	p.must(0)
	l.end(l.start(), newCounters())
	l.judge()
}
