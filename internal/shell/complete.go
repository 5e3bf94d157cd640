package shell

import (
	"sort"
	"strings"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// What may stand at a place is told by what stands before it, without parsing: the text is not
// finished.
//
//  1. in a text behind SET or RESET: a setting;
//  2. behind "x.": a column of the table or alias x;
//  3. behind FROM, JOIN, INTO, TABLE, DESCRIBE: a table;
//  4. behind SHOW: what can be shown; at the beginning: a word that begins a statement;
//  5. else a column of the tables that the text names, a function, or a keyword.

// words is what a session knows by name.
type words struct {
	catalog   *catalog.Catalog
	functions []string
}

func (s *Shell) words() *words {
	return &words{s.session.Catalog(), s.functions.Names()}
}

// statementWords begin a statement; commands count.
var statementWords = strings.Fields(`SELECT INSERT CREATE DROP SHOW DESCRIBE EXPLAIN SET RESET USE WITH VALUES EXECUTE BEGIN help quit exit clear`)

// queryWords are the keywords that are completed: those that people write out, not all that
// there are.
var queryWords = strings.Fields(`ALL AND ARRAY AS ASC BETWEEN BIGINT BOOLEAN BY BYTES CASE CAST CATALOG COMMENT CREATE CROSS CUMULATE
	CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DATE DAY DECIMAL DESC DESCRIPTOR DISTINCT DOUBLE DROP ELSE END
	ENFORCED ESCAPE EXISTS EXPLAIN EXTRACT FALSE FILTER FLOAT FOR FROM FULL GROUP HAVING HOP HOUR IF IN INNER INSERT INT INTERVAL INTO IS JOIN
	KEY LEFT LIKE LIMIT LOCALTIME LOCALTIMESTAMP MAP METADATA MINUTE MONTH NOT NULL ON OR ORDER OUTER OVER PARTITION
	PARTITIONED PRIMARY RIGHT ROW SECOND SELECT SET SIMILAR SMALLINT STATEMENT STRING TABLE TABLES TEMPORARY THEN TIME TIMESTAMP TIMESTAMP_LTZ
	TINYINT TRUE TRY_CAST TUMBLE UNION UNNEST USING VALUES VARCHAR VIEW VIEWS VIRTUAL WATERMARK WHEN WHERE WITH YEAR
	AVG COUNT MAX MIN SUM`)

var showWords = strings.Fields(`CATALOGS COLUMNS CREATE CURRENT DATABASES FUNCTIONS TABLES VIEWS`)

// complete tells what may stand at the end of before, the part of a text that is left of the cursor, and
// the prefix that all of it has, in any case.
func (w *words) complete(before, all string) (prefix string, list []string) {
	// Only the statement at the cursor counts.
	done, rest := sql.Split(before)
	if len(done) > 0 {
		all = all[len(before)-len(rest):]
		before = rest
	}
	at, open := scan(before)
	if open {
		return w.inText(before, at)
	}
	prefix = before[wordStart(before, isNamePart):]
	if n := len(at); n > 0 && prefix != "" {
		at = at[:n-1]
	}
	add := func(names []string) { list = append(list, names...) }
	switch {
	case before != "" && isQualified(at, prefix, before):
		add(w.columnsOf(at[len(at)-2], tablesIn(all)))
	case len(at) == 0:
		add(inCase(prefix, statementWords))
	case len(at) == 2 && strings.EqualFold(at[0], "help") && strings.HasPrefix(strings.ToLower(at[1]), "function"):
		add(inCase(prefix, w.functions))
	default:
		switch last := strings.ToUpper(at[len(at)-1]); last {
		case "FROM", "JOIN", "INTO", "TABLE", "DESCRIBE", "VIEW":
			add(quoteAll(w.catalog.Tables()))
			if last == "FROM" || last == "JOIN" {
				add(inCase(prefix, []string{"TABLE"}))
			}
		case "EXISTS":
			if strings.EqualFold(at[0], "DROP") {
				add(quoteAll(w.catalog.Tables()))
				break
			}
			fallthrough
		default:
			if strings.EqualFold(at[0], "SHOW") && len(at) == 1 {
				add(inCase(prefix, showWords))
				break
			}
			var names []string
			for _, t := range tablesIn(all) {
				names = append(names, w.columns(t.name)...)
			}
			add(unique(names))
			if prefix != "" {
				add(inCase(prefix, w.functions))
				add(inCase(prefix, queryWords))
			}
		}
	}
	return prefix, matching(prefix, list)
}

// inText completes within a text that is not closed: the key of a setting.
func (w *words) inText(before string, at []string) (string, []string) {
	if len(at) != 1 || !strings.EqualFold(at[0], "SET") && !strings.EqualFold(at[0], "RESET") {
		return "", nil
	}
	prefix := before[strings.LastIndexByte(before, '\'')+1:]
	var list []string
	for i := range catalog.Keys {
		list = append(list, catalog.Keys[i].Name)
	}
	return prefix, matching(prefix, list)
}

// matching are the names that begin with a prefix, in any case, each once, in order.
func matching(prefix string, list []string) []string {
	var out []string
	for _, c := range list {
		if len(c) >= len(prefix) && strings.EqualFold(c[:len(prefix)], prefix) {
			out = append(out, c)
		}
	}
	return unique(out)
}

// inCase gives words in lower case if what is typed is.
func inCase(prefix string, list []string) []string {
	if prefix == "" || prefix != strings.ToLower(prefix) {
		return list
	}
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = strings.ToLower(w)
	}
	return out
}

