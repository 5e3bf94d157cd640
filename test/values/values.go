// Package values holds expressions, and what a real Flink answers for each: the type and the
// value, or that it fails. See testdata; a file is a list of lines
//
//	# comment
//	set KEY = VALUE          a setting, for what follows
//	table COLUMNS            the columns of the table t, which has one row
//	row {JSON}               ... and that row
//	texts are columns        'text' in an expression is a column that holds it, so that nothing is
//	texts are constants      constant; or it is what it looks like
//	EXPR => TYPE | VALUE     what Flink answers; a value is printed as in a row
//	EXPR => fails            Flink refuses it, or fails when it runs
//	  here TYPE | VALUE      the line before has another answer here, on purpose
//	  here fails
//
// The tests compare the engine with these files; with the tag proof, the files with a Flink.
package values

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Answer is what an expression comes to.
type Answer struct {
	Fails bool
	Type  string // as DESCRIBE prints it, with NOT NULL
	Value string // as a printed row has it, line ends written \n
}

func (a Answer) String() string {
	if a.Fails {
		return "fails"
	}
	return a.Type + " | " + a.Value
}

func parseAnswer(s string) (Answer, error) {
	if s == "fails" {
		return Answer{Fails: true}, nil
	}
	t, v, ok := strings.Cut(s, " | ")
	if !ok {
		return Answer{}, fmt.Errorf("neither fails nor TYPE | VALUE: %q", s)
	}
	return Answer{Type: t, Value: v}, nil
}

// Case is one expression.
type Case struct {
	Line  int
	Expr  string
	Flink Answer
	Here  *Answer // nil: as Flink
	In    *Setting
}

// Want is what the engine should answer.
func (c *Case) Want() Answer {
	if c.Here != nil {
		return *c.Here
	}
	return c.Flink
}

// Setting is what the expressions behind it are evaluated in.
type Setting struct {
	Sets    []string
	Columns string
	Row     string
	Hoist   bool // texts are columns
}

// File is one file of testdata.
type File struct {
	Path  string
	Lines []string
	Cases []*Case
}

// Files reads all of testdata.
func Files() ([]*File, error) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		return nil, err
	}
	sort.Strings(paths)
	var files []*File
	for _, p := range paths {
		f, err := readFile(p)
		if err != nil {
			return nil, fmt.Errorf("%s:%w", p, err)
		}
		files = append(files, f)
	}
	return files, nil
}

func readFile(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path, Lines: strings.Split(strings.TrimRight(string(text), "\n"), "\n")}
	var in Setting
	change := func(set func(s *Setting)) { set(&in) }
	shared := &Setting{}
	var last *Case
	for i, line := range f.Lines {
		fail := func(err error) (*File, error) { return nil, fmt.Errorf("%d: %w", i+1, err) }
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "  here "):
			a, err := parseAnswer(strings.TrimPrefix(line, "  here "))
			if err != nil || last == nil {
				return fail(err)
			}
			last.Here = &a
			continue
		case word == "set":
			key, value, _ := strings.Cut(rest, " = ")
			change(func(s *Setting) { s.Sets = append(s.Sets[:len(s.Sets):len(s.Sets)], "SET '"+key+"' = '"+value+"';") })
		case word == "table":
			change(func(s *Setting) { s.Columns = rest })
		case word == "row":
			change(func(s *Setting) { s.Row = rest })
		case line == "texts are columns", line == "texts are constants":
			change(func(s *Setting) { s.Hoist = strings.HasSuffix(line, "columns") })
		default:
			expr, answer, recorded := strings.Cut(line, " => ")
			last = &Case{Line: i, Expr: expr, In: shared}
			if recorded {
				if last.Flink, err = parseAnswer(answer); err != nil {
					return fail(err)
				}
			}
			f.Cases = append(f.Cases, last)
			continue
		}
		n := in
		shared = &n
	}
	return f, nil
}

// Batch is a query that computes several expressions over one row.
type Batch struct {
	Before string // the statements before it
	Exprs  []string
	From   string
}

// batch makes the query of cases of one setting, whose table's row lies in a file of dir.
func batch(cases []*Case, dir string) (*Batch, error) {
	in := cases[0].In
	b := &Batch{Before: strings.Join(in.Sets, "\n") + "\n"}
	columns, row := in.Columns, strings.TrimSuffix(strings.TrimSpace(in.Row), "}")
	hoisted := map[string]string{}
	for _, c := range cases {
		expr := c.Expr
		if in.Hoist {
			expr = hoist(expr, func(text string) string {
				name, ok := hoisted[text]
				if !ok {
					name = fmt.Sprintf("text%d", len(hoisted))
					hoisted[text] = name
					columns = join(columns, name+" STRING")
					row = join(row, fmt.Sprintf("%q: %s", name, jsonText(text)))
				}
				return name
			})
		}
		b.Exprs = append(b.Exprs, expr)
	}
	if columns == "" {
		return b, nil
	}
	if !strings.HasPrefix(row, "{") {
		row = "{" + row
	}
	path := filepath.Join(dir, "t.json")
	if err := os.WriteFile(path, []byte(row+"}\n"), 0o666); err != nil {
		return nil, err
	}
	b.From = " FROM t"
	b.Before += "CREATE TABLE t (" + columns + ") WITH ('connector' = 'filesystem', 'path' = '" + path +
		"', 'format' = 'json', 'json.timestamp-format.standard' = 'SQL');\n"
	return b, nil
}

func join(list, item string) string {
	if list == "" || list == "{" {
		return list + item
	}
	return list + ", " + item
}

// jsonText writes a text as JSON.
func jsonText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// hoist replaces each text of an expression, but not those that are a part of a literal of another
// type (DATE '..', X'..') or of a clause that wants a constant.
func hoist(expr string, column func(text string) string) string {
	var out strings.Builder
	for i := 0; i < len(expr); {
		if expr[i] != '\'' {
			out.WriteByte(expr[i])
			i++
			continue
		}
		var text strings.Builder
		j := i + 1
		for ; j < len(expr); j++ {
			if expr[j] == '\'' {
				if j+1 < len(expr) && expr[j+1] == '\'' {
					j++
				} else {
					break
				}
			}
			text.WriteByte(expr[j])
		}
		before := strings.TrimRight(out.String(), " ")
		constant := strings.HasSuffix(out.String(), "X") || strings.HasSuffix(out.String(), "&")
		for _, w := range []string{"DATE", "TIME", "TIMESTAMP", "ZONE", "INTERVAL", "INTERVAL -", "LIKE", "ESCAPE"} {
			constant = constant || strings.HasSuffix(before, w)
		}
		if constant {
			out.WriteString(expr[i : j+1])
		} else {
			out.WriteString(column(text.String()))
		}
		i = j + 1
	}
	return out.String()
}

// between separates the values of a printed row.
const between = "§"

// query is one SELECT of all.
func (b *Batch) query() string {
	return "SELECT " + strings.Join(b.Exprs, ", '"+between+"', ") + b.From + ";\n"
}

// values splits a printed row of query.
func (b *Batch) values(printed string) ([]string, bool) {
	row, ok := strings.CutPrefix(strings.TrimRight(printed, "\n"), "+I[")
	row, closed := strings.CutSuffix(row, "]")
	list := strings.Split(row, ", "+between+", ")
	for i, v := range list {
		list[i] = strings.ReplaceAll(strings.ReplaceAll(v, "\\", "\\\\"), "\n", "\\n")
	}
	return list, ok && closed && len(list) == len(b.Exprs)
}
