package catalog

import (
	"maps"
	"sort"

	"tidemark.dev/internal/sql"
	"tidemark.dev/option"
)

// The catalog and the database that a script begins in.
const (
	DefaultCatalog  = "default_catalog"
	DefaultDatabase = "default_database"
)

// Catalog holds the objects of a script. Temporary ones shadow permanent ones of the
// same name, as in Flink.
type Catalog struct {
	Config    *Config
	databases map[string]map[string]bool // catalog -> databases
	permanent map[ID]any                 // *Table or *View
	temporary map[ID]any
	unread    map[string]bool // names that statements with syntax errors may have made
	catalog   string          // in use
	database  string
}

// New returns a catalog with Flink's default catalog and database, and no objects.
func New() *Catalog {
	return &Catalog{
		Config:    NewConfig(),
		databases: map[string]map[string]bool{DefaultCatalog: {DefaultDatabase: true}},
		permanent: map[ID]any{},
		temporary: map[ID]any{},
		unread:    map[string]bool{},
		catalog:   DefaultCatalog,
		database:  DefaultDatabase,
	}
}

// Clone copies the catalog and its settings, so that what a text does to the copy can be
// forgotten. Tables and views are shared: they do not change once they were made.
func (c *Catalog) Clone() *Catalog {
	d := *c
	d.Config = &Config{given: maps.Clone(c.Config.given), defaults: maps.Clone(c.Config.defaults)}
	d.databases = make(map[string]map[string]bool, len(c.databases))
	for name, set := range c.databases {
		d.databases[name] = maps.Clone(set)
	}
	d.permanent, d.temporary, d.unread = maps.Clone(c.permanent), maps.Clone(c.temporary), map[string]bool{}
	return &d
}

// Resolve completes a name of one to three parts with the catalog and database in use.
func (c *Catalog) Resolve(n sql.Name) ID {
	id := ID{c.catalog, c.database, ""}
	p := n.Parts
	switch len(p) {
	case 1:
		id.Object = p[0].Name
	case 2:
		id.Database, id.Object = p[0].Name, p[1].Name
	default:
		id.Catalog, id.Database, id.Object = p[len(p)-3].Name, p[len(p)-2].Name, p[len(p)-1].Name
	}
	return id
}

// Lookup finds the table (*Table) or view (*View) of a name, or nil.
func (c *Catalog) Lookup(n sql.Name) any {
	if len(n.Parts) > 3 {
		return nil
	}
	if o := c.Get(c.Resolve(n)); o != nil {
		return o
	}
	if last := n.Parts[len(n.Parts)-1].Name; c.unread[last] {
		return &Table{ID: c.Resolve(n), Broken: true}
	}
	return nil
}

// Unread notes names of tables that a statement with a syntax error may have been about
// to make: their uses raise no errors of their own.
func (c *Catalog) Unread(names []string) {
	for _, n := range names {
		c.unread[n] = true
	}
}

// Get finds the table (*Table) or view (*View) of a full name, or nil.
func (c *Catalog) Get(id ID) any {
	if o := c.temporary[id]; o != nil {
		return o
	}
	return c.permanent[id]
}

// Nearest is the hint for a table's name that is not known, or "".
func (c *Catalog) Nearest(name string) string { return option.Nearest(name, c.Tables()) }

// Settle notes that the text that made the tables and views so far is over: places in it mean nothing
// any more.
func (c *Catalog) Settle() {
	for _, objects := range []map[ID]any{c.permanent, c.temporary} {
		for _, o := range objects {
			switch o := o.(type) {
			case *View:
				o.Earlier = true
			case *Table:
				o.At = sql.Span{}
				for i := range o.Options {
					o.Options[i].At, o.Options[i].ValueAt = sql.Span{}, sql.Span{}
				}
			}
		}
	}
}

// Tables lists the tables and views of the database in use, in order.
func (c *Catalog) Tables() []string { return c.list(func(any) bool { return true }) }

// Views lists the views of the database in use, in order.
func (c *Catalog) Views() []string {
	return c.list(func(o any) bool { _, ok := o.(*View); return ok })
}

func (c *Catalog) list(want func(any) bool) []string {
	seen := map[string]bool{}
	for _, objects := range []map[ID]any{c.permanent, c.temporary} {
		for id, o := range objects {
			if id.Catalog == c.catalog && id.Database == c.database && want(o) {
				seen[id.Object] = true
			}
		}
	}
	return sorted(seen)
}

