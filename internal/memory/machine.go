package memory

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Available is the memory that the process may use, in bytes: what its control group
// allows, or else what the machine has.
func Available() int64 {
	best := int64(1) << 40
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		for _, line := range strings.Split(string(b), "\n") {
			f := strings.Fields(line)
			if len(f) >= 2 && f[0] == "MemTotal:" {
				if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
					best = kb << 10
				}
			}
		}
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if b, err := os.ReadFile(name); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 && n < best {
				best = n
			}
		}
	}
	return best
}

// Cores is the number of processors that the process may use at a time.
func Cores() int { return runtime.GOMAXPROCS(0) }
