//go:build peers

package csv

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark.dev/builtin/json/formattest"
)

// TestRandomRecordsAsFlink holds records by chance against a Flink: texts with and without
// quotes under each option, and what nearly is a number, a date or base 64.
func TestRandomRecordsAsFlink(t *testing.T) {
	r := random{rand.New(rand.NewSource(1))}
	var cases strings.Builder
	put := func(command, columns string, with []string, records []string) {
		fmt.Fprintf(&cases, "%s\n%s\n", command, columns)
		for _, w := range with {
			fmt.Fprintf(&cases, "WITH %s\n", w)
		}
		cases.WriteString(strings.Join(records, "\n") + "\n----\n\n")
	}
	const ignore = "ignore-parse-errors=true"
	for _, with := range [][]string{nil, {"trim-spaces=true"}, {"allow-comments=true"}, {"empty-string-as-null=true", "null-literal=a"},
		{"disable-quote-character=true"}, {"ignore-trailing-unmappable=true"}, {"fail-on-missing-columns=true"}, {"allow-trailing-comma=false"}} {
		put("each", "a STRING, b STRING, c STRING", with, r.records(10, "ab \\;#\t"))
		put("all", "a STRING, b STRING, c STRING", append([]string{ignore}, with...), append(r.records(150, "ab\\;#\té."), "x,y,z"))
		put("all", "a STRING, b ARRAY<STRING>, c ROW<x STRING, y INT>", append([]string{ignore}, with...), append(r.records(150, "a1; "), "x,y,z"))
	}
	for _, of := range [][2]string{
		{"a INT, b STRING", `0123456789+-. ,x"`},
		{"a BIGINT, b DOUBLE, c FLOAT", "0123+-.eE ,,NaxpfdD"},
		{"a DECIMAL(5,2), b BOOLEAN", "0123456789+-.eE ,truTRUE"},
		{"a DATE, b STRING", "0122-- ,"},
		{"a BYTES, b STRING", "aZ0+/==,= "},
	} {
		put("all", of[0], []string{ignore}, r.repeat(400, func() string { return r.word(of[1], 15) }))
	}
	put("all", "a DATE, b TIME(2), c TIMESTAMP(9)", []string{ignore}, r.repeat(300, r.times))
	put("encode", "a STRING, b STRING, c DECIMAL(20,5)", []string{"disable-quote-character=true", `field-delimiter=\u0001`}, r.repeat(200, func() string {
		return r.word("ab-\"\\;#|'é€😀.:", 30) + "\x01" + r.word("ab \t", 30) + "\x01" + fmt.Sprint(r.Intn(100000)*1000)
	}))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "random"), []byte(cases.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	formattest.AsFlink(t, &Format, dir)
}

type random struct{ *rand.Rand }

func (r random) repeat(n int, one func() string) (all []string) {
	for range n {
		all = append(all, one())
	}
	return all
}

func (r random) word(alphabet string, most int) string {
	a := []rune(alphabet)
	w := make([]rune, r.Intn(most))
	for i := range w {
		w[i] = a[r.Intn(len(a))]
	}
	return string(w)
}

// field is a text, in spaces, or in quotes with white space behind.
func (r random) field(alphabet string) string {
	switch r.Intn(4) {
	case 0:
		return `"` + strings.ReplaceAll(r.word(alphabet+`",`, 8), `"`, `""`) + `"` + r.word(" \t", 3)
	case 1:
		return " " + r.word(alphabet, 8) + " "
	}
	return r.word(alphabet, 8)
}

// records have three fields, or one more or less.
func (r random) records(n int, alphabet string) []string {
	return r.repeat(n, func() string {
		return strings.Join(r.repeat(3+r.Intn(3)-r.Intn(2), func() string { return r.field(alphabet) }), ",")
	})
}

// times are a date, a time and a timestamp, some of which exist.
func (r random) times() string {
	return fmt.Sprintf("%04d-%d-%02d,%02d:%02d%s,%04d-%02d-%02d %02d:%02d:%02d%s",
		1590+r.Intn(500), r.Intn(14), r.Intn(33), r.Intn(26), r.Intn(62), r.word(":0123456.", 8),
		1800+r.Intn(400), r.Intn(14), r.Intn(33), r.Intn(26), r.Intn(61), r.Intn(61), r.word(".0123456789", 5))
}
