package main

import (
	"errors"
	"fmt"
	"strings"

	"tidemark.dev/internal/sql"
)

// marked takes the carets out of a text: from and to are the offsets they mark, -1 if
// there are none. Two carets side by side are one that is meant.
func marked(text string) (plain string, from, to int) {
	from, to = -1, -1
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '^' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '^' {
			b.WriteByte('^')
			i++
			continue
		}
		if from < 0 {
			from = b.Len()
		} else if to < 0 {
			to = b.Len()
		}
	}
	if to < 0 {
		to = from
	}
	return b.String(), from, to
}

// placeOf is the offset of a parse error, -1 if it has no place.
func placeOf(err error) int {
	var list sql.ErrorList
	var one *sql.Error
	switch {
	case errors.As(err, &list) && len(list) > 0 && list[0].Pos.IsValid():
		return list[0].Pos.Offset
	case errors.As(err, &one) && one.Pos.IsValid():
		return one.Pos.Offset
	}
	return -1
}

// behind is the end of the token that follows a place: Flink's parser, where it looks two tokens ahead, names the
// first of two that it cannot take, and ours the second.
func behind(text string, at int) int {
	for at < len(text) && strings.ContainsRune(" \t\r\n", rune(text[at])) {
		at++
	}
	if n := len(word.FindString(text[at:])); n > 0 && word.FindStringIndex(text[at:])[0] == 0 {
		return at + n
	}
	return min(at+1, len(text))
}

func (c *parserCase) parse(text string) error {
	if c.Kind == "expression" {
		_, err := sql.ParseExpr(text)
		return err
	}
	_, err := sql.Parse(text)
	return err
}

func (c *parserCase) judge() (verdict, string, string) {
	plain, from, to := c.SQL, -1, -1
	if c.Fails != nil {
		plain, from, to = marked(c.SQL)
	}
	for _, n := range newerSyntax {
		if n.MatchString(plain) {
			return notApplicable, newer, plain
		}
	}
	err := c.parse(plain)
	switch {
	case c.Fails != nil:
		if err == nil {
			return wrong, "it was accepted; expected: " + *c.Fails, plain
		}
		at := placeOf(err)
		if at < 0 {
			return wrong, "the error has no place: " + err.Error(), plain
		}
		if from >= 0 && (at < from || at > behind(plain, max(to, from))) {
			return wrong, fmt.Sprintf("the error is at offset %d, expected %d to %d: %v", at, from, to, err), plain
		}
		return passed, "", plain
	case c.Node != nil && strings.Contains(*c.Node, "fails("):
		// Flink parses it and refuses it when it validates the statement: either will do here.
		if err != nil {
			return passed, "", plain
		}
		return c.validate(plain)
	case c.OK == nil && c.Node != nil && !strings.Contains(*c.Node, "ok()") && !strings.Contains(*c.Node, "expectColumnSql"):
		if err != nil {
			return refused, err.Error(), plain
		}
		return passed, "", plain
	}
	if err != nil {
		return refused, err.Error(), plain
	}
	return passed, "", plain
}

// validate holds a statement that must be refused against the planner.
func (c *parserCase) validate(text string) (verdict, string, string) {
	j := &job{text: text + ";", tables: newTables(), set: map[string]string{}}
	o := j.planOnly()
	if o.err() == nil {
		return wrong, "it was accepted; expected: " + *c.Node, text
	}
	return passed, "", text
}

// judgeCensus: a text is parsed, or refused with a place.
func judgeCensus(text string) (verdict, string, string) {
	_, err := sql.Parse(text)
	if err == nil {
		return passed, "", text
	}
	if placeOf(err) < 0 {
		return wrong, "the error has no place: " + err.Error(), text
	}
	return refused, err.Error(), text
}