func sorted(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for n := range set {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// place checks that a new object may have the name, and tells whether it is to be
// made: not if it exists and IF NOT EXISTS was written.
func (c *Catalog) place(ps *Problems, kind string, n sql.Name, temporary, ifNotExists bool) (ID, bool) {
	if len(n.Parts) > 3 {
		ps.Errorf(n.Span, "'%s' has too many parts: a name is [catalog.[database.]]%s", joinName(n), kind)
		return ID{}, false
	}
	id := c.Resolve(n)
	if !c.databases[id.Catalog][id.Database] {
		ps.Errorf(n.Span, "Database %s.%s does not exist", id.Catalog, id.Database).Because("CREATE DATABASE makes it")
		return id, false
	}
	objects := c.permanent
	if temporary {
		objects = c.temporary
	}
	if objects[id] != nil {
		if !ifNotExists {
			what := "Table or view"
			if temporary {
				what = "Temporary table or view"
			}
			ps.Errorf(n.Span, "%s '%s' already exists", what, id).Because("use CREATE ... IF NOT EXISTS, or DROP it first")
		}
		return id, false
	}
	return id, true
}

func (c *Catalog) put(id ID, temporary bool, object any) {
	if temporary {
		c.temporary[id] = object
	} else {
		c.permanent[id] = object
	}
}

// CreateView enters a view whose query has been bound: v has its Columns and Schema, or
// is Broken.
func (c *Catalog) CreateView(ps *Problems, s *sql.CreateView, v *View) {
	id, ok := c.place(ps, "view", s.Name, s.Temporary, s.IfNotExists || s.Replace)
	if s.Replace && !ok {
		objects := c.permanent
		if s.Temporary {
			objects = c.temporary
		}
		_, ok = objects[id].(*View)
	}
	if !ok {
		return
	}
	v.ID, v.Temporary, v.Query, v.At = id, s.Temporary, s.Query, s.Name.Span
	if s.Comment != nil {
		v.Comment = s.Comment.Text
	}
	c.put(id, s.Temporary, v)
}

// Drop removes a table or a view.
func (c *Catalog) Drop(ps *Problems, s *sql.Drop) {
	id := c.Resolve(s.Name)
	objects, what := c.permanent, "Table"
	if s.Temporary {
		objects, what = c.temporary, "Temporary table"
	}
	if s.Object == sql.ViewObject {
		what = "View"
		if s.Temporary {
			what = "Temporary view"
		}
	}
	o := objects[id]
	_, isView := o.(*View)
	if o == nil || isView != (s.Object == sql.ViewObject) {
		if o != nil {
			other := "VIEW"
			if !isView {
				other = "TABLE"
			}
			ps.Errorf(s.Name.Span, "%s with identifier '%s' does not exist", what, id).Because("it is a " + other + ": use DROP " + other)
			return
		}
		if !s.IfExists {
			hint := c.Nearest(id.Object)
			if !s.Temporary && c.temporary[id] != nil {
				hint = "it is temporary: use DROP TEMPORARY " + string(s.Object)
			}
			ps.Errorf(s.Name.Span, "%s with identifier '%s' does not exist", what, id).Because(hint)
		}
		return
	}
	if !s.Temporary && c.temporary[id] != nil {
		ps.Errorf(s.Name.Span, "Temporary %s with identifier '%s' exists: drop it before the permanent one", lowerKind(s.Object), id)
		return
	}
	delete(objects, id)
}

func lowerKind(k sql.ObjectKind) string {
	if k == sql.ViewObject {
		return "view"
	}
	return "table"
}

// CreateCatalog makes an in-memory catalog; a script's catalogs are only name spaces.
func (c *Catalog) CreateCatalog(ps *Problems, s *sql.CreateCatalog) {
	name := joinName(s.Name)
	for _, o := range s.Options {
		if o.Key.Text == "type" && o.Value.Text != "generic_in_memory" {
			ps.Errorf(o.Value.Span, "catalogs of type '%s' are not supported", o.Value.Text).Because("only 'generic_in_memory' is")
			return
		}
	}
	if c.databases[name] != nil {
		if !s.IfNotExists {
			ps.Errorf(s.Name.Span, "Catalog %s already exists", name)
		}
		return
	}
	database := "default"
	for _, o := range s.Options {
		if o.Key.Text == "default-database" {
			database = o.Value.Text
		}
	}
	c.databases[name] = map[string]bool{database: true}
}

// CreateDatabase makes a name space in a catalog.
func (c *Catalog) CreateDatabase(ps *Problems, s *sql.CreateDatabase) {
	catalog, database := c.databaseName(s.Name)
	switch {
	case c.databases[catalog] == nil:
		ps.Errorf(s.Name.Span, "Catalog %s does not exist", catalog).Because(option.Nearest(catalog, c.Catalogs()))
	case c.databases[catalog][database]:
		if !s.IfNotExists {
			ps.Errorf(s.Name.Span, "Database %s already exists in Catalog %s", database, catalog)
		}
	default:
		c.databases[catalog][database] = true
	}
}

func (c *Catalog) databaseName(n sql.Name) (catalog, database string) {
	if len(n.Parts) > 1 {
		return n.Parts[0].Name, n.Parts[1].Name
	}
	return c.catalog, n.Parts[0].Name
}

// Use changes the catalog or the database in use.
func (c *Catalog) Use(ps *Problems, s *sql.Use) {
	if s.Catalog {
		name := joinName(s.Name)
		if c.databases[name] == nil {
			ps.Errorf(s.Name.Span, "A catalog with name [%s] does not exist", name).Because(option.Nearest(name, c.Catalogs()))
			return
		}
		c.catalog = name
		c.database = DefaultDatabase
		if name != DefaultCatalog {
			c.database = sorted(c.databases[name])[0]
		}
		return
	}
	catalog, database := c.databaseName(s.Name)
	if !c.databases[catalog][database] {
		ps.Errorf(s.Name.Span, "A database with name [%s] does not exist in the catalog: [%s]", database, catalog).
			Because(option.Nearest(database, sorted(c.databases[catalog])))
		return
	}
	c.catalog, c.database = catalog, database
}

// Catalogs lists the catalogs in order.
func (c *Catalog) Catalogs() []string {
	set := map[string]bool{}
	for n := range c.databases {
		set[n] = true
	}
	return sorted(set)
}

// Databases lists the databases of the catalog in use, in order.
func (c *Catalog) Databases() []string { return sorted(c.databases[c.catalog]) }

// Current is the catalog and the database in use.
func (c *Catalog) Current() (catalog, database string) { return c.catalog, c.database }
