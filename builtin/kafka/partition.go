package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// hinted is the partitioner of all sink clients. A record whose Partition is not negative
// asks for that one (of as many as there are, round and round); any other goes where the
// Java client's default partitioner would put it: by the hash of its key, or to one
// partition until a batch is full.
type hinted struct{ fallback kgo.Partitioner }

// byKey is the hint for the default partitioner.
const byKey = -1

func newPartitioner() kgo.Partitioner { return hinted{kgo.StickyKeyPartitioner(nil)} }

func (h hinted) ForTopic(topic string) kgo.TopicPartitioner {
	return &hintedTopic{h.fallback.ForTopic(topic)}
}

type hintedTopic struct{ kgo.TopicPartitioner }

func (h *hintedTopic) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition >= 0 || h.TopicPartitioner.RequiresConsistency(r)
}

func (h *hintedTopic) Partition(r *kgo.Record, n int) int {
	if r.Partition >= 0 {
		return int(r.Partition) % n
	}
	return h.TopicPartitioner.Partition(r, n)
}

// OnNewBatch passes on that a batch is full.
func (h *hintedTopic) OnNewBatch() {
	if f, ok := h.TopicPartitioner.(kgo.TopicPartitionerOnNewBatch); ok {
		f.OnNewBatch()
	}
}
