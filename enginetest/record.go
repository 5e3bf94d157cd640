package enginetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// How a script's golden comes from a real Flink:
//
//  1. Translate writes the rows of each source table to a file of its own, and the script
//     with its 'script' tables replaced: sources by 'filesystem' tables over these files, in 'json', or
//     'debezium-json' where rows are taken back; sinks by 'print' tables whose print-identifier is the table's name.
//  2. Somebody runs Flink on it, at parallelism 1 and with a watermark after every row.
//  3. ReadPrinted takes what each sink was given out of what Flink printed.
//  4. Differences compares it with the golden, in the golden's own sense of equal; Rewrite puts it into the
//     script's text where it differs.
//
// Flink's file source has one watermark for all files of a task, and our splits have one
// each: a script with several splits can be recorded where no row is late.

// HandMade is the oracle of scripts that Flink is not asked about; the script's comment
// says why.
const HandMade = "hand"

// Recordable tells whether a real Flink is to be asked about the script.
func (s *Script) Recordable() bool { return s.Oracle != HandMade }

// Translate writes the script as Flink runs it to dir/NAME.sql and its rows beside it, and
// returns the script's path. NAME is the script's name without extension, with "-" for "/".
func (s *Script) Translate(dir string) (string, error) {
	base := strings.ReplaceAll(strings.TrimSuffix(s.Name, filepath.Ext(s.Name)), "/", "-")
	rows := map[string][]string{}
	for _, r := range s.Rows {
		rows[r.Table] = append(rows[r.Table], r.Lines...)
	}
	text, sources, err := s.forFlink(filepath.Join(dir, base), rows)
	if err != nil {
		return "", err
	}
	schemas, err := s.sourceSchemas()
	if err != nil && s.Error == nil {
		return "", err
	}
	for _, table := range sources {
		data, err := flinkRows(rows[table], schemas[table])
		if err != nil {
			return "", fmt.Errorf("%s: table %s: %w", s.Name, table, err)
		}
		if err := os.WriteFile(rowsFile(filepath.Join(dir, base), table), data, 0o666); err != nil {
			return "", err
		}
	}
	path := filepath.Join(dir, base+".sql")
	return path, os.WriteFile(path, []byte(text), 0o666)
}

func rowsFile(base, table string) string { return base + "." + table + ".json" }

func (s *Script) sourceSchemas() (map[string][]connector.Column, error) {
	tables := NewTables()
	for _, r := range s.Rows {
		tables.Feed(r.Table, markers(r.Lines))
	}
	return s.schemas(tables)
}

// forFlink is the script's SQL with other connectors, and the tables that are sources.
func (s *Script) forFlink(base string, rows map[string][]string) (text string, sources []string, err error) {
	script, err := sql.Parse(s.SQL)
	if err != nil {
		if s.Error != nil {
			return s.SQL, nil, nil
		}
		return "", nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	targets := targetsOf(script)
	var b strings.Builder
	from := 0
	for _, st := range script.Statements {
		c, ok := st.(*sql.CreateTable)
		if !ok || !isScriptTable(c) {
			continue
		}
		table := lastName(c.Name)
		options := fmt.Sprintf("'connector' = 'print', 'print-identifier' = '%s'", table)
		if !targets[table] {
			format := "json"
			if takesBack(rows[table]) {
				format = "debezium-json"
			}
			options = fmt.Sprintf("'connector' = 'filesystem', 'path' = '%s', 'format' = '%s', '%s.timestamp-format.standard' = 'SQL'",
				rowsFile(base, table), format, format)
			if !slices.Contains(sources, table) {
				sources = append(sources, table)
			}
		}
		first, last := c.Options[0].From.Offset, c.Options[len(c.Options)-1].To.Offset
		b.WriteString(s.SQL[from:first])
		b.WriteString(options)
		from = last
	}
	b.WriteString(s.SQL[from:])
	return b.String(), sources, nil
}

func isScriptTable(c *sql.CreateTable) bool {
	for _, o := range c.Options {
		if o.Key.Text == "connector" && o.Value.Text == "script" {
			return true
		}
	}
	return false
}

// targetsOf are the tables that a script inserts into.
func targetsOf(script sql.Script) map[string]bool {
	targets := map[string]bool{}
	for _, st := range script.Statements {
		switch x := st.(type) {
		case *sql.Insert:
			targets[lastName(x.Table.Name)] = true
		case *sql.StatementSet:
			for _, i := range x.Inserts {
				targets[lastName(i.Table.Name)] = true
			}
		}
	}
	return targets
}

func lastName(n sql.Name) string { return n.Parts[len(n.Parts)-1].Name }

func takesBack(lines []string) bool {
	for _, e := range markers(lines) {
		if e.Kind != vector.Insert {
			return true
		}
	}
	return false
}

// flinkRows are a table's rows as Flink reads them. Of updates, debezium-json knows only
// the row before and the row after together: a -U must be followed by its +U.
func flinkRows(lines []string, schema []connector.Column) ([]byte, error) {
	var b bytes.Buffer
	changes := takesBack(lines)
	before := ""
	for _, line := range lines {
		e, rest, err := parseKind(line)
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(strings.NewReader(rest))
		d.UseNumber()
		var values []any
		if err := d.Decode(&values); err != nil {
			return nil, fmt.Errorf("%q: %w", rest, err)
		}
		row, err := flinkRow(values, schema)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", rest, err)
		}
		if before != "" && e.Kind != vector.UpdateAfter {
			return nil, fmt.Errorf("%q: debezium-json cannot say a -U without its +U behind it", line)
		}
		switch {
		case !changes:
			fmt.Fprintf(&b, "%s\n", row)
		case e.Kind == vector.Insert:
			fmt.Fprintf(&b, `{"before": null, "after": %s, "op": "c"}`+"\n", row)
		case e.Kind == vector.UpdateBefore:
			before = row
		case e.Kind == vector.UpdateAfter:
			if before == "" {
				return nil, fmt.Errorf("%q: debezium-json cannot say a +U without its -U before it", line)
			}
			fmt.Fprintf(&b, `{"before": %s, "after": %s, "op": "u"}`+"\n", before, row)
			before = ""
		case e.Kind == vector.Delete:
			fmt.Fprintf(&b, `{"before": %s, "after": null, "op": "d"}`+"\n", row)
		}
	}
	return b.Bytes(), nil
}

