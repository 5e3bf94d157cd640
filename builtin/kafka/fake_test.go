//go:build !proof

package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// newBroker is a broker in this process, for this test alone.
func newBroker(t *testing.T) *broker {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SleepOutOfOrder())
	check(t, err)
	t.Cleanup(fake.Close)
	return connectTo(t, fake.ListenAddrs()[0])
}
