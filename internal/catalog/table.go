package catalog

import (
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/internal/sql"
	"tidemark.dev/option"
	"tidemark.dev/types"
)

// ID is the full name of an object.
type ID struct{ Catalog, Database, Object string }

// String is the name as messages and EXPLAIN print it.
func (id ID) String() string { return id.Catalog + "." + id.Database + "." + id.Object }

// Short is the name as connectors and messages at run time have it: the object's alone
// where it is in the default catalog and database.
func (id ID) Short() string {
	if id.Catalog == "default_catalog" && id.Database == "default_database" {
		return id.Object
	}
	return id.String()
}

// Quoted is the name as SHOW CREATE prints it.
func (id ID) Quoted() string {
	return types.Quote(id.Catalog) + "." + types.Quote(id.Database) + "." + types.Quote(id.Object)
}

// Column is a column of a table.
type Column struct {
	Name string
	// Type has its time attribute, if the column is one.
	Type types.Type
	Kind sql.ColumnKind // PhysicalColumn, ComputedColumn or MetadataColumn
	Expr sql.Expr       // of a computed column
	// Metadata is the connector's key of a metadata column; From tells that it was written out.
	Metadata string
	From     bool
	Virtual  bool // a metadata column that is not written
	Comment  string
	At       sql.Span
}

// Persisted tells whether an INSERT writes the column.
func (c *Column) Persisted() bool {
	return c.Kind == sql.PhysicalColumn || c.Kind == sql.MetadataColumn && !c.Virtual
}

// Watermark is the declaration of a table's event time.
type Watermark struct {
	Column string
	Expr   sql.Expr
	At     sql.Span
}

// Option is one WITH option, in the order given.
type Option struct {
	Key, Value string
	At         sql.Span
	ValueAt    sql.Span
}

// Table is a resolved table. It is not changed after it was made.
type Table struct {
	ID         ID
	Temporary  bool
	Columns    []Column
	PrimaryKey []string // nil: none
	KeyName    string   // of the constraint
	Watermark  *Watermark
	Partitions []string
	Options    []Option
	Comment    string
	HasComment bool
	// Connector is nil for a table without 'connector', which serves LIKE only.
	Connector *connector.Connector
	At        sql.Span // of its name in CREATE TABLE
	// Broken tells that CREATE TABLE had errors: uses of the table raise none of their own.
	Broken bool
}

// View is a named query; it is bound where it is used.
type View struct {
	ID        ID
	Temporary bool
	Columns   []string // nil: the query's own
	Query     *sql.Query
	Comment   string
	At        sql.Span
	Broken    bool
	// Earlier tells that another text made the view: the places in Query mean nothing in this one.
	Earlier bool
	// Schema is what binding the query found when the view was made.
	Schema []types.Field
}

// Fields is the table's schema as a query sees it.
func (t *Table) Fields() []types.Field {
	fields := make([]types.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	return fields
}

// Option returns the text of an option and whether it was given.
func (t *Table) Option(key string) (string, bool) {
	for _, o := range t.Options {
		if o.Key == key {
			return o.Value, true
		}
	}
	return "", false
}

// Given returns all options as a map.
func (t *Table) Given() map[string]string {
	m := make(map[string]string, len(t.Options))
	for _, o := range t.Options {
		m[o.Key] = o.Value
	}
	return m
}

// OptionAt is where an option was written, or else the table's name.
func (t *Table) OptionAt(key string) sql.Span {
	for _, o := range t.Options {
		if o.Key == key && o.At.From.IsValid() {
			return o.At
		}
	}
	return t.At
}

// ValueAt is where an option's value was written, or else the table's name.
func (t *Table) ValueAt(key string) sql.Span {
	for _, o := range t.Options {
		if o.Key == key && o.ValueAt.From.IsValid() {
			return o.ValueAt
		}
	}
	return t.At
}

// MeantFor is the hint for an option that is missing: one that was given and that its name may be a
// misspelling of; "" if there is none.
func (t *Table) MeantFor(key string) string {
	var given []string
	for _, o := range t.Options {
		given = append(given, o.Key)
	}
	if option.Nearest(key, given) == "" {
		return ""
	}
	return strings.Replace(option.Nearest(key, given), "did you mean", "was it meant by", 1)
}

// ColumnIndex finds a column by its exact name, -1 if there is none.
func (t *Table) ColumnIndex(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// ColumnNames lists the names of all columns.
func (t *Table) ColumnNames() []string {
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		names[i] = t.Columns[i].Name
	}
	return names
}

// joinName writes a name as the user did, for messages.
func joinName(n sql.Name) string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = p.Name
	}
	return strings.Join(parts, ".")
}
