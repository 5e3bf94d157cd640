package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tidemark.dev/connector"
)

// A fetcher takes what the brokers send to a table's client and keeps it, by partition,
// until the partition's reader asks for it.
//
//  1. One goroutine polls the client, puts each partition's records into its buffer and
//     wakes the reader that waits for them.
//  2. Bytes buffered are charged to the pipeline. Above fetchBudget, or when the charge is
//     refused, polling stops until half of it is read: the client then has one more
//     response a broker in flight, and the brokers send nothing further.
//  3. A partition that holds more than its share, because its reader is held back, is
//     paused alone, so that the others go on. Where such partitions fill the budget
//     while another has nothing, they are paused and polling goes on: their readers may
//     be held back until the other one's comes on.
//  4. A bounded partition may end in records that are never delivered: of an aborted
//     transaction, or compacted away. Where nothing came for a while, a probe fetches
//     once at the reader's offset and looks how far the broker has read on.
type fetcher struct {
	source *source
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu    sync.Mutex
	cond  sync.Cond // told when bytes fall, and at the end
	parts map[topicPartition]*partition
	bytes int64 // in all partitions
	spent int64 // bytes ever given back: that readers come on
	full  bool  // step 2
	ended bool
}

type topicPartition struct {
	topic     string
	partition int32
}

// The budget of a table's fetch buffers and of one partition at least. A poll takes at
// most one response a broker, of fetchBytes: the budget is passed by that much at most.
const (
	fetchBudget   = 32 << 20
	leastShare    = 8 << 20 // several times what one response brings: what was fetched for a paused one is fetched again
	recordBytes   = 192     // what a record costs beside its key and value
	probeInterval = 100 * time.Millisecond
	stallInterval = 100 * time.Millisecond
)

// partition is the buffer of one split. Its fields are the fetcher's, under its lock.
type partition struct {
	split   *split
	env     connector.Env
	chunks  [][]*kgo.Record // in order of offsets
	bytes   int64
	next    int64 // the reader stands here
	end     int64
	high    int64     // the first offset that the broker has no visible record for, -1: unknown
	passed  int64     // a probe saw that there is nothing to read below
	arrived time.Time // when records last came, or the probe looked
	waiting bool      // the reader was told Waiting
	paused  bool
	err     error
}

func newFetcher(s *source) *fetcher {
	f := &fetcher{source: s, parts: map[topicPartition]*partition{}}
	f.cond.L = &f.mu
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	f.done.Add(1)
	go f.poll(ctx)
	if s.Bounded() {
		f.done.Add(1)
		go f.probeAll(ctx)
	}
	return f
}

// add begins to fetch a partition.
func (f *fetcher) add(s *split, at position, env connector.Env) *partition {
	p := &partition{split: s, env: env, next: at.next, end: at.end, high: -1, arrived: time.Now()}
	f.mu.Lock()
	f.parts[topicPartition{s.topic, s.partition}] = p
	f.mu.Unlock()
	if at.end == unbounded || at.next < at.end {
		f.consume(p, at.next)
	}
	return p
}

func (f *fetcher) consume(p *partition, from int64) {
	f.source.kafka.AddConsumePartitions(map[string]map[int32]kgo.Offset{p.split.topic: {p.split.partition: kgo.NewOffset().At(from)}})
}

func (f *fetcher) forget(p *partition) {
	f.source.kafka.RemoveConsumePartitions(map[string][]int32{p.split.topic: {p.split.partition}})
}

func (f *fetcher) close() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.cancel()
	f.cond.Broadcast()
	f.done.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release(f.bytes)
}

// release gives bytes back; f.mu is held.
func (f *fetcher) release(n int64) {
	f.bytes -= n
	f.spent += n
	f.source.env.Charge(-n)
	if f.full && f.bytes <= fetchBudget/2 {
		f.full = false
		f.cond.Broadcast()
	}
}

// poll is steps 1 to 3.
func (f *fetcher) poll(ctx context.Context) {
	defer f.done.Done()
	for {
		if !f.room() {
			return
		}
		fetches := f.source.kafka.PollFetches(ctx)
		if fetches.IsClientClosed() || ctx.Err() != nil {
			return
		}
		for i := range fetches {
			for j := range fetches[i].Topics {
				t := &fetches[i].Topics[j]
				for k := range t.Partitions {
					f.deliver(ctx, t.Topic, &t.Partitions[k])
				}
			}
		}
	}
}

// room waits until there is room for records, or a reader starves; false: the end.
func (f *fetcher) room() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.full && !f.ended {
		spent := f.spent
		tick := time.AfterFunc(stallInterval, f.nudge)
		f.cond.Wait()
		tick.Stop()
		if f.full && f.spent == spent && f.starving() {
			f.pauseFull()
			break
		}
	}
	return !f.ended
}

