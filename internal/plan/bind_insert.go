package plan

import (
	"strings"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// sinkRel is a query whose rows are written to a table, in the order and of the types
// of its persisted columns; table nil: shown to the user.
type sinkRel struct {
	input   rel
	table   *catalog.Table
	columns []int // persisted columns of the table
	hints   map[string]string
	at      sql.Span
}

// insert binds INSERT INTO: a query against the persisted columns of a table.
func (b *binder) insert(s *sql.Insert) *sinkRel {
	switch {
	case s.Overwrite:
		b.refuse(s, "INSERT OVERWRITE").Because("Flink takes it in batch mode only; write INSERT INTO")
	case s.Upsert:
		b.refuse(s, "UPSERT INTO").Because("write INSERT INTO")
	case s.Partition != nil:
		b.refuse(s.Partition, "INSERT INTO ... PARTITION")
	case s.OnConflict != "":
		b.refuse(s, "ON CONFLICT "+s.OnConflict)
	}
	query := b.query(s.Source)
	table := b.sinkTable(&s.Table)
	if table == nil || query == nil {
		return nil
	}
	out := &sinkRel{table: table, at: span(s.Table.Name), hints: b.optionHints(&s.Table)}
	var want []types.Field
	for i := range table.Columns {
		if c := &table.Columns[i]; c.Persisted() {
			out.columns = append(out.columns, i)
			want = append(want, types.Field{Name: c.Name, Type: c.Type.Plain()})
		}
	}
	if s.Columns != nil {
		if query = b.targetColumns(s, query, want, table); query == nil {
			return nil
		}
	}
	if out.input = b.store(s, query, want, table); out.input == nil {
		return nil
	}
	return out
}

// sinkTable finds a table to write to.
func (b *binder) sinkTable(t *sql.TableRef) *catalog.Table {
	object := b.catalog.Lookup(t.Name)
	switch o := object.(type) {
	case *catalog.Table:
		switch {
		case o.Broken:
			return nil
		case o.Connector == nil:
			b.errorf(t.Name, "Unable to create a sink for writing table '%s': it has no 'connector' option", o.ID).Because(o.MeantFor("connector")).Because("add WITH ('connector' = '...')")
			return nil
		case o.Connector.NewSink == nil:
			b.errorf(t.Name, "Unable to create a sink for writing table '%s': the connector '%s' cannot be written to", o.ID, o.Connector.Name)
			return nil
		}
		return o
	case *catalog.View:
		b.errorf(t.Name, "'%s' is a view: it cannot be written to", o.ID)
		return nil
	}
	last := t.Name.Parts[len(t.Name.Parts)-1].Name
	b.errorf(t.Name, "Cannot find table '%s'", b.catalog.Resolve(t.Name)).Because(b.catalog.Nearest(last))
	return nil
}

// targetColumns brings a query to the order of the table's columns, for INSERT INTO t
// (b, a). Columns that are not named are NULL.
func (b *binder) targetColumns(s *sql.Insert, query rel, want []types.Field, table *catalog.Table) rel {
	from := make([]int, len(want))
	for i := range from {
		from[i] = -1
	}
	ok := true
	for n, name := range s.Columns {
		if len(name.Parts) > 1 {
			b.refuse(name, "a field of a row as a target column")
			return nil
		}
		index := -1
		for i, w := range want {
			if w.Name == name.Parts[0].Name {
				index = i
			}
		}
		switch {
		case index < 0:
			p := b.errorf(name, "Unknown target column '%s'", name.Parts[0].Name)
			if i := table.ColumnIndex(name.Parts[0].Name); i >= 0 {
				p.Because("it is computed or virtual, so it is not written")
			}
			p.Because(nearest(name.Parts[0].Name, table.ColumnNames()))
			ok = false
		case from[index] >= 0:
			b.errorf(name, "Target column '%s' is assigned more than once", name.Parts[0].Name)
			ok = false
		default:
			from[index] = n
		}
	}
	fields := query.fields()
	if len(fields) != len(s.Columns) {
		b.errorf(s.Source, "Number of INSERT target columns (%d) does not equal number of source items (%d)", len(s.Columns), len(fields))
		return nil
	}
	p := &projectRel{input: query}
	for i, n := range from {
		if n >= 0 {
			p.exprs = append(p.exprs, columnAt(fields, n, fields[n].Name))
			p.cols = append(p.cols, fields[n])
			continue
		}
		if want[i].Type.NotNull {
			b.errorf(s.Columns[0], "Column '%s' has no default value and does not allow NULLs", want[i].Name).Because("name it among the target columns")
			ok = false
		}
		p.exprs = append(p.exprs, &Literal{Typed{want[i].Type.Nullable(), s.Pos()}, types.NullValue})
		p.cols = append(p.cols, types.Field{Name: want[i].Name, Type: want[i].Type.Nullable()})
	}
	if !ok {
		return nil
	}
	return p
}

// store checks the types of a query against those of the table and casts where Flink
// does so unasked.
func (b *binder) store(s *sql.Insert, query rel, want []types.Field, table *catalog.Table) rel {
	fields := query.fields()
	mismatch := func(cause string) {
		b.errorf(s.Table.Name, "Column types of query result and sink for '%s' do not match: %s", table.ID, cause).
			Because("query schema: " + schemaText(fields) + "; sink schema: " + schemaText(want))
	}
	if len(fields) != len(want) {
		mismatch("different number of columns, " + itoa(len(fields)) + " and " + itoa(len(want)))
		return nil
	}
	out := make(cols, len(want))
	for i := range want {
		if !storable(fields[i].Type, want[i].Type) {
			mismatch("incompatible types for sink column '" + want[i].Name + "' at position " + itoa(i+1) + ", " +
				fields[i].Type.Nullable().String() + " and " + want[i].Type.Nullable().String())
			return nil
		}
		out[i] = types.Field{Name: fields[i].Name, Type: want[i].Type}
	}
	return castTo(query, out)
}

func schemaText(fields []types.Field) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.Name + ": " + f.Type.String()
	}
	return "[" + strings.Join(list, ", ") + "]"
}
