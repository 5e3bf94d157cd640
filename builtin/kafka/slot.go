package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
)

// slot is a client that writes, and, for exactly-once, one transactional id of the pool.
type slot struct {
	kafka *kgo.Client
	cause atomic.Pointer[error] // the first record that was not written, or what ended the client

	// The rest is the coordinator's, under its lock, but for prepare's own marked.
	id            string
	number        int    // of the pool
	begun         bool   // it has a transaction; else it is free
	generation    uint64 // whose
	epoch         uint64 // as of prepare
	marked        bool   // the mark is in the transaction: only Commit may end it
	producer      int64  // before and in the transaction
	producerEpoch int16
}

func (s *slot) context() context.Context { return context.Background() }

func (s *slot) fail(err error) { s.cause.CompareAndSwap(nil, &err) }

// failure is why the slot can be written to no more. If the broker has rolled its
// transaction back, or may have, the epoch must be done again.
func (s *slot) failure() error {
	cause := s.cause.Load()
	if cause == nil {
		return nil
	}
	if s.id != "" && rolledBack(*cause) {
		return fmt.Errorf("%w (transaction %s: %w)", connector.ErrRefused, s.id, *cause)
	}
	return fmt.Errorf("writing: %w", *cause)
}

// push sends what lingers.
func (s *slot) push() {
	k := s.kafka
	go func() { _ = k.Flush(context.Background()) }() // records tell their errors themselves
}

// rolledBack tells that an error is the coordinator's or a leader's last word on a
// transaction or its producer: it has been aborted, or another process has taken its id.
func rolledBack(err error) bool {
	for _, e := range []error{
		kerr.InvalidTxnState, kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.InvalidProducerIDMapping,
		kerr.TransactionAbortable, kerr.TransactionalIDNotFound, kerr.UnknownProducerID, kerr.OutOfOrderSequenceNumber,
		kgo.ErrRecordTimeout, kgo.ErrRecordRetries, kgo.ErrAborting,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func kerrOf(code int16) error { return kerr.ErrorForCode(code) }

// passing tells that an error may be gone at the next try: brokers that cannot be
// reached, coordinators that move or load, transactions whose end is being written.
func passing(err error) bool {
	var known *kerr.Error
	if errors.As(err, &known) {
		return known.Retriable || errors.Is(err, kerr.ConcurrentTransactions) || errors.Is(err, kerr.UnstableOffsetCommit)
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, kgo.ErrClientClosed)
}

// Pauses between tries: the first is about what a broker takes to write a transaction's
// marks.
const (
	firstPause = 2 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// retry tries until it works, or fails for good, or ctx ends.
func retry(ctx context.Context, try func() error) error {
	pause := firstPause
	for {
		err := try()
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w, still at the last of many tries: %w", ctx.Err(), err)
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}
