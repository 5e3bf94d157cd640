// Package csv is the 'csv' format: fields between delimiters, by their place, read into
// columns and written from them as Flink 2.3 does
// (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/csv/),
// which is what Jackson's CSV reader and writer do.
//
// In a file a record ends at \n, \r\n or \r outside of quotes; a message of its own is one
// record. What is stricter than Flink: a message holds nothing behind its record.
package csv

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"tidemark.dev/format"
	"tidemark.dev/option"
)

// Format is the csv format.
var Format = format.Format{
	Name:       "csv",
	Summary:    "Fields between delimiters, one record a line.",
	Options:    options,
	NewDecoder: newDecoder,
	NewEncoder: newEncoder,
}

var options = []option.Option{
	{Name: "field-delimiter", Default: ",", Check: checkDelimiter,
		Summary: `The character between fields; \t and \u0001 are understood.`},
	{Name: "disable-quote-character", Type: option.Bool, Default: "false",
		Summary: "No character encloses a field: quotes are like any other, and nothing is quoted when written."},
	{Name: "quote-character", Default: `"`, Check: checkCharacter,
		Summary: "The character that encloses a field which holds delimiters, line ends or quotes (doubled)."},
	{Name: "allow-comments", Type: option.Bool, Default: "false",
		Summary: "Skip lines that begin with #, and empty lines."},
	{Name: "ignore-parse-errors", Type: option.Bool, Default: "false",
		Summary: "Make a field NULL that does not convert, and skip a record that is not CSV, instead of failing."},
	{Name: "array-element-delimiter", Default: ";", Check: checkNotEmpty,
		Summary: "What stands between the elements of an ARRAY and the fields of a ROW."},
	{Name: "escape-character", Check: checkCharacter,
		Summary: "The character that makes the next one part of the text; none unless set."},
	{Name: "null-literal",
		Summary: "The text that stands for NULL, read and written; unless set nothing is read as NULL, and NULL is written as nothing."},
	{Name: "write-bigdecimal-in-scientific-notation", Type: option.Bool, Default: "true",
		Summary: "Write decimals in messages without zeros at their end and with an exponent (1E+5) if this is set to true, as files always have them; else as 100000."},
	{Name: "trim-spaces", Type: option.Bool, Default: "false",
		Summary: "Drop spaces around fields that are not quoted. Only for reading."},
	{Name: "ignore-trailing-unmappable", Type: option.Bool, Default: "false",
		Summary: "Ignore fields beyond those of the table. Only for reading."},
	{Name: "allow-trailing-comma", Type: option.Bool, Default: "true",
		Summary: "Allow a delimiter behind the last field. Only for reading."},
	{Name: "fail-on-missing-columns", Type: option.Bool, Default: "false",
		Summary: "Fail where a record has fewer fields than the table, also if those are not read. Only for reading."},
	{Name: "empty-string-as-null", Type: option.Bool, Default: "false",
		Summary: "Read an empty field as NULL, quoted or not. Only for reading."},
}

// settings are the options, read.
type settings struct {
	separator byte
	quote     int // -1: none
	escape    int // -1: none
	comments  bool
	ignore    bool // ignore-parse-errors
	element   []byte
	null      string
	hasNull   bool
	trim      bool
	trailing  bool // ignore-trailing-unmappable
	comma     bool // allow-trailing-comma
	missing   bool // fail-on-missing-columns
	emptyNull bool
	files     bool
	plain     bool // decimals are written as they are
}

func newSettings(t *format.Table) (s settings, err error) {
	o := t.Options
	s = settings{
		quote:     -1,
		escape:    -1,
		comments:  o.Bool("allow-comments"),
		ignore:    o.Bool("ignore-parse-errors"),
		element:   []byte(o.String("array-element-delimiter")),
		null:      o.String("null-literal"),
		hasNull:   o.Given("null-literal"),
		trim:      o.Bool("trim-spaces"),
		trailing:  o.Bool("ignore-trailing-unmappable"),
		comma:     o.Bool("allow-trailing-comma"),
		missing:   o.Bool("fail-on-missing-columns"),
		emptyNull: o.Bool("empty-string-as-null"),
		files:     t.Files,
	}
	if !s.files && utf8.RuneCount(s.element) != 1 {
		return s, fmt.Errorf("table %s: option 'csv.array-element-delimiter' = '%s': %w", t.Name, s.element, errOne)
	}
	// Flink's messages take an option that is not given for false, whatever its default
	// says; its files do not know the option.
	s.plain = !s.files && !(o.Given("write-bigdecimal-in-scientific-notation") && o.Bool("write-bigdecimal-in-scientific-notation"))
	delimiter, _ := unescapeJava(o.String("field-delimiter"))
	s.separator = delimiter[0]
	switch {
	case !o.Bool("disable-quote-character"):
		s.quote = int(o.String("quote-character")[0])
	case o.Given("quote-character"):
		return s, fmt.Errorf("table %s: 'quote-character' is given, and 'disable-quote-character' is true: only one of them can be", t.Name)
	}
	if o.Given("escape-character") {
		s.escape = int(o.String("escape-character")[0])
	}
	return s, nil
}

var errOne = errors.New("expected a single character")

// checkCharacter holds an option to one character, of ASCII: fields are found byte by
// byte.
func checkCharacter(text string) error {
	if utf8.RuneCountInString(text) != 1 {
		return errOne
	}
	if text[0] >= utf8.RuneSelf {
		return errors.New("only characters of ASCII are supported")
	}
	if text[0] == '\n' || text[0] == '\r' {
		return errors.New("a line end cannot stand within a line")
	}
	return nil
}

func checkDelimiter(text string) error {
	plain, ok := unescapeJava(text)
	if !ok {
		return errors.New(`expected four hexadecimal digits behind \u`)
	}
	return checkCharacter(plain)
}

func checkNotEmpty(text string) error {
	if text == "" {
		return errOne
	}
	return nil
}

// unescapeJava reads the escapes of Java's string literals. A backslash before any other
// character goes away.
func unescapeJava(s string) (string, bool) {
	var units []uint16
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if r != '\\' || i == len(s) {
			units = utf16.AppendRune(units, r)
			continue
		}
		c := s[i]
		switch c {
		case 'b', 'n', 't', 'f', 'r':
			units = append(units, uint16(map[byte]byte{'b': '\b', 'n': '\n', 't': '\t', 'f': '\f', 'r': '\r'}[c]))
			i++
		case '\\', '"', '\'':
			units = append(units, uint16(c))
			i++
		case 'u':
			for i < len(s) && s[i] == 'u' {
				i++
			}
			if i < len(s) && s[i] == '+' {
				i++
			}
			if i+4 > len(s) {
				return "", false
			}
			n, err := strconv.ParseUint(s[i:i+4], 16, 16)
			if err != nil {
				return "", false
			}
			units = append(units, uint16(n))
			i += 4
		case '0', '1', '2', '3', '4', '5', '6', '7':
			most := 2
			if c <= '3' {
				most = 3
			}
			n := uint16(0)
			for k := 0; k < most && i < len(s) && s[i] >= '0' && s[i] <= '7'; k++ {
				n = n*8 + uint16(s[i]-'0')
				i++
			}
			units = append(units, n)
		}
	}
	return string(utf16.Decode(units)), true
}
