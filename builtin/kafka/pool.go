package kafka

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// recordPool lends the client the records of its fetches. A reader copies what it keeps
// and gives them back by Recycle.
type recordPool struct{}

var pooledRecords sync.Pool

// leastRecords is the least size that is made, so that small batches share slices.
const leastRecords = 256

func (recordPool) GetRecords(n int) []kgo.Record {
	if s, ok := pooledRecords.Get().(*[]kgo.Record); ok && cap(*s) >= n {
		return *s
	}
	return make([]kgo.Record, max(n, leastRecords))
}

func (recordPool) PutRecords(s []kgo.Record) {
	s = s[:cap(s)]
	pooledRecords.Put(&s)
}
