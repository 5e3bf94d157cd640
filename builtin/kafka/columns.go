package kafka

import (
	"fmt"
	"slices"
	"strings"

	"tidemark.dev/connector"
)

// columns tells which columns of a table's batches a record's key, its value and its
// metadata hold. The three never overlap in a source: of a column that is in both key
// and value, the value's counts, as in Flink.
type columns struct {
	keyed bool // there is a key format
	key   part
	value part
	meta  []metaColumn
}

// part is what a format is built over: columns as it knows them, and where they lie
// in the batch.
type part struct {
	columns []connector.Column
	at      []int
	unread  []connector.Column
}

type metaColumn struct {
	at  int
	key string
}

func (p *part) add(c connector.Column, at int) {
	p.columns, p.at = append(p.columns, c), append(p.at, at)
}

// record are all columns that a record's part has.
func (p *part) record() []connector.Column { return slices.Concat(p.columns, p.unread) }

// newColumns lays the columns of t out. A sink has key columns in the value too, unless
// they are to be left out; a source has each once.
func newColumns(t *connector.Table, sink bool) (*columns, error) {
	fields := list(t.Options.String("key.fields"))
	prefix := t.Options.String("key.fields-prefix")
	exceptKey := t.Options.Choice("value.fields-include") == "EXCEPT_KEY"
	if err := checkKeyFields(t, fields, prefix, exceptKey); err != nil {
		return nil, err
	}
	c := &columns{keyed: len(fields) > 0}
	read := map[string]bool{}
	for i, col := range t.Columns {
		read[col.Name] = read[col.Name] || col.Metadata == ""
		if col.Metadata != "" && !strings.HasPrefix(col.Metadata, "value.") {
			c.meta = append(c.meta, metaColumn{at: i, key: col.Metadata})
			continue
		}
		isKey := col.Metadata == "" && slices.Contains(fields, col.Name)
		if col.Metadata == "" {
			col.Place = 1 + slices.IndexFunc(t.Schema, func(x connector.Column) bool { return x.Name == col.Name })
		}
		if isKey && (sink || exceptKey) {
			bare := col
			bare.Name = strings.TrimPrefix(col.Name, prefix)
			bare.Place = 1 + slices.Index(fields, col.Name)
			c.key.add(bare, i)
		}
		if !isKey || !exceptKey {
			c.value.add(col, i)
		}
	}
	if !sink {
		c.addUnread(t, read, fields, prefix, exceptKey)
	}
	if sink {
		c.key = c.key.ordered(fields, prefix)
	}
	c.value = c.value.metadataLast()
	return c, nil
}

// addUnread notes the fields of records that nobody reads: where a field stands can
// depend on those before it.
func (c *columns) addUnread(t *connector.Table, read map[string]bool, fields []string, prefix string, exceptKey bool) {
	for i, col := range t.Schema {
		if read[col.Name] {
			continue
		}
		col.Unread, col.Place = true, i+1
		if key := slices.Index(fields, col.Name); key >= 0 && exceptKey {
			col.Name, col.Place = strings.TrimPrefix(col.Name, prefix), key+1
			c.key.unread = append(c.key.unread, col)
		} else {
			c.value.unread = append(c.value.unread, col)
		}
	}
}

// ordered puts the columns into the order of 'key.fields', which a positional format
// writes them in.
func (p part) ordered(fields []string, prefix string) part {
	var out part
	for _, f := range fields {
		for i, c := range p.columns {
			if c.Name == strings.TrimPrefix(f, prefix) {
				out.add(c, p.at[i])
			}
		}
	}
	return out
}

// metadataLast puts the format's metadata columns behind the others, where a decoder
// expects them.
func (p part) metadataLast() part {
	out := part{unread: p.unread}
	for _, metadata := range []bool{false, true} {
		for i, c := range p.columns {
			if (c.Metadata != "") == metadata {
				out.add(c, p.at[i])
			}
		}
	}
	return out
}

func checkKeyFields(t *connector.Table, fields []string, prefix string, exceptKey bool) error {
	if prefix != "" && !exceptKey {
		return fmt.Errorf("option 'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY', so that key and value have no field of one name")
	}
	if len(fields) == 0 {
		if t.Options.Given("key.format") {
			return fmt.Errorf("option 'key.format' needs 'key.fields', the columns of the key")
		}
		if exceptKey {
			return fmt.Errorf("option 'value.fields-include' = 'EXCEPT_KEY' needs 'key.fields' and 'key.format'")
		}
		return nil
	}
	var names []string
	for _, c := range t.Schema {
		names = append(names, c.Name)
	}
	for _, f := range fields {
		if !slices.Contains(names, f) {
			return fmt.Errorf("option 'key.fields': '%s' is not a physical column of the table; the columns are '%s'", f, strings.Join(names, "', '"))
		}
		if !strings.HasPrefix(f, prefix) {
			return fmt.Errorf("option 'key.fields': '%s' does not begin with '%s', the 'key.fields-prefix'", f, prefix)
		}
	}
	return nil
}
