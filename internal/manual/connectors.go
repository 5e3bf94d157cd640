package main

import (
	"fmt"
	"io"
	"strings"

	"tidemark.dev"
	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/option"
)

const introduction = `# Connectors and formats

Made from the declarations in the code by ` + "`go run ./internal/manual > docs/connectors.md`" + `; a test
fails when it is out of date.

A table's connector is its option ` + "`'connector'`" + `, its format the option ` + "`'format'`" + `. An option that is not
listed is refused, with the nearest name. Durations are written ` + "`'200 ms'`, `'5 s'`, `'1 min'`, `'2 h'`, `'1 d'`" + ` (a
bare number is milliseconds), sizes ` + "`'64 kb'`, `'128 mb'`, `'1 gb'`" + ` (a bare number is bytes).
Options marked *connection* say how a system is reached: a change of one does not make another
plan, so an unfinished pipeline resumes with it. Options marked *secret* are never shown.
`

// page writes the manual page of all connectors and formats.
func page(w io.Writer) {
	connectors, formats, _ := tidemark.Builtin(io.Discard)
	fmt.Fprint(w, introduction)
	for _, name := range connectors.Names() {
		writeConnector(w, connectors.Find(name))
	}
	for _, name := range formats.Names() {
		writeFormat(w, formats.Find(name))
	}
}

func writeConnector(w io.Writer, c *connector.Connector) {
	fmt.Fprintf(w, "\n## Connector '%s'\n\n%s\n", c.Name, c.Summary)
	var uses []string
	if c.NewSource != nil {
		uses = append(uses, "read")
	}
	if c.NewSink != nil {
		uses = append(uses, "written")
	}
	fmt.Fprintf(w, "Tables of it can be %s.", strings.Join(uses, " and "))
	if c.Formats {
		fmt.Fprint(w, " It takes a `format`")
		if c.KeyFormats {
			fmt.Fprint(w, " (or `value.format`), and a `key.format`")
		}
		fmt.Fprint(w, ".")
	}
	fmt.Fprintln(w)
	if c.Example != "" {
		fmt.Fprintf(w, "\n```sql\n%s;\n```\n", strings.TrimSuffix(strings.TrimSpace(c.Example), ";"))
	}
	writeOptions(w, "", c.Options)
	if len(c.Metadata) > 0 {
		fmt.Fprint(w, "\n| metadata column | type | | meaning |\n|---|---|---|---|\n")
		for _, m := range c.Metadata {
			written := ""
			if m.Writable {
				written = "also written"
			}
			fmt.Fprintf(w, "| `%s` | `%s` | %s | %s |\n", m.Key, m.Type, written, cell(m.Summary))
		}
	}
}

func writeFormat(w io.Writer, f *format.Format) {
	fmt.Fprintf(w, "\n## Format '%s'\n\n%s\n", f.Name, f.Summary)
	if f.Changelog {
		fmt.Fprintln(w, "Its records carry kinds of changes: a source of it is a changelog, and a sink of it takes updates.")
	}
	writeOptions(w, f.Name+".", f.Options)
	if len(f.Metadata) > 0 {
		fmt.Fprint(w, "\n| metadata column | type |\n|---|---|\n")
		for _, m := range f.Metadata {
			fmt.Fprintf(w, "| `%s` | `%s` |\n", m.Key, m.Type)
		}
	}
}

func writeOptions(w io.Writer, prefix string, options []option.Option) {
	if len(options) == 0 {
		fmt.Fprint(w, "\nIt has no options.\n")
		return
	}
	fmt.Fprint(w, "\n| option | type | default | meaning |\n|---|---|---|---|\n")
	for i := range options {
		o := &options[i]
		name := prefix + o.Name
		if o.Prefix {
			name += "*"
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", name, kind(o), defaultOf(o), meaning(o))
	}
}

func kind(o *option.Option) string {
	if o.Type == option.Enum {
		return "`" + strings.Join(o.Choices, "`, `") + "`"
	}
	return map[option.Type]string{option.String: "text", option.Bool: "true or false", option.Int: "whole number",
		option.Float: "number", option.Duration: "duration", option.Memory: "size"}[o.Type]
}

func defaultOf(o *option.Option) string {
	switch {
	case o.Required:
		return "**required**"
	case o.Default == "":
		return ""
	}
	return "`" + o.Default + "`"
}

func meaning(o *option.Option) string {
	text := cell(o.Summary)
	if o.Connection {
		text += " *connection*"
	}
	if o.Secret {
		text += " *secret*"
	}
	return text
}

// cell is a text as a cell of a table: a sentence with a capital and a full stop.
func cell(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "|", `\|`)
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
