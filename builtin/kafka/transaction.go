package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
)

// abortTimeout is how long Close tries to abort what is open; the brokers do it too, when
// the transaction's timeout has passed.
const abortTimeout = 3 * time.Second

// acquire answers the slot whose transaction has the rows of a generation; it begins one
// with the first of them. nil: all slots are taken, wake will be called.
func (c *coordinator) acquire(generation uint64, wake func()) (*slot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return nil, c.broken
	}
	if s := c.live[generation]; s != nil {
		return s, nil
	}
	for _, s := range c.slots {
		if s.begun {
			continue
		}
		// This asks no broker anything: the producer id is there.
		if err := s.kafka.BeginTransaction(); err != nil {
			return nil, fmt.Errorf("transaction %s: %w", s.id, err)
		}
		s.begun, s.generation = true, generation
		c.live[generation] = s
		return s, nil
	}
	c.waiting = append(c.waiting, wake)
	return nil, nil
}

// prepare puts the mark of an epoch into the transaction that has its rows, once, and
// answers the ticket that every table of the pipeline gets for it; nil if no table has
// written a row.
func (c *coordinator) prepare(ctx context.Context, epoch, generation uint64) ([]byte, error) {
	c.preparing.Lock()
	defer c.preparing.Unlock()
	c.mu.Lock()
	s, broken := c.live[generation], c.broken
	c.mu.Unlock()
	if broken != nil {
		return nil, broken
	}
	if s == nil {
		return nil, nil
	}
	if err := s.failure(); err != nil {
		return nil, err
	}
	if s.marked && s.epoch != epoch {
		return nil, fmt.Errorf("epochs %d and %d are one generation of rows", s.epoch, epoch)
	}
	if !s.marked {
		if err := c.mark(ctx, s, epoch); err != nil {
			return nil, fmt.Errorf("epoch %d: %w", epoch, err)
		}
	}
	return ticket{id: s.id, group: c.group, run: c.key.run, producer: s.producer, producerEpoch: s.producerEpoch}.encode(), nil
}

// mark adds the epoch's mark to the transaction of s.
func (c *coordinator) mark(ctx context.Context, s *slot, epoch uint64) error {
	producer, producerEpoch, err := s.kafka.ProducerID(ctx)
	if err == nil && (producer != s.producer || producerEpoch != s.producerEpoch) {
		// The client has begun anew behind our back: rows written before that are gone.
		err = fmt.Errorf("its producer was replaced")
	}
	if err != nil {
		return fmt.Errorf("%w (transaction %s: %w)", connector.ErrRefused, s.id, err)
	}
	Step(StepBeforeMark)
	m := mark{run: c.key.run, epoch: epoch}
	err = c.commitInTransaction(ctx, s, c.group, []offsetCommit{{topic: c.topic, topicID: c.topicID, offset: int64(epoch), metadata: m.String()}})
	if err != nil {
		if rolledBack(err) {
			err = fmt.Errorf("%w (%w)", connector.ErrRefused, err)
		}
		return fmt.Errorf("adding the mark to transaction %s: %w", s.id, err)
	}
	Step(StepMarked)
	c.mu.Lock()
	s.marked, s.epoch = true, epoch
	c.mu.Unlock()
	return nil
}

// commit ends the transaction of a ticket, or finds that it has been.
//
// The request is our own and not the client's, for whose bookkeeping a commit and an abort
// both are a success: where an acknowledgement overtakes its first metadata of a topic, it
// takes the transaction for empty and aborts it. The client is told afterwards.
func (c *coordinator) commit(ctx context.Context, t connector.Ticket) error {
	known, err := decodeTicket(t.Data)
	if err != nil {
		return err
	}
	c.ending.Lock()
	defer c.ending.Unlock()
	c.mu.Lock()
	done, broken := c.committed >= t.Epoch, c.broken
	var s *slot
	for _, l := range c.live {
		if l.marked && l.epoch == t.Epoch && l.id == known.id {
			s = l
		}
	}
	c.mu.Unlock()
	switch {
	case done:
		return nil
	case broken != nil:
		return broken
	}
	if s != nil {
		c.commitPositions(ctx, s, t)
	}
	Step(StepBeforeEnd)
	err = c.end(ctx, known)
	Step(StepAfterEnd)
	if err != nil {
		if err = c.refusal(ctx, t.Epoch, known, err); err != nil {
			if errors.Is(err, connector.ErrRefused) {
				c.fail(err)
			}
			return err
		}
	}
	c.note(t.Epoch)
	if s != nil {
		c.releasing.Go(func() { c.release(s) })
	}
	Step(StepSettled)
	return nil
}

