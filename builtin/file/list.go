package file

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"tidemark.dev/disk"
)

// entry is one file that a source reads.
type entry struct {
	id       string // its path below the table's, with slashes: the ID of its split
	path     string // as messages call it and as it is opened
	size     int64
	modified int64 // milliseconds since 1970
}

// hidden tells which names are none of a reader's business, files and directories:
// those being written, and notes of other systems. Flink has the same rule.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// list finds the files to read, in order of their IDs: below a directory all, at any
// depth, that are not hidden and match the pattern.
func (s *source) list() ([]entry, error) {
	info, err := s.sys.Stat(s.root)
	if err != nil {
		return nil, s.fail(err)
	}
	if hidden(filepath.Base(s.root)) && s.root != "." && s.root != ".." {
		return nil, s.fail(fmt.Errorf("%s is not read, since names that begin with '.' or '_' are hidden files; rename it", s.root))
	}
	var found []entry
	if info.Dir {
		err = s.walk("", 0, &found)
	} else if len(s.partitions) > 0 {
		err = s.fail(fmt.Errorf("%s is a file; a partitioned table needs a directory", s.root))
	} else {
		s.keep(&found, info.Name, s.root, info)
	}
	sort.Slice(found, func(i, j int) bool { return found[i].id < found[j].id })
	return found, err
}

// walk lists the directory rel, depth levels below the table's.
func (s *source) walk(rel string, depth int, found *[]entry) error {
	dir := filepath.Join(s.root, filepath.FromSlash(rel))
	infos, err := s.sys.List(dir)
	if err != nil {
		return s.fail(err)
	}
	for _, info := range infos {
		partitioned := depth < len(s.partitions)
		column, _, isPartition := strings.Cut(info.Name, "=")
		if hidden(info.Name) && !(info.Dir && partitioned && isPartition) {
			continue // a partition column's name may begin with an underscore
		}
		id := info.Name
		if rel != "" {
			id = rel + "/" + info.Name
		}
		path := filepath.Join(dir, info.Name)
		if partitioned && !(info.Dir && isPartition && indexOf(s.partitions, unescape(column)) >= 0) {
			return s.fail(fmt.Errorf("%s lies outside of the partitions: expected directories named %s", path, partitionShape(s.partitions)))
		}
		if !info.Dir {
			s.keep(found, id, path, info)
		} else if err := s.walk(id, depth+1, found); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) keep(found *[]entry, id, path string, info disk.Info) {
	if s.pattern != nil && !s.pattern.MatchString(absolute(path)) {
		return
	}
	*found = append(*found, entry{id: id, path: path, size: info.Size, modified: info.Modified.UnixMilli()})
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
