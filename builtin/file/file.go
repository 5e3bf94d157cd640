// Package file is the 'filesystem' connector: records, one a line, in the files of a
// directory.
//
// The source (source.go, reader.go) reads the files that list.go finds. The sink
// (sink.go, writer.go, ticket.go) writes part files, exactly once; its protocol is
// told at the head of sink.go.
package file

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/disk"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// Connector is the 'filesystem' connector on the disk. Its options and their
// defaults are those of Flink
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/filesystem/).
var Connector = New(disk.OS)

// New returns the connector on another file system.
func New(sys disk.FS) *connector.Connector { return NewWithClock(sys, time.Now) }

// NewWithClock returns it with another clock too: time tells it only when to look for
// new files ('source.monitor-interval') and when to roll part files.
func NewWithClock(sys disk.FS, now func() time.Time) *connector.Connector {
	return &connector.Connector{
		Name:    "filesystem",
		Summary: "Reads the files of a directory, a record a line, and writes part files into one, exactly once.",
		Example: `CREATE TABLE rides (
  bike INT,
  event STRING,
  station STRING,
  battery INT,
  file STRING NOT NULL METADATA FROM 'file.name'
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/rides.json',
  'format' = 'json'
)`,
		Options:   declared,
		Metadata:  metadata,
		Formats:   true,
		Files:     true,
		NewSource: func(t *connector.Table) (connector.Source, error) { return newSource(sys, now, t) },
		NewSink:   func(t *connector.Table) (connector.Sink, error) { return newSink(sys, now, t) },
	}
}

var declared = []option.Option{
	{Name: "path", Required: true, Summary: "A directory, or for reading one file; also as a file:// URI."},
	{Name: "source.path.regex-pattern", Check: checkPattern,
		Summary: "Reads only files whose whole absolute path matches this regular expression."},
	{Name: "source.monitor-interval", Type: option.Duration, Check: checkPositive,
		Summary: "Looks for new files this often, for ever; without it the files there at the start are read, once."},
	{Name: "partition.default-name", Default: "__DEFAULT_PARTITION__",
		Summary: "The directory name that stands for a partition value that is NULL or empty."},
	{Name: "sink.rolling-policy.file-size", Type: option.Memory, Default: "128MB",
		Summary: "A part file that has grown larger than this is finished before the next row."},
	{Name: "sink.rolling-policy.rollover-interval", Type: option.Duration, Default: "30 min",
		Summary: "A part file that has been open this long is finished."},
	{Name: "sink.rolling-policy.inactivity-interval", Type: option.Duration, Default: "30 min",
		Summary: "A part file that got no row for this long is finished."},
	{Name: "sink.rolling-policy.check-interval", Type: option.Duration, Default: "1 min", Check: checkPositive,
		Summary: "How often the two intervals are looked at."},
}

const (
	keyPath     = "file.path"
	keyName     = "file.name"
	keySize     = "file.size"
	keyModified = "file.modification-time"
)

var metadata = []connector.Metadata{
	{Key: keyPath, Type: types.TString.Required(), Summary: "The absolute path of the file."},
	{Key: keyName, Type: types.TString.Required(), Summary: "The name of the file, without its directory."},
	{Key: keySize, Type: types.TBigInt.Required(), Summary: "The size of the file in bytes, when it was first seen."},
	{Key: keyModified, Type: types.TTimestampLTZ(3).Required(), Summary: "When the file was modified last, as first seen."},
}

func checkPattern(text string) error {
	_, err := wholePath(text)
	return err
}

// wholePath compiles a pattern that must match all of a path, as Flink has it. Flink's
// patterns are Java's; what only Java knows (back references, look-around) is refused.
func wholePath(text string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(`\A(?:` + text + `)\z`)
	if err != nil {
		if _, plain := regexp.Compile(text); plain != nil {
			err = plain
		}
		return nil, fmt.Errorf("expected a regular expression in the syntax of RE2: %v", err)
	}
	return re, nil
}

func checkPositive(text string) error {
	if d, err := option.ParseDuration(text); err == nil && d <= 0 {
		return fmt.Errorf("expected more than 0")
	}
	return nil
}

// localPath turns the 'path' option into a path of this machine, as it is written
// there (relative paths stay relative: messages show them).
func localPath(text string) (string, error) {
	rest := text
	if scheme, after, ok := strings.Cut(text, ":"); ok && isScheme(scheme) {
		if scheme != "file" {
			return "", fmt.Errorf("option 'path' = '%s': only local files are supported, not '%s:'", text, scheme)
		}
		rest = after
		if host, ok := strings.CutPrefix(rest, "//"); ok {
			slash := strings.IndexByte(host, '/')
			if slash != 0 {
				return "", fmt.Errorf("option 'path' = '%s': a file URI with a host is not supported; write file:///absolute/path", text)
			}
			rest = host
		}
	}
	if rest == "" {
		return "", fmt.Errorf("option 'path' = '%s': there is no path", text)
	}
	return filepath.Clean(rest), nil
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || !(s[i] >= '0' && s[i] <= '9' || strings.IndexByte("+-.", s[i]) >= 0)) {
			return false
		}
	}
	return s != ""
}