// release tells the client of a slot that its transaction has ended: it asks for the same
// again, which is answered when the marks are written, and learns its next epoch.
func (c *coordinator) release(s *slot) {
	err := s.kafka.EndTransaction(c.life, kgo.TryCommit)
	var producer int64
	var producerEpoch int16
	if err == nil {
		producer, producerEpoch, err = s.kafka.ProducerID(c.life)
	}
	if err != nil {
		c.replace(s)
		return
	}
	c.mu.Lock()
	delete(c.live, s.generation)
	s.begun, s.marked = false, false
	s.producer, s.producerEpoch = producer, producerEpoch
	wake := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	for _, w := range wake {
		w()
	}
}

// replace opens a new client for the id of a slot whose transaction has ended without its
// client knowing how.
func (c *coordinator) replace(s *slot) {
	c.mu.Lock()
	delete(c.live, s.generation)
	c.mu.Unlock()
	s.kafka.Close()
	fresh, err := c.newSlot(c.life, s.number)
	if err != nil {
		if c.life.Err() == nil {
			c.fail(err)
			c.env.Fail(err)
		}
		return
	}
	c.mu.Lock()
	if c.life.Err() != nil {
		c.mu.Unlock()
		fresh.kafka.Close()
		return
	}
	for i := range c.slots {
		if c.slots[i] == s {
			c.slots[i] = fresh
		}
	}
	wake := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	for _, w := range wake {
		w()
	}
}

// fail ends all writing: what is open was, or will be, rolled back.
func (c *coordinator) fail(err error) {
	c.mu.Lock()
	if c.broken == nil {
		c.broken = err
	}
	for _, s := range c.slots {
		s.fail(c.broken)
	}
	wake := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	for _, w := range wake {
		w()
	}
}

// close leaves the coordinator; the last table ends it. Transactions without a mark are
// aborted, so that readers need not wait for their timeout; those with a mark belong to a
// durable epoch, or to one that may be, and are left to the next start.
func (c *coordinator) close() {
	running.Lock()
	c.tables--
	last := c.tables == 0
	if last && running.byKey[c.key] == c {
		delete(running.byKey, c.key)
	}
	running.Unlock()
	if last {
		c.abandon()
	}
}

func (c *coordinator) abandon() {
	c.mu.Lock()
	c.stop()
	open := c.slots
	c.slots = nil
	var unmarked []*slot
	for _, s := range open {
		if s.begun && !s.marked {
			unmarked = append(unmarked, s)
		}
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), abortTimeout)
	defer cancel()
	for _, s := range unmarked {
		if err := s.kafka.AbortBufferedRecords(ctx); err == nil {
			_ = s.kafka.EndTransaction(ctx, kgo.TryAbort) // the brokers will, if this does not
		}
	}
	for _, s := range open {
		s.kafka.Close()
	}
	c.releasing.Wait()
	if c.kafka != nil {
		c.kafka.Close()
	}
}

// commitPositions commits the offsets of the sources that read from this cluster for a
// group, as of the epoch, with its rows. It is for those who look at the group: the
// pipeline itself resumes from its own log, so what fails here is only told.
func (c *coordinator) commitPositions(ctx context.Context, s *slot, t connector.Ticket) {
	for table, positions := range t.Positions {
		source := reading.find(c.key, table)
		if source == nil {
			continue
		}
		offsets := source.offsetsOf(positions)
		if len(offsets) == 0 {
			continue
		}
		if err := c.commitInTransaction(ctx, s, source.client.group, offsets); err != nil {
			c.refused.Do(func() {
				c.env.Warn(fmt.Sprintf("offsets of table %s cannot be committed to group %s with the rows: %v", table, source.client.group, err))
			})
			continue
		}
		source.noteInGroup(offsets)
	}
}
