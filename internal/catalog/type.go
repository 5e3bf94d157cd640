package catalog

import (
	"strings"

	"tidemark.dev/internal/sql"
	"tidemark.dev/types"
)

// ResolveType makes a type of a written one, with Flink's defaults: TIMESTAMP is
// TIMESTAMP(6), DECIMAL is DECIMAL(10, 0), VARCHAR without a length is STRING. An
// error is noted and ok is false. Kinds that a column or a CAST cannot have yet are
// refused by name.
func ResolveType(ps *Problems, n *sql.TypeName) (t types.Type, ok bool) {
	t, ok = resolveType(ps, n)
	t.NotNull = n.NotNull
	return t, ok
}

func resolveType(ps *Problems, n *sql.TypeName) (types.Type, bool) {
	switch n.Name {
	case "BOOLEAN":
		return types.TBoolean, true
	case "TINYINT":
		return types.Type{Kind: types.TinyInt}, true
	case "SMALLINT":
		return types.Type{Kind: types.SmallInt}, true
	case "INTEGER":
		return types.TInt, true
	case "BIGINT":
		return types.TBigInt, true
	case "FLOAT", "REAL":
		return types.Type{Kind: types.Float}, true
	case "DOUBLE":
		return types.TDouble, true
	case "DATE":
		return types.Type{Kind: types.Date}, true
	case "STRING":
		return types.TString, true
	case "BYTES":
		return types.Type{Kind: types.VarBinary, Precision: types.MaxLength}, true
	case "CHAR":
		return length(ps, n, types.Char, 1)
	case "VARCHAR":
		return length(ps, n, types.VarChar, types.MaxLength)
	case "BINARY":
		return length(ps, n, types.Binary, 1)
	case "VARBINARY":
		return length(ps, n, types.VarBinary, types.MaxLength)
	case "DECIMAL":
		return decimal(ps, n)
	case "TIME":
		return fraction(ps, n, types.Time, 0)
	case "TIMESTAMP":
		return fraction(ps, n, types.Timestamp, 6)
	case "TIMESTAMP_LTZ":
		return fraction(ps, n, types.TimestampLTZ, 6)
	case "INTERVAL":
		return IntervalType(n.Unit), true
	case "ARRAY", "MULTISET":
		elem, ok := ResolveType(ps, n.Element)
		kind := types.Array
		if n.Name == "MULTISET" {
			kind = types.Multiset
		}
		return types.Type{Kind: kind, Elem: &elem}, ok
	case "MAP":
		key, ok1 := ResolveType(ps, n.Key)
		elem, ok2 := ResolveType(ps, n.Element)
		return types.Type{Kind: types.Map, Key: &key, Elem: &elem}, ok1 && ok2
	case "ROW":
		return row(ps, n)
	case "":
		if n.Custom != nil {
			ps.Errorf(n.Span, "Unknown identifier '%s'", joinName(*n.Custom)).
				Because(nearestColumn(joinName(*n.Custom), typeNames)).Because("expected the name of a built-in type")
			return types.Type{}, false
		}
	}
	ps.Errorf(n.Span, "The type %s is not supported", n.Name)
	return types.Type{}, false
}

func row(ps *Problems, n *sql.TypeName) (types.Type, bool) {
	fields, ok := make([]types.Field, len(n.Fields)), true
	seen := map[string]bool{}
	for i, f := range n.Fields {
		t, fine := ResolveType(ps, f.Type)
		if seen[f.Name.Name] {
			ps.Errorf(f.Name.Span, "Field names must be unique. Found duplicates: [%s]", f.Name.Name)
			fine = false
		}
		seen[f.Name.Name] = true
		fields[i] = types.Field{Name: f.Name.Name, Type: t}
		ok = ok && fine
	}
	return types.TRow(fields...), ok
}

func length(ps *Problems, n *sql.TypeName, kind types.Kind, missing int) (types.Type, bool) {
	p := missing
	if n.Precision >= 0 {
		p = n.Precision
	}
	if p < 1 || p > types.MaxLength {
		ps.Errorf(n.Span, "The length of %s must be between 1 and %d (both inclusive)", kind, types.MaxLength)
		return types.Type{}, false
	}
	return types.Type{Kind: kind, Precision: int32(p)}, true
}

func fraction(ps *Problems, n *sql.TypeName, kind types.Kind, missing int) (types.Type, bool) {
	p := missing
	if n.Precision >= 0 {
		p = n.Precision
	}
	if p > 9 {
		ps.Errorf(n.Span, "The precision of %s must be between 0 and 9 (both inclusive)", kind)
		return types.Type{}, false
	}
	return types.Type{Kind: kind, Precision: int32(p)}, true
}

func decimal(ps *Problems, n *sql.TypeName) (types.Type, bool) {
	p, s := 10, 0
	if n.Precision >= 0 {
		p = n.Precision
	}
	if n.Scale >= 0 {
		s = n.Scale
	}
	if p < 1 || p > types.MaxPrecision {
		ps.Errorf(n.Span, "Decimal precision must be between 1 and %d (both inclusive)", types.MaxPrecision)
		return types.Type{}, false
	}
	if s > p {
		ps.Errorf(n.Span, "Decimal scale must be between 0 and the precision %d (both inclusive)", p)
		return types.Type{}, false
	}
	return types.TDecimal(p, s), true
}

// IntervalType is the type of an interval of that unit: of months, or of milliseconds.
func IntervalType(u *sql.IntervalUnit) types.Type {
	if u != nil {
		switch u.From {
		case "YEAR", "QUARTER", "MONTH":
			return types.Type{Kind: types.IntervalMonth, Precision: 2}
		}
	}
	return types.Type{Kind: types.IntervalDay, Precision: 2, Scale: 3}
}

// typeNames are the names that a misspelt one may be meant for.
var typeNames = strings.Fields("BOOLEAN TINYINT SMALLINT INT INTEGER BIGINT FLOAT DOUBLE DECIMAL NUMERIC CHAR VARCHAR STRING BINARY VARBINARY BYTES DATE TIME TIMESTAMP TIMESTAMP_LTZ INTERVAL ARRAY MAP MULTISET ROW")
