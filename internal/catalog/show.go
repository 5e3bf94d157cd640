package catalog

import (
	"fmt"
	"regexp"
	"strings"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// Answer is what SHOW, SHOW CREATE or DESCRIBE says.
type Answer struct {
	Text string // as Flink's client prints it; ends with a line feed
	// Head and Rows are what Text shows, if it is a table.
	Head []string
	Rows [][]string
}

// Show answers SHOW, SHOW CREATE and DESCRIBE.
func (c *Catalog) Show(ps *Problems, s sql.Statement, functions []string) (Answer, bool) {
	switch s := s.(type) {
	case *sql.Show:
		return c.showList(ps, s, functions)
	case *sql.ShowCreate:
		text, ok := c.showCreate(ps, s)
		return Answer{Text: text}, ok
	case *sql.Describe:
		return c.describe(ps, s)
	}
	return Answer{}, false
}

func (c *Catalog) showList(ps *Problems, s *sql.Show, functions []string) (Answer, bool) {
	var head string
	var names []string
	switch s.Kind {
	case sql.ShowTables:
		head, names = "table name", c.Tables()
	case sql.ShowViews:
		head, names = "view name", c.Views()
	case sql.ShowCatalogs:
		head, names = "catalog name", c.Catalogs()
	case sql.ShowDatabases:
		head, names = "database name", c.Databases()
	case sql.ShowCurrentCatalog:
		head, names = "current catalog name", []string{c.catalog}
	case sql.ShowCurrentDatabase:
		head, names = "current database name", []string{c.database}
	case sql.ShowFunctions:
		head = "function name"
		for _, f := range functions {
			names = append(names, strings.ToLower(f))
		}
	case sql.ShowUserFunctions:
		head = "function name"
	case sql.ShowModules:
		head, names = "module name", []string{"core"}
	case sql.ShowColumns:
		return c.showColumns(ps, s)
	default:
		ps.Errorf(s.Span, "SHOW %s is not supported", s.Kind)
		return Answer{}, false
	}
	if s.Name != nil {
		ps.Errorf(s.Name.Span, "SHOW %s %s is not supported", s.Kind, s.Preposition).Because("USE the catalog and database first")
		return Answer{}, false
	}
	var rows [][]string
	for _, n := range names {
		if likeMatches(s, n) {
			rows = append(rows, []string{n})
		}
	}
	return answer([]string{head}, rows), true
}

// likeMatches applies SHOW ... [NOT] LIKE or ILIKE.
func likeMatches(s *sql.Show, name string) bool {
	if s.LikeOp == "" {
		return true
	}
	var b strings.Builder
	b.WriteString("(?s)^")
	if s.LikeOp == "ILIKE" {
		b.WriteString("(?i)")
	}
	for _, r := range s.Pattern.Text {
		switch r {
		case '%':
			b.WriteString(".*")
		case '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString("$")
	return regexp.MustCompile(b.String()).MatchString(name) != s.Not
}

// object finds what SHOW COLUMNS, SHOW CREATE and DESCRIBE name.
func (c *Catalog) object(ps *Problems, n sql.Name) any {
	o := c.Lookup(n)
	if o == nil {
		ps.Errorf(n.Span, "Tables or views with the identifier '%s' doesn't exist", c.Resolve(n)).Because(c.Nearest(n.Parts[len(n.Parts)-1].Name))
	}
	return o
}

var columnHead = []string{"name", "type", "null", "key", "extras", "watermark"}

func (c *Catalog) showColumns(ps *Problems, s *sql.Show) (Answer, bool) {
	o := c.object(ps, *s.Name)
	if o == nil {
		return Answer{}, false
	}
	var rows [][]string
	all, head := columnRows(o)
	for _, r := range all {
		if likeMatches(s, r[0]) {
			rows = append(rows, r)
		}
	}
	return answer(head, rows), true
}

func (c *Catalog) describe(ps *Problems, s *sql.Describe) (Answer, bool) {
	if s.Object != sql.TableObject {
		ps.Errorf(s.Span, "DESCRIBE %s is not supported", s.Object)
		return Answer{}, false
	}
	o := c.object(ps, s.Name)
	if o == nil {
		return Answer{}, false
	}
	rows, head := columnRows(o)
	return answer(head, rows), true
}

// columnRows describes the columns of a table or a view; comments make a column of
// their own where there are any.
func columnRows(o any) ([][]string, []string) {
	var rows [][]string
	head := columnHead
	switch o := o.(type) {
	case *View:
		for _, f := range o.Schema {
			rows = append(rows, columnRow(f.Name, f.Type, "", "", ""))
		}
	case *Table:
		comments := false
		for i := range o.Columns {
			col := &o.Columns[i]
			comments = comments || col.Comment != ""
			key := ""
			for _, k := range o.PrimaryKey {
				if k == col.Name {
					key = "PRI(" + strings.Join(o.PrimaryKey, ", ") + ")"
				}
			}
			mark := ""
			if o.Watermark != nil && o.Watermark.Column == col.Name {
				mark = exprText(o.Watermark.Expr)
			}
			rows = append(rows, columnRow(col.Name, col.Type, key, col.extras(), mark))
		}
		if comments {
			head = append(append([]string(nil), head...), "comment")
			for i := range rows {
				rows[i] = append(rows[i], o.Columns[i].Comment)
			}
		}
	}
	return rows, head
}

func columnRow(name string, t types.Type, key, extras, mark string) []string {
	null := "TRUE"
	if t.NotNull {
		null = "FALSE"
	}
	return []string{name, t.Nullable().Describe(), null, key, extras, mark}
}

// extras is what DESCRIBE and SHOW CREATE write of a computed or metadata column.
func (c *Column) extras() string {
	switch c.Kind {
	case sql.ComputedColumn:
		return "AS " + exprText(c.Expr)
	case sql.MetadataColumn:
		text := "METADATA"
		if c.From {
			text += " FROM '" + strings.ReplaceAll(c.Metadata, "'", "''") + "'"
		}
		if c.Virtual {
			text += " VIRTUAL"
		}
		return text
	}
	return ""
}

func (c *Catalog) showCreate(ps *Problems, s *sql.ShowCreate) (string, bool) {
	if s.Object != sql.TableObject && s.Object != sql.ViewObject {
		ps.Errorf(s.Span, "SHOW CREATE %s is not supported", s.Object)
		return "", false
	}
	switch o := c.object(ps, s.Name).(type) {
	case *Table:
		if s.Object == sql.ViewObject {
			ps.Errorf(s.Name.Span, "SHOW CREATE VIEW is only supported for views, but %s is a table", o.ID).Because("use SHOW CREATE TABLE")
			return "", false
		}
		return createTableText(o), true
	case *View:
		if s.Object == sql.TableObject {
			ps.Errorf(s.Name.Span, "SHOW CREATE TABLE is only supported for tables, but %s is a view", o.ID).Because("use SHOW CREATE VIEW")
			return "", false
		}
		return createViewText(o), true
	}
	return "", false
}

func temporaryText(temporary bool) string {
	if temporary {
		return "TEMPORARY "
	}
	return ""
}

func createTableText(t *Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE %sTABLE %s (\n", temporaryText(t.Temporary), t.ID.Quoted())
	var lines []string
	for i := range t.Columns {
		c := &t.Columns[i]
		line := "  " + types.Quote(c.Name)
		if c.Kind != sql.ComputedColumn {
			line += " " + serializable(c.Type)
		}
		if extras := c.extras(); extras != "" {
			line += " " + extras
		}
		if c.Comment != "" {
			line += " COMMENT '" + strings.ReplaceAll(c.Comment, "'", "''") + "'"
		}
		lines = append(lines, line)
	}
	if w := t.Watermark; w != nil {
		lines = append(lines, "  WATERMARK FOR "+types.Quote(w.Column)+" AS "+exprText(w.Expr))
	}
	if len(t.PrimaryKey) > 0 {
		lines = append(lines, "  CONSTRAINT "+types.Quote(t.KeyName)+" PRIMARY KEY ("+quoteAll(t.PrimaryKey)+") NOT ENFORCED")
	}
	b.WriteString(strings.Join(lines, ",\n") + "\n)\n")
	if t.HasComment {
		fmt.Fprintf(&b, "COMMENT '%s'\n", strings.ReplaceAll(t.Comment, "'", "''"))
	}
	if len(t.Partitions) > 0 {
		fmt.Fprintf(&b, "PARTITIONED BY (%s)\n", quoteAll(t.Partitions))
	}
	if len(t.Options) > 0 {
		b.WriteString("WITH (\n")
		var options []string
		for _, o := range t.Options {
			options = append(options, fmt.Sprintf("  '%s' = '%s'", strings.ReplaceAll(o.Key, "'", "''"), strings.ReplaceAll(t.masked(o), "'", "''")))
		}
		b.WriteString(strings.Join(options, ",\n") + "\n)\n")
	}
	return b.String()
}

// masked is the value of an option as it may be shown.
func (t *Table) masked(o Option) string {
	if t.Connector != nil {
		for _, d := range t.Connector.Options {
			if d.Secret && (d.Name == o.Key || d.Prefix && strings.HasPrefix(o.Key, d.Name)) {
				return "******"
			}
		}
	}
	if key := strings.ToLower(o.Key); strings.Contains(key, "password") || strings.Contains(key, "secret") || strings.Contains(key, "jaas") {
		return "******"
	}
	return o.Value
}

func createViewText(v *View) string {
	var names []string
	for _, f := range v.Schema {
		names = append(names, "  "+types.Quote(f.Name))
	}
	text := fmt.Sprintf("CREATE %sVIEW %s (\n%s\n)\n", temporaryText(v.Temporary), v.ID.Quoted(), strings.Join(names, ",\n"))
	if v.Comment != "" {
		text += "COMMENT '" + strings.ReplaceAll(v.Comment, "'", "''") + "'\n"
	}
	return text + "AS " + sql.Format(v.Query) + "\n"
}

func quoteAll(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = types.Quote(n)
	}
	return strings.Join(list, ", ")
}

// serializable writes a type without the short names STRING and BYTES, as SHOW CREATE
// does.
func serializable(t types.Type) string {
	text := t.String()
	for short, long := range map[string]string{"STRING": "VARCHAR(2147483647)", "BYTES": "VARBINARY(2147483647)"} {
		text = regexp.MustCompile(`\b`+short+`\b`).ReplaceAllString(text, long)
	}
	return text
}

func answer(head []string, rows [][]string) Answer { return Answer{Grid(head, rows), head, rows} }

// Grid prints rows as Flink's client does: right-aligned, ruled, with their number.
func Grid(head []string, rows [][]string) string {
	if len(rows) == 0 {
		return "Empty set\n"
	}
	width := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, cell := range r {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	rule := "+"
	for _, w := range width {
		rule += strings.Repeat("-", w+2) + "+"
	}
	var b strings.Builder
	line := func(r []string) {
		for i, cell := range r {
			b.WriteString("| " + strings.Repeat(" ", width[i]-len([]rune(cell))) + cell + " ")
		}
		b.WriteString("|\n")
	}
	b.WriteString(rule + "\n")
	line(head)
	b.WriteString(rule + "\n")
	for _, r := range rows {
		line(r)
	}
	b.WriteString(rule + "\n")
	if len(rows) == 1 {
		b.WriteString("1 row in set\n")
	} else {
		fmt.Fprintf(&b, "%d rows in set\n", len(rows))
	}
	return b.String()
}
