package file

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/disk"
	"tidemark.dev/format"
	"tidemark.dev/types"
)

// source reads a table's files: a split is a file.
type source struct {
	sys     disk.FS
	now     func() time.Time
	table   *connector.Table
	root    string
	pattern *regexp.Regexp
	monitor time.Duration // 0: the files are listed once

	format     []connector.Column // the columns that the decoder fills
	record     []connector.Column // and the fields that nobody reads
	places     []place            // where each column of a batch comes from
	partitions []partition

	listed  time.Time
	entries map[string]entry
	splits  []connector.Split
}

// place says where one column of a batch comes from.
type place struct {
	metadata  string // one of our metadata keys
	partition int    // index into the source's partitions, -1: not one
}

func (p place) decoded() bool { return p.metadata == "" && p.partition < 0 }

func newSource(sys disk.FS, now func() time.Time, t *connector.Table) (connector.Source, error) {
	root, err := localPath(t.Options.String("path"))
	if err != nil {
		return nil, err
	}
	s := &source{sys: sys, now: now, table: t, root: root, monitor: t.Options.Duration("source.monitor-interval")}
	if t.Options.Given("source.path.regex-pattern") {
		if s.pattern, err = wholePath(t.Options.String("source.path.regex-pattern")); err != nil {
			return nil, err
		}
	}
	if s.partitions, err = partitionsOf(t); err != nil {
		return nil, err
	}
	read := map[string]bool{}
	for _, c := range t.Columns {
		p := place{partition: -1}
		switch c.Metadata {
		case keyPath, keyName, keySize, keyModified:
			p.metadata = c.Metadata
		case "":
			p.partition = indexOf(s.partitions, c.Name)
			read[c.Name] = true
			c.Place = 1 + slices.IndexFunc(t.Schema, func(x connector.Column) bool { return x.Name == c.Name })
		}
		if p.decoded() {
			s.format = append(s.format, c)
		}
		s.places = append(s.places, p)
	}
	s.record = s.format
	for i, c := range t.Schema {
		if !read[c.Name] && indexOf(s.partitions, c.Name) < 0 {
			c.Unread, c.Place = true, i+1
			s.record = append(s.record, c)
		}
	}
	if _, err := t.NewDecoder("", s.record); err != nil { // each reader makes its own
		return nil, err
	}
	return s, nil
}

func (s *source) fail(err error) error { return fmt.Errorf("table %s: %w", s.table.Name, err) }

func (s *source) Bounded() bool { return s.monitor == 0 }

func (s *source) Kinds() connector.KindSet { return s.table.Kinds }

// SharedWatermark is true as in Flink, whose file source has one watermark a task:
// files that are read one after the other are late against each other.
func (s *source) SharedWatermark() bool { return true }

func (s *source) Open(ctx context.Context, env connector.Env) error {
	_, err := s.Splits(ctx)
	return err
}

// Splits lists the files. With 'source.monitor-interval' it looks again when that long
// has passed since it looked last; a file once listed stays a split, and is not read
// again when it grows (as in Flink).
func (s *source) Splits(ctx context.Context) ([]connector.Split, error) {
	if s.entries != nil && (s.monitor == 0 || s.now().Sub(s.listed) < s.monitor) {
		return s.splits, nil
	}
	found, err := s.list()
	if err != nil {
		return nil, err
	}
	s.listed = s.now()
	if s.entries == nil {
		s.entries = map[string]entry{}
	}
	splits := append([]connector.Split(nil), s.splits...)
	for _, e := range found {
		if _, known := s.entries[e.id]; known {
			continue
		}
		s.entries[e.id] = e
		splits = append(splits, connector.Split{ID: e.id, Name: "file " + e.path, Unit: "line"})
	}
	s.splits = splits
	return s.splits, nil
}

// OpenSplit starts at the position from, or at the beginning of the file.
func (s *source) OpenSplit(ctx context.Context, split connector.Split, from []byte, env connector.Env) (connector.Reader, error) {
	e, err := s.entry(split.ID)
	if err != nil {
		return nil, err
	}
	at := position{size: e.size, modified: e.modified}
	if from != nil {
		if at, err = parsePosition(from); err != nil {
			return nil, s.fail(fmt.Errorf("%s: %w", split.Name, err))
		}
		if at.size > e.size {
			return nil, s.fail(fmt.Errorf("%s has %d bytes, but had %d when it was first read: it was replaced or cut; put it back, or start anew with --fresh",
				split.Name, e.size, at.size))
		}
	}
	e.size, e.modified = at.size, at.modified
	constants, err := s.constants(e)
	if err != nil {
		return nil, s.fail(fmt.Errorf("%s: %w", split.Name, err))
	}
	decoder, err := s.table.NewDecoder("", s.record)
	if err != nil {
		return nil, err
	}
	f, err := s.sys.Open(e.path)
	if err != nil {
		return nil, s.fail(err)
	}
	// A change takes up to two rows (an update: before and after).
	perRecord := 1
	if s.table.Kinds != connector.InsertOnly {
		perRecord = 2
	}
	splitter, _ := decoder.(format.Splitter)
	return &reader{source: s, entry: e, name: split.Name, file: f, decoder: decoder, splitter: splitter, constants: constants,
		perRecord: perRecord, offset: at.offset, line: at.line, readTo: at.offset}, nil
}

// entry finds a split's file, which a resumed source may not have listed: hidden now,
// or no longer matching.
func (s *source) entry(id string) (entry, error) {
	if e, ok := s.entries[id]; ok {
		return e, nil
	}
	path := filepath.Join(s.root, filepath.FromSlash(id))
	if info, err := s.sys.Stat(s.root); err == nil && !info.Dir {
		path = s.root
	}
	info, err := s.sys.Stat(path)
	if err != nil {
		return entry{}, s.fail(err)
	}
	return entry{id: id, path: path, size: info.Size, modified: info.Modified.UnixMilli()}, nil
}

// constants are the values of the columns that are the same for all rows of a file, by
// column of the batch.
func (s *source) constants(e entry) ([]types.Value, error) {
	values := make([]types.Value, len(s.places))
	for i, p := range s.places {
		switch p.metadata {
		case keyPath:
			values[i] = types.Text(absolute(e.path))
		case keyName:
			values[i] = types.Text(filepath.Base(e.path))
		case keySize:
			values[i] = types.Int64(e.size)
		case keyModified:
			values[i] = types.Int64(e.modified * 1000)
		}
		if p.partition >= 0 {
			v, err := s.partitions[p.partition].read(e.id, s.table.Options.String("partition.default-name"))
			if err != nil {
				return nil, err
			}
			values[i] = v
		}
	}
	return values, nil
}

func (s *source) Close() error { return nil }
