package function

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Help is what a user is told of a function: how it is written, what it answers, further
// names, and examples with their values.
func (f *Function) Help() string {
	var b strings.Builder
	for _, s := range f.Syntax {
		fmt.Fprintln(&b, s)
	}
	fmt.Fprintf(&b, "\n%s\n", f.Summary)
	if len(f.Aliases) > 0 {
		fmt.Fprintf(&b, "\nAlso: %s\n", strings.Join(f.Aliases, ", "))
	}
	widest := 0
	for _, e := range f.Examples {
		widest = max(widest, utf8.RuneCountInString(e.SQL))
	}
	for i, e := range f.Examples {
		if i == 0 {
			fmt.Fprintln(&b)
		}
		fmt.Fprintf(&b, "  %s%s  -> %s\n", e.SQL, strings.Repeat(" ", widest-utf8.RuneCountInString(e.SQL)), e.Result)
	}
	return b.String()
}

// Family is a chapter of the manual.
type Family struct {
	Name      string
	Functions []*Function // by name
}

// Families sorts functions into their families, both by name.
func Families(functions []*Function) []Family {
	byName := map[string][]*Function{}
	for _, f := range functions {
		byName[f.Family] = append(byName[f.Family], f)
	}
	var out []Family
	for name, list := range byName {
		slices.SortFunc(list, func(a, b *Function) int { return strings.Compare(a.Name, b.Name) })
		out = append(out, Family{name, list})
	}
	slices.SortFunc(out, func(a, b Family) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// All lists every function once, by name.
func (r *Registry) All() []*Function {
	var out []*Function
	for _, n := range r.Names() {
		if f := r.byName[n]; f.Name == n {
			out = append(out, f)
		}
	}
	return out
}