// isQualified tells whether the word at the cursor stands behind "x.".
func isQualified(at []string, prefix, before string) bool {
	return len(at) >= 2 && at[len(at)-1] == "." && strings.HasSuffix(before, "."+prefix)
}

// columnsOf lists the columns of a table or an alias.
func (w *words) columnsOf(name string, tables []named) []string {
	for _, t := range tables {
		if t.alias == name || t.alias == "" && t.name == name {
			return w.columns(t.name)
		}
	}
	return w.columns(name)
}

// columns lists the columns of a table or a view; none if there is no such.
func (w *words) columns(table string) []string {
	var fields []types.Field
	switch o := w.catalog.Lookup(sql.Name{Parts: []sql.Ident{{Name: table}}}).(type) {
	case *catalog.Table:
		fields = o.Fields()
	case *catalog.View:
		fields = o.Schema
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return quoteAll(names)
}

func unique(names []string) []string {
	sort.Strings(names)
	out := names[:0]
	for i, n := range names {
		if i == 0 || n != names[i-1] {
			out = append(out, n)
		}
	}
	return out
}

// quoteAll puts those names in quotes that are not plain words.
func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		if out[i] = n; wordStart(n, isNamePart) > 0 || n == "" || sql.Reserved(n) || n[0] >= '0' && n[0] <= '9' {
			out[i] = types.Quote(n)
		}
	}
	return out
}

// named is a table that a text names.
type named struct{ name, alias string }

// tablesIn finds the tables of a text: what stands behind FROM, JOIN, INTO or TABLE, and behind
// commas there.
func tablesIn(text string) (list []named) {
	at, _ := scan(text)
	for i := 0; i+1 < len(at); i++ {
		switch strings.ToUpper(at[i]) {
		case "FROM", "JOIN", "INTO", "TABLE":
		default:
			continue
		}
		for j := i + 1; j < len(at) && isName(at[j]); j++ {
			t := named{name: at[j]}
			for j+2 < len(at) && at[j+1] == "." {
				j += 2
				t.name = at[j]
			}
			if j+2 < len(at) && strings.EqualFold(at[j+1], "AS") && isName(at[j+2]) {
				j += 2
				t.alias = at[j]
			} else if j+1 < len(at) && isName(at[j+1]) && !sql.Reserved(at[j+1]) {
				j++
				t.alias = at[j]
			}
			list = append(list, t)
			if j+1 >= len(at) || at[j+1] != "," {
				break
			}
			j++
		}
	}
	return list
}

func isName(token string) bool { return token != "" && isNamePart(token[0]) }

func isNamePart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}

// wordStart is where the word at the end of a text begins.
func wordStart(text string, part func(byte) bool) int {
	i := len(text)
	for i > 0 && part(text[i-1]) {
		i--
	}
	return i
}

// scan cuts a text into words, quoted names without their quotes, and single characters; blanks,
// comments and texts are left out. open tells that it ends within a text, a quoted name or a comment.
func scan(text string) (tokens []string, open bool) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'' || c == '`':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return tokens, true
			}
			if c == '`' {
				tokens = append(tokens, text[i+1:i+1+end])
			}
			i += end + 2
		case strings.HasPrefix(text[i:], "--"):
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return tokens, true
			}
			i += end
		case strings.HasPrefix(text[i:], "/*"):
			end := strings.Index(text[i+2:], "*/")
			if end < 0 {
				return tokens, true
			}
			i += end + 4
		case isNamePart(c):
			from := i
			for i < len(text) && isNamePart(text[i]) {
				i++
			}
			tokens = append(tokens, text[from:i])
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		default:
			tokens = append(tokens, text[i:i+1])
			i++
		}
	}
	return tokens, false
}
