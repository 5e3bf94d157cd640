package main

import (
	"fmt"
	"io"
	"strings"

	"tidemark.dev"
	"tidemark.dev/builtin/functions"
	"tidemark.dev/function"
)

const functionsIntroduction = `# Functions

Made from the declarations in the code by ` + "`go run ./internal/manual functions > docs/functions.md`" + `; a test fails
when it is out of date, another when an example does not hold.

They mean what Flink 2.3's functions of these names mean; where a page of Flink's and a running Flink differ, the running one
was followed. What differs is in [flink-differences.md](flink-differences.md). If nothing else is said, a function of a NULL is NULL. Values
are shown as ` + "`CAST(... AS STRING)`" + ` prints them. On the command line: ` + "`tidemark help function NAME`" + `.

Aggregate functions, operators and window functions are not on this page.
`

// functionPage writes the manual page of all functions.
func functionPage(w io.Writer) {
	_, _, registry := tidemark.Builtin(io.Discard)
	families := function.Families(append(registry.All(), functions.Special...))
	fmt.Fprint(w, functionsIntroduction)
	fmt.Fprintln(w)
	for _, f := range families {
		var names []string
		for _, x := range f.Functions {
			names = append(names, "`"+x.Name+"`")
		}
		fmt.Fprintf(w, "- **%s**: %s\n", f.Name, strings.Join(names, ", "))
	}
	for _, f := range families {
		fmt.Fprintf(w, "\n## %s\n", strings.ToUpper(f.Name[:1])+f.Name[1:])
		for _, x := range f.Functions {
			writeFunction(w, x)
		}
	}
}

func writeFunction(w io.Writer, f *function.Function) {
	fmt.Fprintf(w, "\n### %s\n\n```text\n%s\n```\n\n%s.\n", f.Name, strings.Join(f.Syntax, "\n"), strings.ToUpper(f.Summary[:1])+f.Summary[1:])
	if len(f.Aliases) > 0 {
		fmt.Fprintf(w, "\nAlso: `%s`.\n", strings.Join(f.Aliases, "`, `"))
	}
	if len(f.Examples) == 0 {
		return
	}
	fmt.Fprint(w, "\n| expression | value |\n|---|---|\n")
	for _, e := range f.Examples {
		fmt.Fprintf(w, "| %s | %s |\n", code(e.SQL), code(e.Result))
	}
}

// code writes a text as code in a cell of a table.
func code(s string) string {
	if s == "" {
		return "(empty)"
	}
	s = strings.ReplaceAll(s, "|", "\\|")
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}
