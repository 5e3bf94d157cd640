package plan

import (
	"fmt"
	"slices"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// source makes the scan of a table: its connector's Source over the columns that are
// read. nil: an error was noted.
func (p *physical) source(s *scanRel) *Scan {
	t, ok := p.tableFor(s.table, s.hints, s.at)
	if !ok {
		return nil
	}
	known := catalog.MetadataOf(s.table, p.reg.catalog())
	n := &Scan{}
	var fields []types.Field
	for _, i := range s.read {
		c := &s.table.Columns[i]
		col := connector.Column{Name: c.Name, Type: c.Type.Plain()}
		if c.Kind == sql.MetadataColumn {
			col.Metadata, col.Type = c.Metadata, metadataType(known, c.Metadata)
		}
		n.Read = append(n.Read, col)
		fields = append(fields, types.Field{Name: col.Name, Type: col.Type})
	}
	t.Columns = n.Read
	source, err := s.table.Connector.NewSource(t)
	if err != nil {
		at := s.at
		for _, o := range s.table.Options { // better where the option stands that it is about
			if o.At.From.IsValid() && strings.Contains(err.Error(), "'"+o.Key+"'") {
				at = o.At
			}
		}
		p.ps.Errorf(at, "Unable to create a source for reading table '%s': %v", s.table.ID, err)
		return nil
	}
	n.Edge = edge(fields)
	n.Table = &SourceTable{Name: s.table.ID.Short(), Connector: s.table.Connector, Table: t, Source: source}
	return n
}

// sinkNode makes the sink above its input. nil: an error was noted.
func (p *physical) sinkNode(r *sinkRel, in Node) *Sink {
	if r.table == nil {
		return &Sink{Edge: edge(r.input.fields()), Input: in, Table: &SinkTable{Name: "result", Select: true}}
	}
	t, ok := p.tableFor(r.table, r.hints, r.at)
	if !ok {
		return nil
	}
	known := catalog.MetadataOf(r.table, p.reg.catalog())
	fields := in.Output().Columns
	exprs := identityOf(fields)
	out := append(cols(nil), fields...)
	for i, f := range r.input.fields() {
		out[i].Name = f.Name
	}
	if times := rowtimes(out); len(times) > 1 {
		p.ps.Errorf(r.at, "The query contains more than one rowtime attribute column [%s] for writing into table '%s'", strings.Join(times, ", "), r.table.ID).
			Because("a row has one time: cast all but one of them to TIMESTAMP or TIMESTAMP_LTZ")
		return nil
	}
	s := &Sink{}
	for n, i := range r.columns {
		c := &r.table.Columns[i]
		col := connector.Column{Name: c.Name, Type: c.Type.Plain()}
		if c.Kind == sql.MetadataColumn {
			if !p.writable(r, known, c) {
				return nil
			}
			col.Metadata, col.Type = c.Metadata, metadataType(known, c.Metadata)
			exprs[n] = implicit(exprs[n], col.Type)
			out[n].Type = exprs[n].Type()
		}
		t.Columns = append(t.Columns, col)
	}
	sink, err := r.table.Connector.NewSink(t)
	if err != nil {
		p.ps.Errorf(r.at, "Unable to create a sink for writing table '%s': %v", r.table.ID, err)
		return nil
	}
	s.Input = p.calc(in, nil, exprs, out)
	s.Edge = edge(out)
	s.Table = &SinkTable{Name: r.table.ID.Short(), Connector: r.table.Connector, Table: t, Sink: sink}
	return s
}

// rowtimes are the names of the columns that are event time.
func rowtimes(fields []types.Field) (names []string) {
	for _, f := range fields {
		if f.Type.Time == types.Rowtime {
			names = append(names, f.Name)
		}
	}
	return names
}

func (p *physical) writable(r *sinkRel, known []connector.Metadata, c *catalog.Column) bool {
	for _, m := range known {
		if m.Key == c.Metadata {
			if !m.Writable {
				p.ps.Errorf(r.at, "Invalid metadata key '%s' in column '%s' of table '%s': the metadata is read-only", c.Metadata, c.Name, r.table.ID).
					Because("declare the column VIRTUAL, so that it is not written")
			}
			return m.Writable
		}
	}
	return false
}

func metadataType(known []connector.Metadata, key string) types.Type {
	for _, m := range known {
		if m.Key == key {
			return m.Type
		}
	}
	return types.Type{}
}

// tableFor is what a connector is told of a table, but for the columns that are read or
// written. Options of a hint replace those of the table.
func (p *physical) tableFor(t *catalog.Table, hints map[string]string, at sql.Span) (*connector.Table, bool) {
	if len(hints) > 0 {
		n := *t
		n.Options = slices.Clone(t.Options)
		for _, k := range sortedKeys(hints) {
			n.Options = slices.DeleteFunc(n.Options, func(o catalog.Option) bool { return o.Key == k })
			n.Options = append(n.Options, catalog.Option{Key: k, Value: hints[k], At: at})
		}
		t = &n
	}
	values, parts, ok := catalog.CheckOptions(p.ps, t, p.reg.catalog(), true)
	if !ok {
		return nil, false
	}
	out := &connector.Table{Name: t.ID.Short(), Options: values, Zone: p.zone, Kinds: connector.InsertOnly}
	index := map[string]int{}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Kind == sql.PhysicalColumn {
			index[c.Name] = len(out.Schema)
			out.Schema = append(out.Schema, connector.Column{Name: c.Name, Type: c.Type.Plain()})
		}
	}
	for _, name := range t.PrimaryKey {
		out.PrimaryKey = append(out.PrimaryKey, index[name])
	}
	for _, name := range t.Partitions {
		out.Partitions = append(out.Partitions, index[name])
	}
	for _, part := range parts {
		if part.Name == "value" && part.Format.Changelog {
			out.Kinds = connector.AllKinds
		}
	}
	p.formats(t, out, parts)
	return out, true
}

