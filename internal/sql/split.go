package sql

import (
	"sort"
	"strings"
)

// Split cuts a text that is being typed into statements, each up to and with its
// semicolon and without the blanks and comments before it. rest is what stands behind the last
// one and is not finished yet, "" if that is only blanks and comments. A statement set is one statement: from EXECUTE STATEMENT SET
// or BEGIN STATEMENT SET to the semicolon behind its END. Semicolons in texts, quoted names and comments end nothing.
func Split(src string) (statements []string, rest string) {
	toks := lex(src)
	from := -1 // offset of the statement's first token
	set := false
	for i := range toks {
		t := &toks[i]
		if t.kind == tokEOF {
			break
		}
		if from < 0 {
			if t.kind == tokSymbol && t.keyword == ";" {
				continue
			}
			from = int(t.start)
			set = beginsSet(toks[i:])
			continue
		}
		if t.kind != tokSymbol || t.keyword != ";" {
			continue
		}
		if set && toks[i-1].keyword != "END" {
			continue
		}
		statements = append(statements, src[from:t.end])
		from, set = -1, false
	}
	if from < 0 {
		return statements, ""
	}
	return statements, strings.TrimRight(src[from:], " \t\r\n\f")
}

// beginsSet tells whether the tokens begin with [EXECUTE | BEGIN | EXPLAIN ...] STATEMENT SET.
func beginsSet(toks []token) bool {
	switch toks[0].keyword {
	case "EXECUTE", "BEGIN", "EXPLAIN":
	default:
		return false
	}
	for i := 1; i+1 < len(toks) && toks[i].kind == tokWord; i++ {
		if toks[i].keyword == "STATEMENT" {
			return toks[i+1].keyword == "SET"
		}
	}
	return false
}

// Keywords lists all keywords of the language in order, upper case.
func Keywords() []string {
	names := make([]string, 0, len(keywords))
	for k := range keywords {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}

// Reserved tells whether a word, in any case, is a keyword that is no name unless it is quoted.
func Reserved(word string) bool {
	_, reserved := lookupKeyword(word)
	return reserved
}
