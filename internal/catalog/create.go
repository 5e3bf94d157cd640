package catalog

import (
	"fmt"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Resolving CREATE TABLE, in the order of the steps below. All that is wrong is
// noted; a table with errors is entered as broken, so that its uses raise no more.
//
//  1. What LIKE takes over comes first; own elements are added to it.
//  2. Physical and metadata columns get their types.
//  3. The primary key must be of physical columns and makes them NOT NULL.
//  4. Computed columns are typed over those; one may not refer to another.
//  5. The watermark's column must be a TIMESTAMP(0..3) or TIMESTAMP_LTZ(0..3), its
//     expression of the same kind; it makes the column a rowtime.
//  6. Options are merged and checked against connector and format.

// Typer types an expression over columns; it notes errors itself and then answers
// false. The planner is one.
type Typer interface {
	TypeOf(x sql.Expr, columns []types.Field) (types.Type, bool)
	// Castable is whether CAST takes one type to the other.
	Castable(from, to types.Type) bool
}

// Registries are where connectors and formats are found.
type Registries struct {
	Connectors *connector.Registry
	Formats    *format.Registry
}

type resolver struct {
	catalog *Catalog
	ps      *Problems
	regs    Registries
	typer   Typer
	table   *Table
	// Of LIKE: what becomes of each feature, and the table; own counts what is not inherited.
	how  map[string]string
	base *Table
}

// CreateTable resolves the statement and enters the table.
func (c *Catalog) CreateTable(ps *Problems, s *sql.CreateTable, regs Registries, typer Typer) {
	id, make := c.place(ps, "table", s.Name, s.Temporary, s.IfNotExists || s.Replace)
	if s.Replace && !s.Temporary {
		if _, isTable := c.permanent[id].(*Table); isTable {
			make = true
		}
	}
	r := &resolver{catalog: c, ps: ps, regs: regs, typer: typer, table: &Table{ID: id, Temporary: s.Temporary, At: s.Name.Span}}
	before := len(ps.Errors)
	r.resolve(s)
	r.table.Broken = len(ps.Errors) > before
	if make {
		c.put(id, s.Temporary, r.table)
	}
}

func (r *resolver) resolve(s *sql.CreateTable) {
	switch {
	case s.As != nil:
		r.ps.Errorf(s.As.Span, "CREATE TABLE ... AS SELECT is not supported").Because("write CREATE TABLE with columns, then INSERT INTO")
		return
	case s.Connection != nil:
		r.ps.Errorf(s.Connection.Span, "CREATE TABLE ... USING CONNECTION is not supported")
		return
	case s.Distribution != nil:
		r.ps.Errorf(s.Distribution.Span, "DISTRIBUTED BY is not supported").Because("no connector has buckets; leave it out")
		return
	}
	if s.Comment != nil {
		r.table.Comment, r.table.HasComment = s.Comment.Text, true
	}
	if s.Like != nil && !r.inherit(s.Like) {
		return
	}
	var defs []*sql.ColumnDef
	var watermarks []*sql.Watermark
	var keys []*sql.TableConstraint
	for _, e := range s.Elements {
		switch e := e.(type) {
		case *sql.ColumnDef:
			defs = append(defs, e)
			if e.Constraint != nil {
				k := *e.Constraint
				k.Columns = []sql.Ident{e.Name.Parts[len(e.Name.Parts)-1]}
				keys = append(keys, &k)
			}
		case *sql.Watermark:
			watermarks = append(watermarks, e)
		case *sql.TableConstraint:
			keys = append(keys, e)
		default:
			r.ps.Errorf(sql.Span{From: e.Pos(), To: e.End()}, "this element of CREATE TABLE is not supported")
		}
	}
	r.columns(defs)
	r.partitions(s.PartitionedBy)
	r.keys(keys)
	r.computed()
	r.watermark(watermarks)
	r.options(s)
}

// columns enters the statement's own columns; types of computed ones are left open.
func (r *resolver) columns(defs []*sql.ColumnDef) {
	t := r.table
	inherited := len(t.Columns)
	for _, d := range defs {
		c := Column{Name: d.Name.Parts[len(d.Name.Parts)-1].Name, Kind: d.Kind, At: d.Name.Span, Expr: d.Expr, Virtual: d.Virtual}
		if d.Comment != nil {
			c.Comment = d.Comment.Text
		}
		if d.Kind == sql.BareColumn {
			r.ps.Errorf(d.Span, "Column '%s' needs a type", c.Name)
			continue
		}
		if d.Type != nil {
			var ok bool
			if c.Type, ok = ResolveType(r.ps, d.Type); !ok {
				c.Type = types.Type{}
			}
		}
		if d.Kind == sql.MetadataColumn {
			c.Metadata = c.Name
			if d.From != nil {
				c.Metadata, c.From = d.From.Text, true
			}
		}
		switch i := t.ColumnIndex(c.Name); {
		case i >= inherited:
			r.ps.Errorf(d.Name.Span, "A column named '%s' already exists in the table", c.Name)
		case i >= 0 && r.mayOverwrite(t.Columns[i].Kind, d.Kind):
			t.Columns[i] = c
		case i >= 0 && d.Kind == sql.ComputedColumn && t.Columns[i].Kind == d.Kind:
			r.ps.Errorf(d.Name.Span, "A generated column named '%s' already exists in the base table", c.Name).
				Because("you might want to specify EXCLUDING GENERATED or OVERWRITING GENERATED")
		case i >= 0 && d.Kind == sql.MetadataColumn && t.Columns[i].Kind == d.Kind:
			r.ps.Errorf(d.Name.Span, "A metadata column named '%s' already exists in the base table", c.Name).
				Because("you might want to specify EXCLUDING METADATA or OVERWRITING METADATA")
		case i >= 0:
			r.ps.Errorf(d.Name.Span, "A column named '%s' already exists in the base table", c.Name)
		default:
			t.Columns = append(t.Columns, c)
		}
	}
}

// mayOverwrite tells whether a column of the LIKE table may be replaced by one of the
// same name: computed by computed, metadata by metadata, where OVERWRITING says so.
func (r *resolver) mayOverwrite(old, new sql.ColumnKind) bool {
	switch {
	case old == sql.ComputedColumn && new == sql.ComputedColumn:
		return r.how["GENERATED"] == overwriting
	case old == sql.MetadataColumn && new == sql.MetadataColumn:
		return r.how["METADATA"] == overwriting
	}
	return false
}

// computed types the computed columns over all others.
func (r *resolver) computed() {
	var fields []types.Field
	for _, c := range r.table.Columns {
		if c.Kind != sql.ComputedColumn {
			fields = append(fields, types.Field{Name: c.Name, Type: c.Type})
		}
	}
	for i := range r.table.Columns {
		if c := &r.table.Columns[i]; c.Kind == sql.ComputedColumn {
			c.Type, _ = r.typer.TypeOf(c.Expr, fields)
		}
	}
}

func (r *resolver) partitions(columns []sql.Ident) {
	if len(columns) == 0 {
		return
	}
	if len(r.table.Partitions) > 0 {
		r.ps.Errorf(columns[0].Span, "The base table already has partitions defined").Because("exclude them with EXCLUDING PARTITIONS")
		return
	}
	for _, c := range columns {
		i := r.table.ColumnIndex(c.Name)
		if i < 0 || r.table.Columns[i].Kind != sql.PhysicalColumn {
			r.ps.Errorf(c.Span, "Partition column '%s' not defined in the table schema", c.Name).Because(r.nearest(c.Name))
			continue
		}
		r.table.Partitions = append(r.table.Partitions, c.Name)
	}
}

// keys checks the primary key.
func (r *resolver) keys(keys []*sql.TableConstraint) {
	t := r.table
	for n, k := range keys {
		switch {
		case !k.Primary:
			r.ps.Errorf(k.Span, "UNIQUE constraint is not supported yet")
			continue
		case k.Enforcement != "NOT ENFORCED":
			r.ps.Errorf(k.Span, "a PRIMARY KEY that is ENFORCED is not supported").
				Because("write PRIMARY KEY (...) NOT ENFORCED: the table does not own its rows, so it cannot check their keys")
			continue
		case n > 0:
			r.ps.Errorf(k.Span, "Duplicate primary key definition")
			continue
		case r.base != nil && t.PrimaryKey != nil:
			r.ps.Errorf(k.Span, "The base table already has a primary key").Because("exclude it with EXCLUDING CONSTRAINTS")
			continue
		}
		var names []string
		for _, c := range k.Columns {
			i := t.ColumnIndex(c.Name)
			switch {
			case i < 0:
				r.ps.Errorf(c.Span, "Primary key column '%s' is not defined in the schema", c.Name).Because(r.nearest(c.Name))
				continue
			case t.Columns[i].Kind != sql.PhysicalColumn:
				r.ps.Errorf(c.Span, "Could not create a PRIMARY KEY with column '%s': it is not a physical column", c.Name)
				continue
			}
			t.Columns[i].Type.NotNull = true
			names = append(names, c.Name)
		}
		t.PrimaryKey = names
		t.KeyName = "PK_" + strings.Join(names, "_")
		if k.Name != nil {
			t.KeyName = k.Name.Name
		}
	}
}

// watermark checks the WATERMARK clause and marks time attributes.
func (r *resolver) watermark(own []*sql.Watermark) {
	t := r.table
	if len(own) > 1 {
		r.ps.Errorf(own[1].Span, "Multiple WATERMARK definitions are not supported yet")
	}
	if len(own) > 0 {
		w := own[0]
		if r.base != nil && r.base.Watermark != nil && t.Watermark != nil && r.how["WATERMARKS"] != overwriting {
			r.ps.Errorf(w.Span, "There already exists a watermark spec for column '%s' in the base table", t.Watermark.Column).
				Because("you might want to specify EXCLUDING WATERMARKS or OVERWRITING WATERMARKS")
			return
		}
		if len(w.Column.Parts) > 1 {
			r.ps.Errorf(w.Column.Span, "A watermark on the nested field '%s' is not supported", joinName(w.Column)).
				Because("declare a computed column of it, and the watermark on that")
			return
		}
		t.Watermark = &Watermark{Column: w.Column.Parts[0].Name, Expr: w.Expr, At: w.Span}
		if t.ColumnIndex(t.Watermark.Column) < 0 {
			r.ps.Errorf(w.Column.Span, "The rowtime attribute field '%s' is not defined in the table schema", t.Watermark.Column).
				Because(r.nearest(t.Watermark.Column))
			t.Watermark = nil
			return
		}
	}
	w := t.Watermark
	if w == nil {
		return
	}
	i := t.ColumnIndex(w.Column)
	if i < 0 {
		r.ps.Errorf(t.At, "The rowtime attribute field '%s' is not defined in the table schema", w.Column).Because("EXCLUDING WATERMARKS leaves the watermark out too")
		return
	}
	if !watermarkable(t.Columns[i].Type) {
		if t.Columns[i].Type.Kind != types.Invalid {
			r.ps.Errorf(w.At, "Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, but the time field type is %s", t.Columns[i].Type)
		}
		return
	}
	wt, ok := r.typer.TypeOf(w.Expr, t.Fields())
	if !ok {
		return
	}
	if !watermarkable(wt) || wt.Kind != t.Columns[i].Type.Kind {
		r.ps.Errorf(sql.Span{From: w.Expr.Pos(), To: w.Expr.End()}, "Invalid data type of expression for watermark definition. The field must be of type %s(p), the supported precision 'p' is from 0 to 3, but the watermark expression type is %s",
			t.Columns[i].Type.Kind, wt)
		return
	}
	t.Columns[i].Type.Time = types.Rowtime
}

func watermarkable(t types.Type) bool { return t.IsTimestamp() && t.Precision <= 3 }

func (r *resolver) nearest(name string) string { return nearestColumn(name, r.table.ColumnNames()) }

// options merges and checks the WITH options. An option that is required but
// missing is told when the table is used, since others may take this one over with LIKE.
func (r *resolver) options(s *sql.CreateTable) {
	t := r.table
	inherited := len(t.Options)
	for _, o := range s.Options {
		new := Option{Key: o.Key.Text, Value: o.Value.Text, At: o.Span, ValueAt: o.Value.Span}
		at := -1
		for i := range t.Options {
			if t.Options[i].Key == new.Key {
				at = i
			}
		}
		switch {
		case at >= 0 && at < inherited && r.how["OPTIONS"] == including:
			r.ps.Errorf(o.Span, "There already exists an option ['%s' -> '%s'] in the base table", new.Key, t.Options[at].Value).
				Because("you might want to specify EXCLUDING OPTIONS or OVERWRITING OPTIONS")
		case at >= 0:
			t.Options[at] = new
		default:
			t.Options = append(t.Options, new)
		}
	}
	name, ok := t.Option("connector")
	if !ok {
		return
	}
	if t.Connector = r.regs.Connectors.Find(name); t.Connector == nil {
		r.ps.Errorf(t.ValueAt("connector"), "Could not find any connector named '%s'", name).
			Because(nearestOr(name, r.regs.Connectors.Names(), "available connectors are"))
		return
	}
	CheckOptions(r.ps, t, r.regs, false)
	r.metadata()
}

// metadata checks metadata columns against what connector and format offer.
func (r *resolver) metadata() {
	known := MetadataOf(r.table, r.regs)
	for i := range r.table.Columns {
		c := &r.table.Columns[i]
		if c.Kind != sql.MetadataColumn || c.Type.Kind == types.Invalid {
			continue
		}
		var m *connector.Metadata
		var keys []string
		for j := range known {
			keys = append(keys, known[j].Key)
			if known[j].Key == c.Metadata {
				m = &known[j]
			}
		}
		if m == nil {
			what := "the connector '" + r.table.Connector.Name + "' offers none"
			if len(keys) > 0 {
				what = nearestOr(c.Metadata, keys, "it offers")
			}
			r.ps.Errorf(c.At, "Invalid metadata key '%s' in column '%s': the connector does not offer it", c.Metadata, c.Name).Because(what)
			continue
		}
		if !c.Type.Same(m.Type) && !r.typer.Castable(m.Type, c.Type) {
			r.ps.Errorf(c.At, "Invalid data type for metadata column '%s': the key '%s' is of type %s and cannot be cast to %s", c.Name, c.Metadata, m.Type, c.Type)
		}
	}
}

// nearestOr is the hint for a name that is not one of a few: the nearest, or all.
func nearestOr(name string, names []string, lead string) string {
	if hint := nearestColumn(name, names); hint != "" {
		return hint
	}
	return fmt.Sprintf("%s '%s'", lead, strings.Join(names, "', '"))
}