func flinkRow(values []any, schema []connector.Column) (string, error) {
	if len(values) != len(schema) {
		return "", fmt.Errorf("%d values, the table has %d columns", len(values), len(schema))
	}
	fields := make([]types.Field, len(schema))
	for i, c := range schema {
		fields[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	var b bytes.Buffer
	err := flinkObject(&b, values, fields)
	return b.String(), err
}

func flinkObject(b *bytes.Buffer, values []any, fields []types.Field) error {
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		name, _ := json.Marshal(f.Name)
		b.Write(name)
		b.WriteString(": ")
		if err := flinkValue(b, values[i], f.Type); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// flinkValue writes a value as Flink's json format reads it: fields of a ROW by name, and
// times as SQL writes them, with a Z where they are instants.
func flinkValue(b *bytes.Buffer, x any, t types.Type) error {
	list, isList := x.([]any)
	switch {
	case isList && t.Kind == types.Row && len(list) == len(t.Fields):
		return flinkObject(b, list, t.Fields)
	case isList && t.Kind == types.Array:
		b.WriteByte('[')
		for i := range list {
			if i > 0 {
				b.WriteString(", ")
			}
			if err := flinkValue(b, list[i], *t.Elem); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case isList:
		return fmt.Errorf("%v is no %s", x, t)
	}
	if text, ok := x.(string); ok && (t.Kind == types.Timestamp || t.Kind == types.TimestampLTZ) {
		text = strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z")
		if t.Kind == types.TimestampLTZ {
			text += "Z"
		}
		x = text
	}
	var v bytes.Buffer
	e := json.NewEncoder(&v)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		return err
	}
	b.Write(bytes.TrimSpace(v.Bytes()))
	return nil
}

// ReadPrinted takes the changes of each sink out of what Flink printed.
func (s *Script) ReadPrinted(out string) (map[string][]string, error) {
	got := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		table, change, ok := strings.Cut(line, "> ")
		if ok && len(change) > 2 && strings.ContainsRune("+-", rune(change[0])) {
			got[table] = append(got[table], change)
		}
	}
	for _, x := range s.Expect {
		for i, line := range got[x.Table] {
			if !strings.HasSuffix(line, "]") {
				return nil, fmt.Errorf("%s: table %s: change %d, %q, is not one line: no golden can hold it", s.Name, x.Table, i+1, line)
			}
		}
	}
	return got, nil
}

// Differences are what the golden says other than Flink, in words; none: they agree.
func (s *Script) Differences(flink map[string][]string) (list []string) {
	for _, x := range s.Expect {
		if err := s.compare(x, flink[x.Table], true); err != nil {
			list = append(list, err.Error())
		}
	}
	return list
}

// Rewrite is the script's text with other changes in its "changes" and "folded"
// sections, where they differ from what stands there, and with oracle as its oracle.
func (s *Script) Rewrite(text string, changes map[string][]string, oracle string) string {
	var out []string
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	named := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, "oracle ") {
			line, named = "oracle "+oracle, true
		}
		if line == "sql" && !named && oracle != "" {
			if n := len(out); n > 1 && out[n-1] == "" && out[n-2] == "one split" {
				out = out[:n-1]
			}
			out, named = append(out, "oracle "+oracle, ""), true
		}
		out = append(out, line)
		x, ok := expectationHeader(line)
		if !ok {
			continue
		}
		x = s.expectation(x)
		fresh := changes[x.Table]
		if s.compare(x, fresh, true) == nil {
			continue
		}
		if x.Folded {
			fresh = Fold(fresh)
		}
		out = append(out, fresh...)
		for i+1 < len(lines) && !isHeader(lines[i+1]) {
			if i++; strings.TrimSpace(lines[i]) == "" || strings.HasPrefix(lines[i], "#") {
				out = append(out, lines[i])
			}
		}
	}
	return strings.Join(out, "\n") + "\n"
}

// expectation is the script's own expectation with the header of x.
func (s *Script) expectation(x Expectation) Expectation {
	for _, e := range s.Expect {
		if e.Table == x.Table && e.Folded == x.Folded {
			return e
		}
	}
	return x
}
