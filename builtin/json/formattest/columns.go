package formattest

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tidemark.dev/types"
)

// ParseColumns reads columns as CREATE TABLE has them: a INT, b ROW<x STRING NOT NULL>.
func ParseColumns(t testing.TB, text string) []types.Field {
	p := &ddl{t: t, text: text}
	fields := p.fields(0)
	if p.space(); p.text != "" {
		t.Fatalf("columns end at %q", p.text)
	}
	return fields
}

type ddl struct {
	t    testing.TB
	text string
}

func (p *ddl) space() { p.text = strings.TrimLeft(p.text, " ") }

func (p *ddl) take(s string) bool {
	p.space()
	if len(p.text) < len(s) || !strings.EqualFold(p.text[:len(s)], s) {
		return false
	}
	p.text = p.text[len(s):]
	return true
}

func (p *ddl) name() string {
	p.space()
	if p.take("`") {
		name, rest, _ := strings.Cut(p.text, "`")
		p.text = rest
		return name
	}
	end := strings.IndexFunc(p.text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		end = len(p.text)
	}
	name := p.text[:end]
	p.text = p.text[end:]
	return name
}

func (p *ddl) fields(until byte) (fields []types.Field) {
	for {
		name := p.name()
		fields = append(fields, types.Field{Name: name, Type: p.typ()})
		if p.space(); until != 0 && p.take(string(until)) || !p.take(",") {
			return fields
		}
	}
}

func (p *ddl) numbers(n ...int) []int {
	if p.take("(") {
		for i := range n {
			digits := p.name()
			n[i], _ = strconv.Atoi(digits)
			p.take(",")
		}
		p.take(")")
	}
	return n
}

func (p *ddl) typ() (t types.Type) {
	switch name := strings.ToUpper(p.name()); name {
	case "BOOLEAN":
		t = types.TBoolean
	case "TINYINT":
		t.Kind = types.TinyInt
	case "SMALLINT":
		t.Kind = types.SmallInt
	case "INT":
		t = types.TInt
	case "BIGINT":
		t = types.TBigInt
	case "FLOAT":
		t.Kind = types.Float
	case "DOUBLE":
		t = types.TDouble
	case "STRING":
		t = types.TString
	case "CHAR", "VARCHAR", "BINARY", "VARBINARY":
		t.Kind = map[string]types.Kind{"CHAR": types.Char, "VARCHAR": types.VarChar, "BINARY": types.Binary, "VARBINARY": types.VarBinary}[name]
		t.Precision = int32(p.numbers(1)[0])
	case "BYTES":
		t = types.Type{Kind: types.VarBinary, Precision: types.MaxLength}
	case "DECIMAL":
		n := p.numbers(10, 0)
		t = types.TDecimal(n[0], n[1])
	case "DATE":
		t.Kind = types.Date
	case "TIME":
		t = types.Type{Kind: types.Time, Precision: int32(p.numbers(0)[0])}
	case "TIMESTAMP":
		t = types.TTimestamp(p.numbers(6)[0])
	case "TIMESTAMP_LTZ":
		t = types.TTimestampLTZ(p.numbers(6)[0])
	case "ARRAY", "MULTISET":
		t.Kind = map[string]types.Kind{"ARRAY": types.Array, "MULTISET": types.Multiset}[name]
		p.take("<")
		elem := p.typ()
		t.Elem = &elem
		p.take(">")
	case "MAP":
		p.take("<")
		key := p.typ()
		p.take(",")
		elem := p.typ()
		t = types.Type{Kind: types.Map, Key: &key, Elem: &elem}
		p.take(">")
	case "ROW":
		p.take("<")
		t = types.TRow(p.fields('>')...)
	default:
		p.t.Fatalf("no type %q", name)
	}
	if p.take("NOT NULL") {
		t.NotNull = true
	}
	return t
}
