package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// readMark reads the newest mark in group. stable waits until no transaction that would
// change it is open or half ended. No mark: the zero mark.
func (c *coordinator) readMark(ctx context.Context, group string, stable bool) (mark, error) {
	var found mark
	err := retry(ctx, func() error {
		request := kmsg.NewPtrOffsetFetchRequest()
		request.RequireStable = stable
		request.Group = group
		g := kmsg.NewOffsetFetchRequestGroup()
		g.Group = group
		request.Groups = append(request.Groups, g) // all topics
		response, err := request.RequestWith(ctx, c.kafka)
		if err != nil {
			return err
		}
		found, err = newestMark(response, c.key.run)
		return err
	})
	if errors.Is(err, kerr.GroupIDNotFound) {
		return mark{}, nil
	}
	if err != nil {
		return found, fmt.Errorf("reading the mark in group %s: %w", group, err)
	}
	return found, nil
}

// newestMark looks at all offsets of the group, since the mark's topic may have been
// another one: the newest mark of the run, else any.
func newestMark(r *kmsg.OffsetFetchResponse, run string) (best mark, err error) {
	note := func(code int16, metadata *string) {
		if e := kerrOf(code); e != nil {
			err = e
		}
		if metadata == nil {
			return
		}
		m, ok := parseMark(*metadata)
		if ok && (best.run != run || m.run == run && m.epoch > best.epoch) {
			best = m
		}
	}
	note(r.ErrorCode, nil)
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			note(p.ErrorCode, p.Metadata)
		}
	}
	for _, g := range r.Groups {
		note(g.ErrorCode, nil)
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				note(p.ErrorCode, p.Metadata)
			}
		}
	}
	return best, err
}

// firstMark notes the run, before its first epoch.
func (c *coordinator) firstMark(ctx context.Context) error {
	err := retry(ctx, func() error {
		request := kmsg.NewPtrOffsetCommitRequest()
		request.Group = c.group
		request.Generation = -1
		t := kmsg.NewOffsetCommitRequestTopic()
		t.Topic, t.TopicID = c.topic, c.topicID
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Metadata = kmsg.StringPtr(mark{run: c.key.run}.String())
		t.Partitions = append(t.Partitions, p)
		request.Topics = append(request.Topics, t)
		response, err := request.RequestWith(ctx, c.kafka)
		if err != nil {
			return err
		}
		for _, t := range response.Topics {
			for _, p := range t.Partitions {
				if err := kerrOf(p.ErrorCode); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing the first mark to group %s: %w", c.group, err)
	}
	return nil
}

// offsetCommit is an offset of a partition that a transaction commits to a group.
type offsetCommit struct {
	topic     string
	topicID   [16]byte
	partition int32
	offset    int64
	metadata  string
}

// commitInTransaction adds offsets of a group to the open transaction of s: they are
// visible when it is, or never.
func (c *coordinator) commitInTransaction(ctx context.Context, s *slot, group string, offsets []offsetCommit) error {
	if !c.implicit {
		err := retry(ctx, func() error {
			request := kmsg.NewPtrAddOffsetsToTxnRequest()
			request.TransactionalID, request.ProducerID, request.ProducerEpoch = s.id, s.producer, s.producerEpoch
			request.Group = group
			response, err := request.RequestWith(ctx, c.kafka)
			if err != nil {
				return err
			}
			return kerrOf(response.ErrorCode)
		})
		if err != nil {
			return err
		}
	}
	return retry(ctx, func() error {
		request := kmsg.NewPtrTxnOffsetCommitRequest()
		request.TransactionalID, request.ProducerID, request.ProducerEpoch = s.id, s.producer, s.producerEpoch
		request.Group, request.Generation = group, -1
		at := map[string]int{}
		for _, o := range offsets {
			i, known := at[o.topic]
			if !known {
				i = len(request.Topics)
				at[o.topic] = i
				t := kmsg.NewTxnOffsetCommitRequestTopic()
				t.Topic, t.TopicID = o.topic, o.topicID
				request.Topics = append(request.Topics, t)
			}
			p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			p.Partition, p.Offset, p.Metadata = o.partition, o.offset, kmsg.StringPtr(o.metadata)
			request.Topics[i].Partitions = append(request.Topics[i].Partitions, p)
		}
		response, err := request.RequestWith(ctx, c.kafka)
		if err != nil {
			return err
		}
		for _, t := range response.Topics {
			for _, p := range t.Partitions {
				if err := kerrOf(p.ErrorCode); err != nil {
					return fmt.Errorf("topic %s partition %d: %w", t.Topic, p.Partition, err)
				}
			}
		}
		return nil
	})
}