func (f *fetcher) nudge() {
	f.mu.Lock() // so that it comes after the Wait
	defer f.mu.Unlock()
	f.cond.Broadcast()
}

// starving tells that some reader waits and has nothing.
func (f *fetcher) starving() bool {
	for _, p := range f.parts {
		if p.waiting {
			return true
		}
	}
	return false
}

// pauseFull pauses every partition that holds records.
func (f *fetcher) pauseFull() {
	pause := map[string][]int32{}
	for at, p := range f.parts {
		if p.bytes > 0 && !p.paused {
			p.paused = true
			pause[at.topic] = append(pause[at.topic], at.partition)
		}
	}
	if len(pause) > 0 {
		f.source.kafka.PauseFetchPartitions(pause)
	}
}

func (f *fetcher) deliver(ctx context.Context, topic string, got *kgo.FetchPartition) {
	f.mu.Lock()
	p := f.parts[topicPartition{topic, got.Partition}]
	f.mu.Unlock()
	if p == nil {
		if got.Err != nil { // of the client as a whole
			f.source.env.Fail(fmt.Errorf("table %s: %w", f.source.table.Name, got.Err))
		}
		return
	}
	if got.Err != nil {
		f.failed(ctx, p, got)
		return
	}
	var n int64
	for _, r := range got.Records {
		n += recordBytes + int64(len(r.Key)+len(r.Value))
	}
	f.mu.Lock()
	p.high = got.HighWatermark
	if f.source.client.committed && got.LastStableOffset >= 0 {
		p.high = got.LastStableOffset
	}
	if len(got.Records) > 0 {
		p.chunks = append(p.chunks, got.Records)
		p.bytes += n
		p.arrived = time.Now()
		f.bytes += n
		if !f.source.env.Charge(n) || f.bytes >= fetchBudget {
			f.full = true
		}
		if share := max(leastShare, fetchBudget/int64(len(f.parts))); p.bytes > share && !p.paused {
			p.paused = true
			f.source.kafka.PauseFetchPartitions(map[string][]int32{topic: {got.Partition}})
		}
	}
	wake := p.waiting
	p.waiting = false
	f.mu.Unlock()
	if wake {
		p.env.Wake()
	}
}

// take gives the reader the partition's next records; none: it is told Waiting, or
// Ended, or why not.
func (f *fetcher) take(p *partition, next int64) ([]*kgo.Record, connector.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.next = max(next, p.next)
	if len(p.chunks) > 0 {
		chunk := p.chunks[0]
		p.chunks[0] = nil
		p.chunks = p.chunks[1:]
		return chunk, connector.Ready, nil
	}
	p.next = max(p.next, p.passed)
	if p.end != unbounded && p.next >= p.end {
		return nil, connector.Ended, nil
	}
	if p.err != nil {
		return nil, connector.Waiting, p.err
	}
	p.waiting = true
	return nil, connector.Waiting, nil
}

// used tells that the reader holds n bytes less.
func (f *fetcher) used(p *partition, n int64) {
	f.mu.Lock()
	p.bytes -= n
	resume := p.paused && p.bytes < leastShare/2
	if resume {
		p.paused = false
	}
	f.release(n)
	f.mu.Unlock()
	if resume {
		f.source.kafka.ResumeFetchPartitions(map[string][]int32{p.split.topic: {p.split.partition}})
	}
}

// lag is how many offsets are between the reader and what is to be read, -1 if unknown.
func (f *fetcher) lag(p *partition, next int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	to := p.high
	if p.end != unbounded {
		to = p.end
	}
	if to < 0 {
		return -1
	}
	return max(0, to-next)
}

// remove ends a partition: its reader is closed.
func (f *fetcher) remove(p *partition) {
	f.forget(p)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.parts, topicPartition{p.split.topic, p.split.partition})
	if !f.ended {
		f.release(p.bytes)
	}
	p.chunks, p.bytes = nil, 0
}

// failed judges the error of one partition's fetch.
func (f *fetcher) failed(ctx context.Context, p *partition, got *kgo.FetchPartition) {
	err := got.Err
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		if err = f.gap(ctx, p); err == nil {
			return
		}
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		err = fmt.Errorf("%s: the topic is gone, or was made anew; offset %d was reached", p.split.name(), f.reached(p))
	case kerr.IsRetriable(err):
		return
	default:
		err = fmt.Errorf("%s: fetching at offset %d: %w", p.split.name(), f.reached(p), err)
	}
	f.mu.Lock()
	p.err = err
	wake := p.waiting
	p.waiting = false
	f.mu.Unlock()
	if wake {
		p.env.Wake()
	}
}

