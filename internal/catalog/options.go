package catalog

import (
	"fmt"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/option"
)

// Part is one format of a table: that of its keys, or that of its values.
type Part struct {
	Name    string // "key" or "value"
	Option  string // the option that named it: "format", "value.format", "key.format"
	Prefix  string // of the format's options among the table's: "json.", "value.json."
	Format  *format.Format
	Options *option.Values
}

// formatOptions are the options that name formats, and the part each is for.
func formatOptions(c *connector.Connector) []struct{ option, part string } {
	var names []struct{ option, part string }
	if c.Formats || c.KeyFormats {
		names = append(names, struct{ option, part string }{"format", "value"})
	}
	if c.KeyFormats {
		names = append(names, struct{ option, part string }{"value.format", "value"}, struct{ option, part string }{"key.format", "key"})
	}
	return names
}

// CheckOptions checks a table's options against what its connector and its formats
// declare and returns them parsed. What is required and missing is an error only if
// the table is about to be used.
func CheckOptions(ps *Problems, t *Table, regs Registries, used bool) (*option.Values, []Part, bool) {
	before := len(ps.Errors)
	declared := append([]option.Option{{Name: "connector", Type: option.String, Required: true, Summary: "the connector"}}, t.Connector.Options...)
	var parts []Part
	given := t.Given()
	for _, f := range formatOptions(t.Connector) {
		if !hasOption(declared, f.option) {
			declared = append(declared, option.Option{Name: f.option, Type: option.String, Summary: "the format of the " + f.part})
		}
		name, ok := given[f.option]
		if !ok {
			continue
		}
		found := regs.Formats.Find(name)
		if found == nil {
			ps.Errorf(t.ValueAt(f.option), "Could not find any format named '%s'", name).
				Because(nearestOr(name, regs.Formats.Names(), "available formats are"))
			continue
		}
		prefix := name + "."
		if f.option != "format" {
			prefix = f.part + "." + prefix
		}
		parts = append(parts, Part{Name: f.part, Option: f.option, Prefix: prefix, Format: found})
	}
	for _, p := range parts {
		for _, o := range p.Format.Options {
			o.Name = p.Prefix + o.Name
			declared = append(declared, o)
		}
	}
	values, problems := option.Parse(declared, given)
	for _, p := range problems {
		if _, isGiven := given[p.Key]; !isGiven {
			if used {
				ps.Errorf(t.At, "table '%s': %s", t.ID, p.Text).Because(t.MeantFor(p.Key)).Because(p.Hint)
			}
			continue
		}
		text, at := p.Text, t.ValueAt(p.Key)
		if strings.HasPrefix(text, "unknown option") {
			text = fmt.Sprintf("Unsupported option '%s' for connector '%s'", p.Key, t.Connector.Name)
			at = t.OptionAt(p.Key)
		}
		ps.Errorf(at, "%s", text).Because(p.Hint)
	}
	for i := range parts {
		parts[i].Options, _ = option.Parse(parts[i].Format.Options, values.WithPrefix(parts[i].Prefix))
	}
	if used && t.Connector.Formats && !t.Connector.KeyFormats && len(parts) == 0 && len(ps.Errors) == before {
		ps.Errorf(t.At, "table '%s': option 'format' is required: the format of its records", t.ID).
			Because("available formats are '" + strings.Join(regs.Formats.Names(), "', '") + "'")
	}
	return values, parts, len(ps.Errors) == before
}

func hasOption(options []option.Option, name string) bool {
	for i := range options {
		if options[i].Name == name {
			return true
		}
	}
	return false
}

// MetadataOf lists the metadata columns that a table's connector and the format of its
// values offer. A format's keys begin with "value.".
func MetadataOf(t *Table, regs Registries) []connector.Metadata {
	known := append([]connector.Metadata(nil), t.Connector.Metadata...)
	for _, f := range formatOptions(t.Connector) {
		name, ok := t.Option(f.option)
		if !ok || f.part != "value" {
			continue
		}
		if found := regs.Formats.Find(name); found != nil {
			for _, m := range found.Metadata {
				known = append(known, connector.Metadata{Key: m.Key, Type: m.Type})
			}
		}
	}
	return known
}

func nearestColumn(name string, names []string) string { return option.Nearest(name, names) }
