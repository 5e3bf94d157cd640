package sql

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestGolden runs the files of testdata/golden. Each text is parsed; what comes out is the
// canonical text of its statements, or its errors with the place marked. The texts of query
// and statement, and which texts of error are refused, were compared with Flink 2.3.0.
//
//	parse     statements
//	expr      a single expression
//	validate  statements, checked by Validate
//	upper     statements, in the style of Flink's own tests
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse", "validate", "upper":
				return golden(t, d.Cmd, d.Input)
			case "expr":
				x, err := ParseExpr(d.Input)
				if err != nil {
					return showErrors(d.Input, err)
				}
				return Format(x) + "\n"
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func golden(t *testing.T, cmd, input string) string {
	var b strings.Builder
	script, err := Parse(input)
	b.WriteString(showErrors(input, err))
	checkRoundTrip(t, script)
	for i, s := range script.Statements {
		if i > 0 {
			b.WriteString(";\n")
		}
		checkSpans(t, input, s)
		if cmd == "validate" {
			if text := showErrors(input, Validate(s)); text != "" {
				b.WriteString(text)
			} else {
				b.WriteString("ok\n")
			}
			continue
		}
		b.WriteString(Style{UpperCase: cmd == "upper"}.Format(s) + "\n")
	}
	return b.String()
}

// showErrors shows each error below its line.
func showErrors(src string, err error) string {
	var list ErrorList
	if !errors.As(err, &list) {
		return ""
	}
	var b strings.Builder
	lines := strings.Split(src, "\n")
	for _, e := range list {
		fmt.Fprintf(&b, "%s\n%s^ %s\n", lines[e.Pos.Line-1], strings.Repeat(" ", e.Pos.Column-1), e.Msg)
		if e.Hint != "" {
			fmt.Fprintf(&b, "%s  %s\n", strings.Repeat(" ", e.Pos.Column-1), e.Hint)
		}
	}
	return b.String()
}