// reached is the offset after the last record that came.
func (f *fetcher) reached(p *partition) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(p.chunks); n > 0 {
		chunk := p.chunks[n-1]
		return chunk[len(chunk)-1].Offset + 1
	}
	return max(p.next, p.passed)
}

// gap says what is missing where a position is not in the log any more, or goes on at the
// place that the user named by auto.offset.reset.
func (f *fetcher) gap(ctx context.Context, p *partition) error {
	s, wanted := f.source, f.reached(p)
	var first, last int64 = -1, -1
	note := func(at *int64) func(*split, int64, error) {
		return func(_ *split, o int64, _ error) { *at = o }
	}
	one := []*split{p.split}
	if err := s.resolve(ctx, startup{mode: startEarliest}, one, note(&first)); err != nil {
		return err
	}
	if err := s.resolve(ctx, startup{mode: startLatest}, one, note(&last)); err != nil {
		return err
	}
	var why string
	switch {
	case wanted < first:
		why = fmt.Sprintf("%d offsets have been deleted, and the rows in them are lost", first-wanted)
	case wanted > last:
		why = fmt.Sprintf("the log is %d offsets shorter than what was read: it was cut or made anew", wanted-last)
	default:
		return nil // it was out of range, and is not any more
	}
	err := fmt.Errorf("%s: offset %d is wanted, offsets %d to %d are there: %s", p.split.name(), wanted, first, last, why)
	if s.client.reset == "" {
		return fmt.Errorf("%w; set 'properties.auto.offset.reset' to go on without them", err)
	}
	to := first
	if s.client.reset == "latest" {
		to = last
	}
	s.env.Warn(fmt.Sprintf("%v; going on at offset %d, as 'properties.auto.offset.reset' says", err, to))
	f.forget(p)
	f.consume(p, to)
	return nil
}

// probeAll is step 4.
func (f *fetcher) probeAll(ctx context.Context) {
	defer f.done.Done()
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		f.mu.Lock()
		var quiet []*partition
		for _, p := range f.parts {
			if p.waiting && p.err == nil && time.Since(p.arrived) >= probeInterval {
				p.arrived = time.Now()
				quiet = append(quiet, p)
			}
		}
		f.mu.Unlock()
		for _, p := range quiet {
			f.probe(ctx, p)
		}
	}
}

// probe fetches once, beside the client's own fetching, and only looks how far a reader
// gets without seeing a record. What fails is tried again at the next tick.
func (f *fetcher) probe(ctx context.Context, p *partition) {
	s := f.source
	leader, _, err := s.kafka.PartitionLeader(p.split.topic, p.split.partition)
	if err != nil || leader < 0 {
		return
	}
	f.mu.Lock()
	from := max(p.next, p.passed)
	f.mu.Unlock()
	level := kgo.ReadUncommitted()
	request := kmsg.NewPtrFetchRequest()
	request.MaxWaitMillis, request.MinBytes, request.MaxBytes = 0, 1, 1<<20
	if s.client.committed {
		level = kgo.ReadCommitted()
		request.IsolationLevel = 1
	}
	request.SessionEpoch = -1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = p.split.topic, p.split.topicID
	tp := kmsg.NewFetchRequestTopicPartition()
	tp.Partition, tp.FetchOffset, tp.PartitionMaxBytes = p.split.partition, from, 1<<20
	t.Partitions = append(t.Partitions, tp)
	request.Topics = append(request.Topics, t)
	response, err := s.kafka.Broker(int(leader)).RetriableRequest(ctx, request)
	if err != nil {
		return
	}
	got := response.(*kmsg.FetchResponse)
	if len(got.Topics) != 1 || len(got.Topics[0].Partitions) != 1 {
		return
	}
	o := kgo.ProcessFetchPartitionOpts{Offset: from, IsolationLevel: level, Topic: p.split.topic, Partition: p.split.partition}
	seen, passed := kgo.ProcessFetchPartition(o, &got.Topics[0].Partitions[0], kgo.DefaultDecompressor(), nil)
	if seen.Err != nil || passed <= from {
		return
	}
	if len(seen.Records) > 0 {
		passed = seen.Records[0].Offset
	}
	f.mu.Lock()
	p.passed = max(p.passed, passed)
	wake := p.waiting && p.end != unbounded && p.passed >= p.end
	if wake {
		p.waiting = false
	}
	f.mu.Unlock()
	if wake {
		p.env.Wake()
	}
}
