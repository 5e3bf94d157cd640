//go:build proof

package kafka

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// With the tag "proof" every test of the package runs against a real broker, which the
// peers beside this repository start, and some that need one are added.

var real struct {
	dir, addr string
	tests     int
}

func peer(arguments ...string) (string, error) {
	path := os.Getenv("TIDEMARK_PEERS")
	if path == "" {
		path = filepath.Join("..", "..", "..", "shared", "peers")
	}
	out, err := exec.Command(filepath.Join(path, "kafka"), arguments...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", filepath.Join(path, "kafka"), strings.Join(arguments, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func TestMain(m *testing.M) {
	code := func() int {
		dir, err := os.MkdirTemp("", "kafka-proof")
		if err == nil {
			real.dir = dir
			real.addr, err = peer("start", "--dir", dir, "--port", "0", "--sasl", "--tls")
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "no Kafka to prove anything against:", err)
			return 1
		}
		defer os.RemoveAll(dir)
		defer peer("stop", "--dir", dir)
		return m.Run()
	}()
	os.Exit(code)
}

// newBroker is the real one, without topics and groups, for a run of its own.
func newBroker(t *testing.T) *broker {
	t.Helper()
	real.tests++
	run = fmt.Sprintf("r%d", real.tests)
	b := connectTo(t, real.addr)
	topics, err := b.admin.ListTopics(t.Context())
	check(t, err)
	if names := topics.Names(); len(names) > 0 {
		_, err = b.admin.DeleteTopics(t.Context(), names...)
		check(t, err)
	}
	groups, err := b.admin.ListGroups(t.Context())
	check(t, err)
	if names := groups.Groups(); len(names) > 0 {
		_, err = b.admin.DeleteGroups(t.Context(), names...)
		check(t, err)
	}
	return b
}
