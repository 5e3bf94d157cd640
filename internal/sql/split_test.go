package sql

import (
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // statements and the rest, with | between
	}{
		{"", ""},
		{"  -- nothing\n", ""},
		{"SELECT 1", "SELECT 1"},
		{"SELECT 1;", "SELECT 1;|"},
		{"SELECT 1; ", "SELECT 1;|"},
		{";;SELECT 1;;", "SELECT 1;|"},
		{"SELECT 1; -- one\nSELECT\n 2; SEL", "SELECT 1;|SELECT\n 2;|SEL"},
		{"SELECT ';'; SELECT ';", "SELECT ';';|SELECT ';"},
		{"SELECT `;` -- ;\n /* ; */ ;", "SELECT `;` -- ;\n /* ; */ ;|"},
		{"SELECT (;", "SELECT (;|"},
		{"SELECT 1 /* open ;", "SELECT 1 /* open ;"},
		{"SET 'a' = 'b;c'; SET x = y;", "SET 'a' = 'b;c';|SET x = y;|"},
		{"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END; SELECT 3;",
			"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END;|SELECT 3;|"},
		{"begin statement set; INSERT INTO a SELECT CASE 1 WHEN 2 THEN 3 END FROM t;",
			"begin statement set; INSERT INTO a SELECT CASE 1 WHEN 2 THEN 3 END FROM t;"},
		{"begin statement set; INSERT INTO a SELECT 1; end;", "begin statement set; INSERT INTO a SELECT 1; end;|"},
		{"EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END; x", "EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;|x"},
		{"SELECT 'é漢';日", "SELECT 'é漢';|日"},
	} {
		statements, rest := Split(c.text)
		if got := strings.Join(append(statements, rest), "|"); got != c.want {
			t.Errorf("%q:\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}
