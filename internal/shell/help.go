package shell

import (
	"fmt"
	"strings"

	"tidemark.dev/function"
	"tidemark.dev/option"
)

const helpText = `Statements of Flink SQL end with a semicolon and may have several lines.
Tables, views and settings that you make stay until you leave.

  SELECT ...             shows rows: of bounded tables the result when it is complete,
                         of unbounded ones each row as it comes, until Ctrl-C
  INSERT INTO ...        runs until its inputs end, or until Ctrl-C: a last epoch is
                         committed then
  SHOW TABLES, SHOW FUNCTIONS, DESCRIBE table, SHOW CREATE TABLE table
  EXPLAIN SELECT ...     the plan of a query
  SET, SET 'k' = 'v'     lists settings, changes one

  help                   this text
  help function NAME     what a function takes and gives, with examples
  clear                  clears the screen
  quit, exit, Ctrl-D     leaves

  Tab        completes keywords, tables, columns and functions
  Ctrl-C     drops what is typed, or ends what runs; twice ends it without a last epoch
  Up, Ctrl-R statements of before, and search among them
`

// help is the text for "help" and what is behind it.
func (s *Shell) help(topic string) string {
	what, name, _ := strings.Cut(topic, " ")
	name = strings.TrimSpace(name)
	switch {
	case topic == "":
		return helpText
	case strings.EqualFold(what, "function") || strings.EqualFold(what, "functions"):
		if name == "" {
			return "help function NAME tells of one; SHOW FUNCTIONS; lists all\n"
		}
	default:
		name = topic
	}
	name = strings.ToUpper(strings.TrimRight(name, "()"))
	if f := s.functions.Find(name); f != nil {
		return functionHelp(f)
	}
	text := fmt.Sprintf("there is no function %s", name)
	if near := option.Nearest(name, s.functions.Names()); near != "" {
		text += "; " + near
	}
	return text + "\n"
}

// functionHelp describes a function.
func functionHelp(f *function.Function) string {
	var b strings.Builder
	for _, syntax := range f.Syntax {
		fmt.Fprintf(&b, "%s\n", syntax)
	}
	fmt.Fprintf(&b, "\n%s\n", f.Summary)
	if len(f.Aliases) > 0 {
		fmt.Fprintf(&b, "Also: %s\n", strings.Join(f.Aliases, ", "))
	}
	if len(f.Examples) > 0 {
		b.WriteString("\n")
	}
	widest := 0
	for _, e := range f.Examples {
		widest = max(widest, width([]byte(e.SQL)))
	}
	for _, e := range f.Examples {
		fmt.Fprintf(&b, "  %s%s  -> %s\n", e.SQL, strings.Repeat(" ", widest-width([]byte(e.SQL))), e.Result)
	}
	return b.String()
}