// formats gives a table the makers of its decoders and encoders.
func (p *physical) formats(t *catalog.Table, out *connector.Table, parts []catalog.Part) {
	find := func(name string) *catalog.Part {
		if name == "" {
			name = "value"
		}
		for i := range parts {
			if parts[i].Name == name {
				return &parts[i]
			}
		}
		return nil
	}
	formatTable := func(part *catalog.Part, columns []connector.Column) *format.Table {
		ft := &format.Table{Name: t.ID.Short(), Options: part.Options, Zone: p.zone, Files: t.Connector.Files}
		record := slices.Clone(columns)
		slices.SortStableFunc(record, func(a, b connector.Column) int { return a.Place - b.Place })
		for _, c := range record {
			if c.Metadata == "" {
				ft.Schema = append(ft.Schema, types.Field{Name: c.Name, Type: c.Type})
			}
		}
		for _, c := range columns {
			if c.Metadata != "" {
				ft.WantedMetadata = append(ft.WantedMetadata, c.Metadata)
			} else if !c.Unread {
				ft.Wanted = append(ft.Wanted, slices.IndexFunc(ft.Schema, func(f types.Field) bool { return f.Name == c.Name }))
			}
		}
		return ft
	}
	out.NewDecoder = func(name string, columns []connector.Column) (format.Decoder, error) {
		part := find(name)
		if part == nil {
			return nil, noFormat(t, name)
		}
		if part.Format.NewDecoder == nil {
			return nil, cannot(part, "read")
		}
		return part.Format.NewDecoder(formatTable(part, columns))
	}
	out.NewEncoder = func(name string, columns []connector.Column) (format.Encoder, error) {
		part := find(name)
		if part == nil {
			return nil, noFormat(t, name)
		}
		if part.Format.NewEncoder == nil {
			return nil, cannot(part, "written")
		}
		return part.Format.NewEncoder(formatTable(part, columns))
	}
}

func noFormat(t *catalog.Table, part string) error {
	option := "format"
	if part == "key" {
		option = "key.format"
	}
	return fmt.Errorf("option '%s' is required", option)
}

func cannot(part *catalog.Part, what string) error {
	return fmt.Errorf("the format '%s' cannot be %s", part.Format.Name, what)
}
