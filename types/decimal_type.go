package types

// The result types of DECIMAL operations, as Flink's LogicalTypeMerging derives
// them (after SQL Server's rules). Each takes the precision and scale of its
// operands and returns those of its result.

// minAdjustedScale is what stays of the scale, at least, when a result would
// need more than 38 digits: the integer part has the first claim.
const minAdjustedScale = 6

// fitDecimal cuts a precision beyond 38 at the cost of the scale.
func fitDecimal(p, s int) (int, int) {
	if p <= MaxPrecision {
		return p, s
	}
	return MaxPrecision, max(MaxPrecision-(p-s), min(s, minAdjustedScale))
}

// AddDecimalType is the type of + and -.
func AddDecimalType(p1, s1, p2, s2 int) (p, s int) {
	s = max(s1, s2)
	return fitDecimal(max(p1-s1, p2-s2)+s+1, s)
}

// MulDecimalType is the type of *.
func MulDecimalType(p1, s1, p2, s2 int) (p, s int) { return fitDecimal(p1+p2+1, s1+s2) }

// DivDecimalType is the type of /.
func DivDecimalType(p1, s1, p2, s2 int) (p, s int) {
	s = max(6, s1+p2+1)
	return fitDecimal(p1-s1+s2+s, s)
}

// ModDecimalType is the type of % and MOD.
func ModDecimalType(p1, s1, p2, s2 int) (p, s int) {
	s = max(s1, s2)
	return fitDecimal(min(p1-s1, p2-s2)+s, s)
}

// SumDecimalType is the type of SUM.
func SumDecimalType(_, s int) (int, int) { return MaxPrecision, s }

// AvgDecimalType is the type of AVG: the sum divided by a count of 20 digits.
func AvgDecimalType(_, s int) (int, int) { return DivDecimalType(MaxPrecision, s, 20, 0) }

// RoundDecimalType is the type of ROUND(x, digits) for a constant digits.
func RoundDecimalType(p, s, digits int) (int, int) {
	switch {
	case digits >= s:
		return p, s
	case digits < 0:
		return min(MaxPrecision, 1+p-s), 0
	}
	return 1 + p - s + digits, digits
}

// CommonDecimalType is the type that both sides of a comparison, a UNION or the
// branches of a CASE are brought to.
func CommonDecimalType(p1, s1, p2, s2 int) (p, s int) {
	d := min(max(p1-s1, p2-s2), MaxPrecision)
	s = min(max(s1, s2), MaxPrecision-d)
	return d + s, s
}

// DecimalOf is the DECIMAL an exact numeric type stands for beside another:
// INT is DECIMAL(10, 0). Of a DECIMAL it is the type itself; ok is false for
// every other type. Nullability is kept.
func DecimalOf(t Type) (d Type, ok bool) {
	p := 0
	switch t.Kind {
	case Decimal:
		return t, true
	case TinyInt:
		p = 3
	case SmallInt:
		p = 5
	case Int:
		p = 10
	case BigInt:
		p = 19
	default:
		return t, false
	}
	return Type{Kind: Decimal, Precision: int32(p), NotNull: t.NotNull}, true
}
