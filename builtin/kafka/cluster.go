package kafka

import (
	"sort"
	"strings"
)

// Transaction implements connector.Transactional: the tables of a pipeline on one
// cluster share a transaction, and a cluster is known by its brokers' addresses.
func (s *sink) Transaction() string {
	brokers := append([]string(nil), s.client.bootstrap...)
	sort.Strings(brokers)
	return "the Kafka cluster at " + strings.Join(brokers, ",")
}
