package sql

import (
	"strings"
)

// dataType parses a type with its nullability, as in the columns of a table.
func (p *parser) dataType() *TypeName {
	t := p.collectionType(true)
	if p.accept("NOT") {
		p.expect("NULL")
		t.NotNull = true
	} else {
		p.accept("NULL")
	}
	t.Span = p.since(t.From)
	return t
}

// castType parses a type without nullability of its own, as in CAST.
func (p *parser) castType() *TypeName { return p.collectionType(false) }

// collectionType parses a type and the ARRAY and MULTISET behind it, whose elements may have a
// nullability if so asked.
func (p *parser) collectionType(nullable bool) *TypeName {
	p.nest()
	defer p.leave()
	t := p.baseType()
	for {
		notNull, skip := false, 0
		if nullable && p.atSeq("NOT", "NULL") {
			notNull, skip = true, 2
		} else if nullable && p.atSeq("NULL") {
			skip = 1
		}
		word := p.peek(skip)
		if word.kind != tokWord || word.keyword != "ARRAY" && word.keyword != "MULTISET" {
			return t
		}
		p.pos += skip
		t.NotNull = notNull
		t.Span = p.since(t.From)
		p.pos++
		t = &TypeName{Span: p.since(t.From), Name: word.keyword, Precision: -1, Scale: -1, Element: t, Postfix: true}
		p.grow()
	}
}

// simpleTypes maps the words for types without parameters to the type's name.
var simpleTypes = map[string]string{
	"BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "INTEGER": "INTEGER",
	"BIGINT": "BIGINT", "REAL": "REAL", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "STRING": "STRING", "BYTES": "BYTES",
	"DATE": "DATE", "VARIANT": "VARIANT", "BITMAP": "BITMAP",
}

// baseType parses a type up to its parameters.
func (p *parser) baseType() *TypeName {
	tok := p.tok()
	from := begin(tok)
	t := &TypeName{Precision: -1, Scale: -1}
	if tok.kind != tokWord || tok.keyword == "" {
		return p.customType(t)
	}
	if name := simpleTypes[tok.keyword]; name != "" {
		p.pos++
		t.Name = name
		if name == "DOUBLE" {
			p.accept("PRECISION")
		}
		t.Span = p.since(from)
		return t
	}
	switch tok.keyword {
	case "BINARY", "VARBINARY":
		p.pos++
		t.Name = tok.keyword
		if tok.keyword == "BINARY" && p.accept("VARYING") {
			t.Name = "VARBINARY"
		}
		p.typePrecision(t, false)
	case "CHAR", "CHARACTER", "VARCHAR":
		p.pos++
		t.Name = "CHAR"
		if tok.keyword == "VARCHAR" || p.accept("VARYING") {
			t.Name = "VARCHAR"
		}
		p.typePrecision(t, false)
		if p.acceptSeq("CHARACTER", "SET") {
			t.Charset = p.ident().Name
		}
	case "DECIMAL", "DEC", "NUMERIC":
		p.pos++
		t.Name = "DECIMAL"
		p.typePrecision(t, true)
	case "ANY":
		p.pos++
		t.Name = "ANY"
		p.typePrecision(t, true)
	case "TIMESTAMP_LTZ":
		p.pos++
		t.Name = "TIMESTAMP_LTZ"
		p.typePrecision(t, false)
	case "TIME", "TIMESTAMP":
		p.timeType(t, tok.keyword)
	case "ARRAY", "MULTISET":
		p.pos++
		t.Name = tok.keyword
		p.expectSymbol("<")
		t.Element = p.dataType()
		p.closeAngle()
	case "MAP":
		if next := p.peek(1); next.kind != tokSymbol || next.keyword != "<" {
			return p.customType(t)
		}
		p.pos += 2
		t.Name = "MAP"
		t.Key = p.dataType()
		p.expectSymbol(",")
		t.Element = p.dataType()
		p.closeAngle()
	case "ROW":
		p.rowType(t)
	case "RAW":
		p.pos++
		t.Name = "RAW"
		p.expectSymbol("(")
		t.Class = p.stringLiteral().Text
		p.expectSymbol(",")
		t.Serializer = p.stringLiteral().Text
		p.expectSymbol(")")
	case "STRUCTURED":
		p.pos++
		t.Name = "STRUCTURED"
		p.expectSymbol("<")
		t.Class = p.stringLiteral().Text
		if p.acceptSymbol(",") {
			t.Fields = p.typeFields()
		}
		p.closeAngle()
	case "INTERVAL":
		p.fail(from, "a column cannot have an INTERVAL type")
	default:
		return p.customType(t)
	}
	t.Span = p.since(from)
	p.grow()
	return t
}

// customType parses the name of a user-defined type.
func (p *parser) customType(t *TypeName) *TypeName {
	if !p.atIdent() {
		p.unexpected("a type")
	}
	if strings.EqualFold(p.text(p.tok()), "GEOMETRY") {
		p.fail(p.here(), "type GEOMETRY is not supported")
	}
	name := p.name()
	t.Custom = &name
	t.Span = name.Span
	return t
}

// intervalType parses INTERVAL DAY TO SECOND as a type.
func (p *parser) intervalType() *TypeName {
	from := p.here()
	p.expect("INTERVAL")
	unit := p.intervalUnit()
	return &TypeName{Span: p.since(from), Name: "INTERVAL", Precision: -1, Scale: -1, Unit: &unit}
}

// typePrecision parses (p), or (p, s) if a scale is allowed.
func (p *parser) typePrecision(t *TypeName, scale bool) {
	if !p.acceptSymbol("(") {
		return
	}
	t.Precision = p.unsignedInt()
	if scale && p.acceptSymbol(",") {
		t.Scale = p.unsignedInt()
	}
	p.expectSymbol(")")
}

// timeType parses TIME and TIMESTAMP with precision and zone.
func (p *parser) timeType(t *TypeName, word string) {
	p.pos++
	t.Name = word
	p.typePrecision(t, false)
	switch {
	case p.acceptSeq("WITHOUT", "TIME", "ZONE"):
	case p.atSeq("WITH", "LOCAL"), p.atSeq("WITH", "TIME"):
		p.pos++
		p.expect("LOCAL", "TIME", "ZONE")
		t.LocalZone = true
		if word == "TIMESTAMP" {
			t.Name = "TIMESTAMP_LTZ"
		}
	}
}

// rowType parses ROW<a INT, b STRING 'comment'> and ROW(...).
func (p *parser) rowType(t *TypeName) {
	p.pos++
	t.Name = "ROW"
	switch {
	case p.acceptSymbol("<>"):
		t.Angle = true
	case p.acceptSymbol("<"):
		t.Angle = true
		if !p.atSymbol(">") {
			t.Fields = p.typeFields()
		}
		p.closeAngle()
	default:
		p.expectSymbol("(")
		if !p.atSymbol(")") {
			t.Fields = p.typeFields()
		}
		p.expectSymbol(")")
	}
}

func (p *parser) typeFields() []TypeField {
	var fields []TypeField
	for {
		from := p.here()
		f := TypeField{Name: p.ident()}
		f.Type = p.dataType()
		if p.tok().kind == tokString {
			f.Comment = p.plainString()
		}
		f.Span = p.since(from)
		fields = append(fields, f)
		if !p.acceptSymbol(",") {
			return fields
		}
	}
}

// closeAngle takes the ">" that ends the parameters of a type.
func (p *parser) closeAngle() { p.expectSymbol(">") }
