// Package format is the SDK for how records are written down: JSON, CSV, and so on.
// A format is one file of its own package and is found by a table's 'format' option.
package format

import (
	"fmt"
	"sort"

	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Format is one format. Its options are written in a table with the format's name
// before them: 'json.ignore-parse-errors'.
type Format struct {
	Name    string
	Summary string
	Options []option.Option
	// Changelog tells that records carry kinds of changes (debezium-json), so that a
	// source of it is not insert-only.
	Changelog bool
	// Metadata lists what a decoder offers beside the payload, by key, prefixed "value.".
	Metadata []MetadataKey
	// NewDecoder and NewEncoder are nil where the format cannot read or write.
	NewDecoder func(*Table) (Decoder, error)
	NewEncoder func(*Table) (Encoder, error)
}

// MetadataKey is a metadata column that a format offers.
type MetadataKey struct {
	Key  string
	Type types.Type
}

// Table is what a format is told.
type Table struct {
	Name    string
	Options *option.Values
	// Schema are the fields a record may have; Wanted are the columns of each batch, in
	// order: indexes into Schema. Fields that are not wanted are skipped, still checked
	// to be well-formed.
	Schema []types.Field
	Wanted []int
	// WantedMetadata are keys of Format.Metadata, whose columns follow the Wanted ones.
	WantedMetadata []string
	Zone           string
	// Files tells that records stand in files, one behind the other, and are not each a
	// message of its own. Flink's csv differs in the two.
	Files bool
}

// Decoder turns records into rows. A decoder belongs to one reader.
type Decoder interface {
	// Decode appends the rows of records to the columns of b, and to b.Kinds unless it is
	// nil and all are inserts, and calls b.SetLen. rows, if not nil, gets for each
	// record the number of rows that b had after it.
	//
	// It stops at the first record that does not decode: done is the number of records
	// decoded before it and err a *RecordError whose Record is done. b then holds no part
	// of that record. The caller may go on behind it. Texts of the rows may point into
	// records.Data, which must not change while b lives.
	Decode(records Records, b *vector.Batch, rows []int32) (done int, err error)
}

// Splitter is a Decoder whose records do not end with their line: CSV has line ends
// within quotes. A reader of a file asks it where records are; without it, each line is
// a record.
type Splitter interface {
	// Split finds the first records of data, at most max, and appends where each begins
	// and ends, as Records has it. start tells that data begins the file, last that it
	// ends there: without last, a record that the end of data cuts is left out. next is
	// where what follows the records begins.
	Split(data []byte, start, last bool, max int, from, to []int32) (_, _ []int32, next int)
}

// Records are records that lie in one buffer.
type Records struct {
	Data []byte
	// From and To are where each record begins and ends in Data. From -1 is a record
	// that is null (a Kafka tombstone).
	From, To []int32
}

// Len is the number of records.
func (r Records) Len() int { return len(r.From) }

// RecordError says why a record does not decode. The reader that got it fills in
// Split and Position.
type RecordError struct {
	Record   int    // its number among the records given
	Offset   int    // the byte in the record where it goes wrong
	Field    string // the path of the field, "" if the record as a whole is at fault
	Reason   string // "expected a number, found 'x'"
	Raw      []byte // the record, copied
	Split    string // "topic clicks partition 3", "file a.json"
	Position string // "offset 17", "line 5"
}

func (e *RecordError) Error() string {
	where := ""
	if e.Split != "" {
		where = e.Split + " " + e.Position + ": "
	}
	field := ""
	if e.Field != "" {
		field = fmt.Sprintf("field %s: ", e.Field)
	}
	raw := e.Raw
	more := ""
	if len(raw) > 200 {
		raw, more = raw[:200], "..."
	}
	return fmt.Sprintf("%s%s%s (byte %d of the record %q%s)", where, field, e.Reason, e.Offset, raw, more)
}

// Encoder turns rows into records. An encoder belongs to one writer.
type Encoder interface {
	// Encode appends the record of each selected row of b to dst and where it ends to
	// ends, and returns both. A record that is null, a Kafka tombstone, ends at ^end; not
	// in files. An error names the row's column.
	Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error)
}

// Kinds is an Encoder that can write changes and not only inserts.
type Kinds interface{ EncodesChanges() bool }

// Registry finds formats by name.
type Registry struct{ byName map[string]*Format }

// Add puts a format in; a second of the same name panics.
func (r *Registry) Add(f *Format) {
	if r.byName == nil {
		r.byName = map[string]*Format{}
	}
	if r.byName[f.Name] != nil {
		panic(fmt.Sprintf("format: %q is there twice", f.Name))
	}
	r.byName[f.Name] = f
}

// Find returns the format of that name, or nil.
func (r *Registry) Find(name string) *Format { return r.byName[name] }

// Names lists all formats in order.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for n := range r.byName {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
