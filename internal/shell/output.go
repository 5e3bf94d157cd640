package shell

import "fmt"

// Output is how rows are written.
type Output string

// The outputs.
const (
	Table     Output = "table"     // aligned columns
	JSON      Output = "json"      // an object a line
	CSV       Output = "csv"       // RFC 4180, with a header
	Changelog Output = "changelog" // aligned columns of all changes, the kind first
)

// ParseOutput reads the name of an output.
func ParseOutput(name string) (Output, error) {
	switch o := Output(name); o {
	case Table, JSON, CSV, Changelog:
		return o, nil
	}
	return "", fmt.Errorf("unknown output '%s'; the outputs are table, json, csv and changelog", name)
}

// table tells whether rows are aligned.
func (o Output) table() bool { return o == Table || o == Changelog }
