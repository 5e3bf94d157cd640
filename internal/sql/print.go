package sql

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The printer writes the canonical text of a tree: the one Flink's own parser gives back
// (SqlNode.toSqlString), where that is text which reads as the same tree again. It
// depends on nothing but the tree, so that the text can serve as the identity of a plan.

// Style chooses between canonical text and its variant.
type Style struct {
	// UpperCase writes unquoted identifiers, and the patterns of SHOW, in upper case, and escapes
	// what is not ASCII, as Flink's own parser tests do. Such text does not mean the same.
	UpperCase bool
}

// Format gives the canonical text of a statement, an expression, a table, a query or a
// type. Parse(Format(x)) is x but for positions and whether an identifier was quoted.
func Format(n Node) string { return Style{}.Format(n) }

// Format gives the text of n in this style.
func (s Style) Format(n Node) string {
	p := &printer{style: s}
	switch n := n.(type) {
	case Statement: // a *Query is one, too
		p.statement(n)
	case Expr:
		p.expr(n)
	case TableExpr:
		p.table(n)
	case QueryBody:
		p.body(n)
	case *TypeName:
		p.typeName(n)
	case TableElement:
		p.element(n)
	case Name:
		p.name(n)
	}
	return string(p.b)
}

type printer struct {
	style Style
	b     []byte
	// inline joins tables on one line, as in the parentheses of a join.
	inline int
}

func (p *printer) s(texts ...string) {
	for _, t := range texts {
		p.b = append(p.b, t...)
	}
}

func (p *printer) ident(id Ident) {
	name := id.Name
	if p.style.UpperCase && !id.Quoted {
		name = strings.ToUpper(name)
	}
	p.s("`", strings.ReplaceAll(name, "`", "``"), "`")
}

func (p *printer) name(n Name) {
	for i, id := range n.Parts {
		if i > 0 {
			p.s(".")
		}
		p.ident(id)
	}
}

// idents prints a, b, c.
func (p *printer) idents(ids []Ident) {
	for i, id := range ids {
		if i > 0 {
			p.s(", ")
		}
		p.ident(id)
	}
}

func (p *printer) string(text string) {
	if p.style.UpperCase && !isASCII(text) {
		p.unicodeString(text)
		return
	}
	p.s("'", strings.ReplaceAll(text, "'", "''"), "'")
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// unicodeString prints a literal as Flink does: with its characters beyond ASCII escaped.
func (p *printer) unicodeString(text string) {
	p.s("u&'")
	for _, u := range utf16.Encode([]rune(text)) {
		switch {
		case u >= 0x80:
			p.b = fmt.Appendf(p.b, "\\%04x", u)
		case u == '\'' || u == '\\':
			p.s(string(rune(u)), string(rune(u)))
		default:
			p.s(string(rune(u)))
		}
	}
	p.s("'")
}

func (p *printer) number(n int) { p.b = strconv.AppendInt(p.b, int64(n), 10) }

// list prints the items of any list with commas between them.
func list[T any](p *printer, items []T, print func(T)) {
	for i, item := range items {
		if i > 0 {
			p.s(", ")
		}
		print(item)
	}
}

func (p *printer) exprs(items []Expr) { list(p, items, p.expr) }

// ---- types ----

func (p *printer) typeName(t *TypeName) {
	switch {
	case t.Custom != nil:
		p.name(*t.Custom)
	case t.Postfix:
		p.typeName(t.Element)
		p.s(" ", t.Name)
	case t.Name == "ARRAY" || t.Name == "MULTISET":
		p.s(t.Name, "< ")
		p.typeName(t.Element)
		p.s(" >")
	case t.Name == "MAP":
		p.s("MAP< ")
		p.typeName(t.Key)
		p.s(", ")
		p.typeName(t.Element)
		p.s(" >")
	case t.Name == "ROW":
		p.rowType(t)
	case t.Name == "RAW":
		p.s("RAW(")
		p.string(t.Class)
		p.s(", ")
		p.string(t.Serializer)
		p.s(")")
	case t.Name == "STRUCTURED":
		p.s("STRUCTURED< ")
		p.string(t.Class)
		for _, f := range t.Fields {
			p.s(", ")
			p.typeField(f)
		}
		p.s(" >")
	case t.Name == "INTERVAL":
		p.s("INTERVAL ")
		p.intervalUnit(*t.Unit)
	default:
		p.simpleType(t)
	}
	if t.NotNull {
		p.s(" NOT NULL")
	}
}

func (p *printer) simpleType(t *TypeName) {
	if t.LocalZone && t.Name == "TIMESTAMP_LTZ" {
		p.s("TIMESTAMP")
	} else {
		p.s(t.Name)
	}
	if t.Precision >= 0 {
		p.s("(")
		p.number(t.Precision)
		if t.Scale >= 0 {
			p.s(", ")
			p.number(t.Scale)
		}
		p.s(")")
	}
	if t.LocalZone {
		p.s(" WITH LOCAL TIME ZONE")
	}
	if t.Charset != "" {
		p.s(" CHARACTER SET ")
		p.ident(Ident{Name: t.Charset, Quoted: true})
	}
}

func (p *printer) rowType(t *TypeName) {
	left, right := "(", ")"
	if t.Angle {
		left, right = "< ", " >"
		if len(t.Fields) == 0 {
			left, right = "<", ">"
		}
	}
	p.s("ROW", left)
	list(p, t.Fields, p.typeField)
	p.s(right)
}

func (p *printer) typeField(f TypeField) {
	p.ident(f.Name)
	p.s(" ")
	p.typeName(f.Type)
	if f.Comment != nil {
		p.s(" ")
		p.literal(f.Comment)
	}
}

func (p *printer) intervalUnit(u IntervalUnit) {
	p.s(u.From)
	if u.FromPrecision >= 0 {
		p.s("(")
		p.number(u.FromPrecision)
		if u.From == "SECOND" && u.ToPrecision >= 0 {
			p.s(", ")
			p.number(u.ToPrecision)
		}
		p.s(")")
	}
	if u.To != "" {
		p.s(" TO ", u.To)
		if u.ToPrecision >= 0 {
			p.s("(")
			p.number(u.ToPrecision)
			p.s(")")
		}
	}
}

func (p *printer) literal(l *Literal) {
	switch l.Kind {
	case StringLiteral:
		if l.Charset != "" {
			p.s("_", l.Charset, "'", strings.ReplaceAll(l.Text, "'", "''"), "'")
			return
		}
		p.string(l.Text)
	case BinaryLiteral:
		p.s("X'", l.Text, "'")
	case DateLiteral:
		p.s("DATE ")
		p.string(l.Text)
	case TimeLiteral:
		p.s("TIME ")
		p.string(l.Text)
	case TimestampLiteral:
		p.s("TIMESTAMP ")
		p.string(l.Text)
	case TimestampLTZLiteral:
		p.s("TIMESTAMP WITH LOCAL TIME ZONE ")
		p.string(l.Text)
	case DatetimeLiteral:
		p.s("DATETIME ")
		p.string(l.Text)
	default:
		p.s(l.Text)
	}
}
