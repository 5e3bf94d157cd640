package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"tidemark.dev/option"
)

// startup is where reading starts, or where it ends: the modes are the same.
type startup struct {
	mode    string
	millis  int64
	offsets map[int32]int64
	bound   bool // it is the end
}

func newStartup(o *option.Values, prefix string, topics int) (startup, error) {
	s := startup{mode: o.Choice(prefix + "mode"), bound: prefix == "scan.bounded."}
	needs := func(option string) error {
		if !o.Given(prefix + option) {
			return fmt.Errorf("option '%smode' = '%s' needs '%s%s'", prefix, s.mode, prefix, option)
		}
		return nil
	}
	switch s.mode {
	case startTimestamp:
		s.millis = o.Int(prefix + "timestamp-millis")
		return s, needs("timestamp-millis")
	case startSpecific:
		if err := needs("specific-offsets"); err != nil {
			return s, err
		}
		if topics != 1 {
			return s, fmt.Errorf("option '%smode' = '%s' needs a single 'topic'", prefix, s.mode)
		}
		var err error
		s.offsets, err = parseSpecific(o.String(prefix + "specific-offsets"))
		return s, err
	}
	return s, nil
}

// resolve turns a mode into offsets of the given splits. set may be told an error of one
// partition, which counts only if it has no position to resume.
func (s *source) resolve(ctx context.Context, mode startup, splits []*split, set func(*split, int64, error)) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	topics := topicsOf(splits)
	switch mode.mode {
	case startEarliest:
		return s.listOffsets(ctx, s.admin.ListStartOffsets, topics, splits, set)
	case startLatest:
		return s.listOffsets(ctx, s.latest(), topics, splits, set)
	case startTimestamp:
		return s.afterMillis(ctx, mode.millis, topics, splits, set)
	case startSpecific:
		return s.specific(ctx, mode, splits, set)
	}
	return s.groupOffsets(ctx, topics, splits, set)
}

type listing func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error)

// latest lists the ends: those of decided transactions for a read_committed source, so
// that a bounded one does not wait for a producer that hangs.
func (s *source) latest() listing {
	if s.client.committed {
		return s.admin.ListCommittedOffsets
	}
	return s.admin.ListEndOffsets
}

func topicsOf(splits []*split) []string {
	var topics []string
	seen := map[string]bool{}
	for _, p := range splits {
		if !seen[p.topic] {
			seen[p.topic] = true
			topics = append(topics, p.topic)
		}
	}
	return topics
}

func (s *source) listOffsets(ctx context.Context, by listing, topics []string, splits []*split, set func(*split, int64, error)) error {
	listed, err := by(ctx, topics...)
	if err != nil {
		return fmt.Errorf("cannot list offsets: %w", err)
	}
	for _, p := range splits {
		o, ok := listed.Lookup(p.topic, p.partition)
		if !ok {
			return fmt.Errorf("%s: the broker lists no offset", p.name())
		}
		if o.Err != nil {
			return fmt.Errorf("%s: cannot list its offsets: %w", p.name(), o.Err)
		}
		set(p, o.Offset, nil)
	}
	return nil
}

// afterMillis finds the first record at or after a time; where there is none, the end.
func (s *source) afterMillis(ctx context.Context, millis int64, topics []string, splits []*split, set func(*split, int64, error)) error {
	ends := map[*split]int64{}
	err := s.listOffsets(ctx, s.latest(), topics, splits, func(p *split, at int64, _ error) { ends[p] = at })
	if err != nil {
		return err
	}
	after := func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
		return s.admin.ListOffsetsAfterMilli(ctx, millis, topics...)
	}
	return s.listOffsets(ctx, after, topics, splits, func(p *split, at int64, _ error) { set(p, min(at, ends[p]), nil) })
}

// specific takes the offsets given. A partition that is not named starts at the group's
// offset or else at its beginning, as in Flink; as an end, it is not read at all.
func (s *source) specific(ctx context.Context, mode startup, splits []*split, set func(*split, int64, error)) error {
	var rest []*split
	for _, p := range splits {
		at, ok := mode.offsets[p.partition]
		switch {
		case ok:
			set(p, at, nil)
		case mode.bound:
			set(p, 0, nil)
		default:
			rest = append(rest, p)
		}
	}
	for partition := range mode.offsets {
		found := false
		for _, p := range s.splits {
			found = found || p.partition == partition
		}
		for _, p := range splits {
			found = found || p.partition == partition
		}
		if !found {
			return fmt.Errorf("the specific offsets name partition %d, which the topic does not have", partition)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	if s.client.group != "" {
		return s.committedOr(ctx, startEarliest, topicsOf(rest), rest, set)
	}
	return s.listOffsets(ctx, s.admin.ListStartOffsets, topicsOf(rest), rest, set)
}

// groupOffsets takes the group's offsets, and where there is none what
// auto.offset.reset says; without that, the partition has no start.
func (s *source) groupOffsets(ctx context.Context, topics []string, splits []*split, set func(*split, int64, error)) error {
	reset := ""
	switch s.client.reset {
	case "earliest":
		reset = startEarliest
	case "latest":
		reset = startLatest
	}
	if s.client.group == "" {
		return s.resolve(ctx, startup{mode: reset}, splits, set)
	}
	return s.committedOr(ctx, reset, topics, splits, set)
}

func (s *source) committedOr(ctx context.Context, reset string, topics []string, splits []*split, set func(*split, int64, error)) error {
	committed, err := s.admin.FetchOffsetsForTopics(ctx, s.client.group, topics...)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("cannot fetch the offsets of group %s: %w", s.client.group, err)
	}
	var rest []*split
	for _, p := range splits {
		o, ok := committed.Lookup(p.topic, p.partition)
		if ok && o.Err != nil {
			return fmt.Errorf("%s: cannot fetch the offset of group %s: %w", p.name(), s.client.group, o.Err)
		}
		switch {
		case ok && o.At >= 0:
			set(p, o.At, nil)
		case reset == "":
			set(p, 0, fmt.Errorf("group %s has no offset here to start from; set 'properties.auto.offset.reset' to 'earliest' or 'latest', or another 'scan.startup.mode'", s.client.group))
		default:
			rest = append(rest, p)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return s.resolve(ctx, startup{mode: reset}, rest, set)
}
